package verifier_test

import (
	"context"
	"encoding/json"
	"iter"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/internal/work"
)

// outcome is what who asked is told.
type outcome struct {
	State  string `json:"state"`
	Status string `json:"verification_status"`
	Result *struct {
		Holder      string `json:"holder"`
		Credentials []struct {
			Types   []string       `json:"type"`
			Issuer  string         `json:"issuer"`
			Subject map[string]any `json:"credentialSubject"`
		} `json:"credentials"`
		Matches []struct {
			Descriptor string `json:"descriptor"`
			Credential int    `json:"credential"`
		} `json:"matches"`
	} `json:"result"`
	Errors []struct{ Check, Code, Message string } `json:"errors"`
}

func (w *world) told(raw []byte) (out outcome) {
	w.Helper()
	w.must(json.Unmarshal(raw, &out))
	return out
}

// queries asks for an MSc degree or an age, found by its state and pushed to nobody.
func (g *gate) queries(change func(*verifier.NewRequest)) vc.PresentationRequest {
	g.Helper()
	definition, err := g.desk.CreateDefinition(g.Context(), g.by, verifier.NewDefinition{Query: []byte(`[
		{"fields":[{"path":["$.credentialSubject.degree"],"filter":{"type":"string","const":"MSc"}},{"path":["$.credentialSubject.givenName"]}]},
		{"fields":[{"path":["$.credentialSubject.age"],"filter":{"type":"number","minimum":18}}]}]`)})
	g.must(err)
	n := verifier.NewRequest{
		Name: "gate", DefinitionID: definition.ID, ByState: true, Once: true, Audience: []string{gateURL}, ExpiresAt: g.now.Add(10 * time.Minute),
	}
	if change != nil {
		change(&n)
	}
	r, err := g.desk.CreateRequest(g.Context(), g.by, n)
	g.must(err)
	return r
}

func (g *gate) receives(r vc.PresentationRequest, credentials ...[]byte) verifier.Progress {
	g.Helper()
	token := g.present(g.holder, g.proof(g.holder, r, credentials...))
	progress, err := g.desk.Receive(g.Context(), vc.Caller{Door: "gate"}, r.ID, verifier.Answer{VPToken: string(token), State: r.State})
	g.must(err)
	return progress
}

func (g *gate) about(claims map[string]any) []byte {
	claims["id"] = g.holder.did
	return g.signedOld(g.issuer, g.credential(g.issuer.did).with("credentialSubject", claims))
}

// TestReceive: an answer that verifies is told with what it says, one that does not with what is wrong.
func TestReceive(t *testing.T) {
	g := newGate(t)
	entries, status := g.entries(nil, vc.Revocation)
	good := func() []byte {
		return g.signedOld(g.issuer, g.held(g.issuer, g.holder.did).with("credentialStatus", status))
	}
	r := g.queries(nil)
	progress := g.receives(r, good())
	told := g.told(progress.Result)
	if progress.Status != verifier.ProgressVerified || !progress.Final() || told.Status != "verified" || told.State != r.State || told.Errors != nil || told.Result == nil {
		t.Fatalf("%s", progress.Result)
	}
	if told.Result.Holder != g.holder.did || len(told.Result.Credentials) != 1 || told.Result.Credentials[0].Issuer != g.issuer.did ||
		told.Result.Credentials[0].Subject["degree"] != "MSc" || told.Result.Matches[0].Descriptor != "q0" {
		t.Errorf("%s", progress.Result)
	}
	again, err := g.desk.Progress(t.Context(), g.by.Scope, r.ID)
	g.must(err)
	if string(again.Result) != string(progress.Result) || again.Status != progress.Status {
		t.Errorf("%s\n%s", again.Result, progress.Result)
	}
	_, err = g.desk.Progress(t.Context(), g.other.Scope, r.ID)
	g.wantError(err, vc.NotFound, "request-not-found", "")
	if row := g.row(r.ID); row.Status != vc.RequestCompleted || g.answers(r.ID) != 1 {
		t.Errorf("%+v", row)
	}
	g.set(entries[0], 1, 1)
	for name, c := range map[string]struct {
		credentials [][]byte
		check, code string
	}{
		"revoked":          {[][]byte{good()}, "status", "revoked"},
		"over":             {[][]byte{g.signed(g.issuer, g.held(g.issuer, g.holder.did).with("validUntil", "2026-02-01T00:00:00Z"))}, "validity", "expired"},
		"about another":    {[][]byte{g.signedOld(g.issuer, g.held(g.issuer, g.wallet.did))}, "binding", "subject-not-holder"},
		"not what's asked": {[][]byte{g.about(map[string]any{"degree": "PhD"})}, "constraints", "descriptor-unmet"},
		"half of it":       {[][]byte{g.about(map[string]any{"degree": "MSc"})}, "constraints", "descriptor-unmet"},
		"too young":        {[][]byte{g.about(map[string]any{"age": 17})}, "constraints", "descriptor-unmet"},
		"nothing":          {nil, "constraints", "descriptor-unmet"},
	} {
		t.Run(name, func(t *testing.T) {
			progress := g.receives(g.queries(nil), c.credentials...)
			told := g.told(progress.Result)
			if progress.Status != verifier.ProgressFailed || told.Result != nil ||
				!slices.ContainsFunc(told.Errors, func(e struct{ Check, Code, Message string }) bool {
					return e.Check == c.check && e.Code == c.code && e.Message != ""
				}) {
				t.Errorf("%s", progress.Result)
			}
		})
	}
	for name, credential := range map[string][]byte{"the other": g.about(map[string]any{"age": 18}), "both": g.about(map[string]any{"age": 40, "degree": "MSc", "givenName": "I"})} {
		if progress := g.receives(g.queries(nil), credential); progress.Status != verifier.ProgressVerified {
			t.Errorf("%s: %s", name, progress.Result)
		}
	}
}

// TestReceiveRefused: what is no answer leaves nothing.
func TestReceiveRefused(t *testing.T) {
	g := newGate(t)
	r := g.queries(nil)
	token := string(g.present(g.holder, g.proof(g.holder, r, g.about(map[string]any{"age": 20}))))
	for name, c := range map[string]struct {
		by            vc.Caller
		a             verifier.Answer
		kind          vc.Kind
		code, pointer string
	}{
		"another tenant's": {g.strange, verifier.Answer{VPToken: token, State: r.State}, vc.NotFound, "request-not-found", ""},
		"nothing":          {vc.Caller{}, verifier.Answer{State: r.State}, vc.Invalid, "answer-empty", ""},
		"no state":         {vc.Caller{}, verifier.Answer{VPToken: token}, vc.Invalid, "state-mismatch", "/state"},
		"another state":    {vc.Caller{}, verifier.Answer{VPToken: token, State: "x"}, vc.Invalid, "state-mismatch", "/state"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := g.desk.Receive(t.Context(), c.by, r.ID, c.a)
			g.wantError(err, c.kind, c.code, c.pointer)
		})
	}
	if g.answers(r.ID) != 0 || g.row(r.ID).Status != vc.RequestPending {
		t.Error("something was stored")
	}
	good := verifier.Answer{VPToken: token, State: r.State}
	_, err := g.desk.Receive(t.Context(), vc.Caller{}, r.ID, good)
	g.must(err)
	_, err = g.desk.Receive(t.Context(), vc.Caller{}, r.ID, good)
	g.wantError(err, vc.Conflict, "request-completed", "")
	late := g.queries(nil)
	g.now = late.ExpiresAt
	_, err = g.desk.Receive(t.Context(), vc.Caller{}, late.ID, verifier.Answer{VPToken: token, State: late.State})
	g.wantError(err, vc.Gone, "request-expired", "")
	if progress, err := g.desk.Progress(t.Context(), g.by.Scope, late.ID); err != nil || progress.Status != verifier.ProgressExpired {
		t.Error(err, progress.Status)
	}
}

// TestDisclosed: where disclosure is limited, only what was asked for is told.
func TestDisclosed(t *testing.T) {
	g := newGate(t)
	definition := []byte(`{"id":"d","input_descriptors":[{"id":"x","constraints":{"limit_disclosure":"preferred","fields":[
		{"path":["$.credentialSubject.address.city","$.vc.credentialSubject.address.city"]}]}}]}`)
	r := g.queries(func(n *verifier.NewRequest) { n.DefinitionID, n.Definition = "", definition })
	progress := g.receives(r, g.about(map[string]any{"address": map[string]any{"city": "Bern", "street": "hidden-street"}, "age": 40}))
	told := g.told(progress.Result)
	if progress.Status != verifier.ProgressVerified || strings.Contains(string(progress.Result), "hidden-street") || strings.Contains(string(progress.Result), "age") {
		t.Fatalf("%s", progress.Result)
	}
	subject := told.Result.Credentials[0].Subject
	if city, _ := subject["address"].(map[string]any); city["city"] != "Bern" || subject["id"] != g.holder.did {
		t.Errorf("%s", progress.Result)
	}
}

// watching gives what a watch gives.
func watching(ctx context.Context, desk *verifier.Desk, state string) (next func() (verifier.Progress, error, bool), stop func()) {
	return iter.Pull2(desk.Watch(ctx, state))
}

// TestWatch: who watches is told at once, when the answer comes, and no more.
func TestWatch(t *testing.T) {
	g := newGate(t)
	g.desk.Look = time.Hour // only the bell wakes it
	r := g.queries(nil)
	next, stop := watching(t.Context(), g.desk, r.State)
	defer stop()
	if first, err, ok := next(); err != nil || !ok || first.Status != verifier.ProgressPending || g.told(first.Result).State != r.State {
		t.Fatalf("%v %v %s", err, ok, first.Result)
	}
	var wait sync.WaitGroup
	wait.Go(func() { g.receives(r, g.about(map[string]any{"age": 20})) })
	last, err, ok := next()
	wait.Wait()
	if err != nil || !ok || last.Status != verifier.ProgressVerified {
		t.Fatalf("%v %v %s", err, ok, last.Result)
	}
	if _, _, ok := next(); ok {
		t.Error("it goes on")
	}
	for progress, err := range g.desk.Watch(t.Context(), r.State) { // what is over is told
		if err != nil || progress.Status != verifier.ProgressVerified {
			t.Error(err, progress.Status)
		}
	}
	for _, err := range g.desk.Watch(t.Context(), "nobody's") {
		g.wantError(err, vc.NotFound, "request-not-found", "")
	}
	ended, cancel := context.WithCancel(t.Context())
	defer cancel()
	for progress, err := range g.desk.Watch(ended, g.queries(nil).State) {
		if err != nil || progress.Status != verifier.ProgressPending {
			t.Error(err, progress.Status)
		}
		cancel()
	}
	archived := g.queries(nil)
	_, err = g.desk.ArchiveRequest(t.Context(), g.by, archived.ID)
	g.must(err)
	for _, err := range g.desk.Watch(t.Context(), archived.State) {
		g.wantError(err, vc.NotFound, "request-not-found", "")
	}
	over := g.queries(nil)
	g.now = over.ExpiresAt
	for progress, err := range g.desk.Watch(t.Context(), over.State) {
		if err != nil || progress.Status != verifier.ProgressExpired {
			t.Error(err, progress.Status)
		}
	}
}

// TestWatchElsewhere: what another server judges is seen.
func TestWatchElsewhere(t *testing.T) {
	g := newGate(t)
	r := g.queries(nil)
	elsewhere := &verifier.Desk{
		Rows: g.desk.Rows, Directory: g.desk.Directory, Vault: g.desk.Vault, Verifier: g.verifier, Now: g.desk.Now, Look: time.Millisecond,
	}
	next, stop := watching(t.Context(), elsewhere, r.State)
	defer stop()
	if _, err, ok := next(); err != nil || !ok {
		t.Fatal(err)
	}
	g.receives(r, g.about(map[string]any{"age": 20}))
	if last, err, ok := next(); err != nil || !ok || last.Status != verifier.ProgressVerified {
		t.Fatalf("%v %v %s", err, ok, last.Result)
	}
}

// TestPush: the result goes where the request said, until it is taken; what is refused is dead.
func TestPush(t *testing.T) {
	g := newGate(t)
	var (
		mu     sync.Mutex
		bodies []string
		status = map[string][]int{"/good": {503, 429, 204}, "/refused": {400}}
		done   = make(chan string, 8)
	)
	rp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		body := make([]byte, r.ContentLength)
		_, _ = r.Body.Read(body)
		if r.Method != http.MethodPost || r.Header.Get("Content-Type") != "application/json" {
			t.Error(r.Method, r.Header)
		}
		left := status[r.URL.Path]
		status[r.URL.Path] = left[1:]
		if len(left) == 1 {
			bodies = append(bodies, string(body))
			done <- r.URL.Path
		}
		w.WriteHeader(left[0])
	}))
	t.Cleanup(rp.Close)
	g.desk.Poster, g.desk.LoopbackHTTP = g.world.client, true
	worker := &work.Worker{
		Lender: g.db, Poll: time.Millisecond, First: time.Millisecond, Longest: time.Millisecond,
		Handlers: map[string]work.Handler{verifier.JobPush: g.desk.PushJob},
	}
	ctx, cancel := context.WithCancel(context.Background())
	var wait sync.WaitGroup
	wait.Go(func() { worker.Run(ctx) })
	defer func() { cancel(); wait.Wait() }()
	progress := g.receives(g.queries(func(n *verifier.NewRequest) { n.Push = rp.URL + "/good" }), g.about(map[string]any{"age": 20}))
	if path := <-done; path != "/good" || bodies[0] != string(progress.Result) {
		t.Errorf("%s %s", path, bodies)
	}
	g.receives(g.queries(func(n *verifier.NewRequest) { n.Push = rp.URL + "/refused" }), g.about(map[string]any{"age": 20}))
	if path := <-done; path != "/refused" {
		t.Error(path)
	}
}

// TestPushJob: what a job holds, and what becomes of one.
func TestPushJob(t *testing.T) {
	g := newGate(t)
	answer := http.StatusFound
	rp := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(answer) }))
	g.desk.Poster, g.desk.LoopbackHTTP = g.world.client, true
	r := g.queries(func(n *verifier.NewRequest) { n.Push = rp.URL })
	g.receives(r, g.about(map[string]any{"age": 20}))
	jobs, err := g.db.Lend(t.Context(), "w", []string{verifier.JobPush}, 10, time.Minute)
	g.must(err)
	if len(jobs) != 1 || strings.Contains(string(jobs[0].Payload), g.holder.did) || strings.Contains(string(jobs[0].Payload), "age") || len(jobs[0].Payload) > 200 {
		t.Fatalf("%+v", jobs)
	}
	for status, kind := range map[int]vc.Kind{302: vc.Invalid, 401: vc.Invalid, 404: vc.Invalid, 408: vc.Unavailable, 429: vc.Unavailable, 500: vc.Unavailable} {
		answer = status
		if err := g.desk.PushJob(t.Context(), jobs[0]); vc.KindOf(err) != kind {
			t.Errorf("%d: %v", status, err)
		}
	}
	answer = http.StatusOK
	g.must(g.desk.PushJob(t.Context(), jobs[0]))
	rp.Close()
	g.wantError(g.desk.PushJob(t.Context(), jobs[0]), vc.Unavailable, "push-failed", "")
	list, err := g.desk.Submissions(t.Context(), g.by.Scope, r.ID)
	g.must(err)
	g.must(g.desk.DeleteSubmission(t.Context(), g.by, r.ID, list[0].Submission.ID))
	g.wantError(g.desk.PushJob(t.Context(), jobs[0]), vc.NotFound, "submission-not-found", "")
	g.wantError(g.desk.PushJob(t.Context(), vc.Job{Payload: []byte("{")}), vc.Invalid, "job-malformed", "")
}

// TestReceiveShared: of many answers at once one is taken, on either database and across two servers.
func TestReceiveShared(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		g := newGate(t)
		g.moves(storetest.Open(t, dsn), storetest.Open(t, dsn))
		r := g.queries(nil)
		token := string(g.present(g.holder, g.proof(g.holder, r, g.about(map[string]any{"age": 20}))))
		other := &verifier.Desk{Rows: sql.For[verifier.Rows](g.second), Directory: g.second, Vault: g.keys, Verifier: g.verifier, Now: g.desk.Now, Look: time.Millisecond}
		next, stop := watching(t.Context(), other, r.State)
		defer stop()
		if _, err, ok := next(); err != nil || !ok {
			t.Fatal(err)
		}
		var wait sync.WaitGroup
		errs := make([]error, 8)
		for i := range errs {
			wait.Go(func() {
				desk := []*verifier.Desk{g.desk, other}[i%2]
				_, errs[i] = desk.Receive(context.WithoutCancel(t.Context()), vc.Caller{}, r.ID, verifier.Answer{VPToken: token, State: r.State})
			})
		}
		wait.Wait()
		taken := 0
		for _, err := range errs {
			if err == nil {
				taken++
				continue
			}
			g.wantError(err, vc.Conflict, "request-completed", "")
		}
		if last, err, ok := next(); taken != 1 || err != nil || !ok || last.Status != verifier.ProgressVerified {
			t.Errorf("%d %v %v %s", taken, err, ok, last.Result)
		}
	})
}

// TestReceiveBound: a request that may be answered more than once is not a place to fill a disk.
func TestReceiveBound(t *testing.T) {
	g := newGate(t)
	r := g.queries(func(n *verifier.NewRequest) { n.Once = false })
	for i := range 1000 {
		_, err := g.desk.Receive(t.Context(), vc.Caller{}, r.ID, verifier.Answer{VPToken: strings.Repeat("x", i+1), State: r.State})
		g.must(err)
	}
	_, err := g.desk.Receive(t.Context(), vc.Caller{}, r.ID, verifier.Answer{VPToken: "y", State: r.State})
	g.wantError(err, vc.Conflict, "too-many-submissions", "")
	if n := g.answers(r.ID); n != 1000 {
		t.Error(n)
	}
}
