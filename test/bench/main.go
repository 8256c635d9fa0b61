// Command bench measures Chancery beside what bounds it, in one run on one machine: the raw rates of signatures,
// durable inserts and a bare JSON echo, then the server's own, on SQLite and PostgreSQL, and the ratios between them.
//
//	go run ./test/bench [-seconds 3] [-parts proofs,servers,agents] [-engines sqlite,postgres] [-grow 1000000]
//
// Client and server share the machine. The server's CPU time per request is the steadier figure. Embedded proofs need no
// server: each suite is measured on one core, beside the bare signature and beside @digitalbazaar/vc in Node, and their
// rates are per second of CPU time. Agents are two processes on SQLite that issue to each other by DIDComm, driven through ACA-Py's
// admin API and heard by webhooks; two agents of ACA-Py are driven the same way in the same run.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
)

type options struct {
	seconds time.Duration
	parts   []string
	engines []string
	grow    int
	binary  string
	folder  string
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "echo" {
		echo()
		return
	}
	seconds := flag.Float64("seconds", 3, "how long each figure is measured")
	parts := flag.String("parts", "proofs,servers,agents", "what is measured")
	engines := flag.String("engines", "sqlite,postgres", "which databases")
	grow := flag.Int("grow", 0, "fill the SQLite store to this many credentials and measure issuing again")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := bench(ctx, options{
		seconds: time.Duration(*seconds * float64(time.Second)), parts: strings.Split(*parts, ","),
		engines: strings.Split(*engines, ","), grow: *grow,
	})
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, o options) error {
	fmt.Printf("%s %s, %d cores, %s a figure\n", runtime.Version(), runtime.GOARCH, runtime.NumCPU(), o.seconds)
	var t table
	if slices.Contains(o.parts, "servers") || slices.Contains(o.parts, "agents") {
		if err := buildServer(ctx, &o); err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(o.folder) }()
	}
	for _, part := range o.parts {
		var err error
		switch part {
		case "proofs":
			err = proofs(ctx, o, &t)
		case "servers":
			err = servers(ctx, o, &t)
		case "agents":
			err = agents(ctx, o, &t)
		default:
			err = fmt.Errorf("-parts: no part %q", part)
		}
		if err != nil {
			return err
		}
	}
	t.ratios()
	return nil
}

// buildServer builds the binary that is measured, into a new folder.
func buildServer(ctx context.Context, o *options) (err error) {
	if o.folder, err = os.MkdirTemp("", "chancery-bench-"); err != nil {
		return err
	}
	o.binary = filepath.Join(o.folder, "chancery")
	build := exec.CommandContext(ctx, "go", "build", "-o", o.binary, "./cmd/chancery")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("building chancery (run this from the project's root): %w", err)
	}
	return nil
}

func servers(ctx context.Context, o options, t *table) error {
	raw, err := rawRates(ctx, o, t)
	if err != nil {
		return err
	}
	for _, engine := range o.engines {
		if err := measure(ctx, o, engine, raw, t); err != nil {
			return fmt.Errorf("%s: %w", engine, err)
		}
	}
	return nil
}
