package identity

import (
	"context"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
)

// foremostPlace is a question to Foremost.
type foremostPlace struct {
	scope  vc.Scope
	method string
}

// Foremost gives the identity that speaks for a scope where a protocol knows one issuer alone: the newest of a DID method, else
// the oldest, of those that issue and have a key that signs. An organisation's own go before its tenant's. [vc.Invalid]
// "no-identity" where there is none. It is as stale as [Service.SigningKey] is.
func (s *Service) Foremost(ctx context.Context, scope vc.Scope, method string) (vc.Identity, error) {
	place := foremostPlace{scope, method}
	if known, ok := s.foremost.get(place); ok {
		return known, nil
	}
	generation := s.foremost.generation()
	// Own ones and the tenant's: the oldest of all, and the newest of the method, which comes last.
	var own, shared struct{ oldest, newest *vc.Identity }
	err := s.config.Rows.View(ctx, scope, func(rows Rows) error {
		return issuing(rows, func(identity vc.Identity) bool {
			if _, signs := newestActive(identity); !signs {
				return true
			}
			side := &own
			if identity.Scope != scope {
				side = &shared
			}
			if side.oldest == nil {
				side.oldest = &identity
			}
			if identity.Method == method {
				side.newest = &identity
			}
			return true
		})
	})
	if err != nil {
		return vc.Identity{}, err
	}
	for _, chosen := range []*vc.Identity{own.newest, own.oldest, shared.newest, shared.oldest} {
		if chosen != nil {
			s.foremost.put(place, *chosen, stale, generation)
			return *chosen, nil
		}
	}
	return vc.Identity{}, noIdentity()
}

// issuing goes through the active identities that a scope sees and that issue, oldest first, until next says no.
func issuing(rows Rows, next func(vc.Identity) bool) error {
	const page = 500
	archived := false
	q := vc.ListQuery{Page: vc.Page{Ascending: true, Limit: page}, Archived: &archived, Uses: []vc.IdentityUse{vc.UseIssuing, vc.UseAgent}}
	for {
		all, err := rows.Identities(q)
		if err != nil {
			return err
		}
		for _, identity := range all {
			if !next(identity) {
				return nil
			}
		}
		if len(all) < page {
			return nil
		}
		q.Page.After = all[len(all)-1].ID
	}
}

func noIdentity() error {
	return vc.Errorf(vc.Invalid, "no-identity", "there is no identity to issue with yet").At("/issuer")
}

// Address gives the account of an identity's first key that has one, as ledgers that count in Ethereum's way name it: 0x and
// 40 hexadecimal digits. [vc.NotFound] "no-address", and "identity-not-found".
func (s *Service) Address(ctx context.Context, scope vc.Scope, idOrDID string) (string, error) {
	identity, err := s.Get(ctx, scope, idOrDID)
	if err != nil {
		return "", err
	}
	for _, key := range identity.Keys {
		if key.State != vc.KeyActive {
			continue
		}
		for _, method := range s.config.Methods {
			if addresser, ok := method.(did.Addresser); ok {
				if address, ok := addresser.Address(key.Key); ok {
					return address, nil
				}
			}
		}
	}
	return "", vc.Errorf(vc.NotFound, "no-address", "no key of the identity has an address on a ledger")
}

// Certify gives the document of a DID that follows from a key, where one of the keys is that. It is for a DID of which nobody has
// a document, and of which none was found where there is a ledger to ask: once a ledger knows the DID its first key proves nothing
// ([Service.Ledger]).
func (s *Service) Certify(didText string, keys []jose.PublicKey) (diddoc.Document, bool) {
	parsed, err := diddoc.ParseDID(didText)
	if err != nil || len(didText) > maxDID {
		return diddoc.Document{}, false
	}
	certifier, ok := s.methods[parsed.Method].(did.Certifier)
	if !ok {
		return diddoc.Document{}, false
	}
	for _, key := range keys {
		if document, ok := certifier.Certify(didText, key); ok {
			return document, true
		}
	}
	return diddoc.Document{}, false
}

// Ledger says whether there is a ledger to ask for a DID that follows from a key. Where there is none, that such a DID does not
// resolve says nothing about its key.
func (s *Service) Ledger(didText string) bool {
	parsed, err := diddoc.ParseDID(didText)
	if err != nil {
		return false
	}
	method, ok := s.methods[parsed.Method].(derived)
	return ok && method.Ledger(didText)
}
