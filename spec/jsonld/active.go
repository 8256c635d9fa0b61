package jsonld

import (
	"crypto/sha256"
	"encoding/json"
	"errors"

	"github.com/piprate/json-gold/ld"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// state is an active context (JSON-LD 1.1 API §4.1). It does not change once it is made, so documents share it.
type state struct {
	id       uint64 // 0: not kept, and nothing that follows is
	ctx      *ld.Context
	previous *state // what is gone back to where a type-scoped context ends
	cost     int    // what keeping it costs, in terms
	within   int    // what the documents it was read from count for beside it, see count
}

const (
	initialID    = 1
	termsCounted = 128 // a context of so many terms counts as two
	baseCost     = 8   // terms that a state without terms costs
	textCost     = 64  // bytes of a context's text that cost as much as a term: scoped contexts are kept as they are
)

// term gives the definition of a term; nil where there is none, or a context says that it means nothing.
func (s *state) term(name string) *ld.TermDefinition { return s.ctx.TermDefinitions[name] }

// never is the loader that json-gold gets: whatever is loaded is loaded here, by Loader.
type never struct{}

func (never) LoadDocument(string) (*ld.RemoteDocument, error) {
	return nil, errors.New("no context is loaded here")
}

func (r *run) initial() *state {
	if r.start == nil {
		r.start = newState(r.base)
	}
	return r.start
}

func newState(base string) *state {
	return &state{id: initialID, cost: baseCost, ctx: ld.NewContext(nil, &ld.JsonLdOptions{
		Base: base, ProcessingMode: ld.JsonLd_1_1, DocumentLoader: never{},
	})}
}

// applying says how a local context is applied (§4.1.2).
type applying struct {
	override bool   // property-scoped contexts may redefine protected terms
	passing  bool   // type-scoped contexts do not propagate
	name     step   // what the context is called where it is kept; the zero step is told from the content
	chain    *chain // the documents that are being read
}

// chain is the URLs of context documents that lead to this one. json-gold forgets them and recurses without end.
type chain struct {
	up  *chain
	url string
}

const maxChain = 16

// refuse ends a chain that comes back to where it was, or that is too long.
func (c *chain) refuse(url string, where *place) error {
	depth := 0
	for ; c != nil; c = c.up {
		if depth++; depth > maxChain || c.url == url {
			return inContext(fail(CodeContext, where, "context documents include one another"), url)
		}
	}
	return nil
}

// apply gives the active context after local, a context, an array of them or null.
func (r *run) apply(s *state, local any, where *place, how applying) (*state, error) {
	contexts, many := local.([]any)
	if !many {
		contexts = []any{local}
	}
	passing := how.passing
	if len(contexts) > 0 {
		if first, ok := contexts[0].(map[string]any); ok {
			if propagate, ok := first["@propagate"].(bool); ok {
				passing = !propagate
			}
		}
	}
	previous := s.previous
	if passing && previous == nil {
		previous = s
	}
	result := s
	for i, context := range contexts {
		if context == nil {
			if !how.override && len(result.ctx.Protected) != 0 {
				return nil, fail(CodeProtected, where, "a context with protected terms cannot be nullified")
			}
			previous = nil
			if passing {
				previous = result
			}
			result = r.initial()
			continue
		}
		how.name.item = i
		next, err := r.step(result, context, where, how)
		if err != nil {
			return nil, err
		}
		result = next
	}
	if result.previous == previous {
		return result, nil
	}
	back := step{kind: byReturn}
	switch {
	case previous != nil && previous.id == 0:
		back.kind = nameless
	case previous != nil:
		back.by = previous.id
	}
	return r.keep(result, back, where, func() (*state, error) {
		return &state{ctx: result.ctx, previous: previous, cost: result.cost}, nil
	})
}

// step applies one context that is not null.
func (r *run) step(s *state, context any, where *place, how applying) (*state, error) {
	switch context := context.(type) {
	case string:
		return r.remote(s, context, where, how)
	case map[string]any:
		name, size := how.name, 0
		if how.chain != nil || context["@import"] != nil {
			name = step{} // a document is kept as a whole, by its digest
		} else if name.kind == nameless {
			text, err := json.Marshal(context)
			if err != nil {
				return nil, fail(CodeContext, where, "a context is no JSON")
			}
			name, size = step{kind: byLocal, digest: sha256.Sum256(text)}, len(text)/textCost
		}
		name.override = how.override
		return r.keep(s, name, where, func() (*state, error) { return r.define(s, context, size, where, how) })
	}
	return nil, fail(CodeContext, where, "a context is an object, a URL or null")
}

// remote applies a context that is named by URL: §4.1.2 step 5.2.
func (r *run) remote(s *state, url string, where *place, how applying) (*state, error) {
	url = r.contextURL(url, how)
	document, err := r.load(url, where)
	if err != nil {
		return nil, err
	}
	name := step{}
	if how.chain == nil {
		digest, err := r.closure(document, url, where, nil)
		if err != nil {
			return nil, err
		}
		name = step{kind: byDocument, digest: digest, name: url, override: how.override}
	}
	return r.keep(s, name, where, func() (*state, error) {
		if err := how.chain.refuse(url, where); err != nil {
			return nil, err
		}
		local, err := r.parse(document, url, where)
		if err != nil {
			return nil, err
		}
		before := r.applied
		next, err := r.apply(s, local, where, applying{override: how.override, chain: &chain{how.chain, url}})
		if err != nil {
			return nil, inContext(err, url)
		}
		if next.id == 0 { // it is of this document alone
			next.cost += len(document.Document) / textCost
			next.within = r.applied - before
		}
		return next, nil
	})
}

// contextURL makes a context's URL absolute, by where it was read and not by @base.
func (r *run) contextURL(url string, how applying) string {
	if how.chain != nil {
		return resolve(how.chain.url, url)
	}
	return resolve(r.base, url)
}

// parse gives the @context of a context document, which must be what its digest says: it is kept under that.
func (r *run) parse(document Context, url string, where *place) (any, error) {
	if sha256.Sum256(document.Document) != document.Digest {
		return nil, inContext(fail(CodeContext, where, "the context document is not the one its digest was taken of"), url)
	}
	value, err := ijson.Decode(document.Document, ijson.Limits{Bytes: r.limits.Bytes, Depth: r.limits.Depth})
	if err != nil {
		return nil, inContext(fail(CodeContext, where, "the context document is not I-JSON"), url)
	}
	object, ok := value.(map[string]any)
	local, has := object["@context"]
	if !ok || !has {
		return nil, inContext(fail(CodeContext, where, "a context document is an object with a member @context"), url)
	}
	return local, nil
}

// closure is what a context document says, as a digest: its own where it names no others, else one of it and of theirs,
// which are then the ones this document is read with.
func (r *run) closure(document Context, url string, where *place, up *chain) (digest [sha256.Size]byte, err error) {
	if r.processor.CacheTerms < 0 {
		return document.Digest, nil
	}
	if err := up.refuse(url, where); err != nil {
		return document.Digest, err
	}
	named, known := r.processor.cache.names(document.Digest)
	if !known {
		local, err := r.parse(document, url, where)
		if err != nil {
			return document.Digest, err
		}
		named = names(local, nil)
		r.processor.cache.note(document.Digest, named)
	}
	if len(named) == 0 {
		return document.Digest, nil
	}
	within := &chain{up, url}
	sum := sha256.New()
	sum.Write(document.Digest[:])
	for _, other := range named {
		other = resolve(url, other)
		inner, there := r.pinned[other]
		if !there {
			if inner.Context, err = r.load(other, where); err != nil {
				return document.Digest, err
			}
			if inner.closure, err = r.closure(inner.Context, other, where, within); err != nil {
				return document.Digest, err
			}
			if r.pinned == nil {
				r.pinned = map[string]pinned{}
			}
			r.pinned[other] = inner
		}
		sum.Write(inner.closure[:])
	}
	return [sha256.Size]byte(sum.Sum(nil)), nil
}

// pinned is a document that others name, as it was when its closure was taken.
type pinned struct {
	Context
	closure [sha256.Size]byte
}

// names gives the other documents that a context names, as it does.
func names(local any, to []string) []string {
	switch local := local.(type) {
	case string:
		to = append(to, local)
	case []any:
		for _, one := range local {
			to = names(one, to)
		}
	case map[string]any:
		if url, ok := local["@import"].(string); ok {
			to = append(to, url)
		}
	}
	return to
}

// inContext names the context at fault, the innermost.
func inContext(err error, url string) error {
	if e, ok := errors.AsType[*Error](err); ok && e.Context == "" {
		e.Context = url
	}
	return err
}

// scoped applies the context of a term's definition in from to s: §4.1.9.
func (r *run) scoped(s, from *state, name string, definition *ld.TermDefinition, where *place, how applying) (*state, error) {
	if from.id != 0 && len(names(definition.Context, nil)) == 0 {
		how.name = step{kind: byTerm, by: from.id, name: name}
	}
	next, err := r.apply(s, definition.Context, where, how)
	if e, ok := errors.AsType[*Error](err); ok && e.Term == "" {
		e.Term = name
	}
	return next, err
}
