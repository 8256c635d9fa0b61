package holder

import (
	"context"
	"slices"

	"github.com/chancery-vc/chancery/internal/vc"
)

// HeldTagged gives the credentials of a query that have all those tags and all those subjects, the newest first unless the query's
// page says otherwise, of which it takes Limit and Offset. It looks at the first 20,000 that fit the query.
func (d *Desk) HeldTagged(ctx context.Context, scope vc.Scope, q vc.HeldQuery, tags vc.HeldTags, subjects []string) ([]HeldView, error) {
	if _, err := d.wallet(); err != nil {
		return nil, err
	}
	page := q.Page
	var all []vc.HeldCredential
	if err := d.Signing.Rows.View(ctx, scope, func(rows Rows) (err error) {
		all, err = everyHeld(rows, q, maxScan)
		return err
	}); err != nil {
		return nil, err
	}
	if page.Limit <= 0 {
		page.Limit = 50
	}
	all = slices.DeleteFunc(all, func(held vc.HeldCredential) bool { return !carries(held.Tags, tags) })
	if len(subjects) == 0 {
		all = all[min(max(page.Offset, 0), len(all)):]
		return d.openedAll(ctx, all[:min(page.Limit, len(all))])
	}
	views := []HeldView{}
	skip := page.Offset
	for _, held := range all {
		view, err := d.opened(ctx, held)
		if err != nil {
			return nil, err
		}
		if !within(subjects, view.Subjects) {
			continue
		}
		if skip--; skip < 0 {
			views = append(views, view)
		}
		if len(views) == page.Limit {
			break
		}
	}
	return views, nil
}

// carries says whether tags have all that is wanted.
func carries(tags, wanted vc.HeldTags) bool {
	return (wanted.Given == "" || wanted.Given == tags.Given) && within(wanted.Contexts, tags.Contexts) &&
		within(wanted.Expanded, tags.Expanded) && within(wanted.Schemas, tags.Schemas) && within(wanted.Proofs, tags.Proofs)
}

func within(wanted, all []string) bool {
	return !slices.ContainsFunc(wanted, func(one string) bool { return !slices.Contains(all, one) })
}
