package local

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"
	lru "github.com/hashicorp/golang-lru/v2"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/jose"
)

// Store is the local key store. All its methods may be called at the same time.
//
// The first use of a tenant writes its data key through [DataKeys], so no method may be called inside a
// transaction.
type Store struct {
	redacted
	master   MasterKeys
	rows     DataKeys
	dataKeys *lru.Cache[string, dataKey]
	opened   *lru.Cache[place, private]
	agreed   *lru.TwoQueueCache[agreement, shared]
}

// New makes a Store.
func New(config Config) (*Store, error) {
	if config.Master.Current.IsZero() {
		return nil, errors.New("the local key store needs a master key")
	}
	if config.Rows == nil {
		return nil, errors.New("the local key store needs rows for its data keys")
	}
	size := config.Cache
	if size <= 0 {
		size = 4096
	}
	dataKeys, err := lru.New[string, dataKey](size)
	if err != nil {
		return nil, err
	}
	opened, err := lru.New[place, private](size)
	if err != nil {
		return nil, err
	}
	agreed, err := lru.New2Q[agreement, shared](max(size, 4)) // it has parts
	if err != nil {
		return nil, err
	}
	return &Store{master: config.Master, rows: config.Rows, dataKeys: dataKeys, opened: opened, agreed: agreed}, nil
}

// MasterKeys are the keys the store was made with, for the database's check value and the MAC keys.
func (s *Store) MasterKeys() MasterKeys { return s.master }

// Generate makes a key pair of the scope; see [keys.Store].
func (s *Store) Generate(ctx context.Context, scope vc.Scope, algorithm vc.Algorithm) (vc.Key, error) {
	k, err := generate(algorithm)
	if err != nil {
		return vc.Key{}, err
	}
	return s.keep(ctx, scope, k)
}

// Import takes a private JWK: OKP Ed25519, EC P-256, P-384 or secp256k1. It fails with [vc.Invalid]
// "private-key-invalid", which tells nothing of the key.
func (s *Store) Import(ctx context.Context, scope vc.Scope, privateJWK []byte) (vc.Key, error) {
	_, raw, err := jose.ParsePrivateJWK(privateJWK)
	if err != nil {
		refusal := vc.Errorf(vc.Invalid, "private-key-invalid",
			"this is not a private JWK of a kind that signs here: OKP Ed25519, EC P-256, P-384 or secp256k1")
		if e, ok := errors.AsType[*jose.Error](err); ok {
			refusal.Pointer = e.Pointer
		}
		return vc.Key{}, refusal
	}
	k, err := newPrivate(raw)
	if err != nil {
		return vc.Key{}, err
	}
	return s.keep(ctx, scope, k)
}

// keep makes the row of a private key.
func (s *Store) keep(ctx context.Context, scope vc.Scope, k private) (vc.Key, error) {
	public, err := jose.Public(k.key())
	if err != nil {
		return vc.Key{}, vc.Errorf(vc.Internal, "key-broken", "a private key has no public half").Because(err)
	}
	id, err := uuid.NewV7()
	if err != nil {
		return vc.Key{}, vc.Errorf(vc.Internal, "no-id", "no id could be made").Because(err)
	}
	data, err := s.dataKey(ctx, scope.Tenant)
	if err != nil {
		return vc.Key{}, err
	}
	key := vc.Key{
		ID: id.String(), Scope: scope, Algorithm: k.algorithm, Store: Name,
		PublicJWK: public.JWK(), CreatedAt: time.Now().UTC().Truncate(time.Microsecond),
	}
	raw := k.bytes()
	defer clear(raw)
	key.Sealed = seal(data.secret[:], raw, boundTo(key))
	return key, nil
}

// Sign signs input; see [keys.Store]. A row whose id, tenant, organisation or algorithm was changed does not open:
// [vc.Internal] "key-not-ours".
func (s *Store) Sign(ctx context.Context, key vc.Key, input []byte) ([]byte, error) {
	k, err := s.open(ctx, key)
	if err != nil {
		return nil, err
	}
	signature, err := jose.Sign(k.key(), k.algorithm.JOSE(), input)
	if err != nil {
		return nil, vc.Errorf(vc.Internal, "signing-failed", "the key did not sign").Because(err)
	}
	return signature, nil
}

// open gives a row's private key, from memory when that very row was opened before.
func (s *Store) open(ctx context.Context, key vc.Key) (private, error) {
	at := placeOf(key)
	if k, ok := s.opened.Get(at); ok {
		return k, nil
	}
	if key.Store != "" && key.Store != Name {
		return private{}, notOurs()
	}
	data, err := s.dataKey(ctx, key.Scope.Tenant)
	if err != nil {
		return private{}, err
	}
	raw, ok := unseal(data.secret[:], key.Sealed, boundTo(key))
	if !ok {
		return private{}, notOurs()
	}
	defer clear(raw)
	k, err := parsePrivate(key.Algorithm, raw)
	if err != nil {
		return private{}, err
	}
	s.opened.Add(at, k)
	return k, nil
}

// place is everything of a row that its sealed key is bound to, and the sealed key: equal places, equal keys.
type place struct {
	id        string
	scope     vc.Scope
	algorithm vc.Algorithm
	sealed    string
}

func placeOf(key vc.Key) place {
	return place{key.ID, key.Scope, key.Algorithm, string(key.Sealed)}
}

// boundTo is the associated data of a sealed private key.
func boundTo(key vc.Key) []byte {
	return joined("chancery private key v1", key.ID, key.Scope.Tenant, key.Scope.Organisation, string(key.Algorithm))
}

func notOurs() error {
	return vc.Errorf(vc.Internal, "key-not-ours", "the private key was not sealed by this key store for this place")
}
