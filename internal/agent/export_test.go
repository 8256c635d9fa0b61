package agent

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Introduce gives two desks completed connections with each other, as a handshake between them would.
func Introduce(ctx context.Context, here, there *Desk, hereBy, thereBy vc.Caller) (mine, theirs string, err error) {
	type side struct {
		desk *Desk
		by   vc.Caller
		self vc.Key
		key  didcomm.Verkey
		id   string
	}
	sides := [2]*side{{desk: here, by: hereBy, id: newID()}, {desk: there, by: thereBy, id: newID()}}
	for _, s := range sides {
		if s.self, s.key, err = s.desk.newKey(ctx, s.by.Scope); err != nil {
			return "", "", err
		}
	}
	for i, s := range sides {
		other := sides[1-i]
		err := s.desk.act(ctx, s.by, func(t *Turn) error {
			c := &Connection{Connection: vc.Connection{
				ID: s.id, Role: [2]vc.ConnectionRole{vc.RoleInviter, vc.RoleInvitee}[i], State: vc.Completed, Mode: vc.ModeOnce,
				Protocol: "didexchange/1.1", Thread: sides[0].id, Mine: "did:peer:" + s.key.String(),
			}}
			c.Said.Their, c.Said.Keys = "did:peer:"+other.key.String(), []didcomm.Verkey{other.key}
			c.Said.Target = didcomm.Target{Endpoint: other.desk.Endpoint, Recipients: c.Said.Keys}
			if err := t.insertConnection(c); err != nil {
				return err
			}
			if err := t.Rows.InsertRecipient(vc.Recipient{
				Verkey: s.key.String(), Scope: t.By.Scope, Owner: "connection/" + c.ID, Key: s.self, CreatedAt: t.Now,
			}); err != nil {
				return err
			}
			return t.putPeerKeys(c)
		})
		if err != nil {
			return "", "", err
		}
	}
	return sides[0].id, sides[1].id, nil
}
