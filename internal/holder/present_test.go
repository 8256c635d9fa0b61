package holder_test

import (
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

// hold puts a credential into the wallet.
func (w *world) hold(secured []byte) string {
	w.Helper()
	made, err := w.desk.Hold(w.Context(), w.by, holder.NewHeld{Secured: secured, AllowForeignSubject: true})
	must(w, err)
	return made.Held.ID
}

// verify says whether a presentation answers a definition.
func (w *world) verify(made holder.Presented, definition string) verifier.PresentationReport {
	w.Helper()
	options := verifier.PresentationOptions{Nonce: fresh, Audience: []string{asker}, Submission: made.Submission}
	if definition != "" {
		options.Definition = []byte(definition)
	}
	report, err := w.judge.VerifyPresentation(w.Context(), vc.Scope{Tenant: w.by.Scope.Tenant}, made.Presentation, options)
	must(w, err)
	return report
}

func TestPresentation(t *testing.T) {
	w := newWorld(t)
	issuer := newPerson(t, "issuer")
	ada, eve := w.wallet("empe"), w.wallet("key")
	for name, c := range map[string]struct {
		secured []byte
		did     string
		format  string
	}{
		"embedded proof":  {issuer.linked(t, ada.DID, "MSc"), ada.DID, "ldp_vp"},
		"JWT of VCDM 2.0": {issuer.credential(t, vc.VCDM20, eve.DID, "MSc"), eve.DID, "jwt_vp"},
		"JWT of VCDM 1.1": {issuer.credential(t, vc.VCDM11, eve.DID, "MSc"), eve.DID, "jwt_vp"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.desk.DropAll(t.Context(), w.by)
			must(t, err)
			id := w.hold(c.secured)
			w.hold(issuer.linked(t, ada.DID, "BSc"))
			flow := w.begin(asking(t, wantsDegree))
			if len(flow.Candidates) != 1 || flow.Candidates[0].Held.ID != id || flow.Candidates[0].Descriptors[0] != "degree" || flow.DID != "" {
				t.Fatalf("begun %+v", flow)
			}
			w.peer.answers = nil
			done, err := w.desk.ConfirmPresentation(t.Context(), w.by, flow.ID, id)
			must(t, err)
			if done.State != holder.FlowConfirmed || done.Redirect != "https://verifier.example/done" || done.DID != c.did || done.Scanned.Definition != nil {
				t.Errorf("done %+v", done)
			}
			report := w.verify(w.peer.answers[0], wantsDegree)
			if report.Outcome != verifier.Passed || report.Holder != c.did || w.peer.answers[0].Format != c.format {
				t.Errorf("%s %s %+v", report.Outcome, w.peer.answers[0].Format, report.Checks)
			}
			_, err = w.desk.ConfirmPresentation(t.Context(), w.by, flow.ID, id)
			w.fails(err, vc.Conflict, "flow-confirmed")
		})
	}
}

// TestChoice: a choice that is wrong leaves the flow as it was.
func TestChoice(t *testing.T) {
	w := newWorld(t)
	issuer := newPerson(t, "issuer")
	ada, eve := w.wallet("key"), w.wallet("jwk")
	good, other := w.hold(issuer.linked(t, ada.DID, "MSc")), w.hold(issuer.linked(t, ada.DID, "BSc"))
	hers := w.hold(issuer.linked(t, eve.DID, "MSc"))
	flow := w.begin(asking(t, wantsDegree))
	for name, c := range map[string]struct {
		held []string
		kind vc.Kind
		code string
	}{
		"nothing":      {nil, vc.Invalid, "descriptor-unmet"},
		"another":      {[]string{other}, vc.Invalid, "descriptor-unmet"},
		"of two":       {[]string{good, hers}, vc.Invalid, "holder-mismatch"},
		"no such one":  {[]string{uuid.NewString()}, vc.NotFound, "held-not-found"},
		"of no wallet": {[]string{""}, vc.NotFound, "held-not-found"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := w.desk.ConfirmPresentation(t.Context(), w.by, flow.ID, c.held...)
			w.fails(err, c.kind, c.code)
		})
	}
	narrow, err := w.desk.Begin(t.Context(), w.by, asking(t, wantsDegree), eve.DID)
	if err != nil || len(narrow.Candidates) != 1 || narrow.Candidates[0].Held.ID != hers {
		t.Errorf("for one identity: %+v %v", narrow.Candidates, err)
	}
	_, err = w.desk.ConfirmPresentation(t.Context(), w.by, narrow.ID, good)
	w.fails(err, vc.Invalid, "holder-mismatch")
	if len(w.peer.answers) != 0 {
		t.Error("the other end was answered")
	}
	w.peer.answer = func() (string, error) { return "", vc.Errorf(vc.Invalid, "peer-refused", "no") }
	_, err = w.desk.ConfirmPresentation(t.Context(), w.by, flow.ID, good)
	w.fails(err, vc.Invalid, "presentation-refused")
	if got, err := w.desk.Flow(t.Context(), w.by.Scope, flow.ID); err != nil || got.State != holder.FlowFailed || got.Error != "presentation-refused" || got.Candidates != nil {
		t.Errorf("%s %s %v", got.State, got.Error, err)
	}
	if matching, err := w.desk.Matching(t.Context(), w.far.Scope, []byte(wantsDegree)); err != nil || matching != nil {
		t.Errorf("another wallet: %v %v", matching, err)
	}
	if _, err := w.desk.Matching(t.Context(), w.by.Scope, []byte(`{}`)); !strings.Contains(err.Error(), "/definition") {
		t.Errorf("%v", err)
	}
}

// TestOnlyHolder: a presentation of nothing says who holds, in the format that is taken.
func TestOnlyHolder(t *testing.T) {
	w := newWorld(t)
	ada := w.wallet("jwk")
	for _, c := range []struct {
		formats    []string
		definition string
		want       string
	}{
		{nil, "", "ldp_vp"},
		{[]string{"jwt_vp"}, "", "jwt_vp"},
		{nil, `{"id":"d","format":{"jwt_vp":{"alg":["EdDSA"]}},"input_descriptors":[]}`, "jwt_vp"},
	} {
		p := holder.Presenting{Identity: ada.ID, Audience: asker, Nonce: fresh, Formats: c.formats}
		if c.definition != "" {
			p.Definition = []byte(c.definition)
		}
		made, err := w.desk.Present(t.Context(), w.by, p)
		must(t, err)
		if report := w.verify(made, ""); made.Format != c.want || report.Outcome != verifier.Passed || report.Holder != ada.DID || made.Submission != nil {
			t.Errorf("%s for %s: %s", made.Format, c.want, report.Outcome)
		}
	}
	_, err := w.desk.Present(t.Context(), w.by, holder.Presenting{Identity: ada.ID, Formats: []string{"paper"}})
	w.fails(err, vc.Unsupported, "format-not-offered")
}
