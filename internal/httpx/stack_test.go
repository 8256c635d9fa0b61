package httpx

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func serve(t *testing.T, h http.Handler) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

func ask(t *testing.T, method, url string, header http.Header) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for k, v := range header {
		r.Header[k] = v
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(body)
}

func table() []Route {
	text := func(s string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if rec := RecordOf(r.Context()); rec != nil {
				rec.Tenant = "t1"
			}
			_, _ = io.WriteString(w, s+r.PathValue("id"))
		})
	}
	return []Route{
		{Method: "GET", Pattern: "/things/{id}", Operation: "getThing", Permission: Public, Handler: text("thing ")},
		{Method: "POST", Pattern: "/things", Operation: "makeThing", Permission: Public, Handler: text("made")},
		{Method: "GET", Pattern: "/panic", Operation: "panic", Permission: Public, Handler: http.HandlerFunc(
			func(http.ResponseWriter, *http.Request) { panic("secret cause") })},
	}
}

func TestStack(t *testing.T) {
	var log bytes.Buffer
	metrics := NewMetrics()
	mux := Mux{Routes: table(), Prefixes: []string{"/v1", "/t/{tenant}/v1"}, Fail: func(w http.ResponseWriter, _ *http.Request, err error) {
		EncodeJSON(w, http.StatusTeapot, err.Error())
	}}
	s := serve(t, Stack{Log: slog.New(slog.NewJSONHandler(&log, nil)), Metrics: metrics}.Wrap(mux.Handler()))

	res, body := ask(t, "GET", s.URL+"/t/acme/v1/things/did%3Aweb%3Ax%253A1?secret=1", http.Header{"X-Request-Id": {"abc-1"}})
	if body != "thing did:web:x%3A1" || res.Header.Get("X-Request-Id") != "abc-1" {
		t.Errorf("got %q, %v", body, res.Header)
	}
	if !strings.Contains(log.String(), `"route":"/t/{tenant}/v1/things/{id}","status":200`) || strings.Contains(log.String(), "secret") {
		t.Errorf("log: %s", log.String())
	}
	if !strings.Contains(log.String(), `"tenant":"t1"`) || !strings.Contains(log.String(), `"request":"abc-1"`) {
		t.Errorf("log: %s", log.String())
	}

	res, _ = ask(t, "GET", s.URL+"/v1/things/1", http.Header{"X-Request-Id": {"no\tgood"}})
	if id := res.Header.Get("X-Request-Id"); len(id) != 36 {
		t.Errorf("request id %q", id)
	}
	res, body = ask(t, "DELETE", s.URL+"/v1/things/1", nil)
	if res.Header.Get("Allow") != "GET, HEAD" || !strings.Contains(body, "does not answer") {
		t.Errorf("405: %v %q", res.Header, body)
	}
	res, body = ask(t, "GET", s.URL+"/v2", nil)
	if res.Header.Get("Allow") != "" || !strings.Contains(body, "no such route") {
		t.Errorf("404: %v %q", res.Header, body)
	}
	res, body = ask(t, "GET", s.URL+"/v1/panic", nil)
	if res.StatusCode != 500 || strings.Contains(body, "secret") || strings.Contains(body, "goroutine") {
		t.Errorf("panic: %d %q", res.StatusCode, body)
	}
	if !strings.Contains(log.String(), "secret cause") {
		t.Error("the log does not know why it panicked")
	}

	recorder := httptest.NewRecorder()
	metrics.Handler().ServeHTTP(recorder, httptest.NewRequest("GET", "/metrics", nil))
	for _, want := range []string{
		`chancery_http_requests_total{method="GET",route="/v1/things/{id}",status="200"} 1`,
		`chancery_http_requests_total{method="GET",route="/v1/panic",status="500"} 1`,
		`chancery_http_requests_total{method="GET",route="unmatched",status="418"} 1`,
		`chancery_http_requests_in_flight 0`,
	} {
		if !strings.Contains(recorder.Body.String(), want) {
			t.Errorf("metrics lack %s", want)
		}
	}
}

func TestServeCached(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ServeCached(w, r, []byte("body"), "text/x", "tag", 90*time.Second)
	}))
	for name, c := range map[string]struct {
		method, match string
		status        int
		body          string
	}{
		"first": {"GET", "", 200, "body"}, "same": {"GET", `"tag"`, 304, ""}, "weak": {"GET", `"x", W/"tag"`, 304, ""},
		"any": {"GET", "*", 304, ""}, "other": {"GET", `"tagg"`, 200, "body"}, "head": {"HEAD", "", 200, ""},
	} {
		res, body := ask(t, c.method, s.URL, http.Header{"If-None-Match": {c.match}})
		if res.StatusCode != c.status || body != c.body || res.Header.Get("ETag") != `"tag"` {
			t.Errorf("%s: %d %q %v", name, res.StatusCode, body, res.Header)
		}
		if res.Header.Get("Cache-Control") != "public, max-age=90" {
			t.Errorf("%s: %v", name, res.Header)
		}
	}
}

func TestUnescapeDID(t *testing.T) {
	const want = "did:web:localhost%3A8080:a"
	for _, escaped := range []string{want, "did%3Aweb%3Alocalhost%253A8080%3Aa", "did:web:localhost%253A8080:a"} {
		if got := UnescapeDID(escaped); got != want {
			t.Errorf("%s: %s", escaped, got)
		}
	}
}

func TestServerHasDeadlines(t *testing.T) {
	s := Server(":0", nil)
	if s.ReadHeaderTimeout == 0 || s.ReadTimeout == 0 || s.WriteTimeout == 0 || s.IdleTimeout == 0 || s.MaxHeaderBytes == 0 {
		t.Errorf("%+v", s)
	}
}
