package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var versionLaws = []law{
	{"versions of schemas are known by ids", versions},
	{"a version is in use while anything is of it", versionUse},
	{"a line has one type", typeLines},
	{"status lists are listed in their order", statusLists},
}

var versionProbes = map[string]probe{
	"UpdateSchemaVersion": {false, func(tx *sql.Tx, b belongings) error { return tx.UpdateSchemaVersion(b.version) }},
	"SchemaVersionByID": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.SchemaVersionByID(b.version.ID)
		return err
	}},
	"SchemaVersions": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.SchemaVersions(vc.SchemaVersionQuery{})
		return listed(all, err, func(v vc.SchemaVersion) string { return v.ID }, b.version.ID)
	}},
	"SchemaVersionInUse": {true, func(tx *sql.Tx, b belongings) error {
		if used, err := tx.SchemaVersionInUse(b.schema.ID, 1, ""); err != nil || !used {
			return errors.Join(err, errNothing)
		}
		return nil
	}},
	"TypeOfLine": {false, func(tx *sql.Tx, b belongings) error { _, err := tx.TypeOfLine(b.kind.Line); return err }},
	"StatusLists": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.StatusLists(vc.Page{})
		return listed(all, err, func(l vc.StatusList) string { return l.ID }, b.list.ID)
	}},
	"InsertLoginCode": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertLoginCode(aCode(b.scope)) }},
	"UpdateLoginCode": {false, func(tx *sql.Tx, b belongings) error { return tx.UpdateLoginCode(b.code) }},
	"LoginCodeForUpdate": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.LoginCodeForUpdate(b.code.ID)
		return err
	}},
	"DeleteLoginCodes": {true, nil}, // see sweptLogins
	"DeleteLogins":     {true, nil},
}

func versions(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	tenant := vc.Scope{Tenant: scope.Tenant}
	schema, shared := aSchema(scope), aSchema(tenant)
	shared.SharedWith = []string{"*"}
	one, two, theirs := aVersion(schema), aVersion(schema), aVersion(shared)
	plain := vc.SchemaVersion{Schema: schema.ID, Scope: scope, Version: 3} // has no id
	one.WithdrawnAt = time.Time{}
	two.Version, two.Name, two.TypeName, two.ContextURL = 2, "Other", "Other", ""
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertSchema(schema), tx.InsertSchemaVersion(one), tx.InsertSchemaVersion(two), tx.InsertSchemaVersion(plain))
	})
	update(t, h.db, tenant, func(tx *sql.Tx) error { return errors.Join(tx.InsertSchema(shared), tx.InsertSchemaVersion(theirs)) })
	for _, want := range []vc.SchemaVersion{one, two, plain, theirs} {
		get(t, h.db, scope, "version", want, func(tx *sql.Tx) (vc.SchemaVersion, error) { return tx.SchemaVersion(want.Schema, want.Version) })
		if want.ID == "" {
			continue
		}
		get(t, h.db, scope, "by id", want, func(tx *sql.Tx) (vc.SchemaVersion, error) { return tx.SchemaVersionByID(want.ID) })
	}
	in, object, err := h.db.Lookup(t.Context(), store.HandleSchemaVersion, two.ID)
	must(t, err)
	same(t, "handle", []any{in, object}, []any{scope, schema.ID + "/2"})
	yes, no := true, false
	for name, c := range map[string]struct {
		query vc.SchemaVersionQuery
		want  []vc.SchemaVersion
	}{
		"any":       {vc.SchemaVersionQuery{}, []vc.SchemaVersion{theirs, two, one}},
		"ascending": {vc.SchemaVersionQuery{Page: vc.Page{Ascending: true, Limit: 2}}, []vc.SchemaVersion{one, two}},
		"after":     {vc.SchemaVersionQuery{Page: vc.Page{After: two.ID}}, []vc.SchemaVersion{one}},
		"exact":     {vc.SchemaVersionQuery{Exact: true}, []vc.SchemaVersion{two, one}},
		"type name": {vc.SchemaVersionQuery{TypeName: "Other"}, []vc.SchemaVersion{two}},
		"name":      {vc.SchemaVersionQuery{Name: one.Name, Exact: true}, []vc.SchemaVersion{one}},
		"version":   {vc.SchemaVersionQuery{Version: 1, Exact: true}, []vc.SchemaVersion{one}},
		"withdrawn": {vc.SchemaVersionQuery{Withdrawn: &yes}, []vc.SchemaVersion{theirs, two}},
		"published": {vc.SchemaVersionQuery{Withdrawn: &no}, []vc.SchemaVersion{one}},
		"nothing":   {vc.SchemaVersionQuery{Withdrawn: &no, TypeName: "Other"}, nil},
	} {
		get(t, h.db, scope, name, c.want, func(tx *sql.Tx) ([]vc.SchemaVersion, error) { return tx.SchemaVersions(c.query) })
	}
	one.WithdrawnAt = moment()
	more := one // what else is changed is not written
	more.Document, more.Name, more.ID = nil, "", ""
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.UpdateSchemaVersion(more) })
	get(t, h.db, scope, "withdrawn", one, func(tx *sql.Tx) (vc.SchemaVersion, error) { return tx.SchemaVersionByID(one.ID) })
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.UpdateSchemaVersion(theirs) }), vc.NotFound, "")
	for _, id := range []string{"", newID()} {
		wants(t, rows(h.db).View(t.Context(), scope, func(tx *sql.Tx) error { _, err := tx.SchemaVersionByID(id); return err }), vc.NotFound, "")
	}
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.DeleteSchema(schema.ID) })
	_, _, err = h.db.Lookup(t.Context(), store.HandleSchemaVersion, two.ID)
	wants(t, err, vc.NotFound, "")
	_, _, err = h.db.Lookup(t.Context(), store.HandleSchemaVersion, theirs.ID)
	must(t, err)
}

func versionUse(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	neighbour := vc.Scope{Tenant: scope.Tenant, Organisation: newID()} // what the tenant shares is used by others too
	list := aList(scope)
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertStatusList(list) })
	used := func(schema string, version int, but string, want bool) {
		t.Helper()
		for _, in := range []vc.Scope{scope, {Tenant: scope.Tenant}, neighbour} {
			get(t, h.db, in, "in use", want, func(tx *sql.Tx) (bool, error) { return tx.SchemaVersionInUse(schema, version, but) })
		}
		get(t, h.db, somewhere(t, h.db), "in use", false, func(tx *sql.Tx) (bool, error) { return tx.SchemaVersionInUse(schema, version, but) })
	}
	used(newID(), 1, "", false)
	used("", 0, "", false)

	credential := aCredential(list, 1)
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertCredential(credential) })
	used(credential.Schema, credential.SchemaVersion, "", true)
	used(credential.Schema, credential.SchemaVersion+1, "", false)

	kind := aType(scope, newID())
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertType(kind) })
	used(kind.Schema, kind.SchemaVersion, newID(), true)
	used(kind.Schema, kind.SchemaVersion, kind.ID, false)
	kind.SchemaVersion, kind.Revision = 2, 2
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.UpdateType(kind) })
	used(kind.Schema, 1, "", false)

	exchange := anExchange(scope)
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertExchange(exchange) })
	for _, state := range []vc.ExchangeState{vc.Proposed, vc.Offered, vc.Requested, vc.Signing, vc.Deferred, vc.Delivered, vc.Declined, vc.Expired} {
		exchange.State = state
		exchange.Revision++
		update(t, h.db, scope, func(tx *sql.Tx) error { return tx.UpdateExchange(exchange) })
		used(exchange.Schema, exchange.SchemaVersion, "", state != vc.Delivered && !state.Final())
	}

	offering := anOffering(scope)
	offering.WithdrawnAt = time.Time{}
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertOffering(offering) })
	used(offering.Schema, offering.SchemaVersion, "", true)
	used(offering.Schema, offering.SchemaVersion-1, "", false)
	offering.WithdrawnAt = moment()
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.UpdateOffering(offering) })
	used(offering.Schema, offering.SchemaVersion, "", false)
}

func typeLines(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	kind := aType(scope, "")
	insert := func(in vc.Scope, line string) error {
		k := aType(in, "")
		k.Line = line
		return rows(h.db).Update(t.Context(), in, func(tx *sql.Tx) error { return tx.InsertType(k) })
	}
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertType(kind) })
	get(t, h.db, scope, "type", kind, func(tx *sql.Tx) (vc.CredentialType, error) { return tx.TypeOfLine(kind.Line) })
	wants(t, insert(scope, kind.Line), vc.Conflict, "duplicate")
	must(t, insert(scope, ""))
	must(t, insert(scope, ""))
	for _, in := range []vc.Scope{{Tenant: scope.Tenant}, {Tenant: scope.Tenant, Organisation: newID()}, somewhere(t, h.db)} {
		find := func(tx *sql.Tx) error { _, err := tx.TypeOfLine(kind.Line); return err }
		wants(t, rows(h.db).View(t.Context(), in, find), vc.NotFound, "")
		must(t, insert(in, kind.Line))
		view(t, h.db, in, find)
	}
	for _, line := range []string{"", newID()} {
		wants(t, rows(h.db).View(t.Context(), scope, func(tx *sql.Tx) error { _, err := tx.TypeOfLine(line); return err }), vc.NotFound, "")
	}
}

func statusLists(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	one, two, other := aList(scope), aList(scope), aList(vc.Scope{Tenant: scope.Tenant, Organisation: newID()})
	update(t, h.db, vc.Scope{Tenant: scope.Tenant}, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertStatusList(one), tx.InsertStatusList(two), tx.InsertStatusList(other))
	})
	lists := func(in vc.Scope, page vc.Page, want ...vc.StatusList) {
		t.Helper()
		get(t, h.db, in, "lists", want, func(tx *sql.Tx) ([]vc.StatusList, error) { return tx.StatusLists(page) })
	}
	lists(scope, vc.Page{}, two, one)
	lists(scope, vc.Page{Ascending: true, Offset: 1, Limit: 1}, two)
	lists(scope, vc.Page{Ascending: true, Offset: 2, Limit: 1})
	lists(vc.Scope{Tenant: scope.Tenant}, vc.Page{Ascending: true}, one, two, other)
}
