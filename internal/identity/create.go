package identity

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/vc"
)

// OptionType is the option by which a new DID's keys stand in its document as a type of verification method, where its method has
// several.
const OptionType = did.OptionType

// CreateRequest asks for an identity. Its keys are an existing one (KeyID), an imported one (PrivateJWK, Seed), or new
// ones: of Algorithms, of Algorithm, or one Ed25519 key (secp256k1 where the method has no other).
type CreateRequest struct {
	Method     string // "key", "jwk", "web", "empe"; "" is "key"
	Algorithm  vc.Algorithm
	Algorithms []vc.Algorithm
	Name       string            // printed as issuer.name when set
	Options    map[string]string // of the method: for web "domain" and "path", for empe "network"
	KeyID      string            // an existing key that belongs to the caller's scope
	PrivateJWK []byte            // a key to import
	Seed       []byte            // of an Ed25519 key to import, 32 bytes: RFC 8032 §5.1.5
	KeyStore   string            // "" is [DefaultKeys]
	Holding    bool              // it is a wallet's ([vc.UseHolding]): it proves who holds, and issues nothing
	Agent      bool              // it is an agent's ([vc.UseAgent]): it issues, and proves who holds

	use      vc.IdentityUse
	services func(didText string) ([]byte, error) // of the DID that is made, as an identity keeps them; nil: none
}

// Create makes an identity and its keys. [vc.Conflict] "duplicate" when its DID is already one of ours,
// [vc.Unsupported] "method-not-supported" when DIDs of the method are not made here.
func (s *Service) Create(ctx context.Context, by vc.Caller, request CreateRequest) (vc.Identity, error) {
	if request.Method == "" {
		request.Method = "key"
	}
	switch {
	case request.Holding && request.Agent:
		return vc.Identity{}, vc.Errorf(vc.Invalid, "use-ambiguous", "an identity is a wallet's or an agent's")
	case request.Holding:
		request.use = vc.UseHolding
	case request.Agent:
		request.use = vc.UseAgent
	}
	if err := seeded(&request); err != nil {
		return vc.Identity{}, err
	}
	creator, ok := s.methods[request.Method].(did.Creator)
	if !ok {
		return vc.Identity{}, vc.Errorf(vc.Unsupported, "method-not-supported", "DIDs of this method are not made here").At("/method")
	}
	if err := oneSource(request); err != nil {
		return vc.Identity{}, err
	}
	if request.KeyID == "" && request.PrivateJWK == nil && request.Algorithms == nil {
		request.Algorithm = s.algorithm(request.Method, request.Algorithm)
	}
	material, fresh, err := s.material(ctx, by.Scope, request)
	if err != nil {
		return vc.Identity{}, err
	}
	created, err := creator.Create(ctx, did.CreateRequest{Keys: material, Options: request.Options})
	if e, ok := errors.AsType[*vc.Error](err); ok && e.Pointer == "/keys" {
		return vc.Identity{}, e.At("/algorithms") // what the keys were asked for with here
	}
	if err != nil {
		return vc.Identity{}, err
	}
	identity := vc.Identity{
		ID: newID(), Scope: by.Scope, DID: created.DID, Method: request.Method, Name: request.Name,
		Use: request.use, CreatedBy: by.Principal, UpdatedBy: by.Principal, Document: created.Document, Revision: 1, CreatedAt: s.now(),
	}
	identity.UpdatedAt = identity.CreatedAt
	for i, key := range material {
		bound := bind(identity, key, created.Methods[i], identity.CreatedAt)
		bound.Type = created.Type
		if created.Keys != nil {
			bound.Type, bound.Purposes = created.Keys[i].Type, created.Keys[i].Purposes
		}
		identity.Keys = append(identity.Keys, bound)
	}
	if err := s.serve(&identity, request); err != nil {
		return vc.Identity{}, err
	}
	write := func(rows Rows) error {
		for _, key := range fresh {
			if err := s.insertKey(rows, by, key); err != nil {
				return err
			}
		}
		if err := rows.InsertIdentity(identity); err != nil {
			return err
		}
		return rows.Append(s.told(by, identity, "identity.created", "did="+identity.DID))
	}
	if recorder, ok := s.recorder(identity); ok {
		return s.createOnLedger(ctx, recorder, identity, write)
	}
	if err := s.config.Rows.Update(ctx, by.Scope, write); err != nil {
		return vc.Identity{}, err
	}
	s.changed(identity)
	return identity, nil
}

// seeded makes a private JWK of a seed: RFC 8037 §2.
func seeded(request *CreateRequest) error {
	switch {
	case request.Seed == nil:
		return nil
	case request.PrivateJWK != nil:
		return vc.Errorf(vc.Invalid, "key-ambiguous", "one of: a private key, a seed").At("/seed")
	case len(request.Seed) != ed25519.SeedSize:
		return vc.Errorf(vc.Invalid, "seed-invalid", "a seed has 32 bytes").At("/seed")
	}
	private := ed25519.NewKeyFromSeed(request.Seed)
	encode := base64.RawURLEncoding.EncodeToString
	request.PrivateJWK = []byte(`{"kty":"OKP","crv":"Ed25519","d":"` + encode(request.Seed) + `","x":"` + encode(private[ed25519.SeedSize:]) + `"}`)
	return nil
}

// serve gives a new identity its services.
func (s *Service) serve(identity *vc.Identity, request CreateRequest) (err error) {
	rotator, ok := s.methods[identity.Method].(did.Rotator)
	if request.services == nil || !ok {
		return nil
	}
	if identity.Services, err = request.services(identity.DID); err == nil && identity.Services != nil {
		identity.Document, err = rotator.Document(*identity)
	}
	return err
}

// CreateKey makes a key that no identity has yet. It is listed by [Service.Keys] and taken by CreateRequest.KeyID.
func (s *Service) CreateKey(ctx context.Context, by vc.Caller, algorithm vc.Algorithm) (vc.Key, error) {
	key, err := s.generate(ctx, by.Scope, "", algorithm)
	if err != nil {
		return vc.Key{}, err
	}
	return s.keepFree(ctx, by, key)
}

// keepFree writes a key that no identity has yet.
func (s *Service) keepFree(ctx context.Context, by vc.Caller, key vc.Key) (vc.Key, error) {
	err := s.config.Rows.Update(ctx, by.Scope, func(rows Rows) error { return s.insertKey(rows, by, key) })
	if err != nil {
		return vc.Key{}, err
	}
	return key, nil
}

// ImportKey keeps the key of a seed, of Ed25519 and 32 bytes, that no identity has yet: as [Service.CreateKey] makes one. Invalid
// "seed-invalid"; Unsupported "import-not-supported".
func (s *Service) ImportKey(ctx context.Context, by vc.Caller, seed []byte) (vc.Key, error) {
	request := CreateRequest{Seed: seed}
	if err := seeded(&request); err != nil {
		return vc.Key{}, err
	}
	key, err := s.imported(ctx, by.Scope, request)
	if err != nil {
		return vc.Key{}, err
	}
	return s.keepFree(ctx, by, key)
}

// oneSource refuses a request that says in two ways where its keys come from.
func oneSource(request CreateRequest) error {
	switch {
	case request.KeyID != "" && (request.PrivateJWK != nil || request.Algorithm != "" || request.Algorithms != nil):
		return vc.Errorf(vc.Invalid, "key-ambiguous", "an existing key needs no algorithm and no private key").At("/keyId")
	case request.PrivateJWK != nil && request.Algorithms != nil, request.Algorithm != "" && request.Algorithms != nil:
		return vc.Errorf(vc.Invalid, "key-ambiguous", "one of: a private key, an algorithm, several algorithms").At("/algorithms")
	case len(request.Algorithms) > 16:
		return vc.Errorf(vc.Invalid, "too-many-keys", "an identity is made with at most 16 keys").At("/algorithms")
	}
	return nil
}

// material gives the keys of a new identity; fresh are those of them that have no row yet.
func (s *Service) material(ctx context.Context, scope vc.Scope, request CreateRequest) (material, fresh []vc.Key, err error) {
	if request.KeyID != "" {
		key, err := s.key(ctx, scope, request.KeyID)
		return []vc.Key{key}, nil, err
	}
	if request.PrivateJWK != nil {
		key, err := s.imported(ctx, scope, request)
		return []vc.Key{key}, []vc.Key{key}, err
	}
	algorithms := request.Algorithms
	if len(algorithms) == 0 {
		algorithms = []vc.Algorithm{request.Algorithm}
	}
	for _, algorithm := range algorithms {
		key, err := s.generate(ctx, scope, request.KeyStore, algorithm)
		if err != nil {
			return nil, nil, err
		}
		fresh = append(fresh, key)
	}
	return fresh, fresh, nil
}

// key reads an existing key of that very scope: not one that is merely seen from it.
func (s *Service) key(ctx context.Context, scope vc.Scope, id string) (key vc.Key, err error) {
	err = s.config.Rows.View(ctx, scope, func(rows Rows) error {
		key, err = rows.Key(id)
		return err
	})
	if vc.KindOf(err) == vc.NotFound || err == nil && key.Scope != scope {
		err = vc.Errorf(vc.NotFound, "key-not-found", "there is no such key").At("/keyId").Because(err)
	}
	return key, err
}

// imported takes a private key into its key store. An algorithm that was named must be the key's.
func (s *Service) imported(ctx context.Context, scope vc.Scope, request CreateRequest) (vc.Key, error) {
	name, from, err := s.keyStore(request.KeyStore)
	if err != nil {
		return vc.Key{}, err
	}
	importer, ok := from.(keys.Importer)
	if !ok {
		return vc.Key{}, vc.Errorf(vc.Unsupported, "import-not-supported", "this key store takes no private keys from outside").At("/keyStore")
	}
	key, err := importer.Import(ctx, scope, request.PrivateJWK)
	if err != nil {
		return vc.Key{}, err
	}
	if request.Algorithm != "" && request.Algorithm != key.Algorithm {
		return vc.Key{}, vc.Errorf(vc.Invalid, "algorithm-mismatch", "the private key is not of this algorithm").At("/algorithm")
	}
	key.Store = name
	return key, nil
}

// particular is a method whose DIDs have keys of one algorithm alone.
type particular interface{ Algorithm() vc.Algorithm }

// algorithm is that of a new key of a DID method where none is named.
func (s *Service) algorithm(method string, named vc.Algorithm) vc.Algorithm {
	if only, ok := s.methods[method].(particular); ok && named == "" {
		return only.Algorithm()
	}
	if named == "" {
		return vc.Ed25519
	}
	return named
}

// generate makes a key in a key store; "" are the defaults.
func (s *Service) generate(ctx context.Context, scope vc.Scope, storeName string, algorithm vc.Algorithm) (vc.Key, error) {
	if algorithm == "" {
		algorithm = vc.Ed25519
	}
	name, in, err := s.keyStore(storeName)
	if err != nil {
		return vc.Key{}, err
	}
	key, err := in.Generate(ctx, scope, algorithm)
	key.Store = name
	return key, err
}

// keyStore finds a key store by name.
func (s *Service) keyStore(name string) (string, keys.Store, error) {
	if name == "" {
		name = DefaultKeys
	}
	found, ok := s.config.Keys[name]
	if !ok {
		return "", nil, vc.Errorf(vc.Invalid, "key-store-unknown", "there is no such key store").At("/keyStore")
	}
	return name, found, nil
}

// bind makes a key one of an identity's, active and for everything.
func bind(identity vc.Identity, key vc.Key, method string, at time.Time) vc.IdentityKey {
	return vc.IdentityKey{
		Identity: identity.ID, Key: key, Method: method, Purposes: did.Purposes(),
		State: vc.KeyActive, AddedAt: at, ChangedAt: at,
	}
}

// insertKey writes a key and the journal's word of it.
func (s *Service) insertKey(rows Rows, by vc.Caller, key vc.Key) error {
	if err := rows.InsertKey(key); err != nil {
		return err
	}
	return rows.Append(s.entry(by, key.Scope, "key.created", "key/"+key.ID, "alg="+string(key.Algorithm)+" store="+key.Store))
}

// entry is the journal's word of an act, for the audit alone.
func (s *Service) entry(by vc.Caller, scope vc.Scope, action, object, detail string) vc.Entry {
	return vc.Entry{
		ID: newID(), Scope: scope, At: s.now(), Action: action, Principal: by.Principal, Door: by.Door,
		Request: by.Request, Object: object, Detail: detail,
	}
}

// told is the journal's word of an act on an identity, for subscribers too.
func (s *Service) told(by vc.Caller, identity vc.Identity, action, detail string) vc.Entry {
	e := s.entry(by, identity.Scope, action, "identity/"+identity.ID, detail)
	e.Event, e.Subject = true, identity.ID
	e.Data, _ = json.Marshal(map[string]string{"id": identity.ID, "did": identity.DID}) // strings do not fail
	return e
}

// newID gives a UUIDv7.
func newID() string { return uuid.Must(uuid.NewV7()).String() }
