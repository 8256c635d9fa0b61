package storetest

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var proofLaws = []law{
	{"proofs are read as they were written", proofs},
	{"a thread has one proof a role, door and channel", proofThreads},
	{"proofs are found", findingProofs},
	{"an exchange is found by its thread", exchangeThread},
	{"a thread is its channel's", channelThreads},
	{"a peer has begun so many that are not over", begunByPeers},
	{"an exchange takes a channel and a thread once", movedExchanges},
	{"an exchange goes with its thread", deletedExchanges},
	{"an exchange is forgotten with its letters and notices", forgottenExchanges},
}

func proofs(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	full, bare := aProof(scope), vc.Proof{ID: newID(), Scope: scope, Revision: 1}
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertProof(full), tx.InsertProof(bare)) })
	for _, want := range []vc.Proof{full, bare} {
		get(t, h.db, scope, "proof", want, func(tx *sql.Tx) (vc.Proof, error) { return tx.Proof(want.ID) })
	}
	no := false
	changed, nobody := aProof(scope), aProof(scope)
	changed.ID, changed.Revision, nobody.Revision, changed.Verified = bare.ID, 2, 2, &no
	revised(t, h, scope, bare, changed, nobody, (*sql.Tx).UpdateProof)
	changed.CreatedAt = bare.CreatedAt
	update(t, h.db, scope, func(tx *sql.Tx) error {
		got, err := tx.ProofForUpdate(bare.ID)
		same(t, "locked", got, changed)
		got, e := tx.ProofByThreadForUpdate(changed.Role, changed.Door, changed.Channel, changed.Thread)
		same(t, "locked by its thread", got, changed)
		return errors.Join(err, e)
	})
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.DeleteProof(bare.ID) })
	gone(t, h, scope, func(tx *sql.Tx) (vc.Proof, error) { return tx.Proof(bare.ID) })
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.DeleteProof(bare.ID) }), vc.NotFound, "")
	get(t, h.db, scope, "the other", full, func(tx *sql.Tx) (vc.Proof, error) { return tx.Proof(full.ID) })
}

func proofThreads(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	one := aProof(scope)
	insert := func(in vc.Scope, change func(*vc.Proof)) error {
		p := aProof(in)
		p.Channel, p.Thread = one.Channel, one.Thread
		change(&p)
		return rows(h.db).Update(t.Context(), in, func(tx *sql.Tx) error { return tx.InsertProof(p) })
	}
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertProof(one) })
	wants(t, insert(scope, func(*vc.Proof) {}), vc.Conflict, "duplicate")
	must(t, insert(scope, func(p *vc.Proof) { p.Role = vc.RoleProver }))
	must(t, insert(scope, func(p *vc.Proof) { p.Door = "other" }))
	must(t, insert(somewhere(t, h.db), func(*vc.Proof) {}))
	for range 2 {
		must(t, insert(scope, func(p *vc.Proof) { p.Thread = "" }))
	}
	get(t, h.db, scope, "of its thread", one, func(tx *sql.Tx) (vc.Proof, error) {
		return tx.ProofByThread(one.Role, one.Door, one.Channel, one.Thread)
	})
	for _, nobody := range []string{"", newID()} {
		gone(t, h, scope, func(tx *sql.Tx) (vc.Proof, error) { return tx.ProofByThread(one.Role, one.Door, one.Channel, nobody) })
	}
	late := aProof(scope)
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertProof(late) })
	late.Channel, late.Thread, late.Revision = one.Channel, one.Thread, 2
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.UpdateProof(late) }), vc.Conflict, "duplicate")
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.DeleteProof(one.ID) })
	must(t, insert(scope, func(*vc.Proof) {}))
}

func findingProofs(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	a, b := aProof(scope), aProof(scope)
	b.Role, b.Door, b.State = vc.RoleProver, "other", vc.ProofFailed
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertProof(a), tx.InsertProof(b)) })
	failed, ended := []vc.ProofState{vc.ProofFailed}, []vc.ProofState{vc.ProofFailed, vc.ProofDone}
	for name, q := range map[string]vc.ProofQuery{
		"role": {Role: b.Role}, "door": {Door: b.Door}, "channel": {Channel: b.Channel}, "thread": {Thread: b.Thread},
		"state": {States: failed}, "states": {States: ended},
		"all": {Role: b.Role, Door: b.Door, Channel: b.Channel, Thread: b.Thread, States: ended, Page: vc.Page{Ascending: true}},
	} {
		for _, in := range []vc.Scope{scope, {Tenant: scope.Tenant}} {
			get(t, h.db, in, name, []vc.Proof{b}, func(tx *sql.Tx) ([]vc.Proof, error) { return tx.Proofs(q) })
		}
	}
	get(t, h.db, scope, "newest first", []vc.Proof{b, a}, func(tx *sql.Tx) ([]vc.Proof, error) { return tx.Proofs(vc.ProofQuery{}) })
	get(t, h.db, scope, "page", []vc.Proof{a}, func(tx *sql.Tx) ([]vc.Proof, error) {
		return tx.Proofs(vc.ProofQuery{Page: vc.Page{After: b.ID}})
	})
}

func exchangeThread(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	mine, theirs := anExchange(scope), anExchange(scope)
	theirs.Thread, theirs.Role, theirs.Channel = mine.Thread, vc.RoleHolder, mine.Channel // both ends are here
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertExchange(mine), tx.InsertExchange(theirs)) })
	for _, want := range []vc.Exchange{mine, theirs} {
		get(t, h.db, scope, "exchange", want, func(tx *sql.Tx) (vc.Exchange, error) {
			return tx.ExchangeByThread(want.Role, want.Door, want.Channel, want.Thread)
		})
		update(t, h.db, scope, func(tx *sql.Tx) error {
			got, err := tx.ExchangeByThreadForUpdate(want.Role, want.Door, want.Channel, want.Thread)
			same(t, "locked", got, want)
			return err
		})
	}
	gone(t, h, scope, func(tx *sql.Tx) (vc.Exchange, error) {
		return tx.ExchangeByThread(mine.Role, "other", mine.Channel, mine.Thread)
	})
	bare := vc.Exchange{ID: newID(), Scope: scope, Role: vc.RoleIssuer, Door: "acapy"}
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertExchange(bare) })
	gone(t, h, scope, func(tx *sql.Tx) (vc.Exchange, error) {
		return tx.ExchangeByThread(bare.Role, bare.Door, bare.Channel, "")
	})
}

// channelThreads: who begins something in another's thread has it on its own channel; each is found there, and only there.
func channelThreads(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	x, p := anExchange(scope), aProof(scope)
	for i, channel := range []string{newID(), "", "oob/" + newID()} {
		if i > 0 {
			x.ID, x.Credential, p.ID = newID(), newID(), newID()
		}
		x.Channel, p.Channel = channel, channel
		update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertExchange(x), tx.InsertProof(p)) })
		get(t, h.db, scope, "exchange", x, func(tx *sql.Tx) (vc.Exchange, error) {
			return tx.ExchangeByThread(x.Role, x.Door, channel, x.Thread)
		})
		get(t, h.db, scope, "proof", p, func(tx *sql.Tx) (vc.Proof, error) { return tx.ProofByThread(p.Role, p.Door, channel, p.Thread) })
		twin, again := x, p
		twin.ID, twin.Credential, again.ID = newID(), newID(), newID()
		wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.InsertExchange(twin) }), vc.Conflict, "duplicate")
		wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.InsertProof(again) }), vc.Conflict, "duplicate")
	}
	for _, elsewhere := range []string{newID(), "oob/" + newID()} {
		gone(t, h, scope, func(tx *sql.Tx) (vc.Exchange, error) { return tx.ExchangeByThread(x.Role, x.Door, elsewhere, x.Thread) })
		gone(t, h, scope, func(tx *sql.Tx) (vc.Proof, error) { return tx.ProofByThread(p.Role, p.Door, elsewhere, p.Thread) })
	}
	for what, count := range map[string]func(*sql.Tx) (int, error){
		"exchanges": func(tx *sql.Tx) (int, error) { return tx.CountExchanges(vc.ExchangeQuery{Thread: x.Thread}) },
		"proofs": func(tx *sql.Tx) (int, error) {
			all, err := tx.Proofs(vc.ProofQuery{Thread: p.Thread})
			return len(all), err
		},
	} {
		get(t, h.db, scope, what+" of the thread", 3, count)
	}
}

// begunByPeers: what ended, what we began and what is elsewhere is not counted, nor more than is asked.
func begunByPeers(t *testing.T, h *house) {
	scope, channel := somewhere(t, h.db), newID()
	counted := func(in vc.Scope, channel string, exchanges, proofs int) {
		t.Helper()
		for _, c := range []struct {
			what string
			n    int
			many func(*sql.Tx, string, int) (bool, error)
		}{{"exchanges", exchanges, (*sql.Tx).ManyExchangesByPeer}, {"proofs", proofs, (*sql.Tx).ManyProofsByPeer}} {
			for many := 1; many <= c.n+2; many++ {
				get(t, h.db, in, c.what, many <= c.n, func(tx *sql.Tx) (bool, error) { return c.many(tx, channel, many) })
			}
		}
	}
	counted(scope, channel, 0, 0)
	exchanges, proofs := 0, 0
	for _, state := range []vc.ExchangeState{
		vc.Proposed, vc.Offered, vc.Requested, vc.Signing, vc.Deferred, vc.Delivered, vc.Accepted, vc.Declined, vc.Failed, vc.Expired,
	} {
		for _, by := range []bool{true, false} {
			x := anExchange(scope)
			x.Channel, x.State, x.ByPeer = channel, state, by
			update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertExchange(x) })
		}
		if !state.Final() {
			exchanges++
		}
	}
	for _, state := range []vc.ProofState{vc.ProofProposed, vc.ProofAsked, vc.ProofPresented, vc.ProofDone, vc.ProofFailed} {
		for _, by := range []bool{true, false} {
			p := aProof(scope)
			p.Channel, p.State, p.ByPeer = channel, state, by
			update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertProof(p) })
		}
		if !state.Final() {
			proofs++
		}
	}
	counted(scope, channel, exchanges, proofs)
	counted(vc.Scope{Tenant: scope.Tenant}, channel, exchanges, proofs)
	counted(scope, newID(), 0, 0)
	counted(somewhere(t, h.db), channel, 0, 0)
}

func movedExchanges(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	e, other := anExchange(scope), anExchange(scope)
	e.Channel, e.Thread, e.Credential = "", "", ""
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertExchange(e), tx.InsertExchange(other)) })
	move := func(e vc.Exchange) error {
		return rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.MoveExchange(e) })
	}
	wants(t, move(e), vc.Conflict, "stale")
	e.Channel, e.Thread, e.Revision, e.State, e.UpdatedAt = newID(), newID(), 2, vc.Delivered, moment().Add(time.Second)
	e.Credential, e.Body = newID(), random(40)
	taken := e
	taken.Channel, taken.Thread = other.Channel, other.Thread
	wants(t, move(taken), vc.Conflict, "duplicate")
	must(t, move(e))
	get(t, h.db, scope, "moved", e, func(tx *sql.Tx) (vc.Exchange, error) { return tx.Exchange(e.ID) })
	wants(t, move(e), vc.Conflict, "stale")
	e.Revision, e.Error = 3, "again"
	must(t, move(e)) // to where it is
	get(t, h.db, scope, "moved", e, func(tx *sql.Tx) (vc.Exchange, error) { return tx.Exchange(e.ID) })
	e.Revision, e.Channel = 4, newID()
	same := anExchange(scope)
	same.Role, same.Door, same.Thread, same.Channel = e.Role, e.Door, e.Thread, newID()
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertExchange(same) })
	there := e
	there.Channel = same.Channel
	wants(t, move(there), vc.Conflict, "duplicate")
	must(t, move(e)) // elsewhere
	get(t, h.db, scope, "moved", e, func(tx *sql.Tx) (vc.Exchange, error) { return tx.Exchange(e.ID) })
	away := e
	away.Revision, away.Thread = 5, newID()
	wants(t, move(away), vc.Conflict, "stale")
	get(t, h.db, scope, "not moved", e, func(tx *sql.Tx) (vc.Exchange, error) { return tx.Exchange(e.ID) })
	e.ID, e.Revision = newID(), 5
	wants(t, move(e), vc.NotFound, "")
}

func deletedExchanges(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	one, other := anExchange(scope), anExchange(scope)
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertExchange(one), tx.InsertExchange(other)) })
	remove := func(tx *sql.Tx) error { return tx.DeleteExchange(one.ID) }
	update(t, h.db, scope, remove)
	wants(t, rows(h.db).Update(t.Context(), scope, remove), vc.NotFound, "")
	gone(t, h, scope, func(tx *sql.Tx) (vc.Exchange, error) { return tx.Exchange(one.ID) })
	get(t, h.db, scope, "the other", other, func(tx *sql.Tx) (vc.Exchange, error) { return tx.Exchange(other.ID) })
	one.ID = newID()
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertExchange(one) })
	// In one transaction too.
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.DeleteExchange(one.ID), tx.InsertExchange(one))
	})
}

// forgottenExchanges: of an exchange whose credential was erased only the row is left.
func forgottenExchanges(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	for _, channel := range []string{newID(), "oob/" + newID()} {
		one, other := anExchange(scope), anExchange(scope)
		one.Channel, other.Channel = channel, channel
		letter := func(about vc.Exchange, state vc.LetterState) vc.Letter {
			l := aLetter(scope, channel)
			if invitation, alone := strings.CutPrefix(channel, "oob/"); alone {
				l.Connection, l.Invitation = "", invitation
			}
			l.Subject, l.State, l.BodyKey, l.Body = "exchange/"+about.ID, state, random(32), random(40)
			return l
		}
		waiting, held, kept := letter(one, vc.LetterWaiting), letter(one, vc.LetterHeld), letter(other, vc.LetterWaiting)
		told, stays := aNotice(scope), aNotice(scope)
		told.Subject, stays.Subject = one.ID, other.ID
		update(t, h.db, scope, func(tx *sql.Tx) error {
			return errors.Join(tx.InsertExchange(one), tx.InsertExchange(other), tx.InsertLetter(waiting), tx.InsertLetter(held),
				tx.InsertLetter(kept), tx.InsertNotice(told), tx.InsertNotice(stays))
		})
		update(t, h.db, scope, func(tx *sql.Tx) error { return tx.ForgetExchange(one) })
		one.BodyKey, one.Body = nil, nil
		one.Revision++
		get(t, h.db, scope, "the exchange", one, func(tx *sql.Tx) (vc.Exchange, error) { return tx.Exchange(one.ID) })
		get(t, h.db, scope, "the other", other, func(tx *sql.Tx) (vc.Exchange, error) { return tx.Exchange(other.ID) })
		for _, letter := range []vc.Letter{waiting, held} {
			letter.State, letter.Failure, letter.BodyKey, letter.Body = vc.LetterDead, "erased", nil, nil
			get(t, h.db, scope, "a letter", letter, func(tx *sql.Tx) (vc.Letter, error) { return tx.Letter(letter.ID) })
		}
		get(t, h.db, scope, "the other's letter", kept, func(tx *sql.Tx) (vc.Letter, error) { return tx.Letter(kept.ID) })
		get(t, h.db, scope, "the other's notice", stays, func(tx *sql.Tx) (vc.Notice, error) { return noticed(tx, stays.ID) })
		gone(t, h, scope, func(tx *sql.Tx) (vc.Notice, error) { return noticed(tx, told.ID) })
	}
}
