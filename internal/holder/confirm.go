package holder

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/vc"
)

// ConfirmClaim fetches what was offered, verifies it and keeps it, once: whoever else confirms the flow meanwhile gets Conflict
// "flow-confirmed". Errors: NotFound "flow-not-found"; Invalid "flow-kind"; Gone "flow-expired"; and where the flow fails by it
// Invalid "claim-refused" and "credential-refused", Conflict "held-already", Unavailable "peer-unavailable".
func (d *Desk) ConfirmClaim(ctx context.Context, by vc.Caller, id string) (Flow, error) {
	body, protocol, err := d.confirmable(ctx, by.Scope, id, KindClaim)
	if err != nil {
		return Flow{}, err
	}
	if err := d.confirming(ctx, by, id, ""); err != nil {
		return Flow{}, err
	}
	// What the other end gives now it gives once: that the caller is gone must not lose it.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), confirmTime)
	defer cancel()
	var unsigned error
	prove := func(ctx context.Context, audience, nonce string) (Presented, error) {
		made, err := d.Present(ctx, by, Presenting{Identity: body.Identity, Audience: audience, Nonce: nonce, Formats: body.Scanned.Formats})
		if err != nil {
			unsigned = err
		}
		return made, err
	}
	secured, err := protocol.Claim(ctx, body.Scanned, body.DID, prove)
	switch {
	case unsigned != nil:
		return Flow{}, d.fail(ctx, by, id, unsigned)
	case err != nil:
		return Flow{}, d.fail(ctx, by, id, refused("claim-refused", err))
	}
	view, err := d.received(ctx, by.Scope, NewHeld{Secured: secured, AllowForeignSubject: true, Exchange: id})
	if err == nil && body.Scanned.Type != "" && !slices.Contains(view.Held.Types, body.Scanned.Type) {
		err = vc.Errorf(vc.Invalid, "credential-refused", "the credential is of another type than the one that was offered")
	}
	if err != nil {
		return Flow{}, d.fail(ctx, by, id, err)
	}
	r, err := d.end(ctx, by, id, ending{state: FlowConfirmed, rows: func(rows Rows, r *record) error {
		r.exchange.Held = view.Held.ID
		return d.keep(rows, by, view.Held)
	}})
	if err != nil {
		return Flow{}, d.fail(ctx, by, id, err)
	}
	return d.shown(ctx, r)
}

// ConfirmPresentation presents credentials of the wallet to who asked, once. What is wrong with the choice leaves the flow as it
// is. Errors: those of [Desk.ConfirmClaim], with Invalid "presentation-refused"; those of [Desk.Present]; Invalid "no-did".
func (d *Desk) ConfirmPresentation(ctx context.Context, by vc.Caller, id string, held ...string) (Flow, error) {
	body, protocol, err := d.confirmable(ctx, by.Scope, id, KindPresentation)
	if err != nil {
		return Flow{}, err
	}
	who, err := d.presenter(ctx, by.Scope, body, held)
	if err != nil {
		return Flow{}, err
	}
	made, err := d.plan(ctx, by.Scope, Presenting{
		Identity: who.ID, Held: held, Definition: body.Scanned.Definition, Audience: body.Scanned.Audience,
		Nonce: body.Scanned.Nonce, Formats: body.Scanned.Formats,
	})
	if err != nil {
		return Flow{}, err
	}
	if err := d.confirming(ctx, by, id, who.ID); err != nil {
		return Flow{}, err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), confirmTime)
	defer cancel()
	signed, err := d.present(ctx, by, made)
	if err != nil {
		return Flow{}, d.fail(ctx, by, id, err)
	}
	redirect, err := protocol.Answer(ctx, body.Scanned, signed)
	if err != nil {
		return Flow{}, d.fail(ctx, by, id, refused("presentation-refused", err))
	}
	r, err := d.end(ctx, by, id, ending{state: FlowConfirmed, body: func(body *flowBody) {
		body.Identity, body.DID, body.Held, body.Redirect = who.ID, who.DID, held, redirect
	}})
	if err != nil {
		return Flow{}, err
	}
	return d.shown(ctx, r)
}

// Decline ends a flow that nobody has confirmed. The other end is not told.
func (d *Desk) Decline(ctx context.Context, by vc.Caller, id string) (Flow, error) {
	if _, err := d.wallet(); err != nil {
		return Flow{}, err
	}
	r, err := d.end(ctx, by, id, ending{state: FlowDeclined, rows: func(_ Rows, r *record) error { return stillOpen(*r, d.now()) }})
	if err != nil {
		return Flow{}, err
	}
	return d.shown(ctx, r)
}

// presenter is who presents: whom the credentials are about, else whom the flow names, else the newest that the other end likes.
func (d *Desk) presenter(ctx context.Context, scope vc.Scope, body flowBody, held []string) (vc.Identity, error) {
	if body.Identity != "" {
		return d.identity(ctx, scope, body.Identity)
	}
	for _, id := range held {
		view, err := d.Held(ctx, scope, id, false)
		if err != nil {
			return vc.Identity{}, err
		}
		if view.Held.Identity != "" {
			return d.identity(ctx, scope, view.Held.Identity)
		}
	}
	return d.liked(ctx, scope, body.Scanned.Methods)
}

// refused is how a protocol's error is told once the other end was asked.
func refused(code string, err error) error {
	e, ok := errors.AsType[*vc.Error](err)
	switch {
	case !ok || e.Kind == vc.Internal:
		return err
	case e.Kind == vc.Unavailable:
		return unreachable(err)
	}
	return vc.Errorf(vc.Invalid, code, "%s", e.Message).Because(err)
}

// confirmable opens a flow that is to be confirmed as that kind.
func (d *Desk) confirmable(ctx context.Context, scope vc.Scope, id string, kind Kind) (flowBody, Protocol, error) {
	w, err := d.wallet()
	if err != nil {
		return flowBody{}, nil, err
	}
	r, body, err := d.found(ctx, scope, id)
	if err != nil {
		return flowBody{}, nil, err
	}
	if r.kind != kind {
		return flowBody{}, nil, vc.Errorf(vc.Invalid, "flow-kind", "the flow is a %s", r.kind).At("/type")
	}
	if err := stillOpen(r, d.now()); err != nil {
		return flowBody{}, nil, err
	}
	for _, protocol := range w.Protocols {
		if protocol.Name() == body.Protocol {
			return body, protocol, nil
		}
	}
	return flowBody{}, nil, vc.Errorf(vc.Unsupported, "not-offered", "this server no longer takes part in the flow's protocol")
}

// confirming takes the flow for this caller alone, before the other end is asked.
func (d *Desk) confirming(ctx context.Context, by vc.Caller, id, who string) error {
	return d.Signing.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		r, err := find(rows, id, true)
		if err != nil {
			return err
		}
		if err := stillOpen(r, d.now()); err != nil {
			return err
		}
		if who != "" {
			r.reply.Identity = who
		}
		return r.move(rows, FlowConfirming, d.now())
	})
}

// ending is what belongs to the end of a flow.
type ending struct {
	state FlowState
	body  func(*flowBody)           // what is kept of it; nil: as it is
	rows  func(Rows, *record) error // what is written with it; nil: nothing
}

// end puts a flow into its last state, with what belongs to that, and forgets what it said.
func (d *Desk) end(ctx context.Context, by vc.Caller, id string, e ending) (record, error) {
	r, body, err := d.found(ctx, by.Scope, id)
	if err != nil {
		return record{}, err
	}
	if e.body != nil {
		e.body(&body)
	}
	over := r // its body is sealed before the transaction
	if err := d.sealFlow(ctx, &over, body.forget()); err != nil {
		return record{}, err
	}
	err = d.Signing.Rows.Update(ctx, by.Scope, func(rows Rows) (err error) {
		if r, err = find(rows, id, true); err != nil {
			return err
		}
		if e.rows != nil {
			if err := e.rows(rows, &r); err != nil {
				return err
			}
		}
		r.exchange.BodyKey, r.exchange.Body = over.exchange.BodyKey, over.exchange.Body
		r.reply.BodyKey, r.reply.Body, r.reply.Identity = over.reply.BodyKey, over.reply.Body, over.reply.Identity
		if err := r.move(rows, e.state, d.now()); err != nil {
			return err
		}
		return rows.Append(d.entry(by, "wallet.flow-"+string(e.state), r.object(), r.id()))
	})
	return r, err
}

// found gives the row of a flow, opened.
func (d *Desk) found(ctx context.Context, scope vc.Scope, id string) (record, flowBody, error) {
	var r record
	if err := d.Signing.Rows.View(ctx, scope, func(rows Rows) (err error) {
		r, err = find(rows, id, false)
		return err
	}); err != nil {
		return record{}, flowBody{}, err
	}
	body, err := d.openFlow(ctx, r)
	return r, body, err
}

// fail notes why a flow ends, and gives that error back.
func (d *Desk) fail(ctx context.Context, by vc.Caller, id string, why error) error {
	code := "internal"
	if e, ok := errors.AsType[*vc.Error](why); ok && e.Kind != vc.Internal {
		code = e.Code
	}
	_, err := d.end(context.WithoutCancel(ctx), by, id, ending{state: FlowFailed, rows: func(_ Rows, r *record) error {
		if r.kind == KindClaim {
			r.exchange.Error = code
		} else {
			r.reply.Error = code
		}
		return nil
	}})
	if err != nil && vc.KindOf(why) == vc.Internal {
		return errors.Join(why, err)
	}
	return why // a flow that could not be marked expires
}

// ExpireFlow carries out a job of kind [JobExpire].
func (d *Desk) ExpireFlow(ctx context.Context, job vc.Job) error {
	if _, err := d.wallet(); err != nil {
		return err
	}
	var payload flowJob
	if err := json.Unmarshal(job.Payload, &payload); err != nil {
		return err
	}
	by := vc.Caller{Scope: job.Scope, Principal: "system", Door: "work", Request: job.ID}
	_, err := d.end(ctx, by, payload.ID, ending{state: FlowExpired})
	if kind := vc.KindOf(err); err != nil && (kind == vc.NotFound || kind == vc.Conflict) {
		return nil // it ended by itself
	}
	return err
}

// stillOpen refuses a flow that nobody can confirm any more.
func stillOpen(r record, now time.Time) error {
	switch r.stateAt(now) {
	case FlowBegun:
		return nil
	case FlowExpired:
		return vc.Errorf(vc.Gone, "flow-expired", "the time to confirm the flow is over")
	case FlowConfirming, FlowConfirmed:
		return vc.Errorf(vc.Conflict, "flow-confirmed", "the flow was confirmed before")
	}
	return vc.Errorf(vc.Conflict, "flow-over", "the flow is %s already", r.stateAt(now))
}
