package acapy

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	door "github.com/chancery-vc/chancery/internal/api/acapy"
	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/test/suite"
)

// covered says which operations the tests exercised.
var covered = &suite.Table[*operation]{
	File:    "acapy-operations.txt",
	Group:   func(o *operation) string { return o.tag },
	Title:   func(o *operation) string { return fmt.Sprintf("%-84s", o.Name()) },
	Success: func(*operation) string { return "done" },
	NotOffered: func(o *operation) string {
		if reason, ok := notOffered(o); ok {
			return "501 " + reason
		}
		return empty[o.Name()]
	},
	Also: corrections.check,
}

// unoffered are the rows of the table "What is not offered" of the divergences: beginnings of paths and whole operations, with what
// they would need, or "offered" for those that are offered all the same.
var unoffered = rowsOf("What is not offered")

// empty are the operations that have nothing to find, by the table "What is always empty" of the divergences: with the one refusal.
var empty = func() map[string]string {
	rows := map[string]string{}
	for _, row := range rowsOf("What is always empty") {
		rows[row[0]] = row[1]
	}
	return rows
}()

// rowsOf are the rows of a table of the divergences: what is in the first column, which is code, and in the second.
func rowsOf(title string) (rows [][2]string) {
	text, err := os.ReadFile(divergences)
	if err != nil {
		panic(err)
	}
	_, section, _ := strings.Cut(string(text), "### "+title)
	section, _, _ = strings.Cut(section, "\n#")
	for _, row := range regexp.MustCompile("(?m)^\\| `([^`]*)` \\| ([^|]*) \\|").FindAllStringSubmatch(section, -1) {
		rows = append(rows, [2]string{row[1], strings.TrimSpace(row[2])})
	}
	return rows
}

// notOffered gives what an operation would need that this agent has not; the longest row decides.
func notOffered(o *operation) (reason string, not bool) {
	best := ""
	for _, row := range unoffered {
		if len(row[0]) > len(best) && (row[0] == o.Name() || strings.HasPrefix(o.pattern, row[0])) {
			best, reason = row[0], row[1]
		}
	}
	return reason, best != "" && reason != "offered"
}

// TestTable: every operation of the description is a route of the door.
func TestTable(t *testing.T) {
	sharedtest.Path(t, "ACA-Py's own description", "apis", "acapy-1.6.1rc0.openapi.json")
	routes := map[string]bool{}
	for _, route := range (&door.Door{}).Routes() {
		routes[route.Method+" "+route.Pattern] = true
	}
	for _, o := range described {
		if !routes[o.Name()] {
			t.Errorf("%s is no route", o.Name())
		}
	}
	if len(described) != 195 {
		t.Errorf("%d operations are described", len(described))
	}
}

// TestNotOffered: what is not offered says so, and for what it lacks; to nobody it says nothing.
func TestNotOffered(t *testing.T) {
	suite.Guard(t, func() {
		w := start(t, "sqlite", tenants())
		a := w.wallet("acme")
		for _, o := range described {
			reason, not := notOffered(o)
			if !not {
				continue
			}
			path := regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(o.pattern, "00000000-0000-4000-8000-000000000000")
			r := a.send(o.method, path, nil)
			if text := string(r.Exchange.Body); r.Exchange.Status != http.StatusNotImplemented || !strings.Contains(text, reason) {
				r.Errorf("want 501 for want of %s", reason)
				continue
			}
			covered.Refused(o, http.StatusNotImplemented, reason)
			a.as(nobody).send(o.method, path, nil).status(http.StatusUnauthorized)
		}
	})
}
