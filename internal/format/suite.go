package format

import (
	"bytes"
	"encoding/base64"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Suite is a proof suite of a format that has several.
type Suite struct {
	Name       string
	Legacy     bool     // superseded by another
	Algorithms []string // JOSE names of the algorithms that sign with it
	Methods    []string // types of the verification methods that others take with it
}

// Suites gives the proof suites of a format; none for one that has none. A format has them by a method of this name.
func Suites(f Format) []Suite {
	if f, ok := f.(interface{ Suites() []Suite }); ok {
		return f.Suites()
	}
	return nil
}

// SuiteOf gives the suite of that name.
func SuiteOf(f Format, name string) (Suite, bool) {
	for _, suite := range Suites(f) {
		if suite.Name == name {
			return suite, true
		}
	}
	return Suite{}, false
}

// Contexts gives the JSON-LD contexts that a credential of a format must name after those of its type, because a proof of
// the suite or a status entry of that type ("": none) has terms of theirs. They are part of what is signed, so they stand
// in the credential before anybody agrees to it. A format needs some by a method of this name.
func Contexts(f Format, model vc.ModelVersion, suite, statusEntry string) []string {
	if f, ok := f.(interface {
		Contexts(model vc.ModelVersion, suite, statusEntry string) []string
	}); ok {
		return f.Contexts(model, suite, statusEntry)
	}
	return nil
}

// Carries says whether a secured credential of the format has this signature. A format whose signature is not the last
// part of a JWS says so by a method of this name.
func Carries(f Format, secured, signature []byte) bool {
	if f, ok := f.(interface {
		Carries(secured, signature []byte) bool
	}); ok {
		return f.Carries(secured, signature)
	}
	return bytes.HasSuffix(secured, []byte("."+base64.RawURLEncoding.EncodeToString(signature)))
}
