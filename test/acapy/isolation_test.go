package acapy

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/test/peers"
)

// bodies are what an operation that addresses a record wants to be asked with; others are asked with nothing.
var bodies = map[string]object{
	"POST /connections/{conn_id}/metadata":                           {"metadata": object{"a": "b"}},
	"POST /connections/{conn_id}/send-message":                       {"content": "x"},
	"POST /connections/{conn_id}/send-ping":                          {"comment": "x"},
	"POST /did-rotate/{conn_id}/rotate":                              {"to_did": "did:peer:4zQmb7xLdVY9TXx8oov5XgpGUmGELgqiAV2699s43i6Qdm3M"},
	"POST /didexchange/{conn_id}/reject":                             {"reason": "x"},
	"POST /issue-credential-2.0/records/{cred_ex_id}/issue":          {"comment": "x"},
	"POST /issue-credential-2.0/records/{cred_ex_id}/problem-report": {"description": "x"},
	"POST /issue-credential-2.0/records/{cred_ex_id}/send-offer":     {},
	"POST /issue-credential-2.0/records/{cred_ex_id}/send-request":   {},
	"POST /issue-credential-2.0/records/{cred_ex_id}/store":          {},
	"POST /mediation/keylists/{mediation_id}/send-keylist-query":     {"filter": object{}},
	"POST /mediation/keylists/{mediation_id}/send-keylist-update":    {"updates": []object{{"action": "add", "recipient_key": "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH"}}},
	"POST /mediation/request/{conn_id}":                              {},
	"POST /mediation/requests/{mediation_id}/deny":                   {},
	"POST /mediation/update-keylist/{conn_id}":                       {"mediation_id": "00000000-0000-4000-8000-000000000000"},
	"PUT /multitenancy/wallet/{wallet_id}":                           {"label": "x"},
	"DELETE /multitenancy/wallet/{wallet_id}":                        {},
	"POST /multitenancy/wallet/{wallet_id}/remove":                   {},
	"POST /multitenancy/wallet/{wallet_id}/token":                    {},
	"POST /present-proof-2.0/records/{pres_ex_id}/problem-report":    {"description": "x"},
	"POST /present-proof-2.0/records/{pres_ex_id}/send-presentation": {"dif": object{}},
	"POST /present-proof-2.0/records/{pres_ex_id}/send-request":      {},
	"PUT /mediation/{mediation_id}/default-mediator":                 {},
}

// public are operations about what everybody may know.
var public = map[string]bool{"GET /resolver/resolve/{did}": true}

// repeatable are operations that answer for what is not there as for what was.
var repeatable = map[string]bool{"DELETE /out-of-band/invitations/{invi_msg_id}": true}

// TestIsolation: whatever a wallet has answers the token of another wallet as if it were not there, is in no list of its, and cannot
// be used by it; nothing comes of the attempts.
func TestIsolation(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		issuer, holder, stranger := w.wallet("northern"), w.wallet("southern"), w.wallet("stranger")
		p := connect(t, issuer.Controller, holder.Controller, "1.1")
		mine := did(p.issuer)
		x := p.issue(resident(mine), object{"proofType": "Ed25519Signature2018", "credentialStatus": object{"type": "StatusList2021Entry"}})
		y := p.prove(x)
		open := p.issuer.Post("/out-of-band/create-invitation", object{"handshake_protocols": []string{"https://didcomm.org/didexchange/1.1"}})
		asked := p.holder.Post("/mediation/request/"+p.toIssuer, object{})
		key := p.issuer.Post("/wallet/keys", object{"kid": "northern-key"})
		revocation := p.issuer.Get("/revocation/credential-record?cred_ex_id=" + x.issuer)
		list := peers.Text(revocation, "/result/rev_reg_id")
		w.settled()

		theirs := map[string][]string{
			"conn_id": {p.toHolder, p.toIssuer}, "cred_ex_id": {x.issuer, x.holder}, "pres_ex_id": {y.verifier, y.prover},
			"credential_id": {"credential-" + x.holder, x.holder}, "wallet_id": {issuer.id, holder.id},
			"invi_msg_id": {peers.Text(open, "/invi_msg_id")}, "mediation_id": {peers.Text(asked, "/mediation_id")},
			"multikey": {peers.Text(key, "/multikey")}, "rev_reg_id": {list},
		}
		unknown := uuid.NewString()
		var secrets []string
		for name, ids := range theirs {
			if name != "rev_reg_id" { // that of a list is public
				secrets = append(secrets, ids...)
			}
		}
		secrets = append(secrets, "ALICE", "SMITH", mine, x.did, "northern", "southern", peers.Text(open, "/oob_id"))
		// silent says that an answer tells nothing but what was asked with.
		silent := func(r *reply, asked string) {
			t.Helper()
			for _, secret := range secrets {
				if !strings.Contains(asked, secret) && bytes.Contains(r.Exchange.Body, []byte(secret)) {
					r.Errorf("it tells %q", secret)
				}
			}
		}
		shut := func(r *reply, asked string) {
			t.Helper()
			if s := r.Exchange.Status; s < http.StatusBadRequest || s == http.StatusUnprocessableEntity || s >= http.StatusInternalServerError {
				r.Errorf("want a refusal")
				return
			}
			silent(r, asked)
			covered.Refused(r.Exchange.Operation, r.Exchange.Status, "")
		}
		before := w.counts()

		for _, o := range described {
			if _, not := notOffered(o); not || public[o.Name()] {
				continue
			}
			at := strings.Index(o.pattern, "{")
			if at < 0 {
				if o.method == http.MethodGet && o.tag != "server" {
					silent(stranger.get(o.pattern), "")
				}
				continue
			}
			name := o.pattern[at+1 : strings.Index(o.pattern, "}")]
			ids, ok := theirs[name]
			if !ok {
				t.Errorf("%s: the walk does not know %s", o.Name(), name)
			}
			for _, id := range ids {
				fill := func(id string) string { return strings.Replace(o.pattern, "{"+name+"}", url.PathEscape(id), 1) }
				var body any
				if given, ok := bodies[o.Name()]; ok {
					body = given
				}
				got := stranger.send(o.method, fill(id), body)
				if repeatable[o.Name()] {
					got.equal("", object{})
				} else {
					shut(got, id)
				}
				if none := stranger.send(o.method, fill(unknown), body); name != "multikey" && none.Exchange.Status != got.Exchange.Status {
					got.Errorf("one that is not there is answered %d", none.Exchange.Status)
				}
			}
		}

		// What is another's is no part of anything.
		credential := resident(mine)
		for path, body := range map[string]object{
			"/issue-credential-2.0/send-offer": {"connection_id": p.toHolder, "filter": object{"ld_proof": object{"credential": credential, "options": ed2018}}},
			"/present-proof-2.0/send-request": {"connection_id": p.toHolder, "presentation_request": object{
				"dif": object{"presentation_definition": definition(), "options": object{"challenge": uuid.NewString()}},
			}},
			"/out-of-band/create-invitation": {"attachments": []object{{"id": x.issuer, "type": "credential-offer"}}},
			"/revocation/revoke":             {"cred_ex_id": x.issuer, "publish": true},
			"/vc/credentials/issue":          {"credential": credential, "options": ed2018},
			"/vc/presentations/prove":        {"presentation": object{"@context": credential["@context"], "type": []string{"VerifiablePresentation"}, "verifiableCredential": []object{x.stored}, "holder": x.did}, "options": ed2018},
			"/wallet/jwt/sign":               {"did": mine, "headers": object{}, "payload": object{"a": "b"}},
			"/wallet/set-did-endpoint":       {"did": mine, "endpoint": "https://stranger.example"},
			"/wallet/did/public?did=" + mine: nil,
		} {
			if body == nil {
				shut(stranger.post(path, nil), path)
				continue
			}
			shut(stranger.post(path, body), string(must(json.Marshal(body))))
		}
		shut(stranger.send(http.MethodPatch, "/wallet/did/local/rotate-keypair?did="+mine, nil), mine)
		shut(stranger.get("/wallet/get-did-endpoint?did="+mine), mine)
		for _, path := range []string{
			"/revocation/credential-record?cred_ex_id=" + x.issuer, "/revocation/credential-record?rev_reg_id=" + list + "&cred_rev_id=1",
		} {
			shut(stranger.get(path), path)
		}
		for _, path := range []string{
			"/connections?connection_id=" + p.toHolder, "/connections?their_did=" + x.did, "/issue-credential-2.0/records?connection_id=" + p.toHolder,
			"/present-proof-2.0/records?connection_id=" + p.toHolder, "/wallet/did?did=" + mine, "/out-of-band/invitations?oob_id=" + peers.Text(open, "/oob_id"),
		} {
			silent(stranger.get(path), path)
		}
		w.settled()
		w.unchanged(before, "what the stranger tried")
		p.is(p.issuer.Get("/issue-credential-2.0/records/"+x.issuer), object{"cred_ex_record": object{"state": "done"}})
		p.is(p.issuer.Get("/revocation/credential-record?cred_ex_id="+x.issuer), object{"result": object{"state": "issued"}})
		p.is(p.holder.Get("/credential/w3c/credential-"+x.holder), object{"record_id": "credential-" + x.holder})
		p.is(p.issuer.Get("/settings"), object{"wallet.type": "askar"})
	})
}
