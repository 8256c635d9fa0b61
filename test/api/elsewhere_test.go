package api

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/spec/didkey"
	"github.com/chancery-vc/chancery/spec/jose"
)

// signer is a key that the server never sees, and its did:key.
type signer struct {
	private crypto.PrivateKey
	alg     string
	did     string
	method  string
}

func newSigner(t *testing.T, alg string) signer {
	t.Helper()
	s := signer{alg: alg}
	switch alg {
	case "EdDSA":
		_, key, err := ed25519.GenerateKey(rand.Reader)
		done(err)
		s.private = key
	case "ES256":
		s.private = must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader))
	case "ES384":
		s.private = must(ecdsa.GenerateKey(elliptic.P384(), rand.Reader))
	case "ES256K":
		s.private = must(secp256k1.GeneratePrivateKey())
	}
	public := must(jose.Public(s.private))
	var err error
	s.did, s.method, err = didkey.Encode(public)
	done(err)
	return s
}

func (s signer) sign(input []byte) []byte { return must(jose.Sign(s.private, s.alg, input)) }

// inputOf are the bytes to sign of a prepared credential.
func inputOf(draft sdk.Credential) []byte {
	return must(base64.RawURLEncoding.DecodeString(draft.SigningInput))
}

// credential makes a whole JWS over a payload under a header of the signer's own.
func (s signer) credential(payload []byte, kid string) string {
	input := jose.Input(jose.EncodeHeader(jose.Header{Alg: s.alg, Kid: kid, Typ: "vc+jwt"}), payload)
	return string(jose.Join(input, s.sign(input)))
}

func payloadOf(token string) []byte {
	parts := strings.Split(token, ".")
	return must(base64.RawURLEncoding.DecodeString(parts[1]))
}

// TestSignElsewhere prepares credentials whose issuer's key is not ours and completes them.
func TestSignElsewhere(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		for i, alg := range []string{"EdDSA", "ES256", "ES384", "ES256K"} {
			outside := newSigner(t, alg)
			order := o.order()
			order.Issuer, order.Variant = outside.did, []string{"vcdm2", "vcdm1"}[i%2]
			draft := must(o.admin.Prepare(ctx, sdk.Preparation{Order: order}))
			if draft.State != "awaited" || draft.SigningInput == "" || draft.Credential != "" || !draft.ExpiresAt.After(time.Now()) {
				t.Fatalf("%s: draft %+v", alg, draft)
			}
			if sum := sha256.Sum256(inputOf(draft)); draft.Digest != base64.RawURLEncoding.EncodeToString(sum[:]) {
				t.Errorf("%s: the digest is not the signing input's SHA-256", alg)
			}
			if _, err := o.admin.Revoke(ctx, draft.ID, ""); true {
				refused(t, err, 409, "not-issued")
			}
			signature := outside.sign(inputOf(draft))
			complete := must(o.admin.CompleteWithSignature(ctx, draft.ID, signature))
			if complete.State != "issued" || complete.Algorithm != alg || complete.Method != outside.method || !complete.SignedElsewhere {
				t.Errorf("%s: completed %+v", alg, complete)
			}
			if got := must(o.admin.GetCredential(ctx, draft.ID)); got.Digest != draft.Digest {
				t.Errorf("%s: the digest was %s and is %s", alg, draft.Digest, got.Digest)
			}
			again := must(o.admin.CompleteWithSignature(ctx, draft.ID, signature))
			if again.Credential != complete.Credential {
				t.Errorf("%s: completing again gave another credential", alg)
			}
			report := must(o.admin.Verify(ctx, sdk.Verification{Credential: complete.Credential}))
			if check(report, "signature").Outcome != "passed" || check(report, "status").Outcome == "failed" || report.Outcome == "failed" {
				t.Errorf("%s: %s", alg, told(report))
			}
			must(o.admin.Revoke(ctx, draft.ID, "over"))
			report = must(o.admin.Verify(ctx, sdk.Verification{Credential: complete.Credential}))
			if report.Outcome != "failed" || check(report, "status").Outcome != "failed" {
				t.Errorf("%s: revoked: %s", alg, told(report))
			}
		}
		o.wholeCredential(t)
		o.wrongEvidence(t)
		o.oursElsewhere(t)
		o.released(t)
		o.lapse(t)
	})
}

// wholeCredential: the signer may order members and name its header as it likes.
func (o *office) wholeCredential(t *testing.T) {
	ctx := t.Context()
	outside := newSigner(t, "ES256")
	order := o.order()
	order.Issuer = outside.did
	draft := must(o.admin.Prepare(ctx, sdk.Preparation{Order: order}))
	var members map[string]any
	done(json.Unmarshal(payloadOf(string(inputOf(draft))), &members))
	payload := must(json.MarshalIndent(members, "", "  "))
	complete := must(o.admin.CompleteWithCredential(ctx, draft.ID, outside.credential(payload, outside.method)))
	if got := must(o.admin.GetCredential(ctx, draft.ID)); got.Credential != complete.Credential || got.State != "issued" {
		t.Errorf("got %+v", got)
	}
}

func (o *office) wrongEvidence(t *testing.T) {
	ctx := t.Context()
	outside, stranger := newSigner(t, "EdDSA"), newSigner(t, "EdDSA")
	order := o.order()
	order.Issuer = outside.did
	draft := must(o.admin.Prepare(ctx, sdk.Preparation{Order: order}))
	payload := payloadOf(string(inputOf(draft)))
	_, err := o.admin.CompleteWithSignature(ctx, draft.ID, stranger.sign(inputOf(draft)))
	refused(t, err, 400, "signature")
	_, err = o.admin.CompleteWithSignature(ctx, draft.ID, []byte("short"))
	refused(t, err, 400, "signature")
	changed := bytes.Replace(payload, []byte("Ada"), []byte("Eve"), 1)
	_, err = o.admin.CompleteWithCredential(ctx, draft.ID, outside.credential(changed, outside.method))
	refused(t, err, 400, "payload-differs")
	_, err = o.admin.CompleteWithCredential(ctx, draft.ID, stranger.credential(payload, stranger.method))
	refused(t, err, 400, "issuer-key")
	_, err = o.admin.CompleteWithCredential(ctx, draft.ID, stranger.credential(payload, outside.method))
	refused(t, err, 400, "signature")
	if got := must(o.admin.GetCredential(ctx, draft.ID)); got.State != "awaited" {
		t.Errorf("after refusals the draft is %s", got.State)
	}
	made := must(o.admin.Issue(ctx, o.order()))
	_, err = o.admin.CompleteWithSignature(ctx, made.ID, outside.sign([]byte("x")))
	refused(t, err, 409, "signed-here")
}

// oursElsewhere: an issuer of ours may be prepared too, and only its own key can complete.
func (o *office) oursElsewhere(t *testing.T) {
	ctx := t.Context()
	order := o.order()
	draft := must(o.admin.Prepare(ctx, sdk.Preparation{Order: order}))
	stranger := newSigner(t, "EdDSA")
	_, err := o.admin.CompleteWithSignature(ctx, draft.ID, stranger.sign(inputOf(draft)))
	refused(t, err, 400, "signature")
	if got := must(o.admin.GetCredential(ctx, draft.ID)); got.State != "awaited" || got.Issuer != order.Issuer {
		t.Errorf("after a refusal the draft is %+v", got)
	}
}

func (o *office) released(t *testing.T) {
	ctx := t.Context()
	outside := newSigner(t, "ES384")
	order := o.order()
	order.Issuer = outside.did
	draft := must(o.admin.Prepare(ctx, sdk.Preparation{Order: order, Mode: "released"}))
	if draft.State != "issued" || !draft.Released || !draft.SignedElsewhere {
		t.Errorf("released %+v", draft)
	}
	list := must(o.admin.ListCredentials(ctx, sdk.CredentialQuery{Issuer: outside.did}))
	if len(list.Items) != 1 || list.Items[0].ID != draft.ID {
		t.Errorf("listed %+v", list.Items)
	}
	if got := must(o.admin.Revoke(ctx, draft.ID, "at once")); got.Status != "revoked" {
		t.Errorf("status %s", got.Status)
	}
	complete := must(o.admin.CompleteWithSignature(ctx, draft.ID, outside.sign(inputOf(draft))))
	if complete.Credential == "" || complete.Status != "revoked" {
		t.Errorf("evidence %+v", complete)
	}
	other := outside.credential(payloadOf(string(inputOf(draft))), outside.method)
	_, err := o.admin.CompleteWithCredential(ctx, draft.ID, other)
	refused(t, err, 409, "already-completed")
}

func (o *office) lapse(t *testing.T) {
	ctx := t.Context()
	outside := newSigner(t, "EdDSA")
	order := o.order()
	order.Issuer = outside.did
	draft := must(o.admin.Prepare(ctx, sdk.Preparation{Order: order, ExpiresInSeconds: 60}))
	o.w.clock.advance(61 * time.Second)
	if got := must(o.admin.GetCredential(ctx, draft.ID)); got.State != "lapsed" {
		t.Errorf("state %s", got.State)
	}
	_, err := o.admin.CompleteWithSignature(ctx, draft.ID, outside.sign(inputOf(draft)))
	refused(t, err, 410, "draft-lapsed")
}
