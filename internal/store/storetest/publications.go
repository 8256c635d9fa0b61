package storetest

import (
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/vc"
)

func aPublication(scope vc.Scope, object string) vc.Publication {
	return vc.Publication{
		ID: newID(), Scope: scope, Kind: vc.PublishedList, Object: object, Type: newID(),
		Publishing: vc.Publishing{Identity: newID(), DID: "did:cheqd:testnet:x", Interval: time.Hour, Ceiling: "1.5", Named: true},
		Name:       "n", Resource: "BitstringStatusListCredential", Job: newID(), DueAt: moment().Add(time.Hour), Shown: -1, Revision: 1,
		CreatedAt: moment(), UpdatedAt: moment(),
	}
}

// publicationProbes are of what is published on ledgers: a tenant's schemas there are seen by its organisations.
var publicationProbes = map[string]probe{
	"InsertPublication": {false, func(tx *sql.Tx, b belongings) error { return tx.InsertPublication(aPublication(b.scope, newID())) }},
	"UpdatePublication": {false, func(tx *sql.Tx, b belongings) error {
		p := b.published
		p.Revision++
		return tx.UpdatePublication(p)
	}},
	"SetPublishing":        {false, func(tx *sql.Tx, b belongings) error { return tx.SetPublishing(b.kind.ID, b.published.Publishing) }},
	"Publication":          {true, func(tx *sql.Tx, b belongings) error { _, err := tx.Publication(b.published.ID); return err }},
	"PublicationForUpdate": {false, func(tx *sql.Tx, b belongings) error { _, err := tx.PublicationForUpdate(b.published.ID); return err }},
	"PublicationOfList":    {false, func(tx *sql.Tx, b belongings) error { _, err := tx.PublicationOfList(b.published.Object); return err }},
	"PublicationOfSchema": {true, func(tx *sql.Tx, b belongings) error {
		_, err := tx.PublicationOfSchema(b.published.Object, 0, b.published.Identity)
		return err
	}},
	"Publications": {true, func(tx *sql.Tx, b belongings) error {
		all, err := tx.Publications(b.published.Type, vc.Page{})
		return listed(all, err, func(p vc.Publication) string { return p.ID }, b.published.ID)
	}},
}

// publicationFields keeps every field, and the job that looks after it.
func publicationFields(t *testing.T, h *house) {
	scope := vc.Scope{Tenant: newID(), Organisation: newID()}
	want := aPublication(scope, newID())
	want.DueAt = moment()
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.InsertPublication(want) })
	jobs, err := h.db.Lend(t.Context(), "w", []string{vc.JobPublish}, 10, time.Minute)
	found := false
	for _, job := range jobs {
		found = found || job.ID == want.Job && job.Scope == scope && string(job.Payload) == want.ID
	}
	if err != nil || !found {
		t.Errorf("jobs %+v, %v", jobs, err)
	}
	want.Job, want.DueAt, want.Transaction, want.Sent, want.Shown, want.URL = "", time.Time{}, newID(), 7, 6, "did:cheqd:testnet:x/resources/y"
	want.Failures, want.Code, want.Error, want.Revision = 3, "fee-account-empty", "no money", 2
	want.UpdatedAt, want.PublishedAt = moment(), moment()
	update(t, h.db, scope, func(tx *sql.Tx) error { return tx.UpdatePublication(want) })
	err = rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.UpdatePublication(want) })
	if e, ok := err.(*vc.Error); !ok || e.Code != "stale" {
		t.Errorf("a second of that revision: %v", err)
	}
	view(t, h.db, scope, func(tx *sql.Tx) error {
		got, err := tx.Publication(want.ID)
		same(t, "publication", got, want)
		return err
	})
	if n, err := h.db.FailingPublications(t.Context()); err != nil || n < 1 {
		t.Errorf("%d fail, %v", n, err)
	}
	twin := aPublication(scope, want.Object)
	twin.Identity = want.Identity
	err = rows(h.db).Update(t.Context(), scope, func(tx *sql.Tx) error { return tx.InsertPublication(twin) })
	if e, ok := err.(*vc.Error); !ok || e.Code != "duplicate" {
		t.Errorf("a second of the list: %v", err)
	}
}
