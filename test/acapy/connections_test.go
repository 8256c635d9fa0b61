package acapy

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/test/peers"
)

// webDID makes a did:web of a wallet's, whose document the server publishes.
func (a *agent) webDID(name string) string {
	a.w.t.Helper()
	_, host, _ := strings.Cut(a.w.config.PublicURL, "://")
	host = strings.ReplaceAll(host, ":", "%3A")
	made := a.post("/wallet/did/create", object{"method": "web", "options": object{"key_type": "ed25519", "did": "did:web:" + host + ":agents:" + name}})
	return made.equal("/result/method", "web").equal("/result/posture", "posted").Text("/result/did")
}

// found waits until a list has something, and gives the first.
func (a *agent) found(path string) any {
	a.w.t.Helper()
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if all, _ := a.Get(path)["results"].([]any); len(all) > 0 {
			return all[0]
		}
		if time.Now().After(end) {
			a.w.t.Fatalf("%s: %s has nothing", a.Name, path)
		}
	}
}

// TestRequests: connections that begin without an invitation: with a static peer, with a DID alone, and with a request that came another
// way than in an envelope.
func TestRequests(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		inviter, invitee := w.wallet("inviter"), w.wallet("invitee")
		const verkey = "9yC565YG87EydmjaZoFAxy9K2BsSeYF5UJBxzikmG9Nk"
		static := inviter.post("/connections/create-static", object{"their_verkey": verkey, "their_endpoint": w.url + "/didcomm", "alias": "Static"})
		static.equal("/their_verkey", verkey).equal("/my_endpoint", w.url+"/didcomm").equal("/record/alias", "Static").equal("/record/rfc23_state", "completed").succeeded()
		inviter.post("/connections/create-static", object{"my_seed": "x"}).refused(http.StatusBadRequest, "…")
		inviter.post("/connections/create-static", object{}).refused(http.StatusBadRequest, "…")

		handshake := []string{"https://didcomm.org/didexchange/1.1"}
		to := inviter.post("/out-of-band/create-invitation", object{"handshake_protocols": handshake, "use_did_method": "did:peer:4"}).Text("/invitation/services/0")
		asked := invitee.post("/didexchange/create-request?alias=By+DID&their_public_did="+url.QueryEscape(to), nil)
		asked.equal("/rfc23_state", "request-sent").equal("/alias", "By DID").equal("/connection_protocol", "didexchange/1.1").succeeded()
		// It is a public DID of nobody's, and so nobody answers for it.
		invitee.Until("/connections/"+asked.Text("/connection_id"), object{"rfc23_state": "abandoned", "error_msg": "request_not_accepted"})
		invitee.post("/didexchange/create-request", nil).status(http.StatusUnprocessableEntity)
		invitee.post("/didexchange/create-request?their_public_did="+did(inviter.Controller), nil).refused(http.StatusBadRequest, "…")

		open := inviter.post("/out-of-band/create-invitation", object{"handshake_protocols": handshake})
		mine := invitee.post("/wallet/did/create", object{"method": "did:peer:4"}).succeeds().Text("/result/did")
		request := object{
			"@type": "https://didcomm.org/didexchange/1.1/request", "@id": uuid.NewString(), "label": "By hand", "did": mine,
			"~thread": object{"pthid": open.Text("/invi_msg_id")},
		}
		taken := inviter.post("/didexchange/receive-request", request)
		taken.equal("/rfc23_state", "request-received").equal("/their_label", "By hand").equal("/invitation_msg_id", open.Text("/invi_msg_id")).succeeded()
		inviter.get("/connections/"+taken.Text("/connection_id")).equal("/their_label", "By hand").equal("/rfc23_state", "request-received")
		inviter.post("/didexchange/receive-request", request).refused(http.StatusBadRequest, "…")
		request["did"], request["@id"] = "did:nope:1", uuid.NewString()
		inviter.post("/didexchange/receive-request", request).refused(http.StatusBadRequest, "…")
		inviter.post("/didexchange/receive-request", object{}).refused(http.StatusUnprocessableEntity, "…")
	})
}

// TestMediation: a request for mediation that is denied, and one that is granted, with its list of keys.
func TestMediation(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		client, mediator := w.wallet("client"), w.wallet("mediator")
		p := connect(t, client.Controller, mediator.Controller, "1.1")
		const requests, keylists = "/mediation/requests/", "/mediation/keylists/"
		ask := func() (mine, theirs string) {
			t.Helper()
			mine = client.post("/mediation/request/"+p.toHolder, object{}).equal("/state", "request").succeeded().Text("/mediation_id")
			return mine, peers.Text(mediator.found("/mediation/requests?state=request"), "/mediation_id")
		}
		mine, theirs := ask()
		mediator.post(requests+theirs+"/deny", object{}).equal("/@type", "https://didcomm.org/coordinate-mediation/1.0/mediate-deny").succeeded()
		mediator.post(requests+theirs+"/deny", object{}).refused(http.StatusBadRequest, "…")
		client.Until(requests+mine, object{"state": "denied"})
		client.remove(requests+mine).equal("/mediation_id", mine).succeeded()
		client.get(requests+mine).refused(http.StatusNotFound, "…")
		client.remove(requests+mine).refused(http.StatusNotFound, "…")
		mediator.remove(requests+theirs).equal("/state", "denied")

		mine, theirs = ask()
		mediator.post(requests+theirs+"/grant", object{}).equal("/endpoint", w.url+"/didcomm").succeeded()
		client.Until(requests+mine, object{"state": "granted"})
		const key = "did:key:z6MkpTHR8VNsBxYAAWHut2Geadd9jSwuBV8xRoAnwWsdvktH"
		add := object{"updates": []object{{"recipient_key": key, "action": "add"}}}
		sent := client.post(keylists+mine+"/send-keylist-update", add)
		sent.equal("/updates/0/action", "add").equal("/@type", "https://didcomm.org/coordinate-mediation/1.0/keylist-update").succeeded()
		p.is(mediator.found("/mediation/keylists?role=server"), object{"record_id": theirs, "role": "server"})
		client.post(keylists+mine+"/send-keylist-update", object{"updates": []object{{"recipient_key": "x", "action": "add"}}}).refused(http.StatusUnprocessableEntity, "…")
		mediator.post(keylists+theirs+"/send-keylist-update", add).refused(http.StatusNotFound, "…")
		asked := client.post(keylists+mine+"/send-keylist-query?paginate_limit=5", object{})
		asked.equal("/@type", "https://didcomm.org/coordinate-mediation/1.0/keylist-query").equal("/paginate/limit", 5).succeeded()
		client.post(keylists+uuid.NewString()+"/send-keylist-query", object{}).refused(http.StatusNotFound, "…")
		other := connect(t, client.Controller, mediator.Controller, "1.1").toHolder
		whole := client.post("/mediation/update-keylist/"+other, object{"mediation_id": mine})
		whole.equal("/@type", "https://didcomm.org/coordinate-mediation/1.0/keylist-update").equal("/updates/0/action", "add").succeeded()
		client.post("/mediation/update-keylist/"+uuid.NewString(), object{"mediation_id": mine}).refused(http.StatusNotFound, "…")
	})
}
