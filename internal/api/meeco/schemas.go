package meeco

import (
	"bytes"
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/ijson"
)

// schemas are the routes of schemas and their versions.
func (d *Door) schemas() []line {
	return []line{
		{post, "/schemas", "schemasControllerCreate", headerIgnored, access.SchemaManage, atTenant, d.createSchema},
		{get, "/schemas", "schemasControllerFindAll", headerOptional, access.CatalogRead, here, d.listSchemas},
		{get, "/schemas/{id}", "schemasControllerFindOne", headerOptional, access.CatalogRead, here, d.getSchema},
		{put, "/schemas/{id}", "schemasControllerUpdate", headerIgnored, access.SchemaManage, atTenant, d.updateSchema},
		{post, "/schemas/{id}/archive", "schemasControllerArchive", headerIgnored, access.SchemaManage, atTenant, d.archiveSchema},
		{post, "/schemas/{id}/restore", "schemasControllerRestore", headerIgnored, access.SchemaManage, atTenant, d.restoreSchema},
		{get, "/schemas/{id}/{version}/schema.json", "schemasControllerFindOneJSONScheme", headerIgnored, httpx.Public, here, d.publicSchema},
	}
}

type newSchema struct {
	Name          *string        `json:"name"`
	Document      jsontext.Value `json:"schema_json"`
	Organisations *[]string      `json:"organization_ids"`
}

type schemaUpdate struct {
	Name          *string   `json:"name"`
	Organisations *[]string `json:"organization_ids"`
}

type schemaModel struct {
	ID            string         `json:"id"`
	Name          string         `json:"name"`
	Version       string         `json:"version"`
	Document      jsontext.Value `json:"schema_json"`
	Organisations []string       `json:"organization_ids"`
	CreatedAt     httpx.Stamp    `json:"created_at"`
	Archived      bool           `json:"archived"`
	ArchivedAt    httpx.Stamp    `json:"archived_at"`
}

type schemaAnswer struct {
	Schema schemaModel `json:"schema"`
}

type schemasAnswer struct {
	Schemas []schemaModel `json:"schemas"`
	Meta    meta          `json:"meta"`
}

// schemaPlaces is where the catalog's members of a schema stand on this wire.
var schemaPlaces = map[string]string{
	"/name": "/schema/name", "/typeName": "/schema/name", "/schema": "/schema/schema_json", "/sharedWith": "/schema/organization_ids",
}

func (d *Door) createSchema(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct {
		Schema *newSchema `json:"schema"`
	}
	if err := decode(r, mediumBody, &in); err != nil {
		return err
	}
	switch {
	case in.Schema == nil:
		return httpx.Missing("/schema")
	case in.Schema.Name == nil:
		return httpx.Missing("/schema/name")
	case httpx.Absent(in.Schema.Document):
		return httpx.Missing("/schema/schema_json")
	case in.Schema.Organisations == nil:
		return httpx.Missing("/schema/organization_ids")
	}
	document, err := claimsDocument(in.Schema.Document)
	if err != nil {
		return err
	}
	schema, version, err := d.Catalog.CreateSchema(r.Context(), c.inTenant(), catalog.NewSchema{
		Name: *in.Schema.Name, TypeName: catalog.TypeNameOf(*in.Schema.Name), Document: document, SharedWith: *in.Schema.Organisations,
	})
	if err != nil {
		return httpx.Placed(err, schemaPlaces)
	}
	model, err := modelOfSchema(c.tenant(), schema, version)
	if err != nil {
		return err
	}
	return answer(w, http.StatusCreated, schemaAnswer{model})
}

// dialects are the values of $schema that Meeco knows.
var dialects = []string{
	"https://json-schema.org/draft/2019-09/schema", "http://json-schema.org/draft-07/schema#",
	"https://json-schema.org/draft/2020-12/schema",
}

// claimsDocument checks what this wire asks of a schema beyond JSON Schema, and takes away what is no part of it: its
// name, and $id, which is ours to give.
func claimsDocument(raw jsontext.Value) ([]byte, error) {
	const at = "/schema/schema_json"
	wrong := func(name, reason string) error {
		return vc.Errorf(vc.Invalid, "schema-not-supported", "%s", reason).At(at + name)
	}
	members, err := ijson.Members(raw, ijson.Limits{})
	if err != nil {
		return nil, wrong("", "a schema is a JSON object")
	}
	values := make(map[string]jsontext.Value, len(members))
	for _, m := range members {
		values[m.Name] = m.Value
	}
	for _, name := range []string{"$schema", "description", "type", "properties", "required", "additionalProperties"} {
		if values[name] == nil {
			return nil, wrong("/"+name, "a schema has a member "+name)
		}
	}
	switch {
	case !slices.Contains(dialects, plainText(values["$schema"])):
		return nil, wrong("/$schema", "$schema is one of "+strings.Join(dialects, ", "))
	case plainText(values["type"]) != "object":
		return nil, wrong("/type", `claims are an object: type is "object"`)
	case string(values["additionalProperties"]) != "false":
		return nil, wrong("/additionalProperties", "additionalProperties is false")
	}
	var out bytes.Buffer
	for _, m := range members {
		if m.Name == "name" || m.Name == "$id" {
			continue
		}
		name, err := json.Marshal(m.Name)
		if err != nil {
			return nil, err
		}
		out.WriteByte(',')
		out.Write(name)
		out.WriteByte(':')
		out.Write(m.Value)
	}
	document := out.Bytes()
	document[0] = '{' // at least $schema is there
	return append(document, '}'), nil
}

// plainText is the text that a raw value is, "" when it is none.
func plainText(raw jsontext.Value) string {
	var text string
	if json.Unmarshal(raw, &text) != nil {
		return ""
	}
	return text
}

func (d *Door) listSchemas(w http.ResponseWriter, r *http.Request, c call) error {
	query, err := listed(r, byCreation, byName)
	if err != nil {
		return err
	}
	schemas, total, err := d.Catalog.SchemasPage(r.Context(), c.scope, query.ListQuery)
	if err != nil {
		return err
	}
	out := schemasAnswer{Schemas: make([]schemaModel, len(schemas)), Meta: query.meta(total)}
	for i, schema := range schemas {
		if out.Schemas[i], err = d.schemaModel(r.Context(), c.scope, schema); err != nil {
			return err
		}
	}
	return answer(w, http.StatusOK, out)
}

func (d *Door) getSchema(w http.ResponseWriter, r *http.Request, c call) error {
	schema, err := d.Catalog.Schema(r.Context(), c.scope, r.PathValue("id"))
	return d.answerSchema(w, r, c.scope, schema, err)
}

func (d *Door) updateSchema(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct {
		Schema *schemaUpdate `json:"schema"`
	}
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	switch {
	case in.Schema == nil:
		return httpx.Missing("/schema")
	case in.Schema.Name == nil:
		return httpx.Missing("/schema/name")
	case in.Schema.Organisations == nil:
		return httpx.Missing("/schema/organization_ids")
	}
	schema, err := d.Catalog.UpdateSchema(r.Context(), c.inTenant(), r.PathValue("id"), *in.Schema.Name, *in.Schema.Organisations)
	return d.answerSchema(w, r, c.tenant(), schema, err)
}

func (d *Door) archiveSchema(w http.ResponseWriter, r *http.Request, c call) error {
	schema, err := d.Catalog.ArchiveSchema(r.Context(), c.inTenant(), r.PathValue("id"))
	return d.answerSchema(w, r, c.tenant(), schema, err)
}

func (d *Door) restoreSchema(w http.ResponseWriter, r *http.Request, c call) error {
	schema, err := d.Catalog.RestoreSchema(r.Context(), c.inTenant(), r.PathValue("id"))
	return d.answerSchema(w, r, c.tenant(), schema, err)
}

func (d *Door) answerSchema(w http.ResponseWriter, r *http.Request, scope vc.Scope, schema vc.Schema, err error) error {
	if err != nil {
		return httpx.Placed(err, schemaPlaces)
	}
	model, err := d.schemaModel(r.Context(), scope, schema)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, schemaAnswer{model})
}

func (d *Door) schemaModel(ctx context.Context, scope vc.Scope, schema vc.Schema) (schemaModel, error) {
	version, err := d.Catalog.Version(ctx, scope, schema.ID, schema.Latest)
	if err != nil {
		return schemaModel{}, err
	}
	return modelOfSchema(scope, schema, version)
}

// modelOfSchema shows a schema to a scope: an organisation learns of no other that the schema is shared with.
func modelOfSchema(scope vc.Scope, schema vc.Schema, version vc.SchemaVersion) (schemaModel, error) {
	document, err := catalog.ClaimsSchema(version)
	if err != nil {
		return schemaModel{}, err
	}
	organisations := schema.SharedWith
	switch {
	case scope.Organisation != "":
		organisations = []string{scope.Organisation}
	case schema.Scope.Organisation != "":
		organisations = []string{schema.Scope.Organisation}
	case organisations == nil:
		organisations = []string{}
	}
	return schemaModel{
		ID: schema.ID, Name: schema.Name, Version: versionText(version.Version), Document: document, Organisations: organisations,
		CreatedAt: httpx.Stamp(schema.CreatedAt), Archived: !schema.ArchivedAt.IsZero(), ArchivedAt: httpx.Stamp(schema.ArchivedAt),
	}, nil
}

// versionText writes a version as Meeco does.
func versionText(version int) string { return strconv.Itoa(version) + ".0.0" }

// versionNumber reads 1, 1.0 and 1.0.0.
func versionNumber(text string) (int, bool) {
	number, rest, _ := strings.Cut(text, ".")
	version, err := strconv.Atoi(number)
	if err != nil || version < 1 || strconv.Itoa(version) != number {
		return 0, false
	}
	return version, rest == "" && number == text || rest == "0" || rest == "0.0"
}
