package main

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/sdk"
)

type credentialVerify struct {
	remote
	File   string   `arg:"" help:"The credential; - is standard input."`
	Online bool     `help:"Ask the server, which checks status and schema too and resolves every DID it can."`
	Check  []string `placeholder:"CHECK" help:"Of validity, schema and status check only these; signatures always are."`
	At     moment   `placeholder:"TIME" help:"Judge validity at this time instead of now."`
}

// Help tells what the exit status says.
func (credentialVerify) Help() string {
	return "Without --online neither a server nor a database is needed, and nothing is fetched: issuers with a did:key or " +
		"did:jwk are checked, schema and status read as not checked. " +
		"The status is 0 when everything that was asked for was checked and passed, 1 when a check failed, and 3 when nothing " +
		"failed and something could not be checked: what was not checked does not count as passed. --check asks for less."
}

// Run verifies a credential.
func (c *credentialVerify) Run(ctx context.Context, std streams) error {
	text, err := std.read(c.File)
	if err != nil {
		return err
	}
	text = bytes.TrimSpace(text)
	var report sdk.Report
	if !c.Online {
		if report, err = app.VerifyOffline(ctx, text, c.Check, c.At.Time); err != nil {
			return err
		}
		if c.JSON {
			err = printJSON(std.out, report)
		} else {
			err = paint(std, func(p page) { showReport(p, report, false) })
		}
	} else {
		err = ask(std, c.remote, func(s *sdk.Client) (sdk.Report, error) {
			report, err = s.Verify(ctx, sdk.Verification{Credential: asJSON(text), Checks: c.Check, At: c.At.Time})
			return report, err
		}, func(p page, report sdk.Report) { showReport(p, report, true) })
	}
	switch {
	case err != nil || report.Outcome == "passed":
		return err
	case report.Outcome == "failed":
		return quiet{statusFailed}
	}
	return quiet{statusOpen}
}

// asJSON gives a credential as the API takes it: an object as it is, anything else as a string.
func asJSON(text []byte) any {
	if bytes.HasPrefix(text, []byte("{")) && json.Valid(text) {
		return json.RawMessage(text)
	}
	return string(text)
}

func showReport(p page, r sdk.Report, online bool) {
	p.card("credential", r.ID, "types", strings.Join(r.Types, ", "), "issuer", r.Issuer, "valid from", stamp(r.ValidFrom),
		"valid until", stamp(r.ValidUntil))
	if r.ID+r.Issuer != "" {
		p.line("")
	}
	width := 0
	for _, c := range r.Checks {
		width = max(width, len(c.Name))
	}
	p.checks(r.Checks, "", width)
	p.line("\n" + verdict(r, online))
}

// checks shows the tree.
func (p page) checks(list []sdk.Check, indent string, width int) {
	for _, c := range list {
		text := c.Reason
		if c.Outcome == "not-checked" {
			text = "not checked: " + text
		}
		if c.Pointer != "" && c.Outcome != "passed" {
			text += " (at " + c.Pointer + ")"
		}
		p.linef("%s%s %-*s  %s", indent, markOf(c.Outcome), max(width-len(indent), 1), c.Name, text)
		p.checks(c.Checks, indent+"  ", width)
	}
}

// verdict says the outcome in a sentence. What was not checked never reads as passed.
func verdict(r sdk.Report, online bool) string {
	var failed, open []string
	for _, c := range r.Checks {
		switch {
		case c.Outcome == "failed":
			failed = append(failed, c.Name)
		case c.Outcome == "not-checked" && c.Code != "no-schema" && c.Code != "no-status":
			open = append(open, c.Name)
		}
	}
	switch {
	case r.Outcome == "passed":
		return "passed"
	case len(failed) > 0:
		return "FAILED: " + strings.Join(failed, ", ")
	case online:
		return "INDETERMINATE: nothing failed, but not everything could be checked: " + strings.Join(open, ", ")
	}
	return "INDETERMINATE: nothing failed; not checked: " + strings.Join(open, ", ") + " (ask a server: --online)"
}
