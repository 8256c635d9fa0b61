package app

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/api/acapy"
	"github.com/chancery-vc/chancery/internal/api/empe/peer"
	"github.com/chancery-vc/chancery/internal/api/meeco"
	"github.com/chancery-vc/chancery/internal/api/native"
	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/did/cheqd"
	"github.com/chancery-vc/chancery/internal/did/empe"
	"github.com/chancery-vc/chancery/internal/did/jwk"
	"github.com/chancery-vc/chancery/internal/did/key"
	didpeer "github.com/chancery-vc/chancery/internal/did/peer"
	"github.com/chancery-vc/chancery/internal/did/web"
	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/jwtvc"
	"github.com/chancery-vc/chancery/internal/format/ldp"
	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/notify"
	"github.com/chancery-vc/chancery/internal/protocol/didcomm"
	"github.com/chancery-vc/chancery/internal/status"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/internal/work"
	"github.com/chancery-vc/chancery/spec/jsonld"
)

// App is a server that is built and not yet answering.
type App struct {
	Config Config
	URL    string // public URL, without a slash at its end

	DB            *sql.DB
	Keys          *local.Store
	Access        *access.Service
	Identity      *identity.Service
	Catalog       *catalog.Service
	Status        *status.Service
	Issuer        *issuer.Desk
	Verifier      *verifier.Service
	Presentations *verifier.Desk
	Holder        *holder.Desk
	Journal       *journal.Publisher
	Reader        *journal.Reader
	Worker        *work.Worker
	Letters       *work.Worker // those of the agents
	Notify        *notify.Desk
	Agent         *agent.Desk
	Wire          *didcomm.Wire
	Metrics       *httpx.Metrics
	Ledger        *cheqd.Writer

	log      *slog.Logger
	listener net.Listener
	doors    map[string]net.Listener
	hooks    acapy.Subscriptions
	lock     io.Closer
}

// Open builds a server: it takes its addresses and its data folder, migrates the database, checks the master key
// and says new admin keys through Config.Notice. Close undoes it.
func Open(ctx context.Context, config Config) (app *App, err error) {
	if err := config.validate(); err != nil {
		return nil, err
	}
	a := &App{Config: config, log: config.Log, Metrics: httpx.NewMetrics(), doors: map[string]net.Listener{}}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	defer func() {
		if err != nil {
			_ = a.Close()
		}
	}()
	if err := a.listen(ctx); err != nil {
		return nil, err
	}
	a.URL = config.publicURL(a.listener.Addr())
	if err := a.openStore(ctx); err != nil {
		return nil, err
	}
	a.build()
	for name := range config.Doors {
		if _, err := a.doorAlone(name, nil); err != nil {
			return nil, err
		}
	}
	if err := a.bootstrap(ctx); err != nil {
		return nil, err
	}
	return a, nil
}

func (a *App) listen(ctx context.Context) error {
	var network net.ListenConfig
	take := func(address string) (net.Listener, error) {
		listener, err := network.Listen(ctx, "tcp", address)
		if err != nil {
			return nil, vc.Errorf(vc.Unavailable, "listen", "cannot listen on %s: %s", address, err)
		}
		if a.Config.TLSCert == "" {
			return listener, nil
		}
		pair, err := tls.LoadX509KeyPair(a.Config.TLSCert, a.Config.TLSKey)
		if err != nil {
			return nil, errors.Join(vc.Errorf(vc.Invalid, "tls", "the TLS certificate cannot be used: %s", err), listener.Close())
		}
		return tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}), nil
	}
	var err error
	if a.listener, err = take(a.Config.listen()); err != nil {
		return err
	}
	for name, address := range a.Config.Doors {
		if a.doors[name], err = take(address); err != nil {
			return err
		}
	}
	return nil
}

func (a *App) openStore(ctx context.Context) error {
	dsn := a.Config.DatabaseURL
	if dsn == "" {
		if err := os.MkdirAll(a.Config.Data, 0o700); err != nil {
			return vc.Errorf(vc.Unavailable, "data-folder", "the data folder cannot be made: %s", err)
		}
		lock, err := lockFolder(a.Config.Data)
		if err != nil {
			return err
		}
		a.lock, dsn = lock, filepath.Join(a.Config.Data, "chancery.db")
	}
	_, statErr := os.Stat(dsn)
	existed := statErr == nil
	masters, fresh, err := a.Config.masterKeys()
	if err != nil {
		return err
	}
	if fresh && existed {
		return errors.Join(vc.Errorf(vc.Invalid, "master-key", "the data folder has a database but no master key: put its master.key back"),
			os.Remove(a.Config.masterKeyPath()))
	}
	a.DB, err = sql.Open(ctx, sql.Config{
		DSN: dsn, Logger: a.log, Now: a.Config.Now,
		Appended: func() { a.Journal.Wake() }, Enqueued: func() { a.Worker.Wake(); a.Letters.Wake(); a.Ledger.Wake() },
	})
	if err != nil {
		return err
	}
	if err := foreignMasterKey(ctx, a.DB, masters); err != nil {
		return err
	}
	if err := a.DB.Migrate(ctx); err != nil {
		return err
	}
	if err := checkMasterKey(ctx, a.DB, masters); err != nil {
		return err
	}
	if a.lock != nil { // nobody else works here: see lockFolder
		if err := a.DB.TakeBack(ctx); err != nil {
			return err
		}
	}
	a.Keys, err = local.New(local.Config{Master: masters, Rows: a.DB})
	return err
}

// build makes services and desks. It is the one list of implementations.
func (a *App) build() {
	c := a.Config
	reach := httpx.ClientConfig{AllowNet: c.AllowNet, AllowLoopbackHTTP: c.Dev}
	client := httpx.NewClient(reach)
	reach.MaxRedirects = -1 // who is asked, or told, is who was named
	direct := httpx.NewClient(reach)
	stores := map[string]keys.Store{local.Name: a.Keys}
	methods := []did.Method{
		key.Method{},
		jwk.Method{},
		didpeer.Method{},
		web.Method{Fetch: client, LoopbackHTTP: c.Dev, Domain: host(a.URL)},
		empe.Method{Fetch: client, Nodes: c.EmpeNodes},
		c.cheqd(),
	}
	formats := []format.Format{jwtvc.Format{}, ldp.New(contexts{a})}

	a.Access = access.New(access.Config{
		Rows: sql.For[access.Rows](a.DB), Directory: a.DB, Keys: a.Keys, Vault: a.Keys, Issuer: a.URL, Now: c.Now,
	})
	a.Identity = identity.New(identity.Config{
		Rows: agent.Identities{Rows: sql.For[agent.IdentityKeys](a.DB)}, Directory: a.DB, Keys: stores, Methods: methods, Now: c.Now,
		LedgerTenants: c.Cheqd.tenants(),
	})
	a.Ledger = a.ledgerWriter(c.cheqd())
	a.Status = status.New(status.Config{
		Rows: sql.For[status.Rows](a.DB), Directory: a.DB, Vault: a.Keys, PublicURL: a.URL, Now: c.Now,
		Alone: c.DatabaseURL == "", // see lockFolder
	})
	a.Catalog = catalog.New(catalog.Config{
		Rows: sql.For[catalog.Rows](a.DB), Directory: a.DB, PublicURL: a.URL, Formats: names(formats), Suites: suites(formats), Now: c.Now,
		Ledgers: ledgers(methods),
	})
	a.Issuer = &issuer.Desk{
		Rows: sql.For[issuer.Rows](a.DB), Catalog: a.Catalog, Identity: a.Identity, Status: a.Status, Keys: stores,
		Organisations: a.Access,
		Vault:         a.Keys, Formats: formats, Log: a.log, Now: c.Now, Window: c.Window, Scrub: a.DB.Scrub, Step: c.Step,
		PublicURL: a.URL, Published: a.watchPublications(),
	}
	a.Verifier = verifier.New(verifier.Config{
		Formats: formats, Resolver: resolver{a.Identity}, Fates: a.Identity, Schemas: a.Catalog,
		Status: a.Status, Fetcher: client, Linked: a.Identity, Callers: a.Access, Now: c.Now, Leeway: clockLeeway,
	})
	a.Presentations = &verifier.Desk{
		Rows: sql.For[verifier.Rows](a.DB), Directory: a.DB, Vault: a.Keys, Verifier: a.Verifier, Schemas: a.Catalog,
		Fetcher: client, Now: c.Now, Scrub: a.DB.Scrub,
		Domains: &verifier.Links{Fetcher: direct, Verifier: a.Verifier, Now: c.Now}, Poster: direct, LoopbackHTTP: c.Dev,
		OwnRequest: meeco.RequestIn(a.URL + meeco.Prefix), OwnDefinition: meeco.DefinitionIn(a.URL + meeco.Prefix),
	}
	a.Holder = &holder.Desk{
		Identity: a.Identity, Formats: formats, Fetcher: client, Now: c.Now,
		Signing: &holder.Signing{Identity: a.Identity, Keys: stores, Rows: sql.For[holder.Rows](a.DB)},
		Wallet: &holder.Wallet{
			Vault: a.Keys, Identities: a.Identity, Judge: judge{a.Verifier}, Schemas: a.Catalog, Scrub: a.DB.Scrub,
			Protocols: []holder.Protocol{peer.Protocol{Client: direct}},
		},
	}
	a.Journal = &journal.Publisher{Sequencer: a.DB, Masters: a.Keys.MasterKeys(), Log: a.log}
	a.Reader = &journal.Reader{Rows: sql.For[journal.Rows](a.DB), Publisher: a.Journal}
	a.buildAgent(stores, client)
	a.Notify = &notify.Desk{
		Rows: sql.For[notify.Rows](a.DB), Lender: a.DB, Vault: a.Keys, Publisher: a.Journal,
		Forms: []notify.Form{native.Form{}, &acapy.Form{Agent: a.Agent, Multitenant: c.Agents.Multitenant, Preserve: c.Agents.Preserve}},
		Sender: httpx.NewClient(httpx.ClientConfig{
			AllowNet: c.AllowNet, AllowLoopbackHTTP: c.Dev, MaxRedirects: -1, UserAgent: "chancery-webhooks",
		}),
		Metrics: notify.NewMetrics(a.Metrics.Registry()), Log: a.log, Now: c.Now,
	}
	a.Worker = &work.Worker{
		Lender: a.DB, Log: a.log, Now: c.Now,
		Handlers: map[string]work.Handler{
			issuer.JobErase: a.Issuer.EraseJob, issuer.JobLapse: a.Issuer.LapseJob, issuer.JobExpire: a.Issuer.ExpireExchange,
			verifier.JobPush: a.Presentations.PushJob, holder.JobExpire: a.Holder.ExpireFlow, vc.JobPublish: a.Issuer.PublishJob,
		},
	}
}

func (a *App) bootstrap(ctx context.Context) error {
	notice := a.Config.Notice
	if notice == nil {
		notice = func(string) {}
	}
	if a.Config.Dev {
		secret, err := a.Access.BootstrapFresh(ctx, "dev")
		if err == nil {
			notice("admin key (until the next start): " + secret)
		}
		return err
	}
	return a.Access.Bootstrap(ctx, "admin", func(secret string) { notice("admin key (shown once, keep it): " + secret) })
}

// Close ends everything that Open began.
func (a *App) Close() error {
	var errs []error
	if a.Status != nil {
		a.Status.Close()
	}
	if a.DB != nil {
		errs = append(errs, a.DB.Close())
	}
	for _, listener := range append([]net.Listener{a.listener}, values(a.doors)...) {
		if listener == nil {
			continue
		}
		if err := listener.Close(); !errors.Is(err, net.ErrClosed) {
			errs = append(errs, err)
		}
	}
	if a.lock != nil {
		errs = append(errs, a.lock.Close())
	}
	return errors.Join(errs...)
}

// DoorAddr is the address of a door's own listener; nil when it has none.
func (a *App) DoorAddr(name string) net.Addr {
	if listener := a.doors[name]; listener != nil {
		return listener.Addr()
	}
	return nil
}

func values[K comparable, V any](m map[K]V) []V {
	out := make([]V, 0, len(m))
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// host is the host, with the port where it has one, of a URL: the domain of did:web documents that are served here.
func host(publicURL string) string {
	u, err := url.Parse(publicURL)
	if err != nil {
		return ""
	}
	return u.Host
}

func names(formats []format.Format) []string {
	var out []string
	for _, f := range formats {
		out = append(out, f.Name())
	}
	return out
}

// ledgers are the methods whose DIDs have resources on a ledger.
func ledgers(methods []did.Method) []string {
	var out []string
	for _, m := range methods {
		if _, ok := m.(did.Library); ok {
			out = append(out, m.Name())
		}
	}
	return out
}

func suites(formats []format.Format) map[string][]format.Suite {
	out := map[string][]format.Suite{}
	for _, f := range formats {
		out[f.Name()] = format.Suites(f)
	}
	return out
}

// contexts are those of the catalog, which is built after the formats.
type contexts struct{ app *App }

// ContextLoader gives the contexts of a scope.
func (c contexts) ContextLoader(ctx context.Context, scope vc.Scope) jsonld.Loader {
	return c.app.Catalog.ContextLoader(ctx, scope)
}

// clockLeeway is how far an issuer's clock may be ahead of ours.
const clockLeeway = 30 * time.Second

// sweepEvery is how often forgotten idempotency keys are removed.
const sweepEvery = time.Minute
