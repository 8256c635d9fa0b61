// Package dif is the door of the DIF Universal Resolver: it follows any DID URL this server can, of ours and others'.
//
//	GET /1.0/identifiers/{did-or-url} ── identity.Dereference ──> DID Resolution 0.3 §3 and §5, its errors and statuses §7.1
//	    a document ── Accept ──> the resolution result, or the document alone
//	    a resource ── Accept ──> its bytes, or the dereferencing result; a service: 303 to where it is
//	    ?publicKeyFormat=TYPE    did:key §3.1.2
//
// Resolving is public: DIDs are, and an identity of any tenant may be looked up by its DID.
package dif

import (
	"context"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// Prefix is the path of the resolver, as every Universal Resolver has it.
const Prefix = "/1.0/identifiers/"

// Resolver follows a DID URL. Its errors carry a DID Resolution error code.
type Resolver interface {
	Dereference(ctx context.Context, scope vc.Scope, url string, options diddoc.ResolutionOptions) (diddoc.Dereferencing, error)
}

// Door answers the resolver's one route.
type Door struct {
	Resolver Resolver
	Log      *slog.Logger     // faults of ours; nil: none
	Now      func() time.Time // nil: time.Now
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
	a := answer{accept: preferences(r.Header.Values("Accept")), at: d.now()}
	asked, text, ok := options(r)
	if a.did = text; strings.ContainsAny(text, "/?#") {
		a.did = text[:strings.IndexAny(text, "/?#")]
	}
	if !plain(text) {
		a.fail(w, http.StatusBadRequest, "invalidDid", "not a DID")
		return
	}
	if !ok {
		a.fail(w, http.StatusBadRequest, "invalidOptions", "enableEncryptionKeyDerivation is true or false")
		return
	}
	if text == a.did {
		if _, offered := choose(a.accept); !offered {
			a.fail(w, http.StatusNotAcceptable, "representationNotSupported", "")
			return
		}
	}
	found, err := d.Resolver.Dereference(r.Context(), vc.Scope{}, text, asked)
	if err != nil {
		d.refuse(w, r, a, err)
		return
	}
	a.write(w, found)
}

func (d *Door) now() time.Time {
	if d.Now == nil {
		return time.Now()
	}
	return d.Now()
}

// options reads those of did:key (§3.1.2): publicKeyFormat, a type of verification method, and enableEncryptionKeyDerivation, which
// here is true unless it is said not to be. What else the query says is the DID URL's.
func options(r *http.Request) (asked diddoc.ResolutionOptions, text string, ok bool) {
	_, escaped, _ := strings.Cut(r.URL.EscapedPath(), Prefix)
	// A fragment gets here encoded or not at all, so this is one whatever else was encoded.
	text = strings.Replace(httpx.UnescapeDID(escaped), "%23", "#", 1)
	ok = true
	var rest []string
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		name, value, _ := strings.Cut(pair, "=")
		value, err := url.QueryUnescape(value)
		switch {
		case pair == "":
		case name == "publicKeyFormat" && err == nil:
			asked.PublicKeyFormat = value
		case name == "enableEncryptionKeyDerivation":
			asked.NoDerivedKeys = value == "false"
			ok = ok && (value == "" || value == "true" || value == "false")
		default:
			rest = append(rest, pair)
		}
	}
	if len(rest) > 0 {
		before, fragment, cut := strings.Cut(text, "#")
		mark := "?"
		if strings.Contains(before, "?") {
			mark = "&"
		}
		if text = before + mark + strings.Join(rest, "&"); cut {
			text += "#" + fragment
		}
	}
	return asked, text, ok
}

// plain says whether text can be a DID URL (DID Core §3.1 and §3.2).
func plain(text string) bool {
	method, id, ok := strings.Cut(strings.TrimPrefix(text, "did:"), ":")
	return ok && strings.HasPrefix(text, "did:") && method != "" && id != "" && !strings.ContainsAny(method, "/?# ") && !strings.Contains(text, " ")
}
