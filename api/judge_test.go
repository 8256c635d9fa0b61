package api_test

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/chancery-vc/chancery/api"
)

// judge is a transport that holds what passes through it against the description: requests that succeeded and all
// answers. An OpenAPI 3.1 schema is a JSON Schema of 2020-12, so a JSON Schema library is the judge.
type judge struct {
	t       *testing.T
	next    http.RoundTripper
	ops     []operation
	schemas *jsonschema.Compiler
	mu      sync.Mutex
	calls   map[string]int // 2xx answers by operation
}

type operation struct {
	method, id string
	path       *regexp.Regexp
	request    map[string]media
	responses  map[string]struct {
		Ref     string           `json:"$ref"`
		Content map[string]media `json:"content"`
	}
}

type media struct {
	Schema struct {
		Ref string `json:"$ref"`
	} `json:"schema"`
}

func newJudge(t *testing.T) *judge {
	t.Helper()
	var doc struct {
		Paths map[string]map[string]struct {
			OperationID string `json:"operationId"`
			RequestBody struct {
				Content map[string]media `json:"content"`
			} `json:"requestBody"`
			Responses map[string]struct {
				Ref     string           `json:"$ref"`
				Content map[string]media `json:"content"`
			} `json:"responses"`
		} `json:"paths"`
	}
	if err := json.Unmarshal(api.Native, &doc); err != nil {
		t.Fatal(err)
	}
	j := &judge{t: t, next: http.DefaultTransport, calls: map[string]int{}, schemas: jsonschema.NewCompiler()}
	j.schemas.AssertFormat()
	whole, err := jsonschema.UnmarshalJSON(bytes.NewReader(api.Native))
	if err != nil {
		t.Fatal(err)
	}
	if err := j.schemas.AddResource("https://chancery.test/openapi.json", whole); err != nil {
		t.Fatal(err)
	}
	wild := regexp.MustCompile(`\\\{[a-z]+\\\}`)
	for path, methods := range doc.Paths {
		pattern := wild.ReplaceAllString(regexp.QuoteMeta(path), "[^/]+")
		for method, op := range methods {
			j.ops = append(j.ops, operation{
				method: strings.ToUpper(method), id: op.OperationID,
				path: regexp.MustCompile("^(/t/[^/]+)?" + pattern + "$"), request: op.RequestBody.Content, responses: op.Responses,
			})
		}
	}
	return j
}

// find prefers the path with fewer wildcards: /credentials/verify over /credentials/{id}.
func (j *judge) find(method, path string) (best operation, ok bool) {
	for _, op := range j.ops {
		if op.method != method || !op.path.MatchString(path) {
			continue
		}
		if !ok || strings.Count(op.path.String(), "[^/]+") < strings.Count(best.path.String(), "[^/]+") {
			best, ok = op, true
		}
	}
	return best, ok
}

func (j *judge) RoundTrip(r *http.Request) (*http.Response, error) {
	var sent []byte
	if r.Body != nil && r.Body != http.NoBody {
		var err error
		if sent, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	res, err := j.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	op, ok := j.find(r.Method, r.URL.EscapedPath())
	if !ok {
		return res, nil // not of this description: /status/…
	}
	contentType, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type"))
	if contentType == "text/event-stream" {
		j.count(op.id)
		return res, nil
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	_ = res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(body))
	j.answer(op, res.StatusCode, contentType, body)
	if res.StatusCode < 300 {
		j.count(op.id)
		if len(sent) > 0 {
			j.check(op.id+" request", op.request["application/json"].Schema.Ref, sent)
		}
	}
	return res, nil
}

func (j *judge) count(id string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.calls[id]++
}

func (j *judge) answer(op operation, status int, contentType string, body []byte) {
	where := op.id + " " + strconv.Itoa(status)
	response, ok := op.responses[strconv.Itoa(status)]
	if !ok {
		j.t.Errorf("%s is not described: %s", where, body)
		return
	}
	if response.Ref != "" {
		if contentType != "application/problem+json" {
			j.t.Errorf("%s is %s", where, contentType)
			return
		}
		j.check(where, "#/components/schemas/Problem", body)
		return
	}
	described, ok := response.Content[contentType]
	if !ok && len(body) > 0 {
		j.t.Errorf("%s: %q is not described", where, contentType)
	}
	if contentType == "application/json" {
		j.check(where, described.Schema.Ref, body)
	}
}

// check holds JSON against a schema of the description.
func (j *judge) check(where, ref string, body []byte) {
	if ref == "" {
		return
	}
	j.mu.Lock()
	schema, err := j.schemas.Compile("https://chancery.test/openapi.json" + ref)
	j.mu.Unlock()
	if err != nil {
		j.t.Errorf("%s: %v", where, err)
		return
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err == nil {
		err = schema.Validate(value)
	}
	if err != nil {
		j.t.Errorf("%s: %v\n%s", where, err, body)
	}
}
