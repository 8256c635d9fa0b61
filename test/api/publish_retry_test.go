package api

import (
	"strings"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/test/suite"
)

// TestPublishRetry has who mended what a publication failed for try it again at once: no clock moves. However many ask, it is paid
// for once, and who may not change the type may not ask.
func TestPublishRetry(t *testing.T) {
	suite.Engines(t, func(t *testing.T, engine string) {
		guard(t, func() {
			p := pressOf(t, engine, sdk.Publishing{IntervalSeconds: 3600, FeeCeiling: "0.5"})
			ctx := t.Context()
			failed := p.reaches("schema", "failing")
			again, err := p.admin.RetryPublication(ctx, p.kind.ID, failed.ID) // nothing was mended
			if done(err); again.State != "failing" || again.DueAt.After(p.w.clock.Now()) {
				t.Errorf("%+v", again)
			}
			eventually(t, "a second failure", func() bool { return p.publication("schema").Failures == 2 })

			dear := must(p.admin.GetType(ctx, p.kind.ID))
			dear.Publish.FeeCeiling = "20"
			must(p.admin.UpdateType(ctx, dear.ID, dear.Revision, dear.NewType))
			south := p.w.office("south")
			for _, who := range []struct {
				by       *sdk.Client
				kind, id string
				status   int
				code     string
			}{
				{by: p.w.as(must(p.root.CreateAPIKey(ctx, sdk.NewPrincipal{
					Name: "issuer", Grants: []sdk.Grant{{Role: "issuer", Organisation: p.org.ID}},
				})).Secret), kind: p.kind.ID, id: failed.ID, status: 403, code: "permission-denied"},
				{by: south.admin, kind: p.kind.ID, id: failed.ID, status: 404, code: "type-not-found"},
				{by: south.admin, kind: south.kind.ID, id: failed.ID, status: 404, code: "publication-not-found"},
				{by: p.admin, kind: p.office.kind.ID, id: failed.ID, status: 404, code: "publication-not-found"},
			} {
				_, err := who.by.RetryPublication(ctx, who.kind, who.id)
				refused(t, err, who.status, who.code)
			}

			var all sync.WaitGroup
			for range 8 {
				all.Go(func() {
					if _, err := p.admin.RetryPublication(ctx, p.kind.ID, failed.ID); err != nil && !strings.Contains(err.Error(), "only a publication that failed") {
						t.Error(err)
					}
				})
			}
			all.Wait()
			p.reaches("schema", "published")
			_, err = p.admin.RetryPublication(ctx, p.kind.ID, failed.ID)
			refused(t, err, 409, "publication-not-failing")
			if n := p.versions("JSONSchema"); n != 1 {
				t.Errorf("%d versions", n)
			}

			// A list that waits for its interval is not published sooner.
			made := p.issue()
			eventually(t, "the lists", func() bool { return p.versions("BitstringStatusListCredential") == 2 })
			must(p.admin.Revoke(ctx, made.ID, ""))
			for _, one := range must(p.admin.ListPublications(ctx, p.kind.ID, sdk.ListQuery{})).Items {
				_, err = p.admin.RetryPublication(ctx, p.kind.ID, one.ID)
				refused(t, err, 409, "publication-not-failing")
			}
			retried := 0
			entries, _, err := p.admin.Audit(ctx, 0, 1000)
			done(err)
			for _, e := range entries {
				if e.Action == "publication.retried" && e.Principal != "system" && strings.HasSuffix(e.Detail, "code=fee-above-ceiling") {
					retried++
				}
			}
			if retried < 2 {
				t.Errorf("the journal knows of %d", retried)
			}
		})
	})
}
