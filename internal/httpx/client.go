package httpx

import (
	"context"
	"crypto/x509"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// ClientConfig is what a [Client] may do; the zero value reaches public addresses over https.
type ClientConfig struct {
	AllowNet          []netip.Prefix // addresses that are reached although they are not public
	AllowLoopbackHTTP bool           // https and http to localhost and to loopback addresses
	Timeout           time.Duration  // of a whole call with its redirects and body; 0: 10 s
	MaxBody           int64          // bytes, after decompression; 0: 1 MiB
	MaxRedirects      int            // 0: 3; negative: none
	UserAgent         string         // "" is "chancery"
	RootCAs           *x509.CertPool // nil: the system's
}

// Client is the one way out: every address it dials is checked after its name was resolved, so that neither a
// name, a redirect nor a rebinding leads inside. It uses no proxy and keeps no cookies.
//
//	URL ── scheme, host ──> dial ── address ──> answer ── status, size, time ──> bytes
//	 └──────────────── redirect: the same again ──┘
//
// Errors: [vc.Denied] "address-not-allowed" and "url-not-allowed", [vc.NotFound] "url-not-found" (404 and 410, by
// Get), [vc.Unavailable] "fetch-failed", "fetch-timeout", "fetch-too-large", "fetch-status". No error holds what
// the other side said.
type Client struct {
	http    *http.Client
	sockets *http.Client
	guard   guard
	timeout time.Duration
	max     int64
	agent   string
}

// Response is an answer, read in full.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// NewClient makes a Client.
func NewClient(config ClientConfig) *Client {
	c := &Client{guard: newGuard(config), timeout: config.Timeout, max: config.MaxBody, agent: config.UserAgent}
	if c.timeout <= 0 {
		c.timeout = 10 * time.Second
	}
	if c.max <= 0 {
		c.max = 1 << 20
	}
	if c.agent == "" {
		c.agent = "chancery"
	}
	redirects := config.MaxRedirects
	if redirects == 0 {
		redirects = 3
	}
	c.http = &http.Client{
		Transport:     c.guard.patient(config.RootCAs, c.timeout),
		CheckRedirect: c.guard.redirect(redirects),
	}
	c.sockets = c.guard.socketClient(config.RootCAs)
	return c
}

// Get fetches url; anything but 200 is an error. accept is the Accept header, "" for none.
func (c *Client) Get(ctx context.Context, url, accept string) (body []byte, contentType string, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, "", vc.Errorf(vc.Denied, "url-not-allowed", "this is not a URL that can be fetched")
	}
	if accept != "" {
		request.Header.Set("Accept", accept)
	}
	response, err := c.Do(request)
	if err != nil {
		return nil, "", err
	}
	switch response.Status {
	case http.StatusOK:
		return response.Body, response.Header.Get("Content-Type"), nil
	case http.StatusNotFound, http.StatusGone:
		return nil, "", vc.Errorf(vc.NotFound, "url-not-found", "there is nothing at %s (%d)", place(request.URL), response.Status)
	}
	return nil, "", vc.Errorf(vc.Unavailable, "fetch-status", "%s answered with status %d", request.URL.Host, response.Status)
}

// Check fails as a call of url would, as far as the URL alone says. See [Client.CheckSocket] for WebSockets.
func (c *Client) Check(text string) error {
	u, err := url.Parse(text)
	if err != nil {
		return vc.Errorf(vc.Denied, "url-not-allowed", "this is not a URL that can be fetched")
	}
	return c.guard.url(u)
}

// Send is Do for whom the status and the headers of the answer are enough: of its body little is read, whatever there is
// of it, and none is given.
func (c *Client) Send(request *http.Request) (Response, error) {
	ctx, cancel := context.WithTimeout(request.Context(), c.timeout)
	defer cancel()
	answer, err := c.send(ctx, request)
	if err != nil {
		return Response{}, err
	}
	// What is small is read to its end, so that the connection is used again.
	_, _ = io.CopyN(io.Discard, answer.Body, maxIgnored)
	_ = answer.Body.Close()
	return Response{Status: answer.StatusCode, Header: answer.Header}, nil
}

// maxIgnored is how much of a body is read that nobody wants, in bytes.
const maxIgnored = 4 << 10

// Do sends a request, with any method, and gives whatever it is answered with. Redirects are followed for GET and
// HEAD only; the answer to another method may be a redirect. The request's context and the client's timeout bound
// the call together.
func (c *Client) Do(request *http.Request) (Response, error) {
	ctx, cancel := context.WithTimeout(request.Context(), c.timeout)
	defer cancel()
	answer, err := c.send(ctx, request)
	if err != nil {
		return Response{}, err
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := c.read(answer)
	if err != nil {
		return Response{}, c.failure(ctx, request.URL, err)
	}
	return Response{Status: answer.StatusCode, Header: answer.Header, Body: body}, nil
}

// send gives an answer whose body is still to be read.
func (c *Client) send(ctx context.Context, request *http.Request) (*http.Response, error) {
	if err := c.guard.url(request.URL); err != nil {
		return nil, err
	}
	request = request.Clone(ctx)
	if request.Header.Get("User-Agent") == "" {
		request.Header.Set("User-Agent", c.agent)
	}
	answer, err := c.http.Do(request)
	if err != nil {
		return nil, c.failure(ctx, request.URL, err)
	}
	return answer, nil
}

// place is a URL without what may be secret in it: user, query and fragment.
func place(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path}).String()
}
