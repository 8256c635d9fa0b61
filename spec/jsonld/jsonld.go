// Package jsonld reads JSON-LD 1.1 so that it cannot lie: what a signature over the RDF would not cover is an error, with
// an RFC 6901 pointer, and not silently left out.
//
//	document ── ijson (size, depth, no member twice) ── expand ──> expanded form ── ToRDF ──> []rdfcanon.Quad
//	                                                      │
//	     @context ── Loader (never the network) ── ld.Context.Parse of json-gold ── kept by digest
//
// Term definitions are made by github.com/piprate/json-gold. Expansion (JSON-LD 1.1 API §5.1) and the way to RDF (§8.1) are
// written here, because json-gold's drop what they do not know: without a word in its Normalize and ToRDF, and in part in
// its SafeMode. Where json-gold departs from context processing (§4.1) for the worse, active.go makes it good and says so.
//
// # What is refused
//
// Terms and types that no context defines; ids and references that are relative; members that are dropped or that RDF does
// not say (null, free-floating values, an @index, a blank node as property); numbers that xsd:double would
// round, because two of them would have one signature; IRIs and languages that are not well-formed, which other processors
// drop with their statement; a protected term that is redefined, removed or nullified; contexts that are unknown.
//
// A text's direction is said in its datatype (rdfDirection "i18n-datatype" of JSON-LD 1.1 API §8): RDF has no other place
// for it, Data Integrity does not say which (w3c/vc-data-integrity issue 366), and this is what the suites of
// @digitalbazaar do.
//
// What JSON-LD means to leave unsigned stays so: the order of values, how a value is written (a string or an array of one),
// and empty arrays.
package jsonld

import (
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/rdfcanon"
)

// Limits bound a document. A zero means the default.
type Limits struct {
	Bytes    int // of the document, and of each context: 4 MiB
	Depth    int // of its JSON: 64
	Contexts int // different active contexts of one document, larger ones counting for more: 2,048
	Quads    int // 100,000
}

// The limits that a zero means.
const (
	DefaultBytes    = 4 << 20
	DefaultDepth    = 64
	DefaultContexts = 2048
	DefaultQuads    = 100_000
)

// A Processor reads documents. The zero Processor is ready for use, and one is safe for concurrent use; it keeps processed
// contexts, so one should live long. Contexts are kept by digest: documents of different loaders never mix.
type Processor struct {
	Limits Limits

	// CacheTerms bounds what is kept, in term definitions; about 100 bytes each. 0: 200,000; negative: nothing is kept.
	CacheTerms int

	cache cache
}

// Expand gives the document in expanded form (JSON-LD 1.1 §5.1) as values of encoding/json with
// json.Number for numbers. A nil loader knows the contexts of package known. Errors are *[Error].
func (p *Processor) Expand(doc []byte, loader Loader) (expanded []any, err error) {
	r := p.run(loader)
	defer rescue(&err)
	value, err := r.decode(doc)
	if err != nil {
		return nil, err
	}
	return r.document(value)
}

// ToRDF gives the document's quads, as JSON-LD 1.1 API §8.1 makes them. Blank nodes are labelled b0, b1 and so on in the
// order they are met. A quad that the document says twice may be there twice. Loader and errors are as in
// [Processor.Expand].
func (p *Processor) ToRDF(doc []byte, loader Loader) (quads []rdfcanon.Quad, err error) {
	r := p.run(loader)
	defer rescue(&err)
	value, err := r.decode(doc)
	if err != nil {
		return nil, err
	}
	return r.toRDF(value)
}

// ToRDFValue is [Processor.ToRDF] for a document that was decoded by [ijson.Decode]; it is not changed. Its depth must be
// within the limits.
func (p *Processor) ToRDFValue(doc any, loader Loader) (quads []rdfcanon.Quad, err error) {
	r := p.run(loader)
	defer rescue(&err)
	return r.toRDF(doc)
}

func (p *Processor) run(loader Loader) *run {
	if loader == nil {
		loader = Known{}
	}
	limits := p.Limits
	limits.Bytes = or(limits.Bytes, DefaultBytes)
	limits.Depth = or(limits.Depth, DefaultDepth)
	limits.Contexts = or(limits.Contexts, DefaultContexts)
	limits.Quads = or(limits.Quads, DefaultQuads)
	return &run{processor: p, loader: loader, limits: limits, strict: true, direction: true}
}

func or(value, standard int) int {
	if value == 0 {
		return standard
	}
	return value
}

// run is one document on its way.
type run struct {
	processor *Processor
	loader    Loader
	limits    Limits
	strict    bool // false only in tests of the algorithms themselves, as the next
	direction bool // directions go into datatypes
	base      string
	start     *state
	applied   int // active contexts, see count
	seen      map[uint64]bool
	pinned    map[string]pinned // by URL, documents that others name
}

func (r *run) decode(doc []byte) (any, error) {
	value, err := ijson.Decode(doc, ijson.Limits{Bytes: r.limits.Bytes, Depth: r.limits.Depth})
	if err != nil {
		return nil, malformed(err)
	}
	return value, nil
}

// document expands what was decoded: JSON-LD 1.1 API §5.1.1, JsonLdProcessor.expand from step 8 on.
func (r *run) document(value any) ([]any, error) {
	if r.strict {
		if _, ok := value.(map[string]any); !ok {
			return nil, &Error{Code: CodeMalformed, Message: "a document is a JSON object"}
		}
	}
	expanded, err := r.expand(r.initial(), "", value, nil, false)
	if err != nil {
		return nil, err
	}
	if object, ok := expanded.(map[string]any); ok && len(object) == 1 && object["@graph"] != nil {
		expanded = object["@graph"]
	}
	return array(expanded), nil
}

// array makes an array of what is none; nil is the empty one.
func array(value any) []any {
	switch value := value.(type) {
	case nil:
		return []any{}
	case []any:
		return value
	}
	return []any{value}
}
