package acapy

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
)

// allowed are the rows of the table "What differs from the recordings" of the divergences.
type allowed struct{ rows []*allowedRow }

type allowedRow struct {
	line             string
	capture, pointer *regexp.Regexp
	call, ours       string
	used             bool
}

func readAllowed() *allowed {
	text := must(os.ReadFile(divergences))
	_, section, _ := strings.Cut(string(text), "### What differs from the recordings")
	section, _, _ = strings.Cut(section, "\n#")
	glob := func(text string) *regexp.Regexp {
		text = regexp.QuoteMeta(text)
		text = strings.ReplaceAll(text, `\*\*`, `.*`)
		return regexp.MustCompile("^" + strings.ReplaceAll(text, `\*`, `[^/]*`) + "$")
	}
	a := &allowed{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]*)` \\| ([^|]*) \\| `([^`]*)` \\| `([^`]*)` \\|.*$").FindAllStringSubmatch(section, -1) {
		a.rows = append(a.rows, &allowedRow{line: row[0], capture: glob(row[1]), call: strings.TrimSpace(row[2]), pointer: glob(row[3]), ours: row[4]})
	}
	return a
}

// row finds the one that allows a difference.
func (a *allowed) row(capture string, call int, d difference) *allowedRow {
	for _, row := range a.rows {
		if row.capture.MatchString(capture) && row.pointer.MatchString(d.pointer) && (row.ours == "…" || row.ours == d.ours) &&
			(row.call == "all" || slices.Contains(strings.Split(row.call, ", "), fmt.Sprint(call))) {
			return row
		}
	}
	return nil
}

func (a *allowed) allows(capture string, call int, d difference) bool {
	row := a.row(capture, call, d)
	if row != nil {
		row.used = true
	}
	return row != nil
}

// unlisted are the differences that the divergences do not list, and the rows that list the others.
func (r *replay) unlisted(n int, all []difference) (left []difference, rows []*allowedRow) {
	for _, d := range all {
		if row := r.allowed.row(r.name, n, d); row != nil {
			rows = append(rows, row)
		} else {
			left = append(left, d)
		}
	}
	return left, rows
}
