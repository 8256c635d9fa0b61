package sql

// The condition of an organisation's rows on each engine, whose plans are tested.
const (
	SQLiteOffice   = sqliteOffice
	PostgresOffice = pgOffice
)
