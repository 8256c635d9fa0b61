package verifier

import (
	"context"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/vc"
)

// CheckAllowed is the check of an answer's issuers where a request names domains.
const CheckAllowed = "issuer-allowed"

// Receive takes anyone's answer to a request, verifies and judges it at once, and writes verdict, event and the job that
// pushes the result in one transaction. An answer that does not verify is an answer: what is wrong is in the result.
// Nothing is left to be weighed: a credential that is over, revoked, or whose schema or status could not be checked, fails
// it, and so does one about somebody else than who presents it. State is required. by is who carried it, as for
// [Desk.Prove].
//
// Errors: those of [Desk.Submit], and Denied "not-a-verifier".
func (d *Desk) Receive(ctx context.Context, by vc.Caller, request string, a Answer) (Progress, error) {
	asked, err := d.carried(ctx, by, request)
	if err == nil && asked.Login {
		err = vc.Errorf(vc.NotFound, "request-not-found", "there is no such request")
	}
	if err != nil {
		return Progress{}, err
	}
	came := d.now()
	if err := answerable(asked, came); err != nil {
		return Progress{}, err
	}
	if err := addressed(asked, a); err != nil {
		return Progress{}, err
	}
	if err := d.Verifier.mayVerify(ctx, asked.Scope); err != nil {
		return Progress{}, err
	}
	status, verdict, err := d.verdict(ctx, asked, a)
	if err != nil {
		return Progress{}, err
	}
	view := SubmissionView{Answer: a, Submission: vc.Submission{
		ID: newID(), Scope: asked.Scope, Request: asked.ID, Status: status, CreatedAt: came,
	}}
	if view.Verdict, err = json.Marshal(verdict); err != nil {
		return Progress{}, err
	}
	if view.Submission.Digest, err = d.digest(ctx, asked.Scope.Tenant, a); err != nil {
		return Progress{}, err
	}
	if err := d.seal(ctx, &view); err != nil {
		return Progress{}, err
	}
	if err := d.received(ctx, by, asked, view.Submission); err != nil {
		return Progress{}, err
	}
	d.bells.ring(asked.ID)
	return told(asked, string(status), verdict)
}

// received writes a submission that is judged already.
func (d *Desk) received(ctx context.Context, by vc.Caller, asked vc.PresentationRequest, row vc.Submission) error {
	now := d.now()
	row.UpdatedAt, row.VerifiedAt = now, now
	return d.Rows.Update(ctx, asked.Scope, func(rows Rows) error {
		if err := d.keep(rows, by, row, now); err != nil {
			return err
		}
		// What is judged at once never waits, so all of it counts: anyone may send it.
		if kept, err := rows.CountSubmissions(asked.ID, ""); err != nil {
			return err
		} else if kept > maxListed {
			return vc.Errorf(vc.Conflict, "too-many-submissions", "the request was answered %d times", maxListed)
		}
		action := "presentation.failed"
		if row.Status == vc.SubmissionVerified {
			action = "presentation.verified"
		}
		entry := happened(by, asked.Scope, now, action, "request", asked.ID)
		entry.Subject = row.ID
		if err := rows.Append(entry); err != nil || asked.Push == "" {
			return err
		}
		return push(rows, row)
	})
}

// verdict verifies an answer. Domains are asked only about one that nothing else stands against: a stranger makes nobody
// fetch.
func (d *Desk) verdict(ctx context.Context, asked vc.PresentationRequest, a Answer) (vc.SubmissionState, verdict, error) {
	report, err := d.examined(ctx, asked, a, d.now())
	if err != nil {
		return "", verdict{}, err
	}
	faults := d.faults(report)
	if len(faults) == 0 {
		checks, err := d.allowed(ctx, asked, report.VPToken.Credentials)
		if err != nil {
			return "", verdict{}, err
		}
		faults = faultsOf(nil, checks)
	}
	if len(faults) > 0 {
		return vc.SubmissionFailed, verdict{Errors: faults}, nil
	}
	result, err := shown(asked, *report.VPToken)
	return vc.SubmissionVerified, verdict{Result: result}, err
}

// faults gives all that stands against an answer. Unlike [Desk.Judge] it leaves nothing to its verifier.
func (d *Desk) faults(report ResponseReport) []fault {
	faults := faultsOf(nil, report.Checks)
	if report.IDToken != nil {
		faults = faultsOf(faults, report.IDToken.Checks)
	}
	if report.VPToken == nil {
		return append(faults, fault{CheckPresentation, CodeMissing, "there is no presentation"})
	}
	faults = faultsOf(faults, report.VPToken.Checks)
	if check, ok := report.VPToken.Find(CheckBinding); ok && check.Outcome == Warning {
		faults = append(faults, fault{check.Name, check.Code, check.Reason})
	}
	for _, credential := range report.VPToken.Credentials {
		faults = faultsOf(faults, credential.Checks)
	}
	return faults
}

func faultsOf(faults []fault, checks []Check) []fault {
	for _, check := range checks {
		if check.stands() {
			faults = append(faults, fault{check.Name, check.Code, check.Reason})
		}
	}
	return faults
}
