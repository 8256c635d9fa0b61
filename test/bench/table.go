package main

import (
	"fmt"
	"time"
)

// table prints figures as they come and their ratios at the end.
type table struct {
	raw     rates
	pgbench float64
	figures map[string]figure
	notes   []string
	suites  []suiteNames
	headed  bool
}

func (t *table) row(place, name string, f figure) {
	if !t.headed {
		fmt.Printf("\n%-9s %-46s %12s %9s %9s %10s\n", "where", "what", "a second", "p50", "p99", "CPU each")
		t.headed, t.figures = true, map[string]figure{}
	}
	t.figures[place+" "+name] = f
	fmt.Printf("%-9s %-46s %12.1f %9s %9s %10s\n", place, name, f.rate, span(f.p50), span(f.p99), span(f.cpu))
}

func (t *table) note(format string, args ...any) {
	t.notes = append(t.notes, fmt.Sprintf(format, args...))
}

func span(d time.Duration) string {
	switch {
	case d == 0:
		return ""
	case d < time.Millisecond:
		return fmt.Sprintf("%.0f µs", float64(d)/1e3)
	}
	return fmt.Sprintf("%.2f ms", float64(d)/1e6)
}

// ratios holds the figures against what bounds them.
func (t *table) ratios() {
	t.suiteRatios()
	fmt.Printf("\n%-74s %10s %10s\n", "ratio", "measured", "aim")
	line := func(name string, value float64, format, aim string) {
		fmt.Printf("%-74s %10s %10s\n", name, fmt.Sprintf(format, value), aim)
	}
	echo := t.raw.echo[64]
	if f, ok := t.figures["sqlite issue, 64 clients"]; ok && echo.rate > 0 {
		line("issue, 64 clients, SQLite / bare JSON echo", f.rate/echo.rate, "%.2f", ">= 0.25")
		line("issue, 64 clients, SQLite / rows grouped 100 a commit", f.rate/t.raw.grouped, "%.2f", ">= 0.30")
		line("issue, 64 clients, SQLite: p99 in ms", f.p99.Seconds()*1e3, "%.1f", "<= 25")
	}
	if f, ok := t.figures["sqlite issue, 1 clients"]; ok {
		line("issue, 1 client, SQLite: p50 over a bare commit's, in ms", (f.p50-t.raw.commit).Seconds()*1e3, "%.2f", "<= 0.40")
	}
	for _, engine := range []string{"sqlite", "postgres"} {
		if f, ok := t.figures[engine+" verify with schema and status, 16 clients"]; ok {
			line("verify, "+engine+": server CPU / one raw signature verification", f.cpu.Seconds()*t.raw.verify, "%.2f", "<= 3")
		}
		if f, ok := t.figures[fmt.Sprintf("%s batch issue, %d a batch, 2 clients", engine, batchSize)]; ok {
			line("batch issue, "+engine+" / raw signature rate of one core", f.rate/t.raw.sign, "%.2f", ">= 0.50")
		}
		revoke, ok := t.figures[engine+" revoke, 64 clients"]
		if issue := t.figures[engine+" issue, 64 clients"]; ok && issue.rate > 0 {
			line("revoke, "+engine+" / issue", revoke.rate/issue.rate, "%.2f", ">= 0.80")
		}
	}
	if f, ok := t.figures["postgres issue, 64 clients"]; ok && t.pgbench > 0 {
		line("issue, 64 clients, PostgreSQL / pgbench single-row inserts, 8 clients", f.rate/t.pgbench, "%.2f", ">= 0.25")
	}
	t.growthRatio(line)
	t.proofAims(line)
	ours, theirs := t.bestAgents("chancery"), t.bestAgents("acapy")
	if ours.n > 0 && theirs.n > 0 {
		line("issuance between agents / between agents of ACA-Py, the best of each", ours.rate/theirs.rate, "%.1f", ">= 30")
		line("issuance between agents: CPU of ACA-Py's two / of ours", float64(theirs.cpu)/float64(ours.cpu), "%.1f", "")
	}
	for _, note := range t.notes {
		fmt.Println(note)
	}
}

func (t *table) growthRatio(line func(string, float64, string, string)) {
	small, ok := t.figures["sqlite issue, 64 clients, after 1000 more"]
	if !ok {
		return
	}
	for n := 10_000; ; n *= 10 {
		big, ok := t.figures[fmt.Sprintf("sqlite issue, 64 clients, after %d more", n)]
		if !ok {
			return
		}
		line(fmt.Sprintf("issue: server CPU with %d credentials more / with 1000", n), float64(big.cpu)/float64(small.cpu), "%.2f", "<= 1.15")
	}
}
