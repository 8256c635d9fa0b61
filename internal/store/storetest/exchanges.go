package storetest

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var exchangeLaws = []law{
	{"exchanges are read as they were written", exchanged},
	{"a revision guards an exchange", exchangesGuarded},
	{"a thread and a credential have one exchange", threads},
	{"exchanges are found", findingExchanges},
	{"a claim is whole or is not", claims},
}

var exchangeProbes = map[string]probe{
	"InsertOffering": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertOffering(anOffering(b.scope)) }},
	"UpdateOffering": {false, func(tx *sql.Tx, b belongings) error { return tx.UpdateOffering(b.offering) }},
	"Offering":       {false, func(tx *sql.Tx, b belongings) error { _, err := tx.Offering(b.offering.ID); return err }},
	"OfferingForUpdate": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.OfferingForUpdate(b.offering.ID)
		return err
	}},
	"Offerings": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Offerings(vc.OfferingQuery{})
		some, e := tx.Offerings(vc.OfferingQuery{RecipientMAC: b.offering.RecipientMAC})
		return listed(slices.Concat(all, some), errors.Join(err, e), func(o vc.Offering) string { return o.ID }, b.offering.ID)
	}},
	"CountOfferings": {false, func(tx *sql.Tx, b belongings) error {
		return counted(tx.CountOfferings(vc.OfferingQuery{Type: b.offering.Type}))
	}},
	"InsertRedemption": {false, func(tx *sql.Tx, b belongings) error {
		r := aRedemption(b.offering)
		r.Scope = vc.Scope{}
		return tx.InsertRedemption(r)
	}},
	"Redemptions": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Redemptions(b.offering.ID, vc.Page{})
		return listed(all, err, func(r vc.Redemption) string { return r.ID }, b.redemption.ID)
	}},
	"InsertExchange": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertExchange(anExchange(b.scope)) }},
	"UpdateExchange": {false, func(tx *sql.Tx, b belongings) error {
		e := b.exchange
		e.Revision = 2
		return tx.UpdateExchange(e)
	}},
	"Exchange": {false, func(tx *sql.Tx, b belongings) error { _, err := tx.Exchange(b.exchange.ID); return err }},
	"ExchangeForUpdate": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.ExchangeForUpdate(b.exchange.ID)
		return err
	}},
	"ExchangeOfCredential": {false, func(tx *sql.Tx, b belongings) error {
		_, err := tx.ExchangeOfCredential(b.exchange.Credential)
		return err
	}},
	"Exchanges": {false, func(tx *sql.Tx, b belongings) error {
		var all []vc.Exchange
		for _, q := range []vc.ExchangeQuery{
			{},
			{Offering: b.exchange.Offering},
			{Thread: b.exchange.Thread},
			{PeerMAC: b.exchange.PeerMAC},
		} {
			some, err := tx.Exchanges(q)
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
		return listed(all, nil, func(e vc.Exchange) string { return e.ID }, b.exchange.ID)
	}},
	"CountExchanges": {false, func(tx *sql.Tx, b belongings) error {
		return counted(tx.CountExchanges(vc.ExchangeQuery{Type: b.exchange.Type}))
	}},
}

func exchanged(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	full, bare := anExchange(scope), vc.Exchange{ID: newID(), Scope: scope}
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertExchange(full), tx.InsertExchange(bare))
	})
	for _, want := range []vc.Exchange{full, bare} {
		get(t, h.db, scope, "exchange", want, func(tx *sql.Tx) (vc.Exchange, error) { return tx.Exchange(want.ID) })
	}
	get(t, h.db, scope, "of its credential", full, func(tx *sql.Tx) (vc.Exchange, error) {
		return tx.ExchangeOfCredential(full.Credential)
	})
	full.State, full.Hold, full.Credential, full.Held, full.Error = vc.Failed, false, newID(), newID(), "other"
	full.Pocket, full.Body, full.BodyKey, full.Revision = []byte(`{}`), random(10), random(32), 2
	full.UpdatedAt, full.ExpiresAt = moment(), time.Time{}
	more := full // what else is changed is not written
	more.Role, more.Door, more.Thread, more.Channel, more.Offering, more.Type, more.PeerMAC = "", "", "", "", "", "", nil
	update(t, h.db, scope, func(tx *sql.Tx) error {
		locked, err := tx.ExchangeForUpdate(full.ID)
		same(t, "locked", locked.Thread, full.Thread)
		return errors.Join(err, tx.UpdateExchange(more))
	})
	get(t, h.db, scope, "exchange", full, func(tx *sql.Tx) (vc.Exchange, error) { return tx.Exchange(full.ID) })
	for _, nobody := range []string{"", newID()} {
		wants(t, rows(h.db).View(t.Context(), scope, func(tx *sql.Tx) error {
			_, err := tx.ExchangeOfCredential(nobody)
			return err
		}), vc.NotFound, "")
	}
}

func exchangesGuarded(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	exchange := anExchange(scope)
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertExchange(exchange) })
	write := func(e vc.Exchange) error {
		return rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.UpdateExchange(e) })
	}
	wants(t, write(exchange), vc.Conflict, "stale")
	exchange.Revision = 2
	must(t, write(exchange))
	wants(t, write(exchange), vc.Conflict, "stale")
	exchange.ID = newID()
	wants(t, write(exchange), vc.NotFound, "")
}

func threads(t *testing.T, h *house) {
	scope, other := somewhere(t, h.db), somewhere(t, h.db)
	one, late := anExchange(scope), anExchange(scope)
	late.Credential = ""
	insert := func(in vc.Scope, change func(*vc.Exchange)) error {
		e := anExchange(in)
		change(&e)
		return rows(h.db).Update(t.Context(), in, func(tx *sql.Tx) error { return tx.InsertExchange(e) })
	}
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertExchange(one), tx.InsertExchange(late)) })
	sameThread := func(e *vc.Exchange) { e.Channel, e.Thread = one.Channel, one.Thread }
	sameCredential := func(e *vc.Exchange) { e.Credential = one.Credential }
	wants(t, insert(scope, sameThread), vc.Conflict, "duplicate")
	wants(t, insert(scope, sameCredential), vc.Conflict, "duplicate")
	late.Credential, late.Revision = one.Credential, 2
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.UpdateExchange(late) }), vc.Conflict, "duplicate")
	must(t, insert(other, sameThread))
	must(t, insert(other, sameCredential))
	must(t, insert(scope, func(e *vc.Exchange) { sameThread(e); e.Door = "other" }))
	must(t, insert(scope, func(e *vc.Exchange) { sameThread(e); e.Role, e.Credential = vc.RoleHolder, one.Credential }))
	for range 2 {
		must(t, insert(scope, func(e *vc.Exchange) { e.Thread, e.Credential = "", "" }))
	}
	get(t, h.db, scope, "the issuer's", one, func(tx *sql.Tx) (vc.Exchange, error) { return tx.ExchangeOfCredential(one.Credential) })
}

func findingExchanges(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	a, b := anExchange(scope), anExchange(scope)
	b.Role, b.Door, b.State = vc.RoleHolder, "other", vc.Deferred
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertExchange(a), tx.InsertExchange(b)) })
	whole := vc.ExchangeQuery{
		Role: b.Role, Door: b.Door, Offering: b.Offering, Type: b.Type, States: []vc.ExchangeState{vc.Deferred, vc.Failed},
		Thread: b.Thread, Channel: b.Channel, PeerMAC: b.PeerMAC, Page: vc.Page{Ascending: true},
	}
	for name, q := range map[string]vc.ExchangeQuery{
		"role": {Role: b.Role}, "door": {Door: b.Door}, "offering": {Offering: b.Offering}, "type": {Type: b.Type},
		"states": {States: whole.States}, "thread": {Thread: b.Thread}, "channel": {Channel: b.Channel},
		"peer": {PeerMAC: b.PeerMAC}, "all": whole,
	} {
		for _, in := range []vc.Scope{scope, {Tenant: scope.Tenant}} {
			get(t, h.db, in, name, []vc.Exchange{b}, func(tx *sql.Tx) ([]vc.Exchange, error) { return tx.Exchanges(q) })
			get(t, h.db, in, name, 1, func(tx *sql.Tx) (int, error) { return tx.CountExchanges(q) })
		}
	}
	get(t, h.db, scope, "page", []vc.Exchange{a}, func(tx *sql.Tx) ([]vc.Exchange, error) {
		return tx.Exchanges(vc.ExchangeQuery{Page: vc.Page{After: b.ID}})
	})
	get(t, h.db, scope, "no states", []vc.Exchange(nil), func(tx *sql.Tx) ([]vc.Exchange, error) {
		return tx.Exchanges(vc.ExchangeQuery{States: []vc.ExchangeState{}})
	})
}

// claims redeems an offering twenty times at once; each status index is used by two of them, and so one of these fails
// when offering, exchange and redemption have been written.
func claims(t *testing.T, h *house) {
	const n = 10
	scope := somewhere(t, h.db)
	list, offering := aList(scope), anOffering(scope)
	offering.Limit, offering.Redeemed, offering.WithdrawnAt = 0, 0, time.Time{}
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertStatusList(list), tx.InsertOffering(offering))
	})
	claim := func(tx *sql.Tx, index int64) error {
		o, err := tx.OfferingForUpdate(offering.ID)
		if err != nil {
			return err
		}
		o.Redeemed++
		e, r, c := anExchange(scope), aRedemption(o), aCredential(list, index)
		e.Offering = o.ID
		return errors.Join(tx.UpdateOffering(o), tx.InsertExchange(e), tx.InsertRedemption(r), tx.InsertCredential(c),
			tx.InsertIdempotency(anAnswer(scope)))
	}
	errs := make([]error, 2*n)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() {
			errs[i] = rows(h.db).Update(background(), scope, func(tx *sql.Tx) error { return claim(tx, int64(i%n)) })
		})
	}
	wait.Wait()
	failed := 0
	for _, err := range errs {
		if err != nil {
			failed++
			wants(t, err, vc.Conflict, "duplicate")
		}
	}
	same(t, "failed", failed, n)
	view(t, h.db, scope, func(tx *sql.Tx) error {
		o, err := tx.Offering(offering.ID)
		same(t, "redeemed", o.Redeemed, n)
		exchanges, e1 := tx.CountExchanges(vc.ExchangeQuery{Offering: o.ID})
		redemptions, e2 := tx.Redemptions(o.ID, vc.Page{Limit: 1000})
		credentials, e3 := tx.CountCredentials(vc.CredentialQuery{})
		same(t, "rows", []int{exchanges, len(redemptions), credentials}, []int{n, n, n})
		return errors.Join(err, e1, e2, e3)
	})
}
