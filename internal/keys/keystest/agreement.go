package keystest

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/hex"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/spec/jose"
)

// RunAgreement proves a store as a [keys.Agreer]; one that is none is passed over. Each call of open gives a fresh store.
func RunAgreement(t *testing.T, open func(t *testing.T) keys.Store) {
	s := open(t)
	agreer, ok := s.(keys.Agreer)
	if !ok {
		t.Skip("the store does not agree on secrets")
	}
	key, ok := generate(t, s, vc.Ed25519)
	if !ok {
		t.Skip("the store does not have Ed25519")
	}
	t.Run("two keys", func(t *testing.T) {
		other, _ := generate(t, s, vc.Ed25519)
		one, two := agree(t, agreer, key, half(t, other)), agree(t, agreer, other, half(t, key))
		if len(one) != 32 || !bytes.Equal(one, two) || !bytes.Equal(one, agree(t, agreer, key, half(t, other))) {
			t.Error("two keys of the store do not agree")
		}
	})
	t.Run("outside", func(t *testing.T) { outside(t, agreer, key) })
	t.Run("low order", func(t *testing.T) { lowOrder(t, agreer, key) })
	t.Run("moved", func(t *testing.T) { movedAgreement(t, s, open(t), key) })
	t.Run("other algorithms", func(t *testing.T) {
		for _, algorithm := range Algorithms()[1:] {
			if other, ok := generate(t, s, algorithm); ok {
				notAgreed(t, string(algorithm), agreer, other, half(t, key), vc.Unsupported)
			}
		}
	})
	t.Run("concurrent", func(t *testing.T) { concurrentAgreement(t, s, key) })
}

// outside: the secret is the one that a key outside of every store has with it.
func outside(t *testing.T, agreer keys.Agreer, key vc.Key) {
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	mine, err := didcomm.AgreementKey(private)
	if err != nil {
		t.Fatal(err)
	}
	public, err := ecdh.X25519().NewPublicKey(half(t, key))
	if err != nil {
		t.Fatal(err)
	}
	want, err := mine.ECDH(public)
	if err != nil {
		t.Fatal(err)
	}
	if got := agree(t, agreer, key, mine.PublicKey().Bytes()); !bytes.Equal(got, want) {
		t.Error("another secret than the peer's")
	}
}

// lowOrder: points for which every key has the secret zero are refused, and what is no point of 32 bytes.
func lowOrder(t *testing.T, agreer keys.Agreer, key vc.Key) {
	for _, text := range []string{
		"0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
		"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"0000000000000000000000000000000000000000000000000000000000000080",
	} {
		peer, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		notAgreed(t, text, agreer, key, peer, vc.Invalid)
	}
	for _, length := range []int{0, 1, 31, 33, 64} {
		notAgreed(t, "a wrong length", agreer, key, bytes.Repeat([]byte{9}, length), vc.Invalid)
	}
}

// movedAgreement: a row that was changed, and one of another store, agrees no more than it signs.
func movedAgreement(t *testing.T, s, elsewhere keys.Store, key vc.Key) {
	peer := half(t, key)
	other, _ := generate(t, s, vc.Ed25519)
	for name, change := range map[string]func(*vc.Key){
		"id":           func(k *vc.Key) { k.ID = other.ID },
		"tenant":       func(k *vc.Key) { k.Scope.Tenant = "tenant-2" },
		"organisation": func(k *vc.Key) { k.Scope.Organisation = "organisation-2" },
		"algorithm":    func(k *vc.Key) { k.Algorithm = vc.P256 },
		"sealed":       func(k *vc.Key) { k.Sealed = flip(k.Sealed, len(k.Sealed)/2) },
		"none":         func(k *vc.Key) { k.Sealed = nil },
	} {
		changed := key
		change(&changed)
		notAgreed(t, name, s.(keys.Agreer), changed, peer, vc.Internal)
	}
	if elsewhere != s {
		notAgreed(t, "another store's key", elsewhere.(keys.Agreer), key, peer, vc.Internal)
	}
}

// concurrentAgreement: one key agrees and signs at the same time.
func concurrentAgreement(t *testing.T, s keys.Store, key vc.Key) {
	fresh, _ := generate(t, s, vc.Ed25519)
	want := agree(t, s.(keys.Agreer), key, half(t, fresh))
	public := publicKey(t, fresh)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			got, err := s.(keys.Agreer).Agree(context.Background(), fresh, half(t, key))
			if err != nil || !bytes.Equal(got, want) {
				t.Errorf("a secret agreed on beside others: %v", err)
			}
			signature, err := s.Sign(context.Background(), fresh, []byte{byte(i)})
			if err != nil || jose.Verify(public, []byte{byte(i)}, signature) != nil {
				t.Errorf("a signature made beside others: %v", err)
			}
		})
	}
	all.Wait()
}

func agree(t *testing.T, agreer keys.Agreer, key vc.Key, peer []byte) []byte {
	t.Helper()
	got, err := agreer.Agree(t.Context(), key, peer)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func notAgreed(t *testing.T, name string, agreer keys.Agreer, key vc.Key, peer []byte, kind vc.Kind) {
	t.Helper()
	if got, err := agreer.Agree(t.Context(), key, peer); got != nil || err == nil || vc.KindOf(err) != kind {
		t.Errorf("%s: a secret of %d bytes and %v, want the kind %v", name, len(got), err, kind)
	}
}

// half is the X25519 sibling of a key's public half.
func half(t *testing.T, key vc.Key) []byte {
	t.Helper()
	public, ok := publicKey(t, key).Key.(ed25519.PublicKey)
	if !ok {
		t.Fatalf("a key of type %T", publicKey(t, key).Key)
	}
	verkey, err := didcomm.NewVerkey(public)
	if err != nil {
		t.Fatal(err)
	}
	agreement, err := verkey.Agreement()
	if err != nil {
		t.Fatal(err)
	}
	return agreement.Bytes()
}
