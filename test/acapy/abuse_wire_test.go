package acapy

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/test/peers"
)

// forbiddenURL is where no server goes.
const forbiddenURL = "http://10.0.0.1/"

// office is a client of the native API that acts in a wallet.
func (a *agent) office() *sdk.Client {
	a.w.t.Helper()
	inside := a.w.native(a.w.operator)
	scope := a.w.open().QueryRowContext(a.w.t.Context(), `SELECT t.slug, o.id FROM tenants t JOIN organisations o ON o.tenant_id = t.id WHERE t.name = $1`, a.Name)
	done(scope.Scan(&inside.Tenant, &inside.Organisation))
	return inside
}

// TestRedirects: a peer's endpoint that redirects is followed once, and never to where this server may not go. What cannot be delivered
// says why in its record, which keeps its state; when the peer is where it should be, it is sent again and goes on to its end.
func TestRedirects(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		a := w.wallet("acme")
		var astray atomic.Int64
		nowhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { astray.Add(1) }))
		t.Cleanup(nowhere.Close)
		to := func(status int, url string) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				if url != "" {
					w.Header().Set("Location", url)
				}
				w.WriteHeader(status)
			}
		}
		hop := httptest.NewServer(to(http.StatusTemporaryRedirect, nowhere.URL))
		t.Cleanup(hop.Close)
		away := httptest.NewServer(to(http.StatusPermanentRedirect, forbiddenURL))
		t.Cleanup(away.Close)
		type sent struct {
			r         *raw
			x, thread string
		}
		var all []sent
		want := map[string]string{} // record -> why
		for _, c := range []struct {
			how http.HandlerFunc
			why string
		}{
			{to(http.StatusTemporaryRedirect, forbiddenURL), "endpoint-not-allowed"},
			{to(http.StatusPermanentRedirect, "https://[::ffff:169.254.169.254]/latest"), "endpoint-not-allowed"},
			{to(http.StatusTemporaryRedirect, "file:///etc/passwd"), "endpoint-not-allowed"},
			{to(http.StatusTemporaryRedirect, ""), "endpoint-not-allowed"},
			{to(http.StatusTemporaryRedirect, away.URL), "peer-refused"}, // a second hop
			{to(http.StatusTemporaryRedirect, hop.URL), "peer-refused"},
			{to(http.StatusSeeOther, nowhere.URL), "peer-refused"},
			{to(http.StatusFound, nowhere.URL), "peer-refused"},
			{to(http.StatusMovedPermanently, nowhere.URL), "peer-refused"},
		} {
			r := w.stranger().meets(a)
			r.answers(c.how)
			offered := a.Post("/issue-credential-2.0/send-offer", object{
				"connection_id": r.toRaw, "auto_issue": true,
				"filter": object{"ld_proof": object{"credential": resident(did(a.Controller)), "options": ed2018}},
			})
			x := peers.Text(offered, "/cred_ex_id")
			want[x] = "undelivered: " + c.why
			all = append(all, sent{r, x, peers.Text(offered, "/thread_id")})
		}
		before := w.census()
		for _, s := range all {
			a.Until(credentialRecords+s.x, object{"cred_ex_record": object{"state": "offer-sent", "error_msg": want[s.x]}})
			a.Hears("issue_credential_v2_0", object{"cred_ex_id": s.x, "error_msg": want[s.x]})
			a.get("/connections/"+s.r.toRaw).equal("/rfc23_state", "completed")
		}
		if n := astray.Load(); n != 0 {
			t.Errorf("%d calls went astray", n)
		}
		w.kept(before, "letters that are dead")
		inside := a.office()
		dead := must(inside.ListLetters(t.Context(), sdk.LetterQuery{State: "dead"})).Items
		if len(dead) != len(all) {
			t.Errorf("%d letters are dead", len(dead))
		}
		for _, s := range all {
			s.r.answers(nil)
		}
		for _, letter := range dead {
			_ = must(inside.ReviveLetter(t.Context(), letter.ID))
		}
		for _, s := range all {
			offered := content(s.r.hears("offer-credential", object{"@id": s.thread}), "offers~attach")
			s.r.said(requesting(s.thread, inBase64(offered)))
			s.r.hears("issue-credential", object{"~thread": object{"thid": s.thread}})
			s.r.said(acking(issueCredential, s.thread))
			a.stands(s.x, "done", "")
		}

		// One hop is followed, and a peer that is away is tried again; each message comes once.
		r, friend := w.stranger().meets(a), w.stranger().meets(a)
		moved := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
			r.answers(nil)
			r.ServeHTTP(w, request)
		}))
		t.Cleanup(moved.Close)
		r.answers(to(http.StatusTemporaryRedirect, moved.URL))
		var tries atomic.Int64
		friend.answers(func(w http.ResponseWriter, _ *http.Request) {
			if tries.Add(1) == 2 {
				friend.answers(nil)
			}
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		for _, one := range []*raw{r, friend} {
			a.Post("/connections/"+one.toRaw+"/send-message", object{"content": "are you there?"})
			one.hears("message", object{"content": "are you there?"})
			one.silent("what was tried again")
		}
	})
}

// TestForbiddenEndpoints: an endpoint where this server does not go is refused wherever a peer says it: in an invitation, in the DID of
// an invitation, a request, a response or a rotation, and beside a message without a connection.
func TestForbiddenEndpoints(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		a := w.wallet("acme")
		at := func(endpoint string) *raw {
			r := w.stranger()
			r.self.Endpoint = endpoint
			return r
		}
		before := w.census()
		for _, endpoint := range []string{
			forbiddenURL, "https://10.0.0.1/", "https://192.168.1.1:8443/didcomm", "https://169.254.169.254/latest", "https://[::ffff:10.0.0.1]/", "https://[fe80::1]/",
			"https://100.64.0.1/", "https://0.0.0.0/", "http://example.com/", "https://user:password@example.com/", "ftp://example.com/", "file:///etc/passwd", "ws://10.0.0.1/",
		} {
			r := at(endpoint)
			for what, service := range map[string]any{
				"inline":     object{"id": "#inline", "type": "did-communication", "serviceEndpoint": endpoint, "recipientKeys": []string{r.own.Key.DIDKey()}},
				"did:peer:2": must(r.self.Encode2()), "did:peer:4": must(r.self.Encode4()),
			} {
				answer := a.post("/out-of-band/receive-invitation?auto_accept=true", inviting([]any{service}))
				if answer.Exchange.Status != http.StatusForbidden {
					answer.Errorf("%s at %s", what, endpoint)
				}
			}
		}
		for _, endpoint := range []string{forbiddenURL, "https://10.0.0.1/"} {
			static := a.post("/connections/create-static", object{"their_verkey": at(endpoint).own.Key.String(), "their_endpoint": strings.TrimSuffix(endpoint, "/")})
			static.refused(http.StatusForbidden, "the peer's endpoint may not be spoken to")
			asked := a.post("/didexchange/create-request?their_public_did="+must(at(endpoint).self.Encode4()), nil)
			asked.refused(http.StatusForbidden, "the peer's endpoint may not be spoken to")
		}
		nobody := a.post("/didexchange/create-request?their_public_did=did:web:10.0.0.1", nil)
		nobody.holds(nobody.Exchange.Status/100 == 4, "a DID in a private network")
		w.kept(before, "invitations to where this server does not go")

		// A request of somebody there is answered to nobody; the invitation is as good as it was.
		made := a.post("/out-of-band/create-invitation?auto_accept=true", object{"handshake_protocols": []string{didcomm.DIDExchange11}}).succeeds()
		before = w.census()
		foe := at(forbiddenURL)
		foe.theirs = invitedKey(made)
		foe.said(foe.asks(made))
		w.settled()
		w.kept(before, "a request from where this server does not go")
		r := w.stranger()
		r.theirs = invitedKey(made)
		request := r.asks(made)
		r.said(request)
		r.answered(peers.Text(request, "/@id"), peers.Text(request, "/~thread/pthid"))
		toRaw := peers.Text(a.Hears("connections", object{"invitation_msg_id": made.At("/invi_msg_id"), "rfc23_state": "completed"}), "/connection_id")

		// A rotation to there is refused, and the connection stays where it is.
		before = w.census()
		rotate := message("did-rotate/1.0/rotate", "", object{"to_did": must(at(forbiddenURL).self.Encode4())})
		r.said(rotate)
		r.told(peers.Text(rotate, "/@id"), "e.did.unresolvable", "endpoint-not-allowed")
		a.Post("/connections/"+toRaw+"/send-message", object{"content": "still there?"})
		r.hears("message", object{"content": "still there?"})
		w.kept(before, "a rotation to where this server does not go")

		// A response from there ends the handshake, which says why; who invited is told at the invitation's endpoint.
		inviter := w.stranger()
		taken := a.post("/out-of-band/receive-invitation?auto_accept=true", inviting([]any{object{
			"id": "#inline", "type": "did-communication", "serviceEndpoint": inviter.self.Endpoint, "recipientKeys": []string{inviter.own.Key.DIDKey()},
		}})).succeeds()
		asked := inviter.hears("request", object{})
		inviter.theirs = senderOf(peers.Text(asked, "/did"))
		elsewhere := inviter.self
		elsewhere.Endpoint = forbiddenURL
		response := inviter.responds(asked, must(elsewhere.Encode4()))
		inviter.said(response)
		inviter.told(peers.Text(asked, "/@id"), "response_not_accepted", "endpoint-not-allowed")
		ended := a.get("/connections/" + taken.Text("/connection_id"))
		ended.equal("/rfc23_state", "abandoned").holds(strings.HasPrefix(ended.Text("/error_msg"), "response_not_accepted: endpoint-not-allowed"), "error_msg")
		inviter.said(inviter.responds(asked, must(inviter.self.Encode4())))
		inviter.silent("a response after its end")
		a.get("/connections/"+taken.Text("/connection_id")).equal("/rfc23_state", "abandoned")

		// Without a connection: whoever says it is there is not answered, nothing is issued, and the offer waits for somebody else.
		offer := a.post("/issue-credential-2.0/create-offer", object{"auto_issue": true, "filter": object{"ld_proof": object{"credential": resident(did(a.Controller)), "options": ed2018}}})
		x, thread := offer.Text("/cred_ex_id"), offer.Text("/thread_id")
		alone := a.post("/out-of-band/create-invitation", object{"attachments": []object{{"id": x, "type": "credential-offer"}}}).succeeds()
		detail := content(object{"offers~attach": peers.At(alone.At("/invitation/requests~attach/0/data/json"), "/offers~attach")}, "offers~attach")
		before = w.census()
		takes := func(who *raw) object {
			who.theirs = invitedKey(alone)
			m := requesting(thread, inBase64(detail))
			m["~thread"].(object)["pthid"] = alone.Text("/invi_msg_id")
			m["~service"] = object{"recipientKeys": []string{who.own.Key.String()}, "serviceEndpoint": who.self.Endpoint}
			return m
		}
		if status := foe.says(takes(foe)); status != http.StatusBadRequest {
			t.Errorf("who is where this server does not go is answered %d", status)
		}
		w.kept(before, "a request from where this server does not go, without a connection")
		a.stands(x, "offer-sent", "")
		friend, late := w.stranger(), w.stranger()
		friend.said(takes(friend))
		friend.hears("issue-credential", object{"~thread": object{"thid": thread}})
		if status := late.says(takes(late)); status != http.StatusBadRequest {
			t.Errorf("who comes second is answered %d", status)
		}
		late.silent("what somebody else has taken")
		friend.said(acking(issueCredential, thread))
		a.stands(x, "done", "")
	})
}

// inviting is an invitation to services.
func inviting(services []any) object {
	return object{
		"@type": "https://didcomm.org/out-of-band/1.1/invitation", "@id": uuid.NewString(), "label": "raw",
		"handshake_protocols": []string{didcomm.DIDExchange11}, "services": services,
	}
}
