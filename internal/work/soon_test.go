package work_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/work"
)

type soonRows interface {
	work.Enqueuer
	work.Sooner
}

// office writes jobs and does them soon where it can.
type office struct {
	*testing.T
	db     *sql.DB
	worker *work.Worker
	scope  vc.Scope

	mu   sync.Mutex
	soon []string // what was done without being lent
	lent []string // what was lent and done
}

func newOffice(t *testing.T, db *sql.DB, lender work.Lender) *office {
	o := &office{T: t, db: db, scope: vc.Scope{Tenant: "t"}}
	o.worker = &work.Worker{Lender: lender, Poll: 5 * time.Millisecond, First: time.Millisecond, Handlers: map[string]work.Handler{
		"job": func(_ context.Context, j vc.Job) error {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.lent = append(o.lent, string(j.Payload))
			return nil
		},
	}}
	return o
}

// write writes a job, and says whether it is done soon.
func (o *office) write(name, key string, do func(context.Context) error) bool {
	o.Helper()
	job := vc.Job{ID: uuid.Must(uuid.NewV7()).String(), Scope: o.scope, Kind: "job", Key: key, Payload: []byte(name)}
	var place *work.Place
	err := sql.For[soonRows](o.db).Update(context.Background(), o.scope, func(rows soonRows) error {
		ahead := 0
		if place, ahead = o.worker.Soon(o.scope, key, len(name)); place == nil {
			return rows.Enqueue(job)
		}
		now, lease := place.Lent(job)
		lent, err := rows.EnqueueLent(now, lease, ahead)
		if job = now; err != nil || !lent {
			place.Leave()
			place = nil
		}
		return err
	})
	if err != nil {
		o.Error(err)
	}
	if err != nil || place == nil {
		return false
	}
	place.Go(job, func(ctx context.Context) error {
		if err := do(ctx); err != nil {
			return err
		}
		o.mu.Lock()
		o.soon = append(o.soon, name)
		o.mu.Unlock()
		err := sql.For[soonRows](o.db).Update(context.Background(), o.scope, func(rows soonRows) error {
			return rows.FinishJobs(job.LeasedBy, []string{job.ID}, []string{key})
		})
		place.Done()
		return err
	})
	return true
}

func (o *office) done() (soon, lent []string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.soon), slices.Clone(o.lent)
}

// none says whether no job is left, at whatever time.
func (o *office) none() bool {
	o.Helper()
	jobs, err := o.db.Lend(context.Background(), "test", []string{"job"}, 1, time.Minute)
	return err == nil && len(jobs) == 0
}

// opened waits until a worker that has begun to run gives places.
func (o *office) opened() {
	o.Helper()
	await(o.T, "the worker runs", func() bool {
		place, _ := o.worker.Soon(o.scope, "opened", 0)
		if place != nil {
			place.Leave()
		}
		return place != nil
	})
}

func nothing(context.Context) error { return nil }

// Who writes jobs does them in their order, and nobody is lent them.
func TestSoon(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		db := storetest.OpenWith(t, sql.Config{DSN: dsn})
		o := newOffice(t, db, db)
		if o.write("early", "early", nothing) {
			t.Error("a worker that does not run has places")
		}
		defer run(o.worker)()
		o.opened()
		hold := make(chan struct{})
		var want []string
		for i := range 5 {
			want = append(want, strconv.Itoa(i))
			if !o.write(want[i], "k", func(context.Context) error { <-hold; return nil }) {
				t.Errorf("%d waits to be lent", i)
			}
		}
		if !o.write("other", "l", nothing) {
			t.Error("another key waits to be lent")
		}
		await(t, "another key is not held up", func() bool { soon, _ := o.done(); return slices.Equal(soon, []string{"other"}) })
		close(hold)
		await(t, "all are done", func() bool { soon, lent := o.done(); return len(soon) == 6 && len(lent) == 1 })
		if soon, lent := o.done(); !slices.Equal(soon[1:], want) || lent[0] != "early" || !o.none() {
			t.Error(soon, lent)
		}
	})
}

// What has no place in memory is lent, behind what has one.
func TestSoonIsBounded(t *testing.T) {
	db := storetest.Open(t, storetest.Fresh(t))
	o := newOffice(t, db, db)
	defer run(o.worker)()
	o.opened()
	hold := make(chan struct{})
	var want []string
	n := 0
	for i := range 100 {
		name := strconv.Itoa(i)
		want = append(want, name)
		if o.write(name, "k", func(context.Context) error { <-hold; return nil }) {
			n++
		}
	}
	if n != 64 {
		t.Errorf("%d have a place", n)
	}
	if place, _ := o.worker.Soon(o.scope, "large", 33<<20); place != nil {
		t.Error("what is too large has a place")
	}
	close(hold)
	await(t, "all are done", func() bool { soon, lent := o.done(); return len(soon)+len(lent) == 100 })
	if soon, lent := o.done(); !slices.Equal(append(soon, lent...), want) {
		t.Error(soon, lent)
	}
}

// One that fails is tried again before those behind it: all are lent then.
func TestSoonFails(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		db := &counted{DB: storetest.OpenWith(t, sql.Config{DSN: dsn})}
		o := newOffice(t, db.DB, db)
		defer run(o.worker)()
		o.opened()
		hold := make(chan struct{})
		o.write("0", "k", func(context.Context) error { <-hold; return nil })
		o.write("1", "k", func(context.Context) error { panic("a fault") })
		o.write("2", "k", nothing)
		o.write("3", "k", nothing)
		close(hold)
		await(t, "all are done", func() bool { soon, lent := o.done(); return len(soon) == 1 && len(lent) == 3 })
		if soon, lent := o.done(); soon[0] != "0" || !slices.Equal(lent, []string{"1", "2", "3"}) {
			t.Error(soon, lent)
		}
		await(t, "no row is left", func() bool { return db.returned.Load() == 4 }) // the one that failed was given back twice
		if !o.write("4", "k", nothing) {
			t.Error("what comes later waits to be lent")
		}
	})
}

// A worker that stops ends what it began. The rest is not lost, and need not wait for the end of its lease.
func TestSoonStops(t *testing.T) {
	db := storetest.Open(t, storetest.Fresh(t))
	o := newOffice(t, db, db)
	stop := run(o.worker)
	o.opened()
	begun, hold := make(chan struct{}), make(chan struct{})
	o.write("0", "k", func(context.Context) error { close(begun); <-hold; return nil })
	o.write("1", "k", nothing)
	<-begun
	var between *work.Place
	between, _ = o.worker.Soon(o.scope, "l", 0)
	job := vc.Job{ID: uuid.Must(uuid.NewV7()).String(), Scope: o.scope, Kind: "job", Key: "l", Payload: []byte("2")}
	job, lease := between.Lent(job)
	if err := sql.For[soonRows](db).Update(t.Context(), o.scope, func(rows soonRows) error {
		_, err := rows.EnqueueLent(job, lease, 0)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	stopped := make(chan struct{})
	go func() { stop(); close(stopped) }()
	await(t, "there are no places any more", func() bool {
		place, _ := o.worker.Soon(o.scope, "later", 0)
		if place != nil {
			place.Leave()
		}
		return place == nil
	})
	between.Go(job, func(context.Context) error { t.Error("it is done by who has stopped"); return nil })
	close(hold)
	<-stopped
	if soon, lent := o.done(); !slices.Equal(soon, []string{"0"}) || len(lent) > 0 {
		t.Error(soon, lent)
	}
	next := newOffice(t, db, db)
	defer run(next.worker)()
	await(t, "the next does the rest", func() bool { _, lent := next.done(); return len(lent) == 2 })
}

// Who cannot renew the lease of a job that it began is told to stop; another does the job.
func TestSoonLosesItsLease(t *testing.T) {
	db := storetest.Open(t, storetest.Fresh(t))
	o := newOffice(t, db, &counted{DB: db, failing: true})
	o.worker.Lease = 100 * time.Millisecond
	o.worker.Handlers = map[string]work.Handler{"none": nil}
	defer run(o.worker)()
	o.opened()
	ended := make(chan error, 1)
	o.write("0", "k", func(ctx context.Context) error {
		<-ctx.Done()
		ended <- ctx.Err()
		return errors.New("it ended")
	})
	if reason := <-ended; !errors.Is(reason, context.Canceled) {
		t.Error(reason)
	}
	other := newOffice(t, db, db)
	defer run(other.worker)()
	await(t, "another does it", func() bool { _, lent := other.done(); return len(lent) == 1 })
}

// What a transaction that was not answered has written is done by whoever is lent it, and what is behind it after it.
func TestSoonIsLost(t *testing.T) {
	var ahead atomic.Int64
	clock := func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }
	db := storetest.OpenWith(t, sql.Config{DSN: storetest.Fresh(t), Now: clock})
	o := newOffice(t, db, db)
	o.worker.Now = clock
	defer run(o.worker)()
	o.opened()
	job := vc.Job{ID: uuid.Must(uuid.NewV7()).String(), Scope: o.scope, Kind: "job", Key: "k", Payload: []byte("0")}
	place, _ := o.worker.Soon(o.scope, "k", 0)
	job, lease := place.Lent(job)
	if err := sql.For[soonRows](db).Update(t.Context(), o.scope, func(rows soonRows) error {
		_, err := rows.EnqueueLent(job, lease, 0)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	o.write("1", "k", nothing) // it stands behind, and nobody knows yet
	place.Lose()
	o.write("2", "k", nothing)
	ahead.Store(int64(time.Minute))
	await(t, "all are done", func() bool { _, lent := o.done(); return len(lent) == 3 })
	if soon, lent := o.done(); len(soon) > 0 || !slices.Equal(lent, []string{"0", "1", "2"}) {
		t.Error(soon, lent)
	}
}

// A job that takes longer than its lease stays with who wrote it, and those behind it do, as long as that lives.
func TestSoonStaysLent(t *testing.T) {
	const lease = 60 * time.Millisecond
	var ahead atomic.Int64
	begun := time.Now()
	clock := func() time.Time { return begun.Add(time.Duration(ahead.Load())) }
	db := &counted{DB: storetest.OpenWith(t, sql.Config{DSN: storetest.Fresh(t), Now: clock})}
	o := newOffice(t, db.DB, db)
	o.worker.Lease, o.worker.Now = lease, clock
	defer run(o.worker)()
	o.opened()
	hold := make(chan struct{})
	o.write("0", "k", func(context.Context) error { <-hold; return nil })
	o.write("1", "k", nothing)
	db.stayLent(t, &ahead, lease, "job")
	close(hold)
	await(t, "both are done", func() bool { soon, lent := o.done(); return len(soon) == 2 && len(lent) == 0 })
}
