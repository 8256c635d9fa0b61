package api

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	_ "modernc.org/sqlite"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/sdk"
)

const (
	plantedClaim   = "Hypatia-of-Alexandria-0415"
	plantedSubject = "did:example:hypatia-0415-subject"
	plantedWallet  = "did:example:hypatia-0415-wallet"
)

// TestErase: what a credential says, and whose it is, is in no file in the clear, before and after its erasure.
func TestErase(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			guard(t, func() {
				w := start(t, engine, app.Config{Window: time.Hour})
				w.erase(t)
			})
		})
	}
}

func (w *world) erase(t *testing.T) {
	ctx := t.Context()
	o := w.office("north")
	kind := o.kind.NewType
	kind.Name, kind.EraseDelivered = "Passing", true
	passing := must(o.admin.CreateType(ctx, kind))
	order := sdk.Order{
		Type: passing.ID, Issuer: o.did.DID, Recipient: plantedWallet, IdempotencyKey: "issued",
		Claims: map[string]any{"id": plantedSubject, "name": plantedClaim, "level": 3},
	}
	outside := newSigner(t, "EdDSA")
	made := must(o.admin.Issue(ctx, order))
	elsewhere := order
	elsewhere.Issuer, elsewhere.IdempotencyKey = outside.did, "prepared"
	draft := must(o.admin.Prepare(ctx, sdk.Preparation{Order: elsewhere, ExpiresInSeconds: 7200}))
	elsewhere.IdempotencyKey = "completed"
	complete := must(o.admin.Prepare(ctx, sdk.Preparation{Order: elsewhere, ExpiresInSeconds: 7200}))
	must(o.admin.CompleteWithSignature(ctx, complete.ID, outside.sign(inputOf(complete))))
	elsewhere.IdempotencyKey = "released"
	released := must(o.admin.Prepare(ctx, sdk.Preparation{Order: elsewhere, Mode: "released"}))
	wrong := order
	wrong.Claims = map[string]any{"id": plantedSubject, "name": plantedClaim, "level": plantedClaim}
	batch := must(o.admin.IssueBatch(ctx, sdk.Batch{Orders: []sdk.Order{order, wrong}, IdempotencyKey: "batch"}))
	if len(ids(o, sdk.CredentialQuery{Subject: plantedSubject})) != 5 || batch[1].Problem == nil {
		t.Fatal("the credentials are not there")
	}
	must(o.admin.Verify(ctx, sdk.Verification{Credential: made.Credential}))
	o.events()
	w.grep(t, "while it is there")

	w.clock.advance(61 * time.Minute)
	gone := func(id string) bool { return !must(o.admin.GetCredential(ctx, id)).ErasedAt.IsZero() }
	for _, id := range []string{made.ID, complete.ID, released.ID, batch[0].Credential.ID} {
		eventually(t, "erased after its window", func() bool { w.app.Worker.Wake(); return gone(id) })
	}
	if gone(draft.ID) {
		t.Error("a draft that may still be completed is erased")
	}
	w.clock.advance(4 * time.Hour)
	eventually(t, "a lapsed draft is erased", func() bool { w.app.Worker.Wake(); return gone(draft.ID) })
	w.grep(t, "after its erasure")
	w.afterErasure(t, o, made, order)
}

func (w *world) afterErasure(t *testing.T, o *office, made sdk.Credential, order sdk.Order) {
	ctx := t.Context()
	got := w.call("GET", "/v1/credentials/"+made.ID, o.key.Secret, nil)
	for _, text := range []string{plantedClaim, plantedSubject, plantedWallet, made.Credential[:40], `"credential":`, `"digest":`} {
		if strings.Contains(string(got.body), text) {
			t.Errorf("an erased credential shows %s: %s", text, got.body)
		}
	}
	var shown sdk.Credential
	done(json.Unmarshal(got.body, &shown))
	if shown.Issuer != made.Issuer || len(shown.StatusEntries) != len(made.StatusEntries) || shown.Type != made.Type || shown.ErasedAt.IsZero() {
		t.Errorf("what stays: %s", got.body)
	}
	if n := len(ids(o, sdk.CredentialQuery{Subject: plantedSubject})); n != 5 {
		t.Errorf("%d credentials of the subject are found", n)
	}
	w.clock.advance(-5 * time.Hour) // back inside the window
	for _, key := range []string{"issued"} {
		order.IdempotencyKey = key
		_, err := o.admin.Issue(ctx, order)
		refused(t, err, 410, "credential-erased")
	}
	report := must(o.admin.Verify(ctx, sdk.Verification{Credential: made.Credential}))
	if report.Outcome != "passed" {
		t.Errorf("verification after erasure: %s", told(report))
	}
	if revoked := must(o.admin.Revoke(ctx, made.ID, "asked for by "+plantedSubject+", "+plantedClaim)); revoked.Status != "revoked" {
		t.Errorf("revoking after erasure: %+v", revoked)
	}
	if report = must(o.admin.Verify(ctx, sdk.Verification{Credential: made.Credential})); report.Outcome != "failed" {
		t.Errorf("revoked after erasure: %s", report.Outcome)
	}
	w.grep(t, "after a revocation that said why")
	again := must(o.admin.Erase(ctx, made.ID))
	if !again.ErasedAt.Equal(shown.ErasedAt) {
		t.Errorf("erased again at %s, first at %s", again.ErasedAt, shown.ErasedAt)
	}
}

// grep looks for what was planted in every file of the database, in a backup of it, and in the log; the tenant's
// slug must be found there, or the search is blind.
func (w *world) grep(t *testing.T, when string) {
	t.Helper()
	var found bool
	look := func(path string, content []byte) {
		found = found || bytes.Contains(content, []byte("Organisation north"))
		for _, text := range []string{plantedClaim, plantedSubject, plantedWallet} {
			for form, needle := range forms(text) {
				if bytes.Contains(content, needle) {
					t.Errorf("%s: %s holds %s as %s", when, path, text, form)
				}
			}
		}
	}
	look("the log", []byte(w.logs.String()))
	found = false
	for _, path := range w.files(t) {
		content, err := os.ReadFile(path)
		if err != nil {
			continue // PostgreSQL removes files as it likes
		}
		look(path, content)
	}
	if !found {
		t.Errorf("%s: not even the organisation's name is in the files", when)
	}
}

// forms are ways in which a text may lie in a file.
func forms(text string) map[string][]byte {
	out := map[string][]byte{"text": []byte(text), "hexadecimal": []byte(hex.EncodeToString([]byte(text)))}
	for shift := range 3 { // what base64 makes of it depends on where it begins
		encoded := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat(" ", shift) + text))
		out["base64"+strings.Repeat("'", shift)] = []byte(encoded[4 : len(encoded)-4])
	}
	return out
}

// files are all of the database's, once its buffers are written, and a backup.
func (w *world) files(t *testing.T) []string {
	t.Helper()
	folder := w.config.Data
	ctx := t.Context()
	if w.engine == "sqlite" {
		backup := filepath.Join(t.TempDir(), "backup.db")
		db := must(sql.Open("sqlite", filepath.Join(folder, "chancery.db")))
		if _, err := db.ExecContext(ctx, `VACUUM INTO '`+backup+`'`); err != nil {
			t.Fatal(err)
		}
		done(db.Close())
		return append(below(t, folder), backup)
	}
	conn := must(pgx.Connect(ctx, w.config.DatabaseURL))
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if _, err := conn.Exec(ctx, `CHECKPOINT`); err != nil {
		t.Fatal(err)
	}
	done(conn.QueryRow(ctx, `SHOW data_directory`).Scan(&folder))
	return below(t, folder)
}

func below(t *testing.T, folder string) []string {
	t.Helper()
	var out []string
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			out = append(out, path)
		}
		return nil
	})
	if err != nil || len(out) == 0 {
		t.Fatalf("%s: %d files, %v", folder, len(out), err)
	}
	return out
}
