package native

import (
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

// verification asks for checks of a secured credential: a string (a JWS) or an object (an embedded proof).
type verification struct {
	Credential jsontext.Value `json:"credential"`
	Checks     []string       `json:"checks"`
	At         *time.Time     `json:"at"`
}

type report struct {
	Outcome    string         `json:"outcome"`
	Format     string         `json:"format,omitempty"`
	Model      string         `json:"model,omitempty"`
	ID         string         `json:"id,omitempty"`
	Issuer     string         `json:"issuer,omitempty"`
	Types      []string       `json:"types"`
	ValidFrom  time.Time      `json:"validFrom,omitzero"`
	ValidUntil time.Time      `json:"validUntil,omitzero"`
	Credential jsontext.Value `json:"credential,omitempty"`
	Checks     []check        `json:"checks"`
}

// check is a node of the tree.
type check struct {
	Name    string  `json:"name"`
	Outcome string  `json:"outcome"`
	Code    string  `json:"code,omitempty"`
	Reason  string  `json:"reason,omitempty"`
	Cites   string  `json:"cites,omitempty"`
	Pointer string  `json:"pointer,omitempty"`
	Checks  []check `json:"checks,omitempty"`
}

func wireChecks(list []verifier.Check) []check {
	out := make([]check, 0, len(list))
	for _, c := range list {
		out = append(out, check{
			Name: c.Name, Outcome: string(c.Outcome), Code: c.Code, Reason: c.Reason, Cites: c.Cites,
			Pointer: c.Pointer, Checks: wireChecks(c.Children),
		})
	}
	return out
}

func wireReport(rep verifier.Report) report {
	types := rep.Types
	if types == nil {
		types = []string{}
	}
	return report{
		Outcome: string(rep.Outcome), Format: rep.Format, Model: string(rep.Model), ID: rep.ID, Issuer: rep.Issuer,
		Types: types, ValidFrom: rep.ValidFrom, ValidUntil: rep.ValidUntil, Credential: rep.Credential,
		Checks: wireChecks(rep.Checks),
	}
}

// verify answers 200 whatever the outcome: a credential that fails was verified all the same.
func (d *Door) verify(w http.ResponseWriter, r *http.Request, c call) error {
	var in verification
	if err := decode(r, mediumBody, &in); err != nil {
		return err
	}
	secured, err := securedBytes(in.Credential)
	if err != nil {
		return err
	}
	if err := possible(in.At, "/at"); err != nil {
		return err
	}
	rep, err := d.Verifier.Verify(r.Context(), c.scope, secured, verifier.Options{Checks: in.Checks, At: given(in.At)})
	if err != nil {
		return err
	}
	httpx.EncodeJSON(w, http.StatusOK, wireReport(rep))
	return nil
}

func securedBytes(v jsontext.Value) ([]byte, error) {
	switch v.Kind() {
	case '{':
		return v, nil
	case '"':
		if text, err := jsontext.AppendUnquote(nil, v); err == nil {
			return text, nil
		}
	case 0:
		return nil, present(v, "/credential")
	}
	return nil, vc.Errorf(vc.Invalid, httpx.CodeWrongType, "expected a string or an object").At("/credential")
}
