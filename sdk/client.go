// Package sdk is the Go client of Chancery's native API, /v1. It needs the standard library only.
//
//	c := sdk.New("https://chancery.example", os.Getenv("CHANCERY_TOKEN"))
//	made, err := c.Issue(ctx, sdk.Order{Type: typeID, Claims: map[string]any{"id": did, "degree": "BSc"}})
//	if p, ok := errors.AsType[*sdk.Problem](err); ok {
//		log.Printf("%s at %s (request %s)", p.Code(), p.Pointer, p.RequestID)
//	}
//
// Calls that issue carry an idempotency key, their own or a fresh one, so that a call that was cut off is safely
// sent again; reads are sent again too. Nothing else is.
package sdk

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"math"
	mathrand "math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Client calls one server. It is safe for concurrent use once its fields are set.
type Client struct {
	BaseURL      string       // "https://chancery.example", without /v1
	Token        string       // API key or access token
	Tenant       string       // slug; "": the token's
	Organisation string       // id of the organisation to act in; "": the token's
	HTTP         *http.Client // nil: one with a timeout of a minute
	Attempts     int          // how often a call that may be sent again is sent; 0: 3
}

// New makes a client of the server at baseURL that proves itself with token.
func New(baseURL, token string) *Client { return &Client{BaseURL: baseURL, Token: token} }

// defaultHTTP reuses connections as well as the server's own limits allow.
var defaultHTTP = &http.Client{Timeout: time.Minute}

// maxAnswer bounds what is read of an answer: a batch of 1,000 credentials is far below.
const maxAnswer = 256 << 20

// request is one call. Key makes it safe to send again.
type request struct {
	method string
	path   string // below /v1
	query  url.Values
	header http.Header
	in     any
	out    any
	key    string
}

// do sends a call, again where that is safe, and decodes its answer into out.
func (c *Client) do(ctx context.Context, q request) error {
	var body []byte
	if q.in != nil {
		var err error
		if body, err = json.Marshal(q.in); err != nil {
			return err
		}
	}
	attempts := max(c.Attempts, 1)
	if c.Attempts == 0 {
		attempts = 3
	}
	if q.method != http.MethodGet && q.key == "" {
		attempts = 1
	}
	for n := 1; ; n++ {
		err := c.once(ctx, q, body)
		if err == nil || n >= attempts || !again(ctx, err) {
			return err
		}
		if err := pause(ctx, n, err); err != nil {
			return err
		}
	}
}

func (c *Client) once(ctx context.Context, q request, body []byte) error {
	res, err := c.send(ctx, c.client(), q, body)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil || q.out == nil || len(answer) == 0 {
		return err
	}
	return json.Unmarshal(answer, q.out)
}

// send gives an answer of the 2xx kind; any other is a [Problem].
func (c *Client) send(ctx context.Context, client *http.Client, q request, body []byte) (*http.Response, error) {
	target := c.root() + "/v1" + q.path
	if len(q.query) > 0 {
		target += "?" + q.query.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, q.method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	for name, values := range q.header {
		r.Header[name] = values
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if c.Token != "" {
		r.Header.Set("Authorization", "Bearer "+c.Token)
	}
	if c.Organisation != "" {
		r.Header.Set("Chancery-Organisation", c.Organisation)
	}
	if q.key != "" {
		r.Header.Set("Idempotency-Key", q.key)
	}
	res, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	if res.StatusCode/100 == 2 {
		return res, nil
	}
	defer func() { _ = res.Body.Close() }()
	return nil, readProblem(res)
}

func (c *Client) client() *http.Client {
	if c.HTTP != nil {
		return c.HTTP
	}
	return defaultHTTP
}

// endless is client for what has no size or end known before: only ctx ends it.
func (c *Client) endless() *http.Client {
	client := *c.client()
	client.Timeout = 0
	return &client
}

func (c *Client) root() string {
	root := strings.TrimRight(c.BaseURL, "/")
	if c.Tenant != "" {
		root += "/t/" + url.PathEscape(c.Tenant)
	}
	return root
}

// again says whether sending once more may help: the network failed, or the server says later.
func again(ctx context.Context, err error) bool {
	if ctx.Err() != nil {
		return false
	}
	if p, ok := errors.AsType[*Problem](err); ok {
		return p.Status == http.StatusServiceUnavailable || p.Status == http.StatusBadGateway ||
			p.Status == http.StatusGatewayTimeout || p.Status == http.StatusTooManyRequests
	}
	_, request := errors.AsType[*url.Error](err)
	_, network := errors.AsType[net.Error](err)
	return request || network || errors.Is(err, io.ErrUnexpectedEOF)
}

// pause waits before attempt n+1: what the server asked for, else 100 ms, 200 ms, … with some noise.
func pause(ctx context.Context, n int, err error) error {
	wait := time.Duration(float64(100*time.Millisecond) * math.Pow(2, float64(n-1)) * (0.75 + mathrand.Float64()/2))
	if p, ok := errors.AsType[*Problem](err); ok && p.RetryAfter > 0 {
		wait = min(p.RetryAfter, 30*time.Second)
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return err
	case <-timer.C:
		return nil
	}
}

// keyOr gives the caller's idempotency key, or a fresh one.
func keyOr(key string) string {
	if key != "" {
		return key
	}
	return rand.Text()
}

// call, read and write give an answer of type T.
func call[T any](ctx context.Context, c *Client, q request) (T, error) {
	var out T
	q.out = &out
	err := c.do(ctx, q)
	return out, err
}

func read[T any](ctx context.Context, c *Client, path string, query url.Values) (T, error) {
	return call[T](ctx, c, request{method: http.MethodGet, path: path, query: query})
}

func write[T any](ctx context.Context, c *Client, path string, in any) (T, error) {
	return call[T](ctx, c, request{method: http.MethodPost, path: path, in: in})
}

// List is a page of a list. Next is the cursor of the following one, "" at the end.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next"`
}

// ListQuery narrows a list of named things. Archived nil means both.
type ListQuery struct {
	Search   string
	Archived *bool
	Cursor   string
	Limit    int // 0: 50; at most 1000
}

func (q ListQuery) values() url.Values {
	v := url.Values{}
	set(v, "search", q.Search)
	set(v, "cursor", q.Cursor)
	if q.Archived != nil {
		v.Set("archived", strconv.FormatBool(*q.Archived))
	}
	if q.Limit > 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	return v
}

func set(v url.Values, name, value string) {
	if value != "" {
		v.Set(name, value)
	}
}

// escape makes one path segment of an id; a DID keeps its own percent signs that way.
func escape(id string) string { return url.PathEscape(id) }
