package access

import (
	"context"
	"crypto/sha256"
	"strings"
	"time"

	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Config is what a Service is made of.
type Config struct {
	Rows      store.Store[Rows]
	Directory store.Directory
	Keys      keys.Store
	Vault     keys.Vault       // seals the DIDs of login codes; nil: nobody logs in by a DID
	Issuer    string           // public URL of the server: iss and aud of its access tokens
	Now       func() time.Time // nil: time.Now
	CacheTTL  time.Duration    // how long a principal, tenant or organisation may be stale; 0: one second
}

// Service is the access service. It is safe for concurrent use.
type Service struct {
	rows      store.Store[Rows]
	directory store.Directory
	keys      keys.Store
	vault     keys.Vault
	issuer    string
	now       func() time.Time

	principals    *cache[vc.Principal]    // by id
	slugs         *cache[string]          // tenant id by slug
	tenants       *cache[vc.Tenant]       // by id
	organisations *cache[vc.Organisation] // by tenant id, "/", id
	secrets       *cache[string]          // principal id by the digest of a client's secret
	offices       *cache[office]          // by tenant id, "/", need
	wallets       *cache[Wallet]          // by tenant id
	rings         *cache[ring]            // one, under ""
	tokens        *lru.Cache[[sha256.Size]byte, claims]
	holders       *lru.Cache[[sha256.Size]byte, holderClaims] // of tokens that are no principal's
}

// New makes a Service.
func New(c Config) *Service {
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.CacheTTL <= 0 {
		c.CacheTTL = time.Second
	}
	return &Service{
		rows: c.Rows, directory: c.Directory, keys: c.Keys, vault: c.Vault, issuer: strings.TrimSuffix(c.Issuer, "/"), now: c.Now,
		principals:    newCache[vc.Principal](c.CacheTTL, c.Now),
		slugs:         newCache[string](c.CacheTTL, c.Now),
		tenants:       newCache[vc.Tenant](c.CacheTTL, c.Now),
		organisations: newCache[vc.Organisation](c.CacheTTL, c.Now),
		wallets:       newCache[Wallet](c.CacheTTL, c.Now),
		rings:         newCache[ring](c.CacheTTL, c.Now),
		secrets:       newCache[string](c.CacheTTL, c.Now),
		offices:       newCache[office](c.CacheTTL, c.Now),
		tokens:        newTokens[claims](),
		holders:       newTokens[holderClaims](),
	}
}

// newTokens makes a memory of tokens whose signature is good, by their digest.
func newTokens[C any]() *lru.Cache[[sha256.Size]byte, C] {
	tokens, err := lru.New[[sha256.Size]byte, C](cacheSize)
	if err != nil {
		panic(err) // only for a size that is not positive
	}
	return tokens
}

// Actor is who does an act of administration, through which door and in which request. What an Actor may do is what
// its Principal may; the zero Actor may do nothing.
type Actor struct {
	vc.Principal
	Door    string
	Request string
}

// entry is the journal's row of an act of administration.
func (s *Service) entry(by Actor, scope vc.Scope, action, object, detail string) vc.Entry {
	return vc.Entry{
		ID: newID(), Scope: scope, At: s.now().UTC(), Action: action, Principal: by.ID, Door: by.Door,
		Request: by.Request, Object: object, Detail: detail,
	}
}

// system is the server itself, for what it does at start and on first use.
func system() Actor { return Actor{Principal: vc.Principal{ID: "system"}} }

// tenant gives a tenant by id, from cache.
func (s *Service) tenant(ctx context.Context, id string) (vc.Tenant, error) {
	return s.tenants.get(ctx, id, func(ctx context.Context) (t vc.Tenant, err error) {
		err = s.rows.View(ctx, vc.Scope{Tenant: id}, func(r Rows) error {
			t, err = r.Tenant()
			return err
		})
		return t, named(err, "tenant")
	})
}

// TenantOf gives the tenant of a scope, at most a second old; NotFound "tenant-not-found".
func (s *Service) TenantOf(ctx context.Context, scope vc.Scope) (vc.Tenant, error) {
	return s.tenant(ctx, scope.Tenant)
}

// OrganisationOf gives the organisation of a scope, at most a second old; NotFound "organisation-not-found".
func (s *Service) OrganisationOf(ctx context.Context, scope vc.Scope) (vc.Organisation, error) {
	return s.organisation(ctx, scope.Tenant, scope.Organisation)
}

// organisation gives an organisation of a tenant, from cache.
func (s *Service) organisation(ctx context.Context, tenant, id string) (vc.Organisation, error) {
	if !isID(id) {
		return vc.Organisation{}, notFound("organisation")
	}
	return s.organisations.get(ctx, tenant+"/"+id, func(ctx context.Context) (o vc.Organisation, err error) {
		err = s.rows.View(ctx, vc.Scope{Tenant: tenant}, func(r Rows) error {
			o, err = r.Organisation(id)
			return err
		})
		return o, named(err, "organisation")
	})
}

// principal gives a principal by id, from cache.
func (s *Service) principal(ctx context.Context, id string) (vc.Principal, error) {
	return s.principals.get(ctx, id, func(ctx context.Context) (p vc.Principal, err error) {
		scope, _, err := s.directory.Lookup(ctx, store.HandlePrincipal, id)
		if err != nil {
			return vc.Principal{}, err
		}
		err = s.rows.View(ctx, scope, func(r Rows) error {
			p, err = r.Principal(id)
			return err
		})
		return p, err
	})
}

// resolve gives the tenant that a slug or an id names.
func (s *Service) resolve(ctx context.Context, ref string) (vc.Tenant, error) {
	if isID(ref) {
		return s.tenant(ctx, ref)
	}
	if !slug.MatchString(ref) {
		return vc.Tenant{}, notFound("tenant")
	}
	id, err := s.slugs.get(ctx, ref, func(ctx context.Context) (string, error) {
		scope, _, err := s.directory.Lookup(ctx, store.HandleTenant, ref)
		return scope.Tenant, named(err, "tenant")
	})
	if err != nil {
		return vc.Tenant{}, err
	}
	return s.tenant(ctx, id)
}

func notFound(noun string) error {
	return vc.Errorf(vc.NotFound, noun+"-not-found", "there is no such %s", noun)
}

// named gives a NotFound of the store the noun's name; other errors pass.
func named(err error, noun string) error {
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return notFound(noun)
	}
	return err
}
