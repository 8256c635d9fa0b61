package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/sdk"
)

type auditCommands struct {
	List   auditList   `cmd:"" help:"List the acts of a tenant, oldest first." example:"chancery audit list --after 1200"`
	Head   auditHead   `cmd:"" help:"Print the end of the chain; keep it elsewhere." example:"chancery audit head >> /mnt/elsewhere/audit-heads.txt"`
	Verify auditVerify `cmd:"" help:"Verify audit chains in the database, beside a running server or without one." example:"chancery audit verify --data /var/lib/chancery --head /mnt/elsewhere/audit-heads.txt"`
}

type auditList struct {
	remote
	After int64 `placeholder:"N" help:"Only those after this position."`
	Limit int   `default:"100" placeholder:"N" help:"How many, at most 1000."`
}

// Run lists acts.
func (c *auditList) Run(ctx context.Context, std streams) error {
	next := int64(0)
	return ask(std, c.remote, func(s *sdk.Client) (entries []sdk.AuditEntry, err error) {
		entries, next, err = s.Audit(ctx, c.After, c.Limit)
		return entries, err
	}, func(p page, entries []sdk.AuditEntry) {
		var rows [][]string
		for _, e := range entries {
			rows = append(rows, []string{strconv.FormatInt(e.Position, 10), stamp(e.At), e.Action, e.Principal, e.Door, e.Object, e.Detail})
		}
		p.table([]string{"POSITION", "AT", "ACTION", "PRINCIPAL", "DOOR", "OBJECT", "DETAIL"}, rows)
		if len(entries) == c.Limit {
			p.linef("\nThere may be more: --after %d", next)
		}
	})
}

type auditHead struct{ remote }

// Run prints the head.
func (c *auditHead) Run(ctx context.Context, std streams) error {
	text := ""
	return ask(std, c.remote, func(s *sdk.Client) (sdk.AuditHead, error) {
		head, err := s.AuditHead(ctx)
		if err == nil {
			text, err = app.FormatAuditHead(head)
		}
		return head, err
	}, func(p page, _ sdk.AuditHead) { p.line(text) })
}

type auditVerify struct {
	output
	database
	Tenant string `placeholder:"SLUG" env:"CHANCERY_TENANT" help:"This tenant's chain; by default all of them."`
	Head   string `placeholder:"HEAD" help:"A head printed before, or a file with such, one a line: their chains must still lead there."`
}

// Run verifies audit chains.
func (c *auditVerify) Run(ctx context.Context, std streams) error {
	head := strings.TrimSpace(c.Head)
	if head != "" && !strings.HasPrefix(head, "chancery-audit-head:") {
		text, err := os.ReadFile(head) //nolint:gosec // whoever calls names the file
		if err != nil {
			return err
		}
		if len(bytes.TrimSpace(text)) == 0 {
			return fmt.Errorf("there is no audit head in %s", head)
		}
		head = string(text)
	}
	reports, err := app.VerifyAudit(ctx, c.config(), c.Tenant, head)
	if err != nil {
		return err
	}
	faults := 0
	for _, r := range reports {
		faults += len(r.Faults)
	}
	if c.JSON {
		err = printJSON(std.out, map[string]any{"items": reports})
	} else {
		err = paint(std, func(p page) { showChains(p, reports, faults) })
	}
	if err == nil && faults > 0 {
		return quiet{statusFailed}
	}
	return err
}

func showChains(p page, reports []app.AuditReport, faults int) {
	for _, r := range reports {
		name := r.Slug
		switch {
		case r.Tenant == "":
			name = "(operator)"
		case name == "":
			name = r.Tenant
		}
		if len(r.Faults) == 0 {
			p.linef("%s %s: %d entries", markOf("passed"), name, r.Entries)
			continue
		}
		p.linef("%s %s: %d entries, %d faults", markOf("failed"), name, r.Entries, len(r.Faults))
		for _, f := range r.Faults {
			p.linef("  at %d: %s [%s]", f.Position, f.Detail, f.Code)
		}
	}
	if faults == 0 {
		p.line("\nNothing was changed, taken out, put in another order or cut off.")
	}
}
