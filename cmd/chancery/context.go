package main

import (
	"context"

	"github.com/chancery-vc/chancery/sdk"
)

type contextCommands struct {
	Import contextImport `cmd:"" help:"Make a JSON-LD context known; what is signed and verified fetches none." example:"chancery context import https://w3id.org/traceability/v1 traceability-v1.jsonld"`
	List   contextList   `cmd:"" help:"List imported contexts." example:"chancery context list"`
	Get    contextGet    `cmd:"" help:"Show a context that is shipped, derived from a schema or imported." example:"chancery context get https://www.w3.org/ns/credentials/v2"`
}

func showContext(p page, c sdk.Context) {
	p.card("context", c.URL, "source", c.Source, "digest", c.Digest, "created", stamp(c.CreatedAt))
}

type contextImport struct {
	remote
	URL  string `arg:"" name:"url" help:"What credentials call it."`
	File string `arg:"" help:"The context document; - is standard input."`
}

// Run imports a context.
func (c *contextImport) Run(ctx context.Context, std streams) error {
	text, err := std.readJSON(c.File)
	if err != nil {
		return err
	}
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Context, error) {
		return s.ImportContext(ctx, sdk.NewContext{URL: c.URL, Document: text})
	}, showContext)
}

type contextList struct{ listing }

// Run lists contexts.
func (c *contextList) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.List[sdk.Context], error) { return s.ListContexts(ctx, c.query()) },
		list([]string{"URL", "SOURCE", "DIGEST", "CREATED"}, func(c sdk.Context) []string {
			return []string{c.URL, c.Source, c.Digest, stamp(c.CreatedAt)}
		}))
}

type contextGet struct {
	remote
	URL string `arg:"" name:"url" help:"What credentials call it."`
}

// Run shows a context.
func (c *contextGet) Run(ctx context.Context, std streams) error {
	return ask(std, c.remote, func(s *sdk.Client) (sdk.Context, error) { return s.GetContext(ctx, c.URL) }, func(p page, found sdk.Context) {
		showContext(p, found)
		p.line("")
		p.document(found.Document)
	})
}
