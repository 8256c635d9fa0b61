// Package work does what must be done after a commit, at least once.
//
//	act's transaction ── Enqueue ──> row ── commit, Wake ──> Worker: Lend ──> handler ──> Return: done, again, dead
//
// What a server does itself as soon as it has written it, it is lent from the beginning: see [Worker.Soon].
//
// A lease is short, and renewed while its server lives: so a job whose server dies is lent again soon, and one that takes
// long is not. A handler must bear being run twice all the same: its server may have died behind the last thing it did.
// Jobs of one Key run one after the other, oldest first.
package work

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Handler carries out one job. An error puts it off; one of kind Invalid, NotFound or Gone never gets better, and
// the job is dead at once.
type Handler func(ctx context.Context, job vc.Job) error

// Worker does due jobs. Every server runs one. Zero durations and numbers take the defaults.
type Worker struct {
	Lender   Lender
	Handlers map[string]Handler // by job kind
	Log      *slog.Logger       // nil: silent
	Now      func() time.Time   // nil: time.Now
	Lease    time.Duration      // of a job, renewed before it ends; 15 seconds
	Limit    time.Duration      // of what one job takes: 54 seconds
	Poll     time.Duration      // 1 second
	First    time.Duration      // wait after a first failure: 1 second; doubled each time
	Longest  time.Duration      // 1 hour
	Attempts int                // before a job is dead: 30
	At       int                // jobs at once: 8

	once sync.Once
	name string // of its leases
	wake chan struct{}
	hand hand
	soon soon
}

func (w *Worker) ready() {
	w.once.Do(func() { w.name, w.wake = uuid.NewString(), make(chan struct{}, 1) })
}

// Wake says that a job may be due. It never blocks.
func (w *Worker) Wake() {
	w.ready()
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// Run works until ctx ends, and then until what it began is done. A slow job holds up nobody but itself.
func (w *Worker) Run(ctx context.Context) {
	w.ready()
	defer w.renewing(ctx, &w.hand)()
	w.soon.begin()
	poll := time.NewTicker(or(w.Poll, time.Second))
	defer poll.Stop()
	done := make(chan struct{}, w.at())
	running := 0
	for look := true; ctx.Err() == nil; {
		if look {
			asked := time.Now()
			for _, job := range w.lend(ctx, w.at()-running) {
				running++
				go func() {
					defer func() { done <- struct{}{} }()
					w.one(context.WithoutCancel(ctx), job, asked)
				}()
			}
		}
		look = true
		select {
		case <-ctx.Done():
		case <-w.wake:
		case <-poll.C:
		case <-done:
			look = running == w.at() // else all that was due was lent, and what has become due since has woken us
			running--
		}
	}
	w.endSoon()
	for ; running > 0; running-- {
		<-done
	}
}

// lend asks for up to n jobs. The question is not broken off: what was lent and not heard of would lie until its
// lease ends.
func (w *Worker) lend(ctx context.Context, n int) []vc.Job {
	if n <= 0 {
		return nil
	}
	ctx = context.WithoutCancel(ctx)
	jobs, err := w.Lender.Lend(ctx, w.name, w.kinds(), n, w.lease())
	if err != nil && w.Log != nil {
		w.Log.WarnContext(ctx, "lending jobs", "error", err)
	}
	return jobs
}

// one does one job while it is lent, and gives it back. asked is when it was asked for: its lease has not begun before.
func (w *Worker) one(ctx context.Context, job vc.Job, asked time.Time) {
	limited, cancel := context.WithCancel(ctx)
	defer cancel()
	taken := w.hand.take(job, asked, w.lease(), cancel)
	err := w.attempt(limited, job, w.handler(job.Kind))
	w.hand.drop(taken)
	w.giveBack(ctx, job, err)
}

// giveBack says what became of a job.
func (w *Worker) giveBack(ctx context.Context, job vc.Job, err error) {
	failure, retry, dead := "", time.Time{}, false
	if err != nil {
		failure = describe(err)
		dead = job.Attempts >= or(w.Attempts, 30) || hopeless(err)
		retry = w.now().Add(w.backoff(job.Attempts))
		if w.Log != nil {
			w.Log.WarnContext(ctx, "job failed", "kind", job.Kind, "job", job.ID, "attempts", job.Attempts, "dead", dead, "error", failure)
		}
	}
	if err := w.Lender.Return(ctx, job, failure, retry, dead); err != nil && w.Log != nil {
		w.Log.WarnContext(ctx, "giving a job back", "kind", job.Kind, "job", job.ID, "error", err)
	}
}

// attempt does a job within what it may take.
func (w *Worker) attempt(ctx context.Context, job vc.Job, handler Handler) (err error) {
	ctx, cancel := context.WithTimeout(ctx, or(w.Limit, 54*time.Second))
	defer cancel()
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
			if w.Log != nil {
				w.Log.ErrorContext(ctx, "job panicked", "kind", job.Kind, "job", job.ID, "stack", string(debug.Stack()))
			}
		}
	}()
	return handler(ctx, job)
}

func (w *Worker) handler(kind string) Handler {
	if handler, ok := w.Handlers[kind]; ok {
		return handler
	}
	return func(context.Context, vc.Job) error {
		return vc.Errorf(vc.Unsupported, "no-handler", "nobody does jobs of kind %q", kind)
	}
}

// backoff doubles from First to Longest; half of it is chance, so that what failed together does not come back
// together.
func (w *Worker) backoff(attempts int) time.Duration {
	wait := or(w.First, time.Second)
	for range min(attempts-1, 40) {
		if wait *= 2; wait >= or(w.Longest, time.Hour) {
			wait = or(w.Longest, time.Hour)
			break
		}
	}
	return wait/2 + rand.N(wait/2+1) //nolint:gosec // not a secret
}

func (w *Worker) kinds() []string {
	kinds := make([]string, 0, len(w.Handlers))
	for kind := range w.Handlers {
		kinds = append(kinds, kind)
	}
	slices.Sort(kinds)
	return kinds
}

func (w *Worker) at() int { return or(w.At, 8) }

func (w *Worker) lease() time.Duration { return or(w.Lease, 15*time.Second) }

func (w *Worker) now() time.Time {
	if w.Now != nil {
		return w.Now()
	}
	return time.Now()
}

// describe gives a failure without what a cause may hold: only our own errors say what they are.
func describe(err error) string {
	if vc.KindOf(err) == vc.Internal {
		return "internal error"
	}
	return err.Error()
}

func hopeless(err error) bool {
	switch vc.KindOf(err) {
	case vc.Invalid, vc.NotFound, vc.Gone:
		return true
	}
	return false
}

func or[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}
