package verifier

import (
	"time"

	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/work"
)

// Rows are the rows of presentation definitions, requests and what was submitted to them.
type Rows interface {
	journal.Appender
	work.Enqueuer

	Organisation(id string) (vc.Organisation, error)

	InsertPresentationDefinition(vc.PresentationDefinition) error // and its public handle
	UpdatePresentationDefinition(vc.PresentationDefinition) error // name, purpose, updated at, archived at
	PresentationDefinition(id string) (vc.PresentationDefinition, error)
	PresentationDefinitions(vc.ListQuery) ([]vc.PresentationDefinition, error)
	CountPresentationDefinitions(vc.ListQuery) (int, error) // counts are of the whole list, whatever the page

	// InsertPresentationRequest writes a request, its public handle and, with ByState, that of its state; Conflict "duplicate" when the nonce is used.
	InsertPresentationRequest(vc.PresentationRequest) error
	// UpdatePresentationRequest writes name, signed, status, attempts, updated at and archived at; Conflict "stale" unless the
	// stored revision is one less.
	UpdatePresentationRequest(vc.PresentationRequest) error
	PresentationRequest(id string) (vc.PresentationRequest, error)
	// PresentationRequestForUpdate is PresentationRequest, and no other transaction changes the row before this ends.
	PresentationRequestForUpdate(id string) (vc.PresentationRequest, error)
	// PresentationRequests lists those of one status; "": of any.
	PresentationRequests(q vc.ListQuery, status vc.PresentationState) ([]vc.PresentationRequest, error)
	CountPresentationRequests(q vc.ListQuery, status vc.PresentationState) (int, error)
	// DeleteLogins deletes up to max login requests that ended before then, with their handles, and says how many.
	DeleteLogins(before time.Time, max int) (int, error)

	// InsertSubmission writes a submission to a request of the scope; Conflict "duplicate" when the request has one
	// with that digest.
	InsertSubmission(vc.Submission) error
	UpdateSubmission(vc.Submission) error // status, body, body key, updated at, verified at
	DeleteSubmission(request, id string) error
	Submission(request, id string) (vc.Submission, error)
	Submissions(request string, page vc.Page) ([]vc.Submission, error)
	CountSubmissions(request string, status vc.SubmissionState) (int, error) // "": of any status
}
