package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/chancery-vc/chancery/sdk"
)

// page is what a person is shown. It is written whole, once it is whole.
type page struct{ w *bytes.Buffer }

// paint shows a page.
func paint(std streams, draw func(page)) error {
	p := page{&bytes.Buffer{}}
	draw(p)
	_, err := p.w.WriteTo(std.out)
	return err
}

func (p page) line(text string) { p.w.WriteString(text + "\n") }

func (p page) linef(format string, args ...any) { fmt.Fprintf(p.w, format+"\n", args...) }

// card shows labels and their values, two by two; a label without a value is left out.
func (p page) card(pairs ...string) {
	width := 0
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			width = max(width, len(pairs[i]))
		}
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			p.linef("%-*s  %s", width, pairs[i], pairs[i+1])
		}
	}
}

// table shows rows under a heading, in columns; a column that is empty all the way is left out.
func (p page) table(heading []string, rows [][]string) {
	if len(rows) == 0 {
		p.line("none")
		return
	}
	for i := len(heading) - 1; i >= 0; i-- {
		if slices.ContainsFunc(rows, func(row []string) bool { return row[i] != "" }) {
			continue
		}
		heading = slices.Delete(slices.Clone(heading), i, i+1)
		for n := range rows {
			rows[n] = slices.Delete(rows[n], i, i+1)
		}
	}
	var text strings.Builder
	columns := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, row := range append([][]string{heading}, rows...) {
		for i, cell := range row {
			if cell == "" {
				row[i] = "-"
			}
		}
		_, _ = io.WriteString(columns, strings.Join(row, "\t")+"\n") // a strings.Builder does not fail
	}
	_ = columns.Flush()
	for line := range strings.Lines(text.String()) {
		p.line(strings.TrimRight(line, " \n"))
	}
}

// list shows a page of a list, and how to come to the next.
func list[T any](heading []string, row func(T) []string) func(page, sdk.List[T]) {
	return func(p page, l sdk.List[T]) {
		var rows [][]string
		for _, item := range l.Items {
			rows = append(rows, row(item))
		}
		p.table(heading, rows)
		if l.Next != "" {
			p.linef("\nThere are more: --cursor %s", l.Next)
		}
	}
}

// printJSON writes what no server answered, as one would.
func printJSON(w io.Writer, v any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// printList writes a list that no server answered, as one would: nothing is an empty array.
func printList[T any](w io.Writer, items []T) error {
	if items == nil {
		items = []T{}
	}
	return printJSON(w, map[string][]T{"items": items})
}

// stamp writes a time to the second, "" for none.
func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// yes writes a truth that is worth a word.
func yes(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// brief shortens what is long and need not be read whole.
func brief(text string, most int) string {
	r := []rune(text)
	if len(r) <= most {
		return text
	}
	tail := most / 4
	return string(r[:most-tail-1]) + "…" + string(r[len(r)-tail:])
}

// document shows JSON in lines.
func (p page) document(text []byte) {
	if json.Indent(p.w, text, "", "  ") != nil {
		p.w.Write(text)
	}
	p.line("")
}
