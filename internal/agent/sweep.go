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
	if err != nil || !i.ExpiresAt.IsZero() {
		return unlessGone(err)
	}
	i.ExpiresAt = t.Now.Add(graceOfKeys)
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
	sweep := func(scope vc.Scope, what string, remove func(*Turn) error) {
		err := d.act(ctx, vc.Caller{Scope: scope, Principal: "system", Door: Door}, remove)
		err = unlessGone(err) // another server was faster
		if err == nil {
			n++
			return
		}
		failed = err
		d.warn(ctx, "removing what has had its time", err, "what", what)
	}
	for _, i := range invitations {
		sweep(i.Scope, "invitation/"+i.ID, func(t *Turn) error { return d.sweepInvitation(t, i.ID) })
	}
	for _, r := range recipients {
		sweep(r.Scope, r.Owner, func(t *Turn) error { return t.sweepRecipient(r.Verkey) })
	}
	return n, failed
}

// sweepInvitation removes an invitation with its key; where the office keeps its records, the key alone.
func (d *Desk) sweepInvitation(t *Turn, id string) error {
	i, err := t.invitationForUpdate(id)
	if err != nil || i.ExpiresAt.IsZero() || i.ExpiresAt.After(t.Now) {
		return unlessGone(err)
	}
	settings, err := d.settings(t)
	if err != nil {
		return err
	}
	if err := t.withdraw("invitation/" + i.ID); err != nil {
		return err
	}
	if err := t.Rows.DeleteRecipients("invitation/" + i.ID); err != nil {
		return err
	}
	if is(settings.Preserve) {
		i.ExpiresAt = time.Time{}
		i.Touch(t.Now)
		return t.putInvitation(i)
	}
	if err := t.Rows.DeleteInvitation(i.ID); err != nil {
		return err
	}
	return t.tellInvitation(i, "deleted")
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
