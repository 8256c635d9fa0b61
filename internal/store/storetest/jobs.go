package storetest

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var jobLaws = []law{
	{"a job is lent once", lending},
	{"jobs of one key come one after the other", ordered},
	{"a lost job is lent again", lost},
	{"a renewed lease goes on", renewed},
	{"what the dead held is taken back", takenBack},
	{"a job may be lent from the beginning", lentAtOnce},
	{"what was not begun is lent as if it had not been", released},
	{"a job is what was enqueued", jobFields},
}

func enqueue(t *testing.T, db *sql.DB, scope vc.Scope, jobs ...*vc.Job) {
	t.Helper()
	update(t, db, scope, func(tx *sql.Tx) error {
		for _, j := range jobs {
			if j.ID == "" {
				j.ID = newID()
			}
			if j.Kind == "" {
				j.Kind = "k"
			}
			if err := tx.Enqueue(*j); err != nil {
				return err
			}
		}
		return nil
	})
}

func lend(t *testing.T, db *sql.DB, worker string, max int) []vc.Job {
	t.Helper()
	jobs, err := db.Lend(t.Context(), worker, []string{"k", "other"}, max, time.Minute)
	must(t, err)
	return jobs
}

func ids(jobs []vc.Job) (ids []string) {
	for _, j := range jobs {
		ids = append(ids, j.ID)
	}
	return ids
}

func lending(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	const n = 60
	for range n {
		enqueue(t, h.db, scope, &vc.Job{})
	}
	servers := []*sql.DB{h.db, Open(t, h.dsn)}
	var mu sync.Mutex
	got := map[string]int{}
	var wait sync.WaitGroup
	for i := range 6 {
		wait.Go(func() {
			for {
				jobs, err := servers[i%2].Lend(background(), "w", []string{"k"}, 4, time.Minute)
				if err != nil {
					t.Error(err)
					return
				}
				if len(jobs) == 0 {
					return
				}
				mu.Lock()
				for _, j := range jobs {
					got[j.ID]++
				}
				mu.Unlock()
			}
		})
	}
	wait.Wait()
	for _, j := range lend(t, h.db, "w", 100) { // what others held when one looked
		got[j.ID]++
	}
	same(t, "jobs", len(got), n)
	for id, times := range got {
		if times != 1 {
			t.Errorf("%s was lent %d times", id, times)
		}
	}
}

func ordered(t *testing.T, h *house) {
	scope, other := somewhere(t, h.db), somewhere(t, h.db)
	one, two, three := &vc.Job{Key: "a"}, &vc.Job{Key: "a"}, &vc.Job{Key: "b"}
	foreign, free := &vc.Job{Key: "a"}, &vc.Job{Kind: "nobody's"}
	enqueue(t, h.db, scope, one, two, three, free)
	enqueue(t, h.db, other, foreign)
	first := lend(t, h.db, "w", 10)
	same(t, "first", ids(first), []string{one.ID, three.ID, foreign.ID})
	same(t, "none yet", len(lend(t, h.db, "w", 10)), 0)
	must(t, h.db.Return(t.Context(), first[0], "busy", moment().Add(time.Hour), false))
	same(t, "the older one waits for its retry", len(lend(t, h.db, "w", 10)), 0)
	must(t, h.db.Return(t.Context(), first[1], "", time.Time{}, false))
	must(t, h.db.Return(t.Context(), first[2], "broken", time.Time{}, true))
	must(t, h.db.Close())
	later := OpenWith(t, sql.Config{DSN: h.dsn, Now: func() time.Time { return time.Now().Add(2 * time.Hour) }})
	again := lend(t, later, "w", 10)
	same(t, "again", ids(again), []string{one.ID})
	same(t, "told", []any{again[0].Attempts, again[0].Error}, []any{2, "busy"})
	must(t, later.Return(t.Context(), again[0], "hopeless", time.Time{}, true))
	same(t, "the dead do not hold up", ids(lend(t, later, "w", 10)), []string{two.ID})
}

func lost(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	var ahead atomic.Int64
	db := OpenWith(t, sql.Config{DSN: h.dsn, Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	job := &vc.Job{}
	enqueue(t, db, scope, job)
	first := lend(t, db, "one", 1)
	same(t, "lent", ids(first), []string{job.ID})
	ahead.Store(int64(2 * time.Minute))
	second := lend(t, db, "two", 1)
	same(t, "lent again", ids(second), []string{job.ID})
	wants(t, db.Return(t.Context(), first[0], "", time.Time{}, false), vc.Conflict, "lease")
	must(t, db.Return(t.Context(), second[0], "", time.Time{}, false))
	ahead.Store(int64(time.Hour))
	same(t, "done", len(lend(t, db, "two", 1)), 0)
}

func renewed(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	var ahead atomic.Int64
	db := OpenWith(t, sql.Config{DSN: h.dsn, Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }})
	one, two, gone := &vc.Job{}, &vc.Job{}, &vc.Job{}
	enqueue(t, db, scope, one, two, gone)
	first := lend(t, db, "one", 3)
	same(t, "lent", ids(first), []string{one.ID, two.ID, gone.ID})
	must(t, db.Return(t.Context(), first[2], "", time.Time{}, false))
	ahead.Store(int64(50 * time.Second))
	kept, err := db.Renew(t.Context(), append(first[:1:1], first[2]), time.Minute)
	must(t, err)
	same(t, "what was given back is not renewed", ids(kept), []string{one.ID})
	ahead.Store(int64(100 * time.Second))
	second := lend(t, db, "two", 3)
	same(t, "what was not renewed is lent again", ids(second), []string{two.ID})
	kept, err = db.Renew(t.Context(), first, time.Hour)
	must(t, err)
	same(t, "what another has is not renewed", ids(kept), []string{one.ID})
	must(t, db.Return(t.Context(), second[0], "busy", moment(), false))
	kept, err = db.Renew(t.Context(), append(first[1:2:2], second...), time.Hour)
	must(t, err)
	same(t, "what nobody has is not renewed", len(kept), 0)
	ahead.Store(int64(2 * time.Hour))
	third := lend(t, db, "one", 3)
	same(t, "a lease ends that is not renewed again", len(third), 2)
	kept, err = db.Renew(t.Context(), first[:1], time.Hour)
	must(t, err)
	same(t, "an earlier lease of the same worker is not renewed", len(kept), 0)
	must(t, db.Return(t.Context(), third[0], "", time.Time{}, false))
	must(t, db.Return(t.Context(), third[1], "", time.Time{}, false))
	kept, err = db.Renew(t.Context(), nil, time.Hour)
	must(t, err)
	same(t, "nothing", len(kept), 0)
}

func takenBack(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	job, later := &vc.Job{}, &vc.Job{RunAt: moment().Add(time.Hour)}
	enqueue(t, h.db, scope, job, later)
	first := lend(t, h.db, "one", 1)
	must(t, h.db.TakeBack(t.Context()))
	second := lend(t, h.db, "two", 10)
	same(t, "lent at once, and nothing early", ids(second), []string{job.ID})
	same(t, "attempts", second[0].Attempts, 2)
	wants(t, h.db.Return(t.Context(), first[0], "", time.Time{}, false), vc.Conflict, "lease")
	must(t, h.db.Return(t.Context(), second[0], "", time.Time{}, false))
}

func jobFields(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	var told atomic.Int64
	db := OpenWith(t, sql.Config{DSN: h.dsn, Enqueued: func() { told.Add(1) }})
	soon := &vc.Job{RunAt: moment().Add(time.Hour)}
	job := &vc.Job{Scope: scope, Kind: "other", Key: "a", Payload: []byte(`{"a":1}`), RunAt: moment()}
	enqueue(t, db, scope, job, soon)
	same(t, "told", told.Load(), int64(1))
	own := errors.New("no")
	_ = rows(db).Update(t.Context(), scope, func(tx *sql.Tx) error { return errors.Join(tx.Enqueue(*job), own) })
	same(t, "not told of what was undone", told.Load(), int64(1))
	got := lend(t, db, "w", 10)
	if len(got) != 1 {
		t.Fatalf("%d jobs", len(got))
	}
	job.Attempts, job.LeasedBy, job.LeasedTo = 1, "w", got[0].LeasedTo
	same(t, "job", got[0], *job)
}

// lentNow writes a job that is lent to a worker at once, if it can be.
func lentNow(t *testing.T, db *sql.DB, scope vc.Scope, worker string, ahead int) (job vc.Job, lent bool) {
	t.Helper()
	job = vc.Job{ID: newID(), Kind: "k", Key: "a", RunAt: moment(), LeasedBy: worker, Attempts: 1, Payload: []byte(`{"a":1}`)}
	update(t, db, scope, func(tx *sql.Tx) (err error) {
		lent, err = tx.EnqueueLent(job, time.Minute, ahead)
		return err
	})
	return job, lent
}

func lentAtOnce(t *testing.T, h *house) {
	scope, other := somewhere(t, h.db), somewhere(t, h.db)
	var ahead, told atomic.Int64
	db := OpenWith(t, sql.Config{
		DSN: h.dsn, Now: func() time.Time { return time.Now().Add(time.Duration(ahead.Load())) }, Enqueued: func() { told.Add(1) },
	})
	finish := func(scope vc.Scope, worker string, job vc.Job) {
		t.Helper()
		update(t, db, scope, func(tx *sql.Tx) error { return tx.FinishJobs(worker, []string{job.ID}, []string{job.Key}) })
	}
	one, first := lentNow(t, db, scope, "w", 0)
	two, second := lentNow(t, db, scope, "w", 1)
	_, foreign := lentNow(t, db, other, "w", 0)
	same(t, "lent", []bool{first, second, foreign}, []bool{true, true, true})
	same(t, "nobody is told", told.Load(), int64(0))
	same(t, "nobody else is lent them", len(lend(t, db, "v", 10)), 0)
	kept, err := db.Renew(t.Context(), []vc.Job{one, two}, time.Minute)
	must(t, err)
	same(t, "they are renewed", len(kept), 2)
	three, third := lentNow(t, db, scope, "w", 1)
	same(t, "not where others are ahead that nobody knows of", third, false)
	same(t, "then others are told", told.Load(), int64(1))
	_, fourth := lentNow(t, db, scope, "w", 9)
	same(t, "not behind one that is not lent", fourth, false)
	same(t, "and those wait for what is ahead", len(lend(t, db, "v", 10)), 0)
	finish(scope, "v", one)
	finish(other, "w", one)
	same(t, "others do not finish it", len(lend(t, db, "v", 10)), 0)
	before := told.Load()
	finish(scope, "w", one)
	same(t, "who waits behind is told of", told.Load(), before+1)
	finish(scope, "w", two)
	next := lend(t, db, "v", 10)
	same(t, "then those behind are lent", ids(next), []string{three.ID})
	same(t, "as any other", []any{next[0].Attempts, next[0].LeasedBy, string(next[0].Payload)}, []any{1, "v", `{"a":1}`})
	ahead.Store(int64(2 * time.Minute))
	same(t, "a lease ends", len(lend(t, db, "v", 10)), 2)
}

func released(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	one, _ := lentNow(t, h.db, scope, "w", 0)
	two, lent := lentNow(t, h.db, scope, "w", 1)
	same(t, "lent", lent, true)
	must(t, h.db.Release(t.Context(), []vc.Job{one, two}))
	again := lend(t, h.db, "v", 10)
	same(t, "lent again", ids(again), []string{one.ID})
	same(t, "it was not tried", again[0].Attempts, 1)
	must(t, h.db.Release(t.Context(), []vc.Job{one}))
	same(t, "another's stays", len(lend(t, h.db, "w", 10)), 0)
	must(t, h.db.Return(t.Context(), again[0], "", time.Time{}, false))
	same(t, "the next", ids(lend(t, h.db, "w", 10)), []string{two.ID})
}
