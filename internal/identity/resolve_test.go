package identity_test

import (
	"bytes"
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/did/empe"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

func TestResolveOthers(t *testing.T) {
	w := newWorld(t)
	resolve := func(text string) error {
		_, ours, err := w.Resolve(t.Context(), vc.Scope{}, text)
		if ours {
			t.Errorf("%s is not ours", text)
		}
		return err
	}
	steps := []struct {
		text  string
		after time.Duration
		asked int
		code  string
	}{
		{"did:test:found", 0, 1, ""},
		{"did:test:found", 4 * time.Minute, 1, ""},
		{"did:test:found", 61 * time.Second, 2, ""},
		{"did:test:no", 0, 3, did.CodeNotFound},
		{"did:test:no", 9 * time.Second, 3, did.CodeNotFound},
		{"did:test:no", 2 * time.Second, 4, did.CodeNotFound},
	}
	for i, step := range steps {
		w.clock.pass(step.after)
		if err := resolve(step.text); step.code != "" {
			wantError(t, err, vc.NotFound, step.code)
		} else if err != nil {
			t.Error(err)
		}
		if w.others.count() != step.asked {
			t.Errorf("step %d: asked %d times, want %d", i, w.others.count(), step.asked)
		}
	}
	wantError(t, resolve("did:unknown:x"), vc.Unsupported, did.CodeMethodNotSupported)
	for _, broken := range []string{"", "x", "did:", "did:test:", "did:test:a#b", "did:test:" + strings.Repeat("a", 5000)} {
		wantError(t, resolve(broken), vc.Invalid, did.CodeInvalid)
	}
	if err := resolve("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"); err != nil {
		t.Error(err)
	}
}

// Who asks for one DID at the same time shares one answer, and who goes away does not take it from the others.
func TestResolveOnce(t *testing.T) {
	w := newWorld(t)
	w.others.gate = make(chan struct{})
	gone, leave := context.WithCancel(t.Context())
	var all sync.WaitGroup
	all.Go(func() {
		_, _, err := w.Resolve(gone, vc.Scope{}, "did:test:found")
		wantError(t, err, vc.Unavailable, did.CodeInternal)
	})
	for w.others.count() == 0 {
		time.Sleep(time.Millisecond)
	}
	for range 8 {
		all.Go(func() {
			if _, _, err := w.Resolve(t.Context(), vc.Scope{}, "did:test:found"); err != nil {
				t.Error(err)
			}
		})
	}
	leave()
	time.Sleep(20 * time.Millisecond)
	close(w.others.gate)
	all.Wait()
	if w.others.count() != 1 {
		t.Errorf("asked %d times", w.others.count())
	}
}

// A DID that becomes ours is ours at once.
func TestResolveBecomesOurs(t *testing.T) {
	w := newWorld(t)
	if _, ours, err := w.Resolve(t.Context(), vc.Scope{}, "did:web:example.com"); ours || err == nil {
		t.Fatalf("%v, %v", ours, err)
	}
	_, made := organisation(w)
	if _, ours, err := w.Resolve(t.Context(), vc.Scope{}, made.DID); !ours || err != nil {
		t.Errorf("%v, %v", ours, err)
	}
}

// Who makes the did:web of somebody's domain here speaks for that domain to nobody but themselves.
func TestResolveForeignDomain(t *testing.T) {
	w := newWorld(t)
	by := caller("a", "one")
	made := w.create(by, identity.CreateRequest{Method: "web", Options: map[string]string{"domain": "organisation.example"}})
	common := w.create(vc.Caller{Scope: vc.Scope{Tenant: "a"}}, identity.CreateRequest{Method: "web", Options: map[string]string{"domain": "tenant.example"}})
	served := w.create(by, identity.CreateRequest{Method: "web", Options: map[string]string{"path": "issuers/one"}})
	for _, try := range []struct {
		scope vc.Scope
		did   string
		ours  bool
	}{
		{by.Scope, made.DID, true},
		{by.Scope, common.DID, true},
		{vc.Scope{Tenant: "a", Organisation: "other"}, common.DID, true},
		{vc.Scope{Tenant: "a", Organisation: "other"}, made.DID, false},
		{vc.Scope{Tenant: "a"}, made.DID, false},
		{vc.Scope{Tenant: "b", Organisation: "one"}, made.DID, false},
		{vc.Scope{Tenant: "b"}, common.DID, false},
		{vc.Scope{}, made.DID, false},
		{vc.Scope{Tenant: "b"}, served.DID, true},
		{vc.Scope{}, served.DID, true},
	} {
		_, ours, err := w.Resolve(t.Context(), try.scope, try.did)
		if ours != try.ours || (err == nil) != try.ours {
			t.Errorf("%s from %v: %v, %v", try.did, try.scope, ours, err)
		}
	}
}

func TestWebDocument(t *testing.T) {
	w := newWorld(t)
	by := caller("a", "one")
	root := w.create(by, identity.CreateRequest{Method: "web", Options: map[string]string{"domain": "localhost:8080"}})
	deep := w.create(by, identity.CreateRequest{Method: "web", Options: map[string]string{"domain": "example.com", "path": "a/b"}})
	for _, try := range []struct {
		host, path string
		want       []byte
	}{
		{"localhost:8080", "/.well-known/did.json", root.Document},
		{"localhost:8080", "", root.Document},
		{"localhost:8080", "/", root.Document},
		{"localhost", "/.well-known/did.json", nil},
		{"example.com", "/a/b/did.json", deep.Document},
		{"example.com", "a/b", deep.Document},
		{"EXAMPLE.com", "/a/b/did.json", deep.Document},
		{"example.com", "/a/did.json", nil},
		{"example.com", "", nil},
		{"", "/a/b/did.json", nil},
		{"example.com", "/a/../a/b/did.json", nil},
		{"example.com", "/" + strings.Repeat("a", 9000) + "/did.json", nil},
	} {
		got, err := w.WebDocument(t.Context(), try.host, try.path)
		if try.want == nil {
			t.Run(try.host, func(t *testing.T) { wantError(t, err, vc.NotFound, did.CodeNotFound) })
		} else if err != nil || !bytes.Equal(got, try.want) {
			t.Errorf("%s%s: %s, %v", try.host, try.path, got, err)
		}
	}
}

func TestSigningKeyOfTheOnlyOne(t *testing.T) {
	w := newWorld(t)
	by := caller("a", "one")
	_, _, err := w.SigningKey(t.Context(), by.Scope, "", "")
	wantError(t, err, vc.Invalid, "no-identity")
	first := w.create(by, identity.CreateRequest{})
	if who, _, err := w.SigningKey(t.Context(), by.Scope, "", ""); err != nil || who.ID != first.ID {
		t.Errorf("%s, %v", who.ID, err)
	}
	second := w.create(by, identity.CreateRequest{})
	_, _, err = w.SigningKey(t.Context(), by.Scope, "", "")
	wantError(t, err, vc.Invalid, "issuer-ambiguous")
	w.create(caller("a", "two"), identity.CreateRequest{})
	if _, err := w.Deactivate(t.Context(), by, first.ID); err != nil {
		t.Fatal(err)
	}
	if who, _, err := w.SigningKey(t.Context(), by.Scope, "", ""); err != nil || who.ID != second.ID {
		t.Errorf("%s, %v", who.ID, err)
	}
	w.create(caller("a", ""), identity.CreateRequest{}) // the tenant's does not make the organisation's ambiguous
	if who, _, err := w.SigningKey(t.Context(), by.Scope, "", ""); err != nil || who.ID != second.ID {
		t.Errorf("%s, %v", who.ID, err)
	}
	_, _, err = w.SigningKey(t.Context(), by.Scope, second.ID, "#no")
	wantError(t, err, vc.NotFound, "key-not-found")
	_, _, err = w.SigningKey(t.Context(), by.Scope, "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "")
	wantError(t, err, vc.NotFound, "identity-not-found")
}

// Another server hears of a change within a second.
func TestTwoServers(t *testing.T) {
	w := newWorld(t)
	by, made := organisation(w)
	other := w.another()
	first := made.Keys[0].Method
	if _, _, err := other.SigningKey(t.Context(), by.Scope, made.DID, first); err != nil {
		t.Fatal(err)
	}
	if _, err := w.SetKeyState(t.Context(), by, made.ID, first, vc.KeyCompromised); err != nil {
		t.Fatal(err)
	}
	w.clock.pass(time.Second)
	_, _, err := other.SigningKey(t.Context(), by.Scope, made.DID, first)
	wantError(t, err, vc.Conflict, "key-compromised")
	if state, _, err := other.KeyFate(t.Context(), first); state != vc.KeyCompromised || err != nil {
		t.Errorf("%s, %v", state, err)
	}
}

// Rotations at once are all there, one after the other.
func TestRotateAtOnce(t *testing.T) {
	w := newWorld(t)
	by, made := organisation(w)
	var all sync.WaitGroup
	for range 6 {
		all.Go(func() {
			if _, err := w.Rotate(t.Context(), by, made.ID, vc.Ed25519); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	got, err := w.Get(t.Context(), by.Scope, made.ID)
	active := 0
	for _, key := range got.Keys {
		if key.State == vc.KeyActive {
			active++
		}
	}
	if err != nil || len(got.Keys) != 7 || active != 1 || got.Revision != 7 {
		t.Errorf("%d keys, %d active, revision %d, %v", len(got.Keys), active, got.Revision, err)
	}
}

// ledger is a method whose DIDs follow from a key and may be on a ledger.
type ledger struct {
	empe.Method
	documents map[string]string
	down      bool
}

func (l *ledger) Ledger(string) bool { return l.documents != nil }

func (l *ledger) Resolve(_ context.Context, text string) (diddoc.Resolution, error) {
	switch document, ok := l.documents[text]; {
	case l.down || l.documents == nil:
		return diddoc.Resolution{}, vc.Errorf(vc.Unavailable, did.CodeInternal, "no node")
	case !ok:
		return diddoc.Resolution{}, vc.Errorf(vc.NotFound, did.CodeNotFound, "not on the ledger")
	default:
		return diddoc.Resolution{Document: []byte(document), ContentType: did.ContentType}, nil
	}
}

// Who has the key that a DID follows from speaks for the DID, until it is on a ledger: its key may have changed there, and the
// first one may be anybody's.
func TestResolveDerived(t *testing.T) {
	w := newWorld(t)
	offline := w.another(&ledger{})
	by := caller("a", "one")
	made, err := offline.Create(t.Context(), by, identity.CreateRequest{Method: "empe", Options: map[string]string{"network": "testnet"}})
	if err != nil {
		t.Fatal(err)
	}
	if made.Keys[0].Key.Algorithm != vc.Secp256k1 {
		t.Errorf("a key for %s", made.Keys[0].Key.Algorithm)
	}
	changed := `{"id":"` + made.DID + `"}`
	for name, c := range map[string]struct {
		ledger     *ledger
		owner      string // document that its makers see
		others     string // "": an error
		othersOurs bool
	}{
		"no ledger to ask":  {&ledger{}, string(made.Document), string(made.Document), true},
		"not on the ledger": {&ledger{documents: map[string]string{}}, string(made.Document), string(made.Document), true},
		"on the ledger":     {&ledger{documents: map[string]string{made.DID: changed}}, string(made.Document), changed, false},
		"the ledger is off": {&ledger{documents: map[string]string{}, down: true}, string(made.Document), "", false},
	} {
		s := w.another(c.ledger)
		got, ours, err := s.Resolve(t.Context(), by.Scope, made.DID)
		if err != nil || !ours || string(got.Document) != c.owner {
			t.Errorf("%s: its maker gets %s, %v", name, got.Document, err)
		}
		for _, scope := range []vc.Scope{{}, {Tenant: "a"}, {Tenant: "a", Organisation: "two"}, {Tenant: "b", Organisation: "one"}} {
			got, ours, err := s.Resolve(t.Context(), scope, made.DID)
			if (err == nil) != (c.others != "") || ours != c.othersOurs || string(got.Document) != c.others {
				t.Errorf("%s: %v gets %s, %v", name, scope, got.Document, err)
			}
		}
	}
}
