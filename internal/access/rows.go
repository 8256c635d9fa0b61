package access

import (
	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Rows are the rows of tenants, organisations and principals. InsertTenant and Tenant concern the tenant of the
// transaction's scope; Tenants lists all of them and is found in the operator's scope only.
type Rows interface {
	journal.Appender

	InsertTenant(vc.Tenant) error // and the handle of its slug
	UpdateTenant(vc.Tenant) error
	Tenant() (vc.Tenant, error)
	Tenants(vc.ListQuery) ([]vc.Tenant, error)

	InsertOrganisation(vc.Organisation) error
	UpdateOrganisation(vc.Organisation) error
	Organisation(id string) (vc.Organisation, error)
	Organisations(vc.ListQuery) ([]vc.Organisation, error)

	InsertPrincipal(vc.Principal) error // and its handle
	UpdatePrincipal(vc.Principal) error // name, secret, grants, expires at, revoked at
	Principal(id string) (vc.Principal, error)
	Principals(vc.ListQuery) ([]vc.Principal, error)

	InsertKey(vc.Key) error // of access tokens, operator scope
	Keys(vc.ListQuery) ([]vc.Key, error)
}
