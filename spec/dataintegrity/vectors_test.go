package dataintegrity

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/jsonld"
	"github.com/chancery-vc/chancery/spec/ldcontext/known"
	"github.com/chancery-vc/chancery/spec/multikey"
)

const (
	eddsaSource = "github.com/w3c/vc-di-eddsa abb673eb9df673e24a8eaf939337de74759b5f8d"
	ecdsaSource = "github.com/w3c/vc-di-ecdsa 00781de52c036723bbd88d89b07818a2914a6b9e"
)

// citizenship is the one context of these vectors that may be missing among those that are shipped.
const citizenship = "https://w3id.org/citizenship/v4rc1"

// forms is a Canonicalizer that knows the canonical form of some documents, as JSON and N-Quads by turns, and no other.
type forms []string

func (f forms) Canonicalize(_ context.Context, document []byte, _ crypto.Hash) ([]byte, error) {
	for i := 0; i < len(f); i += 2 {
		if same, err := ijson.Equal([]byte(f[i]), document); err != nil || same {
			return []byte(f[i+1]), err
		}
	}
	return nil, errors.New("another document")
}

// noting is a Canonicalizer that keeps what another gave.
type noting struct {
	of  Canonicalizer
	got *[]string
}

func (n noting) Canonicalize(ctx context.Context, document []byte, hash crypto.Hash) ([]byte, error) {
	form, err := n.of.Canonicalize(ctx, document, hash)
	*n.got = append(*n.got, string(form))
	return form, err
}

func rdfc() RDFC { return RDFC{Processor: &jsonld.Processor{}} }

// vector is a folder of the W3C's vectors: files are named by a stem, what they hold and the vector's own suffix.
type vector struct {
	source, folder, dir, suffix string
	key                         crypto.PrivateKey
}

func (v vector) read(t *testing.T, stem, ext string) []byte {
	t.Helper()
	return sharedtest.Read(t, v.source, "vectors", v.folder, v.dir, stem+v.suffix+ext)
}

func vectors(t *testing.T) []vector {
	t.Helper()
	ed := private(t, eddsaSource, "di-eddsa", "keyPair.json")
	p256 := private(t, ecdsaSource, "di-ecdsa", "p256KeyPair.json")
	p384 := private(t, ecdsaSource, "di-ecdsa", "p384KeyPair.json")
	return []vector{
		{eddsaSource, "di-eddsa", "eddsa-rdfc-2022", "DataInt", ed},
		{eddsaSource, "di-eddsa", "eddsa-rdfc-2022/employ", "DataInt", ed},
		{eddsaSource, "di-eddsa", "eddsa-jcs-2022", "JCS", ed},
		{eddsaSource, "di-eddsa", "Ed25519Signature2020", "EdSig", ed},
		{ecdsaSource, "di-ecdsa", "ecdsa-rdfc-2019-p256", "ECDSAP256", p256},
		{ecdsaSource, "di-ecdsa", "ecdsa-rdfc-2019-p256/employ", "ECDSAP256", p256},
		{ecdsaSource, "di-ecdsa", "ecdsa-rdfc-2019-p384", "ECDSAP384", p384},
		{ecdsaSource, "di-ecdsa", "ecdsa-rdfc-2019-p384/employ", "ECDSAP384", p384},
		{ecdsaSource, "di-ecdsa", "ecdsa-jcs-2019-p256", "JCSECDSAP256", p256},
		{ecdsaSource, "di-ecdsa", "ecdsa-jcs-2019-p384", "JCSECDSAP384", p384},
	}
}

// private reads a secret Multikey: multicodec ed25519-priv, p256-priv and p384-priv.
func private(t *testing.T, source, folder, name string) crypto.PrivateKey {
	t.Helper()
	var pair struct{ PublicKeyMultibase, PrivateKeyMultibase, SecretKeyMultibase string }
	if err := json.Unmarshal(sharedtest.Read(t, source, "vectors", folder, name), &pair); err != nil {
		t.Fatal(err)
	}
	key := secret(t, pair.PrivateKeyMultibase+pair.SecretKeyMultibase)
	public, err := jose.Public(key)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := multikey.Encode(public); err != nil || text != pair.PublicKeyMultibase {
		t.Fatalf("%s %v, want %s", text, err, pair.PublicKeyMultibase)
	}
	return key
}

func secret(t *testing.T, text string) crypto.PrivateKey {
	t.Helper()
	code, raw, err := multikey.Split(text)
	if err != nil {
		t.Fatal(err)
	}
	var curve elliptic.Curve
	switch code {
	case 0x1300:
		return ed25519.NewKeyFromSeed(raw)
	case 0x1306:
		curve = elliptic.P256()
	case 0x1307:
		curve = elliptic.P384()
	default:
		t.Fatalf("another code: %x", code)
	}
	key, err := ecdsa.ParseRawPrivateKey(curve, raw)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Every step that the vectors show is made again, byte for byte, from the signed document without its proof.
func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.dir, func(t *testing.T) {
			signed := v.read(t, "signed", ".json")
			proofs, err := Read(signed)
			if err != nil || len(proofs) != 1 {
				t.Fatal(proofs, err)
			}
			proof := proofs[0]
			public, err := jose.Public(v.key)
			if err != nil {
				t.Fatal(err)
			}
			document := v.read(t, "canonDoc", ".txt")
			options := v.read(t, "proofCanon", ".txt")
			given := forms{string(proof.Document), string(document), string(v.read(t, "proofConfig", ".json")), string(options)}
			if err := proof.Verify(t.Context(), public, given); err != nil {
				t.Errorf("with the vector's canonical forms: %v", err)
			}
			var canonical Canonicalizer = rdfc()
			if _, ok := known.Lookup(citizenship); !ok && bytes.Contains(signed, []byte(citizenship)) {
				t.Logf("the canonical forms are the vector's: no context is known under %s", citizenship)
				canonical = given
			}
			if err := proof.Verify(t.Context(), public, canonical); err != nil {
				t.Errorf("with our own: %v", err)
			}

			var got []string
			prepared, err := Prepare(t.Context(), proof.Document, optionsOf(proof), noting{canonical, &got})
			if err != nil {
				t.Fatal(err)
			}
			if !proof.Suite.JCS && (len(got) != 2 || got[0] != string(options) || got[1] != string(document)) {
				t.Errorf("canonical forms %q", got)
			}
			combined := strings.TrimSpace(string(v.read(t, "combinedHash", ".txt")))
			if hex.EncodeToString(prepared.Input) != combined {
				t.Errorf("input %x, want %s", prepared.Input, combined)
			}
			signature, err := jose.Sign(v.key, public.Algorithm, prepared.Input)
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.TrimSpace(string(v.read(t, "sigHex", ".txt"))); hex.EncodeToString(signature) != want {
				t.Errorf("signature %x, want %s", signature, want)
			}
			secured, err := prepared.Secure(signature)
			if err != nil {
				t.Fatal(err)
			}
			if same, err := ijson.Equal(secured, signed); err != nil || !same {
				t.Errorf("%s %v, want %s", secured, err, signed)
			}
			if want := strings.TrimSpace(string(v.read(t, "sigBTC58", ".txt"))); !bytes.Contains(secured, []byte(`"`+want+`"`)) {
				t.Errorf("%s has no %s", secured, want)
			}
		})
	}
}

// optionsOf is what one says to get the same proof again.
func optionsOf(p Proof) Options {
	return Options{
		Suite: p.Suite, Algorithm: p.Algorithm, Method: p.Method, Purpose: p.Purpose, ID: p.ID, Created: p.Created,
		Expires: p.Expires, Domain: p.Domain, Challenge: p.Challenge, Nonce: p.Nonce, Previous: p.Previous,
	}
}

// A set of two proofs, a third that covers both, a fourth that covers the third: each is made again, and found.
func TestProofChainVectors(t *testing.T) {
	read := func(name string) []byte {
		return sharedtest.Read(t, eddsaSource, "vectors", "di-eddsa", "proof-set-chain", name)
	}
	var pairs map[string]struct{ PrivateKeyMultibase string }
	if err := json.Unmarshal(read("multiKeyPairs.json"), &pairs); err != nil {
		t.Fatal(err)
	}
	canonical := rdfc()
	document := read("unsigned.json")
	for i, name := range []string{"signedProofSet1.json", "signedProofSet2.json", "signedProofChain1.json", "signedProofChain2.json"} {
		want := read(name)
		proofs, err := Read(want)
		if err != nil || len(proofs) != i+1 {
			t.Fatal(name, proofs, err)
		}
		for _, proof := range proofs {
			_, text, _ := strings.Cut(proof.Method, "#")
			key, err := multikey.Decode(text)
			if err != nil {
				t.Fatal(err)
			}
			if err := proof.Verify(t.Context(), key, canonical); err != nil {
				t.Errorf("%s %s: %v", name, proof.Pointer, err)
			}
		}
		prepared, err := Prepare(t.Context(), document, optionsOf(proofs[i]), canonical)
		if err != nil {
			t.Fatal(name, err)
		}
		key := secret(t, pairs["keyPair"+string(rune('1'+i))].PrivateKeyMultibase)
		signature, err := jose.Sign(key, jose.EdDSA, prepared.Input)
		if err != nil {
			t.Fatal(err)
		}
		secured, err := prepared.Secure(signature)
		if err != nil {
			t.Fatal(err)
		}
		if same, err := ijson.Equal(secured, want); err != nil || !same {
			t.Errorf("%s: %s %v", name, secured, err)
		}
		document = secured
	}
	// A proof that others cover cannot be exchanged, even for another good one by the same key.
	changed := bytes.Replace(document, []byte("2023-02-24T23:36:38Z"), []byte("2023-02-24T23:36:39Z"), 1)
	proofs, err := Read(changed)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{CodeSignature, "", CodeSignature, ""} {
		_, text, _ := strings.Cut(proofs[i].Method, "#")
		key, err := multikey.Decode(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := code(proofs[i].Verify(t.Context(), key, canonical)); got != want {
			t.Errorf("%s: %q, want %q", proofs[i].Pointer, got, want)
		}
	}
}

// code is the code of this package's error, "" for none.
func code(err error) string {
	if err == nil {
		return ""
	}
	if fault, ok := errors.AsType[*Error](err); ok {
		return fault.Code
	}
	return err.Error()
}
