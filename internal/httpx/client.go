package httpx

import (
	"context"
	"crypto/x509"
	"net/http"
	"net/netip"
	"time"
)

// ClientConfig is what a [Client] may do; the zero value reaches public addresses over https.
type ClientConfig struct {
	AllowNet          []netip.Prefix // addresses that are reached although they are not public
	AllowLoopbackHTTP bool           // http and https to loopback, by name or address of the loopback
	Timeout           time.Duration  // of a whole call with its redirects and body; 0: 10 s
	MaxBody           int64          // bytes, after decompression; 0: 1 MiB
	MaxRedirects      int            // 0: 3; negative: none
	UserAgent         string         // "" is "chancery"
	RootCAs           *x509.CertPool // nil: the system's
}

// Client is the one way out: every address it dials is checked after the name was resolved, so that neither a
// name, a redirect nor a rebinding leads to the inside. It uses no proxy and keeps no cookies.
//
// Errors: [vc.Denied] "address-not-allowed" and "url-not-allowed", [vc.NotFound] "url-not-found" (404, 410),
// [vc.Unavailable] "fetch-failed", "fetch-timeout", "fetch-too-large", "fetch-status". None holds what the other
// side said.
type Client struct {
	http   *http.Client
	config ClientConfig
}

// Response is an answer, read in full.
type Response struct {
	Status int
	Header http.Header
	Body   []byte
}

// NewClient makes a Client.
func NewClient(config ClientConfig) *Client { return &Client{config: config} }

// Get fetches url; anything but 200 is an error.
func (c *Client) Get(ctx context.Context, url, accept string) (body []byte, contentType string, err error) {
	return nil, "", nil
}

// Do sends a request, with any method and whatever status it is answered with. Redirects are followed for GET and
// HEAD only.
func (c *Client) Do(request *http.Request) (Response, error) {
	return Response{}, nil
}
