// Package verifier is the desk that checks credentials, presentations and who presents them. Its answers are trees of
// checks; none is hidden, and what could not be checked never reads as passed.
//
//	bytes ── format ──> credential, signatures ── data-model
//	                      ├── issuer: the DID resolves ── key: it lists the method ── signature
//	                      ├── validity
//	                      ├── schema: ours by URL, others fetched where that is allowed
//	                      └── status: ours exactly, others from their list credential, itself verified
//
//	presentation ── holder, key, signature, validity ── audience, nonce: as asked ── each credential as above
//	                      └── binding: they are about the holder ── constraints: they are what was asked for
//	ID token ── subject, key, signature, validity, audience, nonce
//	request ── client, key, signature, validity ── definition
package verifier

import (
	"context"
	"slices"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"
	"golang.org/x/sync/singleflight"

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
	Fates    Fates            // nil: keys are judged by documents alone
	Schemas  Schemas          // nil: no schema is our own
	Status   Status           // nil: no status list is our own
	Fetcher  Fetcher          // nil: nothing is fetched
	Linked   Linked           // nil: nothing is fetched from ledgers
	Callers  Callers          // nil: whoever asks may
	Now      func() time.Time // nil: time.Now
	Leeway   time.Duration    // how far clocks may differ
}

// Resolver resolves DIDs. Errors have the kinds of [did.Method]; Unavailable, Unsupported and Denied read "not
// checked".
type Resolver interface {
	Resolve(ctx context.Context, scope vc.Scope, did string) (diddoc.Resolution, error)
}

// Callers tells whether an organisation was set up as a verifier by its tenant.
type Callers interface {
	OrganisationOf(ctx context.Context, scope vc.Scope) (vc.Organisation, error)
}

// Fates tells what became of a key of ours, by its verification method. NotFound: it is not ours.
type Fates interface {
	KeyFate(ctx context.Context, method string) (state vc.KeyState, since time.Time, err error)
}

// Schemas gives the schemas of whole credentials that this server publishes; ours is false when url is not one of
// them. NotFound: it would be, and is not there.
type Schemas interface {
	SchemaAt(ctx context.Context, url string) (schema *jsonschema.Schema, ours bool, err error)
}

// Status reads the status lists of this server exactly, whosever they are: published lists are public.
type Status interface {
	Own(url string) (list string, ok bool)
	Lookup(ctx context.Context, list string) (vc.Scope, vc.StatusList, error)
	Value(ctx context.Context, scope vc.Scope, list string, index int64) (int, error)
}

// Fetcher gets a document over the network and bounds its size and time. Its errors read "not checked".
type Fetcher interface {
	Get(ctx context.Context, url, accept string) (body []byte, contentType string, err error)
}

// Bounds of the caches and of what one credential may make us do.
const (
	documentsCached = 4096
	maxKept         = 32 << 10 // bytes of a DID document that is kept
	foreignCached   = 64
	freshFor        = 5 * time.Minute  // of what was fetched
	failedFor       = 10 * time.Second // of what could not be fetched
	maxForeign      = 512 << 10        // bytes of a fetched schema, and of a status list without its compression
	maxSignatures   = 8
	maxEntries      = 16 // status entries
	maxSchemas      = 8
)

// Service verifies. It is safe for concurrent use.
type Service struct {
	config    Config
	documents *lru.Cache[[32]byte, *document]
	schemas   *lru.Cache[string, foreignSchema]
	lists     *lru.Cache[listKey, foreignList]
	flights   singleflight.Group
}

// New makes a verifier.
func New(config Config) *Service {
	if config.Now == nil {
		config.Now = time.Now
	}
	return &Service{
		config:    config,
		documents: newCache[[32]byte, *document](documentsCached),
		schemas:   newCache[string, foreignSchema](foreignCached),
		lists:     newCache[listKey, foreignList](foreignCached),
	}
}

// newCache makes a bounded cache; lru.New fails only for a size below one.
func newCache[K comparable, V any](size int) *lru.Cache[K, V] {
	cache, err := lru.New[K, V](size)
	if err != nil {
		panic(err)
	}
	return cache
}

// Options narrow a verification. The zero value asks for every check, now.
type Options struct {
	// Checks names what is wanted of validity, schema and status; none: all. The others always run: without a
	// signature nothing else means anything.
	Checks []string
	At     time.Time // validity is judged at this time; zero: now
	// Alone asks for the proof and whatever Checks names, and for nothing else: the key is that of the method which the
	// proof names, whosever it is. What passes so says who signed, and not that the issuer did.
	Alone bool
}

// Verify checks a secured credential. Whatever is wrong with the credential is in the report; an error is a fault
// of ours, Invalid "unknown-check", or Denied "not-a-verifier" for an organisation that was not set up as one.
func (s *Service) Verify(ctx context.Context, scope vc.Scope, secured []byte, options Options) (Report, error) {
	if err := s.mayVerify(ctx, scope); err != nil {
		return Report{}, err
	}
	if err := known(options.Checks, allChecks); err != nil {
		return Report{}, err
	}
	r, err := s.verify(ctx, scope, secured, options)
	if err != nil {
		return Report{}, err
	}
	return r.report, nil
}

// verify is Verify without looking at who asks.
func (s *Service) verify(ctx context.Context, scope vc.Scope, secured []byte, options Options) (*run, error) {
	r := &run{prover: prover{Service: s, signer: theIssuer(), ctx: ctx, scope: scope}, at: s.moment(options.At)}
	if len(options.Checks) > 0 { // a list that is there and empty asks for nothing less than all
		r.wanted = options.Checks
	}
	if r.alone = options.Alone; r.alone && r.wanted == nil {
		r.wanted = []string{}
	}
	r.report.Checks = make([]Check, 0, len(allChecks))
	if err := r.all(secured); err != nil {
		return nil, err
	}
	r.report.Outcome = settle(r.report.Checks)
	return r, nil
}

func (s *Service) moment(at time.Time) time.Time {
	if at.IsZero() {
		return s.config.Now()
	}
	return at
}

func known(names, all []string) error {
	for _, name := range names {
		if !slices.Contains(all, name) {
			return vc.Errorf(vc.Invalid, "unknown-check", "there is no check of this name").At("/checks")
		}
	}
	return nil
}

func (s *Service) mayVerify(ctx context.Context, scope vc.Scope) error {
	if s.config.Callers == nil || scope.Organisation == "" {
		return nil
	}
	organisation, err := s.config.Callers.OrganisationOf(ctx, scope)
	if err == nil && !organisation.MayVerify {
		err = vc.Errorf(vc.Denied, "not-a-verifier", "the tenant has not set this organisation up as a verifier")
	}
	return err
}
