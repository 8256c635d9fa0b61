package storetest

import (
	"errors"
	"slices"
	"testing"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var agentLaws = []law{
	{"mediations are read as they were written", mediations},
	{"a mediated key is served once", mediatedKeys},
	{"a mediation goes with its keys", deletedMediations},
	{"an agent's settings are read as they were written", agentSettings},
	{"a wallet's name is one in the server", walletNames},
	{"metadata are an owner's", metadata},
}

func mediations(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	full, bare := aMediation(scope), vc.Mediation{ID: newID(), Scope: scope, Connection: newID(), Revision: 1}
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertMediation(full), tx.InsertMediation(bare)) })
	for _, want := range []vc.Mediation{full, bare} {
		get(t, h.db, scope, "mediation", want, func(tx *sql.Tx) (vc.Mediation, error) { return tx.Mediation(want.ID) })
	}
	insert := func(in vc.Scope, server bool) error {
		m := aMediation(in)
		m.Connection, m.Server = full.Connection, server
		return rows(h.db).Update(t.Context(), in, func(tx *sql.Tx) error { return tx.InsertMediation(m) })
	}
	wants(t, insert(scope, full.Server), vc.Conflict, "duplicate")
	must(t, insert(scope, !full.Server))
	must(t, insert(somewhere(t, h.db), full.Server))
	changed, nobody := aMediation(scope), aMediation(scope)
	changed.ID, changed.Revision, nobody.Revision = bare.ID, 2, 2
	revised(t, h, scope, bare, changed, nobody, (*sql.Tx).UpdateMediation)
	changed.CreatedAt = bare.CreatedAt
	update(t, h.db, scope, func(tx *sql.Tx) error {
		got, err := tx.MediationForUpdate(bare.ID)
		same(t, "locked", got, changed)
		return err
	})
	no := false
	denied := aMediation(scope)
	denied.Server, denied.State = false, vc.MediationDenied
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertMediation(denied) })
	for name, q := range map[string]vc.MediationQuery{
		"connection": {Connection: denied.Connection}, "state": {State: vc.MediationDenied},
		"all": {Connection: denied.Connection, State: vc.MediationDenied, Server: &no, Page: vc.Page{Ascending: true}},
		"way": {Server: &no, Page: vc.Page{Limit: 1}},
	} {
		for _, in := range []vc.Scope{scope, {Tenant: scope.Tenant}} {
			get(t, h.db, in, name, []vc.Mediation{denied}, func(tx *sql.Tx) ([]vc.Mediation, error) { return tx.Mediations(q) })
		}
	}
}

func mediatedKeys(t *testing.T, h *house) {
	scope, elsewhere := somewhere(t, h.db), somewhere(t, h.db)
	one, other, foreign := aMediation(scope), aMediation(scope), aMediation(elsewhere)
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertMediation(one), tx.InsertMediation(other)) })
	update(t, h.db, elsewhere, func(tx *sql.Tx) error { return tx.InsertMediation(foreign) })
	put := func(k vc.MediatedKey, served bool) error {
		return rows(h.db).Update(t.Context(), k.Scope, func(tx *sql.Tx) error { return tx.PutMediatedKey(k, served) })
	}
	served, plain := aMediatedKey(one), aMediatedKey(one)
	must(t, put(served, true))
	must(t, put(plain, false))
	leads(t, h.db, store.HandleMediatedKey, served.Verkey, scope, "mediation/"+one.ID)
	leads(t, h.db, store.HandleMediatedKey, plain.Verkey, scope, "")
	for _, m := range []vc.Mediation{other, foreign} {
		again := aMediatedKey(m)
		again.Verkey = served.Verkey
		wants(t, put(again, true), vc.Conflict, "duplicate")
		must(t, put(again, false)) // as ours at a mediator, whoever that is
		update(t, h.db, m.Scope, func(tx *sql.Tx) error {
			was, err := tx.DeleteMediatedKey(m.ID, again.Verkey)
			same(t, "was there", was, true)
			return err
		})
	}
	leads(t, h.db, store.HandleMediatedKey, served.Verkey, scope, "mediation/"+one.ID)
	served.State = vc.KeySent
	must(t, put(served, true)) // once more
	keys := []vc.MediatedKey{served, plain}
	slices.SortFunc(keys, func(a, b vc.MediatedKey) int {
		if a.Verkey < b.Verkey {
			return -1
		}
		return 1
	})
	for page, want := range map[vc.Page][]vc.MediatedKey{
		{}:                      keys,
		{Limit: 1}:              keys[:1],
		{After: keys[0].Verkey}: keys[1:],
		{Offset: 1}:             keys[1:],
	} {
		get(t, h.db, scope, "keys", want, func(tx *sql.Tx) ([]vc.MediatedKey, error) { return tx.MediatedKeys(one.ID, page) })
	}
	for _, want := range []bool{true, false} {
		update(t, h.db, scope, func(tx *sql.Tx) error {
			was, err := tx.DeleteMediatedKey(one.ID, served.Verkey)
			same(t, "was there", was, want)
			return err
		})
	}
	leads(t, h.db, store.HandleMediatedKey, served.Verkey, scope, "")
	moved := aMediatedKey(foreign)
	moved.Verkey = served.Verkey
	must(t, put(moved, true)) // who comes later may have it now
	nobody := aMediatedKey(one)
	nobody.Mediation = newID()
	wants(t, put(nobody, true), vc.NotFound, "")
}

func deletedMediations(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	one, other := aMediation(scope), aMediation(scope)
	gonner, stays := aMediatedKey(one), aMediatedKey(other)
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertMediation(one), tx.InsertMediation(other), tx.PutMediatedKey(gonner, true), tx.PutMediatedKey(stays, true))
	})
	remove := func(tx *sql.Tx) error { return tx.DeleteMediation(one.ID) }
	update(t, h.db, scope, remove)
	wants(t, rows(h.db).Update(t.Context(), scope, remove), vc.NotFound, "")
	gone(t, h, scope, func(tx *sql.Tx) (vc.Mediation, error) { return tx.Mediation(one.ID) })
	leads(t, h.db, store.HandleMediatedKey, gonner.Verkey, scope, "")
	leads(t, h.db, store.HandleMediatedKey, stays.Verkey, scope, "mediation/"+other.ID)
	for _, m := range []vc.Mediation{one, other} {
		want := []vc.MediatedKey{stays}
		if m.ID == one.ID {
			want = nil
		}
		get(t, h.db, scope, "keys", want, func(tx *sql.Tx) ([]vc.MediatedKey, error) { return tx.MediatedKeys(m.ID, vc.Page{}) })
	}
}

func agentSettings(t *testing.T, h *house) {
	scope, bare := somewhere(t, h.db), somewhere(t, h.db)
	put := func(s vc.AgentSettings) error {
		return rows(h.db).Update(t.Context(), s.Scope, func(tx *sql.Tx) error { return tx.PutAgentSettings(s) })
	}
	read := func(tx *sql.Tx) (vc.AgentSettings, error) { return tx.AgentSettings() }
	gone(t, h, scope, read)
	full, plain := someSettings(scope), vc.AgentSettings{ID: newID(), Scope: bare, Revision: 1}
	for _, want := range []vc.AgentSettings{full, plain} {
		must(t, put(want))
		get(t, h.db, want.Scope, "settings", want, read)
		gone(t, h, vc.Scope{Tenant: want.Scope.Tenant}, read)
	}
	second := someSettings(scope)
	wants(t, put(second), vc.Conflict, "duplicate") // it has some
	wants(t, put(vc.AgentSettings{ID: full.ID, Scope: scope, Revision: 3}), vc.Conflict, "stale")
	wants(t, put(vc.AgentSettings{ID: newID(), Scope: scope, Revision: 2}), vc.NotFound, "")
	changed := vc.AgentSettings{ID: full.ID, Scope: scope, Revision: 2, CreatedAt: full.CreatedAt, UpdatedAt: moment()}
	must(t, put(changed))
	wants(t, put(changed), vc.Conflict, "stale")
	get(t, h.db, scope, "emptied", changed, read)
	leads(t, h.db, store.HandleWallet, full.Wallet, scope, "")
	full.Revision = 3
	must(t, put(full))
	get(t, h.db, scope, "filled", full, read)
	leads(t, h.db, store.HandleWallet, full.Wallet, scope, full.ID)
}

func walletNames(t *testing.T, h *house) {
	one, two, none := someSettings(somewhere(t, h.db)), someSettings(somewhere(t, h.db)), someSettings(somewhere(t, h.db))
	one.Wallet, two.Wallet, none.Wallet = "Ada's Wallet", "Bob's", ""
	put := func(s vc.AgentSettings) error {
		return rows(h.db).Update(t.Context(), s.Scope, func(tx *sql.Tx) error { return tx.PutAgentSettings(s) })
	}
	for _, s := range []vc.AgentSettings{one, two, none} {
		must(t, put(s))
	}
	twin := someSettings(somewhere(t, h.db))
	twin.Wallet = one.Wallet
	wants(t, put(twin), vc.Conflict, "duplicate")
	two.Wallet, two.Revision = one.Wallet, 2
	wants(t, put(two), vc.Conflict, "duplicate")
	leads(t, h.db, store.HandleWallet, one.Wallet, one.Scope, one.ID)
	leads(t, h.db, store.HandleWallet, "Bob's", two.Scope, two.ID)
	two.Wallet = "Ada's other" // and the name it had is free
	must(t, put(two))
	leads(t, h.db, store.HandleWallet, "Bob's", two.Scope, "")
	leads(t, h.db, store.HandleWallet, two.Wallet, two.Scope, two.ID)
	twin.Wallet = "Bob's"
	must(t, put(twin))
	for name, c := range map[string]struct {
		q    vc.ListQuery
		want []vc.AgentSettings
	}{
		"all":    {vc.ListQuery{}, []vc.AgentSettings{twin, two, one}},
		"search": {vc.ListQuery{Search: "aDA"}, []vc.AgentSettings{two, one}},
		"page":   {vc.ListQuery{Page: vc.Page{After: two.ID}}, []vc.AgentSettings{one}},
		"name":   {vc.ListQuery{Page: vc.Page{OrderBy: vc.ByName, Ascending: true, Limit: 2}}, []vc.AgentSettings{two, one}},
	} {
		get(t, h.db, vc.Scope{}, name, c.want, func(tx *sql.Tx) ([]vc.AgentSettings, error) { return tx.Wallets(c.q) })
		c.q.Page = vc.Page{}
		get(t, h.db, vc.Scope{}, name, map[bool]int{true: 2, false: 3}[c.q.Search != ""], func(tx *sql.Tx) (int, error) {
			return tx.CountWallets(c.q)
		})
	}
	for _, in := range []vc.Scope{one.Scope, {Tenant: one.Scope.Tenant}} { // the operator's alone
		gone(t, h, in, func(tx *sql.Tx) ([]vc.AgentSettings, error) { return tx.Wallets(vc.ListQuery{}) })
		gone(t, h, in, func(tx *sql.Tx) (int, error) { return tx.CountWallets(vc.ListQuery{}) })
	}
}

func metadata(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	neighbour := vc.Scope{Tenant: scope.Tenant, Organisation: newID()}
	owner := "connection/" + newID()
	put := func(in vc.Scope, key string, value []byte) {
		t.Helper()
		update(t, h.db, in, func(tx *sql.Tx) error { return tx.PutMetadata(owner, key, value) })
	}
	wants := func(in vc.Scope, want map[string][]byte) {
		t.Helper()
		get(t, h.db, in, "metadata", want, func(tx *sql.Tx) (map[string][]byte, error) { return tx.Metadata(owner) })
	}
	wants(scope, map[string][]byte{})
	put(scope, "a", []byte(`1`))
	put(scope, "b", []byte{})
	put(scope, "a", []byte(`{"x":2}`))
	put(neighbour, "a", []byte(`3`))
	wants(scope, map[string][]byte{"a": []byte(`{"x":2}`), "b": {}})
	wants(neighbour, map[string][]byte{"a": []byte(`3`)})
	wants(vc.Scope{Tenant: newID(), Organisation: scope.Organisation}, map[string][]byte{})
	put(scope, "a", nil)
	put(scope, "none", nil)
	wants(scope, map[string][]byte{"b": {}})
	wants(neighbour, map[string][]byte{"a": []byte(`3`)})
	get(t, h.db, scope, "another owner's", map[string][]byte{}, func(tx *sql.Tx) (map[string][]byte, error) {
		return tx.Metadata("identity/" + newID())
	})
}
