package app

import (
	"context"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// What the desks ask for, in the words of the services that know.

// resolver knows DIDs that follow from a key too: the identity service certifies them.
type resolver struct{ *identity.Service }

func (r resolver) Resolve(ctx context.Context, scope vc.Scope, did string) (diddoc.Resolution, error) {
	resolution, _, err := r.Service.Resolve(ctx, scope, did)
	return resolution, err
}

// judge verifies what comes into a wallet, whose organisation need not be a verifier: its tenant asks.
type judge struct{ verifier *verifier.Service }

func (j judge) Judge(ctx context.Context, scope vc.Scope, secured []byte) (holder.Judged, error) {
	report, err := j.verifier.Verify(ctx, vc.Scope{Tenant: scope.Tenant}, secured, verifier.Options{})
	if err != nil {
		return holder.Judged{}, err
	}
	var judged holder.Judged
	for _, check := range report.Checks {
		if check.Name == verifier.CheckStatus {
			judged.Standing = standing(check)
		}
		if stands(check) {
			judged.Faults = append(judged.Faults, vc.Finding{Code: check.Code, Pointer: check.Pointer, Message: check.Reason})
		}
	}
	return judged, nil
}

// standing is what the check of a status says.
func standing(status verifier.Check) vc.Standing {
	switch {
	case status.Outcome == verifier.Passed, status.Outcome == verifier.Warning, status.Code == verifier.CodeNoStatus:
		return vc.Active
	case status.Code == string(vc.Revoked), status.Code == string(vc.Suspended):
		return vc.Standing(status.Code)
	}
	return ""
}

// stands says whether a check is held against a credential. That a schema or a status cannot be had now is not.
func stands(check verifier.Check) bool {
	if check.Outcome == verifier.NotChecked {
		return check.Name != verifier.CheckStatus && check.Name != verifier.CheckSchema
	}
	return check.Outcome == verifier.Failed
}
