package identity

import (
	"context"
	"encoding/json"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// ResourcePurpose is the purpose of ledger transactions that store resources: [Service.FinishResource] ends them.
const ResourcePurpose = "resource"

// PublishResource stores a resource of an identity, by its id or DID, on the ledger that its DID is on, and gives it as it is
// there. One of the same name and type becomes its version before. It is public for ever: whoever calls answers for what is in
// it. Errors: Unsupported "resources-not-offered" where the DID is on no ledger that has them; Conflict "key-elsewhere",
// "identity-deactivated"; Denied "not-yours"; those of [did.Library] and of the ledger, as a change of an identity has them.
func (s *Service) PublishResource(ctx context.Context, by vc.Caller, owner string, resource did.LinkedResource) (did.LinkedResource, error) {
	identity, err := s.Get(ctx, by.Scope, owner)
	if err != nil {
		return did.LinkedResource{}, err
	}
	if err := mayChange(by, identity); err != nil {
		return did.LinkedResource{}, err
	}
	library, recording, err := s.recordResource(identity, resource)
	if err != nil {
		return did.LinkedResource{}, err
	}
	entry := s.entry(by, identity.Scope, "identity.resource-published", "identity/"+identity.ID, "resource="+recording.Version)
	if err := s.journaled(ctx, library, recording, identity.Scope, ResourcePurpose, entry, nil); err != nil {
		return did.LinkedResource{}, err
	}
	return library.Resource(ctx, did.ResourceQuery{DID: identity.DID, ID: recording.Version})
}

func (s *Service) recordResource(identity vc.Identity, resource did.LinkedResource) (did.Library, did.Recording, error) {
	library, ok := s.methods[identity.Method].(did.Library)
	switch {
	case !ok:
		return nil, did.Recording{}, vc.Errorf(vc.Unsupported, "resources-not-offered", "a did:%s has no resources", identity.Method)
	case keysElsewhere(identity):
		return nil, did.Recording{}, vc.Errorf(vc.Conflict, "key-elsewhere", "the keys of this identity are not here")
	case !identity.DeactivatedAt.IsZero():
		return nil, did.Recording{}, deactivated()
	}
	recording, err := library.RecordResource(identity, resource)
	return library, recording, err
}

// SendPublication journals the next version of a publication, to be sent by whoever sends journaled transactions: it does not
// wait for the ledger. p is written with the transaction, of the given purpose, whose intent is the publication's id. Errors: those
// of [Service.PublishResource]; Conflict "stale" where p was changed meanwhile.
func (s *Service) SendPublication(ctx context.Context, p vc.Publication, purpose, version string, content []byte) error {
	identity, err := s.Get(ctx, vc.Scope{Tenant: p.Scope.Tenant}, p.Identity)
	if err != nil {
		return err
	}
	library, recording, err := s.recordResource(identity, did.LinkedResource{Name: p.Name, Type: p.Resource, Version: version, Data: content})
	if err != nil {
		return err
	}
	want := vc.LedgerTransaction{Scope: identity.Scope, Purpose: purpose, Intent: []byte(p.ID), Ceiling: p.Ceiling}
	_, err = s.journal(ctx, library, recording, want, func(rows Rows, tx vc.LedgerTransaction) error {
		sent := p
		sent.Transaction, sent.Revision = tx.ID, p.Revision+1
		return rows.UpdatePublication(sent)
	})
	return err
}

// LedgerTransaction gives a journaled transaction. NotFound.
func (s *Service) LedgerTransaction(ctx context.Context, scope vc.Scope, id string) (tx vc.LedgerTransaction, err error) {
	err = s.config.Rows.View(ctx, scope, func(rows Rows) (err error) {
		tx, err = rows.LedgerTransaction(id)
		return err
	})
	return tx, err
}

// FinishResource notes a resource that the ledger has, together with the end of its transaction.
func (s *Service) FinishResource(ctx context.Context, tx vc.LedgerTransaction) error {
	var entry vc.Entry
	if err := json.Unmarshal(tx.Intent, &entry); err != nil {
		return vc.Errorf(vc.Internal, "intent", "a journaled resource cannot be read").Because(err)
	}
	tx.Intent, tx.Message, tx.Raw = nil, nil, nil
	return s.config.Rows.Update(ctx, tx.Scope, func(rows Rows) error {
		entry.At = s.now()
		if err := rows.Append(entry); err != nil {
			return err
		}
		return rows.UpdateLedgerTransaction(tx)
	})
}

// Resource fetches a resource of any DID from the ledger that it is on. It asks the network, so it must not be called inside a
// transaction. Errors are those of [did.Library], and Unsupported "resources-not-offered".
func (s *Service) Resource(ctx context.Context, query did.ResourceQuery) (did.LinkedResource, error) {
	parsed, err := diddoc.ParseDID(query.DID)
	if err != nil {
		return did.LinkedResource{}, did.Invalid(err)
	}
	library, ok := s.methods[parsed.Method].(did.Library)
	if !ok {
		return did.LinkedResource{}, vc.Errorf(vc.Unsupported, "resources-not-offered", "a did:%s has no resources", parsed.Method)
	}
	return library.Resource(ctx, query)
}
