// Package pgtest runs a PostgreSQL server for tests: Debian's, in a temporary folder on a free port, never as root.
//
//	url := pgtest.New(t) // an empty database, gone after the test
//
// One server serves a test binary: it starts with the first New and ends, with its folder, when the binary does. With CHANCERY_TEST_POSTGRES_URL set the server there
// is used, whose user must be allowed to create databases.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// Environment names the variable that gives the URL of a running server.
const Environment = "CHANCERY_TEST_POSTGRES_URL"

// start makes the one server of this test binary.
var start = sync.OnceValues(launch)

var databases atomic.Int64

// errMissing says that there is no PostgreSQL to start.
var errMissing = errors.New("not run: PostgreSQL is not installed (apt-get install postgresql)")

// server is a running server. When this process ends, however it does, stdin closes and with it the server.
type server struct {
	url   *url.URL
	dir   string
	stdin io.WriteCloser
}

// keeper runs the server ($2…) until its standard input closes, and then removes the folder ($1).
const keeper = `dir=$1; shift; "$@" >"$dir/log" 2>&1 & pid=$!
read -r _; kill -QUIT $pid; wait $pid; rm -rf "$dir"`

// New gives the URL of an empty database that is dropped after the test. Where PostgreSQL is not installed the test
// is skipped; in CI (CI=true) it fails.
func New(t testing.TB) string {
	t.Helper()
	return Copy(t, "")
}

// Copy is New with what another database holds, to which nobody is connected; "" is an empty one.
func Copy(t testing.TB, of string) string {
	t.Helper()
	s, err := start()
	if errors.Is(err, errMissing) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	name, err := s.create(of)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.admin(`DROP DATABASE IF EXISTS ` + name + ` WITH (FORCE)`); err != nil {
			t.Log(err)
		}
	})
	return s.at(name)
}

// Kept gives the URL of an empty database that goes with the server: "" where the server is not this binary's, for nobody would
// drop it.
func Kept() (string, error) {
	s, err := start()
	if err != nil || s.dir == "" {
		return "", err
	}
	name, err := s.create("")
	return s.at(name), err
}

// create makes a database, and gives its name.
func (s *server) create(of string) (string, error) {
	name := fmt.Sprintf("chancery_test_%d_%d", os.Getpid(), databases.Add(1))
	statement := `CREATE DATABASE ` + name
	if of != "" {
		u, err := url.Parse(of)
		if err != nil {
			return "", err
		}
		statement += ` TEMPLATE ` + strings.TrimPrefix(u.Path, "/")
	}
	return name, s.admin(statement)
}

func (s *server) at(name string) string {
	u := *s.url
	u.Path = "/" + name
	return u.String()
}

func (s *server) admin(statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.url.String())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	_, err = conn.Exec(ctx, statement)
	return err
}

func launch() (*server, error) {
	if running := os.Getenv(Environment); running != "" {
		u, err := url.Parse(running)
		return &server{url: u}, err
	}
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	s := &server{}
	if s.dir, err = os.MkdirTemp(Memory(), "chancery-pg-"); err != nil {
		return nil, err
	}
	credential, err := owner(s.dir)
	if err != nil {
		return nil, err
	}
	data := filepath.Join(s.dir, "data")
	initdb := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "chancery", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
	initdb.Dir, initdb.SysProcAttr = s.dir, &syscall.SysProcAttr{Credential: credential}
	if out, err := initdb.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	s.url = &url.URL{
		Scheme: "postgres", User: url.User("chancery"), Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)),
		Path: "/postgres", RawQuery: "sslmode=disable",
	}
	cmd := exec.Command("/bin/sh", "-c", keeper, "keeper", s.dir,
		filepath.Join(bin, "postgres"), "-D", data, "-p", strconv.Itoa(port), "-h", "127.0.0.1",
		"-k", s.dir, "-c", "max_connections=100", "-c", "shared_buffers=64MB")
	cmd.Dir = s.dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: credential, Setpgid: true}
	if s.stdin, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	err = s.await()
	return s, err
}

func (s *server) await() error {
	for end := time.Now().Add(30 * time.Second); ; {
		err := s.admin(`SELECT 1`)
		if err == nil {
			return nil
		}
		if time.Now().After(end) {
			log, _ := os.ReadFile(filepath.Join(s.dir, "log"))
			return fmt.Errorf("%w: %s", err, log)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Memory gives a folder in memory, where making and dropping databases is quick, if it has room for a server and
// TMPDIR names no other place; else "", which means the usual place. Who measures sets TMPDIR to a folder on a disk.
func Memory() string {
	const dir = "/dev/shm"
	var fs syscall.Statfs_t
	if os.Getenv("TMPDIR") != "" {
		return ""
	}
	if err := syscall.Statfs(dir, &fs); err != nil || fs.Bavail*uint64(fs.Bsize) < 1<<30 {
		return ""
	}
	return dir
}

// binaries finds the folder of the newest PostgreSQL.
func binaries() (string, error) {
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", errMissing
	}
	best, newest := "", -1
	for _, path := range found {
		dir := filepath.Dir(path)
		version, _ := strconv.Atoi(strings.TrimSuffix(filepath.Base(filepath.Dir(dir)), ".0"))
		if version > newest {
			best, newest = dir, version
		}
	}
	return best, nil
}

// owner gives the folder to who runs the server: the user postgres where we are root, which PostgreSQL refuses.
func owner(dir string) (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		return nil, err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return nil, err
	}
	gid, err := strconv.Atoi(u.Gid)
	if err != nil {
		return nil, err
	}
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, os.Chown(dir, uid, gid)
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}
