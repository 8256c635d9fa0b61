package sql

import (
	"context"
	"encoding/binary"
	"log/slog"
	"os"
	"sync"
	"time"

	"modernc.org/sqlite"

	"github.com/chancery-vc/chancery/internal/vc"
)

// SQLite's log, https://www.sqlite.org/wal.html, grows with every commit until it is copied into the database. Left to
// itself SQLite does that within a commit, which then takes tens of milliseconds. Here a connection of its own
// copies most of it beside the writer, and the writer only the rest, which lets the log begin anew.
//
// Figures are frames, of 4 KiB.
const (
	logCopy  = 4000  // not yet copied: the copier begins
	logRest  = 500   // not yet copied: little enough for the writer
	logAnew  = 12000 // length from which the log should begin anew
	logLimit = 64000 // length at which the writer waits for readers to let go of it
)

// copier copies the log beside the writer.
type copier struct {
	session *sqliteSession
	index   *os.File // the index of the log; its first 136 bytes are a documented header
	log     *slog.Logger
	mu      sync.Mutex // one copies at a time
	wake    chan struct{}
	stop    chan struct{}
	done    chan struct{}
}

func startCopier(ctx context.Context, dsn, path string, log *slog.Logger) (*copier, error) {
	connector, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	conn, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	c := &copier{
		session: &sqliteSession{conn: conn, statements: map[string]*sqliteStatement{}}, log: log,
		wake: make(chan struct{}, 1), stop: make(chan struct{}), done: make(chan struct{}),
	}
	// A look at the log makes its index.
	if err := c.session.query(`SELECT count(*) FROM sqlite_schema`, nil, func(row) error { return nil }); err != nil {
		_ = c.session.close()
		return nil, err
	}
	if c.index, err = os.Open(path + "-shm"); err != nil {
		_ = c.session.close()
		return nil, err
	}
	go c.run()
	return c, nil
}

func (c *copier) run() {
	defer close(c.done)
	for {
		select {
		case <-c.stop:
			return
		case <-c.wake:
		}
		for range 3 { // meanwhile the log grows; each time less is left
			if err := c.copy(c.session, "PASSIVE"); err != nil {
				c.log.Warn("copying the log", "error", err)
				break
			}
			if length, copied := c.length(); length-copied < logRest {
				break
			}
		}
	}
}

// copy moves as much as mode allows; it is not an error when that is not all.
func (c *copier) copy(s *sqliteSession, mode string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return s.query("PRAGMA wal_checkpoint("+mode+")", nil, func(row) error { return nil })
}

// length reads how long the log is and how much of it was copied: mxFrame and nBackfill of the index's header,
// https://www.sqlite.org/walformat.html §2.1. A torn read does no harm.
func (c *copier) length() (length, copied int) {
	var header [100]byte
	if _, err := c.index.ReadAt(header[:], 0); err != nil {
		return 0, 0
	}
	return int(binary.NativeEndian.Uint32(header[16:])), int(binary.NativeEndian.Uint32(header[96:]))
}

// rest is called by the writer between transactions, when everybody has been answered.
func (c *copier) rest(writer *sqliteSession) {
	length, copied := c.length()
	left := length - copied
	switch {
	case length > logLimit:
		if err := c.copy(writer, "RESTART"); err != nil {
			c.log.Warn("copying the log", "error", err)
		}
	case length > logAnew && left > 0 && left < logRest:
		if err := c.copy(writer, "PASSIVE"); err != nil {
			c.log.Warn("copying the log", "error", err)
		}
	case left > logCopy:
		select {
		case c.wake <- struct{}{}:
		default:
		}
	}
}

// empty copies everything and cuts the log to nothing, waiting for readers.
func (c *copier) empty(writer *sqliteSession) error {
	for try := range 5 {
		if try > 0 {
			time.Sleep(20 * time.Millisecond) // another process is copying
		}
		// A connection that has not looked since another wrote would wait for itself.
		if err := writer.begin(); err != nil {
			return err
		}
		if err := writer.rollback(); err != nil {
			return err
		}
		c.mu.Lock()
		var busy int64
		err := writer.query("PRAGMA wal_checkpoint(TRUNCATE)", nil, func(r row) error {
			var pages, moved int64
			return r.Scan(&busy, &pages, &moved)
		})
		c.mu.Unlock()
		if err != nil || busy == 0 {
			return err
		}
	}
	return vc.Errorf(vc.Unavailable, "busy", "the log is in use")
}

func (c *copier) close() error {
	close(c.stop)
	<-c.done
	_ = c.index.Close()
	return c.session.close()
}
