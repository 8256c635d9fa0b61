// Package meeco is the door of Meeco's VC API 9.2, its identity network API 1.1 and the tenancy operations around them: an
// organisation that uses them points its client at <server>/meeco. What the descriptions leave open is decided in
// docs/divergences/meeco.md.
//
//	request ── Authenticate ──> principal                     access
//	        ── ScopeFor ──────> tenant, organisation: the token's, the path's, Meeco-Organisation-ID's; they must agree
//	        ── Authorize ─────> the route's permission: in that scope, the tenant's or the operator's
//	        ── decode ────────> a wire shape; null reads as absent, unknown members are refused
//	        ── desk ──────────> the act
//	        ── answer ────────> JSON, text, or {"errors": […]}
package meeco

import (
	"context"
	"log/slog"
	"net/http"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

// Name is the door's name in callers and audit entries.
const Name = "meeco"

// OrganisationHeader puts a call into an organisation's context.
const OrganisationHeader = "Meeco-Organisation-ID"

// The prefixes the door answers under on the common listener.
const (
	Prefix       = "/meeco"
	TenantPrefix = "/t/{tenant}/meeco"
)

// Door is Meeco's API. All desks are needed.
type Door struct {
	Access        *access.Service
	Catalog       *catalog.Service
	Identity      *identity.Service
	Issuer        *issuer.Desk
	Verifier      *verifier.Service
	Presentations *verifier.Desk
	Holder        *holder.Desk

	URL     string // public URL of the door, without a slash at its end: links begin with it
	Version string // of the server
	Ready   func(context.Context) error
	Log     *slog.Logger // faults of ours; nil: none
	Verbose bool         // show the cause of faults to the caller: a developer's laptop
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

// tenant is the call's scope without its organisation.
func (c call) tenant() vc.Scope { return vc.Scope{Tenant: c.scope.Tenant} }

// inTenant is the caller of an act on what is the tenant's.
func (c call) inTenant() vc.Caller {
	by := c.by
	by.Scope = c.tenant()
	return by
}

// refusal answers with an error.
type refusal func(w http.ResponseWriter, r *http.Request, err error)

// act carries out one operation and writes its answer, or returns why it did not.
type act func(w http.ResponseWriter, r *http.Request, c call) error

// Handler serves the table under the given prefixes; with none, at the root.
func (d *Door) Handler(prefixes ...string) http.Handler {
	return httpx.Mux{Routes: d.Routes(), Prefixes: prefixes, Fail: d.fail}.Handler()
}

// serve puts the way to an act in front of it.
func (d *Door) serve(l line, refuse refusal) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := d.admit(r, l)
		if err == nil {
			err = l.act(w, r, c)
		}
		if err != nil {
			refuse(w, r, err)
		}
	})
}

func (d *Door) admit(r *http.Request, l line) (call, error) {
	ctx := r.Context()
	c := call{by: vc.Caller{Door: Name, Request: httpx.RequestID(ctx)}}
	if l.needs == httpx.Public {
		return c, nil
	}
	for _, name := range []string{"Authorization", OrganisationHeader} {
		if len(r.Header.Values(name)) > 1 {
			return call{}, vc.Errorf(vc.Invalid, "header-twice", "the header %s is there twice", name)
		}
	}
	var err error
	if c.who, err = d.Access.Authenticate(ctx, r.Header.Get("Authorization")); err != nil {
		return call{}, err
	}
	organisation := r.Header.Get(OrganisationHeader)
	if organisation == "" && l.header == headerRequired {
		return call{}, vc.Errorf(vc.Invalid, "organisation-id-missing", "the header %s is needed here", OrganisationHeader)
	}
	if c.scope, err = d.Access.ScopeFor(ctx, c.who, r.PathValue("tenant"), organisation); err != nil {
		return call{}, err
	}
	if rec := httpx.RecordOf(ctx); rec != nil {
		rec.Tenant = c.scope.Tenant
	}
	c.by.Scope, c.by.Principal = c.scope, c.who.ID
	return c, d.authorize(c, l)
}

func (d *Door) authorize(c call, l line) error {
	if l.needs == "" || l.where == judged {
		return nil
	}
	scope := c.scope
	switch l.where {
	case byItself:
		return access.AuthorizeOwn(c.who, l.needs, scope)
	case atTenant:
		scope = c.tenant()
	case atOperator:
		scope = vc.Scope{}
	}
	return access.Authorize(c.who, l.needs, scope)
}

// notOffered answers for what a self-hosted office has no use for.
func (d *Door) notOffered(http.ResponseWriter, *http.Request, call) error {
	return vc.Errorf(vc.Unsupported, httpx.CodeNotOffered, "this server does not offer the operation")
}
