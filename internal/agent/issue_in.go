package agent

import (
	"context"
	"errors"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// exchangeProtocols are those of credentials and proofs.
func exchangeProtocols() []Protocol {
	return []Protocol{issueProtocol(), proofProtocol()}
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

// exchangeOf finds the exchange of a message: nil where there is none, or only one that is somebody else's.
func (t *Turn) exchangeOf(in *Inbound, role vc.ExchangeRole, update bool) (*exchange, error) {
	find := t.Rows.ExchangeByThread
	if update {
		find = t.Rows.ExchangeByThreadForUpdate
	}
	row, err := find(role, Door, in.Thread)
	if err != nil {
		return nil, unlessGone(err)
	}
	if row.Channel != in.channel() {
		return nil, refuse(didcomm.ProblemIssuanceAbandoned, "the thread is not of this connection")
	}
	return t.openedExchange(row)
}

// offeredIn is what looking at an inbound offer gave.
type offeredIn struct {
	x       *exchange // as it was; nil: none
	request *requesting
}

// lookIn finds the exchange of a message.
func (d *Desk) lookIn(ctx context.Context, in *Inbound, role vc.ExchangeRole) (x *exchange, err error) {
	err = d.view(ctx, in.By.Scope, func(t *Turn) error {
		x, err = t.exchangeOf(in, role, false)
		return err
	})
	return x, err
}

// same says whether an exchange is as it was when it was looked at.
func same(now, then *exchange) bool {
	return (now == nil) == (then == nil) && (now == nil || now.Revision == then.Revision)
}

func wrongState(x *exchange) error {
	if x == nil {
		return refuse(didcomm.ProblemIssuanceAbandoned, "there is no such exchange")
	}
	return refuse(didcomm.ProblemIssuanceAbandoned, "the exchange is %s: no such message is expected", x.State)
}

// peerExchange is an exchange that a peer begins.
func (in *Inbound) peerExchange(role vc.ExchangeRole, state vc.ExchangeState) *exchange {
	x := &exchange{Exchange: vc.Exchange{Role: role, State: state, Thread: in.Thread, Channel: in.channel()}}
	x.flags = ExchangeFlags{Initiator: "external", Parent: in.Parent}.settled(in.Settings)
	if in.Invitation != nil {
		x.flags.Invitation = in.Invitation.ID
	}
	return x
}

func lookCredentialProposal(ctx context.Context, d *Desk, in *Inbound) (any, error) {
	m := in.Message.(*didcomm.ProposeCredential)
	format, wish, err := d.carried(m, stepPropose)
	if err != nil {
		return nil, err
	}
	if _, err := format.Propose(wish); err != nil {
		return nil, told(err)
	}
	x, err := d.lookIn(ctx, in, vc.RoleIssuer)
	if err != nil {
		return nil, err
	}
	if x != nil && x.State != vc.Offered && x.State != vc.Proposed {
		return nil, wrongState(x)
	}
	looked := &proposedIn{x: x}
	flags := in.Settings.AutoOffer
	if x != nil && x.flags.AutoOffer != nil {
		flags = x.flags.AutoOffer
	}
	if is(flags) {
		terms := Terms{Comment: m.Comment, Preview: m.Preview, Filter: wishOf(format, wish)}
		if looked.offer, looked.message, err = d.offerOf(ctx, in.By, terms, in.Settings, in.Thread, in.Parent); err != nil {
			return nil, told(err)
		}
	}
	return looked, nil
}

// proposedIn is what looking at an inbound proposal gave.
type proposedIn struct {
	x       *exchange
	offer   *exchange // to be, where it is answered by itself
	message *didcomm.OfferCredential
}

func actCredentialProposal(d *Desk, t *Turn, in *Inbound, looked any) error {
	l := looked.(*proposedIn)
	x, err := t.exchangeOf(in, vc.RoleIssuer, true)
	if err != nil {
		return err
	}
	if !same(x, l.x) {
		return errAgain
	}
	fresh := x == nil
	switch {
	case fresh:
		x = in.peerExchange(vc.RoleIssuer, vc.Proposed)
	case x.State == vc.Offered:
		if err := x.Move(vc.Proposed, t.Now); err != nil {
			return err
		}
	default:
		x.Touch(t.Now)
	}
	x.said.Proposal, x.said.Preview = in.Raw, in.Message.(*didcomm.ProposeCredential).Preview
	x.said.Offer, x.said.Kept = nil, nil
	if err := d.putNew(t, x, fresh); err != nil {
		return err
	}
	if err := t.Tell(TopicExchange, "exchange.proposed", "exchange", x.ID, x.view(d)); err != nil || l.offer == nil {
		return err
	}
	return d.answerProposal(t, x, l.offer, l.message)
}

// putNew writes an exchange that may be new.
func (d *Desk) putNew(t *Turn, x *exchange, fresh bool) error {
	if fresh {
		return t.insertExchange(x)
	}
	return t.putExchange(x)
}

// answerProposal answers a proposal by an offer that was made for it.
func (d *Desk) answerProposal(t *Turn, x, made *exchange, m *didcomm.OfferCredential) error {
	if err := x.Move(vc.Offered, t.Now); err != nil {
		return err
	}
	x.said.Offer, x.said.Kept, x.said.Method, x.Credential = made.said.Offer, made.said.Kept, made.said.Method, made.Credential
	if made.said.Preview != nil {
		x.said.Preview = made.said.Preview
	}
	if err := t.putExchange(x); err != nil {
		return err
	}
	if err := d.sendIn(t, x, m); err != nil {
		return err
	}
	return t.Tell(TopicExchange, "exchange.offered", "exchange", x.ID, x.view(d))
}

func lookCredentialOffer(ctx context.Context, d *Desk, in *Inbound) (any, error) {
	m := in.Message.(*didcomm.OfferCredential)
	format, content, err := d.carried(m, stepOffer)
	if err != nil {
		return nil, err
	}
	if _, err := format.Propose(content); err != nil {
		return nil, told(err)
	}
	x, err := d.lookIn(ctx, in, vc.RoleHolder)
	if err != nil {
		return nil, err
	}
	if x != nil && x.State != vc.Proposed && x.State != vc.Offered {
		return nil, wrongState(x)
	}
	looked := &offeredIn{x: x}
	if is(in.Settings.AutoRequest) {
		like := in.peerExchange(vc.RoleHolder, vc.Offered)
		like.said.Offer = in.Raw
		if looked.request, err = d.requestFor(ctx, in.By, like, "", ""); err != nil {
			return nil, told(err)
		}
	}
	return looked, nil
}

func actCredentialOffer(d *Desk, t *Turn, in *Inbound, looked any) error {
	l := looked.(*offeredIn)
	x, err := t.exchangeOf(in, vc.RoleHolder, true)
	if err != nil {
		return err
	}
	if !same(x, l.x) {
		return errAgain
	}
	fresh := x == nil
	switch {
	case fresh:
		x = in.peerExchange(vc.RoleHolder, vc.Offered)
	case x.State == vc.Proposed:
		if err := x.Move(vc.Offered, t.Now); err != nil {
			return err
		}
	default:
		x.Touch(t.Now)
	}
	m := in.Message.(*didcomm.OfferCredential)
	x.said.Offer, x.said.Preview, x.flags.Replacement = in.Raw, m.Preview, m.ReplacementID
	if err := d.putNew(t, x, fresh); err != nil {
		return err
	}
	if err := t.Tell(TopicExchange, "exchange.offered", "exchange", x.ID, x.view(d)); err != nil || l.request == nil {
		return err
	}
	return d.request(t, x, l.request)
}

// requestedIn is what looking at an inbound request gave.
type requestedIn struct {
	x     *exchange
	id    string // of the exchange where it is new: what is signed names it
	issue *issuing
}

// fitter is a format that can tell early that a request is not its offer's.
type fitter interface {
	Fits(offered, requested []byte) error
}

func lookCredentialRequest(ctx context.Context, d *Desk, in *Inbound) (any, error) {
	m := in.Message.(*didcomm.RequestCredential)
	format, requested, err := d.carried(m, stepRequest)
	if err != nil {
		return nil, err
	}
	x, err := d.lookIn(ctx, in, vc.RoleIssuer)
	if err != nil {
		return nil, err
	}
	like := x
	if x == nil {
		if _, err := format.Propose(requested); err != nil {
			return nil, told(err)
		}
		like = in.peerExchange(vc.RoleIssuer, vc.Requested)
		like.ID = newID()
	} else {
		if x.State != vc.Offered {
			return nil, wrongState(x)
		}
		_, offered, err := d.content(x.said.Offer, stepOffer)
		if err != nil {
			return nil, err
		}
		if fits, ok := format.(fitter); ok {
			if err := fits.Fits(offered, requested); err != nil {
				return nil, told(err)
			}
		}
		copied := *x
		like = &copied
	}
	looked := &requestedIn{x: x, id: like.ID}
	flag := in.Settings.AutoIssue
	if like.flags.AutoIssue != nil {
		flag = like.flags.AutoIssue
	}
	if is(flag) {
		like.said.Request = in.Raw
		if looked.issue, err = d.issueOf(ctx, in.By, like, ""); err != nil {
			return nil, told(err)
		}
	}
	return looked, nil
}

func actCredentialRequest(d *Desk, t *Turn, in *Inbound, looked any) error {
	l := looked.(*requestedIn)
	x, err := t.exchangeOf(in, vc.RoleIssuer, true)
	if err != nil {
		return err
	}
	if !same(x, l.x) {
		return errAgain
	}
	fresh := x == nil
	if fresh {
		x = in.peerExchange(vc.RoleIssuer, vc.Requested)
		x.ID = l.id
	} else if err := x.Move(vc.Requested, t.Now); err != nil {
		return err
	}
	x.said.Request = in.Raw
	if err := d.putNew(t, x, fresh); err != nil {
		return err
	}
	if err := t.Tell(TopicExchange, "exchange.requested", "exchange", x.ID, x.view(d)); err != nil || l.issue == nil {
		return err
	}
	return d.issue(t, x, l.issue)
}

// issuedIn is what looking at an inbound credential gave.
type issuedIn struct {
	x     *exchange
	taken *holder.Taken
	ack   *didcomm.Ack
}

func lookCredential(ctx context.Context, d *Desk, in *Inbound) (any, error) {
	_, issued, err := d.carried(in.Message.(*didcomm.IssueCredential), stepIssue)
	if err != nil {
		return nil, err
	}
	x, err := d.lookIn(ctx, in, vc.RoleHolder)
	if err != nil {
		return nil, err
	}
	if x == nil || x.State != vc.Requested {
		return nil, wrongState(x)
	}
	looked := &issuedIn{x: x}
	if looked.taken, err = d.takeOf(ctx, in.By, x, issued, ""); err != nil {
		err = told(err)
		var refusal *Refusal
		if errors.As(err, &refusal) {
			refusal.Ends = true
		}
		return nil, err
	}
	looked.ack, err = x.ack()
	return looked, err
}

func actCredential(d *Desk, t *Turn, in *Inbound, looked any) error {
	l := looked.(*issuedIn)
	x, err := t.exchangeOf(in, vc.RoleHolder, true)
	if err != nil {
		return err
	}
	if !same(x, l.x) {
		return errAgain
	}
	if err := x.Move(vc.Delivered, t.Now); err != nil {
		return err
	}
	x.said.Issue = in.Raw
	if err := t.putExchange(x); err != nil {
		return err
	}
	if err := t.Tell(TopicExchange, "exchange.issued", "exchange", x.ID, x.view(d)); err != nil || !is(in.Settings.AutoStore) {
		return err
	}
	return d.store(t, x, l.taken, "", l.ack)
}

func actCredentialAck(d *Desk, t *Turn, in *Inbound, _ any) error {
	x, err := t.exchangeOf(in, vc.RoleIssuer, true)
	if err != nil || x == nil || x.State != vc.Delivered {
		return unlessRefused(err) // it may be gone, and nobody answers an ack
	}
	if err := x.Move(vc.Accepted, t.Now); err != nil {
		return err
	}
	if err := t.putExchange(x); err != nil {
		return err
	}
	return d.ended(t, x, "exchange.accepted")
}

// unlessRefused drops what is told to a peer.
func unlessRefused(err error) error {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return nil
	}
	return err
}

func actCredentialProblem(d *Desk, t *Turn, in *Inbound, _ any) error {
	for _, role := range []vc.ExchangeRole{vc.RoleIssuer, vc.RoleHolder} {
		x, err := t.exchangeOf(in, role, true)
		if err := unlessRefused(err); err != nil {
			return err
		}
		if err != nil || x == nil || x.State.Final() {
			continue
		}
		m := in.Message.(*didcomm.ProblemReport)
		if err := x.Move(vc.Failed, t.Now); err != nil {
			return err
		}
		x.Error = reported(m)
		if err := t.putExchange(x); err != nil {
			return err
		}
		return d.ended(t, x, "exchange.failed")
	}
	return nil
}

// maxReported bounds what is kept of a peer's words, bytes.
const maxReported = 1024

// reported is what a peer said was wrong.
func reported(m *didcomm.ProblemReport) string {
	text := m.Code() + ": " + m.Text()
	if len(text) > maxReported {
		text = text[:maxReported]
	}
	return text
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
		return unlessRefused(err)
	}
	x.Error = refusal.Error()
	if !refusal.Ends {
		x.Touch(t.Now)
		if err := t.putExchange(x); err != nil {
			return err
		}
		return t.Tell(TopicExchange, "exchange.refused", "exchange", x.ID, x.view(d))
	}
	if err := x.Move(vc.Failed, t.Now); err != nil {
		return err
	}
	if err := t.putExchange(x); err != nil {
		return err
	}
	return d.ended(t, x, "exchange.failed")
}
