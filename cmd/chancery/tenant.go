package main

import (
	"context"

	"github.com/chancery-vc/chancery/sdk"
)

type tenantCommands struct {
	Create  tenantCreate  `cmd:"" help:"Make a tenant." example:"chancery tenant create north --name 'Universities of the North'"`
	List    tenantList    `cmd:"" help:"List tenants." example:"chancery tenant list"`
	Get     tenantGet     `cmd:"" help:"Show a tenant, by id or slug." example:"chancery tenant get north"`
	Update  tenantUpdate  `cmd:"" help:"Rename a tenant, or change what it forbids." example:"chancery tenant update north --forbid-whole-credentials"`
	Archive tenantArchive `cmd:"" help:"Archive a tenant: nobody of it may call any more." example:"chancery tenant archive north"`
	Restore tenantRestore `cmd:"" help:"Restore an archived tenant." example:"chancery tenant restore north"`
}

func showTenant(p page, t sdk.Tenant) {
	p.card("tenant", t.Slug, "name", t.Name, "id", t.ID, "whole credentials", wholeCredentials(t),
		"created", stamp(t.CreatedAt), "archived", stamp(t.ArchivedAt))
}

// wholeCredentials says what is out of the ordinary.
func wholeCredentials(t sdk.Tenant) string {
	if t.ForbidsWholeCredentials {
		return "forbidden"
	}
	return ""
}

type tenantCreate struct {
	remote
	Slug string `arg:"" help:"Short name, as it stands in paths: /t/SLUG/v1."`
	Name string `placeholder:"NAME" help:"Full name; by default the slug."`
}

// Run makes a tenant.
func (c *tenantCreate) Run(ctx context.Context, std streams) error {
	name := c.Name
	if name == "" {
		name = c.Slug
	}
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Tenant, error) {
		return s.CreateTenant(ctx, sdk.NewTenant{Slug: c.Slug, Name: name})
	}, showTenant)
}

type tenantList struct{ shelved }

// Run lists tenants.
func (c *tenantList) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.List[sdk.Tenant], error) { return s.ListTenants(ctx, c.query()) },
		list([]string{"SLUG", "NAME", "ID", "CREATED", "ARCHIVED"}, func(t sdk.Tenant) []string {
			return []string{t.Slug, t.Name, t.ID, stamp(t.CreatedAt), stamp(t.ArchivedAt)}
		}))
}

type tenantGet struct{ byID }

// Run shows a tenant.
func (c *tenantGet) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Tenant, error) { return s.GetTenant(ctx, c.ID) }, showTenant)
}

type tenantUpdate struct {
	byID
	Name        *string `placeholder:"NAME" help:"New name."`
	ForbidWhole *bool   `name:"forbid-whole-credentials" negatable:"" help:"Its organisations issue credentials of credential types alone, or whole ones too."`
}

// Run changes a tenant.
func (c *tenantUpdate) Run(ctx context.Context, std streams) error {
	if c.Name == nil && c.ForbidWhole == nil {
		return usagef("nothing to change: give --name or --[no-]forbid-whole-credentials")
	}
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Tenant, error) {
		return s.UpdateTenant(ctx, c.ID, sdk.TenantPatch{Name: c.Name, ForbidsWholeCredentials: c.ForbidWhole})
	}, showTenant)
}

type tenantArchive struct{ byID }

// Run archives a tenant.
func (c *tenantArchive) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Tenant, error) { return s.ArchiveTenant(ctx, c.ID) }, showTenant)
}

type tenantRestore struct{ byID }

// Run restores a tenant.
func (c *tenantRestore) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Tenant, error) { return s.RestoreTenant(ctx, c.ID) }, showTenant)
}
