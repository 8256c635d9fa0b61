package holder_test

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

func scanned(t testing.TB, s holder.Scanned) []byte {
	t.Helper()
	raw, err := json.Marshal(s)
	must(t, err)
	return raw
}

// offering is a scanned offer of a degree.
func offering(t testing.TB) []byte {
	return scanned(t, holder.Scanned{
		Kind: holder.KindClaim, Peer: asker, Type: "Degree", Claims: []byte(`{"degree":"MSc"}`), Audience: asker, Methods: []string{"empe"}, State: []byte(`{}`),
	})
}

const wantsDegree = `{"id":"d","input_descriptors":[{"id":"degree","constraints":{"fields":[{"path":["$.credentialSubject.degree","$.vc.credentialSubject.degree"],"filter":{"type":"string","const":"MSc"}}]}}]}`

func asking(t testing.TB, definition string) []byte {
	return scanned(t, holder.Scanned{Kind: holder.KindPresentation, Peer: asker, Audience: asker, Nonce: fresh, Definition: []byte(definition), State: []byte(`{}`)})
}

// begin begins a flow.
func (w *world) begin(scanned []byte) holder.Flow {
	w.Helper()
	flow, err := w.desk.Begin(w.Context(), w.by, scanned, "")
	must(w, err)
	return flow
}

func TestClaim(t *testing.T) {
	w := newWorld(t)
	issuer := newPerson(t, "issuer")
	w.wallet("key")
	ada := w.wallet("empe")
	w.wallet("jwk")
	w.peer.claim = func(_ context.Context, offer holder.Scanned, did string) ([]byte, error) {
		if did != ada.DID || string(offer.State) != `{}` {
			t.Errorf("claims as %s with %s", did, offer.State)
		}
		return issuer.linked(t, did, "MSc"), nil
	}
	flow := w.begin(offering(t))
	if flow.State != holder.FlowBegun || flow.Kind != holder.KindClaim || flow.DID != ada.DID || !flow.ExpiresAt.Equal(now.Add(10*time.Minute)) ||
		string(flow.Scanned.Claims) != `{"degree":"MSc"}` {
		t.Errorf("begun %+v", flow)
	}
	_, err := w.desk.ConfirmPresentation(t.Context(), w.by, flow.ID)
	w.fails(err, vc.Invalid, "flow-kind")
	_, err = w.desk.ConfirmClaim(t.Context(), w.far, flow.ID)
	w.fails(err, vc.NotFound, "flow-not-found")
	done, err := w.desk.ConfirmClaim(t.Context(), w.by, flow.ID)
	must(t, err)
	if done.State != holder.FlowConfirmed || done.Held == nil || done.Held.Held.Exchange != flow.ID || done.Scanned.Claims != nil || done.Scanned.State != nil {
		t.Errorf("done %+v", done)
	}
	report, err := w.judge.VerifyPresentation(t.Context(), vc.Scope{Tenant: w.by.Scope.Tenant}, w.peer.proofs[0].Presentation, verifier.PresentationOptions{Nonce: fresh, Audience: []string{asker}})
	must(t, err)
	if report.Outcome != verifier.Passed || report.Holder != ada.DID || w.peer.proofs[0].Format != "ldp_vp" ||
		!strings.Contains(string(w.peer.proofs[0].Presentation), "EcdsaSecp256k1Signature2019") {
		t.Errorf("%s: %s", report.Outcome, w.peer.proofs[0].Presentation)
	}
	_, err = w.desk.ConfirmClaim(t.Context(), w.by, flow.ID)
	w.fails(err, vc.Conflict, "flow-confirmed")
	must(t, w.desk.Drop(t.Context(), w.by, done.Held.Held.ID))
	got, err := w.desk.Flow(t.Context(), w.by.Scope, flow.ID)
	if err != nil || got.State != holder.FlowConfirmed || got.Held != nil {
		t.Errorf("after its credential was dropped: %+v %v", got, err)
	}
	if actions, text := w.acts(); !slices.Contains(actions, "wallet.flow-confirmed") || strings.Contains(text, "MSc") {
		t.Errorf("%v", actions)
	}
}

// TestActor: who claims.
func TestActor(t *testing.T) {
	w := newWorld(t)
	_, err := w.desk.Begin(t.Context(), w.by, offering(t), "")
	w.fails(err, vc.Invalid, "no-did")
	mine, other := w.wallet("key"), w.wallet("jwk")
	issuing, err := w.identities.Create(t.Context(), w.by, keyRequest())
	must(t, err)
	for name, c := range map[string]struct{ recipient, did, want string }{
		"the newest":                        {"", "", other.DID},
		"who is named":                      {"", mine.DID, mine.DID},
		"whom it is for":                    {mine.DID, other.DID, mine.DID},
		"for somebody else, who is named":   {asker, mine.DID, mine.DID},
		"for an issuer, who is no wallet's": {issuing.DID, "", other.DID},
	} {
		flow, err := w.desk.Begin(t.Context(), w.by, scanned(t, holder.Scanned{Kind: holder.KindClaim, Recipient: c.recipient}), c.did)
		if err != nil || flow.DID != c.want {
			t.Errorf("%s: %s %v", name, flow.DID, err)
		}
	}
	for _, did := range []string{issuing.DID, asker, "x"} {
		_, err = w.desk.Begin(t.Context(), w.by, offering(t), did)
		w.fails(err, vc.Invalid, "did-not-held")
	}
	_, err = w.desk.Present(t.Context(), w.by, holder.Presenting{Identity: issuing.ID, Audience: asker, Nonce: fresh})
	w.fails(err, vc.NotFound, "identity-not-found")
	for text, code := range map[string]string{"": "scan-not-understood", "bad": "offer-malformed", strings.Repeat("x", 20<<10): "scan-not-understood"} {
		_, err := w.desk.Begin(t.Context(), w.by, []byte(text), "")
		w.fails(err, vc.Invalid, code)
	}
	_, err = w.desk.Begin(t.Context(), w.by, []byte("down"), "")
	w.fails(err, vc.Unavailable, "peer-unavailable")
	_, err = w.desk.Begin(t.Context(), w.by, asking(t, `{"id":"d"}`), "")
	w.fails(err, vc.Invalid, "definition-invalid")
}

// TestClaimFails: what ends a flow, and as what.
func TestClaimFails(t *testing.T) {
	w := newWorld(t)
	issuer, ada := newPerson(t, "issuer"), w.wallet("key")
	twice := issuer.linked(t, ada.DID, "MSc")
	_, err := w.desk.Hold(t.Context(), w.by, holder.NewHeld{Secured: twice})
	must(t, err)
	for name, c := range map[string]struct {
		secured []byte
		err     error
		kind    vc.Kind
		code    string
	}{
		"refused":           {nil, vc.Errorf(vc.NotFound, "x", "no"), vc.Invalid, "claim-refused"},
		"denied":            {nil, vc.Errorf(vc.Denied, "address-not-allowed", "no"), vc.Invalid, "claim-refused"},
		"out of reach":      {nil, vc.Errorf(vc.Unavailable, "fetch-timeout", "no"), vc.Unavailable, "peer-unavailable"},
		"not a credential":  {[]byte("x"), nil, vc.Invalid, "credential-malformed"},
		"of another type":   {issuer.credential(t, vc.VCDM20, ada.DID, "MSc"), nil, vc.Invalid, "credential-refused"},
		"one that is there": {twice, nil, vc.Conflict, "held-already"},
	} {
		t.Run(name, func(t *testing.T) {
			w.peer.claim = func(context.Context, holder.Scanned, string) ([]byte, error) { return c.secured, c.err }
			flow := w.begin(offering(t))
			_, err := w.desk.ConfirmClaim(t.Context(), w.by, flow.ID)
			w.fails(err, c.kind, c.code)
			got, err := w.desk.Flow(t.Context(), w.by.Scope, flow.ID)
			if err != nil || got.State != holder.FlowFailed || got.Error != c.code || got.Scanned.Claims != nil {
				t.Errorf("%+v %v", got, err)
			}
			_, err = w.desk.ConfirmClaim(t.Context(), w.by, flow.ID)
			w.fails(err, vc.Conflict, "flow-over")
		})
	}
	w.peer.claim = func(context.Context, holder.Scanned, string) ([]byte, error) { return nil, errors.New("a fault") }
	flow := w.begin(offering(t))
	if _, err := w.desk.ConfirmClaim(t.Context(), w.by, flow.ID); vc.KindOf(err) != vc.Internal {
		t.Errorf("a fault: %v", err)
	}
	if got, err := w.desk.Flow(t.Context(), w.by.Scope, flow.ID); err != nil || got.Error != "internal" {
		t.Errorf("a fault: %+v %v", got, err)
	}
}

// TestConfirmAtOnce: of many who confirm a flow one asks the other end.
func TestConfirmAtOnce(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { confirmAtOnce(t, storetest.Fresh(t)) })
	t.Run("postgres", func(t *testing.T) { confirmAtOnce(t, storetest.FreshPostgres(t)) })
}

func confirmAtOnce(t *testing.T, dsn string) {
	w := newWorldIn(t, dsn)
	issuer := newPerson(t, "issuer")
	w.wallet("key")
	w.peer.claim = func(_ context.Context, _ holder.Scanned, did string) ([]byte, error) {
		return issuer.linked(t, did, "MSc"), nil
	}
	flow := w.begin(offering(t))
	var group sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		group.Go(func() { _, errs[i] = w.desk.ConfirmClaim(t.Context(), w.by, flow.ID) })
	}
	group.Wait()
	good := 0
	for _, err := range errs {
		if err == nil {
			good++
		} else {
			w.fails(err, vc.Conflict, "flow-confirmed")
		}
	}
	if _, total, err := w.desk.HeldList(t.Context(), w.by.Scope, vc.HeldQuery{}, ""); good != 1 || w.peer.claims != 1 || total != 1 || err != nil {
		t.Errorf("%d confirmed, %d claimed, %d held, %v", good, w.peer.claims, total, err)
	}
}

// TestCallerGone: a caller who hangs up does not lose what the other end gives once.
func TestCallerGone(t *testing.T) {
	w := newWorld(t)
	issuer := newPerson(t, "issuer")
	w.wallet("key")
	ctx, cancel := context.WithCancel(t.Context())
	w.peer.claim = func(inner context.Context, _ holder.Scanned, did string) ([]byte, error) {
		cancel()
		return issuer.linked(t, did, "MSc"), inner.Err()
	}
	flow := w.begin(offering(t))
	done, err := w.desk.ConfirmClaim(ctx, w.by, flow.ID)
	if err != nil || done.State != holder.FlowConfirmed {
		t.Errorf("%s %v", done.State, err)
	}
}

func TestExpiry(t *testing.T) {
	w := newWorld(t)
	w.wallet("key")
	late, crashed, declined := w.begin(offering(t)), w.begin(offering(t)), w.begin(asking(t, wantsDegree))
	got, err := w.desk.Decline(t.Context(), w.by, declined.ID)
	if err != nil || got.State != holder.FlowDeclined {
		t.Errorf("%s %v", got.State, err)
	}
	// A server that ends while it asks the other end leaves the exchange requested.
	must(t, sql.For[holder.Rows](w.db).Update(t.Context(), w.by.Scope, func(rows holder.Rows) error {
		exchange, err := rows.ExchangeForUpdate(crashed.ID)
		must(t, err)
		must(t, exchange.Move(vc.Requested, w.now()))
		return rows.UpdateExchange(exchange)
	}))
	_, err = w.desk.ConfirmClaim(t.Context(), w.by, crashed.ID)
	w.fails(err, vc.Conflict, "flow-confirmed")
	w.pass(10 * time.Minute)
	for id, want := range map[string]holder.FlowState{late.ID: holder.FlowExpired, crashed.ID: holder.FlowExpired, declined.ID: holder.FlowDeclined} {
		if got, err := w.desk.Flow(t.Context(), w.by.Scope, id); err != nil || got.State != want {
			t.Errorf("%s %v, want %s", got.State, err, want)
		}
	}
	_, err = w.desk.ConfirmClaim(t.Context(), w.by, late.ID)
	w.fails(err, vc.Gone, "flow-expired")
	_, err = w.desk.Decline(t.Context(), w.by, late.ID)
	w.fails(err, vc.Gone, "flow-expired")
	for _, id := range []string{late.ID, crashed.ID, declined.ID, uuid.NewString()} {
		job := vc.Job{ID: uuid.NewString(), Scope: w.by.Scope, Kind: holder.JobExpire, Payload: []byte(`{"id":"` + id + `"}`)}
		must(t, w.desk.ExpireFlow(t.Context(), job))
		must(t, w.desk.ExpireFlow(t.Context(), job))
	}
	must(t, sql.For[holder.Rows](w.db).View(t.Context(), w.by.Scope, func(rows holder.Rows) error {
		exchange, err := rows.Exchange(crashed.ID)
		if exchange.State != vc.Expired {
			t.Errorf("the row is %s", exchange.State)
		}
		return err
	}))
	got, err = w.desk.Flow(t.Context(), w.by.Scope, late.ID)
	if err != nil || got.State != holder.FlowExpired || got.Scanned.Claims != nil {
		t.Errorf("%+v %v", got, err)
	}
	if w.peer.claims != 0 {
		t.Error("the other end was asked")
	}
}
