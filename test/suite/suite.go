// Package suite is what the suites that drive a whole server have in common: test/api, test/meeco and test/empe. Each has
// a world of its own, made of these parts:
//
//	suite.Engines(t, func(t *testing.T, engine string) { … })       on SQLite and on PostgreSQL
//	config := suite.Prepare(t, engine, config, clock)               a free port, a database, a clock that moves
//	server, stop, err := suite.Run(t, config)                       until stop, or until the test ends
//
// A suite of a described API goes through a proxy and ends with a table:
//
//	capture := &suite.Capture[*operation]{T: t, Find: …, Judge: …}  holds what passes against the descriptions
//	config.PublicURL = capture.Open()
//	exchange, err := capture.Send(client, request)
//	reply := suite.Reply[*operation]{T: t, Exchange: exchange}      compares; fills the table
//	err := table.Finish(operations, code == 0)                      an operation without a success or a refusal is an error
package suite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/store/storetest"
)

// Engines runs a test on each database, both at once, under [Guard].
func Engines(t *testing.T, test func(t *testing.T, engine string)) {
	t.Helper()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			Guard(t, func() { test(t, engine) })
		})
	}
}

// failure is how Fail ends a test from inside an expression.
type failure struct{ text string }

// Guard runs a test whose [Must] may fail.
func Guard(t *testing.T, test func()) {
	t.Helper()
	defer func() {
		t.Helper()
		r := recover()
		if f, ok := r.(failure); ok {
			t.Fatal(f.text)
		}
		if r != nil {
			panic(r)
		}
	}()
	test()
}

// Must is the value of a call that has to succeed; only under [Guard].
func Must[T any](value T, err error) T {
	Done(err)
	return value
}

// Done is [Must] for a call that gives nothing.
func Done(err error) {
	if err != nil {
		Fail(err.Error())
	}
}

// Fail ends the test and says where it was; only under [Guard].
func Fail(text string) { panic(failure{Lines() + text}) }

// Lines are those of the test that led here, without the worlds and replies between.
func Lines() string {
	where := ""
	for skip := 1; skip < 14; skip++ {
		_, file, line, ok := runtime.Caller(skip)
		base := filepath.Base(file)
		if ok && strings.HasSuffix(file, "_test.go") && base != "world_test.go" && base != "reply_test.go" {
			where += fmt.Sprintf("%s:%d ", base, line)
		}
	}
	return where
}

// QuietAddress gives a free address below the ports that connections take for themselves: one of those could be taken while a server
// that comes back to it is down, even by a client that thereby meets itself.
func QuietAddress(t testing.TB) string {
	t.Helper()
	for range 100 {
		address := fmt.Sprintf("127.0.0.1:%d", 20000+rand.IntN(10000)) //nolint:gosec // not a secret
		if l, err := net.Listen("tcp", address); err == nil {
			_ = l.Close()
			return address
		}
	}
	t.Fatal("no free port")
	return ""
}

// Clock is a server's: the machine's, moved.
type Clock struct{ ahead atomic.Int64 }

// Now is the time by this clock.
func (c *Clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// Advance moves the clock.
func (c *Clock) Advance(d time.Duration) { c.ahead.Add(int64(d)) }

// Logs holds what a server logged.
type Logs struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *Logs) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *Logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// Logger writes everything into the logs.
func (l *Logs) Logger() *slog.Logger {
	return slog.New(slog.NewJSONHandler(l, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// Prepare completes the configuration of a server: a free loopback port, a new database on the engine, this clock.
func Prepare(t testing.TB, engine string, config app.Config, clock *Clock) app.Config {
	t.Helper()
	config.Listen, config.Now, config.Dev = "127.0.0.1:0", clock.Now, true
	if engine == "postgres" {
		config.DatabaseURL, config.MasterKey = storetest.FreshPostgres(t), local.NewMasterKey().Reveal()
	} else {
		config.Data = t.TempDir()
	}
	return config
}

// Operator keeps the operator's API key, which a server tells at its first start, in key; for [app.Config.Notice].
func Operator(key *string) func(string) {
	return func(text string) { _, *key, _ = strings.Cut(text, ": ") }
}

// Run opens a server and runs it until stop, or until the test ends. stop may be called again.
func Run(t testing.TB, config app.Config) (server *app.App, stop func(), err error) {
	t.Helper()
	if server, err = app.Open(t.Context(), config); err != nil {
		return nil, nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := errors.Join(<-ended, server.Close()); err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	t.Cleanup(stop)
	return server, stop, nil
}
