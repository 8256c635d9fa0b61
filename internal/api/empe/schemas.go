package empe

import (
	"cmp"
	"net/http"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/api/empe/wire"
	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// maxListed is how many the lists of the page have at most, which knows no pages.
const maxListed = 1000

// schemas are the routes of schemas, with the names they had before 1.0.0-rc2.
func (d *Door) schemas() []wire.Line {
	at := func(path, old string) []wire.Line {
		return []wire.Line{
			anyone(get, path, "GetSchemaCollection"+old, d.listSchemas, 200, 400),
			secret(post, path, "CreateSchema"+old, d.createSchema, may(access.SchemaManage, access.TypeManage), 201, 400, 401, 403, 409),
			anyone(get, path+"/{id}", "GetSchema"+old, d.getSchema, 200, 404),
			secret(remove, path+"/{id}", "DeleteSchema"+old, d.deleteSchema, may(access.SchemaManage), 204, 400, 401, 403, 404, 409),
		}
	}
	return append(at("/api/v1/schemas", ""), at("/api/v1/schema", "Old")...)
}

type schemaWire struct {
	ID      string         `json:"id"`
	Type    string         `json:"type"`
	Name    string         `json:"name"`
	Version int            `json:"version"`
	URI     string         `json:"schemaUri"`
	Body    jsontext.Value `json:"schemaBody"`
}

func schemaOf(version vc.SchemaVersion) schemaWire {
	return schemaWire{
		ID: version.ID, Type: version.TypeName, Name: version.Name, Version: version.Version, URI: version.URL, Body: version.Document,
	}
}

type newSchema struct {
	Name    string         `json:"name"`
	Type    string         `json:"type"`
	Version *float64       `json:"version,omitzero"`
	Subject jsontext.Value `json:"credentialSubject,omitzero"`
}

// variants are the shapes in which a type of this door is issued, one for each kind of key: proofs that the page lists.
func variants() []vc.Variant {
	shape := func(name, suite string) vc.Variant {
		return vc.Variant{
			Name: name, Format: "ldp", Model: vc.VCDM11, Suite: suite, SchemaReference: "JsonSchemaValidator2018", IssuerObject: true,
			Status: vc.StatusDialect{EntryType: "BitstringStatusListEntry", NumberIndex: true, Array: true},
		}
	}
	return []vc.Variant{
		shape("empe-secp256k1", "EcdsaSecp256k1Signature2019"),
		shape("empe-ed25519", "Ed25519Signature2020"),
		shape("empe-jws", "JsonWebSignature2020"),
		shape("empe-ed25519-2018", "Ed25519Signature2018"),
	}
}

func (d *Door) createSchema(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	var body newSchema
	if err := wire.Decode(r, wire.LargeBody, &body); err != nil {
		return err
	}
	if body.Name == "" {
		return httpx.Missing("/name")
	}
	if body.Type == "" {
		return httpx.Missing("/type")
	}
	number, err := wire.Whole(body.Version, 1, 1<<31-1, "/version")
	if err != nil {
		return err
	}
	asked := catalog.NewEdition{
		TypeName: body.Type, Name: body.Name, Number: number, Variants: variants(),
		Purposes: []vc.StatusPurpose{vc.Revocation, vc.Suspension},
	}
	if !httpx.Absent(body.Subject) {
		asked.Subject = body.Subject
	}
	edition, err := d.Catalog.AddEdition(r.Context(), c.By, asked)
	if err != nil {
		return httpx.Placed(err, map[string]string{"/typeName": "/type", "/number": "/version", "/schema": "/credentialSubject"})
	}
	return wire.Answer(w, http.StatusCreated, schemaOf(edition.Version))
}

func schemaNotFound() error {
	return vc.Errorf(vc.NotFound, "schema-not-found", "there is no such schema")
}

func (d *Door) getSchema(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	id, err := wire.ID(r, "id", schemaNotFound())
	if err != nil {
		return err
	}
	edition, err := d.Catalog.PublicEdition(r.Context(), c.Scope, id)
	if err != nil {
		return err
	}
	return wire.Answer(w, http.StatusOK, schemaOf(edition.Version))
}

func (d *Door) deleteSchema(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	id, err := wire.ID(r, "id", vc.Errorf(vc.Invalid, "schema-id", "a schema's id is a UUID"))
	if err != nil {
		return err
	}
	if err := d.Catalog.WithdrawEdition(r.Context(), c.By, id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (d *Door) listSchemas(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	order, err := schemaOrder(r)
	if err != nil {
		return err
	}
	page, err := wire.Page(r, maxListed, maxListed)
	if err != nil {
		return err
	}
	query := httpx.Query(r)
	q := vc.SchemaVersionQuery{TypeName: query.Get("type"), Name: query.Get("name"), Page: vc.Page{Limit: maxListed}}
	if q.Version, err = wire.Number(r, "version", 1, 1<<31-1, 0); err != nil {
		return err
	}
	editions, err := d.Catalog.Editions(r.Context(), c.Scope, q)
	if err != nil {
		return err
	}
	out := make([]schemaWire, len(editions))
	for i, edition := range editions {
		out[i] = schemaOf(edition.Version)
	}
	slices.SortFunc(out, order)
	out = out[min(page.Offset, len(out)):]
	return wire.Answer(w, http.StatusOK, out[:min(page.Limit, len(out))])
}

// schemaOrder reads how schemas are to be sorted: by type, where nothing is said.
func schemaOrder(r *http.Request) (func(a, b schemaWire) int, error) {
	byType := func(a, b schemaWire) int { return strings.Compare(a.Type, b.Type) }
	byName := func(a, b schemaWire) int { return strings.Compare(a.Name, b.Name) }
	byVersion := func(a, b schemaWire) int { return cmp.Compare(a.Version, b.Version) }
	var order func(a, b schemaWire) int
	switch httpx.Query(r).Get("sortBy") {
	case "", "type":
		order = func(a, b schemaWire) int { return cmp.Or(byType(a, b), byVersion(a, b)) }
	case "name":
		order = func(a, b schemaWire) int { return cmp.Or(byName(a, b), byType(a, b), byVersion(a, b)) }
	case "version":
		order = func(a, b schemaWire) int { return cmp.Or(byVersion(a, b), byType(a, b)) }
	default:
		return nil, vc.Errorf(vc.Invalid, "parameter", "sortBy is type, name or version")
	}
	switch httpx.Query(r).Get("sortOrder") {
	case "", "asc", "ASC":
		return order, nil
	case "desc", "DESC":
		return func(a, b schemaWire) int { return order(b, a) }, nil
	}
	return nil, vc.Errorf(vc.Invalid, "parameter", "sortOrder is asc or desc")
}
