package empe

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/test/peers"
)

const verifier = "/api/v1/verifier"

// ticketQuery asks for a ticket of the block A, or for a pass.
func ticketQuery() []object {
	return []object{
		{"fields": []object{{"path": []string{"$.credentialSubject.ticket"}, "filter": object{"type": "string", "pattern": "^A-"}}}},
		{"fields": []object{{"path": []string{"$.credentialSubject.pass"}}, {"path": []string{"$.credentialSubject.valid"}}}},
	}
}

// ticket is a credential of somebody else's, as a JWT.
func (w *world) ticket(issuer peers.EmpeKey, holder string, subject object) string {
	subject["id"] = holder
	return w.signed(issuer, object{"sub": holder, "vc": object{
		"@context": []string{"https://www.w3.org/2018/credentials/v1"}, "type": []string{"VerifiableCredential"}, "credentialSubject": subject,
	}})
}

func (w *world) signed(key peers.EmpeKey, payload object) string {
	w.t.Helper()
	payload["nbf"], payload["exp"] = time.Now().Unix()-60, time.Now().Unix()+3600
	var answer struct{ Token string }
	w.node().Call("empe.sign", peers.EmpeSign{Key: key, Payload: payload}, &answer)
	return answer.Token
}

// reply answers a request with credentials that are JWTs, for the n-th descriptor of its definition.
func (o *office) reply(asked *reply, holder peers.EmpeKey, n int, credentials ...any) *reply {
	w := o.w
	w.t.Helper()
	request := w.send("GET", w.path(asked.text("/request_uri")), nil, nobody).succeeds()
	vp := w.present(peers.EmpePresent{Key: holder, Nonce: request.text("/nonce"), Audience: request.text("/client_id"), Credentials: credentials})
	descriptor := request.at("/presentation_definition/input_descriptors").([]any)[n].(object)["id"]
	submission := must(json.Marshal(object{"id": "s", "definition_id": request.at("/presentation_definition/id"), "descriptor_map": []object{{
		"id": descriptor, "format": "jwt_vp", "path": "$", "path_nested": object{"id": descriptor, "format": "jwt_vc", "path": "$.vp.verifiableCredential[0]"},
	}}}))
	form := url.Values{"vp_token": {vp}, "presentation_submission": {string(submission)}, "state": {request.text("/state")}}
	return w.send("POST", w.path(request.text("/response_uri")), form.Encode(), caller{"Content-Type", "application/x-www-form-urlencoded"})
}

// result is what became of a request.
func (o *office) result(asked *reply) *reply {
	o.w.t.Helper()
	return o.get(verifier+"/authorization-requests/"+asked.text("/id"), o.secret)
}

// TestVerifier: queries kept, asked, answered; the result at the back end, in its browser and at its address.
func TestVerifier(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("acme")
		issuer, holder := w.holder("EdDSA", "key"), w.holder("ES256K", "key")
		made := o.post(verifier+"/vp-queries", object{"query": ticketQuery()}, o.secret)
		id := made.text("/id")
		made.equal("/queryBody", ticketQuery()).absent("/issuerAllowedDomains").succeeded()
		for _, query := range []any{nil, []object{}, []object{{"fields": []object{}}}, []object{{"fields": []object{{"path": []string{}}}}}, "x"} {
			o.post(verifier+"/vp-queries", object{"query": query}, o.secret).refused(400, "")
		}
		o.get(verifier+"/vp-queries/"+id, o.secret).equal("", made.at("")).succeeded()
		o.get(verifier+"/vp-queries/"+unknown, o.secret).refused(404, "")
		o.get(verifier+"/vp-queries", o.secret).equal("", []any{made.at("")}).succeeded()
		o.get(verifier+"/vp-queries", nobody).refused(401, "")

		asked := o.post(verifier+"/vp-queries/"+id+"/authorization-request", object{"redirect_uri": w.landing(), "validity": 60}, o.secret)
		asked.equal("/validity", 60).equal("/qr_code_url", o.url()+verifier+"/qrcode-data/"+asked.text("/id")).succeeded()
		o.post(verifier+"/vp-queries/"+unknown+"/authorization-request", object{"redirect_uri": w.landing()}, o.secret).refused(404, "")
		for _, place := range []string{"", "http://far.example/x", "https://far.example/x#y", "/here", "nonsense"} {
			o.post(verifier+"/vp-queries/"+id+"/authorization-request", object{"redirect_uri": place}, o.secret).refused(400, "")
		}
		code := o.get(verifier+"/qrcode-data/"+asked.text("/id"), nobody)
		code.equal("", object{"type": "authorization_request", "request_uri": asked.text("/request_uri")}).succeeded()
		o.get(verifier+"/qrcode-data/"+unknown, nobody).refused(404, "")
		request := w.send("GET", w.path(asked.text("/request_uri")), nil, nobody)
		request.equal("/nonce", asked.text("/nonce")).equal("/state", asked.text("/state")).equal("/client_id_scheme", "redirect_uri").
			equal("/client_metadata/client_name", o.org.Name).equal("/client_id", request.text("/response_uri")).
			equal("/presentation_definition/submission_requirements", []object{{"rule": "pick", "count": 1, "from": "A"}}).succeeded()
		w.send("GET", w.path(asked.text("/request_uri")), nil, caller{"Accept", "application/oauth-authz-req+jwt"}).refused(406, "")
		o.get(verifier+"/request/"+unknown, nobody).refused(404, "")
		o.result(asked).equal("/verification_status", "pending").equal("/state", asked.text("/state")).absent("/response_code").succeeded()
		o.get(verifier+"/authorization-requests/"+unknown, o.secret).refused(404, "")

		answered := o.reply(asked, holder, 0, w.ticket(issuer, holder.DID, object{"ticket": "A-17"}))
		answered.holds(strings.HasPrefix(answered.text("/redirect_uri"), w.landing()+"?"), "it goes on elsewhere").succeeded()
		place := must(url.Parse(answered.text("/redirect_uri"))).Query()
		got := o.result(asked)
		got.equal("/verification_status", "verified").equal("/result/holder", holder.DID).equal("/response_code", place.Get("response_code")).
			equal("/result/credentials/0/credentialSubject/ticket", "A-17").equal("/result/credentials/0/issuer", issuer.DID).succeeded()
		pushed := w.reply(&exchange{Method: "POST", Path: "/landing", Body: <-w.capture.Landing})
		pushed.equal("/verification_status", "verified").equal("/state", place.Get("state")).equal("/result", got.at("/result"))
		if r := o.reply0(asked, holder); r.status() != 404 && r.status() != 400 {
			r.errorf("answered twice")
		}

		// The other alternative wants both of its fields.
		for _, c := range []struct {
			subject object
			want    string
		}{{object{"pass": "P"}, "failed"}, {object{"pass": "P", "valid": true}, "verified"}} {
			again := o.post(verifier+"/vp-queries/"+id+"/authorization-request", object{"redirect_uri": w.landing()}, o.secret)
			o.reply(again, holder, 1, w.ticket(issuer, holder.DID, c.subject)).succeeds()
			o.result(again).equal("/verification_status", c.want)
		}
		o.remove(verifier+"/vp-queries/"+id, o.secret).succeeded()
		o.remove(verifier+"/vp-queries/"+id, o.secret).refused(404, "")
		o.get(verifier+"/vp-queries", o.secret).equal("", []any{})
	})
}

// reply0 posts something to a request that may be over.
func (o *office) reply0(asked *reply, holder peers.EmpeKey) *reply {
	vp := o.w.present(peers.EmpePresent{Key: holder, Nonce: asked.text("/nonce"), Audience: "x"})
	return o.post(verifier+"/response/"+asked.text("/id"), object{"vp_token": vp, "state": asked.text("/state")}, nobody)
}

// TestAnswers has what is wrong with an answer: told to who asked, not to who answered.
func TestAnswers(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("acme")
		issuer, holder, other := w.holder("EdDSA", "key"), w.holder("ES256", "key"), w.holder("EdDSA", "key")
		ask := func() *reply {
			return o.post(verifier+"/authorization-requests", object{"redirect_uri": w.landing(), "presentation_definition": ticketDefinition()}, o.secret).equal("/validity", 600)
		}
		o.post(verifier+"/authorization-requests", object{"redirect_uri": w.landing(), "presentation_definition": object{}}, o.secret).refused(400, "")
		for _, validity := range []any{29, 86401, 60.5, "60"} {
			o.post(verifier+"/authorization-requests", object{"redirect_uri": w.landing(), "presentation_definition": ticketDefinition(), "validity": validity}, o.secret).refused(400, "")
		}
		fine := w.ticket(issuer, holder.DID, object{"ticket": "A-1"})
		for what, credential := range map[string]string{
			"another's":         w.ticket(issuer, other.DID, object{"ticket": "A-1"}),
			"not what is asked": w.ticket(issuer, holder.DID, object{"ticket": "B-1"}),
			"tampered":          tampered(fine),
		} {
			asked := ask()
			o.reply(asked, holder, 0, credential).succeeds()
			got := o.result(asked).equal("/verification_status", "failed").absent("/result")
			if errors, _ := got.at("/errors").([]any); len(errors) == 0 {
				got.errorf("%s: no errors", what)
			}
			<-w.capture.Landing
		}
		asked := ask()
		o.post(verifier+"/response/"+asked.text("/id"), object{"vp_token": "a.b.c", "state": "another"}, nobody).refused(400, "")
		o.post(verifier+"/response/"+unknown, object{"vp_token": "a.b.c", "state": "x"}, nobody).refused(404, "")
		o.reply(asked, holder, 0, fine).succeeds() // what was refused did not use it up
		o.result(asked).equal("/verification_status", "verified")
	})
}

// tampered changes a letter in the middle of a token's signature.
func tampered(token string) string {
	at := strings.LastIndexByte(token, '.') + 20
	letter := "A"
	if token[at] == 'A' {
		letter = "B"
	}
	return token[:at] + letter + token[at+1:]
}

// TestStreams: a browser sees what becomes of a request, also when it is over, also on another server.
func TestStreams(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("acme")
		made := o.post(verifier+"/vp-queries", object{"query": ticketQuery()}, o.secret).text("/id")
		asked := o.post("/api/verifier/"+made+"/v1/authorize-qr-code", nil, o.secret)
		asked.holds(strings.HasPrefix(asked.text("/qr_code_url"), o.url()), "the code is elsewhere").succeeded()
		o.post("/api/verifier/"+unknown+"/v1/authorize-qr-code", nil, o.secret).refused(404, "")
		o.post("/api/verifier/"+made+"/v1/authorize-qr-code", nil, nobody).refused(401, "")
		stream := w.watch(o.at + "/api/verifier/" + made + "/v1/connection/" + asked.text("/state"))
		stream.next().equal("/verification_status", "pending").equal("/state", asked.text("/state"))
		w.clock.Advance(10*time.Minute + time.Second)
		stream.next().equal("/verification_status", "expired")
		stream.end()
		for _, path := range []string{verifier + "/connection/" + unknown, "/api/verifier/" + made + "/v1/connection/" + unknown} {
			o.get(path, nobody).refused(404, "")
		}

		other := w
		if w.config.DatabaseURL != "" {
			other = w.twin()
		}
		holder := w.holder("EdDSA", "key")
		again := o.post(verifier+"/authorization-requests", object{"redirect_uri": w.landing(), "presentation_definition": ticketDefinition()}, o.secret)
		far := other.watch(o.at + verifier + "/connection/" + again.text("/state"))
		far.next().equal("/verification_status", "pending")
		o.reply(again, holder, 0, w.ticket(w.holder("EdDSA", "key"), holder.DID, object{"ticket": "A-17"})).succeeds()
		far.next().equal("/verification_status", "verified").equal("/result/holder", holder.DID)
		far.end()
	})
}

// TestAllowedIssuers: who issued must be linked to one of the origins, by a link of its own.
func TestAllowedIssuers(t *testing.T) {
	guard(t, func() {
		w := start(t, "sqlite", app.Config{})
		o := w.office("acme")
		issuer, stranger, holder := w.holder("EdDSA", "key"), w.holder("EdDSA", "key"), w.holder("EdDSA", "key")
		var links []string
		site := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/.well-known/did-configuration.json" {
				http.NotFound(rw, r)
				return
			}
			rw.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(rw).Encode(object{"@context": "https://identity.foundation/.well-known/did-configuration/v1", "linked_dids": links})
		}))
		defer site.Close()
		link := func(key peers.EmpeKey, origin string) string {
			return w.signed(key, object{"sub": key.DID, "vc": object{
				"@context": []string{"https://www.w3.org/2018/credentials/v1", "https://identity.foundation/.well-known/did-configuration/v1"},
				"type":     []string{"VerifiableCredential", "DomainLinkageCredential"}, "credentialSubject": object{"id": key.DID, "origin": origin},
			}})
		}
		links = []string{link(issuer, site.URL), link(stranger, "https://elsewhere.example")}
		ask := func(domains ...string) *reply {
			made := o.post(verifier+"/vp-queries", object{"query": ticketQuery(), "issuerAllowedDomains": domains}, o.secret)
			made.equal("/issuerAllowedDomains", domains)
			return o.post(verifier+"/vp-queries/"+made.text("/id")+"/authorization-request", object{"redirect_uri": w.landing()}, o.secret).equal("/validity", 600)
		}
		nowhere := "http://127.0.0.1:1"
		for _, c := range []struct {
			what    string
			key     peers.EmpeKey
			domains []string
			want    string
		}{
			{"linked", issuer, []string{site.URL}, "verified"},
			{"linked to one of two", issuer, []string{nowhere, site.URL}, "verified"},
			{"a link to somewhere else", stranger, []string{site.URL}, "failed"},
			{"nobody to be asked", issuer, []string{nowhere}, "failed"},
		} {
			asked := ask(c.domains...)
			o.reply(asked, holder, 0, w.ticket(c.key, holder.DID, object{"ticket": "A-17"})).succeeds()
			got := o.result(asked).equal("/verification_status", c.want)
			if c.want == "failed" && got.at("/errors/0/check") != "issuer-allowed" {
				got.errorf("%s: it failed for something else", c.what)
			}
		}
		for _, domain := range []string{"https://far.example/path", "ftp://far.example", "far.example", "http://far.example"} {
			o.post(verifier+"/vp-queries", object{"query": ticketQuery(), "issuerAllowedDomains": []string{domain}}, o.secret).refused(400, "")
		}
	})
}
