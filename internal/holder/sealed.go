package holder

import (
	"context"
	"crypto/rand"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/vc"
)

// What things are sealed as, and what keyed digests are for.
const (
	heldLabel  = "held credential v1"
	flowLabel  = "wallet flow v1"
	subjectUse = "subject"
	peerUse    = "wallet peer"
	heldUse    = "held credential"
)

// seal seals content under a fresh salt, whose destruction is its end.
func (w *Wallet) seal(ctx context.Context, tenant, label string, content any) (salt, sealed []byte, err error) {
	plain, err := json.Marshal(content)
	if err != nil {
		return nil, nil, err
	}
	salt = make([]byte, 32)
	rand.Read(salt) // never fails, and ends the program if it could
	if sealed, err = w.Vault.Seal(ctx, tenant, salt, label, plain); err != nil {
		return nil, nil, err
	}
	return salt, sealed, nil
}

// unseal opens what seal sealed.
func (w *Wallet) unseal(ctx context.Context, tenant, label string, salt, sealed []byte, into any) error {
	plain, err := w.Vault.Open(ctx, tenant, salt, label, sealed)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, into)
}

// mac gives the keyed digest under which text is found again; nil for none.
func (w *Wallet) mac(ctx context.Context, tenant, use string, text []byte) ([]byte, error) {
	if len(text) == 0 {
		return nil, nil
	}
	return w.Vault.MAC(ctx, tenant, use, text)
}

// scrub removes what was just destroyed from the store's files.
func (w *Wallet) scrub(ctx context.Context) error {
	if w.Scrub == nil {
		return nil
	}
	return w.Scrub(ctx)
}

// entry is what the journal has of an act. Its object is an id of a wallet's row, and names nobody.
func (d *Desk) entry(by vc.Caller, action, object, subject string) vc.Entry {
	return vc.Entry{
		ID: newID(), Scope: by.Scope, At: d.now(), Action: action, Principal: by.Principal, Door: by.Door, Request: by.Request,
		Object: object, Event: true, Subject: subject,
	}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// missing names what was not found.
func missing(err error, code, noun string) error {
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return vc.Errorf(vc.NotFound, code, "there is no such %s in this wallet", noun).Because(err)
	}
	return err
}
