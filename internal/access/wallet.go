package access

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// A wallet, in the sense of agents that serve many (a sub-wallet of ACA-Py), is a tenant with one organisation that issues and
// verifies, and with settings of its agent that have a wallet's name. The token of a wallet opens that tenant and nothing else.

// Wallet is a tenant that was made as a wallet.
type Wallet struct {
	Tenant       vc.Tenant
	Organisation vc.Organisation
	Settings     vc.AgentSettings
}

// Scope is that of everything in the wallet.
func (w Wallet) Scope() vc.Scope {
	return vc.Scope{Tenant: w.Tenant.ID, Organisation: w.Organisation.ID}
}

// NewWallet asks for a wallet. Of Settings all but ids, scope, token, revision and times are taken.
type NewWallet struct {
	Name     string // unique in the server; "": the tenant's id
	Settings vc.AgentSettings
	// Seal, before they are stored, seals what in the settings is secret, in the wallet's scope. Nil: nothing is.
	Seal func(context.Context, *vc.AgentSettings) error
}

// CreateWallet makes a tenant, its organisation and its agent's settings in one transaction, and gives the wallet's token. It needs
// tenant:manage at operator scope. It fails with [vc.Invalid] "invalid-name" and [vc.Conflict] "wallet-name-taken".
func (s *Service) CreateWallet(ctx context.Context, by Actor, n NewWallet) (Wallet, string, error) {
	if err := Authorize(by.Principal, TenantManage, vc.Scope{}); err != nil {
		return Wallet{}, "", err
	}
	w, err := s.newWallet(n)
	if err != nil {
		return Wallet{}, "", err
	}
	if err := s.freeName(ctx, by, w.Settings.Wallet); err != nil {
		return Wallet{}, "", err
	}
	if n.Seal != nil {
		if err := n.Seal(ctx, &w.Settings); err != nil {
			return Wallet{}, "", err
		}
	}
	err = s.insertWallet(ctx, by, w)
	if err != nil && vc.KindOf(err) == vc.Conflict {
		// It is the slug that is taken, or the name, by who was faster; a slug that is drawn tells which.
		w.Tenant.Slug = drawnSlug(w.Tenant.Slug)
		err = s.insertWallet(ctx, by, w)
	}
	if err != nil && vc.KindOf(err) == vc.Conflict {
		err = nameTaken().Because(err)
	}
	if err != nil {
		return Wallet{}, "", err
	}
	s.forgetOffices(w.Tenant.ID)
	token, err := s.walletToken(ctx, w.Tenant.ID, w.Settings.TokenAt)
	return w, token, err
}

// newWallet draws the ids of a wallet.
func (s *Service) newWallet(n NewWallet) (Wallet, error) {
	now := s.stamp()
	w := Wallet{Tenant: vc.Tenant{ID: newID(), CreatedAt: now}, Settings: n.Settings}
	if n.Name == "" {
		n.Name = w.Tenant.ID
	}
	if err := checkName(n.Name); err != nil {
		return Wallet{}, err
	}
	w.Tenant.Name, w.Tenant.Slug = n.Name, slugOf(n.Name)
	w.Organisation = vc.Organisation{
		ID: newID(), Tenant: w.Tenant.ID, Name: n.Name, MayIssue: true, MayVerify: true, CreatedAt: now,
	}
	w.Settings.ID, w.Settings.Scope, w.Settings.Wallet = newID(), w.Scope(), n.Name
	w.Settings.TokenAt, w.Settings.Revision = now.Truncate(time.Second), 1
	w.Settings.CreatedAt, w.Settings.UpdatedAt = now, now
	return w, nil
}

func (s *Service) insertWallet(ctx context.Context, by Actor, w Wallet) error {
	scope := vc.Scope{Tenant: w.Tenant.ID}
	return s.rows.Update(ctx, scope, func(r Rows) error {
		if err := r.InsertTenant(w.Tenant); err != nil {
			return err
		}
		if err := r.InsertOrganisation(w.Organisation); err != nil {
			return err
		}
		if err := r.PutAgentSettings(w.Settings); err != nil {
			return err
		}
		for _, e := range []vc.Entry{
			s.entry(by, scope, "tenant.created", "tenant/"+w.Tenant.ID, "slug="+w.Tenant.Slug),
			s.entry(by, scope, "organisation.created", "organisation/"+w.Organisation.ID, rights(w.Organisation)),
			s.entry(by, scope, "wallet.created", "wallet/"+w.Settings.ID, ""),
		} {
			if err := r.Append(e); err != nil {
				return err
			}
		}
		return nil
	})
}

// freeName says whether a wallet's name is free. That of a tenant that was archived while its wallet was being removed is made so.
func (s *Service) freeName(ctx context.Context, by Actor, name string) error {
	scope, _, err := s.directory.Lookup(ctx, store.HandleWallet, name)
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return nil
	}
	if err != nil {
		return err
	}
	t, err := s.tenant(ctx, scope.Tenant)
	if err != nil {
		return err
	}
	if t.ArchivedAt.IsZero() {
		return nameTaken()
	}
	return s.forgetWallet(ctx, by, scope)
}

func nameTaken() *vc.Error {
	return vc.Errorf(vc.Conflict, "wallet-name-taken", "another wallet has this name").At("/wallet_name")
}

// RemoveWallet closes the wallet's tenant as [Service.CloseTenant] does, ends its token and frees its name. It needs tenant:manage
// at operator scope.
func (s *Service) RemoveWallet(ctx context.Context, by Actor, tenant string) error {
	w, err := s.Wallet(ctx, by, tenant)
	if err != nil {
		return err
	}
	if err := s.CloseTenant(ctx, by, w.Tenant.ID); err != nil {
		return err
	}
	return s.forgetWallet(ctx, by, w.Scope())
}

// forgetWallet takes name and token from an office's settings.
func (s *Service) forgetWallet(ctx context.Context, by Actor, scope vc.Scope) error {
	_, err := s.changeWallet(ctx, by, scope, "wallet.removed", func(w *vc.AgentSettings) bool {
		w.Wallet, w.TokenAt = "", time.Time{}
		return true
	})
	return err
}

// changeWallet writes what change made of the settings of a wallet's office, with its journal entry. Who changes them at the same
// moment goes first or after.
func (s *Service) changeWallet(ctx context.Context, by Actor, scope vc.Scope, action string, change func(*vc.AgentSettings) bool) (settings vc.AgentSettings, err error) {
	const attempts = 5
	for range attempts {
		err = s.rows.Update(ctx, scope, func(r Rows) error {
			if settings, err = r.AgentSettings(); err != nil {
				return named(err, "wallet")
			}
			if settings.Wallet == "" {
				return notFound("wallet")
			}
			if !change(&settings) {
				return nil
			}
			settings.Revision++
			settings.UpdatedAt = s.stamp()
			if err := r.PutAgentSettings(settings); err != nil {
				return err
			}
			return r.Append(s.entry(by, scope, action, "wallet/"+settings.ID, ""))
		})
		if err == nil || vc.KindOf(err) != vc.Conflict {
			break
		}
	}
	s.wallets.forget(scope.Tenant)
	return settings, err
}

// slugOf makes a slug of a name: its letters of ASCII and its digits in lower case, what is between them as a hyphen.
func slugOf(name string) string {
	words := strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return (r < 'a' || r > 'z') && (r < '0' || r > '9') })
	text := strings.Trim(cut(strings.Join(words, "-"), slugMax-slugDrawn-1), "-")
	if text == "" || text == vc.DefaultTenant || isID(text) {
		return drawnSlug("wallet")
	}
	return text
}

const (
	slugMax   = 63
	slugDrawn = 6
)

// drawnSlug is a slug that nobody has but by chance.
func drawnSlug(text string) string {
	drawn := make([]byte, slugDrawn/2)
	_, _ = rand.Read(drawn) // never fails
	return text + "-" + hex.EncodeToString(drawn)
}

func cut(text string, most int) string { return text[:min(len(text), most)] }
