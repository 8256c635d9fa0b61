package acapy

import (
	"testing"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

// autos are what an agent may do by itself, as ACA-Py's command line has them.
var autos = []string{
	"accept-invites", "accept-requests", "ping-connection", "respond-credential-proposal", "respond-credential-offer", "respond-credential-request",
	"store-credential", "respond-presentation-proposal", "respond-presentation-request", "verify-presentation",
}

// TestACAPyAuto: two agents that do all by themselves, of Chancery and of ACA-Py, each in either role.
func TestACAPyAuto(t *testing.T) {
	var flags []string
	settings := object{}
	for _, name := range autos {
		flags = append(flags, "--auto-"+name)
		settings["auto-"+name] = true
	}
	theirs := peers.SharedACAPy{Start: peers.ACAPyStart{Label: "automatic", Flags: flags}}
	t.Cleanup(theirs.Close)
	other := theirs.For(t)
	suite.Guard(t, func() {
		w := start(t, "sqlite", tenants())
		ours := w.wallet("ours", object{"extra_settings": settings}).Controller
		for _, order := range [][2]*peers.Controller{{ours, other}, {other, ours}} {
			p := &pair{t: t, issuer: order[0].For(t), holder: order[1].For(t)}
			p.byItself()
		}
	})
}

// byItself begins a connection, an issuance and a proof, and waits for their ends; and then the same at the holder's word.
func (p *pair) byItself() {
	p.t.Helper()
	made := p.issuer.Post("/out-of-band/create-invitation", object{"handshake_protocols": []string{didexchange}})
	taken := p.holder.Post("/out-of-band/receive-invitation", made["invitation"])
	p.toIssuer, p.toHolder = peers.Text(taken, "/connection_id"), p.invited(made)
	p.holder.Until("/connections/"+p.toIssuer, object{"rfc23_state": "completed"})

	subject := did(p.holder)
	credential := resident(did(p.issuer))
	credential["credentialSubject"].(object)["id"] = subject
	detail := object{"ld_proof": object{"credential": credential, "options": ed2018}}
	sent := p.issuer.Post("/issue-credential-2.0/send", object{"connection_id": p.toHolder, "auto_remove": false, "filter": detail})
	p.is(sent, object{"auto_issue": true, "role": "issuer"})
	p.issued(sent["thread_id"], credential)
	// Of another name, so that one alone answers what is asked for: ACA-Py presents all that do, and names each for the one descriptor.
	credential["id"], credential["credentialSubject"].(object)["familyName"] = "https://credential.example.com/residents/2", "JONES"
	proposed := p.holder.Post("/issue-credential-2.0/send-proposal", object{"connection_id": p.toIssuer, "auto_remove": false, "filter": detail})
	p.issued(proposed["thread_id"], credential)

	dif := object{"presentation_definition": definition(), "options": object{"challenge": uuid.NewString(), "domain": "verifier.example"}}
	asked := p.issuer.Post("/present-proof-2.0/send-request", object{"connection_id": p.toHolder, "auto_verify": true, "presentation_request": object{"dif": dif}})
	p.proven(asked["thread_id"])
	proposed = p.holder.Post("/present-proof-2.0/send-proposal", object{"connection_id": p.toIssuer, "auto_present": true, "presentation_proposal": object{"dif": definition()}})
	p.proven(proposed["thread_id"])
}

// issued waits until a credential is in the holder's wallet, and both know.
func (p *pair) issued(thread any, credential object) {
	p.t.Helper()
	p.issuer.Hears("issue_credential_v2_0", object{"thread_id": thread, "state": "done"})
	done := p.holder.Hears("issue_credential_v2_0", object{"thread_id": thread, "state": "done"})
	record := p.holder.Get("/issue-credential-2.0/records/" + peers.Text(done, "/cred_ex_id"))
	kept := p.holder.Get("/credential/w3c/" + peers.Text(record, "/ld_proof/cred_id_stored"))
	p.is(kept["cred_value"], object{"id": credential["id"], "issuer": credential["issuer"]})
}

// proven waits until a proof is good at both ends.
func (p *pair) proven(thread any) {
	p.t.Helper()
	p.issuer.Hears("present_proof_v2_0", object{"thread_id": thread, "state": "done", "verified": "true"})
	p.holder.Hears("present_proof_v2_0", object{"thread_id": thread, "state": "done"})
}
