package work_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/work"
)

func enqueue(t *testing.T, db *sql.DB, jobs ...vc.Job) {
	t.Helper()
	if err := sql.For[work.Enqueuer](db).Update(t.Context(), vc.Scope{Tenant: "t"}, func(rows work.Enqueuer) error {
		for _, j := range jobs {
			if err := rows.Enqueue(j); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// run starts a worker and gives what ends it.
func run(w *work.Worker) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() { w.Run(ctx) })
	return func() { cancel(); wait.Wait() }
}

func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain: " + what)
		}
	}
}

func TestJobsAreDone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		var w *work.Worker
		db := storetest.OpenWith(t, sql.Config{DSN: dsn, Enqueued: func() { w.Wake() }})
		var mu sync.Mutex
		var keyed []string
		var done atomic.Int64
		slow := make(chan struct{})
		w = &work.Worker{Lender: db, Poll: 10 * time.Millisecond, First: time.Millisecond, At: 4, Handlers: map[string]work.Handler{
			"quick": func(context.Context, vc.Job) error { done.Add(1); return nil },
			"slow":  func(context.Context, vc.Job) error { <-slow; done.Add(1); return nil },
			"keyed": func(_ context.Context, j vc.Job) error {
				mu.Lock()
				defer mu.Unlock()
				if len(keyed) == 1 && j.Attempts == 1 { // the second fails once, the third waits for it
					return errors.New("not yet")
				}
				keyed = append(keyed, string(j.Payload))
				done.Add(1)
				return nil
			},
		}}
		defer run(w)()
		enqueue(t, db, vc.Job{Kind: "slow"}, vc.Job{Kind: "keyed", Key: "k", Payload: []byte("1")},
			vc.Job{Kind: "keyed", Key: "k", Payload: []byte("2")}, vc.Job{Kind: "keyed", Key: "k", Payload: []byte("3")})
		for range 10 {
			enqueue(t, db, vc.Job{Kind: "quick"})
		}
		await(t, "a slow job holds nobody up", func() bool { return done.Load() == 13 })
		close(slow)
		await(t, "all are done", func() bool { return done.Load() == 14 })
		mu.Lock()
		defer mu.Unlock()
		if !slices.Equal(keyed, []string{"1", "2", "3"}) {
			t.Errorf("order %v", keyed)
		}
	})
}

func TestHopelessJobsDie(t *testing.T) {
	db := storetest.Open(t, storetest.Fresh(t))
	var tries, hopeless, panics atomic.Int64
	w := &work.Worker{Lender: db, Poll: 5 * time.Millisecond, First: time.Millisecond, Attempts: 3, Handlers: map[string]work.Handler{
		"failing":  func(context.Context, vc.Job) error { tries.Add(1); return errors.New("secret") },
		"hopeless": func(context.Context, vc.Job) error { hopeless.Add(1); return vc.Errorf(vc.Gone, "gone", "gone") },
		"panicky":  func(context.Context, vc.Job) error { panics.Add(1); panic("a fault") },
	}}
	enqueue(t, db, vc.Job{Kind: "failing", Key: "k"}, vc.Job{Kind: "hopeless", Key: "k"}, vc.Job{Kind: "panicky", Key: "k"})
	stop := run(w)
	await(t, "all three die", func() bool { return tries.Load() == 3 && hopeless.Load() == 1 && panics.Load() == 3 })
	time.Sleep(30 * time.Millisecond)
	stop()
	if tries.Load() != 3 || hopeless.Load() != 1 || panics.Load() != 3 {
		t.Error(tries.Load(), hopeless.Load(), panics.Load())
	}
}

func TestStopFinishesWhatWasBegun(t *testing.T) {
	db := storetest.Open(t, storetest.Fresh(t))
	begun, end := make(chan struct{}), make(chan struct{})
	var finished atomic.Bool
	w := &work.Worker{Lender: db, Poll: 5 * time.Millisecond, Handlers: map[string]work.Handler{
		"job": func(ctx context.Context, _ vc.Job) error {
			close(begun)
			<-end
			finished.Store(ctx.Err() == nil)
			return nil
		},
	}}
	enqueue(t, db, vc.Job{Kind: "job"})
	stop := run(w)
	<-begun
	go func() { time.Sleep(20 * time.Millisecond); close(end) }()
	stop()
	if !finished.Load() {
		t.Error("the job was broken off")
	}
	if jobs, err := db.Lend(t.Context(), "w", []string{"job"}, 1, time.Minute); err != nil || len(jobs) != 0 {
		t.Errorf("%d jobs are left, %v", len(jobs), err)
	}
}

// counted is a lender that counts what it is asked and given back, and may fail to renew.
type counted struct {
	*sql.DB
	lent, renewed, returned atomic.Int64
	failing                 bool
}

func (c *counted) Return(ctx context.Context, job vc.Job, failure string, retry time.Time, dead bool) error {
	defer c.returned.Add(1)
	return c.DB.Return(ctx, job, failure, retry, dead)
}

func (c *counted) Lend(ctx context.Context, worker string, kinds []string, max int, lease time.Duration) ([]vc.Job, error) {
	defer c.lent.Add(1)
	return c.DB.Lend(ctx, worker, kinds, max, lease)
}

func (c *counted) Renew(ctx context.Context, jobs []vc.Job, lease time.Duration) ([]vc.Job, error) {
	defer c.renewed.Add(1)
	if c.failing {
		return nil, errors.New("away")
	}
	return c.DB.Renew(ctx, jobs, lease)
}

// stayLent holds that no job of a kind is lent to another while the clock of the store goes on.
func (c *counted) stayLent(t *testing.T, ahead *atomic.Int64, lease time.Duration, kind string) {
	t.Helper()
	for range 5 { // by most of a lease, and by more than one in two turns
		ahead.Add(int64(lease * 8 / 10))
		before := c.renewed.Load()
		await(t, "a renewal that began after that", func() bool { return c.renewed.Load() >= before+2 })
		if jobs, err := c.DB.Lend(t.Context(), "another", []string{kind}, 2, lease); err != nil || len(jobs) != 0 {
			t.Errorf("%d jobs are lent to another, %v", len(jobs), err)
		}
	}
}

// A job that takes longer than its lease stays with who does it, as long as that lives.
func TestLongJobsStayLent(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		const lease = 60 * time.Millisecond
		var ahead atomic.Int64
		begun := time.Now()
		clock := func() time.Time { return begun.Add(time.Duration(ahead.Load())) }
		db := &counted{DB: storetest.OpenWith(t, sql.Config{DSN: dsn, Now: clock})}
		started, end := make(chan struct{}), make(chan struct{})
		var runs atomic.Int64
		w := &work.Worker{Lender: db, Poll: 5 * time.Millisecond, Lease: lease, Now: clock, Handlers: map[string]work.Handler{
			"long": func(context.Context, vc.Job) error {
				if runs.Add(1) == 1 {
					close(started)
				}
				<-end
				return nil
			},
		}}
		enqueue(t, db.DB, vc.Job{Kind: "long"})
		stop := run(w)
		<-started
		db.stayLent(t, &ahead, lease, "long")
		close(end)
		stop()
		ahead.Add(int64(time.Hour))
		if jobs, err := db.DB.Lend(t.Context(), "another", []string{"long"}, 1, lease); err != nil || len(jobs) != 0 || runs.Load() != 1 {
			t.Errorf("%d jobs are left, %v, after %d runs", len(jobs), err, runs.Load())
		}
	})
}

// Who cannot renew a lease stops before another may begin.
func TestLostLeaseEndsItsJob(t *testing.T) {
	db := &counted{DB: storetest.Open(t, storetest.Fresh(t)), failing: true}
	var runs atomic.Int64
	var mu sync.Mutex
	var reason error
	w := &work.Worker{Lender: db, Poll: 5 * time.Millisecond, First: time.Hour, Lease: 60 * time.Millisecond, Handlers: map[string]work.Handler{
		"job": func(ctx context.Context, _ vc.Job) error {
			if runs.Add(1) > 1 {
				return nil
			}
			<-ctx.Done()
			mu.Lock()
			defer mu.Unlock()
			reason = ctx.Err()
			return reason
		},
	}}
	enqueue(t, db.DB, vc.Job{Kind: "job"})
	defer run(w)()
	await(t, "the job is told to stop", func() bool { mu.Lock(); defer mu.Unlock(); return reason != nil })
	if !errors.Is(reason, context.Canceled) {
		t.Error(reason)
	}
}

// A worker that does nothing, or only what is quick, asks the store for no renewal.
func TestNoRenewalsInVain(t *testing.T) {
	db := &counted{DB: storetest.Open(t, storetest.Fresh(t))}
	w := &work.Worker{Lender: db, Poll: time.Millisecond, Lease: 6 * time.Millisecond, Handlers: map[string]work.Handler{
		"job": func(context.Context, vc.Job) error { return nil },
	}}
	stop := run(w)
	await(t, "many leases pass", func() bool { return db.lent.Load() > 50 })
	stop()
	if n := db.renewed.Load(); n > 0 {
		t.Errorf("%d renewals", n)
	}
}
