// Package empe is the door of Empe's issuer service 1.0.0-rc2, and carries its siblings, verifier and wallet server, below the
// same prefixes. A back end or a wallet that uses them points its client at <server>/empe. What the descriptions leave open is
// decided in docs/divergences/empe.md.
//
//	request ── wire.Kernel ──> who calls, for the one organisation that issues for the tenant
//	        ── decode ───────> a wire shape; null reads as absent, unknown members are refused
//	        ── desk ─────────> the act
//	        ── answer ───────> JSON, a picture, nothing, or the error object
package empe

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/api/empe/wire"
	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

// Name is the door's name in callers and audit entries.
const Name = "empe"

// The prefixes the door answers under on the common listener.
const (
	Prefix       = "/empe"
	TenantPrefix = "/t/{tenant}/empe"
)

// Door is Empe's issuer service. All desks are needed.
type Door struct {
	Access        *access.Service
	Catalog       *catalog.Service
	Identity      *identity.Service
	Issuer        *issuer.Desk
	Presentations *verifier.Desk

	URL     string           // public URL of the server, without a slash at its end
	Log     *slog.Logger     // faults of ours; nil: none
	Verbose bool             // show the cause of errors to the caller: a developer's laptop
	Now     func() time.Time // nil: time.Now

	Verifier Sibling // nil: it is not served
	Wallet   Sibling // nil: it is not served
}

// Sibling is another of Empe's services. Its lines are below the door's prefix.
type Sibling interface{ Lines() []wire.Line }

// Handler serves the issuer and its siblings under the given prefixes; with none, at the root.
func (d *Door) Handler(prefixes ...string) http.Handler {
	return httpx.Mux{Routes: d.Routes(), Prefixes: prefixes, Fail: d.fail}.Handler()
}

// Routes is the door's table; patterns are below its prefix.
func (d *Door) Routes() []httpx.Route {
	routes := d.kernel().Routes(d.lines())
	if d.Verifier != nil {
		routes = append(routes, d.brief().Routes(d.Verifier.Lines())...)
	}
	if d.Wallet != nil {
		routes = append(routes, d.kernel().Routes(d.Wallet.Lines())...)
	}
	return routes
}

func (d *Door) kernel() *wire.Kernel {
	return &wire.Kernel{Access: d.Access, Name: Name, Public: d.URL, Prefix: Prefix, Log: d.Log, Verbose: d.Verbose}
}

// brief is the verifier's kernel, whose errors say less.
func (d *Door) brief() *wire.Kernel {
	kernel := d.kernel()
	kernel.Refusal = wire.BriefOf
	return kernel
}

// fail answers what no route does, as the service does whose place it is.
func (d *Door) fail(w http.ResponseWriter, r *http.Request, err error) {
	if strings.Contains(r.URL.Path, "/api/v1/verifier/") || strings.Contains(r.URL.Path, "/api/verifier/") {
		d.brief().Fail(w, r, err)
		return
	}
	d.kernel().Fail(w, r, err)
}

func (d *Door) now() time.Time {
	if d.Now == nil {
		return time.Now().UTC()
	}
	return d.Now().UTC()
}

// method is the DID method of an issuer that this door's clients expect.
const method = "empe"

// issuer is the identity that issues for an office.
func (d *Door) issuer(ctx context.Context, scope vc.Scope) (vc.Identity, error) {
	identity, err := d.Identity.Foremost(ctx, scope, method)
	return identity, httpx.Placed(err, map[string]string{"/issuer": ""}) // no body has it
}
