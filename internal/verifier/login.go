package verifier

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/pex"
)

// Proven is who answered a login request.
type Proven struct {
	DID     string // whose key signed
	Request vc.PresentationRequest
}

// Prove verifies an answer to a login request now, and gives who proved it. It succeeds once; ten failures close the
// request. Nothing of the answer is kept. by is who carried it: of another tenant's or another door's request it finds
// nothing.
//
// Errors: NotFound "request-not-found"; Gone "request-expired"; Conflict "request-completed", "too-many-submissions";
// Invalid "answer-empty", "too-large", "submission-invalid" at /submission, "state-mismatch" at /state, and
// "presentation-invalid" at /vpToken with what is wrong in Details.
func (d *Desk) Prove(ctx context.Context, by vc.Caller, request string, a Answer) (Proven, error) {
	asked, err := d.carried(ctx, by, request)
	if err == nil && !asked.Login {
		err = vc.Errorf(vc.NotFound, "request-not-found", "there is no such request")
	}
	if err != nil {
		return Proven{}, err
	}
	a.IDToken = "" // a token of another protocol proves nothing in this one
	now := d.now()
	if err := unsettled(asked, now); err != nil {
		return Proven{}, err
	}
	if err := addressed(asked, a); err != nil {
		return Proven{}, err
	}
	judged := asked
	if definition, err := pex.Parse(asked.Definition); err == nil && len(definition.Descriptors) == 0 {
		judged.Definition = nil // it asks for nothing
	}
	report, err := d.examined(ctx, judged, a, now)
	if err != nil {
		return Proven{}, err
	}
	faults := d.faults(report)
	if len(faults) == 0 {
		faults = dated(asked, *report.VPToken, now)
	}
	if len(faults) > 0 {
		e := vc.Errorf(vc.Invalid, "presentation-invalid", "the presentation does not prove who answers: %s", faults[0].Message).At("/vpToken")
		for _, fault := range faults {
			e.Details = append(e.Details, vc.Finding{Code: fault.Code, Message: fault.Message})
		}
		if err := d.missed(ctx, by, asked); err != nil {
			return Proven{}, err
		}
		return Proven{}, e
	}
	proven := Proven{DID: report.VPToken.Holder}
	proven.Request, err = d.settled(ctx, by, asked)
	return proven, err
}

// dated refuses a proof that was not made for this login. Its nonce is the wallet's own and is forgotten when the login is swept:
// from then on only the date tells a proof from the copy of an old one. proofAge is shorter than [loginsKept] by more than clocks
// are apart.
func dated(request vc.PresentationRequest, report PresentationReport, now time.Time) []fault {
	switch {
	case report.Made.IsZero():
		return []fault{{CheckValidity, "presentation-undated", "the presentation does not say when it was made"}}
	case report.Made.Before(request.CreatedAt.Add(-proofAge)):
		return []fault{{CheckValidity, "presentation-old", "the presentation was made long before it was asked for"}}
	case report.Made.After(now.Add(proofAge)):
		return []fault{{CheckValidity, "presentation-early", "the presentation was made in the future"}}
	}
	return nil
}

// unsettled says whether a login can still be answered.
func unsettled(request vc.PresentationRequest, now time.Time) error {
	if err := answerable(request, now); err != nil {
		return err
	}
	if request.Attempts >= maxFailed {
		return vc.Errorf(vc.Conflict, "too-many-submissions", "%d answers did not verify", maxFailed)
	}
	return nil
}

// addressed is answers for a protocol whose answers have a state and a presentation.
func addressed(request vc.PresentationRequest, a Answer) error {
	if a.VPToken == "" {
		return vc.Errorf(vc.Invalid, "answer-empty", "there is no presentation")
	}
	if a.State == "" {
		return vc.Errorf(vc.Invalid, "state-mismatch", "not the request's state").At("/state")
	}
	return answers(request, a)
}

// settled completes a login: of two good answers at once one is.
func (d *Desk) settled(ctx context.Context, by vc.Caller, asked vc.PresentationRequest) (vc.PresentationRequest, error) {
	var request vc.PresentationRequest
	now := d.now()
	err := d.Rows.Update(ctx, asked.Scope, func(rows Rows) (err error) {
		if request, err = rows.PresentationRequestForUpdate(asked.ID); err != nil {
			return there(err, "request")
		}
		if err := unsettled(request, now); err != nil {
			return err
		}
		if err := staffed(rows, request.Scope); err != nil {
			return err
		}
		request.Status = vc.RequestCompleted
		return d.writeLogin(rows, by, &request, now, "presentation.verified")
	})
	if err != nil {
		return vc.PresentationRequest{}, err
	}
	return request, nil
}

// missed counts an answer that did not verify. The last one closes the request.
func (d *Desk) missed(ctx context.Context, by vc.Caller, asked vc.PresentationRequest) error {
	now := d.now()
	return d.Rows.Update(ctx, asked.Scope, func(rows Rows) error {
		request, err := rows.PresentationRequestForUpdate(asked.ID)
		if err != nil {
			return there(err, "request")
		}
		if unsettled(request, now) != nil { // nothing is left to be closed
			return nil
		}
		action := ""
		if request.Attempts++; request.Attempts == maxFailed {
			action = "presentation.failed"
		}
		return d.writeLogin(rows, by, &request, now, action)
	})
}

// writeLogin writes a login, and what became of it for the audit alone; "": nothing yet, for anyone can send what does not
// verify.
func (d *Desk) writeLogin(rows Rows, by vc.Caller, request *vc.PresentationRequest, now time.Time, action string) error {
	request.Revision++
	request.UpdatedAt = now
	if err := rows.UpdatePresentationRequest(*request); err != nil || action == "" {
		return err
	}
	entry := happened(by, request.Scope, now, action, "request", request.ID)
	entry.Event, entry.Subject = false, ""
	return rows.Append(entry)
}

// What a sweep takes, and how far the clock of who proves may be off.
const (
	loginsKept  = 24 * time.Hour // after they were over
	proofAge    = time.Hour
	sweptAtOnce = 500
)

// SweepLogins deletes login requests that were over a day ago, of all tenants.
func (d *Desk) SweepLogins(ctx context.Context) error {
	before := d.now().Add(-loginsKept)
	for {
		n := 0
		err := d.Rows.Update(ctx, vc.Scope{}, func(rows Rows) (err error) {
			n, err = rows.DeleteLogins(before, sweptAtOnce)
			return err
		})
		if err != nil || n < sweptAtOnce {
			return err
		}
	}
}
