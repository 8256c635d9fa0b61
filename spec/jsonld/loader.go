package jsonld

import (
	"crypto/sha256"

	"github.com/chancery-vc/chancery/spec/ldcontext/known"
)

// Context is a context document. Digest is its SHA-256; a zero Digest is computed, and a wrong one is an error when the
// document is first read. The document is not changed.
type Context struct {
	Document []byte
	Digest   [sha256.Size]byte
}

// A Loader knows contexts by their URL. It must not fetch them: what is signed and verified must not depend on what a
// server says today. found is false for a context it does not know.
type Loader interface {
	LoadContext(url string) (context Context, found bool, err error)
}

// Known is the loader of the contexts that are shipped: those of package known.
type Known struct{}

// LoadContext looks a context up. It never fails.
func (Known) LoadContext(url string) (Context, bool, error) {
	context, found := known.Lookup(url)
	return Context{Document: context.Document, Digest: context.Digest}, found, nil
}

// Loaders asks one loader after the other; the first that knows a context, or fails, answers.
type Loaders []Loader

// LoadContext asks the loaders in their order.
func (l Loaders) LoadContext(url string) (Context, bool, error) {
	for _, loader := range l {
		if context, found, err := loader.LoadContext(url); found || err != nil {
			return context, found, err
		}
	}
	return Context{}, false, nil
}

// load gives a context that must be there, with its digest.
func (r *run) load(url string, where *place) (Context, error) {
	if known, ok := r.pinned[url]; ok {
		return known.Context, nil
	}
	context, found, err := r.loader.LoadContext(url)
	switch {
	case err != nil:
		e := fail(CodeUnavailable, where, "the context cannot be had now")
		e.Context, e.cause = url, err
		return Context{}, e
	case !found:
		e := fail(CodeUnknownContext, where, "no such context is known here; contexts are imported, never fetched")
		e.Context = url
		return Context{}, e
	case len(context.Document) > r.limits.Bytes:
		e := fail(CodeLimit, where, "the context is too large")
		e.Context = url
		return Context{}, e
	}
	if context.Digest == ([sha256.Size]byte{}) {
		context.Digest = sha256.Sum256(context.Document)
	}
	return context, nil
}
