package storetest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var countLaws = []law{
	{"counts agree with lists", counts},
	{"credentials are counted", credentialCounts},
	{"an order by name pages", byName},
	{"an order by the last change pages", byUpdate},
	{"a scope's own rows can be asked for", exact},
	{"types are found by their external issuer", external},
}

// line is what the laws of lists look at.
type line struct {
	id    string
	key   string // what the list is sorted by
	scope vc.Scope
}

// countedList is a list of what has a name.
type countedList struct {
	list  func(*sql.Tx, vc.ListQuery) ([]line, error)
	count func(*sql.Tx, vc.ListQuery) (int, error)
}

func countable[T any](list func(*sql.Tx, vc.ListQuery) ([]T, error), count func(*sql.Tx, vc.ListQuery) (int, error),
	of func(T) line,
) countedList {
	return countedList{count: count, list: func(tx *sql.Tx, q vc.ListQuery) ([]line, error) {
		all, err := list(tx, q)
		var lines []line
		for _, one := range all {
			l := of(one)
			l.key = strings.ToLower(l.key)
			lines = append(lines, l)
		}
		return lines, err
	}}
}

// countedLists has every list that is counted, by its name. All but organisations and tenants are in a scope.
func countedLists() map[string]countedList {
	return map[string]countedList{
		"tenants": countable((*sql.Tx).Tenants, (*sql.Tx).CountTenants, func(t vc.Tenant) line {
			return line{t.ID, t.Name, vc.Scope{}}
		}),
		"organisations": countable((*sql.Tx).Organisations, (*sql.Tx).CountOrganisations, func(o vc.Organisation) line {
			return line{o.ID, o.Name, vc.Scope{}}
		}),
		"principals": countable((*sql.Tx).Principals, (*sql.Tx).CountPrincipals, func(p vc.Principal) line {
			return line{p.ID, p.Name, p.Scope}
		}),
		"schemas": countable((*sql.Tx).Schemas, (*sql.Tx).CountSchemas, func(s vc.Schema) line {
			return line{s.ID, s.Name, s.Scope}
		}),
		"types": countable((*sql.Tx).Types, (*sql.Tx).CountTypes, func(k vc.CredentialType) line {
			return line{k.ID, k.Name, k.Scope}
		}),
		"identities": countable((*sql.Tx).Identities, (*sql.Tx).CountIdentities, func(i vc.Identity) line {
			return line{i.ID, i.Name + " " + i.DID, i.Scope}
		}),
		"invitations": countable((*sql.Tx).MemberInvitations, (*sql.Tx).CountMemberInvitations,
			func(m vc.MemberInvitation) line { return line{m.ID, m.Email, m.Scope} }),
		"instances": countable((*sql.Tx).Instances, (*sql.Tx).CountInstances, func(i vc.Instance) line {
			return line{i.ID, i.Name, i.Scope}
		}),
		"definitions": countable((*sql.Tx).PresentationDefinitions, (*sql.Tx).CountPresentationDefinitions,
			func(d vc.PresentationDefinition) line { return line{d.ID, d.Name, d.Scope} }),
		"requests": countable(
			func(tx *sql.Tx, q vc.ListQuery) ([]vc.PresentationRequest, error) {
				return tx.PresentationRequests(q, "")
			},
			func(tx *sql.Tx, q vc.ListQuery) (int, error) { return tx.CountPresentationRequests(q, "") },
			func(p vc.PresentationRequest) line { return line{p.ID, p.Name, p.Scope} }),
	}
}

var listedNames = []string{"beta", "Alpha", "álpha", "alpha", "Beta 2", "_x", "Zed", "alpha", "ALPHA 10%"}

// populate fills a tenant, two organisations of it and another tenant's with one of each noun by each name; gives the
// scopes, the operator's first.
func populate(t testing.TB, db *sql.DB) []vc.Scope {
	one, two, other := somewhere(t, db), newID(), somewhere(t, db)
	scopes := []vc.Scope{{}, {Tenant: one.Tenant}, one, {Tenant: one.Tenant, Organisation: two}, other}
	for _, name := range listedNames {
		id := newID()
		update(t, db, vc.Scope{Tenant: id}, func(tx *sql.Tx) error { return tx.InsertTenant(vc.Tenant{ID: id, Slug: id, Name: name}) })
	}
	update(t, db, scopes[1], func(tx *sql.Tx) error {
		errs := []error{tx.InsertOrganisation(vc.Organisation{ID: two, Name: "Two", ArchivedAt: moment()})}
		for _, name := range listedNames {
			errs = append(errs, tx.InsertOrganisation(vc.Organisation{ID: newID(), Name: name}))
		}
		return errors.Join(errs...)
	})
	for _, scope := range scopes[1:] {
		update(t, db, scope, func(tx *sql.Tx) error {
			var errs []error
			for i, name := range listedNames {
				errs = append(errs, furnish(tx, scope, i, name))
			}
			return errors.Join(errs...)
		})
	}
	return scopes
}

// furnish writes one of each noun. Every third is archived, every second type has an external issuer.
func furnish(tx *sql.Tx, scope vc.Scope, i int, name string) error {
	var archived time.Time
	if i%3 == 0 {
		archived = moment()
	}
	kind := aType(scope, "")
	kind.Name, kind.ArchivedAt, kind.External.Enabled = name, archived, i%2 == 0
	identity := anIdentity(scope)
	identity.Name, identity.DeactivatedAt = name, archived
	schema := vc.Schema{ID: newID(), Name: name, ArchivedAt: archived}
	if scope.Organisation == "" {
		schema.SharedWith = []string{"*"}
	}
	definition, request := aDefinition(scope), aRequest(scope)
	definition.Name, definition.ArchivedAt, request.Name, request.ArchivedAt = name, archived, name, archived
	instance := anInstance(scope)
	instance.Name, instance.ArchivedAt = name, archived
	return errors.Join(tx.InsertType(kind), tx.InsertInstance(instance), tx.InsertIdentity(identity), tx.InsertSchema(schema),
		tx.InsertPresentationDefinition(definition), tx.InsertPresentationRequest(request),
		tx.InsertMemberInvitation(vc.MemberInvitation{ID: newID(), Email: name, AcceptedAt: archived}),
		tx.InsertPrincipal(vc.Principal{
			ID: newID(), Name: name, RevokedAt: archived, Kind: []vc.PrincipalKind{vc.APIKey, vc.Client, vc.Member}[i%3],
		}))
}

func counts(t *testing.T, h *house) {
	scopes := populate(t, h.db)
	yes, no := true, false
	queries := []vc.ListQuery{
		{},
		{Search: "ALPHA"},
		{Search: "á"},
		{Search: "%"},
		{Archived: &yes},
		{Archived: &no},
		{Exact: true},
		{External: &yes},
		{External: &no},
		{Kinds: []vc.PrincipalKind{vc.Member}},
		{Kinds: []vc.PrincipalKind{vc.APIKey, vc.Client}, Archived: &no},
		{Search: "a", Archived: &no, Exact: true, External: &yes},
	}
	for name, c := range countedLists() {
		shown := 0
		for _, scope := range scopes {
			if name == "tenants" && scope != (vc.Scope{}) {
				wants(t, rows(h.db).View(t.Context(), scope, func(tx *sql.Tx) error { _, err := c.count(tx, vc.ListQuery{}); return err }), vc.NotFound, "")
				continue
			}
			view(t, h.db, scope, func(tx *sql.Tx) error {
				for _, q := range queries {
					q.Page = vc.Page{Limit: 1000}
					all, err := c.list(tx, q)
					must(t, err)
					q.Page = vc.Page{Limit: 2, Offset: 1, After: newID(), OrderBy: vc.ByName} // a count is of the whole
					n, err := c.count(tx, q)
					must(t, err)
					same(t, fmt.Sprintf("%s of %v %+v", name, scope, q), n, len(all))
					shown += n
				}
				return nil
			})
		}
		if shown < 2*len(listedNames) {
			t.Errorf("%s: only %d were seen at all", name, shown)
		}
	}
}

func credentialCounts(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	list := aList(scope)
	update(t, h.db, scope, func(tx *sql.Tx) error {
		errs := []error{tx.InsertStatusList(list)}
		for i := range 6 {
			c := aCredential(list, int64(i))
			if i%2 == 0 {
				c.Standing, c.Type = vc.Revoked, "kind"
			}
			errs = append(errs, tx.InsertCredential(c))
		}
		return errors.Join(errs...)
	})
	for _, c := range []struct {
		query vc.CredentialQuery
		want  int
	}{
		{vc.CredentialQuery{}, 6},
		{vc.CredentialQuery{Page: vc.Page{Limit: 1, Offset: 2, After: newID()}}, 6},
		{vc.CredentialQuery{Type: "kind"}, 3},
		{vc.CredentialQuery{Standing: vc.Active}, 3},
		{vc.CredentialQuery{Standing: vc.Active, Type: "kind"}, 0},
	} {
		for in, want := range map[vc.Scope]int{scope: c.want, {Tenant: scope.Tenant}: c.want, {Tenant: newID()}: 0} {
			get(t, h.db, in, fmt.Sprintf("%+v", c.query), want, func(tx *sql.Tx) (int, error) { return tx.CountCredentials(c.query) })
		}
	}
	view(t, h.db, scope, func(tx *sql.Tx) error { // they have no name to be sorted by
		_, err := tx.Credentials(vc.CredentialQuery{Page: vc.Page{OrderBy: vc.ByName}})
		return err
	})
}

func byName(t *testing.T, h *house) {
	scopes := populate(t, h.db)
	for name, c := range countedLists() {
		scope := scopes[1]
		if name == "tenants" {
			scope = scopes[0]
		}
		view(t, h.db, scope, func(tx *sql.Tx) error {
			want, err := c.list(tx, vc.ListQuery{Page: vc.Page{Limit: 1000}})
			slices.SortFunc(want, func(a, b line) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.id, b.id)) })
			if len(want) < len(listedNames) {
				t.Errorf("%s: %d are too few to tell", name, len(want))
			}
			for _, ascending := range []bool{true, false} {
				var got []line
				page := vc.Page{Limit: 5, OrderBy: vc.ByName, Ascending: ascending, After: want[0].id}
				for len(got) == page.Offset {
					more, err := c.list(tx, vc.ListQuery{Page: page})
					must(t, err)
					got = append(got, more...)
					page.Offset += page.Limit
				}
				if !ascending {
					slices.Reverse(want)
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s, ascending %v:\ngot  %v\nwant %v", name, ascending, got, want)
				}
			}
			return err
		})
	}
}

func byUpdate(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	start := moment()
	var want []string
	for _, seconds := range []int{3, 1, 2, 1} {
		request := aRequest(scope)
		request.UpdatedAt = start.Add(time.Duration(seconds) * time.Second)
		update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertPresentationRequest(request) })
		want = append(want, request.ID)
	}
	want = []string{want[1], want[3], want[2], want[0]}
	for _, ascending := range []bool{true, false} {
		var got []string
		for offset := 0; offset < len(want); offset += 3 {
			view(t, h.db, scope, func(tx *sql.Tx) error {
				page := vc.Page{Limit: 3, Offset: offset, OrderBy: vc.ByUpdate, Ascending: ascending, After: want[0]}
				list, err := tx.PresentationRequests(vc.ListQuery{Page: page}, "")
				for _, one := range list {
					got = append(got, one.ID)
				}
				return err
			})
		}
		same(t, "by update", got, want)
		slices.Reverse(want)
	}
	view(t, h.db, scope, func(tx *sql.Tx) error { // what does not say when it was changed is listed by id
		_, err := tx.Schemas(vc.ListQuery{Page: vc.Page{OrderBy: vc.ByUpdate}})
		return err
	})
}

func exact(t *testing.T, h *house) {
	scopes := populate(t, h.db)
	for name, c := range countedLists() {
		if name == "tenants" || name == "organisations" {
			continue
		}
		for _, scope := range scopes[1:] {
			view(t, h.db, scope, func(tx *sql.Tx) error {
				all, err := c.list(tx, vc.ListQuery{Exact: true})
				for _, l := range all {
					if l.scope != scope {
						t.Errorf("%s of %v: one of %v", name, scope, l.scope)
					}
				}
				same(t, name, len(all), len(listedNames))
				return err
			})
		}
	}
	for _, scope := range scopes[1:3] {
		mine := aContext(scope)
		update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertContext(mine) })
		get(t, h.db, scope, "contexts", []vc.Context{mine}, func(tx *sql.Tx) ([]vc.Context, error) {
			return tx.Contexts(vc.ListQuery{Exact: true})
		})
		get(t, h.db, scope, "keys", len(listedNames), func(tx *sql.Tx) (int, error) {
			all, err := tx.Keys(vc.ListQuery{Exact: true})
			return len(all), err
		})
	}
}

func external(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	on, off := aType(scope, ""), aType(scope, "")
	off.External.Enabled = false
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertType(on), tx.InsertType(off)) })
	check := func() {
		t.Helper()
		yes, no := true, false
		for enabled, want := range map[*bool]vc.CredentialType{&yes: on, &no: off} {
			get(t, h.db, scope, fmt.Sprint(*enabled), []vc.CredentialType{want}, func(tx *sql.Tx) ([]vc.CredentialType, error) {
				return tx.Types(vc.ListQuery{External: enabled})
			})
		}
	}
	check()
	on.External.Enabled, off.External.Enabled = false, true
	on.Revision, off.Revision = 2, 2
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.UpdateType(on), tx.UpdateType(off)) })
	on, off = off, on
	check()
}
