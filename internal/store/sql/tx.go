package sql

import (
	"context"
	stdsql "database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Tx is a transaction in a scope. It has the rows of every desk and is valid until the function it was handed to
// returns. After a statement has failed all further ones fail with the same error, on both engines.
type Tx struct {
	db       *DB
	s        session
	scope    vc.Scope
	ctx      context.Context // of a view; nil in an update
	readonly bool
	direct   bool // no statement is put off
	single   bool // there is no transaction: one statement is all
	said     bool // it was
	err      error
	late     bool
	lost     bool
	appended bool
	enqueued bool
}

// deferred is the error of a statement whose caller has gone on.
type deferred struct{ error }

func (d deferred) Unwrap() error { return d.error }

// Scope conditions. $1 and $2 of every statement in a scope are its tenant and organisation.
//
// own is what the scope owns: an organisation's rows, a tenant's and all its organisations', the operator's.
// seen adds what a tenant lays out for all its organisations.
const (
	own  = `tenant_id = $1 AND ($2 = '' OR org_id = $2)`
	seen = `tenant_id = $1 AND ($2 = '' OR org_id = $2 OR org_id = '')`
)

// long is own for long lists: an organisation's rows are found, in the order of the list, by its own index.
func (tx *Tx) long() string {
	if tx.scope.Organisation != "" {
		return tx.db.engine.office()
	}
	return own
}

// few is own for lists of which a filter leaves a few: only that is left to an index.
func (tx *Tx) few() string {
	if tx.scope.Organisation != "" {
		return `org_id || '' = $2 AND tenant_id || '' = $1`
	}
	return `tenant_id || '' = $1 AND $2 = ''`
}

func (tx *Tx) end() { tx.s = nil }

func (tx *Tx) ready(write bool) error {
	switch {
	case tx.s == nil:
		return vc.Errorf(vc.Internal, "transaction", "a transaction is used after its end")
	case write && tx.readonly:
		return vc.Errorf(vc.Internal, "transaction", "a view cannot write")
	case tx.err != nil:
		return tx.err
	case tx.ctx != nil && tx.ctx.Err() != nil:
		return unavailable(tx.ctx.Err())
	}
	return nil
}

// failed remembers a statement's error: the transaction is good for nothing more.
func (tx *Tx) failed(err error) error {
	if err == nil {
		return nil
	}
	var d deferred
	tx.late = errors.As(err, &d) && !tx.direct
	tx.lost = tx.db.engine.again(err)
	tx.err = tx.db.engine.classify(err)
	return tx.err
}

// exec runs a statement now; $1 and $2 are the scope.
func (tx *Tx) exec(query string, args ...any) (int64, error) {
	return tx.plain(query, tx.scoped(args)...)
}

// plain is exec with arguments of its own.
func (tx *Tx) plain(query string, args ...any) (int64, error) {
	if err := tx.ready(true); err != nil {
		return 0, err
	}
	if !storable(args) {
		return 0, unstorable()
	}
	n, err := tx.s.exec(query, args)
	return n, tx.failed(err)
}

// insert runs a statement that nothing depends on but that it worked, so that it may travel with others. check
// hears how many rows there were; nil does not mind.
func (tx *Tx) insert(check func(int64) error, query string, args ...any) error {
	if err := tx.ready(true); err != nil {
		return err
	}
	if !storable(args) {
		return unstorable()
	}
	if !tx.direct {
		return tx.outcome(tx.s.later(query, args, check))
	}
	n, err := tx.s.exec(query, args)
	if err != nil {
		return tx.failed(err)
	}
	if check != nil {
		return check(n)
	}
	return nil
}

// outcome lets what a check said pass: it is the answer, and the transaction may go on.
func (tx *Tx) outcome(err error) error {
	var d deferred
	if e, ok := err.(*vc.Error); ok && !errors.As(err, &d) {
		return e
	}
	return tx.failed(err)
}

// one reads a single row; $1 and $2 are the scope. NotFound when there is none.
func (tx *Tx) one(query string, args []any, dest ...any) error {
	found := false
	err := tx.each(query, args, func(r row) error {
		if found {
			return nil
		}
		found = true
		return r.Scan(dest...)
	})
	if err == nil && !found {
		return notFound()
	}
	return err
}

// each reads rows; args are complete. What cannot be stored is in no row.
func (tx *Tx) each(query string, args []any, fn func(row) error) error {
	if err := tx.ready(false); err != nil || !storable(args) {
		return err
	}
	if tx.single && tx.said {
		return vc.Errorf(vc.Internal, "transaction", "a look is of one statement")
	}
	tx.said = true
	return tx.failed(tx.s.query(query, args, fn))
}

// storable tells whether both engines can keep the texts among args: PostgreSQL has neither a zero byte nor what is
// not UTF-8, and what one engine refuses the other does too.
func storable(args []any) bool {
	fine := func(text string) bool { return strings.IndexByte(text, 0) < 0 && utf8.ValidString(text) }
	for _, arg := range args {
		switch a := arg.(type) {
		case string:
			if !fine(a) {
				return false
			}
		case []string:
			if slices.ContainsFunc(a, func(text string) bool { return !fine(text) }) {
				return false
			}
		}
	}
	return true
}

func unstorable() error {
	return vc.Errorf(vc.Invalid, "text", "a text holds a zero byte or is not UTF-8")
}

// scoped puts the scope before args.
func (tx *Tx) scoped(args []any) []any {
	all := make([]any, 0, len(args)+2)
	return append(append(all, tx.scope.Tenant, tx.scope.Organisation), args...)
}

// in gives the scope a new row takes: the noun's own when that lies inside the transaction's, else the
// transaction's.
func (tx *Tx) in(s vc.Scope) (vc.Scope, error) {
	switch {
	case s == (vc.Scope{}) || s == tx.scope:
		return tx.scope, nil
	case tx.scope.Tenant != "" && s.Tenant == tx.scope.Tenant && tx.scope.Organisation == "":
		return s, nil
	}
	return s, vc.Errorf(vc.Internal, "scope", "a row of another scope")
}

// changed is for statements that must touch exactly one row.
func changed(n int64, err error) error {
	if err == nil && n == 0 {
		return notFound()
	}
	return err
}

// found is changed for [Tx.insert].
func found(n int64) error { return changed(n, nil) }

func notFound() error { return vc.Errorf(vc.NotFound, "not-found", "no such thing") }

func duplicate() *vc.Error { return vc.Errorf(vc.Conflict, "duplicate", "it exists already") }

// constraint is for a row that would break a law of its table's.
func constraint() *vc.Error { return vc.Errorf(vc.Conflict, "constraint", "a limit is exceeded") }

func stale() error {
	return vc.Errorf(vc.Conflict, "stale", "it was changed in the meantime")
}

// micros is how times are stored: microseconds since 1970 in UTC, 0 for none.
func micros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// stamp reads what micros wrote.
type stamp struct{ t *time.Time }

func at(t *time.Time) *stamp { return &stamp{t} }

// Scan implements [database/sql.Scanner].
func (s *stamp) Scan(src any) error {
	us, ok := src.(int64)
	if !ok {
		return fmt.Errorf("a time cannot be read from %T", src)
	}
	*s.t = time.Time{}
	if us != 0 {
		*s.t = time.UnixMicro(us).UTC()
	}
	return nil
}

// object reads JSON.
type object struct{ v any }

func js(v any) *object { return &object{v} }

// Scan implements [database/sql.Scanner].
func (o *object) Scan(src any) error {
	switch s := src.(type) {
	case string:
		return o.parse([]byte(s))
	case []byte:
		return o.parse(s)
	case nil:
		return nil
	}
	return fmt.Errorf("JSON cannot be read from %T", src)
}

func (o *object) parse(b []byte) error {
	if len(b) == 0 {
		return nil
	}
	return json.Unmarshal(b, o.v)
}

// text gives v as JSON; "" for what is empty.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil { // only plain structs, strings and numbers get here
		panic(err)
	}
	switch s := string(b); s {
	case "null", "[]", "{}":
		return ""
	default:
		return s
	}
}

// like gives the pattern of a search: names are kept folded in a column of their own.
func like(search string) string {
	return "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.ToLower(search)) + "%"
}

var _ = []stdsql.Scanner{(*stamp)(nil), (*object)(nil)}
