package verifier_test

import (
	"bytes"
	"testing"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/ldp"
	"github.com/chancery-vc/chancery/internal/sharedtest"
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

// TestAloneTogether: proofs by several hands, in a set and in a chain, are each held against the method that they name. All
// must hold, and of the issuer none tells anything.
func TestAloneTogether(t *testing.T) {
	w := newWorld(t)
	w.config.Formats = []format.Format{ldp.New(nil)}
	w.verifier = verifier.New(w.config)
	const source = "github.com/w3c/vc-di-eddsa abb673eb9df673e24a8eaf939337de74759b5f8d"
	alone := verifier.Options{Alone: true}
	for name, n := range map[string]int{"signedProofSet2.json": 2, "signedProofChain2.json": 4} {
		secured := sharedtest.Read(t, source, "vectors", "di-eddsa", "proof-set-chain", name)
		w.want(w.verify(secured, verifier.Options{}), verifier.Failed, "issuer", verifier.Failed, "issuer-not-a-did")
		report := w.verify(secured, alone)
		w.want(report, verifier.Passed, "issuer", verifier.NotChecked, verifier.CodeNotAsked)
		for _, of := range []string{verifier.CheckKey, verifier.CheckSignature} {
			if check, _ := report.Find(of); len(check.Children) != n {
				t.Errorf("%s: %s of %d proofs", name, of, len(check.Children))
			}
		}
		changed := bytes.Replace(secured, []byte("2023-02-24T23:36:38Z"), []byte("2023-02-24T23:36:39Z"), 1) // the first proof's
		if bytes.Equal(changed, secured) {
			t.Fatal(name)
		}
		w.want(w.verify(changed, alone), verifier.Failed, "signature", verifier.Failed, "signature-invalid")
	}
}
