// Command chancery is a credential office: the server, and the hand tools of who runs it.
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

	"github.com/chancery-vc/chancery/internal/vc"
)

// commands is the whole command line.
type commands struct {
	Config kong.ConfigFlag `placeholder:"FILE" env:"CHANCERY_CONFIG" help:"Read settings from a JSON file; an unknown key is an error."`

	Serve   serveCommand   `cmd:"" help:"Run the server."`
	Demo    demoCommand    `cmd:"" help:"Show the whole life of a credential, from an empty folder, without network."`
	Migrate migrateCommand `cmd:"" help:"Bring the database up to date."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// streams are where a command reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr}))
}

// run gives the exit status: 0 done, 1 failed, 2 called wrongly.
func run(ctx context.Context, args []string, std streams) int {
	var cli commands
	exit := -1
	parser, err := kong.New(&cli,
		kong.Name("chancery"),
		kong.Description("A credential office: issue, verify, suspend and revoke W3C verifiable credentials."),
		kong.UsageOnError(), kong.Writers(std.out, std.err), kong.Exit(func(code int) { exit = code }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Configuration(readConfig),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(std),
	)
	if err != nil {
		return fail(std, err)
	}
	if err := knownEnvironment(parser.Model, os.Environ()); err != nil {
		return fail(std, err)
	}
	command, err := parser.Parse(args)
	if exit >= 0 {
		return exit
	}
	if err != nil {
		parser.FatalIfErrorf(err)
		return 2
	}
	if err := command.Run(); err != nil {
		return fail(std, err)
	}
	return 0
}

func fail(std streams, err error) int {
	if errors.Is(err, errQuiet) {
		return 1
	}
	text := err.Error()
	if e, ok := errors.AsType[*vc.Error](err); ok {
		text = e.Message
		if e.Err != nil {
			text += ": " + e.Err.Error()
		}
	}
	fmt.Fprintln(std.err, "chancery:", strings.TrimSpace(text))
	return 1
}

// errQuiet ends a command with status 1 that has said everything already.
var errQuiet = errors.New("failed")
