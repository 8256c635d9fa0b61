package sql

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// A fold ends when it has that many transactions or has lasted that long: what comes after waits for the next.
const (
	maxFold     = 256
	maxFoldTime = 4 * time.Millisecond
	maxAlone    = 25 // tries of a transaction that loses against others
)

// errUncertain marks a commit of which nobody knows whether it happened.
var errUncertain = errors.New("the outcome of the commit is not known")

const (
	waiting int32 = iota
	started
	abandoned
)

// waiter is one call of Update.
type waiter struct {
	scope vc.Scope
	fn    func(*Tx) error
	state atomic.Int32
	err   error
	done  chan struct{}

	late, lost         bool // see lane.call
	appended, enqueued bool
}

// errand is something for a writer connection outside any transaction.
type errand struct {
	fn   func(session) error
	done chan error
}

// update queues fn and waits. A caller whose context ends before fn was begun leaves; one whose fn was begun
// stays, because only the commit knows the answer.
func (db *DB) update(ctx context.Context, scope vc.Scope, fn func(*Tx) error) error {
	if err := check(scope); err != nil {
		return err
	}
	w := &waiter{scope: scope, fn: fn, done: make(chan struct{})}
	select {
	case <-db.closing:
		return closed()
	default:
	}
	select {
	case db.queue <- w:
	case <-ctx.Done():
		return unavailable(ctx.Err())
	case <-db.closing:
		return closed()
	}
	select {
	case <-w.done:
		return w.err
	case <-ctx.Done():
		if w.state.CompareAndSwap(waiting, abandoned) {
			return unavailable(ctx.Err())
		}
	case <-db.closing:
		if w.state.CompareAndSwap(waiting, abandoned) {
			return closed()
		}
	}
	<-w.done
	return w.err
}

// run does fn on a writer connection outside any transaction.
func (db *DB) run(ctx context.Context, fn func(session) error) error {
	e := &errand{fn: fn, done: make(chan error, 1)}
	select {
	case db.raw <- e:
	case <-ctx.Done():
		return unavailable(ctx.Err())
	case <-db.closing:
		return closed()
	}
	if err := <-e.done; err != nil {
		return db.engine.classify(err)
	}
	return nil
}

func closed() error {
	return vc.Errorf(vc.Unavailable, "closed", "the store is closed")
}

// lane is one writer connection at work.
type lane struct {
	db   *DB
	s    session
	fold []*waiter
}

func (l *lane) run() {
	finished := false
	defer func() {
		if !finished { // runtime.Goexit in a transaction: a test that failed in one
			l.abandon()
			go (&lane{db: l.db}).run()
			return
		}
		l.db.lanes.Done()
	}()
	for {
		select {
		case <-l.db.closing:
			finished = true
			return
		case e := <-l.db.raw:
			e.done <- l.errand(e)
		case w := <-l.db.queue:
			l.work(w)
		}
	}
}

func (l *lane) errand(e *errand) error {
	s, err := l.db.engine.writer(context.Background())
	if err != nil {
		return err
	}
	defer s.release()
	return e.fn(s)
}

// work folds w and whoever waits behind it into one transaction, and answers them.
func (l *lane) work(w *waiter) {
	s, err := l.db.engine.writer(context.Background())
	if err != nil {
		if w.state.CompareAndSwap(waiting, started) {
			w.err = unavailable(err)
			close(w.done)
		}
		return
	}
	l.s, l.fold = s, l.fold[:0]
	switch l.together(w) {
	case spoilt:
		l.apart()
	case lost:
		l.alone()
	}
	l.answer()
	l.db.engine.rest(s)
	l.s = nil
	s.release()
}

// outcome is what became of a fold.
type outcome int

const (
	settled outcome = iota // everybody has an answer
	spoilt                 // undone because one of them failed
	lost                   // undone because another server's transaction was in the way
)

// together runs the fold without savepoints, which is right nearly always and costs least.
func (l *lane) together(w *waiter) outcome {
	begun := time.Now()
	if err := l.s.begin(); err != nil {
		if w.state.CompareAndSwap(waiting, started) {
			l.fold = append(l.fold, w)
		}
		l.fail(err)
		return settled
	}
	var failed error
	away := false
	for ; w != nil; w = l.next(begun) {
		if !w.state.CompareAndSwap(waiting, started) {
			continue
		}
		l.fold = append(l.fold, w)
		if failed = l.call(w, false); failed != nil {
			break // and nobody else is taken from the queue
		}
	}
	if failed == nil && len(l.fold) > 0 {
		err := l.s.commit()
		if err == nil {
			return settled
		}
		if errors.Is(err, errUncertain) {
			l.fail(err)
			return settled
		}
		away = l.db.engine.again(err)
	}
	if err := l.s.rollback(); err != nil {
		l.fail(err)
		return settled
	}
	if len(l.fold) == 0 {
		return settled
	}
	last := l.fold[len(l.fold)-1]
	switch {
	case away || last.lost:
		return lost
	case failed != nil && len(l.fold) == 1 && !last.late:
		last.err = failed
		return settled
	}
	return spoilt
}

// next gives who waits, unless the fold has had enough.
func (l *lane) next(begun time.Time) *waiter {
	if len(l.fold) >= maxFold || time.Since(begun) > maxFoldTime {
		return nil
	}
	select {
	case w := <-l.db.queue:
		return w
	default:
		return nil
	}
}

// apart runs the fold again with a savepoint around each, so that who fails fails alone.
func (l *lane) apart() {
	if err := l.s.begin(); err != nil {
		l.fail(err)
		return
	}
	for _, w := range l.fold {
		err := l.guarded(w, false)
		if err != nil && w.late {
			err = l.guarded(w, true)
		}
		if w.lost {
			_ = l.s.rollback()
			l.alone()
			return
		}
		w.err = err
	}
	err := l.s.commit()
	if err == nil {
		return
	}
	_ = l.s.rollback()
	if l.db.engine.again(err) {
		l.alone()
		return
	}
	l.fail(err)
}

// guarded runs one transaction of a fold between savepoints.
func (l *lane) guarded(w *waiter, direct bool) error {
	err := l.s.later(`SAVEPOINT one`, nil, nil)
	if err == nil {
		err = l.s.flush() // there must be something to go back to, behind all that went before
	}
	if err != nil {
		w.late, w.lost = false, true // no word about this one: it was the connection, or who went before
		return l.db.engine.classify(err)
	}
	err = l.call(w, direct)
	if err == nil {
		if err = l.s.flush(); err == nil { // all is heard before the savepoint goes
			err = l.s.later(`RELEASE SAVEPOINT one`, nil, nil)
		}
		if err == nil {
			return nil
		}
		w.late, w.lost = !direct, l.db.engine.again(err)
		err = l.db.engine.classify(err)
	}
	if w.lost {
		return err
	}
	if e := l.s.undo(); e != nil {
		return l.db.engine.classify(e)
	}
	return err
}

// alone gives each transaction of a fold that met another's locks a transaction of its own, and some tries. One lane
// of a server does so at a time, else they would mostly meet each other.
func (l *lane) alone() {
	l.db.apart.Lock()
	defer l.db.apart.Unlock()
	for _, w := range l.fold {
		for try := range maxAlone {
			if try > 0 {
				time.Sleep(rand.N(time.Duration(try) * 4 * time.Millisecond)) //nolint:gosec // not a secret
			}
			if w.err = l.single(w); w.err == nil || !w.lost {
				break
			}
		}
	}
}

// single runs one transaction with its own commit.
func (l *lane) single(w *waiter) error {
	w.lost = false
	if err := l.s.begin(); err != nil {
		return l.db.engine.classify(err)
	}
	if err := l.db.engine.hold(l.s); err != nil {
		_ = l.s.rollback()
		return l.db.engine.classify(err)
	}
	if err := l.call(w, true); err != nil {
		_ = l.s.rollback()
		return err
	}
	err := l.s.commit()
	if err == nil {
		return nil
	}
	_ = l.s.rollback()
	w.lost = !errors.Is(err, errUncertain) && l.db.engine.again(err)
	return l.db.engine.classify(err)
}

// call runs the function of w, and notes whether its error is the last word: late when a statement failed that
// fn believed to have worked, lost when another server's transaction was in the way.
func (l *lane) call(w *waiter, direct bool) (err error) {
	tx := &Tx{db: l.db, s: l.s, scope: w.scope, direct: direct}
	w.late, w.lost = false, false
	defer func() {
		if r := recover(); r != nil {
			l.db.log.Error("panic in a transaction", "panic", fmt.Sprint(r), "stack", string(debug.Stack()))
			err = vc.Errorf(vc.Internal, "panic", "a fault in a transaction")
		}
		tx.end()
	}()
	if err = w.fn(tx); err == nil {
		err = tx.err
	}
	w.late, w.lost = tx.late, tx.lost
	w.appended, w.enqueued = tx.appended, tx.enqueued
	return err
}

// fail gives every transaction of the fold the same error: nothing of it is certain.
func (l *lane) fail(err error) {
	e := l.db.engine.classify(err)
	if e.Kind != vc.Unavailable {
		e = unavailable(err)
	}
	for _, w := range l.fold {
		w.err = e
	}
}

// answer tells everybody. Nothing of a fold is told before its commit, and the hooks hear of it first: who has an
// answer may count on what follows from it being under way.
func (l *lane) answer() {
	appended, enqueued := false, false
	for _, w := range l.fold {
		if w.err == nil {
			appended, enqueued = appended || w.appended, enqueued || w.enqueued
		}
	}
	if appended && l.db.appended != nil {
		l.db.appended()
	}
	if enqueued && l.db.enqueued != nil {
		l.db.enqueued()
	}
	for i, w := range l.fold {
		close(w.done)
		l.fold[i] = nil
	}
	l.fold = l.fold[:0]
}

// abandon undoes a fold whose goroutine ends in the middle of a transaction.
func (l *lane) abandon() {
	if l.s == nil {
		return
	}
	_ = l.s.rollback()
	l.s.release()
	for _, w := range l.fold {
		w.err = vc.Errorf(vc.Internal, "panic", "a fault in a transaction")
		close(w.done)
	}
}
