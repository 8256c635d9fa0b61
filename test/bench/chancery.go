package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/chancery-vc/chancery/examples"
	"github.com/chancery-vc/chancery/sdk"
)

// server is a chancery that runs as a process of its own.
type server struct {
	command *exec.Cmd
	url     string
	admin   string
	started time.Duration // from exec to its first answer
}

func startServer(ctx context.Context, o options, folder string, extra ...string) (*server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	args := append([]string{"serve", "--listen", address, "--log-level", "warn"}, extra...)
	s := &server{command: exec.CommandContext(ctx, o.binary, args...), url: "http://" + address}
	s.command.Env = append(os.Environ(), "CHANCERY_DATA="+folder)
	s.command.Stderr = os.Stderr
	pipe, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	at := time.Now()
	if err := s.command.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(pipe)
	for lines.Scan() {
		if said, key, ok := strings.Cut(lines.Text(), "): "); ok && strings.HasPrefix(said, "admin key (") {
			s.admin = key
		}
		if strings.Contains(lines.Text(), " at http") {
			break
		}
	}
	go func() {
		for lines.Scan() {
		}
	}()
	for ctx.Err() == nil {
		response, err := http.Get(s.url + "/readyz")
		if err == nil {
			_ = response.Body.Close()
			s.started = time.Since(at)
			return s, nil
		}
		time.Sleep(time.Millisecond)
	}
	return nil, ctx.Err()
}

func (s *server) stop() {
	_ = s.command.Process.Signal(syscall.SIGTERM)
	_ = s.command.Wait()
}

// office is an issuer that is ready to issue.
type office struct {
	server *server
	token  string
	kind   string
	did    string
	client *sdk.Client
}

func (s *server) office(ctx context.Context) (*office, error) {
	operator := sdk.New(s.url, s.admin)
	organisation, err := operator.CreateOrganisation(ctx, sdk.NewOrganisation{Name: "bench", MayIssue: true, MayVerify: true})
	if err != nil {
		return nil, err
	}
	operator.Organisation = organisation.ID
	key, err := operator.CreateAPIKey(ctx, sdk.NewPrincipal{Name: "bench", Grants: []sdk.Grant{{Role: "organisation-admin", Organisation: organisation.ID}}})
	if err != nil {
		return nil, err
	}
	b := &office{server: s, token: key.Secret, client: sdk.New(s.url, key.Secret)}
	did, err := b.client.CreateDID(ctx, sdk.NewDID{Method: "key", Name: "Bench"})
	if err != nil {
		return nil, err
	}
	b.did = did.DID
	var schema json.RawMessage
	var kind sdk.NewType
	for file, into := range map[string]any{"schema": &schema, "type": &kind} {
		text, err := examples.Files.ReadFile("university-degree/" + file + ".json")
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(text, into); err != nil {
			return nil, err
		}
	}
	made, err := b.client.CreateSchema(ctx, sdk.NewSchema{Name: "degree", TypeName: "Degree", Schema: schema})
	if err != nil {
		return nil, err
	}
	kind.Schema, kind.Purposes = sdk.SchemaReference{ID: made.ID, Version: made.Latest}, []string{"revocation"}
	created, err := b.client.CreateType(ctx, kind)
	b.kind = created.ID
	return b, err
}

// order is the request that is measured: a degree with its subject, without transcript, so that what is signed is of
// the size that peers are measured with, about 1.3 kB.
func order(kind string) ([]byte, error) {
	return json.Marshal(map[string]any{"type": kind, "claims": map[string]any{
		"id":        "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
		"givenName": "Ingrid", "familyName": "Sørensen", "studentNumber": "20184471",
		"degree": map[string]any{"type": "MasterDegree", "name": "Master of Science", "conferredOn": "2026-07-17"},
	}})
}

func measure(ctx context.Context, o options, engine string, raw rates, t *table) error {
	folder := filepath.Join(o.folder, engine)
	var extra []string
	if engine == "postgres" {
		pg, err := startPostgres(ctx, o)
		if err != nil {
			fmt.Println("not run: PostgreSQL:", err)
			return nil
		}
		defer pg.stop()
		if raw.pgbench, err = pg.bench(ctx, o); err != nil {
			return err
		}
		t.row("raw", "pgbench single-row inserts, 8 clients", figure{rate: raw.pgbench})
		t.pgbench = raw.pgbench
		key, err := exec.CommandContext(ctx, o.binary, "key", "master").Output()
		if err != nil {
			return fmt.Errorf("making a master key: %w", err)
		}
		file := filepath.Join(o.folder, "master.key")
		if err := os.WriteFile(file, key, 0o600); err != nil {
			return err
		}
		extra = []string{"--database-url", pg.url, "--master-key-file", file}
	}
	s, err := startServer(ctx, o, folder, extra...)
	if err != nil {
		return err
	}
	b, err := s.office(ctx)
	if err != nil {
		return err
	}
	t.raw = raw
	if err := b.all(ctx, o, engine, t); err != nil {
		return err
	}
	if engine == "sqlite" && o.grow > 0 {
		if err := b.growth(ctx, o, t); err != nil {
			return err
		}
	}
	s.stop()
	again, err := startServer(ctx, o, folder, extra...)
	if err != nil {
		return err
	}
	_, idle := resident(again.command.Process.Pid)
	t.note("%s: start to first answer %s, %d MiB resident when idle", engine, again.started.Round(time.Millisecond), idle)
	again.stop()
	return nil
}

func (b *office) all(ctx context.Context, o options, engine string, t *table) error {
	body, err := order(b.kind)
	if err != nil {
		return err
	}
	pid := b.server.command.Process.Pid
	for _, clients := range []int{1, 16, 64} {
		f, err := b.issue(clients, o.seconds, body, nil).run(ctx)
		if err != nil {
			return fmt.Errorf("issue: %w", err)
		}
		t.row(engine, fmt.Sprintf("issue, %d clients", clients), f)
	}
	var (
		mu  sync.Mutex
		ids []string
		one string
	)
	keep := func(_, _ int, answer []byte) error {
		var made struct{ ID, Credential string }
		if err := json.Unmarshal(answer, &made); err != nil {
			return err
		}
		mu.Lock()
		ids, one = append(ids, made.ID), made.Credential
		mu.Unlock()
		return nil
	}
	if _, err := b.issue(64, o.seconds, body, keep).run(ctx); err != nil {
		return err
	}
	if err := b.batches(ctx, o, engine, t, body); err != nil {
		return err
	}
	verification, err := json.Marshal(map[string]string{"credential": one})
	if err != nil {
		return err
	}
	for _, clients := range []int{1, 16, 64} {
		f, err := load{clients: clients, length: o.seconds, pid: pid, request: func(int, int) *http.Request {
			return post(b.server.url+"/v1/credentials/verify", b.token, verification)
		}}.run(ctx)
		if err != nil {
			return fmt.Errorf("verify: %w", err)
		}
		t.row(engine, fmt.Sprintf("verify with schema and status, %d clients", clients), f)
	}
	f, err := load{clients: 16, length: o.seconds, pid: pid, request: func(c, i int) *http.Request {
		request := post(b.server.url+"/v1/credentials/"+ids[(c*7919+i*104729)%len(ids)], b.token, nil)
		request.Method = http.MethodGet
		return request
	}}.run(ctx)
	if err != nil {
		return fmt.Errorf("get: %w", err)
	}
	t.row(engine, "get by id, 16 clients", f)
	f, err = load{clients: 64, length: o.seconds, pid: pid, request: func(c, i int) *http.Request {
		return post(b.server.url+"/v1/credentials/"+ids[(c+i*64)%len(ids)]+"/revoke", b.token, []byte(`{}`))
	}}.run(ctx)
	if err != nil {
		return fmt.Errorf("revoke: %w", err)
	}
	t.row(engine, "revoke, 64 clients", f)
	peak, now := resident(pid)
	t.note("%s: memory %d MiB at its peak, %d MiB now", engine, peak, now)
	return nil
}

func (b *office) issue(clients int, length time.Duration, body []byte, answer func(int, int, []byte) error) load {
	run := time.Now().UnixNano()
	return load{
		clients: clients, length: length, pid: b.server.command.Process.Pid, answer: answer,
		request: func(c, i int) *http.Request {
			return post(b.server.url+"/v1/credentials", b.token, body, "Idempotency-Key", fmt.Sprintf("%d-%d-%d", run, c, i))
		},
	}
}

const batchSize = 500

func (b *office) batches(ctx context.Context, o options, engine string, t *table, body []byte) error {
	f, err := b.batch(2, o.seconds, body).run(ctx)
	if err != nil {
		return fmt.Errorf("batch: %w", err)
	}
	f.rate, f.cpu = f.rate*batchSize, f.cpu/batchSize
	t.row(engine, fmt.Sprintf("batch issue, %d a batch, 2 clients", batchSize), f)
	return nil
}

func (b *office) batch(clients int, length time.Duration, body []byte) load {
	orders := make([]json.RawMessage, batchSize)
	for i := range orders {
		orders[i] = body
	}
	encoded, err := json.Marshal(map[string]any{"orders": orders})
	if err != nil {
		panic(err)
	}
	return load{clients: clients, length: length, pid: b.server.command.Process.Pid, request: func(int, int) *http.Request {
		return post(b.server.url+"/v1/credentials/batch", b.token, encoded)
	}}
}

// growth fills the store and measures issuing again: it must not cost more.
func (b *office) growth(ctx context.Context, o options, t *table) error {
	body, err := order(b.kind)
	if err != nil {
		return err
	}
	fill := b.batch(2, time.Hour, body)
	total, target := 0, 1000
	for ; target <= o.grow; target *= 10 {
		limited, cancel := context.WithCancel(ctx)
		var mu sync.Mutex
		fill.answer = func(int, int, []byte) error {
			mu.Lock()
			defer mu.Unlock()
			if total += batchSize; total >= target {
				cancel()
			}
			return nil
		}
		if total < target {
			if _, err := fill.run(limited); err != nil && limited.Err() == nil {
				cancel()
				return err
			}
		}
		cancel()
		f, err := b.issue(64, o.seconds, body, nil).run(ctx)
		if err != nil {
			return err
		}
		peak, _ := resident(b.server.command.Process.Pid)
		t.row("sqlite", fmt.Sprintf("issue, 64 clients, after %d more", target), f)
		t.note("sqlite: %d MiB at its peak after %d more", peak, target)
	}
	return nil
}
