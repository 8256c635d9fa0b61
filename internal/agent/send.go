package agent

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// newMessageID draws the @id of a message: before the transaction that sends it.
func newMessageID() (string, error) { return didcomm.NewID(rand.Reader) }

// deskState is what a desk keeps in memory.
type deskState struct {
	held   heldState
	posted posted
}

// sendBatch is how many letters of a channel one job sends, at least its own.
const sendBatch = 32

// sendTime is what the last of them may begin before, so that a job ends within what it may take.
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
			if err := d.settle(ctx, by, letter, d.sendLetter(ctx, letter, nil)); err != nil {
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

// sendLetter packs a letter for where its peer is now, and posts it. What comes back on the same way is received. The letter's
// connection is looked up where it is nil.
func (d *Desk) sendLetter(ctx context.Context, letter vc.Letter, known *Connection) error {
	packed, err := d.packKnown(ctx, letter, known, false)
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

func system(job vc.Job) vc.Caller {
	return vc.Caller{Scope: job.Scope, Principal: "system", Door: Door, Request: job.ID}
}

func (d *Desk) warn(ctx context.Context, what string, err error, args ...any) {
	if err != nil && d.Log != nil {
		d.Log.WarnContext(ctx, what, append(args, "error", err)...)
	}
}
