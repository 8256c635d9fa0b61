package agent

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Letters that wait with a mediator: Aries RFC 0685. First us as the mediator.

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

// packFor encrypts a message for a connection without writing a letter: for what need not survive us.
func (d *Desk) packFor(ctx context.Context, scope vc.Scope, connection string, m didcomm.Message) (out packed, err error) {
	raw, err := didcomm.Encode(m)
	if err != nil {
		return out, err
	}
	var target didcomm.Target
	var from *vc.Recipient
	err = d.view(ctx, scope, func(t *Turn) error {
		c, err := t.connection(connection)
		if err != nil {
			return err
		}
		target = c.Said.Target
		from, err = t.sender("", c)
		return err
	})
	if err != nil {
		return out, err
	}
	envelope, err := d.seal(ctx, raw, target, from)
	return packed{envelope, target.Endpoint, target.Recipients}, err
}

// Then us as the client of one.

// JobPickup fetches what a mediator of ours keeps for us: [Desk.PickupJob] carries it out.
const JobPickup = "didcomm.pickup"

const (
	pickupPause  = 10 * time.Second // between questions over HTTP
	livePause    = 20 * time.Second // and on a socket, which they keep open
	pickupAtOnce = 20               // messages of a delivery that we ask for
)

type pickupJob struct {
	Mediation string `json:"mediation"`
}

func (t *Turn) enqueuePickup(mediation, id string, at time.Time) error {
	payload, err := json.Marshal(pickupJob{mediation})
	if err != nil {
		return err
	}
	return t.Rows.Enqueue(vc.Job{ID: id, Scope: t.By.Scope, Kind: JobPickup, Key: "pickup/" + mediation, Payload: payload, RunAt: at})
}

// PickupJob asks a mediator for what it keeps, and comes again: over a socket, through which the mediator then delivers what comes,
// or over HTTP. It ends with the mediation.
func (d *Desk) PickupJob(ctx context.Context, job vc.Job) error {
	var what pickupJob
	if err := json.Unmarshal(job.Payload, &what); err != nil {
		return vc.Errorf(vc.Invalid, "job-payload", "the job names no mediation").Because(err)
	}
	m, err := d.Mediation(ctx, job.Scope, what.Mediation)
	if vc.KindOf(err) == vc.NotFound || err == nil && m.State != vc.MediationGranted {
		return absent(err)
	}
	if err != nil {
		return err
	}
	pause, err := d.askMediator(ctx, m)
	d.warn(ctx, "asking a mediator for messages", err, "mediation", m.ID)
	// The next job has an id that follows from this one's: where this is done twice, it is there already.
	next := uuid.NewSHA1(uuid.NameSpaceOID, []byte(JobPickup+job.ID)).String()
	err = d.act(ctx, system(job), func(t *Turn) error { return t.enqueuePickup(m.ID, next, t.Now.Add(pause)) })
	if hasCode(err, vc.Conflict, "duplicate") {
		return nil
	}
	return err
}

// askMediator says when to ask again.
func (d *Desk) askMediator(ctx context.Context, m vc.Mediation) (time.Duration, error) {
	id, err := newMessageID()
	if err != nil {
		return pickupPause, err
	}
	returns := &didcomm.Transport{ReturnRoute: didcomm.ReturnAll}
	var question didcomm.Message = &didcomm.PickupDeliveryRequest{
		Header: didcomm.Header{Type: didcomm.TypePickupDeliveryRequest, ID: id, Transport: returns}, Limit: pickupAtOnce,
	}
	endpoint, err := d.endpointOf(ctx, m)
	if err != nil {
		return pickupPause, err
	}
	pause := cmp.Or(d.Pickup, pickupPause)
	if strings.HasPrefix(endpoint, "ws") {
		pause = livePause
		question = &didcomm.PickupLiveDelivery{
			Header: didcomm.Header{Type: didcomm.TypePickupLiveDelivery, ID: id, Transport: returns}, LiveDelivery: true,
		}
	}
	out, err := d.packFor(ctx, m.Scope, m.Connection, question)
	if err != nil {
		return pause, err
	}
	answer, err := d.Post.Post(ctx, out.endpoint, out.envelope)
	if err == nil && len(answer) > 0 {
		_, err = d.Receive(ctx, answer, Source{})
	}
	return pause, err
}

func (d *Desk) endpointOf(ctx context.Context, m vc.Mediation) (endpoint string, err error) {
	err = d.view(ctx, m.Scope, func(t *Turn) error {
		c, err := t.connection(m.Connection)
		if err == nil {
			endpoint = c.Said.Target.Endpoint
		}
		return err
	})
	return endpoint, err
}

func actPickupStatus(_ *Desk, t *Turn, in *Inbound, looked any) error {
	status := in.Message.(*didcomm.PickupStatus)
	if _, err := t.granted(in.Connection.ID, false); err != nil || status.MessageCount <= 0 {
		return err
	}
	request := &didcomm.PickupDeliveryRequest{
		Header: didcomm.Header{Type: didcomm.TypePickupDeliveryRequest, ID: looked.(string)}, Limit: pickupAtOnce,
	}
	return t.Send(Addressee{Connection: in.Connection}, request, "")
}

// actPickupDelivery only says whether a delivery is from a mediator of ours: what is in it is received when that is settled.
func actPickupDelivery(_ *Desk, t *Turn, in *Inbound, _ any) error {
	_, err := t.granted(in.Connection.ID, false)
	return err
}

// unpack receives what was in a delivery, each for itself, and tells the mediator what it need not keep; and notes who wants to be
// told live.
func (d *Desk) unpack(ctx context.Context, in *Inbound) {
	switch m := in.Message.(type) {
	case *didcomm.PickupLiveDelivery:
		if m.LiveDelivery && in.Socket && in.Known {
			d.heldState().live.Add(in.Connection.ID, struct{}{})
		} else if in.Known {
			d.heldState().live.Remove(in.Connection.ID)
		}
	case *didcomm.PickupDelivery:
		if in.Known {
			d.warn(ctx, "receiving what a mediator kept", d.delivered(ctx, in, m))
		}
	}
}

func (d *Desk) delivered(ctx context.Context, in *Inbound, m *didcomm.PickupDelivery) error {
	var done []string
	for _, attached := range m.Messages {
		envelope, err := attached.Content()
		if err == nil {
			_, err = d.Receive(ctx, envelope, Source{})
		}
		if err != nil {
			d.warn(ctx, "receiving a message that a mediator kept", err)
			if kind := vc.KindOf(err); kind == vc.Unavailable || kind == vc.Internal && ctx.Err() != nil {
				continue // it is to be delivered again
			}
		}
		if attached.ID != "" {
			done = append(done, attached.ID)
		}
	}
	if len(done) == 0 {
		return nil
	}
	id, err := newMessageID()
	if err != nil {
		return err
	}
	return d.act(ctx, in.By, func(t *Turn) error {
		if _, err := t.granted(in.Connection.ID, false); err != nil {
			return err
		}
		c, err := t.connection(in.Connection.ID)
		if err != nil {
			return err
		}
		received := &didcomm.PickupMessagesReceived{
			Header: inThread(didcomm.TypePickupMessagesReceived, id, in.Thread), MessageIDs: done,
		}
		return t.Send(Addressee{Connection: c}, received, "")
	})
}
