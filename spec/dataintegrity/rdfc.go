package dataintegrity

import (
	"context"
	"crypto"

	"github.com/chancery-vc/chancery/spec/jsonld"
	"github.com/chancery-vc/chancery/spec/rdfcanon"
)

// RDFC is the [Canonicalizer] of JSON-LD documents: package jsonld reads them, rdfcanon puts them in order. Its errors are
// theirs. Keep one: its Processor keeps contexts it has processed.
type RDFC struct {
	Processor *jsonld.Processor // required
	Loader    jsonld.Loader     // nil: the contexts of package known
	Work      int               // see [rdfcanon.Options]
}

// Canonicalize reads the document and gives its canonical N-Quads.
func (r RDFC) Canonicalize(ctx context.Context, document []byte, hash crypto.Hash) ([]byte, error) {
	quads, err := r.Processor.ToRDF(document, r.Loader)
	if err != nil {
		return nil, err
	}
	options := rdfcanon.Options{Hash: rdfcanon.SHA256, Work: r.Work}
	if hash == crypto.SHA384 {
		options.Hash = rdfcanon.SHA384
	}
	result, err := rdfcanon.Canonicalize(ctx, quads, options)
	return result.NQuads, err
}
