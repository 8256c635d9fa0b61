package acapy

import (
	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/test/peers"
)

// definition asks for a resident's credential in the words of ACA-Py: types as IRIs.
func definition() object {
	return object{
		"id": uuid.NewString(),
		"input_descriptors": []any{object{
			"id": "citizenship_input_1", "name": "PR",
			"schema": []any{
				object{"uri": "https://www.w3.org/2018/credentials#VerifiableCredential"}, object{"uri": "https://w3id.org/citizenship#PermanentResident"},
			},
			"constraints": object{"fields": []any{object{"path": []string{"$.credentialSubject.familyName"}, "purpose": "x", "filter": object{"type": "string", "const": "SMITH"}}}},
		}},
	}
}

// proven is one proof at both ends.
type proven struct {
	verifier, prover string // pres_ex_id
	verified         string // "true" or "false"
}

// prove has the issuer ask for a credential that the holder has, and verify what comes.
func (p *pair) prove(x issued) proven {
	p.t.Helper()
	var y proven
	challenge := uuid.NewString()
	asked := p.issuer.Post("/present-proof-2.0/send-request", object{
		"connection_id": p.toHolder, "auto_verify": false,
		"presentation_request": object{"dif": object{
			"presentation_definition": definition(), "options": object{"challenge": challenge, "domain": "verifier.example"},
		}},
	})
	y.verifier = peers.Text(asked, "/pres_ex_id")
	p.is(asked, object{"state": "request-sent", "role": "verifier"})
	y.prover = peers.Text(p.holder.Hears("present_proof_v2_0", object{"thread_id": asked["thread_id"], "state": "request-received"}), "/pres_ex_id")
	p.show(&y, x, challenge)
	return y
}

// show has the holder present what it was asked for, and the issuer verify it.
func (p *pair) show(y *proven, x issued, challenge string) {
	p.t.Helper()
	sent := p.holder.Post("/present-proof-2.0/records/"+y.prover+"/send-presentation", object{
		"dif": object{"record_ids": object{"citizenship_input_1": []string{"credential-" + x.holder}}},
	})
	p.is(sent, object{"state": "presentation-sent", "role": "prover"})
	p.issuer.Hears("present_proof_v2_0", object{"pres_ex_id": y.verifier, "state": "presentation-received"})
	judged := p.issuer.Post("/present-proof-2.0/records/"+y.verifier+"/verify-presentation", object{})
	p.is(judged, object{"state": "done"})
	p.holder.Hears("present_proof_v2_0", object{"pres_ex_id": y.prover, "state": "done"})
	if peers.Text(judged, "/by_format/pres/dif/proof/challenge") != challenge {
		p.t.Errorf("the presentation is %v", peers.At(judged, "/by_format/pres"))
	}
	shown := peers.At(judged, "/by_format/pres/dif/verifiableCredential/0")
	if !peers.Has(shown, object{"credentialSubject": object{"id": x.did, "familyName": "SMITH"}}) {
		p.t.Errorf("the presentation shows %v", shown)
	}
	y.verified = peers.Text(judged, "/verified")
}
