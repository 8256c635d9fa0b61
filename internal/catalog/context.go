package catalog

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/jsonld"
	"github.com/chancery-vc/chancery/spec/ldcontext/known"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// embedded gives a context that is shipped.
func embedded(url string) (vc.Context, bool) {
	shipped, ok := known.Lookup(url)
	if !ok {
		return vc.Context{}, false
	}
	return vc.Context{URL: url, Document: shipped.Document, Digest: shipped.Digest[:], Source: "embedded"}, true
}

// contextKey is where a context was found: contexts are imported for a scope.
type contextKey struct {
	scope vc.Scope
	url   string
}

// ContextLoader gives the contexts of a scope to JSON-LD: those that are shipped, derived and imported. Nothing is fetched.
// What was found is kept in memory, since a context never changes under its URL. ctx is for what has to be read.
func (s *Service) ContextLoader(ctx context.Context, scope vc.Scope) jsonld.Loader {
	return contextLoader{ctx, s, scope}
}

// contextLoader keeps a ctx because JSON-LD knows none; it lives as long as one document is processed.
type contextLoader struct {
	ctx     context.Context
	service *Service
	scope   vc.Scope
}

// LoadContext implements [jsonld.Loader].
func (l contextLoader) LoadContext(url string) (jsonld.Context, bool, error) {
	if shipped, found, _ := (jsonld.Known{}).LoadContext(url); found {
		return shipped, true, nil
	}
	key := contextKey{l.scope, url}
	if kept, ok := l.service.contexts.Get(key); ok {
		return kept, true, nil
	}
	stored, err := l.service.Context(l.ctx, l.scope, url)
	switch {
	case vc.KindOf(err) == vc.NotFound && err != nil:
		return jsonld.Context{}, false, nil
	case err != nil:
		return jsonld.Context{}, false, err
	}
	context := jsonld.Context{Document: stored.Document}
	copy(context.Digest[:], stored.Digest)
	if len(context.Document) <= contextCached {
		l.service.contexts.Add(key, context)
	}
	return context, true, nil
}

// overlaid is a loader that knows one context more.
type overlaid struct {
	url     string
	context jsonld.Context
	jsonld.Loader
}

func (o overlaid) LoadContext(url string) (jsonld.Context, bool, error) {
	if url == o.url {
		return o.context, true, nil
	}
	return o.Loader.LoadContext(url)
}

// readable refuses a context that cannot be processed, neither alone nor after the contexts of the data model, whose terms it may
// use. One that leads to a context which is not known yet may be readable then.
func readable(url string, context jsonld.Context, loader jsonld.Loader) error {
	var first *jsonld.Error
	for _, before := range [][]string{nil, {vcdm.BaseContext11}, {vcdm.BaseContext20}} {
		document, err := json.Marshal(map[string]any{"@context": append(before, url), "@id": "urn:x:a", "urn:x:says": "something"})
		if err != nil {
			return err
		}
		processor := jsonld.Processor{CacheTerms: -1}
		_, err = processor.Expand(document, overlaid{url, context, loader})
		e, ok := errors.AsType[*jsonld.Error](err)
		switch {
		case err == nil || ok && e.Code == jsonld.CodeUnknownContext:
			return nil
		case !ok || e.Code == jsonld.CodeUnavailable:
			return err
		case first == nil:
			first = e
		}
	}
	return vc.Errorf(vc.Invalid, "context-invalid", "the context cannot be read: %s", first.Message).At("/document/@context")
}
