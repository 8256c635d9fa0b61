package app

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/journal"
	"github.com/chancery-vc/chancery/internal/keys/local"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/sdk"
)

// AuditReport is what was found in one audit chain. Tenant is "" for the operator's own; Head is the text form of
// the chain's end, "" where nothing happened yet.
type AuditReport struct {
	Tenant  string       `json:"tenant"`
	Slug    string       `json:"slug,omitempty"`
	Entries int64        `json:"entries"`
	Head    string       `json:"head,omitempty"`
	Faults  []AuditFault `json:"faults"`
}

// AuditFault is something wrong with a chain, and the position where it shows: missing, changed, head-forged, cut
// or head-differs.
type AuditFault struct {
	Position int64  `json:"position"`
	Code     string `json:"code"`
	Detail   string `json:"detail"`
}

// FormatAuditHead gives the head that the API answers with as the one line of text that is kept elsewhere.
func FormatAuditHead(head sdk.AuditHead) (string, error) {
	hash, err := base64.RawURLEncoding.DecodeString(head.Hash)
	mac, err2 := base64.RawURLEncoding.DecodeString(head.MAC)
	if err = errors.Join(err, err2); err != nil {
		return "", vc.Errorf(vc.Invalid, "audit-head", "the audit head cannot be read").Because(err)
	}
	return journal.FormatHead(vc.AuditHead{Tenant: head.Tenant, Position: head.Position, Hash: hash, MAC: mac, Key: head.Key}), nil
}

// VerifyAudit walks audit chains in the database: a tenant's, by slug or id, or all of them when tenant and heads
// are "". heads, texts of [FormatAuditHead] in lines, are held each against its own tenant's chain. It writes nothing,
// so it may run beside a server.
func VerifyAudit(ctx context.Context, config Config, tenant, heads string) (reports []AuditReport, err error) {
	var exported []vc.AuditHead
	for line := range strings.Lines(heads) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		head, err := journal.ParseHead(line)
		if err != nil {
			return nil, err
		}
		exported = append(exported, head)
	}
	masters, err := config.keptKeys()
	if err != nil {
		return nil, err
	}
	db, err := OpenDatabase(ctx, config)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := fitsMasterKey(ctx, db, masters); err != nil {
		return nil, err
	}
	chains, err := chains(ctx, db, tenant, exported)
	if err != nil {
		return nil, err
	}
	for _, chain := range chains {
		report, err := verifyChain(ctx, db, masters, chain, headsOf(exported, chain.ID))
		if err != nil {
			return nil, err
		}
		reports = append(reports, report)
	}
	return reports, nil
}

// headsOf are the heads of a tenant's chain.
func headsOf(exported []vc.AuditHead, tenant string) []vc.AuditHead {
	return slices.DeleteFunc(slices.Clone(exported), func(h vc.AuditHead) bool { return h.Tenant != tenant })
}

// chains gives the tenants to look at; a tenant whose head was taken away is there all the same.
func chains(ctx context.Context, db *sql.DB, tenant string, exported []vc.AuditHead) (all []vc.Tenant, err error) {
	if tenant != "" {
		_, id, err := db.Lookup(ctx, store.HandleTenant, tenant)
		if vc.KindOf(err) == vc.NotFound {
			id, err = tenant, nil
		}
		if err != nil {
			return nil, err
		}
		found := vc.Tenant{ID: id}
		err = sql.For[access.Rows](db).View(ctx, vc.Scope{Tenant: id}, func(rows access.Rows) (err error) {
			found, err = rows.Tenant()
			return err
		})
		if vc.KindOf(err) == vc.NotFound {
			return nil, vc.Errorf(vc.NotFound, "tenant-not-found", "there is no tenant %q", tenant)
		}
		if err == nil && len(exported) > 0 && len(headsOf(exported, id)) == 0 {
			err = vc.Errorf(vc.Invalid, "audit-head", "the exported head is of another tenant: %q", exported[0].Tenant)
		}
		return []vc.Tenant{found}, err
	}
	all = []vc.Tenant{{}}
	err = sql.For[access.Rows](db).View(ctx, vc.Scope{}, func(rows access.Rows) error {
		for page := (vc.Page{Limit: 1000}); ; {
			found, err := rows.Tenants(vc.ListQuery{Page: page})
			if err != nil {
				return err
			}
			all = append(all, found...)
			if len(found) < page.Limit {
				return nil
			}
			page.After = found[len(found)-1].ID
		}
	})
	if err != nil {
		return nil, err
	}
	heads, err := db.AuditHeads(ctx)
	for _, h := range heads {
		if !slices.ContainsFunc(all, func(t vc.Tenant) bool { return t.ID == h.Tenant }) {
			all = append(all, vc.Tenant{ID: h.Tenant})
		}
	}
	for _, h := range exported {
		if !slices.ContainsFunc(all, func(t vc.Tenant) bool { return t.ID == h.Tenant }) {
			all = append(all, vc.Tenant{ID: h.Tenant})
		}
	}
	if len(exported) > 0 {
		all = slices.DeleteFunc(all, func(t vc.Tenant) bool { return len(headsOf(exported, t.ID)) == 0 })
	}
	slices.SortFunc(all, func(a, b vc.Tenant) int { return strings.Compare(a.ID, b.ID) })
	return all, err
}

// verifyChain looks at one chain in one snapshot: a server beside us may go on appending.
func verifyChain(ctx context.Context, db *sql.DB, masters local.MasterKeys, tenant vc.Tenant, exported []vc.AuditHead) (AuditReport, error) {
	out := AuditReport{Tenant: tenant.ID, Slug: tenant.Slug, Faults: []AuditFault{}}
	err := sql.For[chainRows](db).View(ctx, vc.Scope{Tenant: tenant.ID}, func(rows chainRows) error {
		report, err := journal.Verify(ctx, &journal.Reader{Rows: snapshot{rows}}, masters, tenant.ID, exported...)
		if err != nil {
			return err
		}
		if !tenant.CreatedAt.IsZero() && report.Entries == 0 && len(report.Faults) == 0 {
			waits, err := rows.Unpublished()
			if err != nil {
				return err
			}
			if !waits {
				out.Faults = append(out.Faults, AuditFault{Position: 1, Code: "cut", Detail: "the chain is empty: it began when the tenant was created"})
			}
		}
		out.Entries = report.Entries
		if report.Head.Position > 0 {
			out.Head = journal.FormatHead(report.Head)
		}
		for _, f := range report.Faults {
			out.Faults = append(out.Faults, AuditFault{Position: f.Position, Code: f.Code, Detail: f.Message})
		}
		return nil
	})
	return out, err
}

// chainRows are a chain's, and whether it is about to go on.
type chainRows interface {
	journal.Rows
	Unpublished() (bool, error)
}

// snapshot is a store that is one transaction, begun before.
type snapshot struct{ rows journal.Rows }

func (s snapshot) View(_ context.Context, _ vc.Scope, fn func(journal.Rows) error) error {
	return fn(s.rows)
}

func (s snapshot) Update(context.Context, vc.Scope, func(journal.Rows) error) error {
	return vc.Errorf(vc.Internal, "read-only", "a snapshot is not written to")
}
