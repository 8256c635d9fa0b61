package acapy

import (
	"testing"

	"github.com/chancery-vc/chancery/test/peers"
)

type object = peers.Object

// pair are two agents with a connection between them, each driven by a controller that does not know whose agent it is.
type pair struct {
	t              *testing.T
	issuer, holder *peers.Controller
	toHolder       string // the issuer's id of the connection
	toIssuer       string // the holder's
}

// connect goes through step 1 of the page: the issuer invites, the holder accepts, and nobody is asked.
func connect(t *testing.T, issuer, holder *peers.Controller, protocol string) *pair {
	t.Helper()
	p := &pair{t: t, issuer: issuer.For(t), holder: holder.For(t)}
	made := p.issuer.Post("/out-of-band/create-invitation?auto_accept=true", object{
		"alias": "Holder", "handshake_protocols": []string{"https://didcomm.org/didexchange/" + protocol},
		"use_public_did": false, "my_label": "Invitation to Holder",
	})
	p.toIssuer = p.receive(made["invitation"])
	p.toHolder = p.invited(made)
	if theirs := p.holder.Get("/connections/" + p.toIssuer); theirs["alias"] != "Issuer" || theirs["their_label"] != "Invitation to Holder" ||
		theirs["connection_protocol"] != "didexchange/"+protocol || theirs["their_role"] != "inviter" || theirs["state"] != "active" {
		t.Errorf("the holder's connection is %v", theirs)
	}
	if ours := p.issuer.Get("/connections/" + p.toHolder); ours["alias"] != "Holder" || ours["their_role"] != "invitee" {
		t.Errorf("the issuer's connection is %v", ours)
	}
	return p
}

// receive is the holder's half of step 1; it gives the connection's id, once the connection is completed.
func (p *pair) receive(invitation any) string {
	p.t.Helper()
	taken := p.holder.Post("/out-of-band/receive-invitation?auto_accept=true&alias=Issuer&use_existing_connection=true", invitation)
	id := peers.Text(taken, "/connection_id")
	p.holder.Until("/connections/"+id, object{"rfc23_state": "completed"})
	return id
}

// invited gives the issuer's id of the connection that an invitation led to, from the webhook that says it is completed.
func (p *pair) invited(made object) string {
	p.t.Helper()
	return peers.Text(p.issuer.Hears("connections", object{"invitation_msg_id": made["invi_msg_id"], "rfc23_state": "completed"}), "/connection_id")
}

// did makes a did:key.
func did(c *peers.Controller) string {
	made := c.Post("/wallet/did/create", object{"method": "key", "options": object{"key_type": "ed25519"}})
	return peers.Text(made, "/result/did")
}

// resident is a credential of JSON-LD whose contexts every agent carries.
func resident(issuer string) object {
	return object{
		"@context": []string{"https://www.w3.org/2018/credentials/v1", "https://w3id.org/citizenship/v1"},
		"type":     []string{"VerifiableCredential", "PermanentResident"},
		"id":       "https://credential.example.com/residents/1234567890",
		"issuer":   issuer, "issuanceDate": "2020-01-01T12:00:00Z",
		"credentialSubject": object{
			"type": []string{"PermanentResident"}, "givenName": "ALICE", "familyName": "SMITH", "gender": "Female",
			"birthCountry": "Bahamas", "birthDate": "1958-07-17",
		},
	}
}

// issued are the records of one credential at both ends.
type issued struct {
	issuer, holder string // cred_ex_id
	did            string // the holder's
	stored         object // the credential as the holder has it
}

// issue goes through steps 2 to 5 of the page. Options are those of the offer's ld_proof.
func (p *pair) issue(credential, options object) issued {
	p.t.Helper()
	var x issued
	x.did = did(p.holder)
	// Step 2: the issuer offers.
	offered := p.issuer.Post("/issue-credential-2.0/send-offer", object{
		"connection_id": p.toHolder, "comment": "Credential from minimal example", "auto_remove": false,
		"filter": object{"ld_proof": object{"credential": credential, "options": options}},
	})
	x.issuer = peers.Text(offered, "/cred_ex_id")
	p.is(offered, object{"state": "offer-sent", "role": "issuer", "initiator": "self", "connection_id": p.toHolder})
	// Step 3: the holder finds the exchange, and requests.
	found := p.holder.Hears("issue_credential_v2_0", object{"thread_id": offered["thread_id"], "state": "offer-received"})
	x.holder = peers.Text(found, "/cred_ex_id")
	listed := p.holder.Get("/issue-credential-2.0/records?state=offer-received&role=holder&connection_id=" + p.toIssuer)
	p.is(listed, object{"results": peers.At(listed, "/results")})
	if peers.Text(listed, "/results/0/cred_ex_record/cred_ex_id") != x.holder {
		p.t.Errorf("the holder's list of offers is %v", listed)
	}
	p.take(&x, credential, options)
	return x
}

// take goes through steps 3 to 5 once the holder has the offer, and holds what it has then.
func (p *pair) take(x *issued, credential, options object) {
	p.t.Helper()
	requested := p.holder.Post("/issue-credential-2.0/records/"+x.holder+"/send-request", object{"holder_did": x.did})
	p.is(requested, object{"state": "request-sent", "role": "holder", "initiator": "external"})
	p.finish(x, credential, options)
}

// finish goes through steps 4 and 5 once the holder has asked.
func (p *pair) finish(x *issued, credential, options object) {
	p.t.Helper()
	// Step 4: the issuer issues.
	p.issuer.Hears("issue_credential_v2_0", object{"cred_ex_id": x.issuer, "state": "request-received"})
	made := p.issuer.Post("/issue-credential-2.0/records/"+x.issuer+"/issue", object{"comment": "here"})
	p.is(peers.At(made, "/cred_ex_record"), object{"state": "credential-issued", "cred_ex_id": x.issuer})
	// Step 5: the holder stores.
	p.holder.Hears("issue_credential_v2_0", object{"cred_ex_id": x.holder, "state": "credential-received"})
	kept := p.holder.Post("/issue-credential-2.0/records/"+x.holder+"/store", object{"credential_id": "credential-" + x.holder})
	p.is(kept, object{"cred_ex_record": object{"state": "done"}, "ld_proof": object{"cred_id_stored": "credential-" + x.holder}})
	p.issuer.Hears("issue_credential_v2_0", object{"cred_ex_id": x.issuer, "state": "done"})
	p.stored(x, credential, options)
}

// stored looks into the holder's wallet for what was issued.
func (p *pair) stored(x *issued, credential, options object) {
	p.t.Helper()
	wallet := p.holder.Get("/credential/w3c/credential-" + x.holder)
	x.stored, _ = wallet["cred_value"].(object)
	p.is(x.stored, object{"id": credential["id"], "issuer": credential["issuer"], "issuanceDate": credential["issuanceDate"]})
	p.is(x.stored, object{"credentialSubject": object{"id": x.did, "givenName": "ALICE"}, "proof": object{"type": options["proofType"]}})
}

// is compares an answer with what it must have.
func (p *pair) is(answer any, pattern object) {
	p.t.Helper()
	if !peers.Has(answer, pattern) {
		p.t.Errorf("it is\n%.3000v\nwant\n%v", answer, pattern)
	}
}
