package work

import (
	"context"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// hand is what a worker has in hand. Whoever cannot renew a lease lets go of its job before the lease ends, by a clock that
// began before the lease did: what two servers do side by side heeds no context.
type hand struct {
	mu   sync.Mutex
	held map[*taken]struct{}
}

// taken is a job in hand.
type taken struct {
	job   vc.Job
	since time.Time   // when its lease was asked for last
	ends  *time.Timer // what ends the handler's context
}

// letGo is when a handler is told to stop where nothing was renewed.
func letGo(lease time.Duration) time.Duration { return lease * 9 / 10 }

func (h *hand) take(job vc.Job, asked time.Time, lease time.Duration, stop context.CancelFunc) *taken {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.held == nil {
		h.held = map[*taken]struct{}{}
	}
	t := &taken{job: job, since: asked, ends: time.AfterFunc(letGo(lease)-time.Since(asked), stop)}
	h.held[t] = struct{}{}
	return t
}

func (h *hand) drop(t *taken) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t.ends.Stop()
	delete(h.held, t)
}

// old lists what was lent or renewed before a time.
func (h *hand) old(before time.Time) (jobs []vc.Job) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for t := range h.held {
		if t.since.Before(before) {
			jobs = append(jobs, t.job)
		}
	}
	return jobs
}

// renewed notes the leases that were asked for then. What was let go of stays so.
func (h *hand) renewed(jobs []vc.Job, asked time.Time, lease time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for t := range h.held {
		for _, j := range jobs {
			if j.ID == t.job.ID && j.Attempts == t.job.Attempts && t.ends.Stop() {
				t.since = asked
				t.ends.Reset(letGo(lease) - time.Since(asked))
			}
		}
	}
}

// renewing keeps lent what is in hand, until end. Nothing is asked of the store while no job takes longer than a third of a
// lease; then each third, and when that fails, soon again.
func (w *Worker) renewing(ctx context.Context, hand *hand) (end func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	running.Go(func() {
		ticker := time.NewTicker(w.lease() / 6)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case now := <-ticker.C:
				w.renew(ctx, hand, now)
			}
		}
	})
	return func() { cancel(); running.Wait() }
}

func (w *Worker) renew(ctx context.Context, hand *hand, now time.Time) {
	old := hand.old(now.Add(-w.lease() / 3))
	if len(old) == 0 {
		return
	}
	limited, cancel := context.WithTimeout(ctx, w.lease()/3)
	defer cancel()
	asked := time.Now()
	kept, err := w.Lender.Renew(limited, old, w.lease())
	if err != nil && ctx.Err() == nil && w.Log != nil {
		w.Log.WarnContext(ctx, "renewing the leases of jobs", "error", err)
	}
	hand.renewed(kept, asked, w.lease())
}
