package jsonld

import (
	"container/list"
	"crypto/sha256"
	"sync"
)

// defaultCacheTerms is about 20 MB; a credential's contexts with the scoped ones it uses come to some thousands.
const defaultCacheTerms = 200_000

// edge is a step from one state to the next: the state it starts from and what is applied to it.
type edge struct {
	from uint64
	step step
}

// step names what is applied by content, never by URL alone: by a digest, or as the context of a term of another state.
// The zero step has no name, and what it leads to is not kept.
type step struct {
	kind     stepKind
	override bool
	by       uint64   // of terms: the state that defines the term; of returns: the state that is gone back to
	name     string   // of terms: the term; of documents: the URL, which relative ones are resolved against
	item     int      // of terms: which context of an array
	digest   [32]byte // of documents: theirs and of those they name; of local contexts: their JSON's
}

type stepKind uint8

const (
	nameless stepKind = iota
	byDocument
	byLocal
	byTerm
	byReturn
)

// cache keeps states by the steps that lead to them, the least recently used leaving first. A state whose predecessor
// has left cannot be reached any more and leaves in its turn.
type cache struct {
	mu      sync.Mutex
	entries map[edge]*list.Element
	order   list.List // of *kept, the most recently used first
	terms   int
	ids     uint64
	named   map[[sha256.Size]byte][]string // by the digests of documents, the other documents they name
}

type kept struct {
	edge  edge
	state *state
}

func (c *cache) get(e edge) *state {
	c.mu.Lock()
	defer c.mu.Unlock()
	element := c.entries[e]
	if element == nil {
		return nil
	}
	c.order.MoveToFront(element)
	return element.Value.(*kept).state
}

// maxNamed is how many documents are known by what they name. Beyond that all are read again.
const maxNamed = 4096

func (c *cache) names(digest [sha256.Size]byte) (named []string, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	named, known = c.named[digest]
	return named, known
}

func (c *cache) note(digest [sha256.Size]byte, named []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.named == nil || len(c.named) >= maxNamed {
		c.named = map[[sha256.Size]byte][]string{}
	}
	c.named[digest] = named
}

// put keeps s, gives it its identity and gives back the state to go on with: another that was there first, or s.
func (c *cache) put(e edge, s *state, limit int) *state {
	if limit == 0 {
		limit = defaultCacheTerms
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if element := c.entries[e]; element != nil {
		return element.Value.(*kept).state
	}
	if s.cost > limit {
		return s
	}
	c.ids++
	s.id = initialID + c.ids
	if c.entries == nil {
		c.entries = map[edge]*list.Element{}
	}
	c.entries[e] = c.order.PushFront(&kept{e, s})
	c.terms += s.cost
	for c.terms > limit {
		last := c.order.Back()
		old := last.Value.(*kept)
		c.order.Remove(last)
		delete(c.entries, old.edge)
		c.terms -= old.state.cost
	}
	return s
}

// keep gives what build makes of s from the cache or, where nothing can be kept, from build.
func (r *run) keep(s *state, name step, where *place, build func() (*state, error)) (*state, error) {
	next, err := r.kept(s, name, build)
	if err != nil {
		return nil, err
	}
	return next, r.count(next, where)
}

// count bounds the work with contexts. Each state counts once in a document, and by its size, whether it was kept before or
// not: a document is not refused today and let pass tomorrow.
func (r *run) count(s *state, where *place) error {
	if s.id != 0 {
		if r.seen[s.id] {
			return nil
		}
		if r.seen == nil {
			r.seen = map[uint64]bool{}
		}
		r.seen[s.id] = true
	}
	if r.applied += 1 + len(s.ctx.TermDefinitions)/termsCounted; r.applied > r.limits.Contexts {
		return fail(CodeLimit, where, "too many contexts, or too large ones")
	}
	return nil
}

func (r *run) kept(s *state, name step, build func() (*state, error)) (*state, error) {
	if s.id == 0 || name.kind == nameless || r.processor.CacheTerms < 0 {
		return build()
	}
	e := edge{s.id, name}
	if next := r.processor.cache.get(e); next != nil {
		if !r.seen[next.id] {
			r.applied += next.within
		}
		return next, nil
	}
	next, err := build()
	if err != nil {
		return nil, err
	}
	if next.id != 0 || next == s { // it has a name already
		return next, nil
	}
	return r.processor.cache.put(e, next, r.processor.CacheTerms), nil
}
