// Package ldp is the format of credentials with an embedded proof: W3C Data Integrity with its cryptosuites, and the proof
// types that came before (VCDM 2.0 §4.12, VCDM 1.1 §4.7). Presentations of both data models are read and prepared too.
//
//	complete credential ── Check: JSON-LD that says all it holds ── proof options ── canonical forms ──> input ── signature ──> proof
//	secured credential ── Read ──> credential, signatures; canonical forms are made when one is verified
//
// Nothing is fetched: a context is one that is shipped, or one that a [Library] knows for the scope.
package ldp

import (
	"context"
	"slices"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/dataintegrity"
	"github.com/chancery-vc/chancery/spec/jsonld"
	"github.com/chancery-vc/chancery/spec/statuslist"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// Name is what variants call the format.
const Name = "ldp"

// Library gives the JSON-LD contexts of a scope: those that are shipped, imported there, or derived from a published schema.
// It fetches nothing.
type Library interface {
	ContextLoader(ctx context.Context, scope vc.Scope) jsonld.Loader
}

// Format is the format; its zero value knows the contexts that are shipped.
type Format struct {
	Library   Library           // nil: the contexts that are shipped, and no others
	Processor *jsonld.Processor // keeps contexts it has processed; nil: nothing is kept

	scope vc.Scope
}

// New makes a format that keeps the contexts it has processed.
func New(library Library) Format { return Format{Library: library, Processor: &jsonld.Processor{}} }

// Name gives [Name].
func (Format) Name() string { return Name }

// For gives the format with the contexts of a scope.
func (f Format) For(scope vc.Scope) format.Format {
	f.scope = scope
	return f
}

// Suites gives the proof suites: see [format.Suites].
func (Format) Suites() []format.Suite {
	var out []format.Suite
	for _, s := range dataintegrity.Suites() {
		suite := format.Suite{Name: s.Name, Legacy: s.Legacy, Algorithms: s.Algorithms, Methods: s.Methods}
		if !s.Legacy {
			suite.Type = dataintegrity.TypeDataIntegrityProof
		}
		out = append(out, suite)
	}
	return out
}

// The contexts that define status entries where the base context does not: Bitstring Status List 1.0 §2.1 beside VCDM 1.1,
// StatusList2021 beside both.
const (
	contextStatus     = "https://www.w3.org/ns/credentials/status/v1"
	contextStatus2021 = "https://w3id.org/vc/status-list/2021/v1"
)

// Contexts gives those of the status entry and of the suite: see [format.Contexts]. A base context that knows the suite's
// proofs needs no other.
func (Format) Contexts(model vc.ModelVersion, suite, statusEntry string) []string {
	var out []string
	base := vcdm.BaseContext20
	if model == vc.VCDM11 {
		base = vcdm.BaseContext11
	}
	switch {
	case statusEntry == statuslist.StatusList2021Entry:
		out = append(out, contextStatus2021)
	case statusEntry == statuslist.BitstringEntry && model == vc.VCDM11:
		out = append(out, contextStatus)
	}
	if s, err := dataintegrity.SuiteOf(suite); err == nil && !slices.Contains(s.Contexts, base) {
		out = append(out, s.Contexts[0])
	}
	return out
}

// processor gives the one that is shared, or one for this call.
func (f Format) processor() *jsonld.Processor {
	if f.Processor == nil {
		return &jsonld.Processor{}
	}
	return f.Processor
}

func (f Format) canonicalizer(ctx context.Context) dataintegrity.RDFC {
	return dataintegrity.RDFC{Processor: f.processor(), Loader: f.loader(ctx)}
}

func (f Format) loader(ctx context.Context) jsonld.Loader {
	if f.Library == nil {
		return jsonld.Known{}
	}
	return f.Library.ContextLoader(ctx, f.scope)
}
