package peers

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
)

// A valid VCDM 1.1 credential whose issuer is the fresh key.
func degree() map[string]any {
	return map[string]any{
		"@context":          []string{"https://www.w3.org/2018/credentials/v1"},
		"id":                "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
		"type":              []string{"VerifiableCredential", "UniversityDegreeCredential"},
		"issuer":            "$DID",
		"issuanceDate":      "2024-01-01T00:00:00Z",
		"credentialSubject": map[string]any{"id": "did:example:ebfeb1f7", "degree": map[string]any{"name": "Bachelor of Science"}},
	}
}

func TestJoseRoundTrip(t *testing.T) {
	peer := Start(t)
	for _, alg := range []string{"EdDSA", "ES256", "ES384"} {
		for _, method := range []string{"key", "jwk"} {
			var signed Signed
			peer.Call("jose.signVC", Sign{
				Alg: alg, DID: method, Payload: degree(),
				Header: map[string]any{"typ": "vc+jwt", "kid": "$KID"},
			}, &signed)
			if !strings.HasPrefix(signed.DID, "did:"+method+":") || !strings.HasPrefix(signed.KID, signed.DID+"#") {
				t.Fatalf("%s: %s, %s", alg, signed.DID, signed.KID)
			}
			var verified Verified
			peer.Call("jose.verifyCompact", Verify{Token: signed.Token, JWK: signed.JWK}, &verified)
			if verified.Header["alg"] != alg || verified.Header["typ"] != "vc+jwt" || verified.Header["kid"] != signed.KID {
				t.Fatalf("%s: header %v", alg, verified.Header)
			}
			var credential struct{ Issuer string }
			if err := json.Unmarshal(verified.Payload, &credential); err != nil || credential.Issuer != signed.DID {
				t.Fatalf("%s: issuer %q, %v", alg, credential.Issuer, err)
			}
			wantRefusal(t, peer.Try("jose.verifyCompact", Verify{Token: tampered(signed.Token), JWK: signed.JWK}, nil))
			// The key that did.resolve reads out of the DID is the key that signed.
			var resolved struct {
				Document struct {
					VerificationMethod []struct{ PublicKeyJwk json.RawMessage }
				}
			}
			peer.Call("did.resolve", Resolve{DID: signed.DID}, &resolved)
			jwk := resolved.Document.VerificationMethod[0].PublicKeyJwk
			peer.Call("jose.verifyCompact", Verify{Token: signed.Token, JWK: jwk}, nil)
		}
	}
	wantRefusal(t, peer.Try("jose.signVC", Sign{Alg: "none", Payload: degree()}, nil))
}

func TestJoseReadsClaims(t *testing.T) {
	peer := Start(t)
	var signed Signed
	peer.Call("jose.signVC", Sign{Alg: "ES256", Payload: map[string]any{"iss": "$DID", "exp": 1704067200}}, &signed)
	peer.Call("jose.verifyCompact", Verify{Token: signed.Token, JWK: signed.JWK}, nil)
	wantRefusal(t, peer.Try("jose.verifyCompact", Verify{Token: signed.Token, JWK: signed.JWK, Claims: map[string]any{}}, nil))
	peer.Call("jose.verifyCompact", Verify{Token: signed.Token, JWK: signed.JWK, Claims: map[string]any{
		"issuer": signed.DID, "currentDate": "2023-06-01T00:00:00Z",
	}}, nil)
}

func TestJoseThumbprint(t *testing.T) {
	peer := Start(t)
	var answer struct{ Thumbprint string }
	// RFC 8037 appendix A.3.
	jwk := json.RawMessage(`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`)
	peer.Call("jose.thumbprint", Thumbprint{JWK: jwk}, &answer)
	if want := "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"; answer.Thumbprint != want {
		t.Errorf("thumbprint %s, want %s", answer.Thumbprint, want)
	}
}

func TestDidJwtVcRoundTrip(t *testing.T) {
	peer := Start(t)
	for _, alg := range []string{"EdDSA", "ES256", "ES256K"} {
		for _, method := range []string{"key", "jwk"} {
			var signed Signed
			peer.Call("didjwtvc.issue", Sign{Alg: alg, DID: method, Payload: degree()}, &signed)
			var verified VerifiedVC
			peer.Call("didjwtvc.verify", VerifyVC{Token: signed.Token}, &verified)
			if verified.Issuer != signed.DID || verified.Signer != signed.KID {
				t.Errorf("%s: issuer %s, signer %s", alg, verified.Issuer, verified.Signer)
			}
			peer.Call("didjwtvc.verify", VerifyVC{Token: signed.Token, Documents: []json.RawMessage{signed.Document}}, nil)
			wantRefusal(t, peer.Try("didjwtvc.verify", VerifyVC{Token: tampered(signed.Token)}, nil))
			early := map[string]any{"policies": map[string]any{"now": 1600000000}}
			wantRefusal(t, peer.Try("didjwtvc.verify", VerifyVC{Token: signed.Token, Options: early}, nil))
		}
	}
	wantRefusal(t, peer.Try("didjwtvc.issue", Sign{Alg: "ES384", Payload: degree()}, nil))
}

func TestBitstring(t *testing.T) {
	peer := Start(t)
	want := Bits{Length: 131072, Set: []int{0, 7, 8, 94567, 131071}}
	for _, multibase := range []bool{true, false} {
		var encoded struct{ EncodedList string }
		peer.Call("bitstring.encode", EncodeBits{Bits: want, Multibase: &multibase}, &encoded)
		if strings.HasPrefix(encoded.EncodedList, "u") != multibase {
			t.Errorf("multibase %v: %.8s", multibase, encoded.EncodedList)
		}
		var got Bits
		peer.Call("bitstring.decode", DecodeBits{EncodedList: encoded.EncodedList}, &got)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("read %v, want %v", got, want)
		}
	}
	wantRefusal(t, peer.Try("bitstring.decode", DecodeBits{EncodedList: "uAAAA"}, nil))
}

func TestStatusList(t *testing.T) {
	peer := Start(t)
	var encoded struct{ EncodedList string }
	peer.Call("bitstring.encode", EncodeBits{Bits: Bits{Length: 131072, Set: []int{94567}}}, &encoded)
	const url = "https://example.com/credentials/status/3"
	list := raw(t, map[string]any{
		"@context": []string{"https://www.w3.org/ns/credentials/v2"}, "id": url, "issuer": "did:example:12345",
		"type": []string{"VerifiableCredential", "BitstringStatusListCredential"},
		"credentialSubject": map[string]any{
			"id": url + "#list", "type": "BitstringStatusList",
			"statusPurpose": "revocation", "encodedList": encoded.EncodedList,
		},
	})
	for index, revoked := range map[string]bool{"94567": true, "94568": false} {
		entry := map[string]any{
			"id": url + "#" + index, "type": "BitstringStatusListEntry", "statusPurpose": "revocation",
			"statusListIndex": index, "statusListCredential": url,
		}
		credential := raw(t, map[string]any{
			"@context": []string{"https://www.w3.org/ns/credentials/v2"}, "type": []string{"VerifiableCredential"},
			"issuer": "did:example:12345", "credentialSubject": map[string]any{"id": "did:example:6789"},
			"credentialStatus": entry,
		})
		var checked CheckedStatus
		peer.Call("statuslist.check", CheckStatus{Credential: credential, Lists: map[string]json.RawMessage{url: list}}, &checked)
		if !checked.Verified || len(checked.Statuses) != 1 || checked.Statuses[0].Status != revoked {
			t.Errorf("%s: %+v", index, checked)
		}
		wantRefusal(t, peer.Try("statuslist.check", CheckStatus{Credential: credential}, nil))
	}
	var status Status
	peer.Call("statuslist.read", ReadStatus{Credential: list, Index: 94567}, &status)
	if want := (Status{Status: true, Length: 131072, Purpose: "revocation"}); status != want {
		t.Errorf("read %+v, want %+v", status, want)
	}
	wantRefusal(t, peer.Try("statuslist.read", ReadStatus{Credential: list, Index: 131072}, nil))
	wantRefusal(t, peer.Try("no.such.op", nil, nil))
}

func wantRefusal(t *testing.T, err error) {
	t.Helper()
	var refusal *Refusal
	if !errors.As(err, &refusal) || refusal.Text == "" {
		t.Errorf("got %v, want a refusal", err)
	}
}

// tampered is token with another first character of its signature.
func tampered(token string) string {
	i := strings.LastIndexByte(token, '.') + 1
	other := "A"
	if token[i] == 'A' {
		other = "B"
	}
	return token[:i] + other + token[i+1:]
}

func raw(t *testing.T, value any) json.RawMessage {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
