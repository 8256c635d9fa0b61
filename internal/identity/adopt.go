package identity

import (
	"bytes"
	"context"
	"slices"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
)

// Adopt makes an agent's identity of a DID that is on a ledger already and whose keys are all among those of the caller's scope.
// The document is the ledger's; the one that is given says only which DID it is, and must have no key that the ledger has not.
//
// Errors are those of [Service.Resolve]; Invalid "document-malformed"; Unsupported "adoption-not-offered" for a DID of another
// kind, or one of whose document something would be lost; Conflict "did-registered", "identity-deactivated", "document-differs",
// "key-elsewhere".
func (s *Service) Adopt(ctx context.Context, by vc.Caller, document []byte) (vc.Identity, error) {
	given, err := diddoc.Parse(document)
	if err != nil {
		return vc.Identity{}, malformed("", "this is no DID document").Because(err)
	}
	parsed, err := diddoc.ParseDID(given.ID)
	if err != nil {
		return vc.Identity{}, did.Invalid(err)
	}
	method := s.methods[parsed.Method]
	rotator, rotates := method.(did.Rotator)
	if _, ok := method.(did.Recorder); !ok || !rotates {
		return vc.Identity{}, vc.Errorf(vc.Unsupported, "adoption-not-offered", "only a DID on a ledger is imported")
	}
	if known, err := s.own(ctx, given.ID); err != nil || known.found {
		return vc.Identity{}, registered(err)
	}
	resolution, err := method.Resolve(ctx, given.ID) // as it is now, and not as it was kept
	if err != nil {
		return vc.Identity{}, err
	}
	if resolution.Metadata.Deactivated {
		return vc.Identity{}, deactivated()
	}
	identity := vc.Identity{
		ID: newID(), Scope: by.Scope, DID: given.ID, Method: parsed.Method, Use: vc.UseAgent,
		CreatedBy: by.Principal, UpdatedBy: by.Principal, Revision: 1, CreatedAt: s.now(),
	}
	identity.UpdatedAt = identity.CreatedAt
	if err := s.adopted(ctx, &identity, given, resolution.Document); err != nil {
		return vc.Identity{}, err
	}
	if identity.Document, err = rotator.Document(identity); err != nil {
		return vc.Identity{}, err
	}
	if err := lossless(resolution.Document, identity); err != nil {
		return vc.Identity{}, err
	}
	err = s.config.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		if err := rows.InsertIdentity(identity); err != nil {
			return err
		}
		return rows.Append(s.told(by, identity, "identity.created", "did="+identity.DID+" adopted"))
	})
	if e, ok := asError(err); ok && e.Code == "duplicate" {
		err = registered(err)
	}
	if err != nil {
		return vc.Identity{}, err
	}
	s.changed(identity)
	s.others.drop(func(text string) bool { return text == identity.DID })
	return identity, nil
}

// adopted gives an identity the keys and services of a ledger's document.
func (s *Service) adopted(ctx context.Context, identity *vc.Identity, given diddoc.Document, document []byte) error {
	on, err := diddoc.Parse(document)
	if err != nil || len(on.VerificationMethods) == 0 {
		return vc.Errorf(vc.Conflict, "key-elsewhere", "the DID's document has no keys").Because(err)
	}
	for _, m := range given.VerificationMethods {
		there, _ := on.Method(m.ID)
		key, err := m.PublicKey()
		if has, other := there.PublicKey(); err != nil || other != nil || !key.Equal(has) {
			return vc.Errorf(vc.Conflict, "document-differs", "the ledger has no such key: %s", m.ID).Because(err)
		}
	}
	held, err := s.held(ctx, identity.Scope)
	if err != nil {
		return err
	}
	for _, m := range on.VerificationMethods {
		public, err := m.PublicKey()
		key, ok := vc.Key{}, false
		if err == nil {
			key, ok = held[public.Thumbprint()]
		}
		if !ok || m.Controller != identity.DID {
			return vc.Errorf(vc.Conflict, "key-elsewhere", "the key of %s is not here", m.ID).Because(err)
		}
		bound := bind(*identity, key, m.ID, identity.CreatedAt)
		bound.Type, bound.Purposes = m.Type, nil
		for _, purpose := range did.Purposes() {
			if slices.Contains(on.Relationships[diddoc.Relationship(purpose)], m.ID) {
				bound.Purposes = append(bound.Purposes, purpose)
			}
		}
		identity.Keys = append(identity.Keys, bound)
	}
	identity.Services, err = services(document, identity.DID)
	return err
}

// held are the keys of a scope by thumbprint.
func (s *Service) held(ctx context.Context, scope vc.Scope) (map[string]vc.Key, error) {
	held := map[string]vc.Key{}
	q := vc.ListQuery{Page: vc.Page{Limit: 1000}}
	for {
		page, err := s.Keys(ctx, scope, q)
		if err != nil {
			return nil, err
		}
		for _, key := range page {
			if public, err := jose.ParseJWK(key.PublicJWK); err == nil && key.Scope == scope {
				held[public.Thumbprint()] = key
			}
		}
		if len(page) < q.Page.Limit {
			return held, nil
		}
		q.Page.After = page[len(page)-1].ID
	}
}

// lossless refuses a document of which the next change would lose something: what an identity does not keep.
func lossless(document []byte, identity vc.Identity) error {
	refused := vc.Errorf(vc.Unsupported, "adoption-not-offered", "the DID's document says what is not kept here")
	on, err := diddoc.Parse(document)
	if err != nil || len(on.AlsoKnownAs) > 0 || slices.ContainsFunc(on.Controller, func(c string) bool { return c != identity.DID }) {
		return refused.Because(err)
	}
	if err := sameKeys(document, identity.Document); err != nil {
		return refused.Because(err)
	}
	kept, err := diddoc.Parse(identity.Document)
	if err != nil || !slices.EqualFunc(on.Services, kept.Services, func(a, b diddoc.Service) bool { return bytes.Equal(a.Raw, b.Raw) }) {
		return refused.Because(err)
	}
	return nil
}
