package agent

import (
	"context"
	"errors"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/vc"
)

// receipt makes sure that a message is handled once: errHandled where it was. What waited has its receipt.
func (t *Turn) receipt(in *Inbound, again *vc.Letter) error {
	t.waits = in.Back
	if again != nil {
		letter, err := t.Rows.LetterForUpdate(again.ID)
		if err != nil {
			return err
		}
		if letter.State != vc.LetterWaiting {
			return errHandled
		}
		return t.Rows.DeleteLetter(letter.ID)
	}
	said := append(append(append([]byte{}, in.From[:]...), in.Recipient.Verkey...), in.Message.Head().ID...)
	err := t.Rows.InsertReceipt(vc.Receipt{Scope: in.By.Scope, Digest: t.Vault.MAC(receiptUse, said), At: t.Now})
	if err != nil && vc.KindOf(err) == vc.Conflict {
		return errHandled
	}
	return err
}

// keep puts aside what cannot be handled now: a job does it again.
func (d *Desk) keep(ctx context.Context, vault keys.TenantVault, in *Inbound) (*Turn, error) {
	t, err := d.turn(ctx, in.By, vault, func(t *Turn) error {
		if err := t.receipt(in, nil); err != nil {
			return err
		}
		letter := vc.Letter{
			Way: vc.WayIn, Thread: in.Thread, Type: typeName(in.Message.Head().Type), Message: in.Message.Head().ID, State: vc.LetterWaiting,
		}
		if in.Known {
			letter.Connection = in.Connection.ID
		} else {
			letter.Invitation = in.Invitation.ID
		}
		if err := t.fewer(vc.LetterQuery{Connection: letter.Connection, Invitation: letter.Invitation, Way: vc.WayIn}); err != nil {
			return err
		}
		_, err := t.post(letter, letterBody{Message: in.Raw, From: in.From.String(), To: in.Recipient.Verkey})
		return err
	})
	if errors.Is(err, errHandled) {
		return &Turn{By: in.By, again: true}, nil
	}
	return t, err
}

// errHandled says that a message was handled before.
var errHandled = errors.New("handled before")
