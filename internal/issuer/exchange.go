package issuer

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// JobExpire is the kind of the jobs that [Desk.ExpireExchange] carries out.
const JobExpire = "exchange.expire"

// Order carries out an order, or keeps it where its type holds ([vc.CredentialType].Hold): then an exchange waits in state
// requested, with the order sealed, and the id of the credential is known. It is [Desk.Issue] for doors that know of holding.
// how.Life is how long it waits at most; zero means for ever.
func (d *Desk) Order(ctx context.Context, by vc.Caller, order vc.Order, how How) (Received, error) {
	return Received{}, errNotBuilt()
}

// Approve issues what waits. What an approval issued before is answered again. NotFound "credential-not-found"; Conflict
// "exchange-state" when nothing waits; those of [Desk.Issue].
func (d *Desk) Approve(ctx context.Context, by vc.Caller, credential string) (Received, error) {
	return Received{}, errNotBuilt()
}

// Decline ends what waits, and destroys what was ordered. Again, it changes nothing. Errors as [Desk.Approve].
func (d *Desk) Decline(ctx context.Context, by vc.Caller, credential string) (vc.Exchange, error) {
	return vc.Exchange{}, errNotBuilt()
}

// Exchange gives an exchange as it stands now. NotFound "exchange-not-found".
func (d *Desk) Exchange(ctx context.Context, scope vc.Scope, id string) (vc.Exchange, error) {
	return vc.Exchange{}, errNotBuilt()
}

// ExpireExchange carries out a job of kind [JobExpire].
func (d *Desk) ExpireExchange(ctx context.Context, job vc.Job) error { return errNotBuilt() }
