package issuer

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// Rule is one thing that must be so before a credential is signed. Pointers of its findings are into the order:
// /claims/…, /validUntil, /issuer.
type Rule struct {
	Name  string // the code of its findings
	Cites string
	Check func(*Complete) []vc.Finding
}

// orderRules judge what was decided, before a status index is taken.
var orderRules = []Rule{
	{"schema-violation", "VC JSON Schema §2", fitsSchema},
	{"validity-past", "VCDM 2.0 §4.9", notPast}, // before the next: it names the cause where both are so
	{"validity-order", "VCDM 2.0 §4.9", datesOrdered},
	{"validity-bounds", "credential type", insideBounds},
	{"outlives", "VCDM 2.0 §4.9", outlivesNothing},
	{"issuer-key", "VCDM 2.0 §4.13, CID 1.0 §3.3", keyListed},
	{"subject-id", "VCDM 2.0 §4.8", subjectIsURI},
	{"type-reserved", "Bitstring Status List 1.0 §2.2", subjectNotReserved},
	{"did-method-not-supported", "DID Resolution §4", methodsKnown},
	{"did-not-resolved", "DID Resolution §4", othersResolve},
	{"suite", "Data Integrity 1.0 §3.1, Controlled Identifiers 1.0 §2.2", suiteFits},
	{"legacy", "Bitstring Status List 1.0, VC JSON Schema", legacy},
	{"legacy-suite", "Data Integrity 1.0", legacySuite},
}

// documentRules judge the complete credential.
var documentRules = []Rule{
	{"data-model", "VCDM §4", dataModel},
	{"type-names", "VCDM 2.0 §4.5", typesMatch},
	{"contexts", "VCDM 2.0 §4.3", contextsMatch},
	{"status-entries", "Bitstring Status List 1.0 §2.1", statusEntries},
}

// judge runs rules; findings that are not warnings refuse the order, all of them in one error.
func judge(rules []Rule, c *Complete) ([]vc.Finding, error) {
	var findings []vc.Finding
	for _, rule := range rules {
		for _, f := range rule.Check(c) {
			f.Code, f.Cites, f.Pointer = rule.Name, rule.Cites, c.ofDocument(f.Pointer)
			findings = append(findings, f)
		}
	}
	if c.dry {
		return findings, nil
	}
	if err := refusal(findings); err != nil {
		return nil, err
	}
	return findings, nil
}

// refusal is the error that findings make: the first that is no warning names it. nil where all are.
func refusal(findings []vc.Finding) error {
	i := slices.IndexFunc(findings, func(f vc.Finding) bool { return !f.Warning })
	if i < 0 {
		return nil
	}
	first := findings[i]
	return &vc.Error{Kind: vc.Invalid, Code: first.Code, Pointer: first.Pointer, Message: first.Message, Details: findings}
}

func fitsSchema(c *Complete) []vc.Finding {
	var out []vc.Finding
	for _, v := range c.Kind.Claims.Validate(c.Claims) {
		out = append(out, vc.Finding{Pointer: "/claims" + v.Pointer, Message: v.Message, Keyword: v.Keyword})
	}
	return out
}

func datesOrdered(c *Complete) []vc.Finding {
	if c.ValidUntil.IsZero() || c.ValidUntil.After(c.ValidFrom) {
		return nil
	}
	return found("/validUntil", "validUntil is not after validFrom")
}

func notPast(c *Complete) []vc.Finding {
	if c.ValidUntil.IsZero() || c.ValidUntil.After(c.Now) {
		return nil
	}
	return found("/validUntil", "the credential would be expired when it is issued")
}

func insideBounds(c *Complete) []vc.Finding {
	longest := c.Kind.Type.Validity.Max
	switch {
	case longest <= 0:
		return nil
	case c.ValidUntil.IsZero():
		return found("/validUntil", "credentials of this type expire: give validUntil")
	case c.ValidUntil.Sub(c.ValidFrom) > longest:
		return found("/validUntil", fmt.Sprintf("credentials of this type are valid for at most %s", longest))
	}
	return nil
}

// outlivesNothing: a draft that could be signed after the credential has expired, an issuer that is gone, would
// leave a credential without what it stands on.
func outlivesNothing(c *Complete) []vc.Finding {
	if !c.Identity.DeactivatedAt.IsZero() {
		return found("/issuer", "the issuer's DID is deactivated")
	}
	if !c.DraftUntil.IsZero() && !c.ValidUntil.IsZero() && c.DraftUntil.After(c.ValidUntil) {
		return found("/validUntil", "the draft could be completed after the credential expires: shorten its life")
	}
	return nil
}

func keyListed(c *Complete) []vc.Finding {
	switch {
	case c.Method == "":
		return found("/issuer", "the issuer's DID document lists no assertion method")
	case !c.Document.Has("assertionMethod", c.Method):
		return found("/issuer", "the issuer's DID document does not list the key as an assertion method")
	case c.Algorithm == "":
		return found("/issuer", "the issuer's key is of a type that cannot sign here")
	}
	return nil
}

func subjectIsURI(c *Complete) []vc.Finding {
	var out []vc.Finding
	if object, ok := c.Claims.(map[string]any); ok {
		if id, present := object["id"]; present {
			if text, ok := id.(string); !ok || !isURI(text) {
				out = found("/claims/id", "a subject's id is a URI")
			}
		}
		if _, present := object["@id"]; present {
			out = append(out, found("/claims/@id", "a subject's id is the claim id")...)
		}
	}
	if c.Recipient != "" {
		if _, err := diddoc.ParseDID(c.Recipient); err != nil {
			out = append(out, vc.Finding{Pointer: "/recipient", Message: "a recipient is a DID"})
		}
	}
	return out
}

// subjectNotReserved: claims, too, make nothing that readers take for a status list.
func subjectNotReserved(c *Complete) []vc.Finding {
	object, _ := c.Claims.(map[string]any)
	for _, name := range []string{"type", "@type"} {
		kinds, many := object[name].([]any)
		if !many {
			kinds = []any{object[name]}
		}
		for _, kind := range kinds {
			if text, ok := kind.(string); ok && catalog.Reserved(text) {
				return found("/claims/"+name, "this type is made by nobody but the server itself")
			}
		}
	}
	return nil
}

func isURI(text string) bool {
	if strings.HasPrefix(text, "did:") {
		_, err := diddoc.ParseURL(text)
		return err == nil
	}
	u, err := url.Parse(text)
	return err == nil && u.IsAbs()
}

func methodsKnown(c *Complete) []vc.Finding {
	return unresolved(c, func(err error) bool { return vc.KindOf(err) == vc.Unsupported })
}

func othersResolve(c *Complete) []vc.Finding {
	return unresolved(c, func(err error) bool { return vc.KindOf(err) != vc.Unsupported })
}

// unresolved tells of the DIDs that the credential names and that do not resolve for a reason that counts.
func unresolved(c *Complete, counts func(error) bool) []vc.Finding {
	var out []vc.Finding
	for _, did := range slices.Sorted(maps.Keys(c.Resolved)) {
		err := c.Resolved[did]
		if err == nil || !counts(err) || !strings.HasPrefix(did, "did:") {
			continue
		}
		pointer := "/claims/id"
		if did == c.Recipient {
			pointer = "/recipient"
		}
		reason := "does not resolve"
		if e, ok := errors.AsType[*vc.Error](err); ok {
			reason += ": " + e.Code
		}
		out = append(out, vc.Finding{
			Pointer: pointer, Message: "the DID " + reason, Warning: c.Kind.Type.Subjects == vc.ResolveWarn,
		})
	}
	return out
}

// suiteFits: a verifier takes a proof for its key's type of method as well as for its algorithm. Whoever resolves a did:key
// writes the document itself, with the type the suite asks for.
func suiteFits(c *Complete) []vc.Finding {
	suite, ok := format.SuiteOf(c.format, c.Variant.Suite)
	switch {
	case !ok && len(format.Suites(c.format)) == 0 && c.Variant.Suite == "":
		return nil
	case !ok:
		return found("/variant", "the format has no such proof suite")
	case !suite.Secures(c.Variant.Model):
		return found("/variant", suite.Name+" does not secure data model "+string(c.Variant.Model))
	case !suite.Signs(c.Algorithm):
		return found("/issuer", "the issuer's key is for "+c.Algorithm+", and "+suite.Name+" signs with "+strings.Join(suite.Algorithms, ", "))
	case c.listedFor(suite, c.Issuer, c.Method):
		return nil
	}
	listed, _ := c.Document.Method(c.Method)
	return found("/issuer", "the issuer's DID document lists the key as "+listed.Type+"; proofs of "+suite.Name+
		" are taken for a key as "+strings.Join(suite.Methods, ", ")+": a did:web is made, or gets a key, with such a verificationMethodType")
}

func legacySuite(c *Complete) []vc.Finding {
	if suite, ok := format.SuiteOf(c.format, c.Variant.Suite); ok && suite.Legacy {
		return []vc.Finding{{Pointer: "/variant", Warning: true, Message: suite.Name + " was replaced by the cryptosuites of Data Integrity 1.0"}}
	}
	return nil
}

func legacy(c *Complete) []vc.Finding {
	var out []vc.Finding
	if c.Revocable && c.Variant.Status.EntryType == "StatusList2021Entry" {
		out = append(out, vc.Finding{Pointer: "/variant", Warning: true, Message: "StatusList2021 was replaced by Bitstring Status List 1.0"})
	}
	if c.Variant.SchemaReference == "JsonSchemaValidator2018" {
		out = append(out, vc.Finding{Pointer: "/variant", Warning: true, Message: "JsonSchemaValidator2018 was replaced by JsonSchema"})
	}
	return out
}

func dataModel(c *Complete) []vc.Finding {
	var out []vc.Finding
	for _, p := range vcdm.Validate(c.Parsed) {
		pointer := p.Pointer
		if rest, ok := strings.CutPrefix(pointer, "/credentialSubject"); ok {
			pointer = "/claims" + rest
		}
		out = append(out, vc.Finding{Pointer: pointer, Message: p.Message})
	}
	return out
}

func typesMatch(c *Complete) []vc.Finding {
	want := append([]string{"VerifiableCredential"}, c.Kind.Type.Types...)
	if slices.Equal(c.Parsed.Types, want) {
		return nil
	}
	return found("/type", "the credential's types are not those of its credential type")
}

func contextsMatch(c *Complete) []vc.Finding {
	want := c.contexts()
	if len(c.Parsed.Context) != len(want) {
		return found("/type", "the credential's contexts are not those of its credential type")
	}
	for i, raw := range c.Parsed.Context {
		if string(raw) != fmt.Sprintf("%q", want[i]) {
			return found("/type", "the credential's contexts are not those of its credential type")
		}
	}
	return nil
}

func statusEntries(c *Complete) []vc.Finding {
	if len(c.Entries) != len(c.Purposes) || len(c.Parsed.Status) != len(c.Purposes) {
		return found("/revocable", "the credential does not have one status entry per purpose")
	}
	for i, entry := range c.Entries {
		if entry.Purpose != c.Purposes[i] || entry.URL == "" || entry.Index < 0 {
			return found("/revocable", "a status entry is incomplete")
		}
	}
	return nil
}

func found(pointer, message string) []vc.Finding {
	return []vc.Finding{{Pointer: pointer, Message: message}}
}
