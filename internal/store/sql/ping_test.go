package sql_test

import (
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/internal/store/pgtest"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
)

// A database that has stopped answering, without closing a connection, is told from one that answers.
func TestPing(t *testing.T) {
	var road sync.RWMutex // while it is held nothing passes to the database
	dsn := throttled(t, pgtest.New(t), &road)
	db := storetest.Open(t, dsn)
	road.Lock()
	err := db.Ping(t.Context())
	road.Unlock()
	if vc.KindOf(err) != vc.Unavailable || err == nil {
		t.Errorf("got %v", err)
	}
	for db.Ping(t.Context()) != nil { // until it answers again
		if t.Context().Err() != nil {
			return
		}
	}
}

// throttled gives a database's URL by way of a relay that passes nothing on while road is held.
func throttled(t *testing.T, dsn string, road *sync.RWMutex) string {
	t.Helper()
	to, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	database := to.Host
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			near, err := listener.Accept()
			if err != nil {
				return
			}
			far, err := net.Dial("tcp", database)
			if err != nil {
				_ = near.Close()
				continue
			}
			go relay(far, near, road)
			go relay(near, far, &sync.RWMutex{})
		}
	}()
	to.Host = listener.Addr().String()
	return to.String()
}

func relay(to, from net.Conn, road *sync.RWMutex) {
	defer func() { _ = to.Close() }()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		road.RLock()
		_, failed := to.Write(buffer[:n])
		road.RUnlock()
		if err != nil || failed != nil {
			return
		}
	}
}
