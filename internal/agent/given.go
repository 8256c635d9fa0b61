package agent

import (
	"context"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// What goes back on the way a message came may be lost with that way. Where nobody here is told, as over HTTP, it counts as sent, so that it goes no
// other way too, but is kept until its peer has been heard again: who missed it sends its message once more, and gets it once more.

const (
	maxGiven  = 100         // letters, the newest, that are looked through
	givenKept = time.Minute // at least: messages of a peer may come side by side
)

// handOver packs a letter for a peer that is here, and counts it as sent. Nil: somebody else sent it meanwhile, or it is not for
// that key.
func (d *Desk) handOver(ctx context.Context, t *Turn, letter vc.Letter, to didcomm.Verkey) ([]byte, error) {
	packed, err := d.pack(ctx, letter, true)
	if err != nil {
		return nil, err
	}
	if letter.Way == vc.WayOut && !slices.Contains(packed.recipients, to) {
		return nil, nil
	}
	moved, mine := false, t.soonOf(letter)
	err = d.Rows.Update(ctx, letter.Scope, func(rows Rows) error {
		moved = false
		if mine != nil {
			if err := rows.FinishJobs(mine.job.LeasedBy, []string{mine.job.ID}, []string{mine.job.Key}); err != nil {
				return err
			}
		}
		l, err := rows.LetterForUpdate(letter.ID)
		if err != nil || l.State != vc.LetterWaiting && l.State != vc.LetterHeld {
			return absent(err)
		}
		moved = true
		l.State, l.Failure, l.UpdatedAt = vc.LetterSent, "", d.now()
		return rows.UpdateLetter(l)
	})
	if err != nil {
		return nil, err
	}
	t.forgo(mine)
	if !moved {
		return nil, nil
	}
	return packed.envelope, nil
}

// takeBack has a letter that was handed over go another way, or wait, as it would have: the way on which it went is gone.
func (d *Desk) takeBack(ctx context.Context, letter vc.Letter) error {
	return d.act(ctx, vc.Caller{Scope: letter.Scope, Principal: "system", Door: Door}, func(t *Turn) error {
		l, err := t.Rows.LetterForUpdate(letter.ID)
		if err != nil || l.State != vc.LetterSent || l.BodyKey == nil {
			return absent(err) // the peer has been heard since, or it was erased
		}
		l.State, l.Failure, l.UpdatedAt = letter.State, "not-read", t.Now
		if err := t.Rows.UpdateLetter(l); err != nil || l.State != vc.LetterWaiting {
			return err
		}
		return t.enqueue(l)
	})
}

// given lists what was handed over to who sent a message and is kept still, newest first.
func (d *Desk) given(ctx context.Context, in *Inbound) (kept []vc.Letter, err error) {
	q := vc.LetterQuery{States: []vc.LetterState{vc.LetterSent}, Page: vc.Page{Limit: maxGiven}}
	switch {
	case in.Known:
		q.Connection = in.Connection.ID
	case in.Invitation != nil:
		q.Invitation = in.Invitation.ID
	default:
		return nil, nil
	}
	err = d.Rows.View(ctx, in.By.Scope, func(rows Rows) (err error) {
		kept, err = rows.Letters(q)
		return err
	})
	return slices.DeleteFunc(kept, func(l vc.Letter) bool { return l.BodyKey == nil }), err
}

// givenAgain packs what went back for a message that comes once more: of its thread, else the newest. It changes nothing: maybe
// somebody replays what another has sent, and cannot read the answer.
func (d *Desk) givenAgain(ctx context.Context, in *Inbound, transport *didcomm.Transport) []byte {
	if transport.ReturnRoute != didcomm.ReturnAll && transport.ReturnRoute != didcomm.ReturnThread {
		return nil
	}
	kept, err := d.given(ctx, in)
	if err != nil || len(kept) == 0 {
		d.warn(ctx, "looking for what was given", err)
		return nil
	}
	letter := kept[0]
	if i := slices.IndexFunc(kept, func(l vc.Letter) bool { return l.Thread == in.Thread }); i >= 0 {
		letter = kept[i]
	} else if transport.ReturnRoute == didcomm.ReturnThread {
		return nil
	}
	packed, err := d.pack(ctx, letter, true)
	d.warn(ctx, "giving back a message again", err, "letter", letter.ID)
	if err != nil || letter.Way == vc.WayOut && !slices.Contains(packed.recipients, in.From) {
		return nil
	}
	return packed.envelope
}

// arrived forgets what was handed over some time before its peer was heard again.
func (d *Desk) arrived(ctx context.Context, in *Inbound) error {
	kept, err := d.given(ctx, in)
	before := d.now().Add(-givenKept)
	kept = slices.DeleteFunc(kept, func(l vc.Letter) bool { return l.UpdatedAt.After(before) })
	if err != nil || len(kept) == 0 {
		return err
	}
	return d.Rows.Update(ctx, in.By.Scope, func(rows Rows) error {
		for _, letter := range kept {
			l, err := rows.LetterForUpdate(letter.ID)
			switch {
			case err != nil:
			case l.Way == vc.WayRelay:
				err = rows.DeleteLetter(l.ID)
			default:
				l.BodyKey, l.Body = nil, nil
				err = rows.UpdateLetter(l)
			}
			if absent(err) != nil {
				return err
			}
		}
		return nil
	})
}
