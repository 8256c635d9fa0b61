package web

import (
	"crypto/ed25519"
	"strconv"
	"strings"
	"testing"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/jsonld"
)

// TestDocumentsAreLinked: the contexts of a document define all it says, whatever its keys are listed as, and together too. Of
// JsonWebKey and EcdsaSecp256r1VerificationKey2019 no context is shipped to see it with.
func TestDocumentsAreLinked(t *testing.T) {
	edwards, err := jose.NewPublicKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)).Public())
	if err != nil {
		t.Fatal(err)
	}
	koblitz, err := jose.NewPublicKey(secp256k1.PrivKeyFromBytes([]byte{1}).PubKey())
	if err != nil {
		t.Fatal(err)
	}
	const text = "did:web:example.com"
	all := vc.Identity{DID: text}
	for n, listed := range []struct {
		key        jose.PublicKey
		methodType string
	}{
		{edwards, ""},
		{edwards, diddoc.Multikey},
		{edwards, diddoc.Ed25519VerificationKey2018},
		{edwards, diddoc.Ed25519VerificationKey2020},
		{koblitz, diddoc.EcdsaSecp256k1VerificationKey2019},
	} {
		key := vc.IdentityKey{
			Key: vc.Key{PublicJWK: listed.key.JWK()}, Method: text + "#" + strconv.Itoa(n), Type: listed.methodType,
			Purposes: did.Purposes(), State: vc.KeyActive,
		}
		linked(t, vc.Identity{DID: text, Keys: []vc.IdentityKey{key}}, 1)
		all.Keys = append(all.Keys, key)
	}
	linked(t, all, len(all.Keys))
}

func linked(t *testing.T, identity vc.Identity, keys int) {
	t.Helper()
	document, err := Method{}.Document(identity)
	if err != nil {
		t.Fatal(err)
	}
	quads, err := new(jsonld.Processor).ToRDF(document, nil)
	if err != nil {
		t.Fatalf("%v in %s", err, document)
	}
	found := 0
	for _, quad := range quads {
		if strings.HasPrefix(quad.Predicate.Value, "https://w3id.org/security#publicKey") {
			found++
		}
	}
	if found != keys {
		t.Errorf("%d keys of %d in %s", found, keys, document)
	}
}
