package api

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/spec/statuslist"
)

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
