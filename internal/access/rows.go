package access

import (
	"time"

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
	// TenantForUpdate is Tenant, and no other transaction changes the row before this one ends; so are the others.
	TenantForUpdate() (vc.Tenant, error)
	Tenants(vc.ListQuery) ([]vc.Tenant, error)
	CountTenants(vc.ListQuery) (int, error) // counts are of the whole list, whatever the page

	InsertOrganisation(vc.Organisation) error
	UpdateOrganisation(vc.Organisation) error
	Organisation(id string) (vc.Organisation, error)
	OrganisationForUpdate(id string) (vc.Organisation, error)
	Organisations(vc.ListQuery) ([]vc.Organisation, error)
	CountOrganisations(vc.ListQuery) (int, error)

	// InsertPrincipal writes a principal and its handle; of a Client also those of its secret and, while there is one, of its
	// previous secret, which UpdatePrincipal replaces.
	InsertPrincipal(vc.Principal) error
	// UpdatePrincipal writes name, secret, previous, previous until, grants, expires at, revoked at, archived at, description, e-mail and names.
	UpdatePrincipal(vc.Principal) error
	Principal(id string) (vc.Principal, error)
	PrincipalForUpdate(id string) (vc.Principal, error)
	Principals(vc.ListQuery) ([]vc.Principal, error)
	CountPrincipals(vc.ListQuery) (int, error)

	InsertMemberInvitation(vc.MemberInvitation) error // and its handle
	UpdateMemberInvitation(vc.MemberInvitation) error // secret, invited by, expires at, accepted at, principal
	DeleteMemberInvitation(id string) error           // with its handle
	MemberInvitation(id string) (vc.MemberInvitation, error)
	MemberInvitationForUpdate(id string) (vc.MemberInvitation, error)
	MemberInvitations(vc.ListQuery) ([]vc.MemberInvitation, error)
	CountMemberInvitations(vc.ListQuery) (int, error)

	InsertLoginCode(vc.LoginCode) error // and its handle
	LoginCodeForUpdate(id string) (vc.LoginCode, error)
	UpdateLoginCode(vc.LoginCode) error // used at, expires at, body, body key
	// DeleteLoginCodes deletes up to max codes that ended before then, with their handles, and says how many.
	DeleteLoginCodes(before time.Time, max int) (int, error)

	AgentSettings() (vc.AgentSettings, error) // of exactly the scope
	// PutAgentSettings inserts settings of revision 1, or updates those whose stored revision is one less (Conflict "stale"), with the
	// handle of their wallet's name; Conflict "duplicate" when another office has that name.
	PutAgentSettings(vc.AgentSettings) error
	Wallets(vc.ListQuery) ([]vc.AgentSettings, error) // that have a wallet's name; in the operator's scope only

	InsertKey(vc.Key) error // of access tokens, operator scope
	Keys(vc.ListQuery) ([]vc.Key, error)
}
