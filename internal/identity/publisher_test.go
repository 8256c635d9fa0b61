package identity_test

import (
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

// insert writes an identity whose keys are elsewhere.
func (w *world) insert(by vc.Caller, text string, use vc.IdentityUse) vc.Identity {
	w.t.Helper()
	made := vc.Identity{
		ID: uuid.Must(uuid.NewV7()).String(), Scope: by.Scope, DID: text, Method: "key", Use: use,
		Document: []byte(`{"id":"` + text + `"}`), Revision: 1, CreatedAt: w.clock.now(), UpdatedAt: w.clock.now(),
	}
	err := sql.For[identity.Rows](w.db).Update(w.t.Context(), by.Scope, func(rows identity.Rows) error { return rows.InsertIdentity(made) })
	if err != nil {
		w.t.Fatal(err)
	}
	return made
}

const away = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"

func (w *world) publisher(by vc.Caller) vc.Identity {
	w.t.Helper()
	who, err := w.Publisher(w.t.Context(), by)
	if err != nil {
		w.t.Fatal(err)
	}
	return who
}

// A scope whose keys are all elsewhere gets a publisher once, which signs nothing but what names it.
func TestPublisher(t *testing.T) {
	w := newWorld(t)
	by := caller("a", "one")
	w.insert(by, away, vc.UseByClient)
	who := w.publisher(by)
	if who.Use != vc.UsePublisher || who.Method != "key" || who.Scope != by.Scope || who.CreatedBy != by.Principal {
		t.Errorf("%+v", who)
	}
	w.wantActs("key.created", "identity.created")
	if again := w.publisher(by); again.ID != who.ID {
		t.Error("another one")
	}
	if other, err := w.another().Publisher(t.Context(), by); err != nil || other.ID != who.ID {
		t.Errorf("%s, %v", other.ID, err)
	}
	if signs, _, err := w.SigningKey(t.Context(), by.Scope, who.ID, ""); err != nil || signs.ID != who.ID {
		t.Errorf("%s, %v", signs.ID, err)
	}
	_, _, err := w.SigningKey(t.Context(), by.Scope, "", "")
	wantError(t, err, vc.Invalid, "no-identity")
	if two := w.publisher(caller("a", "two")); two.ID == who.ID {
		t.Error("an organisation publishes for another")
	}
	issuing := w.create(by, identity.CreateRequest{})
	if only, _, err := w.SigningKey(t.Context(), by.Scope, "", ""); err != nil || only.ID != issuing.ID {
		t.Errorf("%s, %v", only.ID, err)
	}
	if again := w.publisher(by); again.ID != who.ID {
		t.Error("not the oldest")
	}
}

// Whoever issues publishes too, as long as it has a key that signs.
func TestPublisherThatIssues(t *testing.T) {
	w := newWorld(t)
	by := caller("a", "one")
	first, second := w.create(by, identity.CreateRequest{}), w.create(by, identity.CreateRequest{})
	if who := w.publisher(by); who.ID != first.ID {
		t.Error("not the oldest")
	}
	if _, err := w.SetKeyState(t.Context(), by, first.ID, first.Keys[0].Method, vc.KeyRetired); err != nil {
		t.Fatal(err)
	}
	if who := w.publisher(by); who.ID != second.ID {
		t.Error("one whose key is retired publishes")
	}
	if _, err := w.Deactivate(t.Context(), by, second.ID); err != nil {
		t.Fatal(err)
	}
	if who := w.publisher(by); who.Use != vc.UsePublisher {
		t.Error("one that is deactivated publishes")
	}
}

// What is asked for by many at once is made once.
func TestPublisherAtOnce(t *testing.T) {
	w := newWorld(t)
	by := caller("a", "one")
	ids := make(chan string, 8)
	for range cap(ids) {
		go func() {
			who, err := w.Publisher(t.Context(), by)
			if err != nil {
				t.Error(err)
			}
			ids <- who.ID
		}()
	}
	seen := map[string]bool{}
	for range cap(ids) {
		seen[<-ids] = true
	}
	all, total, err := w.Page(t.Context(), by.Scope, vc.ListQuery{})
	if err != nil || total != len(all) || len(seen) > 2 {
		t.Errorf("%d of %d, %d given, %v", len(all), total, len(seen), err)
	}
}

func TestKeysElsewhere(t *testing.T) {
	w := newWorld(t)
	by := caller("a", "one")
	for text, use := range map[string]vc.IdentityUse{away: vc.UseByClient, "did:web:example.com:x": vc.UseElsewhere} {
		made := w.insert(by, text, use)
		for _, name := range []string{made.ID, made.DID} {
			_, _, err := w.SigningKey(t.Context(), by.Scope, name, "")
			wantError(t, err, vc.NotFound, "key-elsewhere")
		}
		_, err := w.Deactivate(t.Context(), by, made.ID)
		if use == vc.UseByClient { // its end is signed, see TestRegisterWeb
			wantError(t, err, vc.Conflict, "key-elsewhere")
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		w.clock.pass(time.Second)
		_, _, err = w.SigningKey(t.Context(), by.Scope, made.DID, "")
		wantError(t, err, vc.Conflict, "identity-deactivated")
	}
}

func TestPage(t *testing.T) {
	w := newWorld(t)
	by := caller("a", "one")
	var made []vc.Identity
	for range 3 {
		made = append(made, w.create(by, identity.CreateRequest{}))
	}
	page, total, err := w.Page(t.Context(), by.Scope, vc.ListQuery{Page: vc.Page{Limit: 2, Offset: 2}})
	if err != nil || total != 3 || len(page) != 1 || page[0].ID != made[0].ID {
		t.Errorf("%d of %d, %v", len(page), total, err)
	}
}
