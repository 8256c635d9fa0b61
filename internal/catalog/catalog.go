// Package catalog is the desk of schemas, contexts and credential types.
//
//	claims schema ── CreateSchema ──> immutable version: the credential schema that wraps it, published,
//	                                  and the JSON-LD context derived from it, published
//	type ─────────── CreateType ────> names, validity, variants; refers to one schema version
//	issuer ───────── Kind ──────────> type, schema version and compiled claims schema, from a short-lived cache
//	verifier ─────── SchemaAt ──────> compiled published schema, by its URL
//
// What a caller uploads describes claims, the credentialSubject; what is published validates a whole credential
// (Verifiable Credentials JSON Schema §2.1): docs/adr/0003-schema-wraps-claims.md.
package catalog

import (
	"slices"
	"strings"
	"sync"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/spec/jsonld"
	"github.com/chancery-vc/chancery/spec/jsonschema"
)

// Config is what a [Service] needs.
type Config struct {
	Rows      store.Store[Rows]
	Directory store.Directory // finds the scope of a public schema; nil: nothing is public
	PublicURL string          // base of published URLs, without a slash at its end
	Formats   []string        // names a variant may use; nil: any name
	// Suites has the proof suites of the formats that have some, by the format's name.
	Suites map[string][]format.Suite
	// Ledgers are the DID methods whose DIDs have resources on a ledger, where types may publish.
	Ledgers  []string
	Now      func() time.Time // nil: time.Now
	CacheTTL time.Duration    // how stale a [Kind] may be after a change on another server; 0: one second
}

// Sizes of the caches and of what may be uploaded.
const (
	kindsCached    = 4096
	schemasCached  = 1024
	contextsCached = 512
	contextCached  = 64 << 10  // bytes of a context that is kept in memory
	maxDocument    = 256 << 10 // bytes of an uploaded schema
	maxContext     = 1 << 20   // bytes of an imported context
	defaultCaching = time.Second
)

// Service is the catalog. It is safe for concurrent use.
type Service struct {
	config Config

	mu         sync.Mutex // orders filling and clearing of kinds
	generation uint64     // grows with each change made here
	kinds      *lru.Cache[kindKey, kindEntry]
	compiled   *lru.Cache[[32]byte, *jsonschema.Schema] // by digest of the document
	published  *lru.Cache[string, *jsonschema.Schema]   // by URL: versions are immutable
	contexts   *lru.Cache[contextKey, jsonld.Context]   // imported and derived ones, which never change
}

// New makes a catalog.
func New(config Config) *Service {
	config.PublicURL = strings.TrimRight(config.PublicURL, "/")
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.CacheTTL == 0 {
		config.CacheTTL = defaultCaching
	}
	return &Service{
		config:    config,
		kinds:     newCache[kindKey, kindEntry](kindsCached),
		compiled:  newCache[[32]byte, *jsonschema.Schema](schemasCached),
		published: newCache[string, *jsonschema.Schema](schemasCached),
		contexts:  newCache[contextKey, jsonld.Context](contextsCached),
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

// Formats names the formats that a variant may use; nil: whatever it says.
func (s *Service) Formats() []string { return slices.Clone(s.config.Formats) }

func (s *Service) now() time.Time { return s.config.Now().UTC().Truncate(time.Microsecond) }

// forget drops every cached kind after a change; a load that began before it does not come back.
func (s *Service) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.generation++
	s.kinds.Purge()
	s.contexts.Purge()
}
