package agent

import (
	"context"
	"crypto/ecdh"
	"errors"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// open finds the key of ours that an envelope is for, and opens it.
func (d *Desk) open(ctx context.Context, envelope didcomm.Envelope) (vc.Recipient, didcomm.Opened, error) {
	for _, key := range envelope.Recipients() {
		recipient, err := d.recipient(ctx, key.String())
		if vc.KindOf(err) == vc.NotFound && err != nil {
			continue
		}
		if err != nil {
			return vc.Recipient{}, didcomm.Opened{}, err
		}
		if !recipient.RetiredAt.IsZero() && !d.now().Before(recipient.RetiredAt) {
			continue
		}
		own, err := d.own(ctx, recipient)
		if err != nil {
			return vc.Recipient{}, didcomm.Opened{}, err
		}
		opened, err := envelope.Open(own)
		var fault *didcomm.Error
		if errors.As(err, &fault) {
			err = malformed("envelope-malformed", err)
		}
		return recipient, opened, err
	}
	return vc.Recipient{}, didcomm.Opened{}, vc.Errorf(vc.NotFound, "recipient-unknown", "the message is for nobody here")
}

// recipient finds a key of ours, whosever it is. Those of a tenant or an organisation that is closed are nobody's.
func (d *Desk) recipient(ctx context.Context, verkey string) (recipient vc.Recipient, err error) {
	scope, _, err := d.Directory.Lookup(ctx, store.HandleDIDCommKey, verkey)
	if err != nil {
		return vc.Recipient{}, err
	}
	err = store.Look(ctx, d.Rows, scope, func(rows Rows) error {
		found, closed, err := rows.OpenRecipient(verkey)
		if recipient = found; err == nil && closed {
			err = officeClosed()
		}
		return err
	})
	return recipient, err
}

func officeClosed() error {
	return vc.Errorf(vc.NotFound, "office-closed", "there is nobody here any more")
}

// closed is NotFound "office-closed" for a scope whose tenant or organisation is archived.
func closed(rows Rows, scope vc.Scope) error {
	tenant, err := rows.Tenant()
	if unlessGone(err) != nil {
		return err
	}
	if !tenant.ArchivedAt.IsZero() {
		return officeClosed()
	}
	organisation, err := rows.Organisation(scope.Organisation)
	if unlessGone(err) != nil {
		return err
	}
	if !organisation.ArchivedAt.IsZero() {
		return officeClosed()
	}
	return nil
}

// own is a key of ours as envelopes are opened and packed with.
func (d *Desk) own(ctx context.Context, recipient vc.Recipient) (didcomm.Own, error) {
	key, err := didcomm.ParseVerkey(recipient.Verkey)
	if err != nil {
		return didcomm.Own{}, err
	}
	public, err := key.Agreement()
	if err != nil {
		return didcomm.Own{}, err
	}
	agreer, ok := d.Keys[recipient.Key.Store].(keys.Agreer)
	if !ok {
		return didcomm.Own{}, vc.Errorf(vc.Unavailable, "key-store-unavailable", "the store of the key is not here, or agrees on no secrets")
	}
	return didcomm.Own{Key: key, Private: &exchanger{ctx, agreer, recipient.Key, public}}, nil
}

// exchanger is a key of ours for one act: what a key store knows how to do, as crypto/ecdh asks for it.
type exchanger struct {
	ctx    context.Context //nolint:containedctx // of the one act
	store  keys.Agreer
	key    vc.Key
	public *ecdh.PublicKey
}

func (e *exchanger) PublicKey() *ecdh.PublicKey { return e.public }
func (e *exchanger) Curve() ecdh.Curve          { return ecdh.X25519() }
func (e *exchanger) ECDH(peer *ecdh.PublicKey) ([]byte, error) {
	return e.store.Agree(e.ctx, e.key, peer.Bytes())
}

func malformed(code string, err error) error {
	var fault *didcomm.Error
	if !errors.As(err, &fault) {
		return err
	}
	return vc.Errorf(vc.Invalid, code, "%s", fault.Message).At(fault.Pointer)
}
