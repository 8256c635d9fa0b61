package api_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
)

// signer is an issuer whose key the server has never seen: a did:jwk.
type signer struct {
	did string
	key ed25519.PrivateKey
}

func newSigner(t *testing.T) signer {
	t.Helper()
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	jwk, err := json.Marshal(map[string]string{"kty": "OKP", "crv": "Ed25519", "x": base64.RawURLEncoding.EncodeToString(public)})
	if err != nil {
		t.Fatal(err)
	}
	return signer{did: "did:jwk:" + base64.RawURLEncoding.EncodeToString(jwk), key: private}
}

// jws signs the payload of an unsigned token under a header of its own.
func (s signer) jws(input string) string {
	_, payload, _ := strings.Cut(input, ".")
	header := `{"alg":"EdDSA","kid":"` + s.did + `#0","typ":"vc+jwt"}`
	signed := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + strings.TrimSuffix(payload, ".")
	return signed + "." + base64.RawURLEncoding.EncodeToString(ed25519.Sign(s.key, []byte(signed)))
}
