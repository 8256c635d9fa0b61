package sql_test

import (
	"testing"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/did/cheqd"
	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/internal/notify"
	"github.com/chancery-vc/chancery/internal/status"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/internal/work"
)

// A transaction has the rows of every desk, and a database is what the services ask for.
var (
	_ access.Rows       = (*sql.Tx)(nil)
	_ agent.Rows        = (*sql.Tx)(nil)
	_ catalog.Rows      = (*sql.Tx)(nil)
	_ cheqd.Rows        = (*sql.Tx)(nil)
	_ holder.Rows       = (*sql.Tx)(nil)
	_ identity.Rows     = (*sql.Tx)(nil)
	_ issuer.Rows       = (*sql.Tx)(nil)
	_ journal.Rows      = (*sql.Tx)(nil)
	_ notify.Rows       = (*sql.Tx)(nil)
	_ status.Rows       = (*sql.Tx)(nil)
	_ verifier.Rows     = (*sql.Tx)(nil)
	_ work.Enqueuer     = (*sql.Tx)(nil)
	_ store.Directory   = (*sql.DB)(nil)
	_ journal.Sequencer = (*sql.DB)(nil)
	_ work.Lender       = (*sql.DB)(nil)
	_ notify.Lender     = (*sql.DB)(nil)
	_ cheqd.Queue       = (*sql.DB)(nil)
	_ agent.Sweeper     = (*sql.DB)(nil)
)

func TestSQLite(t *testing.T) {
	storetest.Run(t, storetest.Fresh)
}

func TestPostgres(t *testing.T) {
	storetest.Run(t, storetest.FreshPostgres)
}
