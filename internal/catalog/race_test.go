package catalog_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/internal/store/storetest"
)

// Of what changes a schema at the same moment nothing undoes another: on a database whose transactions run beside each
// other.
func TestRaces(t *testing.T) {
	h := openOn(t, storetest.FreshPostgres(t))
	ctx := t.Context()
	there := h.server()
	for n := range 10 {
		schema := h.schema(t, h.tenant)
		var all sync.WaitGroup
		all.Go(func() {
			if _, err := h.ArchiveSchema(ctx, h.tenant, schema.ID); err != nil {
				t.Error(describe(err))
			}
		})
		all.Go(func() { _, _ = there.AddVersion(ctx, h.tenant, schema.ID, degree(t, "schema.json")) }) // unless it is archived
		for i := range 6 {
			all.Go(func() {
				if _, err := there.UpdateSchema(ctx, h.tenant, schema.ID, fmt.Sprint(i), []string{"alpha"}); err != nil {
					t.Error(describe(err))
				}
			})
		}
		all.Wait()
		now, err := h.Schema(ctx, h.tenant.Scope, schema.ID)
		if err != nil || now.ArchivedAt.IsZero() {
			t.Errorf("%d: that it was archived is undone: %+v, %v", n, now, describe(err))
		}
		if _, err := h.Version(ctx, h.tenant.Scope, schema.ID, now.Latest+1); err == nil {
			t.Errorf("%d: that there is another version is undone", n)
		}
	}
}
