package storetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var ledgerLaws = []law{
	{"a ledger transaction is what was journaled", ledgerFields},
	{"a publication is what was written, and has its job", publicationFields},
	{"an object has one open ledger transaction", ledgerObject},
	{"a ledger's transactions are lent one after the other", ledgerLending},
	{"a tenant has so many open ledger transactions at most", ledgerFull},
	{"a ledger's accounts have their keys", ledgerAccounts},
}

func ledgerTransaction(scope vc.Scope, ledger, object string) vc.LedgerTransaction {
	at := time.Unix(1_700_000_000, 123_000).UTC()
	return vc.LedgerTransaction{
		ID: newID(), Scope: scope, Ledger: ledger, Object: object, Version: "v", Purpose: "p", Message: random(9), Intent: random(5),
		Ceiling: "12.5",
		State:   vc.LedgerRequested, Revision: 1, CreatedAt: at, UpdatedAt: at,
	}
}

func ledgerAccount(scope vc.Scope, ledger, address string) vc.LedgerAccount {
	key := aKey(scope)
	return vc.LedgerAccount{Ledger: ledger, Address: address, Key: key, CreatedAt: key.CreatedAt}
}

var ledgerProbes = map[string]probe{
	"InsertLedgerTransaction": {false, func(tx *sql.Tx, b belongings) error {
		return tx.InsertLedgerTransaction(ledgerTransaction(b.scope, newID(), newID()))
	}},
	"UpdateLedgerTransaction": {false, func(tx *sql.Tx, b belongings) error {
		b.transaction.Revision++
		return tx.UpdateLedgerTransaction(b.transaction)
	}},
	"LedgerTransaction": {false, func(tx *sql.Tx, b belongings) error { _, err := tx.LedgerTransaction(b.transaction.ID); return err }},
	"OpenLedgerTransaction": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.OpenLedgerTransaction(b.transaction.Ledger, b.transaction.Object)
		return err
	}},
	"InsertLedgerAccount": {false, func(tx *sql.Tx, b belongings) error {
		return tx.InsertLedgerAccount(ledgerAccount(b.scope, newID(), newID()))
	}},
	"LedgerAccounts": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.LedgerAccounts(b.account.Ledger)
		return listed(all, err, func(a vc.LedgerAccount) string { return a.Address }, b.account.Address)
	}},
}

func ledgerFields(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	want := ledgerTransaction(scope, "l", "o")
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertLedgerTransaction(want) })
	view(t, h.db, scope, func(tx *sql.Tx) error {
		got, err := tx.LedgerTransaction(want.ID)
		must(t, err)
		same(t, "journaled", got, want)
		got, err = tx.OpenLedgerTransaction("l", "o")
		must(t, err)
		same(t, "open", got, want)
		return nil
	})
	want.State, want.Account, want.Sequence, want.Fee, want.Hash, want.Raw = vc.LedgerFailed, "a", 7, "1n", "H", random(3)
	want.Attempts, want.Kind, want.Code, want.Error, want.Intent, want.Message, want.Revision = 2, vc.Conflict, "c", "e", nil, nil, 2
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.UpdateLedgerTransaction(want) })
	view(t, h.db, scope, func(tx *sql.Tx) error {
		got, err := tx.LedgerTransaction(want.ID)
		must(t, err)
		same(t, "changed", got, want)
		_, err = tx.OpenLedgerTransaction("l", "o")
		wants(t, err, vc.NotFound, "")
		return nil
	})
	err := rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.UpdateLedgerTransaction(want) })
	wants(t, err, vc.Conflict, "stale")
	other := vc.Scope{Tenant: "other"}
	view(t, h.db, other, func(tx *sql.Tx) error {
		_, err := tx.LedgerTransaction(want.ID)
		wants(t, err, vc.NotFound, "")
		return nil
	})
	all, err := h.db.LedgerTransactions(t.Context(), 10)
	must(t, err)
	same(t, "all", all, []vc.LedgerTransaction{want})
}

func ledgerObject(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	first, second := ledgerTransaction(scope, "l", "o"), ledgerTransaction(scope, "l", "o")
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertLedgerTransaction(first) })
	insert := func(tx *sql.Tx) error { return tx.InsertLedgerTransaction(second) }
	wants(t, rows(h.db).Update(t.Context(), scope, insert), vc.Conflict, "duplicate")
	first.State, first.Revision = vc.LedgerIncluded, 2
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.UpdateLedgerTransaction(first) })
	update(t, h.db, scope, insert)
}

func ledgerLending(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	all := []vc.LedgerTransaction{
		ledgerTransaction(scope, "l", "1"), ledgerTransaction(vc.Scope{Tenant: scope.Tenant}, "l", "2"), ledgerTransaction(scope, "m", "3"),
		ledgerTransaction(scope, "n", "4"),
	}
	for _, tr := range all {
		update(t, h.db, vc.Scope{Tenant: scope.Tenant}, func(tx *sql.Tx) error { return tx.InsertLedgerTransaction(tr) })
	}
	second := Open(t, h.dsn)
	lend := func(db *sql.DB, worker string) (objects []string, lent []vc.LedgerTransaction) {
		lent, err := db.LendLedgerTransactions(t.Context(), worker, []string{"l", "m"}, time.Minute)
		must(t, err)
		for _, tr := range lent {
			objects = append(objects, tr.Object)
			if tr.LeasedBy != worker {
				t.Errorf("lent to %q", tr.LeasedBy)
			}
		}
		return objects, lent
	}
	objects, lent := lend(h.db, "w")
	if len(objects) != 2 || !cmp.Equal(map[string]bool{objects[0]: true, objects[1]: true}, map[string]bool{"1": true, "3": true}) {
		t.Fatalf("lent %v", objects)
	}
	if again, _ := lend(second, "x"); len(again) != 0 {
		t.Errorf("lent again: %v", again)
	}
	for _, tr := range lent {
		must(t, h.db.ReturnLedgerTransaction(t.Context(), tr, time.Time{}))
	}
	objects, lent = lend(second, "x")
	if len(objects) != 2 {
		t.Fatalf("what was given back is lent: %v", objects)
	}
	for _, tr := range lent { // one ends; the other waits
		if tr.Ledger == "m" {
			must(t, h.db.ReturnLedgerTransaction(t.Context(), tr, time.Now().Add(time.Hour)))
			continue
		}
		stranger := tr
		stranger.LeasedBy = "w"
		must(t, h.db.ReturnLedgerTransaction(t.Context(), stranger, time.Time{}))
		tr.State, tr.Revision = vc.LedgerIncluded, 2
		update(t, h.db, scope, func(tx *sql.Tx) error { return tx.UpdateLedgerTransaction(tr) })
	}
	objects, lent = lend(h.db, "w")
	if !cmp.Equal(objects, []string{"2"}) {
		t.Fatalf("after the first: %v", objects)
	}
	after := ledgerTransaction(scope, "l", "5")
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertLedgerTransaction(after) })
	confirmed := lent[0]
	confirmed.State, confirmed.Revision = vc.LedgerConfirmed, 2
	update(t, h.db, vc.Scope{Tenant: scope.Tenant}, func(tx *sql.Tx) error { return tx.UpdateLedgerTransaction(confirmed) })
	must(t, h.db.ReturnLedgerTransaction(t.Context(), confirmed, time.Now().Add(time.Hour)))
	if objects, lent = lend(h.db, "w"); !cmp.Equal(objects, []string{"5"}) {
		t.Fatalf("behind a confirmed one: %v", objects)
	}
	// What somebody else has holds up nobody, and is looked after beside the others.
	last := ledgerTransaction(scope, "l", "6")
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertLedgerTransaction(last) })
	handed := lent[0]
	handed.State, handed.Hash, handed.Revision = vc.LedgerSent, "", 2
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.UpdateLedgerTransaction(handed) })
	if objects, _ = lend(h.db, "w"); len(objects) != 0 {
		t.Errorf("while it is handed over: %v", objects)
	}
	must(t, h.db.ReturnLedgerTransaction(t.Context(), handed, time.Now().Add(time.Hour)))
	if objects, _ = lend(h.db, "w"); !cmp.Equal(objects, []string{"6"}) {
		t.Errorf("behind one that was handed over: %v", objects)
	}
}

func ledgerAccounts(t *testing.T, h *house) {
	first, second, other := ledgerAccount(vc.Scope{}, "l", "a"), ledgerAccount(vc.Scope{}, "l", "b"), ledgerAccount(vc.Scope{}, "m", "a")
	second.CreatedAt = first.CreatedAt.Add(time.Second)
	for _, a := range []vc.LedgerAccount{first, second, other} {
		update(t, h.db, vc.Scope{}, func(tx *sql.Tx) error { return tx.InsertLedgerAccount(a) })
	}
	twin := ledgerAccount(vc.Scope{}, "l", "a")
	err := rows(h.db).Update(t.Context(), vc.Scope{}, func(tx *sql.Tx) error { return tx.InsertLedgerAccount(twin) })
	wants(t, err, vc.Conflict, "duplicate")
	view(t, h.db, vc.Scope{}, func(tx *sql.Tx) error {
		got, err := tx.LedgerAccounts("l")
		must(t, err)
		same(t, "of a ledger", got, []vc.LedgerAccount{second, first})
		got, err = tx.LedgerAccounts("")
		must(t, err)
		if len(got) != 3 {
			t.Errorf("%d accounts", len(got))
		}
		return nil
	})
	view(t, h.db, somewhere(t, h.db), func(tx *sql.Tx) error {
		got, err := tx.LedgerAccounts("")
		must(t, err)
		if len(got) != 0 {
			t.Errorf("a tenant has the operator's accounts: %v", got)
		}
		return nil
	})
}

// ledgerFull has a tenant ask for more than may wait: it is refused, whatever organisation asks, until one ends; others are not.
func ledgerFull(t *testing.T, h *house) {
	tenant := vc.Scope{Tenant: newID()}
	first := ledgerTransaction(tenant, "l", newID())
	update(t, h.db, tenant, func(tx *sql.Tx) error {
		err := tx.InsertLedgerTransaction(first)
		for i := 0; i < 99 && err == nil; i++ {
			err = tx.InsertLedgerTransaction(ledgerTransaction(tenant, "l", newID()))
		}
		return err
	})
	one := func(scope vc.Scope) error {
		return rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error {
			return tx.InsertLedgerTransaction(ledgerTransaction(scope, "m", newID()))
		})
	}
	wants(t, one(tenant), vc.Unavailable, "ledger-queue-full")
	wants(t, one(vc.Scope{Tenant: tenant.Tenant, Organisation: newID()}), vc.Unavailable, "ledger-queue-full")
	must(t, one(somewhere(t, h.db)))
	first.State, first.Revision = vc.LedgerFailed, 2
	update(t, h.db, tenant, func(tx *sql.Tx) error { return tx.UpdateLedgerTransaction(first) })
	must(t, one(tenant))
}
