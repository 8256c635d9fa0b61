package native

import (
	"encoding/csv"
	"net/http"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
)

func (d *Door) getCredential(w http.ResponseWriter, r *http.Request, c call) error {
	view, err := d.Issuer.Get(r.Context(), c.scope, r.PathValue("id"))
	return one(w, view, err, wireView)
}

// listCredentials gives a page as JSON, or everything that matches as CSV when the caller asks for text/csv.
func (d *Door) listCredentials(w http.ResponseWriter, r *http.Request, c call) error {
	filter, err := credentialFilter(r)
	if err != nil {
		return err
	}
	if accepts(r, "text/csv") {
		return d.exportCredentials(w, r, c, filter)
	}
	views, next, err := d.Issuer.List(r.Context(), c.scope, filter)
	if err != nil {
		return err
	}
	out := listed[credentialWire]{Items: make([]credentialWire, 0, len(views)), Next: next}
	for _, view := range views {
		out.Items = append(out.Items, wireView(view))
	}
	httpx.EncodeJSON(w, http.StatusOK, out)
	return nil
}

func credentialFilter(r *http.Request) (issuer.Filter, error) {
	var filter issuer.Filter
	values, err := params(r, "type", "subject", "recipient", "issuer", "status", "state", "issuance", "from", "to",
		"cursor", "limit")
	if err != nil {
		return filter, err
	}
	if filter.Page, err = page(values); err != nil {
		return filter, err
	}
	if filter.IssuedFrom, err = moment(values, "from"); err != nil {
		return filter, err
	}
	if filter.IssuedTo, err = moment(values, "to"); err != nil {
		return filter, err
	}
	state, err := choice(values, "state", string(vc.Awaited), string(vc.Issued), string(vc.Lapsed))
	if err != nil {
		return filter, err
	}
	standing, err := choice(values, "status", string(vc.Active), string(vc.Suspended), string(vc.Revoked))
	if err != nil {
		return filter, err
	}
	filter.State, filter.Standing = vc.CredentialState(state), vc.Standing(standing)
	filter.Type, filter.Issuer, filter.Issuance = values.Get("type"), values.Get("issuer"), values.Get("issuance")
	filter.Subject, filter.Recipient = values.Get("subject"), values.Get("recipient")
	return filter, nil
}

var csvHeader = []string{
	"id", "type", "typeName", "format", "issuer", "state", "status", "subjects", "recipient",
	"validFrom", "validUntil", "issuedAt", "erasedAt", "signedElsewhere",
}

// exportCredentials streams every page. An error after the first row can only cut the connection: a short file must
// not look whole.
func (d *Door) exportCredentials(w http.ResponseWriter, r *http.Request, c call, filter issuer.Filter) error {
	filter.Page.Limit = maxLimit
	views, next, err := d.Issuer.List(r.Context(), c.scope, filter)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/csv; charset=utf-8; header=present") // RFC 4180 §3
	w.Header().Set("Content-Disposition", `attachment; filename="credentials.csv"`)
	control := http.NewResponseController(w)
	out := csv.NewWriter(w)
	out.UseCRLF = true
	_ = out.Write(csvHeader) // sticky: out.Error tells
	for {
		_ = control.SetWriteDeadline(time.Now().Add(time.Minute)) // the page's, not the whole file's
		for _, view := range views {
			_ = out.Write(csvRow(view))
		}
		out.Flush()
		if out.Error() != nil {
			return nil // the caller went away
		}
		if next == "" {
			return nil
		}
		filter.Page.After = next
		if views, next, err = d.Issuer.List(r.Context(), c.scope, filter); err != nil {
			httpx.LogFault(r, d.Log, "export", err)
			panic(http.ErrAbortHandler)
		}
	}
}

func csvRow(v issuer.View) []string {
	c := v.Credential
	elsewhere := "false"
	if c.Elsewhere {
		elsewhere = "true"
	}
	row := []string{
		c.ID, c.Type, c.TypeName, c.Format, c.Issuer, string(c.State), string(c.Standing),
		strings.Join(v.Subjects, " "), v.Recipient, stamp(c.ValidFrom), stamp(c.ValidUntil), stamp(c.IssuedAt),
		stamp(c.ErasedAt), elsewhere,
	}
	for i, cell := range row {
		row[i] = harmless(cell)
	}
	return row
}

// harmless keeps a spreadsheet from running a cell as a formula.
func harmless(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func (d *Door) eraseCredential(w http.ResponseWriter, r *http.Request, c call) error {
	erased, err := d.Issuer.Erase(r.Context(), c.by, r.PathValue("id"))
	return one(w, erased, err, wireCredential)
}
