package native

import (
	"net/http"

	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
)

// statusChange sets an entry of the credential: Value 1 sets a one-bit status, 0 clears it.
type statusChange struct {
	Purpose string `json:"purpose"`
	Value   *int   `json:"value"`
	Reason  string `json:"reason"`
}

// reason is the optional body of the shorthands.
type reason struct {
	Reason string `json:"reason"`
}

func (d *Door) changeStatus(w http.ResponseWriter, r *http.Request, c call) error {
	var in statusChange
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	if in.Purpose == "" {
		return vc.Errorf(vc.Invalid, "missing", "the purpose is needed").At("/purpose")
	}
	if in.Value == nil {
		return vc.Errorf(vc.Invalid, "missing", "the value is needed").At("/value")
	}
	return d.change(w, r, c, issuer.Change{Purpose: vc.StatusPurpose(in.Purpose), Value: *in.Value, Reason: in.Reason})
}

// shorthand is one status change under a name of its own.
func (d *Door) shorthand(purpose vc.StatusPurpose, value int) act {
	return func(w http.ResponseWriter, r *http.Request, c call) error {
		var in reason
		if err := optional(r, smallBody, &in); err != nil {
			return err
		}
		return d.change(w, r, c, issuer.Change{Purpose: purpose, Value: value, Reason: in.Reason})
	}
}

func (d *Door) change(w http.ResponseWriter, r *http.Request, c call, change issuer.Change) error {
	changed, err := d.Issuer.ChangeStatus(r.Context(), c.by, r.PathValue("id"), change)
	return one(w, changed, err, wireCredential)
}
