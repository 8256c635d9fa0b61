package sdk

import (
	"context"
	"net/http"
	"time"
)

// Whoami says who calls, where the call acts, and what it may do there.
type Whoami struct {
	Principal    string   `json:"principal"`
	Kind         string   `json:"kind"`
	Name         string   `json:"name"`
	Tenant       string   `json:"tenant"`
	Organisation string   `json:"organisation"`
	Grants       []Grant  `json:"grants"`
	Permissions  []string `json:"permissions"`
}

// Tenant is a customer of the server.
type Tenant struct {
	ID         string    `json:"id"`
	Slug       string    `json:"slug"`
	Name       string    `json:"name"`
	CreatedAt  time.Time `json:"createdAt"`
	ArchivedAt time.Time `json:"archivedAt,omitzero"`

	ForbidsWholeCredentials bool `json:"forbidsWholeCredentials"`
}

// TenantPatch changes what is not nil. Where whole credentials are forbidden, organisations issue those of credential types
// alone.
type TenantPatch struct {
	Name                    *string `json:"name,omitempty"`
	ForbidsWholeCredentials *bool   `json:"forbidsWholeCredentials,omitempty"`
}

// NewTenant asks for a tenant.
type NewTenant struct {
	Slug string `json:"slug"`
	Name string `json:"name"`
}

// Organisation issues, verifies or both.
type Organisation struct {
	ID         string    `json:"id"`
	Tenant     string    `json:"tenant"`
	Name       string    `json:"name"`
	MayIssue   bool      `json:"mayIssue"`
	MayVerify  bool      `json:"mayVerify"`
	CreatedAt  time.Time `json:"createdAt"`
	ArchivedAt time.Time `json:"archivedAt,omitzero"`
}

// NewOrganisation asks for an organisation.
type NewOrganisation struct {
	Name      string `json:"name"`
	MayIssue  bool   `json:"mayIssue"`
	MayVerify bool   `json:"mayVerify"`
}

// OrganisationPatch changes what is not nil.
type OrganisationPatch struct {
	Name      *string `json:"name,omitempty"`
	MayIssue  *bool   `json:"mayIssue,omitempty"`
	MayVerify *bool   `json:"mayVerify,omitempty"`
}

// Grant is a role in a scope. To make one, name the role and, where it is not for the caller's whole scope, the
// organisation; Tenant is only read.
type Grant struct {
	Role         string `json:"role"` // operator, tenant-admin, organisation-admin, issuer, verifier, auditor, holder
	Tenant       string `json:"tenant,omitempty"`
	Organisation string `json:"organisation,omitempty"`
}

// Principal is an API key or an OAuth client. Secret is there once: in the answer that made it.
type Principal struct {
	ID        string    `json:"id"`
	Name      string    `json:"name"`
	Grants    []Grant   `json:"grants"`
	Secret    string    `json:"secret,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
	RevokedAt time.Time `json:"revokedAt,omitzero"`

	PreviousExpiresAt time.Time `json:"previousExpiresAt,omitzero"` // until then the secret before the last rotation is good too
}

// NewPrincipal asks for an API key or an OAuth client. ExpiresAt zero means never.
type NewPrincipal struct {
	Name      string    `json:"name"`
	Grants    []Grant   `json:"grants"`
	ExpiresAt time.Time `json:"expiresAt,omitzero"`
}

// Whoami asks who calls.
func (c *Client) Whoami(ctx context.Context) (Whoami, error) {
	return read[Whoami](ctx, c, "/whoami", nil)
}

// ListTenants lists tenants, for an operator.
func (c *Client) ListTenants(ctx context.Context, q ListQuery) (List[Tenant], error) {
	return read[List[Tenant]](ctx, c, "/tenants", q.values())
}

// CreateTenant makes a tenant.
func (c *Client) CreateTenant(ctx context.Context, n NewTenant) (Tenant, error) {
	return write[Tenant](ctx, c, "/tenants", n)
}

// GetTenant gives a tenant by id or slug.
func (c *Client) GetTenant(ctx context.Context, id string) (Tenant, error) {
	return read[Tenant](ctx, c, "/tenants/"+escape(id), nil)
}

// UpdateTenant renames a tenant, or changes what it forbids.
func (c *Client) UpdateTenant(ctx context.Context, id string, p TenantPatch) (Tenant, error) {
	return call[Tenant](ctx, c, request{method: http.MethodPatch, path: "/tenants/" + escape(id), in: p})
}

// ArchiveTenant archives a tenant: nobody of it may call.
func (c *Client) ArchiveTenant(ctx context.Context, id string) (Tenant, error) {
	return write[Tenant](ctx, c, "/tenants/"+escape(id)+"/archive", nil)
}

// RestoreTenant undoes ArchiveTenant.
func (c *Client) RestoreTenant(ctx context.Context, id string) (Tenant, error) {
	return write[Tenant](ctx, c, "/tenants/"+escape(id)+"/restore", nil)
}

// ListOrganisations lists organisations.
func (c *Client) ListOrganisations(ctx context.Context, q ListQuery) (List[Organisation], error) {
	return read[List[Organisation]](ctx, c, "/organisations", q.values())
}

// CreateOrganisation makes an organisation.
func (c *Client) CreateOrganisation(ctx context.Context, n NewOrganisation) (Organisation, error) {
	return write[Organisation](ctx, c, "/organisations", n)
}

// GetOrganisation gives an organisation.
func (c *Client) GetOrganisation(ctx context.Context, id string) (Organisation, error) {
	return read[Organisation](ctx, c, "/organisations/"+escape(id), nil)
}

// UpdateOrganisation changes an organisation.
func (c *Client) UpdateOrganisation(ctx context.Context, id string, p OrganisationPatch) (Organisation, error) {
	return call[Organisation](ctx, c, request{method: http.MethodPatch, path: "/organisations/" + escape(id), in: p})
}

// ArchiveOrganisation archives an organisation.
func (c *Client) ArchiveOrganisation(ctx context.Context, id string) (Organisation, error) {
	return write[Organisation](ctx, c, "/organisations/"+escape(id)+"/archive", nil)
}

// RestoreOrganisation undoes ArchiveOrganisation.
func (c *Client) RestoreOrganisation(ctx context.Context, id string) (Organisation, error) {
	return write[Organisation](ctx, c, "/organisations/"+escape(id)+"/restore", nil)
}

// ListAPIKeys lists API keys. A page may hold fewer than the limit and still have a next one.
func (c *Client) ListAPIKeys(ctx context.Context, q ListQuery) (List[Principal], error) {
	return read[List[Principal]](ctx, c, "/api-keys", q.values())
}

// CreateAPIKey makes an API key; the answer has its secret, this once.
func (c *Client) CreateAPIKey(ctx context.Context, n NewPrincipal) (Principal, error) {
	return write[Principal](ctx, c, "/api-keys", n)
}

// GetAPIKey gives an API key, without its secret.
func (c *Client) GetAPIKey(ctx context.Context, id string) (Principal, error) {
	return read[Principal](ctx, c, "/api-keys/"+escape(id), nil)
}

// RevokeAPIKey ends an API key, everywhere within a second.
func (c *Client) RevokeAPIKey(ctx context.Context, id string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: "/api-keys/" + escape(id)})
}

// ListClients lists OAuth clients. A page may hold fewer than the limit and still have a next one.
func (c *Client) ListClients(ctx context.Context, q ListQuery) (List[Principal], error) {
	return read[List[Principal]](ctx, c, "/clients", q.values())
}

// CreateClient makes an OAuth client; its id is the client_id, and the answer has its secret, this once.
func (c *Client) CreateClient(ctx context.Context, n NewPrincipal) (Principal, error) {
	return write[Principal](ctx, c, "/clients", n)
}

// GetClient gives an OAuth client, without its secret.
func (c *Client) GetClient(ctx context.Context, id string) (Principal, error) {
	return read[Principal](ctx, c, "/clients/"+escape(id), nil)
}

// RotateClient gives an OAuth client a new secret; the old one is refused from then on.
func (c *Client) RotateClient(ctx context.Context, id string) (Principal, error) {
	return write[Principal](ctx, c, "/clients/"+escape(id)+"/rotate", nil)
}

// RotateClientOver is RotateClient with a time for which the old secret stays good, whole seconds up to 30 days.
func (c *Client) RotateClientOver(ctx context.Context, id string, overlap time.Duration) (Principal, error) {
	return write[Principal](ctx, c, "/clients/"+escape(id)+"/rotate", map[string]int64{"overlap": int64(overlap / time.Second)})
}

// RevokeClient ends an OAuth client, everywhere within a second.
func (c *Client) RevokeClient(ctx context.Context, id string) error {
	return c.do(ctx, request{method: http.MethodDelete, path: "/clients/" + escape(id)})
}
