package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
)

// cheqdFlags say how did:cheqd is read and written.
type cheqdFlags struct {
	CheqdNetwork map[string]string `name:"cheqd-network" placeholder:"NAME=REST[,RPC]" env:"CHANCERY_CHEQD_NETWORK" help:"Make and resolve did:cheqd on a network, mainnet or testnet, by the URLs of a node: its REST gateway, and its RPC."`
}

// registrarFlags say how did:cheqd is written and read without a node.
type registrarFlags struct {
	CheqdRegistrar map[string]string `name:"cheqd-registrar" placeholder:"NAME=URL" env:"CHANCERY_CHEQD_REGISTRAR" help:"Write did:cheqd of a network through this DIF Universal Registrar, which pays, instead of an account and a node."`
	RegistrarToken map[string]string `name:"cheqd-registrar-token" placeholder:"NAME=TOKEN" env:"CHANCERY_CHEQD_REGISTRAR_TOKEN" help:"What that registrar wants as bearer token; better given in the environment."`
	CheqdResolver  map[string]string `name:"cheqd-resolver" placeholder:"NAME=URL" env:"CHANCERY_CHEQD_RESOLVER" help:"Read did:cheqd of a network without a node through this universal resolver."`
	DIFRegistrar   bool              `name:"dif-registrar" default:"true" negatable:"" env:"CHANCERY_DIF_REGISTRAR" help:"Be a registrar for clients with keys of their own, who need did:manage; --no-dif-registrar is not to be one."`
}

func (f registrarFlags) apply(c *app.Cheqd) {
	c.Registrars, c.Tokens, c.Resolvers, c.NoRegistrar = f.CheqdRegistrar, f.RegistrarToken, f.CheqdResolver, !f.DIFRegistrar
}

type ledgerCommands struct {
	Account      ledgerAccountCommands `cmd:"" help:"Accounts that pay for what is written to a ledger."`
	Transactions ledgerTransactions    `cmd:"" help:"List what is on its way to ledgers, and what was." example:"chancery ledger transactions --data /var/lib/chancery"`
	Abandon      ledgerAbandon         `cmd:"" help:"End a transaction that a registrar has and never answered for." example:"chancery ledger abandon 019a0000-0000-7000-8000-000000000000 --data /var/lib/chancery"`
	Simulate     ledgerSimulate        `cmd:"" help:"Answer as a node of cheqd does, from memory: for trying did:cheqd without tokens." example:"chancery ledger simulate --fund cheqd1rnr5jrt4exl0samwj0yegv99jeskl0hsxmcz96"`
}

type ledgerAccountCommands struct {
	Create ledgerAccountCreate `cmd:"" help:"Make an account with a key of its own. It pays from then on." example:"chancery ledger account create --network testnet --data /var/lib/chancery"`
	Import ledgerAccountImport `cmd:"" help:"Take over the account of a mnemonic or a private key. It pays from then on." example:"chancery ledger account import --network mainnet --mnemonic words.txt --data /var/lib/chancery"`
	List   ledgerAccountList   `cmd:"" help:"List accounts, the newest of a ledger first: it pays." example:"chancery ledger account list --cheqd-network testnet=https://api.cheqd.network"`
}

type ledgerAccountCreate struct {
	output
	database
	Network string `required:"" placeholder:"NAME" help:"mainnet or testnet."`
}

// Help tells when.
func (ledgerAccountCreate) Help() string {
	return "With SQLite, stop the server first. Send CHEQ to the address that is printed; the key never leaves the key store."
}

// Run makes an account.
func (c *ledgerAccountCreate) Run(ctx context.Context, std streams) error {
	made, err := app.CreateLedgerAccount(ctx, c.config(), c.Network, "")
	return showAccount(std, c.JSON, made, err)
}

type ledgerAccountImport struct {
	output
	database
	Network  string `required:"" placeholder:"NAME" help:"mainnet or testnet."`
	Mnemonic string `default:"-" placeholder:"FILE" help:"File with the 12 to 24 words, or with a private key of 64 hexadecimal digits; - is standard input."`
}

// Help tells when.
func (ledgerAccountImport) Help() string {
	return "With SQLite, stop the server first. The key is the first that wallets of Cosmos show: m/44'/118'/0'/0/0."
}

// Run takes an account over.
func (c *ledgerAccountImport) Run(ctx context.Context, std streams) error {
	words, err := std.read(c.Mnemonic)
	if err != nil {
		return err
	}
	if strings.TrimSpace(string(words)) == "" {
		return usagef("%s has no words", shown(c.Mnemonic))
	}
	made, err := app.CreateLedgerAccount(ctx, c.config(), c.Network, string(words))
	return showAccount(std, c.JSON, made, err)
}

func showAccount(std streams, asJSON bool, made app.LedgerAccount, err error) error {
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(std.out, made)
	}
	return paint(std, func(p page) { p.card("address", made.Address, "ledger", made.Ledger, "created", stamp(made.CreatedAt)) })
}

type ledgerAccountList struct {
	output
	database
	cheqdFlags
	Dev bool `env:"CHANCERY_DEV" help:"Ask a node on loopback, over http."`
}

// Run lists accounts.
func (c *ledgerAccountList) Run(ctx context.Context, std streams) error {
	config := c.config()
	config.Cheqd.Networks, config.Dev = c.CheqdNetwork, c.Dev
	accounts, err := app.LedgerAccounts(ctx, config)
	if err != nil {
		return err
	}
	if c.JSON {
		return printList(std.out, accounts)
	}
	return paint(std, func(p page) {
		var rows [][]string
		for _, a := range accounts {
			rows = append(rows, []string{a.Ledger, a.Address, a.Balance, stamp(a.CreatedAt)})
		}
		p.table([]string{"LEDGER", "ADDRESS", "BALANCE", "CREATED"}, rows)
	})
}

type ledgerTransactions struct {
	output
	database
	Limit int `default:"50" placeholder:"N" help:"How many."`
}

// Run lists transactions.
func (c *ledgerTransactions) Run(ctx context.Context, std streams) error {
	if c.Limit < 1 {
		return usagef("--limit: %d is no number of transactions", c.Limit)
	}
	list, err := app.LedgerTransactions(ctx, c.config(), c.Limit)
	if err != nil {
		return err
	}
	if c.JSON {
		return printList(std.out, list)
	}
	return paint(std, func(p page) {
		var rows [][]string
		for _, t := range list {
			rows = append(rows, []string{t.ID, t.State, t.Object, strconv.FormatInt(t.Sequence, 10), t.Fee, t.Hash, t.Error, stamp(t.CreatedAt)})
		}
		p.table([]string{"ID", "STATE", "OBJECT", "SEQUENCE", "FEE", "HASH", "ERROR", "CREATED"}, rows)
	})
}

type ledgerAbandon struct {
	output
	database
	ID string `arg:"" help:"Of the transaction; see ledger transactions."`
}

// Help tells when.
func (ledgerAbandon) Help() string {
	return "With SQLite, stop the server first. Only for what a registrar was given and does not say a word about: state sent, without a hash. Resolve the DID first: " +
		"what the ledger has by now ends by itself, and keys of a change that comes later are lost with it."
}

// Run abandons.
func (c *ledgerAbandon) Run(ctx context.Context, std streams) error {
	if err := app.AbandonLedgerTransaction(ctx, c.config(), c.ID); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(std.out, map[string]string{"abandoned": c.ID})
	}
	_, err := fmt.Fprintln(std.out, c.ID, "is given up")
	return err
}

type ledgerSimulate struct {
	Listen    string        `default:"127.0.0.1:1317" placeholder:"ADDR" help:"host:port to listen on, of this machine."`
	BlockTime time.Duration `name:"block-time" default:"1s" help:"From block to block."`
	Fund      []string      `placeholder:"ADDRESS" help:"Give an account 100,000 CHEQ."`
}

// Help tells the way.
func (ledgerSimulate) Help() string {
	return "In three steps: chancery ledger account create --network testnet, in the data folder of a server that has run, prints an " +
		"address; this command funds it with --fund; " +
		"chancery serve --dev --cheqd-network testnet=http://127.0.0.1:1317,http://127.0.0.1:1317 makes DIDs on it."
}

// Run simulates until it is told to stop.
func (c *ledgerSimulate) Run(ctx context.Context, std streams) error {
	return app.SimulateLedger(ctx, c.Listen, c.BlockTime, c.Fund, std.out)
}
