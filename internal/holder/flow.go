package holder

import (
	"context"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/vc"
)

// JobExpire ends a flow whose time is over; [Desk.ExpireFlow] carries it out.
const JobExpire = "wallet.flow-expire"

const (
	flowLife    = 10 * time.Minute
	confirmTime = time.Minute     // that the other end has, all its answers together
	expireLate  = 2 * confirmTime // after a flow's end, when nobody asks the other end any more
	maxScanned  = 16 << 10        // bytes; a QR code holds less than three thousand
)

// FlowState is how far a flow has come.
type FlowState string

// The states of a flow. Confirming: the other end is being asked.
const (
	FlowBegun      FlowState = "initialized"
	FlowConfirming FlowState = "confirming"
	FlowConfirmed  FlowState = "confirmed"
	FlowDeclined   FlowState = "declined"
	FlowFailed     FlowState = "failed"
	FlowExpired    FlowState = "expired"
)

// Kind says what somebody else wants of a wallet.
type Kind string

// The kinds of flows.
const (
	KindClaim        Kind = "claim"        // a credential is offered
	KindPresentation Kind = "presentation" // a presentation is asked for
)

// Flow is an act of a wallet with somebody else, from what was scanned to its end: an exchange ([vc.RoleHolder]) or a reply.
type Flow struct {
	ID         string
	Kind       Kind
	State      FlowState
	DID        string // of the wallet's identity that acts; "" while that is open
	Scanned    Scanned
	Candidates []Candidate // what answers a request for a presentation, while it is open
	Held       *HeldView   // what a claim led to; nil also when it was dropped since
	Redirect   string      // where its holder goes on, after a presentation
	Error      string      // why it failed: a code
	CreatedAt  time.Time
	ExpiresAt  time.Time
}

// Begin reads what was scanned and begins a flow of ten minutes; did is who is to act, "" lets the desk choose: whom an offer is
// for, then the newest of the method that the other end likes best, then the newest. Errors: Invalid "scan-not-understood",
// "no-did", and at /did "did-not-held"; Unavailable "peer-unavailable"; what the protocol refuses.
func (d *Desk) Begin(ctx context.Context, by vc.Caller, scanned []byte, did string) (Flow, error) {
	if _, err := d.wallet(); err != nil {
		return Flow{}, err
	}
	protocol, found, err := d.scan(ctx, scanned)
	if err != nil {
		return Flow{}, err
	}
	who, err := d.actor(ctx, by.Scope, found, did)
	if err != nil {
		return Flow{}, err
	}
	if found.Kind == KindPresentation && found.Definition != nil {
		if _, err := parsed(found.Definition); err != nil {
			return Flow{}, err
		}
	}
	r := d.begun(by, found)
	if err := d.sealFlow(ctx, &r, flowBody{Protocol: protocol.Name(), Identity: who.ID, DID: who.DID, Scanned: found}); err != nil {
		return Flow{}, err
	}
	payload, err := json.Marshal(flowJob{r.id()})
	if err != nil {
		return Flow{}, err
	}
	err = d.Signing.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		if err := r.insert(rows); err != nil {
			return err
		}
		over := vc.Job{ID: newID(), Scope: by.Scope, Kind: JobExpire, Payload: payload, RunAt: r.expires().Add(expireLate)}
		if err := rows.Enqueue(over); err != nil {
			return err
		}
		return rows.Append(d.entry(by, "wallet.flow-begun", r.object(), r.id()))
	})
	if err != nil {
		return Flow{}, err
	}
	return d.shown(ctx, r)
}

// scan asks each protocol whether it understands.
func (d *Desk) scan(ctx context.Context, scanned []byte) (Protocol, Scanned, error) {
	failure := error(vc.Errorf(vc.Invalid, "scan-not-understood", "this is of nothing that this wallet takes part in"))
	if len(scanned) > maxScanned {
		return nil, Scanned{}, failure
	}
	refused := false
	for _, protocol := range d.Wallet.Protocols {
		found, ok, err := protocol.Read(ctx, scanned)
		switch {
		case err != nil && !refused:
			failure, refused = unreachable(err), true // another may understand it
		case ok && err == nil:
			found.tidy()
			return protocol, found, nil
		}
	}
	return nil, Scanned{}, failure
}

// unreachable is how a protocol's error is told while nothing has begun.
func unreachable(err error) error {
	if vc.KindOf(err) == vc.Unavailable {
		return vc.Errorf(vc.Unavailable, "peer-unavailable", "the other end does not answer").Because(err)
	}
	return err
}

// actor chooses the identity of the wallet that acts. A presentation may be left to the credentials that are chosen for it.
func (d *Desk) actor(ctx context.Context, scope vc.Scope, found Scanned, did string) (vc.Identity, error) {
	if found.Kind == KindClaim && found.Recipient != "" {
		if who, err := d.identity(ctx, scope, found.Recipient); err == nil || vc.KindOf(err) != vc.NotFound {
			return who, err
		}
	}
	if did != "" {
		who, err := d.identity(ctx, scope, did)
		if err != nil && vc.KindOf(err) == vc.NotFound {
			err = vc.Errorf(vc.Invalid, "did-not-held", "the DID is none of this wallet").At("/did")
		}
		return who, err
	}
	if found.Kind == KindPresentation {
		return vc.Identity{}, nil
	}
	return d.liked(ctx, scope, found.Methods)
}

// liked gives the newest identity of the first method that the wallet has one of, else the newest.
func (d *Desk) liked(ctx context.Context, scope vc.Scope, methods []string) (vc.Identity, error) {
	all, err := d.Identities(ctx, scope)
	if err != nil {
		return vc.Identity{}, err
	}
	if len(all) == 0 {
		return vc.Identity{}, vc.Errorf(vc.Invalid, "no-did", "the wallet has no DID yet")
	}
	for _, method := range methods {
		for _, one := range all {
			if one.Method == method {
				return one, nil
			}
		}
	}
	return all[0], nil
}

// Flow gives a flow; NotFound "flow-not-found". One whose time is over reads as expired, whatever became of it.
func (d *Desk) Flow(ctx context.Context, scope vc.Scope, id string) (Flow, error) {
	if _, err := d.wallet(); err != nil {
		return Flow{}, err
	}
	r, body, err := d.found(ctx, scope, id)
	if err != nil {
		return Flow{}, err
	}
	return d.view(ctx, r, body)
}

// shown opens a flow.
func (d *Desk) shown(ctx context.Context, r record) (Flow, error) {
	body, err := d.openFlow(ctx, r)
	if err != nil {
		return Flow{}, err
	}
	return d.view(ctx, r, body)
}

// view is a flow with what it is about.
func (d *Desk) view(ctx context.Context, r record, body flowBody) (out Flow, err error) {
	out = Flow{
		ID: r.id(), Kind: r.kind, State: r.stateAt(d.now()), DID: body.DID, Scanned: body.Scanned, Redirect: body.Redirect, Error: r.failure(),
		CreatedAt: r.created(), ExpiresAt: r.expires(),
	}
	if out.State == FlowBegun && out.Kind == KindPresentation && body.Scanned.Definition != nil {
		if out.Candidates, err = d.matching(ctx, r.scope(), body.Scanned.Definition, body.Identity); err != nil {
			return Flow{}, err
		}
	}
	if r.kind == KindClaim && r.exchange.Held != "" {
		view, err := d.Held(ctx, r.scope(), r.exchange.Held, false)
		if err == nil {
			out.Held = &view
		} else if vc.KindOf(err) != vc.NotFound { // it may have been dropped
			return Flow{}, err
		}
	}
	return out, nil
}
