package journal

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Appender writes journal entries in the transaction of the act they tell of. Position and Hash are ignored.
type Appender interface {
	Append(vc.Entry) error
}

// Rows reads a scope's journal. Both lists run by Position, from the one after the given.
type Rows interface {
	Events(after int64, limit int) ([]vc.Entry, error)
	AuditEntries(after int64, limit int) ([]vc.Entry, error)
	AuditHead() (vc.AuditHead, error) // NotFound when nothing was published yet
}

// Sequencer gives positions to entries that have none, oldest first, at most max, under a lock that one publisher
// of all servers holds: fn gets the entries and the present head of each tenant among them, and returns the
// entries with Position and Hash set and the new heads, which are stored in the same transaction. It returns how
// many entries there were.
type Sequencer interface {
	Sequence(ctx context.Context, max int, fn func([]vc.Entry, map[string]vc.AuditHead) ([]vc.Entry, []vc.AuditHead, error)) (int, error)
}
