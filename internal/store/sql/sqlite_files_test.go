package sql

import (
	"bytes"
	"context"
	stdsql "database/sql"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"unsafe"

	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/vc"
)

// A file of ours is, read or synced, what one without a layer between would be, however it was written.
func TestFilesKeepWhatIsWritten(t *testing.T) {
	layer, err := newFiles()
	if err != nil {
		t.Fatal(err)
	}
	defer layer.close()
	folder := t.TempDir()
	n := 0
	rapid.Check(t, func(t *rapid.T) {
		n++
		f := openTestFile(t, layer, filepath.Join(folder, fmt.Sprint(n)))
		defer f.close(t)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			switch rapid.SampledFrom([]string{"next", "next", "next", "anywhere", "read", "truncate", "size", "sync"}).Draw(t, "step") {
			case "next":
				f.write(t, f.end, rapid.IntRange(1, 20_000).Draw(t, "length"))
			case "anywhere":
				f.write(t, rapid.IntRange(0, len(f.want)).Draw(t, "offset"), rapid.IntRange(1, gathered+5000).Draw(t, "length"))
			case "read":
				f.read(t)
			case "truncate":
				f.truncate(t, rapid.IntRange(0, len(f.want)).Draw(t, "size"))
			case "size":
				f.size(t)
			case "sync":
				f.sync(t)
			}
		}
	})
}

// testFile is a file opened through the layer, as SQLite does, and what it should hold.
type testFile struct {
	tls     *libc.TLS
	path    string
	address uintptr
	methods *sqlite3.Tsqlite3_io_methods
	space   uintptr // for data
	want    []byte
	end     int // of the last write
	next    byte
}

func (f *testFile) ok(t *rapid.T, rc int32) {
	if rc != sqlite3.SQLITE_OK {
		t.Fatalf("SQLite's files answer %d", rc)
	}
}

func openTestFile(t *rapid.T, layer *files, path string) *testFile {
	f := &testFile{tls: libc.NewTLS(), path: path}
	v := pointed[sqlite3.Tsqlite3_vfs](layer.vfs)
	f.address, f.space = f.memory(int(v.FszOsFile)), f.memory(4*gathered)
	name := f.memory(len(path) + 8) // parameters of a URI would follow the name
	copy(unsafe.Slice(pointed[byte](name), len(path)), path)
	f.ok(t, called[toOpen](v.FxOpen)(f.tls, layer.vfs, name, f.address,
		sqlite3.SQLITE_OPEN_WAL|sqlite3.SQLITE_OPEN_CREATE|sqlite3.SQLITE_OPEN_READWRITE, 0))
	f.methods = pointed[sqlite3.Tsqlite3_io_methods](pointed[sqlite3.Tsqlite3_file](f.address).FpMethods)
	return f
}

func (f *testFile) memory(size int) uintptr {
	address := sqlite3.Xsqlite3_malloc(f.tls, int32(size))
	clear(unsafe.Slice(pointed[byte](address), size))
	return address
}

func (f *testFile) write(t *rapid.T, offset, length int) {
	data := unsafe.Slice(pointed[byte](f.space), length)
	for i := range data {
		f.next++
		data[i] = f.next
	}
	if grown := offset + length - len(f.want); grown > 0 {
		f.want = append(f.want, make([]byte, grown)...)
	}
	copy(f.want[offset:], data)
	f.end = offset + length
	f.ok(t, called[withData](f.methods.FxWrite)(f.tls, f.address, f.space, int32(length), int64(offset)))
}

func (f *testFile) read(t *rapid.T) {
	if len(f.want) == 0 {
		return
	}
	from := rapid.IntRange(0, len(f.want)-1).Draw(t, "from")
	n := rapid.IntRange(1, min(len(f.want)-from, gathered)).Draw(t, "n")
	f.ok(t, called[withData](f.methods.FxRead)(f.tls, f.address, f.space, int32(n), int64(from)))
	if !bytes.Equal(unsafe.Slice(pointed[byte](f.space), n), f.want[from:from+n]) {
		t.Fatal("something else is read than was written")
	}
}

func (f *testFile) truncate(t *rapid.T, size int) {
	f.want, f.end = f.want[:size], size
	f.ok(t, called[func(*libc.TLS, uintptr, int64) int32](f.methods.FxTruncate)(f.tls, f.address, int64(size)))
}

func (f *testFile) size(t *rapid.T) {
	f.ok(t, called[func(_ *libc.TLS, file, size uintptr) int32](f.methods.FxFileSize)(f.tls, f.address, f.space))
	if got := *pointed[int64](f.space); got != int64(len(f.want)) && len(f.want) != 1 { // SQLite takes a file of one byte for empty
		t.Fatalf("the file has %d bytes, not %d", got, len(f.want))
	}
}

func (f *testFile) sync(t *rapid.T) {
	f.ok(t, called[withFlag](f.methods.FxSync)(f.tls, f.address, sqlite3.SQLITE_SYNC_NORMAL))
	f.same(t)
}

func (f *testFile) same(t *rapid.T) {
	if got, err := os.ReadFile(f.path); err != nil || !bytes.Equal(got, f.want) {
		t.Fatalf("the file is not what was written: %v", err)
	}
}

func (f *testFile) close(t *rapid.T) {
	f.ok(t, called[onFile](f.methods.FxClose)(f.tls, f.address))
	f.same(t)
	f.tls.Close()
}

// What was answered is in the files at that moment, and a transaction that does not fit into memory is whole.
func TestAnsweredIsInTheFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.db")
	db, err := Open(t.Context(), Config{DSN: path})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	scope, large := vc.Scope{Tenant: "t", Organisation: "o"}, bytes.Repeat([]byte("claim"), 400_000)
	insert := func(n, times int) {
		t.Helper()
		if err := db.update(t.Context(), scope, func(tx *Tx) error {
			for i := range times {
				id := fmt.Sprintf("%d-%d", n, i)
				if err := tx.InsertCredential(vc.Credential{ID: id, State: vc.Issued, Standing: vc.Active, Body: large}); err != nil {
					return err
				}
				if kept, err := tx.Credential(fmt.Sprintf("%d-0", n)); err != nil || !bytes.Equal(kept.Body, large) {
					return fmt.Errorf("%s is not what was written: %w", id, err)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	want := 0
	for n, times := range []int{1, 25, 1, 2} { // 25: twice what the writer keeps in memory
		insert(n, times)
		want += times
		if got := left(t, path); got != want {
			t.Fatalf("a crash after transaction %d would have left %d rows of %d", n, got, want)
		}
	}
	if err := db.Scrub(t.Context()); err != nil {
		t.Fatal(err)
	}
	insert(9, 1)
	if got := left(t, path); got != want+1 {
		t.Fatalf("a crash after the log began anew would have left %d rows of %d", got, want+1)
	}
}

// left copies database and log, as a crash would leave them, and counts what is in the copy.
func left(t *testing.T, path string) (n int) {
	t.Helper()
	copied := filepath.Join(t.TempDir(), "b.db")
	for _, suffix := range []string{"", "-wal"} {
		content, err := os.ReadFile(path + suffix)
		if err == nil {
			err = os.WriteFile(copied+suffix, content, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	db, err := stdsql.Open("sqlite", copied)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	state := ""
	if err := db.QueryRowContext(context.Background(), `PRAGMA integrity_check`).Scan(&state); err != nil || state != "ok" {
		t.Fatal(state, err)
	}
	if err := db.QueryRowContext(context.Background(), `SELECT count(*) FROM credentials`).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
