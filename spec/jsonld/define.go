package jsonld

import (
	"encoding/json"
	"errors"

	"github.com/piprate/json-gold/ld"
)

// define makes the active context that a context definition gives: §4.1.2 steps 5.3 on, by json-gold. size is what local costs.
func (r *run) define(s *state, local map[string]any, size int, where *place, how applying) (*state, error) {
	local, err := r.prepare(s, local, where, how)
	if err != nil {
		return nil, err
	}
	before := s.ctx
	if how.override {
		before = unprotected(s.ctx)
	}
	after, err := parseLocal(before, local)
	if err != nil {
		return nil, contextError(err, where)
	}
	protectNulls(local, after)
	if how.override {
		restore(s.ctx, before, after)
	} else if err := survives(s.ctx, after, where); err != nil {
		return nil, err
	}
	grown := max(len(after.TermDefinitions)-len(s.ctx.TermDefinitions), 0)
	return &state{ctx: after, previous: s.previous, cost: s.cost + grown + size}, nil
}

// parseLocal is json-gold's own step. It asserts types that a hostile context does not have.
func parseLocal(before *ld.Context, local map[string]any) (after *ld.Context, err error) {
	defer func() {
		if recover() != nil {
			err = ld.NewJsonLdError(ld.InvalidLocalContext, nil)
		}
	}()
	return before.Parse(local)
}

// prepare takes out of a context what is not left to json-gold and checks what it takes for granted.
func (r *run) prepare(s *state, local map[string]any, where *place, how applying) (map[string]any, error) {
	out := make(map[string]any, len(local))
	base := r.contextURL("", how)
	if imported, ok := local["@import"]; ok {
		from, err := r.imported(imported, where, how)
		if err != nil {
			return nil, err
		}
		for name, value := range from {
			out[name] = plain(value, base)
		}
	}
	for name, value := range local {
		out[name] = plain(value, base)
	}
	if _, ok := out["@propagate"].(bool); !ok && out["@propagate"] != nil {
		return nil, fail(CodeContext, where, "@propagate is true or false")
	}
	if _, ok := out["@protected"].(bool); !ok && out["@protected"] != nil {
		return nil, fail(CodeContext, where, "@protected is true or false")
	}
	if _, ok := out["@context"]; ok {
		return nil, fail(CodeContext, where, "a context has no member @context")
	}
	if err := r.checkNames(out, where); err != nil {
		return nil, err
	}
	if base, ok := out["@base"].(string); ok {
		out["@base"] = resolve(s.ctx.Values.Base, base)
	}
	delete(out, "@propagate")
	delete(out, "@import")
	if how.chain != nil {
		delete(out, "@base") // of documents alone: step 5.7
	}
	return out, nil
}

// checkNames refuses definitions that json-gold overlooks.
func (r *run) checkNames(local map[string]any, where *place) error {
	if _, ok := local[""]; ok {
		return fail(CodeContext, where, "invalid term definition")
	}
	if definition, ok := local["@type"].(map[string]any); ok && len(definition) == 0 {
		return fail(CodeContext, where, "keyword redefinition")
	}
	return nil
}

// imported gives the context that @import names: step 5.6. It is not applied, but merged.
func (r *run) imported(name any, where *place, how applying) (map[string]any, error) {
	url, ok := name.(string)
	if !ok {
		return nil, fail(CodeContext, where, "@import is a URL")
	}
	url = r.contextURL(url, how)
	document, err := r.load(url, where)
	if err != nil {
		return nil, err
	}
	local, err := r.parse(document, url, where)
	if err != nil {
		return nil, err
	}
	object, ok := local.(map[string]any)
	if _, again := object["@import"]; !ok || again {
		return nil, inContext(fail(CodeContext, where, "what is imported is one context that imports none"), url)
	}
	return object, nil
}

// plain copies a value with the numbers that json-gold expects (@version is compared with a float64), and with the URLs of
// scoped contexts made absolute: they are relative to where they are written, which is forgotten when they are applied.
func plain(value any, base string) any {
	switch value := value.(type) {
	case json.Number:
		number, err := value.Float64()
		if err != nil {
			return nil
		}
		return number
	case []any:
		out := make([]any, len(value))
		for i, item := range value {
			out[i] = plain(item, base)
		}
		return out
	case map[string]any:
		out := make(map[string]any, len(value))
		for name, item := range value {
			out[name] = plain(item, base)
			switch name {
			case "@context":
				out[name] = absolute(out[name], base)
			case "@import":
				if url, ok := item.(string); ok {
					out[name] = resolve(base, url)
				}
			}
		}
		return out
	}
	return value
}

// absolute makes the URLs of contexts absolute in a copy that plain made.
func absolute(local any, base string) any {
	switch local := local.(type) {
	case string:
		return resolve(base, local)
	case []any:
		for i, item := range local {
			local[i] = absolute(item, base)
		}
	}
	return local
}

// unprotected gives a context whose terms may be redefined. json-gold has the override of §4.1.2 inside, but does not pass
// it on to the terms that a definition leans on.
func unprotected(c *ld.Context) *ld.Context {
	out := ld.CopyContext(c)
	for term := range out.Protected {
		if definition := out.TermDefinitions[term]; definition != nil {
			open := *definition
			open.Protected = false
			out.TermDefinitions[term] = &open
		}
	}
	out.Protected = map[string]bool{}
	return out
}

// protectNulls protects the terms that a context says mean nothing; json-gold leaves them open.
func protectNulls(local map[string]any, after *ld.Context) {
	all, _ := local["@protected"].(bool)
	for term, value := range local {
		definition, _ := value.(map[string]any)
		id, has := definition["@id"]
		if value != nil && (!has || id != nil) || keywordLike(term) {
			continue
		}
		protected, said := definition["@protected"].(bool)
		if protected || all && !said {
			after.Protected[term] = true
		}
	}
}

// restore protects again what was protected in original and was not redefined on the way from open to after.
func restore(original, open, after *ld.Context) {
	for term := range original.Protected {
		if after.TermDefinitions[term] == open.TermDefinitions[term] {
			after.TermDefinitions[term] = original.TermDefinitions[term]
			after.Protected[term] = true
		}
	}
}

// survives is the law of protected terms (§4.1.11), looked at afterwards: json-gold lets a term be set to null, or to
// something like a keyword, and it is gone.
func survives(before, after *ld.Context, where *place) error {
	for term := range before.Protected {
		old, now := before.TermDefinitions[term], after.TermDefinitions[term]
		if old == now {
			continue
		}
		if old == nil || now == nil || !now.Protected || !ld.DeepCompareTermDef(old, now, false) || !samePrefix(old, now) {
			e := fail(CodeProtected, where, "a protected term is redefined or removed")
			e.Term = term
			return e
		}
	}
	return nil
}

func samePrefix(a, b *ld.TermDefinition) bool {
	return (a.Prefix != nil && *a.Prefix) == (b.Prefix != nil && *b.Prefix)
}

// contextError says what json-gold found, in the words of §9.6, without its details: they may hold values.
func contextError(err error, where *place) error {
	var e *ld.JsonLdError
	if !errors.As(err, &e) {
		return fail(CodeContext, where, "the context cannot be processed")
	}
	if e.Code == ld.ProtectedTermRedefinition {
		return fail(CodeProtected, where, "a protected term is redefined")
	}
	return fail(CodeContext, where, "%s", string(e.Code))
}
