package acapy

import (
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

// contextDefinition asks for a resident's credential in the words of Credo: by the URL of its context.
func contextDefinition() object {
	d := definition()
	d["input_descriptors"].([]any)[0].(object)["schema"] = []any{object{"uri": "https://w3id.org/citizenship/v1"}}
	return d
}

// invite makes an invitation of a wallet, which is taken by Credo.
func (a *agent) invite(more object) object {
	body := object{"handshake_protocols": []string{"https://didcomm.org/didexchange/1.1"}, "my_label": "Chancery"}
	for name, value := range more {
		body[name] = value
	}
	return a.Post("/out-of-band/create-invitation?auto_accept=true", body)
}

// TestCredoHolder: an agent of Credo connects to Chancery, takes its credential and proves it: over HTTP, over a WebSocket, and with
// no endpoint at all, so that everything it gets goes back the way its own messages came.
func TestCredoHolder(t *testing.T) {
	for _, transport := range []string{"http", "ws", "none"} {
		t.Run(transport, func(t *testing.T) {
			credo := peers.OpenCredo(t).Agent(peers.CredoStart{Agent: "credo", Transport: transport})
			suite.Guard(t, func() {
				w := start(t, "sqlite", tenants())
				issuer := w.wallet("issuer")
				made := issuer.invite(nil)
				theirs := credo.Receive(made["invitation"])
				ours := peers.Text(issuer.Hears("connections", object{"invitation_msg_id": made["invi_msg_id"], "rfc23_state": "completed"}), "/connection_id")
				credential := resident(did(issuer.Controller))
				credential["credentialSubject"].(object)["id"] = credo.DID()
				offered := issuer.Post("/issue-credential-2.0/send-offer", object{
					"connection_id": ours, "auto_issue": true, "filter": object{"ld_proof": object{"credential": credential, "options": ed2018}},
				})
				// Who has no endpoint gets what waits when it says something.
				wait := func(kind string, wait peers.CredoWait) peers.CredoExchange {
					wait.Seconds = 1
					for tries := 0; transport == "none" && tries < 15; tries++ {
						var exchange peers.CredoExchange
						credo.Ask("connection.ping", object{"connection": theirs.ID, "silent": true}, nil)
						wait.Agent = credo.Name
						if credo.Try(kind+".wait", wait, &exchange) == nil {
							return exchange
						}
					}
					wait.Seconds = 30
					return credo.Wait(kind, wait)
				}
				offer := wait("credentials", peers.CredoWait{Connection: theirs.ID, State: "offer-received"})
				credo.Accept("credentials", offer.ID, "offer")
				wait("credentials", peers.CredoWait{ID: offer.ID, State: "credential-received"})
				credo.Accept("credentials", offer.ID, "credential")
				issuer.Hears("issue_credential_v2_0", object{"cred_ex_id": offered["cred_ex_id"], "state": "done"})
				if stored := credo.Stored(); len(stored) != 1 || !strings.Contains(string(stored[0]), `"ALICE"`) {
					t.Errorf("the wallet has %s", stored)
				}
				asked := issuer.Post("/present-proof-2.0/send-request", object{
					"connection_id": ours, "auto_verify": true, "presentation_request": object{"dif": object{"presentation_definition": contextDefinition()}},
				})
				request := wait("proofs", peers.CredoWait{Connection: theirs.ID, State: "request-received"})
				credo.Accept("proofs", request.ID, "request")
				issuer.Hears("present_proof_v2_0", object{"pres_ex_id": asked["pres_ex_id"], "state": "done", "verified": "true"})
				wait("proofs", peers.CredoWait{ID: request.ID, State: "done"})
				credo.Ask("message.send", object{"connection": theirs.ID, "content": "hello"}, nil)
				issuer.Hears("basicmessages", object{"connection_id": ours, "content": "hello"})
				issuer.Post("/connections/"+ours+"/send-message", object{"content": "good evening"})
				if transport == "none" {
					credo.Ask("connection.ping", object{"connection": theirs.ID, "silent": true}, nil)
				}
				credo.Ask("message.wait", object{"connection": theirs.ID, "content": "good evening"}, nil)
			})
		})
	}
}

// TestCredoIssuer: Chancery connects to an agent of Credo, whichever DID that has for it, takes its credential and proves it.
func TestCredoIssuer(t *testing.T) {
	process := peers.OpenCredo(t)
	credo := process.Agent(peers.CredoStart{Agent: "credo"})
	suite.Guard(t, func() {
		w := start(t, "sqlite", tenants())
		holder := w.wallet("holder")
		made := credo.Invite(nil)
		taken := holder.Post("/out-of-band/receive-invitation?auto_accept=true", made.Invitation)
		ours := peers.Text(taken, "/connection_id")
		holder.Until("/connections/"+ours, object{"rfc23_state": "completed", "connection_protocol": "didexchange/1.1"})
		theirs := credo.Connected(peers.CredoWait{Invitation: made.ID})
		credential, subject := resident(credo.DID()), did(holder.Controller)
		credential["credentialSubject"].(object)["id"] = subject
		options := object{"proofType": "Ed25519Signature2018", "proofPurpose": "assertionMethod"}
		var offered peers.CredoExchange
		credo.Ask("credentials.offer", object{"connection": theirs.ID, "detail": object{"credential": credential, "options": options}}, &offered)
		x := peers.Text(holder.Hears("issue_credential_v2_0", object{"connection_id": ours, "state": "offer-received"}), "/cred_ex_id")
		holder.Post("/issue-credential-2.0/records/"+x+"/send-request", object{"holder_did": subject})
		credo.Wait("credentials", peers.CredoWait{ID: offered.ID, State: "request-received"})
		credo.Accept("credentials", offered.ID, "request")
		holder.Hears("issue_credential_v2_0", object{"cred_ex_id": x, "state": "credential-received"})
		holder.Post("/issue-credential-2.0/records/"+x+"/store", object{})
		credo.Wait("credentials", peers.CredoWait{ID: offered.ID, State: "done"})
		var asked peers.CredoExchange
		credo.Ask("proofs.request", object{"connection": theirs.ID, "definition": contextDefinition(), "options": object{"domain": "credo.example"}}, &asked)
		y := peers.Text(holder.Hears("present_proof_v2_0", object{"connection_id": ours, "state": "request-received"}), "/pres_ex_id")
		holder.Post("/present-proof-2.0/records/"+y+"/send-presentation", object{"dif": object{}})
		got := credo.Wait("proofs", peers.CredoWait{ID: asked.ID, State: "presentation-received"})
		if got.Verified == nil || !*got.Verified {
			t.Errorf("Credo has %+v", got)
		}
		credo.Accept("proofs", asked.ID, "presentation")
		holder.Hears("present_proof_v2_0", object{"pres_ex_id": y, "state": "done"})
	})
}

// TestCredoDIDs: Credo connects with each of its kinds of did:peer.
func TestCredoDIDs(t *testing.T) {
	process := peers.OpenCredo(t)
	suite.Guard(t, func() {
		w := start(t, "sqlite", tenants())
		inviter := w.wallet("inviter")
		made := inviter.Post("/out-of-band/create-invitation?auto_accept=true&multi_use=true", object{
			"handshake_protocols": []string{"https://didcomm.org/didexchange/1.1", "https://didcomm.org/didexchange/1.0"},
		})
		for numalgo, name := range map[int]string{1: "one", 2: "two", 4: "four"} {
			credo := process.Agent(peers.CredoStart{Agent: name, Numalgo: numalgo})
			theirs := credo.Receive(made["invitation"])
			ours := inviter.Hears("connections", object{"their_label": name, "rfc23_state": "completed"})
			credo.Ask("message.send", object{"connection": theirs.ID, "content": "from " + name}, nil)
			inviter.Hears("basicmessages", object{"connection_id": ours["connection_id"], "content": "from " + name})
		}
	})
}
