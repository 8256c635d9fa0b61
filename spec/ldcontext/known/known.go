// Package known holds the JSON-LD contexts that are shipped: documents that others publish, as data, each with where it
// was taken from, its licence and its SHA-256. What is not here, and not derived from a schema ([ldcontext]), is imported
// by an administrator; nothing is fetched while something is signed or verified.
//
// The bytes are those of the source that is named; a digest pins them. They are not always the bytes that the URL answers
// with (white space differs between publishers), so a digest that a specification prints may differ from ours.
//
// [ldcontext]: https://pkg.go.dev/github.com/chancery-vc/chancery/spec/ldcontext
package known

import (
	"encoding/hex"
	"slices"
)

// Context is a context document. Document is shared and must not be changed; Digest is its SHA-256.
type Context struct {
	URL      string // what a document's @context calls it
	Document []byte
	Digest   [32]byte
	Source   string // the package it was taken from, with version and file
	Licence  string // an SPDX identifier or the licence's name
}

// Lookup gives the context of a URL.
func Lookup(url string) (Context, bool) {
	for i := range table {
		if table[i].URL == url {
			return table[i], true
		}
	}
	return Context{}, false
}

// All lists the contexts.
func All() []Context { return slices.Clone(table) }

// digest reads the table's digests; one that is not 32 bytes stays zero, which the test finds.
func digest(text string) (sum [32]byte) {
	if raw, err := hex.DecodeString(text); err == nil {
		copy(sum[:], raw)
	}
	return sum
}
