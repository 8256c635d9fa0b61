package identity

import (
	"context"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

// EveryTenant among Config.LedgerTenants is all tenants.
const EveryTenant = "*"

// payingStore lets nobody begin what the operator's accounts pay for but the tenants that may. Whatever is to be paid is a
// row before it is anything else: no way to a ledger goes round this.
type payingStore struct {
	store.Store[Rows]
	tenants []string
}

// Update opens a transaction.
func (s payingStore) Update(ctx context.Context, scope vc.Scope, fn func(Rows) error) error {
	return s.Store.Update(ctx, scope, func(rows Rows) error { return fn(payingRows{rows, s.tenants}) })
}

// payingRows are rows that know whom the operator pays for.
type payingRows struct {
	Rows
	tenants []string
}

// mayPay refuses a tenant that the operator does not pay for.
func (r payingRows) mayPay() error {
	if slices.Contains(r.tenants, EveryTenant) {
		return nil
	}
	tenant, err := r.Tenant()
	if err != nil && vc.KindOf(err) != vc.NotFound {
		return err
	}
	if err != nil || !slices.Contains(r.tenants, tenant.Slug) {
		return vc.Errorf(vc.Denied, "ledger-tenant", "the operator's account does not pay for this tenant")
	}
	return nil
}

// InsertLedgerTransaction journals a transaction of a tenant that the operator pays for; else Denied "ledger-tenant".
func (r payingRows) InsertLedgerTransaction(tx vc.LedgerTransaction) error {
	if err := r.mayPay(); err != nil {
		return err
	}
	return r.Rows.InsertLedgerTransaction(tx)
}

// InsertDIDRegistration keeps what a client is to sign. Nobody is asked to sign for a ledger whose tenant is refused then.
func (r payingRows) InsertDIDRegistration(job vc.DIDRegistration) error {
	if strings.HasPrefix(job.Operation, kept) {
		if err := r.mayPay(); err != nil {
			return err
		}
	}
	return r.Rows.InsertDIDRegistration(job)
}

// mayPay refuses a scope whose tenant the operator does not pay for, before anything is signed.
func (s *Service) mayPay(ctx context.Context, scope vc.Scope) error {
	return s.config.Rows.View(ctx, scope, func(rows Rows) error { return payingRows{rows, s.config.LedgerTenants}.mayPay() })
}
