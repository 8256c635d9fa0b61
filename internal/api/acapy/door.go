// Package acapy is the door of ACA-Py's admin API 1.6.1: what drives an Aries Cloud Agent drives Chancery, with its base URL
// changed. What the description leaves open is decided in docs/divergences/acapy.md.
//
//	request ── admit ───> who calls, for the one organisation that speaks for the tenant; a wallet token names the tenant
//	        ── shapes ──> body, query and path as the description has them, refused in marshmallow's words
//	        ── act ─────> a desk's
//	        ── encode ──> JSON without nulls, or "<code>: <reason>"
//	notice  ── Form ────> the same records to webhooks; ── /ws ──> to sockets
package acapy

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/internal/notify"
	"github.com/chancery-vc/chancery/internal/status"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

// Name is the door's name in callers and audit entries, and that of its form of webhooks.
const Name = "acapy"

// The prefixes the door answers under on the common listener.
const (
	Prefix       = "/acapy"
	TenantPrefix = "/t/{tenant}/acapy"
)

// Settings are how the server's agents are run, as ACA-Py's command line has them.
type Settings struct {
	Multitenant bool     // tenants are sub-wallets, known by their tokens; else an API key opens the tenant's lines
	Insecure    bool     // nobody is asked who calls: a developer's laptop
	Seeds       bool     // a DID may be made from a seed
	Webhooks    []string // URLs, each with "#" and a key or not, that are told of every wallet whose dispatch says so
	Label       string
	Preserve    bool
	Endpoint    string // of the agents, as peers are told it
	Cheqd       bool   // there is a ledger of did:cheqd to write to
}

// Door is the admin API. All desks are needed.
type Door struct {
	Access   *access.Service
	Agent    *agent.Desk
	Identity *identity.Service
	Issuer   *issuer.Desk
	Holder   *holder.Desk
	Verifier *verifier.Service
	Status   *status.Service
	Notify   *notify.Desk
	Journal  *journal.Reader
	Settings Settings

	Version     string
	Description []byte                          // OpenAPI, for /api/doc
	Ready       func(ctx context.Context) error // whether the server can serve; nil: it can
	URL         string                          // public URL of the server, without a slash at its end
	Log         *slog.Logger                    // faults of ours; nil: none
	Stopping    <-chan struct{}                 // closed when sockets are to end; nil: never
	Now         func() time.Time                // nil: time.Now

	Subscriptions *Subscriptions // what doors of one server share; nil: the door's own

	own Subscriptions
}

// Handler serves the door under the given prefixes; with none, at the root.
func (d *Door) Handler(prefixes ...string) http.Handler {
	routed := httpx.Mux{Routes: d.Routes(), Prefixes: prefixes, Fail: d.fail}.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		if d.Settings.Insecure && strange(r) {
			d.fail(w, r, vc.Errorf(vc.Denied, "permission-denied", "a page of another site calls, and nobody asks who calls"))
			return
		}
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Cross-Origin-Resource-Policy", "cross-origin")
		if r.Method == http.MethodOptions {
			h.Set("Access-Control-Allow-Methods", "GET, POST, PUT, PATCH, DELETE, OPTIONS")
			h.Set("Access-Control-Allow-Headers", "Authorization, Content-Type, X-API-KEY, X-Wallet-Id")
			h.Set("Access-Control-Max-Age", "86400")
			w.WriteHeader(http.StatusOK)
			return
		}
		if path := r.URL.Path; len(path) > 1 && strings.HasSuffix(path, "/") { // as old clients write it
			trimmed := *r.URL
			trimmed.Path, trimmed.RawPath = strings.TrimRight(path, "/"), strings.TrimRight(trimmed.RawPath, "/")
			r = r.Clone(r.Context())
			r.URL = &trimmed
		}
		routed.ServeHTTP(w, r)
	})
}

// Routes is the door's table; patterns are below its prefix.
func (d *Door) Routes() []httpx.Route {
	lines := d.lines()
	routes := make([]httpx.Route, 0, len(lines)+3)
	for _, line := range lines {
		permission := string(line.needs)
		if line.auth == open {
			permission = httpx.Public
		}
		routes = append(routes, httpx.Route{
			Method: line.method, Pattern: line.pattern, Operation: operationID(line.method, line.pattern), Permission: permission,
			Handler: d.serve(line),
		})
	}
	public := func(pattern, operation string, handler http.HandlerFunc) httpx.Route {
		return httpx.Route{Method: http.MethodGet, Pattern: pattern, Operation: operation, Permission: httpx.Public, Handler: handler}
	}
	return append(routes,
		public("/ws", "get-ws", d.socket),
		public("/api/doc", "get-api-doc", d.describe),
		public("/api/doc/swagger.json", "get-api-doc-swagger-json", d.describe),
	)
}

// operationID names an operation: the description has no names.
func operationID(method, pattern string) string {
	return strings.ToLower(method) + strings.NewReplacer("/", "-", "{", "", "}", "", ".", "-").Replace(pattern)
}

func (d *Door) describe(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", contentJSON)
	_, _ = w.Write(d.Description) // who left needs no answer
}

func (d *Door) now() time.Time {
	if d.Now == nil {
		return time.Now().UTC()
	}
	return d.Now().UTC()
}

// base is the scope of the base wallet's settings.
func (d *Door) base(ctx context.Context) (vc.Scope, error) {
	scope, _, _, err := d.Access.Office(ctx, vc.Principal{}, "", access.Any)
	return scope, err
}
