package issuer

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Issue carries out an order with a key of ours: checked, signed, recorded, in one call. Under an idempotency key
// that was used before, with the same request, it answers as it did then and does nothing.
//
// Errors: Invalid with Details for what the rules refuse; Denied when the organisation may not issue; Conflict
// "idempotency-key-reused"; NotFound "identity-not-found" when the issuer is not a DID we hold the key of.
func (d *Desk) Issue(ctx context.Context, by vc.Caller, order vc.Order, how How) (Result, error) {
	return d.one(ctx, by, order, how, false)
}

// Prepare carries out an order up to the signature, which is made elsewhere: every rule is checked and the status
// index is taken. Awaited, the draft expires unless it is completed; with how.Release the record counts as issued
// at once and may still be completed.
func (d *Desk) Prepare(ctx context.Context, by vc.Caller, order vc.Order, how How) (Result, error) {
	return d.one(ctx, by, order, how, true)
}

// one carries out one order. Whether its idempotency key was used before is found out by writing, where it costs
// nothing: the row's uniqueness decides, on this server or on another. A request that is refused, or that loses
// there, is looked up before it is answered.
func (d *Desk) one(ctx context.Context, by vc.Caller, order vc.Order, how How, elsewhere bool) (Result, error) {
	if err := d.mayIssue(ctx, by.Scope); err != nil {
		return Result{}, err
	}
	use, err := d.remember(ctx, by, how)
	if err != nil {
		return Result{}, err
	}
	result, err := d.carry(ctx, by, order, how, use, elsewhere)
	if err != nil {
		return d.before(ctx, by, use, err)
	}
	return result, nil
}

// carry makes and records one credential.
func (d *Desk) carry(ctx context.Context, by vc.Caller, order vc.Order, how How, use *remembered, elsewhere bool) (Result, error) {
	m, err := d.make(ctx, by, order, how, elsewhere)
	if err != nil {
		return Result{}, err
	}
	kept := pocket{Door: how.Pocket, Findings: findingsOf(m.result.Findings)}
	if err := d.commit(ctx, by, use, m.row.ID, kept, func(rows Rows) error { return d.write(rows, by, m) }); err != nil {
		return Result{}, err
	}
	m.result.Pocket = how.Pocket
	return m.result, nil
}

// commit is the one transaction of an order: what is remembered under its idempotency key, and what write writes. It may run
// more than once.
func (d *Desk) commit(ctx context.Context, by vc.Caller, use *remembered, credential string, kept pocket, write func(Rows) error) error {
	d.step(StepRecording)
	err := d.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		if err := use.keep(rows, by.Scope, []string{credential}, kept, d.now(), d.window()); err != nil {
			return err
		}
		return write(rows)
	})
	if err == nil {
		d.step(StepCommitted)
	}
	return err
}

func findingsOf(findings []vc.Finding) [][]vc.Finding {
	if len(findings) == 0 {
		return nil
	}
	return [][]vc.Finding{findings}
}

// before looks whether a request that failed was answered before, under the same idempotency key: then that answer
// is the answer.
func (d *Desk) before(ctx context.Context, by vc.Caller, use *remembered, err error) (Result, error) {
	kept, err := d.keptFor(ctx, by, use, err)
	if err != nil {
		return Result{}, err
	}
	return d.replayOne(ctx, by, kept)
}

// keptFor gives what was answered before, or the error of the request that failed.
func (d *Desk) keptFor(ctx context.Context, by vc.Caller, use *remembered, failed error) (vc.Idempotency, error) {
	kept, ok, err := d.recall(ctx, by.Scope, use)
	switch {
	case err != nil:
		return vc.Idempotency{}, err
	case !ok:
		return vc.Idempotency{}, failed
	}
	return kept, nil
}

func (d *Desk) replayOne(ctx context.Context, by vc.Caller, kept vc.Idempotency) (Result, error) {
	items, _, err := d.replay(ctx, by.Scope, kept)
	if err != nil {
		return Result{}, err
	}
	if len(items) != 1 {
		return Result{}, vc.Errorf(vc.Conflict, "idempotency-key-reused", "this idempotency key was used for a batch")
	}
	return items[0].Result, items[0].Err
}

// made is a credential that is ready to be recorded.
type made struct {
	row      vc.Credential
	result   Result
	erase    bool
	answered bool // its holder has it with the answer: no exchange goes on that would tell of the delivery
}

// make carries an order to the point where only the transaction is missing. It takes no part of the writer's time.
func (d *Desk) make(ctx context.Context, by vc.Caller, order vc.Order, how How, elsewhere bool) (made, error) {
	c, err := d.decide(ctx, by.Scope, order, elsewhere)
	if err != nil {
		return made{}, err
	}
	if elsewhere && !how.Release {
		c.DraftUntil = d.draftUntil(c, how.Life)
	}
	draft, err := d.draft(ctx, by, c)
	if err != nil {
		return made{}, err
	}
	m, err := d.made(ctx, by, draft)
	m.row.Released = elsewhere && how.Release
	m.result.Credential = m.row
	return m, err
}

// write records one credential: its row and index, its journal entry, and what must follow.
func (d *Desk) write(rows Rows, by vc.Caller, m made) error {
	if err := unused(rows, m.row); err != nil {
		return err
	}
	if err := rows.InsertCredential(m.row); err != nil {
		return err
	}
	if err := rows.Append(issuedEntry(by, m.row)); err != nil {
		return err
	}
	return d.follow(rows, by, m)
}

func issuedEntry(by vc.Caller, row vc.Credential) vc.Entry {
	action, detail := "credential.issued", "kid="+row.Method
	switch {
	case row.State == vc.Awaited:
		action, detail = "credential.prepared", "issuer="+row.Issuer
	case row.Elsewhere:
		action, detail = "credential.released", "issuer="+row.Issuer
	}
	return vc.Entry{
		ID: newID(), Scope: by.Scope, At: row.CreatedAt, Action: action,
		Principal: by.Principal, Door: by.Door, Request: by.Request,
		Object: object(row), Detail: detail,
		Event: true, Subject: row.ID, Data: eventData(map[string]any{"type": row.TypeName, "format": row.Format}),
	}
}

// mayIssue refuses an organisation that its tenant has not set up as an issuer.
func (d *Desk) mayIssue(ctx context.Context, scope vc.Scope) (err error) {
	if scope.Organisation == "" {
		return vc.Errorf(vc.Denied, "no-organisation", "only an organisation issues: name one")
	}
	var organisation vc.Organisation
	if d.Organisations != nil {
		organisation, err = d.Organisations.OrganisationOf(ctx, scope)
	} else {
		err = d.Rows.View(ctx, scope, func(rows Rows) error {
			organisation, err = rows.Organisation(scope.Organisation)
			return err
		})
	}
	if err != nil {
		return err
	}
	return isIssuer(organisation)
}

func isIssuer(organisation vc.Organisation) error {
	if !organisation.MayIssue {
		return vc.Errorf(vc.Denied, "not-an-issuer", "the tenant has not set this organisation up as an issuer")
	}
	if !organisation.ArchivedAt.IsZero() {
		return vc.Errorf(vc.Denied, "organisation-archived", "the organisation is archived")
	}
	return nil
}

// DryRun does everything but reserve, sign and store.
func (d *Desk) DryRun(ctx context.Context, by vc.Caller, order vc.Order, elsewhere bool) (Preview, error) {
	if err := d.mayIssue(ctx, by.Scope); err != nil {
		return Preview{}, err
	}
	c, err := d.decide(ctx, by.Scope, order, elsewhere)
	if err != nil {
		return Preview{}, err
	}
	c.dry = true
	draft, err := d.draft(ctx, by, c)
	if err != nil {
		return Preview{}, err
	}
	return Preview{
		Credential: c.Credential, Issuer: c.Issuer, Method: c.Method, Format: c.Variant.Format, Findings: draft.findings,
	}, nil
}

// tried decides on an order and gives all that the rules find, as a dry run does: for what is issued later.
func (d *Desk) tried(ctx context.Context, by vc.Caller, order vc.Order) (*Complete, []vc.Finding, error) {
	c, err := d.decide(ctx, by.Scope, order, false)
	if err != nil {
		return nil, nil, err
	}
	c.dry = true
	draft, err := d.draft(ctx, by, c)
	if err != nil {
		return nil, nil, err
	}
	return c, draft.findings, nil
}
