package main

import (
	"context"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/sdk"
)

type apikeyCommands struct {
	Create apikeyCreate `cmd:"" help:"Make an API key; it is shown this once." example:"chancery apikey create registrar --role issuer --role verifier --expires-at 2031-06-30"`
	List   apikeyList   `cmd:"" help:"List API keys." example:"chancery apikey list"`
	Revoke apikeyRevoke `cmd:"" help:"Revoke an API key, everywhere within a second." example:"chancery apikey revoke 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11"`
}

type clientCommands struct {
	Create clientCreate `cmd:"" help:"Make an OAuth 2.0 client; its secret is shown this once." example:"chancery client create campus-portal --role issuer"`
	List   clientList   `cmd:"" help:"List OAuth 2.0 clients." example:"chancery client list"`
	Rotate clientRotate `cmd:"" help:"Give a client a new secret; the old one is refused from then on, or after an overlap." example:"chancery client rotate 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11 --overlap 24h"`
	Revoke clientRevoke `cmd:"" help:"Revoke a client, everywhere within a second." example:"chancery client revoke 01998c1e-7f3a-7c52-9d6e-2f0d6f1c7a11"`
}

// newPrincipal is what an API key and a client are made of.
type newPrincipal struct {
	remote
	Name      string   `arg:"" help:"What it is for."`
	Role      []string `required:"" placeholder:"ROLE[@ORGANISATION]" help:"What it may do, here or in one organisation: operator, tenant-admin, organisation-admin, issuer, verifier, auditor or holder."`
	ExpiresAt moment   `placeholder:"TIME" help:"Until when; by default for ever."`
	ofServer
}

// ofServer chooses between a tenant's principals and the server's own.
type ofServer struct {
	Operator bool `help:"Of the whole server, not of a tenant."`
}

func (o ofServer) within(r remote) remote {
	if o.Operator {
		r.query = "scope=operator"
	}
	return r
}

func (n newPrincipal) order() sdk.NewPrincipal {
	out := sdk.NewPrincipal{Name: n.Name, ExpiresAt: n.ExpiresAt.Time}
	for _, role := range n.Role {
		name, organisation, _ := strings.Cut(role, "@")
		out.Grants = append(out.Grants, sdk.Grant{Role: name, Organisation: organisation})
	}
	return out
}

// rolesOf gives the roles, and where they hold when that is one organisation.
func rolesOf(p sdk.Principal) (roles, organisation string) {
	var names, placed []string
	if len(p.Grants) == 0 {
		return "", ""
	}
	organisation = p.Grants[0].Organisation
	for _, g := range p.Grants {
		names, placed = append(names, g.Role), append(placed, strings.TrimSuffix(g.Role+"@"+g.Organisation, "@"))
		if g.Organisation != p.Grants[0].Organisation {
			organisation = ""
		}
	}
	if organisation == "" {
		names = placed
	}
	return strings.Join(names, ", "), organisation
}

// showPrincipal shows one; label says what its secret is.
func showPrincipal(kind, label string) func(page, sdk.Principal) {
	return func(p page, k sdk.Principal) {
		roles, organisation := rolesOf(k)
		p.card(kind, k.Name, "id", k.ID, "roles", roles, "organisation", organisation, "created", stamp(k.CreatedAt), "expires", stamp(k.ExpiresAt),
			"revoked", stamp(k.RevokedAt), "old secret until", stamp(k.PreviousExpiresAt))
		if k.Secret != "" {
			p.linef("\n%s (shown once, keep it): %s", label, k.Secret)
		}
	}
}

func listPrincipals() func(page, sdk.List[sdk.Principal]) {
	return list([]string{"NAME", "ID", "ROLES", "ORGANISATION", "CREATED", "EXPIRES", "REVOKED"}, func(k sdk.Principal) []string {
		roles, organisation := rolesOf(k)
		return []string{k.Name, k.ID, roles, organisation, stamp(k.CreatedAt), stamp(k.ExpiresAt), stamp(k.RevokedAt)}
	})
}

type apikeyCreate struct{ newPrincipal }

// Run makes an API key.
func (c *apikeyCreate) Run(ctx context.Context, std streams) error {
	return ask(std, c.within(c.remote), func(s *sdk.Client) (sdk.Principal, error) { return s.CreateAPIKey(ctx, c.order()) },
		showPrincipal("api key", "key"))
}

type apikeyList struct {
	shelved
	ofServer
}

// Run lists API keys.
func (c *apikeyList) Run(ctx context.Context, std streams) error {
	return ask(std, c.within(c.remote), func(s *sdk.Client) (sdk.List[sdk.Principal], error) { return s.ListAPIKeys(ctx, c.query()) }, listPrincipals())
}

type apikeyRevoke struct {
	byID
	ofServer
}

// Run revokes an API key.
func (c *apikeyRevoke) Run(ctx context.Context, std streams) error {
	return tell(std, c.within(c.remote), "revoked "+c.ID, func(s *sdk.Client) error { return s.RevokeAPIKey(ctx, c.ID) })
}

type clientCreate struct{ newPrincipal }

// Run makes a client.
func (c *clientCreate) Run(ctx context.Context, std streams) error {
	return ask(std, c.within(c.remote), func(s *sdk.Client) (sdk.Principal, error) { return s.CreateClient(ctx, c.order()) },
		showPrincipal("client", "client_secret"))
}

type clientList struct {
	shelved
	ofServer
}

// Run lists clients.
func (c *clientList) Run(ctx context.Context, std streams) error {
	return ask(std, c.within(c.remote), func(s *sdk.Client) (sdk.List[sdk.Principal], error) { return s.ListClients(ctx, c.query()) }, listPrincipals())
}

type clientRotate struct {
	byID
	ofServer
	Overlap time.Duration `placeholder:"DURATION" help:"For how long the old secret stays good, 24h for example; at most 720h."`
}

// Run gives a client a new secret.
func (c *clientRotate) Run(ctx context.Context, std streams) error {
	return ask(std, c.within(c.remote), func(s *sdk.Client) (sdk.Principal, error) { return s.RotateClientOver(ctx, c.ID, c.Overlap) },
		showPrincipal("client", "client_secret"))
}

type clientRevoke struct {
	byID
	ofServer
}

// Run revokes a client.
func (c *clientRevoke) Run(ctx context.Context, std streams) error {
	return tell(std, c.within(c.remote), "revoked "+c.ID, func(s *sdk.Client) error { return s.RevokeClient(ctx, c.ID) })
}
