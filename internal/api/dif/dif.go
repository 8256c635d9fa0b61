// Package dif is the door of the DIF Universal Resolver: it resolves any DID this server can, ours and others'.
//
//	GET /1.0/identifiers/{did} ── Accept ──> the resolution result, or the document alone
//	?publicKeyFormat=TYPE      ── identity.ResolveAs ──> DID Resolution 0.3 §3, its errors and statuses §7.1
//
// Resolving is public: DIDs are, and an identity of any tenant may be looked up by its DID.
package dif

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// Prefix is the path of the resolver, as every Universal Resolver has it.
const Prefix = "/1.0/identifiers/"

// Resolver resolves a DID; ours is true for one of this server's. Its errors carry a DID Resolution error code.
type Resolver interface {
	ResolveAs(ctx context.Context, scope vc.Scope, did string, options diddoc.ResolutionOptions) (resolution diddoc.Resolution, ours bool, err error)
}

// Door answers the resolver's one route.
type Door struct {
	Resolver Resolver
	Log      *slog.Logger // faults of ours; nil: none
}

// Routes is the door's table. Patterns are absolute.
func (d *Door) Routes() []httpx.Route {
	return []httpx.Route{{
		Method: http.MethodGet, Pattern: Prefix + "{did...}", Operation: "resolveDid",
		Permission: httpx.Public, Handler: http.HandlerFunc(d.resolve),
	}}
}

// Handler serves the routes, to scripts of any origin too.
func (d *Door) Handler() http.Handler {
	return httpx.AnyOrigin(httpx.Mux{Routes: d.Routes()}.Handler())
}

func (d *Door) resolve(w http.ResponseWriter, r *http.Request) {
	wants, ok := choose(r.Header.Values("Accept"))
	if !ok {
		fail(w, http.StatusNotAcceptable, "representationNotSupported", "")
		return
	}
	escaped := r.URL.EscapedPath()
	_, escaped, _ = strings.Cut(escaped, Prefix)
	did := httpx.UnescapeDID(escaped)
	if !plain(did) {
		fail(w, http.StatusBadRequest, "invalidDid", "not a DID")
		return
	}
	asked, ok := options(r.URL.Query())
	if !ok {
		fail(w, http.StatusBadRequest, "invalidOptions", "enableEncryptionKeyDerivation is true or false")
		return
	}
	resolution, _, err := d.Resolver.ResolveAs(r.Context(), vc.Scope{}, did, asked)
	if err != nil {
		d.refuse(w, r, err)
		return
	}
	status := http.StatusOK
	if resolution.Metadata.Deactivated {
		status = http.StatusGone // DID Resolution 0.3 §7.1
	}
	write(w, status, wants, resolution)
}

// options reads those of did:key (§3.1.2): publicKeyFormat, a type of verification method, and enableEncryptionKeyDerivation, which
// here is true unless it is said not to be. Others are not for this server.
func options(query url.Values) (asked diddoc.ResolutionOptions, ok bool) {
	asked.PublicKeyFormat = query.Get("publicKeyFormat")
	switch query.Get("enableEncryptionKeyDerivation") {
	case "", "true":
	case "false":
		asked.NoDerivedKeys = true
	default:
		return asked, false
	}
	return asked, true
}

// plain says whether text can be a DID: no DID URL is dereferenced here (DID Core §3.1 and §3.2).
func plain(did string) bool {
	method, id, ok := strings.Cut(strings.TrimPrefix(did, "did:"), ":")
	return ok && strings.HasPrefix(did, "did:") && method != "" && id != "" && !strings.ContainsAny(did, "/?# ")
}
