package agent_test

import (
	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

// master is a key of the journal's.
type master struct{}

func (master) MACKey(use string) (string, []byte)    { return "m", []byte(use) }
func (master) MACKeyOf(_, use string) ([]byte, bool) { return []byte(use), true }

// journal are the events of an end, oldest first.
func (e *end) journal() []vc.Entry {
	e.Helper()
	publisher := &journal.Publisher{Sequencer: e.db, Masters: master{}}
	for {
		n, err := publisher.Publish(e.Context())
		fine(e.T, err)
		if n == 0 {
			break
		}
	}
	reader := &journal.Reader{Rows: sql.For[journal.Rows](e.db), Publisher: publisher}
	entries, err := reader.Events(e.Context(), e.by.Scope, 0, 1000)
	fine(e.T, err)
	return entries
}
