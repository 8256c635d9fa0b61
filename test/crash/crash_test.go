package crash

import (
	"bytes"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/sdk"
)

// engine is a database for a test: how a server is told of it, and how a test looks into it.
type engine struct {
	name   string
	config app.Config
	env    []string
	driver string
	dsn    string
}

func engines() map[string]func(testing.TB) engine {
	return map[string]func(testing.TB) engine{
		"sqlite": func(t testing.TB) engine {
			dir := t.TempDir()
			return engine{
				name: "sqlite", config: app.Config{Data: dir}, env: []string{"CHANCERY_DATA=" + dir},
				driver: "sqlite", dsn: "file:" + filepath.Join(dir, "chancery.db") + "?_pragma=busy_timeout(10000)",
			}
		},
		"postgres": func(t testing.TB) engine {
			url, key := storetest.FreshPostgres(t), local.NewMasterKey()
			return engine{
				name: "postgres", config: app.Config{DatabaseURL: url, MasterKey: key.Reveal()},
				env:    []string{"CHANCERY_DATABASE_URL=" + url, "CHANCERY_MASTER_KEY=" + key.Reveal()},
				driver: "pgx", dsn: url,
			}
		},
	}
}

// look opens the database beside the server.
func (e engine) look(t testing.TB) *sql.DB {
	t.Helper()
	db, err := sql.Open(e.driver, e.dsn)
	check(t, err)
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// deaths are the ends a server meets: a named step at its n-th passing, or "" for a moment of chance.
func deaths() []string {
	var all []string
	for _, step := range []string{issuer.StepLeased, issuer.StepSigned, issuer.StepRecording, issuer.StepCommitted} {
		for _, n := range []int{1, 7, 120} {
			all = append(all, fmt.Sprintf("%s:%d", step, n))
		}
	}
	all = append(all, make([]string, 6)...)
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// firstStarts is how many servers are killed on their first start.
const firstStarts = 8

// build makes the server with its steps in it.
func build(t *testing.T) string {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "chancery")
	cmd := exec.Command("go", "build", "-tags", "crashtest", "-o", binary, "github.com/chancery-vc/chancery/cmd/chancery")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return binary
}

// TestKilled kills the server on its first start, and then under load again and again, and counts at the end.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("not run: it takes half a minute")
	}
	binary := build(t)
	t.Run("first start", func(t *testing.T) { firstStart(t, binary) })
	for name, open := range engines() {
		t.Run(name, func(t *testing.T) { underLoad(t, binary, open(t)) })
	}
}

// underLoad kills a server in the midst of its work: nothing is lost and nothing is there twice.
func underLoad(t *testing.T, binary string, e engine) {
	s := newServer(t, binary, e.env...)
	s.start("")
	l := &load{t: t, office: setUp(t, s.url, s.admin)}
	s.kill()
	l.begin()
	defer l.end()
	began, ends := time.Now(), deaths()
	for _, death := range ends {
		s.start(death)
		if death == "" {
			time.Sleep(time.Duration(50+rand.IntN(350)) * time.Millisecond)
			s.kill()
		} else {
			s.died()
		}
	}
	s.start("")
	l.end()
	t.Logf("%d keys, %d revocations, %d requests sent again, %d deaths in %s",
		len(l.answers), len(l.revoked), l.again, len(ends), time.Since(began).Round(time.Millisecond))
	l.count()
	s.kill()
	l.countRows(e)
	l.verifyChain(e)
}

// firstStart kills a server while it makes its database and keys. What is left is good enough to start on.
func firstStart(t *testing.T, binary string) {
	told := 0
	for i := range firstStarts {
		dir := t.TempDir()
		s := newServer(t, binary, "CHANCERY_DATA="+dir)
		var out bytes.Buffer
		doomed := s.command("")
		doomed.Stdout = &out
		check(t, doomed.Start())
		time.Sleep(time.Duration(i) * 100 * time.Millisecond / firstStarts)
		check(t, doomed.Process.Kill())
		_ = doomed.Wait()
		s.start("")
		if _, secret, ok := strings.Cut(strings.TrimSpace(out.String()), "keep it): "); ok {
			s.admin, _, _ = strings.Cut(secret, "\n")
			told++
		}
		if s.admin == "" {
			t.Logf("killed between making the admin key and showing it: it is lost")
		} else if _, err := sdk.New(s.url, s.admin).Whoami(t.Context()); err != nil {
			t.Error(err)
		}
		s.kill()
	}
	t.Logf("%d of %d were killed after they had shown the admin key", told, firstStarts)
}

func (l *load) end() {
	l.stop.Store(true)
	l.done.Wait()
}
