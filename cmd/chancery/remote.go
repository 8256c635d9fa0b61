package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/sdk"
)

// output chooses between words for a person and JSON for a program.
type output struct {
	JSON bool `name:"json" help:"Print JSON: what the API answered, byte for byte."`
}

// remote says which server a command talks to, and as whom; every command that needs one has these flags.
type remote struct {
	output
	Server       string `group:"connection" default:"http://127.0.0.1:8080" placeholder:"URL" env:"CHANCERY_SERVER" help:"The server; by default http://127.0.0.1:8080."`
	Token        string `group:"connection" placeholder:"TOKEN" env:"CHANCERY_TOKEN" help:"API key or access token."`
	Tenant       string `group:"connection" placeholder:"SLUG" env:"CHANCERY_TENANT" help:"Act in this tenant; by default the token's."`
	Organisation string `group:"connection" placeholder:"ID" env:"CHANCERY_ORGANISATION" help:"Act in this organisation; by default the token's."`

	query string // for every call, beside its own
}

// client gives a client of the server, and the tape that its answers are recorded on.
func (r remote) client() (*sdk.Client, *tape) {
	t := &tape{query: r.query}
	c := sdk.New(r.Server, r.Token)
	c.Tenant, c.Organisation = r.Tenant, r.Organisation
	if r.JSON || r.query != "" {
		c.HTTP = &http.Client{Timeout: time.Minute, Transport: t}
	}
	return c, t
}

// tape keeps the last answer as the server sent it.
type tape struct {
	query  string
	answer []byte
}

// RoundTrip sends a request and keeps what comes back.
func (t *tape) RoundTrip(r *http.Request) (*http.Response, error) {
	if t.query != "" {
		r = r.Clone(r.Context())
		r.URL.RawQuery = strings.Trim(r.URL.RawQuery+"&"+t.query, "&")
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil || res.StatusCode/100 != 2 || strings.HasPrefix(res.Header.Get("Content-Type"), "text/") {
		return res, err
	}
	t.answer, err = io.ReadAll(res.Body)
	_ = res.Body.Close()
	res.Body = io.NopCloser(bytes.NewReader(t.answer))
	return res, err
}

// write gives the answer, ended by a line break.
func (t *tape) write(w io.Writer) error {
	text := bytes.TrimRight(t.answer, "\n")
	if len(text) == 0 {
		return nil
	}
	_, err := w.Write(append(text, '\n'))
	return err
}

// ask makes a call and prints the answer: as it came with --json, else in show's words.
func ask[T any](std streams, r remote, call func(*sdk.Client) (T, error), show func(page, T)) error {
	client, tape := r.client()
	answer, err := call(client)
	if err != nil {
		return reached(r, err)
	}
	if r.JSON {
		return tape.write(std.out)
	}
	return paint(std, func(p page) { show(p, answer) })
}

// tell makes a call that has no answer, and says what was done.
func tell(std streams, r remote, done string, call func(*sdk.Client) error) error {
	return ask(std, r, func(c *sdk.Client) (string, error) { return done, call(c) }, func(p page, text string) { p.line(text) })
}

// byID is a command about one thing.
type byID struct {
	remote
	ID string `arg:"" name:"id" help:"Its id."`
}

// listing narrows a list.
type listing struct {
	remote
	Search string `placeholder:"TEXT" help:"Only those whose name has this."`
	Cursor string `placeholder:"CURSOR" help:"The page that begins here; the end of a page names it."`
	Limit  int    `default:"50" placeholder:"N" help:"How many, at most 1000."`
}

func (l listing) query() sdk.ListQuery {
	return sdk.ListQuery{Search: l.Search, Cursor: l.Cursor, Limit: l.Limit}
}

// shelved is a listing of what may be put away.
type shelved struct {
	listing
	Archived string `default:"no" enum:"no,yes,both" help:"Those put away too: no, yes (only those) or both."`
}

func (l shelved) query() sdk.ListQuery {
	q := l.listing.query()
	if l.Archived != "both" {
		archived := l.Archived == "yes"
		q.Archived = &archived
	}
	return q
}

// resolveDID asks the server's resolver, which is not part of /v1: GET /1.0/identifiers/{did}.
func (r remote) resolveDID(ctx context.Context, did string) ([]byte, error) {
	target := strings.TrimRight(r.Server, "/") + "/1.0/identifiers/" + escapeDID(did)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, target, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/did-resolution")
	res, err := (&http.Client{Timeout: time.Minute}).Do(request)
	if err != nil {
		return nil, reached(r, err)
	}
	defer func() { _ = res.Body.Close() }()
	return io.ReadAll(io.LimitReader(res.Body, 4<<20))
}
