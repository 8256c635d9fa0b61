package issuer_test

import (
	"context"
	"testing"

	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
)

// faster does something before the first transaction that it is asked for.
type faster struct {
	store.Store[issuer.Rows]
	first func()
}

func (f *faster) Update(ctx context.Context, scope vc.Scope, fn func(issuer.Rows) error) error {
	if first := f.first; first != nil {
		f.first = nil
		first()
	}
	return f.Store.Update(ctx, scope, fn)
}

// A change is decided on before its transaction: what somebody else did in between counts all the same.
func TestChangeStatusOutrun(t *testing.T) {
	revoke := issuer.Change{Purpose: vc.Revocation, Value: 1}
	suspend := issuer.Change{Purpose: vc.Suspension, Value: 1}
	reinstate := issuer.Change{Purpose: vc.Suspension}
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := newShop(t, dsn)
		s.ticket = s.newType(vc.CredentialType{Purposes: []vc.StatusPurpose{vc.Revocation, vc.Suspension}})
		for _, c := range []struct {
			name    string
			before  []issuer.Change
			erased  bool
			other   []issuer.Change
			ours    issuer.Change
			want    vc.Standing
			code    string
			changes int64 // of the list that ours is in
		}{
			{name: "revoked twice", other: []issuer.Change{revoke}, ours: revoke, want: vc.Revoked, changes: 1},
			{name: "suspended twice", other: []issuer.Change{suspend}, ours: suspend, want: vc.Suspended, changes: 1},
			{name: "revoked, then suspended", other: []issuer.Change{revoke}, ours: suspend, code: "credential-revoked"},
			{name: "suspended, then revoked", other: []issuer.Change{suspend}, ours: revoke, want: vc.Revoked, changes: 1},
			{name: "suspended and reinstated", other: []issuer.Change{suspend, reinstate}, ours: suspend, want: vc.Suspended, changes: 3},
			{name: "reinstated twice", before: []issuer.Change{suspend}, other: []issuer.Change{reinstate}, ours: reinstate, want: vc.Active, changes: 2},
			{name: "erased", erased: true, ours: revoke, want: vc.Revoked, changes: 1},
			{name: "nobody", before: []issuer.Change{suspend, reinstate, suspend}, ours: reinstate, want: vc.Active, changes: 4},
		} {
			t.Run(c.name, func(t *testing.T) {
				credential := s.issued()
				change := func(all []issuer.Change) {
					for _, one := range all {
						_, err := s.ChangeStatus(t.Context(), s.by, credential.ID, one)
						s.must(err)
					}
				}
				entry := credential.Entries[0]
				if entry.Purpose != c.ours.Purpose {
					entry = credential.Entries[1]
				}
				change(c.before)
				rows := s.Rows
				defer func() { s.Rows = rows }()
				s.Rows = &faster{Store: sql.For[issuer.Rows](s.db), first: func() {
					change(c.other)
					if c.erased {
						_, err := s.Erase(t.Context(), s.by, credential.ID)
						s.must(err)
					}
				}}
				before := s.changes(entry.List) - int64(len(c.before))
				got, err := s.ChangeStatus(t.Context(), s.by, credential.ID, c.ours)
				if code(err) != c.code || c.code == "" && err != nil {
					t.Fatal(err)
				}
				if c.code != "" {
					return
				}
				now, err := s.Get(t.Context(), s.by.Scope, credential.ID)
				s.must(err)
				if got.Standing != c.want || now.Credential.Standing != c.want || now.Credential.ErasedAt.IsZero() == c.erased {
					t.Errorf("%s, %s, erased at %v", got.Standing, now.Credential.Standing, now.Credential.ErasedAt)
				}
				if n := s.changes(entry.List) - before; n != c.changes {
					t.Errorf("%d changes, want %d", n, c.changes)
				}
				value, err := s.Status.Value(t.Context(), s.by.Scope, entry.List, entry.Index)
				s.must(err)
				if value != c.ours.Value {
					t.Errorf("the list says %d", value)
				}
			})
		}
	})
}

func (s *shop) changes(list string) (n int64) {
	s.Helper()
	s.must(s.Rows.View(s.Context(), s.by.Scope, func(rows issuer.Rows) (err error) {
		n, err = rows.CountStatusChanges(list)
		return err
	}))
	return n
}
