package notify_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/notify"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
)

// words is a form for tests: what an event is, by its subject and position.
type words struct{}

func (words) Name() string { return "words" }

func (words) Message(_ context.Context, _ vc.Webhook, e vc.Entry) (notify.Message, bool, error) {
	body, err := json.Marshal(told{ID: e.ID, Type: e.Action, Subject: e.Subject, Position: e.Position})
	return notify.Message{Body: body}, e.Action != "unspeakable.happened", err
}

type told struct {
	ID, Type, Subject string
	Position          int64
}

// receiver is somebody's server. It answers as its test says.
type receiver struct {
	t      *testing.T
	url    string
	answer func(told, http.ResponseWriter)

	mu      sync.Mutex
	heard   []told // whatever the answer was
	taken   []told // what was answered with 2xx
	headers []http.Header
	bodies  []string
}

func receive(t *testing.T, answer func(told, http.ResponseWriter)) *receiver {
	r := &receiver{t: t, answer: answer}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	r.url = server.URL + "/hook?place=here"
	return r
}

type answered struct {
	http.ResponseWriter
	status int
}

func (a *answered) WriteHeader(status int) {
	a.status = status
	a.ResponseWriter.WriteHeader(status)
}

// ServeHTTP takes a message.
func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	body, _ := io.ReadAll(request.Body)
	var got told
	if json.Unmarshal(body, &got) != nil || request.Method != http.MethodPost || request.URL.RawQuery != "place=here" {
		r.t.Errorf("heard %s %s: %s", request.Method, request.URL, body)
	}
	r.mu.Lock()
	r.heard, r.headers, r.bodies = append(r.heard, got), append(r.headers, request.Header), append(r.bodies, string(body))
	r.mu.Unlock()
	a := &answered{w, http.StatusOK}
	if r.answer != nil {
		r.answer(got, a)
	}
	if a.status/100 == 2 {
		r.mu.Lock()
		r.taken = append(r.taken, got)
		r.mu.Unlock()
	}
}

func (r *receiver) all() (heard, taken []told) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.heard), slices.Clone(r.taken)
}

// of gives the positions of a subject among messages, in their order.
func of(subject string, list []told) (positions []int64) {
	for _, m := range list {
		if m.Subject == subject || subject == "" {
			positions = append(positions, m.Position)
		}
	}
	return positions
}

// world is a database with a desk, and a clock that tests move.
type world struct {
	t      *testing.T
	dsn    string
	db     *sql.DB
	desk   *notify.Desk
	master local.MasterKeys
	ahead  *atomic.Int64
	logs   *strings.Builder
	by     vc.Caller
}

func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// each runs a test on both databases.
func each(t *testing.T, test func(t *testing.T, w *world)) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		w := &world{t: t, dsn: dsn, ahead: &atomic.Int64{}, logs: &strings.Builder{}, master: local.MasterKeys{Current: local.NewMasterKey()}}
		w.by = vc.Caller{Scope: vc.Scope{Tenant: uuid.NewString(), Organisation: uuid.NewString()}, Principal: "p", Door: "test"}
		w.db, w.desk = w.server()
		test(t, w)
	})
}

// server is a desk on a connection of its own to the database.
func (w *world) server() (*sql.DB, *notify.Desk) {
	w.t.Helper()
	var publisher *journal.Publisher
	db, err := sql.Open(w.t.Context(), sql.Config{DSN: w.dsn, Now: w.now, Appended: func() { publisher.Wake() }})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	keys, err := local.New(local.Config{Master: w.master, Rows: db})
	if err != nil {
		w.t.Fatal(err)
	}
	publisher = &journal.Publisher{Sequencer: db, Masters: keys.MasterKeys()}
	return db, &notify.Desk{
		Rows: storetest.Again(sql.For[notify.Rows](db)), Lender: db, Vault: keys, Forms: []notify.Form{words{}}, Publisher: publisher, Now: w.now,
		Sender: httpx.NewClient(httpx.ClientConfig{AllowLoopbackHTTP: true, MaxRedirects: -1, Timeout: 20 * time.Second}),
		Poll:   20 * time.Millisecond, Patience: 50 * time.Millisecond, Log: slog.New(slog.NewTextHandler(&locked{b: w.logs}, nil)),
	}
}

type locked struct {
	mu sync.Mutex
	b  *strings.Builder
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

// run runs a desk and its publisher; the result ends both.
func (w *world) run(desk *notify.Desk) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() { desk.Publisher.Run(ctx) })
	wait.Go(func() { desk.Run(ctx) })
	var once sync.Once
	stop = func() { once.Do(func() { cancel(); wait.Wait() }) }
	w.t.Cleanup(stop)
	return stop
}

// hook makes a webhook to a receiver.
func (w *world) hook(r *receiver, events ...string) vc.Webhook {
	w.t.Helper()
	hook, _, err := w.desk.Create(w.t.Context(), w.by, notify.New{Name: "n", Form: "words", URL: r.url, Events: events})
	if err != nil {
		w.t.Fatal(err)
	}
	return hook
}

// happen writes an event of each subject.
func (w *world) happen(subjects ...string) {
	w.t.Helper()
	for _, subject := range subjects {
		w.happens(w.by.Scope, "thing.happened", subject)
	}
}

func (w *world) happens(scope vc.Scope, action, subject string) {
	w.t.Helper()
	if err := sql.For[journal.Appender](w.db).Update(w.t.Context(), scope, func(rows journal.Appender) error {
		return rows.Append(vc.Entry{At: w.now(), Action: action, Object: "thing/1", Event: true, Subject: subject})
	}); err != nil {
		w.t.Fatal(err)
	}
}

// repeat gives n copies of the subjects, one round after the other.
func repeat(n int, subjects ...string) (out []string) {
	for range n {
		out = append(out, subjects...)
	}
	return out
}

func (w *world) webhook(id string) vc.Webhook {
	w.t.Helper()
	hook, err := w.desk.Webhook(w.t.Context(), w.by, id)
	if err != nil {
		w.t.Fatal(err)
	}
	return hook
}

func (w *world) deliveries(hook string, state vc.DeliveryState) []vc.Delivery {
	w.t.Helper()
	list, err := w.desk.Deliveries(w.t.Context(), w.by, vc.DeliveryQuery{Webhook: hook, State: state, Limit: 1000})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

// until waits for what the desk does.
func (w *world) until(what string, ok func() bool) {
	w.t.Helper()
	for end := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			w.t.Fatal("waited in vain: " + what + "\n" + w.logs.String())
		}
	}
}

// quiet waits until a webhook is at the journal's end, given back, with so many deliveries waiting.
func (w *world) quiet(hook vc.Webhook, waiting int) vc.Webhook {
	w.t.Helper()
	var got vc.Webhook
	reader := &journal.Reader{Rows: sql.For[journal.Rows](w.db)}
	w.until("the webhook is at rest", func() bool {
		got = w.webhook(hook.ID)
		left, err := reader.Events(w.t.Context(), w.by.Scope, got.Position, 1)
		return err == nil && len(left) == 0 && got.LeasedBy == "" && got.Waiting == waiting
	})
	return got
}

func (w *world) advance(d time.Duration) { w.ahead.Add(int64(d)) }
