// Package app wires Chancery: configuration, the one list of implementations, the listeners, and the life of the
// process.
//
//	Config ── Open ──> store migrated, master key checked, services and desks built
//	       ── Handler ──> every door on its prefix
//	       ── Run ──> listeners, publisher, workers; until the context ends, then what was begun is finished
package app

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/chancery-vc/chancery/internal/did/empe"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Config is how a server is run. The zero value, with Data set, is a server on SQLite on 127.0.0.1:8080.
type Config struct {
	Data              string            // folder of the SQLite database and the master key
	Listen            string            // host:port; "" is 127.0.0.1:8080; port 0 picks a free one
	PublicURL         string            // how the world reaches the server; "" is derived from Listen
	DatabaseURL       string            // postgres://…; "" is SQLite in Data
	MasterKey         string            // text form; "" reads MasterKeyFile
	MasterKeyPrevious string            // the one before, while a rotation is under way
	MasterKeyFile     string            // "" is Data/master.key
	TLSCert, TLSKey   string            // PEM files; both or none
	Doors             map[string]string // door name to the address of a listener of its own
	AllowNet          []netip.Prefix    // private ranges that outgoing calls may reach
	EmpeNodes         map[string]string // URL of a node's RPC by network of did:empe: "mainnet", "testnet"
	Cheqd             Cheqd
	Agents            Agents
	Dev               bool             // a laptop: loopback only, http and localhost DIDs allowed
	Log               *slog.Logger     // nil: discard
	Window            time.Duration    // of idempotency keys; 0: 24 hours
	Now               func() time.Time // nil: time.Now
	Step              func(string)     // see issuer.Desk.Step, and cheqd.Writer.Step with "ledger-" before it; only tests
	Notice            func(string)     // what is said once to the operator: new keys; nil: dropped
}

func (c Config) listen() string {
	if c.Listen == "" {
		return "127.0.0.1:8080"
	}
	return c.Listen
}

// validate refuses what would be unsafe or cannot work, before anything is opened.
func (c Config) validate() error {
	bad := func(format string, args ...any) error {
		return vc.Errorf(vc.Invalid, "configuration", format, args...)
	}
	if c.Data == "" && c.DatabaseURL == "" {
		return bad("name a data folder (--data) or a database (--database-url)")
	}
	if c.DatabaseURL != "" && !strings.HasPrefix(c.DatabaseURL, "postgres://") && !strings.HasPrefix(c.DatabaseURL, "postgresql://") {
		return bad("--database-url is a postgres:// URL")
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return bad("--tls-cert and --tls-key go together")
	}
	if c.Window < 0 {
		return bad("--idempotency-window: %s is no time to remember keys for", c.Window)
	}
	addresses := map[string]string{"--listen": c.listen()}
	for name, address := range c.Doors {
		addresses["--door "+name] = address
	}
	for flag, address := range addresses {
		host, _, err := net.SplitHostPort(address)
		if err != nil {
			return bad("%s: %q is not host:port", flag, address)
		}
		if c.Dev && !loopback(host) {
			return bad("%s: --dev listens on loopback only, not on %q", flag, host)
		}
	}
	if err := c.validateNodes(bad); err != nil {
		return err
	}
	if err := c.validateCheqd(bad); err != nil {
		return err
	}
	if err := c.validateAgents(bad); err != nil {
		return err
	}
	return c.validateURL(bad)
}

func (c Config) validateNodes(bad func(string, ...any) error) error {
	if fault := (empe.Method{Nodes: c.EmpeNodes}).Check(); fault != nil {
		return bad("--empe-node: %s", fault.Message)
	}
	for _, node := range c.EmpeNodes {
		if u, err := url.Parse(node); err != nil || u.Scheme != "https" && (!c.Dev || !loopback(u.Hostname())) {
			return bad("--empe-node: %q is asked over https, or with --dev on loopback", node)
		}
	}
	return nil
}

func (c Config) validateURL(bad func(string, ...any) error) error {
	if c.PublicURL == "" {
		return nil
	}
	u, err := url.Parse(c.PublicURL)
	if err != nil || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" || (u.Scheme != "http" && u.Scheme != "https") {
		return bad("--public-url: it is an http(s) URL with a host, and without query and fragment")
	}
	if u.User != nil {
		return bad("--public-url: it stands in every credential, so it holds no user and no password")
	}
	if strings.ContainsFunc(u.Host, func(r rune) bool { return r > unicode.MaxASCII }) {
		return bad("--public-url: write the host %q as DNS has it, xn--…", u.Host)
	}
	if written := published(*u); c.PublicURL != written && c.PublicURL != written+"/" {
		return bad("--public-url: others compare it letter by letter: write %q", written)
	}
	if u.Scheme == "http" && !loopback(u.Hostname()) {
		return bad("--public-url: plain http only on loopback, not for %q", u.Hostname())
	}
	return nil
}

// published is how a base of published URLs is written, without a slash at its end: RFC 3986 §6.2.2.
func published(u url.URL) string {
	u.Host = strings.ToLower(u.Host)
	return strings.TrimRight(u.JoinPath().String(), "/")
}

// publicURL is the base of everything published: without a slash at its end.
func (c Config) publicURL(bound net.Addr) string {
	if c.PublicURL != "" {
		return strings.TrimRight(c.PublicURL, "/")
	}
	host, port, err := net.SplitHostPort(bound.String())
	if err != nil {
		return "http://" + bound.String()
	}
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() || ip.IsLoopback() {
		host = "localhost"
	}
	scheme := "http"
	if c.TLSCert != "" {
		scheme = "https"
	}
	return fmt.Sprintf("%s://%s", scheme, net.JoinHostPort(host, port))
}

func loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
