package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var presentationLaws = []law{
	{"definitions, requests and submissions are read as they were written", presented},
	{"updates of presentations write what they say", presentedAnew},
	{"a revision guards a request", guarded},
	{"a nonce is used once", nonces},
	{"an answer counts once", answers},
	{"a submission belongs to whom its request belongs", belonging},
	{"a deleted submission is gone", withdrawn},
	{"requests and submissions are listed by status", byStatus},
}

func presented(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	definition, request := aDefinition(scope), aRequest(scope)
	submission := aSubmission(request)
	plain := vc.PresentationDefinition{ID: newID(), Scope: scope}
	bare := vc.PresentationRequest{ID: newID(), Scope: scope, Nonce: newID(), Login: true}
	empty := vc.Submission{ID: newID(), Scope: scope, Request: bare.ID, Digest: random(32)}
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertPresentationDefinition(definition), tx.InsertPresentationDefinition(plain),
			tx.InsertPresentationRequest(request), tx.InsertPresentationRequest(bare),
			tx.InsertSubmission(submission), tx.InsertSubmission(empty))
	})
	for _, want := range []vc.PresentationDefinition{definition, plain} {
		get(t, h.db, scope, "definition", want, func(tx *sql.Tx) (vc.PresentationDefinition, error) {
			return tx.PresentationDefinition(want.ID)
		})
	}
	for _, want := range []vc.PresentationRequest{request, bare} {
		get(t, h.db, scope, "request", want, func(tx *sql.Tx) (vc.PresentationRequest, error) {
			return tx.PresentationRequest(want.ID)
		})
	}
	for _, want := range []vc.Submission{submission, empty} {
		get(t, h.db, scope, "submission", want, func(tx *sql.Tx) (vc.Submission, error) {
			return tx.Submission(want.Request, want.ID)
		})
	}
	for kind, want := range map[string][2]string{
		store.HandleDefinition: {definition.ID, definition.ID}, store.HandleRequest: {request.ID, request.ID},
		store.HandleState: {request.State, request.ID},
	} {
		in, object, err := h.db.Lookup(t.Context(), kind, want[0])
		must(t, err)
		same(t, kind, []any{in, object}, []any{scope, want[1]})
	}
}

func presentedAnew(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	definition, request := aDefinition(scope), aRequest(scope)
	submission := aSubmission(request)
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertPresentationDefinition(definition), tx.InsertPresentationRequest(request),
			tx.InsertSubmission(submission))
	})
	definition.Name, definition.Purpose, definition.UpdatedAt, definition.ArchivedAt = "Other", "exit", moment(), time.Time{}
	request.Name, request.Signed, request.Status, request.Revision = "Exit", []byte("other"), vc.RequestCompleted, 2
	request.UpdatedAt, request.ArchivedAt, request.Attempts = moment(), time.Time{}, 4
	submission.Status, submission.Body, submission.BodyKey = vc.SubmissionVerified, random(10), random(32)
	submission.UpdatedAt, submission.VerifiedAt = moment(), moment()
	more := definition // what else is changed is not written
	more.Document, more.Wanted, more.Format, more.Query, more.Domains = nil, nil, nil, nil, nil
	update(t, h.db, scope, func(tx *sql.Tx) error {
		locked, err := tx.PresentationRequestForUpdate(request.ID)
		same(t, "locked", locked.Nonce, request.Nonce)
		return errors.Join(err, tx.UpdatePresentationDefinition(more), tx.UpdatePresentationRequest(request),
			tx.UpdateSubmission(submission))
	})
	get(t, h.db, scope, "definition", definition, func(tx *sql.Tx) (vc.PresentationDefinition, error) {
		return tx.PresentationDefinition(definition.ID)
	})
	get(t, h.db, scope, "request", request, func(tx *sql.Tx) (vc.PresentationRequest, error) {
		return tx.PresentationRequest(request.ID)
	})
	get(t, h.db, scope, "submission", submission, func(tx *sql.Tx) (vc.Submission, error) {
		return tx.Submission(request.ID, submission.ID)
	})
	submission.Request = newID()
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.UpdateSubmission(submission) }), vc.NotFound, "")
}

func guarded(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	request := aRequest(scope)
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertPresentationRequest(request) })
	write := func(r vc.PresentationRequest) error {
		return rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.UpdatePresentationRequest(r) })
	}
	wants(t, write(request), vc.Conflict, "stale")
	request.Revision = 2
	must(t, write(request))
	wants(t, write(request), vc.Conflict, "stale")
	request.ID = newID()
	wants(t, write(request), vc.NotFound, "")
}

func nonces(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	request := aRequest(scope)
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertPresentationRequest(request) })
	for _, in := range []vc.Scope{scope, somewhere(t, h.db)} {
		twin := aRequest(in)
		twin.Nonce = request.Nonce
		wants(t, rows(h.db).Update(t.Context(), in, func(tx *sql.Tx) error {
			return tx.InsertPresentationRequest(twin)
		}), vc.Conflict, "duplicate")
	}
}

func answers(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	one, two := aRequest(scope), aRequest(scope)
	first := aSubmission(one)
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertPresentationRequest(one), tx.InsertPresentationRequest(two), tx.InsertSubmission(first))
	})
	again := aSubmission(one)
	again.Digest = first.Digest
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.InsertSubmission(again) }), vc.Conflict, "duplicate")
	elsewhere := aSubmission(two)
	elsewhere.Digest = first.Digest
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertSubmission(elsewhere) })
}

func belonging(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	request := aRequest(scope)
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertPresentationRequest(request) })
	for _, from := range []vc.Scope{
		somewhere(t, h.db), {Tenant: scope.Tenant, Organisation: newID()}, {Tenant: newID()}, {},
	} {
		stray := aSubmission(request)
		stray.Scope = vc.Scope{}
		wants(t, rows(h.db).Update(t.Context(), from, func(tx *sql.Tx) error { return tx.InsertSubmission(stray) }), vc.NotFound, "")
	}
	// A tenant that writes one writes its organisation's.
	own := aSubmission(request)
	own.Scope = vc.Scope{}
	update(t, h.db, vc.Scope{Tenant: scope.Tenant}, func(tx *sql.Tx) error { return tx.InsertSubmission(own) })
	own.Scope = scope
	get(t, h.db, scope, "submission", own, func(tx *sql.Tx) (vc.Submission, error) { return tx.Submission(request.ID, own.ID) })
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error {
		return tx.InsertSubmission(aSubmission(aRequest(scope)))
	}), vc.NotFound, "")
}

func withdrawn(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	request := aRequest(scope)
	submission := aSubmission(request)
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertPresentationRequest(request), tx.InsertSubmission(submission))
	})
	remove := func(request string) error {
		return rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.DeleteSubmission(request, submission.ID) })
	}
	wants(t, remove(newID()), vc.NotFound, "")
	must(t, remove(request.ID))
	wants(t, remove(request.ID), vc.NotFound, "")
	wants(t, rows(h.db).View(t.Context(), scope, func(tx *sql.Tx) error {
		_, err := tx.Submission(request.ID, submission.ID)
		return err
	}), vc.NotFound, "")
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertSubmission(submission) }) // and may be given again
}

func byStatus(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	pending, completed := aRequest(scope), aRequest(scope)
	completed.Status = vc.RequestCompleted
	waits, failed := aSubmission(pending), aSubmission(pending)
	failed.Status = vc.SubmissionFailed
	login := aRequest(scope) // is in no list
	login.Login = true
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertPresentationRequest(pending), tx.InsertPresentationRequest(completed),
			tx.InsertPresentationRequest(login),
			tx.InsertSubmission(waits), tx.InsertSubmission(failed), tx.InsertSubmission(aSubmission(completed)))
	})
	for status, want := range map[vc.PresentationState][]vc.PresentationRequest{
		vc.RequestPending: {pending}, vc.RequestCompleted: {completed}, "": {completed, pending},
	} {
		get(t, h.db, scope, "requests", want, func(tx *sql.Tx) ([]vc.PresentationRequest, error) {
			n, err := tx.CountPresentationRequests(vc.ListQuery{}, status)
			same(t, "count of "+string(status), n, len(want))
			all, e := tx.PresentationRequests(vc.ListQuery{}, status)
			return all, errors.Join(err, e)
		})
	}
	get(t, h.db, scope, "submissions", []vc.Submission{waits, failed}, func(tx *sql.Tx) ([]vc.Submission, error) {
		return tx.Submissions(pending.ID, vc.Page{Ascending: true})
	})
	for status, want := range map[vc.SubmissionState]int{vc.SubmissionPending: 1, vc.SubmissionFailed: 1, vc.SubmissionVerified: 0, "": 2} {
		get(t, h.db, scope, "count of "+string(status), want, func(tx *sql.Tx) (int, error) {
			return tx.CountSubmissions(pending.ID, status)
		})
	}
}
