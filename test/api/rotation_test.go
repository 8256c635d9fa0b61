package api

import (
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/sdk"
)

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
		_, err = o.admin.AddDIDKey(ctx, o.did.ID, sdk.NewDIDKey{Algorithm: "P-256"})
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
