package jwtvc_test

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/jwtvc"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didkey"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/vcjwt"
	"github.com/chancery-vc/chancery/test/peers"
)

// issuer is a did:key with a key that is the same each time.
func issuer(t *testing.T) (private crypto.PrivateKey, did, method string) {
	t.Helper()
	key := ed25519.NewKeyFromSeed(bytes.Repeat([]byte{7}, ed25519.SeedSize))
	public, err := jose.Public(key)
	if err != nil {
		t.Fatal(err)
	}
	if did, method, err = didkey.Encode(public); err != nil {
		t.Fatal(err)
	}
	return key, did, method
}

func credential11(did string) string {
	return `{"@context":["https://www.w3.org/2018/credentials/v1"],"id":"urn:uuid:0199a3c0-0000-7000-8000-000000000002",
		"type":["VerifiableCredential","DegreeCredential"],"issuer":"` + did + `",
		"issuanceDate":"2026-01-01T00:00:00Z","expirationDate":"2099-01-01T00:00:00Z",
		"credentialStatus":{"id":"https://issuer.example/status/1#7","type":"StatusList2021Entry","statusPurpose":"revocation",
			"statusListIndex":"7","statusListCredential":"https://issuer.example/status/1"},
		"credentialSubject":{"id":"did:example:ada","degree":"MSc","ects":120,"grade":1.30,"city":"Z\u00fcrich <&>"}}`
}

// secured gives the credential as the suite secures it: "" is the JWT alone.
func secured(t *testing.T, suite string) (format.Unsigned, []byte) {
	t.Helper()
	private, did, method := issuer(t)
	unsigned, err := jwtvc.Format{}.Prepare(t.Context(), format.Material{
		Credential: []byte(credential11(did)), Model: vc.VCDM11, Suite: suite, Issuer: did, Method: method, Algorithm: jose.EdDSA,
	})
	if err != nil {
		t.Fatal(err)
	}
	signature, err := jose.Sign(private, jose.EdDSA, unsigned.Input())
	if err != nil {
		t.Fatal(err)
	}
	out, err := unsigned.Secure(signature)
	if err != nil {
		t.Fatal(err)
	}
	return unsigned, out
}

// TestMakeObject: the object has the members of the credential and the JWT that is made without a suite, and nothing else.
func TestMakeObject(t *testing.T) {
	unsigned, object := secured(t, vcjwt.ProofObject)
	plain, jwt := secured(t, "")
	if !bytes.Equal(unsigned.Input(), plain.Input()) {
		t.Error("another input is signed")
	}
	want := `,"proof":{"type":"JwtProof2020","jwt":"` + string(jwt) + `"}}`
	claims, found := bytes.CutSuffix(object, []byte(want))
	_, did, method := issuer(t)
	if same, err := ijson.Equal(append(bytes.Clone(claims), '}'), []byte(credential11(did))); !found || err != nil || !same {
		t.Fatalf("made %s", object)
	}
	read, err := jwtvc.Format{}.Read(t.Context(), object)
	if err != nil {
		t.Fatal(err)
	}
	if s := read.Signatures[0]; s.Suite != vcjwt.ProofObject || s.Method != method || read.MediaType != vcjwt.MediaObject {
		t.Errorf("read %+v", read)
	}
	if err := unsigned.Same(read); err != nil {
		t.Error(err)
	}
	if !format.Carries(jwtvc.Format{}, object, lastPart(t, jwt)) || format.Carries(jwtvc.Format{}, object, nil) {
		t.Error("does not carry its signature, or carries none")
	}
	token, err := jwtvc.Format{}.Read(t.Context(), jwt)
	if err != nil {
		t.Fatal(err)
	}
	refusedWith(t, "the JWT for the object", unsigned.Same(token), "proof-differs", "/credential")
	refusedWith(t, "the object for the JWT", plain.Same(read), "proof-differs", "/credential")
	draft, err := jwtvc.Format{}.Read(t.Context(), unsigned.Document())
	if err != nil || len(draft.Signatures) != 0 || !bytes.Equal(draft.Credential, read.Credential) {
		t.Errorf("unsigned: %v, %+v", err, draft)
	}
}

// TestMakeObjectRefused: what the suite does not secure.
func TestMakeObjectRefused(t *testing.T) {
	_, did, _ := issuer(t)
	for name, c := range map[string]struct {
		credential    string
		model         vc.ModelVersion
		suite         string
		code, pointer string
	}{
		"data model 2.0":   {payload20, vc.VCDM20, vcjwt.ProofObject, "suite", "/variant"},
		"another's suite":  {credential11(did), vc.VCDM11, "Ed25519Signature2020", "suite", "/variant"},
		"a proof":          {strings.Replace(credential11(did), "{", `{"proof":{},`, 1), vc.VCDM11, vcjwt.ProofObject, "already-secured", "/proof"},
		"not a credential": {`[]`, vc.VCDM11, vcjwt.ProofObject, "malformed", ""},
		"2.0 that says 1.1": {
			payload20, vc.VCDM11, vcjwt.ProofObject, "malformed", "/@context",
		},
	} {
		_, err := jwtvc.Format{}.Prepare(t.Context(), format.Material{Credential: []byte(c.credential), Model: c.model, Suite: c.suite, Algorithm: jose.EdDSA})
		refusedWith(t, name, err, c.code, c.pointer)
	}
}

// TestObjectTampered: the object says what the JWT says: no more, no less, nothing else.
func TestObjectTampered(t *testing.T) {
	_, made := secured(t, vcjwt.ProofObject)
	members := func() map[string]any {
		var out map[string]any
		if err := json.Unmarshal(made, &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	for name, c := range map[string]struct {
		spoil         func(map[string]any)
		code, pointer string
	}{
		"a claim changed":  {func(o map[string]any) { o["credentialSubject"].(map[string]any)["degree"] = "PhD" }, "payload-differs", "/credentialSubject"},
		"a claim added":    {func(o map[string]any) { o["credentialSubject"].(map[string]any)["more"] = true }, "payload-differs", "/credentialSubject"},
		"a claim removed":  {func(o map[string]any) { delete(o["credentialSubject"].(map[string]any), "ects") }, "payload-differs", "/credentialSubject"},
		"a member added":   {func(o map[string]any) { o["evidence"] = map[string]any{"id": "urn:x"} }, "payload-differs", "/evidence"},
		"a member removed": {func(o map[string]any) { delete(o, "credentialStatus") }, "payload-differs", "/credentialStatus"},
		"expires later":    {func(o map[string]any) { o["expirationDate"] = "2099-01-01T00:00:01Z" }, "payload-differs", "/expirationDate"},
		"another issuer":   {func(o map[string]any) { o["issuer"] = "did:example:eve" }, "payload-differs", "/issuer"},
		"a named issuer":   {func(o map[string]any) { o["issuer"] = map[string]any{"id": o["issuer"], "name": "Eve"} }, "payload-differs", "/issuer"},
		"no such claim":    {func(o map[string]any) { o["nonce"] = "x" }, "payload-differs", "/nonce"},
		"a claim of JWTs":  {func(o map[string]any) { o["exp"] = 4102444801 }, "payload-differs", "/exp"},
		"a claim repeated": {func(o map[string]any) { o["vc"] = map[string]any{"type": []string{"Other"}} }, "payload-differs", "/vc"},
		"a claim too many": {func(o map[string]any) { o["vc"] = map[string]any{"name": "Eve"} }, "payload-differs", "/vc"},
		"another proof":    {func(o map[string]any) { o["proof"].(map[string]any)["type"] = "Ed25519Signature2020" }, "other-format", ""},
		"no JWT":           {func(o map[string]any) { delete(o["proof"].(map[string]any), "jwt") }, "other-format", ""},
		"an object within": {func(o map[string]any) { o["proof"].(map[string]any)["jwt"] = string(made) }, "other-format", ""},
	} {
		object := members()
		c.spoil(object)
		text, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		_, err = jwtvc.Format{}.Read(t.Context(), text)
		refusedWith(t, name, err, c.code, c.pointer)
	}
	again, err := json.Marshal(members()) // in another order
	if err != nil {
		t.Fatal(err)
	}
	if _, err := (jwtvc.Format{}).Read(t.Context(), again); err != nil {
		t.Errorf("in another order: %v", err)
	}
}

// TestObjectBeside: what a JWT says beside the credential, an object does not say of the credential.
func TestObjectBeside(t *testing.T) {
	const within = `"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential"],"issuer":"did:example:i","issuanceDate":"2026-01-01T00:00:00Z"`
	jwt := token(`{"alg":"EdDSA"}`, `{"iss":"did:example:i","vc":{`+within+`,"credentialSubject":{"id":"did:example:s"}},"evidence":{"id":"urn:x"},
		"credentialSubject":{"id":"did:example:eve"}}`)
	for subject, more := range map[string]string{
		"did:example:s": `"evidence":{"id":"urn:x"}`, "did:example:eve": `"iss":"did:example:i"`,
	} {
		object := `{` + within + `,"credentialSubject":{"id":"` + subject + `"},` + more + `,"proof":{"type":"JwtProof2020","jwt":"` + string(jwt) + `"}}`
		if _, err := (jwtvc.Format{}).Read(t.Context(), []byte(object)); vc.KindOf(err) != vc.Invalid {
			t.Errorf("%s: got %v", subject, err)
		}
	}
	object := `{` + within + `,"credentialSubject":{"id":"did:example:s"},"iss":"did:example:i","proof":{"type":"JwtProof2020","jwt":"` + string(jwt) + `"}}`
	if _, err := (jwtvc.Format{}).Read(t.Context(), []byte(object)); err != nil {
		t.Error(err)
	}
}

// TestObjectIssuer: an object gives the issuer as the JWT does, or its id alone.
func TestObjectIssuer(t *testing.T) {
	const head = `{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential"],"issuanceDate":"2026-01-01T00:00:00Z",
		"credentialSubject":{"id":"did:example:s"},"issuer":`
	jwt := token(`{"alg":"EdDSA"}`, `{"iss":"did:example:i","vc":`+head+`{"id":"did:example:i","name":"I"}}}`)
	for issuer, good := range map[string]bool{
		`{"id":"did:example:i","name":"I"}`: true, `{"id":"did:example:i"}`: true, `"did:example:i"`: true,
		`{"id":"did:example:i","name":"J"}`: false, `{"id":"did:example:j"}`: false, `{"name":"I"}`: false, `{"id":"did:example:i","url":"x"}`: false,
		`null`: false, `{}`: false, `["did:example:i","did:example:j"]`: false,
	} {
		_, err := jwtvc.Format{}.Read(t.Context(), []byte(head+issuer+`,"proof":{"type":"JwtProof2020","jwt":"`+string(jwt)+`"}}`))
		if good != (err == nil) {
			t.Errorf("%s: got %v", issuer, err)
		}
	}
}

// TestPeerReadsObject: did-jwt-vc reads the object as it says, and verifies the JWT inside.
func TestPeerReadsObject(t *testing.T) {
	peer := peers.Start(t)
	_, made := secured(t, vcjwt.ProofObject)
	_, jwt := secured(t, "")
	_, did, method := issuer(t)
	var verified peers.VerifiedVC
	peer.Call("didjwtvc.verify", peers.VerifyVC{Token: string(jwt)}, &verified)
	if verified.Issuer != did || verified.Signer != method {
		t.Errorf("verified %+v", verified)
	}
	var read peers.Normalize
	peer.Call("didjwtvc.normalize", peers.Normalize{Credential: made}, &read)
	for name, theirs := range map[string]json.RawMessage{"of the object": read.Credential, "of the JWT": verified.Credential} {
		if _, err := (jwtvc.Format{}).Read(t.Context(), theirs); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var object map[string]any
		if err := json.Unmarshal(theirs, &object); err != nil {
			t.Fatal(err)
		}
		// It makes an object of an issuer, has milliseconds, and leaves what the JWT says twice.
		object["issuer"] = object["issuer"].(map[string]any)["id"]
		for _, name := range []string{"issuanceDate", "expirationDate"} {
			object[name] = strings.Replace(object[name].(string), ".000Z", "Z", 1)
		}
		delete(object, "vc")
		delete(object, "iat")
		text, err := json.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := ijson.Equal(text, made); err != nil || !same {
			t.Errorf("%s: %v\n%s\n%s", name, err, text, made)
		}
	}
}

func lastPart(t *testing.T, jwt []byte) []byte {
	t.Helper()
	token, err := jose.ParseCompact(jwt)
	if err != nil {
		t.Fatal(err)
	}
	return token.Signature
}

func refusedWith(t *testing.T, what string, err error, code, pointer string) {
	t.Helper()
	if e, ok := errors.AsType[*vc.Error](err); !ok || e.Kind != vc.Invalid || e.Code != code || e.Pointer != pointer {
		t.Errorf("%s: got %v", what, err)
	}
}
