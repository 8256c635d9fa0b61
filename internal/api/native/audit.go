package native

import (
	"net/http"
	"time"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// auditWire is the audit face of a journal entry: nothing in it leads to a holder.
type auditWire struct {
	Position     int64     `json:"position"`
	At           time.Time `json:"at"`
	Action       string    `json:"action"`
	Principal    string    `json:"principal"`
	Organisation string    `json:"organisation,omitempty"`
	Door         string    `json:"door,omitempty"`
	Request      string    `json:"request,omitempty"`
	Object       string    `json:"object,omitempty"`
	Detail       string    `json:"detail,omitempty"`
	Hash         string    `json:"hash"`
}

type headWire struct {
	Tenant   string `json:"tenant"`
	Position int64  `json:"position"`
	Hash     string `json:"hash"`
	MAC      string `json:"mac"`
	Key      string `json:"key"`
}

func wireAudit(e vc.Entry) auditWire {
	return auditWire{
		Position: e.Position, At: e.At, Action: e.Action, Principal: e.Principal,
		Organisation: e.Scope.Organisation, Door: e.Door, Request: e.Request, Object: e.Object, Detail: e.Detail,
		Hash: base64url(e.Hash),
	}
}

func (d *Door) listAudit(w http.ResponseWriter, r *http.Request, c call) error {
	after, limit, err := positions(r)
	if err != nil {
		return err
	}
	entries, err := d.Journal.Audit(r.Context(), c.scope, after, limit)
	if err != nil {
		return err
	}
	out := numbered[auditWire]{Items: make([]auditWire, 0, len(entries)), Next: after}
	for _, e := range entries {
		out.Items, out.Next = append(out.Items, wireAudit(e)), e.Position
	}
	httpx.EncodeJSON(w, http.StatusOK, out)
	return nil
}

func (d *Door) auditHead(w http.ResponseWriter, r *http.Request, c call) error {
	head, err := d.Journal.Head(r.Context(), c.scope)
	return one(w, head, err, func(h vc.AuditHead) headWire {
		return headWire{Tenant: h.Tenant, Position: h.Position, Hash: base64url(h.Hash), MAC: base64url(h.MAC), Key: h.Key}
	})
}
