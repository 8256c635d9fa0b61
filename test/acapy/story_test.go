package acapy

import (
	"testing"

	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

var (
	ed2018 = object{"proofType": "Ed25519Signature2018"}
	ed2020 = object{"proofType": "Ed25519Signature2020"}
)

// TestSeed: the steps of the page as they are written, with both ends in Chancery, then a proof of what was issued; once by each
// version of DID Exchange.
func TestSeed(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		issuer, holder := w.wallet("issuer"), w.wallet("holder")
		for protocol, options := range map[string]object{"1.0": ed2018, "1.1": ed2020} {
			p := connect(t, issuer.Controller, holder.Controller, protocol)
			x := p.issue(resident(did(p.issuer)), options)
			if y := p.prove(x); y.verified != "true" {
				t.Errorf("the proof is %+v", y)
			}
			p.ends(x)
		}
	})
}

// ends holds what is left when all is done: one record at each end, one credential in the wallet.
func (p *pair) ends(x issued) {
	p.t.Helper()
	for agent, id := range map[*peers.Controller]string{p.issuer: x.issuer, p.holder: x.holder} {
		record := agent.Get("/issue-credential-2.0/records/" + id)
		p.is(record, object{"cred_ex_record": object{"state": "done", "cred_ex_id": id}})
		if message := peers.At(record, "/cred_ex_record/error_msg"); message != nil {
			p.t.Errorf("%s: %v", agent.Name, message)
		}
	}
	found := p.holder.Post("/credentials/w3c", object{"subject_ids": []string{x.did}})
	if all, _ := found["results"].([]any); len(all) != 1 {
		p.t.Errorf("the wallet has %v", found)
	}
}

// TestRevocation: an offer announces its status; when the issuer revokes, a proof of the credential fails, and the holder is told.
func TestRevocation(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		issuer, holder := w.wallet("issuer"), w.wallet("holder")
		p := connect(t, issuer.Controller, holder.Controller, "1.1")
		p.revocation(true)
		another := resident(did(p.issuer))
		another["id"] = "https://credential.example.com/residents/2"
		x := p.issue(another, object{"proofType": "Ed25519Signature2018", "credentialStatus": object{"type": "StatusList2021Entry"}})
		record := issuer.get("/revocation/credential-record?cred_ex_id=" + x.issuer)
		list := record.equal("/result/state", "issued").succeeded().Text("/result/rev_reg_id")
		issuer.get("/revocation/registry/"+list+"/issued").equal("/result", 1).succeeded()
		issuer.post("/revocation/revoke", object{"cred_ex_id": x.issuer}).equal("", object{}).succeeded()
		issuer.post("/revocation/publish-revocations", object{}).equal("/rrid2crid", object{}).succeeded()
		issuer.post("/revocation/clear-pending-revocations", object{}).equal("/rrid2crid", object{}).succeeded()
		holder.get("/vc/credentials/credential-"+x.holder).equal("/issuer", x.stored["issuer"]).succeeded()
	})
}

// revocation issues with a status, proves, revokes and proves again. Notified says that the holder can be told.
func (p *pair) revocation(notified bool) {
	p.t.Helper()
	options := object{"proofType": "Ed25519Signature2018", "credentialStatus": object{"type": "StatusList2021Entry"}}
	x := p.issue(resident(did(p.issuer)), options)
	p.is(x.stored, object{"credentialStatus": object{"type": "StatusList2021Entry", "statusPurpose": "revocation"}})
	if y := p.prove(x); y.verified != "true" {
		p.t.Errorf("before it is revoked the proof is %+v", y)
	}
	record := p.issuer.Get("/revocation/credential-record?cred_ex_id=" + x.issuer)
	p.is(record, object{"result": object{"state": "issued", "cred_ex_id": x.issuer}})
	p.issuer.Post("/revocation/revoke", object{"cred_ex_id": x.issuer, "publish": true, "notify": notified, "connection_id": p.toHolder, "comment": "left"})
	p.is(p.issuer.Get("/revocation/credential-record?cred_ex_id="+x.issuer), object{"result": object{"state": "revoked"}})
	if notified {
		p.holder.Hears("revocation-notification-v2", object{"comment": "left"})
	}
	p.is(p.issuer.Get("/issue-credential-2.0/records/"+x.issuer), object{"cred_ex_record": object{"state": "credential-revoked"}})
	if y := p.prove(x); y.verified != "false" {
		p.t.Errorf("after it was revoked the proof is %+v", y)
	}
}

// TestACAPyHolder: ACA-Py connects to Chancery, takes its credentials and proves them; a credential that was revoked is no proof.
func TestACAPyHolder(t *testing.T) {
	holder := acapy.For(t)
	suite.Guard(t, func() {
		w := start(t, "sqlite", tenants())
		issuer := w.wallet("issuer")
		for protocol, options := range map[string]object{"1.0": ed2018, "1.1": ed2020} {
			p := connect(t, issuer.Controller, holder, protocol)
			x := p.issue(resident(did(p.issuer)), options)
			if y := p.prove(x); y.verified != "true" {
				t.Errorf("%s: the proof is %+v", protocol, y)
			}
			p.ends(x)
		}
		connect(t, issuer.Controller, holder, "1.1").revocation(false)
	})
}

// TestACAPyIssuer: Chancery connects to ACA-Py, takes its credentials and proves them.
func TestACAPyIssuer(t *testing.T) {
	issuer := acapy.For(t)
	suite.Guard(t, func() {
		w := start(t, "sqlite", tenants())
		holder := w.wallet("holder")
		for protocol, options := range map[string]object{"1.0": ed2018, "1.1": ed2020} {
			p := connect(t, issuer, holder.Controller, protocol)
			x := p.issue(resident(did(p.issuer)), options)
			if y := p.prove(x); y.verified != "true" {
				t.Errorf("%s: the proof is %+v", protocol, y)
			}
			p.ends(x)
		}
	})
}
