package acapy

import (
	"net/http"
	"testing"

	"github.com/chancery-vc/chancery/test/peers"
)

// TestEarly: steps of an exchange that are not due are refused, store nothing, and leave an exchange that goes on to its end; so does an
// offer in another's name.
func TestEarly(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		issuer, holder := w.wallet("issuer"), w.wallet("holder")
		p := connect(t, issuer.Controller, holder.Controller, "1.1")
		const records = "/issue-credential-2.0/records/"
		offered := issuer.post("/issue-credential-2.0/send-offer", object{
			"connection_id": p.toHolder, "auto_issue": true,
			"filter": object{"ld_proof": object{"credential": resident(did(p.issuer)), "options": ed2018}},
		})
		x := offered.equal("/state", "offer-sent").succeeded().Text("/cred_ex_id")
		y := peers.Text(p.holder.Hears("issue_credential_v2_0", object{"thread_id": offered.At("/thread_id"), "state": "offer-received"}), "/cred_ex_id")
		subject := did(p.holder)
		foreign := object{
			"connection_id": p.toHolder,
			"filter":        object{"ld_proof": object{"credential": resident(subject), "options": ed2018}},
		}
		w.settled()
		before := w.counts()
		issuer.post(records+x+"/issue", object{}).refused(http.StatusBadRequest, "Credential exchange "+x+" in offer-sent state (must be request-received).")
		holder.post(records+y+"/store", object{}).refused(http.StatusBadRequest, "Credential exchange "+y+" in offer-received state (must be credential-received).")
		issuer.post(records+x+"/send-request", object{"holder_did": subject}).refused(http.StatusBadRequest, "…")
		holder.post(records+y+"/issue", object{}).refused(http.StatusBadRequest, "…")
		issuer.post("/issue-credential-2.0/send-offer", foreign).refused(http.StatusBadRequest, "…")
		w.settled()
		w.unchanged(before, "steps that are not due")
		issuer.get(records+x).equal("/cred_ex_record/state", "offer-sent").absent("/cred_ex_record/error_msg")
		holder.get(records+y).equal("/cred_ex_record/state", "offer-received").absent("/cred_ex_record/error_msg")
		holder.post(records+y+"/send-request", object{"holder_did": subject}).equal("/state", "request-sent").succeeded()
		p.holder.Hears("issue_credential_v2_0", object{"cred_ex_id": y, "state": "credential-received"})
		holder.post(records+y+"/store", object{}).equal("/cred_ex_record/state", "done").succeeded()
		issuer.Until(records+x, object{"cred_ex_record": object{"state": "done"}})
	})
}
