package access

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/jose"
)

// ring holds the keys of access tokens, oldest first. Any of them verifies; the newest signs, so that servers which
// made one each at their first start agree as soon as they have read both.
type ring struct {
	keys   []vc.Key
	public map[string]jose.PublicKey // by kid, the key's id
	at     time.Time
}

// rereadAfter is how old a ring must be before an unknown kid makes it be read again.
const rereadAfter = 50 * time.Millisecond

func (s *Service) ring(ctx context.Context) (ring, error) {
	return s.rings.get(ctx, "", func(ctx context.Context) (ring, error) {
		out := ring{public: map[string]jose.PublicKey{}, at: s.now()}
		err := s.rows.View(ctx, vc.Scope{}, func(r Rows) (err error) {
			out.keys, err = r.Keys(vc.ListQuery{Page: vc.Page{Limit: 1000}})
			return err
		})
		if err != nil {
			return ring{}, err
		}
		slices.SortFunc(out.keys, func(a, b vc.Key) int {
			return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
		})
		for _, key := range out.keys {
			public, err := jose.ParseJWK(key.PublicJWK)
			if err != nil {
				return ring{}, err
			}
			out.public[key.ID] = public
		}
		return out, nil
	})
}

// tokenKey gives the key of a kid; Unauthenticated when there is none, another server's newest included.
func (s *Service) tokenKey(ctx context.Context, kid string) (jose.PublicKey, error) {
	known, err := s.ring(ctx)
	if err != nil {
		return jose.PublicKey{}, err
	}
	if _, ok := known.public[kid]; !ok && isID(kid) && s.now().Sub(known.at) > rereadAfter {
		s.rings.forget("")
		if known, err = s.ring(ctx); err != nil {
			return jose.PublicKey{}, err
		}
	}
	key, ok := known.public[kid]
	if !ok {
		return jose.PublicKey{}, unauthenticated()
	}
	return key, nil
}

// signingKey gives the newest key, and makes the first.
func (s *Service) signingKey(ctx context.Context) (vc.Key, error) {
	known, err := s.ring(ctx)
	if err != nil {
		return vc.Key{}, err
	}
	if len(known.keys) == 0 {
		if err := s.firstKey(ctx); err != nil {
			return vc.Key{}, err
		}
		s.rings.forget("")
		if known, err = s.ring(ctx); err != nil {
			return vc.Key{}, err
		}
	}
	return known.keys[len(known.keys)-1], nil
}

func (s *Service) firstKey(ctx context.Context) error {
	key, err := s.keys.Generate(ctx, vc.Scope{}, vc.Ed25519)
	if err != nil {
		return err
	}
	return s.rows.Update(ctx, vc.Scope{}, func(r Rows) error {
		others, err := r.Keys(vc.ListQuery{Page: vc.Page{Limit: 1}})
		if err != nil || len(others) > 0 {
			return err
		}
		if err := r.InsertKey(key); err != nil {
			return err
		}
		return r.Append(s.entry(system(), vc.Scope{}, "key.created", "key/"+key.ID, "use=access-token"))
	})
}

// JWKS gives the public keys of access tokens as a JWK Set (RFC 7517 §5). It is empty until the first token.
func (s *Service) JWKS(ctx context.Context) ([]byte, error) {
	known, err := s.ring(ctx)
	if err != nil {
		return nil, err
	}
	set := struct {
		Keys []map[string]any `json:"keys"`
	}{[]map[string]any{}}
	for _, key := range known.keys {
		jwk := map[string]any{}
		if err := json.Unmarshal(known.public[key.ID].JWK(), &jwk); err != nil {
			return nil, err
		}
		jwk["kid"], jwk["use"], jwk["alg"] = key.ID, "sig", jose.EdDSA
		set.Keys = append(set.Keys, jwk)
	}
	return json.Marshal(set)
}
