package httpx

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/url"

	"github.com/coder/websocket"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Dial opens a WebSocket (RFC 6455) to a ws or wss URL. wss is judged as https, ws as http, and the address that is dialled
// as for any call; redirects are not followed. The client's timeout bounds the handshake alone. Errors: those of the client,
// [vc.Unavailable] "fetch-status" for a server that does not switch protocols. Set a read limit before reading.
func (c *Client) Dial(ctx context.Context, text string, header http.Header) (*websocket.Conn, error) {
	u, err := socketURL(text)
	if err != nil {
		return nil, err
	}
	if err := c.guard.url(u); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	header = header.Clone()
	if header == nil {
		header = http.Header{}
	}
	if header.Get("User-Agent") == "" {
		header.Set("User-Agent", c.agent)
	}
	conn, answer, err := websocket.Dial(ctx, u.String(), &websocket.DialOptions{HTTPClient: c.sockets, HTTPHeader: header}) //nolint:bodyclose // the library does
	switch {
	case err == nil:
		return conn, nil
	case answer != nil && answer.StatusCode != http.StatusSwitchingProtocols:
		return nil, vc.Errorf(vc.Unavailable, "fetch-status", "%s answered with status %d", u.Host, answer.StatusCode).Because(err)
	}
	return nil, c.failure(ctx, u, err)
}

// CheckSocket is [Client.Check] for a URL that may be of a WebSocket too.
func (c *Client) CheckSocket(text string) error {
	if u, err := socketURL(text); err == nil {
		return c.guard.url(u)
	}
	return c.Check(text)
}

// socketURL reads a WebSocket's URL as that of its handshake.
func socketURL(text string) (*url.URL, error) {
	u, err := url.Parse(text)
	if err != nil {
		return nil, vc.Errorf(vc.Denied, "url-not-allowed", "this is not a URL that can be fetched")
	}
	switch u.Scheme {
	case "ws":
		u.Scheme = "http"
	case "wss":
		u.Scheme = "https"
	default:
		return nil, vc.Errorf(vc.Denied, "url-not-allowed", "a WebSocket has a URL of ws or wss")
	}
	return u, nil
}

// socketClient dials as the other one does, but counts no connections: a socket lives long, and would keep calls from its host.
func (g guard) socketClient(roots *x509.CertPool) *http.Client {
	transport := g.transport(roots)
	transport.MaxConnsPerHost = 0
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
