package agent

import (
	"context"
	"errors"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

const (
	maxAttempts = 288 // of a letter: with the pauses of its worker, most of a day
	maxRefusals = 3   // by a peer that answered with a 4xx, one after the other

	// CodeUndelivered begins the error of a record whose letter did not arrive: "undelivered: peer-refused".
	CodeUndelivered = "undelivered"
	// CodeUnhandled is that of a record about which a message came that could not be handled; what stood in the way follows.
	CodeUnhandled = "unhandled"
)

// settle says what became of a letter: it is sent, or tried again (then the error is what the job fails with), or dead.
func (d *Desk) settle(ctx context.Context, by vc.Caller, letter vc.Letter, err error) error {
	ctx = context.WithoutCancel(ctx) // a job that is out of time still says so
	switch {
	case err == nil:
		return d.mark(ctx, letter, vc.LetterSent, "")
	case errors.Is(err, errHeld):
		return d.mark(ctx, letter, vc.LetterHeld, "")
	}
	failure := failureOf(err)
	letter.Attempts++
	if courtesy(letter) && (letter.Attempts >= maxRefusals || hopeless(letter, err)) {
		return d.Rows.Update(ctx, letter.Scope, func(rows Rows) error { return absent(rows.DeleteLetter(letter.ID)) })
	}
	if hopeless(letter, err) {
		d.warn(ctx, "a message is not delivered", err, "letter", letter.ID, "failure", failure)
		return d.bury(ctx, by, letter, failure, nil)
	}
	if err := d.retried(ctx, letter, failure); err != nil {
		return err
	}
	return vc.Errorf(vc.Unavailable, failure, "the message could not be delivered now").Because(err)
}

// failureOf is a code that says why, and holds nothing of the peer's.
func failureOf(err error) string {
	var own *vc.Error
	var spec *didcomm.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return "timeout"
	case errors.As(err, &own):
		return own.Code
	case errors.As(err, &spec):
		return spec.Code
	}
	return "internal"
}

// hopeless says whether a letter that was tried so often is not to be tried again.
func hopeless(letter vc.Letter, err error) bool {
	var spec *didcomm.Error
	if errors.As(err, &spec) || letter.Attempts >= maxAttempts {
		return true
	}
	switch vc.KindOf(err) {
	case vc.Denied, vc.Gone, vc.NotFound, vc.Unsupported:
		return true
	case vc.Invalid:
		// Two refusals in a row after others are enough; one may be a peer that was being deployed.
		return failureOf(err) != "peer-refused" || letter.Attempts >= maxRefusals && letter.Failure == "peer-refused"
	}
	return false
}

// courtesy says whether a letter tells a stranger why its request was refused. Anybody may cause one, to wherever it says that it is:
// it is tried a few times only, and nothing is noted of it.
func courtesy(letter vc.Letter) bool {
	report := strings.HasSuffix(letter.Type, "/problem_report") || strings.HasSuffix(letter.Type, "/problem-report")
	return report && letter.Connection == "" && letter.Invitation == "" && letter.Subject == ""
}

// mark moves a letter that has not been settled otherwise meanwhile. What was in a sent one is gone.
func (d *Desk) mark(ctx context.Context, letter vc.Letter, state vc.LetterState, failure string) error {
	return d.Rows.Update(ctx, letter.Scope, func(rows Rows) error {
		l, err := rows.LetterForUpdate(letter.ID)
		if err != nil || l.State != vc.LetterWaiting && l.State != vc.LetterHeld {
			return absent(err)
		}
		l.State, l.Failure, l.Attempts, l.UpdatedAt = state, failure, letter.Attempts, d.now()
		if state != vc.LetterSent {
			return rows.UpdateLetter(l)
		}
		if l.Way == vc.WayRelay {
			return rows.DeleteLetter(l.ID)
		}
		l.BodyKey, l.Body = nil, nil
		return rows.UpdateLetter(l)
	})
}

// retried notes a failed attempt.
func (d *Desk) retried(ctx context.Context, letter vc.Letter, failure string) error {
	return d.mark(ctx, letter, vc.LetterWaiting, failure)
}

// bury ends a letter that will not arrive, and tells the record that it belongs to; note, if not nil, does so where the letter does not
// name it. The letters behind it go on.
func (d *Desk) bury(ctx context.Context, by vc.Caller, letter vc.Letter, failure string, note func(*Turn) error) error {
	return d.act(ctx, by, func(t *Turn) error {
		l, err := t.Rows.LetterForUpdate(letter.ID)
		if err != nil || l.State != vc.LetterWaiting && l.State != vc.LetterHeld {
			return absent(err)
		}
		l.State, l.Failure, l.Attempts, l.UpdatedAt = vc.LetterDead, failure, letter.Attempts, t.Now
		if err := t.Rows.UpdateLetter(l); err != nil {
			return err
		}
		if err := d.undelivered(t, l.Subject, CodeUndelivered+": "+failure); err != nil {
			return err
		}
		if note != nil {
			if err := note(t); err != nil {
				return err
			}
		}
		return t.Tell("", "didcomm.undelivered", "letter", l.ID, nil)
	})
}

// undelivered notes at a record that its letter did not arrive, and why. It keeps its state: the letter may be revived.
func (d *Desk) undelivered(t *Turn, subject, why string) error {
	noun, id, _ := strings.Cut(subject, "/")
	switch noun {
	case "exchange":
		x, err := t.exchangeForUpdate(id)
		if err != nil || x.State.Final() {
			return absent(err)
		}
		x.Error = why
		x.Touch(t.Now)
		if err := t.putExchange(x); err != nil {
			return err
		}
		return d.tellExchange(t, x, "exchange.undelivered")
	case "proof":
		p, err := t.proofForUpdate(id)
		if err != nil {
			return absent(err)
		}
		p.Error = why
		p.Touch(t.Now)
		if err := t.putProof(p); err != nil {
			return err
		}
		return d.tellProof(t, p, "proof.undelivered")
	case "connection":
		c, err := t.connectionForUpdate(id)
		if err != nil {
			return absent(err)
		}
		c.Error = why
		c.Touch(t.Now)
		if err := t.putConnection(c); err != nil {
			return err
		}
		return t.Tell(TopicConnection, "connection.undelivered", noun, id, viewConnection(c))
	}
	return nil
}

// Letters lists letters, newest first, without what is in them.
func (d *Desk) Letters(ctx context.Context, scope vc.Scope, q vc.LetterQuery) (letters []vc.Letter, err error) {
	err = d.Rows.View(ctx, scope, func(rows Rows) (err error) {
		letters, err = rows.Letters(q)
		return err
	})
	for i := range letters {
		letters[i].BodyKey, letters[i].Body = nil, nil
	}
	return letters, err
}

// ReviveLetter sends a dead letter again, before what waits behind it. It fails with NotFound "letter-not-found" and
// Conflict "letter-state" for one that is not dead, or has lost what was in it.
func (d *Desk) ReviveLetter(ctx context.Context, by vc.Caller, id string) (letter vc.Letter, err error) {
	err = d.act(ctx, by, func(t *Turn) error {
		if letter, err = t.Rows.LetterForUpdate(id); err != nil {
			return missing(err, "letter")
		}
		if letter.State != vc.LetterDead || letter.BodyKey == nil {
			return vc.Errorf(vc.Conflict, "letter-state", "only a dead letter that still has its message is sent again")
		}
		letter.State, letter.Failure, letter.Attempts, letter.UpdatedAt = vc.LetterWaiting, "", 0, t.Now
		if err := t.Rows.UpdateLetter(letter); err != nil {
			return err
		}
		if err := t.enqueue(letter); err != nil {
			return err
		}
		return t.Tell("", "didcomm.revived", "letter", id, nil)
	})
	letter.BodyKey, letter.Body = nil, nil
	return letter, err
}
