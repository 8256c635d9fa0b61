package acapy

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/test/peers"
)

// TestWrongCalls: in each state of an exchange and of a proof, at each end, every step that is not due is 400 in ACA-Py's words, stores
// nothing and leaves the record as it was to the letter; then it ends done.
func TestWrongCalls(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		issuer, holder := w.wallet("issuer"), w.wallet("holder")
		p := connect(t, issuer.Controller, holder.Controller, "1.1")
		// wrong makes all calls of a record but one, at one end.
		wrong := func(a *agent, what, records, id, state string, calls map[string]object, due string) {
			t.Helper()
			w.settled()
			before, record := w.counts(), a.Get(records+id)
			for call, body := range calls {
				if call == due {
					continue
				}
				named := what
				if records == credentialRecords && call == "send-offer" { // which ACA-Py words otherwise
					named += " record"
				}
				for range 2 {
					a.post(records+id+"/"+call, body).refused(http.StatusBadRequest, named+" "+id+" in "+state+" state (must be …")
				}
			}
			if now := a.Get(records + id); !same(now, record) {
				t.Errorf("%s: the record is %v, before %v", state, now, record)
			}
			w.settled()
			w.unchanged(before, a.Name+": calls that are not due in "+state)
		}
		subject := did(p.holder)
		of := func(a *agent, id, state, due string) {
			t.Helper()
			wrong(a, "Credential exchange", credentialRecords, id, state, map[string]object{
				"send-offer": {}, "issue": {}, "store": {}, "send-request": {"holder_did": subject},
			}, due)
		}
		offered := p.issuer.Post("/issue-credential-2.0/send-offer", object{
			"connection_id": p.toHolder, "filter": object{"ld_proof": object{"credential": resident(did(p.issuer)), "options": withStatus}},
		})
		x := peers.Text(offered, "/cred_ex_id")
		y := peers.Text(p.holder.Hears("issue_credential_v2_0", object{"thread_id": offered["thread_id"], "state": "offer-received"}), "/cred_ex_id")
		of(issuer, x, "offer-sent", "")
		of(holder, y, "offer-received", "send-request")
		holder.post(credentialRecords+y+"/send-request", object{"holder_did": did(p.issuer)}).status(http.StatusBadRequest) // another's
		holder.post(credentialRecords+y+"/send-request", object{"holder_did": "did:key:z"}).holds(true, "").status(http.StatusBadRequest)
		holder.stands(y, "offer-received", "")
		p.holder.Post(credentialRecords+y+"/send-request", object{"holder_did": subject})
		p.issuer.Until(credentialRecords+x, object{"cred_ex_record": object{"state": "request-received"}})
		of(holder, y, "request-sent", "")
		of(issuer, x, "request-received", "issue")
		issuer.post("/revocation/revoke", object{"cred_ex_id": x}).status(http.StatusBadRequest) // before it is issued
		p.issuer.Post(credentialRecords+x+"/issue", object{})
		p.holder.Until(credentialRecords+y, object{"cred_ex_record": object{"state": "credential-received"}})
		of(issuer, x, "credential-issued", "")
		of(holder, y, "credential-received", "store")
		p.holder.Post(credentialRecords+y+"/store", object{"credential_id": "resident"})
		p.issuer.Until(credentialRecords+x, object{"cred_ex_record": object{"state": "done"}})
		of(issuer, x, "done", "")
		of(holder, y, "done", "")
		ends := func(a *agent, what, records, id, state string) {
			t.Helper()
			w.settled()
			before, record := w.counts(), a.Get(records+id)
			a.post(records+id+"/problem-report", object{"description": "x"}).refused(http.StatusBadRequest, what+" "+id+" in "+state+" state (must be open)…")
			if now := a.Get(records + id); !same(now, record) {
				t.Errorf("%s: the record is %v, before %v", state, now, record)
			}
			w.settled()
			w.unchanged(before, a.Name+": a report on what is "+state)
		}
		ends(issuer, "Credential exchange", credentialRecords, x, "done")
		ends(holder, "Credential exchange", credentialRecords, y, "done")
		given := issuer.Post("/issue-credential-2.0/send-offer", object{
			"connection_id": p.toHolder, "filter": object{"ld_proof": object{"credential": resident(did(p.issuer)), "options": ed2018}},
		})
		up := peers.Text(given, "/cred_ex_id")
		issuer.Post(credentialRecords+up+"/problem-report", object{"description": "x"})
		ends(issuer, "Credential exchange", credentialRecords, up, "abandoned")
		issuer.stands(x, "done", "")
		holder.stands(y, "done", "")

		proof := func(a *agent, id, state, due string) {
			t.Helper()
			wrong(a, "Presentation exchange", proofRecords, id, state, map[string]object{
				"send-request": {}, "send-presentation": {"dif": object{}}, "verify-presentation": {},
			}, due)
		}
		asked := p.issuer.Post("/present-proof-2.0/send-request", object{
			"connection_id": p.toHolder, "presentation_request": object{"dif": object{"presentation_definition": definition(), "options": object{"challenge": uuid.NewString()}}},
		})
		x = peers.Text(asked, "/pres_ex_id")
		y = peers.Text(p.holder.Hears("present_proof_v2_0", object{"thread_id": asked["thread_id"], "state": "request-received"}), "/pres_ex_id")
		proof(issuer, x, "request-sent", "")
		proof(holder, y, "request-received", "send-presentation")
		holder.post(proofRecords+y+"/send-presentation", object{"dif": object{"record_ids": object{"citizenship_input_1": []string{"none"}}}}).
			refused(http.StatusNotFound, "Record not found: vc_cred/none.")
		holder.provesAs(y, "request-received", "")
		p.holder.Post(proofRecords+y+"/send-presentation", object{"dif": object{"record_ids": object{"citizenship_input_1": []string{"resident"}}}})
		p.issuer.Until(proofRecords+x, object{"state": "presentation-received"})
		proof(issuer, x, "presentation-received", "verify-presentation")
		proof(holder, y, "presentation-sent", "")
		if judged := p.issuer.Post(proofRecords+x+"/verify-presentation", object{}); judged["verified"] != "true" {
			t.Errorf("the proof is %v", judged["verified"])
		}
		p.holder.Until(proofRecords+y, object{"state": "done"})
		proof(issuer, x, "done", "")
		proof(holder, y, "done", "")
		ends(issuer, "Presentation exchange", proofRecords, x, "done")
		ends(holder, "Presentation exchange", proofRecords, y, "done")

		// Steps of a handshake that was, at either end.
		w.settled()
		before := w.counts()
		for _, call := range []string{"accept-invitation", "accept-request", "reject"} {
			var body any
			if call == "reject" {
				body = object{"reason": "x"}
			}
			issuer.post("/didexchange/"+p.toHolder+"/"+call, body).refused(http.StatusBadRequest, "…")
			holder.post("/didexchange/"+p.toIssuer+"/"+call, body).refused(http.StatusBadRequest, "…")
		}
		w.settled()
		w.unchanged(before, "steps of a handshake that was")
		issuer.get("/connections/"+p.toHolder).equal("/rfc23_state", "completed").absent("/error_msg")
		holder.get("/connections/"+p.toIssuer).equal("/rfc23_state", "completed").absent("/error_msg")
	})
}

// TestBadInvitations: an invitation with two services or none, with what is no service, with no way to answer it, or with something
// amiss beside it is refused, and nothing is kept of it.
func TestBadInvitations(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		a := w.wallet("acme")
		r := w.stranger()
		service := func(members object) object {
			s := object{"id": "#inline", "type": "did-communication", "serviceEndpoint": r.self.Endpoint, "recipientKeys": []string{r.own.Key.DIDKey()}}
			for name, value := range members {
				s[name] = value
			}
			return s
		}
		one := service(nil)
		with := func(members object) object {
			m := inviting([]any{one})
			for name, value := range members {
				if m[name] = value; value == nil {
					delete(m, name)
				}
			}
			return m
		}
		attached := func(m any) object {
			return with(object{"requests~attach": []object{{"@id": "a", "mime-type": "application/json", "data": m}}})
		}
		before := w.counts()
		for what, m := range map[string]any{
			"two services":          inviting([]any{one, service(object{"id": "#other"})}),
			"a service and a DID":   inviting([]any{one, must(r.self.Encode4())}),
			"two DIDs":              inviting([]any{must(r.self.Encode2()), must(r.self.Encode4())}),
			"no services":           inviting([]any{}),
			"services that are not": with(object{"services": nil}),
			"a service of a number": inviting([]any{1}),
			"a DID that is none":    inviting([]any{"acme"}),
			"a DID of nobody's":     inviting([]any{"did:peer:4zQmbejesA6qzitfFBTbviCJQrLB4ZV2X1TxYUcHpbdeG65t"}),
			"no key":                inviting([]any{service(object{"recipientKeys": []string{}})}),
			"a key that is none":    inviting([]any{service(object{"recipientKeys": []string{"did:key:z6Mk"}})}),
			"100 keys":              inviting([]any{service(object{"recipientKeys": strings.Fields(strings.Repeat(r.own.Key.DIDKey()+" ", 100))})}),
			"100 routing keys":      inviting([]any{service(object{"routingKeys": strings.Fields(strings.Repeat(r.own.Key.DIDKey()+" ", 100))})}),
			"no endpoint":           inviting([]any{service(object{"serviceEndpoint": ""})}),
			"no handshake":          with(object{"handshake_protocols": nil}),
			"another handshake":     with(object{"handshake_protocols": []string{"https://didcomm.org/connections/1.0"}}),
			"an old invitation":     object{"@type": "https://didcomm.org/connections/1.0/invitation", "@id": uuid.NewString(), "label": "x", "recipientKeys": []string{r.own.Key.String()}, "serviceEndpoint": r.self.Endpoint},
			"another message":       message("trust_ping/1.0/ping", "", object{"services": []any{one}}),
			"an id with U+0000":     with(object{"@id": "a\x00b"}),
			"an id of 2 KiB":        with(object{"@id": strings.Repeat("a", 2048)}),
			"no message beside it":  attached(inJSON(object{"a": 1})),
			"no JSON beside it":     attached(object{"base64": "AAAA"}),
			"a link beside it":      attached(object{"links": []string{"http://10.0.0.1/"}}),
			"a depth beside it":     attached(object{"base64": inBase64(nested(5000))["base64"]}),
			"a thread with U+0000":  attached(inJSON(offering("a\x00b", inBase64("{}")))),
		} {
			answer := a.post("/out-of-band/receive-invitation?auto_accept=true", m)
			if status := answer.Exchange.Status; status != http.StatusBadRequest && status != http.StatusUnprocessableEntity && (status != http.StatusNotFound || what != "a DID of nobody's") {
				answer.Errorf("%s", what)
			}
		}
		w.unchanged(before, "bad invitations")
		r.silent("bad invitations")

		// What comes along and begins nothing is passed over: an invitation is not signed, and anybody may have put it there. What is no
		// offer that can be read is told to who invited. Neither makes a record, nor another connection than was made.
		census := w.census()
		foe := w.stranger()
		foul := []object{
			message("did-rotate/1.0/rotate", "", object{"to_did": must(foe.self.Encode4())}), message("did-rotate/1.0/hangup", ""),
			message("basicmessage/1.0/message", "", object{"content": "pay us"}), message("trust_ping/1.0/ping", ""), message("unheard-of/1.0/x", ""),
			message("coordinate-mediation/1.0/mediate-request", ""), acking(issueCredential, uuid.NewString()),
			issuing(uuid.NewString(), inBase64("{}")), requesting("", inBase64(object{"credential": object{}, "options": ed2018})),
			offering("", object{"links": []string{"http://10.0.0.1/"}}),
		}
		var requests []object
		for i, m := range foul {
			requests = append(requests, object{"@id": string(rune('a' + i)), "mime-type": "application/json", "data": inJSON(m)})
		}
		taken := a.post("/out-of-band/receive-invitation?auto_accept=true", with(object{"requests~attach": requests})).succeeds()
		asked := r.hears("request", object{})
		r.theirs = senderOf(peers.Text(asked, "/did"))
		r.said(r.responds(asked, must(r.self.Encode4())))
		r.hears("complete", object{})
		r.told(peers.Text(foul[len(foul)-1], "/@id"), abandoned, "the attachment cannot be read")
		w.settled()
		a.Until("/connections/"+taken.Text("/connection_id"), object{"rfc23_state": "completed"})
		census["connections"]++
		w.kept(census, "what came along")
		a.Post("/connections/"+taken.Text("/connection_id")+"/send-message", object{"content": "hello"})
		r.hears("message", object{"content": "hello"})
		r.silent("what came along")
		foe.silent("what came along")
		if n := w.number(`SELECT count(*) FROM notices WHERE topic IN ('basic-message', 'ping', 'mediation')`); n != 0 {
			t.Errorf("the controller is told %d times", n)
		}
		alone := attached(inJSON(foul[0]))
		delete(alone, "handshake_protocols")
		census = w.census()
		a.post("/out-of-band/receive-invitation", alone).refused(http.StatusBadRequest, "nothing that is asked for along with the invitation is offered here")
		w.kept(census, "an invitation to nothing")
	})
}

// TestSizes: what is attached may be large and deep up to what a message may be, and no more; what is too large to be answered says so.
func TestSizes(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		a := w.wallet("acme")
		r := w.stranger().meets(a)
		detail := func(member string) string {
			return `{"credential":{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiableCredential"],"x":` + member + `},"options":{"proofType":"Ed25519Signature2018"}}`
		}
		text := func(bytes int) string { return `"` + strings.Repeat("x", bytes) + `"` }
		before := w.census()
		for what, c := range map[string]struct {
			data  object
			words string
		}{
			"62 levels in base64":    {inBase64(detail(nested(62))), ""},
			"63 levels in base64":    {inBase64(detail(nested(63))), "the attachment cannot be read"},
			"5,000 levels in base64": {inBase64(detail(nested(5000))), "the attachment cannot be read"},
			"large in base64":        {inBase64(detail(text(2 << 20))), ""},
		} {
			m := offering("", c.data)
			r.said(m)
			if c.words == "" {
				before["exchanges"]++
			} else {
				r.told(peers.Text(m, "/@id"), abandoned, c.words)
			}
			w.kept(before, what)
		}
		for what, m := range map[string]object{
			"5,000 levels":      offering("", inJSON(json.RawMessage(detail(nested(5000))))),
			"levels of lists":   offering("", inJSON(json.RawMessage(detail(strings.Repeat("[", 100)+strings.Repeat("]", 100))))),
			"2,000 attachments": message(issueCredential+"/offer-credential", "", object{"formats": []object{}, "offers~attach": many(2000)}),
			"2,000 formats":     message(issueCredential+"/offer-credential", "", object{"formats": many(2000), "offers~attach": []object{}}),
		} {
			if status := r.says(m); status != http.StatusBadRequest {
				t.Errorf("%s is answered %d", what, status)
			}
			w.kept(before, what)
		}
		// An offer that fits into a message and whose request does not: the call is refused, and the record stays as it is.
		large := offering("", inJSON(json.RawMessage(detail(text(didcomm.MaxMessage-4096)))))
		r.said(large)
		before["exchanges"]++
		y := peers.Text(a.Hears("issue_credential_v2_0", object{"thread_id": large["@id"], "state": "offer-received"}), "/cred_ex_id")
		refused := a.post(credentialRecords+y+"/send-request", object{})
		if status := refused.Exchange.Status; status != http.StatusBadRequest {
			refused.Errorf("a request that is too large")
		}
		a.stands(y, "offer-received", "")
		w.kept(before, "a request that is too large")
		// What the API takes and a message cannot carry is refused too: the definition is deeper in the message than in the call.
		for levels := 40; levels < 60; levels++ {
			deep := definition()
			deep["x"] = json.RawMessage(nested(levels))
			for path, body := range map[string]object{
				"/present-proof-2.0/send-request":   {"connection_id": r.toRaw, "presentation_request": object{"dif": object{"presentation_definition": deep}}},
				"/present-proof-2.0/create-request": {"presentation_request": object{"dif": object{"presentation_definition": deep}}},
			} {
				answer := a.post(path, body)
				status := answer.Exchange.Status
				if status == http.StatusOK {
					before["proofs"]++
					if levels < 56 && strings.HasSuffix(path, "create-request") {
						beside := a.post("/out-of-band/create-invitation", object{"attachments": []object{{"id": answer.Text("/pres_ex_id"), "type": "present-proof"}}})
						if beside.Exchange.Status == http.StatusOK {
							before["oob_invitations"]++
						}
						status = beside.Exchange.Status
					}
				}
				if status != http.StatusOK && status != http.StatusBadRequest && status != http.StatusUnprocessableEntity {
					answer.Errorf("%d levels", levels)
				}
				w.kept(before, path)
			}
		}
		for _, m := range r.settledLeft() {
			if name, _ := m["@type"].(string); !strings.HasSuffix(name, "/request-presentation") {
				t.Errorf("there came %v", m)
			}
		}
		r.said(message("trust_ping/1.0/ping", ""))
		r.hears("ping_response", object{})
	})
}

func many(n int) (all []object) {
	for range n {
		all = append(all, object{"@id": uuid.NewString(), "attach_id": uuid.NewString(), "format": "x", "data": object{}})
	}
	return all
}
