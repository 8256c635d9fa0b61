package storetest

import (
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var invitationLaws = []law{
	{"invitations are read as they were written", waysIn},
	{"invitations are found", findingWaysIn},
	{"an invitation for one is taken by one", taken},
}

func waysIn(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	full, bare := aWayIn(scope), vc.Invitation{ID: newID(), Scope: scope, MessageID: newID(), Revision: 1}
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertInvitation(full), tx.InsertInvitation(bare))
	})
	for _, want := range []vc.Invitation{full, bare} {
		get(t, h.db, scope, "invitation", want, func(tx *sql.Tx) (vc.Invitation, error) { return tx.Invitation(want.ID) })
		get(t, h.db, scope, "by its message", want, func(tx *sql.Tx) (vc.Invitation, error) {
			return tx.InvitationByMessage(want.MessageID, want.Sender)
		})
		gone(t, h, scope, func(tx *sql.Tx) (vc.Invitation, error) { return tx.InvitationByMessage(want.MessageID, !want.Sender) })
	}
	insert := func(in vc.Scope, sender bool) error {
		i := aWayIn(in)
		i.MessageID, i.Sender = full.MessageID, sender
		return rows(h.db).Update(t.Context(), in, func(tx *sql.Tx) error { return tx.InsertInvitation(i) })
	}
	wants(t, insert(scope, full.Sender), vc.Conflict, "duplicate")
	must(t, insert(scope, !full.Sender)) // both ends are here
	must(t, insert(somewhere(t, h.db), full.Sender))
	changed, nobody := aWayIn(scope), aWayIn(scope)
	changed.ID, changed.Revision, nobody.Revision = bare.ID, 2, 2
	revised(t, h, scope, bare, changed, nobody, (*sql.Tx).UpdateInvitation)
	changed.CreatedAt = bare.CreatedAt
	get(t, h.db, scope, "changed", changed, func(tx *sql.Tx) (vc.Invitation, error) { return tx.Invitation(bare.ID) })
	recipient := aRecipient(scope, "invitation/"+full.ID)
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertRecipient(recipient), tx.DeleteInvitation(full.ID))
	})
	gone(t, h, scope, func(tx *sql.Tx) (vc.Invitation, error) { return tx.Invitation(full.ID) })
	leads(t, h.db, store.HandleDIDCommKey, recipient.Verkey, scope, recipient.Owner)
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.DeleteInvitation(full.ID) }), vc.NotFound, "")
}

func findingWaysIn(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	a, b := aWayIn(scope), aWayIn(scope)
	b.State, b.Sender = vc.InvitationDone, false
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertInvitation(a), tx.InsertInvitation(b)) })
	done, both := []vc.InvitationState{vc.InvitationDone}, []vc.InvitationState{vc.InvitationDone, vc.InvitationReused}
	for name, q := range map[string]vc.InvitationQuery{
		"sender": {Sender: &b.Sender}, "state": {States: done}, "states": {States: both}, "connection": {Connection: b.Connection},
		"message": {MessageID: b.MessageID},
		"all":     {Sender: &b.Sender, States: both, Connection: b.Connection, MessageID: b.MessageID, Page: vc.Page{Ascending: true}},
	} {
		for _, in := range []vc.Scope{scope, {Tenant: scope.Tenant}} {
			get(t, h.db, in, name, []vc.Invitation{b}, func(tx *sql.Tx) ([]vc.Invitation, error) { return tx.Invitations(q) })
		}
	}
	get(t, h.db, scope, "newest first", []vc.Invitation{b, a}, func(tx *sql.Tx) ([]vc.Invitation, error) {
		return tx.Invitations(vc.InvitationQuery{})
	})
	get(t, h.db, scope, "page", []vc.Invitation{a}, func(tx *sql.Tx) ([]vc.Invitation, error) {
		return tx.Invitations(vc.InvitationQuery{Page: vc.Page{After: b.ID}})
	})
}

// taken takes an invitation for one a hundred times at once, through two servers.
func taken(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	invitation := aWayIn(scope)
	invitation.Multi = false
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertInvitation(invitation) })
	servers := []*sql.DB{h.db, Open(t, h.dsn)}
	errs := make([]error, 100)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() {
			errs[i] = rows(servers[i%2]).Update(background(), scope, func(tx *sql.Tx) error {
				v, err := tx.InvitationForUpdate(invitation.ID)
				if err != nil {
					return err
				}
				if err := v.Move(vc.InvitationDone, moment()); err != nil {
					return err
				}
				return errors.Join(tx.UpdateInvitation(v), tx.InsertConnection(aConnection(scope)))
			})
		})
	}
	wait.Wait()
	won := slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return err != nil })
	same(t, "took it", len(won), 1)
	for _, err := range errs {
		if err != nil {
			wants(t, err, vc.Conflict, "invitation-state")
		}
	}
	get(t, h.db, scope, "connections", 1, func(tx *sql.Tx) (int, error) { return tx.CountConnections(vc.ConnectionQuery{}) })
}
