package holder

import (
	"context"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// record is the row of a flow: an exchange for a claim, a reply for a presentation. A flow has no thread: those of protocols that
// have threads are not driven from here.
type record struct {
	kind     Kind
	exchange vc.Exchange
	reply    vc.Reply
}

// flowBody is what a flow's row keeps only sealed. Once it is over, what was offered and asked for is gone.
type flowBody struct {
	Protocol string   `json:"p"`
	Identity string   `json:"i,omitempty"`
	DID      string   `json:"d,omitempty"`
	Scanned  Scanned  `json:"s"`
	Held     []string `json:"h,omitempty"` // what was presented
	Redirect string   `json:"r,omitempty"`
}

type flowJob struct {
	ID string `json:"id"`
}

// begun makes the record of a flow that begins.
func (d *Desk) begun(by vc.Caller, found Scanned) record {
	now := d.now()
	r := record{kind: found.Kind}
	if found.Kind == KindClaim {
		r.exchange = vc.Exchange{
			ID: newID(), Scope: by.Scope, Role: vc.RoleHolder, Door: by.Door, TypeName: found.Type, State: vc.Offered,
			Revision: 1, CreatedAt: now, UpdatedAt: now, ExpiresAt: now.Add(flowLife),
		}
	} else {
		r.reply = vc.Reply{
			ID: newID(), Scope: by.Scope, Door: by.Door, State: vc.ReplyAsked,
			Revision: 1, CreatedAt: now, UpdatedAt: now, ExpiresAt: now.Add(flowLife),
		}
	}
	return r
}

// find reads the row of a flow; lock keeps others from changing it before the transaction ends.
func find(rows Rows, id string, lock bool) (record, error) {
	exchange, reply := rows.Exchange, rows.Reply
	if lock {
		exchange, reply = rows.ExchangeForUpdate, rows.ReplyForUpdate
	}
	e, err := exchange(id)
	if err == nil && e.Role == vc.RoleHolder && e.Thread == "" {
		return record{kind: KindClaim, exchange: e}, nil
	}
	if err != nil && vc.KindOf(err) != vc.NotFound {
		return record{}, err
	}
	r, err := reply(id)
	if err == nil && r.Thread != "" {
		err = vc.Errorf(vc.NotFound, "flow-not-found", "of a protocol with threads")
	}
	return record{kind: KindPresentation, reply: r}, missing(err, "flow-not-found", "flow")
}

func (r record) insert(rows Rows) error {
	if r.kind == KindClaim {
		return rows.InsertExchange(r.exchange)
	}
	return rows.InsertReply(r.reply)
}

func (r record) update(rows Rows) error {
	if r.kind == KindClaim {
		return rows.UpdateExchange(r.exchange)
	}
	return rows.UpdateReply(r.reply)
}

func (r record) id() string { return r.exchange.ID + r.reply.ID } // it is one of them

func (r record) failure() string { return r.exchange.Error + r.reply.Error }

func (r record) object() string {
	if r.kind == KindClaim {
		return "exchange/" + r.exchange.ID
	}
	return "reply/" + r.reply.ID
}

func (r record) scope() vc.Scope {
	if r.kind == KindClaim {
		return r.exchange.Scope
	}
	return r.reply.Scope
}

func (r record) created() time.Time {
	if r.kind == KindClaim {
		return r.exchange.CreatedAt
	}
	return r.reply.CreatedAt
}

func (r record) expires() time.Time {
	if r.kind == KindClaim {
		return r.exchange.ExpiresAt
	}
	return r.reply.ExpiresAt
}

// state is how far the row has come.
func (r record) state() FlowState {
	switch r.exchange.State {
	case vc.Offered:
		return FlowBegun
	case vc.Requested, vc.Delivered:
		return FlowConfirming
	case vc.Accepted:
		return FlowConfirmed
	case vc.Declined:
		return FlowDeclined
	case vc.Failed:
		return FlowFailed
	case vc.Expired:
		return FlowExpired
	}
	switch r.reply.State {
	case vc.ReplyAsked:
		return FlowBegun
	case vc.ReplyConfirmed:
		return FlowConfirming
	case vc.ReplyPresented:
		return FlowConfirmed
	case vc.ReplyDeclined:
		return FlowDeclined
	case vc.ReplyFailed:
		return FlowFailed
	}
	return FlowExpired
}

// final tells whether nothing follows.
func (s FlowState) final() bool { return s != FlowBegun && s != FlowConfirming }

// stateAt is how far the flow has come at a time: a row tells of its end late, or never after a crash.
func (r record) stateAt(now time.Time) FlowState {
	state := r.state()
	if !state.final() && !now.Before(r.expires()) {
		return FlowExpired
	}
	return state
}

// next gives the states that may follow.
func (s FlowState) next() []FlowState {
	switch s {
	case FlowBegun:
		return []FlowState{FlowConfirming, FlowDeclined, FlowFailed, FlowExpired}
	case FlowConfirming:
		return []FlowState{FlowConfirmed, FlowFailed, FlowExpired}
	}
	return nil
}

// move puts the flow into its next state and writes it. Conflict "flow-over" where there is no such step.
func (r *record) move(rows Rows, to FlowState, now time.Time) error {
	if !slices.Contains(r.state().next(), to) {
		return vc.Errorf(vc.Conflict, "flow-over", "the flow is %s already", r.state())
	}
	if r.kind == KindPresentation {
		r.reply.State, r.reply.UpdatedAt = replyState(to), now
		r.reply.Revision++
		return r.update(rows)
	}
	for _, state := range exchangeStates(to) {
		if err := r.exchange.Move(state, now); err != nil {
			return err
		}
		if err := r.update(rows); err != nil {
			return err
		}
	}
	return nil
}

func replyState(s FlowState) vc.ReplyState {
	switch s {
	case FlowConfirming:
		return vc.ReplyConfirmed
	case FlowConfirmed:
		return vc.ReplyPresented
	case FlowDeclined:
		return vc.ReplyDeclined
	case FlowFailed:
		return vc.ReplyFailed
	}
	return vc.ReplyExpired
}

// exchangeStates are the steps of an exchange; what was delivered is accepted at once.
func exchangeStates(s FlowState) []vc.ExchangeState {
	switch s {
	case FlowConfirming:
		return []vc.ExchangeState{vc.Requested}
	case FlowConfirmed:
		return []vc.ExchangeState{vc.Delivered, vc.Accepted}
	case FlowDeclined:
		return []vc.ExchangeState{vc.Declined}
	case FlowFailed:
		return []vc.ExchangeState{vc.Failed}
	}
	return []vc.ExchangeState{vc.Expired}
}

// sealFlow gives the row its sealed body, under a fresh salt.
func (d *Desk) sealFlow(ctx context.Context, r *record, body flowBody) error {
	salt, sealed, err := d.Wallet.seal(ctx, r.scope().Tenant, flowLabel+" "+r.id(), body)
	if err != nil {
		return err
	}
	if r.kind == KindPresentation {
		r.reply.BodyKey, r.reply.Body, r.reply.Identity = salt, sealed, body.Identity
		return nil
	}
	r.exchange.BodyKey, r.exchange.Body = salt, sealed
	r.exchange.PeerMAC, err = d.Wallet.mac(ctx, r.scope().Tenant, peerUse, []byte(body.Scanned.Peer))
	return err
}

func (d *Desk) openFlow(ctx context.Context, r record) (flowBody, error) {
	salt, sealed := r.exchange.BodyKey, r.exchange.Body
	if r.kind == KindPresentation {
		salt, sealed = r.reply.BodyKey, r.reply.Body
	}
	var body flowBody
	err := d.Wallet.unseal(ctx, r.scope().Tenant, flowLabel+" "+r.id(), salt, sealed, &body)
	body.Scanned.tidy()
	return body, err
}

// tidy makes nothing of what is empty.
func (s *Scanned) tidy() {
	for _, raw := range []*[]byte{&s.Claims, &s.Definition, &s.State} {
		if len(*raw) == 0 {
			*raw = nil
		}
	}
	for _, names := range []*[]string{&s.Formats, &s.Methods} {
		if len(*names) == 0 {
			*names = nil
		}
	}
}

// forget drops what a flow that is over need not know.
func (b flowBody) forget() flowBody {
	b.Scanned = Scanned{Kind: b.Scanned.Kind, Peer: b.Scanned.Peer, Type: b.Scanned.Type}
	return b
}
