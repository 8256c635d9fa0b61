// Package identity is the service of DIDs, those that we control and those of others.
//
//	Create ───── keys.Generate, did.Create ──> one transaction: keys, identity, journal
//	Resolve ──── ours: Directory, a row; another's: its did.Method, cached, before any transaction
//	SigningKey ─ the identity and the key that an issuer signs with
package identity

import (
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// DefaultKeys is the name of the key store that makes keys when none is named.
const DefaultKeys = "local"

// stale is how old what was read of our own identities may be where another server changes them.
const stale = time.Second

// Config is what a Service is made of.
type Config struct {
	Rows      store.Store[Rows]
	Directory store.Directory
	Keys      map[string]keys.Store // by name; [DefaultKeys] is the default
	Methods   []did.Method
	Now       func() time.Time // nil: time.Now
	// FoundTTL and MissingTTL are how long what another's DID resolved to is kept, and that it did not; 0: 5 minutes
	// and 10 seconds.
	FoundTTL   time.Duration
	MissingTTL time.Duration
	Cache      int // entries of each cache; 0: 1024
	// LedgerTenants are slugs of the tenants whose transactions on ledgers the operator's accounts pay for, [EveryTenant] for
	// all; nil: none.
	LedgerTenants []string
}

// Service makes identities, changes their keys and resolves DIDs.
type Service struct {
	config  Config
	methods map[string]did.Method
	signing *cache[signingPlace, signer]
	// publishers are found by scope, see Publisher.
	publishers *cache[vc.Scope, vc.Identity]
	foremost   *cache[foremostPlace, vc.Identity]
	ours       *cache[string, own]
	others     *cache[string, foreign]
	flight     singleflight.Group
	// fetching has a place for each resolution by the network that may be under way.
	fetching chan struct{}
}

// New makes a Service.
func New(config Config) *Service {
	if config.Now == nil {
		config.Now = time.Now
	}
	if config.FoundTTL <= 0 {
		config.FoundTTL = 5 * time.Minute
	}
	if config.MissingTTL <= 0 {
		config.MissingTTL = 10 * time.Second
	}
	if config.Cache <= 0 {
		config.Cache = 1024
	}
	config.Rows = payingStore{config.Rows, config.LedgerTenants}
	s := &Service{
		config:     config,
		methods:    make(map[string]did.Method, len(config.Methods)),
		signing:    newCache[signingPlace, signer](config.Cache, config.Now),
		publishers: newCache[vc.Scope, vc.Identity](config.Cache, config.Now),
		foremost:   newCache[foremostPlace, vc.Identity](config.Cache, config.Now),
		ours:       newCache[string, own](config.Cache, config.Now),
		others:     newCache[string, foreign](config.Cache, config.Now),

		fetching: make(chan struct{}, maxAtOnce),
	}
	for _, m := range config.Methods {
		s.methods[m.Name()] = m
	}
	return s
}

// changed forgets what was read of an identity and what was decided in its tenant.
func (s *Service) changed(identity vc.Identity) {
	s.signing.drop(func(p signingPlace) bool { return p.scope.Tenant == identity.Scope.Tenant })
	s.publishers.drop(func(scope vc.Scope) bool { return scope.Tenant == identity.Scope.Tenant })
	s.foremost.drop(func(p foremostPlace) bool { return p.scope.Tenant == identity.Scope.Tenant })
	s.ours.drop(func(did string) bool { return did == identity.DID })
}

// now is the time in UTC at the store's precision.
func (s *Service) now() time.Time { return s.config.Now().UTC().Truncate(time.Microsecond) }
