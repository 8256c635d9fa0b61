package multikey

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha512"
	"encoding/base64"
	"encoding/binary"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/spec/jose"
)

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed")
		edwards := ed25519.NewKeyFromSeed(seed).Public()
		k1 := secp256k1.PrivKeyFromBytes(append([]byte{1}, seed[1:]...)).PubKey()
		p256, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), append([]byte{1}, seed[1:]...))
		if err != nil {
			t.Fatal(err)
		}
		p384, err := ecdsa.ParseRawPrivateKey(elliptic.P384(), append([]byte{1}, append(seed, seed[:15]...)...))
		if err != nil {
			t.Fatal(err)
		}
		for prefix, raw := range map[string]any{"z6Mk": edwards, "zQ3s": k1, "zDna": &p256.PublicKey, "z82L": &p384.PublicKey} {
			key, err := jose.NewPublicKey(raw)
			if err != nil {
				t.Fatal(prefix, err)
			}
			text, err := Encode(key)
			if err != nil || text[:4] != prefix {
				t.Fatal(prefix, text, err)
			}
			again, err := Decode(text)
			if err != nil || !again.Equal(key) {
				t.Fatal(prefix, err)
			}
			code, bytes, err := Split(text)
			if err != nil {
				t.Fatal(err)
			}
			url := "u" + base64.RawURLEncoding.EncodeToString(append(binary.AppendUvarint(nil, code), bytes...))
			if again, err = Decode(url); err != nil || !again.Equal(key) {
				t.Fatal(url, err)
			}
		}
	})
}

// The public key of the clamped half of an Ed25519 private key's hash is that of its X25519 sibling: RFC 8032 §5.1.5.
func TestX25519FromEd25519(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "seed")
		sum := sha512.Sum512(seed)
		private, err := ecdh.X25519().NewPrivateKey(sum[:32])
		if err != nil {
			t.Fatal(err)
		}
		got, err := X25519FromEd25519(ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey))
		if err != nil || !bytes.Equal(got, private.PublicKey().Bytes()) {
			t.Fatalf("%x %v", got, err)
		}
		text, err := EncodeX25519(got)
		if err != nil || text[:4] != "z6LS" {
			t.Fatal(text, err)
		}
		if raw, err := DecodeX25519(text); err != nil || !bytes.Equal(raw, got) {
			t.Fatal(err)
		}
		if key, err := DecodeAgreement(text); err != nil || !key.Equal(private.PublicKey()) {
			t.Fatal(err)
		}
	})
	if _, err := X25519FromEd25519(make([]byte, 32)); err == nil {
		t.Error("a weak key passed")
	}
	if _, err := X25519FromEd25519(nil); err == nil {
		t.Error("no key passed")
	}
}

func TestAgreement(t *testing.T) {
	for _, curve := range []ecdh.Curve{ecdh.X25519(), ecdh.P256(), ecdh.P384()} {
		private, err := curve.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		text, err := EncodeAgreement(private.PublicKey())
		if err != nil {
			t.Fatal(err)
		}
		if key, err := DecodeAgreement(text); err != nil || !key.Equal(private.PublicKey()) {
			t.Errorf("%v: %v", curve, err)
		}
	}
}

func TestRefused(t *testing.T) {
	const good = "z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"
	_, raw, err := Split(good)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"empty": "", "only a base": "z", "no base": good[1:], "another base": "m" + good[1:], "not base58": good + "0", "short": good[:20],
		"long": good + "1", "too long": good + good + good, "x25519": Join(CodeX25519, raw), "unknown code": Join(0x1202, raw), "private key": Join(0x1300, raw),
		"code in too many bytes": Join(0, append([]byte{0}, raw...)), "uncompressed": Join(CodeP256, append([]byte{4}, append(raw, raw...)...)),
		"off the curve": Join(CodeP256, append([]byte{2}, bytes.Repeat([]byte{0xff}, 32)...)), "secp256k1 off the curve": Join(CodeSecp256k1, append([]byte{2}, bytes.Repeat([]byte{0xff}, 32)...)),
		"point form": Join(CodeSecp256k1, append([]byte{5}, raw...)), "weak": Join(CodeEd25519, make([]byte, 32)), "padded": "u7QE=", "line break": "u7Q\nE",
	} {
		if _, err := Decode(text); err == nil {
			t.Errorf("%s: %q passed", name, text)
		}
	}
	if _, err := Decode("z" + Join(CodeEd25519, raw)[1:]); err != nil {
		t.Error(err)
	}
	if _, err := Encode(jose.PublicKey{}); err == nil {
		t.Error("no key was encoded")
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{"z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", "zDnaerx9CtbPJ1q36T5Ln5wYt3MQYeGRG5ehnPAmxcf5mDZpv", "u7QE"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if key, err := Decode(text); err == nil {
			again, err := Encode(key)
			if err != nil || text[0] == 'z' && again != text {
				t.Fatalf("%q became %q: %v", text, again, err)
			}
		}
		_, _ = DecodeAgreement(text)
	})
}

func BenchmarkDecode(b *testing.B) {
	for b.Loop() {
		if _, err := Decode("z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp"); err != nil {
			b.Fatal(err)
		}
	}
}
