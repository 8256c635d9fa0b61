package issuer

import (
	"time"

	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/work"
)

// Rows are the rows of issuing.
type Rows interface {
	journal.Appender
	work.Enqueuer

	Tenant() (vc.Tenant, error)
	Organisation(id string) (vc.Organisation, error)

	// InsertCredential writes a credential with its status entries; Conflict "duplicate" when an index is used.
	InsertCredential(vc.Credential) error
	Credential(id string) (vc.Credential, error)
	// CredentialForUpdate is Credential, and no other transaction changes the row before this one ends.
	CredentialForUpdate(id string) (vc.Credential, error)
	// UpdateCredential writes state, standing, method, algorithm, body, digest, expiry, erasure and changed at.
	UpdateCredential(vc.Credential) error
	// SetStanding writes standing and changed at of a credential that is as was has it, else Conflict "stale".
	SetStanding(was vc.Credential, standing vc.Standing, changedAt time.Time) error
	Credentials(vc.CredentialQuery) ([]vc.Credential, error)
	CountCredentials(vc.CredentialQuery) (int, error) // of the whole list, whatever the page

	AppendStatusChange(vc.StatusChange) error
	LastStatusChange(list string, index int64) (vc.StatusChange, error)
	// ForgetReasons empties the reasons of an entry's changes; the changes stay.
	ForgetReasons(list string, index int64) error

	Publication(id string) (vc.Publication, error)
	// PublicationForUpdate is Publication, and no other transaction changes the row before this one ends.
	PublicationForUpdate(id string) (vc.Publication, error)
	PublicationOfList(list string) (vc.Publication, error) // for update too
	Publications(typeID string, page vc.Page) ([]vc.Publication, error)
	UpdatePublication(vc.Publication) error // Conflict "stale" unless the stored revision is one less
	CountStatusChanges(list string) (int64, error)
	UpdateLedgerTransaction(vc.LedgerTransaction) error // Conflict "stale" unless the stored revision is one less

	// Idempotency finds an answer that has not expired.
	Idempotency(digest []byte, now time.Time) (vc.Idempotency, error)
	// InsertIdempotency keeps an answer; Conflict "duplicate" when the digest has one that has not expired.
	InsertIdempotency(vc.Idempotency) error

	InsertOffering(vc.Offering) error // and its public handle; Conflict "schema-withdrawn" for a version that was withdrawn
	Offering(id string) (vc.Offering, error)
	// OfferingForUpdate is Offering, and no other transaction changes the row before this one ends.
	OfferingForUpdate(id string) (vc.Offering, error)
	UpdateOffering(vc.Offering) error // redeemed, withdrawn at, body, body key
	Offerings(vc.OfferingQuery) ([]vc.Offering, error)
	CountOfferings(vc.OfferingQuery) (int, error)
	InsertRedemption(vc.Redemption) error
	Redemptions(offering string, page vc.Page) ([]vc.Redemption, error)

	// InsertExchange writes an exchange; Conflict "duplicate" when its thread or its credential has one.
	InsertExchange(vc.Exchange) error
	// UpdateExchange writes state, hold, credential, held, error, pocket, body, body key, updated and expires at; Conflict
	// "stale" unless the stored revision is one less.
	UpdateExchange(vc.Exchange) error
	Exchange(id string) (vc.Exchange, error)
	ExchangeForUpdate(id string) (vc.Exchange, error)
	ExchangeOfCredential(credential string) (vc.Exchange, error)
	Exchanges(vc.ExchangeQuery) ([]vc.Exchange, error)
	CountExchanges(vc.ExchangeQuery) (int, error)
	// ForgetExchange destroys what an exchange says, with the letters about it that have not gone and the notices; the row stays.
	ForgetExchange(vc.Exchange) error
}
