package agent

import (
	"context"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Keys of ours that have had their time: those of connections that told their peer of others, or were ended, and those of
// invitations without a connection that are over.
//
//	taken, and nothing begun ──┐
//	over ── graceOfKeys, in which late messages are still understood ──> Sweep: mediators are told, then the rows go
//	retired ── the time for which the letters may wait that only it can send ──> Sweep

// Overdue lists what has had its time, of all tenants: scopes and ids are enough.
type Overdue interface {
	OverdueInvitations(ctx context.Context, now time.Time, max int) ([]vc.Invitation, error)
	OverdueRecipients(ctx context.Context, before time.Time, max int) ([]vc.Recipient, error)
}

// retiredKept is how long a key that opens nothing any more is kept: a letter that it has to send waits no longer.
const retiredKept = 32 * 24 * time.Hour

// over notes that nothing goes on any more over a channel without a connection. The invitation and its key stay for late messages.
func (t *Turn) over(channel string) error {
	id, alone := strings.CutPrefix(channel, alonePrefix)
	if !alone {
		return nil
	}
	i, err := t.invitationForUpdate(id)
	until := t.Now.Add(graceOfKeys)
	if err != nil || !i.ExpiresAt.Before(until) {
		return unlessGone(err)
	}
	i.ExpiresAt = until
	i.Touch(t.Now)
	return t.putInvitation(i)
}

// Sweep removes what has had its time, at most max of each, and says how many went. What cannot be removed now does not keep the
// others.
func (d *Desk) Sweep(ctx context.Context, of Overdue, now time.Time, max int) (n int, err error) {
	invitations, err := of.OverdueInvitations(ctx, now, max)
	if err != nil {
		return 0, err
	}
	recipients, err := of.OverdueRecipients(ctx, now.Add(-retiredKept), max)
	if err != nil {
		return 0, err
	}
	var failed error
	sweep := func(scope vc.Scope, what string, remove func(*Turn) (bool, error)) {
		went := false
		err := d.act(ctx, vc.Caller{Scope: scope, Principal: "system", Door: Door}, func(t *Turn) (err error) {
			went, err = remove(t)
			return err
		})
		if err = unlessGone(err); err != nil { // not found: another server was faster
			failed = err
			d.warn(ctx, "removing what has had its time", err, "what", what)
		} else if went {
			n++
		}
	}
	for _, i := range invitations {
		sweep(i.Scope, "invitation/"+i.ID, func(t *Turn) (bool, error) { return d.sweepInvitation(t, i.ID) })
	}
	for _, r := range recipients {
		sweep(r.Scope, r.Owner, func(t *Turn) (bool, error) { return true, t.sweepRecipient(r.Verkey) })
	}
	return n, failed
}

// sweepInvitation removes an invitation with its key; where the office keeps its records, the key alone. It stays where something goes
// on over it: what that is says when it is over.
func (d *Desk) sweepInvitation(t *Turn, id string) (went bool, err error) {
	i, err := t.invitationForUpdate(id)
	if err != nil || i.ExpiresAt.IsZero() || i.ExpiresAt.After(t.Now) {
		return false, unlessGone(err)
	}
	until, goes, err := t.goesOn(i)
	if err != nil {
		return false, err
	}
	if goes {
		i.ExpiresAt = until
		i.Touch(t.Now)
		return false, t.putInvitation(i)
	}
	settings, err := d.settings(t)
	if err != nil {
		return false, err
	}
	if err := t.withdraw("invitation/" + i.ID); err != nil {
		return false, err
	}
	if err := t.Rows.DeleteRecipients("invitation/" + i.ID); err != nil {
		return false, err
	}
	if is(settings.Preserve) {
		i.ExpiresAt = time.Time{}
		i.Touch(t.Now)
		return true, t.putInvitation(i)
	}
	if err := t.Rows.DeleteInvitation(i.ID); err != nil {
		return false, err
	}
	return true, t.tellInvitation(i, "deleted")
}

// goesOn says whether something goes on over an invitation without a connection, and when to look again where nobody says that it is
// over: for a message that was put aside, and may be revived while it is kept.
func (t *Turn) goesOn(i *Invitation) (until time.Time, goes bool, err error) {
	one := vc.Page{Limit: 1}
	exchanges, err := t.Rows.Exchanges(vc.ExchangeQuery{Channel: aloneChannel(i.ID), Page: one, States: []vc.ExchangeState{
		vc.Proposed, vc.Offered, vc.Requested, vc.Signing, vc.Deferred, vc.Delivered, vc.Accepted, // the holder may be told of a revocation
	}})
	if err != nil || len(exchanges) > 0 {
		return time.Time{}, true, err
	}
	proofs, err := t.Rows.Proofs(vc.ProofQuery{Channel: aloneChannel(i.ID), Page: one, States: []vc.ProofState{
		vc.ProofProposed, vc.ProofAsked, vc.ProofPresented,
	}})
	if err != nil || len(proofs) > 0 {
		return time.Time{}, true, err
	}
	letters, err := t.Rows.Letters(vc.LetterQuery{Invitation: i.ID, Way: vc.WayIn, Page: one})
	return t.Now.Add(graceOfKeys), len(letters) > 0, err
}

func (t *Turn) sweepRecipient(verkey string) error {
	recipient, err := t.Rows.Recipient(verkey)
	if err != nil || recipient.RetiredAt.IsZero() {
		return unlessGone(err)
	}
	if err := t.withdrawKeys(recipient.Owner, []vc.Recipient{recipient}); err != nil {
		return err
	}
	return t.Rows.DeleteRecipient(verkey)
}
