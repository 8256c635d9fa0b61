package agent

import (
	"context"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Invitations that we take: Aries RFC 0434.

// taken is an invitation that was looked into.
type taken struct {
	message  *didcomm.Invitation
	settings vc.AgentSettings
	protocol string // "" without a connection
	by       string // the DID that invites, short; "": keys alone
	keys     []didcomm.Verkey
	target   didcomm.Target
}

// Take takes an invitation: it reuses a connection, or makes one and asks for it where that goes by itself; what is attached goes on
// as soon as there is a way to answer. It may wait some seconds for a peer whose connection it would reuse.
//
// Errors: Invalid "invitation-malformed", "invitation-services", "handshake-not-offered", "requests-not-offered", and what is wrong with
// the peer's DID;
// Denied "endpoint-not-allowed"; Conflict "invitation-taken" while it is under way.
func (d *Desk) Take(ctx context.Context, by vc.Caller, taking Taking) (InvitationView, error) {
	what, err := d.lookInto(ctx, by.Scope, taking)
	if err != nil {
		return InvitationView{}, err
	}
	if taking.UseExisting && what.by != "" {
		view, reused, err := d.reuse(ctx, by, taking, what)
		if reused || err != nil {
			return view, err
		}
	}
	if what.protocol == "" {
		return d.takeAlone(ctx, by, taking, what)
	}
	return d.takeAndAsk(ctx, by, taking, what)
}

// lookInto reads an invitation, and finds out whose it is.
func (d *Desk) lookInto(ctx context.Context, scope vc.Scope, taking Taking) (*taken, error) {
	if len(taking.Alias) > maxLabel {
		return nil, vc.Errorf(vc.Invalid, "label-too-long", "an alias has at most %d bytes", maxLabel)
	}
	message, err := d.readInvitation(ctx, taking.Message)
	if err != nil {
		return nil, err
	}
	if len(message.Services) != 1 {
		return nil, vc.Errorf(vc.Invalid, "invitation-services", "an invitation has exactly one service").At("/services")
	}
	what := &taken{message: message}
	if what.settings, _, err = d.placed(ctx, scope, taking.Mediation, ""); err != nil {
		return nil, err
	}
	if !message.Connectionless() {
		protocol, ok := message.Handshake(didcomm.DIDExchange11, didcomm.DIDExchange10)
		if !ok {
			return nil, vc.Errorf(vc.Invalid, "handshake-not-offered", "no handshake protocol of the invitation is offered here").At("/handshake_protocols")
		}
		what.protocol = protocolName(protocol)
	}
	requests, err := beginnings(message)
	if err != nil {
		return nil, faulty("invitation-malformed", err)
	}
	if message.Connectionless() && len(requests) == 0 {
		return nil, vc.Errorf(vc.Invalid, "requests-not-offered", "nothing that is asked for along with the invitation is offered here").At("/requests~0attach")
	}
	if service := message.Services[0].Inline; service != nil {
		target, err := service.Target()
		if err != nil {
			return nil, faulty("invitation-malformed", err)
		}
		what.keys = target.Recipients
		what.target, err = d.reached(ctx, scope, target)
		return what, err
	}
	who, err := d.resolve(ctx, scope, message.Services[0].DID)
	what.by, what.keys, what.target = who.DID, who.Keys, who.Target
	return what, err
}

// readInvitation reads an invitation in any of the forms in which one is handed over. A URL that has none in it is a short one, and
// leads to it.
func (d *Desk) readInvitation(ctx context.Context, text []byte) (*didcomm.Invitation, error) {
	message, err := didcomm.ParseInvitation(string(text))
	short := strings.TrimSpace(string(text))
	if err != nil && d.Fetcher != nil && (strings.HasPrefix(short, "https://") || strings.HasPrefix(short, "http://")) {
		body, _, failed := d.Fetcher.Get(ctx, short, "application/json")
		if failed != nil {
			return nil, failed
		}
		message, err = didcomm.ParseInvitation(string(body))
	}
	if err != nil {
		return nil, faulty("invitation-malformed", err)
	}
	invitation, ok := message.(*didcomm.Invitation)
	if !ok {
		return nil, vc.Errorf(vc.Invalid, "handshake-not-offered", "an invitation of connections 1.0 is not taken here")
	}
	return invitation, nil
}

// received is the record of an invitation that was taken.
func (what *taken) received(state vc.InvitationState, taking Taking) (*Invitation, error) {
	raw, err := didcomm.Encode(what.message)
	if err != nil {
		return nil, faulty("invitation-malformed", err)
	}
	return &Invitation{
		Invitation: vc.Invitation{ID: newID(), MessageID: what.message.ID, State: state},
		Said:       InvitationSaid{Message: raw, Alias: taking.Alias, Target: what.target, Auto: taking.Auto, Label: what.message.Label},
	}, nil
}

// connectionOf is the connection that an invitation is to lead to.
func (what *taken) connectionOf(taking Taking) *Connection {
	c := &Connection{
		Connection: vc.Connection{
			ID: newID(), Role: vc.RoleInvitee, State: vc.Invited, Mode: vc.ModeOnce, Protocol: what.protocol, InvitationID: what.message.ID,
			Auto: either(taking.Auto, what.settings.AutoAcceptInvites), Mediation: taking.Mediation,
		},
		Said: ConnectionSaid{
			Alias: taking.Alias, TheirLabel: bounded(what.message.Label), TheirPublic: what.by, Keys: what.keys, Target: what.target,
			Goal: what.message.Goal, GoalCode: what.message.GoalCode, Parent: what.message.ID,
		},
	}
	if len(what.target.Recipients) > 0 {
		c.InvitationKey = what.target.Recipients[0].String()
	}
	return c
}

// takeAndAsk makes the connection of an invitation.
func (d *Desk) takeAndAsk(ctx context.Context, by vc.Caller, taking Taking, what *taken) (InvitationView, error) {
	var request approach
	draft := what.connectionOf(taking)
	if draft.Auto {
		var err error
		if request, err = d.askConnection(ctx, by.Scope, draft, How{Mediation: taking.Mediation}, "", ""); err != nil {
			return InvitationView{}, err
		}
	}
	var view InvitationView
	err := d.act(ctx, by, func(t *Turn) error {
		i, err := what.received(vc.InvitationNew, taking)
		if err != nil {
			return err
		}
		c := *draft
		i.Connection = c.ID
		if len(what.message.Requests) > 0 {
			c.Invitation = i.ID // it waits until they can be answered
		}
		if err := t.insertConnection(&c); err != nil {
			return err
		}
		if err := t.tellConnection(&c); err != nil {
			return err
		}
		if draft.Auto {
			if err := t.sendRequest(&c, request); err != nil {
				return err
			}
		}
		view, err = t.takenUp(i, c.Invitation != "")
		return err
	})
	return view, takenBefore(err)
}

// takenUp writes, where it is needed yet, the record of an invitation whose connection there is, and tells of it.
func (t *Turn) takenUp(i *Invitation, needed bool) (InvitationView, error) {
	i.Scope, i.CreatedAt, i.UpdatedAt, i.Revision = t.By.Scope, t.Now, t.Now, 1
	if err := t.tellInvitation(i, string(vc.InvitationNew)); err != nil {
		return InvitationView{}, err
	}
	if needed {
		row := *i
		row.State = vc.InvitationPreparing
		if err := t.insertInvitation(&row); err != nil {
			return InvitationView{}, err
		}
	}
	i.State = vc.InvitationDone
	if err := t.tellInvitation(i, string(i.State)); err != nil {
		return InvitationView{}, err
	}
	view := viewInvitation(i)
	view.Deleted = true
	return view, t.tellInvitation(i, "deleted")
}

// takeAlone goes on with what came along with an invitation, without a connection.
func (d *Desk) takeAlone(ctx context.Context, by vc.Caller, taking Taking, what *taken) (InvitationView, error) {
	_, at, err := d.placed(ctx, by.Scope, taking.Mediation, "")
	if err != nil {
		return InvitationView{}, err
	}
	key, verkey, err := d.newKey(ctx, by.Scope)
	if err != nil {
		return InvitationView{}, err
	}
	told, err := newMessageID()
	if err != nil {
		return InvitationView{}, err
	}
	who := self{Verkey: verkey, Key: key, At: at, told: told}
	var invitation *Invitation
	err = d.act(ctx, by, func(t *Turn) error {
		if invitation, err = what.received(vc.InvitationPreparing, taking); err != nil {
			return err
		}
		invitation.Key, invitation.Said.Service = verkey.String(), what.message.Services[0].Inline
		invitation.ExpiresAt = t.Now.Add(graceOfKeys) // unless something goes on: what comes along may be refused, or never be read
		if requests, err := beginnings(what.message); err == nil && len(requests) > 0 {
			invitation.Thread = requests[0].Head().ThreadID()
		}
		if err := t.insertInvitation(invitation); err != nil {
			return err
		}
		if err := t.keep(who, "invitation/"+invitation.ID); err != nil {
			return err
		}
		if err := t.tellInvitation(invitation, string(invitation.State)); err != nil {
			return err
		}
		return t.begin(invitation, nil, what.target.Recipients[0].String(), invitation.Key)
	})
	if err != nil {
		return InvitationView{}, takenBefore(err)
	}
	return viewInvitation(invitation), nil
}

func takenBefore(err error) error {
	if hasCode(err, vc.Conflict, "duplicate") {
		return vc.Errorf(vc.Conflict, "invitation-taken", "the invitation was taken, and is under way").Because(err)
	}
	return err
}

// mayAnswer says whether a message without a connection, to that key of ours, comes from who may answer an invitation: whoever took
// ours, once somebody has; of one that we took, who made it. One that leads to a connection is answered by a handshake alone.
func (i *Invitation) mayAnswer(from didcomm.Verkey, to string) bool {
	return i.alone() && i.Key == to && (len(i.Said.Target.Recipients) == 0 || slices.Contains(i.Said.Target.Recipients, from))
}

// alone says whether an invitation is to no connection.
func (i *Invitation) alone() bool { return i.Connection == "" }
