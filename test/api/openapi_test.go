package api

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	described "github.com/chancery-vc/chancery/api"
)

// watch is the transport of every test's client: it holds each answer of the native API against the description,
// and remembers which operations answered how.
type watch struct {
	t    *testing.T
	doc  *openapi3.T
	mu   sync.Mutex
	seen map[string]map[int]int // answers by operation and hundreds of status
}

// description parses the API's description.
func description(t testing.TB) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(described.Native)
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestDescriptionIsValid: the description is an OpenAPI 3.1 document.
func TestDescriptionIsValid(t *testing.T) {
	if err := description(t).Validate(t.Context()); err != nil {
		t.Error(err)
	}
}

func (w *watch) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent []byte
	if r.Body != nil {
		var err error
		if sent, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	route, params := w.route(r)
	if route == nil || strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream") {
		return res, nil
	}
	body, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	w.count(route.Operation.OperationID, res.StatusCode)
	w.judge(r, sent, route, params, res, body)
	return res, nil
}

func (w *watch) count(operation string, status int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.seen == nil {
		w.seen = map[string]map[int]int{}
	}
	if w.seen[operation] == nil {
		w.seen[operation] = map[int]int{}
	}
	w.seen[operation][status/100]++
}

// judge reports an answer that is not as described, and a request that was taken though the description forbids it.
func (w *watch) judge(r *http.Request, sent []byte, route *routers.Route, params map[string]string, res *http.Response, body []byte) {
	options := &openapi3filter.Options{
		AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true,
		ExcludeResponseBody: !strings.Contains(res.Header.Get("Content-Type"), "json"),
	}
	again := r.Clone(r.Context())
	again.Body = io.NopCloser(bytes.NewReader(sent))
	again.ContentLength = int64(len(sent))
	input := &openapi3filter.RequestValidationInput{Request: again, PathParams: params, Route: route, Options: options}
	if res.StatusCode/100 == 2 {
		if err := openapi3filter.ValidateRequest(r.Context(), input); err != nil {
			w.t.Errorf("%s %s answered %d to a request that is not as described: %v", r.Method, r.URL, res.StatusCode, err)
		}
	}
	err := openapi3filter.ValidateResponse(r.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: res.StatusCode, Header: res.Header, Body: io.NopCloser(bytes.NewReader(body)), Options: options,
	})
	if err != nil {
		w.t.Errorf("%s %s: the answer %d is not as described: %v\n%s", r.Method, r.URL, res.StatusCode, err, shortened(body))
	}
}

func shortened(body []byte) string {
	if len(body) > 600 {
		return string(body[:600]) + "…"
	}
	return string(body)
}

// route finds the operation of a request: the described path with the same segments, the most literal one first.
func (w *watch) route(r *http.Request) (*routers.Route, map[string]string) {
	path := r.URL.EscapedPath()
	if rest, ok := strings.CutPrefix(path, "/t/"); ok {
		_, rest, _ = strings.Cut(rest, "/")
		path = "/" + rest
	}
	segments := strings.Split(path, "/")
	var best *routers.Route
	var bestParams map[string]string
	for pattern, item := range w.doc.Paths.Map() {
		operation := item.GetOperation(r.Method)
		params, ok := match(strings.Split(pattern, "/"), segments)
		if operation == nil || !ok || best != nil && len(params) >= len(bestParams) {
			continue
		}
		best = &routers.Route{Spec: w.doc, Path: pattern, PathItem: item, Method: r.Method, Operation: operation}
		bestParams = params
	}
	return best, bestParams
}

func match(pattern, segments []string) (map[string]string, bool) {
	if len(pattern) != len(segments) {
		return nil, false
	}
	params := map[string]string{}
	for i, p := range pattern {
		if strings.HasPrefix(p, "{") {
			value, err := url.PathUnescape(segments[i])
			if err != nil || value == "" {
				return nil, false
			}
			params[strings.Trim(p, "{}")] = value
			continue
		}
		if p != segments[i] {
			return nil, false
		}
	}
	return params, true
}
