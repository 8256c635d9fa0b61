package acapy

import (
	"testing"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/test/peers"
)

// handshakes are the two kinds of invitation that something is attached to.
var handshakes = map[string][]string{"with a handshake": {didexchange}, "without a connection": {}}

// TestACAPyAttached: an offer, and then a request for its proof, come along with invitations: with a handshake, and without a connection.
func TestACAPyAttached(t *testing.T) {
	opposite(t, func(t *testing.T, issuer, holder *peers.Controller) {
		for name, handshake := range handshakes {
			t.Run(name, func(t *testing.T) {
				p := &pair{t: t, issuer: issuer.For(t), holder: holder.For(t)}
				x := p.issueAttached(object{"handshake_protocols": handshake})
				if y := p.proveAttached(x, object{"handshake_protocols": handshake}); y.verified != "true" {
					t.Errorf("the proof is %+v", y)
				}
				p.ends(x)
			})
		}
	})
}

// attached hands the holder an invitation with a record of the issuer's, and gives it as it was made.
func (p *pair) attached(kind, id string, invitation object) object {
	p.t.Helper()
	body := object{"attachments": []object{{"id": id, "type": kind}}}
	for name, value := range invitation {
		body[name] = value
	}
	made := p.issuer.Post("/out-of-band/create-invitation?auto_accept=true", body)
	taken := p.holder.Post("/out-of-band/receive-invitation?auto_accept=true&use_existing_connection=true", made["invitation"])
	p.is(taken, object{"invi_msg_id": made["invi_msg_id"], "role": "receiver"})
	return made
}

// issueAttached issues by an offer that comes along with an invitation.
func (p *pair) issueAttached(invitation object) issued {
	p.t.Helper()
	x, credential := issued{did: did(p.holder)}, resident(did(p.issuer))
	offered := p.issuer.Post("/issue-credential-2.0/create-offer", object{
		"auto_remove": false, "filter": object{"ld_proof": object{"credential": credential, "options": ed2018}},
	})
	x.issuer = peers.Text(offered, "/cred_ex_id")
	p.attached("credential-offer", x.issuer, invitation)
	found := p.holder.Hears("issue_credential_v2_0", object{"thread_id": offered["thread_id"], "state": "offer-received"})
	x.holder = peers.Text(found, "/cred_ex_id")
	p.take(&x, credential, ed2018)
	return x
}

// proveAttached asks for a proof along with an invitation.
func (p *pair) proveAttached(x issued, invitation object) proven {
	p.t.Helper()
	var y proven
	challenge := uuid.NewString()
	asked := p.issuer.Post("/present-proof-2.0/create-request", object{"presentation_request": object{"dif": object{
		"presentation_definition": definition(), "options": object{"challenge": challenge, "domain": "verifier.example"},
	}}})
	y.verifier = peers.Text(asked, "/pres_ex_id")
	p.attached("present-proof", y.verifier, invitation)
	found := p.holder.Hears("present_proof_v2_0", object{"thread_id": asked["thread_id"], "state": "request-received"})
	y.prover = peers.Text(found, "/pres_ex_id")
	p.show(&y, x, challenge)
	return y
}
