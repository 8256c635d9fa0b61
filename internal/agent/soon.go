package agent

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/work"
)

// A letter is sent at once by the server that writes it, mostly: its job is this worker's from the beginning, and the letter goes from
// hand to hand. Nothing is looked for; and what was posted is noted with others, a moment later. Where that fails, or the server
// dies, the job is one like any other, and the letter goes as its row says.

// soon is a letter that is sent by who wrote it.
type soon struct {
	letter vc.Letter
	job    vc.Job
	place  *work.Place
	to     *Connection // as the transaction knew it; nil: it is looked up
	at     time.Time
}

// knownFor is how long a connection is taken as the transaction knew it.
const knownFor = time.Second

// known is the letter's connection, unless it may be another by now.
func (s *soon) known() *Connection {
	if time.Since(s.at) < knownFor {
		return s.to
	}
	return nil
}

// enqueueSoon writes the job of a letter that this server sends at once: false where it does not.
func (t *Turn) enqueueSoon(job vc.Job, letter vc.Letter) (bool, error) {
	if t.worker == nil || letter.Way != vc.WayOut {
		return false, nil
	}
	place, ahead := t.worker.Soon(job.Scope, job.Key, letter.Size)
	if place == nil {
		return false, nil
	}
	job, lease := place.Lent(job)
	lent, err := t.Rows.EnqueueLent(job, lease, ahead)
	if err != nil || !lent {
		place.Leave()
		return err == nil, err
	}
	t.soon = append(t.soon, &soon{letter: letter, job: job, place: place, at: time.Now()})
	return true, nil
}

// addressed notes to whom a letter goes that was just written. What a letter of a connection's own affairs says of it may be about to change.
func (t *Turn) addressed(letter vc.Letter, to *Connection) {
	if n := len(t.soon); n > 0 && t.soon[n-1].letter.ID == letter.ID && strings.HasPrefix(letter.Subject, "exchange/") {
		t.soon[n-1].to = to
	}
}

// leave gives up what a transaction that failed, or runs again, was to send. Of one that was not answered nobody knows.
func (t *Turn) leave(err error) {
	if t == nil {
		return
	}
	for _, s := range t.soon {
		if err != nil && vc.KindOf(err) == vc.Unavailable {
			s.place.Lose()
		} else {
			s.place.Leave()
		}
	}
	t.soon = nil
}

// soonOf is a letter of the transaction that is sent at once, and was not begun; nil where it is not.
func (t *Turn) soonOf(letter vc.Letter) *soon {
	i := slices.IndexFunc(t.soon, func(s *soon) bool { return s.letter.ID == letter.ID })
	if i < 0 {
		return nil
	}
	return t.soon[i]
}

// forgo gives up a letter whose job is done with.
func (t *Turn) forgo(s *soon) {
	if s != nil {
		t.soon = slices.DeleteFunc(t.soon, func(other *soon) bool { return other == s })
		s.place.Leave()
	}
}

// sendSoon sends the letters of a transaction, once, after its commit.
func (d *Desk) sendSoon(t *Turn) {
	all := t.soon
	t.soon = nil
	for _, s := range all {
		s.place.Go(s.job, func(ctx context.Context) error {
			err := d.sendLetter(ctx, s.letter, s.known())
			if err == nil {
				d.state.posted.add(d, s)
				return nil
			}
			if err := d.settle(ctx, system(s.job), s.letter, err); err != nil {
				return err
			}
			defer s.place.Done()
			return d.Rows.Update(context.WithoutCancel(ctx), s.job.Scope, func(rows Rows) error {
				return rows.FinishJobs(s.job.LeasedBy, []string{s.job.ID}, []string{s.job.Key})
			})
		})
	}
}

// postedPause gathers letters that were posted. A server that dies in it sends them again: their peers have the receipts.
const postedPause = 20 * time.Millisecond

// posted are letters that were posted, and are not noted yet.
type posted struct {
	mu      sync.Mutex
	letters []*soon
}

func (p *posted) add(d *Desk, s *soon) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.letters = append(p.letters, s); len(p.letters) == 1 {
		d.heldState().running.Go(func() {
			time.Sleep(postedPause)
			d.note(p.take())
		})
	}
}

func (p *posted) take() (all []*soon) {
	p.mu.Lock()
	defer p.mu.Unlock()
	all, p.letters = p.letters, nil
	return all
}

// note says of letters that they are sent: one transaction for those of a scope.
func (d *Desk) note(all []*soon) {
	scopes := map[vc.Scope][]*soon{}
	for _, s := range all {
		scopes[s.job.Scope] = append(scopes[s.job.Scope], s)
	}
	var running sync.WaitGroup
	for scope, sent := range scopes {
		running.Go(func() {
			var letters, jobs, keys []string
			for _, s := range sent {
				letters, jobs, keys = append(letters, s.letter.ID), append(jobs, s.job.ID), append(keys, s.job.Key)
			}
			err := d.Rows.Update(context.Background(), scope, func(rows Rows) error {
				if err := rows.SentLetters(letters, d.now()); err != nil {
					return err
				}
				return rows.FinishJobs(sent[0].job.LeasedBy, jobs, keys)
			})
			d.warn(context.Background(), "noting what was sent", err) // it is sent again when its lease has ended
			for _, s := range sent {
				s.place.Done()
			}
		})
	}
	running.Wait()
}
