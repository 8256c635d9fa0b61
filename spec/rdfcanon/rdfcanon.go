// Package rdfcanon is RDF Dataset Canonicalization, RDFC-1.0 (W3C Recommendation of 21 May 2024), and the canonical
// N-Quads it is written in (its appendix A).
//
//	N-Quads ── ParseNQuads ──> []Quad ── Canonicalize ──> Result{NQuads, Issued}
//	                                  └─ FormatNQuads ──> N-Quads with the labels as they are
//
// Two datasets have the same canonical form exactly if they differ in nothing but the labels of blank nodes and the order
// of quads. A signature over that form therefore says what the quads say, so what cannot be written as a quad without
// doubt (a relative IRI, an IRI with a space or a ">") is refused here instead of written.
//
// Some datasets, made so on purpose, cost more than any computer has (§7.1 "Dataset Poisoning"): see [Options].
package rdfcanon

import "fmt"

// Kind is what a [Term] is. The zero Kind is no term: in Quad.Graph the default graph.
type Kind uint8

// The kinds of terms.
const (
	None Kind = iota
	IRI
	Blank
	Literal
)

// Term is a node, a name or a value. Two terms are the same term when they are equal as Go values, but for the two ways of
// saying what a literal's datatype is when Datatype is empty.
//
// A text's direction is no part of a term: RDF 1.1, on which RDFC-1.0 stands, has none. JSON-LD 1.1 §10.4.1.3 can put one
// into the datatype ("https://www.w3.org/ns/i18n#ar_rtl"), which then is a literal like others.
type Term struct {
	Kind     Kind
	Value    string // the absolute IRI; the blank node's label without "_:"; the literal's lexical form
	Datatype string // of literals: an absolute IRI; "" is xsd:string, and rdf:langString where Language is set
	Language string // of literals: a language tag, kept as it is written
}

// Quad is a statement: a subject (IRI or blank node), a predicate (IRI), an object, and the graph it stands in: none for
// the default graph, an IRI or a blank node.
type Quad struct {
	Subject, Predicate, Object, Graph Term
}

// The datatypes that N-Quads leave out.
const (
	xsdString  = "http://www.w3.org/2001/XMLSchema#string"
	langString = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"
)

// The codes of [Error].
const (
	CodeSyntax     = "syntax"           // no N-Quads of RDF 1.1; Line counts from 1
	CodeTerm       = "invalid-term"     // a quad that N-Quads cannot say; Quad counts from 1
	CodeHash       = "unsupported-hash" // Options.Hash is none of the constants
	CodeTooComplex = "too-complex"      // more work than Options.Work
	CodeCancelled  = "cancelled"        // the context ended; Unwrap gives its cause
)

// Error is why a dataset was refused. Code is stable; Message never holds a term.
type Error struct {
	Code    string
	Line    int // of the N-Quads, from 1; 0 where there is none
	Quad    int // of the dataset, from 1; 0 where there is none
	Message string
	cause   error
}

func (e *Error) Error() string {
	switch {
	case e.Line > 0:
		return fmt.Sprintf("rdfcanon: %s in line %d: %s", e.Code, e.Line, e.Message)
	case e.Quad > 0:
		return fmt.Sprintf("rdfcanon: %s in quad %d: %s", e.Code, e.Quad, e.Message)
	}
	return fmt.Sprintf("rdfcanon: %s: %s", e.Code, e.Message)
}

// Unwrap gives the context's error of CodeCancelled.
func (e *Error) Unwrap() error { return e.cause }
