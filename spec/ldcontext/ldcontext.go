// Package ldcontext derives a JSON-LD 1.1 context from the JSON Schema of a credential's claims.
//
// The context stands in a credential's @context after the base context, and has to live with it. Two rules of JSON-LD
// decide its form:
//
// A protected term cannot be redefined but by the very same definition (JSON-LD 1.1 API §4.2.2, step on protected
// terms). VCDM 2.0's context protects names that claims like to have: id, type, name, description. So for those the
// derived context repeats VCDM 2.0's definition word for word. That is no error beside the 2.0 context, and
// beside the 1.1 context, which does not know name and description, it defines them. Names of that kind that are
// nothing but the base contexts' business (VerifiableCredential, iss, _sd) are left out.
//
// The terms that type-scoped contexts of the base context protect (issuer, validFrom, proof, created) do
// not reach credentialSubject, because type-scoped contexts do not propagate (JSON-LD 1.1 §4.1.9). A derived term of
// such a name serves claims, and gives way inside the credential and its proof. It may do so only because derived
// terms are not protected themselves; that is also what lets other contexts (Open Badges) stand beside.
// Scoping all terms to credentialSubject instead is not possible: credentialSubject itself is protected by the type
// VerifiableCredential.
//
// Terms of nested objects are in property-scoped contexts, which may redefine protected terms (JSON-LD 1.1 §4.1.11):
// there name is the schema's own.
package ldcontext

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
)

// The limits of what is derived.
const (
	MaxTerms = 5000
	MaxDepth = 24
)

// Error says why no context can be derived. Pointer (RFC 6901) is into the schema.
type Error struct {
	Pointer string
	Message string
}

// Error gives the message with its place.
func (e *Error) Error() string {
	if e.Pointer == "" {
		return "ldcontext: " + e.Message
	}
	return "ldcontext: " + e.Pointer + ": " + e.Message
}

// Derive gives the context document for a credential type whose credentialSubject follows schema, published at
// schemaURL: the type, and one term per property, as <schemaURL>#<name>, nested ones as <schemaURL>#<outer>/<name>;
// no @vocab. Where schema describes whole credentials its credentialSubject property is taken. Properties whose names
// cannot be terms (with colon or slash, or like a keyword) have none. The bytes are the same for the same
// arguments. Errors are *Error.
func Derive(typeName string, schema []byte, schemaURL string) ([]byte, error) {
	if !isTerm(typeName) || reserved(typeName) || repeated(typeName) != nil {
		return nil, &Error{Message: "the type's name cannot be a term of its own"}
	}
	base, err := url.Parse(schemaURL)
	if err != nil || !base.IsAbs() || base.Fragment != "" || strings.HasSuffix(schemaURL, "#") {
		return nil, &Error{Message: "the schema's URL must be absolute, without fragment"}
	}
	var root any
	decoder := json.NewDecoder(bytes.NewReader(schema))
	decoder.UseNumber()
	if err := decoder.Decode(&root); err != nil {
		return nil, &Error{Message: "the schema is not JSON"}
	}
	d := &derivation{root: root, base: base.String() + "#"}
	found := newScope()
	if err := d.collect(root, "", found, 0); err != nil {
		return nil, err
	}
	if whole, ok := found.properties["credentialSubject"]; ok {
		found = newScope()
		for _, part := range whole {
			if err := d.collect(part.schema, part.pointer, found, 0); err != nil {
				return nil, err
			}
		}
	}
	terms, err := d.terms(found, "", 0)
	if err != nil {
		return nil, err
	}
	if places := found.properties[typeName]; places != nil {
		return nil, &Error{places[0].pointer, "a property must not have the type's name"}
	}
	terms[typeName] = term{ID: d.base + fragment(typeName)}
	out, err := json.Marshal(map[string]any{"@context": top(terms)})
	if err != nil {
		return nil, &Error{Message: fmt.Sprint("the context cannot be written: ", err)}
	}
	return out, nil
}

// top adds what the outermost context has beside terms. Maps are encoded in the order of names.
func top(terms map[string]any) map[string]any {
	terms["@version"] = json.Number("1.1")
	terms["id"] = "@id"
	terms["type"] = "@type"
	return terms
}
