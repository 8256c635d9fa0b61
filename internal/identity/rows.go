package identity

import (
	"time"

	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Rows are the rows of identities and their keys.
type Rows interface {
	journal.Appender

	InsertIdentity(vc.Identity) error // with its keys and its handles (did, and web where the method is web)
	UpdateIdentity(vc.Identity) error // Conflict "stale" unless the stored revision is one less; keys are merged by method id
	Identity(id string) (vc.Identity, error)
	IdentityByDID(did string) (vc.Identity, error)
	Identities(vc.ListQuery) ([]vc.Identity, error)
	CountIdentities(vc.ListQuery) (int, error) // of the whole list, whatever the page

	InsertDIDRegistration(vc.DIDRegistration) error
	// DIDRegistration gives one that has not expired.
	DIDRegistration(id string, now time.Time) (vc.DIDRegistration, error)
	DeleteDIDRegistration(id string) error
	InsertKey(vc.Key) error
	Key(id string) (vc.Key, error)
	Keys(vc.ListQuery) ([]vc.Key, error)

	Tenant() (vc.Tenant, error) // of the transaction's scope

	InsertLedgerTransaction(vc.LedgerTransaction) error // Conflict "duplicate" where its object has an open one
	UpdateLedgerTransaction(vc.LedgerTransaction) error // Conflict "stale" unless the stored revision is one less
	UpdatePublication(vc.Publication) error             // Conflict "stale" unless the stored revision is one less
	LedgerTransaction(id string) (vc.LedgerTransaction, error)
	// OpenLedgerTransaction gives the open one of an object, on whatever ledger for "".
	OpenLedgerTransaction(ledger, object string) (vc.LedgerTransaction, error)
}
