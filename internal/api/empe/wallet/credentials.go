package wallet

import (
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/api/empe/wire"
	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// heldWire is a credential that is held. Credential is an object, or a string where it is a token.
type heldWire struct {
	ID         string         `json:"id"`
	Credential jsontext.Value `json:"credential"`
	Type       []string       `json:"type"`
	Issuer     string         `json:"issuer"`
	Network    string         `json:"network"`
	Status     holder.Status  `json:"status"`
	IssuedAt   httpx.Stamp    `json:"issuedAt"`
	ExpiresAt  httpx.Stamp    `json:"expiresAt,omitzero"`
	Version    string         `json:"version"` // of its schema, where that is one of this server's
}

func wireHeld(view holder.HeldView) (heldWire, error) {
	held := view.Held
	out := heldWire{
		ID: held.ID, Credential: jsontext.Value(view.Secured), Type: held.Types, Issuer: held.Issuer, Network: networkOf(held),
		Status: view.Status, IssuedAt: httpx.Stamp(held.IssuedAt), ExpiresAt: httpx.Stamp(held.ValidUntil), Version: held.Version,
	}
	if out.Type == nil {
		out.Type = []string{}
	}
	if out.Credential.Kind() == '{' {
		return out, nil
	}
	var err error
	out.Credential, err = json.Marshal(string(view.Secured))
	return out, err
}

// networkOf is where a credential's issuer is: the network that its DID names, else the DID's method.
func networkOf(held vc.HeldCredential) string {
	if held.Network != "" {
		return held.Network
	}
	parsed, err := diddoc.ParseDID(held.Issuer)
	if err != nil {
		return ""
	}
	return parsed.Method
}

func (d *Door) hold(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	var in struct {
		Credential jsontext.Value `json:"credential"`
		Foreign    bool           `json:"allowForeignSubject"`
	}
	if err := wire.Decode(r, wire.LargeBody, &in); err != nil {
		return err
	}
	secured, err := text(in.Credential, "/credential")
	if err != nil {
		return err
	}
	view, err := d.Holder.Hold(r.Context(), c.By, holder.NewHeld{Secured: secured, AllowForeignSubject: in.Foreign})
	if err != nil {
		return err
	}
	return answerHeld(w, http.StatusCreated, view)
}

// text gives an object as it was sent, and of a string what it holds. It must be there.
func text(raw jsontext.Value, pointer string) ([]byte, error) {
	if httpx.Absent(raw) {
		return nil, httpx.Missing(pointer)
	}
	switch raw.Kind() {
	case '{':
		return raw, nil
	case '"':
		var out string
		err := httpx.UnmarshalJSON(raw, &out)
		return []byte(out), err
	}
	return nil, vc.Errorf(vc.Invalid, httpx.CodeWrongType, "expected an object or a string").At(pointer)
}

func answerHeld(w http.ResponseWriter, status int, view holder.HeldView) error {
	out, err := wireHeld(view)
	if err != nil {
		return err
	}
	return wire.Answer(w, status, out)
}

// get shows a credential. With refresh its status is asked for, else it is what was seen last.
func (d *Door) get(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	refresh := false
	switch httpx.Query(r).Get("refresh") {
	case "", "false":
	case "true":
		refresh = true
	default:
		return vc.Errorf(vc.Invalid, "parameter", "refresh must be true or false")
	}
	view, err := d.Holder.Held(r.Context(), c.Scope, r.PathValue("id"), refresh)
	if err != nil {
		return err
	}
	return answerHeld(w, http.StatusOK, view)
}

func (d *Door) drop(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	if err := d.Holder.Drop(r.Context(), c.By, r.PathValue("id")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (d *Door) dropAll(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	if _, err := d.Holder.DropAll(r.Context(), c.By); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// Bounds of a list, and of what is looked through for it.
const (
	maxListed = 1000
	maxPages  = 20
)

func (d *Door) list(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	q, method, status, err := filters(r)
	if err != nil {
		return err
	}
	views, err := d.listed(r, c, q, method, status)
	if err != nil {
		return err
	}
	out := make([]heldWire, len(views))
	for i, view := range views {
		if out[i], err = wireHeld(view); err != nil {
			return err
		}
	}
	return wire.Answer(w, http.StatusOK, out)
}

// listed gives a page. Of one DID method it is looked for here: rows know networks, which of the main ones have no name.
func (d *Door) listed(r *http.Request, c wire.Call, q vc.HeldQuery, method string, status holder.Status) ([]holder.HeldView, error) {
	if method == "" {
		views, _, err := d.Holder.HeldList(r.Context(), c.Scope, q, status)
		return views, err
	}
	var out []holder.HeldView
	page := q.Page
	q.Page = vc.Page{Limit: maxListed}
	for range maxPages {
		views, _, err := d.Holder.HeldList(r.Context(), c.Scope, q, status)
		if err != nil {
			return nil, err
		}
		for _, view := range views {
			if networkOf(view.Held) == method {
				out = append(out, view)
			}
		}
		if len(views) < maxListed || len(out) >= page.Offset+page.Limit {
			break
		}
		q.Page.After = views[len(views)-1].Held.ID
	}
	out = out[min(page.Offset, len(out)):]
	return out[:min(page.Limit, len(out))], nil
}

// filters reads the query of a list; method is that of issuers on a main network, "" where any will do.
func filters(r *http.Request) (q vc.HeldQuery, method string, status holder.Status, err error) {
	values := httpx.Query(r)
	if q.Page, err = wire.Page(r, maxListed, maxListed); err != nil {
		return q, "", "", err
	}
	q.Type, q.Version = values.Get("type"), values.Get("version")
	switch network := strings.TrimPrefix(values.Get("network"), "empe-"); network {
	case "":
	case "mainnet":
		q.Network, method = new(""), "empe"
	case "empe", "web", "key", "jwk", "cheqd":
		q.Network, method = new(""), network
	default:
		q.Network = &network
	}
	switch status = holder.Status(values.Get("status")); status {
	case "", holder.Valid, holder.Revoked, holder.Suspended, holder.Expired, holder.Unknown:
	default:
		return q, "", "", vc.Errorf(vc.Invalid, "parameter", "status must be valid, revoked, suspended, expired or unknown")
	}
	q.IssuedFrom, q.IssuedTo, err = issued(values.Get("issuedAt"))
	return q, method, status, err
}

// issued reads a day or a second, UTC where nothing else is said, as the time from and the time before; zero: it is not there.
func issued(at string) (from, before time.Time, err error) {
	if at == "" {
		return from, before, nil
	}
	if from, err = time.Parse(time.DateOnly, at); err == nil {
		return from, from.AddDate(0, 0, 1), nil
	}
	if from, err = time.Parse(time.RFC3339, at); err == nil {
		from = from.UTC().Truncate(time.Second)
		return from, from.Add(time.Second), nil
	}
	return from, before, vc.Errorf(vc.Invalid, "parameter", "issuedAt must be a date, or a date-time (RFC 3339)")
}
