package jwtvc_test

import (
	"bytes"
	"encoding/base64"
	"testing"

	"github.com/chancery-vc/chancery/internal/sharedtest"

	"github.com/chancery-vc/chancery/internal/format/formattest"
	"github.com/chancery-vc/chancery/internal/format/jwtvc"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/vcjwt"
)

func TestLaw(t *testing.T) {
	formattest.Run(t, jwtvc.Format{}, []vc.ModelVersion{vc.VCDM11, vc.VCDM20}, []string{""})
	formattest.Run(t, jwtvc.Format{}, []vc.ModelVersion{vc.VCDM11}, []string{vcjwt.ProofObject})
}

func TestPresentationLaw(t *testing.T) {
	formattest.RunPresentations(t, jwtvc.Format{}, []vc.ModelVersion{vc.VCDM11, vc.VCDM20}, []string{""})
}

func token(header, payload string) []byte {
	encode := base64.RawURLEncoding.EncodeToString
	return []byte(encode([]byte(header)) + "." + encode([]byte(payload)) + "." + encode([]byte("signature")))
}

const payload20 = `{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],
	"issuer":"did:example:i","credentialSubject":{"id":"did:example:s"}}`

// TestOtherTokens: what is signed for another purpose is no credential (RFC 8725 §3.11).
func TestOtherTokens(t *testing.T) {
	for name, secured := range map[string][]byte{
		"an access token":       token(`{"alg":"EdDSA","typ":"at+jwt"}`, payload20),
		"a proof of possession": token(`{"alg":"EdDSA","typ":"openid4vci-proof+jwt"}`, payload20),
		"no algorithm":          token(`{"alg":"none"}`, payload20),
		"a critical extension":  token(`{"alg":"EdDSA","crit":["b64"],"b64":false}`, payload20),
		"not a credential":      token(`{"alg":"EdDSA"}`, `{"sub":"x"}`),
		"a name twice":          token(`{"alg":"EdDSA","alg":"ES256"}`, payload20),
		"issuer against iss":    token(`{"alg":"EdDSA"}`, payload20[:len(payload20)-1]+`,"iss":"did:example:other"}`),
		"2.0 inside a vc claim": token(`{"alg":"EdDSA"}`, `{"iss":"did:example:i","vc":`+payload20+`}`),
	} {
		t.Run(name, func(t *testing.T) {
			read, err := jwtvc.Format{}.Read(t.Context(), secured)
			if vc.KindOf(err) != vc.Invalid {
				t.Errorf("got %v, %+v", err, read)
			}
		})
	}
}

// TestUnsigned: the two-part JWT is understood, with and without the trailing dot, and has no signature.
func TestUnsigned(t *testing.T) {
	signed := token(`{"alg":"EdDSA","typ":"vc+jwt"}`, payload20)
	bare := signed[:bytes.LastIndexByte(signed, '.')]
	for _, text := range [][]byte{bare, append(bytes.Clone(bare), '.')} {
		read, err := jwtvc.Format{}.Read(t.Context(), text)
		if err != nil {
			t.Fatal(err)
		}
		if len(read.Signatures) != 0 || read.Model != vc.VCDM20 || read.Credential == nil {
			t.Errorf("read %+v", read)
		}
	}
}

// isUnsigned says whether a token has no third part.
func isUnsigned(text []byte) bool {
	text = bytes.TrimSpace(text)
	return bytes.Count(text, []byte{'.'}) == 1 || bytes.HasSuffix(text, []byte{'.'})
}

func FuzzRead(f *testing.F) {
	f.Add(token(`{"alg":"EdDSA","typ":"vc+jwt"}`, payload20))
	f.Add([]byte("eyJhbGciOiJub25lIn0.e30."))
	f.Add([]byte(payload20[:len(payload20)-1] + `,"proof":{"type":"JwtProof2020","jwt":"` + string(token(`{"alg":"EdDSA"}`, payload20)) + `"}}`))
	sharedtest.Seeds(f, func(seed []byte) { f.Add(seed) },
		"github.com/w3c/vc-test-suite at 165724edbdc728f5f8ee0fc5b6f47d940cc4a66a", "vectors", "vcdm1-inputs", "input")
	f.Fuzz(func(t *testing.T, secured []byte) {
		read, err := jwtvc.Format{}.Read(t.Context(), secured)
		if err != nil {
			if vc.KindOf(err) != vc.Invalid {
				t.Errorf("an error of kind %s", vc.KindOf(err))
			}
			return
		}
		if bytes.HasPrefix(bytes.TrimSpace(secured), []byte{'{'}) { // by the JWT within
			if read.Credential == nil || len(read.Signatures) > 0 && read.Signatures[0].Suite != vcjwt.ProofObject {
				t.Errorf("read %+v", read)
			}
			return
		}
		if (len(read.Signatures) == 1) == isUnsigned(secured) || read.Credential == nil {
			t.Errorf("read %+v", read)
		}
	})
}
