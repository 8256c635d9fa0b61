package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"time"
)

// postgres is a cluster of its own, with Debian's binaries and default settings, never as root.
type postgres struct {
	command *exec.Cmd
	bin     string
	port    string
	url     string
	as      *syscall.SysProcAttr
}

func startPostgres(ctx context.Context, o options) (*postgres, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/postgres")
	if err != nil || len(found) == 0 {
		return nil, fmt.Errorf("not installed (Debian package postgresql)")
	}
	p := &postgres{bin: filepath.Dir(found[len(found)-1])}
	data := filepath.Join(o.folder, "cluster")
	if err := os.MkdirAll(data, 0o700); err != nil {
		return nil, err
	}
	if os.Geteuid() == 0 {
		if err := p.become("postgres", o.folder, data); err != nil {
			return nil, err
		}
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	if _, p.port, err = net.SplitHostPort(address); err != nil {
		return nil, err
	}
	if out, err := p.run(ctx, "initdb", "-D", data, "-U", "postgres", "-A", "trust"); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	p.command = exec.CommandContext(ctx, filepath.Join(p.bin, "postgres"), "-D", data, "-p", p.port, "-c", "listen_addresses=127.0.0.1",
		"-c", "unix_socket_directories="+data)
	p.command.SysProcAttr = p.as
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	for {
		if _, err := p.run(ctx, "psql", p.connection()...); err == nil {
			break
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	p.url = "postgres://postgres@127.0.0.1:" + p.port + "/postgres?sslmode=disable"
	return p, nil
}

func (p *postgres) become(name string, folders ...string) error {
	who, err := user.Lookup(name)
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(who.Uid)
	if err != nil {
		return err
	}
	gid, err := strconv.Atoi(who.Gid)
	if err != nil {
		return err
	}
	for i, folder := range folders {
		if i == 0 {
			err = os.Chmod(folder, 0o711) //nolint:gosec // its children have their own modes
		} else {
			err = os.Chown(folder, uid, gid)
		}
		if err != nil {
			return err
		}
	}
	p.as = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}} //nolint:gosec // small numbers
	return nil
}

func (p *postgres) connection() []string {
	return []string{"-h", "127.0.0.1", "-p", p.port, "-U", "postgres", "-c", "SELECT 1", "postgres"}
}

func (p *postgres) run(ctx context.Context, name string, args ...string) ([]byte, error) {
	command := exec.CommandContext(ctx, filepath.Join(p.bin, name), args...)
	command.SysProcAttr, command.Dir = p.as, "/"
	return command.CombinedOutput()
}

func (p *postgres) stop() {
	_ = p.command.Process.Signal(syscall.SIGINT)
	_ = p.command.Wait()
}

var tps = regexp.MustCompile(`tps = ([0-9.]+) \(without`)

// bench gives pgbench's rate of durable inserts of one 1.4 kB row each, at 8 clients.
func (p *postgres) bench(ctx context.Context, o options) (float64, error) {
	script := filepath.Join(o.folder, "insert.sql")
	if err := os.WriteFile(script, []byte("INSERT INTO raw (body) VALUES (repeat('x', 1400));\n"), 0o644); err != nil { //nolint:gosec // read by another user
		return 0, err
	}
	create := append([]string(nil), p.connection()...)
	create[len(create)-2] = "CREATE TABLE raw (id bigserial PRIMARY KEY, body text)"
	if out, err := p.run(ctx, "psql", create...); err != nil {
		return 0, fmt.Errorf("psql: %w: %s", err, out)
	}
	out, err := p.run(ctx, "pgbench", "-h", "127.0.0.1", "-p", p.port, "-U", "postgres", "-n", "-f", script, "-M", "prepared",
		"-c", "8", "-j", "2", "-T", strconv.Itoa(max(1, int(o.seconds.Seconds()))), "postgres")
	if err != nil {
		return 0, fmt.Errorf("pgbench: %w: %s", err, out)
	}
	match := tps.FindSubmatch(out)
	if match == nil {
		return 0, fmt.Errorf("pgbench said no rate: %s", out)
	}
	return strconv.ParseFloat(string(match[1]), 64)
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}
