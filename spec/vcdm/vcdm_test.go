package vcdm

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/sharedtest"
)

const sound20 = `{"@context":["https://www.w3.org/ns/credentials/v2",{"a":"urn:a"}],"id":"urn:uuid:1",` +
	`"type":["VerifiableCredential","X"],"name":{"@value":"N","@language":"en"},"issuer":{"id":"did:example:i","name":"I"},` +
	`"validFrom":"2024-01-01T00:00:00.500+01:00","validUntil":"2025-01-01T00:00:00Z",` +
	`"credentialStatus":[{"type":"BitstringStatusListEntry","statusListIndex":"1"}],` +
	`"credentialSchema":{"id":"https://s.example/1","type":"JsonSchema"},` +
	`"evidence":[{"type":"E"}],"credentialSubject":{"id":"did:example:s","n":1.50,"e":1e2,"u":"\u00e9"},` +
	`"termsOfUse":{"type":"T"},"refreshService":{"type":"R"},` +
	`"relatedResource":{"id":"https://r.example","digestSRI":"sha384-x"},"extra":null,"proof":{"type":"P"}}`

func same(t *testing.T, was, is []byte) {
	t.Helper()
	var a, b any
	if err := json.Unmarshal(was, &a); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(is, &b); err != nil {
		t.Fatal(err, string(is))
	}
	if !reflect.DeepEqual(a, b) {
		t.Errorf("reading and writing changed\n%s\ninto\n%s", was, is)
	}
}

func round(t *testing.T, raw []byte, c *Credential) {
	t.Helper()
	out, err := Encode(c)
	if err != nil {
		t.Fatal(err)
	}
	same(t, raw, out)
}

func roundPresentation(t *testing.T, raw []byte, p *Presentation) {
	t.Helper()
	out, err := EncodePresentation(p)
	if err != nil {
		t.Fatal(err)
	}
	same(t, raw, out)
}

func TestSound20(t *testing.T) {
	c, err := Parse([]byte(sound20))
	if err != nil {
		t.Fatal(err)
	}
	if problems := Validate(c); problems != nil {
		t.Error(problems)
	}
	out, err := Encode(c)
	if err != nil || string(out) != sound20 {
		t.Errorf("%v\n%s\n%s", err, out, sound20)
	}
	if c.Issuer.Name != "I" || c.Schemas[0].Type != "JsonSchema" || c.SubjectIDs()[0] != "did:example:s" {
		t.Errorf("%+v", c)
	}
	if !c.ValidFrom.Equal(time.Date(2023, 12, 31, 23, 0, 0, 5e8, time.UTC)) {
		t.Error(c.ValidFrom)
	}
	c.ValidFrom = c.ValidFrom.Add(time.Hour)
	if out, _ := Encode(c); !strings.Contains(string(out), `"validFrom":"2024-01-01T00:00:00.5Z"`) {
		t.Error(string(out))
	}
}

// Each row changes the sound credential once and names where the problem must be found.
func TestProblems20(t *testing.T) {
	for _, row := range []struct{ old, new, pointer string }{
		{`["https://www.w3.org/ns/credentials/v2",{"a":"urn:a"}]`, `"https://www.w3.org/ns/credentials/v2"`, "/@context"},
		{`["https://www.w3.org/ns/credentials/v2",`, `["https://x.example","https://www.w3.org/ns/credentials/v2",`, "/@context/0"},
		{`{"a":"urn:a"}]`, `"no url"]`, "/@context/1"},
		{`{"a":"urn:a"}]`, `5]`, "/@context/1"},
		{`{"a":"urn:a"}]`, `"https://www.w3.org/ns/credentials/v2"]`, "/@context/1"},
		{`"id":"urn:uuid:1"`, `"id":"plain"`, "/id"},
		{`"id":"urn:uuid:1"`, `"id":null`, "/id"},
		{`"id":"urn:uuid:1"`, `"id":["urn:uuid:1"]`, "/id"},
		{`["VerifiableCredential","X"]`, `["X"]`, "/type"},
		{`["VerifiableCredential","X"]`, `["VerifiableCredential",7]`, "/type"},
		{`["VerifiableCredential","X"]`, `["VerifiableCredential","X","X"]`, "/type/2"},
		{`{"@value":"N","@language":"en"}`, `{"@language":"en"}`, "/name"},
		{`{"@value":"N","@language":"en"}`, `{"@value":"N","url":"x"}`, "/name"},
		{`{"@value":"N","@language":"en"}`, `12`, "/name"},
		{`"id":"did:example:i","name":"I"`, `"name":"I"`, "/issuer/id"},
		{`"name":"I"`, `"name":[1]`, "/issuer/name/0"},
		{`{"id":"did:example:i","name":"I"}`, `7`, "/issuer"},
		{`2024-01-01T00:00:00.500+01:00`, `2024-01-01T00:00:00`, "/validFrom"},
		{`2024-01-01T00:00:00.500+01:00`, `2024-01-01t00:00:00Z`, "/validFrom"},
		{`2024-01-01T00:00:00.500+01:00`, `2024-13-01T00:00:00Z`, "/validFrom"},
		{`2024-01-01T00:00:00.500+01:00`, `2024-01-01T00:00:00,5Z`, "/validFrom"},
		{`2024-01-01T00:00:00.500+01:00`, `2026-01-01T00:00:00Z`, "/validUntil"},
		{`[{"type":"BitstringStatusListEntry","statusListIndex":"1"}]`, `[{"id":"urn:x"}]`, "/credentialStatus/0"},
		{`[{"type":"BitstringStatusListEntry","statusListIndex":"1"}]`, `"x"`, "/credentialStatus"},
		{`{"id":"https://s.example/1","type":"JsonSchema"}`, `{"type":"JsonSchema"}`, "/credentialSchema"},
		{`{"id":"https://s.example/1","type":"JsonSchema"}`, `[{"id":"x","type":"JsonSchema"}]`, "/credentialSchema/0/id"},
		{`[{"type":"E"}]`, `[{"kind":"E"}]`, "/evidence/0"},
		{`{"type":"T"}`, `[]`, "/termsOfUse"},
		{`{"type":"R"}`, `{"type":5}`, "/refreshService/type"},
		{`"digestSRI"`, `"digest"`, "/relatedResource"},
		{`{"type":"P"}`, `[{}]`, "/proof/0"},
		{`{"id":"did:example:s","n":1.50,"e":1e2,"u":"\u00e9"}`, `{}`, "/credentialSubject"},
		{`{"id":"did:example:s","n":1.50,"e":1e2,"u":"\u00e9"}`, `[]`, "/credentialSubject"},
		{`{"id":"did:example:s","n":1.50,"e":1e2,"u":"\u00e9"}`, `["x"]`, "/credentialSubject/0"},
		{`{"id":"did:example:s","n":1.50,"e":1e2,"u":"\u00e9"}`, `{"@value":"x"}`, "/credentialSubject"},
		{`{"id":"did:example:s","n":1.50,"e":1e2,"u":"\u00e9"}`, `[{"n":1},{"@list":["x"]}]`, "/credentialSubject/1"},
		{`"id":"did:example:s"`, `"id":"s"`, "/credentialSubject/id"},
		{`"id":"did:example:s"`, `"id":5`, "/credentialSubject/id"},
	} {
		raw := strings.Replace(sound20, row.old, row.new, 1)
		if raw == sound20 {
			t.Fatal("no change", row.old)
		}
		c, err := Parse([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		round(t, []byte(raw), c)
		problems := Validate(c)
		if len(problems) != 1 || problems[0].Pointer != row.pointer || problems[0].Cites == "" {
			t.Errorf("%s: want one problem at %s, got %v", row.new, row.pointer, problems)
		}
	}
}

func TestUnreadable(t *testing.T) {
	for raw, pointer := range map[string]string{
		``: "", `[]`: "", `{`: "", `{} {}`: "", "{\"a\":\"\xff\"}": "/a", `{"a":{"b":1,"b":2}}`: "/a/b", `nul`: "",
		strings.Repeat("[", 20000): strings.Repeat("/0", 10000),
	} {
		_, err := Parse([]byte(raw))
		problem, ok := err.(*Error)
		if !ok || len(raw) < 100 && problem.Pointer != pointer {
			t.Errorf("%.40q: %v", raw, err)
		}
	}
}

// Raw members are written whole or not at all: text that closes one member and opens another is refused.
func TestRawCannotSmuggle(t *testing.T) {
	c := build()
	c.Subject = json.RawMessage(`{"a":1},"issuer":"did:example:evil"`)
	if out, err := Encode(c); err == nil {
		t.Error(string(out))
	}
	c = build()
	c.Extra = []Member{{"issuer", json.RawMessage(`"did:example:evil"`)}}
	if out, err := Encode(c); err == nil {
		t.Error(string(out))
	}
}

func TestBuilt(t *testing.T) {
	c := build()
	if problems := Validate(c); problems != nil {
		t.Error(problems)
	}
	out, err := Encode(c)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Parse(out)
	if err != nil {
		t.Fatal(err)
	}
	if problems := Validate(again); problems != nil {
		t.Error(problems)
	}
	var order []string
	all, _ := members(out)
	for _, m := range all {
		order = append(order, m.Name)
	}
	if got := strings.Join(order, " "); got != "@context id type issuer issuanceDate expirationDate credentialStatus "+
		"credentialSchema evidence credentialSubject" {
		t.Error(got)
	}
	c.Version, c.Context, c.ValidFrom = V11, nil, time.Time{}
	if problems := Validate(c); len(problems) != 2 {
		t.Error(problems)
	}
}

func TestPresentation20(t *testing.T) {
	const raw = `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":"VerifiablePresentation",` +
		`"holder":{"id":"did:example:h"},"verifiableCredential":[%,{"@context":["https://www.w3.org/ns/credentials/v2"],` +
		`"id":"data:application/vc+jwt,eyJ","type":"EnvelopedVerifiableCredential"}]}`
	sound := strings.Replace(raw, "%", sound20, 1)
	if problems := problemsOf(t, []byte(sound)); problems != nil {
		t.Error(problems)
	}
	for _, row := range []struct{ old, new, pointer string }{
		{sound20, `"eyJ"`, "/verifiableCredential/0"},
		{`data:application`, `urn:application`, "/verifiableCredential/1/id"},
		{`"did:example:h"`, `"h"`, "/holder/id"},
		{`"id":"did:example:s"`, `"id":"s"`, "/verifiableCredential/0/credentialSubject/id"},
	} {
		problems := problemsOf(t, []byte(strings.Replace(sound, row.old, row.new, 1)))
		if len(problems) != 1 || problems[0].Pointer != row.pointer {
			t.Errorf("%s: %v", row.new, problems)
		}
	}
}

func build() *Credential {
	return &Credential{
		Version: V11,
		Context: []json.RawMessage{
			json.RawMessage(`"https://www.w3.org/2018/credentials/v1"`),
			json.RawMessage(`"https://issuer.example/contexts/degree/1"`),
		},
		ID:         "urn:uuid:0192f0c1-8f2f-7cc3-98c4-dc0c0c07398f",
		Types:      []string{"VerifiableCredential", "UniversityDegreeCredential"},
		Issuer:     Issuer{ID: "did:web:issuer.example", Name: "Example University"},
		ValidFrom:  time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		ValidUntil: time.Date(2036, 1, 2, 3, 4, 5, 0, time.UTC),
		Status: []Status{{ID: "https://issuer.example/s/1#1", Type: "StatusList2021Entry", Raw: json.RawMessage(
			`{"id":"https://issuer.example/s/1#1","type":"StatusList2021Entry","statusPurpose":"revocation",` +
				`"statusListIndex":"1","statusListCredential":"https://issuer.example/s/1"}`)}},
		Schemas: []Schema{{ID: "https://issuer.example/schemas/degree/1", Type: "JsonSchemaValidator2018"}},
		Subject: json.RawMessage(`{"id":"did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK","degree":{"type":` +
			`"BachelorDegree","name":"Bachelor of Science in Mechanical Engineering","awarded":"2025-07-01"},"givenName":"Ada"}`),
		Evidence: json.RawMessage(`[{"type":["DocumentVerification"],"verifier":"https://issuer.example/14"}]`),
	}
}

func BenchmarkEncode(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(build()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	raw, _ := Encode(build())
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkValidate(b *testing.B) {
	raw, _ := Encode(build())
	c, _ := Parse(raw)
	for b.Loop() {
		if Validate(c) != nil {
			b.Fatal("not valid")
		}
	}
}

// twoReadings holds what open takes from ijson against the check and the split of this package.
func twoReadings(t *testing.T, raw []byte) {
	t.Helper()
	got, err := open(raw)
	want, ok := members(raw)
	if fault := check(raw); fault != nil || !ok {
		if err == nil {
			t.Fatalf("%q is let pass: %v", raw, fault)
		}
		return
	}
	if err != nil || !slices.EqualFunc(got, want, func(a, b Member) bool { return a.Name == b.Name && string(a.Value) == string(b.Value) }) {
		t.Fatalf("%q: got %v, want %v (%v)", raw, got, want, err)
	}
	one, _ := thingOf(raw)
	for name, value := range map[string]json.RawMessage{"id": one.id, "type": one.kind, "name": one.name} {
		first, _ := lookup(want, name)
		if alone, _ := member(raw, name); string(alone) != string(first) || string(value) != string(first) || one.size != len(want) {
			t.Fatalf("%q: %s is %q and %q, want %q", raw, name, alone, value, first)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(sound20))
	sharedtest.Seeds(f, func(seed []byte) { f.Add(seed) }, source, "vectors", "vcdm1-inputs", "input")
	f.Add([]byte(`{"@context":"https://www.w3.org/2018/credentials/v1","issuanceDate":"0001-01-01T00:00:00Z"}`))
	f.Add([]byte(` { "id" : "a\\u0062\\"" , "\\u0069d2":[{}, 1e400,"\\\\"] } `))
	f.Fuzz(func(t *testing.T, raw []byte) {
		twoReadings(t, raw)
		if p, err := ParsePresentation(raw); err == nil {
			ValidatePresentation(p)
			if _, err := EncodePresentation(p); err != nil {
				t.Fatal(err)
			}
		}
		c, err := Parse(raw)
		if err != nil {
			return
		}
		Validate(c)
		out, err := Encode(c)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Parse(out)
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		twice, err := Encode(again)
		if err != nil || string(twice) != string(out) {
			t.Fatalf("not stable: %v\n%s\n%s", err, out, twice)
		}
	})
}
