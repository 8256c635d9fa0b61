package verifier

import (
	"context"
	"iter"

	"github.com/chancery-vc/chancery/internal/vc"
)

// What became of a request, as [Progress] has it. All but the first are final.
const (
	ProgressPending  = "pending"
	ProgressVerified = "verified"
	ProgressFailed   = "failed"
	ProgressExpired  = "expired"
)

// Progress is what became of a request. Result is what its asker is told, in events and at its Push URL, JSON:
//
//	{"state": "…", "verification_status": "verified" | "failed" | "expired" | "pending",
//	 "result"?: {"holder": "did:…", "credentials": [{"type": […], "issuer": "did:…", "credentialSubject": …}],
//	             "matches": [{"descriptor": "q0", "credential": 0}]},
//	 "errors"?: [{"check": "status", "code": "revoked", "message": "…"}]}
type Progress struct {
	Status  string
	Result  []byte
	Request vc.PresentationRequest
}

// Final says whether nothing will change any more.
func (p Progress) Final() bool { return p.Status != ProgressPending }

// Progress gives what became of a request of the scope. NotFound "request-not-found".
func (d *Desk) Progress(ctx context.Context, scope vc.Scope, request string) (Progress, error) {
	return Progress{}, errNotBuilt
}

// Watch gives what becomes of the request with that state: at once as it is, and whenever it changes, until it is final,
// over, or ctx ends. What another server judges is seen within [Desk.Look]. An error ends it: NotFound "request-not-found",
// whosever the state is; ctx's own is not given.
func (d *Desk) Watch(ctx context.Context, state string) iter.Seq2[Progress, error] {
	return func(yield func(Progress, error) bool) { yield(Progress{}, errNotBuilt) }
}
