package storetest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

var recordLaws = []law{
	{"what is written is read", roundTrip},
	{"updates write what they say", updates},
	{"a revision guards an update", revisions},
	{"pages follow each other", paging},
	{"lists filter", filters},
	{"credentials are found", finding},
	{"an answer is kept once", idempotency},
	{"handles lead to scopes", handles},
	{"a schema is shared", sharing},
	{"a schema goes whole", deleting},
}

// get reads with fn and compares.
func get[T any](t testing.TB, db *sql.DB, scope vc.Scope, what string, want T, read func(*sql.Tx) (T, error)) {
	t.Helper()
	view(t, db, scope, func(tx *sql.Tx) error {
		got, err := read(tx)
		if err == nil {
			same(t, what, got, want)
		}
		return err
	})
}

func roundTrip(t *testing.T, h *house) {
	scope := vc.Scope{Tenant: newID(), Organisation: newID()}
	tenant := vc.Tenant{ID: scope.Tenant, Slug: "acme", Name: "Acme", CreatedAt: moment(), ArchivedAt: moment()}
	org := vc.Organisation{
		ID: scope.Organisation, Tenant: scope.Tenant, Name: "Org", MayIssue: true, MayVerify: true, CreatedAt: moment(),
		ArchivedAt: moment(),
	}
	update(t, h.db, vc.Scope{Tenant: scope.Tenant}, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertTenant(tenant), tx.InsertOrganisation(org))
	})
	schema := aSchema(scope)
	version, kind := aVersion(schema), aType(scope, schema.ID)
	identity, key, principal := anIdentity(scope), aKey(scope), aPrincipal(scope)
	list, context, answer := aList(scope), aContext(scope), anAnswer(scope)
	credential := aCredential(list, 5)
	bare := vc.Credential{ID: newID(), Scope: scope, State: vc.Awaited, Standing: vc.Active}
	change := aChange(list.ID, 5, 1)
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertSchema(schema), tx.InsertSchemaVersion(version), tx.InsertType(kind),
			tx.InsertIdentity(identity), tx.InsertKey(key), tx.InsertPrincipal(principal), tx.InsertStatusList(list),
			tx.InsertContext(context), tx.InsertCredential(credential), tx.InsertCredential(bare),
			tx.AppendStatusChange(change), tx.InsertIdempotency(answer))
	})
	get(t, h.db, scope, "tenant", tenant, (*sql.Tx).Tenant)
	get(t, h.db, scope, "organisation", org, func(tx *sql.Tx) (vc.Organisation, error) { return tx.Organisation(org.ID) })
	get(t, h.db, scope, "schema", schema, func(tx *sql.Tx) (vc.Schema, error) { return tx.Schema(schema.ID) })
	get(t, h.db, scope, "version", version, func(tx *sql.Tx) (vc.SchemaVersion, error) { return tx.SchemaVersion(schema.ID, 1) })
	get(t, h.db, scope, "type", kind, func(tx *sql.Tx) (vc.CredentialType, error) { return tx.Type(kind.ID) })
	get(t, h.db, scope, "identity", identity, func(tx *sql.Tx) (vc.Identity, error) { return tx.Identity(identity.ID) })
	get(t, h.db, scope, "identity", identity, func(tx *sql.Tx) (vc.Identity, error) { return tx.IdentityByDID(identity.DID) })
	get(t, h.db, scope, "key", key, func(tx *sql.Tx) (vc.Key, error) { return tx.Key(key.ID) })
	get(t, h.db, scope, "principal", principal, func(tx *sql.Tx) (vc.Principal, error) { return tx.Principal(principal.ID) })
	get(t, h.db, scope, "list", list, func(tx *sql.Tx) (vc.StatusList, error) { return tx.StatusList(list.ID) })
	get(t, h.db, scope, "context", context, func(tx *sql.Tx) (vc.Context, error) { return tx.Context(context.URL) })
	get(t, h.db, scope, "credential", credential, func(tx *sql.Tx) (vc.Credential, error) { return tx.Credential(credential.ID) })
	get(t, h.db, scope, "bare", bare, func(tx *sql.Tx) (vc.Credential, error) { return tx.Credential(bare.ID) })
	get(t, h.db, scope, "change", change, func(tx *sql.Tx) (vc.StatusChange, error) { return tx.LastStatusChange(list.ID, 5) })
	get(t, h.db, scope, "answer", answer, func(tx *sql.Tx) (vc.Idempotency, error) { return tx.Idempotency(answer.Digest, moment()) })
}

func updates(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	schema, principal, list := aSchema(scope), aPrincipal(scope), aList(scope)
	credential := aCredential(list, 1)
	tenant := vc.Tenant{ID: scope.Tenant, Slug: "renamed", Name: "Renamed", ArchivedAt: moment()}
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertSchema(schema), tx.InsertPrincipal(principal), tx.InsertStatusList(list),
			tx.InsertCredential(credential))
	})
	schema.Name, schema.Latest, schema.SharedWith, schema.ArchivedAt = "Other", 2, []string{"*"}, time.Time{}
	principal.Name, principal.Secret, principal.Grants, principal.RevokedAt = "Other", random(32), nil, time.Time{}
	credential.State, credential.Standing, credential.Method, credential.Algorithm = vc.Lapsed, vc.Revoked, "m", "ES256"
	credential.Body, credential.BodyKey, credential.Digest = nil, nil, random(32)
	credential.ExpiresAt, credential.ErasedAt, credential.IssuedAt, credential.ChangedAt = moment(), moment(), moment(), moment()
	update(t, h.db, vc.Scope{Tenant: scope.Tenant}, func(tx *sql.Tx) error {
		before, err := tx.Tenant()
		tenant.CreatedAt = before.CreatedAt
		return errors.Join(err, tx.UpdateTenant(tenant), tx.UpdateOrganisation(vc.Organisation{
			ID: scope.Organisation, Name: "Other", MayVerify: true,
		}))
	})
	update(t, h.db, scope, func(tx *sql.Tx) error {
		if _, err := tx.CredentialForUpdate(credential.ID); err != nil {
			return err
		}
		return errors.Join(tx.UpdateSchema(schema), tx.UpdatePrincipal(principal), tx.UpdateCredential(credential))
	})
	get(t, h.db, scope, "tenant", tenant, (*sql.Tx).Tenant)
	get(t, h.db, scope, "schema", schema, func(tx *sql.Tx) (vc.Schema, error) { return tx.Schema(schema.ID) })
	get(t, h.db, scope, "principal", principal, func(tx *sql.Tx) (vc.Principal, error) { return tx.Principal(principal.ID) })
	get(t, h.db, scope, "credential", credential, func(tx *sql.Tx) (vc.Credential, error) { return tx.Credential(credential.ID) })
	if _, _, err := h.db.Lookup(t.Context(), store.HandleTenant, scope.Tenant); vc.KindOf(err) != vc.NotFound {
		t.Errorf("the old slug still leads somewhere: %v", err)
	}
	if _, id, err := h.db.Lookup(t.Context(), store.HandleTenant, "renamed"); err != nil || id != tenant.ID {
		t.Errorf("the new slug leads to %q, %v", id, err)
	}
}

func revisions(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	kind, identity := aType(scope, newID()), anIdentity(scope)
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.InsertType(kind), tx.InsertIdentity(identity)) })
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.UpdateType(kind) }), vc.Conflict, "stale")
	wants(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.UpdateIdentity(identity) }), vc.Conflict, "stale")
	second := vc.IdentityKey{
		Identity: identity.ID, Key: aKey(scope), Method: identity.DID + "#2", Purposes: []string{"assertionMethod"},
		State: vc.KeyActive, AddedAt: moment(), ChangedAt: moment(),
	}
	kind.Revision, kind.Name, kind.Line, kind.Variants = 2, "Other", "Other", nil
	identity.Revision, identity.Name, identity.Document = 2, "Other", []byte(`{}`)
	identity.Use, identity.Services, identity.UpdatedBy = vc.UseByClient, nil, newID()
	identity.Keys[0].State, identity.Keys[0].Type = vc.KeyRetired, "JsonWebKey"
	identity.Keys = append(identity.Keys, second)
	update(t, h.db, scope, func(tx *sql.Tx) error { return errors.Join(tx.UpdateType(kind), tx.UpdateIdentity(identity)) })
	get(t, h.db, scope, "type", kind, func(tx *sql.Tx) (vc.CredentialType, error) { return tx.Type(kind.ID) })
	get(t, h.db, scope, "identity", identity, func(tx *sql.Tx) (vc.Identity, error) { return tx.Identity(identity.ID) })
}

func paging(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	var want []string
	update(t, h.db, scope, func(tx *sql.Tx) error {
		want = nil
		for i := range 25 {
			p := aPrincipal(scope)
			want = append(want, p.ID)
			if err := tx.InsertPrincipal(p); err != nil {
				return err
			}
			if err := tx.InsertContext(vc.Context{URL: fmt.Sprint("u", i), CreatedAt: moment()}); err != nil {
				return err
			}
		}
		return nil
	})
	walk := func(ascending bool, list func(*sql.Tx, vc.ListQuery) ([]string, error)) (got []string) {
		page := vc.Page{Limit: 7, Ascending: ascending}
		for {
			n := len(got)
			view(t, h.db, scope, func(tx *sql.Tx) error {
				more, err := list(tx, vc.ListQuery{Page: page})
				got = append(got, more...)
				return err
			})
			if len(got) == n {
				return got
			}
			page.After = got[len(got)-1]
		}
	}
	principals := func(tx *sql.Tx, q vc.ListQuery) (ids []string, err error) {
		all, err := tx.Principals(q)
		for _, p := range all {
			ids = append(ids, p.ID)
		}
		return ids, err
	}
	contexts := func(tx *sql.Tx, q vc.ListQuery) (ids []string, err error) {
		all, err := tx.Contexts(q)
		for _, c := range all {
			ids = append(ids, c.URL)
		}
		return ids, err
	}
	same(t, "ascending", walk(true, principals), want)
	if urls := walk(true, contexts); len(urls) != 25 || len(slices.Compact(slices.Sorted(slices.Values(urls)))) != 25 {
		t.Errorf("contexts: %v", urls)
	}
	slices.Reverse(want)
	same(t, "newest first", walk(false, principals), want)
	view(t, h.db, scope, func(tx *sql.Tx) error {
		got, err := principals(tx, vc.ListQuery{Page: vc.Page{Limit: 3, Offset: 4}})
		same(t, "offset", got, want[4:7])
		return err
	})
}

func filters(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	update(t, h.db, scope, func(tx *sql.Tx) error {
		for _, name := range []string{"Ärzte 100%", "Anwälte", "Under_score"} {
			s := vc.Schema{ID: newID(), Name: name, CreatedAt: moment()}
			if name == "Anwälte" {
				s.ArchivedAt = moment()
			}
			if err := tx.InsertSchema(s); err != nil {
				return err
			}
		}
		return nil
	})
	yes, no := true, false
	for _, c := range []struct {
		query vc.ListQuery
		want  []string
	}{
		{vc.ListQuery{Search: "äRZTE"}, []string{"Ärzte 100%"}},
		{vc.ListQuery{Search: "0%"}, []string{"Ärzte 100%"}},
		{vc.ListQuery{Search: "r_s"}, []string{"Under_score"}},
		{vc.ListQuery{Search: "%"}, []string{"Ärzte 100%"}},
		{vc.ListQuery{Search: `\`}, nil},
		{vc.ListQuery{Archived: &yes}, []string{"Anwälte"}},
		{vc.ListQuery{Archived: &no}, []string{"Under_score", "Ärzte 100%"}},
		{vc.ListQuery{}, []string{"Under_score", "Anwälte", "Ärzte 100%"}},
	} {
		view(t, h.db, scope, func(tx *sql.Tx) error {
			all, err := tx.Schemas(c.query)
			var names []string
			for _, s := range all {
				names = append(names, s.Name)
			}
			same(t, fmt.Sprintf("%+v", c.query), names, c.want)
			return err
		})
	}
}

func finding(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	list := aList(scope)
	a, b := aCredential(list, 1), aCredential(list, 2)
	b.State, b.Standing, b.Issuer, b.IssuedAt = vc.Awaited, vc.Suspended, "did:example:b", a.IssuedAt.Add(time.Hour)
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertStatusList(list), tx.InsertCredential(a), tx.InsertCredential(b))
	})
	for name, q := range map[string]vc.CredentialQuery{
		"type": {Type: b.Type}, "subject": {SubjectMAC: b.SubjectMAC}, "recipient": {RecipientMAC: b.RecipientMAC},
		"issuer": {Issuer: b.Issuer}, "state": {State: b.State}, "standing": {Standing: b.Standing},
		"exchange": {Exchange: b.Exchange}, "issuance": {Issuance: b.Issuance}, "from": {IssuedFrom: b.IssuedAt},
		"page": {Page: vc.Page{Limit: 1}},
		"all": {
			Type: b.Type, SubjectMAC: b.SubjectMAC, RecipientMAC: b.RecipientMAC, Issuer: b.Issuer, State: b.State,
			Standing: b.Standing, Exchange: b.Exchange, Issuance: b.Issuance, IssuedFrom: b.IssuedAt,
			IssuedTo: b.IssuedAt.Add(time.Microsecond), Page: vc.Page{Ascending: true},
		},
	} {
		for _, in := range []vc.Scope{scope, {Tenant: scope.Tenant}} {
			get(t, h.db, in, name, []vc.Credential{b}, func(tx *sql.Tx) ([]vc.Credential, error) { return tx.Credentials(q) })
		}
	}
	get(t, h.db, scope, "to", []vc.Credential{a}, func(tx *sql.Tx) ([]vc.Credential, error) {
		return tx.Credentials(vc.CredentialQuery{IssuedTo: b.IssuedAt, Standing: vc.Active})
	})
}

func idempotency(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	first := anAnswer(scope)
	insert := func(i vc.Idempotency) error {
		return rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.InsertIdempotency(i) })
	}
	must(t, insert(first))
	second := first
	second.Body, second.CreatedAt = random(32), first.ExpiresAt.Add(-1*time.Microsecond)
	wants(t, insert(second), vc.Conflict, "duplicate")
	// The error is heard where it happens, when nobody goes on without it.
	must(t, rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error {
		if vc.KindOf(tx.InsertIdempotency(second)) != vc.Conflict {
			return nil // believed to have worked: then this runs again
		}
		_, err := tx.Idempotency(first.Digest, moment())
		return err
	}))
	second.CreatedAt = first.ExpiresAt
	second.ExpiresAt = second.CreatedAt.Add(time.Hour)
	must(t, insert(second))
	get(t, h.db, scope, "the second", second, func(tx *sql.Tx) (vc.Idempotency, error) { return tx.Idempotency(first.Digest, moment()) })
	wants(t, rows(h.db).View(t.Context(), scope, func(tx *sql.Tx) error {
		_, err := tx.Idempotency(first.Digest, second.ExpiresAt)
		return err
	}), vc.NotFound, "")
	for range 4 {
		must(t, insert(anAnswer(scope)))
	}
	for _, want := range []int{3, 1, 0} {
		n, err := h.db.SweepIdempotency(t.Context(), moment().Add(24*time.Hour), 3)
		must(t, err)
		same(t, "swept", n, want)
	}
}

func handles(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	schema, identity, principal, list := aSchema(scope), anIdentity(scope), aPrincipal(scope), aList(scope)
	version := aVersion(schema)
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertSchema(schema), tx.InsertSchemaVersion(version), tx.InsertIdentity(identity),
			tx.InsertPrincipal(principal), tx.InsertStatusList(list))
	})
	for kind, want := range map[string][2]string{
		store.HandleSchema: {schema.ID, schema.ID}, store.HandleContext: {version.ContextURL, schema.ID},
		store.HandleDID: {identity.DID, identity.ID}, store.HandlePrincipal: {principal.ID, principal.ID},
		store.HandleStatusList: {list.ID, list.ID}, store.HandleWeb: {"x.example:8080/issuers/" + identity.ID, identity.ID},
	} {
		in, object, err := h.db.Lookup(t.Context(), kind, want[0])
		must(t, err)
		if in != scope || object != want[1] {
			t.Errorf("%s: %v %q, want %v %q", kind, in, object, scope, want[1])
		}
		if _, _, err := h.db.Lookup(t.Context(), kind, "nobody"); vc.KindOf(err) != vc.NotFound {
			t.Errorf("%s: %v", kind, err)
		}
	}
	in, object, err := h.db.Lookup(t.Context(), store.HandleTenant, scope.Tenant)
	must(t, err)
	same(t, "tenant", []any{in, object}, []any{vc.Scope{Tenant: scope.Tenant}, scope.Tenant})
	twin := anIdentity(scope)
	twin.DID = identity.DID
	wants(t, rows(h.db).Update(t.Context(), vc.Scope{Tenant: newID()}, func(tx *sql.Tx) error {
		twin.Scope, twin.Keys = vc.Scope{}, nil
		return tx.InsertIdentity(twin)
	}), vc.Conflict, "duplicate")
}

func sharing(t *testing.T, h *house) {
	one, two := somewhere(t, h.db), newID()
	tenant := vc.Scope{Tenant: one.Tenant}
	other := vc.Scope{Tenant: one.Tenant, Organisation: two}
	schema := aSchema(tenant)
	schema.SharedWith = []string{one.Organisation}
	version := aVersion(schema)
	update(t, h.db, tenant, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertSchema(schema), tx.InsertSchemaVersion(version))
	})
	sees := func(scope vc.Scope) (n int) {
		view(t, h.db, scope, func(tx *sql.Tx) error {
			all, err := tx.Schemas(vc.ListQuery{})
			_, e1 := tx.Schema(schema.ID)
			_, e2 := tx.SchemaVersion(schema.ID, 1)
			if n = len(all); (e1 == nil) != (n == 1) || (e2 == nil) != (n == 1) {
				t.Errorf("list has %d, one says %v, its version %v", n, e1, e2)
			}
			return err
		})
		return n
	}
	same(t, "shared with one", []int{sees(one), sees(other)}, []int{1, 0})
	schema.SharedWith = []string{"*"}
	update(t, h.db, tenant, func(tx *sql.Tx) error { return tx.UpdateSchema(schema) })
	same(t, "shared with all", []int{sees(one), sees(other)}, []int{1, 1})
	schema.SharedWith = nil
	update(t, h.db, tenant, func(tx *sql.Tx) error { return tx.UpdateSchema(schema) })
	same(t, "shared with none", []int{sees(one), sees(other), sees(tenant)}, []int{0, 0, 1})
}

func deleting(t *testing.T, h *house) {
	scope := somewhere(t, h.db)
	free, used := aSchema(scope), aSchema(scope)
	update(t, h.db, scope, func(tx *sql.Tx) error {
		return errors.Join(tx.InsertSchema(free), tx.InsertSchemaVersion(aVersion(free)), tx.InsertSchema(used),
			tx.InsertType(aType(scope, used.ID)))
	})
	view(t, h.db, scope, func(tx *sql.Tx) error {
		a, err1 := tx.SchemaInUse(free.ID)
		b, err2 := tx.SchemaInUse(used.ID)
		same(t, "in use", []bool{a, b}, []bool{false, true})
		return errors.Join(err1, err2)
	})
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.DeleteSchema(free.ID) })
	wants(t, rows(h.db).View(t.Context(), scope, func(tx *sql.Tx) error { _, err := tx.SchemaVersion(free.ID, 1); return err }), vc.NotFound, "")
	if _, _, err := h.db.Lookup(t.Context(), store.HandleSchema, free.ID); vc.KindOf(err) != vc.NotFound {
		t.Errorf("handle: %v", err)
	}
}
