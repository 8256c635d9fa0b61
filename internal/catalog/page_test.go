package catalog_test

import (
	"slices"
	"testing"

	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/vc"
)

func TestPages(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	var types []vc.CredentialType
	for _, name := range []string{"Beech", "ash", "Cedar"} {
		schema, _, err := h.CreateSchema(ctx, h.alpha, catalog.NewSchema{Name: name, Document: []byte(`{}`)})
		if err != nil {
			t.Fatal(describe(err))
		}
		made, err := h.CreateType(ctx, h.alpha, vc.CredentialType{
			Name: name, Types: []string{"T"}, Schema: schema.ID,
			External: vc.ExternalIssuer{URL: "https://" + name + ".example", Enabled: name == "ash"},
		})
		if err != nil {
			t.Fatal(describe(err))
		}
		types = append(types, made)
	}
	h.schema(t, h.beta)
	byName := vc.ListQuery{Page: vc.Page{Limit: 2, Offset: 1, Ascending: true, OrderBy: vc.ByName}}
	schemas, total, err := h.SchemasPage(ctx, h.alpha.Scope, byName)
	if err != nil || total != 3 || len(schemas) != 2 || schemas[0].Name != "Beech" || schemas[1].Name != "Cedar" {
		t.Errorf("%v of %d, %v", schemas, total, describe(err))
	}
	page, total, err := h.TypesPage(ctx, h.alpha.Scope, vc.ListQuery{Page: vc.Page{Limit: 2}})
	if err != nil || total != 3 || len(page) != 2 || page[0].ID != types[2].ID {
		t.Errorf("%v of %d, %v", page, total, describe(err))
	}
	for enabled, want := range map[bool]int{true: 1, false: 2} {
		page, total, err := h.TypesPage(ctx, h.alpha.Scope, vc.ListQuery{External: &enabled})
		if err != nil || total != want || len(page) != want {
			t.Errorf("external %v: %d of %d, %v", enabled, len(page), total, describe(err))
		}
	}
}

// Name and organisations change in one act or not at all.
func TestUpdateSchema(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	schema := h.schema(t, h.tenant, "alpha")
	changed, err := h.UpdateSchema(ctx, h.tenant, schema.ID, " Degree ", []string{"beta"})
	if err != nil || changed.Name != "Degree" || !slices.Equal(changed.SharedWith, []string{"beta"}) {
		t.Errorf("%+v, %v", changed, describe(err))
	}
	_, err = h.UpdateSchema(ctx, h.tenant, schema.ID, "Another", []string{"gamma"})
	wantCode(t, err, vc.Invalid, "shared-with-invalid", "/sharedWith/0")
	_, err = h.UpdateSchema(ctx, h.tenant, schema.ID, "", []string{"alpha"})
	wantCode(t, err, vc.Invalid, "name-invalid", "/name")
	_, err = h.UpdateSchema(ctx, h.beta, schema.ID, "Mine", nil)
	wantCode(t, err, vc.Denied, "schema-not-owned", "")
	if now, err := h.Schema(ctx, h.beta.Scope, schema.ID); err != nil || now.Name != "Degree" {
		t.Errorf("%+v, %v", now, describe(err))
	}
	_, err = h.Schema(ctx, h.alpha.Scope, schema.ID)
	wantCode(t, err, vc.NotFound, "schema-not-found", "")
}

func TestPublishedSchema(t *testing.T) {
	h := open(t)
	made := h.schema(t, h.tenant)
	schema, version, err := h.PublishedSchema(t.Context(), made.ID, 1)
	if err != nil || schema.Name != made.Name || schema.Scope != h.tenant.Scope || version.Version != 1 {
		t.Errorf("%+v, %v", schema, describe(err))
	}
	for _, number := range []int{0, 2} {
		_, _, err = h.PublishedSchema(t.Context(), made.ID, number)
		wantCode(t, err, vc.NotFound, "schema-not-found", "")
	}
	_, _, err = h.PublishedSchema(t.Context(), "no", 1)
	wantCode(t, err, vc.NotFound, "schema-not-found", "")
}

func TestVariantOf(t *testing.T) {
	h := open(t)
	kind, err := h.Kind(t.Context(), h.alpha.Scope, h.kind(t, h.alpha).ID)
	if err != nil {
		t.Fatal(describe(err))
	}
	if variant, ok := kind.VariantOf("jwtvc"); !ok || variant.Name != "default" {
		t.Errorf("%+v", variant)
	}
	if variant, ok := kind.VariantOf("sdjwtvc"); ok {
		t.Errorf("%+v", variant)
	}
	twice := &catalog.Kind{Type: vc.CredentialType{Variants: []vc.Variant{
		{Name: "a", Format: "jwtvc", Suite: "old"}, {Name: "b", Format: "jwtvc"}, {Name: "c", Format: "ldp", Suite: "x"}, {Name: "d", Format: "ldp", Suite: "y"},
	}}}
	if variant, ok := twice.VariantOf("jwtvc"); !ok || variant.Name != "b" {
		t.Errorf("without a suite: %+v", variant)
	}
	if variant, ok := twice.VariantOf("ldp"); !ok || variant.Name != "c" {
		t.Errorf("with one: %+v", variant)
	}
	if formats := h.Formats(); !slices.Equal(formats, []string{"jwtvc"}) {
		t.Errorf("%v", formats)
	}
}

func TestTypeNameOf(t *testing.T) {
	for name, want := range map[string]string{"Member card": "MemberCard", "会員証": "Credential", "Verifiable credential": "Credential"} {
		if got := catalog.TypeNameOf(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
