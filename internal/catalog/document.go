package catalog

import (
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jsonschema"
	"github.com/chancery-vc/chancery/spec/ldcontext"
)

// newest is the dialect of a schema that names none.
const newest = "https://json-schema.org/draft/2020-12/schema"

// object is a JSON object with its members in order, their values as they were written.
type object []ijson.Member

func (o object) get(name string) []byte {
	for _, member := range o {
		if member.Name == name {
			return member.Value
		}
	}
	return nil
}

func (o object) without(names ...string) object {
	return slices.DeleteFunc(slices.Clone(o), func(m ijson.Member) bool { return slices.Contains(names, m.Name) })
}

func (o object) bytes() []byte {
	out := []byte{'{'}
	for i, member := range o {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(append(append(out, quote(member.Name)...), ':'), member.Value...)
	}
	return append(out, '}')
}

// quote writes a JSON string; a string always has one.
func quote(text string) []byte {
	quoted, _ := json.Marshal(text)
	return quoted
}

func text(raw []byte) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return ""
	}
	return s
}

// claimsSchema is an uploaded schema, its identity taken away.
type claimsSchema struct {
	dialect string // the value of $schema
	body    object // without $schema and $id
}

// readClaims reads an uploaded schema. Pointers start at /schema.
func readClaims(document []byte) (claimsSchema, error) {
	members, err := ijson.Members(document, ijson.Limits{Bytes: maxDocument})
	if err != nil {
		return claimsSchema{}, malformed(err, "/schema")
	}
	all := object(members)
	c := claimsSchema{dialect: newest, body: all.without("$schema", "$id")}
	if raw := all.get("$schema"); raw != nil {
		if c.dialect = text(raw); c.dialect == "" {
			return claimsSchema{}, unsupportedSchema("/$schema", "$schema is the URL of a JSON Schema dialect")
		}
	}
	if err := c.describesSubject(); err != nil {
		return claimsSchema{}, err
	}
	return c, nil
}

// describesSubject refuses what is a schema, and not one of a credentialSubject.
func (c claimsSchema) describesSubject() error {
	if raw := c.body.get("type"); raw != nil {
		var names []string
		if json.Unmarshal(raw, &names) != nil {
			names = []string{text(raw)}
		}
		if !slices.Contains(names, "object") {
			return unsupportedSchema("/type", "claims are a JSON object, so the schema's type is \"object\"")
		}
	}
	if c.properties().get("credentialSubject") != nil {
		return unsupportedSchema("/properties/credentialSubject",
			"the schema describes the claims alone: give what stands in credentialSubject; the credential around it is added when the schema is published")
	}
	return nil
}

func (c claimsSchema) properties() object {
	members, err := ijson.Members(c.body.get("properties"), ijson.Limits{})
	if err != nil {
		return nil // not an object: compiling says so, with its place
	}
	return members
}

// standalone gives the claims schema as a document of its own at url.
func (c claimsSchema) standalone(url string) []byte {
	head := object{{Name: "$schema", Value: quote(c.dialect)}, {Name: "$id", Value: quote(url)}}
	return append(head, c.body...).bytes()
}

// open gives the schema that is published. A closed object that does not name id gets it, because a
// credentialSubject has one whenever the subject is known (VCDM 2.0 §4.4). In draft-07 a $ref hides its neighbours,
// $id too (§8.3), so a root that is a reference becomes an allOf.
func (c claimsSchema) open() claimsSchema {
	body := slices.Clone(c.body)
	closed := string(body.get("additionalProperties")) == "false" || string(body.get("unevaluatedProperties")) == "false"
	properties := c.properties()
	if closed && properties.get("id") == nil {
		id := ijson.Member{Name: "id", Value: []byte(`{"type":"string","format":"uri"}`)}
		member := ijson.Member{Name: "properties", Value: append(object{id}, properties...).bytes()}
		if i := slices.IndexFunc(body, func(m ijson.Member) bool { return m.Name == "properties" }); i >= 0 {
			body[i] = member
		} else {
			body = append(body, member)
		}
	}
	if ref := body.get("$ref"); ref != nil && strings.Contains(c.dialect, "draft-07") {
		kept := []string{"definitions", "$defs", "$comment", "title", "description"}
		body = slices.DeleteFunc(body, func(m ijson.Member) bool { return !slices.Contains(kept, m.Name) })
		body = append(body, ijson.Member{Name: "allOf", Value: append(append([]byte(`[{"$ref":`), ref...), `}]`...)})
	}
	return claimsSchema{dialect: c.dialect, body: body}
}

// credentialSchema gives the schema of a whole credential, published at url, whose credentialSubject is c. The
// inner $id makes the claims schema a resource of its own, so that its references stay true where they are (JSON
// Schema 2020-12 §8.2.1). It has no $schema: draft-07 forbids one there (§7).
func (c claimsSchema) credentialSchema(url, claimsURL, name string, around wrapping) []byte {
	inner := append(object{{Name: "$id", Value: quote(claimsURL)}}, c.body...)
	title := c.body.get("title")
	if title == nil {
		title = quote(name)
	}
	out := object{{Name: "$schema", Value: quote(c.dialect)}, {Name: "$id", Value: quote(url)}}
	if around.metadata != nil {
		out = append(out, ijson.Member{Name: "$metadata", Value: around.metadata})
	}
	out = append(out, ijson.Member{Name: "title", Value: title})
	if description := c.body.get("description"); description != nil {
		out = append(out, ijson.Member{Name: "description", Value: description})
	}
	return append(out,
		ijson.Member{Name: "type", Value: []byte(`"object"`)},
		ijson.Member{Name: "properties", Value: append(slices.Clone(around.properties), ijson.Member{Name: "credentialSubject", Value: inner.bytes()}).bytes()},
		ijson.Member{Name: "required", Value: around.required},
	).bytes()
}

// wrapping is what a published schema says of the credential around its credentialSubject.
type wrapping struct {
	metadata   []byte // value of $metadata; nil: none
	properties object // beside credentialSubject
	required   []byte
}

// wrapper gives the wrapping of a version.
type wrapper func(typeName string, number int, contextURL string) wrapping

// plainWrapper says nothing of it: a schema serves every data model.
func plainWrapper(string, int, string) wrapping {
	return wrapping{required: []byte(`["credentialSubject"]`)}
}

// lineWrapper says what a credential of VCDM 1.1 that is issued here has, in the words of the schemas that EVDI publishes.
func lineWrapper(typeName string, number int, contextURL string) wrapping {
	metadata := object{
		{Name: "type", Value: quote(typeName)},
		{Name: "version", Value: quote(strconv.Itoa(number))},
		{Name: "uris", Value: object{{Name: "jsonLdContext", Value: quote(contextURL)}}.bytes()},
	}
	return wrapping{
		metadata: metadata.bytes(),
		properties: object{
			{Name: "@context", Value: []byte(`{"type":["string","array","object"]}`)},
			{Name: "id", Value: []byte(`{"type":"string","format":"uri"}`)},
			{Name: "issuanceDate", Value: []byte(`{"type":"string","format":"date-time"}`)},
			{Name: "expirationDate", Value: []byte(`{"type":"string","format":"date-time"}`)},
			{Name: "issuer", Value: []byte(`{"type":["string","object"],"format":"uri","properties":{"id":{"type":"string","format":"uri"}},"required":["id"]}`)},
			{Name: "type", Value: []byte(`{"type":["string","array"],"items":{"type":"string"}}`)},
			{Name: "credentialSchema", Value: []byte(`{"type":"object","properties":{"id":{"type":"string","format":"uri"},"type":{"type":"string"}},"required":["id","type"]}`)},
		},
		required: []byte(`["@context","id","issuanceDate","issuer","type","credentialSubject","credentialSchema"]`),
	}
}

// ClaimsSchema gives the plain schema of a version's claims as a document of its own: what was uploaded, with
// $schema and with an $id of this server, and with id named where the schema is closed.
func ClaimsSchema(version vc.SchemaVersion) ([]byte, error) {
	outer, err := ijson.Members(version.Document, ijson.Limits{})
	if err != nil {
		return nil, broken(version, err)
	}
	properties, err := ijson.Members(object(outer).get("properties"), ijson.Limits{})
	if err != nil {
		return nil, broken(version, err)
	}
	inner, err := ijson.Members(object(properties).get("credentialSubject"), ijson.Limits{})
	if err != nil {
		return nil, broken(version, err)
	}
	head := object{{Name: "$schema", Value: object(outer).get("$schema")}}
	return append(head, inner...).bytes(), nil
}

func broken(version vc.SchemaVersion, err error) error {
	return vc.Errorf(vc.Internal, "schema-broken", "version %d of schema %s cannot be read", version.Version, version.Schema).Because(err)
}

// derive gives the context of a version. A schema from which none can be derived is refused.
func derive(typeName string, document []byte, url string) ([]byte, error) {
	context, err := ldcontext.Derive(typeName, document, url)
	if e, ok := errors.AsType[*ldcontext.Error](err); ok {
		if e.Pointer == "" {
			return nil, vc.Errorf(vc.Invalid, "type-name-invalid", "%s", e.Message).At("/typeName")
		}
		return nil, unsupportedSchema(e.Pointer, e.Message)
	}
	return context, err
}

// compile compiles an uploaded schema; pointers start at /schema.
func compile(document []byte, url string) (*jsonschema.Schema, error) {
	schema, err := jsonschema.Compile(document, url)
	if e, ok := errors.AsType[*jsonschema.Error](err); ok {
		return nil, unsupportedSchema(e.Pointer, e.Message)
	}
	return schema, err
}

func unsupportedSchema(pointer, reason string) *vc.Error {
	return vc.Errorf(vc.Invalid, "schema-not-supported", "%s", reason).At("/schema" + pointer)
}

func malformed(err error, at string) error {
	if e, ok := errors.AsType[*ijson.Error](err); ok {
		return vc.Errorf(vc.Invalid, "document-malformed", "%s", e.Message).At(at + e.Pointer)
	}
	return vc.Errorf(vc.Invalid, "document-malformed", "not a JSON object").At(at).Because(err)
}
