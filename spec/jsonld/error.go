package jsonld

import (
	"errors"
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// The codes of [Error].
const (
	CodeMalformed      = "document-malformed"  // no I-JSON, no object, too large or too deep
	CodeUndefinedTerm  = "undefined-term"      // no context defines the member at Pointer
	CodeUndefinedType  = "undefined-type"      // no context defines the type at Pointer
	CodeRelative       = "relative-id"         // an id or a reference that is not absolute
	CodeDropped        = "dropped-value"       // JSON-LD leaves out what stands at Pointer
	CodeUnsigned       = "unsigned-value"      // RDF does not say what stands at Pointer: an index
	CodeNumber         = "imprecise-number"    // a number that an IEEE double, or xsd:double's form, rounds
	CodeIRI            = "iri-invalid"         // an IRI with characters that no IRI has
	CodeLanguage       = "language-invalid"    // no well-formed language tag
	CodeSyntax         = "jsonld-invalid"      // what JSON-LD 1.1 API §9.6 has an error for
	CodeContext        = "context-invalid"     // a context that cannot be processed
	CodeUnknownContext = "context-unknown"     // no context is known under Context
	CodeUnavailable    = "context-unavailable" // the loader failed; Unwrap gives its error
	CodeProtected      = "term-protected"      // a context redefines, removes or nullifies a protected term
	CodeLimit          = "limit-exceeded"      // more contexts or quads than Limits
	CodeInternal       = "jsonld-internal"     // a fault of this program, met and survived
)

// Error is why a document was refused. Pointer is the RFC 6901 pointer into the document of the member or value at fault;
// for faults of a context it is where that context is used. Context is the URL of the context at fault where there is one,
// Term the name of the term. Message never holds a value of the document.
type Error struct {
	Code    string
	Pointer string
	Context string
	Term    string
	Message string
	cause   error
}

func (e *Error) Error() string {
	var text strings.Builder
	text.WriteString("jsonld: " + e.Code)
	if e.Pointer != "" {
		text.WriteString(" at " + e.Pointer)
	}
	text.WriteString(": " + e.Message)
	if e.Term != "" {
		text.WriteString(" (term " + strconv.Quote(e.Term) + ")")
	}
	if e.Context != "" {
		text.WriteString(" (context " + strconv.Quote(e.Context) + ")")
	}
	return text.String()
}

// Unwrap gives the loader's error of CodeUnavailable.
func (e *Error) Unwrap() error { return e.cause }

func fail(code string, where *place, format string, args ...any) *Error {
	return &Error{Code: code, Pointer: where.pointer(), Message: fmt.Sprintf(format, args...)}
}

func malformed(err error) *Error {
	if e, ok := errors.AsType[*ijson.Error](err); ok {
		code := CodeMalformed
		if e.Code == ijson.CodeNumber {
			code = CodeNumber
		}
		return &Error{Code: code, Pointer: e.Pointer, Message: e.Message}
	}
	return &Error{Code: CodeMalformed, Message: "not JSON"}
}

// rescue makes an error of a panic: json-gold asserts types that a hostile context does not have.
func rescue(err *error) {
	if fault := recover(); fault != nil {
		*err = &Error{Code: CodeInternal, Message: "the document cannot be processed", cause: &panicked{string(debug.Stack())}}
	}
}

// panicked keeps where a panic came from, never its value.
type panicked struct{ stack string }

func (p *panicked) Error() string { return p.stack }

// place is where something stands in the document: a chain on the stack that becomes a pointer only for an error.
type place struct {
	up   *place
	name string
	item int // where name is ""
	list bool
}

func (p *place) member(name string) *place { return &place{up: p, name: name} }

func (p *place) element(i int) *place { return &place{up: p, item: i, list: true} }

func (p *place) pointer() string {
	if p == nil {
		return ""
	}
	if p.list {
		return p.up.pointer() + "/" + strconv.Itoa(p.item)
	}
	return p.up.pointer() + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(p.name)
}
