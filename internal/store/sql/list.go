package sql

import (
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Bounds of a page, see [vc.Page].
const (
	defaultLimit = 50
	maxLimit     = 1001 // a full page, and one that tells whether another follows
)

// list builds a query with a changing number of conditions; the scope is $1 and $2.
type list struct {
	text  strings.Builder
	args  []any
	names bool // the rows have a name to be sorted by
	dates bool // the rows say when they were changed
}

// from begins with the text up to and with the first condition.
func (tx *Tx) from(text string) *list {
	l := &list{args: tx.scoped(nil)}
	l.text.WriteString(text)
	return l
}

// and adds a condition; each ? in it is an argument.
func (l *list) and(condition string, args ...any) *list {
	l.text.WriteString(" AND ")
	l.add(condition, args...)
	return l
}

func (l *list) add(text string, args ...any) {
	for _, arg := range args {
		before, after, _ := strings.Cut(text, "?")
		l.args = append(l.args, arg)
		l.text.WriteString(before)
		l.text.WriteByte('$')
		l.text.WriteString(strconv.Itoa(len(l.args)))
		text = after
	}
	l.text.WriteString(text)
}

// page ends the query: by id, newest first, from behind the cursor, or by name, or by the last change.
func (l *list) page(p vc.Page) *list {
	order, beyond := "DESC", "<"
	if p.Ascending {
		order, beyond = "ASC", ">"
	}
	if p.OrderBy == vc.ByName && l.names {
		l.text.WriteString(" ORDER BY search " + order + ", id " + order)
		return l.limit(p)
	}
	if p.OrderBy == vc.ByUpdate && l.dates {
		l.text.WriteString(" ORDER BY updated_at " + order + ", id " + order)
		return l.limit(p)
	}
	if p.After != "" {
		l.and("id "+beyond+" ?", p.After)
	}
	l.text.WriteString(" ORDER BY id " + order)
	return l.limit(p)
}

func (l *list) limit(p vc.Page) *list {
	n := p.Limit
	if n <= 0 {
		n = defaultLimit
	}
	l.add(" LIMIT ?", min(n, maxLimit))
	if p.Offset > 0 {
		l.add(" OFFSET ?", p.Offset)
	}
	return l
}

// named adds the conditions of a list query of what has a name; archived is the column that says when.
func (l *list) named(q vc.ListQuery, archived string) *list {
	l.names = true
	if q.Search != "" {
		l.and(`search LIKE ? ESCAPE '\'`, like(q.Search))
	}
	if q.Archived != nil && archived != "" {
		if *q.Archived {
			l.and(archived + " <> 0")
		} else {
			l.and(archived + " = 0")
		}
	}
	return l
}

// exactly leaves what is of the scope itself, where the query wants that.
func (l *list) exactly(q vc.ListQuery) *list {
	if q.Exact {
		l.and("org_id = $2")
	}
	return l
}

// equal adds a condition on a text; "" does not filter.
func (l *list) equal(column, value string) *list {
	if value == "" {
		return l
	}
	return l.and(column+" = ?", value)
}

// indexed is equal for a column whose index has only what is not empty: that must be said for it to be used.
func (l *list) indexed(column, value string) *list {
	if value == "" {
		return l
	}
	return l.and(column+" = ?", value).and(column + " <> ''")
}

// oneOf adds the condition that a column has one of the values; nil does not filter.
func oneOf[T ~string](l *list, column string, values []T) *list {
	switch {
	case values == nil:
		return l
	case len(values) == 1:
		// What is in order behind it in an index needs no sorting. An expression, because SQLite plans a statement anew whenever a
		// plain variable is compared with the column of a partial index.
		return l.and(column+" = (? || '')", string(values[0]))
	}
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = string(v)
	}
	return l.and(column+" = ANY(?)", texts)
}

// count tells how many rows a list has that was not cut into pages.
func (tx *Tx) count(l *list) (int, error) {
	var n int
	err := tx.one(`SELECT count(*) FROM (`+l.text.String()+`) AS listed`, l.args, &n)
	return n, err
}

// every reads all rows of a list.
func every[T any](tx *Tx, l *list, scan func(row, *T) error) ([]T, error) {
	var all []T
	err := tx.each(l.text.String(), l.args, func(r row) error {
		var t T
		if err := scan(r, &t); err != nil {
			return err
		}
		all = append(all, t)
		return nil
	})
	return all, err
}

// single reads the one row of a query.
func single[T any](tx *Tx, scan func(row, *T) error, query string, args ...any) (T, error) {
	var t T
	n := 0
	err := tx.each(query, tx.scoped(args), func(r row) error {
		n++
		if n > 1 {
			return nil
		}
		return scan(r, &t)
	})
	if err == nil && n == 0 {
		err = notFound()
	}
	return t, err
}
