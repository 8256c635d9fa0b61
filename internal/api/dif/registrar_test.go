package dif

import (
	"net/http"
	"testing"

	"github.com/chancery-vc/chancery/internal/vc"
)

// TestReason has each kind of failure its status. What a ledger has not decided is no refusal, although it is a conflict elsewhere:
// whoever hears 409 asks anew.
func TestReason(t *testing.T) {
	for want, e := range map[int]*vc.Error{
		http.StatusServiceUnavailable:  vc.Errorf(vc.Conflict, "ledger-pending", "it goes on by itself"),
		http.StatusConflict:            vc.Errorf(vc.Conflict, "change-under-way", "x"),
		http.StatusBadRequest:          vc.Errorf(vc.Invalid, "x", "x"),
		http.StatusForbidden:           vc.Errorf(vc.Denied, "x", "x"),
		http.StatusUnauthorized:        vc.Errorf(vc.Unauthenticated, "x", "x"),
		http.StatusNotFound:            vc.Errorf(vc.NotFound, "x", "x"),
		http.StatusNotImplemented:      vc.Errorf(vc.Unsupported, "x", "x"),
		http.StatusInternalServerError: vc.Errorf(vc.Internal, "x", "x"),
	} {
		if status, _ := reason(e); status != want {
			t.Errorf("%s: %d, not %d", e.Code, status, want)
		}
	}
}
