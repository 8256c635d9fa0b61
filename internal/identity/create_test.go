package identity_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
)

func TestCreate(t *testing.T) {
	w := newWorld(t)
	by := caller("a", "one")
	for _, method := range []string{"", "key", "jwk", "web"} {
		for _, algorithm := range []vc.Algorithm{"", vc.Ed25519, vc.P256, vc.P384, vc.Secp256k1} {
			request := identity.CreateRequest{Method: method, Algorithm: algorithm, Name: "Acme " + string(algorithm)}
			if method == "web" {
				request.Options = map[string]string{"domain": "example.com", "path": "a/" + string("x"+algorithm)}
			}
			made := w.create(by, request)
			if algorithm == "" {
				algorithm = vc.Ed25519
			}
			if made.Scope != by.Scope || made.Revision != 1 || made.Name != request.Name || len(made.Keys) != 1 || made.Keys[0].Key.Algorithm != algorithm {
				t.Errorf("%s %s: made %+v", method, algorithm, made)
			}
			for _, name := range []string{made.ID, made.DID} {
				got, err := w.Get(t.Context(), by.Scope, name)
				if err != nil || !reflect.DeepEqual(got, made) {
					t.Errorf("%s %s: got %+v, made %+v, %v", method, algorithm, got, made, err)
				}
			}
			signs(t, w, by.Scope, made)
		}
	}
	if got, err := w.List(t.Context(), by.Scope, vc.ListQuery{}); err != nil || len(got) != 20 {
		t.Errorf("%d identities, %v", len(got), err)
	}
	if got, err := w.Keys(t.Context(), by.Scope, vc.ListQuery{}); err != nil || len(got) != 20 {
		t.Errorf("%d keys, %v", len(got), err)
	}
}

// signs fails unless the key that signs for an identity is in the document it resolves to.
func signs(t *testing.T, w *world, scope vc.Scope, made vc.Identity) {
	t.Helper()
	who, key, err := w.SigningKey(t.Context(), scope, made.DID, "")
	if err != nil || who.ID != made.ID {
		t.Fatalf("who signs: %v", err)
	}
	signature, err := w.keys.Sign(t.Context(), key.Key, []byte("input"))
	if err != nil {
		t.Fatal(err)
	}
	resolution, ours, err := w.Resolve(t.Context(), vc.Scope{}, made.DID)
	if err != nil || !ours {
		t.Fatalf("resolving: ours %v, %v", ours, err)
	}
	document, err := diddoc.Parse(resolution.Document)
	if err != nil {
		t.Fatal(err)
	}
	method, ok := document.Method(key.Method)
	if !ok || !document.Has(diddoc.AssertionMethod, key.Method) {
		t.Fatalf("%s is not in\n%s", key.Method, resolution.Document)
	}
	public, err := method.PublicKey()
	if err != nil {
		t.Fatal(err)
	}
	if err := jose.Verify(public, []byte("input"), signature); err != nil {
		t.Error(err)
	}
}

func TestCreateJournal(t *testing.T) {
	w := newWorld(t)
	made := w.create(caller("a", "one"), identity.CreateRequest{Method: "web", Algorithms: []vc.Algorithm{vc.P256, vc.Ed25519}, Options: map[string]string{"domain": "example.com"}})
	acts := w.acts()
	if len(acts) != 3 || acts[0].Action != "key.created" || acts[2].Action != "identity.created" {
		t.Fatalf("the journal has %+v", acts)
	}
	for _, e := range acts {
		if e.Scope != made.Scope || e.Principal != "p" || e.Door != "native" || e.Request != "r" || e.ID == "" {
			t.Errorf("incomplete: %+v", e)
		}
	}
	if e := acts[2]; e.Object != "identity/"+made.ID || !e.Event || e.Subject != made.ID || !strings.Contains(string(e.Data), made.DID) {
		t.Errorf("%+v", e)
	}
	// Of keys made together the first one signs.
	if _, key, err := w.SigningKey(t.Context(), made.Scope, "", ""); err != nil || key.Key.Algorithm != vc.P256 {
		t.Errorf("signs with %s, %v", key.Key.Algorithm, err)
	}
}

func TestCreateOfExistingKey(t *testing.T) {
	w := newWorld(t)
	by := caller("a", "one")
	bare, err := w.CreateKey(t.Context(), by, vc.P256)
	if err != nil {
		t.Fatal(err)
	}
	w.wantActs("key.created")
	made := w.create(by, identity.CreateRequest{Method: "jwk", KeyID: bare.ID})
	if made.Keys[0].Key.ID != bare.ID {
		t.Error("another key was taken")
	}
	w.wantActs("identity.created")
	signs(t, w, by.Scope, made)
	_, err = w.Create(t.Context(), by, identity.CreateRequest{Method: "jwk", KeyID: bare.ID})
	wantError(t, err, vc.Conflict, "duplicate")
	_, err = w.Create(t.Context(), caller("a", "two"), identity.CreateRequest{KeyID: bare.ID})
	wantError(t, err, vc.NotFound, "key-not-found")
	_, err = w.Create(t.Context(), caller("b", "one"), identity.CreateRequest{KeyID: bare.ID})
	wantError(t, err, vc.NotFound, "key-not-found")
	_, err = w.Create(t.Context(), caller("a", ""), identity.CreateRequest{KeyID: bare.ID})
	wantError(t, err, vc.NotFound, "key-not-found")
	w.wantActs()
}

func TestCreateOfImportedKey(t *testing.T) {
	const private = `{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	w := newWorld(t)
	by := caller("a", "one")
	_, err := w.Create(t.Context(), by, identity.CreateRequest{PrivateJWK: []byte(private), Algorithm: vc.P256})
	wantError(t, err, vc.Invalid, "algorithm-mismatch")
	_, err = w.Create(t.Context(), by, identity.CreateRequest{PrivateJWK: []byte(`{}`)})
	wantError(t, err, vc.Invalid, "private-key-invalid")
	made := w.create(by, identity.CreateRequest{PrivateJWK: []byte(private), Algorithm: vc.Ed25519})
	if made.DID != "did:key:z6MktwupdmLXVVqTzCw4i46r4uGyosGXRnR3XjN4Zq7oMMsw" { // of the public key of RFC 8032 §7.1, test 1
		t.Errorf("made %s", made.DID)
	}
	signs(t, w, by.Scope, made)
}

func TestCreateRefuses(t *testing.T) {
	w := newWorld(t)
	for name, try := range map[string]struct {
		request identity.CreateRequest
		kind    vc.Kind
		code    string
	}{
		"method":            {identity.CreateRequest{Method: "sov"}, vc.Unsupported, "method-not-supported"},
		"only resolves":     {identity.CreateRequest{Method: "test"}, vc.Unsupported, "method-not-supported"},
		"algorithm":         {identity.CreateRequest{Algorithm: "RSA"}, vc.Unsupported, "algorithm-not-supported"},
		"key store":         {identity.CreateRequest{KeyStore: "hsm"}, vc.Invalid, "key-store-unknown"},
		"import elsewhere":  {identity.CreateRequest{KeyStore: "hsm", PrivateJWK: []byte("{}")}, vc.Invalid, "key-store-unknown"},
		"two keys":          {identity.CreateRequest{Algorithms: []vc.Algorithm{vc.P256, vc.P384}}, vc.Invalid, "one-key"},
		"two ways":          {identity.CreateRequest{Algorithm: vc.P256, Algorithms: []vc.Algorithm{vc.P384}}, vc.Invalid, "key-ambiguous"},
		"key and algorithm": {identity.CreateRequest{Algorithm: vc.P256, KeyID: "x"}, vc.Invalid, "key-ambiguous"},
		"many keys":         {identity.CreateRequest{Method: "web", Algorithms: make([]vc.Algorithm, 17)}, vc.Invalid, "too-many-keys"},
		"option":            {identity.CreateRequest{Options: map[string]string{"domain": "example.com"}}, vc.Invalid, "unknown-option"},
		"no path":           {identity.CreateRequest{Method: "web"}, vc.Invalid, "path-missing"},
	} {
		_, err := w.Create(t.Context(), caller("a", "one"), try.request)
		t.Run(name, func(t *testing.T) { wantError(t, err, try.kind, try.code) })
	}
	if got, _ := w.Keys(t.Context(), vc.Scope{Tenant: "a"}, vc.ListQuery{}); len(got) != 0 {
		t.Errorf("%d keys of refused identities", len(got))
	}
}

// A DID is one identity's, in whatever tenant, and a refused one leaves nothing.
func TestCreateTwice(t *testing.T) {
	w := newWorld(t)
	request := identity.CreateRequest{Method: "web", Options: map[string]string{"domain": "example.com", "path": "x"}}
	first := w.create(caller("a", "one"), request)
	for _, by := range []vc.Caller{caller("a", "one"), caller("a", "two"), caller("b", "")} {
		_, err := w.Create(t.Context(), by, request)
		wantError(t, err, vc.Conflict, "duplicate")
	}
	if got, _ := w.Keys(t.Context(), vc.Scope{Tenant: "b"}, vc.ListQuery{}); len(got) != 0 {
		t.Error("a key of a refused identity is kept")
	}
	signs(t, w, first.Scope, first)
}

// Nobody finds, changes or signs with another's identity; everybody resolves it.
func TestWalls(t *testing.T) {
	w := newWorld(t)
	made := w.create(caller("a", "one"), identity.CreateRequest{Method: "web", Options: map[string]string{"domain": "example.com"}})
	for _, by := range []vc.Caller{caller("a", "two"), caller("b", "one"), caller("b", ""), caller("", "")} {
		for _, name := range []string{made.ID, made.DID} {
			_, err := w.Get(t.Context(), by.Scope, name)
			wantError(t, err, vc.NotFound, "identity-not-found")
			_, _, err = w.SigningKey(t.Context(), by.Scope, name, "")
			wantError(t, err, vc.NotFound, "identity-not-found")
			_, err = w.Rotate(t.Context(), by, name, "")
			wantError(t, err, vc.NotFound, "identity-not-found")
			_, err = w.SetKeyState(t.Context(), by, name, made.Keys[0].Method, vc.KeyCompromised)
			wantError(t, err, vc.NotFound, "identity-not-found")
			_, err = w.Deactivate(t.Context(), by, name)
			wantError(t, err, vc.NotFound, "identity-not-found")
		}
		if _, ours, err := w.Resolve(t.Context(), by.Scope, made.DID); !ours || err != nil {
			t.Errorf("%v, %v", ours, err)
		}
	}
	// The tenant acts for its organisation, and what it makes stays the organisation's.
	if got, err := w.Rotate(t.Context(), caller("a", ""), made.ID, ""); err != nil || got.Scope != made.Scope || got.Keys[1].Key.Scope != made.Scope {
		t.Errorf("%+v, %v", got, err)
	}
	// What is the tenant's an organisation may see and not change.
	common := w.create(caller("a", ""), identity.CreateRequest{})
	if _, err := w.Deactivate(t.Context(), caller("a", "one"), common.ID); vc.KindOf(err) != vc.Denied && vc.KindOf(err) != vc.NotFound {
		t.Errorf("an organisation changed its tenant's identity: %v", err)
	}
}

func TestPurposes(t *testing.T) {
	w := newWorld(t)
	made := w.create(caller("a", "one"), identity.CreateRequest{})
	if !reflect.DeepEqual(made.Keys[0].Purposes, did.Purposes()) {
		t.Errorf("made for %q", made.Keys[0].Purposes)
	}
}
