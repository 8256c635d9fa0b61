package agent

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// tellInvitation says what became of an invitation: a state, or "deleted".
func (t *Turn) tellInvitation(i *Invitation, became string) error {
	view := viewInvitation(i)
	view.Deleted = became == "deleted"
	action := map[string]string{
		string(vc.InvitationNew): "received", string(vc.InvitationOpen): "created", string(vc.InvitationPreparing): "received",
		string(vc.InvitationReused): "reused", string(vc.InvitationNotReused): "reused",
	}[became]
	return t.Tell(TopicInvitation, "invitation."+first(action, became), "invitation", i.ID, view)
}

// endInvitation ends an invitation that has led where it should.
func (t *Turn) endInvitation(i *Invitation) error {
	if i.State != vc.InvitationDone {
		if err := i.Move(vc.InvitationDone, t.Now); err != nil {
			return err
		}
		if err := t.tellInvitation(i, string(i.State)); err != nil {
			return err
		}
	}
	if err := t.Rows.DeleteInvitation(i.ID); err != nil {
		return err
	}
	return t.tellInvitation(i, "deleted")
}

// Invitation gives an invitation by id; NotFound "invitation-not-found".
func (d *Desk) Invitation(ctx context.Context, scope vc.Scope, id string) (view InvitationView, err error) {
	err = d.view(ctx, scope, func(t *Turn) error {
		i, err := t.invitation(id)
		if err == nil {
			view = viewInvitation(i)
		}
		return err
	})
	return view, err
}

// Invitations lists invitations that are open.
func (d *Desk) Invitations(ctx context.Context, scope vc.Scope, q vc.InvitationQuery) (views []InvitationView, err error) {
	err = d.view(ctx, scope, func(t *Turn) error {
		rows, err := t.Rows.Invitations(q)
		if err != nil {
			return err
		}
		views = make([]InvitationView, 0, len(rows))
		for _, row := range rows {
			i, err := t.openedInvitation(row)
			if err != nil {
				return err
			}
			views = append(views, viewInvitation(i))
		}
		return nil
	})
	return views, err
}

// DropInvitation deletes an invitation of ours by the @id of its message, and the connection that stands for it while nobody came.
// NotFound "invitation-not-found".
func (d *Desk) DropInvitation(ctx context.Context, by vc.Caller, messageID string) error {
	return d.act(ctx, by, func(t *Turn) error {
		row, err := t.Rows.InvitationByMessage(messageID, true)
		if err != nil {
			return missing(err, "invitation")
		}
		i, err := t.invitationForUpdate(row.ID)
		if err != nil {
			return err
		}
		if c, err := t.connectionForUpdate(i.Connection); err == nil && c.State == vc.Invited {
			if err := t.deleteConnection(c); err != nil {
				return err
			}
		} else if err != nil && vc.KindOf(err) != vc.NotFound {
			return err
		}
		if err := t.withdraw("invitation/" + i.ID); err != nil {
			return err
		}
		if err := t.Rows.DeleteRecipients("invitation/" + i.ID); err != nil {
			return err
		}
		if err := t.Rows.DeleteInvitation(i.ID); err != nil {
			return err
		}
		return t.tellInvitation(i, "deleted")
	})
}
