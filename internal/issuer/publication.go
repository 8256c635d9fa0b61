package issuer

import (
	"context"
	"strconv"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// What credential types have on ledgers is published by jobs, one a publication, that hold up nobody:
//
//	a list begins, a schema is used, a status changes ── commit ──> job, after the type's interval
//	job ── signed list or schema ──> journaled transaction ── the ledger's writer ──> FinishPublication
//	 └── looks what became of it: once more where statuses changed meanwhile, later where it failed, else the end
//
// A publication names its one job, and its one transaction while that is under way: a job that is lent twice, or that a dead
// server began, finds what was done.

// PublishPurpose is the purpose of ledger transactions that publish: [Desk.FinishPublication] ends them.
const PublishPurpose = "publication"

// How long a publication waits after it failed: the first time, doubled each time, and at most.
const (
	firstRetry   = 10 * time.Second
	longestRetry = time.Hour
)

// publishLater has a status list published, where it is on a ledger, when the interval of its type has passed. It is called in
// the transaction that changes a status in it; changes until then share the publication.
func publishLater(rows Rows, list string, now time.Time) error {
	p, err := rows.PublicationOfList(list)
	if vc.KindOf(err) == vc.NotFound && err != nil {
		return nil
	}
	if err != nil || p.Job != "" {
		return err
	}
	return plan(rows, p, now, now.Add(p.Interval))
}

// plan writes a publication with a new job at a time.
func plan(rows Rows, p vc.Publication, now, at time.Time) error {
	p.Job, p.DueAt = newID(), at
	p.Revision, p.UpdatedAt = p.Revision+1, now
	if err := rows.UpdatePublication(p); err != nil {
		return err
	}
	return rows.Enqueue(vc.Job{ID: p.Job, Scope: p.Scope, Kind: vc.JobPublish, Payload: []byte(p.ID), RunAt: at})
}

// Publications lists what a credential type has on ledgers. NotFound "type-not-found".
func (d *Desk) Publications(ctx context.Context, scope vc.Scope, typeID string, page vc.Page) (list []vc.Publication, err error) {
	if _, err := d.Catalog.Type(ctx, scope, typeID); err != nil {
		return nil, err
	}
	err = d.Rows.View(ctx, scope, func(rows Rows) (err error) {
		list, err = rows.Publications(typeID, page)
		return err
	})
	return list, err
}

// PublishJob looks after a publication.
func (d *Desk) PublishJob(ctx context.Context, job vc.Job) error {
	var p vc.Publication
	if err := d.Rows.View(ctx, job.Scope, func(rows Rows) (err error) {
		p, err = rows.Publication(string(job.Payload))
		return err
	}); err != nil || p.Job != job.ID {
		return err
	}
	switch {
	case p.Transaction != "":
		return d.awaited(ctx, p)
	case p.Shown >= 0 && d.now().Before(p.PublishedAt.Add(p.Interval)):
		return d.settled(ctx, p) // one publication in an interval
	}
	content, sent, err := d.publishable(ctx, p)
	if err == nil && sent == p.Shown {
		return d.settled(ctx, p)
	}
	if err == nil {
		p.Sent = sent
		// Another version of a schema is another resource's version; each version of a list shows more changes.
		version := strconv.FormatInt(sent, 10)
		if p.Kind == vc.PublishedSchema {
			version = strconv.Itoa(p.Version)
		}
		d.step(StepPublishing)
		err = d.Identity.SendPublication(ctx, p, PublishPurpose, version, content)
	}
	if err != nil {
		return d.unpublished(ctx, p, err)
	}
	d.step(StepJournaled)
	return d.later(ctx, p, time.Second)
}

// publishable is what is to be published now, and how many changes it shows.
func (d *Desk) publishable(ctx context.Context, p vc.Publication) (content []byte, sent int64, err error) {
	if p.Kind == vc.PublishedSchema {
		version, err := d.Catalog.Version(ctx, p.Scope, p.Object, p.Version)
		return version.Document, 0, err
	}
	projection, err := d.Status.Fresh(ctx, p.Scope, p.Object)
	if err != nil || projection.Revision == p.Shown {
		return nil, projection.Revision, err
	}
	who, key, err := d.Identity.SigningKey(ctx, p.Scope, projection.List.Identity, "")
	if err != nil {
		return nil, 0, err
	}
	published, err := d.publish(ctx, who, key, projection, d.listShapeFor(projection.List, ""))
	return published.Body, projection.Revision, err
}

// awaited looks what became of a publication's transaction. One that is included is not here any more: see FinishPublication.
func (d *Desk) awaited(ctx context.Context, p vc.Publication) error {
	tx, err := d.Identity.LedgerTransaction(ctx, vc.Scope{Tenant: p.Scope.Tenant}, p.Transaction)
	switch {
	case err != nil:
		return err
	case tx.State == vc.LedgerFailed:
		return d.unpublished(ctx, p, tx.Failure())
	}
	return d.later(ctx, p, min(max(d.now().Sub(tx.CreatedAt)/4, time.Second), time.Minute))
}

// change writes what a job made of a publication, unless another job has it by now.
func (d *Desk) change(ctx context.Context, p vc.Publication, write func(Rows, vc.Publication) error) error {
	return d.Rows.Update(ctx, p.Scope, func(rows Rows) error {
		now, err := rows.PublicationForUpdate(p.ID)
		if err != nil || now.Job != p.Job {
			return err
		}
		return write(rows, now)
	})
}

func (d *Desk) later(ctx context.Context, p vc.Publication, wait time.Duration) error {
	return d.change(ctx, p, func(rows Rows, p vc.Publication) error { return plan(rows, p, d.now(), d.now().Add(wait)) })
}

// settled ends a job whose publication shows what there is. Who changes a status takes the publication's row first: no change can
// pass between the count and the end.
func (d *Desk) settled(ctx context.Context, p vc.Publication) error {
	return d.change(ctx, p, func(rows Rows, p vc.Publication) error {
		if p.Kind == vc.PublishedList {
			changes, err := rows.CountStatusChanges(p.Object)
			if err != nil {
				return err
			}
			if changes != p.Shown {
				at := p.PublishedAt.Add(p.Interval)
				if at.Before(d.now()) {
					at = d.now().Add(p.Interval)
				}
				return plan(rows, p, d.now(), at)
			}
		}
		p.Job, p.DueAt, p.Revision, p.UpdatedAt = "", time.Time{}, p.Revision+1, d.now()
		return rows.UpdatePublication(p)
	})
}

// unpublished notes that a publication failed, and tries again later: what it waits for, money or a node, may come at any time.
func (d *Desk) unpublished(ctx context.Context, p vc.Publication, cause error) error {
	code, message := "internal", "the publication could not be made"
	if e, ok := asError(cause); ok && e.Kind != vc.Internal {
		code, message = e.Code, e.Message
	}
	if code == "stale" || ctx.Err() != nil {
		return cause
	}
	if d.Log != nil {
		d.Log.WarnContext(ctx, "publishing on a ledger", "error", cause, "publication", p.ID, "type", p.Type, "failures", p.Failures+1)
	}
	var noted vc.Publication
	err := d.change(ctx, p, func(rows Rows, p vc.Publication) error {
		first := p.Code != code
		p.Transaction, p.Code, p.Error = "", code, message
		p.Failures++
		noted = p
		wait := longestRetry
		if p.Failures < 10 {
			wait = min(firstRetry<<(p.Failures-1), longestRetry)
		}
		if err := plan(rows, p, d.now(), d.now().Add(wait)); err != nil || !first {
			return err
		}
		return rows.Append(d.publicationEntry(p, "publication.failed", "code="+code))
	})
	if err == nil && noted.ID != "" && d.Published != nil {
		d.Published(noted)
	}
	return err
}

// FinishPublication notes a version that the ledger has, together with the end of its transaction.
func (d *Desk) FinishPublication(ctx context.Context, tx vc.LedgerTransaction) error {
	id := string(tx.Intent)
	tx.Intent, tx.Message, tx.Raw = nil, nil, nil
	var noted vc.Publication
	err := d.Rows.Update(ctx, vc.Scope{Tenant: tx.Scope.Tenant}, func(rows Rows) error {
		noted = vc.Publication{}
		p, err := rows.PublicationForUpdate(id)
		if err != nil {
			return err
		}
		if p.Transaction == tx.ID {
			now := d.now()
			p.Transaction, p.Shown, p.URL, p.PublishedAt = "", p.Sent, tx.Object, now
			p.Failures, p.Code, p.Error = 0, "", ""
			p.Revision, p.UpdatedAt = p.Revision+1, now
			if err := rows.UpdatePublication(p); err != nil {
				return err
			}
			if err := rows.Append(d.publicationEntry(p, "publication.published", "resource="+tx.Version)); err != nil {
				return err
			}
			noted = p
		}
		return rows.UpdateLedgerTransaction(tx)
	})
	if err == nil && noted.ID != "" && d.Published != nil {
		d.Published(noted)
	}
	return err
}

func (d *Desk) publicationEntry(p vc.Publication, action, detail string) vc.Entry {
	return vc.Entry{
		ID: newID(), Scope: p.Scope, At: d.now(), Action: action, Principal: "system", Object: string(p.Kind) + "/" + p.Object,
		Detail: "type=" + p.Type + " " + detail,
	}
}
