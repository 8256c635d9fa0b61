package acapy

import (
	"errors"
	"testing"

	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

// TestSeedOnLedger goes through the page's steps, and a proof, with an issuer whose DID is on the ledger, in each form that its key
// has there.
func TestSeedOnLedger(t *testing.T) {
	w := onLedger(t, "sqlite")
	issuer, holder := w.wallet("issuer"), w.wallet("holder")
	p := connect(t, issuer.Controller, holder.Controller, "1.1")
	p.seedOnLedger("Ed25519VerificationKey2020", "Ed25519VerificationKey2018")
}

// seedOnLedger issues and proves under DIDs of the ledger, which have an endpoint.
func (p *pair) seedOnLedger(forms ...string) {
	p.t.Helper()
	for _, form := range forms {
		did := cheqdDID(p.issuer, object{"network": "testnet", "verification_method": form})
		p.issuer.Post("/wallet/cheqd/set-did-endpoint", object{"did": did, "endpoint": "https://issuer.example/didcomm"})
		x := p.issue(resident(did), map[string]object{"Ed25519VerificationKey2020": ed2020, "Ed25519VerificationKey2018": ed2018}[form])
		if x.stored["issuer"] != did {
			p.t.Errorf("%s: %v", form, x.stored)
		}
		if y := p.prove(x); y.verified != "true" {
			p.t.Errorf("%s: the proof is %+v", form, y)
		}
		p.ends(x)
	}
}

// resolving is an agent of ACA-Py's whose DIDs of did:cheqd are resolved by a server of Chancery.
func (w *world) resolving(more ...string) *peers.ACAPy {
	w.t.Helper()
	flags := append([]string{"--universal-resolver", w.url + "/1.0", "--universal-resolver-regex", "^did:cheqd:.*$"}, more...)
	agent, err := peers.OpenACAPy(peers.ACAPyStart{Label: "resolving", Flags: flags})
	if errors.Is(err, peers.ErrNoPython) {
		peers.Missing(w.t, err)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(agent.Close)
	w.t.Cleanup(func() {
		if w.t.Failed() {
			w.t.Logf("ACA-Py wrote\n%.8000s", agent.Output())
		}
	})
	return agent
}

// TestSeedOnLedgerACAPy is the same with ACA-Py as the holder, which finds the issuer's keys through Chancery.
func TestSeedOnLedgerACAPy(t *testing.T) {
	w := onLedger(t, "sqlite")
	issuer, holder := w.wallet("issuer", object{"extra_settings": object{"public-invites": true}}), w.resolving()
	p := connect(t, issuer.Controller, holder.Controller, "1.1")
	did := cheqdDID(p.issuer, object{})
	if found := p.holder.Get("/resolver/resolve/" + did); peers.Text(found, "/did_document/id") != did {
		t.Errorf("ACA-Py resolves %v", found)
	}
	// It carries no context of documents with keys of the 2018 type, and would fetch it.
	p.seedOnLedger("Ed25519VerificationKey2020")
	// By such a DID alone it finds the issuer, too: one that it has not resolved before, since it remembers for an hour.
	did = cheqdDID(p.issuer, object{})
	issuer.Post("/wallet/cheqd/set-did-endpoint", object{"did": did, "endpoint": w.url + "/didcomm"})
	issuer.Post("/wallet/did/public?did="+did, nil)
	p.asking(did, "1.1")
	p.talk()
}

// TestOtherKeysOnLedger issues under a DID of the ledger whose key is on P-256, and with one that stands whole in assertionMethod.
func TestOtherKeysOnLedger(t *testing.T) {
	suite.Guard(t, func() {
		w := onLedger(t, "sqlite")
		issuer, holder := w.wallet("issuer"), w.wallet("holder")
		p := connect(t, issuer.Controller, holder.Controller, "1.1")
		p256 := peers.Text(issuer.Post("/wallet/did/create", object{"method": "cheqd", "options": object{"key_type": "p256"}}), "/result/did")
		inline := cheqdDID(issuer.Controller, object{})
		must(w.within(issuer).AddDIDKey(t.Context(), inline, sdk.NewDIDKey{Type: "Multikey"}))
		for did, options := range map[string]object{
			p256: {"proofType": "JsonWebSignature2020"}, inline: {"proofType": "DataIntegrityProof", "cryptosuite": "eddsa-rdfc-2022"},
		} {
			x := p.issue(resident(did), options)
			if x.stored["issuer"] != did {
				t.Errorf("%s: %v", options, x.stored)
			}
			p.ends(x)
		}
	})
}
