package storetest

import (
	"encoding/hex"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var loginLaws = []law{
	{"a login code is found by its secret", loginCodes},
	{"a login code is used once", codeUsedOnce},
	{"logins are swept with their handles", sweptLogins},
	{"a client is found by its secrets", clientSecrets},
}

func loginCodes(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	full, bare := aCode(scope), vc.LoginCode{ID: newID(), Scope: scope, Secret: random(32)}
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertLoginCode(full), tx.InsertLoginCode(bare)) })
	read := func(want vc.LoginCode) {
		t.Helper()
		update(t, h.db, scope, func(tx *sql.Tx) error {
			got, err := tx.LoginCodeForUpdate(want.ID)
			same(t, "code", got, want)
			return err
		})
		in, object, err := h.db.Lookup(t.Context(), store.HandleLoginCode, hex.EncodeToString(want.Secret))
		must(t, err)
		same(t, "handle", []any{in, object}, []any{scope, want.ID})
	}
	read(full)
	read(bare)
	full.UsedAt, full.ExpiresAt, full.Body, full.BodyKey = moment(), moment(), nil, nil
	more := full // what else is changed is not written
	more.Secret, more.Audience, more.CreatedAt = random(32), "", time.Time{}
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.UpdateLoginCode(more) })
	read(full)
	more.ID = newID()
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.UpdateLoginCode(more) }), vc.NotFound, "")
	for _, twin := range []vc.LoginCode{
		{ID: full.ID, Scope: scope, Secret: random(32)},
		{ID: newID(), Scope: scope, Secret: full.Secret},
	} {
		wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.InsertLoginCode(twin) }), vc.Conflict, "duplicate")
	}
}

func codeUsedOnce(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	code := aCode(scope)
	code.UsedAt = time.Time{}
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertLoginCode(code) })
	servers := []*sql.DB{h.db, Open(t, h.dsn)}
	errs := make([]error, 50)
	var wait sync.WaitGroup
	for i := range errs {
		wait.Go(func() {
			errs[i] = rows(servers[i%2]).Update(background(), scope, func(tx *sql.Tx) error {
				c, err := tx.LoginCodeForUpdate(code.ID)
				if err != nil {
					return err
				}
				if !c.UsedAt.IsZero() {
					return vc.Errorf(vc.Invalid, "code-used", "it was used")
				}
				c.UsedAt = moment()
				return tx.UpdateLoginCode(c)
			})
		})
	}
	wait.Wait()
	used := 0
	for _, err := range errs {
		if err == nil {
			used++
		} else {
			wants(t, err, vc.Invalid, "code-used")
		}
	}
	same(t, "used", used, 1)
}

// sweptLogins has codes and the requests that they are for, which have one id and handles each.
func sweptLogins(t *testing.T, h *house) {
	one, other := somewhere(t, h.db), somewhere(t, h.db)
	now := moment()
	login := func(scope vc.Scope, ends time.Time) (vc.PresentationRequest, vc.LoginCode) {
		r, c := aRequest(scope), aCode(scope)
		r.Login, r.ExpiresAt, c.ID, c.ExpiresAt = true, ends, r.ID, ends
		update(t, h.db, scope, func(tx *sql.Tx) error {
			return errors.Join(tx.InsertPresentationRequest(r), tx.InsertLoginCode(c))
		})
		return r, c
	}
	r, c := login(one, now)
	login(one, now.Add(-time.Minute))
	late, lateCode := login(one, now.Add(time.Second))
	foreign, foreignCode := login(other, now)
	kept := aRequest(one) // is no login
	kept.ExpiresAt = now
	update(t, h.db, one, func(tx *sql.Tx) error { return tx.InsertPresentationRequest(kept) })
	there := func(r vc.PresentationRequest, request bool, c vc.LoginCode, code bool) {
		t.Helper()
		for _, l := range []struct {
			kind, handle string
			want         bool
		}{
			{store.HandleRequest, r.ID, request},
			{store.HandleState, r.State, request},
			{store.HandleLoginCode, hex.EncodeToString(c.Secret), code},
		} {
			_, _, err := h.db.Lookup(t.Context(), l.kind, l.handle)
			same(t, l.kind, err == nil, l.want)
		}
	}
	sweep := func(scope vc.Scope, remove func(*sql.Tx, time.Time, int) (int, error), wants ...int) {
		t.Helper()
		for _, want := range wants {
			update(t, h.db, scope, func(tx *sql.Tx) error {
				n, err := remove(tx, now.Add(time.Microsecond), 1)
				same(t, "swept", n, want)
				return err
			})
		}
	}
	there(r, true, c, true)
	sweep(one, (*sql.Tx).DeleteLoginCodes, 1, 1, 0)
	there(r, true, c, false)
	sweep(one, (*sql.Tx).DeleteLogins, 1, 1, 0)
	there(r, false, c, false)
	there(late, true, lateCode, true)
	there(foreign, true, foreignCode, true)
	get(t, h.db, one, "what is no login", kept, func(tx *sql.Tx) (vc.PresentationRequest, error) { return tx.PresentationRequest(kept.ID) })
	sweep(vc.Scope{Tenant: newID()}, (*sql.Tx).DeleteLogins, 0)
	sweep(vc.Scope{}, (*sql.Tx).DeleteLoginCodes, 1, 0) // the operator's sweep is everybody's
	sweep(vc.Scope{}, (*sql.Tx).DeleteLogins, 1, 0)
	there(foreign, false, foreignCode, false)
	there(late, true, lateCode, true)
}

func clientSecrets(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	client, robot := aPrincipal(scope), aPrincipal(scope)
	client.Kind, client.RevokedAt, client.Previous, client.PreviousUntil = vc.Client, time.Time{}, nil, time.Time{}
	robot.RevokedAt = time.Time{}
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertPrincipal(client), tx.InsertPrincipal(robot)) })
	leads := func(secret []byte, want bool) {
		t.Helper()
		in, object, err := h.db.Lookup(t.Context(), store.HandleSecret, hex.EncodeToString(secret))
		if !want {
			wants(t, err, vc.NotFound, "")
			return
		}
		must(t, err)
		same(t, "handle", []any{in, object}, []any{scope, client.ID})
	}
	write := func() {
		t.Helper()
		// The tenant may change it too: it stays its organisation's.
		update(t, h.db, vc.Scope{Tenant: scope.Tenant}, func(tx *sql.Tx) error { return tx.UpdatePrincipal(client) })
		get(t, h.db, scope, "client", client, func(tx *sql.Tx) (vc.Principal, error) { return tx.Principal(client.ID) })
	}
	first, second, third := client.Secret, random(32), random(32)
	leads(first, true)
	leads(robot.Secret, false) // whoever has an API key says which
	client.Secret, client.Previous, client.PreviousUntil = second, first, moment().Add(time.Hour)
	write()
	leads(first, true)
	leads(second, true)
	client.Secret, client.Previous = third, second
	write()
	leads(first, false)
	leads(second, true)
	leads(third, true)
	client.Previous, client.PreviousUntil = nil, time.Time{}
	write()
	leads(second, false)
	leads(third, true)
	client.Previous, client.PreviousUntil = third, moment() // the same twice
	write()
	leads(third, true)
	client.RevokedAt = moment()
	write()
	leads(third, false)
	in, object, err := h.db.Lookup(t.Context(), store.HandlePrincipal, client.ID)
	must(t, err)
	same(t, "principal", []any{in, object}, []any{scope, client.ID})

	born := aPrincipal(scope)
	born.Kind, born.RevokedAt = vc.Client, time.Time{}
	update(t, h.db, vc.Scope{Tenant: scope.Tenant}, func(tx *sql.Tx) error { return tx.InsertPrincipal(born) })
	client = born
	leads(born.Secret, true)
	leads(born.Previous, true)
}
