package agent

import (
	"context"
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/work"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Turn is the transaction of one message, or of one act of a door: what it writes it writes through here. It is good within the
// transaction alone, which may run more than once: whoever writes begins from what was looked up before, each time.
type Turn struct {
	Rows  Rows
	By    vc.Caller
	Now   time.Time
	Vault keys.TenantVault

	letters []vc.Letter  // that this transaction wrote
	signals []string     // who waits for what it did
	worker  *work.Worker // that sends letters at once; nil: their jobs are lent
	soon    []*soon      // letters that it sends at once
	waits   bool         // they wait until it is known what goes back on the way that the message came
	again   bool         // the message had been handled before: nothing was done
}

// act runs fn in a transaction of the caller's scope, and does after its commit what is due at once.
func (d *Desk) act(ctx context.Context, by vc.Caller, fn func(t *Turn) error) error {
	vault, err := d.tenant(ctx, by.Scope)
	if err != nil {
		return err
	}
	_, err = d.turn(ctx, by, vault, fn)
	return err
}

func (d *Desk) turn(ctx context.Context, by vc.Caller, vault keys.TenantVault, fn func(t *Turn) error) (*Turn, error) {
	var t *Turn
	err := d.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		t.leave(nil)
		t = &Turn{Rows: rows, By: by, Now: d.now(), Vault: vault, worker: d.Worker}
		return fn(t)
	})
	if err != nil {
		t.leave(err)
		return nil, err
	}
	t.Rows = nil
	if !t.waits {
		d.sendSoon(t)
	}
	d.signalled(t)
	d.committed(ctx, t)
	return t, nil
}

// view reads in one snapshot.
func (d *Desk) view(ctx context.Context, scope vc.Scope, fn func(t *Turn) error) error {
	vault, err := d.tenant(ctx, scope)
	if err != nil {
		return err
	}
	return d.Rows.View(ctx, scope, func(rows Rows) error {
		return fn(&Turn{Rows: rows, By: vc.Caller{Scope: scope}, Now: d.now(), Vault: vault})
	})
}

// look is view for what one statement tells.
func (d *Desk) look(ctx context.Context, scope vc.Scope, fn func(t *Turn) error) error {
	vault, err := d.tenant(ctx, scope)
	if err != nil {
		return err
	}
	return store.Look(ctx, d.Rows, scope, func(rows Rows) error {
		return fn(&Turn{Rows: rows, By: vc.Caller{Scope: scope}, Now: d.now(), Vault: vault})
	})
}

// Addressee is who a letter is for: a connection; or, where there is none (yet), a service, and a key of ours to send from. A letter
// with both goes to that service, in its turn among the connection's.
type Addressee struct {
	Connection *Connection
	Invitation string // id; orders the letters of a service
	Target     didcomm.Target
	From       string // our verkey, base58; "": that of the connection that is told to peers
	// Service is where answers find us, without a connection: the ~service of the message, if it has none.
	Service *didcomm.Service
}

// letterBody is what a letter keeps sealed.
type letterBody struct {
	Message  jsontext.Value  `json:"m,omitempty"`
	Target   *didcomm.Target `json:"t,omitempty"` // nil: where the connection's peer is when it is sent
	From     string          `json:"f,omitempty"` // out: our verkey; in: theirs
	To       string          `json:"k,omitempty"` // in: our verkey
	Envelope jsontext.Value  `json:"e,omitempty"` // relay
}

const letterLabel = "letter v1 "

// noEndpoint is what agents without an endpoint write there: Aries RFC 0092.
const noEndpoint = "didcomm:transport/queue"

// Send writes a letter, and the job that sends it; where the peer has no endpoint it is held until the peer comes. The message's
// id was drawn before the transaction, so that the transaction may run again. subject names what fails where it cannot be delivered:
// "exchange/<id>".
func (t *Turn) Send(to Addressee, m didcomm.Message, subject string) error {
	if to.Connection == nil && m.Head().Service == nil {
		m.Head().Service = to.Service
	}
	if to.Connection != nil && to.From == "" {
		to.From = to.Connection.Said.Sender
	}
	message, err := encoded(m)
	if err != nil {
		return err
	}
	body := letterBody{Message: message, From: to.From}
	letter := vc.Letter{
		Way: vc.WayOut, Invitation: to.Invitation, Thread: m.Head().ThreadID(), Type: typeName(m.Head().Type), Message: m.Head().ID, Subject: subject,
		State: vc.LetterWaiting,
	}
	endpoint := to.Target.Endpoint
	if to.Connection != nil {
		letter.Connection, letter.Invitation = to.Connection.ID, ""
	}
	if to.Connection != nil && len(to.Target.Recipients) == 0 {
		endpoint = to.Connection.Said.Target.Endpoint
	} else {
		body.Target = &to.Target
	}
	if endpoint == "" || endpoint == noEndpoint {
		letter.State = vc.LetterHeld
	}
	if err := t.room(letter); err != nil {
		return err
	}
	if letter, err = t.post(letter, body); err == nil {
		t.addressed(letter, to.Connection)
	}
	return err
}

const (
	maxUnsent      = 1000 // letters of a kind that a peer has caused and not fetched, and messages of a peer that were put aside
	maxUnsentBytes = 64 << 20
	// peerPrincipal is who acts where a peer's message does.
	peerPrincipal = "peer"
	codeUnsent    = "too-much-unsent"
)

// encoded is a message of ours as it is sent. Invalid "message-too-large" for one that no agent would read: what it is to carry is too
// large, or too deep.
func encoded(m didcomm.Message) (jsontext.Value, error) {
	raw, err := didcomm.Encode(m)
	return raw, faulty("message-too-large", err)
}

// room refuses what a peer's message would have written to it while too much of the kind waits for it: who asks and fetches no
// answers fills the store otherwise.
func (t *Turn) room(letter vc.Letter) error {
	if letter.Connection == "" || t.By.Principal != peerPrincipal {
		return nil
	}
	return t.fewer(vc.LetterQuery{
		Connection: letter.Connection, Way: letter.Way, Type: letter.Type, States: []vc.LetterState{vc.LetterHeld, vc.LetterWaiting},
	})
}

// fewer is Unavailable "too-much-unsent" where there are too many letters of a list.
func (t *Turn) fewer(q vc.LetterQuery) error {
	kept, err := t.Rows.CountLetters(q)
	if err == nil && (kept.Count >= maxUnsent || kept.Bytes >= maxUnsentBytes) {
		err = vc.Errorf(vc.Unavailable, codeUnsent, "too much waits for this peer already")
	}
	return err
}

// post writes a letter, and its job where it waits.
func (t *Turn) post(letter vc.Letter, body letterBody) (vc.Letter, error) {
	letter.ID, letter.Scope, letter.CreatedAt, letter.UpdatedAt = newID(), t.By.Scope, t.Now, t.Now
	var err error
	if letter.BodyKey, letter.Body, err = seal(t.Vault, letterLabel+letter.ID, body); err != nil {
		return vc.Letter{}, err
	}
	letter.Size = len(letter.Body)
	if err := t.Rows.InsertLetter(letter); err != nil {
		return vc.Letter{}, err
	}
	t.letters = append(t.letters, letter)
	if letter.State != vc.LetterWaiting {
		return letter, nil
	}
	return letter, t.enqueue(letter)
}

// enqueue writes the job of a letter that waits.
func (t *Turn) enqueue(letter vc.Letter) error {
	payload, err := json.Marshal(letterJob{letter.ID})
	if err != nil {
		return err
	}
	job := vc.Job{ID: newID(), Scope: t.By.Scope, Kind: JobSend, Key: channelOf(letter), Payload: payload, RunAt: t.Now}
	if letter.Way == vc.WayIn {
		job.Kind, job.Key = JobReceive, "in/"+job.Key
	}
	if sent, err := t.enqueueSoon(job, letter); sent || err != nil {
		return err
	}
	return t.Rows.Enqueue(job)
}

type letterJob struct {
	Letter string `json:"letter"`
}

// channelOf is what keeps letters in order: they go one after the other on it.
func channelOf(l vc.Letter) string {
	switch {
	case l.Connection != "":
		return "didcomm/" + l.Connection
	case l.Invitation != "":
		return "didcomm/" + l.Invitation
	}
	return "didcomm/" + l.Thread
}

// Tell writes what happened: an entry of the journal, and for subscribers the record as it is now. Object is "<noun>/<id>"; the
// topic is the agent's own word, which a door translates.
func (t *Turn) Tell(topic, action, noun, id string, record any) error {
	entry := vc.Entry{
		ID: newID(), Scope: t.By.Scope, At: t.Now, Action: action, Principal: t.By.Principal, Door: t.By.Door, Request: t.By.Request,
		Object: noun + "/" + id, Event: true, Subject: id,
	}
	if err := t.Rows.Append(entry); err != nil || topic == "" {
		return err
	}
	notice := vc.Notice{ID: entry.ID, Scope: t.By.Scope, Topic: topic, Subject: id, CreatedAt: t.Now}
	var err error
	if notice.BodyKey, notice.Body, err = seal(t.Vault, noticeLabel+notice.ID, record); err != nil {
		return err
	}
	return t.Rows.InsertNotice(notice)
}

// typeName is a message type without its prefix: "issue-credential/2.0/offer-credential".
func typeName(t didcomm.Type) string {
	p, ok := t.Parse()
	if !ok {
		return ""
	}
	return fmt.Sprintf("%s/%d.%d/%s", p.Protocol, p.Major, p.Minor, p.Name)
}
