package agent

import (
	"cmp"
	"context"
	"errors"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// exchangeProtocols are those of credentials and proofs.
func exchangeProtocols() []Protocol {
	return append([]Protocol{issueProtocol(), proofProtocol()}, revocationProtocols()...)
}

func issueProtocol() Protocol {
	return Protocol{
		URI: "https://didcomm.org/issue-credential/2.0", Roles: []string{"issuer", "holder"}, Report: didcomm.TypeCredentialProblem,
		Handlers: []Handler{
			{Types: []didcomm.Type{didcomm.TypeProposeCredential}, Need: NeedPeer, Look: lookCredentialProposal, Act: actCredentialProposal, Refused: noteExchange},
			{Types: []didcomm.Type{didcomm.TypeOfferCredential}, Need: NeedPeer, Look: lookCredentialOffer, Act: actCredentialOffer, Refused: noteExchange},
			{Types: []didcomm.Type{didcomm.TypeRequestCredential}, Need: NeedPeer, Look: lookCredentialRequest, Act: actCredentialRequest, Refused: noteExchange},
			{Types: []didcomm.Type{didcomm.TypeIssueCredential}, Need: NeedPeer, Look: lookCredential, Act: actCredential, Refused: noteExchange},
			{Types: []didcomm.Type{didcomm.TypeCredentialAck}, Need: NeedPeer, Act: actCredentialAck},
			{Types: []didcomm.Type{didcomm.TypeCredentialProblem}, Need: NeedPeer, Act: actCredentialProblem},
		},
	}
}

// roleOf is our role in whose thread a message comes.
func (in *Inbound) roleOf() vc.ExchangeRole {
	switch in.Message.(type) {
	case *didcomm.ProposeCredential, *didcomm.RequestCredential:
		return vc.RoleIssuer
	}
	return vc.RoleHolder
}

// exchangeOf finds the exchange of a message: nil where there is none. A thread is its channel's: what somebody else has in a thread of
// the same name is another exchange, and is not found.
func (t *Turn) exchangeOf(in *Inbound, role vc.ExchangeRole, update bool) (*exchange, error) {
	find := t.Rows.ExchangeByThread
	if update {
		find = t.Rows.ExchangeByThreadForUpdate
	}
	row, err := find(role, Door, in.channel(), in.Thread)
	if err != nil {
		return nil, unlessGone(err)
	}
	return t.openedExchange(row)
}

// lookIn finds the exchange of a message.
func (d *Desk) lookIn(ctx context.Context, in *Inbound, role vc.ExchangeRole) (x *exchange, err error) {
	err = d.look(ctx, in.By.Scope, func(t *Turn) error {
		x, err = t.exchangeOf(in, role, false)
		return err
	})
	return x, err
}

// begunByPeer is how many exchanges, and how many proofs, a peer may have begun on one connection that are not over, where nothing is
// set: what it begins waits for people here, and a peer may begin as much as it likes.
const begunByPeer = 1000

// lookBegin is lookIn for a message that may begin an exchange. It is refused to who has begun too many: before anything is prepared
// for it.
func (d *Desk) lookBegin(ctx context.Context, in *Inbound, role vc.ExchangeRole) (x *exchange, err error) {
	err = d.view(ctx, in.By.Scope, func(t *Turn) error {
		if x, err = t.exchangeOf(in, role, false); err != nil || x != nil {
			return err
		}
		many, err := t.Rows.ManyExchangesByPeer(in.channel(), cmp.Or(d.Begun, begunByPeer))
		if many {
			err = refuse(didcomm.ProblemIssuanceAbandoned, "too many exchanges that you began are open")
		}
		return err
	})
	return x, err
}

// exchangeAgain gives the exchange that was looked at, if it is as it was then.
func (t *Turn) exchangeAgain(in *Inbound, role vc.ExchangeRole, then *exchange) (*exchange, error) {
	now, err := t.exchangeOf(in, role, true)
	if err != nil {
		return nil, err
	}
	if (now == nil) != (then == nil) || now != nil && now.Revision != then.Revision {
		return nil, errAgain
	}
	return now, nil
}

// heard brings an exchange, which may be new, into the state of what a peer says in it. It is written by [Desk.putNew].
func (t *Turn) heard(in *Inbound, x *exchange, role vc.ExchangeRole, state vc.ExchangeState) (_ *exchange, fresh bool, err error) {
	switch {
	case x == nil:
		return in.peerExchange(role, state), true, nil
	case x.State == state:
		x.Touch(t.Now)
		return x, false, nil
	}
	err = x.advance(state, t.Now)
	return x, false, err
}

func wrongState(x *exchange) error {
	if x == nil {
		return refuse(didcomm.ProblemIssuanceAbandoned, "there is no such exchange")
	}
	return refuse(didcomm.ProblemIssuanceAbandoned, "the exchange is %s: no such message is expected", x.State)
}

// peerExchange is an exchange that a peer begins.
func (in *Inbound) peerExchange(role vc.ExchangeRole, state vc.ExchangeState) *exchange {
	x := &exchange{Exchange: vc.Exchange{Role: role, State: state, Thread: in.Thread, ByPeer: true, Channel: in.channel()}}
	x.flags = ExchangeFlags{Initiator: "external", Parent: in.Parent}.settled(in.Settings)
	if in.Invitation != nil {
		x.flags.Invitation = in.Invitation.ID
	}
	return x
}

func actCredentialAck(d *Desk, t *Turn, in *Inbound, _ any) error {
	x, err := t.exchangeOf(in, vc.RoleIssuer, true)
	if err != nil || x == nil || x.State != vc.Delivered {
		return err // it may be gone, and nobody answers an ack
	}
	if err := x.advance(vc.Accepted, t.Now); err != nil {
		return err
	}
	if err := t.putExchange(x); err != nil {
		return err
	}
	return d.ended(t, x, "exchange.accepted")
}

func actCredentialProblem(d *Desk, t *Turn, in *Inbound, _ any) error {
	for _, role := range []vc.ExchangeRole{vc.RoleIssuer, vc.RoleHolder} {
		x, err := t.exchangeOf(in, role, true)
		if err != nil {
			return err
		}
		if x == nil || x.State.Final() {
			continue
		}
		return d.failExchange(t, x, reported(in.Message.(*didcomm.ProblemReport)))
	}
	return nil
}

// failExchange ends an exchange for a reason.
func (d *Desk) failExchange(t *Turn, x *exchange, why string) error {
	if err := x.Move(vc.Failed, t.Now); err != nil {
		return err
	}
	x.Error = why
	if err := t.putExchange(x); err != nil {
		return err
	}
	return d.ended(t, x, "exchange.failed")
}

// told makes of an error of ours what a peer is told; one that is not the peer's fault stays.
func told(err error) error {
	var refusal *Refusal
	var e *vc.Error
	switch {
	case errors.As(err, &refusal), !errors.As(err, &e):
		return err
	case e.Kind == vc.Internal || e.Kind == vc.Unavailable:
		return err
	}
	return &Refusal{Code: didcomm.ProblemIssuanceAbandoned, Text: e.Code + ": " + e.Message}
}

// noteExchange keeps in the record why a message was refused. The record goes on, unless it cannot.
func noteExchange(d *Desk, t *Turn, in *Inbound, refusal *Refusal) error {
	x, err := t.exchangeOf(in, in.roleOf(), true)
	if err != nil || x == nil || x.State.Final() {
		return err
	}
	if refusal.Ends {
		return d.failExchange(t, x, refusal.Error())
	}
	x.Error = refusal.Error()
	x.Touch(t.Now)
	if err := t.putExchange(x); err != nil {
		return err
	}
	return d.tellExchange(t, x, "exchange.refused")
}
