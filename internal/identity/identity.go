// Package identity is the service of DIDs that we control and of those that we do not.
//
//	Create ── keys.Generate, did.Create ──> one transaction: keys, identity, journal
//	Resolve ─ ours: Directory, a row; another's: its did.Method, cached, before any transaction
//	SigningKey ── the identity and key that an issuer signs with
package identity

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// DefaultKeys is the name of the key store that makes keys when none is named.
const DefaultKeys = "local"

// Config is what a Service is made of.
type Config struct {
	Rows      store.Store[Rows]
	Directory store.Directory
	Keys      map[string]keys.Store // by name; [DefaultKeys] is the default
	Methods   []did.Method
	Now       func() time.Time // nil: time.Now
	// FoundTTL and MissingTTL are how long what another's DID resolved to is kept; 0: 5 minutes and 10 seconds.
	FoundTTL   time.Duration
	MissingTTL time.Duration
	Cache      int // entries of each cache; 0: 4096
}

// Service makes identities, changes their keys and resolves DIDs.
type Service struct {
	config Config
}

// New makes a Service.
func New(config Config) *Service { return &Service{config: config} }

// CreateRequest asks for an identity. Its keys are an existing one (KeyID), an imported one (PrivateJWK), or new
// ones: of Algorithms, of Algorithm, or one Ed25519 key.
type CreateRequest struct {
	Method     string // "key", "jwk", "web"; "" is "key"
	Algorithm  vc.Algorithm
	Algorithms []vc.Algorithm
	Name       string            // printed as issuer.name when set
	Options    map[string]string // of the method: for web "domain" and "path"
	KeyID      string            // an existing key of the caller's scope
	PrivateJWK []byte            // a key to import
	KeyStore   string            // "" is [DefaultKeys]
}

// Create makes an identity and its keys.
func (s *Service) Create(ctx context.Context, by vc.Caller, request CreateRequest) (vc.Identity, error) {
	return vc.Identity{}, errTodo
}

// CreateKey makes a key that no identity has yet.
func (s *Service) CreateKey(ctx context.Context, by vc.Caller, algorithm vc.Algorithm) (vc.Key, error) {
	return vc.Key{}, errTodo
}

// AddKey adds an active key beside those that are there.
func (s *Service) AddKey(ctx context.Context, by vc.Caller, id string, algorithm vc.Algorithm) (vc.Identity, error) {
	return vc.Identity{}, errTodo
}

// Rotate adds an active key and retires the ones that were active; algorithm "" is that of the newest active key.
func (s *Service) Rotate(ctx context.Context, by vc.Caller, id string, algorithm vc.Algorithm) (vc.Identity, error) {
	return vc.Identity{}, errTodo
}

// SetKeyState retires a key or marks it as compromised. There is no way back.
func (s *Service) SetKeyState(ctx context.Context, by vc.Caller, id, method string, state vc.KeyState) (vc.Identity, error) {
	return vc.Identity{}, errTodo
}

// Deactivate ends an identity: it signs no more.
func (s *Service) Deactivate(ctx context.Context, by vc.Caller, id string) (vc.Identity, error) {
	return vc.Identity{}, errTodo
}

// Get finds an identity by its id or its DID.
func (s *Service) Get(ctx context.Context, scope vc.Scope, idOrDID string) (vc.Identity, error) {
	return vc.Identity{}, errTodo
}

// List lists the identities of a scope.
func (s *Service) List(ctx context.Context, scope vc.Scope, query vc.ListQuery) ([]vc.Identity, error) {
	return nil, errTodo
}

// Keys lists the keys of a scope.
func (s *Service) Keys(ctx context.Context, scope vc.Scope, query vc.ListQuery) ([]vc.Key, error) {
	return nil, errTodo
}

// Resolve resolves any DID; ours says that it is one of this server's, of any tenant: DIDs are public. It may
// fetch, so it must not be called inside a transaction.
//
// Errors carry a DID Resolution code (DID Resolution 0.3 §3.1): "invalidDid", "notFound", "methodNotSupported",
// "representationNotSupported", "internalError".
func (s *Service) Resolve(ctx context.Context, scope vc.Scope, didText string) (resolution diddoc.Resolution, ours bool, err error) {
	return diddoc.Resolution{}, false, errTodo
}

// WebDocument gives the did:web document that this server publishes at a host (with port, where there is one) and
// path. The path is that of the request ("/.well-known/did.json", "/a/b/did.json") or of the DID ("", "a/b").
// [vc.NotFound] when there is none, [vc.Gone] when its identity is deactivated.
func (s *Service) WebDocument(ctx context.Context, host, path string) ([]byte, error) {
	return nil, errTodo
}

// SigningKey gives the identity and the key that sign for issuer: a DID, an identity id, or "" for the only active
// identity of the scope ([vc.Invalid] "issuer-ambiguous" or "no-identity" else). method names a verification
// method of it; "" is the newest active one with assertionMethod. A key that may not sign is a [vc.Conflict]:
// "key-retired", "key-compromised"; so are "no-active-key" and "identity-deactivated". A DID that is not ours is
// [vc.NotFound] "identity-not-found", a method it does not have "key-not-found".
//
// What it gives is shared and not to be changed. It is at most one second stale, and not at all where the change
// was made on this server.
func (s *Service) SigningKey(ctx context.Context, scope vc.Scope, issuer, method string) (vc.Identity, vc.IdentityKey, error) {
	return vc.Identity{}, vc.IdentityKey{}, errTodo
}

// KeyFate tells what became of a verification method of a DID that we control; known is false when the DID is
// not ours or never had that method. Of use for keys that are no longer in the document.
func (s *Service) KeyFate(ctx context.Context, didText, method string) (state vc.KeyState, changedAt time.Time, known bool, err error) {
	return "", time.Time{}, false, errTodo
}

var errTodo = vc.Errorf(vc.Unsupported, "not-yet", "not built yet")
