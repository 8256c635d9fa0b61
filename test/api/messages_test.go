package api

import (
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/sdk"
)

// TestMessages: status purposes message and refresh, Bitstring Status List 1.0 §2.1. A value of several bits is set,
// published and told in words, and neither fails a verification.
func TestMessages(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		kind := must(o.admin.CreateType(ctx, sdk.NewType{
			Name: "Licence", Types: []string{"LicenceCredential"}, Schema: sdk.SchemaReference{ID: o.schema.ID},
			Purposes: []string{"revocation", "message", "refresh"},
			StatusMessages: []sdk.StatusMessage{
				{Status: "0x0", Message: "in good standing"}, {Status: "0x1", Message: "under review"}, {Status: "0x2", Message: "conditions apply"},
			},
		}))
		order := o.order()
		order.Type = kind.ID
		made := must(o.admin.Issue(ctx, order))
		at := func(purpose string) sdk.StatusEntry {
			return made.StatusEntries[slices.IndexFunc(made.StatusEntries, func(e sdk.StatusEntry) bool { return e.Purpose == purpose })]
		}
		if size := at("message").Size; size != 2 {
			t.Errorf("three messages have %d bits", size)
		}
		must(o.admin.ChangeStatus(ctx, made.ID, sdk.StatusChange{Purpose: "message", Value: 2}))
		must(o.admin.ChangeStatus(ctx, made.ID, sdk.StatusChange{Purpose: "refresh", Value: 1}))
		_, err := o.admin.ChangeStatus(ctx, made.ID, sdk.StatusChange{Purpose: "message", Value: 4})
		refused(t, err, 400, "status-value")
		report := must(o.admin.Verify(ctx, sdk.Verification{Credential: made.Credential}))
		if report.Outcome != "passed" || !strings.Contains(told(report), "conditions apply") {
			t.Errorf("%s: %s", report.Outcome, told(report))
		}
		for purpose, want := range map[string]uint8{"message": 2, "refresh": 1, "revocation": 0} {
			entry := at(purpose)
			eventually(t, "the list of "+purpose+" says so", func() bool {
				got := w.call("GET", entry.URL, "", nil)
				return got.status == 200 && must(w.readList(got.body).Bits.Get(entry.Index)) == want
			})
		}
		if got := must(o.admin.GetCredential(ctx, made.ID)); got.Status != "active" {
			t.Errorf("a message made the credential %s", got.Status)
		}
	})
}
