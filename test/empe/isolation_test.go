package empe

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

// planted is in what the fixture holds, and nobody else may be shown it.
const planted = "A-Grace-Hopper-1906"

// fixture is an issuer with one of everything that a route can be asked for, and a wallet.
type fixture struct {
	*office
	holder                                                            peers.EmpeKey
	credential, waits, schema, offering, authorization, query, asking string
	list, state, did, held, flow                                      string
}

func (w *world) fixture() *fixture {
	w.t.Helper()
	f := &fixture{office: w.office("acme"), holder: w.holder("EdDSA", "key")}
	f.schema = f.office.schema("Ticket").text("/id")
	made := f.post("/api/v1/credentials", object{"type": "Ticket", "credential_subject": object{"id": f.holder.DID, "ticket": planted}}, bearer(f.token))
	f.credential = made.text("/id")
	list := made.text("/vc/credentialStatus/0/statusListCredential")
	f.list = list[strings.LastIndex(list, "/")+1:]
	f.offering = f.offer(object{"credential_subject": object{"ticket": planted}, "recipient": f.holder.DID}).text("/id")
	f.authorization = f.authorize("fixture").text("/id")
	f.query = f.post(verifier+"/vp-queries", object{"query": ticketQuery()}, f.secret).text("/id")
	asked := f.post(verifier+"/vp-queries/"+f.query+"/authorization-request", object{"redirect_uri": w.landing()}, f.secret)
	f.asking, f.state = asked.text("/id"), asked.text("/state")
	f.did = f.post("/wallet/did/generate", object{"methods": []string{"empe-testnet"}}, bearer(f.token)).text("/dids/0/did")
	f.held = f.post("/wallet/credentials", object{"credential": made.at("/vc"), "allowForeignSubject": true}, bearer(f.token)).text("/id")
	f.flow = f.post("/wallet/flows", object{"qrContent": f.url() + "/api/v1/offering/" + f.offering}, bearer(f.token)).text("/processId")
	f.retype(func(kind object) { kind["hold"] = true })
	f.waits = f.post("/api/v1/credentials", object{"type": "Ticket", "credential_subject": object{"ticket": planted}}, bearer(f.token)).text("/id")
	return f
}

// filled are a route's paths: with each of the fixture's ids that it may name, and with what nobody has.
func (f *fixture) filled(pattern string) (mine []string, nobodys string) {
	ids := map[string][]string{
		"/credentials/": {f.credential, f.waits}, "/wallet/credentials/": {f.held}, "/schemas/": {f.schema}, "/schema/": {f.schema},
		"/offerings/": {f.offering}, "/offering/": {f.offering}, "/issuer-qrcode-data/": {f.offering}, "/issue-credential/": {f.offering},
		"/authorizations/": {f.authorization}, "/vp-queries/": {f.query}, "/authorization-requests/": {f.asking}, "/request/": {f.asking},
		"/response/": {f.asking}, "/qrcode-data/": {f.asking}, "/flows/": {f.flow},
	}
	fill := func(id, state, flow, list, did string) string {
		return strings.NewReplacer("{id}", id, "{state}", state, "{flow}", flow, "{listId}", list, "{did}", did).Replace(pattern)
	}
	before, _, named := strings.Cut(pattern, "{id}")
	if !named {
		if strings.Contains(pattern, "{") {
			mine = []string{fill("", f.state, f.query, f.list, f.did)}
		}
		return mine, fill("", unknown, unknown, unknown, "did:empe:testnet:"+strings.Repeat("0", 40))
	}
	found := ""
	for place := range ids {
		if strings.HasSuffix(before, place) && len(place) > len(found) {
			found = place
		}
	}
	if found == "" {
		f.w.t.Errorf("%s: the walk does not know its ids", pattern)
	}
	for _, id := range ids[found] {
		mine = append(mine, fill(id, "", "", "", ""))
	}
	return mine, fill(unknown, "", "", "", "")
}

// body is one that a route takes.
func (f *fixture) body(name string) any {
	vp := f.w.present(peers.EmpePresent{Key: f.holder, Nonce: chosen("noncefixture"), Audience: f.url()})
	return map[string]any{
		"POST /api/v1/authorizations/{id}/validate":                   object{"vp_token": vp, "state": chosen("statefixture")},
		"POST " + verifier + "/vp-queries/{id}/authorization-request": object{"redirect_uri": f.w.landing()},
		"POST " + verifier + "/response/{id}":                         object{"vp_token": vp, "state": f.state},
		"POST /wallet/flows/{id}/confirm":                             object{"type": "claim"},
		"POST /api/v1/authorize/verify":                               object{"id": f.authorization, "vp_token": vp, "state": chosen("statefixture")},
	}[name]
}

// TestIsolation: whoever has no business with an object is answered as for one that nobody has, on every route that names one;
// a neighbour of the tenant is told that this is another's; lists show nothing; and nothing was changed by all of it.
func TestIsolation(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f, far := w.fixture(), w.office("far")
		far.schema("Ticket")
		neighbour := w.organisation(f.tenant, "Neighbour")
		stranger := w.holder("EdDSA", "key")
		before := w.counts()
		type who struct {
			name string
			at   string
			by   caller
		}
		all := func(o *office, holder string) caller {
			return o.secret.also("Authorization", "Bearer "+holder)
		}
		strangers := []who{
			{"far's back end", far.at, all(far, far.token)},
			{"far's holder", far.at, bearer(far.login(f.holder).Token)}, // the same DID, at another issuer
			{"another holder here", f.at, bearer(f.login(stranger).Token)},
			{"neighbour", f.at, all(neighbour, neighbour.token)},
			{"far's back end here", f.at, all(far, far.token)},
			{"nobody", f.at, nobody},
		}
		for name := range routes() {
			method, pattern, _ := strings.Cut(name, " ")
			mine, nobodys := f.filled(pattern)
			if name == "GET /wallet/did/{did}" { // documents of DIDs are public
				continue
			}
			for _, path := range mine {
				for _, s := range strangers {
					if s.at == f.at && isPublic(name) {
						continue
					}
					got := w.send(method, s.at+path, f.body(name), s.by)
					want := w.send(method, s.at+nobodys, f.body(name), s.by)
					shown := func(r *reply) string { return fmt.Sprint(r.status(), " ", r.at("/name"), " ", r.at("/message")) }
					if shown(got) != shown(want) && got.at("/name") != "OfferingForAnotherError" { // whoever knows its id may read an offering
						got.errorf("%s, %s: for what nobody has %s", s.name, name, shown(want))
					}
					if got.status() < 400 || strings.Contains(string(got.body()), planted) {
						got.errorf("%s, %s: it is shown", s.name, name)
					}
				}
			}
		}
		lists := []string{
			"/api/v1/credentials", "/api/v1/schemas", "/api/v1/offerings", "/api/v1/schema", "/api/v1/offering", verifier + "/vp-queries",
			"/wallet/did", "/wallet/credentials", "/.well-known/openid-credential-issuer",
		}
		for _, s := range strangers {
			for _, path := range lists {
				text := string(w.send("GET", s.at+path, nil, s.by).body())
				for _, secret := range []string{planted, f.credential, f.waits, f.offering, f.query, f.held, f.holder.DID} {
					if strings.Contains(text, secret) {
						t.Errorf("%s sees %s in %s: %s", s.name, secret, path, suite.Shortened([]byte(text)))
					}
				}
			}
		}
		after := w.counts()
		for _, table := range []string{"credentials", "schema_versions", "offerings", "redemptions", "exchanges", "held_credentials", "replies", "presentation_definitions", "identities", "status_changes", "submissions"} {
			if before[table] != after[table] {
				t.Errorf("%s: %d rows, before %d", table, after[table], before[table])
			}
		}
		// Everything is still what it was.
		f.get("/api/v1/credentials/"+f.credential, bearer(f.token)).equal("/vc/credentialSubject/ticket", planted)
		f.get("/api/v1/offerings/"+f.offering, nobody).equal("/id", f.offering)
		f.get(verifier+"/authorization-requests/"+f.asking, f.secret).equal("/verification_status", "pending")
		f.get("/wallet/flows/"+f.flow, bearer(f.token)).equal("/status", "initialized")
	})
}

// isPublic tells the routes that show an object to whoever knows its id.
func isPublic(name string) bool {
	switch name {
	case "GET /api/v1/schemas/{id}", "GET /api/v1/schema/{id}", "GET /api/v1/offerings/{id}", "GET /api/v1/offering/{id}",
		"GET /api/v1/issuer-qrcode-data/{id}", "POST /api/v1/authorizations/{id}/validate", "GET " + verifier + "/request/{id}",
		"POST " + verifier + "/response/{id}", "GET " + verifier + "/connection/{state}", "GET " + verifier + "/qrcode-data/{id}",
		"GET /api/verifier/{flow}/v1/connection/{state}":
		return true
	}
	return false
}
