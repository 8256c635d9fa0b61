package storetest

import (
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var letterLaws = []law{
	{"letters are read as they were written", letters},
	{"letters are sent together", sentLetters},
	{"letters are found, in their order", findingLetters},
	{"letters that have served are swept", sweptLetters},
	{"a receipt is written once", receipts},
	{"a receipt that is there leaves the neighbours whole", receiptsFolded},
	{"receipts and notices are swept", sweptReceipts},
	{"a notice is read as it was written", notices},
}

func letters(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	full, bare := aLetter(scope, newID()), vc.Letter{ID: newID(), Scope: scope}
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertLetter(full), tx.InsertLetter(bare)) })
	for _, want := range []vc.Letter{full, bare} {
		get(t, h.db, scope, "letter", want, func(tx *sql.Tx) (vc.Letter, error) { return tx.Letter(want.ID) })
	}
	full.State, full.Failure, full.Attempts, full.Body, full.BodyKey = vc.LetterSent, "", 3, nil, nil
	full.UpdatedAt = full.UpdatedAt.Add(time.Second)
	more := full // what else is changed is not written
	more.Way, more.Connection, more.Thread, more.Type, more.Size, more.CreatedAt = vc.WayIn, "", "", "", 0, time.Time{}
	update(t, h.db, scope, func(tx *sql.Tx) error {
		locked, err := tx.LetterForUpdate(full.ID)
		same(t, "locked", locked.Thread, full.Thread)
		return errors.Join(err, tx.UpdateLetter(more))
	})
	get(t, h.db, scope, "changed", full, func(tx *sql.Tx) (vc.Letter, error) { return tx.Letter(full.ID) })
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.DeleteLetter(full.ID) })
	gone(t, h, scope, func(tx *sql.Tx) (vc.Letter, error) { return tx.Letter(full.ID) })
	for _, write := range []func(*sql.Tx) error{
		func(tx *sql.Tx) error { return tx.DeleteLetter(full.ID) },
		func(tx *sql.Tx) error { return tx.UpdateLetter(full) },
	} {
		wants(t, rows(h.db).Update(t.Context(), scope, write), vc.NotFound, "")
	}
	get(t, h.db, scope, "the other", bare, func(tx *sql.Tx) (vc.Letter, error) { return tx.Letter(bare.ID) })
}

func sentLetters(t *testing.T, h *house) {
	scope, other := somewhere(t, h.db), somewhere(t, h.db)
	made := map[vc.LetterState]vc.Letter{}
	var all []string
	for _, state := range []vc.LetterState{vc.LetterWaiting, vc.LetterHeld, vc.LetterDead, vc.LetterSent} {
		l := aLetter(scope, newID())
		l.State = state
		made[state], all = l, append(all, l.ID)
		update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertLetter(l) })
	}
	at := moment().Add(time.Minute)
	update(t, h.db, other, func(tx *sql.Tx) error { return tx.SentLetters(all, at) })
	for _, want := range made {
		get(t, h.db, scope, "of another scope", want, func(tx *sql.Tx) (vc.Letter, error) { return tx.Letter(want.ID) })
	}
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.SentLetters(all, at) })
	for state, want := range made {
		if state == vc.LetterWaiting || state == vc.LetterHeld {
			want.State, want.Failure, want.Body, want.BodyKey, want.UpdatedAt = vc.LetterSent, "", nil, nil, at
		}
		get(t, h.db, scope, "sent", want, func(tx *sql.Tx) (vc.Letter, error) { return tx.Letter(want.ID) })
	}
}

func findingLetters(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	connection := newID()
	a, b, other := aLetter(scope, connection), aLetter(scope, connection), aLetter(scope, newID())
	b.State, b.Way, b.Type, b.Size = vc.LetterHeld, vc.WayRelay, "", 17
	other.State = vc.LetterDead
	a.CreatedAt = b.CreatedAt.Add(-time.Minute)
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertLetter(a), tx.InsertLetter(b), tx.InsertLetter(other))
	})
	held := []vc.LetterState{vc.LetterHeld}
	for name, c := range map[string]struct {
		q    vc.LetterQuery
		want []vc.Letter
	}{
		"way":        {vc.LetterQuery{Way: vc.WayRelay}, []vc.Letter{b}},
		"connection": {vc.LetterQuery{Connection: connection}, []vc.Letter{b, a}},
		"in order":   {vc.LetterQuery{Connection: connection, Page: vc.Page{Ascending: true}}, []vc.Letter{a, b}},
		"after":      {vc.LetterQuery{Connection: connection, Page: vc.Page{Ascending: true, After: a.ID}}, []vc.Letter{b}},
		"invitation": {vc.LetterQuery{Invitation: a.Invitation}, []vc.Letter{a}},
		"type":       {vc.LetterQuery{Connection: connection, Type: a.Type}, []vc.Letter{a}},
		"held":       {vc.LetterQuery{States: held}, []vc.Letter{b}},
		"dead":       {vc.LetterQuery{States: []vc.LetterState{vc.LetterDead}}, []vc.Letter{other}},
		"states":     {vc.LetterQuery{States: []vc.LetterState{vc.LetterHeld, vc.LetterDead}}, []vc.Letter{other, b}},
		"none":       {vc.LetterQuery{States: []vc.LetterState{}}, nil},
		"all":        {vc.LetterQuery{Way: b.Way, Connection: connection, Invitation: b.Invitation, States: held}, []vc.Letter{b}},
	} {
		for _, in := range []vc.Scope{scope, {Tenant: scope.Tenant}} {
			get(t, h.db, in, name, c.want, func(tx *sql.Tx) ([]vc.Letter, error) { return tx.Letters(c.q) })
			if c.q.Page.After != "" { // a count is of all pages
				continue
			}
			var want vc.LetterCount
			for _, l := range c.want {
				if want.Count == 0 || l.CreatedAt.Before(want.Oldest) {
					want.Oldest = l.CreatedAt
				}
				want.Count++
				want.Bytes += int64(l.Size)
			}
			get(t, h.db, in, name, want, func(tx *sql.Tx) (vc.LetterCount, error) { return tx.CountLetters(c.q) })
		}
	}
}

func sweptLetters(t *testing.T, h *house) {
	scope, other := somewhere(t, h.db), somewhere(t, h.db)
	now := moment()
	before, abandoned := now.Add(-time.Hour), now.Add(-24*time.Hour)
	kept := map[string]bool{}
	letter := func(in vc.Scope, state vc.LetterState, at time.Time, stays bool) {
		l := aLetter(in, newID())
		l.State, l.UpdatedAt = state, at
		update(t, h.db, in, func(tx *sql.Tx) error { return tx.InsertLetter(l) })
		kept[l.ID] = stays
	}
	for _, in := range []vc.Scope{scope, other} {
		for _, state := range []vc.LetterState{vc.LetterWaiting, vc.LetterSent, vc.LetterHeld, vc.LetterDead} {
			letter(in, state, now, true)
			letter(in, state, before.Add(-time.Minute), state != vc.LetterSent)
			letter(in, state, abandoned.Add(-time.Minute), state == vc.LetterWaiting)
		}
	}
	for _, want := range []int{3, 3, 2, 0} { // two of each kind, and two more that were sent
		n, err := h.db.SweepLetters(t.Context(), before, abandoned, 3)
		must(t, err)
		same(t, "swept", n, want)
	}
	for _, in := range []vc.Scope{scope, other} {
		view(t, h.db, in, func(tx *sql.Tx) error {
			all, err := tx.Letters(vc.LetterQuery{})
			for _, l := range all {
				if !kept[l.ID] {
					t.Errorf("a letter that is %s of %s was kept", l.State, l.UpdatedAt)
				}
			}
			same(t, "kept", len(all), 8)
			return err
		})
	}
}

func receipts(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	neighbour := vc.Scope{Tenant: scope.Tenant, Organisation: newID()}
	digest := random(32)
	insert := func(db *sql.DB, in vc.Scope) error {
		return rows(db).Update(background(), in, func(tx *sql.Tx) error {
			return tx.InsertReceipt(vc.Receipt{Scope: in, Digest: digest, At: moment()})
		})
	}
	servers := []*sql.DB{h.db, Open(t, h.dsn)}
	errs := make([]error, 50)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() { errs[i] = insert(servers[i%2], scope) })
	}
	wait.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		wants(t, err, vc.Conflict, "duplicate")
	}
	same(t, "receipts", won, 1)
	wants(t, insert(h.db, scope), vc.Conflict, "duplicate")
	must(t, insert(h.db, neighbour))
	must(t, insert(h.db, somewhere(t, h.db)))
}

// receiptsFolded holds the lanes up so that others gather behind them: of each three one brings a message that came.
func receiptsFolded(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	came := vc.Receipt{Scope: scope, Digest: random(32), At: moment()}
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertReceipt(came) })
	var wait sync.WaitGroup
	held := make(chan struct{})
	for range 4 { // more than there are lanes
		wait.Go(func() {
			_ = rows(h.db).Update(background(), scope, func(*sql.Tx) error { <-held; return nil })
		})
	}
	const callers = 60
	var errs [callers]error
	var kept [callers]vc.Connection
	for i := range callers {
		kept[i] = aConnection(scope)
		receipt := vc.Receipt{Scope: scope, Digest: random(32), At: moment()}
		if i%3 == 1 {
			receipt = came
		}
		wait.Go(func() {
			errs[i] = rows(h.db).Update(background(), scope, func(tx *sql.Tx) error {
				if err := tx.InsertReceipt(receipt); err != nil {
					return err
				}
				return errors.Join(tx.InsertConnection(kept[i]), tx.InsertLetter(aLetter(scope, kept[i].ID)))
			})
		})
	}
	close(held)
	wait.Wait()
	for i, err := range errs {
		find := func(tx *sql.Tx) (vc.Connection, error) { return tx.Connection(kept[i].ID) }
		if i%3 == 1 {
			wants(t, err, vc.Conflict, "duplicate")
			gone(t, h, scope, find)
			continue
		}
		must(t, err)
		get(t, h.db, scope, "connection", kept[i], find)
	}
	get(t, h.db, scope, "letters", callers-callers/3, func(tx *sql.Tx) (int, error) {
		c, err := tx.CountLetters(vc.LetterQuery{})
		return c.Count, err
	})
}

func sweptReceipts(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	before := moment()
	young, old := aNotice(scope), before.Add(-time.Minute)
	young.CreatedAt = before
	update(t, h.db, scope, func(tx *sql.Tx) error {
		var errs []error
		for range 5 {
			n := aNotice(scope)
			n.CreatedAt = old
			errs = append(errs, tx.InsertNotice(n), tx.InsertReceipt(vc.Receipt{Scope: scope, Digest: random(32), At: old}))
		}
		return errors.Join(append(errs, tx.InsertNotice(young), tx.InsertReceipt(vc.Receipt{Scope: scope, Digest: young.Body, At: before}))...)
	})
	for _, want := range []int{3, 2, 0} {
		n, err := h.db.SweepReceipts(t.Context(), before, 3)
		must(t, err)
		same(t, "swept receipts", n, want)
		n, err = h.db.SweepNotices(t.Context(), before, 3)
		must(t, err)
		same(t, "swept notices", n, want)
	}
	get(t, h.db, scope, "a young notice", young, func(tx *sql.Tx) (vc.Notice, error) { return noticed(tx, young.ID) })
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error {
		return tx.InsertReceipt(vc.Receipt{Scope: scope, Digest: young.Body, At: moment()})
	}), vc.Conflict, "duplicate")
}

// noticed is one notice.
func noticed(tx *sql.Tx, id string) (vc.Notice, error) {
	all, err := tx.Notices([]string{id})
	switch {
	case err != nil:
		return vc.Notice{}, err
	case len(all) != 1:
		return vc.Notice{}, vc.Errorf(vc.NotFound, "not-found", "%d notices", len(all))
	}
	return all[0], nil
}

func notices(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	full, bare := aNotice(scope), vc.Notice{ID: newID(), Scope: scope}
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertNotice(full), tx.InsertNotice(bare)) })
	for _, want := range []vc.Notice{full, bare} {
		get(t, h.db, scope, "notice", want, func(tx *sql.Tx) (vc.Notice, error) { return noticed(tx, want.ID) })
	}
	gone(t, h, scope, func(tx *sql.Tx) (vc.Notice, error) { return noticed(tx, newID()) })
	view(t, h.db, scope, func(tx *sql.Tx) error {
		all, err := tx.Notices([]string{full.ID, newID(), bare.ID})
		slices.SortFunc(all, func(a, b vc.Notice) int { return strings.Compare(a.ID, b.ID) })
		same(t, "notices", all, []vc.Notice{full, bare})
		return err
	})
}
