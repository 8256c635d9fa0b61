package issuer_test

import (
	stdsql "database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
)

const (
	alice = "did:example:alice"
	bob   = "did:example:bob"
)

// shop is a world with an identity, and a revocable type whose schema wants a ticket.
type shop struct {
	*world
	schema vc.Schema
	ticket vc.CredentialType
	clock  atomic.Int64 // added to the wall's, nanoseconds
}

func newShop(t *testing.T, dsn string) *shop {
	t.Helper()
	s := &shop{}
	now := func() time.Time { return time.Now().Add(time.Duration(s.clock.Load())) }
	s.world = worldOn(t, sql.Config{DSN: dsn, Now: now})
	s.Now = now
	_, err := s.identity.Create(t.Context(), s.by, identity.CreateRequest{})
	s.must(err)
	s.schema, _, err = s.Catalog.CreateSchema(t.Context(), s.by, catalog.NewSchema{Name: "Ticket", TypeName: "Ticket", Document: ticketSchema("ticket")})
	s.must(err)
	s.ticket = s.newType(vc.CredentialType{})
	return s
}

func ticketSchema(claim string) []byte {
	return fmt.Appendf(nil, `{"$schema":"https://json-schema.org/draft/2020-12/schema","type":"object",
		"properties":{"id":{"type":"string","format":"uri"},%q:{"type":"string"}},"required":["id",%q],"additionalProperties":false}`, claim, claim)
}

func (s *shop) newType(t vc.CredentialType) vc.CredentialType {
	s.Helper()
	t.Name, t.Types, t.Schema = "Ticket", []string{"Ticket"}, s.schema.ID
	made, err := s.Catalog.CreateType(s.Context(), s.by, t)
	s.must(err)
	return made
}

func (s *shop) offer(n issuer.NewOffering) issuer.OfferingView {
	s.Helper()
	if n.Type == "" {
		n.Type = s.ticket.ID
	}
	if n.Claims == nil {
		n.Claims = []byte(`{"ticket":"seat 7"}`)
	}
	view, err := s.CreateOffering(s.Context(), s.by, n, issuer.How{})
	s.must(err)
	return view
}

// holder is a caller as the door makes one of a login.
func (s *shop) holder() vc.Caller {
	return vc.Caller{Scope: s.by.Scope, Principal: newID(), Door: "empe", Request: newID()}
}

func (s *shop) view(fn func(issuer.Rows) error) {
	s.Helper()
	s.must(s.Rows.View(s.Context(), s.by.Scope, fn))
}

// counts is what there is of an offering.
func (s *shop) counts(offering string) (redeemed, redemptions, exchanges, credentials int) {
	s.Helper()
	s.view(func(rows issuer.Rows) error {
		o, err := rows.Offering(offering)
		s.must(err)
		all, err := rows.Redemptions(offering, vc.Page{Limit: 1000})
		s.must(err)
		exchanges, err = rows.CountExchanges(vc.ExchangeQuery{Offering: offering})
		s.must(err)
		credentials, err = rows.CountCredentials(vc.CredentialQuery{})
		redeemed, redemptions = o.Redeemed, len(all)
		return err
	})
	return redeemed, redemptions, exchanges, credentials
}

func (s *shop) wantCounts(offering string, want ...int) {
	s.Helper()
	redeemed, redemptions, exchanges, credentials := s.counts(offering)
	if got := fmt.Sprint([]int{redeemed, redemptions, exchanges, credentials}); got != fmt.Sprint(want) {
		s.Errorf("redeemed, redemptions, exchanges, credentials are %s, want %v", got, want)
	}
}

func subject(t *testing.T, secured []byte) map[string]any {
	t.Helper()
	out, ok := said(t, secured)["credentialSubject"].(map[string]any)
	if !ok {
		t.Fatal("no subject")
	}
	return out
}

func TestOfferingsThatAreRefused(t *testing.T) {
	s := newShop(t, storetest.Fresh(t))
	for want, n := range map[string]issuer.NewOffering{
		"recipient-not-a-did /recipient":  {Recipient: "alice"},
		"limit /limit":                    {Limit: -1},
		"expiry-past /expiresAt":          {ExpiresAt: time.Now().Add(-time.Second)},
		"schema-violation /claims/ticket": {Claims: []byte(`{"ticket":7}`)},
		"schema-violation /claims":        {Claims: []byte(`{}`), Recipient: alice},
		"claims-object /claims":           {Claims: []byte(`[]`)},
		"invalid-json /claims":            {Claims: []byte(`{"ticket":"a"`)},
		"type-not-found /type":            {Type: newID()},
		"schema-violation /claims/id":     {Claims: []byte(`{"id":"nobody","ticket":"a"}`)},
		"identity-not-found /issuer":      {Issuer: "did:example:other"},
	} {
		if n.Type == "" {
			n.Type = s.ticket.ID
		}
		if n.Claims == nil {
			n.Claims = []byte(`{"ticket":"a"}`)
		}
		_, err := s.CreateOffering(t.Context(), s.by, n, issuer.How{})
		if e, ok := errors.AsType[*vc.Error](err); !ok || e.Code+" "+e.Pointer != want {
			t.Errorf("%v, want %s", err, want)
		}
	}
	s.view(func(rows issuer.Rows) error {
		if n, err := rows.CountOfferings(vc.OfferingQuery{}); err != nil || n != 0 {
			t.Errorf("%d offerings, %v", n, err)
		}
		return nil
	})
	s.tenant(func(rows access.Rows) error { return rows.UpdateOrganisation(s.organisation(false)) })
	n := issuer.NewOffering{Type: s.ticket.ID, Claims: []byte(`{"ticket":"a"}`)}
	if _, err := s.CreateOffering(t.Context(), s.by, n, issuer.How{}); code(err) != "not-an-issuer" {
		t.Error(err)
	}
}

func TestOfferingOncePerKey(t *testing.T) {
	s := newShop(t, storetest.Fresh(t))
	n := issuer.NewOffering{Type: s.ticket.ID, Claims: []byte(`{"ticket":"a"}`), Recipient: alice}
	how := issuer.How{Key: "k", Operation: "offer", Request: []byte(`{"ticket":"a"}`)}
	first, err := s.CreateOffering(t.Context(), s.by, n, how)
	s.must(err)
	again, err := s.CreateOffering(t.Context(), s.by, n, how)
	s.must(err)
	if again.Offering.ID != first.Offering.ID || again.Offering.State != first.Offering.State || !again.Replayed || again.Recipient != alice {
		t.Errorf("%+v", again)
	}
	if _, err := s.Issue(t.Context(), s.by, vc.Order{}, how); code(err) != "idempotency-key-reused" {
		t.Error(err)
	}
	how.Request = []byte(`{"ticket":"b"}`)
	if _, err := s.CreateOffering(t.Context(), s.by, n, how); code(err) != "idempotency-key-reused" {
		t.Error(err)
	}
}

func TestPublicOffering(t *testing.T) {
	s := newShop(t, storetest.Fresh(t))
	made := s.offer(issuer.NewOffering{Recipient: alice})
	for name, scope := range map[string]vc.Scope{"office": s.by.Scope, "tenant": {Tenant: s.by.Scope.Tenant}} {
		got, err := s.PublicOffering(t.Context(), scope, made.Offering.ID)
		if err != nil || got.Recipient != alice || string(got.Claims) != `{"ticket":"seat 7"}` {
			t.Errorf("%s: %+v %v", name, got, err)
		}
	}
	for name, scope := range map[string]vc.Scope{"another tenant": {Tenant: newID()}, "another organisation": {Tenant: s.by.Scope.Tenant, Organisation: newID()}} {
		if _, err := s.PublicOffering(t.Context(), scope, made.Offering.ID); code(err) != "offering-not-found" {
			t.Errorf("%s: %v", name, err)
		}
		if err := s.WithdrawOffering(t.Context(), vc.Caller{Scope: scope}, made.Offering.ID); code(err) != "offering-not-found" {
			t.Errorf("%s: %v", name, err)
		}
	}
	s.must(s.WithdrawOffering(t.Context(), s.by, made.Offering.ID))
	if _, err := s.PublicOffering(t.Context(), s.by.Scope, made.Offering.ID); code(err) != "offering-not-found" {
		t.Error(err)
	}
	s.view(func(rows issuer.Rows) error {
		o, err := rows.Offering(made.Offering.ID)
		if o.Body != nil || o.BodyKey != nil {
			t.Error("what was withdrawn can still be opened")
		}
		return err
	})
}

// What is offered, to whom and who came stands nowhere in clear: not in a table, not in the journal, not in a log.
func TestOfferingsAreSealed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "chancery.db")
	s := newShop(t, path)
	var logged strings.Builder
	s.Log = slog.New(slog.NewTextHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))
	held := s.newType(vc.CredentialType{Hold: true}).ID
	for _, n := range []issuer.NewOffering{{}, {Recipient: alice}, {Type: held}, {Recipient: alice, Type: held}} {
		n.Claims = []byte(`{"ticket":"Chamber of Secrets"}`)
		_, err := s.Claim(t.Context(), s.holder(), s.offer(n).Offering.ID, alice, issuer.How{Key: newID(), Operation: "claim"})
		s.must(err)
	}
	_, _ = s.Claim(t.Context(), s.holder(), s.offer(issuer.NewOffering{Recipient: alice}).Offering.ID, bob, issuer.How{})
	raw, err := stdsql.Open("sqlite", path)
	s.must(err)
	defer func() { _ = raw.Close() }()
	everything := dump(t, raw) + logged.String()
	if !strings.Contains(everything, "offering.redeemed") || !strings.Contains(everything, "exchange.requested") {
		t.Error("the journal is not among what was read")
	}
	for _, secret := range []string{alice, bob, "Chamber of Secrets"} {
		if strings.Contains(everything, secret) {
			t.Errorf("%q stands in clear", secret)
		}
	}
}

// dump is every value of every table.
func dump(t *testing.T, db *stdsql.DB) string {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	list := func(query string) (out [][]any) {
		rows, err := db.QueryContext(t.Context(), query)
		must(err)
		defer func() { must(rows.Close()) }()
		columns, err := rows.Columns()
		must(err)
		for rows.Next() {
			values, places := make([]any, len(columns)), make([]any, len(columns))
			for i := range values {
				places[i] = &values[i]
			}
			must(rows.Scan(places...))
			out = append(out, values)
		}
		must(rows.Err())
		return out
	}
	var out strings.Builder
	for _, table := range list(`SELECT name FROM sqlite_master WHERE type = 'table'`) {
		for _, row := range list(fmt.Sprintf(`SELECT * FROM %q`, table[0])) {
			for _, value := range row {
				if b, ok := value.([]byte); ok {
					value = string(b)
				}
				fmt.Fprintln(&out, value)
			}
		}
	}
	return out.String()
}

// due lends the jobs of a kind whose time has come.
func (s *shop) due(kind string) []vc.Job {
	s.Helper()
	jobs, err := s.db.Lend(s.Context(), "test", []string{kind}, 10, time.Minute)
	s.must(err)
	return jobs
}
