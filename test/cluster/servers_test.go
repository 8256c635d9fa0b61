// Package cluster runs two servers on one PostgreSQL and counts what they did together.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/sdk"
)

// clients is how many there are of each server.
const clients = 32

// cluster is two servers with pools of their own, and one issuer that calls both.
type cluster struct {
	servers [2]*app.App
	issuer  [2]*sdk.Client
	tenant  [2]*sdk.Client // the operator, inside the tenant
	did     string
	kind    string
}

func open(t testing.TB) *cluster {
	t.Helper()
	c := &cluster{}
	config := app.Config{
		DatabaseURL: storetest.FreshPostgres(t), MasterKey: local.NewMasterKey().Reveal(), Listen: "127.0.0.1:0", PublicURL: "https://vc.example",
		Log: slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	var admin string
	config.Notice = func(text string) { _, admin, _ = strings.Cut(text, "keep it): ") }
	for i := range c.servers {
		a, err := app.Open(t.Context(), config)
		check(t, err)
		ctx, stop := context.WithCancel(context.Background())
		ended := make(chan error, 1)
		go func() { ended <- a.Run(ctx) }()
		t.Cleanup(func() {
			stop()
			check(t, errors.Join(<-ended, a.Close()))
		})
		c.servers[i] = a
	}
	c.setUp(t, admin)
	return c
}

// setUp makes tenant, organisation, DID, schema and type on the first server.
func (c *cluster) setUp(t testing.TB, admin string) {
	t.Helper()
	ctx := t.Context()
	tenant, err := sdk.New(c.url(0), admin).CreateTenant(ctx, sdk.NewTenant{Slug: "north", Name: "North"})
	check(t, err)
	transport := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: clients + 4}}
	for i := range c.tenant {
		c.tenant[i] = &sdk.Client{BaseURL: c.url(i), Token: admin, Tenant: tenant.Slug, HTTP: transport, Attempts: 1}
	}
	organisation, err := c.tenant[0].CreateOrganisation(ctx, sdk.NewOrganisation{Name: "University", MayIssue: true, MayVerify: true})
	check(t, err)
	acting := *c.tenant[0]
	acting.Organisation = organisation.ID
	key, err := acting.CreateAPIKey(ctx, sdk.NewPrincipal{
		Name: "registrar", Grants: []sdk.Grant{{Role: "organisation-admin", Organisation: organisation.ID}},
	})
	check(t, err)
	for i := range c.issuer {
		c.issuer[i] = &sdk.Client{BaseURL: c.url(i), Token: key.Secret, HTTP: transport, Attempts: 1}
	}
	did, err := c.issuer[0].CreateDID(ctx, sdk.NewDID{Method: "key", Algorithm: "Ed25519"})
	check(t, err)
	schema, err := c.issuer[1].CreateSchema(ctx, sdk.NewSchema{Name: "Degree", TypeName: "Degree", Schema: map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
		"properties": map[string]any{"id": map[string]any{"type": "string"}, "number": map[string]any{"type": "string"}},
		"required":   []string{"number"}, "additionalProperties": false,
	}})
	check(t, err)
	kind, err := c.issuer[0].CreateType(ctx, sdk.NewType{
		Name: "Degree", Types: []string{"Degree"}, Schema: sdk.SchemaReference{ID: schema.ID}, Purposes: []string{"revocation", "suspension"},
	})
	check(t, err)
	c.did, c.kind = did.DID, kind.ID
}

func (c *cluster) url(i int) string { return fmt.Sprint("http://", c.servers[i].Addr()) }

func (c *cluster) order(number string) sdk.Order {
	return sdk.Order{
		Type: c.kind, Issuer: c.did, IdempotencyKey: number,
		Claims: map[string]any{"id": "did:example:" + number, "number": number},
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
