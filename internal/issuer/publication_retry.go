package issuer

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// RetryPublication has a publication that failed tried again now: whoever funded the account or raised the ceiling need not wait.
// Who asks again before it was tried hears the same. NotFound "type-not-found", "publication-not-found"; Conflict
// "publication-not-failing" for one that waits for its time, is on its way or is there: nobody pays for it twice.
func (d *Desk) RetryPublication(ctx context.Context, by vc.Caller, typeID, id string) (vc.Publication, error) {
	if _, err := d.Catalog.Type(ctx, by.Scope, typeID); err != nil {
		return vc.Publication{}, err
	}
	var out vc.Publication
	err := d.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		p, err := rows.PublicationForUpdate(id)
		switch {
		case vc.KindOf(err) == vc.NotFound && err != nil, err == nil && p.Type != typeID:
			return vc.Errorf(vc.NotFound, "publication-not-found", "the credential type has no such publication").Because(err)
		case err != nil:
			return err
		case p.Code == "" || p.Transaction != "":
			return vc.Errorf(vc.Conflict, "publication-not-failing", "only a publication that failed, and is not on its way, is tried again")
		}
		now := d.now()
		if out = p; p.Job != "" && !p.DueAt.After(now) {
			return nil
		}
		if err := plan(rows, p, now, now); err != nil {
			return err
		}
		if out, err = rows.Publication(id); err != nil {
			return err
		}
		entry := d.publicationEntry(p, "publication.retried", "code="+p.Code)
		entry.Principal, entry.Door, entry.Request = by.Principal, by.Door, by.Request
		return rows.Append(entry)
	})
	return out, err
}
