package api

import (
	"testing"

	"github.com/chancery-vc/chancery/sdk"
)

// TestSubjectsResolve: whether a subject's DID must resolve is the type's to say.
func TestSubjectsResolve(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		const good, bad = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "did:key:z6Mknothing"
		for policy, wants := range map[string]struct {
			code     string // of a subject that does not resolve
			findings int
		}{"never": {"", 0}, "warn": {"", 1}, "must": {"did-not-resolved", 0}} {
			kind := must(o.admin.CreateType(ctx, sdk.NewType{
				Name: "Card " + policy, Types: []string{"CardCredential"}, Schema: sdk.SchemaReference{ID: o.schema.ID}, Subjects: policy,
			}))
			order := o.order()
			order.Type, order.Claims = kind.ID, map[string]any{"id": good, "name": "Ada"}
			if made := must(o.admin.Issue(ctx, order)); len(made.Findings) != 0 {
				t.Errorf("%s: %v", policy, made.Findings)
			}
			order.Claims = map[string]any{"id": bad, "name": "Ada"}
			made, err := o.admin.Issue(ctx, order)
			if wants.code != "" {
				refused(t, err, 400, wants.code)
				continue
			}
			if done(err); len(made.Findings) != wants.findings {
				t.Errorf("%s: %v", policy, made.Findings)
			}
		}
	})
}
