package verifier

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jsonschema"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

const (
	citesSchema   = "VC JSON Schema §2.1 and §3.1"
	maxViolations = 20
)

// foreignSchema is a schema as fetched, or why it was not.
type foreignSchema struct {
	document []byte
	schema   *jsonschema.Schema
	claims   bool // it describes a credentialSubject
	code     string
	reason   string
	until    time.Time
}

func (r *run) schema() (Check, error) {
	schemas := r.credential.Schemas
	if len(schemas) == 0 {
		return notChecked(CheckSchema, CodeNoSchema, "the credential names no schema", "VCDM 2.0 §4.11"), nil
	}
	if len(schemas) > maxSchemas {
		return notChecked(CheckSchema, "too-many", "the credential names more schemas than are looked at", citesSchema), nil
	}
	var children []Check
	for i, reference := range schemas {
		check, err := r.oneSchema(reference)
		if err != nil {
			return Check{}, err
		}
		if check.Pointer == "" {
			check.Pointer = place("/credentialSchema", r.credential.SchemaArray, i)
		}
		children = append(children, check)
	}
	if len(children) == 1 {
		children[0].Name = CheckSchema
		return children[0], nil
	}
	return gather(CheckSchema, citesSchema, children), nil
}

func (r *run) oneSchema(reference vcdm.Schema) (Check, error) {
	name := reference.ID
	switch reference.Type {
	case "JsonSchema", "JsonSchemaValidator2018":
	default:
		return notChecked(name, "schema-type-not-supported", "schemas of this type are not checked here", "VCDM 2.0 §4.11"), nil
	}
	if r.config.Schemas != nil {
		schema, ours, err := r.config.Schemas.SchemaAt(r.ctx, reference.ID)
		switch {
		case err != nil && vc.KindOf(err) == vc.NotFound:
			return notChecked(name, "schema-not-found", "this server has no such schema", citesSchema), nil
		case err != nil:
			return Check{}, err
		case ours:
			return r.validate(name, schema, false)
		}
	}
	if r.config.Fetcher == nil {
		return notChecked(name, "not-fetched", "the schema is not of this server, and nothing is fetched here", citesSchema), nil
	}
	foreign, err := r.fetchSchema(reference.ID)
	switch {
	case err != nil:
		return Check{}, err
	case foreign.code != "":
		return notChecked(name, foreign.code, foreign.reason, citesSchema), nil
	case !sameDigest(reference.Raw, foreign.document):
		return failed(name, "schema-digest", "the schema is not the one the credential was issued under", "VCDM 2.0 §5.3"), nil
	}
	// JsonSchema is of the whole credential; JsonSchemaValidator2018 was used for both.
	return r.validate(name, foreign.schema, foreign.claims && reference.Type == "JsonSchemaValidator2018")
}

// validate applies a schema to the credential or, for one of claims, to each subject.
func (r *run) validate(name string, schema *jsonschema.Schema, claims bool) (Check, error) {
	parts, at := []json.RawMessage{r.secured.Credential}, []string{""}
	if claims {
		parts, at = r.credential.Subjects(), nil
		array := len(parts) != 1 || strings.HasPrefix(strings.TrimSpace(string(r.credential.Subject)), "[")
		for i := range parts {
			at = append(at, place("/credentialSubject", array, i))
		}
	}
	var children []Check
	total := 0
	for i, part := range parts {
		instance, err := ijson.Decode(part, ijson.Limits{})
		if err != nil {
			return Check{}, vc.Errorf(vc.Internal, "schema", "a credential that was read cannot be read again").Because(err)
		}
		violations := schema.Validate(instance)
		total += len(violations)
		for _, v := range violations {
			if len(children) < maxViolations {
				children = append(children, failed(v.Keyword, "schema-violation", v.Message, citesSchema).at(at[i]+v.Pointer))
			}
		}
	}
	if total == 0 {
		return passed(name, "the credential fits its schema", citesSchema), nil
	}
	reason := children[0].Reason
	if total > 1 {
		reason = fmt.Sprintf("%s; and %d more", reason, total-1)
	}
	out := failed(name, "schema-violation", reason, citesSchema).at(children[0].Pointer)
	out.Children = children
	return out, nil
}

func place(name string, array bool, i int) string {
	if !array {
		return name
	}
	return fmt.Sprintf("%s/%d", name, i)
}

// fetchSchema gives a schema of another server, at most five minutes old.
func (r *run) fetchSchema(url string) (foreignSchema, error) {
	if known, ok := r.schemas.Get(url); ok && r.config.Now().Before(known.until) {
		return known, nil
	}
	fetched, _, _ := r.flights.Do("schema "+url, func() (any, error) {
		// The flight is shared, so it does not end with the caller who began it; the fetcher bounds its time.
		body, err := r.fetch(context.WithoutCancel(r.ctx), url, "application/schema+json, application/json")
		out := readSchema(url, body, err)
		out.until = r.config.Now().Add(freshFor)
		if err != nil {
			out.until = r.config.Now().Add(failedFor)
		}
		r.schemas.Add(url, out)
		return out, nil
	})
	return fetched.(foreignSchema), r.ctx.Err()
}

// readSchema takes a fetched document for what it is. The W3C CCG's vc-json-schemas put the claims schema into a
// member schema of a document that describes it; Meeco's do too.
func readSchema(url string, body []byte, err error) foreignSchema {
	if err != nil {
		return foreignSchema{code: "schema-unreachable", reason: "the schema could not be fetched"}
	}
	members, err := ijson.Members(body, ijson.Limits{Bytes: maxForeign})
	if err != nil {
		return foreignSchema{code: "schema-not-supported", reason: "what was fetched is not a JSON object"}
	}
	out := foreignSchema{document: body, claims: true}
	document := body
	if inner := member(members, "schema"); inner != nil && member(members, "$schema") == nil {
		document = inner
	} else if properties, err := ijson.Members(member(members, "properties"), ijson.Limits{}); err == nil {
		out.claims = member(properties, "credentialSubject") == nil
	}
	if out.schema, err = jsonschema.Compile(document, url); err != nil {
		return foreignSchema{code: "schema-not-supported", reason: "the schema cannot be used here"}
	}
	return out
}

func member(members []ijson.Member, name string) []byte {
	for _, m := range members {
		if m.Name == name {
			return m.Value
		}
	}
	return nil
}

// sameDigest checks digestSRI of a schema reference, VCDM 2.0 §5.3, where it has one. An algorithm that we do not
// know is no match.
func sameDigest(reference []byte, document []byte) bool {
	var r struct {
		Digest string `json:"digestSRI"`
	}
	if len(reference) == 0 || json.Unmarshal(reference, &r) != nil || r.Digest == "" {
		return true
	}
	for _, one := range strings.Fields(r.Digest) {
		algorithm, encoded, _ := strings.Cut(one, "-")
		want, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			continue
		}
		var sum []byte
		switch algorithm {
		case "sha256":
			s := sha256.Sum256(document)
			sum = s[:]
		case "sha384":
			s := sha512.Sum384(document)
			sum = s[:]
		case "sha512":
			s := sha512.Sum512(document)
			sum = s[:]
		}
		if sum != nil && subtle.ConstantTimeCompare(sum, want) == 1 {
			return true
		}
	}
	return false
}
