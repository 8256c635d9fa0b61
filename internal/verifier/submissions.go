package verifier

import (
	"context"
	"slices"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/pex"
	"github.com/chancery-vc/chancery/spec/siop"
)

// Submit takes anyone's answer to a request. It looks at what costs nothing, and keeps the rest for [Desk.Judge]: no key
// is resolved and nothing is fetched for a stranger. by is who carried it, its scope is not looked at; another door finds
// nothing.
//
// Errors: NotFound "request-not-found"; Conflict "request-completed", "submission-duplicate", "too-many-submissions";
// Gone "request-expired"; Invalid "answer-empty", "too-large", "token-malformed" and "nonce-mismatch" and
// "audience-mismatch" at /idToken, "state-mismatch" at /state, "submission-invalid" at /submission.
func (d *Desk) Submit(ctx context.Context, by vc.Caller, request string, a Answer) (SubmissionView, error) {
	asked, err := d.carried(ctx, vc.Caller{Door: by.Door}, request)
	if err == nil && asked.Login {
		err = vc.Errorf(vc.NotFound, "request-not-found", "there is no such request")
	}
	if err != nil {
		return SubmissionView{}, err
	}
	now := d.now()
	if err := answerable(asked, now); err != nil {
		return SubmissionView{}, err
	}
	if err := answers(asked, a); err != nil {
		return SubmissionView{}, err
	}
	view := SubmissionView{Answer: a, Submission: vc.Submission{
		ID: newID(), Scope: asked.Scope, Request: asked.ID, Status: vc.SubmissionPending, CreatedAt: now, UpdatedAt: now,
	}}
	if view.Submission.Digest, err = d.digest(ctx, asked.Scope.Tenant, a); err != nil {
		return SubmissionView{}, err
	}
	if err := d.seal(ctx, &view); err != nil {
		return SubmissionView{}, err
	}
	err = d.Rows.Update(ctx, asked.Scope, func(rows Rows) error {
		return d.keep(rows, by, view.Submission, now)
	})
	if err != nil {
		return SubmissionView{}, err
	}
	return view, nil
}

// carried gives a request to who carries an answer to it: of another tenant, organisation or door there is none.
func (d *Desk) carried(ctx context.Context, by vc.Caller, id string) (vc.PresentationRequest, error) {
	request, err := d.PublicRequest(ctx, id)
	switch {
	case err != nil:
	case by.Scope.Tenant != "" && by.Scope.Tenant != request.Scope.Tenant,
		by.Scope.Organisation != "" && by.Scope.Organisation != request.Scope.Organisation,
		by.Door != "" && request.Door != "" && by.Door != request.Door:
		err = vc.Errorf(vc.NotFound, "request-not-found", "there is no such request")
	}
	if err != nil {
		return vc.PresentationRequest{}, err
	}
	return request, nil
}

// keep writes a submission while nobody else changes its request.
func (d *Desk) keep(rows Rows, by vc.Caller, row vc.Submission, now time.Time) error {
	request, err := rows.PresentationRequestForUpdate(row.Request)
	if err != nil {
		return there(err, "request")
	}
	if err := answerable(request, now); err != nil {
		return err
	}
	if err := staffed(rows, request.Scope); err != nil {
		return err
	}
	pending, err := rows.CountSubmissions(request.ID, vc.SubmissionPending)
	if err != nil {
		return err
	}
	if pending >= maxPending {
		return vc.Errorf(vc.Conflict, "too-many-submissions", "%d submissions wait to be judged", pending)
	}
	if err := rows.InsertSubmission(row); err != nil {
		if vc.KindOf(err) == vc.Conflict {
			return vc.Errorf(vc.Conflict, "submission-duplicate", "this answer was submitted before").Because(err)
		}
		return err
	}
	entry := happened(by, request.Scope, now, "presentation.submitted", "request", request.ID)
	entry.Subject = row.ID
	if err := rows.Append(entry); err != nil || !request.Once {
		return err
	}
	request.Status = vc.RequestCompleted
	return d.writeRequest(rows, by, &request, now, "presentation.completed")
}

// staffed refuses what is sent to an organisation that is archived: nobody could read it, or delete it.
func staffed(rows Rows, scope vc.Scope) error {
	if scope.Organisation == "" {
		return nil
	}
	organisation, err := rows.Organisation(scope.Organisation)
	if err == nil && !organisation.ArchivedAt.IsZero() {
		err = vc.Errorf(vc.NotFound, "request-not-found", "there is no such request")
	}
	return err
}

// answerable says whether a request can still be answered.
func answerable(request vc.PresentationRequest, now time.Time) error {
	switch {
	case !request.ArchivedAt.IsZero():
		return vc.Errorf(vc.NotFound, "request-not-found", "there is no such request")
	case request.Status != vc.RequestPending:
		return vc.Errorf(vc.Conflict, "request-completed", "the request is completed")
	case !request.ExpiresAt.After(now):
		return vc.Errorf(vc.Gone, "request-expired", "the request is over")
	}
	return nil
}

// answers says whether an answer claims to be one to this request. A client of Meeco may leave state out: the nonce
// binds an answer to its request as well.
func answers(request vc.PresentationRequest, a Answer) error {
	switch {
	case a.IDToken == "" && a.VPToken == "":
		return vc.Errorf(vc.Invalid, "answer-empty", "there is neither an ID token nor a presentation")
	case len(a.IDToken)+len(a.VPToken)+len(a.Submission)+len(a.State) > maxAnswer:
		return vc.Errorf(vc.Invalid, "too-large", "an answer has at most %d bytes", maxAnswer)
	case a.State != "" && a.State != request.State:
		return vc.Errorf(vc.Invalid, "state-mismatch", "not the request's state").At("/state")
	}
	if a.Submission != nil {
		if _, err := pex.ParseSubmission(a.Submission); err != nil {
			return vc.Errorf(vc.Invalid, "submission-invalid", "not a presentation submission").At("/submission").Because(err)
		}
	}
	if a.IDToken == "" {
		return nil
	}
	token, _, err := siop.ReadIDToken([]byte(a.IDToken))
	switch {
	case err != nil:
		return vc.Errorf(vc.Invalid, "token-malformed", "not a signed ID token").At("/idToken").Because(err)
	case token.Nonce != request.Nonce:
		return vc.Errorf(vc.Invalid, "nonce-mismatch", "the ID token answers another request").At("/idToken")
	case !slices.ContainsFunc(token.Audience, func(one string) bool { return slices.Contains(request.Audience, one) }):
		return vc.Errorf(vc.Invalid, "audience-mismatch", "the ID token is for somebody else").At("/idToken")
	}
	return nil
}

// Submissions gives what was submitted to a request, the newest first, at most a thousand and about 32 MiB: anyone may
// have sent it. NotFound "request-not-found".
func (d *Desk) Submissions(ctx context.Context, scope vc.Scope, request string) ([]SubmissionView, error) {
	var rowsRead []vc.Submission
	err := d.Rows.View(ctx, scope, func(rows Rows) error {
		if _, err := rows.PresentationRequest(request); err != nil {
			return there(err, "request")
		}
		var err error
		rowsRead, err = newest(rows, request)
		return err
	})
	if err != nil {
		return nil, err
	}
	views := make([]SubmissionView, len(rowsRead))
	for i, row := range rowsRead {
		if views[i], err = d.opened(ctx, row); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// newest reads the newest submissions, few at a time, until they are as many or as much as is listed.
func newest(rows Rows, request string) (all []vc.Submission, err error) {
	page := vc.Page{Limit: 16}
	for size := 0; len(all) < maxListed && size < maxShown; {
		list, err := rows.Submissions(request, page)
		if err != nil {
			return nil, err
		}
		for _, row := range list {
			if size += len(row.Body); size > maxShown && len(all) > 0 {
				return all, nil
			}
			all = append(all, row)
		}
		if len(list) < page.Limit {
			break
		}
		page.After = list[len(list)-1].ID
	}
	return all[:min(len(all), maxListed)], nil
}

// submission gives a submission with the request it answers. NotFound "request-not-found", "submission-not-found".
func (d *Desk) submission(ctx context.Context, scope vc.Scope, request, id string) (SubmissionView, vc.PresentationRequest, error) {
	var (
		asked vc.PresentationRequest
		row   vc.Submission
	)
	err := d.Rows.View(ctx, scope, func(rows Rows) (err error) {
		if asked, err = rows.PresentationRequest(request); err != nil {
			return there(err, "request")
		}
		row, err = rows.Submission(request, id)
		return there(err, "submission")
	})
	if err != nil {
		return SubmissionView{}, vc.PresentationRequest{}, err
	}
	view, err := d.opened(ctx, row)
	return view, asked, err
}

// DeleteSubmission destroys a submission and what it said. Errors: as [Desk.Judge].
func (d *Desk) DeleteSubmission(ctx context.Context, by vc.Caller, request, id string) error {
	asked, err := d.Request(ctx, by.Scope, request)
	if err != nil {
		return err
	}
	now := d.now()
	err = d.Rows.Update(ctx, asked.Scope, func(rows Rows) error {
		if err := rows.DeleteSubmission(request, id); err != nil {
			return there(err, "submission")
		}
		entry := happened(by, asked.Scope, now, "presentation.deleted", "request", request)
		entry.Subject = id
		return rows.Append(entry)
	})
	if err == nil && d.Scrub != nil {
		err = d.Scrub(ctx)
	}
	return err
}
