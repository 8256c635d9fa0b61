package storetest

import (
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var offeringLaws = []law{
	{"offerings are read as they were written", offered},
	{"offerings are found", findingOfferings},
	{"offerings and redemptions page", pagingOfferings},
	{"a redemption belongs to whom its offering belongs", redeemedBy},
	{"an offering is redeemed no more often than its limit", limits},
	{"nothing is offered of a version that was withdrawn", offeredOrWithdrawn},
}

func offered(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	full, bare := anOffering(scope), vc.Offering{ID: newID(), Scope: scope}
	redemption := aRedemption(full)
	empty := vc.Redemption{ID: newID(), Scope: scope, Offering: bare.ID}
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertOffering(full), tx.InsertOffering(bare), tx.InsertRedemption(redemption), tx.InsertRedemption(empty))
	})
	for _, want := range []vc.Offering{full, bare} {
		get(t, h.db, scope, "offering", want, func(tx *sql.Tx) (vc.Offering, error) { return tx.Offering(want.ID) })
		in, object, err := h.db.Lookup(t.Context(), store.HandleOffering, want.ID)
		must(t, err)
		same(t, "handle", []any{in, object}, []any{scope, want.ID})
	}
	for _, want := range []vc.Redemption{redemption, empty} {
		get(t, h.db, scope, "redemptions", []vc.Redemption{want}, func(tx *sql.Tx) ([]vc.Redemption, error) {
			return tx.Redemptions(want.Offering, vc.Page{})
		})
	}
	full.Redeemed, full.WithdrawnAt, full.Body, full.BodyKey = 2, time.Time{}, nil, nil
	more := full // what else is changed is not written
	more.Type, more.State, more.Limit, more.RecipientMAC, more.Targeted = "", "", 100, nil, false
	update(t, h.db, scope, func(tx *sql.Tx) error {
		locked, err := tx.OfferingForUpdate(full.ID)
		same(t, "locked", locked.State, full.State)
		return errors.Join(err, tx.UpdateOffering(more))
	})
	get(t, h.db, scope, "offering", full, func(tx *sql.Tx) (vc.Offering, error) { return tx.Offering(full.ID) })
	full.ID = newID()
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.UpdateOffering(full) }), vc.NotFound, "")
}

func findingOfferings(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	now := moment()
	closed, open := anOffering(scope), anOffering(scope)
	open.Targeted, open.Redeemed, open.WithdrawnAt, open.ExpiresAt = false, 6, time.Time{}, now.Add(time.Microsecond)
	over, used, endless := open, open, open
	over.ID, over.ExpiresAt = newID(), now
	used.ID, used.Redeemed = newID(), 7
	endless.ID, endless.ExpiresAt, endless.Limit = newID(), time.Time{}, 0
	for _, o := range []*vc.Offering{&over, &used, &endless} {
		o.Type, o.RecipientMAC = newID(), random(32)
	}
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertOffering(closed), tx.InsertOffering(open), tx.InsertOffering(over),
			tx.InsertOffering(used), tx.InsertOffering(endless))
	})
	for name, c := range map[string]struct {
		query vc.OfferingQuery
		want  []vc.Offering
	}{
		"any":       {vc.OfferingQuery{}, []vc.Offering{endless, used, over, open, closed}},
		"type":      {vc.OfferingQuery{Type: closed.Type}, []vc.Offering{closed}},
		"recipient": {vc.OfferingQuery{RecipientMAC: closed.RecipientMAC}, []vc.Offering{closed}},
		"open":      {vc.OfferingQuery{Open: true}, []vc.Offering{endless, used, over, open}},
		"claimable": {vc.OfferingQuery{Claimable: now}, []vc.Offering{endless, open}},
		"all": {
			vc.OfferingQuery{Claimable: now, Open: true, Type: open.Type, RecipientMAC: open.RecipientMAC, Page: vc.Page{Ascending: true}},
			[]vc.Offering{open},
		},
	} {
		for _, in := range []vc.Scope{scope, {Tenant: scope.Tenant}} {
			get(t, h.db, in, name, c.want, func(tx *sql.Tx) ([]vc.Offering, error) { return tx.Offerings(c.query) })
			get(t, h.db, in, name, len(c.want), func(tx *sql.Tx) (int, error) { return tx.CountOfferings(c.query) })
		}
	}
}

func pagingOfferings(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	var offerings, redemptions []string
	update(t, h.db, scope, func(tx *sql.Tx) error {
		offerings, redemptions = nil, nil
		for range 5 {
			o := anOffering(scope)
			offerings = append([]string{o.ID}, offerings...)
			if err := tx.InsertOffering(o); err != nil {
				return err
			}
		}
		for range 5 {
			r := aRedemption(vc.Offering{ID: offerings[0], Scope: scope})
			redemptions = append([]string{r.ID}, redemptions...)
			if err := tx.InsertRedemption(r); err != nil {
				return err
			}
		}
		return nil
	})
	walk := func(list func(*sql.Tx, vc.Page) ([]string, error)) (got []string) {
		page := vc.Page{Limit: 2}
		for {
			n := len(got)
			view(t, h.db, scope, func(tx *sql.Tx) error {
				more, err := list(tx, page)
				got = append(got, more...)
				return err
			})
			if len(got) == n {
				return got
			}
			page.After = got[len(got)-1]
		}
	}
	same(t, "offerings", walk(func(tx *sql.Tx, p vc.Page) (ids []string, err error) {
		all, err := tx.Offerings(vc.OfferingQuery{Page: p})
		for _, o := range all {
			ids = append(ids, o.ID)
		}
		return ids, err
	}), offerings)
	same(t, "redemptions", walk(func(tx *sql.Tx, p vc.Page) (ids []string, err error) {
		all, err := tx.Redemptions(offerings[0], p)
		for _, r := range all {
			ids = append(ids, r.ID)
		}
		return ids, err
	}), redemptions)
}

func redeemedBy(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	offering := anOffering(scope)
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertOffering(offering) })
	redemption := aRedemption(offering)
	redemption.Scope = vc.Scope{}
	for _, from := range []vc.Scope{somewhere(t, h.db), {Tenant: scope.Tenant, Organisation: newID()}, {Tenant: newID()}, {}} {
		wants(t, rows(h.db).Update(t.Context(), from, func(tx *sql.Tx) error { return tx.InsertRedemption(redemption) }), vc.NotFound, "")
	}
	update(t, h.db, vc.Scope{Tenant: scope.Tenant}, func(tx *sql.Tx) error { return tx.InsertRedemption(redemption) })
	redemption.Scope = scope
	get(t, h.db, scope, "redemptions", []vc.Redemption{redemption}, func(tx *sql.Tx) ([]vc.Redemption, error) {
		return tx.Redemptions(offering.ID, vc.Page{})
	})
}

// limits has a hundred come at once, by way of two servers; and the table itself refuses what a program forgets.
func limits(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	offering := anOffering(scope)
	offering.Redeemed = 0
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertOffering(offering) })
	servers := []*sql.DB{h.db, Open(t, h.dsn)}
	errs := make([]error, 100)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() {
			errs[i] = rows(servers[i%2]).Update(background(), scope, func(tx *sql.Tx) error {
				o, err := tx.OfferingForUpdate(offering.ID)
				if err != nil {
					return err
				}
				if o.Redeemed >= o.Limit {
					return vc.Errorf(vc.NotFound, "offering-exhausted", "no more")
				}
				o.Redeemed++
				return errors.Join(tx.UpdateOffering(o), tx.InsertRedemption(aRedemption(o)))
			})
		})
	}
	wait.Wait()
	served := 0
	for _, err := range errs {
		if err == nil {
			served++
		} else {
			wants(t, err, vc.NotFound, "offering-exhausted")
		}
	}
	same(t, "served", served, offering.Limit)
	view(t, h.db, scope, func(tx *sql.Tx) error {
		o, err := tx.Offering(offering.ID)
		all, e := tx.Redemptions(offering.ID, vc.Page{Limit: 1000})
		same(t, "redeemed", []int{o.Redeemed, len(all)}, []int{offering.Limit, offering.Limit})
		return errors.Join(err, e)
	})
	offering.Redeemed = offering.Limit + 1
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.UpdateOffering(offering) }), vc.Conflict, "constraint")
	offering.ID = newID()
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.InsertOffering(offering) }), vc.Conflict, "constraint")
}

// offeredOrWithdrawn: of who offers and who withdraws at the same time one finds what the other did.
func offeredOrWithdrawn(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	servers := []*sql.DB{h.db, Open(t, h.dsn)}
	for range 10 {
		schema := aSchema(scope)
		version := aVersion(schema)
		version.WithdrawnAt = time.Time{}
		update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertSchema(schema), tx.InsertSchemaVersion(version)) })
		offering := func() error {
			o := anOffering(scope)
			o.Schema, o.SchemaVersion, o.WithdrawnAt = schema.ID, version.Version, time.Time{}
			return rows(servers[1]).Update(background(), scope, func(tx *sql.Tx) error { return tx.InsertOffering(o) })
		}
		var withdrawn error
		offered := make([]error, 4)
		var wait sync.WaitGroup
		for i := range offered {
			wait.Go(func() { offered[i] = offering() })
		}
		wait.Go(func() {
			gone := version
			gone.WithdrawnAt = moment()
			withdrawn = rows(servers[0]).Update(background(), scope, func(tx *sql.Tx) error {
				if err := tx.UpdateSchemaVersion(gone); err != nil {
					return err
				}
				used, err := tx.SchemaVersionInUse(schema.ID, version.Version, "")
				if err == nil && used {
					err = vc.Errorf(vc.Conflict, "schema-in-use", "it is in use")
				}
				return err
			})
		})
		wait.Wait()
		for _, err := range offered {
			if withdrawn == nil {
				wants(t, err, vc.Conflict, "schema-withdrawn")
			} else {
				must(t, err)
			}
		}
		if withdrawn != nil {
			wants(t, withdrawn, vc.Conflict, "schema-in-use")
			continue
		}
		wants(t, offering(), vc.Conflict, "schema-withdrawn")
	}
}
