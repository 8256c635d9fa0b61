package sql

import (
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
)

// InsertContext writes a context; Conflict "duplicate" when the scope has one with that URL.
func (tx *Tx) InsertContext(c vc.Context) error {
	scope, err := tx.in(c.Scope)
	if err != nil {
		return err
	}
	return tx.insert(nil, `INSERT INTO contexts (tenant_id, org_id, url, search, document, digest, source, created_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		scope.Tenant, scope.Organisation, c.URL, strings.ToLower(c.URL), c.Document, c.Digest, c.Source,
		micros(c.CreatedAt))
}

const contextColumns = `SELECT url, tenant_id, org_id, document, digest, source, created_at FROM contexts WHERE ` + seen

func scanContext(r row, c *vc.Context) error {
	return r.Scan(&c.URL, &c.Scope.Tenant, &c.Scope.Organisation, &c.Document, &c.Digest, &c.Source, at(&c.CreatedAt))
}

// Context gives the context of a URL: the scope's own before the tenant's.
func (tx *Tx) Context(url string) (vc.Context, error) {
	return single(tx, scanContext, contextColumns+` AND url = $3
		ORDER BY CASE WHEN org_id = $2 THEN 0 ELSE 1 END, org_id LIMIT 1`, url)
}

// Contexts lists contexts; their cursor is the URL.
func (tx *Tx) Contexts(q vc.ListQuery) ([]vc.Context, error) {
	l := tx.from(contextColumns).named(q, "").exactly(q)
	order, beyond := "DESC", "<"
	if q.Page.Ascending {
		order, beyond = "ASC", ">"
	}
	if q.Page.After != "" {
		l.and(`(created_at, url) `+beyond+` (SELECT created_at, url FROM contexts
			WHERE url = ? AND `+seen+` ORDER BY CASE WHEN org_id = $2 THEN 0 ELSE 1 END, org_id LIMIT 1)`, q.Page.After)
	}
	l.text.WriteString(" ORDER BY created_at " + order + ", url " + order)
	return every(tx, l.limit(q.Page), scanContext)
}
