package agent

import (
	"context"
	"strings"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// What is kept for a client of ours, until it comes.
const (
	maxRelayed      = didcomm.MaxMessage*3/4 - 8<<10 // bytes of an envelope: as an attachment it must fit into a message
	maxRelayedCount = 1000
	maxRelayedBytes = 64 << 20
)

// CodeForwardUnknown is the code for what is to be forwarded to nobody whom we mediate for: maybe the mediator only does not know
// yet, for keys are told to it and to peers at the same time.
const CodeForwardUnknown = "forward-unknown"

func forwardUnknown() error {
	return vc.Errorf(vc.NotFound, CodeForwardUnknown, "there is nobody here to forward the message to")
}

// lookForward finds out whether an envelope is for a client of the mediation whose key it came by.
func lookForward(ctx context.Context, d *Desk, in *Inbound) (any, error) {
	m := in.Message.(*didcomm.Forward)
	nobody := forwardUnknown()
	key, err := didcomm.ParseVerkey(m.To)
	if err != nil || !strings.HasPrefix(in.Recipient.Owner, "mediation/") {
		return nil, nobody
	}
	if len(m.Msg) > maxRelayed {
		return nil, vc.Errorf(vc.Invalid, "message-too-large", "at most %d bytes are forwarded", maxRelayed)
	}
	_, owner, err := d.Directory.Lookup(ctx, store.HandleMediatedKey, key.String())
	if err = absent(err); err == nil && owner != in.Recipient.Owner {
		err = nobody
	}
	return key, err
}

// actForward keeps the envelope for the client, or has it sent on where the client has an endpoint.
func actForward(_ *Desk, t *Turn, in *Inbound, looked any) error {
	_, id, _ := strings.Cut(in.Recipient.Owner, "/")
	m, err := t.Rows.Mediation(id)
	if absent(err) != nil {
		return err
	}
	if err != nil || m.State != vc.MediationGranted {
		return forwardUnknown()
	}
	c, err := t.connection(m.Connection)
	if err != nil {
		return err
	}
	kept, err := t.Rows.CountLetters(vc.LetterQuery{Connection: c.ID, Way: vc.WayRelay})
	if err != nil {
		return err
	}
	forward := in.Message.(*didcomm.Forward)
	if kept.Count >= maxRelayedCount || kept.Bytes+int64(len(forward.Msg)) > maxRelayedBytes {
		return vc.Errorf(vc.Unavailable, "mailbox-full", "too much is kept for this recipient already")
	}
	letter := vc.Letter{
		Way: vc.WayRelay, Connection: c.ID, Message: forward.ID, Thread: looked.(didcomm.Verkey).String(), State: vc.LetterWaiting,
	}
	if to := c.Said.Target.Endpoint; to == "" || to == noEndpoint {
		letter.State = vc.LetterHeld
	}
	_, err = t.post(letter, letterBody{Envelope: forward.Msg})
	return err
}
