package agent

import (
	"context"
	"crypto/ed25519"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/spec/didpeer"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/multikey"
)

// The ways to make a DID of ours for a peer.
const (
	methodPeer4  = "did:peer:4"
	methodPeer2  = "did:peer:2"
	methodLegacy = "" // unqualified, with its document: DID Exchange 1.0, connections 1.0
)

// graceOfKeys is how long a key of ours that is told to nobody any more still opens what was on its way.
const graceOfKeys = 7 * 24 * time.Hour

// hasOwner tells of what kind the owner of a key of ours is.
func hasOwner(recipient vc.Recipient, kind string) bool {
	return strings.HasPrefix(recipient.Owner, kind)
}

// self is who we are to a peer: a DID, and the key that speaks for it.
type self struct {
	DID      string // as peers are told it: the long form
	Short    string // as records have it
	Document []byte // sent along; nil where the DID holds it or leads to it
	Verkey   didcomm.Verkey
	Key      vc.Key
	At       reach
	owner    string // of the key where that is not made for this; ""
	told     string // id of the message that tells a mediator
}

// newKey makes a key for peers.
func (d *Desk) newKey(ctx context.Context, scope vc.Scope) (vc.Key, didcomm.Verkey, error) {
	store, ok := d.Keys[d.KeyStore]
	if _, agrees := store.(keys.Agreer); !ok || !agrees {
		return vc.Key{}, didcomm.Verkey{}, vc.Errorf(vc.Unsupported, "key-store", "the key store makes no keys for peers")
	}
	key, err := store.Generate(ctx, scope, vc.Ed25519)
	if err != nil {
		return vc.Key{}, didcomm.Verkey{}, err
	}
	verkey, err := verkeyOf(key)
	return key, verkey, err
}

// verkeyOf gives the public half of an Ed25519 key.
func verkeyOf(key vc.Key) (didcomm.Verkey, error) {
	public, err := jose.ParseJWK(key.PublicJWK)
	if err != nil {
		return didcomm.Verkey{}, err
	}
	raw, ok := public.Key.(ed25519.PublicKey)
	if !ok {
		return didcomm.Verkey{}, vc.Errorf(vc.Invalid, "key-not-supported", "DIDComm wants an Ed25519 key")
	}
	return didcomm.NewVerkey(raw)
}

// newSelf makes a key, and the DID of it that a peer is told.
func (d *Desk) newSelf(ctx context.Context, scope vc.Scope, method string, at reach) (self, error) {
	key, verkey, err := d.newKey(ctx, scope)
	if err != nil {
		return self{}, err
	}
	told, err := newMessageID()
	if err != nil {
		return self{}, err
	}
	return selfOf(self{Verkey: verkey, Key: key, At: at, told: told}, method)
}

// selfOf names a key.
func selfOf(s self, method string) (self, error) {
	agent := didpeer.Agent{Key: multikey.Join(multikey.CodeEd25519, s.Verkey[:]), Endpoint: s.At.Endpoint}
	for _, key := range s.At.Routing {
		agent.RoutingKeys = append(agent.RoutingKeys, key.DIDKey())
	}
	var err error
	switch method {
	case methodPeer4:
		s.DID, err = agent.Encode4()
	case methodPeer2:
		s.DID, err = agent.Encode2()
	case methodLegacy:
		s.DID, s.Document, err = agent.Legacy()
	default:
		return self{}, vc.Errorf(vc.Invalid, "did-method", "DIDs for peers are of did:peer:2 and did:peer:4")
	}
	if err != nil {
		return self{}, err
	}
	s.Short = short(s.DID)
	return s, nil
}

// short is the form under which records have a DID: that of numalgo 4 is told long, and printed short.
func short(did string) string {
	if numalgo, _, err := didpeer.Numalgo(did); err == nil && numalgo == 4 {
		if text, err := didpeer.Short(did); err == nil {
			return text
		}
	}
	return did
}

// identitySelf is a DID of ours that was there before.
func (d *Desk) identitySelf(ctx context.Context, scope vc.Scope, did string, at reach) (self, error) {
	identity, err := d.Identity.Get(ctx, scope, did)
	if err != nil {
		return self{}, err
	}
	var newest *vc.IdentityKey
	for i, key := range identity.Keys {
		if opens(key) && (newest == nil || key.AddedAt.After(newest.AddedAt)) {
			newest = &identity.Keys[i]
		}
	}
	ours := identity.Use == vc.UseIssuing || identity.Use == vc.UseHolding || identity.Use == vc.UseAgent
	if newest == nil || !ours || !identity.DeactivatedAt.IsZero() {
		return self{}, vc.Errorf(vc.Conflict, "no-active-key", "the DID has no active Ed25519 key here that authenticates it")
	}
	verkey, err := verkeyOf(newest.Key)
	if err != nil {
		return self{}, err
	}
	return self{DID: identity.DID, Short: short(identity.DID), Verkey: verkey, Key: newest.Key, At: at, owner: "identity/" + identity.ID}, nil
}

// reachableSelf is identitySelf of a DID that peers are to find us by: Invalid "no-didcomm-service" where its document does not say
// where we are.
func (d *Desk) reachableSelf(ctx context.Context, scope vc.Scope, did string, at reach) (self, error) {
	who, err := d.identitySelf(ctx, scope, did, at)
	if err != nil {
		return who, err
	}
	document, err := d.documentAt(ctx, scope, who.DID)
	if err != nil {
		return who, err
	}
	if _, err := didcomm.Targets(document); err != nil {
		return who, vc.Errorf(vc.Invalid, "no-didcomm-service", "the document of the DID has no DIDComm service that peers could answer to: %s", err)
	}
	return who, nil
}

// found lets peers reach us by the keys of a public DID that they can use, if it has any.
func (d *Desk) found(ctx context.Context, by vc.Caller, identity vc.Identity) error {
	return d.act(ctx, by, func(t *Turn) error { return t.follow(identity) })
}

// inviterOwner owns the key of the DID by which an office invites time and again.
func inviterOwner(method string) string { return "inviter/" + method }

// sharedSelf is the DID of a kind by which an office invites: made once, so that those who know it know whom they have met.
func (d *Desk) sharedSelf(ctx context.Context, scope vc.Scope, method string, at reach) (self, error) {
	owner := inviterOwner(method)
	var found []vc.Recipient
	err := d.Rows.View(ctx, scope, func(rows Rows) (err error) {
		found, err = rows.Recipients(owner)
		return err
	})
	if err != nil {
		return self{}, err
	}
	if len(found) == 0 {
		s, err := d.newSelf(ctx, scope, method, at)
		s.owner = owner
		return s, err
	}
	told, err := newMessageID()
	if err != nil {
		return self{}, err
	}
	verkey, err := didcomm.ParseVerkey(found[0].Verkey)
	if err != nil {
		return self{}, err
	}
	return selfOf(self{Verkey: verkey, Key: found[0].Key, At: at, owner: owner, told: told}, method)
}

// keep writes the key of s as owner's, or as whose it was before.
func (t *Turn) keep(s self, owner string) error {
	if s.owner != "" {
		owner = s.owner
		if _, err := t.Rows.Recipient(s.Verkey.String()); err == nil || vc.KindOf(err) != vc.NotFound {
			return err
		}
	}
	err := t.Rows.InsertRecipient(vc.Recipient{Verkey: s.Verkey.String(), Scope: t.By.Scope, Owner: owner, Key: s.Key, CreatedAt: t.Now})
	if err != nil || s.told == "" {
		return err
	}
	return t.announce(s.At, s.Verkey.String(), s.told)
}

// sign signs with a key of ours.
func (d *Desk) sign(ctx context.Context, key vc.Key) func([]byte) ([]byte, error) {
	return func(input []byte) ([]byte, error) {
		store, ok := d.Keys[key.Store]
		if !ok {
			return nil, vc.Errorf(vc.Unavailable, "key-store-unavailable", "the store of the key is not here")
		}
		return store.Sign(ctx, key, input)
	}
}

// placed says how the office behaves, and where a new key of it is found.
func (d *Desk) placed(ctx context.Context, scope vc.Scope, mediation, endpoint string) (settings vc.AgentSettings, at reach, err error) {
	err = d.view(ctx, scope, func(t *Turn) error {
		if settings, err = d.settings(t); err != nil {
			return err
		}
		at, err = t.reach(d, settings, mediation)
		return err
	})
	if endpoint != "" && err == nil {
		at = reach{Endpoint: endpoint}
	}
	return settings, at, err
}

// service says in an invitation, or a message without a connection, where a key of ours is found. Keys are as RFC 0056 has them.
func (at reach) service(verkey string) *didcomm.Service {
	service := &didcomm.Service{RecipientKeys: []string{verkey}, RoutingKeys: []string{}, Endpoint: at.Endpoint}
	for _, key := range at.Routing {
		service.RoutingKeys = append(service.RoutingKeys, key.String())
	}
	return service
}
