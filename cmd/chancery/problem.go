package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"strings"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/sdk"
)

// Exit statuses.
const (
	statusDone   = 0
	statusFailed = 1
	statusUsage  = 2
	statusOpen   = 3 // nothing failed, and not everything could be checked
)

// quiet ends a command that has said everything already.
type quiet struct{ status int }

// Error is never shown.
func (quiet) Error() string { return "failed" }

// usage is a command line that cannot be meant.
type usage string

// Error says what is wrong with it.
func (u usage) Error() string { return string(u) }

func usagef(format string, args ...any) error { return usage(fmt.Sprintf(format, args...)) }

// reached explains a server that does not answer.
func reached(r remote, err error) error {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return fmt.Errorf("no answer from %s: %w (start one with `chancery serve`, or name another with --server)", r.Server, failed.Err)
	}
	return err
}

// fail tells of an error on standard error and gives the exit status.
func fail(std streams, err error) int {
	if silent, ok := errors.AsType[quiet](err); ok {
		return silent.status
	}
	problem, ok := errors.AsType[*sdk.Problem](err)
	if !ok {
		problem = app.Explain(err)
	}
	switch {
	case problem != nil:
		fmt.Fprintln(std.err, "chancery: "+describe(problem))
	default:
		text := err.Error()
		if missing, ok := errors.AsType[*fs.PathError](err); ok && errors.Is(err, fs.ErrNotExist) {
			text = "there is no file " + missing.Path
		}
		fmt.Fprintln(std.err, "chancery: "+strings.TrimSpace(text))
	}
	if _, wrong := errors.AsType[usage](err); wrong {
		return statusUsage
	}
	return statusFailed
}

// describe says a problem in the first line, then where it lies, each finding, and how to find it in the log.
func describe(p *sdk.Problem) string {
	var b strings.Builder
	b.WriteString(p.Detail)
	if p.Detail == "" {
		b.WriteString(strings.ToLower(p.Title))
	}
	if code := p.Code(); code != "." {
		b.WriteString(" [" + code + "]")
	}
	repeated := len(p.Errors) == 1 && p.Errors[0].Pointer == p.Pointer
	if p.Pointer != "" && !repeated {
		b.WriteString("\n  at " + p.Pointer)
	}
	for _, f := range p.Errors {
		b.WriteString("\n  " + finding(f))
	}
	if p.Status == 401 {
		b.WriteString("\n  give an API key in CHANCERY_TOKEN or with --token")
	}
	if p.RequestID != "" {
		b.WriteString("\n  request " + p.RequestID)
	}
	return b.String()
}

func finding(f sdk.Finding) string {
	mark, where := markOf("failed"), f.Pointer
	if f.Warning {
		mark = markOf("warning")
	}
	if where != "" {
		where += ": "
	}
	text := mark + " " + where + f.Detail + " [" + f.Code + "]"
	if f.Cites != "" {
		text += " (" + f.Cites + ")"
	}
	return text
}

// markOf is the sign of a check's outcome.
func markOf(outcome string) string {
	switch outcome {
	case "passed":
		return "✓"
	case "failed":
		return "✗"
	case "warning":
		return "!"
	}
	return "?"
}

// inLine says a problem in one line, with the first place where it lies.
func inLine(p *sdk.Problem) string {
	at := p.Pointer
	if at == "" && len(p.Errors) > 0 {
		at = p.Errors[0].Pointer
	}
	text := p.Detail + " [" + p.Code() + "]"
	if at != "" {
		text = at + ": " + text
	}
	if len(p.Errors) > 1 {
		text += fmt.Sprintf(" and %d more", len(p.Errors)-1)
	}
	return text
}
