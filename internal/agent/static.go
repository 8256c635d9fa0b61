package agent

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// CreateStatic makes a connection with a peer that is known already, without a handshake: each end is told of the other by people.
//
// Errors: Invalid "verkey-malformed", "endpoint-missing", "seed-not-offered"; Denied "endpoint-not-allowed".
func (d *Desk) CreateStatic(ctx context.Context, by vc.Caller, n NewStatic) (StaticView, error) {
	if n.MySeed != "" || n.TheirSeed != "" {
		return StaticView{}, vc.Errorf(vc.Invalid, "seed-not-offered", "keys of seeds are not made")
	}
	their, err := didcomm.ParseVerkey(n.TheirVerkey)
	if err != nil {
		return StaticView{}, faulty("verkey-malformed", err)
	}
	if n.TheirEndpoint == "" {
		return StaticView{}, vc.Errorf(vc.Invalid, "endpoint-missing", "the peer's endpoint is expected").At("/their_endpoint")
	}
	target, err := d.reached(ctx, by.Scope, didcomm.Target{Endpoint: n.TheirEndpoint, Recipients: []didcomm.Verkey{their}})
	if err != nil {
		return StaticView{}, err
	}
	_, at, err := d.placed(ctx, by.Scope, "", "")
	if err != nil {
		return StaticView{}, err
	}
	who, err := d.newSelf(ctx, by.Scope, methodLegacy, at)
	if err != nil {
		return StaticView{}, err
	}
	if n.MyDID != "" {
		who.DID, who.Short = n.MyDID, n.MyDID
	}
	var view StaticView
	err = d.act(ctx, by, func(t *Turn) error {
		c := &Connection{
			Connection: vc.Connection{ID: newID(), Role: vc.RoleInviter, State: vc.Completed, Mode: vc.ModeStatic},
			Said:       ConnectionSaid{Alias: n.Alias, TheirLabel: bounded(n.TheirLabel)},
		}
		c.hear(theirs{DID: first(n.TheirDID, their.UnqualifiedDID()), Keys: target.Recipients, Target: target}, target.Recipients...)
		t.speakAs(c, who)
		if err := t.insertConnection(c); err != nil {
			return err
		}
		if err := t.keep(who, "connection/"+c.ID); err != nil {
			return err
		}
		if err := t.putPeerKeys(c); err != nil {
			return err
		}
		view = StaticView{
			ConnectionView: viewConnection(c), MyDID: who.DID, MyVerkey: who.Verkey.String(), MyEndpoint: at.Endpoint,
			TheirDID: c.Said.Their, TheirVerkey: their.String(),
		}
		return t.tellConnection(c)
	})
	return view, err
}
