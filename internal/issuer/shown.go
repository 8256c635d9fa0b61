package issuer

import (
	"bytes"
	"context"
	"slices"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Viewer is who wants to see a credential: a holder by DID, or a principal by id.
type Viewer struct {
	DID       string
	Principal string
}

// Shown gives a credential to its recipient, its subject or who made it; also one that waits: then View.Secured is nil and
// View.Credential has no State. A holder sees what was issued, and who made it drafts too. NotFound "credential-not-found" to
// everybody else, and of what was erased, declined or has expired unissued.
func (d *Desk) Shown(ctx context.Context, scope vc.Scope, who Viewer, id string) (View, error) {
	mac, err := d.mac(ctx, scope.Tenant, who.DID)
	if err != nil {
		return View{}, err
	}
	var (
		credential vc.Credential
		exchange   vc.Exchange
	)
	err = d.Rows.View(ctx, scope, func(rows Rows) (err error) {
		exchange = vc.Exchange{}
		credential, err = rows.Credential(id)
		if err != nil && vc.KindOf(err) == vc.NotFound {
			exchange, err = rows.ExchangeOfCredential(id)
		}
		return named(err)
	})
	switch {
	case err != nil:
		return View{}, err
	case exchange.ID != "":
		return d.shownWaiting(ctx, exchange, who)
	case !credential.ErasedAt.IsZero(), !who.sees(credential, mac):
		return View{}, unseen()
	}
	return d.view(ctx, credential)
}

func unseen() error {
	return vc.Errorf(vc.NotFound, "credential-not-found", "there is no such credential")
}

func (who Viewer) sees(credential vc.Credential, mac []byte) bool {
	if who.Principal != "" && who.Principal == credential.Principal {
		return true
	}
	return mac != nil && credential.State == vc.Issued &&
		(bytes.Equal(mac, credential.SubjectMAC) || bytes.Equal(mac, credential.RecipientMAC))
}

func (d *Desk) shownWaiting(ctx context.Context, x vc.Exchange, who Viewer) (View, error) {
	if x = d.current(x); x.State.Final() || x.BodyKey == nil {
		return View{}, unseen()
	}
	said, err := d.ordered(ctx, x)
	if err != nil {
		return View{}, err
	}
	made := who.Principal != "" && who.Principal == said.Principal
	if !made && (who.DID == "" || who.DID != said.Recipient && !slices.Contains(said.Subjects, who.DID)) {
		return View{}, unseen()
	}
	view := View{Credential: promised(x), Subjects: said.Subjects, Recipient: said.Recipient}
	view.Credential.Principal = said.Principal
	return view, nil
}
