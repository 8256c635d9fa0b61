package catalog_test

import (
	"testing"

	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

func (h *house) identity(t *testing.T, by vc.Caller, id string, use vc.IdentityUse) {
	t.Helper()
	err := sql.For[identity.Rows](h.db).Update(t.Context(), by.Scope, func(rows identity.Rows) error {
		return rows.InsertIdentity(vc.Identity{ID: id, Scope: by.Scope, DID: "did:example:" + id, Method: "example", Use: use, Revision: 1})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestInstances(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	h.identity(t, h.alpha, "mine", vc.UseIssuing)
	h.identity(t, h.beta, "theirs", vc.UseIssuing)
	h.identity(t, h.alpha, "lists", vc.UsePublisher)
	made, err := h.CreateInstance(ctx, h.alpha, vc.Instance{Slug: "one", Identity: "mine", Open: true})
	if err != nil || made.Name != "one" || made.Profile.Format != "jwtvc" || made.Revision != 1 || made.Scope != h.alpha.Scope {
		t.Fatal(made, describe(err))
	}
	for name, c := range map[string]struct {
		by            vc.Caller
		instance      vc.Instance
		kind          vc.Kind
		code, pointer string
	}{
		"no organisation":     {h.tenant, vc.Instance{Slug: "x"}, vc.Denied, "no-organisation", ""},
		"no slug":             {h.alpha, vc.Instance{}, vc.Invalid, "slug-invalid", "/slug"},
		"a bad slug":          {h.alpha, vc.Instance{Slug: "a/b"}, vc.Invalid, "slug-invalid", "/slug"},
		"a slug that is ours": {h.alpha, vc.Instance{Slug: "one"}, vc.Conflict, "slug-taken", "/slug"},
		"a neighbour's slug":  {h.beta, vc.Instance{Slug: "one"}, vc.Conflict, "slug-taken", "/slug"},
		"another's identity":  {h.alpha, vc.Instance{Slug: "x", Identity: "theirs"}, vc.Invalid, "identity-not-found", "/identity"},
		"a publisher":         {h.alpha, vc.Instance{Slug: "x", Identity: "lists"}, vc.Invalid, "identity-not-found", "/identity"},
		"no such key":         {h.alpha, vc.Instance{Slug: "x", Identity: "mine", Method: "#x"}, vc.Invalid, "key-not-found", "/method"},
		"a key of nobody":     {h.alpha, vc.Instance{Slug: "x", Method: "#x"}, vc.Invalid, "identity-required", "/identity"},
		"no such check":       {h.alpha, vc.Instance{Slug: "x", Checks: []string{"key"}}, vc.Invalid, "check-unknown", "/checks/0"},
		"a format": {
			h.alpha, vc.Instance{Slug: "x", Profile: vc.CredentialProfile{Format: "paper"}}, vc.Invalid, "format-unknown", "/format",
		},
		"a model": {
			h.alpha, vc.Instance{Slug: "x", Profile: vc.CredentialProfile{Model: "3"}}, vc.Invalid, "model-unknown", "/model",
		},
		"a suite": {
			h.alpha, vc.Instance{Slug: "x", Profile: vc.CredentialProfile{Suite: "x"}}, vc.Invalid, "suite-unknown", "/suite",
		},
		"a suite of another model": {
			h.alpha, vc.Instance{Slug: "x", Profile: vc.CredentialProfile{Suite: "old", Model: vc.VCDM20}}, vc.Invalid, "suite-model", "/suite",
		},
		"messages": {
			h.alpha, vc.Instance{Slug: "x", Profile: vc.CredentialProfile{Purposes: []vc.StatusPurpose{vc.Message}}}, vc.Invalid, "purpose-invalid", "/purposes/0",
		},
		"two status entries": {
			h.alpha,
			vc.Instance{Slug: "x", Profile: vc.CredentialProfile{Foreign: true, Purposes: []vc.StatusPurpose{vc.Revocation}}},
			vc.Invalid, "status-foreign", "/foreignStatus",
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := h.CreateInstance(ctx, c.by, c.instance)
			wantCode(t, err, c.kind, c.code, c.pointer)
		})
	}
	if _, err := h.CreateInstance(ctx, h.other, vc.Instance{Slug: "one"}); err != nil {
		t.Error("another tenant cannot have the slug", describe(err))
	}
	changed := made
	changed.Name = "Other"
	if changed, err = h.UpdateInstance(ctx, h.alpha, changed); err != nil || changed.Revision != 2 {
		t.Error(describe(err))
	}
	_, err = h.UpdateInstance(ctx, h.alpha, made)
	wantCode(t, err, vc.Conflict, "stale", "")
	for _, stranger := range []vc.Caller{h.beta, h.other} {
		_, err = h.ArchiveInstance(ctx, stranger, made.ID)
		wantCode(t, err, vc.NotFound, "instance-not-found", "")
		_, err = h.InstanceBySlug(ctx, vc.Scope{Tenant: stranger.Scope.Tenant, Organisation: "beta"}, "one")
		wantCode(t, err, vc.NotFound, "instance-not-found", "")
	}
}

// TestInstanceSigns: an instance whose identity has no active key for its proofs is not made, and none becomes such a one.
func TestInstanceSigns(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	key := func(id string, algorithm vc.Algorithm, state vc.KeyState) vc.IdentityKey {
		return vc.IdentityKey{
			Identity: "mine", Key: vc.Key{ID: id, Scope: h.alpha.Scope, Algorithm: algorithm, Store: "local", PublicJWK: []byte("{}")},
			Method: "did:example:mine#" + id, Purposes: []string{"assertionMethod"}, State: state,
		}
	}
	who := vc.Identity{ID: "mine", Scope: h.alpha.Scope, DID: "did:example:mine", Method: "example", Revision: 1, Keys: []vc.IdentityKey{
		key("edwards", vc.Ed25519, vc.KeyActive), key("curve", vc.P256, vc.KeyActive), key("before", vc.P256, vc.KeyRetired),
	}}
	bare := vc.Identity{ID: "bare", Scope: h.alpha.Scope, DID: "did:example:bare", Method: "example", Revision: 1}
	err := sql.For[identity.Rows](h.db).Update(ctx, h.alpha.Scope, func(rows identity.Rows) error {
		for _, k := range who.Keys {
			if err := rows.InsertKey(k.Key); err != nil {
				return err
			}
		}
		if err := rows.InsertIdentity(bare); err != nil {
			return err
		}
		return rows.InsertIdentity(who)
	})
	if err != nil {
		t.Fatal(err)
	}
	curve := vc.CredentialProfile{Suite: "curve"}
	for slug, i := range map[string]vc.Instance{
		"one": {Identity: "mine", Profile: curve}, "two": {Identity: "mine", Method: "#curve", Profile: curve}, "three": {Profile: curve},
		"four": {Identity: "bare"}, "five": {Identity: "mine", Method: "#edwards"},
	} {
		i.Slug = slug
		if _, err := h.CreateInstance(ctx, h.alpha, i); err != nil {
			t.Error(slug, describe(err))
		}
	}
	made, err := h.InstanceBySlug(ctx, h.alpha.Scope, "one")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ who, method string }{{"bare", ""}, {"mine", "#edwards"}, {"mine", "did:example:mine#before"}} {
		_, err := h.CreateInstance(ctx, h.alpha, vc.Instance{Slug: "x", Identity: c.who, Method: c.method, Profile: curve})
		wantCode(t, err, vc.Invalid, "suite-unsigned", "/suite")
		changed := made
		changed.Identity, changed.Method = c.who, c.method
		_, err = h.UpdateInstance(ctx, h.alpha, changed)
		wantCode(t, err, vc.Invalid, "suite-unsigned", "/suite")
	}
}

// TestOpenInstance: only what is open, and not archived, is found by who proves nothing.
func TestOpenInstance(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	shut, err := h.CreateInstance(ctx, h.alpha, vc.Instance{Slug: "shut"})
	if err != nil {
		t.Fatal(err)
	}
	made, err := h.CreateInstance(ctx, h.alpha, vc.Instance{Slug: "open", Open: true})
	if err != nil {
		t.Fatal(err)
	}
	if found, err := h.OpenInstance(ctx, "t1", "open"); err != nil || found.ID != made.ID {
		t.Error(found, describe(err))
	}
	for _, place := range [][2]string{{"t1", shut.Slug}, {"t2", "open"}, {"t3", "open"}, {"t1", "none"}} {
		_, err := h.OpenInstance(ctx, place[0], place[1])
		wantCode(t, err, vc.NotFound, "instance-not-found", "")
	}
	for range 2 {
		if _, err := h.ArchiveInstance(ctx, h.alpha, made.ID); err != nil {
			t.Fatal(err)
		}
	}
	_, err = h.OpenInstance(ctx, "t1", "open")
	wantCode(t, err, vc.NotFound, "instance-not-found", "")
	if restored, err := h.RestoreInstance(ctx, h.alpha, made.ID); err != nil || restored.Revision != 3 {
		t.Error(restored, describe(err))
	}
	if _, err := h.OpenInstance(ctx, "t1", "open"); err != nil {
		t.Error(describe(err))
	}
}

func TestReserved(t *testing.T) {
	for _, name := range []string{
		"BitstringStatusListCredential", "https://www.w3.org/ns/credentials/status#BitstringStatusList", "cred:VerifiablePresentation",
	} {
		if !catalog.Reserved(name) {
			t.Errorf("%s may be issued", name)
		}
	}
	for _, name := range []string{"VerifiableCredential", "Degree", "https://x.example/Degree", ""} {
		if catalog.Reserved(name) {
			t.Errorf("%s may not be issued", name)
		}
	}
}
