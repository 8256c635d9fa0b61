// Package didtest is the law that every DID method keeps.
package didtest

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
)

// Subject is a method to prove and what it needs for that.
type Subject struct {
	Method     did.Method
	Options    map[string]string // of a creation that succeeds
	Algorithms []vc.Algorithm    // nil: all four
	// Key makes the keys of DIDs, for a Publish that signs with them; nil: keys of which only the public half is ever looked at.
	Key func(algorithm vc.Algorithm) vc.Key
	// Publish puts a document where Resolve finds it; nil for a method whose DIDs need no publishing.
	Publish func(did string, document []byte)
	Broken  []string // DIDs of the method that break its syntax
	Missing string   // a DID of the method that names nothing; "" when there is no such thing
}

// Run proves a method.
func Run(t *testing.T, s Subject) {
	if s.Algorithms == nil {
		s.Algorithms = []vc.Algorithm{vc.Ed25519, vc.P256, vc.P384, vc.Secp256k1}
	}
	t.Run("refuses", func(t *testing.T) { refuses(t, s) })
	if _, ok := s.Method.(did.Creator); ok {
		for _, algorithm := range s.Algorithms {
			t.Run("creates "+string(algorithm), func(t *testing.T) { creates(t, s, algorithm) })
		}
		t.Run("refuses to create", func(t *testing.T) { refusesToCreate(t, s) })
	}
	if _, ok := s.Method.(did.Typer); ok {
		for _, algorithm := range s.Algorithms {
			t.Run("lists "+string(algorithm), func(t *testing.T) { typed(t, s, algorithm) })
		}
	}
	if _, ok := s.Method.(did.Rotator); ok {
		t.Run("rotates", func(t *testing.T) { rotates(t, s) })
	}
}

// refuses: what is not a DID, or not one of this method, is invalid; one that names nothing is not found.
func refuses(t *testing.T, s Subject) {
	other := "did:other" + s.Method.Name() + ":123"
	for _, text := range append([]string{
		"", "did", "did:", "did:" + s.Method.Name(), "did:" + s.Method.Name() + ":", other, "https://example.com", "did:" + s.Method.Name() + ":\x00",
		"did:" + s.Method.Name() + ":a b", "DID:" + s.Method.Name() + ":a",
	}, s.Broken...) {
		resolution, err := s.Method.Resolve(t.Context(), text)
		if vc.KindOf(err) != vc.Invalid || code(err) != did.CodeInvalid || resolution.Document != nil {
			t.Errorf("%q: got %v (code %q)", text, err, code(err))
		}
	}
	if s.Missing == "" {
		return
	}
	if _, err := s.Method.Resolve(t.Context(), s.Missing); vc.KindOf(err) != vc.NotFound || code(err) != did.CodeNotFound {
		t.Errorf("%q: got %v (code %q)", s.Missing, err, code(err))
	}
}

// creates: a DID made here resolves to the document that came with it, which lists the key for assertion and
// authentication under the method id that came with it.
func creates(t *testing.T, s Subject, algorithm vc.Algorithm) {
	key := newKey(t, algorithm)
	if s.Key != nil {
		key = s.Key(algorithm)
	}
	created, err := s.Method.(did.Creator).Create(t.Context(), did.CreateRequest{Keys: []vc.Key{key}, Options: s.Options})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(created.DID, "did:"+s.Method.Name()+":") || len(created.Methods) != 1 || !strings.HasPrefix(created.Methods[0], created.DID+"#") {
		t.Fatalf("made %q with methods %q", created.DID, created.Methods)
	}
	if s.Publish != nil {
		s.Publish(created.DID, created.Document)
	}
	resolution, err := s.Method.Resolve(t.Context(), created.DID)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(resolution.Document, created.Document) {
		t.Errorf("resolves to\n%s\nand was made as\n%s", resolution.Document, created.Document)
	}
	if resolution.ContentType != did.ContentType && resolution.ContentType != "application/did+json" {
		t.Errorf("content type %q", resolution.ContentType)
	}
	document := parse(t, resolution.Document, created.DID)
	lists(t, document, created.Methods[0], key, diddoc.AssertionMethod, diddoc.Authentication)
}

// refusesToCreate: no keys, an unknown option, a key of no kind.
func refusesToCreate(t *testing.T, s Subject) {
	creator := s.Method.(did.Creator)
	key := newKey(t, s.Algorithms[0])
	broken := key
	broken.PublicJWK = []byte(`{"kty":"oct","k":"AA"}`)
	for name, request := range map[string]did.CreateRequest{
		"no key":         {Options: s.Options},
		"unknown option": {Keys: []vc.Key{key}, Options: map[string]string{"no such/option": "x"}},
		"broken key":     {Keys: []vc.Key{broken}, Options: s.Options},
	} {
		if got, err := creator.Create(t.Context(), request); vc.KindOf(err) != vc.Invalid {
			t.Errorf("%s: made %q, %v", name, got.DID, err)
		}
	}
}

// rotates: an active key is for all, a retired one to verify, a compromised one is gone, a deactivated DID has none;
// ids of methods stay.
func rotates(t *testing.T, s Subject) {
	rotator := s.Method.(did.Rotator)
	first, second := newKey(t, s.Algorithms[0]), newKey(t, s.Algorithms[0])
	created, err := s.Method.(did.Creator).Create(t.Context(), did.CreateRequest{Keys: []vc.Key{first}, Options: s.Options})
	if err != nil {
		t.Fatal(err)
	}
	if id, err := rotator.MethodID(created.DID, first); err != nil || id != created.Methods[0] {
		t.Errorf("the first key is %q, then %q (%v)", created.Methods[0], id, err)
	}
	next, err := rotator.MethodID(created.DID, second)
	if err != nil || next == created.Methods[0] {
		t.Fatalf("both keys are %q, %v", next, err)
	}
	identity := vc.Identity{DID: created.DID, Method: s.Method.Name(), Keys: []vc.IdentityKey{
		{Key: first, Method: created.Methods[0], Purposes: did.Purposes(), State: vc.KeyRetired},
		{Key: second, Method: next, Purposes: did.Purposes(), State: vc.KeyActive},
	}}
	document := parse(t, written(t, rotator, identity), created.DID)
	lists(t, document, created.Methods[0], first, diddoc.AssertionMethod)
	if document.Has(diddoc.Authentication, created.Methods[0]) || document.Has(diddoc.CapabilityInvocation, created.Methods[0]) {
		t.Error("a retired key may act anew")
	}
	lists(t, document, next, second, diddoc.AssertionMethod, diddoc.Authentication)

	identity.Keys[0].State = vc.KeyCompromised
	document = parse(t, written(t, rotator, identity), created.DID)
	if _, ok := document.Method(created.Methods[0]); ok {
		t.Error("a compromised key is listed")
	}
	lists(t, document, next, second, diddoc.AssertionMethod)

	identity.DeactivatedAt = time.Unix(1, 0)
	if document = parse(t, written(t, rotator, identity), created.DID); len(document.VerificationMethods) != 0 {
		t.Error("a deactivated DID has keys")
	}
}

// lists fails unless the document has the key under that id for those relationships.
func lists(t *testing.T, document diddoc.Document, id string, key vc.Key, relationships ...diddoc.Relationship) {
	t.Helper()
	method, ok := document.Method(id)
	if !ok {
		t.Fatalf("%q is not listed", id)
	}
	want, err := jose.ParseJWK(key.PublicJWK)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := method.PublicKey(); err != nil || !got.Equal(want) {
		t.Errorf("another key is listed: %v", err)
	}
	for _, relationship := range relationships {
		if !document.Has(relationship, id) {
			t.Errorf("%q is not listed for %s", id, relationship)
		}
	}
}

func written(t *testing.T, rotator did.Rotator, identity vc.Identity) []byte {
	t.Helper()
	text, err := rotator.Document(identity)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func parse(t *testing.T, text []byte, id string) diddoc.Document {
	t.Helper()
	document, err := diddoc.Parse(text)
	if err != nil || document.ID != id {
		t.Fatalf("the document is of %q: %v\n%s", document.ID, err, text)
	}
	return document
}

// newKey makes a key of which only the public half is ever looked at.
func newKey(t *testing.T, algorithm vc.Algorithm) vc.Key {
	t.Helper()
	public, err := jose.NewPublicKey(publicKey(t, algorithm))
	if err != nil {
		t.Fatal(err)
	}
	return vc.Key{ID: "1", Algorithm: algorithm, PublicJWK: public.JWK()}
}

func publicKey(t *testing.T, algorithm vc.Algorithm) crypto.PublicKey {
	t.Helper()
	switch algorithm {
	case vc.Ed25519:
		public, _, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		return public
	case vc.Secp256k1:
		private, err := secp256k1.GeneratePrivateKey()
		if err != nil {
			t.Fatal(err)
		}
		return private.PubKey()
	}
	curve := elliptic.P256()
	if algorithm == vc.P384 {
		curve = elliptic.P384()
	}
	private, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &private.PublicKey
}

func code(err error) string {
	e, _ := errors.AsType[*vc.Error](err)
	if e == nil {
		return ""
	}
	return e.Code
}
