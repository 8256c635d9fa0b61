package agent

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// CreateStatic makes a connection with a peer that is known already, without a handshake: each end is told of the other by people.
// A peer without an endpoint comes for its messages.
//
// Errors: Invalid "peer-key-missing", "verkey-malformed", "seed-invalid"; Conflict "seed-taken" where the server has the key of our
// seed; Denied "endpoint-not-allowed"; Unsupported "key-store".
func (d *Desk) CreateStatic(ctx context.Context, by vc.Caller, n NewStatic) (StaticView, error) {
	their, err := n.their()
	if err != nil {
		return StaticView{}, err
	}
	target, err := d.reached(ctx, by.Scope, didcomm.Target{Endpoint: first(n.TheirEndpoint, noEndpoint), Recipients: []didcomm.Verkey{their}})
	if err != nil {
		return StaticView{}, err
	}
	_, at, err := d.placed(ctx, by.Scope, "", "")
	if err != nil {
		return StaticView{}, err
	}
	who, err := d.staticSelf(ctx, by.Scope, n.MySeed, at)
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
			if len(n.MySeed) > 0 && hasCode(err, vc.Conflict, "duplicate") {
				return vc.Errorf(vc.Conflict, "seed-taken", "a key of this seed is in use already").Because(err)
			}
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

// their is the key that a peer speaks with: the one that is named, else that of its seed.
func (n NewStatic) their() (didcomm.Verkey, error) {
	switch {
	case n.TheirVerkey != "":
		key, err := didcomm.ParseVerkey(n.TheirVerkey)
		if err != nil {
			return key, vc.Errorf(vc.Invalid, "verkey-malformed", "an Ed25519 key is expected, in base58 or as did:key").At("/their_verkey")
		}
		return key, nil
	case len(n.TheirSeed) == 0:
		return didcomm.Verkey{}, vc.Errorf(vc.Invalid, "peer-key-missing", "Either a verkey or seed must be provided for the other party")
	}
	private, err := keyOfSeed(n.TheirSeed, "/their_seed")
	if err != nil {
		return didcomm.Verkey{}, err
	}
	return didcomm.NewVerkey(private.Public().(ed25519.PublicKey))
}

// staticSelf is a new DID of ours, or that of a seed.
func (d *Desk) staticSelf(ctx context.Context, scope vc.Scope, seed []byte, at reach) (self, error) {
	if len(seed) == 0 {
		return d.newSelf(ctx, scope, methodLegacy, at)
	}
	private, err := keyOfSeed(seed, "/my_seed")
	if err != nil {
		return self{}, err
	}
	store := d.Keys[d.KeyStore]
	importer, imports := store.(keys.Importer)
	if _, agrees := store.(keys.Agreer); !imports || !agrees {
		return self{}, vc.Errorf(vc.Unsupported, "key-store", "the key store takes no keys from outside")
	}
	encode := base64.RawURLEncoding.EncodeToString
	key, err := importer.Import(ctx, scope, []byte(`{"kty":"OKP","crv":"Ed25519","d":"`+encode(seed)+`","x":"`+encode(private[ed25519.SeedSize:])+`"}`))
	if err != nil {
		return self{}, err
	}
	who := self{Key: key, At: at}
	if who.Verkey, err = verkeyOf(key); err != nil {
		return self{}, err
	}
	if who.told, err = newMessageID(); err != nil {
		return self{}, err
	}
	return selfOf(who, methodLegacy)
}

func keyOfSeed(seed []byte, pointer string) (ed25519.PrivateKey, error) {
	if len(seed) != ed25519.SeedSize {
		return nil, vc.Errorf(vc.Invalid, "seed-invalid", "a seed has %d bytes", ed25519.SeedSize).At(pointer)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}
