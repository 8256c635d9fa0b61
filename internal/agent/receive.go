package agent

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Source says how an envelope came.
type Source struct {
	Request string        // request id
	Wait    time.Duration // how long an answer for the same way back may be waited for; 0: there is no way back
	Socket  Socket        // nil: it came over HTTP
}

// lookTime bounds what a message may take before its transaction.
const lookTime = 15 * time.Second

// Receive opens an envelope, handles what is in it once, and gives the envelope that goes back on the same way, if any.
//
// Errors: Invalid "envelope-malformed", "message-malformed"; NotFound "recipient-unknown"; Denied "sender-unknown" where somebody
// must be known who is not; Unavailable where nothing was done and the sender may try again. What a peer did wrong inside a protocol
// is no error: it is told by a problem report.
func (d *Desk) Receive(ctx context.Context, envelope []byte, from Source) (answer []byte, err error) {
	parsed, err := didcomm.ParseEnvelope(envelope)
	if err != nil {
		return nil, malformed("envelope-malformed", err)
	}
	recipient, opened, err := d.open(ctx, parsed)
	if err != nil {
		return nil, err
	}
	in, vault, err := d.inbound(ctx, recipient, opened.Message, opened.From, from.Request)
	if err != nil {
		return nil, err
	}
	in.Socket = from.Socket != nil
	in.Back = !in.From.IsZero() && in.Message.Head().Transport != nil && (in.Socket || from.Wait > 0)
	t, err := d.handle(ctx, vault, in, nil)
	if err != nil {
		return nil, err
	}
	return d.answer(ctx, in, t, from)
}

// handle handles a message once. again is the letter in which it waited, if it did.
func (d *Desk) handle(ctx context.Context, vault keys.TenantVault, in *Inbound, again *vc.Letter) (*Turn, error) {
	found, ok := d.handlerOf(in.Type)
	if ok {
		if err := in.satisfies(found.handler.Need); err != nil {
			return d.denied(ctx, vault, in, again, err)
		}
	}
	if again == nil && !in.Known && !d.unknown.Take(in.Recipient.Verkey, d.now(), cmp.Or(d.Strangers, strangersAnHour)) {
		return nil, vc.Errorf(vc.Unavailable, httpx.CodeTooMany, "too many messages of unknown senders came for this key")
	}
	if !ok {
		return d.refused(ctx, vault, in, again, nil, &Refusal{
			Code: "message-type-unknown", Text: "messages of this type are not understood", Silent: !in.Known || in.Type.Name == "problem-report",
		})
	}
	leave, err := d.lanes.enter(ctx, in.lane())
	if err != nil {
		return nil, err
	}
	defer leave()
	if in, err = d.met(ctx, vault, in); err != nil {
		return nil, err
	}
	if in, err = d.rejoined(ctx, vault, in); err != nil {
		return nil, err
	}
	for tries := 0; ; tries++ {
		t, err := d.attempt(ctx, vault, in, again, found)
		var refusal *Refusal
		switch {
		case err == nil:
			return t, nil
		case errors.Is(err, errHandled):
			return &Turn{By: in.By, again: true}, nil
		case errors.As(err, &refusal):
			return d.refused(ctx, vault, in, again, found.handler, refusal)
		case hasCode(err, vc.Unavailable, codeUnsent):
			return nil, err
		case vc.KindOf(err) == vc.Unavailable && again == nil && (in.Known || in.Invitation != nil):
			return d.keep(ctx, vault, in)
		case tries == 3 || !errors.Is(err, errAgain) && !isStale(err):
			return nil, err
		}
		if in, err = d.afresh(ctx, vault, in); err != nil {
			return nil, err
		}
		if err := in.satisfies(found.handler.Need); err != nil { // it may be nobody's any more
			return d.denied(ctx, vault, in, again, err)
		}
	}
}

// attempt looks, and acts in one transaction.
func (d *Desk) attempt(ctx context.Context, vault keys.TenantVault, in *Inbound, again *vc.Letter, found handled) (*Turn, error) {
	var looked any
	if found.handler.Look != nil {
		limited, cancel := context.WithTimeout(ctx, lookTime)
		defer cancel()
		var err error
		if looked, err = found.handler.Look(limited, d, in); err != nil {
			return nil, err
		}
	}
	d.step("looked")
	t, err := d.turn(ctx, in.By, vault, func(t *Turn) error {
		if err := t.receipt(in, again); err != nil {
			return err
		}
		arrived, err := t.arrive(d, in)
		if err != nil {
			return err
		}
		return found.handler.Act(d, t, arrived, looked)
	})
	if err == nil {
		d.step("acted")
	}
	return t, err
}

// met completes the connection of a peer that goes on before it has said that it got our response: the message itself says so.
func (d *Desk) met(ctx context.Context, vault keys.TenantVault, in *Inbound) (*Inbound, error) {
	if !in.Known || in.Connection.State != vc.Answered || in.Type.Protocol == "didexchange" || in.Type.Protocol == "connections" {
		return in, nil
	}
	_, err := d.turn(ctx, in.By, vault, func(t *Turn) error {
		c, err := t.connectionForUpdate(in.Connection.ID)
		if err != nil {
			return err
		}
		return t.complete(d, c)
	})
	if err != nil {
		return nil, err
	}
	return d.afresh(ctx, vault, in)
}

// arrive notes where who took an invitation without a connection is: its first message says so. It gives the message with what is
// around it then.
func (t *Turn) arrive(d *Desk, in *Inbound) (*Inbound, error) {
	service := in.Message.Head().Service
	if in.Known || in.Invitation == nil || service == nil || !in.Invitation.Sender || !in.Invitation.mayAnswer(in.From, in.Recipient.Verkey) ||
		len(in.Invitation.Said.Target.Recipients) > 0 {
		return in, nil
	}
	target, err := service.Target()
	if err != nil || !slices.Contains(target.Recipients, in.From) || d.Check != nil && d.Check(target.Endpoint) != nil {
		return in, nil //nolint:nilerr // nobody is there: answers go to the key that sent it, or nowhere
	}
	i, err := t.invitationForUpdate(in.Invitation.ID)
	if err != nil {
		return nil, err
	}
	if len(i.Said.Target.Recipients) > 0 {
		return nil, errAgain
	}
	i.Said.Service, i.Said.Target = service, target
	if i.State == vc.InvitationOpen {
		err = i.Move(vc.InvitationDone, t.Now)
	} else {
		i.Touch(t.Now)
	}
	if err != nil {
		return nil, err
	}
	arrived := *in
	arrived.Invitation = i
	if err := t.putInvitation(i); err != nil {
		return nil, err
	}
	return &arrived, t.tellInvitation(i, string(i.State))
}

func isStale(err error) bool { return hasCode(err, vc.Conflict, "stale") }

func hasCode(err error, kind vc.Kind, code string) bool {
	var e *vc.Error
	return errors.As(err, &e) && e.Kind == kind && e.Code == code
}
