// Package verify is Empe's verifier: queries that are kept, requests that a wallet reads from a QR code, its answer, and the
// result as server-sent events.
//
//	back end ── POST vp-queries ──> query ── POST …/authorization-request ──> request_uri, QR code, state
//	browser ─── GET connection/{state} ──> pending … verified, failed or expired
//	wallet ──── GET request/{id} ──> what is asked ── POST response/{id} ──> where to go on
package verify

import (
	"net/http"
	"time"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/api/empe/wire"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/verifier"
)

// Door is the verifier. Its lines are for a kernel whose refusals are [wire.BriefOf].
type Door struct {
	Presentations *verifier.Desk
	Identity      *identity.Service // nil: no answer is for the office by its DID
	Now           func() time.Time  // nil: time.Now
	Stopping      <-chan struct{}   // closed when the server goes down: streams end; nil: never
}

// Where the routes are below Empe's prefix. Those of the middleware are Empe's for a relying party's own server, which keeps
// the secret from the browser; the browser's part of them needs none here.
const (
	base       = "/api/v1/verifier"
	middleware = "/api/verifier"
)

// Lines are the routes, below Empe's prefix.
func (d *Door) Lines() []wire.Line {
	ours := []access.Permission{access.PresentationManage}
	lines := []wire.Line{
		{Method: http.MethodPost, Pattern: base + "/vp-queries", Operation: "CreateVpQuery", Act: d.createQuery, Statuses: []int{201, 400, 401, 403}},
		{Method: http.MethodGet, Pattern: base + "/vp-queries", Operation: "ListVpQueries", Act: d.listQueries, Statuses: []int{200, 400, 401, 403}},
		{Method: http.MethodGet, Pattern: base + "/vp-queries/{id}", Operation: "GetVpQuery", Act: d.getQuery, Statuses: []int{200, 401, 403, 404}},
		{Method: http.MethodDelete, Pattern: base + "/vp-queries/{id}", Operation: "DeleteVpQuery", Act: d.deleteQuery, Statuses: []int{204, 401, 403, 404}},
		{Method: http.MethodPost, Pattern: base + "/vp-queries/{id}/authorization-request", Operation: "CreateAuthorizationRequestFromVpQuery", Act: d.askQuery, Statuses: []int{201, 400, 401, 403, 404}},
		{Method: http.MethodPost, Pattern: base + "/authorization-requests", Operation: "CreateVerifierAuthorizationRequest", Act: d.ask, Statuses: []int{201, 400, 401, 403}},
		{Method: http.MethodGet, Pattern: base + "/authorization-requests/{id}", Operation: "GetVerifierAuthorizationRequest", Act: d.getResult, Statuses: []int{200, 401, 403, 404}},
		{Method: http.MethodPost, Pattern: middleware + "/{flow}/v1/authorize-qr-code", Operation: "AuthorizeQrCode", Act: d.askFlow, Statuses: []int{200, 400, 401, 403, 404}},
	}
	for i := range lines {
		lines[i].Auth, lines[i].Needs, lines[i].Office = wire.Secret, ours, access.Verify
	}
	return append(lines,
		wire.Line{Method: http.MethodGet, Pattern: base + "/request/{id}", Operation: "GetRequestObject", Act: d.getRequest, Statuses: []int{200, 404, 406}},
		wire.Line{Method: http.MethodPost, Pattern: base + "/response/{id}", Operation: "PostAuthorizationResponse", Act: d.answer, Statuses: []int{200, 400, 404}},
		wire.Line{Method: http.MethodGet, Pattern: base + "/connection/{state}", Operation: "WatchAuthorization", Act: d.watch, Statuses: []int{200, 404}},
		wire.Line{Method: http.MethodGet, Pattern: base + "/qrcode-data/{id}", Operation: "GetVerifierQrCodeData", Act: d.getCode, Statuses: []int{200, 400, 404}},
		wire.Line{Method: http.MethodGet, Pattern: middleware + "/{flow}/v1/connection/{state}", Operation: "WatchFlowAuthorization", Act: d.watch, Statuses: []int{200, 404}},
	)
}

func (d *Door) now() time.Time {
	if d.Now == nil {
		return time.Now().UTC()
	}
	return d.Now().UTC()
}
