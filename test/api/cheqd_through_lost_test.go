package api

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/sdk"
	spec "github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/test/suite"
)

// onSecond has a front act on second steps alone.
func onSecond(front func(w http.ResponseWriter, r *http.Request, next http.Handler)) func(http.ResponseWriter, *http.Request, []byte, http.Handler) {
	return func(w http.ResponseWriter, r *http.Request, body []byte, next http.Handler) {
		if second(body) {
			front(w, r, next)
			return
		}
		next.ServeHTTP(w, r)
	}
}

// after does what is asked, and answers something else.
func after(answer func(http.ResponseWriter)) func(http.ResponseWriter, *http.Request, []byte, http.Handler) {
	return onSecond(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		next.ServeHTTP(httptest.NewRecorder(), r)
		answer(w)
	})
}

// instead does nothing, and answers.
func instead(answer func(http.ResponseWriter)) func(http.ResponseWriter, *http.Request, []byte, http.Handler) {
	return onSecond(func(w http.ResponseWriter, _ *http.Request, _ http.Handler) { answer(w) })
}

func says(status int, text string) func(http.ResponseWriter) {
	return func(w http.ResponseWriter) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, text)
	}
}

const (
	saysFailed   = `{"jobId":null,"didState":{"state":"failed","reason":"Invalid payload"}}`
	saysAction   = `{"jobId":"j","didState":{"state":"action","action":"signPayload","signingRequest":{"signingRequest0":{"kid":"x","serializedPayload":"AA=="}}}}`
	saysWait     = `{"jobId":"j","didState":{"state":"wait"}}`
	saysFinished = `{"jobId":"j","didState":{"state":"finished"}}`
)

// TestCheqdRegistrarLost loses what a registrar says after it did what it was asked for: the ledger is looked at, and nothing is
// asked for twice. Where it did nothing and says so, nothing is left behind.
func TestCheqdRegistrarLost(t *testing.T) {
	guard(t, func() {
		peer := newRegistrarPeer(t)
		w := start(t, "sqlite", peer.config())
		ctx := t.Context()
		o := w.office("north")
		for name, answer := range map[string]func(http.ResponseWriter){
			"a hang-up":      func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
			"an error":       says(500, strings.Replace(saysFailed, "Invalid payload", "Internal server error", 1)),
			"a page":         says(504, "<html>"),
			"nonsense":       says(200, "x"),
			"a refusal":      says(400, saysFailed),
			"a conflict":     says(409, saysFailed),
			"a further wish": says(200, saysAction),
			"patience":       says(200, saysWait),
			"another's end":  says(201, `{"jobId":"k","didState":{"state":"finished","did":"did:cheqd:testnet:x"}}`),
		} {
			t.Run("done, and "+name, func(t *testing.T) {
				guard(t, func() {
					peer.stand(after(answer))
					did := must(o.admin.CreateDID(ctx, sdk.NewDID{Method: "cheqd"}))
					must(o.admin.RotateDID(ctx, did.ID, ""))
				})
			})
		}
		before := must(o.admin.ListDIDs(ctx, sdk.ListQuery{})).Items
		for name, c := range map[string]struct {
			answer func(http.ResponseWriter)
			status int
			code   string
		}{
			"a refusal":      {says(400, saysFailed), 400, "registrar-refused"},
			"a conflict":     {says(409, saysFailed), 409, "registrar-refused"},
			"a further wish": {says(200, saysAction), 503, "registrar-action"},
		} {
			peer.stand(instead(c.answer))
			_, err := o.admin.CreateDID(ctx, sdk.NewDID{Method: "cheqd"})
			t.Run("not done, and "+name, func(t *testing.T) { refused(t, err, c.status, c.code) })
		}
		peer.stand(nil)
		if now := must(o.admin.ListDIDs(ctx, sdk.ListQuery{})).Items; len(now) != len(before) {
			t.Errorf("left behind: %d", len(now)-len(before))
		}
		for _, tx := range must(app.LedgerTransactions(ctx, w.config, 100)) {
			if tx.State != "included" && tx.State != "failed" {
				t.Errorf("%+v", tx)
			}
		}
		if first, jobs, most := peer.steps(); most != 1 || first != jobs {
			t.Errorf("%d first steps, %d jobs, at most %d second steps", first, jobs, most)
		}
	})
}

// TestCheqdRegistrarSilent has a registrar that took signatures and says nothing true: what it has stays open, holds up nobody else, is found
// when it comes, and is the operator's to end.
func TestCheqdRegistrarSilent(t *testing.T) {
	suite.Engines(t, func(t *testing.T, engine string) {
		guard(t, func() {
			peer := newRegistrarPeer(t)
			w := start(t, engine, peer.config())
			ctx := t.Context()
			o := w.office("north")
			did, second := must(o.admin.CreateDID(ctx, sdk.NewDID{Method: "cheqd"})), must(o.admin.CreateDID(ctx, sdk.NewDID{Method: "cheqd"}))
			var kept *http.Request
			leave := func(answer func(http.ResponseWriter)) func(id string) {
				return func(id string) {
					gone, cancel := context.WithCancel(ctx)
					defer cancel()
					peer.stand(onSecond(func(rw http.ResponseWriter, r *http.Request, _ http.Handler) {
						body := must(io.ReadAll(r.Body))
						kept = httptest.NewRequest(http.MethodPost, r.URL.String(), strings.NewReader(string(body)))
						kept.Header = r.Header.Clone()
						answer(rw)
						cancel()
					}))
					if _, err := o.admin.RotateDID(gone, id, ""); err == nil {
						t.Error("it is rotated")
					}
				}
			}
			leave(says(201, saysFinished))(did.ID)
			late := kept
			leave(says(500, "x"))(second.ID)
			peer.stand(nil)
			_, err := o.admin.RotateDID(ctx, did.ID, "")
			refused(t, err, 409, "change-under-way")
			must(o.admin.CreateDID(ctx, sdk.NewDID{Method: "cheqd"})) // it waits for nobody
			open := map[string]app.LedgerTransaction{}
			for _, tx := range must(app.LedgerTransactions(ctx, w.config, 100)) {
				if tx.State == "sent" {
					open[tx.Object] = tx
				} else if tx.State != "included" {
					t.Errorf("%+v", tx)
				}
			}
			if len(open) != 2 || len(must(o.admin.GetDID(ctx, did.ID)).Keys) != 1 {
				t.Fatalf("open: %+v", open)
			}
			w.stop()
			_, jobs, _ := peer.steps()
			done(w.run())
			o.admin.BaseURL = w.url

			// What the registrar does at last is true here at last.
			said := httptest.NewRecorder()
			peer.proxy.ServeHTTP(said, late)
			if said.Code != http.StatusCreated {
				t.Fatalf("%d %s", said.Code, said.Body)
			}
			w.clock.advance(20 * time.Minute) // it is looked for seldom by now
			eventually(t, "the late change", func() bool { return len(must(o.admin.GetDID(ctx, did.ID)).Keys) == 2 })

			w.stop()
			refusal := func(err error, kind vc.Kind, what string) {
				if vc.KindOf(err) != kind {
					t.Errorf("%s: %v", what, err)
				}
			}
			refusal(app.AbandonLedgerTransaction(ctx, w.config, open[did.DID].ID), vc.Conflict, "what is done")
			refusal(app.AbandonLedgerTransaction(ctx, w.config, "nonsense"), vc.NotFound, "what is not")
			done(app.AbandonLedgerTransaction(ctx, w.config, open[second.DID].ID))
			refusal(app.AbandonLedgerTransaction(ctx, w.config, open[second.DID].ID), vc.Conflict, "what is given up")
			done(w.run())
			o.admin.BaseURL = w.url
			must(o.admin.RotateDID(ctx, second.ID, ""))
			if _, now, most := peer.steps(); most != 1 || now != jobs+1 {
				t.Errorf("%d second steps, of a job at most %d", now-jobs, most)
			}
		})
	})
}

// TestCheqdRegistrarCrash stops a server between what it journals and what it hears, and goes on with another: no job has its
// second step twice.
func TestCheqdRegistrarCrash(t *testing.T) {
	for _, at := range []string{"journaled", "sent"} {
		t.Run(at, func(t *testing.T) {
			guard(t, func() {
				peer := newRegistrarPeer(t)
				w := start(t, "sqlite", peer.config())
				o := w.office("north")
				w.stop()
				dead, die := make(chan struct{}), make(chan struct{})
				var once, last sync.Once
				config := w.config
				config.Notice = suite.Operator(&w.secret)
				server := must(app.Open(t.Context(), config))
				if at == "journaled" {
					server.Ledger.Step = func(tx vc.LedgerTransaction) {
						if tx.State == vc.LedgerSent {
							once.Do(func() { close(dead) })
							<-die
							runtime.Goexit() // it never does another thing
						}
					}
				} else {
					peer.stand(onSecond(func(_ http.ResponseWriter, r *http.Request, next http.Handler) {
						next.ServeHTTP(httptest.NewRecorder(), r)
						once.Do(func() { close(dead) })
						<-die
						panic(http.ErrAbortHandler)
					}))
				}
				ctx, cancel := context.WithCancel(context.Background())
				ended := make(chan error, 1)
				go func() { ended <- server.Run(ctx) }()
				kill := func() { last.Do(func() { cancel(); close(die); done(<-ended); done(server.Close()) }) }
				defer kill()
				o.admin.BaseURL = server.URL
				asked, leave := context.WithCancel(t.Context())
				created := make(chan error, 1)
				go func() {
					_, err := o.admin.CreateDID(asked, sdk.NewDID{Method: "cheqd"})
					created <- err
				}()
				<-dead
				leave()
				<-created
				kill()
				peer.stand(nil)
				w.clock.advance(5 * time.Minute) // the lease of who is no more is over
				done(w.run())
				o.admin.BaseURL = w.url
				dids := func() int { return len(must(o.admin.ListDIDs(t.Context(), sdk.ListQuery{})).Items) - 1 }
				all := must(app.LedgerTransactions(t.Context(), w.config, 10))
				_, jobs, most := peer.steps()
				if at == "sent" {
					eventually(t, "what was sent", func() bool { return dids() == 1 })
					if jobs != 1 || most != 1 {
						t.Errorf("%d jobs, at most %d second steps", jobs, most)
					}
					w.resolved(all[0].Object)
					return
				}
				if all[0].State != "sent" || jobs != 0 || dids() != 0 {
					t.Errorf("%+v, %d second steps, %d DIDs", all[0], jobs, dids())
				}
				w.stop()
				done(app.AbandonLedgerTransaction(t.Context(), w.config, all[0].ID))
				done(w.run())
				o.admin.BaseURL = w.url
				must(o.admin.CreateDID(t.Context(), sdk.NewDID{Method: "cheqd"}))
				if _, jobs, most := peer.steps(); jobs != 1 || most != 1 {
					t.Errorf("%d jobs, at most %d second steps", jobs, most)
				}
			})
		})
	}
}

// TestCheqdRegistrarGone has a registrar go away between the steps: nothing is sent, and so said.
func TestCheqdRegistrarGone(t *testing.T) {
	guard(t, func() {
		peer := newRegistrarPeer(t)
		leaving := httptest.NewUnstartedServer(nil)
		leaving.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_ = leaving.Listener.Close()
			w.Header().Set("Connection", "close")
			peer.ServeHTTP(w, r)
		})
		leaving.Start()
		t.Cleanup(leaving.Close)
		config := peer.config()
		config.Cheqd.Registrars = map[string]string{spec.Testnet: leaving.URL + "/1.0/"}
		w := start(t, "sqlite", config)
		o := w.office("north")
		_, err := o.admin.CreateDID(t.Context(), sdk.NewDID{Method: "cheqd"})
		refused(t, err, 503, "registrar-unreachable")
		if all := must(app.LedgerTransactions(t.Context(), w.config, 10)); len(all) != 1 || all[0].State != "failed" {
			t.Errorf("%+v", all)
		}
		if _, jobs, _ := peer.steps(); jobs != 0 {
			t.Errorf("%d second steps", jobs)
		}
	})
}
