package catalog

import (
	"fmt"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// The words of variants.
const (
	schemaJSON      = "JsonSchema"              // Verifiable Credentials JSON Schema §2.1
	schemaValidator = "JsonSchemaValidator2018" // VCDM 1.1 §5.4
	schemaNone      = "none"
	entryBitstring  = "BitstringStatusListEntry" // Bitstring Status List 1.0 §2.1
	entry2021       = "StatusList2021Entry"
)

// reserved are types that a reader acts on: one that could be issued to order would lift revocations, or pass for a
// presentation. Bitstring Status List 1.0 §2.2, StatusList2021 §4, VCDM 2.0 §4.13.
var reserved = []string{
	"BitstringStatusListCredential", "BitstringStatusList", "StatusList2021Credential", "StatusList2021",
	"RevocationList2020Credential", "VerifiablePresentation", "EnvelopedVerifiableCredential", "EnvelopedVerifiablePresentation",
}

// completed fills in what a type may leave out.
func completed(t vc.CredentialType) vc.CredentialType {
	t.Name = strings.TrimSpace(t.Name)
	if len(t.Variants) == 0 {
		t.Variants = []vc.Variant{{}}
	}
	t.Variants = slices.Clone(t.Variants)
	for i := range t.Variants {
		v := &t.Variants[i]
		if v.Name == "" && len(t.Variants) == 1 {
			v.Name = "default"
		}
		if v.Format == "" {
			v.Format = "jwtvc"
		}
		if v.Model == "" {
			v.Model = vc.VCDM20
		}
		reference, dialect := schemaJSON, entryBitstring
		if v.Model == vc.VCDM11 {
			reference, dialect = schemaValidator, entry2021
		}
		if v.SchemaReference == "" {
			v.SchemaReference = reference
		}
		if v.Status.EntryType == "" {
			v.Status.EntryType = dialect
		}
	}
	return t
}

// check gathers what is wrong with a type.
type check struct{ findings []vc.Finding }

func (c *check) add(code, pointer, format string, args ...any) {
	c.findings = append(c.findings, vc.Finding{Code: code, Pointer: pointer, Message: fmt.Sprintf(format, args...)})
}

// checkType checks what can be known without the store.
func (s *Service) checkType(t vc.CredentialType) error {
	c := &check{}
	c.name(t.Name)
	c.names(t)
	c.contexts(t)
	c.validity(t.Validity)
	c.purposes(t)
	c.variants(t, s.config.Formats, s.config.Suites)
	c.publishing(t.Publish)
	c.rest(t)
	if len(c.findings) == 0 {
		return nil
	}
	first := c.findings[0]
	err := vc.Errorf(vc.Invalid, first.Code, "%s", first.Message).At(first.Pointer)
	err.Details = c.findings
	return err
}

// name checks a name for people, at /name.
func (c *check) name(name string) {
	if _, err := nameForPeople(name); err != nil {
		c.add("name-invalid", "/name", nameRule, maxName)
	}
}

func (c *check) names(t vc.CredentialType) {
	if len(t.Types) == 0 {
		c.add("type-name-required", "/types", "at least one type name beside VerifiableCredential is needed")
	}
	for i, name := range t.Types {
		at := fmt.Sprintf("/types/%d", i)
		switch {
		case name == vcdm.TypeCredential:
			c.add("type-name-invalid", at, "VerifiableCredential is added by itself")
		case slices.Contains(reserved, name):
			c.add("type-name-invalid", at, "%s is made by nobody but the server itself, or is no credential", name)
		case !isTerm(name):
			c.add("type-name-invalid", at, termRule)
		case slices.Contains(t.Types[:i], name):
			c.add("type-name-invalid", at, "named twice")
		}
	}
	if t.Schema == "" {
		c.add("schema-required", "/schema/id", "a type has a schema")
	}
	if t.SchemaVersion < 0 {
		c.add("schema-not-found", "/schema/version", "versions count from 1")
	}
}

func (c *check) contexts(t vc.CredentialType) {
	for i, url := range t.Contexts {
		at := fmt.Sprintf("/contexts/%d", i)
		switch {
		case url == vcdm.BaseContext11 || url == vcdm.BaseContext20:
			c.add("context-invalid", at, "the base context is added by itself")
		case !isWebURL(url):
			c.add("context-invalid", at, "a context is an absolute http or https URL")
		case slices.Contains(t.Contexts[:i], url):
			c.add("context-invalid", at, "named twice")
		}
	}
}

func (c *check) validity(v vc.Validity) {
	if v.Default < 0 {
		c.add("validity-invalid", "/validity/defaultSeconds", "a duration is not negative")
	}
	if v.Max < 0 {
		c.add("validity-invalid", "/validity/maxSeconds", "a duration is not negative")
	}
	if v.Max > 0 && v.Default > v.Max {
		c.add("validity-invalid", "/validity/defaultSeconds", "the default is longer than the maximum")
	}
}

// purposes checks the status purposes and messages: Bitstring Status List 1.0 §2.1.
func (c *check) purposes(t vc.CredentialType) {
	known := []vc.StatusPurpose{vc.Revocation, vc.Suspension, vc.Message, vc.Refresh}
	for i, purpose := range t.Purposes {
		at := fmt.Sprintf("/purposes/%d", i)
		if !slices.Contains(known, purpose) {
			c.add("purpose-invalid", at, "a status purpose is revocation, suspension, message or refresh")
		} else if slices.Contains(t.Purposes[:i], purpose) {
			c.add("purpose-invalid", at, "named twice")
		}
	}
	wanted := slices.Contains(t.Purposes, vc.Message)
	if !wanted && len(t.StatusMessages) > 0 {
		c.add("status-messages-invalid", "/statusMessages", "status messages go with purpose message alone")
	}
	if wanted && len(t.StatusMessages) < 2 {
		c.add("status-messages-invalid", "/statusMessages", "purpose message needs a message for each value, at least two")
	}
	if len(t.StatusMessages) > 256 {
		c.add("status-messages-invalid", "/statusMessages", "a status has at most 8 bits: 256 messages")
	}
	seen := map[int]bool{}
	for i, message := range t.StatusMessages {
		at := fmt.Sprintf("/statusMessages/%d", i)
		value, ok := statusValue(message.Status)
		switch {
		case !ok:
			c.add("status-messages-invalid", at+"/status", "a status is a hexadecimal number from 0x0 to 0xff")
		case seen[value]:
			c.add("status-messages-invalid", at+"/status", "named twice")
		}
		seen[value] = true
		if message.Message == "" {
			c.add("status-messages-invalid", at+"/message", "a message says something")
		}
	}
}

func statusValue(text string) (int, bool) {
	var value int
	digits, ok := strings.CutPrefix(text, "0x")
	if !ok || len(digits) == 0 || len(digits) > 2 {
		return 0, false
	}
	for _, r := range strings.ToLower(digits) {
		digit := strings.IndexRune("0123456789abcdef", r)
		if digit < 0 {
			return 0, false
		}
		value = value<<4 | digit
	}
	return value, true
}

func (c *check) variants(t vc.CredentialType, formats []string, suites map[string][]format.Suite) {
	names := map[string]bool{}
	for i, v := range t.Variants {
		at := fmt.Sprintf("/variants/%d", i)
		if v.Name == "" || len(v.Name) > maxName || names[v.Name] {
			c.add("variant-name-invalid", at+"/name", "each variant has a name of its own")
		}
		names[v.Name] = true
		if formats != nil && !slices.Contains(formats, v.Format) {
			c.add("format-unknown", at+"/format", "this server has no format %q", v.Format)
		} else if formats != nil {
			c.suite(v.Format, v.Suite, v.Model, suites[v.Format], at+"/suite")
		}
		switch v.Model {
		case vc.VCDM11, vc.VCDM20:
			c.reference(v, at+"/schemaReference")
		default:
			c.add("model-unknown", at+"/model", "a data model version is 1.1 or 2.0")
		}
		c.dialect(t, v, at+"/status/entryType")
	}
}

// suite: a format with proof suites needs one of them, unless one has no name; another has none. A model that is "" is not
// decided yet.
func (c *check) suite(name, suite string, model vc.ModelVersion, suites []format.Suite, at string) {
	found := slices.IndexFunc(suites, func(s format.Suite) bool { return s.Name == suite })
	switch {
	case found >= 0 && model != "" && !suites[found].Secures(model):
		c.add("suite-model", at, "%s does not secure data model %s", suite, model)
	case found >= 0 || len(suites) == 0 && suite == "":
	case suite == "":
		var known []string
		for _, s := range suites {
			known = append(known, s.Name)
		}
		c.add("suite-required", at, "the format %s needs a proof suite: %s", name, strings.Join(known, ", "))
	default:
		c.add("suite-unknown", at, "the format %s has no proof suite %q", name, suite)
	}
}

// reference: JsonSchema came with VCDM 2.0, JsonSchemaValidator2018 is of VCDM 1.1 (§5.4).
func (c *check) reference(v vc.Variant, at string) {
	fits := map[string]vc.ModelVersion{schemaJSON: vc.VCDM20, schemaValidator: vc.VCDM11, schemaNone: v.Model}
	model, known := fits[v.SchemaReference]
	if !known {
		c.add("schema-reference-invalid", at, "a schema reference is JsonSchema, JsonSchemaValidator2018 or none")
	} else if model != v.Model {
		c.add("schema-reference-invalid", at, "%s goes with data model %s", v.SchemaReference, model)
	}
}

func (c *check) dialect(t vc.CredentialType, v vc.Variant, at string) {
	switch v.Status.EntryType {
	case entryBitstring:
	case entry2021:
		if slices.Contains(t.Purposes, vc.Message) || slices.Contains(t.Purposes, vc.Refresh) {
			c.add("status-dialect-invalid", at, "StatusList2021Entry knows revocation and suspension alone")
		}
	default:
		c.add("status-dialect-invalid", at, "a status entry is a BitstringStatusListEntry or a StatusList2021Entry")
	}
}

func (c *check) rest(t vc.CredentialType) {
	switch t.Subjects {
	case "", vc.ResolveNever, vc.ResolveWarn, vc.ResolveMust:
	default:
		c.add("subjects-invalid", "/subjects", "subjects are resolved never, warn or must")
	}
	if t.Look.Image != "" && !isWebURL(t.Look.Image) && !strings.HasPrefix(t.Look.Image, "data:image/") {
		c.add("look-invalid", "/look/image", "an image is an http, https or data URL")
	}
	if t.External.Enabled && !isWebURL(t.External.URL) {
		c.add("external-invalid", "/externalIssuer/url", "an enabled external issuer has an http or https URL")
	}
	if len(t.Evidence) > 0 {
		if err := ijson.Check(t.Evidence, ijson.Limits{Bytes: maxDocument}); err != nil || (t.Evidence[0] != '{' && t.Evidence[0] != '[') {
			c.add("evidence-invalid", "/evidence", "evidence is a JSON object or an array of objects")
		}
	}
}
