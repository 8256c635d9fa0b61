package issuer_test

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/did/jwk"
	"github.com/chancery-vc/chancery/internal/did/key"
	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/jwtvc"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/status"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didkey"
	"github.com/chancery-vc/chancery/spec/jose"
)

const publicURL = "https://chancery.example"

// world is a desk on a database, an organisation that may issue, and a credential type of it.
type world struct {
	*testing.T
	*issuer.Desk
	db       *sql.DB
	identity *identity.Service
	by       vc.Caller
	kind     string
}

func newWorld(t *testing.T, formats ...format.Format) *world {
	t.Helper()
	return worldOn(t, sql.Config{DSN: storetest.Fresh(t)}, formats...)
}

func worldOn(t *testing.T, c sql.Config, formats ...format.Format) *world {
	t.Helper()
	w := &world{T: t, by: vc.Caller{Scope: vc.Scope{Tenant: newID(), Organisation: newID()}, Principal: newID()}}
	var err error
	w.db, err = sql.Open(t.Context(), c)
	w.must(err)
	t.Cleanup(func() { _ = w.db.Close() })
	w.must(w.db.Migrate(t.Context()))
	vault, err := local.New(local.Config{Master: local.MasterKeys{Current: local.NewMasterKey()}, Rows: w.db})
	w.must(err)
	stores := map[string]keys.Store{local.Name: vault}
	w.tenant(func(rows access.Rows) error {
		if err := rows.InsertTenant(vc.Tenant{ID: w.by.Scope.Tenant, Slug: "one", Name: "One"}); err != nil {
			return err
		}
		return rows.InsertOrganisation(w.organisation(true))
	})
	w.identity = identity.New(identity.Config{
		Rows: sql.For[identity.Rows](w.db), Directory: w.db, Keys: stores, Methods: []did.Method{key.Method{}, jwk.Method{}},
	})
	lists := status.New(status.Config{Rows: sql.For[status.Rows](w.db), Directory: w.db, Vault: vault, PublicURL: publicURL})
	t.Cleanup(lists.Close)
	types := catalog.New(catalog.Config{Rows: sql.For[catalog.Rows](w.db), Directory: w.db, PublicURL: publicURL})
	w.Desk = &issuer.Desk{
		Rows: storetest.Again(sql.For[issuer.Rows](w.db)), Catalog: types, Identity: w.identity, Status: lists, Keys: stores, Vault: vault,
		Formats: append(formats, jwtvc.Format{}), PublicURL: publicURL,
	}
	schema, version, err := types.CreateSchema(t.Context(), w.by, catalog.NewSchema{
		Name: "Degree", TypeName: "Degree", Document: []byte(`{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object"}`),
	})
	w.must(err)
	made, err := types.CreateType(t.Context(), w.by, vc.CredentialType{
		Name: "Degree", Types: []string{"Degree"}, Schema: schema.ID, SchemaVersion: version.Version, Irrevocable: true,
	})
	w.must(err)
	w.kind = made.ID
	return w
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) tenant(fn func(access.Rows) error) {
	w.Helper()
	w.must(sql.For[access.Rows](w.db).Update(w.Context(), vc.Scope{Tenant: w.by.Scope.Tenant}, fn))
}

func (w *world) organisation(mayIssue bool) vc.Organisation {
	return vc.Organisation{ID: w.by.Scope.Organisation, Tenant: w.by.Scope.Tenant, Name: "O", MayIssue: mayIssue}
}

// elsewhere is a key that this server does not hold, as a did:key, with a credential of it that waits for its
// signature.
func (w *world) elsewhere(seed string) (issuer.Result, issuer.Evidence) {
	w.Helper()
	sum := sha256.Sum256([]byte(seed))
	private := ed25519.NewKeyFromSeed(sum[:])
	public, err := jose.NewPublicKey(private.Public())
	w.must(err)
	text, _, err := didkey.Encode(public)
	w.must(err)
	prepared, err := w.Prepare(w.Context(), w.by, vc.Order{Type: w.kind, Issuer: text, Claims: []byte(`{"degree":"MSc"}`)}, issuer.How{})
	w.must(err)
	return prepared, issuer.Evidence{Signature: ed25519.Sign(private, prepared.Input)}
}

func code(err error) string {
	if e, ok := errors.AsType[*vc.Error](err); ok {
		return e.Code
	}
	return ""
}

func TestCompleteIdempotently(t *testing.T) {
	w := newWorld(t)
	prepared, evidence := w.elsewhere("a")
	how := issuer.How{Key: "k", Operation: "complete", Request: []byte(`{"signature":"a"}`)}
	first, err := w.Complete(t.Context(), w.by, prepared.Credential.ID, evidence, how)
	w.must(err)
	again, err := w.Complete(t.Context(), w.by, prepared.Credential.ID, evidence, how)
	w.must(err)
	if first.Replayed || !again.Replayed || string(first.Secured) != string(again.Secured) || len(first.Secured) == 0 {
		t.Errorf("%v %v", first.Replayed, again.Replayed)
	}
	how.Request = []byte(`{"signature":"b"}`)
	if _, err = w.Complete(t.Context(), w.by, prepared.Credential.ID, evidence, how); code(err) != "idempotency-key-reused" {
		t.Error(err)
	}
}

// What was prepared while the organisation was an issuer does not make it one.
func TestCompleteNeedsAnIssuer(t *testing.T) {
	w := newWorld(t)
	prepared, evidence := w.elsewhere("a")
	w.tenant(func(rows access.Rows) error { return rows.UpdateOrganisation(w.organisation(false)) })
	if _, err := w.Complete(t.Context(), w.by, prepared.Credential.ID, evidence, issuer.How{}); code(err) != "not-an-issuer" {
		t.Error(err)
	}
	w.tenant(func(rows access.Rows) error { return rows.UpdateOrganisation(w.organisation(true)) })
	_, err := w.Complete(t.Context(), w.by, prepared.Credential.ID, evidence, issuer.How{})
	w.must(err)
}

// A key of this server that was marked signs no more, whichever tenant marked it: a did:key lists its key for ever.
func TestCompleteWithAMarkedKey(t *testing.T) {
	for _, state := range []vc.KeyState{vc.KeyRetired, vc.KeyCompromised, ""} {
		w := newWorld(t)
		other := vc.Caller{Scope: vc.Scope{Tenant: newID()}}
		made, err := w.identity.Create(t.Context(), other, identity.CreateRequest{})
		w.must(err)
		prepared, err := w.Prepare(t.Context(), w.by, vc.Order{Type: w.kind, Issuer: made.DID, Claims: []byte(`{"degree":"MSc"}`)}, issuer.How{})
		w.must(err)
		signature, err := w.Keys[local.Name].Sign(t.Context(), made.Keys[0].Key, prepared.Input)
		w.must(err)
		want := "key-" + string(state)
		if state == "" {
			want = "identity-deactivated"
			_, err = w.identity.Deactivate(t.Context(), other, made.ID)
		} else {
			_, err = w.identity.SetKeyState(t.Context(), other, made.ID, made.Keys[0].Method, state)
		}
		w.must(err)
		_, err = w.Complete(t.Context(), w.by, prepared.Credential.ID, issuer.Evidence{Signature: signature}, issuer.How{})
		if code(err) != want {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// Why a status was changed may say whose the credential is: it goes with the rest.
func TestEraseForgetsReasons(t *testing.T) {
	w := newWorld(t)
	_, err := w.identity.Create(t.Context(), w.by, identity.CreateRequest{})
	w.must(err)
	yes := true
	made, err := w.Issue(t.Context(), w.by, vc.Order{Type: w.kind, Claims: []byte(`{"degree":"MSc"}`), Revocable: &yes}, issuer.How{})
	w.must(err)
	_, err = w.ChangeStatus(t.Context(), w.by, made.Credential.ID, issuer.Change{Purpose: vc.Revocation, Value: 1, Reason: "Alice has died"})
	w.must(err)
	_, err = w.Erase(t.Context(), w.by, made.Credential.ID)
	w.must(err)
	entry := made.Credential.Entries[0]
	w.must(w.Rows.View(t.Context(), w.by.Scope, func(rows issuer.Rows) error {
		change, err := rows.LastStatusChange(entry.List, entry.Index)
		if change.Reason != "" || change.Value != 1 {
			t.Errorf("%+v", change)
		}
		return err
	}))
}

func TestIssuanceIsBounded(t *testing.T) {
	w := newWorld(t)
	order := vc.Order{Type: w.kind, Claims: []byte(`{"degree":"MSc"}`), Issuance: string(make([]byte, 129))}
	if _, err := w.Issue(t.Context(), w.by, order, issuer.How{}); code(err) != "issuance" {
		t.Error(err)
	}
}

// broken is a format that panics.
type broken struct{ format.Format }

func (broken) Name() string { return "jwtvc" }

func (broken) Prepare(context.Context, format.Material) (format.Unsigned, error) { panic("broken") }

// A panic in one order of a batch is that order's fault, and not the end of the process.
func TestBatchPanics(t *testing.T) {
	w := newWorld(t, broken{})
	made, err := w.identity.Create(t.Context(), w.by, identity.CreateRequest{})
	w.must(err)
	items, err := w.IssueBatch(t.Context(), w.by, []vc.Order{{Type: w.kind, Issuer: made.DID, Claims: []byte(`{"degree":"MSc"}`)}}, issuer.How{}, false)
	if err != nil || len(items) != 1 || vc.KindOf(items[0].Err) != vc.Internal || items[0].Err == nil {
		t.Errorf("%v, %v", items, err)
	}
}
