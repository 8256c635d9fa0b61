package acapy

import (
	"testing"

	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

// TestCredoMore: Credo takes what comes along with an invitation that asks for no connection; and either end of a connection with it
// takes another DID.
func TestCredoMore(t *testing.T) {
	credo := peers.OpenCredo(t).Agent(peers.CredoStart{Agent: "credo"})
	suite.Guard(t, func() {
		issuer := start(t, "sqlite", tenants()).wallet("issuer")
		credential := resident(did(issuer.Controller))
		credential["credentialSubject"].(object)["id"] = credo.DID()
		offered := issuer.Post("/issue-credential-2.0/create-offer", object{
			"auto_issue": true, "auto_remove": false, "filter": object{"ld_proof": object{"credential": credential, "options": ed2018}},
		})
		alone := issuer.invite(object{"attachments": []object{{"id": offered["cred_ex_id"], "type": "credential-offer"}}, "handshake_protocols": []string{}})
		credo.Ask("oob.receive", object{"invitation": alone["invitation"]}, nil)
		offer := credo.Wait("credentials", peers.CredoWait{Thread: peers.Text(offered, "/thread_id"), State: "offer-received"})
		credo.Accept("credentials", offer.ID, "offer")
		credo.Wait("credentials", peers.CredoWait{ID: offer.ID, State: "credential-received"})
		credo.Accept("credentials", offer.ID, "credential")
		issuer.Hears("issue_credential_v2_0", object{"cred_ex_id": offered["cred_ex_id"], "state": "done"})

		made := issuer.invite(nil)
		theirs := credo.Receive(made["invitation"])
		ours := peers.Text(issuer.Hears("connections", object{"invitation_msg_id": made["invi_msg_id"], "rfc23_state": "completed"}), "/connection_id")
		before := issuer.Get("/connections/" + ours)
		credo.Ask("connection.rotate", object{"connection": theirs.ID}, nil)
		another := func(member string) {
			t.Helper()
			issuer.until("/connections/"+ours, func(now object) bool { return now[member] != before[member] })
		}
		another("their_did")
		talk := func(text string) {
			t.Helper()
			issuer.Post("/connections/"+ours+"/send-message", object{"content": "from us " + text})
			credo.Ask("message.wait", object{"connection": theirs.ID, "content": "from us " + text}, nil)
			credo.Ask("message.send", object{"connection": theirs.ID, "content": "to us " + text}, nil)
			issuer.Hears("basicmessages", object{"connection_id": ours, "content": "to us " + text})
		}
		talk("after theirs")
		to := peers.Text(issuer.Post("/wallet/did/create", object{"method": "did:peer:4", "options": object{"key_type": "ed25519"}}), "/result/did")
		issuer.Post("/did-rotate/"+ours+"/rotate", object{"to_did": to})
		another("my_did")
		talk("after ours")
	})
}
