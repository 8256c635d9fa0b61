package verifier

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/spec/statuslist"
)

// acceptList is what status list credentials are served as.
const acceptList = "application/vc+jwt, application/vc, application/jwt, application/json;q=0.9, */*;q=0.1"

type listKey struct {
	url  string
	size int // bits of an entry
}

// foreignList is a status list of another server, or why there is none. list.Bits is nil unless check passed.
type foreignList struct {
	list  statuslist.List
	check Check
	until time.Time
}

// fetchList gives a verified status list, at most five minutes old and not older than it allows.
func (r *run) fetchList(key listKey) (foreignList, error) {
	if known, ok := r.lists.Get(key); ok && r.config.Now().Before(known.until) {
		return known, nil
	}
	fetched, err, _ := r.flights.Do(key.url+" "+string(rune('0'+key.size%10)), func() (any, error) {
		// The flight is shared, so it does not end with the caller who began it; the fetcher bounds its time.
		ctx := context.WithoutCancel(r.ctx)
		body, err := r.fetch(ctx, key.url, acceptList)
		if err != nil {
			out := foreignList{check: notChecked("list", "status-list-unreachable", "the status list could not be fetched", citesStatus)}
			out.until = r.config.Now().Add(failedFor)
			r.lists.Add(key, out)
			return out, nil
		}
		out, wrapped := r.wrappedList(ctx, key, trimmed(body))
		if !wrapped {
			out, err = r.verifyList(ctx, key, trimmed(body))
		}
		if err != nil {
			return out, err
		}
		r.lists.Add(key, out)
		return out, nil
	})
	if err == nil {
		err = r.ctx.Err()
	}
	if err != nil {
		return foreignList{}, err
	}
	return fetched.(foreignList), nil
}

// ForgetList forgets what is known of a status list of another server, whose publisher says that it has changed.
func (s *Service) ForgetList(url string) {
	for _, key := range s.lists.Keys() {
		if key.url == url {
			s.lists.Remove(key)
		}
	}
}

// verifyList verifies a list credential as any credential, without a status and a schema of its own, and reads it.
func (r *run) verifyList(ctx context.Context, key listKey, body []byte) (foreignList, error) {
	report, err := r.Verify(ctx, r.scope, body, Options{Checks: []string{CheckValidity}})
	if err != nil {
		return foreignList{}, err
	}
	now := r.config.Now()
	out := foreignList{check: listCheck(report), until: now.Add(failedFor)}
	if out.check.Outcome != Passed {
		return out, nil
	}
	list, err := statuslist.ReadList(report.Credential, key.size, maxForeign)
	switch {
	case err != nil:
		out.check.Outcome, out.check.Code, out.check.Reason = Failed, "status-list-invalid", "what was fetched is not a status list"
		return out, nil
	case list.ID != "" && list.ID != key.url:
		out.check.Outcome, out.check.Code, out.check.Reason = Failed, "status-list-invalid", "what was fetched is another status list"
		return out, nil
	}
	return out.with(list, now), nil
}

// with is a list that may be relied on, for as long as it says and no longer than we keep one.
func (out foreignList) with(list statuslist.List, now time.Time) foreignList {
	out.list, out.until = list, now.Add(freshFor)
	if list.TTL > 0 && list.TTL < freshFor {
		out.until = now.Add(list.TTL)
	}
	if !list.ValidUntil.IsZero() && list.ValidUntil.Before(out.until) {
		out.until = list.ValidUntil
	}
	return out
}

// listCheck folds the verification of a list into one check. A list whose format is not known here is one that
// was not checked; one that is known and wrong has failed.
func listCheck(report Report) Check {
	out := Check{Name: "list", Outcome: report.Outcome, Cites: citesStatus, Children: report.Checks}
	bad := worst(report.Checks)
	switch {
	case report.Outcome == Passed:
		out.Reason = "the status list is signed by its publisher"
	case bad.Name == CheckFormat && bad.Code == "unknown-format":
		out.Outcome, out.Code, out.Reason = NotChecked, "status-list-format", "the status list is of a format that is not read here"
	case report.Outcome == Failed:
		out.Code, out.Reason = "status-list-invalid", "the status list cannot be relied on: "+bad.Reason
	default:
		out.Outcome, out.Code, out.Reason = NotChecked, "status-list-not-checked", "the status list could not be checked: "+bad.Reason
	}
	return out
}
