package app

import (
	"context"
	"errors"
	"log"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// shutdownTime is how long requests that were begun may take to end once the server is asked to stop.
const shutdownTime = 20 * time.Second

// Addr is the address the server listens on.
func (a *App) Addr() net.Addr { return a.listener.Addr() }

// Run answers until ctx ends; then it takes no new requests, finishes what it began, and returns nil. It closes
// nothing: see [App.Close].
func (a *App) Run(ctx context.Context) error {
	stack := a.stack()
	stopping := make(chan struct{})

	servers := map[net.Listener]*http.Server{}
	servers[a.listener] = httpx.Server("", stack.Wrap(a.handler(stopping)))
	for name, listener := range a.doors {
		handler, err := a.doorAlone(name, stopping)
		if err != nil {
			return err
		}
		servers[listener] = httpx.Server("", stack.Wrap(handler))
	}

	background, end := context.WithCancel(context.WithoutCancel(ctx))
	var running sync.WaitGroup
	for _, loop := range []func(context.Context){a.Journal.Run, a.Worker.Run, a.Letters.Run, a.Wire.Run, a.Ledger.Run, a.Notify.Run, a.Notify.Watch, a.tellWallets, a.sweep} {
		running.Go(func() { loop(background) })
	}
	var err error
	failed := make(chan error, len(servers))
	for listener, server := range servers {
		server.ErrorLog = log.New(connections{a.log}, "", 0)
		go func() {
			if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
				failed <- vc.Errorf(vc.Unavailable, "listen", "the listener failed").Because(err)
			}
		}()
	}
	a.log.InfoContext(ctx, "serving", "address", a.listener.Addr().String(), "url", a.URL)
	select {
	case <-ctx.Done():
	case err = <-failed:
	}
	close(stopping) // streams end; requests do not
	err = errors.Join(err, a.shutdown(servers))
	end()
	running.Wait()
	a.Agent.Wait()
	a.log.InfoContext(context.WithoutCancel(ctx), "stopped")
	return err
}

// connections takes net/http's own words, of what goes wrong outside of a request. They have the caller's address, which is in
// no line of the log, and anybody causes them.
type connections struct{ log *slog.Logger }

func (c connections) Write(line []byte) (int, error) {
	text, _, _ := strings.Cut(strings.TrimSpace(string(line)), "\n")
	why := text[strings.LastIndex(text, ": ")+1:] // behind the last address
	level, what := slog.LevelWarn, "connection"
	if strings.HasPrefix(text, "http: TLS handshake error") {
		level, what = slog.LevelDebug, "TLS handshake"
	}
	c.log.Log(context.Background(), level, what, "error", strings.TrimSpace(why))
	return len(line), nil
}

func (a *App) shutdown(servers map[net.Listener]*http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	var errs []error
	for _, server := range servers {
		err := server.Shutdown(ctx)
		if errors.Is(err, context.DeadlineExceeded) {
			err = server.Close()
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// sweep removes what has expired: idempotency keys, acts on DIDs that nobody signed, login codes,
// login requests, what is known of messages that came, and letters, invitations and keys for peers that have served.
func (a *App) sweep(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			now := time.Now()
			if a.Config.Now != nil {
				now = a.Config.Now()
			}
			a.sweepAll(ctx, now, a.DB.SweepIdempotency)
			a.sweepAll(ctx, now, a.DB.SweepDIDRegistrations)
			a.sweepAll(ctx, now, a.Access.SweepLogins)
			a.sweepAll(ctx, now.Add(-receiptsKept), a.DB.SweepReceipts)
			a.sweepAll(ctx, now.Add(-noticesKept), a.DB.SweepNotices)
			a.sweepAll(ctx, now, a.sweepLetters)
			a.sweepAll(ctx, now, a.sweepPeers)
			if err := a.Presentations.SweepLogins(ctx); err != nil && ctx.Err() == nil {
				a.log.WarnContext(ctx, "sweep", "error", err)
			}
		}
	}
}

// sweepAll calls remove until there is no more to remove.
func (a *App) sweepAll(ctx context.Context, now time.Time, remove func(context.Context, time.Time, int) (int, error)) {
	const at = 1000
	for {
		n, err := remove(ctx, now, at)
		if err != nil && ctx.Err() == nil {
			a.log.WarnContext(ctx, "sweep", "error", err)
		}
		if err != nil || n < at {
			return
		}
	}
}

// Handler is everything on the common listener, with what surrounds every request.
func (a *App) Handler() http.Handler { return a.stack().Wrap(a.handler(nil)) }

func (a *App) stack() httpx.Stack {
	return httpx.Stack{Log: a.log, Metrics: a.Metrics, HSTS: a.Config.TLSCert != "", Now: a.Config.Now}
}
