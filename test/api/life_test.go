package api

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/sdk"
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
	o.w.published()
	events, _, err := o.admin.Events(o.w.t.Context(), 0, 1000)
	done(err)
	return events
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
