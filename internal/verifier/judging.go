package verifier

import (
	"context"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Judge says what became of a submission, and keeps its verifier's verdict. Verified is taken when this server's own
// verification of what was submitted, as of when it came, has nothing against it: an answer that was over when it came
// is none. What changes with time of its credentials (validity, status) or is their issuer's own affair (schema) is the
// verifier's to weigh. What was judged does not become pending again.
//
// Errors: NotFound "request-not-found", "submission-not-found"; Conflict "submission-not-verified" with what is wrong in
// Details, "submission-final"; Invalid "status"; Denied "not-a-verifier".
func (d *Desk) Judge(ctx context.Context, by vc.Caller, request, id string, status vc.SubmissionState, verdict []byte) (SubmissionView, error) {
	view, asked, err := d.submission(ctx, by.Scope, request, id)
	if err != nil {
		return SubmissionView{}, err
	}
	action := ""
	switch status {
	case vc.SubmissionPending:
	case vc.SubmissionFailed:
		action = "presentation.failed"
	case vc.SubmissionVerified:
		action = "presentation.verified"
		if err := d.proven(ctx, asked, view); err != nil {
			return SubmissionView{}, err
		}
	default:
		return SubmissionView{}, vc.Errorf(vc.Invalid, "status", "no status of a submission").At("/status")
	}
	now := d.now()
	view.Verdict = verdict
	if err := d.seal(ctx, &view); err != nil {
		return SubmissionView{}, err
	}
	err = d.Rows.Update(ctx, asked.Scope, func(rows Rows) error {
		if _, err := rows.PresentationRequestForUpdate(request); err != nil { // one judges at a time
			return there(err, "request")
		}
		before, err := rows.Submission(request, id)
		switch {
		case err != nil:
			return there(err, "submission")
		case status == vc.SubmissionPending && before.Status != status:
			return vc.Errorf(vc.Conflict, "submission-final", "the submission was judged").At("/status")
		}
		row := &view.Submission
		row.Status, row.UpdatedAt, row.VerifiedAt = status, now, before.VerifiedAt
		if action != "" {
			row.VerifiedAt = now
		}
		if err := rows.UpdateSubmission(*row); err != nil || action == "" {
			return there(err, "submission")
		}
		entry := happened(by, asked.Scope, now, action, "request", request)
		entry.Subject = id
		return rows.Append(entry)
	})
	if err != nil {
		return SubmissionView{}, err
	}
	d.bells.ring(request)
	return view, nil
}

// examined verifies an answer against the request it answers, as of that time.
func (d *Desk) examined(ctx context.Context, request vc.PresentationRequest, a Answer, at time.Time) (report ResponseReport, err error) {
	want := expected{audience: request.Audience, nonce: request.Nonce, state: request.State, definition: request.Definition}
	err = d.examine(ctx, request.Scope, want, a, ResponseOptions{At: at}, &report)
	return report, err
}

// proven fails with Conflict "submission-not-verified" unless a submission is a good answer to its request.
func (d *Desk) proven(ctx context.Context, request vc.PresentationRequest, view SubmissionView) error {
	if err := d.Verifier.mayVerify(ctx, request.Scope); err != nil {
		return err
	}
	report, err := d.examined(ctx, request, view.Answer, view.Submission.CreatedAt)
	if err != nil {
		return err
	}
	faults := against(report.Checks)
	if report.IDToken != nil {
		faults = append(faults, against(report.IDToken.Checks)...)
	}
	if report.VPToken != nil {
		faults = append(faults, against(report.VPToken.Checks)...)
		for _, credential := range report.VPToken.Credentials {
			faults = append(faults, against(credential.Checks, CheckValidity, CheckSchema, CheckStatus)...)
		}
	}
	if len(faults) == 0 {
		return nil
	}
	e := vc.Errorf(vc.Conflict, "submission-not-verified", "the verification of the submission found %d faults", len(faults))
	e.Details = append([]vc.Finding{{Code: e.Code, Message: e.Message}}, faults...)
	return e
}

// stands says whether a check stands against what it is of: it failed, or could not be made.
func (c Check) stands() bool {
	return c.Outcome == Failed || c.Outcome == NotChecked && !slices.Contains(nothing, c.Code)
}

// against gives what stands against a submission: what failed or could not be checked, but for the checks that its
// verifier weighs.
func against(checks []Check, weighed ...string) []vc.Finding {
	var faults []vc.Finding
	for _, check := range checks {
		if slices.Contains(weighed, check.Name) {
			continue
		}
		if check.stands() {
			faults = append(faults, vc.Finding{Code: check.Code, Message: check.Reason, Cites: check.Cites})
		}
	}
	return faults
}
