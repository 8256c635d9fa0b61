package holder

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Answered is a presentation that was signed and of which the journal does not know yet.
type Answered struct {
	desk  *Desk
	proof Presented
	entry vc.Entry
}

// Presentation gives the signed presentation.
func (a *Answered) Presentation() []byte { return a.proof.Presentation }

// Submission gives the presentation submission, JSON; nil where nothing was asked for by a definition.
func (a *Answered) Submission() []byte { return a.proof.Submission }

// Record writes the journal entry in the caller's transaction, which may run again. Only after its commit may the presentation
// leave the process.
func (a *Answered) Record(rows Rows, by vc.Caller) error {
	return vc.Errorf(vc.Unsupported, "not-built", "not built")
}

// Answer is [Desk.Present] in two halves: it chooses, where p does not, and signs; [Answered.Record] tells the journal. Errors:
// those of [Desk.Present]; Invalid "descriptor-unmet" where the wallet has nothing that answers; NotFound "holder-not-found" where
// no DID here can sign.
func (d *Desk) Answer(ctx context.Context, by vc.Caller, p Presenting) (*Answered, error) {
	return nil, vc.Errorf(vc.Unsupported, "not-built", "not built")
}
