package agent_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/did/key"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
)

// office is a database with wallets on it, and a clock.
type office struct {
	t        *testing.T
	db       *sql.DB
	keys     *local.Store
	access   *access.Service
	identity *identity.Service
	operator access.Actor

	mu sync.Mutex
	at time.Time
}

func newOffice(t *testing.T) *office {
	o := &office{t: t, at: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	db, err := sql.Open(t.Context(), sql.Config{DSN: storetest.Fresh(t)})
	fine(t, err)
	t.Cleanup(func() { _ = db.Close() })
	fine(t, db.Migrate(t.Context()))
	o.db = db
	o.keys, err = local.New(local.Config{Master: local.MasterKeys{Current: local.NewMasterKey()}, Rows: db})
	fine(t, err)
	o.access = access.New(access.Config{
		Rows: sql.For[access.Rows](db), Directory: db, Keys: o.keys, Vault: o.keys, Issuer: "https://chancery.example", Now: o.now,
	})
	o.identity = identity.New(identity.Config{
		Rows: sql.For[identity.Rows](db), Directory: db, Keys: map[string]keys.Store{local.Name: o.keys},
		Methods: []did.Method{key.Method{}}, Now: o.now,
	})
	secret, err := o.access.BootstrapFresh(t.Context(), "admin")
	fine(t, err)
	operator, err := o.access.Authenticate(t.Context(), "Bearer "+secret)
	fine(t, err)
	o.operator = access.Actor{Principal: operator, Door: "test"}
	return o
}

// wallet makes a wallet and gives who acts in it.
func (o *office) wallet(name string, settings vc.AgentSettings) vc.Caller {
	o.t.Helper()
	w, _, err := o.access.CreateWallet(o.t.Context(), o.operator, access.NewWallet{Name: name, Settings: settings})
	fine(o.t, err)
	return vc.Caller{Scope: w.Scope(), Principal: w.Settings.ID, Door: "test"}
}

// server is one more server on the database.
func (o *office) server(defaults vc.AgentSettings) *agent.Desk {
	return &agent.Desk{
		Rows: sql.For[agent.Rows](o.db), Directory: o.db, Keys: map[string]keys.Store{local.Name: o.keys}, Vault: o.keys,
		Identity: o.identity, Defaults: defaults, Now: o.now,
	}
}

func (o *office) now() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.at
}

func (o *office) pass(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.at = o.at.Add(d)
}

func fine(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refuses(t *testing.T, err error, kind vc.Kind, code, pointer string) {
	t.Helper()
	e, ok := err.(*vc.Error)
	if !ok || e.Kind != kind || e.Code != code || e.Pointer != pointer {
		t.Errorf("got %v, want %v %s at %q", err, kind, code, pointer)
	}
}

func TestSettings(t *testing.T) {
	o := newOffice(t)
	yes, no := true, false
	defaults := vc.AgentSettings{Label: "Server", AutoIssue: &yes, AutoStore: &yes, Dispatch: agent.DispatchDefault}
	here, there := o.server(defaults), o.server(defaults)
	by := o.wallet("one", vc.AgentSettings{AutoIssue: &no, ImageURL: "https://one.example/logo.png"})
	other := o.wallet("two", vc.AgentSettings{Label: "Two"})

	is := func(d *agent.Desk, scope vc.Scope, label string, issues bool) {
		t.Helper()
		got, err := d.Settings(t.Context(), scope)
		fine(t, err)
		if got.Label != label || got.AutoIssue == nil || *got.AutoIssue != issues || got.AutoStore == nil || !*got.AutoStore || got.AutoPing != nil {
			t.Errorf("%+v", got)
		}
	}
	for _, d := range []*agent.Desk{here, there} {
		is(d, by.Scope, "Server", false)
		is(d, other.Scope, "Two", true)
		is(d, vc.Scope{Tenant: "t", Organisation: "o"}, "Server", true) // who says nothing
	}
	changed, err := here.ChangeSettings(t.Context(), by, func(s *vc.AgentSettings) error {
		s.Label, s.AutoIssue, s.Webhooks, s.Extra = "One", nil, []string{"https://one.example"}, []byte(`{"ACAPY_X":1}`)
		s.ID, s.Scope, s.Wallet, s.TokenAt, s.Revision, s.PublicDID = "x", other.Scope, "stolen", time.Time{}, 9, "x"
		return nil
	})
	fine(t, err)
	if changed.Wallet != "one" || changed.Scope != by.Scope || changed.Revision != 2 || changed.TokenAt.IsZero() || changed.PublicDID != "" || changed.ID == "x" {
		t.Errorf("%+v", changed)
	}
	is(here, by.Scope, "One", true)
	is(there, by.Scope, "Server", false) // at most a second stale
	o.pass(time.Second)
	is(there, by.Scope, "One", true)
	is(here, other.Scope, "Two", true)
	own, err := there.OwnSettings(t.Context(), by.Scope)
	fine(t, err)
	if own.AutoIssue != nil || own.AutoStore != nil || string(own.Extra) != `{"ACAPY_X":1}` || len(own.Webhooks) != 1 || own.ImageURL == "" {
		t.Errorf("%+v", own)
	}
}

// The keys of webhooks lie sealed in the store, for their office alone, and under a new salt each time.
func TestWebhookKeysAreSealed(t *testing.T) {
	o := newOffice(t)
	d := o.server(vc.AgentSettings{})
	by, other := o.wallet("one", vc.AgentSettings{}), o.wallet("two", vc.AgentSettings{})
	change := func(urls ...string) vc.AgentSettings {
		t.Helper()
		s, err := d.ChangeSettings(t.Context(), by, func(s *vc.AgentSettings) error { s.Webhooks = urls; return nil })
		fine(t, err)
		for _, url := range s.Webhooks {
			if strings.Contains(url, "#") {
				t.Errorf("%q is stored", url)
			}
		}
		return s
	}
	told := func(s vc.AgentSettings) (all []string) {
		t.Helper()
		receivers, err := d.Receivers(t.Context(), s, nil)
		fine(t, err)
		for _, r := range receivers {
			all = append(all, r.URL+"#"+r.Key)
		}
		return all
	}
	if s := change("https://a.example", "https://b.example"); s.HookKeys != nil || s.HookSalt != nil {
		t.Errorf("%+v", s)
	}
	first := change("https://a.example#one", "https://b.example", "https://a.example#two")
	want := []string{"https://a.example#one", "https://b.example#", "https://a.example#two"}
	if got := told(first); !slices.Equal(got, want) || len(first.HookSalt) == 0 {
		t.Errorf("%v", got)
	}
	second, err := d.ChangeSettings(t.Context(), by, func(s *vc.AgentSettings) error { s.Label = "x"; return nil })
	fine(t, err)
	if got := told(second); !slices.Equal(got, want) || bytes.Equal(first.HookSalt, second.HookSalt) {
		t.Errorf("%v", got)
	}
	moved := second
	moved.Scope = other.Scope
	if _, err := d.Receivers(t.Context(), moved, nil); err == nil {
		t.Error("another office opens them")
	}
	kept := told(change("https://b.example", "https://a.example", "https://a.example#", "https://b.example#three"))
	if !slices.Equal(kept, []string{"https://b.example#", "https://a.example#one", "https://a.example#", "https://b.example#three"}) {
		t.Errorf("%v", kept)
	}
	if s := change("https://b.example#", "https://a.example#"); s.HookKeys != nil {
		t.Errorf("%+v", s)
	}
	own := vc.AgentSettings{Scope: by.Scope, Webhooks: []string{"https://a.example#plain"}}
	twice, err := d.Receivers(t.Context(), own, []string{"https://a.example#plain", "https://c.example"})
	fine(t, err)
	if len(twice) != 2 || twice[0].Key != "plain" || twice[0].Name == "" || twice[0].Name == twice[1].Name {
		t.Errorf("%+v", twice)
	}
	own.Scope = other.Scope
	if elsewhere, err := d.Receivers(t.Context(), own, nil); err != nil || elsewhere[0].Name == twice[0].Name {
		t.Errorf("%+v %v: a name tells which offices have the same", elsewhere, err)
	}
}

// An office that said nothing yet says something for the first time: of a tenant that is no wallet.
func TestFirstSettings(t *testing.T) {
	o := newOffice(t)
	d := o.server(vc.AgentSettings{Label: "Server"})
	tenant, err := o.access.CreateTenant(t.Context(), o.operator, vc.Tenant{Slug: "acme", Name: "Acme"})
	fine(t, err)
	organisation, err := o.access.CreateOrganisation(t.Context(), o.operator, vc.Organisation{Tenant: tenant.ID, Name: "Acme"})
	fine(t, err)
	by := vc.Caller{Scope: vc.Scope{Tenant: tenant.ID, Organisation: organisation.ID}, Principal: "p"}
	if own, err := d.OwnSettings(t.Context(), by.Scope); err != nil || own.Revision != 0 {
		t.Errorf("%+v %v", own, err)
	}
	var all sync.WaitGroup
	for i := range 5 {
		all.Go(func() {
			_, err := d.ChangeSettings(context.Background(), by, func(s *vc.AgentSettings) error {
				s.Webhooks = append(s.Webhooks, "https://acme.example/"+string(rune('a'+i)))
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	own, err := d.OwnSettings(t.Context(), by.Scope)
	fine(t, err)
	if own.Revision != 5 || len(own.Webhooks) != 5 || own.Wallet != "" {
		t.Errorf("%+v", own)
	}
	if list, err := o.access.Wallets(t.Context(), o.operator, vc.Page{}, ""); err != nil || len(list) != 0 {
		t.Errorf("%d wallets, %v", len(list), err)
	}
}

func TestSettingsRefused(t *testing.T) {
	o := newOffice(t)
	d := o.server(vc.AgentSettings{})
	by := o.wallet("one", vc.AgentSettings{Label: "One"})
	for pointer, change := range map[string]func(*vc.AgentSettings){
		"/label":                func(s *vc.AgentSettings) { s.Label = "a\x00" },
		"/image_url":            func(s *vc.AgentSettings) { s.ImageURL = strings.Repeat("x", 9000) },
		"/wallet_webhook_urls":  func(s *vc.AgentSettings) { s.Webhooks = make([]string, 33) },
		"/extra_settings":       func(s *vc.AgentSettings) { s.Extra = []byte("[]") },
		"/wallet_dispatch_type": func(s *vc.AgentSettings) { s.Dispatch = "all" },
		"/credential_status":    func(s *vc.AgentSettings) { s.CredentialStatus = "RevocationList2020Status" },
	} {
		_, err := d.ChangeSettings(t.Context(), by, func(s *vc.AgentSettings) error { change(s); return nil })
		refuses(t, err, vc.Invalid, "settings-invalid", pointer)
	}
	_, err := d.ChangeSettings(t.Context(), by, func(s *vc.AgentSettings) error { s.Mediation = "none"; return nil })
	refuses(t, err, vc.NotFound, "mediation-not-found", "/mediation")
	mine := vc.Errorf(vc.Invalid, "mine", "mine")
	_, err = d.ChangeSettings(t.Context(), by, func(*vc.AgentSettings) error { return mine })
	refuses(t, err, vc.Invalid, "mine", "")
	if own, err := d.OwnSettings(t.Context(), by.Scope); err != nil || own.Revision != 1 || own.Label != "One" {
		t.Errorf("%+v %v", own, err)
	}
}

func TestPublicDID(t *testing.T) {
	o := newOffice(t)
	d := o.server(vc.AgentSettings{})
	by, other := o.wallet("one", vc.AgentSettings{}), o.wallet("two", vc.AgentSettings{})
	_, err := d.PublicDID(t.Context(), by.Scope)
	refuses(t, err, vc.NotFound, "public-did-not-found", "")
	mine, err := o.identity.Create(t.Context(), by, identity.CreateRequest{Agent: true})
	fine(t, err)
	holding, err := o.identity.Create(t.Context(), by, identity.CreateRequest{Holding: true})
	fine(t, err)
	theirs, err := o.identity.Create(t.Context(), other, identity.CreateRequest{Agent: true})
	fine(t, err)
	for _, who := range []string{holding.DID, theirs.DID, "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK", "x"} {
		_, err := d.SetPublicDID(t.Context(), by, who)
		refuses(t, err, vc.NotFound, "identity-not-found", "")
	}
	for _, who := range []string{mine.DID, mine.ID} {
		got, err := d.SetPublicDID(t.Context(), by, who)
		fine(t, err)
		if got.ID != mine.ID {
			t.Errorf("%+v", got)
		}
	}
	if got, err := d.PublicDID(t.Context(), by.Scope); err != nil || got.ID != mine.ID {
		t.Errorf("%+v %v", got, err)
	}
	if settings, err := d.ChangeSettings(t.Context(), by, func(s *vc.AgentSettings) error { s.PublicDID = ""; return nil }); err != nil || settings.PublicDID != mine.ID {
		t.Errorf("%+v %v", settings, err)
	}
	_, err = d.PublicDID(t.Context(), other.Scope)
	refuses(t, err, vc.NotFound, "public-did-not-found", "")
	_, err = o.identity.Deactivate(t.Context(), by, mine.ID)
	fine(t, err)
	_, err = d.PublicDID(t.Context(), by.Scope)
	refuses(t, err, vc.NotFound, "public-did-not-found", "")
	_, err = d.SetPublicDID(t.Context(), by, mine.ID)
	refuses(t, err, vc.Conflict, "identity-deactivated", "")
}

func TestIdentityMetadata(t *testing.T) {
	o := newOffice(t)
	d := o.server(vc.AgentSettings{})
	by, other := o.wallet("one", vc.AgentSettings{}), o.wallet("two", vc.AgentSettings{})
	one, err := o.identity.Create(t.Context(), by, identity.CreateRequest{Agent: true})
	fine(t, err)
	two, err := o.identity.Create(t.Context(), by, identity.CreateRequest{Agent: true})
	fine(t, err)
	fine(t, d.SetIdentityMetadata(t.Context(), by, one.DID, map[string]jsontext.Value{"a": jsontext.Value(`{"b":1}`), "c": jsontext.Value(`2`)}))
	fine(t, d.SetIdentityMetadata(t.Context(), by, one.ID, map[string]jsontext.Value{"c": jsontext.Value(`null`)}))
	got, err := d.IdentityMetadata(t.Context(), by.Scope, one.ID, two.ID)
	fine(t, err)
	if len(got) != 1 || len(got[one.ID]) != 1 || string(got[one.ID]["a"]) != `{"b":1}` {
		t.Errorf("%v", got)
	}
	if got, err := d.IdentityMetadata(t.Context(), other.Scope, one.ID); err != nil || len(got) != 0 {
		t.Errorf("%v %v", got, err)
	}
	refuses(t, d.SetIdentityMetadata(t.Context(), other, one.ID, map[string]jsontext.Value{}), vc.NotFound, "identity-not-found", "")
	refuses(t, d.SetIdentityMetadata(t.Context(), by, one.ID, map[string]jsontext.Value{"x": jsontext.Value(`"` + strings.Repeat("y", 65536) + `"`)}),
		vc.Invalid, "metadata-too-large", "/metadata")
}
