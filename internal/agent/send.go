package agent

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// newMessageID draws the @id of a message: before the transaction that sends it.
func newMessageID() (string, error) { return didcomm.NewID(rand.Reader) }

// deskState is what a desk keeps in memory.
type deskState struct {
	held heldState
}

// sendBatch is how many letters of a channel one job sends, at least its own.
const sendBatch = 32

// sendTime is what the last of them may begin before, so that a job ends within its lease.
const sendTime = 30 * time.Second

// SendJob sends the letters that wait on a job's channel, oldest first: its own, and what came after it while it is at it. The jobs
// of those find nothing to do. A letter that fails holds up those behind it until it is sent or dead.
func (d *Desk) SendJob(ctx context.Context, job vc.Job) error {
	var what letterJob
	if err := json.Unmarshal(job.Payload, &what); err != nil {
		return vc.Errorf(vc.Internal, "job-payload", "the job names no letter").Because(err)
	}
	began, by := time.Now(), system(job)
	for {
		letters, err := d.queued(ctx, job.Scope, what.Letter)
		if err != nil || len(letters) == 0 {
			return err
		}
		for _, letter := range letters {
			if letter.ID > what.Letter && (len(letters) > sendBatch || time.Since(began) > sendTime) {
				return nil
			}
			if err := d.settle(ctx, by, letter, d.sendLetter(ctx, letter)); err != nil {
				if letter.ID > what.Letter {
					return nil // its own job tries again
				}
				return err
			}
		}
		if letters[len(letters)-1].ID >= what.Letter {
			return nil
		}
	}
}

// queued gives the letters of a letter's channel that wait to be sent, oldest first; none where that letter does not wait.
func (d *Desk) queued(ctx context.Context, scope vc.Scope, id string) (letters []vc.Letter, err error) {
	err = d.Rows.View(ctx, scope, func(rows Rows) error {
		letters = nil
		own, err := rows.Letter(id)
		if err != nil {
			return absent(err)
		}
		if own.State != vc.LetterWaiting {
			return nil
		}
		if own.Connection == "" && own.Invitation == "" {
			letters = []vc.Letter{own}
			return nil
		}
		q := vc.LetterQuery{
			Connection: own.Connection, Invitation: own.Invitation, States: []vc.LetterState{vc.LetterWaiting},
			Page: vc.Page{Limit: sendBatch, Ascending: true},
		}
		found, err := rows.Letters(q)
		for _, letter := range found {
			if letter.Way != vc.WayIn {
				letters = append(letters, letter)
			}
		}
		if err == nil && len(letters) == 0 {
			letters = []vc.Letter{own} // behind many that came in
		}
		return err
	})
	return letters, err
}

// absent forgives what is not there any more.
func absent(err error) error {
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return nil
	}
	return err
}

// errHeld says that a peer has no endpoint any more: what is for it waits until it comes.
var errHeld = errors.New("the peer has no endpoint")

// sendLetter packs a letter for where its peer is now, and posts it. What comes back on the same way is received.
func (d *Desk) sendLetter(ctx context.Context, letter vc.Letter) error {
	packed, err := d.pack(ctx, letter, false)
	if err != nil {
		return err
	}
	if packed.endpoint == "" || packed.endpoint == noEndpoint {
		return errHeld
	}
	d.step("packed")
	answer, err := d.Post.Post(ctx, packed.endpoint, packed.envelope)
	if err != nil {
		return err
	}
	d.step("posted")
	if len(answer) > 0 {
		// It is the peer's to send it again: ours is sent.
		_, err := d.Receive(ctx, answer, Source{})
		d.warn(ctx, "what came back with an answer", err)
	}
	return nil
}

// packed is an envelope, ready for its endpoint.
type packed struct {
	envelope   []byte
	endpoint   string
	recipients []didcomm.Verkey // whom the message itself is for
}

// pack encrypts a letter as it is to be sent now: a peer that has moved since it was written is found where it is. What is given to
// the peer itself, and not to its endpoint, is direct: no mediator is between.
func (d *Desk) pack(ctx context.Context, letter vc.Letter, direct bool) (out packed, err error) {
	var body letterBody
	var target didcomm.Target
	var from *vc.Recipient
	returns := d.Endpoint == ""
	err = d.view(ctx, letter.Scope, func(t *Turn) error {
		body, from = letterBody{}, nil
		if letter.BodyKey == nil {
			return vc.Errorf(vc.Gone, "letter-erased", "what was in the letter was erased")
		}
		if err := unseal(t.Vault, letterLabel+letter.ID, letter.BodyKey, letter.Body, &body); err != nil {
			return err
		}
		var c *Connection
		if letter.Connection != "" {
			if c, err = t.connection(letter.Connection); err != nil {
				return err
			}
			target = c.Said.Target
		} else if body.Target != nil {
			target = *body.Target
		}
		if letter.Way == vc.WayRelay {
			return nil
		}
		if from, err = t.sender(body.From, c); err != nil {
			return err
		}
		return nil
	})
	out = packed{body.Envelope, target.Endpoint, target.Recipients}
	if err != nil || letter.Way == vc.WayRelay {
		return out, err
	}
	if direct {
		target.Routing = nil
	} else if strings.HasPrefix(target.Endpoint, "did:") {
		if target, err = d.agency(ctx, letter.Scope, target); err != nil {
			return out, err
		}
		out.endpoint = target.Endpoint
	}
	message := []byte(body.Message)
	if returns {
		if message, err = returning(message); err != nil {
			return out, err
		}
	}
	out.envelope, err = d.seal(ctx, message, target, from)
	return out, err
}

// seal encrypts a message for a target, from a key of ours, or nobody.
func (d *Desk) seal(ctx context.Context, message []byte, target didcomm.Target, from *vc.Recipient) ([]byte, error) {
	if from == nil {
		return didcomm.PackFor(rand.Reader, message, target, nil)
	}
	own, err := d.own(ctx, *from)
	if err != nil {
		return nil, err
	}
	return didcomm.PackFor(rand.Reader, message, target, &own)
}

// sender is the key of ours that a letter comes from: the one it names, else the one that the connection's peer was told. Nil is
// nobody.
func (t *Turn) sender(verkey string, c *Connection) (*vc.Recipient, error) {
	if verkey != "" {
		recipient, err := t.Rows.Recipient(verkey)
		return &recipient, err
	}
	if c == nil {
		return nil, nil
	}
	recipients, err := t.Rows.Recipients("connection/" + c.ID)
	if err != nil {
		return nil, err
	}
	for _, recipient := range recipients {
		told := c.Said.Rotating == nil || c.Said.Rotating.Key != recipient.Verkey
		if told && recipient.RetiredAt.IsZero() {
			return &recipient, nil
		}
	}
	return nil, vc.Errorf(vc.Gone, "sender-gone", "the connection has no key to send from")
}

// agency follows an endpoint that is the DID of an agency: its own service is where to send, and it opens the envelope first. Aries
// RFC 0023, "Agency endpoint".
func (d *Desk) agency(ctx context.Context, scope vc.Scope, target didcomm.Target) (didcomm.Target, error) {
	resolution, _, err := d.Identity.Resolve(ctx, scope, target.Endpoint)
	if err != nil {
		return target, err
	}
	document, err := diddoc.Parse(resolution.Document)
	if err != nil {
		return target, err
	}
	services, err := didcomm.Targets(document)
	if err != nil {
		return target, err
	}
	if len(services) == 0 || strings.HasPrefix(services[0].Endpoint, "did:") {
		return target, vc.Errorf(vc.Denied, "endpoint-not-allowed", "the peer's agency has no endpoint")
	}
	routing := append(append([]didcomm.Verkey{}, target.Routing...), services[0].Recipients...)
	return didcomm.Target{
		Endpoint: services[0].Endpoint, Recipients: target.Recipients, Routing: append(routing, services[0].Routing...), Accept: target.Accept,
	}, nil
}

// returning asks for what there is to answer on the way that the message goes: we are not found otherwise. Aries RFC 0092.
func returning(raw []byte) ([]byte, error) {
	message, err := didcomm.Decode(raw)
	if err != nil {
		return nil, err
	}
	if head := message.Head(); head.Transport == nil {
		head.Transport = &didcomm.Transport{ReturnRoute: didcomm.ReturnAll}
	}
	return didcomm.Encode(message)
}

func system(job vc.Job) vc.Caller {
	return vc.Caller{Scope: job.Scope, Principal: "system", Door: Door, Request: job.ID}
}

func (d *Desk) warn(ctx context.Context, what string, err error, args ...any) {
	if err != nil && d.Log != nil {
		d.Log.WarnContext(ctx, what, append(args, "error", err)...)
	}
}

// striped keeps what is done under one key from being done twice at once, without a lock for each key.
type striped [64]sync.Mutex

func (s *striped) of(key string) *sync.Mutex {
	sum := uint32(2166136261)
	for i := range len(key) {
		sum = (sum ^ uint32(key[i])) * 16777619
	}
	return &s[sum%uint32(len(s))]
}
