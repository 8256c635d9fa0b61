package format

import (
	"bytes"
	"encoding/base64"
	"slices"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Suite is a proof suite of a format that has several. One without a name is how the format secures where no suite is
// asked for; a format that has none such needs a suite.
type Suite struct {
	Name       string
	Type       string            // of its proofs, where that is not its name: "DataIntegrityProof"
	Legacy     bool              // superseded by another
	Models     []vc.ModelVersion // data models it secures; nil: those of the format
	Algorithms []string          // JOSE names of the algorithms that sign with it; nil: any
	Methods    []string          // types of the verification methods that others take with it; nil: any
}

// Secures says whether the suite is for credentials of a data model.
func (s Suite) Secures(model vc.ModelVersion) bool {
	return s.Models == nil || slices.Contains(s.Models, model)
}

// Signs says whether a key of the algorithm signs with the suite.
func (s Suite) Signs(algorithm string) bool {
	return s.Algorithms == nil || slices.Contains(s.Algorithms, algorithm)
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
