package acapy

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/test/suite"
)

// TestNobody: every operation that is offered says to nobody that it does not know them; the two that anyone may ask answer other
// methods with 405.
func TestNobody(t *testing.T) {
	suite.Guard(t, func() {
		w := start(t, "sqlite", tenants())
		base := regexp.MustCompile(`^/(status|plugins|multitenancy)`)
		for _, o := range described {
			if _, not := notOffered(o); not {
				continue
			}
			path := prefix + regexp.MustCompile(`\{[^}]*\}`).ReplaceAllString(o.pattern, "00000000-0000-4000-8000-000000000000")
			switch {
			case o.pattern == "/status/live" || o.pattern == "/status/ready":
				r := w.send(http.MethodPost, path, nil, nobody).status(http.StatusMethodNotAllowed)
				covered.Refused(o, r.Exchange.Status, "")
			case base.MatchString(o.pattern):
				w.send(o.method, path, nil, nobody).refused(http.StatusUnauthorized, "API Key invalid or missing")
			default:
				w.send(o.method, path, nil, nobody).refused(http.StatusUnauthorized, "Authorization token missing or invalid")
				w.send(o.method, path, nil, bearer("eyJhbGciOiJIUzI1NiJ9.e30.AAAA")).refused(http.StatusUnauthorized, "Unauthorized")
			}
		}
	})
}

// TestServer: what is asked of the server, and of its wallets.
func TestServer(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		a := w.wallet("acme")
		admin := a.as(w.admin())
		admin.get("/status/live").equal("/alive", true).succeeded()
		admin.get("/status/ready").equal("/ready", true).succeeded()
		status := admin.get("/status")
		status.holds(status.Text("/version") != "", "the version").succeeded()
		admin.send(http.MethodPost, "/status/reset", nil).equal("", object{}).succeeded()
		config := admin.get("/status/config")
		config.holds(config.At("/config") != nil, "there is no configuration").succeeded()
		plugins := admin.get("/plugins")
		plugins.holds(strings.Contains(string(plugins.Exchange.Body), "issue_credential"), "no issue-credential").succeeded()
		wallets := admin.get("/multitenancy/wallets?wallet_name=acme")
		wallets.equal("/results/0/wallet_id", a.id).succeeded()
		admin.get("/multitenancy/wallet/"+a.id).equal("/settings/wallet.name", "acme").succeeded()
		admin.send(http.MethodPut, "/multitenancy/wallet/"+a.id, object{"label": "Acme"}).equal("/settings/default_label", "Acme").succeeded()
		token := admin.post("/multitenancy/wallet/"+a.id+"/token", object{})
		token.holds(strings.Count(token.Text("/token"), ".") == 2, "no token").succeeded()
		newest := a.as(bearer(token.Text("/token")))
		settings := newest.get("/settings")
		settings.holds(settings.At("/preserve_exchange_records") != nil, "no settings").succeeded()
		put := newest.send(http.MethodPut, "/settings", object{"extra_settings": object{"ACAPY_AUTO_STORE_CREDENTIAL": true}})
		put.holds(put.At("/debug.auto_store_credential") == true, "the setting is not there").succeeded()
		gone := admin.post("/multitenancy/wallet", object{"wallet_name": "gone", "wallet_key": "k", "wallet_type": "askar"})
		id := gone.equal("/settings/wallet.name", "gone").succeeded().Text("/wallet_id")
		admin.post("/multitenancy/wallet/"+id+"/remove", object{}).equal("", object{}).succeeded()
		admin.remove("/multitenancy/wallet/"+id).refused(http.StatusNotFound, "Record not found: wallet_record/"+id+".")
		other := admin.post("/multitenancy/wallet", object{"wallet_name": "other", "wallet_key": "k", "wallet_type": "askar"}).Text("/wallet_id")
		admin.remove("/multitenancy/wallet/"+other).equal("", object{}).succeeded()
	})
}

// TestWallet: DIDs, keys and tokens of a wallet.
func TestWallet(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		a := w.wallet("acme")
		made := a.post("/wallet/did/create", object{"method": "key", "options": object{"key_type": "ed25519"}})
		did := made.equal("/result/posture", "wallet_only").succeeded().Text("/result/did")
		a.get("/wallet/did?did="+did).equal("/results/0/did", did).succeeded()
		a.get("/wallet/did/public").equal("/result", nil).succeeded()
		key := a.post("/wallet/keys", object{"alg": "ed25519"})
		multikey := key.holds(strings.HasPrefix(key.Text("/multikey"), "z6Mk"), "no key").succeeded().Text("/multikey")
		a.send(http.MethodPut, "/wallet/keys", object{"multikey": multikey, "kid": "did:web:acme.example#one"}).equal("/kid", "did:web:acme.example#one").succeeded()
		a.get("/wallet/keys/"+multikey).equal("/multikey", multikey).succeeded()
		signed := a.post("/wallet/jwt/sign", object{"did": did, "headers": object{}, "payload": object{"hello": "world"}})
		jwt := strings.Trim(string(signed.Exchange.Body), "\"\n")
		signed.holds(strings.Count(jwt, ".") == 2, "no JWT").succeeded()
		a.post("/wallet/jwt/verify", object{"jwt": jwt}).equal("/valid", true).equal("/payload/hello", "world").succeeded()
		a.get("/resolver/resolve/"+did).equal("/did_document/id", did).succeeded()
		issued := a.post("/vc/credentials/issue", object{"credential": resident(did), "options": object{"proofType": "Ed25519Signature2018"}})
		issued.equal("/verifiableCredential/issuer", did).succeeded()
		credential := issued.At("/verifiableCredential")
		a.post("/vc/credentials/verify", object{"verifiableCredential": credential}).equal("/verified", true).succeeded()
		stored := a.post("/vc/credentials/store", object{"verifiableCredential": credential})
		one := stored.holds(stored.Text("/credentialId") != "", "no id").succeeded().Text("/credentialId")
		a.get("/vc/credentials").equal("/results/0/issuer", did).succeeded()
		a.get("/credential/w3c/"+one).equal("/record_id", one).succeeded()
		a.post("/credentials/w3c", object{}).equal("/results/0/record_id", one).succeeded()
		a.get("/credentials").equal("/results", []any{}).succeeded()
		a.remove("/credential/w3c/"+one).equal("", object{}).succeeded()
		a.get("/credential/w3c/"+one).refused(http.StatusNotFound, "…")
	})
}

// TestRecords: what is listed, read and deleted of connections, exchanges and proofs; and what a wallet sees of another's: nothing.
func TestRecords(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		issuer, holder, stranger := w.wallet("issuer"), w.wallet("holder"), w.wallet("stranger")
		p := connect(t, issuer.Controller, holder.Controller, "1.1")
		x := p.issue(resident(did(p.issuer)), ed2018)
		y := p.prove(x)
		connection, exchange, proof := "/connections/"+p.toHolder, "/issue-credential-2.0/records/"+x.issuer, "/present-proof-2.0/records/"+y.verifier
		for path, says := range map[string]string{connection: "connection/" + p.toHolder, exchange: "cred_ex_v20/" + x.issuer, proof: "pres_ex_v20/" + y.verifier} {
			stranger.get(path).refused(http.StatusNotFound, "Record not found: "+says+".")
			stranger.remove(path).refused(http.StatusNotFound, "Record not found: "+says+".")
			stranger.get(path[:strings.LastIndex(path, "/")]).equal("/results", []any{}).succeeded()
		}
		issuer.get("/connections?state=active").equal("/results/0/connection_id", p.toHolder).succeeded()
		issuer.get(connection).equal("/alias", "Holder").succeeded()
		ends := issuer.get(connection + "/endpoints")
		ends.holds(strings.HasSuffix(ends.Text("/their_endpoint"), "/didcomm"), "the endpoint").succeeded()
		issuer.post(connection+"/metadata", object{"metadata": object{"desk": object{"n": 1}}}).equal("/results/desk/n", 1).succeeded()
		issuer.get(connection+"/metadata").equal("/results/desk/n", 1).succeeded()
		ping := issuer.post(connection+"/send-ping", object{"comment": "hi"})
		ping.holds(ping.Text("/thread_id") != "", "no thread").succeeded()
		issuer.post(connection+"/send-message", object{"content": "hello"}).equal("", object{}).succeeded()
		p.holder.Hears("basicmessages", object{"content": "hello", "connection_id": p.toIssuer})
		issuer.get("/issue-credential-2.0/records?state=done").equal("/results/0/cred_ex_record/cred_ex_id", x.issuer).succeeded()
		issuer.get(exchange).equal("/cred_ex_record/state", "done").succeeded()
		issuer.post(exchange+"/issue", object{}).refused(http.StatusBadRequest, "Credential exchange "+x.issuer+" in done state (must be request-received).")
		issuer.get(exchange).equal("/cred_ex_record/state", "done") // a wrong call leaves it as it is
		issuer.get("/present-proof-2.0/records").equal("/results/0/pres_ex_id", y.verifier).succeeded()
		issuer.get(proof).equal("/verified", "true").succeeded()
		issuer.remove(proof).equal("", object{}).succeeded()
		issuer.remove(exchange).equal("", object{}).succeeded()
		issuer.remove(connection).equal("", object{}).succeeded()
		issuer.get(connection).refused(http.StatusNotFound, "Record not found: connection/"+p.toHolder+".")
	})
}

// TestMint: what signs freely refuses whatever could be read as a credential, a presentation or a status list.
func TestMint(t *testing.T) {
	suite.Guard(t, func() {
		w := start(t, "sqlite", tenants())
		a := w.wallet("acme")
		did := did(a.Controller)
		for what, payload := range map[string]object{
			"a credential": {"vc": object{"credentialSubject": object{}}}, "a presentation": {"vp": object{}},
			"a status list": {"status_list": object{"bits": 1, "lst": "AA"}}, "an SD-JWT": {"vct": "card", "_sd": []string{}},
			"a credential of 2.0": {"@context": []string{"https://www.w3.org/ns/credentials/v2"}, "type": []string{"VerifiableCredential"}},
		} {
			r := a.post("/wallet/jwt/sign", object{"did": did, "headers": object{}, "payload": payload})
			r.holds(r.Exchange.Status == http.StatusBadRequest, "%s is signed", what)
		}
		for _, typ := range []string{"vc+jwt", "vp+jwt", "dc+sd-jwt", "vc+sd-jwt", "statuslist+jwt", "at+jwt"} {
			r := a.post("/wallet/jwt/sign", object{"did": did, "headers": object{"typ": typ}, "payload": object{"a": 1}})
			r.holds(r.Exchange.Status == http.StatusBadRequest, "%s is signed", typ)
		}
	})
}

// TestStrangeEnvelopes: what is no envelope, is for nobody, or comes again changes nothing.
func TestStrangeEnvelopes(t *testing.T) {
	suite.Guard(t, func() {
		w := start(t, "sqlite", tenants())
		issuer, holder := w.wallet("issuer"), w.wallet("holder")
		p := connect(t, issuer.Controller, holder.Controller, "1.1")
		w.settled()
		before := w.counts()
		long := strings.Repeat("A", 5<<20)
		for what, c := range map[string]struct {
			body, media string
			status      int
		}{
			"no JSON":               {"{", "application/didcomm-envelope-enc", 400},
			"nothing":               {"", "application/didcomm-envelope-enc", 400},
			"a message, unpacked":   {`{"@type":"https://didcomm.org/trust_ping/1.0/ping","@id":"1"}`, "application/didcomm-envelope-enc", 400},
			"another media type":    {"{}", "text/html", 415},
			"deep":                  {strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000), "application/didcomm-envelope-enc", 400},
			"more than an envelope": {long + long, "application/didcomm-envelope-enc", 413},
			"nobody's": {
				`{"protected":"eyJlbmMiOiJ4Y2hhY2hhMjBwb2x5MTMwNV9pZXRmIiwidHlwIjoiSldNLzEuMCIsImFsZyI6IkFub25jcnlwdCIsInJlY2lwaWVudHMiOlt7ImVuY3J5cHRlZF9rZXkiOiJBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUEiLCJoZWFkZXIiOnsia2lkIjoiQnBBanU3Y2ZidWk1dlhCaDlCVFFVSlFpeDNqNUozaHVwb0JwNWhSSG1YUXcifX1dfQ","iv":"AAAAAAAAAAAAAAAA","ciphertext":"AAAA","tag":"AAAAAAAAAAAAAAAAAAAAAA"}`,
				"application/didcomm-envelope-enc", 404,
			},
		} {
			r := must(http.NewRequestWithContext(t.Context(), http.MethodPost, w.url+"/didcomm", strings.NewReader(c.body)))
			r.Header.Set("Content-Type", c.media)
			res := must(w.client.Do(r))
			_ = res.Body.Close()
			if res.StatusCode != c.status {
				t.Errorf("%s is answered %d, want %d", what, res.StatusCode, c.status)
			}
		}
		w.unchanged(before, "strange envelopes")
		for what, endpoint := range map[string]string{"private": "http://10.0.0.1/", "link-local": "http://169.254.169.254/latest"} {
			invitation := object{
				"@type": "https://didcomm.org/out-of-band/1.1/invitation", "@id": uuid.NewString(), "label": what,
				"handshake_protocols": []string{"https://didcomm.org/didexchange/1.1"},
				"services": []any{object{
					"id": "#inline", "type": "did-communication", "serviceEndpoint": endpoint,
					"recipientKeys": []string{"did:key:z6MkuBZyvAi2S9xPyvdPTJt3cwYBZYBJgSqBkA4zm8AYxAdR"},
				}},
			}
			r := holder.post("/out-of-band/receive-invitation?auto_accept=true", invitation)
			r.refused(http.StatusForbidden, "the peer's endpoint may not be spoken to")
			invitation["services"] = []any{}
			none := holder.post("/out-of-band/receive-invitation", invitation)
			none.holds(none.Exchange.Status == http.StatusBadRequest, "an invitation without a service")
		}
		p.is(p.issuer.Get("/connections/"+p.toHolder), object{"state": "active"})
	})
}
