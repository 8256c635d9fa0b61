package verifier_test

import (
	"testing"

	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/jose"
)

// TestAlone: a proof that is looked at alone tells that its key signed, and neither that the issuer did nor anything that
// was not asked for.
func TestAlone(t *testing.T) {
	w := newWorld(t)
	issuer, thief := newSigner(t, "issuer"), newSigner(t, "thief")
	good := w.credential(issuer.did).with("validUntil", "2026-01-02T00:00:00Z") // over
	stolen := thief.sign(t, good.bytes(t), jose.Header{Kid: thief.method})
	w.want(w.verify(stolen, verifier.Options{}), verifier.Failed, "key", verifier.Failed, "issuer-mismatch")

	alone := verifier.Options{Alone: true}
	report := w.verify(stolen, alone)
	w.want(report, verifier.Passed, "issuer", verifier.NotChecked, verifier.CodeNotAsked)
	for _, name := range []string{verifier.CheckValidity, verifier.CheckSchema, verifier.CheckStatus} {
		if _, there := report.Find(name); there {
			t.Errorf("%s was looked at", name)
		}
	}
	w.want(w.verify(stolen, verifier.Options{Alone: true, Checks: []string{verifier.CheckValidity}}), verifier.Failed, "validity", verifier.Failed, "expired")
	disguised := thief.sign(t, good.bytes(t), jose.Header{Kid: issuer.method})
	w.want(w.verify(disguised, alone), verifier.Failed, "signature", verifier.Failed, "signature-invalid")
	for _, kid := range []string{"", "#x", "x", "did:unheard:of#x"} {
		if report := w.verify(issuer.sign(t, good.bytes(t), jose.Header{Kid: kid}), alone); kid != "" && report.Outcome == verifier.Passed {
			t.Errorf("kid %q: %s", kid, report.Outcome)
		}
	}
	if report := w.verify([]byte(`{"@context":["https://www.w3.org/ns/credentials/v2"]}`), alone); report.Outcome != verifier.Failed {
		t.Errorf("without a proof: %s", report.Outcome)
	}
}
