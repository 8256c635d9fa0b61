package holder

import (
	"context"
	"slices"

	"github.com/chancery-vc/chancery/internal/vc"
)

// A wallet is looked through a page at a time, up to so many credentials.
const (
	pageSize = 1000
	maxScan  = 20_000
)

// Held gives a credential of the wallet. refresh verifies it again first and keeps what its status says; where that cannot
// be reached the last known one stays. NotFound "held-not-found".
func (d *Desk) Held(ctx context.Context, scope vc.Scope, id string, refresh bool) (HeldView, error) {
	w, err := d.wallet()
	if err != nil {
		return HeldView{}, err
	}
	var held vc.HeldCredential
	if err := d.Signing.Rows.View(ctx, scope, func(rows Rows) (err error) {
		held, err = rows.Held(id)
		return missing(err, "held-not-found", "credential")
	}); err != nil {
		return HeldView{}, err
	}
	view, err := d.opened(ctx, held)
	if err != nil || !refresh {
		return view, err
	}
	judged, err := w.Judge.Judge(ctx, scope, view.Secured)
	if err != nil || judged.Standing == "" {
		return view, err
	}
	d.stand(&view, judged.Standing)
	err = d.Signing.Rows.Update(ctx, scope, func(rows Rows) error {
		return missing(rows.UpdateHeld(view.Held), "held-not-found", "credential")
	})
	return view, err
}

// HeldList gives credentials of the wallet as they were last seen, and how many there are in all. status "": whatever they are
// good for. A list by status is paged by Offset or by After, and is of the first 20,000 credentials that fit the query.
func (d *Desk) HeldList(ctx context.Context, scope vc.Scope, q vc.HeldQuery, status Status) (views []HeldView, total int, err error) {
	if _, err := d.wallet(); err != nil {
		return nil, 0, err
	}
	var page []vc.HeldCredential
	err = d.Signing.Rows.View(ctx, scope, func(rows Rows) (err error) {
		if status != "" {
			page, total, err = d.byStatus(rows, q, status)
			return err
		}
		if total, err = rows.CountHeld(q); err == nil {
			page, err = rows.HeldCredentials(q)
		}
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	views, err = d.openedAll(ctx, page)
	return views, total, err
}

func (d *Desk) openedAll(ctx context.Context, all []vc.HeldCredential) ([]HeldView, error) {
	views := make([]HeldView, 0, len(all))
	for _, held := range all {
		view, err := d.opened(ctx, held)
		if err != nil {
			return nil, err
		}
		views = append(views, view)
	}
	return views, nil
}

// byStatus is a page of the credentials of a status. The store knows standings; what has expired by now it does not.
func (d *Desk) byStatus(rows Rows, q vc.HeldQuery, wanted Status) ([]vc.HeldCredential, int, error) {
	page, now := q.Page, d.now()
	all, err := everyHeld(rows, q, maxScan)
	if err != nil {
		return nil, 0, err
	}
	all = slices.DeleteFunc(all, func(held vc.HeldCredential) bool { return status(held, now) != wanted })
	total := len(all)
	if page.After != "" {
		all = all[1+slices.IndexFunc(all, func(held vc.HeldCredential) bool { return held.ID == page.After }):]
	}
	if page.Limit <= 0 {
		page.Limit = 50
	}
	all = all[min(max(page.Offset, 0), len(all)):]
	return all[:min(page.Limit, len(all))], total, nil
}

// everyHeld gives the first credentials of a query, at most so many, whatever page it asks for.
func everyHeld(rows Rows, q vc.HeldQuery, most int) (all []vc.HeldCredential, err error) {
	q.Page = vc.Page{Limit: pageSize, Ascending: q.Page.Ascending}
	for len(all) < most {
		page, err := rows.HeldCredentials(q)
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
		if len(page) < pageSize {
			break
		}
		q.Page.After = page[len(page)-1].ID
	}
	return all[:min(most, len(all))], nil
}

// Drop destroys a credential of the wallet. NotFound "held-not-found".
func (d *Desk) Drop(ctx context.Context, by vc.Caller, id string) error {
	w, err := d.wallet()
	if err != nil {
		return err
	}
	err = d.Signing.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		if err := rows.DeleteHeld(id); err != nil {
			return missing(err, "held-not-found", "credential")
		}
		return rows.Append(d.entry(by, "held.deleted", "held/"+id, id))
	})
	if err != nil {
		return err
	}
	return w.scrub(ctx)
}

// DropAll destroys all credentials of the wallet, and tells how many.
func (d *Desk) DropAll(ctx context.Context, by vc.Caller) (dropped int, err error) {
	w, err := d.wallet()
	if err != nil {
		return 0, err
	}
	err = d.Signing.Rows.Update(ctx, by.Scope, func(rows Rows) (err error) {
		if dropped, err = rows.DeleteAllHeld(); err != nil || dropped == 0 {
			return err
		}
		return rows.Append(d.entry(by, "held.deleted", "held/all", ""))
	})
	if err != nil || dropped == 0 {
		return 0, err
	}
	return dropped, w.scrub(ctx)
}
