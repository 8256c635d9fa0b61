package holder

import (
	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/work"
)

// Rows are the rows of wallets.
type Rows interface {
	journal.Appender
	work.Enqueuer

	InsertHeld(vc.HeldCredential) error // Conflict "duplicate" when the scope has one with that digest
	UpdateHeld(vc.HeldCredential) error // standing, seen at
	DeleteHeld(id string) error
	DeleteAllHeld() (int, error) // of exactly the scope
	Held(id string) (vc.HeldCredential, error)
	HeldOf(digest []byte) (id string, err error) // in exactly the scope
	HeldCredentials(vc.HeldQuery) ([]vc.HeldCredential, error)
	CountHeld(vc.HeldQuery) (int, error)

	InsertExchange(vc.Exchange) error
	UpdateExchange(vc.Exchange) error
	Exchange(id string) (vc.Exchange, error)
	ExchangeForUpdate(id string) (vc.Exchange, error)

	InsertReply(vc.Reply) error // Conflict "duplicate" when its thread has one
	// UpdateReply writes state, identity, error, pocket, body, body key and updated at; Conflict "stale" unless the stored
	// revision is one less.
	UpdateReply(vc.Reply) error
	Reply(id string) (vc.Reply, error)
	ReplyForUpdate(id string) (vc.Reply, error)

	Identities(vc.ListQuery) ([]vc.Identity, error)
}
