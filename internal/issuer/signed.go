package issuer

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Signed is a credential that is signed and recorded nowhere. Record writes it in the caller's transaction; only after that
// transaction's commit may Secured leave the process. Record may be called again when the transaction runs again. One that is
// never recorded is no credential of ours: its place in a status list stays its offer's.
type Signed struct {
	desk *Desk
	made made
}

// Secured gives the credential with its proof.
func (s *Signed) Secured() []byte { return s.made.result.Secured }

// Credential gives the record.
func (s *Signed) Credential() vc.Credential { return s.made.row }

// Findings gives what the rules remarked.
func (s *Signed) Findings() []vc.Finding { return s.made.result.Findings }

// Record writes credential, status entries and journal entry. Errors: Conflict "duplicate" where the offer was signed and recorded
// before, "credential-id-used".
func (s *Signed) Record(rows Rows, by vc.Caller) error {
	return s.desk.write(rows, by, s.made)
}

// made signs a draft, unless that is done elsewhere, and makes its record.
func (d *Desk) made(ctx context.Context, by vc.Caller, draft *Draft) (out made, err error) {
	c := draft.complete
	var secured []byte
	if !c.elsewhere {
		if secured, err = d.sign(ctx, draft); err != nil {
			return made{}, err
		}
	}
	out.erase = c.Kind.Type.EraseDelivered
	if out.row, err = d.record(ctx, by, draft, secured); err != nil {
		return made{}, err
	}
	out.result = Result{Credential: out.row, Secured: secured, Findings: draft.findings}
	if secured != nil {
		out.result.MediaType = d.mediaType(out.row, secured)
	}
	if c.elsewhere {
		out.result.Unsigned, out.result.Input = draft.unsigned.Document(), draft.unsigned.Input()
	}
	return out, nil
}
