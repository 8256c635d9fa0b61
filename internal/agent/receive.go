package agent

import (
	"context"
	"crypto/ecdh"
	"errors"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/store"
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
	t, err := d.handle(ctx, vault, in, nil)
	if err != nil {
		return nil, err
	}
	return d.answer(ctx, in, t, from)
}

// open finds the key of ours that an envelope is for, and opens it.
func (d *Desk) open(ctx context.Context, envelope didcomm.Envelope) (vc.Recipient, didcomm.Opened, error) {
	for _, key := range envelope.Recipients() {
		recipient, err := d.recipient(ctx, key.String())
		if vc.KindOf(err) == vc.NotFound && err != nil {
			continue
		}
		if err != nil {
			return vc.Recipient{}, didcomm.Opened{}, err
		}
		if !recipient.RetiredAt.IsZero() && !d.now().Before(recipient.RetiredAt) {
			continue
		}
		own, err := d.own(ctx, recipient)
		if err != nil {
			return vc.Recipient{}, didcomm.Opened{}, err
		}
		opened, err := envelope.Open(own)
		var fault *didcomm.Error
		if errors.As(err, &fault) {
			err = malformed("envelope-malformed", err)
		}
		return recipient, opened, err
	}
	return vc.Recipient{}, didcomm.Opened{}, vc.Errorf(vc.NotFound, "recipient-unknown", "the message is for nobody here")
}

// recipient finds a key of ours, whosever it is.
func (d *Desk) recipient(ctx context.Context, verkey string) (recipient vc.Recipient, err error) {
	scope, _, err := d.Directory.Lookup(ctx, store.HandleDIDCommKey, verkey)
	if err != nil {
		return vc.Recipient{}, err
	}
	err = d.Rows.View(ctx, scope, func(rows Rows) (err error) {
		recipient, err = rows.Recipient(verkey)
		return err
	})
	return recipient, err
}

// own is a key of ours as envelopes are opened and packed with.
func (d *Desk) own(ctx context.Context, recipient vc.Recipient) (didcomm.Own, error) {
	key, err := didcomm.ParseVerkey(recipient.Verkey)
	if err != nil {
		return didcomm.Own{}, err
	}
	public, err := key.Agreement()
	if err != nil {
		return didcomm.Own{}, err
	}
	agreer, ok := d.Keys[recipient.Key.Store].(keys.Agreer)
	if !ok {
		return didcomm.Own{}, vc.Errorf(vc.Unavailable, "key-store-unavailable", "the store of the key is not here, or agrees on no secrets")
	}
	return didcomm.Own{Key: key, Private: &exchanger{ctx, agreer, recipient.Key, public}}, nil
}

// exchanger is a key of ours for one act: what a key store knows how to do, as crypto/ecdh asks for it.
type exchanger struct {
	ctx    context.Context //nolint:containedctx // of the one act
	store  keys.Agreer
	key    vc.Key
	public *ecdh.PublicKey
}

func (e *exchanger) PublicKey() *ecdh.PublicKey { return e.public }
func (e *exchanger) Curve() ecdh.Curve          { return ecdh.X25519() }
func (e *exchanger) ECDH(peer *ecdh.PublicKey) ([]byte, error) {
	return e.store.Agree(e.ctx, e.key, peer.Bytes())
}

// handle handles a message once. again is the letter in which it waited, if it did.
func (d *Desk) handle(ctx context.Context, vault keys.TenantVault, in *Inbound, again *vc.Letter) (*Turn, error) {
	found, ok := d.handlerOf(in.Type)
	if !ok {
		return d.refused(ctx, vault, in, again, nil, &Refusal{
			Code: "message-type-unknown", Text: "messages of this type are not understood", Silent: !in.Known || in.Type.Name == "problem-report",
		})
	}
	if err := in.satisfies(found.handler.Need); err != nil {
		return d.denied(ctx, vault, in, again, err)
	}
	lane := d.lane(in)
	lane.Lock()
	defer lane.Unlock()
	in, err := d.met(ctx, vault, in)
	if err != nil {
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
		case vc.KindOf(err) == vc.Unavailable && again == nil && (in.Known || in.Invitation != nil):
			return d.keep(ctx, vault, in)
		case tries == 3 || !errors.Is(err, errAgain) && !isStale(err):
			return nil, err
		}
		if in, err = d.afresh(ctx, vault, in); err != nil {
			return nil, err
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
	if in.Known || in.Invitation == nil || service == nil || !in.Invitation.Sender || len(in.Invitation.Said.Target.Recipients) > 0 {
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

// receipt makes sure that a message is handled once: errHandled where it was. What waited has its receipt.
func (t *Turn) receipt(in *Inbound, again *vc.Letter) error {
	if again != nil {
		letter, err := t.Rows.LetterForUpdate(again.ID)
		if err != nil {
			return err
		}
		if letter.State != vc.LetterWaiting {
			return errHandled
		}
		return t.Rows.DeleteLetter(letter.ID)
	}
	said := append(append(append([]byte{}, in.From[:]...), in.Recipient.Verkey...), in.Message.Head().ID...)
	err := t.Rows.InsertReceipt(vc.Receipt{Scope: in.By.Scope, Digest: t.Vault.MAC(receiptUse, said), At: t.Now})
	if err != nil && vc.KindOf(err) == vc.Conflict {
		return errHandled
	}
	return err
}

// keep puts aside what cannot be handled now: a job does it again.
func (d *Desk) keep(ctx context.Context, vault keys.TenantVault, in *Inbound) (*Turn, error) {
	t, err := d.turn(ctx, in.By, vault, func(t *Turn) error {
		if err := t.receipt(in, nil); err != nil {
			return err
		}
		letter := vc.Letter{
			Way: vc.WayIn, Thread: in.Thread, Type: typeName(in.Message.Head().Type), Message: in.Message.Head().ID, State: vc.LetterWaiting,
		}
		if in.Known {
			letter.Connection = in.Connection.ID
		} else {
			letter.Invitation = in.Invitation.ID
		}
		_, err := t.post(letter, letterBody{Message: in.Raw, From: in.From.String(), To: in.Recipient.Verkey})
		return err
	})
	if errors.Is(err, errHandled) {
		return &Turn{By: in.By, again: true}, nil
	}
	return t, err
}

// errHandled says that a message was handled before.
var errHandled = errors.New("handled before")

func malformed(code string, err error) error {
	var fault *didcomm.Error
	if !errors.As(err, &fault) {
		return err
	}
	return vc.Errorf(vc.Invalid, code, "%s", fault.Message).At(fault.Pointer)
}

func isStale(err error) bool { return hasCode(err, vc.Conflict, "stale") }

func hasCode(err error, kind vc.Kind, code string) bool {
	var e *vc.Error
	return errors.As(err, &e) && e.Kind == kind && e.Code == code
}
