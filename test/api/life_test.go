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
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/spec/didkey"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/statuslist"
)

// TestIssueEverywhere issues with each algorithm under each DID method in both data models, verifies, revokes and
// verifies again.
func TestIssueEverywhere(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		joses := map[string]string{"Ed25519": "EdDSA", "P-256": "ES256", "P-384": "ES384", "secp256k1": "ES256K"}
		for algorithm, alg := range joses {
			for _, method := range []string{"key", "jwk", "web"} {
				request := sdk.NewDID{Method: method, Algorithm: algorithm}
				if method == "web" {
					request.Options = map[string]string{"path": "issuers/" + strings.ToLower(algorithm)}
				}
				did := must(o.admin.CreateDID(ctx, request))
				if method == "web" && !strings.HasPrefix(did.DID, "did:web:localhost%3A") {
					t.Errorf("did:web is %s", did.DID)
				}
				for _, variant := range []string{"vcdm2", "vcdm1"} {
					order := o.order()
					order.Issuer, order.Variant = did.DID, variant
					made := must(o.admin.Issue(ctx, order))
					if made.Algorithm != alg || made.Issuer != did.DID || made.State != "issued" || len(made.StatusEntries) != 2 {
						t.Errorf("%s %s %s: %+v", algorithm, method, variant, made)
					}
					report := must(o.admin.Verify(ctx, sdk.Verification{Credential: made.Credential}))
					if report.Outcome != "passed" {
						t.Errorf("%s %s %s: %s %s", algorithm, method, variant, report.Outcome, told(report))
					}
				}
			}
		}
	})
}

// told is what of a report did not pass.
func told(report sdk.Report) string {
	var out []string
	var walk func([]sdk.Check)
	walk = func(checks []sdk.Check) {
		for _, c := range checks {
			if c.Outcome != "passed" {
				out = append(out, c.Name+":"+c.Outcome+":"+c.Code+":"+c.Reason)
			}
			walk(c.Checks)
		}
	}
	walk(report.Checks)
	return strings.Join(out, "; ")
}

// check is a check of a report by name.
func check(report sdk.Report, name string) sdk.Check {
	for _, c := range report.Checks {
		if c.Name == name {
			return c
		}
	}
	return sdk.Check{}
}

// TestDryRun: what a dry run says is what would be, and nothing is stored or reserved.
func TestDryRun(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		before := len(o.events())
		preview := must(o.admin.DryRun(ctx, o.order()))
		if !preview.Acceptable || !bytes.Contains(preview.Credential, []byte(`"Ada"`)) || preview.Issuer != o.did.DID {
			t.Errorf("preview %+v", preview)
		}
		wrong := o.order()
		wrong.Claims = map[string]any{"name": "Ada", "level": 0}
		preview = must(o.admin.DryRun(ctx, wrong))
		if preview.Acceptable || len(preview.Findings) == 0 || preview.Findings[0].Pointer != "/claims/level" {
			t.Errorf("a wrong order is previewed as %+v", preview)
		}
		if list := must(o.admin.ListCredentials(ctx, sdk.CredentialQuery{})); len(list.Items) != 0 {
			t.Errorf("%d credentials after dry runs", len(list.Items))
		}
		if after := len(o.events()); after != before {
			t.Errorf("%d events, then %d", before, after)
		}
	})
}

// events are all events of the office's organisation, once what was committed is published.
func (o *office) events() []sdk.Event {
	time.Sleep(60 * time.Millisecond) // more than a publisher's round
	events, _, err := o.admin.Events(o.w.t.Context(), 0, 1000)
	done(err)
	return events
}

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

// oursElsewhere: an issuer of ours may be prepared too, and only its own key can complete; a key that was retired
// meanwhile cannot.
func (o *office) oursElsewhere(t *testing.T) {
	ctx := t.Context()
	order := o.order()
	draft := must(o.admin.Prepare(ctx, sdk.Preparation{Order: order}))
	stranger := newSigner(t, "EdDSA")
	_, err := o.admin.CompleteWithSignature(ctx, draft.ID, stranger.sign(inputOf(draft)))
	refused(t, err, 400, "signature")
	// Ed25519 is deterministic: the same bytes issued here have the signature that completes there.
	if order.Issuer != draft.Issuer {
		t.Errorf("issuer %s", draft.Issuer)
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

// TestBatch: a thousand orders, some wrong; atomic, all or none.
func TestBatch(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		orders := make([]sdk.Order, 1000)
		for i := range orders {
			orders[i] = o.order()
			if i%10 == 7 {
				orders[i].Claims = map[string]any{"name": 7}
			}
		}
		items := must(o.admin.IssueBatch(ctx, sdk.Batch{Orders: orders}))
		indices := map[string]bool{}
		for i, item := range items {
			if bad := i%10 == 7; item.Index != i || bad != (item.Problem != nil) || bad == (item.Credential != nil) {
				t.Fatalf("item %d: %+v", i, item)
			}
			if item.Problem != nil {
				if item.Problem.Code() != "schema-violation" {
					t.Errorf("item %d: %v", i, item.Problem)
				}
				continue
			}
			for _, e := range item.Credential.StatusEntries {
				place := fmt.Sprint(e.List, e.Index)
				if indices[place] {
					t.Errorf("index %s twice", place)
				}
				indices[place] = true
			}
		}
		if len(indices) != 2*900 {
			t.Errorf("%d indices", len(indices))
		}
		_, err := o.admin.IssueBatch(ctx, sdk.Batch{Orders: orders[:20], Atomic: true})
		refused(t, err, 400, "schema-violation")
		if p, ok := err.(*sdk.Problem); ok && p.Pointer != "/orders/7/claims/name" {
			t.Errorf("pointer %q", p.Pointer)
		}
		_, err = o.admin.IssueBatch(ctx, sdk.Batch{Orders: append(orders, o.order())})
		refused(t, err, 400, "batch-size")
		n := 0
		for q := (sdk.CredentialQuery{Limit: 250}); ; {
			page := must(o.admin.ListCredentials(ctx, q))
			n += len(page.Items)
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
		if n != 900 {
			t.Errorf("%d credentials are listed", n)
		}
	})
}

// TestStatus: revocation is final, suspension can be lifted, each is idempotent; the published list says the same.
func TestStatus(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		for _, variant := range []string{"vcdm2", "vcdm1"} {
			order := o.order()
			order.Variant = variant
			made, other := must(o.admin.Issue(ctx, order)), must(o.admin.Issue(ctx, order))
			for range 2 {
				if got := must(o.admin.Suspend(ctx, made.ID, "late")); got.Status != "suspended" {
					t.Errorf("status %s", got.Status)
				}
			}
			report := must(o.admin.Verify(ctx, sdk.Verification{Credential: made.Credential}))
			if report.Outcome != "failed" || !strings.Contains(told(report), "suspended") {
				t.Errorf("suspended: %s", told(report))
			}
			if got := must(o.admin.Reinstate(ctx, made.ID, "paid")); got.Status != "active" {
				t.Errorf("status %s", got.Status)
			}
			if report := must(o.admin.Verify(ctx, sdk.Verification{Credential: made.Credential})); report.Outcome != "passed" {
				t.Errorf("reinstated: %s", told(report))
			}
			before := len(o.events())
			for range 2 {
				if got := must(o.admin.Revoke(ctx, made.ID, "gone")); got.Status != "revoked" {
					t.Errorf("status %s", got.Status)
				}
			}
			if after := len(o.events()); after != before+1 {
				t.Errorf("revoking twice made %d events", after-before)
			}
			_, err := o.admin.ChangeStatus(ctx, made.ID, sdk.StatusChange{Purpose: "revocation"})
			refused(t, err, 409, "revocation-final")
			_, err = o.admin.Suspend(ctx, made.ID, "")
			refused(t, err, 409, "credential-revoked")
			_, err = o.admin.ChangeStatus(ctx, made.ID, sdk.StatusChange{Purpose: "refresh", Value: 1})
			refused(t, err, 409, "no-status")
			_, err = o.admin.ChangeStatus(ctx, other.ID, sdk.StatusChange{Purpose: "revocation", Value: 2})
			refused(t, err, 400, "status-value")
			w.checkList(t, variant, made, other)
		}
		bare := o.order()
		bare.Revocable = new(bool)
		made := must(o.admin.Issue(ctx, bare))
		if _, err := o.admin.Revoke(ctx, made.ID, ""); true {
			refused(t, err, 409, "no-status")
		}
		if got := w.call("GET", "/status/019a0000-0000-7000-8000-000000000000", "", nil); got.status != 404 {
			t.Errorf("an unknown list answers %d", got.status)
		}
	})
}

// checkList fetches the revocation list of two credentials, of which the first is revoked.
func (w *world) checkList(t *testing.T, variant string, revoked, active sdk.Credential) {
	t.Helper()
	entry := revoked.StatusEntries[slices.IndexFunc(revoked.StatusEntries, func(e sdk.StatusEntry) bool { return e.Purpose == "revocation" })]
	fine := active.StatusEntries[slices.IndexFunc(active.StatusEntries, func(e sdk.StatusEntry) bool { return e.Purpose == "revocation" })]
	var got answer
	var list statuslist.List
	eventually(t, "the list is rebuilt", func() bool {
		got = w.call("GET", entry.URL, "", nil)
		if got.status != 200 {
			t.Fatalf("the list answers %d: %s", got.status, got.body)
		}
		list = w.readList(got.body)
		return must(list.Bits.Get(entry.Index)) == 1
	})
	if got.header.Get("ETag") == "" || !strings.Contains(got.header.Get("Cache-Control"), "max-age=") {
		t.Errorf("headers %v", got.header)
	}
	if list.Bits.Len() < statuslist.MinLength || list.ID != entry.URL || list.Issuer != revoked.Issuer {
		t.Errorf("list %s by %s with %d entries", list.ID, list.Issuer, list.Bits.Len())
	}
	if fine.URL == entry.URL && must(list.Bits.Get(fine.Index)) != 0 {
		t.Error("another credential's bit is set")
	}
	want := map[string]string{"vcdm2": "application/vc+jwt", "vcdm1": "application/jwt"}[variant]
	if media := got.header.Get("Content-Type"); media != want {
		t.Errorf("media type %s", media)
	}
	same := w.call("GET", entry.URL, "", nil, "If-None-Match", got.header.Get("ETag"))
	if same.status != http.StatusNotModified || len(same.body) != 0 {
		t.Errorf("the same ETag answers %d", same.status)
	}
	report := must(w.operator().Verify(t.Context(), sdk.Verification{Credential: string(got.body), Checks: []string{"format", "issuer", "key", "signature"}}))
	if report.Outcome != "passed" {
		t.Errorf("the list's signature: %s", told(report))
	}
}

// readList decodes a published status list, whose JWS payload is the credential or, in VCDM 1.1, has it as vc.
func (w *world) readList(token []byte) statuslist.List {
	w.t.Helper()
	payload := payloadOf(string(token))
	var wrapped struct {
		VC json.RawMessage `json:"vc"`
		ID string          `json:"jti"`
		By string          `json:"iss"`
	}
	done(json.Unmarshal(payload, &wrapped))
	if wrapped.VC == nil {
		return must(statuslist.ReadList(payload, 0, 1<<20))
	}
	var inner map[string]any
	done(json.Unmarshal(wrapped.VC, &inner))
	inner["id"], inner["issuer"] = wrapped.ID, wrapped.By
	inner["issuanceDate"] = "2026-01-01T00:00:00Z"
	return must(statuslist.ReadList(must(json.Marshal(inner)), 0, 1<<20))
}

// TestList: filters, paging and the CSV export agree.
func TestList(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		second := must(o.admin.CreateDID(ctx, sdk.NewDID{Method: "jwk", Algorithm: "P-256"}))
		var made []sdk.Credential
		for i := range 12 {
			order := o.order()
			order.Claims = map[string]any{"id": fmt.Sprintf("did:example:member%d", i%3), "name": "Ada"}
			order.Recipient = fmt.Sprintf("did:example:wallet%d", i%4)
			if i%2 == 1 {
				order.Issuer = second.DID
			}
			made = append(made, must(o.admin.Issue(ctx, order)))
		}
		must(o.admin.Revoke(ctx, made[3].ID, ""))
		must(o.admin.Suspend(ctx, made[5].ID, ""))
		for _, c := range []struct {
			name string
			q    sdk.CredentialQuery
			want int
		}{
			{"all", sdk.CredentialQuery{}, 12},
			{"type", sdk.CredentialQuery{Type: o.kind.ID}, 12},
			{"no type", sdk.CredentialQuery{Type: made[0].ID}, 0},
			{"subject", sdk.CredentialQuery{Subject: "did:example:member1"}, 4},
			{"recipient", sdk.CredentialQuery{Recipient: "did:example:wallet2"}, 3},
			{"issuer", sdk.CredentialQuery{Issuer: second.DID}, 6},
			{"revoked", sdk.CredentialQuery{Status: "revoked"}, 1},
			{"suspended", sdk.CredentialQuery{Status: "suspended"}, 1},
			{"active", sdk.CredentialQuery{Status: "active"}, 10},
			{"issued", sdk.CredentialQuery{State: "issued"}, 12},
			{"awaited", sdk.CredentialQuery{State: "awaited"}, 0},
			{"from", sdk.CredentialQuery{From: made[6].IssuedAt}, 6},
			{"to", sdk.CredentialQuery{To: made[6].IssuedAt}, 6},
			{"issuance", sdk.CredentialQuery{Issuance: made[2].Issuance}, 1},
			{"several", sdk.CredentialQuery{Issuer: second.DID, Subject: "did:example:member1", Status: "active"}, 2},
		} {
			if got := ids(o, c.q); len(got) != c.want {
				t.Errorf("%s: %d, want %d", c.name, len(got), c.want)
			}
			paged := c.q
			paged.Limit = 1
			if got, all := ids(o, paged), ids(o, c.q); !slices.Equal(got, all) {
				t.Errorf("%s: one by one %v, at once %v", c.name, got, all)
			}
			var sheet bytes.Buffer
			done(o.admin.ExportCredentials(ctx, c.q, &sheet))
			rows := must(csv.NewReader(&sheet).ReadAll())
			if len(rows) != c.want+1 {
				t.Errorf("%s: %d rows", c.name, len(rows))
			}
		}
	})
}

// ids are all credentials that match, page by page.
func ids(o *office, q sdk.CredentialQuery) []string {
	var out []string
	for {
		page := must(o.admin.ListCredentials(o.w.t.Context(), q))
		for _, c := range page.Items {
			out = append(out, c.ID)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return out
		}
	}
}

// TestRotation: did:web's document is served and follows its keys.
func TestRotation(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		did := must(o.admin.CreateDID(ctx, sdk.NewDID{Method: "web", Algorithm: "Ed25519", Options: map[string]string{"path": "registrar"}}))
		order := o.order()
		order.Issuer = did.DID
		old := must(o.admin.Issue(ctx, order))
		draft := must(o.admin.Prepare(ctx, sdk.Preparation{Order: order}))
		if draft.State != "awaited" {
			t.Errorf("draft %s", draft.State)
		}
		first := did.Keys[0].Method
		if got := w.document("/registrar/did.json"); !strings.Contains(got, first) {
			t.Errorf("the document lacks %s: %s", first, got)
		}
		rotated := must(o.admin.RotateDID(ctx, did.ID, "P-256"))
		second := rotated.Keys[slices.IndexFunc(rotated.Keys, func(k sdk.DIDKey) bool { return k.State == "active" })]
		if len(rotated.Keys) != 2 || second.Algorithm != "P-256" {
			t.Fatalf("keys %+v", rotated.Keys)
		}
		made := must(o.admin.Issue(ctx, order))
		if made.Method != second.Method {
			t.Errorf("signed by %s", made.Method)
		}
		order.Method = first
		_, err := o.admin.Issue(ctx, order)
		if p, ok := err.(*sdk.Problem); !ok || p.Status/100 != 4 {
			t.Errorf("a retired key signs: %v", err)
		}
		for _, token := range []string{old.Credential, made.Credential} {
			if report := must(o.admin.Verify(ctx, sdk.Verification{Credential: token})); report.Outcome != "passed" {
				t.Errorf("after rotation: %s", told(report))
			}
		}
		must(o.admin.SetDIDKeyState(ctx, did.ID, first, "compromised"))
		if got := w.document("/registrar/did.json"); strings.Contains(got, first) || !strings.Contains(got, second.Method) {
			t.Errorf("the document has the compromised key: %s", got)
		}
		report := must(o.admin.Verify(ctx, sdk.Verification{Credential: old.Credential}))
		if report.Outcome != "failed" || !strings.Contains(told(report), "compromised") {
			t.Errorf("compromised: %s %s", report.Outcome, told(report))
		}
		_, err = o.admin.SetDIDKeyState(ctx, did.ID, first, "retired")
		refused(t, err, 409, "key-state")
		_, err = o.admin.RotateDID(ctx, o.did.ID, "")
		refused(t, err, 422, "cannot-rotate")
		_, err = o.admin.AddDIDKey(ctx, o.did.ID, "P-256")
		refused(t, err, 422, "cannot-rotate")
		must(o.admin.DeactivateDID(ctx, did.ID))
		order.Method = ""
		_, err = o.admin.Issue(ctx, order)
		if p, ok := err.(*sdk.Problem); !ok || p.Status/100 != 4 {
			t.Errorf("a deactivated DID issues: %v", err)
		}
		if got := w.call("GET", "/1.0/identifiers/"+did.DID, "", nil); got.status != 410 {
			t.Errorf("the deactivated DID resolves with %d", got.status)
		}
	})
}

func (w *world) document(path string) string {
	got := w.call("GET", path, "", nil)
	if got.status != 200 || got.header.Get("ETag") == "" {
		w.t.Fatalf("%s answers %d: %s", path, got.status, got.body)
	}
	return string(got.body)
}

// TestCatalog: archive, restore, delete, and what is published.
func TestCatalog(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		version := o.schema.LatestVersion
		for _, target := range []string{version.URL, version.ContextURL, strings.Replace(version.URL, "schema.json", "claims.json", 1)} {
			got := w.call("GET", target, "", nil)
			if got.status != 200 || !json.Valid(got.body) || !strings.Contains(got.header.Get("Cache-Control"), "max-age=31536000") {
				t.Errorf("%s: %d %v", target, got.status, got.header)
			}
			if again := w.call("GET", target, "", nil, "If-None-Match", got.header.Get("ETag")); again.status != 304 {
				t.Errorf("%s again: %d", target, again.status)
			}
		}
		sum := sha256.Sum256(w.call("GET", version.ContextURL, "", nil).body)
		if version.ContextDigest != base64.RawURLEncoding.EncodeToString(sum[:]) {
			t.Error("the context's digest is not that of what is served")
		}
		added := must(o.admin.AddSchemaVersion(ctx, o.schema.ID, claimsSchema()))
		if added.Version != 2 || added.URL == version.URL {
			t.Errorf("second version %+v", added)
		}
		err := o.admin.DeleteSchema(ctx, o.schema.ID)
		refused(t, err, 409, "schema-in-use")
		must(o.admin.ArchiveSchema(ctx, o.schema.ID))
		_, err = o.admin.Issue(ctx, o.order())
		refused(t, err, 409, "schema-archived")
		must(o.admin.RestoreSchema(ctx, o.schema.ID))
		must(o.admin.ArchiveType(ctx, o.kind.ID))
		_, err = o.admin.Issue(ctx, o.order())
		refused(t, err, 409, "type-archived")
		must(o.admin.RestoreType(ctx, o.kind.ID))
		must(o.admin.Issue(ctx, o.order()))

		spare := must(o.admin.CreateSchema(ctx, sdk.NewSchema{Name: "Spare", TypeName: "Spare", Schema: claimsSchema()}))
		done(o.admin.DeleteSchema(ctx, spare.ID))
		_, err = o.admin.GetSchema(ctx, spare.ID)
		refused(t, err, 404, "schema-not-found")

		changed := o.kind.NewType
		changed.Name = "Renamed"
		current := must(o.admin.GetType(ctx, o.kind.ID))
		updated := must(o.admin.UpdateType(ctx, o.kind.ID, current.Revision, changed))
		_, err = o.admin.UpdateType(ctx, o.kind.ID, current.Revision, changed)
		if p, ok := err.(*sdk.Problem); !ok || p.Status != 409 {
			t.Errorf("an old revision: %v", err)
		}
		if updated.Name != "Renamed" || updated.Revision <= current.Revision {
			t.Errorf("updated %+v", updated)
		}
	})
}

// TestClients: OAuth client credentials, ten minutes, and the end of a client.
func TestClients(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		made := must(o.root.CreateClient(ctx, sdk.NewPrincipal{Name: "portal", Grants: []sdk.Grant{{Role: "issuer", Organisation: o.org.ID}}}))
		token, seconds := w.token(made.ID, made.Secret)
		if seconds != 600 {
			t.Errorf("a token lives %d seconds", seconds)
		}
		portal := w.as(token)
		who := must(portal.Whoami(ctx))
		if who.Kind != "client" || who.Principal != made.ID || who.Organisation != o.org.ID || !slices.Contains(who.Permissions, "credential:issue") {
			t.Errorf("whoami %+v", who)
		}
		must(portal.Issue(ctx, o.order()))
		_, err := portal.CreateDID(ctx, sdk.NewDID{})
		refused(t, err, 403, "permission-denied")
		w.clock.advance(9 * time.Minute)
		must(portal.Whoami(ctx))
		w.clock.advance(92 * time.Second) // and half a minute for clocks that differ
		_, err = portal.Whoami(ctx)
		if p, ok := err.(*sdk.Problem); !ok || p.Status != 401 {
			t.Errorf("after ten minutes: %v", err)
		}
		rotated := must(o.root.RotateClient(ctx, made.ID))
		if got := w.tokenAnswer(made.ID, made.Secret); got.status != 401 {
			t.Errorf("the old secret answers %d", got.status)
		}
		token, _ = w.token(made.ID, rotated.Secret)
		portal = w.as(token)
		must(portal.Whoami(ctx))
		done(o.root.RevokeClient(ctx, made.ID))
		_, err = portal.Whoami(ctx)
		if p, ok := err.(*sdk.Problem); !ok || p.Status != 401 {
			t.Errorf("the token of a revoked client: %v", err)
		}
		if got := w.tokenAnswer(made.ID, rotated.Secret); got.status != 401 || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("a revoked client: %d %v", got.status, got.header)
		}
		key := must(o.root.CreateAPIKey(ctx, sdk.NewPrincipal{Name: "short", Grants: []sdk.Grant{{Role: "auditor", Organisation: o.org.ID}}}))
		auditor := w.as(key.Secret)
		if who := must(auditor.Whoami(ctx)); who.Kind != "apikey" || slices.Contains(who.Permissions, "credential:issue") {
			t.Errorf("whoami %+v", who)
		}
		done(o.root.RevokeAPIKey(ctx, key.ID))
		_, err = auditor.Whoami(ctx)
		if p, ok := err.(*sdk.Problem); !ok || p.Status != 401 {
			t.Errorf("a revoked key: %v", err)
		}
	})
}

func (w *world) tokenAnswer(id, secret string) answer {
	w.t.Helper()
	basic := base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id) + ":" + url.QueryEscape(secret)))
	return w.call("POST", "/oauth2/token", "", "grant_type=client_credentials",
		"Content-Type", "application/x-www-form-urlencoded", "Authorization", "Basic "+basic)
}

func (w *world) token(id, secret string) (token string, seconds int) {
	w.t.Helper()
	got := w.tokenAnswer(id, secret)
	var body struct {
		Token   string `json:"access_token"`
		Seconds int    `json:"expires_in"`
	}
	if err := json.Unmarshal(got.body, &body); err != nil || got.status != 200 {
		w.t.Fatalf("the token endpoint answers %d: %s", got.status, got.body)
	}
	return body.Token, body.Seconds
}
