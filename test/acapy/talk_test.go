package acapy

import (
	"maps"
	"testing"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/test/peers"
)

// TestACAPyTalk: invitations for many, pings, messages and questions between Chancery and ACA-Py.
func TestACAPyTalk(t *testing.T) {
	opposite(t, func(t *testing.T, issuer, holder *peers.Controller) {
		p := &pair{t: t, issuer: issuer, holder: holder}
		made := issuer.Post("/out-of-band/create-invitation?auto_accept=true&multi_use=true", object{"handshake_protocols": []string{didexchange}})
		for range 2 {
			p.toIssuer = p.receive(made["invitation"])
			taken := holder.Get("/connections/" + p.toIssuer)
			came := issuer.Hears("connections", object{"invitation_msg_id": made["invi_msg_id"], "request_id": taken["request_id"], "rfc23_state": "completed"})
			p.toHolder = peers.Text(came, "/connection_id")
			p.talk()
		}
		if standing := issuer.Get("/connections?invitation_msg_id=" + peers.Text(made, "/invi_msg_id") + "&state=invitation"); peers.At(standing, "/results/0") == nil {
			t.Errorf("the invitation for many is gone: %v", standing)
		}

		// ACA-Py tells of pings and their answers, at whichever end it is; but not of what connection they are.
		theirs := p.issuer
		if holder.Name == "acapy" {
			theirs = p.holder
		}
		for end, id := range map[*peers.Controller]string{p.issuer: p.toHolder, p.holder: p.toIssuer} {
			pinged := end.Post("/connections/"+id+"/send-ping", object{"comment": "are you there?"})
			state := "received"
			if end == theirs {
				state = "response_received"
			}
			theirs.Hears("ping", object{"thread_id": pinged["thread_id"], "state": state})
		}
		for end, id := range map[*peers.Controller]string{p.issuer: p.toHolder, p.holder: p.toIssuer} {
			asked := end.Get("/discover-features-2.0/queries?connection_id=" + id + "&query_protocol=https%3A%2F%2Fdidcomm.org%2Fissue-credential%2F*")
			record := end.Get("/discover-features-2.0/records?connection_id=" + id)
			for _, answer := range []any{asked, peers.At(record, "/results/0")} {
				if disclosed := peers.Text(answer, "/disclosures/disclosures/0/id"); disclosed != "https://didcomm.org/issue-credential/2.0" {
					t.Errorf("%s: %v", end.Name, answer)
				}
			}
		}
	})
}

// TestACAPyProposals: a holder proposes a credential, and is offered it, or another; a prover proposes a proof; and what either end gives
// up is over at the other.
func TestACAPyProposals(t *testing.T) {
	opposite(t, func(t *testing.T, issuer, holder *peers.Controller) {
		p := connect(t, issuer, holder, "1.1")
		wanted := resident(did(p.issuer))
		p.proposed(wanted, nil)
		other := maps.Clone(wanted)
		other["issuanceDate"] = "2021-02-03T12:00:00Z"
		x := p.proposed(wanted, other)
		p.proposedProof(x)
		p.givenUp(wanted)
	})
}

// proposed issues what the holder proposes, or what the issuer would rather.
func (p *pair) proposed(wanted, rather object) issued {
	p.t.Helper()
	x := issued{did: did(p.holder)}
	proposed := p.holder.Post("/issue-credential-2.0/send-proposal", object{
		"connection_id": p.toIssuer, "comment": "please", "auto_remove": false,
		"filter": object{"ld_proof": object{"credential": wanted, "options": ed2018}}, "credential_preview": preview("SMITH"),
	})
	x.holder = peers.Text(proposed, "/cred_ex_id")
	p.is(proposed, object{"state": "proposal-sent", "role": "holder", "initiator": "self"})
	came := p.issuer.Hears("issue_credential_v2_0", object{"thread_id": proposed["thread_id"], "state": "proposal-received"})
	x.issuer = peers.Text(came, "/cred_ex_id")
	offer, body := wanted, object{}
	if rather != nil {
		offer, body = rather, object{"filter": object{"ld_proof": object{"credential": rather, "options": ed2018}}, "counter_preview": preview("JONES")}
	}
	p.is(p.issuer.Post("/issue-credential-2.0/records/"+x.issuer+"/send-offer", body), object{"state": "offer-sent", "role": "issuer", "initiator": "external"})
	p.holder.Hears("issue_credential_v2_0", object{"cred_ex_id": x.holder, "state": "offer-received"})
	requested := p.holder.Post("/issue-credential-2.0/records/"+x.holder+"/send-request", object{"holder_did": x.did})
	p.is(requested, object{"state": "request-sent", "role": "holder", "initiator": "self"})
	p.finish(&x, offer, ed2018)
	return x
}

// preview is a credential as people are shown it.
func preview(name string) object {
	return object{"@type": "https://didcomm.org/issue-credential/2.0/credential-preview", "attributes": []object{{"name": "familyName", "value": name}}}
}

// proposedProof proves what the holder proposes to prove.
func (p *pair) proposedProof(x issued) {
	p.t.Helper()
	var y proven
	challenge := uuid.NewString()
	proposal := definition()
	proposal["options"] = object{"challenge": challenge, "domain": "verifier.example"}
	proposed := p.holder.Post("/present-proof-2.0/send-proposal", object{"connection_id": p.toIssuer, "presentation_proposal": object{"dif": proposal}})
	y.prover = peers.Text(proposed, "/pres_ex_id")
	came := p.issuer.Hears("present_proof_v2_0", object{"thread_id": proposed["thread_id"], "state": "proposal-received"})
	y.verifier = peers.Text(came, "/pres_ex_id")
	p.is(p.issuer.Post("/present-proof-2.0/records/"+y.verifier+"/send-request", object{"auto_verify": false}), object{"state": "request-sent", "initiator": "external"})
	p.holder.Hears("present_proof_v2_0", object{"pres_ex_id": y.prover, "state": "request-received"})
	p.show(&y, x, challenge)
	if y.verified != "true" {
		p.t.Errorf("the proof is %+v", y)
	}
}

// givenUp has each end give up an exchange and a proof, of which the other is told.
func (p *pair) givenUp(credential object) {
	p.t.Helper()
	offered := func() (issuer, holder string) {
		made := p.issuer.Post("/issue-credential-2.0/send-offer", object{
			"connection_id": p.toHolder, "filter": object{"ld_proof": object{"credential": credential, "options": ed2018}},
		})
		came := p.holder.Hears("issue_credential_v2_0", object{"thread_id": made["thread_id"], "state": "offer-received"})
		return peers.Text(made, "/cred_ex_id"), peers.Text(came, "/cred_ex_id")
	}
	asked := func() (issuer, holder string) {
		made := p.issuer.Post("/present-proof-2.0/send-request", object{
			"connection_id": p.toHolder, "presentation_request": object{"dif": object{"presentation_definition": definition(), "options": object{"challenge": uuid.NewString()}}},
		})
		came := p.holder.Hears("present_proof_v2_0", object{"thread_id": made["thread_id"], "state": "request-received"})
		return peers.Text(made, "/pres_ex_id"), peers.Text(came, "/pres_ex_id")
	}
	for _, what := range []struct {
		begin               func() (issuer, holder string)
		records, in, ending string
	}{
		{offered, "/issue-credential-2.0/records/", "/cred_ex_record", "issuance-abandoned"},
		{asked, "/present-proof-2.0/records/", "", "abandoned"},
	} {
		for _, holder := range []bool{true, false} {
			from, to := p.issuer, p.holder
			id, other := what.begin()
			if holder {
				from, to, id, other = p.holder, p.issuer, other, id
			}
			from.Post(what.records+id+"/problem-report", object{"description": "changed my mind"})
			pattern := object{"state": "abandoned", "error_msg": what.ending + ": changed my mind"}
			if what.in != "" {
				pattern = object{what.in[1:]: pattern}
			}
			to.Until(what.records+other, pattern)
		}
	}
}
