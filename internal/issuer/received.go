package issuer

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Received is what came of an order that may be held: where it waits, Result has the id of the credential to be and no Secured.
type Received struct {
	Exchange vc.Exchange // zero: an order that no type held has none
	Result   Result
}

// receivedBefore gives what was answered before under the same idempotency key, as it stands now, or the error of the request
// that failed.
func (d *Desk) receivedBefore(ctx context.Context, by vc.Caller, use *remembered, failed error) (Received, error) {
	kept, err := d.keptFor(ctx, by, use, failed)
	if err != nil {
		return Received{}, err
	}
	return d.receivedAgain(ctx, by, kept)
}

// receivedAgain gives what was answered before, as it stands now.
func (d *Desk) receivedAgain(ctx context.Context, by vc.Caller, kept vc.Idempotency) (Received, error) {
	if len(kept.Credentials) != 1 {
		return Received{}, vc.Errorf(vc.Conflict, "idempotency-key-reused", "this idempotency key was used for something else")
	}
	received, err := d.received(ctx, by.Scope, kept.Credentials[0])
	if err != nil || received.Result.Credential.State == "" {
		return received, err
	}
	received.Result, err = d.replayOne(ctx, by, kept)
	return received, err
}

// received gives what came of an order, at once or of what waited.
func (d *Desk) received(ctx context.Context, scope vc.Scope, credential string) (Received, error) {
	var (
		out    Received
		issued bool
	)
	err := d.Rows.View(ctx, scope, func(rows Rows) (err error) {
		out, issued = Received{Result: Result{Replayed: true}}, false
		out.Exchange, err = rows.ExchangeOfCredential(credential)
		if err != nil && vc.KindOf(err) != vc.NotFound {
			return err
		}
		known := err == nil
		row, err := rows.Credential(credential)
		switch {
		case err == nil:
			out.Result.Credential, issued = row, true
			return nil
		case known && vc.KindOf(err) == vc.NotFound:
			out.Result.Credential = promised(out.Exchange)
			return nil
		}
		return named(err)
	})
	out.Exchange = d.current(out.Exchange)
	if err != nil || !issued {
		return out, err
	}
	content, err := d.open(ctx, out.Result.Credential)
	if err != nil {
		return Received{}, err
	}
	return out, d.fill(ctx, &out.Result, content)
}
