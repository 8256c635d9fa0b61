package identity_test

import (
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// organisation makes a did:web of one key.
func organisation(w *world) (vc.Caller, vc.Identity) {
	by := caller("a", "one")
	return by, w.create(by, identity.CreateRequest{Method: "web", Algorithm: vc.P256, Options: map[string]string{"domain": "example.com"}})
}

// resolved is the document that the world sees.
func resolved(t *testing.T, w *world, didText string) (diddoc.Document, diddoc.Metadata) {
	t.Helper()
	resolution, _, err := w.Resolve(t.Context(), vc.Scope{}, didText)
	if err != nil {
		t.Fatal(err)
	}
	document, err := diddoc.Parse(resolution.Document)
	if err != nil {
		t.Fatal(err)
	}
	return document, resolution.Metadata
}

// A key's life: it signs, is retired and verifies, is compromised and gone; each step counts here at once.
func TestRotate(t *testing.T) {
	w := newWorld(t)
	by, made := organisation(w)
	first := made.Keys[0].Method
	signs(t, w, by.Scope, made)
	w.acts()
	w.clock.pass(time.Minute)

	rotated, err := w.Rotate(t.Context(), by, made.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	if len(rotated.Keys) != 2 || rotated.Revision != 2 || rotated.Keys[1].Key.Algorithm != vc.P256 {
		t.Fatalf("%+v", rotated)
	}
	second := rotated.Keys[1].Method
	w.wantActs("key.created", "identity.key-retired", "identity.key-added")
	if _, key, err := w.SigningKey(t.Context(), by.Scope, made.DID, ""); err != nil || key.Method != second {
		t.Errorf("signs with %s, %v", key.Method, err)
	}
	_, _, err = w.SigningKey(t.Context(), by.Scope, made.DID, first)
	wantError(t, err, vc.Conflict, "key-retired")
	document, metadata := resolved(t, w, made.DID)
	if !document.Has(diddoc.AssertionMethod, first) || document.Has(diddoc.Authentication, first) || !document.Has(diddoc.Authentication, second) {
		t.Error("the document does not have the retired key to verify, or the new one for all")
	}
	if metadata.VersionID != "2" || !metadata.Updated.After(metadata.Created) {
		t.Errorf("%+v", metadata)
	}

	w.clock.pass(time.Minute)
	if _, err := w.SetKeyState(t.Context(), by, made.DID, first, vc.KeyCompromised); err != nil {
		t.Fatal(err)
	}
	w.wantActs("identity.key-compromised")
	if document, _ = resolved(t, w, made.DID); document.Has(diddoc.AssertionMethod, first) {
		t.Error("a compromised key is listed")
	}
	_, _, err = w.SigningKey(t.Context(), by.Scope, made.DID, first)
	wantError(t, err, vc.Conflict, "key-compromised")
	state, since, err := w.KeyFate(t.Context(), first)
	if state != vc.KeyCompromised || !since.Equal(w.clock.now()) || err != nil {
		t.Errorf("its fate: %v since %v, %v", state, since, err)
	}
	for _, unknown := range []string{made.DID, made.DID + "#no", "did:key:x#x", ""} {
		_, _, err = w.KeyFate(t.Context(), unknown)
		wantError(t, err, vc.NotFound, "key-not-found")
	}
}

func TestAddKey(t *testing.T) {
	w := newWorld(t)
	by, made := organisation(w)
	w.clock.pass(time.Minute)
	grown, err := w.AddKey(t.Context(), by, made.ID, vc.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	if _, key, err := w.SigningKey(t.Context(), by.Scope, "", ""); err != nil || key.Key.Algorithm != vc.Ed25519 {
		t.Errorf("the newest does not sign: %s, %v", key.Key.Algorithm, err)
	}
	for _, key := range grown.Keys {
		if _, got, err := w.SigningKey(t.Context(), by.Scope, "", key.Method); err != nil || got.Key.ID != key.Key.ID {
			t.Errorf("%s does not sign: %v", key.Method, err)
		}
	}
	_, err = w.AddKey(t.Context(), by, made.ID, "RSA")
	wantError(t, err, vc.Unsupported, "algorithm-not-supported")
}

func TestCannotRotate(t *testing.T) {
	w := newWorld(t)
	by := caller("a", "one")
	for _, method := range []string{"key", "jwk"} {
		made := w.create(by, identity.CreateRequest{Method: method})
		_, err := w.Rotate(t.Context(), by, made.ID, "")
		wantError(t, err, vc.Unsupported, "cannot-rotate")
		_, err = w.AddKey(t.Context(), by, made.ID, "")
		wantError(t, err, vc.Unsupported, "cannot-rotate")
		// Its key can still be given up: it signs no more, and the document is as it was.
		if _, err := w.SetKeyState(t.Context(), by, made.ID, made.Keys[0].Method, vc.KeyCompromised); err != nil {
			t.Error(err)
		}
		_, _, err = w.SigningKey(t.Context(), by.Scope, made.ID, "")
		wantError(t, err, vc.Conflict, "no-active-key")
		if document, _ := resolved(t, w, made.DID); len(document.VerificationMethods) == 0 {
			t.Error("the document changed")
		}
	}
}

func TestKeyStates(t *testing.T) {
	w := newWorld(t)
	by, made := organisation(w)
	set := func(method string, state vc.KeyState) (vc.Identity, error) {
		return w.SetKeyState(t.Context(), by, made.ID, method, state)
	}
	method := made.Keys[0].Method
	_, err := set(method, "lost")
	wantError(t, err, vc.Invalid, "key-state-unknown")
	_, err = set("#no", vc.KeyRetired)
	wantError(t, err, vc.NotFound, "key-not-found")
	if same, err := set(method, vc.KeyActive); err != nil || same.Revision != 1 {
		t.Errorf("revision %d, %v", same.Revision, err)
	}
	fragment := method[len(made.DID):]
	if got, err := set(fragment, vc.KeyRetired); err != nil || got.Keys[0].State != vc.KeyRetired {
		t.Errorf("%+v, %v", got, err)
	}
	if again, err := set(fragment[1:], vc.KeyRetired); err != nil || again.Revision != 2 {
		t.Errorf("revision %d, %v", again.Revision, err)
	}
	_, err = set(method, vc.KeyActive)
	wantError(t, err, vc.Conflict, "key-state")
	if _, err = set(method, vc.KeyCompromised); err != nil {
		t.Error(err)
	}
	_, err = set(method, vc.KeyRetired)
	wantError(t, err, vc.Conflict, "key-state")
}

func TestDeactivate(t *testing.T) {
	w := newWorld(t)
	by, made := organisation(w)
	signs(t, w, by.Scope, made)
	w.acts()
	for range 2 {
		if got, err := w.Deactivate(t.Context(), by, made.ID); err != nil || got.DeactivatedAt.IsZero() || got.Revision != 2 {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	w.wantActs("identity.deactivated")
	_, _, err := w.SigningKey(t.Context(), by.Scope, made.DID, "")
	wantError(t, err, vc.Conflict, "identity-deactivated")
	_, _, err = w.SigningKey(t.Context(), by.Scope, "", "")
	wantError(t, err, vc.Invalid, "no-identity")
	_, err = w.Rotate(t.Context(), by, made.ID, "")
	wantError(t, err, vc.Conflict, "identity-deactivated")
	document, metadata := resolved(t, w, made.DID)
	if !metadata.Deactivated || len(document.VerificationMethods) != 0 {
		t.Errorf("%+v %s", metadata, document.Raw)
	}
	_, err = w.WebDocument(t.Context(), "example.com", "/.well-known/did.json")
	wantError(t, err, vc.Gone, "deactivated")
}

// TestMethodTypes: a key stands in the document as its identity was asked to have it, and a new one as the one before it, where
// that holds it.
func TestMethodTypes(t *testing.T) {
	w := newWorld(t)
	by := caller("a", "one")
	made := w.create(by, identity.CreateRequest{Method: "web", Options: map[string]string{
		"domain": "example.com", "verificationMethodType": diddoc.Ed25519VerificationKey2018,
	}})
	check := func(i vc.Identity, want ...string) {
		t.Helper()
		stored, err := w.Get(t.Context(), by.Scope, i.ID)
		if err != nil {
			t.Fatal(err)
		}
		document, _ := resolved(t, w, made.DID)
		if len(stored.Keys) != len(want) {
			t.Fatalf("%d keys, want %d", len(stored.Keys), len(want))
		}
		for n, key := range stored.Keys {
			method, ok := document.Method(key.Method)
			if !ok || method.Type != want[n] {
				t.Errorf("key %d is listed as %q, want %s", n, method.Type, want[n])
			}
		}
	}
	check(made, diddoc.Ed25519VerificationKey2018)
	w.clock.pass(time.Second)
	rotated, err := w.Rotate(t.Context(), by, made.ID, "")
	if err != nil {
		t.Fatal(err)
	}
	check(rotated, diddoc.Ed25519VerificationKey2018, diddoc.Ed25519VerificationKey2018)
	w.clock.pass(time.Second)
	added, err := w.AddKeyAs(t.Context(), by, made.ID, vc.Ed25519, diddoc.Multikey)
	if err != nil {
		t.Fatal(err)
	}
	check(added, diddoc.Ed25519VerificationKey2018, diddoc.Ed25519VerificationKey2018, diddoc.Multikey)
	signs(t, w, by.Scope, added)
	if key, ok := identity.Newest(added, func(key vc.IdentityKey) bool { return key.Type == diddoc.Ed25519VerificationKey2018 }); !ok || key.Method != rotated.Keys[1].Method {
		t.Errorf("the newest key of that type is %s", key.Method)
	}
	_, err = w.AddKeyAs(t.Context(), by, made.ID, vc.P256, diddoc.Ed25519VerificationKey2018)
	wantError(t, err, vc.Invalid, "method-type")
	w.clock.pass(time.Second)
	old, err := w.AddKeyAs(t.Context(), by, made.ID, vc.Ed25519, diddoc.Ed25519VerificationKey2018)
	if err != nil {
		t.Fatal(err)
	}
	if old, err = w.AddKey(t.Context(), by, old.ID, vc.P256); err != nil { // which that type does not hold
		t.Fatal(err)
	}
	check(old, diddoc.Ed25519VerificationKey2018, diddoc.Ed25519VerificationKey2018, diddoc.Multikey, diddoc.Ed25519VerificationKey2018, diddoc.JSONWebKey2020)
	for _, method := range []string{"key", "jwk"} {
		_, err := w.Create(t.Context(), by, identity.CreateRequest{Method: method, Options: map[string]string{"verificationMethodType": diddoc.Multikey}})
		wantError(t, err, vc.Invalid, "unknown-option")
	}
}

// TestResolveAs: ours and others', in the form that is asked for.
func TestResolveAs(t *testing.T) {
	w := newWorld(t)
	by := caller("a", "one")
	mine := w.create(by, identity.CreateRequest{Method: "key"})
	for _, text := range []string{mine.DID, "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"} {
		resolution, ours, err := w.ResolveAs(t.Context(), vc.Scope{}, text, diddoc.ResolutionOptions{PublicKeyFormat: diddoc.Ed25519VerificationKey2018})
		if err != nil || ours != (text == mine.DID) || (resolution.Metadata.VersionID != "") != ours {
			t.Fatalf("%+v, %v", resolution.Metadata, err)
		}
		document, err := diddoc.Parse(resolution.Document)
		if err != nil || document.VerificationMethods[0].Type != diddoc.Ed25519VerificationKey2018 {
			t.Errorf("%s, %v", resolution.Document, err)
		}
	}
	_, _, err := w.ResolveAs(t.Context(), vc.Scope{}, mine.DID, diddoc.ResolutionOptions{PublicKeyFormat: diddoc.P256Key2021})
	wantError(t, err, vc.Invalid, "unsupportedPublicKeyType")
	_, web := organisation(w)
	_, _, err = w.ResolveAs(t.Context(), vc.Scope{}, web.DID, diddoc.ResolutionOptions{PublicKeyFormat: diddoc.Multikey})
	wantError(t, err, vc.Invalid, "invalidOptions")
	_, _, err = w.ResolveAs(t.Context(), vc.Scope{}, "did:key:zNothing", diddoc.ResolutionOptions{PublicKeyFormat: diddoc.Multikey})
	wantError(t, err, vc.Invalid, "invalidDid")
}
