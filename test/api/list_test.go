package api

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"testing"

	"github.com/chancery-vc/chancery/sdk"
)

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
