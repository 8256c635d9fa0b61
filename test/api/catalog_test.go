package api

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/sdk"
)

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
