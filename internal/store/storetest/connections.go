package storetest

import (
	"errors"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var connectionLaws = []law{
	{"connections are read as they were written", connections},
	{"a thread has one connection a role", connectionThreads},
	{"connections are found", findingConnections},
	{"a recipient is found by its handle", recipients},
	{"what has had its time is found, of all tenants", overdue},
	{"a peer is known by its keys", peerKeys},
	{"a connection goes with what is its own", deletedAlone},
}

// revised holds an update against the revision that is stored: first of what has revision 1, then of revision 2.
func revised[T any](t *testing.T, h *house, scope vc.Scope, one, two, nobody T, write func(*sql.Tx, T) error) {
	t.Helper()
	try := func(in vc.Scope, v T) error {
		return rows(h.db).Update(t.Context(), in, func(tx *sql.Tx) error { return write(tx, v) })
	}
	wants(t, try(scope, one), vc.Conflict, "stale")
	wants(t, try(somewhere(t, h.db), two), vc.NotFound, "")
	must(t, try(scope, two))
	wants(t, try(scope, two), vc.Conflict, "stale")
	wants(t, try(scope, nobody), vc.NotFound, "")
}

// gone wants that nothing is found.
func gone[T any](t *testing.T, h *house, scope vc.Scope, read func(*sql.Tx) (T, error)) {
	t.Helper()
	wants(t, rows(h.db).View(t.Context(), scope, func(tx *sql.Tx) error { _, err := read(tx); return err }), vc.NotFound, "")
}

func connections(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	full, bare := aConnection(scope), vc.Connection{ID: newID(), Scope: scope, Revision: 1}
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertConnection(full), tx.InsertConnection(bare))
	})
	for _, want := range []vc.Connection{full, bare} {
		get(t, h.db, scope, "connection", want, func(tx *sql.Tx) (vc.Connection, error) { return tx.Connection(want.ID) })
	}
	changed, nobody := aConnection(scope), aConnection(scope)
	changed.ID, changed.Revision, nobody.Revision = bare.ID, 2, 2
	changed.Role, changed.Auto, changed.TheirMAC = vc.RoleInvitee, false, nil
	revised(t, h, scope, bare, changed, nobody, (*sql.Tx).UpdateConnection)
	changed.CreatedAt = bare.CreatedAt
	update(t, h.db, scope, func(tx *sql.Tx) error {
		got, err := tx.ConnectionForUpdate(bare.ID)
		same(t, "locked", got, changed)
		return err
	})
}

func connectionThreads(t *testing.T, h *house) {
	scope, other := somewhere(t, h.db), somewhere(t, h.db)
	one := aConnection(scope)
	insert := func(in vc.Scope, thread string, role vc.ConnectionRole) error {
		c := aConnection(in)
		c.Thread, c.Role = thread, role
		return rows(h.db).Update(t.Context(), in, func(tx *sql.Tx) error { return tx.InsertConnection(c) })
	}
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertConnection(one) })
	wants(t, insert(scope, one.Thread, one.Role), vc.Conflict, "duplicate")
	must(t, insert(scope, one.Thread, vc.RoleInvitee)) // both ends are here
	must(t, insert(other, one.Thread, one.Role))
	must(t, insert(scope, "", one.Role))
	must(t, insert(scope, "", one.Role))
	late := aConnection(scope)
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertConnection(late) })
	late.Thread, late.Revision = one.Thread, 2
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.UpdateConnection(late) }), vc.Conflict, "duplicate")
}

// connectionQueries have one for each way to find a connection.
func connectionQueries(c vc.Connection) []vc.ConnectionQuery {
	return []vc.ConnectionQuery{
		{States: []vc.ConnectionState{c.State}},
		{States: []vc.ConnectionState{vc.Ended, c.State}},
		{Role: c.Role},
		{Protocol: c.Protocol},
		{Mine: c.Mine},
		{Invitation: c.Invitation},
		{InvitationID: c.InvitationID},
		{InvitationKey: c.InvitationKey},
		{Thread: c.Thread},
		{AliasMAC: c.AliasMAC},
		{TheirMAC: c.TheirMAC},
		{TheirPublicMAC: c.TheirPublicMAC},
		{
			States: []vc.ConnectionState{vc.Ended, c.State}, Role: c.Role, Protocol: c.Protocol, Mine: c.Mine,
			Invitation: c.Invitation, InvitationID: c.InvitationID, InvitationKey: c.InvitationKey, Thread: c.Thread,
			AliasMAC: c.AliasMAC, TheirMAC: c.TheirMAC, TheirPublicMAC: c.TheirPublicMAC, Page: vc.Page{Ascending: true},
		},
	}
}

func findingConnections(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	a, b := aConnection(scope), aConnection(scope)
	b.State, b.Role, b.Protocol = vc.Broken, vc.RoleInvitee, "connections/1.0"
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertConnection(a), tx.InsertConnection(b)) })
	for _, q := range connectionQueries(b) {
		for _, in := range []vc.Scope{scope, {Tenant: scope.Tenant}} {
			get(t, h.db, in, "found", []vc.Connection{b}, func(tx *sql.Tx) ([]vc.Connection, error) { return tx.Connections(q) })
			get(t, h.db, in, "counted", 1, func(tx *sql.Tx) (int, error) { return tx.CountConnections(q) })
		}
	}
	for name, c := range map[string]struct {
		q    vc.ConnectionQuery
		want []vc.Connection
	}{
		"newest first": {vc.ConnectionQuery{}, []vc.Connection{b, a}},
		"page":         {vc.ConnectionQuery{Page: vc.Page{After: b.ID}}, []vc.Connection{a}},
		"no states":    {vc.ConnectionQuery{States: []vc.ConnectionState{}}, nil},
	} {
		get(t, h.db, scope, name, c.want, func(tx *sql.Tx) ([]vc.Connection, error) { return tx.Connections(c.q) })
	}
}

// leads wants a handle to lead to an object in a scope, or nowhere where object is "".
func leads(t *testing.T, db *sql.DB, kind, handle string, scope vc.Scope, object string) {
	t.Helper()
	in, got, err := db.Lookup(t.Context(), kind, handle)
	if object == "" {
		wants(t, err, vc.NotFound, "")
		return
	}
	must(t, err)
	same(t, kind, []any{in, got}, []any{scope, object})
}

func recipients(t *testing.T, h *house) {
	scope, other := somewhere(t, h.db), somewhere(t, h.db)
	owner := "invitation/" + newID()
	old, young := aRecipient(scope, owner), aRecipient(scope, owner)
	young.RetiredAt, young.CreatedAt = time.Time{}, old.CreatedAt.Add(time.Second)
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertRecipient(old), tx.InsertRecipient(young)) })
	for _, want := range []vc.Recipient{old, young} {
		get(t, h.db, scope, "recipient", want, func(tx *sql.Tx) (vc.Recipient, error) { return tx.Recipient(want.Verkey) })
		leads(t, h.db, store.HandleDIDCommKey, want.Verkey, scope, owner)
	}
	get(t, h.db, scope, "newest first", []vc.Recipient{young, old}, func(tx *sql.Tx) ([]vc.Recipient, error) { return tx.Recipients(owner) })
	for _, in := range []vc.Scope{scope, other} { // one in a server, whoever has it
		twin := aRecipient(in, "invitation/"+newID())
		twin.Verkey = old.Verkey
		wants(t, rows(h.db).Update(t.Context(), in, func(tx *sql.Tx) error { return tx.InsertRecipient(twin) }), vc.Conflict, "duplicate")
	}
	more := old // what else is changed is not written
	old.Owner, old.RetiredAt = "connection/"+newID(), moment()
	more.Owner, more.RetiredAt, more.CreatedAt, more.Key = old.Owner, old.RetiredAt, time.Time{}, vc.Key{}
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.UpdateRecipient(more) })
	get(t, h.db, scope, "moved", old, func(tx *sql.Tx) (vc.Recipient, error) { return tx.Recipient(old.Verkey) })
	leads(t, h.db, store.HandleDIDCommKey, old.Verkey, scope, old.Owner)
	leads(t, h.db, store.HandleDIDCommKey, young.Verkey, scope, owner)
	// Another's is not deleted, nor its handle.
	update(t, h.db, other, func(tx *sql.Tx) error { return tx.DeleteRecipients(owner) })
	leads(t, h.db, store.HandleDIDCommKey, young.Verkey, scope, owner)
	for range 2 {
		update(t, h.db, scope, func(tx *sql.Tx) error { return tx.DeleteRecipients(owner) })
	}
	gone(t, h, scope, func(tx *sql.Tx) (vc.Recipient, error) { return tx.Recipient(young.Verkey) })
	leads(t, h.db, store.HandleDIDCommKey, young.Verkey, scope, "")
	leads(t, h.db, store.HandleDIDCommKey, old.Verkey, scope, old.Owner)
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.UpdateRecipient(young) }), vc.NotFound, "")
}

func peerKeys(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	a, b := aConnection(scope), aConnection(scope)
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertConnection(a), tx.InsertConnection(b)) })
	first, both, last := random(32), random(32), random(32)
	put := func(c vc.Connection, macs ...[]byte) {
		t.Helper()
		update(t, h.db, scope, func(tx *sql.Tx) error { return tx.PutPeerKeys(c.ID, macs) })
	}
	of := func(mac []byte, want ...string) {
		t.Helper()
		for _, in := range []vc.Scope{scope, {Tenant: scope.Tenant}} {
			get(t, h.db, in, "connections", want, func(tx *sql.Tx) ([]string, error) { return tx.ConnectionsOfPeer(mac) })
		}
	}
	put(a, first, both, first)
	put(b, both)
	of(first, a.ID)
	of(both, b.ID, a.ID)
	of(last)
	put(a, last) // in the place of those it had
	of(first)
	of(both, b.ID)
	of(last, a.ID)
	put(b)
	of(both)
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.PutPeerKeys(newID(), nil) }), vc.NotFound, "")
}

func deletedAlone(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	one, two := anAgency(scope), anAgency(scope)
	two.settings, one.notice.Subject = one.settings, one.connection.ID
	exchange := anExchange(scope)
	exchange.Channel, one.proof.Channel = one.connection.ID, one.connection.ID
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(one.insert(tx), tx.InsertExchange(exchange), tx.InsertConnection(two.connection),
			tx.InsertRecipient(two.recipient), tx.PutPeerKeys(two.connection.ID, [][]byte{two.mac, one.mac}),
			tx.InsertLetter(two.letter), tx.PutMetadata("connection/"+two.connection.ID, "k", []byte(`2`)))
	})
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.DeleteConnection(one.connection.ID) })
	gone(t, h, scope, func(tx *sql.Tx) (vc.Connection, error) { return tx.Connection(one.connection.ID) })
	gone(t, h, scope, func(tx *sql.Tx) (vc.Recipient, error) { return tx.Recipient(one.recipient.Verkey) })
	gone(t, h, scope, func(tx *sql.Tx) (vc.Letter, error) { return tx.Letter(one.letter.ID) })
	leads(t, h.db, store.HandleDIDCommKey, one.recipient.Verkey, scope, "")
	get(t, h.db, scope, "peer keys", []string{two.connection.ID}, func(tx *sql.Tx) ([]string, error) { return tx.ConnectionsOfPeer(one.mac) })
	get(t, h.db, scope, "metadata", map[string][]byte{}, func(tx *sql.Tx) (map[string][]byte, error) {
		return tx.Metadata("connection/" + one.connection.ID)
	})
	// What is a neighbour's stays, and what went on over the connection.
	get(t, h.db, scope, "exchange", exchange, func(tx *sql.Tx) (vc.Exchange, error) { return tx.Exchange(exchange.ID) })
	get(t, h.db, scope, "proof", one.proof, func(tx *sql.Tx) (vc.Proof, error) { return tx.Proof(one.proof.ID) })
	get(t, h.db, scope, "connection", two.connection, func(tx *sql.Tx) (vc.Connection, error) { return tx.Connection(two.connection.ID) })
	get(t, h.db, scope, "letter", two.letter, func(tx *sql.Tx) (vc.Letter, error) { return tx.Letter(two.letter.ID) })
	get(t, h.db, scope, "metadata", map[string][]byte{"k": []byte(`2`)}, func(tx *sql.Tx) (map[string][]byte, error) {
		return tx.Metadata("connection/" + two.connection.ID)
	})
	get(t, h.db, scope, "peer keys", []string{two.connection.ID}, func(tx *sql.Tx) ([]string, error) { return tx.ConnectionsOfPeer(two.mac) })
	leads(t, h.db, store.HandleDIDCommKey, two.recipient.Verkey, scope, two.recipient.Owner)
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.DeleteConnection(one.connection.ID) }), vc.NotFound, "")
}

func overdue(t *testing.T, h *house) {
	one, other := somewhere(t, h.db), somewhere(t, h.db)
	start := moment().Add(-1000 * time.Hour) // before what other laws leave
	var retired []vc.Recipient
	var expired []vc.Invitation
	for i, scope := range []vc.Scope{one, other, one} {
		at := start.Add(time.Duration(i) * time.Hour)
		p, q := aRecipient(scope, "connection/"+newID()), aRecipient(scope, "connection/"+newID())
		p.RetiredAt, q.RetiredAt = at, time.Time{}
		v, w := aWayIn(scope), aWayIn(scope)
		v.ExpiresAt, w.ExpiresAt = at, time.Time{}
		update(t, h.db, scope, func(tx *sql.Tx) error {
			return errors.Join(tx.InsertRecipient(p), tx.InsertRecipient(q), tx.InsertInvitation(v), tx.InsertInvitation(w))
		})
		retired = append(retired, vc.Recipient{Verkey: p.Verkey, Scope: scope, Owner: p.Owner})
		expired = append(expired, vc.Invitation{ID: v.ID, Scope: scope})
	}
	for n, want := range map[time.Duration]int{0: 0, time.Hour: 1, 90 * time.Minute: 2} {
		found, err := h.db.OverdueRecipients(t.Context(), start.Add(n), 10)
		must(t, err)
		same(t, "retired", found, append([]vc.Recipient(nil), retired[:want]...))
		over, err := h.db.OverdueInvitations(t.Context(), start.Add(n-time.Microsecond), 10)
		must(t, err)
		same(t, "expired", over, append([]vc.Invitation(nil), expired[:want]...))
	}
	found, err := h.db.OverdueRecipients(t.Context(), start.Add(90*time.Minute), 1)
	must(t, err)
	same(t, "the oldest", found, retired[:1])
	first := retired[0]
	wants(t, rows(h.db).Update(t.Context(), other, func(tx *sql.Tx) error { return tx.DeleteRecipient(first.Verkey) }), vc.NotFound, "")
	leads(t, h.db, store.HandleDIDCommKey, first.Verkey, one, first.Owner)
	update(t, h.db, one, func(tx *sql.Tx) error { return tx.DeleteRecipient(first.Verkey) })
	leads(t, h.db, store.HandleDIDCommKey, first.Verkey, one, "")
	gone(t, h, one, func(tx *sql.Tx) (vc.Recipient, error) { return tx.Recipient(first.Verkey) })
	leads(t, h.db, store.HandleDIDCommKey, retired[2].Verkey, one, retired[2].Owner)
}
