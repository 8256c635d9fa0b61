package native

import (
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

type schemaWire struct {
	ID            string             `json:"id"`
	Name          string             `json:"name"`
	Organisation  string             `json:"organisation,omitempty"`
	Latest        int                `json:"latest"`
	SharedWith    []string           `json:"sharedWith"`
	CreatedAt     time.Time          `json:"createdAt"`
	ArchivedAt    time.Time          `json:"archivedAt,omitzero"`
	LatestVersion *schemaVersionWire `json:"latestVersion,omitempty"`
}

// schemaVersionWire shows one version; Schema is the document as published, for whole credentials, Claims the part of
// it that was uploaded.
type schemaVersionWire struct {
	SchemaID      string         `json:"schemaId"`
	Version       int            `json:"version"`
	Draft         string         `json:"draft"`
	TypeName      string         `json:"typeName"`
	Schema        jsontext.Value `json:"schema"`
	Claims        jsontext.Value `json:"claims,omitempty"`
	Digest        string         `json:"digest"`
	URL           string         `json:"url"`
	ContextURL    string         `json:"contextUrl"`
	ContextDigest string         `json:"contextDigest"`
	CreatedAt     time.Time      `json:"createdAt"`
}

type newSchema struct {
	Name       string         `json:"name"`
	TypeName   string         `json:"typeName"`
	Schema     jsontext.Value `json:"schema"`
	SharedWith []string       `json:"sharedWith"`
}

type newVersion struct {
	Schema jsontext.Value `json:"schema"`
}

type schemaPatch struct {
	Name       *string   `json:"name"`
	SharedWith *[]string `json:"sharedWith"`
}

func wireSchema(s vc.Schema) schemaWire {
	shared := s.SharedWith
	if shared == nil {
		shared = []string{}
	}
	return schemaWire{
		ID: s.ID, Name: s.Name, Organisation: s.Scope.Organisation, Latest: s.Latest, SharedWith: shared,
		CreatedAt: s.CreatedAt, ArchivedAt: s.ArchivedAt,
	}
}

func wireVersion(v vc.SchemaVersion) schemaVersionWire {
	claims, err := catalog.ClaimsSchema(v)
	if err != nil {
		claims = nil // it is told elsewhere: what is published still shows
	}
	return schemaVersionWire{
		SchemaID: v.Schema, Version: v.Version, Draft: v.Draft, TypeName: v.TypeName,
		Schema: raw(v.Document), Claims: claims, Digest: base64url(v.Digest), URL: v.URL, ContextURL: v.ContextURL,
		ContextDigest: base64url(v.ContextDigest), CreatedAt: v.CreatedAt,
	}
}

func (d *Door) createSchema(w http.ResponseWriter, r *http.Request, c call) error {
	var in newSchema
	if err := decode(r, mediumBody, &in); err != nil {
		return err
	}
	if err := present(in.Schema, "/schema"); err != nil {
		return err
	}
	schema, version, err := d.Catalog.CreateSchema(r.Context(), c.by, catalog.NewSchema{
		Name: in.Name, TypeName: in.TypeName, Document: in.Schema, SharedWith: in.SharedWith,
	})
	if err != nil {
		return err
	}
	out := wireSchema(schema)
	out.LatestVersion = ptr(wireVersion(version))
	httpx.EncodeJSON(w, http.StatusCreated, out)
	return nil
}

func (d *Door) listSchemas(w http.ResponseWriter, r *http.Request, c call) error {
	q, err := listQuery(r)
	if err != nil {
		return err
	}
	schemas, err := d.Catalog.Schemas(r.Context(), c.scope, q)
	if err != nil {
		return err
	}
	list(w, q, schemas, wireSchema, func(s vc.Schema) string { return s.ID })
	return nil
}

func (d *Door) getSchema(w http.ResponseWriter, r *http.Request, c call) error {
	schema, err := d.Catalog.Schema(r.Context(), c.scope, r.PathValue("id"))
	if err != nil {
		return err
	}
	version, err := d.Catalog.Version(r.Context(), c.scope, schema.ID, 0)
	if err != nil {
		return err
	}
	out := wireSchema(schema)
	out.LatestVersion = ptr(wireVersion(version))
	httpx.EncodeJSON(w, http.StatusOK, out)
	return nil
}

func (d *Door) updateSchema(w http.ResponseWriter, r *http.Request, c call) error {
	var in schemaPatch
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	id := r.PathValue("id")
	schema, err := d.Catalog.Schema(r.Context(), c.scope, id)
	if err == nil && in.Name != nil {
		schema, err = d.Catalog.RenameSchema(r.Context(), c.by, id, *in.Name)
	}
	if err == nil && in.SharedWith != nil {
		schema, err = d.Catalog.ShareSchema(r.Context(), c.by, id, *in.SharedWith)
	}
	return one(w, schema, err, wireSchema)
}

func (d *Door) addVersion(w http.ResponseWriter, r *http.Request, c call) error {
	var in newVersion
	if err := decode(r, mediumBody, &in); err != nil {
		return err
	}
	if err := present(in.Schema, "/schema"); err != nil {
		return err
	}
	version, err := d.Catalog.AddVersion(r.Context(), c.by, r.PathValue("id"), in.Schema)
	return created(w, version, err, wireVersion)
}

func (d *Door) getVersion(w http.ResponseWriter, r *http.Request, c call) error {
	number, err := strconv.Atoi(r.PathValue("version"))
	if err != nil || number < 1 {
		return vc.Errorf(vc.NotFound, "schema-not-found", "there is no such schema version")
	}
	version, err := d.Catalog.Version(r.Context(), c.scope, r.PathValue("id"), number)
	return one(w, version, err, wireVersion)
}

func (d *Door) archiveSchema(w http.ResponseWriter, r *http.Request, c call) error {
	schema, err := d.Catalog.ArchiveSchema(r.Context(), c.by, r.PathValue("id"))
	return one(w, schema, err, wireSchema)
}

func (d *Door) restoreSchema(w http.ResponseWriter, r *http.Request, c call) error {
	schema, err := d.Catalog.RestoreSchema(r.Context(), c.by, r.PathValue("id"))
	return one(w, schema, err, wireSchema)
}

func (d *Door) deleteSchema(w http.ResponseWriter, r *http.Request, c call) error {
	if err := d.Catalog.DeleteSchema(r.Context(), c.by, r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// present says that a member which is kept as raw JSON was sent at all.
func present(v jsontext.Value, pointer string) error {
	if len(v) == 0 {
		return vc.Errorf(vc.Invalid, "missing", "this member is needed").At(pointer)
	}
	return nil
}
