package catalog_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/examples"
	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/jsonschema"
)

const publicURL = "https://issuer.example"

// house is a catalog on a database of its own, with two organisations of one tenant and another tenant.
type house struct {
	*catalog.Service
	db     *sql.DB
	now    time.Time
	tenant vc.Caller
	alpha  vc.Caller
	beta   vc.Caller
	other  vc.Caller
}

func open(t *testing.T) *house { return openOn(t, storetest.Fresh(t)) }

func openOn(t *testing.T, dsn string) *house {
	t.Helper()
	ctx := t.Context()
	h := &house{now: time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)}
	db, err := sql.Open(ctx, sql.Config{DSN: dsn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	h.db = db
	caller := func(tenant, organisation string) vc.Caller {
		return vc.Caller{Scope: vc.Scope{Tenant: tenant, Organisation: organisation}, Principal: "p", Door: "test", Request: "r"}
	}
	h.tenant, h.alpha, h.beta, h.other = caller("t1", ""), caller("t1", "alpha"), caller("t1", "beta"), caller("t2", "gamma")
	for _, tenant := range []string{"t1", "t2"} {
		err := sql.For[access.Rows](db).Update(ctx, vc.Scope{Tenant: tenant}, func(rows access.Rows) error {
			return rows.InsertTenant(vc.Tenant{ID: tenant, Slug: tenant, Name: tenant, CreatedAt: h.now})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, caller := range []vc.Caller{h.alpha, h.beta, h.other} {
		err := sql.For[access.Rows](db).Update(ctx, vc.Scope{Tenant: caller.Scope.Tenant}, func(rows access.Rows) error {
			return rows.InsertOrganisation(vc.Organisation{
				ID: caller.Scope.Organisation, Tenant: caller.Scope.Tenant,
				Name: caller.Scope.Organisation, MayIssue: true, CreatedAt: h.now,
			})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	h.Service = h.server()
	return h
}

// server is another server on the same database.
func (h *house) server() *catalog.Service {
	return catalog.New(catalog.Config{
		Rows: storetest.Again(sql.For[catalog.Rows](h.db)), Directory: h.db, PublicURL: publicURL + "/", Formats: []string{"jwtvc"},
		Suites: map[string][]format.Suite{"jwtvc": {{}, {Name: "old", Models: []vc.ModelVersion{vc.VCDM11}}, {Name: "curve", Algorithms: []string{"ES256"}}}},
		Now:    func() time.Time { return h.now },
	})
}

func degree(t *testing.T, file string) []byte {
	t.Helper()
	raw, err := examples.Files.ReadFile("university-degree/" + file)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func (h *house) schema(t *testing.T, by vc.Caller, with ...string) vc.Schema {
	t.Helper()
	schema, _, err := h.CreateSchema(t.Context(), by, catalog.NewSchema{
		Name: "University degree", TypeName: "UniversityDegreeCredential", Document: degree(t, "schema.json"), SharedWith: with,
	})
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func (h *house) kind(t *testing.T, by vc.Caller) vc.CredentialType {
	t.Helper()
	made, err := h.CreateType(t.Context(), by, vc.CredentialType{
		Name: "Degree", Types: []string{"UniversityDegreeCredential"}, Schema: h.schema(t, by).ID,
	})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func wantCode(t *testing.T, err error, kind vc.Kind, code, pointer string) *vc.Error {
	t.Helper()
	e, ok := errors.AsType[*vc.Error](err)
	if !ok || e.Kind != kind || e.Code != code || e.Pointer != pointer {
		t.Fatalf("got %v, want %v %s at %q", describe(err), kind, code, pointer)
	}
	return e
}

func describe(err error) string {
	if e, ok := errors.AsType[*vc.Error](err); ok {
		return fmt.Sprintf("%v (code %s, cause %v)", e, e.Code, e.Err)
	}
	return fmt.Sprint(err)
}

func TestPublishedSchemaWrapsClaims(t *testing.T) {
	h := open(t)
	schema, version, err := h.CreateSchema(t.Context(), h.alpha, catalog.NewSchema{
		Name: "University degree", TypeName: "UniversityDegreeCredential", Document: degree(t, "schema.json"),
	})
	if err != nil {
		t.Fatal(describe(err))
	}
	if want := publicURL + "/schemas/" + schema.ID + "/1/schema.json"; version.URL != want {
		t.Errorf("URL %s, want %s", version.URL, want)
	}
	if want := publicURL + "/contexts/" + schema.ID + "/1/context.jsonld"; version.ContextURL != want {
		t.Errorf("context URL %s, want %s", version.ContextURL, want)
	}
	digest := sha256.Sum256(version.Document)
	if !bytes.Equal(digest[:], version.Digest) || version.Draft != "2020-12" || len(version.Context) == 0 {
		t.Errorf("digest, draft %q or context is wrong", version.Draft)
	}
	var published struct {
		Schema     string `json:"$schema"`
		ID         string `json:"$id"`
		Title      string
		Required   []string
		Properties map[string]struct {
			ID     string `json:"$id"`
			Schema string `json:"$schema"`
		}
	}
	if err := json.Unmarshal(version.Document, &published); err != nil {
		t.Fatal(err)
	}
	if published.ID != version.URL || published.Title != "University degree" || published.Properties["credentialSubject"].Schema != "" ||
		published.Properties["credentialSubject"].ID != publicURL+"/schemas/"+schema.ID+"/1/claims.json" {
		t.Errorf("published %+v", published)
	}
	compiled, ours, err := h.SchemaAt(t.Context(), version.URL)
	if err != nil || !ours {
		t.Fatal(ours, describe(err))
	}
	credential := func(claims string) []byte {
		return []byte(`{"type":["VerifiableCredential"],"issuer":"did:key:z","credentialSubject":` + claims + `}`)
	}
	if v, err := compiled.ValidateJSON(credential(string(degree(t, "claims.json")))); err != nil || v != nil {
		t.Errorf("a good credential: %v %v", v, err)
	}
	v, err := compiled.ValidateJSON(credential(`{"givenName":"A","familyName":"B","degree":{"type":"Knighthood","name":"x","conferredOn":"2026-01-01"}}`))
	if err != nil || len(v) != 1 || v[0].Pointer != "/credentialSubject/degree/type" {
		t.Errorf("a bad credential: %v %v", v, err)
	}
	if v, _ := compiled.ValidateJSON([]byte(`{"issuer":"did:key:z"}`)); len(v) == 0 {
		t.Error("a credential without a subject fits")
	}
}

// TestClaimsSchema: the plain schema comes back in each dialect, its references still true, inside and outside of
// the credential's.
func TestClaimsSchema(t *testing.T) {
	h := open(t)
	for name, test := range map[string]struct{ document, good, bad, draft string }{
		"no dialect": {`{"type":"object","properties":{"a":{"type":"string"}}}`, `{"a":"x"}`, `{"a":1}`, "2020-12"},
		"own id": {
			`{"$id":"https://elsewhere.example/s","$schema":"https://json-schema.org/draft/2020-12/schema","properties":{"a":{"$ref":"#/$defs/b"}},"$defs":{"b":{"type":"string"}}}`,
			`{"a":"x"}`, `{"a":1}`, "2020-12",
		},
		"2019-09 anchor": {
			`{"$schema":"https://json-schema.org/draft/2019-09/schema","properties":{"a":{"$ref":"#b"}},"$defs":{"b":{"$anchor":"b","type":"string"}}}`,
			`{"a":"x"}`, `{"a":1}`, "2019-09",
		},
		"draft-07 definitions": {
			`{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"a":{"$ref":"#/definitions/b"}},"definitions":{"b":{"type":"string"}}}`,
			`{"a":"x"}`, `{"a":1}`, "draft-07",
		},
		"draft-07 root reference": {
			`{"$schema":"http://json-schema.org/draft-07/schema#","$ref":"#/definitions/b","minProperties":9,"definitions":{"b":{"properties":{"a":{"type":"string"}}}}}`,
			`{"a":"x"}`, `{"a":1}`, "draft-07",
		},
		"recursive": {
			`{"$schema":"https://json-schema.org/draft/2020-12/schema","properties":{"a":{"type":"string"},"next":{"$ref":"#"}}}`,
			`{"next":{"a":"x"}}`, `{"next":{"a":1}}`, "2020-12",
		},
		"closed": {
			`{"$schema":"https://json-schema.org/draft/2020-12/schema","properties":{"a":{"type":"string"}},"additionalProperties":false}`,
			`{"id":"did:example:1","a":"x"}`, `{"a":"x","b":1}`, "2020-12",
		},
		"closed to nothing": {
			`{"$schema":"https://json-schema.org/draft/2020-12/schema","unevaluatedProperties":false}`,
			`{"id":"did:example:1"}`, `{"b":1}`, "2020-12",
		},
		"format": {`{"properties":{"d":{"type":"string","format":"date"}}}`, `{"d":"2026-11-22"}`, `{"d":"yesterday"}`, "2020-12"},
	} {
		t.Run(name, func(t *testing.T) {
			schema, version, err := h.CreateSchema(t.Context(), h.alpha, catalog.NewSchema{Name: "Test of it", Document: []byte(test.document)})
			if err != nil {
				t.Fatal(describe(err))
			}
			if version.Draft != test.draft || version.TypeName != "TestOfIt" {
				t.Errorf("draft %s, type %s", version.Draft, version.TypeName)
			}
			claims, err := catalog.ClaimsSchema(version)
			if err != nil {
				t.Fatal(err)
			}
			plain, err := jsonschema.Compile(claims, "")
			if err != nil {
				t.Fatal(err)
			}
			whole, err := jsonschema.Compile(version.Document, version.URL)
			if err != nil {
				t.Fatal(err)
			}
			made, err := h.CreateType(t.Context(), h.alpha, vc.CredentialType{Name: "x", Types: []string{"T"}, Schema: schema.ID})
			if err != nil {
				t.Fatal(describe(err))
			}
			kind, err := h.Kind(t.Context(), h.alpha.Scope, made.ID)
			if err != nil {
				t.Fatal(describe(err))
			}
			for _, schema := range []*jsonschema.Schema{plain, kind.Claims} {
				if v, err := schema.ValidateJSON([]byte(test.good)); err != nil || v != nil {
					t.Errorf("good claims: %v %v", v, err)
				}
				if v, _ := schema.ValidateJSON([]byte(test.bad)); v == nil {
					t.Error("bad claims fit")
				}
			}
			if v, err := whole.ValidateJSON([]byte(`{"credentialSubject":` + test.good + `}`)); err != nil || v != nil {
				t.Errorf("good credential: %v %v", v, err)
			}
			if v, _ := whole.ValidateJSON([]byte(`{"credentialSubject":` + test.bad + `}`)); v == nil {
				t.Error("bad credential fits")
			}
		})
	}
}

func TestSchemasRefused(t *testing.T) {
	h := open(t)
	for name, test := range map[string]struct{ document, code, pointer string }{
		"not json":        {`{"a":`, "document-malformed", "/schema/a"},
		"not an object":   {`true`, "document-malformed", "/schema"},
		"duplicate":       {`{"type":"object","type":"object"}`, "document-malformed", "/schema/type"},
		"remote":          {`{"properties":{"a":{"$ref":"https://x.example/s"}}}`, "schema-not-supported", "/schema/properties/a/$ref"},
		"pattern":         {`{"properties":{"a":{"pattern":"(?=x)"}}}`, "schema-not-supported", "/schema/properties/a/pattern"},
		"dialect":         {`{"$schema":"http://json-schema.org/draft-03/schema#"}`, "schema-not-supported", "/schema/$schema"},
		"dialect number":  {`{"$schema":7}`, "schema-not-supported", "/schema/$schema"},
		"of an array":     {`{"type":"array"}`, "schema-not-supported", "/schema/type"},
		"of a credential": {`{"properties":{"credentialSubject":{}}}`, "schema-not-supported", "/schema/properties/credentialSubject"},
		"too large":       {`{"description":"` + strings.Repeat("x", 300<<10) + `"}`, "document-malformed", "/schema"},
	} {
		t.Run(name, func(t *testing.T) {
			_, _, err := h.CreateSchema(t.Context(), h.alpha, catalog.NewSchema{Name: "n", TypeName: "T", Document: []byte(test.document)})
			wantCode(t, err, vc.Invalid, test.code, test.pointer)
		})
	}
	_, _, err := h.CreateSchema(t.Context(), h.alpha, catalog.NewSchema{Document: []byte(`{}`)})
	wantCode(t, err, vc.Invalid, "name-invalid", "/name")
	_, _, err = h.CreateSchema(t.Context(), h.alpha, catalog.NewSchema{Name: "学位", Document: []byte(`{}`)})
	wantCode(t, err, vc.Invalid, "type-name-invalid", "/typeName")
	_, _, err = h.CreateSchema(t.Context(), vc.Caller{}, catalog.NewSchema{Name: "n", Document: []byte(`{}`)})
	wantCode(t, err, vc.Invalid, "tenant-required", "")
	if all, err := h.Schemas(t.Context(), h.alpha.Scope, vc.ListQuery{}); err != nil || len(all) != 0 {
		t.Error("something was stored", all, err)
	}
}

func TestVersions(t *testing.T) {
	h := open(t)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	schema := h.schema(t, h.alpha)
	first, err := h.Version(ctx, h.alpha.Scope, schema.ID, 0)
	if err != nil {
		t.Fatal(err)
	}
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			if _, err := h.AddVersion(ctx, h.alpha, schema.ID, []byte(`{"type":"object"}`)); err != nil {
				t.Error(describe(err))
			}
		})
	}
	wait.Wait()
	newest, err := h.Version(ctx, h.alpha.Scope, schema.ID, 0)
	if err != nil || newest.Version != 5 || newest.TypeName != first.TypeName || newest.URL == first.URL {
		t.Fatalf("newest %d of %s: %v", newest.Version, newest.URL, err)
	}
	again, err := h.Version(ctx, h.alpha.Scope, schema.ID, 1)
	if err != nil || cmp.Diff(first, again) != "" {
		t.Errorf("version 1 changed: %v %s", err, cmp.Diff(first, again))
	}
	if _, err := h.Version(ctx, h.alpha.Scope, schema.ID, 6); vc.KindOf(err) != vc.NotFound {
		t.Error("version 6", err)
	}
	public, err := h.PublicSchema(ctx, schema.ID, 1)
	if err != nil || !bytes.Equal(public.Document, first.Document) || !bytes.Equal(public.Context, first.Context) {
		t.Error("public", err)
	}
	derived, err := h.Context(ctx, h.other.Scope, first.ContextURL)
	if err != nil || derived.Source != "derived" || !bytes.Equal(derived.Digest, first.ContextDigest) {
		t.Error("derived context", derived.Source, err)
	}
	if _, err := h.PublicSchema(ctx, "nothing", 1); vc.KindOf(err) != vc.NotFound {
		t.Error("a schema that is not there", err)
	}
	if _, ours, err := h.SchemaAt(ctx, "https://elsewhere.example/schemas/x/1/schema.json"); ours || err != nil {
		t.Error("a schema elsewhere", ours, err)
	}
	if _, ours, err := h.SchemaAt(ctx, publicURL+"/schemas/"+schema.ID+"/9/schema.json"); !ours || vc.KindOf(err) != vc.NotFound {
		t.Error("a version that is not there", ours, err)
	}
}

func TestSharing(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	schema := h.schema(t, h.tenant, "alpha")
	if _, err := h.Schema(ctx, h.alpha.Scope, schema.ID); err != nil {
		t.Error(err)
	}
	for _, caller := range []vc.Caller{h.beta, h.other} {
		_, err := h.Schema(ctx, caller.Scope, schema.ID)
		wantCode(t, err, vc.NotFound, "schema-not-found", "")
		_, err = h.ArchiveSchema(ctx, caller, schema.ID)
		wantCode(t, err, vc.NotFound, "schema-not-found", "")
		_, err = h.CreateType(ctx, caller, vc.CredentialType{Name: "x", Types: []string{"T"}, Schema: schema.ID})
		wantCode(t, err, vc.Invalid, "schema-not-found", "/schema/id")
	}
	_, err := h.RenameSchema(ctx, h.alpha, schema.ID, "Mine")
	wantCode(t, err, vc.Denied, "schema-not-owned", "")
	made, err := h.CreateType(ctx, h.alpha, vc.CredentialType{Name: "x", Types: []string{"T"}, Schema: schema.ID})
	if err != nil {
		t.Fatal(describe(err))
	}
	if _, err := h.Kind(ctx, h.alpha.Scope, made.ID); err != nil {
		t.Fatal(describe(err))
	}
	if _, err := h.ShareSchema(ctx, h.tenant, schema.ID, []string{"beta"}); err != nil {
		t.Fatal(describe(err))
	}
	if _, err := h.Schema(ctx, h.beta.Scope, schema.ID); err != nil {
		t.Error(err)
	}
	_, err = h.Kind(ctx, h.alpha.Scope, made.ID)
	wantCode(t, err, vc.Conflict, "schema-not-shared", "")
	_, err = h.ShareSchema(ctx, h.tenant, schema.ID, []string{"*", "gamma"})
	wantCode(t, err, vc.Invalid, "shared-with-invalid", "/sharedWith/1")
	_, _, err = h.CreateSchema(ctx, h.alpha, catalog.NewSchema{Name: "n", Document: []byte(`{}`), SharedWith: []string{"*"}})
	wantCode(t, err, vc.Invalid, "shared-with-invalid", "/sharedWith")

	own := h.schema(t, h.beta) // the tenant administers its organisations' schemas, which stay theirs
	renamed, err := h.RenameSchema(ctx, h.tenant, own.ID, "Renamed")
	if err != nil || renamed.Scope != h.beta.Scope {
		t.Error(renamed.Scope, describe(err))
	}
	version, err := h.AddVersion(ctx, h.tenant, own.ID, []byte(`{}`))
	if err != nil || version.Scope != h.beta.Scope {
		t.Error(version.Scope, describe(err))
	}
	if _, err := h.Version(ctx, h.beta.Scope, own.ID, 2); err != nil {
		t.Error(err)
	}
}

func TestArchiveAndDelete(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	made := h.kind(t, h.alpha)
	if _, err := h.Kind(ctx, h.alpha.Scope, made.ID); err != nil {
		t.Fatal(describe(err))
	}
	for range 2 {
		if s, err := h.ArchiveSchema(ctx, h.alpha, made.Schema); err != nil || s.ArchivedAt.IsZero() {
			t.Fatal(s, err)
		}
	}
	_, err := h.Kind(ctx, h.alpha.Scope, made.ID)
	wantCode(t, err, vc.Conflict, "schema-archived", "")
	_, err = h.CreateType(ctx, h.alpha, vc.CredentialType{Name: "x", Types: []string{"T"}, Schema: made.Schema})
	wantCode(t, err, vc.Conflict, "schema-archived", "/schema/id")
	_, err = h.AddVersion(ctx, h.alpha, made.Schema, []byte(`{}`))
	wantCode(t, err, vc.Conflict, "schema-archived", "")
	made.Name = "Still changeable"
	if made, err = h.UpdateType(ctx, h.alpha, made); err != nil {
		t.Fatal(describe(err))
	}
	if _, err := h.RestoreSchema(ctx, h.alpha, made.Schema); err != nil {
		t.Fatal(err)
	}
	if _, err := h.ArchiveType(ctx, h.alpha, made.ID); err != nil {
		t.Fatal(err)
	}
	_, err = h.Kind(ctx, h.alpha.Scope, made.ID)
	wantCode(t, err, vc.Conflict, "type-archived", "")
	if made, err = h.RestoreType(ctx, h.alpha, made.ID); err != nil || made.Revision != 4 {
		t.Fatal(made.Revision, err)
	}
	if _, err := h.Kind(ctx, h.alpha.Scope, made.ID); err != nil {
		t.Fatal(err)
	}
	wantCode(t, h.DeleteSchema(ctx, h.alpha, made.Schema), vc.Conflict, "schema-in-use", "")
	unused := h.schema(t, h.alpha)
	if err := h.DeleteSchema(ctx, h.alpha, unused.ID); err != nil {
		t.Fatal(describe(err))
	}
	wantCode(t, h.DeleteSchema(ctx, h.alpha, unused.ID), vc.NotFound, "schema-not-found", "")
	_, err = h.Kind(ctx, h.beta.Scope, made.ID)
	wantCode(t, err, vc.NotFound, "type-not-found", "")
}

func TestKindIsFresh(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	there := h.server()
	made := h.kind(t, h.alpha)
	read := func(s *catalog.Service) *catalog.Kind {
		t.Helper()
		kind, err := s.Kind(ctx, h.alpha.Scope, made.ID)
		if err != nil {
			t.Fatal(describe(err))
		}
		return kind
	}
	here := read(h.Service)
	if read(h.Service) != here {
		t.Error("it is not cached")
	}
	read(there)
	made.Name = "New name"
	changed, err := h.UpdateType(ctx, h.alpha, made)
	if err != nil || changed.Revision != 2 {
		t.Fatal(changed.Revision, err)
	}
	if got := read(h.Service); got.Type.Name != "New name" || got.Claims != here.Claims {
		t.Error("the server that changed it is stale, or compiled again", got.Type.Name)
	}
	if read(there).Type.Name == "New name" {
		t.Error("the other server does not cache")
	}
	h.now = h.now.Add(time.Second)
	if read(there).Type.Name != "New name" {
		t.Error("the other server is stale after a second")
	}
	_, err = h.UpdateType(ctx, h.alpha, made) // still at revision 1
	wantCode(t, err, vc.Conflict, "stale", "")
}

func TestKind(t *testing.T) {
	h := open(t)
	made := h.kind(t, h.alpha)
	want := []vc.Variant{{
		Name: "default", Format: "jwtvc", Model: vc.VCDM20, SchemaReference: "JsonSchema",
		Status: vc.StatusDialect{EntryType: "BitstringStatusListEntry"},
	}}
	if diff := cmp.Diff(want, made.Variants); diff != "" || made.SchemaVersion != 1 || made.Revision != 1 {
		t.Error("defaults:", diff, made.SchemaVersion)
	}
	kind, err := h.Kind(t.Context(), h.alpha.Scope, made.ID)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"https://www.w3.org/ns/credentials/v2", kind.Version.ContextURL}, kind.Contexts(vc.VCDM20)); diff != "" {
		t.Error(diff)
	}
	if got := kind.Contexts(vc.VCDM11)[0]; got != "https://www.w3.org/2018/credentials/v1" {
		t.Error(got)
	}
	if v, ok := kind.Variant(""); !ok || v.Name != "default" {
		t.Error("default variant", v, ok)
	}
	if _, ok := kind.Variant("other"); ok {
		t.Error("a variant that is not there")
	}
	made.Contexts = []string{"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"}
	if made, err = h.UpdateType(t.Context(), h.alpha, made); err != nil {
		t.Fatal(err)
	}
	kind, err = h.Kind(t.Context(), h.alpha.Scope, made.ID)
	if err != nil || len(kind.Contexts(vc.VCDM20)) != 2 || kind.Contexts(vc.VCDM20)[1] != made.Contexts[0] {
		t.Error("own contexts", err)
	}
}

func TestTypesRefused(t *testing.T) {
	h := open(t)
	schema := h.schema(t, h.alpha)
	good := func() vc.CredentialType {
		return vc.CredentialType{Name: "n", Types: []string{"T"}, Schema: schema.ID, Variants: []vc.Variant{{Name: "a"}, {Name: "b"}}}
	}
	for name, test := range map[string]struct {
		spoil         func(*vc.CredentialType)
		code, pointer string
	}{
		"name":          {func(c *vc.CredentialType) { c.Name = " " }, "name-invalid", "/name"},
		"no types":      {func(c *vc.CredentialType) { c.Types = nil }, "type-name-required", "/types"},
		"base type":     {func(c *vc.CredentialType) { c.Types = []string{"T", "VerifiableCredential"} }, "type-name-invalid", "/types/1"},
		"status list":   {func(c *vc.CredentialType) { c.Types = []string{"T", "BitstringStatusListCredential"} }, "type-name-invalid", "/types/1"},
		"type twice":    {func(c *vc.CredentialType) { c.Types = []string{"T", "T"} }, "type-name-invalid", "/types/1"},
		"type term":     {func(c *vc.CredentialType) { c.Types = []string{"a:b"} }, "type-name-invalid", "/types/0"},
		"no schema":     {func(c *vc.CredentialType) { c.Schema = "" }, "schema-required", "/schema/id"},
		"other schema":  {func(c *vc.CredentialType) { c.Schema = "x" }, "schema-not-found", "/schema/id"},
		"version":       {func(c *vc.CredentialType) { c.SchemaVersion = 2 }, "schema-not-found", "/schema/version"},
		"context":       {func(c *vc.CredentialType) { c.Contexts = []string{"x"} }, "context-invalid", "/contexts/0"},
		"base context":  {func(c *vc.CredentialType) { c.Contexts = []string{"https://www.w3.org/ns/credentials/v2"} }, "context-invalid", "/contexts/0"},
		"negative":      {func(c *vc.CredentialType) { c.Validity.Max = -1 }, "validity-invalid", "/validity/maxSeconds"},
		"default > max": {func(c *vc.CredentialType) { c.Validity = vc.Validity{Default: 2, Max: 1} }, "validity-invalid", "/validity/defaultSeconds"},
		"purpose":       {func(c *vc.CredentialType) { c.Purposes = []vc.StatusPurpose{"x"} }, "purpose-invalid", "/purposes/0"},
		"purpose twice": {func(c *vc.CredentialType) { c.Purposes = []vc.StatusPurpose{vc.Revocation, vc.Revocation} }, "purpose-invalid", "/purposes/1"},
		"messages without purpose": {
			func(c *vc.CredentialType) { c.StatusMessages = []vc.StatusMessage{{Status: "0x0", Message: "m"}} },
			"status-messages-invalid", "/statusMessages",
		},
		"purpose without messages": {func(c *vc.CredentialType) { c.Purposes = []vc.StatusPurpose{vc.Message} }, "status-messages-invalid", "/statusMessages"},
		"message value": {func(c *vc.CredentialType) {
			c.Purposes = []vc.StatusPurpose{vc.Message}
			c.StatusMessages = []vc.StatusMessage{{Status: "0x0", Message: "m"}, {Status: "1", Message: "m"}}
		}, "status-messages-invalid", "/statusMessages/1/status"},
		"variant twice": {func(c *vc.CredentialType) { c.Variants[1].Name = "a" }, "variant-name-invalid", "/variants/1/name"},
		"format":        {func(c *vc.CredentialType) { c.Variants[1].Format = "mdoc" }, "format-unknown", "/variants/1/format"},
		"suite":         {func(c *vc.CredentialType) { c.Variants[1].Suite = "x" }, "suite-unknown", "/variants/1/suite"},
		"suite's model": {func(c *vc.CredentialType) { c.Variants[1].Suite = "old" }, "suite-model", "/variants/1/suite"},
		"model":         {func(c *vc.CredentialType) { c.Variants[1].Model = "3.0" }, "model-unknown", "/variants/1/model"},
		"reference 2.0": {func(c *vc.CredentialType) { c.Variants[0].SchemaReference = "JsonSchemaValidator2018" }, "schema-reference-invalid", "/variants/0/schemaReference"},
		"reference 1.1": {func(c *vc.CredentialType) {
			c.Variants[0].Model, c.Variants[0].SchemaReference = vc.VCDM11, "JsonSchema"
		}, "schema-reference-invalid", "/variants/0/schemaReference"},
		"reference": {func(c *vc.CredentialType) { c.Variants[0].SchemaReference = "x" }, "schema-reference-invalid", "/variants/0/schemaReference"},
		"dialect":   {func(c *vc.CredentialType) { c.Variants[0].Status.EntryType = "x" }, "status-dialect-invalid", "/variants/0/status/entryType"},
		"2021 refresh": {func(c *vc.CredentialType) {
			c.Purposes, c.Variants[0].Status.EntryType = []vc.StatusPurpose{vc.Refresh}, "StatusList2021Entry"
		}, "status-dialect-invalid", "/variants/0/status/entryType"},
		"subjects": {func(c *vc.CredentialType) { c.Subjects = "x" }, "subjects-invalid", "/subjects"},
		"image":    {func(c *vc.CredentialType) { c.Look.Image = "javascript:x" }, "look-invalid", "/look/image"},
		"external": {func(c *vc.CredentialType) { c.External.Enabled = true }, "external-invalid", "/externalIssuer/url"},
		"evidence": {func(c *vc.CredentialType) { c.Evidence = []byte(`"x"`) }, "evidence-invalid", "/evidence"},
	} {
		t.Run(name, func(t *testing.T) {
			spoilt := good()
			test.spoil(&spoilt)
			_, err := h.CreateType(t.Context(), h.alpha, spoilt)
			wantCode(t, err, vc.Invalid, test.code, test.pointer)
		})
	}
	if _, err := h.CreateType(t.Context(), h.alpha, good()); err != nil {
		t.Error(describe(err))
	}
}

func TestImportedContexts(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	const url = "https://vocab.example/v1"
	document := []byte(`{"@context":{"name":"https://schema.org/name"}}`)
	digest := sha256.Sum256(document)
	for range 2 { // the same again is no change
		if _, err := h.ImportContext(ctx, h.tenant, url, document, digest[:]); err != nil {
			t.Fatal(describe(err))
		}
	}
	got, err := h.Context(ctx, h.alpha.Scope, url)
	if err != nil || !bytes.Equal(got.Document, document) || got.Source != "imported" {
		t.Error(got, err)
	}
	_, err = h.Context(ctx, h.other.Scope, url)
	wantCode(t, err, vc.NotFound, "context-not-found", "")
	if all, err := h.Contexts(ctx, h.tenant.Scope, vc.ListQuery{}); err != nil || len(all) != 1 {
		t.Error(all, err)
	}
	other := []byte(`{"@context":{}}`)
	otherDigest := sha256.Sum256(other)
	_, err = h.ImportContext(ctx, h.tenant, url, other, otherDigest[:])
	wantCode(t, err, vc.Conflict, "context-exists", "")
	_, err = h.ImportContext(ctx, h.tenant, "https://vocab.example/v2", other, digest[:])
	wantCode(t, err, vc.Invalid, "digest-mismatch", "/digest")
	_, err = h.ImportContext(ctx, h.tenant, "urn:x", other, otherDigest[:])
	wantCode(t, err, vc.Invalid, "url-invalid", "/url")
	_, err = h.ImportContext(ctx, h.tenant, url+"3", []byte(`{}`), digest[:])
	wantCode(t, err, vc.Invalid, "document-malformed", "/document")
}

// TestJournal: each act is told once, and what changes nothing is not told.
func TestJournal(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	made := h.kind(t, h.alpha)
	for range 2 {
		if _, err := h.ArchiveType(ctx, h.alpha, made.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := h.RenameSchema(ctx, h.alpha, made.Schema, "Another"); err != nil {
			t.Fatal(err)
		}
	}
	var actions []string
	_, err := h.db.Sequence(ctx, 100, func(entries []vc.Entry, heads map[string]vc.AuditHead) ([]vc.Entry, []vc.AuditHead, error) {
		for i := range entries {
			entries[i].Position, entries[i].Hash = int64(i+1), []byte{1}
			actions = append(actions, entries[i].Action+" "+entries[i].Principal)
		}
		return entries, nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"schema.created p", "type.created p", "type.archived p", "schema.renamed p"}, actions); diff != "" {
		t.Error(diff)
	}
}

var _ journal.Sequencer = (*sql.DB)(nil)
