package access

import (
	"context"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Wallets lists the wallets that are open, those of a tenant's principal its own alone; with a name, the one that has it. It needs
// tenant:read.
func (s *Service) Wallets(ctx context.Context, by Actor, page vc.Page, name string) ([]Wallet, error) {
	switch {
	case by.Scope.Tenant != "":
		w, err := s.Wallet(ctx, by, by.Scope.Tenant)
		if err != nil && vc.KindOf(err) == vc.NotFound || err == nil && name != "" && name != w.Settings.Wallet {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		return []Wallet{w}, nil
	case name != "":
		scope, _, err := s.directory.Lookup(ctx, store.HandleWallet, name)
		if err == nil {
			var w Wallet
			if w, err = s.Wallet(ctx, by, scope.Tenant); err == nil {
				return []Wallet{w}, nil
			}
		}
		if vc.KindOf(err) == vc.NotFound {
			return nil, nil
		}
		return nil, err
	}
	if err := Authorize(by.Principal, TenantRead, vc.Scope{}); err != nil {
		return nil, err
	}
	var settings []vc.AgentSettings
	err := s.rows.View(ctx, vc.Scope{}, func(r Rows) (err error) {
		settings, err = r.Wallets(vc.ListQuery{Page: page})
		return err
	})
	if err != nil {
		return nil, err
	}
	var list []Wallet
	for _, one := range settings {
		w := Wallet{Settings: one}
		if w.Tenant, err = s.tenant(ctx, one.Scope.Tenant); err != nil {
			return nil, err
		}
		if w.Organisation, err = s.organisation(ctx, one.Scope.Tenant, one.Scope.Organisation); err != nil {
			return nil, err
		}
		if w.Tenant.ArchivedAt.IsZero() {
			list = append(list, w)
		}
	}
	return list, nil
}

// Wallet gives the wallet that a tenant, by slug or id, is. It needs tenant:read there. [vc.NotFound] "wallet-not-found" for a tenant
// that was made otherwise, an archived one and another's.
func (s *Service) Wallet(ctx context.Context, by Actor, tenant string) (Wallet, error) {
	t, err := s.tenantOf(ctx, by.Principal, tenant)
	if err != nil {
		if vc.KindOf(err) == vc.NotFound {
			err = notFound("wallet")
		}
		return Wallet{}, err
	}
	if err := Authorize(by.Principal, TenantRead, vc.Scope{Tenant: t.ID}); err != nil {
		return Wallet{}, err
	}
	if !t.ArchivedAt.IsZero() {
		return Wallet{}, notFound("wallet")
	}
	return s.walletOf(ctx, t)
}

// walletOf reads the wallet of a tenant.
func (s *Service) walletOf(ctx context.Context, t vc.Tenant) (Wallet, error) {
	is, err := s.offices.get(ctx, officeKey(t.ID, Any), func(ctx context.Context) (office, error) { return s.office(ctx, t.ID, Any) })
	if err != nil {
		return Wallet{}, err
	}
	if !is.found {
		return Wallet{}, notFound("wallet")
	}
	w := Wallet{Tenant: t, Organisation: is.organisation}
	err = s.rows.View(ctx, w.Scope(), func(r Rows) error {
		w.Settings, err = r.AgentSettings()
		return err
	})
	if err != nil {
		return Wallet{}, named(err, "wallet")
	}
	if w.Settings.Wallet == "" {
		return Wallet{}, notFound("wallet")
	}
	return w, nil
}
