package holder_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

func (w *world) take(secured []byte, name string) *holder.Taken {
	w.Helper()
	taken, err := w.desk.Take(w.Context(), w.by, holder.NewHeld{Secured: secured, AllowForeignSubject: true, Name: name})
	must(w, err)
	return taken
}

// record writes in a transaction of the caller's, which then fails where then says so.
func (w *world) record(taken *holder.Taken, then error) (id string, err error) {
	w.Helper()
	err = sql.For[holder.Rows](w.db).Update(w.Context(), w.by.Scope, func(rows holder.Rows) error {
		if id, err = taken.Record(rows, w.by); err != nil {
			return err
		}
		return then
	})
	return id, err
}

func TestTake(t *testing.T) {
	w := newWorld(t)
	issuer, ada := newPerson(t, "issuer"), w.wallet("key")
	secured := issuer.linked(t, ada.DID, "PhD")
	taken := w.take(secured, "my-cred-1")
	broken := errors.New("the caller's transaction fails")
	if _, err := w.record(taken, broken); !errors.Is(err, broken) {
		t.Fatal(err)
	}
	_, err := w.desk.HeldByName(t.Context(), w.by.Scope, "my-cred-1")
	w.fails(err, vc.NotFound, "held-not-found")
	w.acts()

	id, err := w.record(taken, nil)
	must(t, err)
	if id != taken.View().Held.ID || taken.View().Held.Identity != ada.ID {
		t.Errorf("%s, %+v", id, taken.View().Held)
	}
	for _, name := range []string{"my-cred-1", id} {
		view, err := w.desk.HeldByName(t.Context(), w.by.Scope, name)
		must(t, err)
		if string(view.Secured) != string(secured) || view.Held.Name != "my-cred-1" || view.Held.Tags.Given == "" {
			t.Errorf("%+v", view.Held)
		}
		_, err = w.desk.HeldByName(t.Context(), w.far.Scope, name)
		w.fails(err, vc.NotFound, "held-not-found")
	}
	for _, name := range []string{"", "nothing", uuid.NewString()} {
		_, err = w.desk.HeldByName(t.Context(), w.by.Scope, name)
		w.fails(err, vc.NotFound, "held-not-found")
	}
	again, err := w.record(w.take(secured, "another name"), nil)
	if err != nil || again != id {
		t.Errorf("taken again as %s, %v", again, err)
	}
	if acts, text := w.acts(); !slices.Equal(acts, []string{"held.stored"}) || strings.Contains(text, "PhD") || strings.Contains(text, ada.DID) {
		t.Errorf("%v\n%s", acts, text)
	}
	_, err = w.record(w.take(issuer.linked(t, ada.DID, "MSc"), "my-cred-1"), nil)
	w.fails(err, vc.Conflict, "held-name-used")
	_, err = w.desk.Hold(t.Context(), w.by, holder.NewHeld{Secured: issuer.linked(t, ada.DID, "BSc"), Name: "my-cred-1"})
	w.fails(err, vc.Conflict, "held-name-used")
	_, err = w.desk.Take(t.Context(), w.by, holder.NewHeld{Secured: secured, Name: strings.Repeat("x", 257)})
	w.fails(err, vc.Invalid, "held-name")
	must(t, w.desk.DropByName(t.Context(), w.by, "my-cred-1"))
	_, err = w.desk.HeldByName(t.Context(), w.by.Scope, id)
	w.fails(err, vc.NotFound, "held-not-found")
	w.fails(w.desk.DropByName(t.Context(), w.by, "my-cred-1"), vc.NotFound, "held-not-found")
}

// findings is a judge that finds what it says.
type findings []string

func (f findings) Judge(context.Context, vc.Scope, []byte) (holder.Judged, error) {
	var out holder.Judged
	for _, code := range f {
		out.Faults = append(out.Faults, vc.Finding{Code: code})
	}
	return out, nil
}

// TestTakeRefuses: what cannot be relied on is refused, and what nobody can tell now is for later.
func TestTakeRefuses(t *testing.T) {
	w := newWorld(t)
	issuer, ada := newPerson(t, "issuer"), w.wallet("key")
	secured := issuer.linked(t, ada.DID, "PhD")
	_, err := w.desk.Take(t.Context(), w.by, holder.NewHeld{Secured: []byte(strings.Replace(string(secured), "PhD", "MSc", 1))})
	w.fails(err, vc.Invalid, "credential-refused")
	_, err = w.desk.Take(t.Context(), w.by, holder.NewHeld{Secured: []byte(`{}`)})
	w.fails(err, vc.Invalid, "credential-malformed")
	_, err = w.desk.Take(t.Context(), w.by, holder.NewHeld{Secured: issuer.linked(t, "did:example:eve", "PhD")})
	w.fails(err, vc.Invalid, "foreign-subject")
	for _, c := range []struct {
		faults findings
		kind   vc.Kind
		code   string
	}{
		{findings{"did-unreachable", "no-issuer", "no-issuer"}, vc.Unavailable, "issuer-unreachable"},
		{findings{"did-unreachable", "no-issuer", "expired"}, vc.Invalid, "credential-refused"},
		{findings{"no-issuer"}, vc.Invalid, "credential-refused"},
		{findings{"did-not-found", "no-issuer"}, vc.Invalid, "credential-refused"},
	} {
		w.desk.Wallet.Judge = c.faults
		_, err := w.desk.Take(t.Context(), w.by, holder.NewHeld{Secured: secured})
		w.fails(err, c.kind, c.code)
	}
}

// What ACA-Py issued is taken, and found as its /credentials/w3c finds it.
func TestHeldTagged(t *testing.T) {
	w := newWorld(t)
	credentials, _, _ := recorded(t)
	if len(credentials) < 4 {
		t.Fatalf("%d credentials were recorded", len(credentials))
	}
	for _, secured := range credentials {
		_, err := w.record(w.take(secured, ""), nil)
		must(t, err)
	}
	other := newPerson(t, "issuer").linked(t, "did:example:eve", "PhD")
	_, err := w.record(w.take(other, "other"), nil)
	must(t, err)
	all, err := w.desk.HeldTagged(t.Context(), w.by.Scope, vc.HeldQuery{Page: vc.Page{Limit: 1000}}, vc.HeldTags{}, nil)
	must(t, err)
	if len(all) != len(credentials)+1 || all[0].Held.Name != "other" {
		t.Fatalf("%d of %d", len(all), len(credentials)+1)
	}
	resident := all[len(all)-1]
	if tags := resident.Held.Tags; !slices.Contains(tags.Expanded, "https://w3id.org/citizenship#PermanentResident") ||
		!slices.Contains(tags.Expanded, "https://www.w3.org/2018/credentials#VerifiableCredential") || len(tags.Expanded) != 2 ||
		!slices.Contains(tags.Contexts, "https://w3id.org/citizenship/v1") || tags.Given == "" || len(tags.Proofs) != 1 || len(tags.Schemas) != 0 {
		t.Errorf("%+v", tags)
	}
	find := func(q vc.HeldQuery, tags vc.HeldTags, subjects ...string) int {
		t.Helper()
		found, err := w.desk.HeldTagged(t.Context(), w.by.Scope, q, tags, subjects)
		must(t, err)
		return len(found)
	}
	for name, c := range map[string]struct {
		tags     vc.HeldTags
		subjects []string
		none     bool
	}{
		"a type":           {tags: vc.HeldTags{Expanded: []string{"https://w3id.org/citizenship#PermanentResident"}}},
		"types and proof":  {tags: vc.HeldTags{Expanded: resident.Held.Tags.Expanded, Proofs: resident.Held.Tags.Proofs}},
		"a context":        {tags: vc.HeldTags{Contexts: []string{"https://w3id.org/citizenship/v1"}}},
		"its own id":       {tags: vc.HeldTags{Given: resident.Held.Tags.Given}},
		"who":              {subjects: resident.Subjects},
		"another type":     {tags: vc.HeldTags{Expanded: []string{"https://w3id.org/citizenship#Other"}}, none: true},
		"a type too many":  {tags: vc.HeldTags{Expanded: append(slices.Clone(resident.Held.Tags.Expanded), "https://x.example/T")}, none: true},
		"a schema":         {tags: vc.HeldTags{Schemas: []string{"https://x.example/schema"}}, none: true},
		"another id":       {tags: vc.HeldTags{Given: "https://x.example/1"}, none: true},
		"somebody unknown": {subjects: []string{"did:example:nobody"}, none: true},
	} {
		if n := find(vc.HeldQuery{}, c.tags, c.subjects...); (n == 0) != c.none {
			t.Errorf("%s: %d", name, n)
		}
	}
	if n := find(vc.HeldQuery{Page: vc.Page{Limit: 2, Offset: 1}}, vc.HeldTags{}); n != 2 {
		t.Errorf("a page of %d", n)
	}
	if n := find(vc.HeldQuery{Page: vc.Page{Limit: 10, Offset: 1}}, vc.HeldTags{}, "did:example:eve"); n != 0 {
		t.Errorf("a page of %d", n)
	}
	if n := find(vc.HeldQuery{Issuer: "did:example:nobody"}, vc.HeldTags{}); n != 0 {
		t.Errorf("%d of another issuer", n)
	}
}
