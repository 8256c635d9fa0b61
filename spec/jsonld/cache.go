package jsonld

import (
	"container/list"
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
	digest   [32]byte // of documents: theirs; of local contexts: their JSON's
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
