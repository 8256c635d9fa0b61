package agent

import (
	"cmp"
	"context"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Us as the client of a mediator with whom letters wait: Aries RFC 0685.

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
	if err := d.Rows.View(ctx, job.Scope, func(rows Rows) error { return closed(rows, job.Scope) }); err != nil {
		return absent(err)
	}
	pause, err := d.askMediator(ctx, m)
	if hasCode(err, vc.NotFound, "connection-not-found") {
		return nil // it is over
	}
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
