package storetest

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var walletLaws = []law{
	{"held credentials are read as they were written", held},
	{"a wallet holds a credential once", heldOnce},
	{"a wallet holds a name once", heldNames},
	{"held credentials are found", findingHeld},
	{"a wallet is emptied alone", emptied},
	{"replies are read as they were written", replied},
	{"a thread has one reply", replyThreads},
}

var walletProbes = map[string]probe{
	"InsertHeld": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertHeld(aHeld(b.scope)) }},
	"UpdateHeld": {false, func(tx *sql.Tx, b belongings) error { return tx.UpdateHeld(b.held) }},
	"DeleteHeld": {false, func(tx *sql.Tx, b belongings) error { return tx.DeleteHeld(b.held.ID) }},
	"DeleteAllHeld": {false, func(tx *sql.Tx, b belongings) error { // of its own at most
		if _, err := tx.DeleteAllHeld(); err != nil {
			return err
		}
		return errNothing
	}},
	"Held":   {false, func(tx *sql.Tx, b belongings) error { _, err := tx.Held(b.held.ID); return err }},
	"HeldOf": {false, func(tx *sql.Tx, b belongings) error { _, err := tx.HeldOf(b.held.Digest); return err }},
	"HeldCredentials": {false, func(tx *sql.Tx, b belongings) error {
		all, err := tx.HeldCredentials(vc.HeldQuery{})
		some, e := tx.HeldCredentials(vc.HeldQuery{SubjectMAC: b.held.SubjectMAC})
		return listed(slices.Concat(all, some), errors.Join(err, e), func(c vc.HeldCredential) string { return c.ID }, b.held.ID)
	}},
	"CountHeld": {false, func(tx *sql.Tx, b belongings) error {
		return counted(tx.CountHeld(vc.HeldQuery{Identity: b.held.Identity}))
	}},
	"InsertReply": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertReply(aReply(b.scope)) }},
	"UpdateReply": {false, func(tx *sql.Tx, b belongings) error {
		r := b.reply
		r.Revision = 2
		return tx.UpdateReply(r)
	}},
	"Reply":          {false, func(tx *sql.Tx, b belongings) error { _, err := tx.Reply(b.reply.ID); return err }},
	"ReplyForUpdate": {false, func(tx *sql.Tx, b belongings) error { _, err := tx.ReplyForUpdate(b.reply.ID); return err }},
}

func held(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	full, bare := aHeld(scope), vc.HeldCredential{ID: newID(), Scope: scope, Digest: random(32)}
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertHeld(full), tx.InsertHeld(bare)) })
	for _, want := range []vc.HeldCredential{full, bare} {
		get(t, h.db, scope, "held", want, func(tx *sql.Tx) (vc.HeldCredential, error) { return tx.Held(want.ID) })
	}
	full.Standing, full.SeenAt = vc.Revoked, moment()
	more := full // what else is changed is not written
	more.Issuer, more.Types, more.Body, more.Identity = "", nil, nil, ""
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.UpdateHeld(more) })
	get(t, h.db, scope, "held", full, func(tx *sql.Tx) (vc.HeldCredential, error) { return tx.Held(full.ID) })
	remove := func(tx *sql.Tx) error { return tx.DeleteHeld(full.ID) }
	update(t, h.db, scope, remove)
	wants(t, rows(h.db).Update(t.Context(), scope, remove), vc.NotFound, "")
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.UpdateHeld(full) }), vc.NotFound, "")
	wants(t, rows(h.db).View(t.Context(), scope, func(tx *sql.Tx) error { _, err := tx.Held(full.ID); return err }), vc.NotFound, "")
	get(t, h.db, scope, "the other", bare, func(tx *sql.Tx) (vc.HeldCredential, error) { return tx.Held(bare.ID) })
}

func heldOnce(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	one := aHeld(scope)
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertHeld(one) })
	insert := func(in vc.Scope) error {
		twin := aHeld(in)
		twin.Digest = one.Digest
		return rows(h.db).Update(t.Context(), in, func(tx *sql.Tx) error { return tx.InsertHeld(twin) })
	}
	wants(t, insert(scope), vc.Conflict, "duplicate")
	must(t, insert(vc.Scope{Tenant: scope.Tenant, Organisation: newID()}))
	must(t, insert(somewhere(t, h.db)))
	of := func(tx *sql.Tx) (string, error) { return tx.HeldOf(one.Digest) }
	get(t, h.db, scope, "of the digest", one.ID, of)
	// A tenant's own wallet is not its organisations'.
	wants(t, rows(h.db).View(t.Context(), vc.Scope{Tenant: scope.Tenant}, func(tx *sql.Tx) error { _, err := of(tx); return err }), vc.NotFound, "")
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.DeleteHeld(one.ID) })
	must(t, insert(scope)) // and may be taken in again
}

func heldNames(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	one := aHeld(scope)
	insert := func(in vc.Scope, name string) error {
		c := aHeld(in)
		c.Name = name
		return rows(h.db).Update(t.Context(), in, func(tx *sql.Tx) error { return tx.InsertHeld(c) })
	}
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertHeld(one) })
	wants(t, insert(scope, one.Name), vc.Conflict, "duplicate")
	must(t, insert(vc.Scope{Tenant: scope.Tenant, Organisation: newID()}, one.Name))
	must(t, insert(somewhere(t, h.db), one.Name))
	must(t, insert(scope, ""))
	must(t, insert(scope, ""))
}

func findingHeld(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	a, b := aHeld(scope), aHeld(scope)
	a.Types = []string{"Degree", "Other", "Wanted Not", "wanted", "x\"Wanted\"", "x\nWanted\n"}
	b.Types, b.Issuer, b.Network, b.Version, b.Standing = []string{"Wanted", ","}, "did:empe:y", "", "2", vc.Suspended
	b.IssuedAt = a.IssuedAt.Add(time.Hour)
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertHeld(a), tx.InsertHeld(b)) })
	main := ""
	for name, q := range map[string]vc.HeldQuery{
		"network": {Network: &main}, "type": {Type: "Wanted"}, "odd type": {Type: ","}, "issuer": {Issuer: b.Issuer},
		"version": {Version: "2"}, "identity": {Identity: b.Identity}, "standing": {Standing: vc.Suspended},
		"subject": {SubjectMAC: b.SubjectMAC}, "name": {Name: b.Name}, "from": {IssuedFrom: b.IssuedAt},
		"all": {
			Network: &main, Type: "Wanted", Issuer: b.Issuer, Version: "2", Identity: b.Identity, Standing: b.Standing,
			SubjectMAC: b.SubjectMAC, Name: b.Name, IssuedFrom: b.IssuedAt, IssuedTo: b.IssuedAt.Add(time.Microsecond),
			Page: vc.Page{Ascending: true},
		},
	} {
		for _, in := range []vc.Scope{scope, {Tenant: scope.Tenant}} {
			get(t, h.db, in, name, []vc.HeldCredential{b}, func(tx *sql.Tx) ([]vc.HeldCredential, error) { return tx.HeldCredentials(q) })
			get(t, h.db, in, name, 1, func(tx *sql.Tx) (int, error) { return tx.CountHeld(q) })
		}
	}
	for name, q := range map[string]vc.HeldQuery{
		"to": {IssuedTo: b.IssuedAt}, "page": {Page: vc.Page{After: b.ID}}, "type": {Type: "wanted"},
		"quoted": {Type: `x"Wanted"`}, "of lines": {Type: "x\nWanted\n"},
	} {
		get(t, h.db, scope, name, []vc.HeldCredential{a}, func(tx *sql.Tx) ([]vc.HeldCredential, error) { return tx.HeldCredentials(q) })
	}
}

func emptied(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	tenant := vc.Scope{Tenant: scope.Tenant}
	others := []vc.HeldCredential{aHeld(tenant), aHeld(vc.Scope{Tenant: scope.Tenant, Organisation: newID()}), aHeld(somewhere(t, h.db))}
	for _, other := range others {
		update(t, h.db, other.Scope, func(tx *sql.Tx) error { return tx.InsertHeld(other) })
	}
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertHeld(aHeld(scope)), tx.InsertHeld(aHeld(scope))) })
	for _, want := range []int{2, 0} {
		update(t, h.db, scope, func(tx *sql.Tx) error {
			n, err := tx.DeleteAllHeld()
			same(t, "deleted", n, want)
			return err
		})
	}
	for _, other := range others {
		get(t, h.db, other.Scope, "another's", other, func(tx *sql.Tx) (vc.HeldCredential, error) { return tx.Held(other.ID) })
	}
	update(t, h.db, tenant, func(tx *sql.Tx) error {
		n, err := tx.DeleteAllHeld()
		same(t, "deleted of the tenant's own", n, 1)
		return err
	})
	get(t, h.db, others[1].Scope, "another's", others[1], func(tx *sql.Tx) (vc.HeldCredential, error) { return tx.Held(others[1].ID) })
}

func replied(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	full, bare := aReply(scope), vc.Reply{ID: newID(), Scope: scope}
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertReply(full), tx.InsertReply(bare)) })
	for _, want := range []vc.Reply{full, bare} {
		get(t, h.db, scope, "reply", want, func(tx *sql.Tx) (vc.Reply, error) { return tx.Reply(want.ID) })
	}
	write := func(r vc.Reply) error {
		return rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error {
			locked, err := tx.ReplyForUpdate(full.ID)
			same(t, "locked", locked.Thread, full.Thread)
			return errors.Join(err, tx.UpdateReply(r))
		})
	}
	wants(t, write(full), vc.Conflict, "stale")
	full.State, full.Identity, full.Error, full.Pocket = vc.ReplyPresented, newID(), "", nil
	full.Body, full.BodyKey, full.UpdatedAt, full.Revision = random(5), random(32), moment(), 2
	more := full // what else is changed is not written
	more.Door, more.Channel, more.Thread, more.ExpiresAt = "", "", "", time.Time{}
	must(t, write(more))
	wants(t, write(more), vc.Conflict, "stale")
	get(t, h.db, scope, "reply", full, func(tx *sql.Tx) (vc.Reply, error) { return tx.Reply(full.ID) })
	more.ID = newID()
	wants(t, write(more), vc.NotFound, "")
}

func replyThreads(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	one := aReply(scope)
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertReply(one) })
	insert := func(in vc.Scope, thread, door string) error {
		r := aReply(in)
		r.Thread, r.Door = thread, door
		return rows(h.db).Update(t.Context(), in, func(tx *sql.Tx) error { return tx.InsertReply(r) })
	}
	wants(t, insert(scope, one.Thread, one.Door), vc.Conflict, "duplicate")
	must(t, insert(scope, one.Thread, "other"))
	must(t, insert(somewhere(t, h.db), one.Thread, one.Door))
	must(t, insert(scope, "", one.Door))
	must(t, insert(scope, "", one.Door))
}
