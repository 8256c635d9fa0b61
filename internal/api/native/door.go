// Package native is the door of Chancery's own API, /v1, described by api/native.openapi.json.
//
//	request ── Authenticate ──> principal          access
//	        ── ScopeFor ──────> tenant, organisation: the token's, the path's, the header's; they must agree
//	        ── Authorize ─────> the route's permission, in that scope
//	        ── decode ────────> a wire shape; unknown members and parameters are refused
//	        ── desk ──────────> the act
//	        ── encode ────────> JSON, or a problem document (RFC 9457)
package native

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/notify"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

// Name is the door's name in callers and audit entries.
const Name = "native"

// OrganisationHeader chooses an organisation for a caller whose key is the tenant's or the operator's.
const OrganisationHeader = "Chancery-Organisation"

// The prefixes the door answers under on the common listener.
const (
	Prefix       = "/v1"
	TenantPrefix = "/t/{tenant}/v1"
)

// Journal reads a scope's journal: events and audit entries after a position, oldest first, and the chain's end.
type Journal interface {
	Events(ctx context.Context, scope vc.Scope, after int64, limit int) ([]vc.Entry, error)
	Audit(ctx context.Context, scope vc.Scope, after int64, limit int) ([]vc.Entry, error)
	Head(ctx context.Context, scope vc.Scope) (vc.AuditHead, error)
	// Wait is Events, once there are any; it gives none when ctx ends first.
	Wait(ctx context.Context, scope vc.Scope, after int64, limit int) ([]vc.Entry, error)
}

// Door is the native API. All desks are needed.
type Door struct {
	Access      *access.Service
	Catalog     *catalog.Service
	Identity    *identity.Service
	Issuer      *issuer.Desk
	Verifier    *verifier.Service
	Journal     Journal
	Notify      *notify.Desk
	Agent       *agent.Desk
	Description []byte       // the OpenAPI document
	Log         *slog.Logger // faults of ours; nil: none
	Verbose     bool         // show the cause of faults to the caller: a developer's laptop
	// Stopping is closed when the server shuts down, to end event streams; nil: they end with their connections.
	Stopping <-chan struct{}
}

// call is who calls and where.
type call struct {
	who   vc.Principal
	scope vc.Scope
	by    vc.Caller
}

func (c call) actor() access.Actor {
	return access.Actor{Principal: c.who, Door: Name, Request: c.by.Request}
}

// act carries out one operation and writes its answer, or returns why it did not.
type act func(w http.ResponseWriter, r *http.Request, c call) error

// Handler serves the table under the given prefixes; with none, at the root.
func (d *Door) Handler(prefixes ...string) http.Handler {
	return httpx.Mux{Routes: d.Routes(), Prefixes: prefixes, Fail: d.fail}.Handler()
}

// DescriptionHandler serves the OpenAPI document.
func (d *Door) DescriptionHandler() http.Handler {
	tag := digest(d.Description)
	return httpx.AnyOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		httpx.ServeCached(w, r, d.Description, "application/json", tag, 0)
	}))
}

// serve puts the way to an act in front of it. When judged is set the service behind the act looks at grants by
// itself, because the scope is in the act's object.
func (d *Door) serve(permission access.Permission, judged bool, act act) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := d.admit(r)
		if err == nil && permission != "" && !judged {
			err = access.Authorize(c.who, permission, c.scope)
		}
		if err == nil {
			err = act(w, r, c)
		}
		if err != nil {
			d.fail(w, r, err)
		}
	})
}

func (d *Door) admit(r *http.Request) (call, error) {
	ctx := r.Context()
	for _, name := range []string{"Authorization", OrganisationHeader, "Idempotency-Key"} {
		if len(r.Header.Values(name)) > 1 {
			return call{}, vc.Errorf(vc.Invalid, "header-twice", "the header %s is there twice", name)
		}
	}
	who, err := d.Access.Authenticate(ctx, r.Header.Get("Authorization"))
	if err != nil {
		return call{}, err
	}
	scope, err := d.Access.ScopeFor(ctx, who, r.PathValue("tenant"), r.Header.Get(OrganisationHeader))
	if err != nil {
		return call{}, err
	}
	request := ""
	if rec := httpx.RecordOf(ctx); rec != nil {
		rec.Tenant, request = scope.Tenant, rec.RequestID
	}
	return call{
		who: who, scope: scope,
		by: vc.Caller{Scope: scope, Principal: who.ID, Door: Name, Request: request},
	}, nil
}
