// Command chancery is a credential office: the server, and the hand tools of who runs it.
//
//	serve, demo, migrate, ledger, key master, key rotate-master, audit verify ──> internal/app
//	credential verify FILE ──> internal/app, with neither database nor network
//	every other noun and verb ──> sdk ──> a server's /v1
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"
)

// commands is the whole command line: a noun and a verb. The example of each is tried by a test.
type commands struct {
	Config kong.ConfigFlag `placeholder:"FILE" env:"CHANCERY_CONFIG" help:"Read settings from a JSON file; an unknown key is an error."`

	Serve    serveCommand    `cmd:"" group:"run" help:"Run the server." example:"chancery serve --data /var/lib/chancery --listen :8443 --public-url https://vc.example.org \\\n  --tls-cert fullchain.pem --tls-key privkey.pem"`
	Demo     demoCommand     `cmd:"" group:"run" help:"Show the whole life of a credential, from an empty folder, without network." example:"chancery demo"`
	Migrate  migrateCommand  `cmd:"" group:"run" help:"Bring the database up to date." example:"chancery migrate --data /var/lib/chancery"`
	Restored restoredCommand `cmd:"" group:"run" help:"Make a database that was put back from a backup safe to issue from." example:"chancery restored --data /var/lib/chancery"`
	Version  versionCommand  `cmd:"" group:"run" help:"Print the version." example:"chancery version"`
	Ledger   ledgerCommands  `cmd:"" group:"run" help:"Ledgers that DIDs are on: accounts that pay, transactions, a simulated one."`

	Tenant       tenantCommands       `cmd:"" group:"ask" help:"Tenants, the customers of a server."`
	Organisation organisationCommands `cmd:"" group:"ask" help:"Organisations of a tenant, which issue and verify."`
	APIKey       apikeyCommands       `cmd:"" name:"apikey" group:"ask" help:"API keys."`
	Client       clientCommands       `cmd:"" group:"ask" help:"OAuth 2.0 clients."`
	Key          keyCommands          `cmd:"" group:"ask" help:"Signing keys, and the master key."`
	DID          didCommands          `cmd:"" name:"did" group:"ask" help:"DIDs that the server controls; resolving any."`
	Schema       schemaCommands       `cmd:"" group:"ask" help:"JSON Schemas of claims."`
	Context      contextCommands      `cmd:"" group:"ask" help:"JSON-LD contexts of embedded proofs."`
	Type         typeCommands         `cmd:"" group:"ask" help:"Credential types."`
	VCAPI        vcapiCommands        `cmd:"" name:"vc-api" group:"ask" help:"Issuers and verifiers of the W3C's API."`
	Credential   credentialCommands   `cmd:"" group:"ask" help:"Credentials: issue, verify, revoke."`
	Audit        auditCommands        `cmd:"" group:"ask" help:"The audit chain."`
	Webhook      webhookCommands      `cmd:"" group:"ask" help:"Webhooks: events pushed to a URL."`
	DIDComm      didcommCommands      `cmd:"" name:"didcomm" group:"ask" help:"DIDComm: peers, and messages on their way to them."`
	Events       eventsCommand        `cmd:"" group:"ask" help:"What happened, as it happens." example:"chancery events --follow"`
}

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func main() { os.Exit(start()) }

func start() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})
}

// grammar builds the parser. exited hears the status when help was asked for.
func grammar(ctx context.Context, std streams, exited func(int)) (*kong.Kong, error) {
	parser, err := kong.New(&commands{},
		kong.Name("chancery"),
		kong.Description("A credential office: issue, verify, suspend and revoke W3C verifiable credentials."),
		kong.Writers(std.out, std.err), kong.Exit(exited),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 100}),
		kong.ExplicitGroups([]kong.Group{
			{Key: "run", Title: "Run a server:"},
			{Key: "ask", Title: "Work with one:"},
			{Key: "connection", Title: "Server:"},
			{Key: "database", Title: "Database:"},
		}),
		kong.Configuration(readConfig),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(std),
	)
	if err != nil {
		return nil, err
	}
	return parser, kong.Visit(parser.Model, func(node kong.Visitable, next kong.Next) error {
		command, ok := node.(*kong.Node)
		if ok && command.Parent != nil && command.Parent.Parent != nil {
			command.Group = &kong.Group{Key: "verbs", Title: "Commands:"}
		}
		if ok && command.Tag != nil && command.Tag.Has("example") {
			example := "Example:\n\n  " + strings.ReplaceAll(command.Tag.Get("example"), "\n", "\n  ")
			command.Detail = strings.TrimPrefix(command.Detail+"\n\n"+example, "\n\n")
		}
		return next(nil)
	})
}

// run gives the exit status: 0 done, 1 failed, 2 called wrongly, 3 not everything could be checked.
func run(ctx context.Context, args []string, std streams) int {
	exit := -1
	parser, err := grammar(ctx, std, func(code int) { exit = code })
	if err != nil {
		return fail(std, err)
	}
	if err := knownEnvironment(parser.Model, os.Environ()); err != nil {
		return fail(std, err)
	}
	if len(args) == 0 {
		args = []string{"--help"}
	}
	command, err := parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		status := fail(std, usage(err.Error()))
		if wrong, ok := errors.AsType[*kong.ParseError](err); ok && wrong.Context != nil {
			fmt.Fprintf(std.err, "see: %s --help\n", reachedNode(wrong.Context))
		}
		return status
	}
	if err := command.Run(); err != nil {
		return fail(std, err)
	}
	return statusDone
}

// reachedNode is the command that a command line came to.
func reachedNode(c *kong.Context) string {
	path := "chancery"
	for _, step := range c.Path {
		if step.Command != nil {
			path = step.Command.FullPath()
		}
	}
	return path
}
