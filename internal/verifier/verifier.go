// Package verifier is the desk that checks credentials. Its answer is a tree of checks; none is hidden, and what
// could not be checked never reads as passed.
//
//	bytes ── format ──> credential, signatures ── data-model
//	                      ├── issuer: the DID resolves ── key: it lists the method ── signature
//	                      ├── validity
//	                      ├── schema: ours by URL, others fetched where that is allowed
//	                      └── status: ours exactly, others from their list credential, itself verified
package verifier

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jsonschema"
)

// Config is what a [Service] needs. Only Formats is needed always: what another field would have answered then
// reads "not checked".
type Config struct {
	Formats  []format.Format  // tried in order
	Resolver Resolver         // nil: issuers, keys and signatures are not checked
	Fates    Fates            // nil: a key that is not listed is not explained
	Schemas  Schemas          // nil: no schema is our own
	Status   Status           // nil: no status list is our own
	Fetcher  Fetcher          // nil: nothing is fetched
	Now      func() time.Time // nil: time.Now
	Leeway   time.Duration    // how far clocks may differ
}

// Resolver resolves DIDs. Errors have the codes of [did.Method]; one of kind Unavailable reads "not checked".
type Resolver interface {
	Resolve(ctx context.Context, scope vc.Scope, did string) (diddoc.Resolution, error)
}

// Fates tells what became of a key of ours, by its verification method. NotFound: it is not ours.
type Fates interface {
	KeyFate(ctx context.Context, method string) (state vc.KeyState, since time.Time, err error)
}

// Schemas gives the schemas that this server publishes; ours is false when url is not one of them. *catalog.Service is one.
type Schemas interface {
	SchemaAt(ctx context.Context, url string) (schema *jsonschema.Schema, ours bool, err error)
}

// Status reads the status lists of this server exactly. NotFound: the list is not ours.
type Status interface {
	Value(ctx context.Context, url string, index int64) (value int, err error)
}

// Fetcher gets a document of at most max bytes over the network. Its errors read "not checked".
type Fetcher interface {
	Fetch(ctx context.Context, url string, max int64) ([]byte, error)
}

// Service verifies. It is safe for concurrent use.
type Service struct {
	config Config
}

// New makes a verifier.
func New(config Config) *Service {
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Service{config: config}
}

// Options narrow a verification. The zero value asks for every check, now.
type Options struct {
	Checks []string  // names; nil: all. Format and data-model always run; signature brings issuer and key
	At     time.Time // validity is judged at this time; zero: now
}

// Verify checks a secured credential. Whatever is wrong with the credential is in the report; an error is a fault
// of ours, or Invalid "unknown-check".
func (s *Service) Verify(ctx context.Context, scope vc.Scope, secured []byte, options Options) (Report, error) {
	return Report{}, vc.Errorf(vc.Internal, "not-built", "not built")
}
