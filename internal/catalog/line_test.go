package catalog_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
)

const ticket = `{"type":"object","properties":{"seat":{"type":"string","title":"Seat"}},"required":["seat"],"additionalProperties":false}`

func edition(typeName string) catalog.NewEdition {
	return catalog.NewEdition{
		TypeName: typeName, Name: "A " + typeName, Subject: []byte(ticket), Purposes: []vc.StatusPurpose{vc.Revocation, vc.Suspension},
		Variants: []vc.Variant{{
			Name: "old", Format: "jwtvc", Model: vc.VCDM11, Suite: "old", IssuerObject: true,
			Status: vc.StatusDialect{EntryType: "BitstringStatusListEntry", NumberIndex: true, Array: true},
		}},
	}
}

func (h *house) add(t *testing.T, by vc.Caller, n catalog.NewEdition) catalog.Edition {
	t.Helper()
	made, err := h.AddEdition(t.Context(), by, n)
	if err != nil {
		t.Fatal(describe(err))
	}
	return made
}

func TestLine(t *testing.T) {
	h := open(t)
	first := h.add(t, h.alpha, edition("Ticket"))
	if first.Version.Version != 1 || first.Version.ID == "" || first.Version.Name != "A Ticket" || first.Type.Line != "Ticket" ||
		!slices.Equal(first.Type.Types, []string{"Ticket"}) || !slices.Equal(first.Type.Purposes, []vc.StatusPurpose{vc.Revocation, vc.Suspension}) ||
		first.Type.Variants[0].SchemaReference != "JsonSchemaValidator2018" {
		t.Errorf("%+v", first)
	}
	if _, err := h.Kind(t.Context(), h.alpha.Scope, first.Type.ID); err != nil { // and is now cached
		t.Fatal(err)
	}
	again := edition("Ticket")
	again.Name, again.Subject = "Seat at the opera", nil
	second := h.add(t, h.alpha, again)
	if second.Version.Version != 2 || second.Type.ID != first.Type.ID || second.Schema.ID != first.Schema.ID || second.Version.ID == first.Version.ID ||
		second.Version.URL == first.Version.URL || second.Type.Name != "Seat at the opera" || second.Type.Revision != 2 {
		t.Errorf("%+v", second)
	}
	kind, err := h.Kind(t.Context(), h.alpha.Scope, first.Type.ID)
	if err != nil || kind.Version.ID != second.Version.ID || len(kind.Claims.Validate(map[string]any{"anything": 1.0})) != 0 {
		t.Errorf("%+v %v", kind, err)
	}
	for range 2 { // the second time from the cache
		old, err := h.KindAt(t.Context(), h.alpha.Scope, first.Type.ID, 1)
		if err != nil || old.Version.ID != first.Version.ID || old.Type.SchemaVersion != 1 || len(old.Claims.Validate(map[string]any{})) == 0 {
			t.Errorf("%+v %v", old, err)
		}
		if kind, err := h.KindAt(t.Context(), h.alpha.Scope, first.Type.ID, 0); err != nil || kind.Version.Version != 2 {
			t.Errorf("an old kind poisoned the cache: %+v %v", kind, err)
		}
	}
	_, err = h.KindAt(t.Context(), h.alpha.Scope, first.Type.ID, 3)
	wantCode(t, err, vc.NotFound, "schema-not-found", "")

	numbered := edition("Ticket")
	for _, number := range []int{1, 2, 4} {
		numbered.Number = number
		_, err := h.AddEdition(t.Context(), h.alpha, numbered)
		wantCode(t, err, vc.Conflict, "schema-exists", "/number")
	}
	numbered.Number = 3
	if third := h.add(t, h.alpha, numbered); third.Version.Version != 3 {
		t.Errorf("%+v", third.Version)
	}
	numbered = edition("Other")
	numbered.Number = 2
	_, err = h.AddEdition(t.Context(), h.alpha, numbered)
	wantCode(t, err, vc.Conflict, "schema-exists", "/number")

	// A line is its organisation's alone.
	of, err := h.TypeOfLine(t.Context(), h.alpha.Scope, "Ticket")
	if err != nil || of.ID != first.Type.ID {
		t.Errorf("%+v %v", of, err)
	}
	for _, by := range []vc.Caller{h.beta, h.other, h.tenant} {
		_, err := h.TypeOfLine(t.Context(), by.Scope, "Ticket")
		wantCode(t, err, vc.NotFound, "type-not-found", "")
		if editions, err := h.Editions(t.Context(), by.Scope, vc.SchemaVersionQuery{}); err != nil || len(editions) != 0 {
			t.Errorf("%d %v", len(editions), err)
		}
	}
	if beta := h.add(t, h.beta, edition("Ticket")); beta.Version.Version != 1 || beta.Type.ID == first.Type.ID {
		t.Errorf("%+v", beta)
	}
	for scope, code := range map[vc.Scope]string{h.alpha.Scope: "", {Tenant: "t1"}: "", h.beta.Scope: "schema-not-found", h.other.Scope: "schema-not-found"} {
		found, err := h.PublicEdition(t.Context(), scope, first.Version.ID)
		if code != "" {
			wantCode(t, err, vc.NotFound, code, "")
		} else if err != nil || found.Version.Version != 1 || found.Schema.ID != first.Schema.ID || found.Type.ID != first.Type.ID {
			t.Errorf("%+v %v", found, err)
		}
	}
	for query, want := range map[vc.SchemaVersionQuery]int{{}: 3, {Version: 2}: 1, {Name: "A Ticket"}: 2, {TypeName: "Ticket"}: 3, {TypeName: "Tick"}: 0, {Page: vc.Page{Limit: 2}}: 2} {
		editions, err := h.Editions(t.Context(), h.alpha.Scope, query)
		if err != nil || len(editions) != want {
			t.Errorf("%+v: %d editions, want %d: %v", query, len(editions), want, err)
		}
		for _, e := range editions {
			if e.Type.ID != first.Type.ID || e.Schema.ID != first.Schema.ID || e.Version.Schema != first.Schema.ID {
				t.Errorf("%+v", e)
			}
		}
	}
}

// TestLineDocument: the document around the claims is the one that readers of EVDI's schemas expect.
func TestLineDocument(t *testing.T) {
	h := open(t)
	made := h.add(t, h.alpha, edition("Ticket"))
	var document struct {
		Schema   string `json:"$schema"`
		ID       string `json:"$id"`
		Metadata struct {
			Type, Version string
			URIs          struct{ JSONLDContext string } `json:"uris"`
		} `json:"$metadata"`
		Properties map[string]json.RawMessage
		Required   []string
	}
	if err := json.Unmarshal(made.Version.Document, &document); err != nil {
		t.Fatal(err)
	}
	if document.Schema != "https://json-schema.org/draft/2020-12/schema" || document.ID != made.Version.URL || document.Metadata.Type != "Ticket" ||
		document.Metadata.Version != "1" || document.Metadata.URIs.JSONLDContext != made.Version.ContextURL {
		t.Errorf("%s", made.Version.Document)
	}
	want := []string{"@context", "id", "issuanceDate", "issuer", "type", "credentialSubject", "credentialSchema"}
	if !slices.Equal(document.Required, want) || len(document.Properties) != len(want)+1 || document.Properties["expirationDate"] == nil {
		t.Errorf("%v %v", document.Required, document.Properties)
	}
	claims, err := catalog.ClaimsSchema(made.Version)
	if err != nil || !strings.Contains(string(claims), `"seat"`) || strings.Contains(string(claims), "issuanceDate") {
		t.Errorf("%s %v", claims, err)
	}
	schema, ours, err := h.SchemaAt(t.Context(), made.Version.URL)
	if err != nil || !ours {
		t.Fatal(err)
	}
	credential := func() map[string]any {
		return map[string]any{
			"@context": []any{"https://www.w3.org/2018/credentials/v1"}, "id": "urn:uuid:1", "type": []any{"VerifiableCredential", "Ticket"},
			"issuer": map[string]any{"id": "did:example:1"}, "issuanceDate": "2026-11-22T12:00:00Z", "credentialSubject": map[string]any{"seat": "4F"},
			"credentialSchema":  map[string]any{"id": made.Version.URL, "type": "JsonSchemaValidator2018"},
			"credentialStatus":  []any{map[string]any{"statusListIndex": 1.0}},
			"proof":             map[string]any{},
			"expirationDate":    "2027-11-22T12:00:00Z",
			"evidence":          map[string]any{},
			"termsOfUseOfOther": true,
		}
	}
	if found := schema.Validate(credential()); len(found) != 0 {
		t.Errorf("a credential does not fit: %+v", found)
	}
	for _, name := range want {
		broken := credential()
		delete(broken, name)
		if len(schema.Validate(broken)) == 0 {
			t.Errorf("a credential without %s fits", name)
		}
	}
	for name, value := range map[string]any{
		"issuanceDate": "yesterday", "id": 1.0, "issuer": map[string]any{"name": "N"}, "type": 1.0, "credentialSchema": map[string]any{"id": "urn:x"},
		"credentialSubject": map[string]any{"seat": 4.0}, "expirationDate": 1.0, "@context": 1.0,
	} {
		broken := credential()
		broken[name] = value
		if len(schema.Validate(broken)) == 0 {
			t.Errorf("a credential with %s %v fits", name, value)
		}
	}
	// A closed schema still has the subject's id, and other schemas are published as before.
	named := credential()
	named["credentialSubject"] = map[string]any{"id": "did:example:2", "seat": "4F"}
	if found := schema.Validate(named); len(found) != 0 {
		t.Errorf("%+v", found)
	}
	if _, plain, err := h.CreateSchema(t.Context(), h.alpha, catalog.NewSchema{Name: "Plain", Document: []byte(ticket)}); err != nil || strings.Contains(string(plain.Document), "issuanceDate") || plain.ID != "" {
		t.Errorf("%s %v", plain.Document, err)
	}
}

func TestLineRefused(t *testing.T) {
	h := open(t)
	for _, name := range []string{
		"", "Proof-of-Purchase", "9Lives", "_x", "a.b", "VerifiableCredential", "VerifiablePresentation", strings.Repeat("a", 65), "https://example.com/Ticket", "Üb",
	} {
		_, err := h.AddEdition(t.Context(), h.alpha, edition(name))
		wantCode(t, err, vc.Invalid, "type-name-invalid", "/typeName")
	}
	for subject, want := range map[string]string{
		`[]`:               "document-malformed /schema",
		`{"type":"array"}`: "schema-not-supported /schema/type",
		`{"type":"object","properties":{"credentialSubject":{}}}`:   "schema-not-supported /schema/properties/credentialSubject",
		`{"type":"object","$id":"https://example.com/s"}`:           "schema-not-supported /schema/$id",
		`{"type":"object","$metadata":{}}`:                          "schema-not-supported /schema/$metadata",
		`{"type":"object","properties":{"id":{"type":"integer"}}}`:  "schema-not-supported /schema/properties/id",
		`{"type":"object","properties":{"id":false}}`:               "schema-not-supported /schema/properties/id",
		`{"properties":{"a":{"$ref":"https://example.com/other"}}}`: "schema-not-supported /schema/properties/a/$ref",
	} {
		n := edition("Ticket")
		n.Subject = []byte(subject)
		_, err := h.AddEdition(t.Context(), h.alpha, n)
		code, at, _ := strings.Cut(want, " ")
		wantCode(t, err, vc.Invalid, code, at)
	}
	n := edition("Ticket")
	n.Name = " "
	_, err := h.AddEdition(t.Context(), h.alpha, n)
	wantCode(t, err, vc.Invalid, "name-invalid", "/name")
	n = edition("Ticket")
	n.Variants = nil // VCDM 2.0
	_, err = h.AddEdition(t.Context(), h.alpha, n)
	wantCode(t, err, vc.Conflict, "line-variant", "/variants/0/model")
	_, err = h.AddEdition(t.Context(), vc.Caller{}, edition("Ticket"))
	wantCode(t, err, vc.Invalid, "tenant-required", "")
	if types, total, err := h.TypesPage(t.Context(), h.alpha.Scope, vc.ListQuery{}); err != nil || len(types)+total != 0 {
		t.Errorf("%d %v", total, err)
	}

	// Whoever changes the type by another door leaves it a line's.
	made := h.add(t, h.alpha, edition("Ticket"))
	change := func(alter func(*vc.CredentialType)) error {
		changed := made.Type
		changed.Line, changed.Variants = "", []vc.Variant{{Name: "old", Format: "jwtvc", Model: vc.VCDM11, Suite: "old"}}
		alter(&changed)
		_, err := h.UpdateType(t.Context(), h.alpha, changed)
		return err
	}
	wantCode(t, change(func(t *vc.CredentialType) { t.Variants[0].Model = vc.VCDM20; t.Variants[0].Suite = "" }), vc.Conflict, "line-variant", "/variants/0/model")
	wantCode(t, change(func(t *vc.CredentialType) { t.Types = []string{"Other"} }), vc.Conflict, "line-types", "/types")
	wantCode(t, change(func(c *vc.CredentialType) { c.Schema, c.SchemaVersion = h.schema(t, h.alpha).ID, 1 }), vc.Conflict, "line-schema", "/schema/id")
	if err := change(func(t *vc.CredentialType) { t.Hold = true }); err != nil {
		t.Fatal(err)
	}
	after, err := h.TypeOfLine(t.Context(), h.alpha.Scope, "Ticket")
	if err != nil || !after.Hold || !after.Variants[0].IssuerObject {
		t.Errorf("%+v %v", after, err)
	}
	if _, err := h.ArchiveType(t.Context(), h.alpha, made.Type.ID); err != nil {
		t.Fatal(err)
	}
	_, err = h.AddEdition(t.Context(), h.alpha, edition("Ticket"))
	wantCode(t, err, vc.Conflict, "type-archived", "")
	_, err = h.TypeOfLine(t.Context(), h.alpha.Scope, "Ticket")
	wantCode(t, err, vc.NotFound, "type-not-found", "")
	if _, err := h.RestoreType(t.Context(), h.alpha, made.Type.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := h.ArchiveSchema(t.Context(), h.alpha, made.Schema.ID); err != nil {
		t.Fatal(err)
	}
	_, err = h.AddEdition(t.Context(), h.alpha, edition("Ticket"))
	wantCode(t, err, vc.Conflict, "schema-archived", "")
}

// Versions that are asked for at once, on two servers, are one after the other.
func TestLineAtOnce(t *testing.T) {
	for engine, open := range map[string]func(*testing.T) *house{
		"sqlite":   open,
		"postgres": func(t *testing.T) *house { return openOn(t, storetest.FreshPostgres(t)) },
	} {
		t.Run(engine, func(t *testing.T) {
			h := open(t)
			there := h.server()
			var mu sync.Mutex
			var numbers []int
			types := map[string]bool{}
			var all sync.WaitGroup
			for i := range 20 {
				all.Go(func() {
					server := h.Service
					if i%2 == 1 {
						server = there
					}
					made, err := server.AddEdition(t.Context(), h.alpha, edition("Ticket"))
					if err != nil {
						t.Error(describe(err))
						return
					}
					mu.Lock()
					defer mu.Unlock()
					numbers = append(numbers, made.Version.Version)
					types[made.Type.ID] = true
					if !strings.Contains(made.Version.URL, fmt.Sprintf("/%d/", made.Version.Version)) {
						t.Errorf("version %d is at %s", made.Version.Version, made.Version.URL)
					}
				})
			}
			all.Wait()
			slices.Sort(numbers)
			for i, number := range numbers {
				if number != i+1 {
					t.Fatalf("%v", numbers)
				}
			}
			of, err := h.TypeOfLine(t.Context(), h.alpha.Scope, "Ticket")
			if err != nil || len(numbers) != 20 || len(types) != 1 || of.SchemaVersion != 20 || of.Revision != 20 {
				t.Errorf("%v %v %+v %v", numbers, types, of, err)
			}
		})
	}
}

func TestWithdraw(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	var editions []catalog.Edition
	for range 3 {
		editions = append(editions, h.add(t, h.alpha, edition("Ticket")))
	}
	schema := editions[0].Schema.ID
	current := func() vc.CredentialType {
		t.Helper()
		line, err := h.Type(ctx, h.alpha.Scope, editions[0].Type.ID)
		if err != nil {
			t.Fatal(err)
		}
		return line
	}
	for _, by := range []vc.Caller{h.beta, h.other} {
		wantCode(t, h.WithdrawEdition(ctx, by, editions[2].Version.ID), vc.NotFound, "schema-not-found", "")
	}
	wantCode(t, h.WithdrawEdition(ctx, h.alpha, "01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11"), vc.NotFound, "schema-not-found", "")

	// An offering is of version 2, until it ends.
	offering := vc.Offering{
		ID: "01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a12", Scope: h.alpha.Scope, Type: editions[1].Type.ID, TypeName: "Ticket", Schema: schema,
		SchemaVersion: 2, Door: "empe", CreatedAt: h.now,
	}
	rows := sql.For[issuer.Rows](h.db)
	if err := rows.Update(ctx, h.alpha.Scope, func(r issuer.Rows) error { return r.InsertOffering(offering) }); err != nil {
		t.Fatal(err)
	}
	wantCode(t, h.WithdrawEdition(ctx, h.alpha, editions[1].Version.ID), vc.Conflict, "schema-in-use", "")
	if _, err := h.PublicSchema(ctx, schema, 3); err != nil {
		t.Fatal(err)
	}
	if _, _, err := h.SchemaAt(ctx, editions[2].Version.URL); err != nil { // and is now cached
		t.Fatal(err)
	}
	if err := h.WithdrawEdition(ctx, h.alpha, editions[2].Version.ID); err != nil {
		t.Fatal(describe(err))
	}
	if line := current(); line.SchemaVersion != 2 || !line.ArchivedAt.IsZero() {
		t.Errorf("%+v", line)
	}
	for _, gone := range []func() error{
		func() error { _, err := h.PublicSchema(ctx, schema, 3); return err },
		func() error { _, _, err := h.PublishedSchema(ctx, schema, 3); return err },
		func() error { _, _, err := h.SchemaAt(ctx, editions[2].Version.URL); return err },
		func() error { _, err := h.PublicEdition(ctx, h.alpha.Scope, editions[2].Version.ID); return err },
		func() error { return h.WithdrawEdition(ctx, h.alpha, editions[2].Version.ID) },
	} {
		wantCode(t, gone(), vc.NotFound, "schema-not-found", "")
	}
	_, err := h.Context(ctx, h.alpha.Scope, editions[2].Version.ContextURL)
	wantCode(t, err, vc.NotFound, "context-not-found", "")
	_, err = h.KindAt(ctx, h.alpha.Scope, current().ID, 3)
	wantCode(t, err, vc.Conflict, "schema-withdrawn", "")
	if list, err := h.Editions(ctx, h.alpha.Scope, vc.SchemaVersionQuery{}); err != nil || len(list) != 2 {
		t.Errorf("%d %v", len(list), err)
	}
	// The number is not used again, and what is current goes forward.
	fourth := h.add(t, h.alpha, edition("Ticket"))
	if fourth.Version.Version != 4 || current().SchemaVersion != 4 {
		t.Errorf("%+v", fourth.Version)
	}
	// An old version goes without the type.
	if err := h.WithdrawEdition(ctx, h.alpha, editions[0].Version.ID); err != nil || current().SchemaVersion != 4 {
		t.Fatal(err)
	}
	// Of nobody's use any more: the last takes the type with it, until there is another.
	offering.WithdrawnAt = h.now.Add(time.Second)
	if err := rows.Update(ctx, h.alpha.Scope, func(r issuer.Rows) error { return r.UpdateOffering(offering) }); err != nil {
		t.Fatal(err)
	}
	for _, e := range []catalog.Edition{fourth, editions[1]} {
		if err := h.WithdrawEdition(ctx, h.alpha, e.Version.ID); err != nil {
			t.Fatal(describe(err))
		}
	}
	if line := current(); line.ArchivedAt.IsZero() {
		t.Errorf("%+v", line)
	}
	if _, err := h.RestoreType(ctx, h.alpha, current().ID); err != nil { // which does not bring a version back
		t.Fatal(err)
	}
	_, err = h.Kind(ctx, h.alpha.Scope, current().ID)
	wantCode(t, err, vc.Conflict, "schema-withdrawn", "")
	if _, err := h.ArchiveType(ctx, h.alpha, current().ID); err != nil {
		t.Fatal(err)
	}
	fifth := h.add(t, h.alpha, edition("Ticket"))
	if line := current(); fifth.Version.Version != 5 || line.SchemaVersion != 5 || !line.ArchivedAt.IsZero() {
		t.Errorf("%+v", line)
	}
	if _, err := h.Kind(ctx, h.alpha.Scope, current().ID); err != nil {
		t.Fatal(err)
	}
	// Nor can a type be moved to what is withdrawn.
	moved := current()
	moved.SchemaVersion = 3
	_, err = h.UpdateType(ctx, h.alpha, moved)
	wantCode(t, err, vc.Invalid, "schema-not-found", "/schema/version")
	moved.SchemaVersion = 0
	if moved, err = h.UpdateType(ctx, h.alpha, moved); err != nil || moved.SchemaVersion != 5 {
		t.Errorf("%+v %v", moved, err)
	}
}
