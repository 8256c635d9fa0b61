package acapy

import (
	"testing"

	"github.com/chancery-vc/chancery/test/peers"
)

// TestControl: two agents of ACA-Py go through the page's steps, so that what fails with Chancery fails because of Chancery.
func TestControl(t *testing.T) {
	issuer := acapy.For(t)
	other, err := peers.OpenACAPy(peers.ACAPyStart{Label: "other"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(other.Close)
	for _, protocol := range []string{"1.0", "1.1"} {
		p := connect(t, issuer, other.Controller, protocol)
		x := p.issue(resident(did(p.issuer)), object{"proofType": "Ed25519Signature2018", "proofPurpose": "assertionMethod"})
		if y := p.prove(x); y.verified != "true" {
			t.Errorf("the proof is %+v", y)
		}
	}
}
