// Package wallet is Empe's wallet server: a holder's wallet without a screen. The wallet is that of the caller's organisation.
//
//	POST did/generate ──> DIDs, a mnemonic that is told once
//	POST flows {what was scanned} ──> claim or presentation, waiting ten minutes ── POST flows/{id}/confirm ──> held, or presented
//	GET credentials ──> what is held
package wallet

import (
	"context"
	"net/http"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/api/empe/wire"
	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Door is the wallet server.
type Door struct {
	Holder   *holder.Desk
	Identity *identity.Service
	Ready    func(context.Context) error // nil: always
}

// base is where the wallet's routes are below Empe's prefix.
const base = "/wallet"

// Lines are the routes, below Empe's prefix.
func (d *Door) Lines() []wire.Line {
	ours := []access.Permission{access.WalletUse}
	lines := []wire.Line{
		{Method: http.MethodPost, Pattern: base + "/did/generate", Operation: "GenerateDids", Act: d.generate, Statuses: []int{201, 400, 401, 403}},
		{Method: http.MethodPost, Pattern: base + "/did/import", Operation: "ImportDids", Act: d.importDIDs, Statuses: []int{201, 400, 401, 403, 409}},
		{Method: http.MethodGet, Pattern: base + "/did", Operation: "ListDids", Act: d.listDIDs, Statuses: []int{200, 400, 401, 403}},
		{Method: http.MethodGet, Pattern: base + "/did/{did}", Operation: "ResolveDid", Act: d.resolve, Statuses: []int{200, 400, 401, 403, 404}},
		{Method: http.MethodGet, Pattern: base + "/credentials", Operation: "ListHeldCredentials", Act: d.list, Statuses: []int{200, 400, 401, 403}},
		{Method: http.MethodPost, Pattern: base + "/credentials", Operation: "ImportHeldCredential", Act: d.hold, Statuses: []int{201, 400, 401, 403, 409}},
		{Method: http.MethodDelete, Pattern: base + "/credentials", Operation: "DeleteHeldCredentials", Act: d.dropAll, Statuses: []int{204, 401, 403}},
		{Method: http.MethodGet, Pattern: base + "/credentials/{id}", Operation: "GetHeldCredential", Act: d.get, Statuses: []int{200, 400, 401, 403, 404}},
		{Method: http.MethodDelete, Pattern: base + "/credentials/{id}", Operation: "DeleteHeldCredential", Act: d.drop, Statuses: []int{204, 401, 403, 404}},
		{Method: http.MethodPost, Pattern: base + "/flows", Operation: "BeginFlow", Act: d.begin, Statuses: []int{201, 400, 401, 403}},
		{Method: http.MethodGet, Pattern: base + "/flows/{id}", Operation: "GetFlow", Act: d.flow, Statuses: []int{200, 401, 403, 404}},
		{Method: http.MethodPost, Pattern: base + "/flows/{id}/confirm", Operation: "ConfirmFlow", Act: d.confirm, Statuses: []int{200, 400, 401, 403, 404, 409, 410}},
	}
	for i := range lines {
		lines[i].Auth, lines[i].Needs = wire.Grant, ours
	}
	return append(lines,
		wire.Line{Auth: wire.Unbound, Method: http.MethodGet, Pattern: base + "/health/liveness", Operation: "WalletLiveness", Act: d.alive, Statuses: []int{200}},
		wire.Line{Auth: wire.Unbound, Method: http.MethodGet, Pattern: base + "/health/readiness", Operation: "WalletReadiness", Act: d.ready, Statuses: []int{200}},
	)
}

func (d *Door) alive(w http.ResponseWriter, _ *http.Request, _ wire.Call) error {
	return wire.Answer(w, http.StatusOK, health{"ok"})
}

func (d *Door) ready(w http.ResponseWriter, r *http.Request, _ wire.Call) error {
	if d.Ready != nil {
		if err := d.Ready(r.Context()); err != nil {
			return vc.Errorf(vc.Unavailable, "not-ready", "the store does not answer").Because(err)
		}
	}
	return wire.Answer(w, http.StatusOK, health{"ok"})
}

type health struct {
	Status string `json:"status"`
}
