package work

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// A server that writes a job may do it itself as soon as it is committed: then nobody looks for it, and nobody is lent it.
//
//	transaction ── Soon ──> Place ── EnqueueLent ──> row, lent to this server from the beginning
//	commit ── Go ──> the places of a key, one after the other ──> done, its row is removed, Done; or Return
//
// What is in memory is bounded: without a place a job is an ordinary one. A server that dies leaves rows whose leases end.

// The bounds of what this worker keeps in mind.
const (
	soonOfKey = 64 // jobs of one key
	soonJobs  = 1024
	soonBytes = 32 << 20 // of what the jobs need
)

// soon is what a worker does without being lent it.
type soon struct {
	mu      sync.Mutex
	open    bool
	lines   map[lineKey]*line
	jobs    int
	bytes   int
	running sync.WaitGroup
}

type lineKey struct {
	scope vc.Scope
	key   string
}

// line has the places of a key, in the order of their jobs. Those that were begun and whose rows are still there are in front.
type line struct {
	key    lineKey
	places []*Place
	begun  int
	busy   bool
	broken bool // a job of it failed: the others are lent, in their turn
}

// Place is one of a job that this worker does soon. It is left, lost, or gone with; and then done or given back.
type Place struct {
	worker *Worker
	line   *line
	asked  time.Time
	size   int
	job    vc.Job
	do     func(context.Context) error // nil: nobody knows yet whether the job is there
	taken  *taken
	ctx    context.Context //nolint:containedctx // ends with the lease
	end    context.CancelFunc
}

// Soon gives a place behind those of the same key, and says how many those are; nil where there is none. It is asked for in the
// transaction that writes the job, which needs size bytes to be done.
func (w *Worker) Soon(scope vc.Scope, key string, size int) (place *Place, ahead int) {
	s := &w.soon
	s.mu.Lock()
	defer s.mu.Unlock()
	at := lineKey{scope, key}
	l := s.lines[at]
	switch {
	case !s.open || s.jobs >= soonJobs || s.bytes+size > soonBytes:
		return nil, 0
	case l == nil && len(s.lines) >= w.at(), l != nil && len(l.places) >= soonOfKey:
		return nil, 0
	case l == nil:
		l = &line{key: at}
		s.lines[at] = l
	}
	ahead = len(l.places)
	p := &Place{worker: w, line: l, asked: time.Now(), size: size}
	l.places = append(l.places, p)
	s.jobs++
	s.bytes += size
	return p, ahead
}

// Lent is a job as this worker is lent it from the beginning, and for how long.
func (p *Place) Lent(job vc.Job) (vc.Job, time.Duration) {
	job.LeasedBy, job.Attempts = p.worker.name, 1
	return job, p.worker.lease()
}

// Leave gives the place up: its transaction failed, or the job is an ordinary one.
func (p *Place) Leave() {
	s := &p.worker.soon
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(p)
	p.worker.start(p.line)
}

// Lose is Leave where nobody knows whether the job is there: those of its key that were not begun are lent, in their turn.
func (p *Place) Lose() {
	p.Leave()
	p.worker.release(p.worker.soon.interrupt(p.line))
}

// Go has the job done, after its commit: do is called when those ahead are done with. When do gives nil, whoever called Go removes
// the job's row and then calls Done; an error puts the job off like any other, and those behind it.
func (p *Place) Go(job vc.Job, do func(context.Context) error) {
	w, s := p.worker, &p.worker.soon
	s.mu.Lock()
	p.job = job
	if !s.open || p.line.broken {
		s.remove(p)
		s.mu.Unlock()
		w.release([]vc.Job{job})
		return
	}
	defer s.mu.Unlock()
	p.ctx, p.end = context.WithCancel(context.Background())
	p.do, p.taken = do, w.hand.take(job, p.asked, w.lease(), p.end)
	w.start(p.line)
}

// Done says that the row of the job is gone, or somebody else's to do.
func (p *Place) Done() {
	s := &p.worker.soon
	s.mu.Lock()
	defer s.mu.Unlock()
	s.remove(p)
}

// remove forgets a place, once.
func (s *soon) remove(p *Place) {
	if p.taken != nil {
		p.worker.hand.drop(p.taken)
		p.end()
		p.taken = nil
	}
	l := p.line
	i := slices.Index(l.places, p)
	if i < 0 {
		return
	}
	l.places = slices.Delete(l.places, i, i+1)
	if i < l.begun {
		l.begun--
	}
	s.jobs--
	s.bytes -= p.size
	if len(l.places) == 0 && s.lines[l.key] == l {
		delete(s.lines, l.key)
	}
}

// start does the jobs of a line, where nobody does and the next is there.
func (w *Worker) start(l *line) {
	if !l.busy && l.next() != nil {
		l.busy = true
		w.soon.running.Go(func() { w.along(l) })
	}
}

// next is the first that was not begun, if it is there.
func (l *line) next() *Place {
	if l.broken || l.begun == len(l.places) || l.places[l.begun].do == nil {
		return nil
	}
	return l.places[l.begun]
}

// along does the jobs of a line one after the other.
func (w *Worker) along(l *line) {
	s := &w.soon
	for {
		s.mu.Lock()
		p := l.next()
		if p == nil {
			l.busy = false
			s.mu.Unlock()
			return
		}
		l.begun++
		s.mu.Unlock()
		if err := w.attempt(p.ctx, p.job, func(ctx context.Context, _ vc.Job) error { return p.do(ctx) }); err != nil {
			behind := s.interrupt(l)
			w.giveBack(context.Background(), p.job, err)
			p.Done()
			w.release(behind)
		}
	}
}

// interrupt gives up a line, and gives the jobs of it that nobody has begun.
func (s *soon) interrupt(l *line) (behind []vc.Job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	l.broken = true
	if s.lines[l.key] == l {
		delete(s.lines, l.key)
	}
	for _, p := range slices.Clone(l.places[l.begun:]) {
		if p.do != nil {
			behind = append(behind, p.job)
			s.remove(p)
		}
	}
	return behind
}

// release has others do jobs that were not begun.
func (w *Worker) release(jobs []vc.Job) {
	if len(jobs) == 0 {
		return
	}
	if err := w.Lender.Release(context.Background(), jobs); err != nil && w.Log != nil {
		w.Log.Warn("releasing jobs", "error", err)
	}
}

// begin opens the places; end closes them, releases what was not begun, and waits for what was.
func (s *soon) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open, s.lines = true, map[lineKey]*line{}
}

func (w *Worker) endSoon() {
	s := &w.soon
	s.mu.Lock()
	s.open = false
	var all []*line
	for _, l := range s.lines {
		all = append(all, l)
	}
	s.mu.Unlock()
	var left []vc.Job
	for _, l := range all {
		left = append(left, s.interrupt(l)...)
	}
	w.release(left)
	s.running.Wait()
}
