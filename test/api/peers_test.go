package api

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/test/peers"
)

// TestPeersVerifyOurs: libraries of other people accept what Chancery issues, and refuse it tampered with.
func TestPeersVerifyOurs(t *testing.T) {
	peer := peers.Start(t)
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		for _, c := range []struct {
			algorithm, method string
			variants          []string // those that did-jwt-vc knows are VCDM 1.1
			jose, didjwt      bool
		}{
			{"Ed25519", "key", variantNames(), true, true},
			{"Ed25519", "jwk", variantNames(), true, true},
			{"Ed25519", "web", variantNames(), true, true},
			{"P-256", "key", variantNames(), true, true},
			{"P-256", "jwk", variantNames(), true, true},
			{"P-256", "web", variantNames(), true, true},
			{"P-384", "key", variantNames(), true, false},
			{"P-384", "web", variantNames(), true, false},
			{"secp256k1", "key", variantNames(), false, true},
			{"secp256k1", "jwk", variantNames(), false, true},
			{"secp256k1", "web", variantNames(), false, true},
		} {
			request := sdk.NewDID{Method: c.method, Algorithm: c.algorithm}
			if c.method == "web" {
				request.Options = map[string]string{"path": "peers/" + strings.ToLower(c.algorithm)}
			}
			did := must(o.admin.CreateDID(ctx, request))
			for _, variant := range c.variants {
				order := o.order()
				order.Issuer, order.Variant = did.DID, variant
				made := must(o.admin.Issue(ctx, order))
				what := c.algorithm + " did:" + c.method + " " + variant
				if c.jose {
					joseAccepts(t, peer, what, did, made)
				}
				if c.didjwt && variant == "vcdm1" {
					didJWTAccepts(t, peer, what, did, made)
				}
			}
		}
	})
}

func variantNames() []string { return []string{"vcdm2", "vcdm1"} }

func joseAccepts(t *testing.T, peer *peers.Peer, what string, did sdk.DID, made sdk.Credential) {
	t.Helper()
	var verified peers.Verified
	if err := peer.Try("jose.verifyCompact", peers.Verify{Token: made.Credential, JWK: did.Keys[0].PublicJWK}, &verified); err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	typ := map[string]string{"2.0": "vc+jwt", "1.1": "JWT"}[made.Model]
	if verified.Header["alg"] != made.Algorithm || verified.Header["typ"] != typ || verified.Header["kid"] != made.Method {
		t.Errorf("%s: header %v", what, verified.Header)
	}
	if _, wrapped := members(verified.Payload)["vc"]; wrapped != (made.Model == "1.1") {
		t.Errorf("%s: the payload has a vc claim: %v", what, wrapped)
	}
	claims := map[string]any{"typ": typ}
	if made.Model == "1.1" {
		claims["issuer"] = did.DID
	}
	if err := peer.Try("jose.verifyCompact", peers.Verify{Token: made.Credential, JWK: did.Keys[0].PublicJWK, Claims: claims}, nil); err != nil {
		t.Errorf("%s, with claims: %v", what, err)
	}
	for _, bad := range tampered(made.Credential) {
		if peer.Try("jose.verifyCompact", peers.Verify{Token: bad, JWK: did.Keys[0].PublicJWK}, nil) == nil {
			t.Errorf("%s: jose accepts what was tampered with", what)
		}
	}
}

func didJWTAccepts(t *testing.T, peer *peers.Peer, what string, did sdk.DID, made sdk.Credential) {
	t.Helper()
	question := peers.VerifyVC{Token: made.Credential}
	if did.Method == "web" {
		question.Documents = []json.RawMessage{did.Document}
	}
	var verified peers.VerifiedVC
	if err := peer.Try("didjwtvc.verify", question, &verified); err != nil {
		t.Errorf("%s: %v", what, err)
		return
	}
	if verified.Issuer != did.DID || verified.Signer != made.Method {
		t.Errorf("%s: issuer %s, signer %s", what, verified.Issuer, verified.Signer)
	}
	subject, _ := members(verified.Credential)["credentialSubject"].(map[string]any)
	if subject["id"] != "did:example:member" || subject["name"] != "Ada" {
		t.Errorf("%s: read as %s", what, verified.Credential)
	}
	for _, bad := range tampered(made.Credential) {
		question.Token = bad
		if peer.Try("didjwtvc.verify", question, nil) == nil {
			t.Errorf("%s: did-jwt-vc accepts what was tampered with", what)
		}
	}
}

func members(text []byte) map[string]any {
	var out map[string]any
	done(json.Unmarshal(text, &out))
	return out
}

// tampered are a token with another signature, and one with another payload under the same signature.
func tampered(token string) []string {
	parts := strings.Split(token, ".")
	flip := func(text string, i int) string {
		other := "A"
		if text[i] == 'A' {
			other = "B"
		}
		return text[:i] + other + text[i+1:]
	}
	// The last third of the payload is claims: another letter there is still base64url.
	return []string{
		strings.Join([]string{parts[0], parts[1], flip(parts[2], 4)}, "."),
		strings.Join([]string{parts[0], flip(parts[1], len(parts[1])*2/3), parts[2]}, "."),
	}
}

// TestPeersIssue: Chancery verifies what libraries of other people issue, and finds tampering.
func TestPeersIssue(t *testing.T) {
	peer := peers.Start(t)
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		credential := map[string]any{
			"@context": []string{"https://www.w3.org/2018/credentials/v1"}, "id": "urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33",
			"type": []string{"VerifiableCredential"}, "issuer": "$DID", "issuanceDate": "2024-01-01T00:00:00Z",
			"credentialSubject": map[string]any{"id": "did:example:ebfeb1f7", "degree": "BSc"},
		}
		newer := map[string]any{
			"@context": []string{"https://www.w3.org/ns/credentials/v2"}, "type": []string{"VerifiableCredential"}, "issuer": "$DID",
			"validFrom": "2024-01-01T00:00:00Z", "credentialSubject": map[string]any{"id": "did:example:ebfeb1f7", "degree": "BSc"},
		}
		for _, method := range []string{"key", "jwk"} {
			for _, alg := range []string{"EdDSA", "ES256", "ES256K"} {
				var signed peers.Signed
				peer.Call("didjwtvc.issue", peers.Sign{Alg: alg, DID: method, Payload: credential}, &signed)
				o.accepts(t, "did-jwt-vc "+alg+" did:"+method, signed, alg)
			}
			for _, alg := range []string{"EdDSA", "ES256", "ES384"} {
				var signed peers.Signed
				peer.Call("jose.signVC", peers.Sign{Alg: alg, DID: method, Payload: newer, Header: map[string]any{"typ": "vc+jwt", "kid": "$KID"}}, &signed)
				o.accepts(t, "jose "+alg+" did:"+method, signed, alg)
			}
		}
	})
}

func (o *office) accepts(t *testing.T, what string, signed peers.Signed, alg string) {
	t.Helper()
	ctx := t.Context()
	report := must(o.admin.Verify(ctx, sdk.Verification{Credential: signed.Token}))
	if report.Issuer != signed.DID || report.Outcome == "failed" {
		t.Errorf("%s: %s by %s: %s", what, report.Outcome, report.Issuer, told(report))
	}
	for _, name := range []string{"format", "dataModel", "issuer", "key", "signature", "validity"} {
		if c := check(report, name); c.Name != "" && c.Outcome != "passed" {
			t.Errorf("%s: %s %s %s", what, name, c.Outcome, c.Reason)
		}
	}
	if c := check(report, "signature"); c.Outcome != "passed" || !strings.Contains(c.Reason, alg) {
		t.Errorf("%s: signature %+v", what, c)
	}
	for _, bad := range tampered(signed.Token) {
		report := must(o.admin.Verify(ctx, sdk.Verification{Credential: bad}))
		if report.Outcome != "failed" {
			t.Errorf("%s: tampered with: %s %s", what, report.Outcome, told(report))
		}
	}
}

// TestPeersReadLists: another implementation finds the revoked bit at our index and no other.
func TestPeersReadLists(t *testing.T) {
	peer := peers.Start(t)
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		for _, variant := range []string{"vcdm2", "vcdm1"} {
			var made []sdk.Credential
			for range 20 {
				order := o.order()
				order.Variant = variant
				made = append(made, must(o.admin.Issue(ctx, order)))
			}
			var revoked []int
			for _, c := range made[:7] {
				must(o.admin.Revoke(ctx, c.ID, ""))
				revoked = append(revoked, int(place(c, "revocation").Index))
			}
			slices.Sort(revoked)
			must(o.admin.Suspend(ctx, made[9].ID, ""))
			entry := place(made[0], "revocation")
			var list answer
			var bits peers.Bits
			eventually(t, "the list is rebuilt", func() bool {
				list = w.call("GET", entry.URL, "", nil)
				peer.Call("bitstring.decode", peers.DecodeBits{EncodedList: encodedList(list.body)}, &bits)
				return len(bits.Set) == len(revoked)
			})
			if !slices.Equal(bits.Set, revoked) || bits.Length < 131072 {
				t.Errorf("%s: bits %v of %d, want %v", variant, bits.Set, bits.Length, revoked)
			}
			suspension := place(made[9], "suspension")
			peer.Call("bitstring.decode", peers.DecodeBits{EncodedList: encodedList(w.call("GET", suspension.URL, "", nil).body)}, &bits)
			if !slices.Equal(bits.Set, []int{int(suspension.Index)}) {
				t.Errorf("%s: suspended %v, want %d", variant, bits.Set, suspension.Index)
			}
			if variant == "vcdm2" {
				checkedByPeer(t, w, peer, made)
			}
		}
	})
}

func place(c sdk.Credential, purpose string) sdk.StatusEntry {
	return c.StatusEntries[slices.IndexFunc(c.StatusEntries, func(e sdk.StatusEntry) bool { return e.Purpose == purpose })]
}

// encodedList is the list's own text, in VCDM 2.0 or in 1.1's vc claim.
func encodedList(token []byte) string {
	all := members(payloadOf(string(token)))
	if inner, ok := all["vc"].(map[string]any); ok {
		all = inner
	}
	subject, _ := all["credentialSubject"].(map[string]any)
	text, _ := subject["encodedList"].(string)
	return text
}

// checkedByPeer lets the peer judge whole credentials with their entries and lists.
func checkedByPeer(t *testing.T, w *world, peer *peers.Peer, made []sdk.Credential) {
	t.Helper()
	lists := map[string]json.RawMessage{}
	for _, c := range made {
		for _, e := range c.StatusEntries {
			if lists[e.URL] == nil {
				lists[e.URL] = payloadOf(string(w.call("GET", e.URL, "", nil).body))
			}
		}
	}
	for i, c := range made {
		var checked peers.CheckedStatus
		peer.Call("statuslist.check", peers.CheckStatus{Credential: payloadOf(c.Credential), Lists: lists}, &checked)
		if !checked.Verified || len(checked.Statuses) != 2 {
			t.Errorf("credential %d: %+v", i, checked)
			continue
		}
		for _, s := range checked.Statuses {
			want := s.Purpose == "revocation" && i < 7 || s.Purpose == "suspension" && i == 9
			if s.Status != want {
				t.Errorf("credential %d: %s is %v", i, s.Purpose, s.Status)
			}
		}
	}
}
