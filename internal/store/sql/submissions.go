package sql

import "github.com/chancery-vc/chancery/internal/vc"

// InsertSubmission writes a submission, which belongs to whom its request belongs. Conflict "duplicate" when the
// request has one with that digest; NotFound when the request is not of the scope.
func (tx *Tx) InsertSubmission(s vc.Submission) error {
	if err := tx.ready(true); err != nil {
		return err
	}
	var scope vc.Scope
	if err := tx.one(`SELECT tenant_id, org_id FROM presentation_requests WHERE id = $3 AND `+own,
		tx.scoped([]any{s.Request}), &scope.Tenant, &scope.Organisation); err != nil {
		return err
	}
	return tx.insert(nil, `INSERT INTO submissions (id, tenant_id, org_id, request_id, status, digest, body_key, body,
		created_at, updated_at, verified_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		s.ID, scope.Tenant, scope.Organisation, s.Request, string(s.Status), s.Digest, s.BodyKey, s.Body,
		micros(s.CreatedAt), micros(s.UpdatedAt), micros(s.VerifiedAt))
}

// UpdateSubmission writes status, body, body key, updated at and verified at.
func (tx *Tx) UpdateSubmission(s vc.Submission) error {
	return changed(tx.exec(`UPDATE submissions
		SET status = $5, body = $6, body_key = $7, updated_at = $8, verified_at = $9
		WHERE id = $3 AND request_id = $4 AND `+own,
		s.ID, s.Request, string(s.Status), s.Body, s.BodyKey, micros(s.UpdatedAt), micros(s.VerifiedAt)))
}

// DeleteSubmission removes a submission with all it says.
func (tx *Tx) DeleteSubmission(request, id string) error {
	return changed(tx.exec(`DELETE FROM submissions WHERE id = $3 AND request_id = $4 AND `+own, id, request))
}

const submissionColumns = `SELECT id, tenant_id, org_id, request_id, status, digest, body_key, body, created_at,
	updated_at, verified_at FROM submissions WHERE ` + own

func scanSubmission(r row, s *vc.Submission) error {
	return r.Scan(&s.ID, &s.Scope.Tenant, &s.Scope.Organisation, &s.Request, (*string)(&s.Status), &s.Digest, &s.BodyKey,
		&s.Body, at(&s.CreatedAt), at(&s.UpdatedAt), at(&s.VerifiedAt))
}

// Submission gives one submission to a request.
func (tx *Tx) Submission(request, id string) (vc.Submission, error) {
	return single(tx, scanSubmission, submissionColumns+` AND id = $3 AND request_id = $4`, id, request)
}

// Submissions lists the submissions to a request.
func (tx *Tx) Submissions(request string, page vc.Page) ([]vc.Submission, error) {
	return every(tx, tx.from(submissionColumns).and("request_id = ?", request).page(page), scanSubmission)
}

// CountSubmissions counts the submissions to a request of one status; "": of any.
func (tx *Tx) CountSubmissions(request string, status vc.SubmissionState) (int, error) {
	l := tx.from(submissionColumns).and("request_id = ?", request)
	if status != "" {
		l.and("status = ?", string(status))
	}
	return tx.count(l)
}
