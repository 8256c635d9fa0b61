package holder_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/vc"
)

func TestHold(t *testing.T) {
	w := newWorld(t)
	issuer, ada := newPerson(t, "issuer"), w.wallet("key")
	for name, secured := range map[string][]byte{
		"JWT of VCDM 1.1": issuer.credential(t, vc.VCDM11, ada.DID, "BSc"),
		"JWT of VCDM 2.0": issuer.credential(t, vc.VCDM20, ada.DID, "MSc"),
		"embedded proof":  issuer.linked(t, ada.DID, "PhD", `"credentialSchema":{"id":"https://wallet.example/schemas/degrees/3/schema.json","type":"Schema"},`),
	} {
		t.Run(name, func(t *testing.T) {
			made, err := w.desk.Hold(t.Context(), w.by, holder.NewHeld{Secured: secured})
			must(t, err)
			if made.Held.Identity != ada.ID || made.Held.Issuer != issuer.did || made.Status != holder.Valid || made.Subjects[0] != ada.DID || made.MediaType == "" {
				t.Errorf("made %+v", made)
			}
			if strings.HasPrefix(name, "embedded") && (made.Held.Version != "3" || !slices.Equal(made.Held.Types, []string{"Degree"})) {
				t.Errorf("made %+v", made.Held)
			}
			got, err := w.desk.Held(t.Context(), w.by.Scope, made.Held.ID, true)
			must(t, err)
			if !bytes.Equal(got.Secured, secured) || got.Held.SeenAt.IsZero() {
				t.Errorf("got %s", got.Secured)
			}
			_, err = w.desk.Hold(t.Context(), w.by, holder.NewHeld{Secured: append([]byte(" \n"), secured...)})
			w.fails(err, vc.Conflict, "held-already")
			_, err = w.desk.Held(t.Context(), w.far.Scope, made.Held.ID, false)
			w.fails(err, vc.NotFound, "held-not-found")
			w.fails(w.desk.Drop(t.Context(), w.far, made.Held.ID), vc.NotFound, "held-not-found")
			_, err = w.desk.Hold(t.Context(), w.far, holder.NewHeld{Secured: secured, AllowForeignSubject: true})
			must(t, err) // another wallet may have it too
		})
	}
	all, total, err := w.desk.HeldList(t.Context(), w.by.Scope, vc.HeldQuery{}, "")
	if err != nil || total != 3 || len(all) != 3 {
		t.Fatalf("%d of %d, %v", len(all), total, err)
	}
	w.scrubbed = 0
	must(t, w.desk.Drop(t.Context(), w.by, all[0].Held.ID))
	dropped, err := w.desk.DropAll(t.Context(), w.by)
	if err != nil || dropped != 2 || w.scrubbed != 2 {
		t.Errorf("dropped %d, scrubbed %d, %v", dropped, w.scrubbed, err)
	}
	if _, total, _ = w.desk.HeldList(t.Context(), w.far.Scope, vc.HeldQuery{}, ""); total != 3 {
		t.Errorf("another wallet has %d left", total)
	}
}

func TestHoldRefuses(t *testing.T) {
	w := newWorld(t)
	issuer, ada := newPerson(t, "issuer"), w.wallet("key")
	issuing, err := w.identities.Create(t.Context(), w.by, keyRequest())
	must(t, err)
	good := issuer.credential(t, vc.VCDM20, ada.DID, "MSc")
	at := bytes.LastIndexByte(good, '.') + 20
	tampered := slices.Clone(good)
	if tampered[at] = 'A'; good[at] == 'A' {
		tampered[at] = 'B'
	}
	for name, c := range map[string]struct {
		secured []byte
		code    string
	}{
		"nothing":                 {nil, "credential-malformed"},
		"no credential":           {[]byte("x"), "credential-malformed"},
		"unsigned":                {[]byte(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"issuer":"` + issuer.did + `","credentialSubject":{"id":"` + ada.DID + `"}}`), "credential-unsigned"},
		"too large":               {bytes.Repeat([]byte("x"), 600<<10), "credential-too-large"},
		"tampered with":           {tampered, "credential-refused"},
		"expired":                 {issuer.linked(t, ada.DID, "MSc", `"validUntil":"2026-01-01T00:00:00Z",`), "credential-refused"},
		"about somebody else":     {issuer.credential(t, vc.VCDM20, issuer.did, "MSc"), "foreign-subject"},
		"about an issuer of ours": {issuer.credential(t, vc.VCDM20, issuing.DID, "MSc"), "foreign-subject"},
		"about nobody":            {issuer.credential(t, vc.VCDM20, "urn:uuid:"+uuid.NewString(), "MSc"), "foreign-subject"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.desk.Hold(t.Context(), w.by, holder.NewHeld{Secured: c.secured})
			w.fails(err, vc.Invalid, c.code)
		})
	}
	if _, total, err := w.desk.HeldList(t.Context(), w.by.Scope, vc.HeldQuery{}, ""); total != 0 || err != nil {
		t.Errorf("%d are held, %v", total, err)
	}
	made, err := w.desk.Hold(t.Context(), w.by, holder.NewHeld{Secured: issuer.credential(t, vc.VCDM20, issuer.did, "MSc"), AllowForeignSubject: true})
	if err != nil || made.Held.Identity != "" {
		t.Errorf("allowed: %v", err)
	}
	_, err = newDesk().Hold(t.Context(), w.by, holder.NewHeld{Secured: good})
	w.fails(err, vc.Unsupported, "not-offered")
}

func TestHeldStatus(t *testing.T) {
	w := newWorld(t)
	issuer, ada := newPerson(t, "issuer"), w.wallet("key")
	ids := map[holder.Status]string{}
	for status, seen := range map[holder.Status]vc.Standing{
		holder.Valid: vc.Active, holder.Revoked: vc.Revoked, holder.Suspended: vc.Suspended, holder.Unknown: "", holder.Expired: vc.Suspended,
	} {
		w.desk.Wallet.Judge = standing(seen)
		until := ""
		if status == holder.Expired {
			until = `"validUntil":"2026-11-22T13:00:00Z",`
		}
		made, err := w.desk.Hold(t.Context(), w.by, holder.NewHeld{Secured: issuer.linked(t, ada.DID, "MSc", until)})
		must(t, err)
		ids[status] = made.Held.ID
	}
	w.pass(2 * 60 * 60 * 1e9)
	for status, id := range ids {
		all, total, err := w.desk.HeldList(t.Context(), w.by.Scope, vc.HeldQuery{Type: "Degree"}, status)
		if err != nil || total != 1 || all[0].Held.ID != id || all[0].Status != status {
			t.Errorf("%s: %d, %v", status, total, err)
		}
		all, total, err = w.desk.HeldList(t.Context(), w.by.Scope, vc.HeldQuery{Page: vc.Page{Offset: 1}}, status)
		if err != nil || total != 1 || len(all) != 0 {
			t.Errorf("%s after the first: %d of %d, %v", status, len(all), total, err)
		}
	}
	got, err := w.desk.Held(t.Context(), w.by.Scope, ids[holder.Unknown], false)
	if err != nil || got.Status != holder.Unknown {
		t.Errorf("%s %v", got.Status, err)
	}
	w.desk.Wallet.Judge = standing(vc.Revoked)
	if got, err = w.desk.Held(t.Context(), w.by.Scope, ids[holder.Unknown], true); err != nil || got.Status != holder.Revoked {
		t.Errorf("refreshed: %s %v", got.Status, err)
	}
	w.desk.Wallet.Judge = standing("") // not reached: the last known one stays
	if got, err = w.desk.Held(t.Context(), w.by.Scope, ids[holder.Unknown], true); err != nil || got.Status != holder.Revoked {
		t.Errorf("out of reach: %s %v", got.Status, err)
	}
}

// TestSealed: neither the store's files nor the journal tell what a wallet holds, or whose.
func TestSealed(t *testing.T) {
	folder := t.TempDir()
	w := newWorldIn(t, filepath.Join(folder, "wallet.db"))
	issuer := newPerson(t, "issuer")
	subject := newPerson(t, "somebody").did
	_, err := w.desk.Hold(t.Context(), w.by, holder.NewHeld{Secured: issuer.linked(t, subject, "Nobel"), AllowForeignSubject: true})
	must(t, err)
	generated, err := w.desk.Generate(t.Context(), w.by, []string{"empe"})
	must(t, err)
	flow, err := w.desk.Begin(t.Context(), w.by, scanned(t, holder.Scanned{
		Kind: holder.KindClaim, Peer: "https://peer.example/secretive", Recipient: subject, Claims: []byte(`{"degree":"Nobel"}`), State: []byte(`"token-of-the-other"`),
	}), "")
	must(t, err)
	_, text := w.acts()
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	must(t, err)
	for _, file := range files {
		raw, err := os.ReadFile(file)
		must(t, err)
		text += string(raw)
	}
	if !strings.Contains(text, flow.ID) {
		t.Fatal("the files do not have the flow")
	}
	for _, secret := range []string{"Nobel", subject, "secretive", "token-of-the-other", generated.Mnemonic} {
		if strings.Contains(text, secret) {
			t.Errorf("%q is in the clear", secret)
		}
	}
}
