package acapy

import (
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/test/peers"
)

// notary signs what a raw issuer is to send.
func (a *agent) notary(credential any) object {
	a.w.t.Helper()
	signed := a.post("/vc/credentials/issue", object{"credential": credential, "options": ed2018}).succeeds()
	whole, _ := signed.At("/verifiableCredential").(object)
	return whole
}

// takesOffer has the raw peer offer a credential of the notary's, and the agent ask for it. It gives the agent's record, the thread, and
// what was asked for.
func (a *agent) takesOffer(r *raw, notary *agent) (y, thread string, asked object) {
	a.w.t.Helper()
	offer := offering("", inBase64(object{"credential": resident(did(notary.Controller)), "options": ed2018}))
	thread = peers.Text(offer, "/@id")
	r.said(offer)
	y = peers.Text(a.Hears("issue_credential_v2_0", object{"thread_id": thread, "state": "offer-received"}), "/cred_ex_id")
	a.Post(credentialRecords+y+"/send-request", object{"holder_did": did(a.Controller)})
	request := r.hears("request-credential", object{"~thread": object{"thid": thread}})
	asked, _ = content(request, "requests~attach")["credential"].(object)
	return y, thread, asked
}

// TestJumpsToHolder: what no issuer may say now, what nobody asked for, and what another says in the thread changes nothing; the record
// says why where it is the issuer's, and goes on to its end.
func TestJumpsToHolder(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		notary, a := w.wallet("notary"), w.wallet("holder")
		r, foe := w.stranger().meets(a), w.stranger().meets(a)
		y, thread, asked := a.takesOffer(r, notary)
		signed := notary.notary(asked)
		detail := object{"credential": asked, "options": ed2018}
		// tries sends what is not due, from the issuer and from another.
		tries := func(state, noted string, reported map[string]object) {
			t.Helper()
			before := w.census()
			record := a.record(y)
			for what, m := range map[string]object{
				"a credential": issuing(thread, inBase64(signed)), "an ack": acking(issueCredential, thread), "a report": reporting(issueCredential, thread, abandoned),
				"a report of no kind": reporting("report-problem/1.0", thread, abandoned),
			} {
				foe.said(m)
				w.kept(before, state+": another's "+what)
			}
			foe.told(thread, abandoned, "there is no such exchange")
			foe.silent(state)
			if now := a.record(y); !same(now, record) {
				t.Errorf("%s: the record is %v, before %v", state, now, record)
			}
			for words, m := range reported {
				r.said(m)
				if words != "" {
					r.told(thread, abandoned, words)
				}
				w.kept(before, state+": "+words)
			}
			r.silent(state)
			a.stands(y, state, noted)
		}
		before := w.census()
		stray := issuing("00000000-0000-4000-8000-000000000000", inBase64(signed))
		r.said(stray)
		r.told("00000000-0000-4000-8000-000000000000", abandoned, "there is no such exchange")
		w.kept(before, "a credential that nobody asked for")
		tries("request-sent", abandoned+": ", map[string]object{
			"the exchange is requested: no such message is expected": offering(thread, inBase64(detail)), "": acking(issueCredential, thread),
			"no attachment is of a format that this agent has": message(issueCredential+"/issue-credential", thread, carrying("credentials~attach", "hlindy/cred@v2.0", inBase64("e30"))),
		})
		for range 3 { // the first counts
			r.said(issuing(thread, inBase64(signed)))
		}
		a.stands(y, "credential-received", abandoned+": the exchange is issued")
		for range 2 {
			r.told(thread, abandoned, "the exchange is issued")
		}
		tries("credential-received", abandoned+": the exchange is issued", map[string]object{
			"the exchange is issued: no such message is expected": issuing(thread, inBase64(signed)), "the exchange is issued": offering(thread, inBase64(detail)),
		})
		before = w.census()
		a.post(credentialRecords+y+"/store", object{}).equal("/cred_ex_record/state", "done")
		before["held_credentials"]++
		w.kept(before, "what was stored")
		r.hears("ack", object{"~thread": object{"thid": thread}})
		a.stands(y, "done", "")
		tries("done", "", map[string]object{
			"": reporting(issueCredential, thread, abandoned), "the exchange is accepted": issuing(thread, inBase64(signed)),
			"the exchange is accepted: no such message is expected": offering(thread, inBase64(detail)),
		})
		before = w.census()
		foe.said(offering(thread, inBase64(detail)))
		before["exchanges"]++
		w.kept(before, "another's offer is another exchange")
		a.stands(y, "done", "")
	})
}

// TestUnlikeItsRequest: a credential that is not the one that was asked for, or whose proof is wrong, is not kept; the exchange is over
// and says why, at both ends.
func TestUnlikeItsRequest(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		notary, a := w.wallet("notary"), w.wallet("holder")
		r := w.stranger().meets(a)
		for what, c := range map[string]struct {
			spoil func(asked object) object
			words string
		}{
			"a claim more": {func(asked object) object {
				more := copied(asked)
				more["credentialSubject"].(object)["lprNumber"] = "999-999-999"
				return notary.notary(more)
			}, "not-the-request"},
			"another subject": {func(asked object) object {
				other := copied(asked)
				other["credentialSubject"].(object)["id"] = did(notary.Controller)
				return notary.notary(other)
			}, "not-the-request"},
			"no proof": {func(asked object) object { return asked }, "not-the-request"},
			"another suite": {func(asked object) object {
				signed := copied(notary.notary(asked))
				signed["proof"].(object)["type"] = "Ed25519Signature2020"
				return signed
			}, "not-the-request"},
			"two proofs": {func(asked object) object {
				signed := copied(notary.notary(asked))
				signed["proof"] = []any{signed["proof"], signed["proof"]}
				return signed
			}, "not-the-request"},
			"another's proof": {func(asked object) object {
				other := copied(asked)
				other["credentialSubject"].(object)["givenName"] = "BOB"
				signed := copied(asked)
				signed["proof"] = notary.notary(other)["proof"]
				return signed
			}, ""},
			"a proof by another method": {func(asked object) object {
				signed := copied(notary.notary(asked))
				key := did(a.Controller)
				signed["proof"].(object)["verificationMethod"] = key + "#" + strings.TrimPrefix(key, "did:key:")
				return signed
			}, ""},
		} {
			y, thread, asked := a.takesOffer(r, notary)
			sent := c.spoil(asked)
			before := w.census()
			r.said(issuing(thread, inBase64(sent)))
			report := r.hears("problem-report", object{"~thread": object{"thid": thread}})
			if text := peers.Text(report, "/description/en"); text == "" || !strings.HasPrefix(text, c.words) {
				t.Errorf("%s: %v", what, report)
			}
			a.stands(y, "abandoned", abandoned+": "+peers.Text(report, "/description/en"))
			a.post(credentialRecords+y+"/store", object{}).status(http.StatusBadRequest)
			r.said(issuing(thread, inBase64(asked)))
			r.told(thread, abandoned, "the exchange is failed")
			w.kept(before, what)
		}
	})
}

// TestForeignProofs: presentations that nobody asked for, foreign threads and steps that are not due, to the verifier and to the prover.
func TestForeignProofs(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		a := w.wallet("acme")
		r, foe := w.stranger().meets(a), w.stranger().meets(a)
		presenting := func(thread string, data object) object {
			return message(presentProof+"/presentation", thread, carrying("presentations~attach", submission, data))
		}
		asking := func(thread string) object {
			return message(presentProof+"/request-presentation", thread, carrying("request_presentations~attach", dif, inJSON(object{"presentation_definition": definition()})))
		}
		sent := a.Post("/present-proof-2.0/send-request", object{
			"connection_id": r.toRaw, "auto_verify": true, "presentation_request": object{"dif": object{"presentation_definition": definition()}},
		})
		x, thread := peers.Text(sent, "/pres_ex_id"), peers.Text(sent, "/thread_id")
		r.hears("request-presentation", object{"@id": thread})
		begun := asking("")
		r.said(begun)
		theirs := peers.Text(begun, "/@id")
		y := peers.Text(a.Hears("present_proof_v2_0", object{"thread_id": theirs, "state": "request-received"}), "/pres_ex_id")

		before := w.census()
		none := "00000000-0000-4000-8000-000000000000"
		r.said(presenting(none, inJSON(object{})))
		r.told(none, unproven, "there is no such proof")
		for of, thread := range map[string]string{x: thread, y: theirs} {
			record := a.Get(proofRecords + of)
			for what, m := range map[string]object{
				"a presentation": presenting(thread, inJSON(object{})), "an ack": acking(presentProof, thread),
				"a report": reporting(presentProof, thread, unproven), "a report of no kind": reporting("report-problem/1.0", thread, unproven),
				"an ack of no kind": acking("notification/1.0", thread),
			} {
				foe.said(m)
				w.kept(before, "another's "+what)
			}
			foe.told(thread, unproven, "there is no such proof")
			if now := a.Get(proofRecords + of); !same(now, record) {
				t.Errorf("the record is %v, before %v", now, record)
			}
		}
		foe.silent("foreign proofs")
		for words, c := range map[string]struct {
			of, thread string
			m          object
		}{
			"the attachment cannot be read":  {x, thread, presenting(thread, object{"base64": "!"})},
			"the attachment cannot be read.": {x, thread, presenting(thread, object{"links": []string{"http://10.0.0.1/"}})},
			"no attachment is of a format":   {x, thread, message(presentProof+"/presentation", thread, carrying("presentations~attach", "hlindy/proof@v2.0", inBase64("{}")))},
			"":                               {x, thread, acking(presentProof, thread)},
		} {
			r.said(c.m)
			if words = strings.TrimSuffix(words, "."); words != "" {
				r.told(c.thread, unproven, words)
				a.provesAs(c.of, "request-sent", unproven+": "+words)
			}
			w.kept(before, words)
		}
		r.said(presenting(theirs, inJSON(object{}))) // to a prover
		r.told(theirs, unproven, "there is no such proof")
		r.said(acking(presentProof, theirs))
		a.provesAs(y, "request-received", "")
		w.kept(before, "steps that are not due")
		// What is no proof of anything ends the request as not verified, once; nothing comes after it.
		r.said(presenting(thread, inJSON(object{"@context": []string{"https://www.w3.org/2018/credentials/v1"}, "type": []string{"VerifiablePresentation"}})))
		if ended := a.Get(proofRecords + x); ended["state"] != "done" || ended["verified"] != "false" {
			t.Errorf("a presentation of nothing is %v, %v", ended["state"], ended["verified"])
		}
		r.said(presenting(thread, inJSON(object{})))
		r.told(thread, unproven, "the proof is done")
		w.kept(before, "a presentation after its end")
		again := maps.Clone(begun)
		again["@id"], again["~thread"] = "another", object{"thid": theirs}
		foe.said(again)
		before["proofs"]++
		w.kept(before, "another's request is another proof")
		a.provesAs(y, "request-received", "")
	})
}
