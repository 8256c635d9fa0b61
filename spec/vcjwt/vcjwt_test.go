package vcjwt

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

const source = "github.com/w3c/vc-test-suite at 165724edbdc728f5f8ee0fc5b6f47d940cc4a66a"

// meeco is the payload that SVX shows, with whole DIDs.
const meeco = `{"iat":1640995200,"exp":1893499200,"vc":{"@context":["https://www.w3.org/2018/credentials/v1"],` +
	`"id":"urn:uuid:23b841f2-a3dc-477f-a9e1-5024d1dcc02b","type":["VerifiableCredential"],` +
	`"issuer":{"id":"did:key:z6MkI","name":"test-issuer"},"credentialSubject":{"id":"did:key:z6MkS","name":"test"},` +
	`"issuanceDate":"2022-01-01T00:00:00Z","credentialSchema":{"id":"https://vc-dev.meeco.me/schemas/1/1.0.0/schema.json",` +
	`"type":"JsonSchemaValidator2018"},"expirationDate":"2030-01-01T12:00:00Z"},"sub":"did:key:z6MkS","nbf":1640995200,` +
	`"iss":"did:key:z6MkI"}`

func same(t *testing.T, was, is []byte) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal(was, &a); err != nil {
		t.Fatal(err, string(was))
	}
	if err := json.Unmarshal(is, &b); err != nil {
		t.Fatal(err, string(is))
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("want\n%s\ngot\n%s", was, is)
	}
}

func TestMeeco(t *testing.T) {
	credential, version, err := Decode([]byte(meeco))
	if err != nil || version != vcdm.V11 {
		t.Fatal(version, err)
	}
	payload, err := Encode11(credential)
	if err != nil {
		t.Fatal(err)
	}
	// SVX names the credential in vc alone; §6.3.1 asks for jti too.
	same(t, []byte(strings.Replace(meeco, `{"iat"`, `{"jti":"urn:uuid:23b841f2-a3dc-477f-a9e1-5024d1dcc02b","iat"`, 1)), payload)
	if !strings.HasPrefix(string(payload), `{"iss":"did:key:z6MkI","sub":"did:key:z6MkS","jti":"urn:uuid:23b841f2-a3dc-477f-a9e1-5024d1dcc02b",`+
		`"nbf":1640995200,"iat":1640995200,"exp":1893499200,"vc":{"@context"`) {
		t.Error(string(payload))
	}
}

// Members that a vc claim leaves out come from the registered claims.
func TestFill11(t *testing.T) {
	const bare = `{"iss":"did:example:i","sub":"did:example:s","jti":"urn:x","nbf":1640995200.75,"exp":1893499200,` +
		`"vc":{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential"],` +
		`"issuer":{"name":"I"},"credentialSubject":{"a":1.0}}}`
	credential, err := Decode11([]byte(bare))
	if err != nil {
		t.Fatal(err)
	}
	same(t, []byte(`{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential"],`+
		`"issuer":{"id":"did:example:i","name":"I"},"credentialSubject":{"id":"did:example:s","a":1.0},"id":"urn:x",`+
		`"issuanceDate":"2022-01-01T00:00:00.75Z","expirationDate":"2030-01-01T12:00:00Z"}`), credential)
	c, err := vcdm.Parse(credential)
	if err != nil || vcdm.Validate(c) != nil {
		t.Error(err, vcdm.Validate(c))
	}
}

func TestConflicts11(t *testing.T) {
	for _, row := range []struct{ old, new, pointer string }{
		{`"iss":"did:key:z6MkI"`, `"iss":"did:key:other"`, "/iss"},
		{`"sub":"did:key:z6MkS"`, `"sub":"did:key:other"`, "/sub"},
		{`{"iat"`, `{"jti":"urn:other","iat"`, "/jti"},
		{`"nbf":1640995200`, `"nbf":1640995201`, "/nbf"},
		{`"exp":1893499200`, `"exp":1893499201`, "/exp"},
		{`"exp":1893499200`, `"exp":"1893499200"`, "/exp"},
		{`"exp":1893499200`, `"exp":1e300`, "/exp"},
		{`"exp":1893499200`, `"exp":null`, "/exp"},
		{`"iss":"did:key:z6MkI"`, `"iss":7`, "/iss"},
		{`{"iat"`, `{"aud":[],"iat"`, "/aud"},
		{`{"iat"`, `{"@context":[],"iat"`, "/@context"},
		{`"issuanceDate":"2022-01-01T00:00:00Z"`, `"issuanceDate":"yesterday"`, "/nbf"},
		{`"issuer":{`, `"issuer":[],"was":{`, "/iss"},
		{`"id":"did:key:z6MkS","name"`, `"id":7,"name"`, "/sub"},
		{`"credentialSubject":{"id":"did:key:z6MkS","name":"test"}`, `"credentialSubject":[{"id":"did:key:z6MkS"},{"a":1}]`, "/sub"},
		{`"credentialSubject":{"id":"did:key:z6MkS","name":"test"}`, `"subject":{}`, "/sub"},
		{`2018/credentials/v1`, `ns/credentials/v2`, "/vc/@context"},
	} {
		raw := strings.Replace(meeco, row.old, row.new, 1)
		_, _, err := Decode([]byte(raw))
		problem, ok := err.(*Error)
		if raw == meeco || !ok || problem.Pointer != row.pointer || problem.Cites == "" {
			t.Errorf("%s: %v", row.new, err)
		}
	}
	for _, raw := range []string{``, `[]`, `{"vc":5}`, `{"vc":{"a":1,"a":2}}`, `{"iss":"a","iss":"b","vc":{}}`} {
		if _, _, err := Decode([]byte(raw)); err == nil {
			t.Error(raw)
		}
	}
}

func TestEncode11Refuses(t *testing.T) {
	sound, err := Decode11([]byte(meeco))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ old, new, pointer string }{
		{`{"id":"did:key:z6MkS","name":"test"}`, `[{"id":"did:key:z6MkS"},{"id":"did:key:b"}]`, "/credentialSubject"},
		{`"issuanceDate"`, `"date"`, "/issuanceDate"},
		{`"issuer"`, `"author"`, "/issuer"},
		{`2018/credentials/v1`, `ns/credentials/v2`, "/@context"},
	} {
		_, err := Encode11([]byte(strings.Replace(string(sound), row.old, row.new, 1)))
		if problem, ok := err.(*Error); !ok || problem.Pointer != row.pointer {
			t.Error(row.new, err)
		}
	}
	payload, err := Encode11([]byte(strings.Replace(string(sound), `"id":"did:key:z6MkS",`, "", 1)))
	if err != nil || bytes.Contains(payload, []byte(`"sub"`)) {
		t.Error(string(payload), err)
	}
}

const credential20 = `{"@context":["https://www.w3.org/ns/credentials/v2"],"id":"urn:x","type":["VerifiableCredential"],` +
	`"issuer":{"id":"did:example:i"},"validFrom":"2026-01-01T00:00:00Z","validUntil":"2027-01-01T00:00:00Z",` +
	`"credentialSubject":{"id":"did:example:s","n":1.50}}`

func Test20(t *testing.T) {
	plain, err := Encode20([]byte(credential20), Claims{})
	if err != nil || string(plain) != credential20 {
		t.Error(string(plain), err)
	}
	dated, err := Encode20([]byte(credential20), Claims{IssuedAt: time.Unix(1767225600, 9e8), Expires: time.Unix(1800000000, 0)})
	if err != nil || string(dated) != credential20[:len(credential20)-1]+`,"iat":1767225600,"exp":1800000000}` {
		t.Error(string(dated), err)
	}
	for _, payload := range [][]byte{plain, dated} {
		got, version, err := Decode(payload)
		if err != nil || version != vcdm.V20 || string(got) != credential20 {
			t.Error(string(got), version, err)
		}
	}
	claims, err := ReadClaims(dated)
	if err != nil || claims.Expires.Unix() != 1800000000 {
		t.Error(claims, err)
	}
}

func TestConflicts20(t *testing.T) {
	agreeing := strings.Replace(credential20, `{"@context"`, `{"iss":"did:example:i","sub":"did:example:s","jti":"urn:x","@context"`, 1)
	if got, err := Decode20([]byte(agreeing)); err != nil || string(got) != credential20 {
		t.Error(string(got), err)
	}
	for member, pointer := range map[string]string{
		`"vc":{}`: "/vc", `"vp":{}`: "/vp", `"iss":"did:example:o"`: "/iss", `"sub":"did:example:o"`: "/sub",
		`"jti":"urn:o"`: "/jti", `"exp":1700000000`: "/exp", `"nbf":1900000000`: "/nbf", `"iat":"x"`: "/iat",
	} {
		payload := strings.Replace(credential20, `{"@context"`, "{"+member+`,"@context"`, 1)
		if _, err := Decode20([]byte(payload)); err == nil || err.(*Error).Pointer != pointer {
			t.Error(member, err)
		}
		if _, err := Encode20([]byte(payload), Claims{}); err == nil {
			t.Error("encoded with", member)
		}
	}
	if _, err := Decode20([]byte(`{"a":1}`)); err == nil {
		t.Error("no credential")
	}
}

func TestPresentations(t *testing.T) {
	claims := Claims{Audience: []string{"https://verifier.example"}, Nonce: "n", IssuedAt: time.Unix(1, 0).UTC()}
	for version, context := range map[vcdm.Version]string{vcdm.V11: vcdm.BaseContext11, vcdm.V20: vcdm.BaseContext20} {
		presentation := `{"@context":["` + context + `"],"id":"urn:p","type":["VerifiablePresentation"],"holder":"did:example:h"}`
		payload, err := EncodePresentation([]byte(presentation), claims)
		if err != nil {
			t.Fatal(err)
		}
		got, read, is, err := DecodePresentation(payload)
		if err != nil || is != version || string(got) != presentation || read.Nonce != "n" || read.Audience[0] != claims.Audience[0] ||
			!read.IssuedAt.Equal(claims.IssuedAt) {
			t.Error(string(got), read, is, err)
		}
		for _, change := range [][2]string{{`{`, `{"iss":"did:example:o",`}, {`{`, `{"jti":"urn:o",`}} {
			raw := strings.Replace(string(payload), `"iss":"did:example:h","jti":"urn:p",`, "", 1)
			if _, _, _, err := DecodePresentation([]byte(strings.Replace(raw, change[0], change[1], 1))); err == nil {
				t.Error(version, change)
			}
		}
	}
	two, err := EncodePresentation([]byte(`{"@context":["`+vcdm.BaseContext11+`"],"type":"VerifiablePresentation"}`),
		Claims{Audience: []string{"a", "b"}})
	if err != nil || !strings.HasPrefix(string(two), `{"aud":["a","b"],"vp":`) {
		t.Error(string(two), err)
	}
}

func TestPublishedInputs(t *testing.T) {
	for _, name := range []string{"example-016-jwt", "example-016-jwt-no-exp", "example-016-jwt-no-jti", "example-016-jwt-with-embedded-proof"} {
		raw := sharedtest.Read(t, source, "vectors", "vcdm1-inputs", "input", name+".jsonld")
		payload, err := Encode11(raw)
		if err != nil {
			t.Fatal(name, err)
		}
		claims, err := ReadClaims(payload)
		if err != nil || claims.Issuer == "" || claims.Subject == "" || claims.NotBefore.IsZero() ||
			claims.Expires.IsZero() != bytes.Contains([]byte(name), []byte("no-exp")) && !strings.HasSuffix(name, "no-jti") ||
			(claims.ID == "") != strings.HasSuffix(name, "no-jti") {
			t.Errorf("%s: %+v %v", name, claims, err)
		}
		credential, version, err := Decode(payload)
		if err != nil || version != vcdm.V11 {
			t.Fatal(name, err)
		}
		same(t, raw, credential)
	}
	for _, name := range []string{"example-016-jwt-presentation", "example-016-jwt-presentation-no-iss", "example-016-jwt-presentation-no-jti"} {
		raw := sharedtest.Read(t, source, "vectors", "vcdm1-inputs", "input", name+".jsonld")
		payload, err := EncodePresentation(raw, Claims{Nonce: "x"})
		if err != nil {
			t.Fatal(name, err)
		}
		presentation, _, _, err := DecodePresentation(payload)
		if err != nil {
			t.Fatal(name, err)
		}
		same(t, raw, presentation)
	}
}

func TestPublishedToken(t *testing.T) {
	token := sharedtest.Read(t, source, "vectors", "vcdm1-inputs", "input", "example-016-jwt.jwt")
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(string(token), ".")[1])
	if err != nil {
		t.Fatal(err)
	}
	credential, version, err := Decode(payload)
	if err != nil || version != vcdm.V11 {
		t.Fatal(err)
	}
	all, err := vcdm.Members(credential)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"issuer": `"did:example:abfe13f712120431c276e12ecab"`,
		"id":     `"http://example.edu/credentials/3732"`, "issuanceDate": `"2018-11-06T08:42:04Z"`, "expirationDate": `"2019-11-06T08:42:03Z"`,
	} {
		if got, _ := vcdm.Lookup(all, name); string(got) != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(meeco))
	f.Add([]byte(credential20))
	sharedtest.Seeds(f, func(seed []byte) { f.Add(seed) }, source, "vectors", "vcdm1-inputs", "input")
	f.Fuzz(func(t *testing.T, payload []byte) {
		_, _, _, _ = DecodePresentation(payload)
		credential, version, err := Decode(payload)
		if err != nil {
			return
		}
		if _, err := vcdm.Parse(credential); err != nil {
			t.Fatalf("%v: %s", err, credential)
		}
		if version == vcdm.V20 {
			if _, err := Encode20(credential, Claims{}); err != nil {
				t.Fatal(err)
			}
			return
		}
		if again, err := Encode11(credential); err == nil {
			if _, _, err := Decode(again); err != nil {
				t.Fatalf("%v: %s", err, again)
			}
		}
	})
}

func BenchmarkEncode11(b *testing.B) {
	credential, _ := Decode11([]byte(meeco))
	for b.Loop() {
		if _, err := Encode11(credential); err != nil {
			b.Fatal(err)
		}
	}
}
