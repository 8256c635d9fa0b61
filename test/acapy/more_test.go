package acapy

import (
	"net/http"
	"testing"

	"github.com/chancery-vc/chancery/test/peers"
)

// TestExchanges: the other ways that an exchange begins and ends.
func TestExchanges(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		issuer, holder := w.wallet("issuer"), w.wallet("holder")
		p := connect(t, issuer.Controller, holder.Controller, "1.1")
		detail := object{"ld_proof": object{"credential": resident(did(p.issuer)), "options": ed2018}}
		const records = "/issue-credential-2.0/records/"
		created := issuer.post("/issue-credential-2.0/create", object{"filter": detail})
		created.equal("/role", "issuer").succeeded()
		offer := issuer.post("/issue-credential-2.0/create-offer", object{"filter": detail})
		offer.equal("/state", "offer-sent").succeeded()
		sent := issuer.post("/issue-credential-2.0/send", object{"connection_id": p.toHolder, "filter": detail})
		sent.equal("/auto_issue", true).succeeded()
		x := peers.Text(p.holder.Hears("issue_credential_v2_0", object{"state": "offer-received", "thread_id": sent.At("/thread_id")}), "/cred_ex_id")
		holder.post(records+x+"/problem-report", object{"description": "no, thank you"}).equal("", object{}).succeeded()
		p.issuer.Hears("issue_credential_v2_0", object{"cred_ex_id": sent.At("/cred_ex_id"), "state": "abandoned"})
		proposed := holder.post("/issue-credential-2.0/send-proposal", object{"connection_id": p.toIssuer, "filter": detail})
		proposed.equal("/state", "proposal-sent").succeeded()
		y := peers.Text(p.issuer.Hears("issue_credential_v2_0", object{"state": "proposal-received", "thread_id": proposed.At("/thread_id")}), "/cred_ex_id")
		issuer.post(records+y+"/send-offer", object{}).equal("/state", "offer-sent").succeeded()
		p.holder.Hears("issue_credential_v2_0", object{"cred_ex_id": proposed.At("/cred_ex_id"), "state": "offer-received"})
		asked := holder.post("/issue-credential-2.0/send-request", object{"connection_id": p.toIssuer, "filter": detail, "holder_did": did(p.holder)})
		asked.equal("/state", "request-sent").succeeded()
	})
}

// TestInvitations: what is kept of invitations, and the steps of a handshake by hand.
func TestInvitations(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		inviter, invitee := w.wallet("inviter"), w.wallet("invitee")
		made := inviter.post("/out-of-band/create-invitation", object{"handshake_protocols": []string{"https://didcomm.org/didexchange/1.1"}})
		oob, message := made.equal("/state", "initial").succeeded().Text("/oob_id"), made.Text("/invi_msg_id")
		inviter.get("/out-of-band/invitations?oob_id="+oob).equal("/invi_msg_id", message).succeeded()
		inviter.get("/out-of-band/records").equal("/results/0/oob_id", oob).succeeded()
		taken := invitee.post("/out-of-band/receive-invitation", made.At("/invitation"))
		theirs := taken.equal("/role", "receiver").succeeded().Text("/connection_id")
		invitee.post("/didexchange/"+theirs+"/accept-invitation", nil).equal("/rfc23_state", "request-sent").succeeded()
		ours := peers.Text(inviter.Hears("connections", object{"rfc23_state": "request-received", "invitation_msg_id": message}), "/connection_id")
		inviter.post("/didexchange/"+ours+"/accept-request", nil).equal("/rfc23_state", "response-sent").succeeded()
		invitee.Until("/connections/"+theirs, object{"rfc23_state": "completed"})
		inviter.Until("/connections/"+ours, object{"rfc23_state": "completed"})
		to := invitee.post("/wallet/did/create", object{"method": "did:peer:4"}).succeeds().Text("/result/did")
		rotated := invitee.post("/did-rotate/"+theirs+"/rotate", object{"to_did": to})
		rotated.equal("/to_did", to).succeeded()
		disclosed := inviter.get("/discover-features-2.0/queries?connection_id=" + ours + "&query_protocol=*")
		disclosed.equal("/connection_id", ours).succeeded()
		inviter.get("/discover-features-2.0/records").equal("/results/0/connection_id", ours).succeeded()
		asked := invitee.send(http.MethodPost, "/mediation/request/"+theirs, object{})
		mediation := asked.equal("/state", "request").succeeded().Text("/mediation_id")
		granting := peers.Text(inviter.Hears("mediation", object{"state": "request", "connection_id": ours}), "/mediation_id")
		inviter.post("/mediation/requests/"+granting+"/grant", object{}).equal("/endpoint", w.url+"/didcomm").succeeded()
		invitee.Until("/mediation/requests/"+mediation, object{"state": "granted"})
		invitee.get("/mediation/requests").equal("/results/0/mediation_id", mediation).succeeded()
		invitee.get("/mediation/requests/"+mediation).equal("/state", "granted").succeeded()
		invitee.send(http.MethodPut, "/mediation/"+mediation+"/default-mediator", object{}).equal("/mediation_id", mediation).succeeded()
		invitee.get("/mediation/default-mediator").equal("/mediation_id", mediation).succeeded()
		invitee.remove("/mediation/default-mediator").equal("/mediation_id", mediation).succeeded()
		invitee.get("/mediation/keylists").equal("/results", []any{}).succeeded()
		invitee.post("/did-rotate/"+theirs+"/hangup", object{}).holds(true, "").succeeded()
		other := inviter.post("/out-of-band/create-invitation", object{"handshake_protocols": []string{"https://didcomm.org/didexchange/1.1"}}).Text("/invi_msg_id")
		inviter.remove("/out-of-band/invitations/"+other).equal("", object{}).succeeded()
		inviter.as(nobody).remove("/out-of-band/invitations/"+other).refused(http.StatusUnauthorized, "Authorization token missing or invalid")
		rejected := inviter.post("/out-of-band/create-invitation", object{"handshake_protocols": []string{"https://didcomm.org/didexchange/1.1"}})
		again := invitee.post("/out-of-band/receive-invitation", rejected.At("/invitation")).Text("/connection_id")
		invitee.post("/didexchange/"+again+"/reject", object{"reason": "no"}).equal("/rfc23_state", "abandoned").succeeded()
	})
}

// TestProofs: the other ways that a proof begins and ends.
func TestProofs(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		verifier, prover := w.wallet("verifier"), w.wallet("prover")
		p := connect(t, verifier.Controller, prover.Controller, "1.1")
		request := object{"dif": object{"presentation_definition": definition()}}
		verifier.post("/present-proof-2.0/create-request", object{"presentation_request": request}).equal("/state", "request-sent").succeeded()
		proposed := prover.post("/present-proof-2.0/send-proposal", object{
			"connection_id": p.toIssuer, "presentation_proposal": object{"dif": definition()},
		})
		proposed.equal("/state", "proposal-sent").succeeded()
		y := peers.Text(p.issuer.Hears("present_proof_v2_0", object{"state": "proposal-received", "thread_id": proposed.At("/thread_id")}), "/pres_ex_id")
		verifier.post("/present-proof-2.0/records/"+y+"/send-request", object{}).equal("/state", "request-sent").succeeded()
		p.holder.Hears("present_proof_v2_0", object{"pres_ex_id": proposed.At("/pres_ex_id"), "state": "request-received"})
		prover.post("/present-proof-2.0/records/"+proposed.Text("/pres_ex_id")+"/problem-report", object{"description": "no"}).equal("", object{}).succeeded()
		p.issuer.Hears("present_proof_v2_0", object{"pres_ex_id": y, "state": "abandoned"})
	})
}
