package sdk

import (
	"encoding/json"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"time"
)

// Problem is what the server answers instead of what was asked for: RFC 9457. Type is stable; Pointer (RFC 6901)
// names the place in the request's body.
type Problem struct {
	Type       string        `json:"type"`
	Title      string        `json:"title"`
	Status     int           `json:"status"`
	Detail     string        `json:"detail"`
	Pointer    string        `json:"pointer"`
	Errors     []Finding     `json:"errors"`
	RequestID  string        `json:"requestId"`
	RetryAfter time.Duration `json:"-"` // how long the server asks to wait
}

// Finding is one remark about an input. Cites names the specification and section its rule follows.
type Finding struct {
	Code    string `json:"code"`
	Pointer string `json:"pointer"`
	Detail  string `json:"detail"`
	Warning bool   `json:"warning,omitempty"`
	Cites   string `json:"cites,omitempty"`
}

// Code is the last part of the type: "schema-violation".
func (p *Problem) Code() string { return path.Base(p.Type) }

// Error says what is wrong, where, and the request id that finds it in the server's log.
func (p *Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.Code())
	if p.Detail != "" {
		b.WriteString(": " + p.Detail)
	}
	if p.Pointer != "" {
		b.WriteString(" (at " + p.Pointer + ")")
	}
	for _, f := range p.Errors {
		b.WriteString("\n  " + f.Code + " at " + strconv.Quote(f.Pointer) + ": " + f.Detail)
	}
	if p.RequestID != "" {
		b.WriteString(" [request " + p.RequestID + "]")
	}
	return b.String()
}

// readProblem reads an answer that is not of the 2xx kind, whoever sent it: a proxy's may be no problem document.
func readProblem(res *http.Response) *Problem {
	p := &Problem{}
	body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err == nil && strings.Contains(res.Header.Get("Content-Type"), "json") {
		_ = json.Unmarshal(body, p) // what it does not say stays empty
	}
	p.Status = res.StatusCode
	if p.Title == "" {
		p.Title = http.StatusText(res.StatusCode)
	}
	if p.Type == "" {
		p.Type = "http-" + strconv.Itoa(res.StatusCode)
	}
	if p.RequestID == "" {
		p.RequestID = res.Header.Get("X-Request-Id")
	}
	if seconds, err := strconv.Atoi(res.Header.Get("Retry-After")); err == nil {
		p.RetryAfter = time.Duration(seconds) * time.Second
	}
	return p
}
