package httpx

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
	"time"

	"code.dny.dev/ssrf"

	"github.com/chancery-vc/chancery/internal/vc"
)

// guard decides which URLs and which addresses are reached.
type guard struct {
	public   *ssrf.Guardian
	allowed  []netip.Prefix
	loopback bool
	resolver *net.Resolver // nil: the system's
}

func newGuard(config ClientConfig) guard {
	return guard{
		// The IANA special-purpose registries, and for IPv6 all but global unicast: private, loopback, link-local
		// with the metadata services, NAT64, 6to4, Teredo, documentation, multicast. Azure's metadata service has a
		// public address.
		public: ssrf.New(ssrf.WithAnyPort(),
			ssrf.WithDeniedV4Prefixes(netip.PrefixFrom(netip.AddrFrom4([4]byte{168, 63, 129, 16}), 32))),
		allowed:  config.AllowNet,
		loopback: config.AllowLoopbackHTTP,
	}
}

// url refuses what is not https to a host, or http to the loopback where that is allowed. A host that is an address must be one that
// may be dialled; those of names are looked at when they are.
func (g guard) url(u *url.URL) error {
	refuse := func(why string) error { return vc.Errorf(vc.Denied, "url-not-allowed", "%s", why) }
	switch {
	case u == nil || u.Opaque != "" || u.Hostname() == "":
		return refuse("this is not a URL that can be fetched")
	case u.User != nil:
		return refuse("a URL with a user name in it is not fetched")
	case u.Scheme == "https":
		if address, err := netip.ParseAddr(u.Hostname()); err == nil {
			return g.address(u.Hostname(), address)
		}
		return nil
	case u.Scheme == "http" && g.loopback && isLoopback(u.Hostname()):
		return nil
	case u.Scheme == "http" && isLoopback(u.Hostname()):
		return refuse("plain http to the loopback is not allowed on this server")
	case u.Scheme == "http":
		return refuse("plain http is fetched from the loopback only, other hosts need https")
	}
	return refuse("only https is fetched")
}

// address refuses to dial what is not public or allowed. Where the URL's host is the loopback by name, only the
// loopback will do, so that a hosts file cannot send plain http elsewhere.
func (g guard) address(host string, address netip.Addr) error {
	plain := address.Unmap().WithZone("")
	if isLoopback(host) && g.loopback {
		if plain.IsLoopback() {
			return nil
		}
	} else {
		for _, prefix := range g.allowed {
			if prefix.Contains(plain) {
				return nil
			}
		}
		if g.public.SafeAddr(plain) == nil {
			return nil
		}
	}
	return vc.Errorf(vc.Denied, "address-not-allowed", "the address of %s is not one this server may call", host)
}

// transport dials checked addresses only. net.Dialer.Control runs after the name was resolved and for each address
// that is tried.
func (g guard) transport(roots *x509.CertPool) *http.Transport {
	dial := func(ctx context.Context, network, target string) (net.Conn, error) {
		host, _, err := net.SplitHostPort(target)
		if err != nil {
			return nil, err
		}
		dialer := net.Dialer{
			Timeout:  5 * time.Second,
			Resolver: g.resolver,
			Control: func(network, address string, _ syscall.RawConn) error {
				at, err := netip.ParseAddrPort(address)
				if err != nil || (network != "tcp4" && network != "tcp6") {
					return vc.Errorf(vc.Denied, "address-not-allowed", "%s has no address this server may call", host)
				}
				return g.address(host, at.Addr())
			},
		}
		return dialer.DialContext(ctx, network, target)
	}
	return &http.Transport{
		Proxy:                  nil, // a proxy would dial for us, unchecked
		DialContext:            dial,
		TLSClientConfig:        &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    5 * time.Second,
		ResponseHeaderTimeout:  10 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConns:           64,
		MaxIdleConnsPerHost:    16,
		MaxConnsPerHost:        32,
		IdleConnTimeout:        30 * time.Second,
	}
}

// patient is the transport of a client that may wait longer than usual for an answer to begin.
func (g guard) patient(roots *x509.CertPool, timeout time.Duration) *http.Transport {
	transport := g.transport(roots)
	transport.ResponseHeaderTimeout = max(transport.ResponseHeaderTimeout, timeout)
	return transport
}

// redirect follows at most limit redirects, of GET and HEAD, each to a URL that could have been asked for, and
// never from https to http.
func (g guard) redirect(limit int) func(*http.Request, []*http.Request) error {
	return func(next *http.Request, via []*http.Request) error {
		if first := via[0].Method; first != http.MethodGet && first != http.MethodHead {
			return http.ErrUseLastResponse
		}
		if len(via) > limit {
			return vc.Errorf(vc.Unavailable, "fetch-failed", "%s redirects too often", via[0].URL.Host)
		}
		if via[len(via)-1].URL.Scheme == "https" && next.URL.Scheme != "https" {
			return vc.Errorf(vc.Denied, "url-not-allowed", "%s redirects from https to something else", via[0].URL.Host)
		}
		return g.url(next.URL)
	}
}

// read takes the body, decompressed, up to the limit.
func (c *Client) read(answer *http.Response) ([]byte, error) {
	tooLarge := vc.Errorf(vc.Unavailable, "fetch-too-large", "%s answers with more than %d bytes", answer.Request.URL.Host, c.max)
	if answer.ContentLength > c.max {
		return nil, tooLarge
	}
	body, err := io.ReadAll(io.LimitReader(answer.Body, c.max+1))
	if err != nil {
		return nil, err
	}
	if int64(len(body)) > c.max {
		return nil, tooLarge
	}
	return body, nil
}

// failure gives an error its kind. What stays in the cause is for the log.
func (c *Client) failure(ctx context.Context, u *url.URL, err error) error {
	if refusal, ok := errors.AsType[*vc.Error](err); ok {
		return refusal
	}
	if t, ok := errors.AsType[net.Error](err); (ok && t.Timeout()) || errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return vc.Errorf(vc.Unavailable, "fetch-timeout", "%s did not answer in time", u.Host).Because(err)
	}
	return vc.Errorf(vc.Unavailable, "fetch-failed", "%s could not be reached or did not answer in HTTP", u.Host).Because(err)
}

// isLoopback tells whether a URL's host is the loopback by its name or address alone: localhost and what is under
// it (RFC 6761 §6.3), 127.0.0.0/8 and ::1.
func isLoopback(host string) bool {
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	address, err := netip.ParseAddr(host)
	return err == nil && address.Unmap().IsLoopback()
}
