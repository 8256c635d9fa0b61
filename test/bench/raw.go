package main

import (
	"bufio"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	_ "modernc.org/sqlite" // the driver that the store uses
)

// rates are what bounds a server on this machine.
type rates struct {
	sign, verify float64       // Ed25519, one core, a second
	commit       time.Duration // p50 of a bare durable commit of one row
	grouped      float64       // rows a second, 100 a commit
	echo         map[int]figure
	pgbench      float64 // single-row inserts a second at 8 clients; 0: not measured
}

func rawRates(ctx context.Context, o options, t *table) (rates, error) {
	var r rates
	r.sign, r.verify = signatures(o.seconds)
	t.row("raw", "Ed25519 sign, one core", figure{rate: r.sign})
	t.row("raw", "Ed25519 verify, one core", figure{rate: r.verify})
	var err error
	if r.commit, r.grouped, err = inserts(ctx, o); err != nil {
		return r, err
	}
	t.row("raw", "SQLite commit of one 1.4 kB row, FULL", figure{rate: float64(time.Second) / float64(r.commit), p50: r.commit})
	t.row("raw", "SQLite rows, 100 a commit, FULL", figure{rate: r.grouped})
	r.echo, err = echoes(ctx, o, t)
	return r, err
}

func signatures(length time.Duration) (sign, verify float64) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	input := make([]byte, 1141)
	signature := ed25519.Sign(private, input)
	return often(length, func() { ed25519.Sign(private, input) }),
		often(length, func() { ed25519.Verify(public, input, signature) })
}

// often tells how many of do a core makes in a second of its own time: other programs do not count, as they do not in the
// server's CPU time, which is held against this.
func often(length time.Duration, do func()) float64 {
	n, started, before := 0, time.Now(), ownTime()
	for time.Since(started) < length {
		for range 50 {
			do()
		}
		n += 50
	}
	return float64(n) / (ownTime() - before).Seconds()
}

func inserts(ctx context.Context, o options) (commit time.Duration, grouped float64, err error) {
	dsn := "file:" + filepath.Join(o.folder, "raw.db") + "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)"
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return 0, 0, err
	}
	defer func() { _ = db.Close() }()
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(ctx, `CREATE TABLE t (id INTEGER PRIMARY KEY, body BLOB)`); err != nil {
		return 0, 0, err
	}
	body := make([]byte, 1400)
	var took []time.Duration
	for started := time.Now(); time.Since(started) < o.seconds; {
		at := time.Now()
		if _, err := db.ExecContext(ctx, `INSERT INTO t (body) VALUES (?)`, body); err != nil {
			return 0, 0, err
		}
		took = append(took, time.Since(at))
	}
	slices.Sort(took)
	n, started := 0, time.Now()
	for time.Since(started) < o.seconds {
		if err := hundred(ctx, db, body); err != nil {
			return 0, 0, err
		}
		n += 100
	}
	return took[len(took)/2], float64(n) / time.Since(started).Seconds(), nil
}

// hundred commits a hundred rows at once.
func hundred(ctx context.Context, db *sql.DB, body []byte) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	statement, err := tx.PrepareContext(ctx, `INSERT INTO t (body) VALUES (?)`)
	if err != nil {
		return err
	}
	defer func() { _ = statement.Close() }()
	for range 100 {
		if _, err := statement.ExecContext(ctx, body); err != nil {
			return err
		}
	}
	return tx.Commit()
}

// echo is the bare server: decode JSON, encode it, in a process of its own.
func echo() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr())
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var v map[string]any
		if err := json.NewDecoder(r.Body).Decode(&v); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(v)
	})
	_ = (&http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}).Serve(listener)
}

func echoes(ctx context.Context, o options, t *table) (map[int]figure, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	server := exec.CommandContext(ctx, self, "echo")
	pipe, err := server.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := server.Start(); err != nil {
		return nil, err
	}
	defer func() { _ = server.Process.Kill(); _ = server.Wait() }()
	address, err := bufio.NewReader(pipe).ReadString('\n')
	if err != nil {
		return nil, err
	}
	url := "http://" + strings.TrimSpace(address)
	body, err := order("0199a3c0-0000-7000-8000-000000000000")
	if err != nil {
		return nil, err
	}
	out := map[int]figure{}
	for _, clients := range []int{1, 16, 64} {
		f, err := load{
			clients: clients, length: o.seconds, pid: server.Process.Pid,
			request: func(int, int) *http.Request { return post(url, "", body) },
		}.run(ctx)
		if err != nil {
			return nil, err
		}
		out[clients] = f
		t.row("raw", fmt.Sprintf("bare JSON echo over HTTP, %d clients", clients), f)
	}
	return out, nil
}
