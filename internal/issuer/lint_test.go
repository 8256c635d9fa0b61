package issuer

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/format/jwtvc"
	"github.com/chancery-vc/chancery/internal/format/ldp"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jsonschema"
)

const (
	testIssuer = "did:web:issuer.example"
	testMethod = testIssuer + "#key-1"
	testSchema = `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
		"properties":{"id":{"type":"string"},"degree":{"type":"string"}},"required":["degree"],"additionalProperties":false}`
	testDocument = `{"@context":["https://www.w3.org/ns/did/v1"],"id":"did:web:issuer.example",
		"verificationMethod":[{"id":"did:web:issuer.example#key-1","type":"Multikey","controller":"did:web:issuer.example",
		"publicKeyMultibase":"z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"}],
		"assertionMethod":["did:web:issuer.example#key-1"]}`
)

// baseline is a complete order that every rule passes.
func baseline(t testing.TB) *Complete {
	t.Helper()
	schema, err := jsonschema.Compile([]byte(testSchema), "https://vc.example/schemas/1")
	if err != nil {
		t.Fatal(err)
	}
	document, err := diddoc.Parse([]byte(testDocument))
	if err != nil {
		t.Fatal(err)
	}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	c := &Complete{
		Order: vc.Order{Claims: []byte(`{"id":"did:example:holder","degree":"MSc"}`)},
		Kind: &catalog.Kind{
			Type: vc.CredentialType{
				Types: []string{"DegreeCredential"}, Contexts: []string{"https://vc.example/contexts/1"},
				Validity: vc.Validity{Max: 10 * 365 * 24 * time.Hour}, Subjects: vc.ResolveMust,
			},
			Version: vc.SchemaVersion{URL: "https://vc.example/schemas/1/1/schema.json"},
			Claims:  schema,
		},
		Variant: vc.Variant{
			Format: "jwtvc", Model: vc.VCDM20, SchemaReference: "JsonSchema",
			Status: vc.StatusDialect{EntryType: "BitstringStatusListEntry"},
		},
		Issuer: testIssuer, Document: document, Method: testMethod, Algorithm: "EdDSA",
		Subjects: []string{"did:example:holder"}, Recipient: "did:example:wallet",
		Revocable: true, Purposes: []vc.StatusPurpose{vc.Revocation},
		Now: now, ValidFrom: now, ValidUntil: now.AddDate(4, 0, 0),
		Resolved: map[string]error{"did:example:holder": nil},
		ID:       "0199a3c0-0000-7000-8000-000000000000",
		Entries:  []vc.StatusEntry{{List: "l", URL: "https://vc.example/status/l", Index: 7, Purpose: vc.Revocation, Size: 1}},
	}
	return c
}

// fixture makes a baseline good in another way, or bad.
type fixture struct {
	name    string
	order   func(*Complete) // before the credential is composed
	written func(*Complete) // after
}

var errMethod = vc.Errorf(vc.Unsupported, "methodNotSupported", "no such method")

var errResolve = vc.Errorf(vc.NotFound, "notFound", "no such DID")

// fixtures has for each rule what it must pass and what it must find.
var fixtures = map[string]struct{ good, bad []fixture }{
	"schema-violation": {
		good: []fixture{{name: "no subject id", order: func(c *Complete) { claims(c, `{"degree":"BSc"}`) }}},
		bad: []fixture{
			{name: "missing claim", order: func(c *Complete) { claims(c, `{"id":"did:example:holder"}`) }},
			{name: "wrong type", order: func(c *Complete) { claims(c, `{"degree":3}`) }},
			{name: "unknown claim", order: func(c *Complete) { claims(c, `{"degree":"MSc","grade":1}`) }},
		},
	},
	"validity-order": {
		good: []fixture{{name: "never expires", order: func(c *Complete) { c.ValidUntil = time.Time{} }}},
		bad:  []fixture{{name: "ends when it begins", order: func(c *Complete) { c.ValidUntil = c.ValidFrom }}},
	},
	"validity-past": {
		good: []fixture{{name: "a second left", order: func(c *Complete) { c.ValidUntil = c.Now.Add(time.Second) }}},
		bad: []fixture{{name: "over", order: func(c *Complete) {
			c.ValidFrom, c.ValidUntil = c.Now.AddDate(-2, 0, 0), c.Now.AddDate(-1, 0, 0)
		}}},
	},
	"validity-bounds": {
		good: []fixture{{name: "as long as may be", order: func(c *Complete) { c.ValidUntil = c.ValidFrom.Add(c.Kind.Type.Validity.Max) }}},
		bad: []fixture{
			{name: "longer", order: func(c *Complete) { c.ValidUntil = c.ValidFrom.Add(c.Kind.Type.Validity.Max + time.Second) }},
			{name: "for ever", order: func(c *Complete) { c.ValidUntil = time.Time{} }},
		},
	},
	"outlives": {
		good: []fixture{{name: "draft ends first", order: func(c *Complete) { c.DraftUntil = c.ValidUntil.Add(-time.Hour) }}},
		bad: []fixture{
			{name: "draft ends last", order: func(c *Complete) { c.DraftUntil = c.ValidUntil.Add(time.Hour) }},
			{name: "issuer gone", order: func(c *Complete) { c.Identity.DeactivatedAt = c.Now }},
		},
	},
	"issuer-key": {
		good: []fixture{{name: "listed"}},
		bad: []fixture{
			{name: "not listed", order: func(c *Complete) { c.Method = testIssuer + "#other" }},
			{name: "none", order: func(c *Complete) { c.Method = "" }},
			{name: "no algorithm", order: func(c *Complete) { c.Algorithm = "" }},
		},
	},
	"subject-id": {
		good: []fixture{
			{name: "a URL", order: func(c *Complete) { claims(c, `{"id":"https://example.org/me","degree":"MSc"}`) }},
			{name: "a URN", order: func(c *Complete) { claims(c, `{"id":"urn:uuid:7","degree":"MSc"}`) }},
		},
		bad: []fixture{
			{name: "a name", order: func(c *Complete) { claims(c, `{"id":"alice","degree":"MSc"}`) }},
			{name: "half a DID", order: func(c *Complete) { claims(c, `{"id":"did:example:","degree":"MSc"}`) }},
			{name: "recipient", order: func(c *Complete) { c.Recipient = "https://example.org" }},
			{name: "by another name", order: func(c *Complete) { claims(c, `{"@id":"did:example:other","degree":"MSc"}`) }},
		},
	},
	"type-reserved": {
		good: []fixture{{name: "a subject of a type", order: func(c *Complete) { claims(c, `{"type":["Person"],"degree":"MSc"}`) }}},
		bad: []fixture{
			{name: "a status list", order: func(c *Complete) { claims(c, `{"type":["BitstringStatusList"],"degree":"MSc"}`) }},
			{name: "by its IRI", order: func(c *Complete) { claims(c, `{"@type":"https://w3id.org/vc/status-list#StatusList2021"}`) }},
		},
	},
	"did-method-not-supported": {
		good: []fixture{{name: "resolved"}, {name: "of another reason", order: func(c *Complete) { c.Resolved["did:example:holder"] = errResolve }}},
		bad: []fixture{
			{name: "subject", order: func(c *Complete) { c.Resolved["did:example:holder"] = errMethod }},
			{name: "recipient", order: func(c *Complete) { c.Resolved["did:example:wallet"] = errMethod }},
		},
	},
	"did-not-resolved": {
		good: []fixture{{name: "resolved"}, {name: "not asked", order: func(c *Complete) { c.Resolved = nil }}},
		bad: []fixture{
			{name: "subject", order: func(c *Complete) { c.Resolved["did:example:holder"] = errResolve }},
			{name: "recipient", order: func(c *Complete) { c.Resolved["did:example:wallet"] = errResolve }},
		},
	},
	"suite": {
		good: []fixture{
			{name: "listed as the suite asks", order: func(c *Complete) { linked(c, "eddsa-rdfc-2022") }},
			{name: "a did:key, which each reader writes", order: func(c *Complete) { linked(c, "Ed25519Signature2018"); c.Issuer = "did:key:z6Mk" }},
			{name: "none where none is needed", order: func(c *Complete) { c.format = jwtvc.Format{} }},
			{name: "of one data model", order: func(c *Complete) { inObject(c); c.Variant.Model = vc.VCDM11 }},
		},
		bad: []fixture{
			{name: "another type of method", order: func(c *Complete) { linked(c, "Ed25519Signature2018") }},
			{name: "another algorithm", order: func(c *Complete) { linked(c, "ecdsa-rdfc-2019") }},
			{name: "none", order: func(c *Complete) { linked(c, "") }},
			{name: "unknown", order: func(c *Complete) { linked(c, "SchnorrSecp256k1Signature2019") }},
			{name: "of another format", order: func(c *Complete) { c.Variant.Suite = "eddsa-rdfc-2022" }},
			{name: "of another data model", order: inObject},
		},
	},
	"legacy-suite": {
		good: []fixture{{name: "today's", order: func(c *Complete) { linked(c, "eddsa-rdfc-2022") }}},
		bad:  []fixture{{name: "a predecessor", order: func(c *Complete) { linked(c, "Ed25519Signature2020") }}},
	},
	"legacy": {
		good: []fixture{{name: "today's"}},
		bad: []fixture{
			{name: "status list", order: func(c *Complete) { c.Variant.Status.EntryType = "StatusList2021Entry" }},
			{name: "schema", order: func(c *Complete) { c.Variant.SchemaReference = "JsonSchemaValidator2018" }},
		},
	},
	"data-model": {
		good: []fixture{{name: "1.1", order: func(c *Complete) { c.Variant.Model = vc.VCDM11 }}},
		bad: []fixture{
			{name: "issuer", order: func(c *Complete) { c.Issuer = "not a url" }},
			{name: "empty subject", order: func(c *Complete) { claims(c, `{}`) }},
		},
	},
	"type-names": {
		good: []fixture{{name: "the type's"}},
		bad:  []fixture{{name: "others", written: func(c *Complete) { c.Parsed.Types = []string{"VerifiableCredential"} }}},
	},
	"contexts": {
		good: []fixture{{name: "the type's"}},
		bad: []fixture{{name: "one more", written: func(c *Complete) {
			c.Parsed.Context = append(c.Parsed.Context, json.RawMessage(`"https://evil.example"`))
		}}},
	},
	"status-entries": {
		good: []fixture{{name: "none needed", order: func(c *Complete) { c.Purposes, c.Entries = nil, nil }}},
		bad: []fixture{
			{name: "none there", order: func(c *Complete) { c.Entries = nil }},
			{name: "another purpose", order: func(c *Complete) { c.Entries[0].Purpose = vc.Suspension }},
			{name: "negative", written: func(c *Complete) { c.Entries[0].Index = -1 }},
		},
	},
}

func linked(c *Complete, suite string) {
	c.format, c.Variant.Format, c.Variant.Suite = ldp.Format{}, ldp.Name, suite
}

func inObject(c *Complete) { c.format, c.Variant.Suite = jwtvc.Format{}, "JwtProof2020" }

func claims(c *Complete, text string) { c.Order.Claims = []byte(text) }

func TestRules(t *testing.T) {
	seen := map[string]bool{}
	for _, rules := range [][]Rule{orderRules, documentRules} {
		for _, rule := range rules {
			seen[rule.Name] = true
			cases, ok := fixtures[rule.Name]
			if !ok || len(cases.good) == 0 || len(cases.bad) == 0 {
				t.Errorf("the rule %s has no good or no bad fixture", rule.Name)
			}
			for _, f := range cases.good {
				t.Run(rule.Name+"/good/"+f.name, func(t *testing.T) {
					if found := rule.Check(apply(t, f)); len(found) > 0 {
						t.Errorf("found %v", found)
					}
				})
			}
			for _, f := range cases.bad {
				t.Run(rule.Name+"/bad/"+f.name, func(t *testing.T) {
					found := rule.Check(apply(t, f))
					if len(found) == 0 {
						t.Fatal("found nothing")
					}
					if found[0].Message == "" || found[0].Pointer == "" {
						t.Errorf("a finding without place or reason: %+v", found[0])
					}
				})
			}
		}
	}
	for name := range fixtures {
		if !seen[name] {
			t.Errorf("fixtures for a rule that is not there: %s", name)
		}
	}
}

func apply(t *testing.T, f fixture) *Complete {
	t.Helper()
	c := baseline(t)
	if f.order != nil {
		f.order(c)
	}
	if err := c.readClaims(); err != nil {
		t.Fatal(err)
	}
	if err := c.compose(); err != nil {
		t.Fatal(err)
	}
	if f.written != nil {
		f.written(c)
	}
	return c
}

func TestBaselinePasses(t *testing.T) {
	c := apply(t, fixture{})
	for _, rules := range [][]Rule{orderRules, documentRules} {
		if findings, err := judge(rules, c); err != nil || len(findings) > 0 {
			t.Errorf("%v: %v", findings, err)
		}
	}
}

func TestDryDraftCannotBeSigned(t *testing.T) {
	desk := &Desk{}
	if _, err := desk.sign(t.Context(), &Draft{complete: &Complete{dry: true}}); err == nil {
		t.Fatal("signed")
	}
	if _, err := desk.sign(t.Context(), &Draft{complete: &Complete{elsewhere: true}}); err == nil {
		t.Fatal("signed what is to be signed elsewhere")
	}
}
