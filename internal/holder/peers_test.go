package holder_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/didkey"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/test/peers"
)

// withKey is somebody with a key of an algorithm.
func withKey(t *testing.T, alg string) (p person, jwk []byte) {
	t.Helper()
	var private crypto.PrivateKey
	var err error
	switch alg {
	case jose.EdDSA:
		private = newPerson(t, "ada").private
	case jose.ES256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case jose.ES384:
		private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case jose.ES256K:
		private, err = secp256k1.GeneratePrivateKey()
	}
	must(t, err)
	public, err := jose.Public(private)
	must(t, err)
	p = person{private: private}
	p.did, p.method, err = didkey.Encode(public)
	must(t, err)
	return p, public.JWK()
}

// flipped has another letter in the middle of its payload, and another at the begin of its signature.
func flipped(token string) []string {
	compact, err := jose.ParseCompact([]byte(token))
	if err != nil {
		panic(err)
	}
	flip := func(i int) string {
		other := "A"
		if token[i] == 'A' {
			other = "B"
		}
		return token[:i] + other + token[i+1:]
	}
	signature := len(compact.Input) + 1
	return []string{flip(signature), flip(signature - len(compact.Payload)/2)}
}

// TestPeersVerifyOurs: libraries of other people accept what is prepared here, and nothing else.
func TestPeersVerifyOurs(t *testing.T) {
	peer := peers.Start(t)
	issuer := newPerson(t, "issuer")
	for _, c := range []struct {
		alg         string
		jose, didjw bool
	}{{jose.EdDSA, true, true}, {jose.ES256, true, true}, {jose.ES384, true, false}, {jose.ES256K, false, true}} {
		for _, model := range []vc.ModelVersion{vc.VCDM11, vc.VCDM20} {
			ada, jwk := withKey(t, c.alg)
			made, err := newDesk().PreparePresentation(t.Context(), vc.Scope{}, holder.Presentation{
				Holder: ada.did, Audience: asker, Nonce: fresh, ExpiresAt: now.Add(time.Hour),
				Credentials: [][]byte{issuer.credential(t, model, ada.did, "MSc")},
			})
			must(t, err)
			signature, err := jose.Sign(ada.private, c.alg, made.Input)
			must(t, err)
			token, what := string(jose.Join(made.Input, signature)), c.alg+" "+string(model)
			if c.jose {
				joseReads(t, peer, what, token, jwk, model)
			}
			if c.didjw && model == vc.VCDM11 {
				didJWTReads(t, peer, what, token, ada)
			}
		}
	}
}

func joseReads(t *testing.T, peer *peers.Peer, what, token string, jwk []byte, model vc.ModelVersion) {
	t.Helper()
	question := peers.Verify{Token: token, JWK: jwk, Claims: map[string]any{
		"audience": asker, "currentDate": now.Format(time.RFC3339), "typ": map[vc.ModelVersion]string{vc.VCDM11: "JWT", vc.VCDM20: "vp+jwt"}[model],
	}}
	var verified peers.Verified
	peer.Call("jose.verifyCompact", question, &verified)
	var claims map[string]any
	must(t, json.Unmarshal(verified.Payload, &claims))
	if _, wrapped := claims["vp"]; wrapped != (model == vc.VCDM11) || claims["nonce"] != fresh || claims["aud"] != asker {
		t.Errorf("%s: read as %s", what, verified.Payload)
	}
	for _, bad := range flipped(token) {
		question.Token = bad
		if peer.Try("jose.verifyCompact", question, nil) == nil {
			t.Errorf("%s: jose accepts what was tampered with", what)
		}
	}
}

func didJWTReads(t *testing.T, peer *peers.Peer, what, token string, ada person) {
	t.Helper()
	options := func(domain, challenge string, at time.Time) map[string]any {
		return map[string]any{
			"domain": domain, "challenge": challenge, "proofPurpose": "authentication", "policies": map[string]any{"now": at.Unix()},
		}
	}
	question := peers.VerifyVC{Token: token, Presentation: true, Options: options(asker, fresh, now)}
	var verified peers.VerifiedVC
	peer.Call("didjwtvc.verify", question, &verified)
	var read struct {
		Holder               string
		VerifiableCredential []struct {
			CredentialSubject struct{ ID, Degree string }
		}
	}
	must(t, json.Unmarshal(verified.Credential, &read))
	if verified.Issuer != ada.did || verified.Signer != ada.method || read.Holder != ada.did || len(read.VerifiableCredential) != 1 ||
		read.VerifiableCredential[0].CredentialSubject.ID != ada.did || read.VerifiableCredential[0].CredentialSubject.Degree != "MSc" {
		t.Errorf("%s: issuer %s, signer %s, read as %s", what, verified.Issuer, verified.Signer, verified.Credential)
	}
	for name, bad := range map[string]peers.VerifyVC{
		"a flipped signature": {Token: flipped(token)[0], Presentation: true, Options: question.Options},
		"a flipped payload":   {Token: flipped(token)[1], Presentation: true, Options: question.Options},
		"another audience":    {Token: token, Presentation: true, Options: options("did:web:x", fresh, now)},
		"another nonce":       {Token: token, Presentation: true, Options: options(asker, "x", now)},
		"too late":            {Token: token, Presentation: true, Options: options(asker, fresh, now.Add(2*time.Hour))},
	} {
		if peer.Try("didjwtvc.verify", bad, nil) == nil {
			t.Errorf("%s: did-jwt-vc accepts %s", what, name)
		}
	}
}

// TestOursVerifiesPeers: what libraries of other people present is accepted, and refused tampered with.
func TestOursVerifiesPeers(t *testing.T) {
	peer := peers.Start(t)
	issuer := newPerson(t, "issuer")
	inner := map[vc.ModelVersion]string{
		vc.VCDM11: string(issuer.credential(t, vc.VCDM11, "did:example:ada", "MSc")), vc.VCDM20: string(issuer.credential(t, vc.VCDM20, "did:example:ada", "MSc")),
	}
	old := map[string]any{
		"@context": []string{"https://www.w3.org/2018/credentials/v1"}, "type": []string{"VerifiablePresentation"},
		"verifiableCredential": []string{inner[vc.VCDM11]},
	}
	dated := map[string]any{"aud": asker, "nonce": fresh, "nbf": now.Unix(), "exp": now.Add(time.Hour).Unix(), "vp": old}
	newer := map[string]any{
		"@context": []string{"https://www.w3.org/ns/credentials/v2"}, "type": []string{"VerifiablePresentation"}, "holder": "$DID",
		"verifiableCredential": []any{map[string]any{
			"@context": "https://www.w3.org/ns/credentials/v2", "type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt," + inner[vc.VCDM20],
		}},
		"aud": []string{asker}, "nonce": fresh, "exp": now.Add(time.Hour).Unix(),
	}
	for _, alg := range []string{"EdDSA", "ES256", "ES256K"} {
		var signed peers.Signed
		peer.Call("didjwtvc.present", peers.Sign{Alg: alg, Payload: dated}, &signed)
		oursAccepts(t, "did-jwt-vc "+alg, signed, vc.VCDM11)
		peer.Call("didjwtvc.present", peers.Sign{
			Alg: alg, Payload: old, Options: map[string]any{"domain": asker, "challenge": fresh},
		}, &signed)
		oursAccepts(t, "did-jwt-vc "+alg+", with options", signed, vc.VCDM11)
	}
	for _, alg := range []string{"EdDSA", "ES256", "ES384"} {
		var signed peers.Signed
		peer.Call("jose.signVC", peers.Sign{Alg: alg, Payload: newer, Header: map[string]any{"typ": "vp+jwt", "kid": "$KID"}}, &signed)
		oursAccepts(t, "jose "+alg, signed, vc.VCDM20)
	}
}

// TestOursVerifiesTokens: an ID token and a request that jose made.
func TestOursVerifiesTokens(t *testing.T) {
	peer := peers.Start(t)
	header := map[string]any{"typ": "JWT", "kid": "$KID"}
	payload := map[string]any{"iss": "$DID", "sub": "$DID", "aud": asker, "nonce": fresh, "iat": now.Unix(), "exp": now.Add(time.Minute).Unix()}
	for _, alg := range []string{"EdDSA", "ES256", "ES384"} {
		var signed peers.Signed
		peer.Call("jose.signVC", peers.Sign{Alg: alg, Payload: payload, Header: header}, &signed)
		options := verifier.TokenOptions{Audience: []string{asker}, Nonce: fresh}
		report, err := newVerifier().VerifyIDToken(t.Context(), vc.Scope{}, []byte(signed.Token), options)
		must(t, err)
		if report.Outcome != verifier.Passed || report.Subject != signed.DID {
			t.Errorf("%s: %+v", alg, report)
		}
		for _, bad := range flipped(signed.Token) {
			if report, err = newVerifier().VerifyIDToken(t.Context(), vc.Scope{}, []byte(bad), options); err != nil || report.Outcome != verifier.Failed {
				t.Errorf("%s: what was tampered with is accepted, %v", alg, err)
			}
		}
	}
	request := map[string]any{
		"iss": "$DID", "client_id": "$DID", "response_type": "id_token vp_token", "response_mode": "direct_post", "scope": "openid",
		"response_uri": "https://verifier.example/answers", "nonce": fresh, "presentation_definition": json.RawMessage(wanting),
	}
	var signed peers.Signed
	peer.Call("jose.signVC", peers.Sign{Alg: "ES256", Payload: request, Header: map[string]any{"typ": "oauth-authz-req+jwt", "kid": "$KID"}}, &signed)
	report, err := newVerifier().VerifyRequest(t.Context(), vc.Scope{}, []byte(signed.Token), verifier.RequestOptions{})
	must(t, err)
	if report.Outcome != verifier.Passed || report.Client != signed.DID || report.Definition == nil {
		t.Errorf("%+v", report)
	}
	for _, bad := range flipped(signed.Token) {
		if report, err = newVerifier().VerifyRequest(t.Context(), vc.Scope{}, []byte(bad), verifier.RequestOptions{}); err != nil || report.Outcome != verifier.Failed {
			t.Errorf("what was tampered with is accepted, %v", err)
		}
	}
}

func oursAccepts(t *testing.T, what string, signed peers.Signed, model vc.ModelVersion) {
	t.Helper()
	verify := func(token string, o verifier.PresentationOptions) verifier.PresentationReport {
		report, err := newVerifier().VerifyPresentation(t.Context(), vc.Scope{}, []byte(token), o)
		must(t, err)
		return report
	}
	asked := verifier.PresentationOptions{Audience: []string{asker}, Nonce: fresh, Definition: []byte(wanting)}
	report := verify(signed.Token, asked)
	binding, _ := report.Find(verifier.CheckBinding)
	if report.Outcome != verifier.Passed || report.Holder != signed.DID || report.Model != model || len(report.Matches) != 1 ||
		binding.Code != "subject-not-holder" { // the credential is about somebody else than the fresh key
		t.Errorf("%s: %s %+v", what, report.Outcome, report.Checks)
	}
	for _, bad := range flipped(signed.Token) {
		if verify(bad, asked).Outcome != verifier.Failed {
			t.Errorf("%s: what was tampered with is accepted", what)
		}
	}
	for check, o := range map[string]verifier.PresentationOptions{
		verifier.CheckNonce: {Nonce: "x"}, verifier.CheckAudience: {Audience: []string{"did:web:x"}},
	} {
		report := verify(signed.Token, o)
		if found, _ := report.Find(check); report.Outcome != verifier.Failed || found.Outcome != verifier.Failed {
			t.Errorf("%s: %s", what, fmt.Sprint(found))
		}
	}
}
