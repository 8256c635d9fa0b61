package issuer_test

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didkey"
	"github.com/chancery-vc/chancery/spec/jose"
)

// away is a did:key whose key this server does not hold.
func (w *world) away(seed string) string {
	w.Helper()
	sum := sha256.Sum256([]byte(seed))
	public, err := jose.NewPublicKey(ed25519.NewKeyFromSeed(sum[:]).Public())
	w.must(err)
	text, _, err := didkey.Encode(public)
	w.must(err)
	return text
}

func (w *world) identities() []vc.Identity {
	w.Helper()
	all, err := w.identity.List(w.Context(), w.by.Scope, vc.ListQuery{})
	w.must(err)
	return all
}

// A revocable credential whose issuer has no key here has its status in a list that the organisation's publisher signs.
func TestStatusOfAnIssuerElsewhere(t *testing.T) {
	w := newWorld(t)
	yes := true
	order := vc.Order{Type: w.kind, Issuer: w.away("a"), Claims: []byte(`{"degree":"MSc"}`), Revocable: &yes}
	made, err := w.Prepare(t.Context(), w.by, order, issuer.How{Release: true})
	w.must(err)
	if made.Credential.State != vc.Issued || len(made.Credential.Entries) != 1 || made.Credential.Identity != "" {
		t.Fatalf("%+v", made.Credential)
	}
	publishers := w.identities()
	if len(publishers) != 1 || publishers[0].Use != vc.UsePublisher {
		t.Fatalf("%+v", publishers)
	}
	_, err = w.ChangeStatus(t.Context(), w.by, made.Credential.ID, issuer.Change{Purpose: vc.Revocation, Value: 1})
	w.must(err)
	list, err := w.StatusListCredential(t.Context(), made.Credential.Entries[0].List, "")
	w.must(err)
	payload, err := base64.RawURLEncoding.DecodeString(strings.Split(string(list.Body), ".")[1])
	w.must(err)
	var said struct{ Issuer string }
	w.must(json.Unmarshal(payload, &said))
	if said.Issuer != publishers[0].DID {
		t.Errorf("the list is of %q", said.Issuer)
	}
	_, err = w.Prepare(t.Context(), w.by, order, issuer.How{Release: true})
	w.must(err)
	if again := w.identities(); len(again) != 1 {
		t.Errorf("%d identities", len(again))
	}
}

// A refused order leaves nothing: no publisher either.
func TestRefusedOrderMakesNoPublisher(t *testing.T) {
	w := newWorld(t)
	yes := true
	order := vc.Order{Type: w.kind, Issuer: w.away("a"), Claims: []byte(`{"id":"nobody"}`), Revocable: &yes}
	if _, err := w.Prepare(t.Context(), w.by, order, issuer.How{}); code(err) != "subject-id" {
		t.Error(err)
	}
	if _, err := w.DryRun(t.Context(), w.by, vc.Order{Type: w.kind, Issuer: w.away("a"), Claims: []byte(`{"degree":"MSc"}`), Revocable: &yes}, true); err != nil {
		t.Error(err)
	}
	if made := w.identities(); len(made) != 0 {
		t.Errorf("%+v", made)
	}
}

// A publisher issues nothing.
func TestPublisherIssuesNothing(t *testing.T) {
	w := newWorld(t)
	who, err := w.identity.Publisher(t.Context(), w.by)
	w.must(err)
	for _, name := range []string{who.ID, who.DID} {
		order := vc.Order{Type: w.kind, Issuer: name, Claims: []byte(`{"degree":"MSc"}`)}
		if _, err := w.Issue(t.Context(), w.by, order, issuer.How{}); code(err) != "identity-not-found" {
			t.Error(err)
		}
		if _, err := w.Prepare(t.Context(), w.by, order, issuer.How{}); code(err) != "identity-not-found" {
			t.Error(err)
		}
	}
}

func TestIssuersThatAreRefused(t *testing.T) {
	w := newWorld(t)
	for did, want := range map[string]string{"did:example:x": "did-method-not-supported", "did:key:z6Mknothing": "issuer-not-resolved"} {
		order := vc.Order{Type: w.kind, Issuer: did, Claims: []byte(`{"degree":"MSc"}`)}
		if _, err := w.Prepare(t.Context(), w.by, order, issuer.How{}); code(err) != want {
			t.Errorf("%s: %v", did, err)
		}
		if _, err := w.Issue(t.Context(), w.by, order, issuer.How{}); code(err) != "identity-not-found" {
			t.Errorf("%s: %v", did, err)
		}
	}
}

// An order names a format, a variant, or both; and it may say which types it expects.
func TestOrderOfAFormat(t *testing.T) {
	w := newWorld(t)
	_, err := w.identity.Create(t.Context(), w.by, identity.CreateRequest{})
	w.must(err)
	claims := []byte(`{"degree":"MSc"}`)
	for _, row := range []struct {
		order vc.Order
		want  string
	}{
		{vc.Order{Format: "jwtvc"}, ""},
		{vc.Order{Format: "jwtvc", Variant: "default"}, ""},
		{vc.Order{Format: "sdjwtvc"}, "format-not-offered"},
		{vc.Order{Format: "sdjwtvc", Variant: "default"}, "no-variant"},
		{vc.Order{Variant: "paper"}, "no-variant"},
		{vc.Order{Types: []string{"VerifiableCredential", "Degree"}}, ""},
		{vc.Order{Types: []string{"Degree", "Knighthood"}}, "type-names"},
	} {
		row.order.Type, row.order.Claims = w.kind, claims
		if _, err := w.Issue(t.Context(), w.by, row.order, issuer.How{}); code(err) != row.want {
			t.Errorf("%+v: %v", row.order, err)
		}
	}
}

// A type without a variant of a format that the server has cannot be ordered in it.
func TestOrderOfAFormatTheTypeLacks(t *testing.T) {
	w := newWorld(t)
	_, err := w.identity.Create(t.Context(), w.by, identity.CreateRequest{})
	w.must(err)
	old, err := w.Catalog.Type(t.Context(), w.by.Scope, w.kind)
	w.must(err)
	made, err := w.Catalog.CreateType(t.Context(), w.by, vc.CredentialType{
		Name: "Paper", Types: []string{"Paper"}, Schema: old.Schema, Variants: []vc.Variant{{Name: "paper", Format: "paper"}},
	})
	w.must(err)
	order := vc.Order{Type: made.ID, Format: "jwtvc", Claims: []byte(`{"degree":"MSc"}`)}
	if _, err := w.Issue(t.Context(), w.by, order, issuer.How{}); code(err) != "no-variant" {
		t.Error(err)
	}
}

func TestChangedAt(t *testing.T) {
	w := newWorld(t)
	_, err := w.identity.Create(t.Context(), w.by, identity.CreateRequest{})
	w.must(err)
	yes := true
	made, err := w.Issue(t.Context(), w.by, vc.Order{Type: w.kind, Claims: []byte(`{"degree":"MSc"}`), Revocable: &yes}, issuer.How{})
	w.must(err)
	changed := func() bool {
		view, err := w.Get(t.Context(), w.by.Scope, made.Credential.ID)
		w.must(err)
		return !view.Credential.ChangedAt.IsZero() && !view.Credential.ChangedAt.Before(made.Credential.CreatedAt)
	}
	if changed() {
		t.Error("changed when it was made")
	}
	_, err = w.ChangeStatus(t.Context(), w.by, made.Credential.ID, issuer.Change{Purpose: vc.Revocation, Value: 1})
	w.must(err)
	if !changed() {
		t.Error("not changed by a status")
	}
	prepared, evidence := w.elsewhere("a")
	done, err := w.Complete(t.Context(), w.by, prepared.Credential.ID, evidence, issuer.How{})
	w.must(err)
	if done.Credential.ChangedAt.IsZero() {
		t.Error("not changed by its signature")
	}
}

func TestPage(t *testing.T) {
	w := newWorld(t)
	_, err := w.identity.Create(t.Context(), w.by, identity.CreateRequest{})
	w.must(err)
	var ids []string
	for range 3 {
		made, err := w.Issue(t.Context(), w.by, vc.Order{Type: w.kind, Claims: []byte(`{"id":"did:example:a","degree":"MSc"}`)}, issuer.How{})
		w.must(err)
		ids = append(ids, made.Credential.ID)
	}
	w.elsewhere("a") // awaited
	filter := issuer.Filter{CredentialQuery: vc.CredentialQuery{State: vc.Issued, Page: vc.Page{Limit: 2, Offset: 2}}}
	for _, subject := range []string{"", "did:example:a"} {
		filter.Subject = subject
		page, total, err := w.Desk.Page(t.Context(), w.by.Scope, filter)
		if err != nil || total != 3 || len(page) != 1 || page[0].Credential.ID != ids[0] || page[0].Subjects[0] != "did:example:a" {
			t.Errorf("%d of %d, %v", len(page), total, err)
		}
	}
	filter.Subject = "did:example:b"
	if page, total, err := w.Desk.Page(t.Context(), w.by.Scope, filter); err != nil || total != 0 || len(page) != 0 {
		t.Errorf("%d of %d, %v", len(page), total, err)
	}
}

// The finding of a claim names the keyword that it broke.
func TestFindingsNameTheKeyword(t *testing.T) {
	w := newWorld(t)
	_, err := w.identity.Create(t.Context(), w.by, identity.CreateRequest{})
	w.must(err)
	schema, _, err := w.Catalog.CreateSchema(t.Context(), w.by, catalog.NewSchema{
		Name: "Level", Document: []byte(`{"type":"object","properties":{"level":{"type":"integer","minimum":1}}}`),
	})
	w.must(err)
	made, err := w.Catalog.CreateType(t.Context(), w.by, vc.CredentialType{Name: "Level", Types: []string{"Level"}, Schema: schema.ID})
	w.must(err)
	preview, err := w.DryRun(t.Context(), w.by, vc.Order{Type: made.ID, Claims: []byte(`{"level":0}`)}, false)
	w.must(err)
	if len(preview.Findings) != 1 || preview.Findings[0].Keyword != "minimum" || preview.Findings[0].Pointer != "/claims/level" {
		t.Errorf("%+v", preview.Findings)
	}
}
