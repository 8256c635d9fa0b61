package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var instanceLaws = []law{
	{"instances are read as they were written", instances},
	{"a slug is taken once in a tenant", slugs},
	{"a whole credential with a status is found under one id", named},
}

var instanceProbes = map[string]probe{
	"InsertInstance": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertInstance(anInstance(b.scope)) }},
	"UpdateInstance": {false, func(tx *sql.Tx, b belongings) error {
		i := b.instance
		i.Revision = 2
		return tx.UpdateInstance(i)
	}},
	"Instance":       {false, func(tx *sql.Tx, b belongings) error { _, err := tx.Instance(b.instance.ID); return err }},
	"InstanceBySlug": {false, func(tx *sql.Tx, b belongings) error { _, err := tx.InstanceBySlug(b.instance.Slug); return err }},
	"Instances": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Instances(vc.ListQuery{})
		return listed(all, err, func(i vc.Instance) string { return i.ID }, b.instance.ID)
	}},
	"CountInstances": {false, func(tx *sql.Tx, b belongings) error {
		return counted(tx.CountInstances(vc.ListQuery{Search: b.instance.Name}))
	}},
}

func instances(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	full, plain := anInstance(scope), vc.Instance{ID: newID(), Scope: scope, Slug: "plain"}
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertInstance(full), tx.InsertInstance(plain))
	})
	for _, want := range []vc.Instance{full, plain} {
		get(t, h.db, scope, "instance", want, func(tx *sql.Tx) (vc.Instance, error) { return tx.Instance(want.ID) })
		get(t, h.db, scope, "instance", want, func(tx *sql.Tx) (vc.Instance, error) { return tx.InstanceBySlug(want.Slug) })
	}
	changed := full
	changed.Name, changed.Slug, changed.Identity, changed.Method, changed.Checks = "Else", "else", newID(), "", nil
	changed.Profile, changed.Open, changed.Lenient = vc.CredentialProfile{Format: "jwtvc"}, false, false
	changed.Revision, changed.UpdatedAt, changed.ArchivedAt = 2, moment(), time.Time{}
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.UpdateInstance(changed) })
	get(t, h.db, scope, "instance", changed, func(tx *sql.Tx) (vc.Instance, error) { return tx.Instance(full.ID) })
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.UpdateInstance(changed) }), vc.Conflict, "stale")
}

func slugs(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	one, two := anInstance(scope), anInstance(scope)
	two.Slug = one.Slug
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertInstance(one) })
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.InsertInstance(two) }), vc.Conflict, "duplicate")
	other := somewhere(t, h.db)
	two.Scope = other
	update(t, h.db, other, func(tx *sql.Tx) error { return tx.InsertInstance(two) })
}

func named(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	list := aList(scope)
	one, two := aCredential(list, 1), aCredential(list, 2)
	two.DocumentMAC = one.DocumentMAC
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertStatusList(list), tx.InsertCredential(one))
	})
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.InsertCredential(two) }), vc.Conflict, "duplicate")
	two.Entries = nil
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertCredential(two) })
	view(t, h.db, scope, func(tx *sql.Tx) error {
		all, err := tx.Credentials(vc.CredentialQuery{DocumentMAC: one.DocumentMAC})
		same(t, "credentials of the id", len(all), 2)
		return err
	})
}
