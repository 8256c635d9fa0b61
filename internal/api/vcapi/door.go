// Package vcapi is the door of the W3C's API for credentials: VCALM, and the CCG's VC API where the two agree. Each issuer or
// verifier, an instance, has a base path of its own: <server>/vc-api/{instance}, or <server>/t/{tenant}/vc-api/{instance}.
// What is left open there is decided in docs/divergences/vcapi.md.
//
//	request ── Authenticate ──> principal, or anyone where the instance is open
//	        ── instance ──────> of the tenant and organisation that the principal reaches: identity, key, format, suite
//	        ── Authorize ─────> the route's permission, in the instance's scope
//	        ── desk ──────────> a whole credential is issued, a presentation proved, either verified
//	        ── answer ────────> JSON; errors are problem details (RFC 9457)
package vcapi

import (
	"log/slog"
	"net/http"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

// Name is the door's name in callers and audit entries.
const Name = "vcapi"

// The prefixes the door answers under on the common listener.
const (
	Prefix       = "/vc-api"
	TenantPrefix = "/t/{tenant}/vc-api"
)

// anyone is the principal of an act through an open instance.
const anyone = "anyone"

// maxBody is how many bytes a request may have.
const maxBody = 4 << 20

// Door is the API. All desks are needed.
type Door struct {
	Access   *access.Service
	Catalog  *catalog.Service
	Issuer   *issuer.Desk
	Holder   *holder.Desk
	Verifier *verifier.Service
	Log      *slog.Logger // faults of ours; nil: none
	Verbose  bool         // show the cause of faults to the caller: a developer's laptop
}

// call is who calls, and the instance.
type call struct {
	instance vc.Instance
	by       vc.Caller
}

// act carries out one operation and writes its answer, or returns why it did not.
type act func(w http.ResponseWriter, r *http.Request, c call) error

// Routes is the door's table; patterns are below its prefix.
func (d *Door) Routes() []httpx.Route {
	const get, post, remove = http.MethodGet, http.MethodPost, http.MethodDelete
	line := func(method, path, operation string, needs access.Permission, act act) httpx.Route {
		return httpx.Route{
			Method: method, Pattern: "/{instance}" + path, Operation: operation, Permission: string(needs), Handler: d.serve(needs, act),
		}
	}
	return []httpx.Route{
		line(post, "/credentials/issue", "issueCredential", access.CredentialIssue, d.issue),
		line(post, "/credentials/verify", "verifyCredential", access.CredentialVerify, d.verifyCredential),
		line(post, "/credentials/status", "updateCredentialStatus", access.CredentialStatus, d.changeStatus),
		line(post, "/credentials/derive", "deriveCredential", access.CredentialRead, d.derive),
		line(get, "/credentials/{id}", "getCredential", access.CredentialRead, d.getCredential),
		line(remove, "/credentials/{id}", "deleteCredential", access.CredentialErase, d.deleteCredential),
		line(post, "/presentations/prove", "provePresentation", access.CredentialIssue, d.prove),
		line(post, "/presentations/verify", "verifyPresentation", access.CredentialVerify, d.verifyPresentation),
	}
}

// Handler serves the table under the given prefixes; with none, at the root.
func (d *Door) Handler(prefixes ...string) http.Handler {
	return httpx.Mux{Routes: d.Routes(), Prefixes: prefixes, Fail: d.fail}.Handler()
}

func (d *Door) serve(needs access.Permission, act act) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := d.admit(r, needs)
		if err == nil {
			err = act(w, r, c)
		}
		if err != nil {
			d.fail(w, r, err)
		}
	})
}

// admit finds who calls and the instance. To who proves nothing, an instance that is not open is as one that is not
// there.
func (d *Door) admit(r *http.Request, needs access.Permission) (c call, err error) {
	ctx := r.Context()
	for _, name := range []string{"Authorization", "Idempotency-Key"} {
		if len(r.Header.Values(name)) > 1 {
			return call{}, vc.Errorf(vc.Invalid, "header-twice", "the header %s is there twice", name)
		}
	}
	tenant, slug := r.PathValue("tenant"), r.PathValue("instance")
	who := vc.Principal{ID: anyone}
	if authorization := r.Header.Get("Authorization"); authorization == "" {
		if tenant == "" {
			tenant = vc.DefaultTenant
		}
		c.instance, err = d.Catalog.OpenInstance(ctx, tenant, slug)
		if err != nil && vc.KindOf(err) == vc.NotFound {
			_, err = d.Access.Authenticate(ctx, "")
		}
		if err != nil {
			return call{}, err
		}
		tenant, who.Scope = "", c.instance.Scope
	} else {
		if who, err = d.Access.Authenticate(ctx, authorization); err != nil {
			return call{}, err
		}
		scope, err := d.Access.ScopeFor(ctx, who, tenant, "")
		if err != nil {
			return call{}, err
		}
		if c.instance, err = d.Catalog.InstanceBySlug(ctx, scope, slug); err != nil {
			return call{}, err
		}
		if err := access.Authorize(who, needs, c.instance.Scope); err != nil {
			return call{}, err
		}
	}
	scope, err := d.Access.ScopeFor(ctx, who, tenant, c.instance.Scope.Organisation) // its organisation may be archived
	if err != nil {
		return call{}, err
	}
	if rec := httpx.RecordOf(ctx); rec != nil {
		rec.Tenant = scope.Tenant
	}
	c.by = vc.Caller{Scope: scope, Principal: who.ID, Door: Name, Request: httpx.RequestID(ctx)}
	return c, nil
}

// signs refuses what needs a key where the instance has none.
func (c call) signs() error {
	if c.instance.Identity == "" {
		return vc.Errorf(vc.Unsupported, httpx.CodeNotOffered, "this instance verifies alone")
	}
	return nil
}

// profile is how the instance issues.
func (c call) profile() vc.CredentialProfile {
	profile := c.instance.Profile
	profile.Name = c.instance.ID
	return profile
}
