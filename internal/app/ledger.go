package app

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/big"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/chancery-vc/chancery/internal/did/cheqd"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Cheqd is how did:cheqd is written and read.
type Cheqd struct {
	// Networks are "REST" or "REST,RPC" by name, "mainnet" and "testnet": URLs of a node's REST gateway and of its RPC.
	Networks map[string]string
	// Registrars are URLs of DIF Universal Registrars by network, "https://registrar.example/1.0/", which write and pay in our place;
	// Tokens are the bearer tokens that they want. Resolvers are URLs of universal resolvers, "https://resolver.cheqd.net/1.0/identifiers/",
	// of networks without a node.
	Registrars, Tokens, Resolvers map[string]string
	// NoRegistrar takes this server's own registrar away, below /1.0; the resolver stays.
	NoRegistrar bool
	Ceiling     string // CHEQ that are paid for a transaction at most; "" is 250
	Low         string // CHEQ that an account is said to be low below; "" is 500
	// Tenants are slugs of the tenants that the accounts pay for, "*" for all; nil: [vc.DefaultTenant] alone.
	Tenants []string
}

var ledgerTenant = regexp.MustCompile(`^[a-z0-9-]{1,63}$`)

// lowBalance is what an account has at least before it is said to be low, in CHEQ.
const lowBalance = "500"

func (c Cheqd) tenants() []string {
	if c.Tenants == nil {
		return []string{vc.DefaultTenant}
	}
	return c.Tenants
}

func (c Cheqd) networks() map[string]cheqd.Network {
	networks := make(map[string]cheqd.Network, len(c.Networks))
	for name, text := range c.Networks {
		rest, rpc, _ := strings.Cut(text, ",")
		networks[name] = cheqd.Network{REST: strings.TrimSpace(rest), RPC: strings.TrimSpace(rpc)}
	}
	set := func(values map[string]string, field func(*cheqd.Network) *string) {
		for name, text := range values {
			network := networks[name]
			*field(&network) = strings.TrimSpace(text)
			networks[name] = network
		}
	}
	set(c.Registrars, func(n *cheqd.Network) *string { return &n.Registrar })
	set(c.Tokens, func(n *cheqd.Network) *string { return &n.Token })
	set(c.Resolvers, func(n *cheqd.Network) *string { return &n.Resolver })
	return networks
}

// ledgerClient is the client that asks ledgers: no redirects, answers as long as theirs are.
func (c Config) ledgerClient() caller {
	reach := httpx.ClientConfig{AllowNet: c.AllowNet, AllowLoopbackHTTP: c.Dev, MaxRedirects: -1, MaxBody: cheqd.MaxAnswer}
	quick := httpx.NewClient(reach)
	reach.Timeout = registrarTimeout
	return caller{client: quick, patient: httpx.NewClient(reach)}
}

// registrarTimeout is how long a registrar may take, which waits for a block: less than a transaction is lent for.
const registrarTimeout = 45 * time.Second

func (c Config) cheqd() cheqd.Method {
	client := c.ledgerClient()
	return cheqd.Method{Call: client, Remote: client, Networks: c.Cheqd.networks()}
}

func (c Config) validateCheqd(bad func(string, ...any) error) error {
	if fault := c.cheqd().Check(); fault != nil {
		return bad("--cheqd-network: %s", fault.Message)
	}
	for _, network := range c.Cheqd.networks() {
		for _, of := range []struct{ flag, url string }{
			{"--cheqd-network", network.REST}, {"--cheqd-network", network.RPC}, {"--cheqd-registrar", network.Registrar}, {"--cheqd-resolver", network.Resolver},
		} {
			u, err := url.Parse(of.url)
			switch {
			case of.url == "":
			case err == nil && (u.RawQuery != "" || u.Fragment != "") && of.flag != "--cheqd-network":
				return bad("%s: the URL has no query and no fragment", of.flag)
			case err != nil || u.Scheme != "https" && (!c.Dev || !loopback(u.Hostname())):
				return bad("%s: %q is asked over https, or with --dev on loopback", of.flag, of.url)
			}
		}
	}
	for _, slug := range c.Cheqd.Tenants {
		if slug != identity.EveryTenant && !ledgerTenant.MatchString(slug) {
			return bad("--cheqd-tenant: %q is no slug of a tenant, nor * for all", slug)
		}
	}
	for flag, text := range map[string]string{"--cheqd-fee-ceiling": c.Cheqd.Ceiling, "--cheqd-low-balance": c.Cheqd.Low} {
		if _, err := cheqd.ParseCHEQ(text); text != "" && err != nil {
			return bad("%s: %q is no amount of CHEQ", flag, text)
		}
	}
	return nil
}

// ledgerWriter makes what sends transactions to ledgers.
func (a *App) ledgerWriter(method cheqd.Method) *cheqd.Writer {
	w := &cheqd.Writer{
		Method: method, Rows: sql.For[cheqd.Rows](a.DB), Queue: a.DB, Keys: map[string]cheqd.Signer{local.Name: a.Keys},
		Finish: map[string]func(context.Context, vc.LedgerTransaction) error{
			identity.LedgerPurpose: a.Identity.FinishLedger, identity.ResourcePurpose: a.Identity.FinishResource,
			identity.RegistrationPurpose: a.Identity.FinishRegistration,
			// The desk comes after the writer.
			issuer.PublishPurpose: func(ctx context.Context, tx vc.LedgerTransaction) error { return a.Issuer.FinishPublication(ctx, tx) },
		},
		Log: a.log, Now: a.Config.Now, Watch: a.watchBalances(),
	}
	if step := a.Config.Step; step != nil {
		w.Step = func(tx vc.LedgerTransaction) { step("ledger-" + string(tx.State)) }
	}
	if a.Config.Cheqd.Ceiling != "" {
		ceiling, err := cheqd.ParseCHEQ(a.Config.Cheqd.Ceiling)
		if err != nil {
			ceiling = new(big.Int) // see validateCheqd
		}
		w.Ceilings = map[string]*big.Int{}
		for name := range method.Networks {
			w.Ceilings[name] = ceiling
		}
	}
	return w
}

// watchBalances shows what the accounts that pay have, and warns where one has little.
func (a *App) watchBalances() func(vc.LedgerAccount, *big.Int) {
	balance := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "chancery_ledger_balance_cheq", Help: "What an account that pays for a ledger's transactions has, in CHEQ.",
	}, []string{"ledger", "account"})
	low := prometheus.NewGaugeVec(prometheus.GaugeOpts{
		Name: "chancery_ledger_balance_low", Help: "1 where that is less than --cheqd-low-balance.",
	}, []string{"ledger", "account"})
	a.Metrics.Registry().MustRegister(balance, low)
	text := a.Config.Cheqd.Low
	if text == "" {
		text = lowBalance
	}
	least, err := cheqd.ParseCHEQ(text)
	if err != nil {
		least = new(big.Int)
	}
	return func(account vc.LedgerAccount, has *big.Int) {
		cheq, _ := new(big.Rat).SetFrac(has, big.NewInt(1e9)).Float64()
		balance.WithLabelValues(account.Ledger, account.Address).Set(cheq)
		flag := 0.0
		if has.Cmp(least) < 0 {
			flag = 1
			a.log.Warn("an account that pays for a ledger is low", "ledger", account.Ledger, "account", account.Address, "balance", cheqd.InCHEQ(has))
		}
		low.WithLabelValues(account.Ledger, account.Address).Set(flag)
	}
}

// caller is the guarded client as did:cheqd wants it; patient waits for who waits for a block.
type caller struct{ client, patient *httpx.Client }

// Call makes a call; any status is an answer.
func (c caller) Call(ctx context.Context, method, target string, body []byte) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return 0, nil, vc.Errorf(vc.Denied, "url-not-allowed", "this is not a URL that can be called")
	}
	request.Header.Set("Accept", "application/json")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := c.client.Do(request)
	return response.Status, response.Body, err
}

// Ask makes a call with a header; any status is an answer.
func (c caller) Ask(ctx context.Context, method, target string, header http.Header, body []byte) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, target, bytes.NewReader(body))
	if err != nil {
		return 0, nil, vc.Errorf(vc.Denied, "url-not-allowed", "this is not a URL that can be called")
	}
	request.Header = header
	client := c.client
	if method == http.MethodPost {
		client = c.patient
	}
	response, err := client.Do(request)
	return response.Status, response.Body, err
}

// LedgerAccount is an account that pays for transactions on a ledger. Balance is "" where the ledger was not asked, or did
// not answer.
type LedgerAccount struct {
	Ledger    string    `json:"ledger"`
	Address   string    `json:"address"`
	Balance   string    `json:"balance,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
}

// LedgerTransaction is a transaction as an operator sees it.
type LedgerTransaction struct {
	ID        string    `json:"id"`
	Ledger    string    `json:"ledger"`
	Object    string    `json:"object"`
	State     string    `json:"state"`
	Hash      string    `json:"hash,omitempty"`
	Account   string    `json:"account,omitempty"` // who pays; a registrar's URL where it does
	Sequence  int64     `json:"sequence"`
	Fee       string    `json:"fee,omitempty"`
	Error     string    `json:"error,omitempty"`
	CreatedAt time.Time `json:"createdAt"`
	UpdatedAt time.Time `json:"updatedAt"`
}

// CreateLedgerAccount makes an account of a network of did:cheqd that pays from now on, with a key of its own, or of a mnemonic.
// With SQLite no server may run.
func CreateLedgerAccount(ctx context.Context, config Config, network, mnemonic string) (made LedgerAccount, err error) {
	err = withLedgerAccounts(ctx, config, true, func(accounts cheqd.Accounts) error {
		by := vc.Caller{Door: "command"}
		var account vc.LedgerAccount
		var err error
		if mnemonic == "" {
			account, err = accounts.Create(ctx, by, network)
		} else {
			account, err = accounts.Import(ctx, by, network, mnemonic)
		}
		made = LedgerAccount{Ledger: account.Ledger, Address: account.Address, CreatedAt: account.CreatedAt}
		return err
	})
	return made, err
}

// LedgerAccounts lists the accounts that pay, newest first, with their balances where config has the network. It may run beside
// a server.
func LedgerAccounts(ctx context.Context, config Config) (list []LedgerAccount, err error) {
	if err := config.validateCheqd(func(format string, args ...any) error { return vc.Errorf(vc.Invalid, "configuration", format, args...) }); err != nil {
		return nil, err
	}
	err = withLedgerAccounts(ctx, config, false, func(accounts cheqd.Accounts) error {
		all, err := accounts.List(ctx)
		for _, account := range all {
			row := LedgerAccount{Ledger: account.Ledger, Address: account.Address, CreatedAt: account.CreatedAt}
			if balance, err := accounts.Balance(ctx, account); err == nil {
				row.Balance = cheqd.InCHEQ(balance)
			}
			list = append(list, row)
		}
		return err
	})
	return list, err
}

// LedgerTransactions lists what is on its way to ledgers and what was, newest first. It may run beside a server.
func LedgerTransactions(ctx context.Context, config Config, most int) (list []LedgerTransaction, err error) {
	db, err := OpenDatabase(ctx, config)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	all, err := db.LedgerTransactions(ctx, most)
	for _, tx := range all {
		list = append(list, LedgerTransaction{
			ID: tx.ID, Ledger: tx.Ledger, Object: tx.Object, State: string(tx.State), Hash: tx.Hash, Account: tx.Account, Sequence: tx.Sequence, Fee: tx.Fee,
			Error: tx.Error, CreatedAt: tx.CreatedAt, UpdatedAt: tx.UpdatedAt,
		})
	}
	return list, err
}

// AbandonLedgerTransaction ends a transaction that a registrar has and never answered for. With SQLite no server may run. NotFound;
// Conflict "ledger-decides" for one that ends by itself.
func AbandonLedgerTransaction(ctx context.Context, config Config, id string) (err error) {
	return withLedgerDatabase(ctx, config, true, func(db *sql.DB, _ *local.Store) error {
		all, err := db.LedgerTransactions(ctx, math.MaxInt32)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(tx vc.LedgerTransaction) bool { return tx.ID == id })
		if i < 0 {
			return vc.Errorf(vc.NotFound, "transaction-not-found", "there is no such transaction")
		}
		return cheqd.Abandon(ctx, sql.For[cheqd.Rows](db), vc.Caller{Door: "command"}, all[i], config.Now)
	})
}

// withLedgerAccounts opens the database for what an operator does with accounts.
func withLedgerAccounts(ctx context.Context, config Config, writes bool, do func(cheqd.Accounts) error) error {
	return withLedgerDatabase(ctx, config, writes, func(db *sql.DB, store *local.Store) error {
		return do(cheqd.Accounts{Rows: sql.For[cheqd.Rows](db), Keys: store, Method: config.cheqd(), Now: config.Now})
	})
}

// withLedgerDatabase opens the database and the key store for what an operator does with ledgers.
func withLedgerDatabase(ctx context.Context, config Config, writes bool, do func(*sql.DB, *local.Store) error) (err error) {
	masters, err := config.keptKeys()
	if err != nil {
		return err
	}
	if writes && config.DatabaseURL == "" {
		lock, err := lockFolder(config.Data)
		if err != nil {
			return err
		}
		defer func() { _ = lock.Close() }()
	}
	db, err := OpenDatabase(ctx, config)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := fitsMasterKey(ctx, db, masters); err != nil {
		return err
	}
	if writes {
		if err := db.Migrate(ctx); err != nil {
			return err
		}
	}
	store, err := local.New(local.Config{Master: masters, Rows: db})
	if err != nil {
		return err
	}
	return do(db, store)
}
