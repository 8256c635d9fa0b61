package agent

import (
	"context"
	"strconv"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Us as the mediator with whom letters wait: Aries RFC 0685.

const (
	maxDelivery      = 100     // envelopes of a delivery
	maxDeliveryBytes = 3 << 20 // and what they may be together, unless one alone is more
)

func actStatusRequest(_ *Desk, t *Turn, in *Inbound, looked any) error {
	if _, err := t.granted(in.Connection.ID, true); err != nil {
		return err
	}
	return t.sendStatus(in, looked.(string), in.Message.(*didcomm.PickupStatusRequest).RecipientKey, nil)
}

// sendStatus says what is kept for the client, for one of its keys or all.
func (t *Turn) sendStatus(in *Inbound, id, recipient string, live *bool) error {
	status := &didcomm.PickupStatus{Header: in.Message.Head().Reply(didcomm.TypePickupStatus, id), RecipientKey: recipient, LiveDelivery: live}
	kept, err := t.Rows.CountLetters(vc.LetterQuery{Connection: in.Connection.ID, Way: vc.WayRelay, States: []vc.LetterState{vc.LetterHeld}})
	if err != nil {
		return err
	}
	if recipient != "" {
		letters, err := t.relayed(in.Connection.ID, recipient, maxRelayedCount)
		if err != nil {
			return err
		}
		kept = vc.LetterCount{Count: len(letters)}
		for _, letter := range letters {
			kept.Bytes += int64(letter.Size)
		}
		if len(letters) > 0 {
			kept.Oldest = letters[0].CreatedAt
		}
	}
	status.MessageCount = kept.Count
	if kept.Count > 0 {
		status.Extra = map[string]jsontext.Value{
			"longest_waited_seconds": number(int64(t.Now.Sub(kept.Oldest) / time.Second)),
			"total_bytes":            number(kept.Bytes),
		}
	}
	return t.Send(Addressee{Connection: in.Connection}, status, "")
}

func number(n int64) jsontext.Value { return jsontext.Value(strconv.FormatInt(n, 10)) }

// relayed lists what is kept for a client, oldest first: for one of its keys, or all.
func (t *Turn) relayed(connection, recipient string, max int) ([]vc.Letter, error) {
	page := vc.Page{Limit: max, Ascending: true}
	thread := ""
	if recipient != "" {
		key, err := didcomm.ParseVerkey(recipient)
		if err != nil {
			return nil, refuse("recipient-key", "the recipient's key is none")
		}
		thread, page.Limit = key.String(), maxRelayedCount
	}
	letters, err := t.Rows.Letters(vc.LetterQuery{Connection: connection, Way: vc.WayRelay, States: []vc.LetterState{vc.LetterHeld}, Page: page})
	if err != nil || thread == "" {
		return letters, err
	}
	var fit []vc.Letter
	for _, letter := range letters {
		if letter.Thread == thread && len(fit) < max {
			fit = append(fit, letter)
		}
	}
	return fit, nil
}

func actDeliveryRequest(_ *Desk, t *Turn, in *Inbound, looked any) error {
	if _, err := t.granted(in.Connection.ID, true); err != nil {
		return err
	}
	request := in.Message.(*didcomm.PickupDeliveryRequest)
	letters, err := t.relayed(in.Connection.ID, request.RecipientKey, min(max(request.Limit, 1), maxDelivery))
	if err != nil {
		return err
	}
	if len(letters) == 0 {
		return t.sendStatus(in, looked.(string), request.RecipientKey, nil)
	}
	delivery := &didcomm.PickupDelivery{
		Header: in.Message.Head().Reply(didcomm.TypePickupDelivery, looked.(string)), RecipientKey: request.RecipientKey,
	}
	size := 0
	for _, letter := range letters {
		if size += letter.Size; size > maxDeliveryBytes && len(delivery.Messages) > 0 {
			break
		}
		attached, err := t.attached(letter)
		if err != nil {
			return err
		}
		delivery.Messages = append(delivery.Messages, attached)
	}
	return t.Send(Addressee{Connection: in.Connection}, delivery, "")
}

// attached is a letter that is kept for a client, as it is delivered.
func (t *Turn) attached(letter vc.Letter) (didcomm.Attachment, error) {
	var body letterBody
	if err := unseal(t.Vault, letterLabel+letter.ID, letter.BodyKey, letter.Body, &body); err != nil {
		return didcomm.Attachment{}, err
	}
	return didcomm.Base64Attachment(letter.ID, "", body.Envelope), nil
}

func actMessagesReceived(_ *Desk, t *Turn, in *Inbound, looked any) error {
	if _, err := t.granted(in.Connection.ID, true); err != nil {
		return err
	}
	ids := in.Message.(*didcomm.PickupMessagesReceived).MessageIDs
	if len(ids) > maxRelayedCount {
		return refuse("list-too-long", "at most %d messages at once", maxRelayedCount)
	}
	for _, id := range ids {
		letter, err := t.Rows.Letter(id)
		if absent(err) != nil {
			return err
		}
		if err != nil || letter.Way != vc.WayRelay || letter.Connection != in.Connection.ID {
			continue // gone, or never there
		}
		if err := absent(t.Rows.DeleteLetter(id)); err != nil {
			return err
		}
	}
	return t.sendStatus(in, looked.(string), "", nil)
}

func actLiveDelivery(_ *Desk, t *Turn, in *Inbound, looked any) error {
	if _, err := t.granted(in.Connection.ID, true); err != nil {
		return err
	}
	live := in.Message.(*didcomm.PickupLiveDelivery).LiveDelivery
	if live && !in.Socket {
		return refuse("e.m.live-mode-not-supported", "connection does not support Live Delivery")
	}
	return t.sendStatus(in, looked.(string), "", &live)
}

// offer delivers a letter to a client that is to be told live. It is kept until the client says that it came.
func (d *Desk) offer(ctx context.Context, letter vc.Letter) bool {
	offered := d.heldState().offered
	if at, ok := offered.Get(letter.ID); ok && d.now().Sub(at) < offerAgain {
		return true
	}
	id, err := newMessageID()
	if err != nil {
		return false
	}
	delivery := &didcomm.PickupDelivery{Header: didcomm.Header{Type: didcomm.TypePickupDelivery, ID: id}}
	err = d.view(ctx, letter.Scope, func(t *Turn) error {
		attached, err := t.attached(letter)
		delivery.Messages = []didcomm.Attachment{attached}
		return err
	})
	if err == nil {
		var sent packed
		if sent, err = d.packFor(ctx, letter.Scope, letter.Connection, delivery); err == nil {
			for _, key := range d.peerKeys(ctx, letter, sent.recipients) {
				if d.Post.Live(key, sent.envelope) {
					offered.Add(letter.ID, d.now())
					return true
				}
			}
		}
	}
	d.warn(ctx, "delivering what is kept", err, "letter", letter.ID)
	return false
}
