// Package keystest is the law that every key store keeps.
package keystest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/jose"
)

// Algorithms are those that a store may have; Run asks for each and passes over what it refuses as unsupported.
func Algorithms() []vc.Algorithm {
	return []vc.Algorithm{vc.Ed25519, vc.P256, vc.P384, vc.Secp256k1}
}

// Run proves the store that open gives; each call of open gives a fresh one, which is closed by t.Cleanup.
func Run(t *testing.T, open func(t *testing.T) keys.Store) {
	for _, algorithm := range Algorithms() {
		t.Run(string(algorithm), func(t *testing.T) {
			s := open(t)
			key, ok := generate(t, s, algorithm)
			if !ok {
				t.Skip("the store does not have this algorithm")
			}
			t.Run("row", func(t *testing.T) { row(t, s, key, algorithm) })
			t.Run("signature", func(t *testing.T) { signature(t, s, key) })
			t.Run("moved", func(t *testing.T) { moved(t, s, key) })
			t.Run("foreign", func(t *testing.T) { foreign(t, open(t), s, key) })
			t.Run("concurrent", func(t *testing.T) { concurrent(t, s, key) })
		})
	}
	t.Run("unknown algorithm", func(t *testing.T) {
		for _, algorithm := range []vc.Algorithm{"", "RSA", "ed25519", "P-521"} {
			if _, err := open(t).Generate(t.Context(), scope(), algorithm); vc.KindOf(err) != vc.Unsupported {
				t.Errorf("%q: got %v, want a refusal as unsupported", algorithm, err)
			}
		}
	})
}

func scope() vc.Scope { return vc.Scope{Tenant: "tenant-1", Organisation: "organisation-1"} }

func generate(t *testing.T, s keys.Store, algorithm vc.Algorithm) (vc.Key, bool) {
	t.Helper()
	key, err := s.Generate(t.Context(), scope(), algorithm)
	if vc.KindOf(err) == vc.Unsupported {
		return vc.Key{}, false
	}
	if err != nil {
		t.Fatal(err)
	}
	return key, true
}

// row: a key says whose and what it is, has a public key of its algorithm, and no two are the same.
func row(t *testing.T, s keys.Store, key vc.Key, algorithm vc.Algorithm) {
	if key.ID == "" || key.Scope != scope() || key.Algorithm != algorithm || key.Store == "" || len(key.Sealed) == 0 {
		t.Errorf("the row is not complete: id %q, scope %v, algorithm %q, store %q", key.ID, key.Scope, key.Algorithm, key.Store)
	}
	if age := time.Since(key.CreatedAt); age < -time.Minute || age > time.Minute || key.CreatedAt.Location() != time.UTC {
		t.Errorf("made at %v", key.CreatedAt)
	}
	public := publicKey(t, key)
	if public.Algorithm != algorithm.JOSE() {
		t.Errorf("the public key is for %s", public.Algorithm)
	}
	other, _ := generate(t, s, algorithm)
	if other.ID == key.ID || bytes.Equal(other.PublicJWK, key.PublicJWK) {
		t.Error("two keys are the same")
	}
}

// signature: what is signed verifies with the public key, for this input only, and is the same each time.
func signature(t *testing.T, s keys.Store, key vc.Key) {
	public := publicKey(t, key)
	for _, input := range [][]byte{nil, []byte("input"), bytes.Repeat([]byte("long "), 10000)} {
		first := sign(t, s, key, input)
		if err := jose.Verify(public, input, first); err != nil {
			t.Fatalf("the signature of %d bytes does not verify: %v", len(input), err)
		}
		if jose.Verify(public, append([]byte("x"), input...), first) == nil {
			t.Error("the signature verifies for another input")
		}
		if !bytes.Equal(first, sign(t, s, key, input)) {
			t.Error("equal input gives another signature")
		}
	}
}

// moved: a row whose place was changed, or whose sealed bytes were, does not sign, also after it did unchanged.
func moved(t *testing.T, s keys.Store, key vc.Key) {
	sign(t, s, key, []byte("input"))
	other, _ := generate(t, s, key.Algorithm)
	for name, change := range map[string]func(*vc.Key){
		"id":             func(k *vc.Key) { k.ID = other.ID },
		"tenant":         func(k *vc.Key) { k.Scope.Tenant = "tenant-2" },
		"organisation":   func(k *vc.Key) { k.Scope.Organisation = "organisation-2" },
		"algorithm":      func(k *vc.Key) { k.Algorithm = otherThan(k.Algorithm) },
		"sealed, other":  func(k *vc.Key) { k.Sealed = other.Sealed },
		"sealed, empty":  func(k *vc.Key) { k.Sealed = nil },
		"sealed, cut":    func(k *vc.Key) { k.Sealed = k.Sealed[:len(k.Sealed)-1] },
		"sealed, begin":  func(k *vc.Key) { k.Sealed = flip(k.Sealed, 0) },
		"sealed, middle": func(k *vc.Key) { k.Sealed = flip(k.Sealed, len(k.Sealed)/2) },
		"sealed, end":    func(k *vc.Key) { k.Sealed = flip(k.Sealed, len(k.Sealed)-1) },
	} {
		changed := key
		change(&changed)
		refused(t, name, s, changed)
	}
}

// foreign: a key of another store of the same kind does not sign.
func foreign(t *testing.T, elsewhere, s keys.Store, key vc.Key) {
	if elsewhere == s {
		t.Skip("the store is one for all")
	}
	refused(t, "another store's key", elsewhere, key)
}

func refused(t *testing.T, name string, s keys.Store, key vc.Key) {
	t.Helper()
	got, err := s.Sign(context.Background(), key, []byte("input"))
	if e, ok := errors.AsType[*vc.Error](err); got != nil || !ok || e.Kind != vc.Internal {
		t.Errorf("%s: got a signature of %d bytes and %v, want an internal error", name, len(got), err)
	}
}

// concurrent: keys sign and are made at the same time.
func concurrent(t *testing.T, s keys.Store, key vc.Key) {
	public := publicKey(t, key)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			input := []byte{byte(i)}
			got, err := s.Sign(context.Background(), key, input)
			if err != nil || jose.Verify(public, input, got) != nil {
				t.Errorf("a signature made beside others: %v", err)
			}
			fresh, err := s.Generate(context.Background(), vc.Scope{Tenant: string(rune('a' + i%3))}, key.Algorithm)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := s.Sign(context.Background(), fresh, input); err != nil {
				t.Errorf("a key made beside others: %v", err)
			}
		})
	}
	all.Wait()
}

func sign(t *testing.T, s keys.Store, key vc.Key, input []byte) []byte {
	t.Helper()
	got, err := s.Sign(t.Context(), key, input)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func publicKey(t *testing.T, key vc.Key) jose.PublicKey {
	t.Helper()
	public, err := jose.ParseJWK(key.PublicJWK)
	if err != nil {
		t.Fatalf("the public JWK: %v", err)
	}
	return public
}

func otherThan(algorithm vc.Algorithm) vc.Algorithm {
	if algorithm == vc.P256 {
		return vc.Secp256k1 // of the same length
	}
	return vc.P256
}

func flip(sealed []byte, at int) []byte {
	changed := bytes.Clone(sealed)
	changed[at] ^= 1
	return changed
}
