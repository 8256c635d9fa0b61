// Package wire is what the three of Empe's services have in common on their wire: who calls and for which issuer, the shape of
// refusals, dates, QR codes.
//
//	request ── Line.Auth ──> principal, or nobody          access
//	        ── Office ─────> tenant and its one organisation
//	        ── Authorize ──> the line's permissions there
//	        ── Act ────────> the answer, or Failure
package wire

import (
	"log/slog"
	"net/http"
	"strings"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// SecretHeader carries the secret of an issuer's or a verifier's own back end.
const SecretHeader = "x-client-secret"

// Auth is how a route knows who calls. What another route's scheme would take is not looked at.
type Auth int

// The schemes.
const (
	Anyone       Auth = iota // nobody is asked for
	Secret                   // [SecretHeader]
	SecretIfSent             // [SecretHeader] where it is there, else anyone
	Bearer                   // an access token, an API key, or a holder's token
	Holder                   // a holder's token, and no other
	Grant                    // an access token or an API key
	Unbound                  // nobody is asked for, and no tenant either: the call has neither
)

// Line is a row of a table. Statuses are those its description has: an error with another is answered with the nearest of
// them; nil: with its own.
type Line struct {
	Method, Pattern, Operation string

	Auth     Auth
	Needs    []access.Permission // all of them, in the office; nobody is asked for what Anyone may do
	Holders  bool                // a holder needs no permission: what its DID may see is for the act to ask
	Office   access.Need
	Statuses []int
	Act      Act
}

// Call is who calls, and where. With nobody known Who is zero.
type Call struct {
	Who          vc.Principal
	Scope        vc.Scope // of the office
	Organisation vc.Organisation
	Tenant       vc.Tenant
	By           vc.Caller
	URL          string // of the door for this tenant, as the caller reached it: links begin with it
}

// Actor is the caller of an act on what access keeps.
func (c Call) Actor() access.Actor {
	return access.Actor{Principal: c.Who, Door: c.By.Door, Request: c.By.Request}
}

// Act carries out one operation and writes its answer, or returns why it did not.
type Act func(w http.ResponseWriter, r *http.Request, c Call) error

// Kernel admits callers and answers refusals.
type Kernel struct {
	Access  *access.Service
	Name    string            // of the door, in callers and audit entries
	Public  string            // public URL of the server, without a slash at its end
	Prefix  string            // of the door at the common listener: "/empe"
	Refusal func(Failure) any // body of a refusal; nil: the failure itself
	Log     *slog.Logger      // faults of ours; nil: none
	Verbose bool              // show the causes of errors to the caller: a developer's laptop
}

// Routes puts the way to an act in front of each line.
func (k *Kernel) Routes(lines []Line) []httpx.Route {
	routes := make([]httpx.Route, len(lines))
	for i, line := range lines {
		permission := httpx.Public
		if line.Auth != Anyone && line.Auth != Unbound {
			permission = joined(line.Needs)
		}
		routes[i] = httpx.Route{
			Method: line.Method, Pattern: line.Pattern, Operation: line.Operation, Permission: permission, Handler: k.serve(line),
		}
	}
	return routes
}

func joined(needs []access.Permission) string {
	names := make([]string, len(needs))
	for i, need := range needs {
		names[i] = string(need)
	}
	return strings.Join(names, " ")
}

func (k *Kernel) serve(line Line) http.Handler {
	handler := http.Handler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := k.admit(r, line)
		if err == nil {
			err = line.Act(w, r, c)
		}
		if err != nil {
			k.refuse(w, r, line, err)
		}
	}))
	if line.Auth == Anyone && line.Method == http.MethodGet { // wallets run in browsers
		handler = httpx.AnyOrigin(handler)
	}
	return handler
}

// URL is the door's, as a caller reaches it for the tenant that the request's path names.
func (k *Kernel) URL(r *http.Request) string {
	if tenant := r.PathValue("tenant"); tenant != "" {
		return k.Public + "/t/" + tenant + k.Prefix
	}
	return k.Public + k.Prefix
}
