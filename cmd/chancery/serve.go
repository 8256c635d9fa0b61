package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
)

// database says which database; every command that opens one has these flags.
type database struct {
	Data          string `group:"database" placeholder:"DIR" env:"CHANCERY_DATA" help:"Folder of the SQLite database and the master key; by default chancery-data."`
	DatabaseURL   string `group:"database" name:"database-url" placeholder:"URL" env:"CHANCERY_DATABASE_URL" help:"postgres:// URL; without it SQLite in --data."`
	MasterKeyFile string `group:"database" placeholder:"FILE" env:"CHANCERY_MASTER_KEY_FILE" help:"File with the master key; with SQLite by default DIR/master.key."`
}

func (d database) config() app.Config {
	data := d.Data
	if data == "" && d.DatabaseURL == "" {
		data = "chancery-data"
	}
	return app.Config{
		Data: data, DatabaseURL: d.DatabaseURL, MasterKey: os.Getenv(masterKey), MasterKeyPrevious: os.Getenv(masterKeyPrevious),
		MasterKeyFile: d.MasterKeyFile,
	}
}

type serveCommand struct {
	database
	Listen    string            `default:"127.0.0.1:8080" placeholder:"ADDR" env:"CHANCERY_LISTEN" help:"host:port to listen on."`
	PublicURL string            `name:"public-url" placeholder:"URL" env:"CHANCERY_PUBLIC_URL" help:"How the world reaches the server; it is in published URLs for ever."`
	TLSCert   string            `name:"tls-cert" placeholder:"FILE" env:"CHANCERY_TLS_CERT" help:"Certificate chain, PEM."`
	TLSKey    string            `name:"tls-key" placeholder:"FILE" env:"CHANCERY_TLS_KEY" help:"Private key of the certificate, PEM."`
	Door      map[string]string `placeholder:"NAME=ADDR" env:"CHANCERY_DOOR" help:"Give a door a listener of its own, where it answers at the root."`
	AllowNet  []string          `name:"allow-net" placeholder:"CIDR" env:"CHANCERY_ALLOW_NET" help:"Let outgoing calls reach a private range."`
	EmpeNode  map[string]string `name:"empe-node" placeholder:"NETWORK=URL" env:"CHANCERY_EMPE_NODE" help:"Resolve did:empe of a network, mainnet or testnet, by the RPC of this CometBFT node."`
	agentFlags
	cheqdFlags
	registrarFlags
	Ceiling  string        `name:"cheqd-fee-ceiling" default:"250" placeholder:"CHEQ" env:"CHANCERY_CHEQD_FEE_CEILING" help:"Pay at most this for a transaction."`
	Tenants  []string      `name:"cheqd-tenant" default:"default" placeholder:"SLUG" env:"CHANCERY_CHEQD_TENANT" help:"Pay for the transactions of these tenants; * is all."`
	Low      string        `name:"cheqd-low-balance" default:"500" placeholder:"CHEQ" env:"CHANCERY_CHEQD_LOW_BALANCE" help:"Warn where the account that pays has less."`
	Dev      bool          `env:"CHANCERY_DEV" help:"For a laptop: loopback only, http and localhost DIDs, verbose errors, a fresh admin key at each start."`
	Log      string        `default:"text" enum:"text,json" env:"CHANCERY_LOG" help:"Form of the log on standard error: text or json."`
	LogLevel slog.Level    `name:"log-level" default:"info" env:"CHANCERY_LOG_LEVEL" help:"debug, info, warn or error."`
	Window   time.Duration `name:"idempotency-window" default:"24h" env:"CHANCERY_IDEMPOTENCY_WINDOW" help:"How long idempotency keys are remembered."`
}

// Run serves until it is told to stop.
func (c *serveCommand) Run(ctx context.Context, std streams) error {
	if c.Window <= 0 {
		return usagef("--idempotency-window: %s is no time to remember keys for", c.Window)
	}
	config := c.database.config()
	config.Listen, config.PublicURL = c.Listen, c.PublicURL
	config.TLSCert, config.TLSKey = c.TLSCert, c.TLSKey
	config.Doors, config.EmpeNodes, config.Dev, config.Window = acapyDoors(c.Door), c.EmpeNode, c.Dev, c.Window
	config.Agents = c.agentFlags.config()
	config.Cheqd = app.Cheqd{Networks: c.CheqdNetwork, Ceiling: c.Ceiling, Low: c.Low, Tenants: c.Tenants}
	c.registrarFlags.apply(&config.Cheqd)
	for _, text := range c.AllowNet {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return fmt.Errorf("--allow-net: %q is not a network like 10.1.0.0/16", text)
		}
		config.AllowNet = append(config.AllowNet, network)
	}
	options := &slog.HandlerOptions{Level: c.LogLevel}
	if c.Log == "json" {
		config.Log = slog.New(slog.NewJSONHandler(std.err, options))
	} else {
		config.Log = slog.New(slog.NewTextHandler(std.err, options))
	}
	if names := unread(os.Environ()); len(names) > 0 {
		config.Log.WarnContext(ctx, "variables of ACA-Py's that mean nothing here", "names", strings.Join(names, " "))
	}
	config.Notice = func(text string) { fmt.Fprintln(std.out, text) }
	config.Step = crashStep()
	tuneMemory()
	server, err := app.Open(ctx, config)
	if err != nil {
		return err
	}
	fmt.Fprintf(std.out, "chancery %s at %s\n", app.Version(), server.URL)
	err = server.Run(ctx)
	if closed := server.Close(); err == nil {
		err = closed
	}
	return err
}

// tuneMemory trades memory that is there for time: what a request leaves behind is small and short-lived, so it is
// gathered rarely until the heap comes near the limit. GOGC and GOMEMLIMIT overrule it.
func tuneMemory() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetGCPercent(500)
		debug.SetMemoryLimit(60 << 20)
	}
}

type restoredCommand struct {
	output
	database
}

// Help tells when.
func (restoredCommand) Help() string {
	return "Run this after a backup was put back and before the server starts: indices of status lists that were given out since the " +
		"backup was made must not be given to other credentials. The lists are closed, and issuing goes on in new ones."
}

// Run makes a database that was put back safe to issue from.
func (c *restoredCommand) Run(ctx context.Context, std streams) error {
	closed, err := app.Restored(ctx, c.config())
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(std.out, map[string]int{"closedStatusLists": closed})
	}
	_, err = fmt.Fprintf(std.out, "%d status lists closed; the server may start\n", closed)
	return err
}

type migrateCommand struct {
	output
	database
}

// Run migrates.
func (c *migrateCommand) Run(ctx context.Context, std streams) error {
	if err := app.Migrate(ctx, c.config()); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(std.out, map[string]bool{"upToDate": true})
	}
	_, err := fmt.Fprintln(std.out, "the database is up to date")
	return err
}

type versionCommand struct{ output }

// Run prints the version.
func (c *versionCommand) Run(std streams) error {
	if c.JSON {
		return printJSON(std.out, map[string]string{"version": app.Version(), "go": runtime.Version()})
	}
	_, err := fmt.Fprintln(std.out, "chancery", app.Version())
	return err
}
