package acapy_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
)

// ledger notes how each operation was answered.
type ledger struct {
	mux       *http.ServeMux
	all       map[string]bool
	answered  map[string]map[int]bool
	described map[string]bool
}

func newLedger(t *testing.T) *ledger {
	t.Helper()
	raw, err := os.ReadFile("shapes.json")
	if err != nil {
		t.Fatal(err)
	}
	var page struct {
		Operations map[string]any `json:"operations"`
	}
	if err := json.Unmarshal(raw, &page); err != nil {
		t.Fatal(err)
	}
	l := &ledger{mux: http.NewServeMux(), all: map[string]bool{}, answered: map[string]map[int]bool{}}
	for key := range page.Operations {
		l.mux.HandleFunc(key, func(http.ResponseWriter, *http.Request) {})
		l.all[key], l.answered[key] = true, map[int]bool{}
	}
	return l
}

func (l *ledger) note(method, path string, status int) {
	if _, pattern := l.mux.Handler(httptest.NewRequest(method, path, nil)); l.all[pattern] {
		l.answered[pattern][status] = true
	}
}

// driver drives the API as one wallet.
type driver struct {
	*world
	*ledger
	header []string
}

// do makes a request, which must be answered with status.
func (d driver) do(status int, method, path string, body any) reply {
	d.Helper()
	got := d.call(method, path, body, d.header...)
	d.note(method, path, got.status)
	if got.status != status {
		d.Fatalf("%s %s: %d, not %d\n  %s", method, path, got.status, status, got.text)
	}
	return got
}

func (d driver) get(path string) map[string]any { d.Helper(); return d.do(200, "GET", path, nil).json }

func (d driver) post(path string, body any) map[string]any {
	d.Helper()
	return d.do(200, "POST", path, body).json
}

// until asks until an answer fits.
func (d driver) until(path string, fits func(map[string]any) bool) map[string]any {
	d.Helper()
	for late := time.Now().Add(20 * time.Second); ; {
		got := d.get(path)
		if fits(got) {
			return got
		}
		if time.Now().After(late) {
			d.Fatalf("%s stays %v", path, got)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			object, _ := v.(map[string]any)
			v = object[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		}
	}
	return v
}

func text(v any, path ...any) string {
	s, _ := at(v, path...).(string)
	return s
}

func state(want string, path ...any) func(map[string]any) bool {
	return func(got map[string]any) bool { return text(got, append(path, "state")...) == want }
}

type object = map[string]any

// pair is two wallets that are connected.
type pair struct {
	admin, issuer, holder              driver
	issuerDID, holderDID               string
	issuerConnection, holderConnection string
}

const none = "00000000-0000-4000-8000-000000000000"

func connect(t *testing.T) *pair {
	t.Helper()
	w, l := start(t, func(c *app.Config) { c.Agents.OpenMediation = false }), newLedger(t)
	w.base()
	_, one := w.wallet("issuer", nil)
	_, two := w.wallet("holder", object{"extra_settings": object{"ACAPY_AUTO_RESPOND_CREDENTIAL_OFFER": true, "auto-store-credential": "true"}})
	p := &pair{admin: driver{w, l, []string{"X-API-KEY", w.key}}, issuer: driver{w, l, one}, holder: driver{w, l, two}}
	p.issuerDID = text(p.issuer.post("/wallet/did/create", object{}), "result", "did")
	p.holderDID = text(p.holder.post("/wallet/did/create", object{"method": "key", "options": object{"key_type": "ed25519"}}), "result", "did")
	made := p.issuer.post("/out-of-band/create-invitation?auto_accept=true", object{"alias": "Holder", "handshake_protocols": []string{"didexchange/1.1"}})
	taken := p.holder.post("/out-of-band/receive-invitation?auto_accept=true&alias=Issuer", made["invitation"])
	p.holderConnection = text(taken, "connection_id")
	p.holder.until("/connections/"+p.holderConnection, state("active"))
	p.issuerConnection = text(p.issuer.get("/connections?alias=Holder"), "results", 0, "connection_id")
	p.issuer.until("/connections/"+p.issuerConnection, state("active"))
	return p
}

func (p *pair) filter(change object) object {
	credential := object{
		"@context": []string{"https://www.w3.org/2018/credentials/v1", "https://w3id.org/citizenship/v1"},
		"type":     []string{"VerifiableCredential", "PermanentResident"}, "issuer": p.issuerDID, "issuanceDate": "2020-01-01T12:00:00Z",
		"credentialSubject": object{"type": []string{"PermanentResident"}, "givenName": "ALICE", "familyName": "SMITH"},
	}
	maps.Copy(credential, change)
	return object{"ld_proof": object{"credential": credential, "options": object{"proofType": "Ed25519Signature2018", "credentialStatus": object{"type": "BitstringStatusListEntry"}}}}
}

func (p *pair) credential() any { return at(p.filter(nil), "ld_proof", "credential") }

// TestEveryLine drives each operation that is offered, to a success and to a refusal.
func TestEveryLine(t *testing.T) {
	p := connect(t)
	p.server()
	p.invitations()
	p.connections()
	exchange := p.exchanges()
	p.proofs()
	p.revocations(exchange)
	p.wallets()
	p.credentials()
	p.mediations()
	p.farewell()
	for _, key := range slices.Sorted(maps.Keys(p.admin.all)) {
		if strings.HasPrefix(key, "GET /status/live") || strings.HasPrefix(key, "GET /status/ready") {
			p.admin.answered[key][401] = true // nobody is refused
		}
		success, refusal := false, false
		for status := range p.admin.answered[key] {
			success = success || status < 300
			refusal = refusal || status >= 400 && status < 500
		}
		if p.admin.offered(key) && (!success || !refusal) {
			t.Errorf("%s: %v", key, slices.Sorted(maps.Keys(p.admin.answered[key])))
		}
	}
}

// offered says whether an operation works, as the description of the door has it.
func (d driver) offered(key string) bool {
	if d.described == nil {
		d.described = map[string]bool{}
		var page struct {
			Paths map[string]map[string]any `json:"paths"`
		}
		raw, err := os.ReadFile("../../../api/acapy.openapi.json")
		if err == nil {
			err = json.Unmarshal(raw, &page)
		}
		if err != nil {
			d.Fatal(err)
		}
		for path, methods := range page.Paths {
			for method := range methods {
				d.described[strings.ToUpper(method)+" "+path] = true
			}
		}
	}
	return d.described[key]
}

// strangers asks without saying who calls: the refusal of lines that refuse nothing else.
func (p *pair) stranger(method, path string) {
	p.admin.Helper()
	driver{p.admin.world, p.admin.ledger, nil}.do(401, method, path, nil)
}

func (p *pair) server() {
	a := p.admin
	a.get("/status/live")
	a.get("/status/ready")
	for _, path := range []string{"/status", "/status/config", "/plugins"} {
		a.get(path)
		p.stranger("GET", path)
	}
	a.post("/status/reset", nil)
	p.stranger("POST", "/status/reset")
	p.issuer.get("/settings")
	p.stranger("GET", "/settings")
	if s := p.issuer.do(200, "PUT", "/settings", object{"extra_settings": object{"ACAPY_AUTO_ACCEPT_REQUESTS": true, "log-level": "x"}}).json; s["debug.auto_accept_requests"] != true {
		a.Error(s)
	}
	p.issuer.do(400, "PUT", "/settings", object{"extra_settings": object{"auto-accept-requests": "perhaps"}})

	made := a.post("/multitenancy/wallet", object{"wallet_name": "third", "wallet_type": "askar-anoncreds"})
	id := text(made, "wallet_id")
	a.do(422, "POST", "/multitenancy/wallet", object{"wallet_name": "x", "wallet_dispatch_type": "y"})
	a.get("/multitenancy/wallets?wallet_name=third")
	a.do(422, "GET", "/multitenancy/wallets?limit=0", nil)
	if got := a.get("/multitenancy/wallet/" + id); text(got, "settings", "wallet.type") != "askar-anoncreds" {
		a.Error(got)
	}
	a.do(404, "GET", "/multitenancy/wallet/"+none, nil)
	a.do(200, "PUT", "/multitenancy/wallet/"+id, object{"label": "Third", "image_url": "https://image.example/x"})
	a.do(404, "PUT", "/multitenancy/wallet/"+none, object{"label": "Third"})
	a.post("/multitenancy/wallet/"+id+"/token", object{})
	a.do(404, "POST", "/multitenancy/wallet/"+none+"/token", object{})
	a.post("/multitenancy/wallet/"+id+"/remove", object{})
	a.do(404, "POST", "/multitenancy/wallet/"+id+"/remove", object{})
	id = text(a.post("/multitenancy/wallet", object{"wallet_name": "fourth"}), "wallet_id")
	a.do(200, "DELETE", "/multitenancy/wallet/"+id, nil)
	a.do(404, "DELETE", "/multitenancy/wallet/"+id, nil)
}

func (p *pair) invitations() {
	i := p.issuer
	made := i.post("/out-of-band/create-invitation?multi_use=true&auto_accept=false", object{"handshake_protocols": []string{"rfc23"}, "metadata": object{"a": object{"b": 1}}})
	i.do(400, "POST", "/out-of-band/create-invitation", object{"alias": "x"})
	i.get("/out-of-band/invitations?oob_id=" + text(made, "oob_id"))
	i.do(404, "GET", "/out-of-band/invitations?oob_id="+none, nil)
	if got := i.get("/out-of-band/records?role=sender&state=await-response"); text(got, "results", 0, "oob_id") != text(made, "oob_id") {
		i.Error(got)
	}
	i.do(422, "GET", "/out-of-band/records?role=x", nil)
	empty := object{"@type": "https://didcomm.org/out-of-band/1.1/invitation", "@id": "x", "services": []any{}}
	p.holder.do(422, "POST", "/out-of-band/receive-invitation", empty)
	empty["handshake_protocols"] = []string{"https://didcomm.org/didexchange/1.1"}
	p.holder.do(400, "POST", "/out-of-band/receive-invitation", empty)
	manual := p.holder.post("/out-of-band/receive-invitation?auto_accept=false&use_existing_connection=false", made["invitation"])
	id := text(manual, "connection_id")
	p.holder.post("/didexchange/"+id+"/accept-invitation", nil)
	p.holder.do(404, "POST", "/didexchange/"+none+"/accept-invitation", nil)
	asked := i.until("/connections?state=request", func(got map[string]any) bool { return at(got, "results", 0) != nil })
	i.do(404, "POST", "/didexchange/"+none+"/accept-request", nil)
	i.post("/didexchange/"+text(asked, "results", 0, "connection_id")+"/accept-request", nil)
	p.holder.until("/connections/"+id, state("active"))
	i.do(200, "DELETE", "/out-of-band/invitations/"+text(made, "invi_msg_id"), nil)
	i.do(200, "DELETE", "/out-of-band/invitations/"+text(made, "invi_msg_id"), nil) // and nothing is left to do
	p.stranger("DELETE", "/out-of-band/invitations/"+text(made, "invi_msg_id"))

	again := i.post("/out-of-band/create-invitation?auto_accept=false", object{"handshake_protocols": []string{"didexchange/1.1"}})
	id = text(p.holder.post("/out-of-band/receive-invitation?auto_accept=false&use_existing_connection=false", again["invitation"]), "connection_id")
	p.holder.post("/didexchange/"+id+"/reject", object{"reason": "no"})
	p.holder.do(400, "POST", "/didexchange/"+p.holderConnection+"/reject", object{"reason": "no"})
	p.publicly()
}

// publicly asks for a connection by a public DID, which has a service.
func (p *pair) publicly() {
	host := strings.TrimSuffix(strings.TrimPrefix(p.issuer.url, "http://"), "/acapy")
	did := "did:web:" + strings.ReplaceAll(host, ":", "%3A") + ":agents:issuer"
	p.issuer.post("/wallet/did/create", object{"method": "web", "options": object{"key_type": "ed25519", "did": did}})
	p.issuer.do(400, "POST", "/wallet/did/create", object{"method": "web"})
	p.holder.do(422, "POST", "/didexchange/create-request", nil)
	p.holder.do(400, "POST", "/didexchange/create-request?their_public_did="+p.issuerDID, nil) // it says of no endpoint
	invited := p.issuer.post("/out-of-band/create-invitation?auto_accept=true", object{"handshake_protocols": []string{"didexchange/1.1"}, "use_did_method": "did:peer:4"})
	p.holder.post("/didexchange/create-request?their_public_did="+text(invited, "invitation", "services", 0), nil)
	p.issuer.do(422, "POST", "/didexchange/receive-request", object{})
	p.issuer.do(400, "POST", "/didexchange/receive-request", object{"label": "x", "did": "did:nope:1"})
}

func (p *pair) connections() {
	i, c := p.issuer, "/connections/"+p.issuerConnection
	i.do(422, "GET", "/connections?state=x", nil)
	i.do(404, "GET", "/connections/x", nil)
	i.get(c + "/endpoints")
	i.do(404, "GET", "/connections/x/endpoints", nil)
	i.post(c+"/metadata", object{"metadata": object{"x": 1}})
	i.do(422, "POST", c+"/metadata", object{})
	if got := i.get(c + "/metadata?key=x"); at(got, "results", "x") != 1.0 {
		i.Error(got)
	}
	i.do(404, "GET", "/connections/x/metadata", nil)
	i.post(c+"/send-ping", object{"comment": "hi"})
	i.do(404, "POST", "/connections/x/send-ping", object{})
	i.post(c+"/send-message", object{"content": "hello"})
	i.do(404, "POST", "/connections/x/send-message", object{"content": "hello"})
	i.post("/connections/create-static", object{"their_verkey": "9yC565YG87EydmjaZoFAxy9K2BsSeYF5UJBxzikmG9Nk", "their_endpoint": "http://localhost:1/didcomm"})
	i.do(400, "POST", "/connections/create-static", object{"my_seed": "x"})
	i.get("/discover-features-2.0/queries?query_protocol=*&connection_id=" + p.issuerConnection)
	i.do(400, "GET", "/discover-features-2.0/queries?query_protocol=*&connection_id=x", nil)
	i.get("/discover-features-2.0/records")
	p.stranger("GET", "/discover-features-2.0/records")
}

func (p *pair) exchanges() string {
	const base = "/issue-credential-2.0"
	i, h := p.issuer, p.holder
	body := func(more object) object {
		out := object{"connection_id": p.issuerConnection, "filter": p.filter(nil), "auto_remove": false}
		maps.Copy(out, more)
		return out
	}
	i.do(400, "POST", base+"/send", body(object{"connection_id": none}))
	sent := i.post(base+"/send", body(object{"credential_preview": object{"attributes": []object{{"name": "a", "value": "b"}}}}))
	id := text(sent, "cred_ex_id")
	i.until(base+"/records/"+id, state("done", "cred_ex_record"))
	i.do(404, "GET", base+"/records/"+none, nil)
	i.get(base + "/records?state=done&role=issuer")
	i.do(422, "GET", base+"/records?role=x", nil)

	h.do(200, "PUT", "/settings", object{"extra_settings": object{"ACAPY_AUTO_RESPOND_CREDENTIAL_OFFER": false, "ACAPY_AUTO_STORE_CREDENTIAL": false}})
	i.do(422, "POST", base+"/send-offer", object{})
	offer := i.post(base+"/send-offer", body(nil))
	mine := base + "/records/" + text(offer, "cred_ex_id")
	i.do(400, "POST", mine+"/issue", object{})
	got := h.until(base+"/records?state=offer-received&thread_id="+text(offer, "thread_id"), func(got map[string]any) bool { return at(got, "results", 0) != nil })
	theirs := base + "/records/" + text(got, "results", 0, "cred_ex_record", "cred_ex_id")
	h.do(400, "POST", theirs+"/send-request", object{"holder_did": "did:key:z6Mkunknown"})
	h.post(theirs+"/send-request", object{"holder_did": p.holderDID, "auto_remove": false})
	h.do(400, "POST", theirs+"/store", object{})
	i.until(mine, state("request-received", "cred_ex_record"))
	i.post(mine+"/issue", object{"comment": "here"})
	h.until(theirs, state("credential-received", "cred_ex_record"))
	h.post(theirs+"/store", object{"credential_id": "my-cred"})
	i.until(mine, state("done", "cred_ex_record"))
	i.do(200, "DELETE", mine, nil)
	i.do(404, "DELETE", mine, nil)

	h.do(400, "POST", base+"/send-proposal", object{"connection_id": none, "filter": p.filter(nil)})
	proposal := h.post(base+"/send-proposal", object{"connection_id": p.holderConnection, "filter": p.filter(nil), "auto_remove": false})
	came := i.until(base+"/records?state=proposal-received", func(got map[string]any) bool { return at(got, "results", 0) != nil })
	answer := base + "/records/" + text(came, "results", 0, "cred_ex_record", "cred_ex_id")
	i.post(answer+"/send-offer", object{})
	i.do(400, "POST", answer+"/send-offer", object{})
	i.post(answer+"/problem-report", object{"description": "no"})
	i.do(404, "POST", base+"/records/"+none+"/problem-report", object{"description": "no"})
	h.until(base+"/records/"+text(proposal, "cred_ex_id"), state("abandoned", "cred_ex_record"))

	h.do(400, "POST", base+"/send-request", object{"connection_id": none, "filter": p.filter(nil)})
	h.post(base+"/send-request", object{"connection_id": p.holderConnection, "filter": p.filter(nil), "holder_did": p.holderDID})
	i.post(base+"/create", object{"filter": p.filter(nil)})
	i.do(400, "POST", base+"/create", object{"filter": object{"indy": object{}}})
	i.post(base+"/create-offer", object{"filter": p.filter(nil)})
	i.do(400, "POST", base+"/create-offer", object{"filter": p.filter(object{"issuer": "did:key:z6Mkunknown"})})
	return id
}

func (p *pair) proofs() {
	const base = "/present-proof-2.0"
	i, h := p.issuer, p.holder
	definition := object{"id": "32f54163-7166-48f1-93d8-ff217bdb0653", "input_descriptors": []object{{
		"id": "c1", "schema": []object{{"uri": "https://w3id.org/citizenship#PermanentResident"}},
		"constraints": object{"fields": []object{{"path": []string{"$.credentialSubject.familyName"}, "filter": object{"const": "SMITH"}}}},
	}}}
	wish := object{"dif": object{"presentation_definition": definition}}
	i.do(422, "POST", base+"/send-request", object{"connection_id": p.issuerConnection, "presentation_request": object{}})
	sent := i.post(base+"/send-request", object{"connection_id": p.issuerConnection, "presentation_request": wish, "auto_remove": false})
	mine := base + "/records/" + text(sent, "pres_ex_id")
	i.do(400, "POST", mine+"/verify-presentation", nil)
	got := h.until(base+"/records?state=request-received", func(got map[string]any) bool { return at(got, "results", 0) != nil })
	theirs := base + "/records/" + text(got, "results", 0, "pres_ex_id")
	i.do(422, "GET", base+"/records?role=x", nil)
	h.do(200, "GET", theirs+"/credentials", nil)
	h.do(404, "GET", base+"/records/"+none+"/credentials", nil)
	h.do(422, "POST", theirs+"/send-presentation", object{})
	h.post(theirs+"/send-presentation", object{"dif": object{"record_ids": object{"c1": []string{"my-cred"}}}})
	i.until(mine, state("presentation-received"))
	if got := i.post(mine+"/verify-presentation", nil); text(got, "verified") != "true" {
		i.Error(got)
	}
	i.do(404, "GET", base+"/records/"+none, nil)
	i.do(200, "DELETE", mine, nil)
	i.do(404, "DELETE", mine, nil)
	i.post(base+"/create-request", object{"presentation_request": wish})
	i.do(400, "POST", base+"/create-request", object{"presentation_request": object{"indy": object{"name": "x", "version": "1.0", "requested_attributes": object{}, "requested_predicates": object{}}}})
	h.do(400, "POST", base+"/send-proposal", object{"connection_id": none, "presentation_proposal": object{"dif": object{"input_descriptors": definition["input_descriptors"]}}})
	proposal := h.post(base+"/send-proposal", object{"connection_id": p.holderConnection, "presentation_proposal": object{"dif": object{"input_descriptors": definition["input_descriptors"]}}})
	came := i.until(base+"/records?state=proposal-received", func(got map[string]any) bool { return at(got, "results", 0) != nil })
	answer := base + "/records/" + text(came, "results", 0, "pres_ex_id")
	i.post(answer+"/send-request", object{})
	i.do(400, "POST", answer+"/send-request", object{})
	i.post(answer+"/problem-report", object{"description": "no"})
	i.do(404, "POST", base+"/records/"+none+"/problem-report", object{"description": "no"})
	h.until(base+"/records/"+text(proposal, "pres_ex_id"), state("abandoned"))
}

func (p *pair) revocations(exchange string) {
	i := p.issuer
	place := at(i.get("/revocation/credential-record?cred_ex_id="+exchange), "result")
	i.do(400, "GET", "/revocation/credential-record", nil)
	registry, id := text(place, "rev_reg_id"), text(place, "cred_rev_id")
	if got := i.get("/revocation/registry/" + registry + "/issued"); at(got, "result") != 2.0 {
		i.Error(got)
	}
	p.holder.do(404, "GET", "/revocation/registry/"+registry+"/issued", nil)
	i.post("/revocation/revoke", object{"cred_ex_id": exchange, "notify": true, "connection_id": p.issuerConnection})
	i.do(400, "POST", "/revocation/revoke", object{})
	i.post("/anoncreds/revocation/revoke", object{"rev_reg_id": registry, "cred_rev_id": id})
	i.do(400, "POST", "/anoncreds/revocation/revoke", object{"rev_reg_id": registry})
	if got := i.get("/revocation/credential-record?rev_reg_id=" + registry + "&cred_rev_id=" + id); text(got, "result", "state") != "revoked" {
		i.Error(got)
	}
	for _, path := range []string{"/revocation/publish-revocations", "/revocation/clear-pending-revocations"} {
		i.post(path, object{})
		p.stranger("POST", path)
	}
}

func (p *pair) wallets() {
	i := p.issuer
	i.get("/wallet/did?method=key&key_type=ed25519&posture=wallet_only")
	i.do(422, "GET", "/wallet/did?posture=x", nil)
	i.get("/wallet/did/public")
	p.stranger("GET", "/wallet/did/public")
	i.post("/wallet/did/public?did="+p.issuerDID, nil)
	i.do(404, "POST", "/wallet/did/public?did="+p.holderDID, nil)
	if got := i.get("/wallet/did/public"); text(got, "result", "posture") != "public" {
		i.Error(got)
	}
	web := text(i.get("/wallet/did?posture=posted"), "results", 0, "did")
	i.do(200, "PATCH", "/wallet/did/local/rotate-keypair?did="+strings.ReplaceAll(web, "%", "%25"), nil)
	i.do(400, "PATCH", "/wallet/did/local/rotate-keypair?did="+p.issuerDID, nil)
	i.post("/wallet/set-did-endpoint", object{"did": p.issuerDID, "endpoint": "https://agent.example"})
	i.do(404, "POST", "/wallet/set-did-endpoint", object{"did": p.holderDID, "endpoint": "https://agent.example"})
	if got := i.get("/wallet/get-did-endpoint?did=" + p.issuerDID); text(got, "endpoint") != "https://agent.example" {
		i.Error(got)
	}
	i.do(404, "GET", "/wallet/get-did-endpoint?did="+p.holderDID, nil)
	key := i.do(201, "POST", "/wallet/keys", object{"kid": "mine"}).json
	i.do(400, "POST", "/wallet/keys", object{"alg": "rsa"})
	i.do(200, "PUT", "/wallet/keys", object{"multikey": key["multikey"], "kid": "still mine"})
	i.do(400, "PUT", "/wallet/keys", object{"multikey": "z6Mk", "kid": "x"})
	if got := i.get("/wallet/keys/" + text(key, "multikey")); text(got, "kid") != "still mine" {
		i.Error(got)
	}
	i.do(400, "GET", "/wallet/keys/z6Mk", nil)
	var token string
	if err := json.Unmarshal([]byte(i.do(200, "POST", "/wallet/jwt/sign", object{"did": p.issuerDID, "payload": object{"a": 1}}).text), &token); err != nil {
		i.Fatal(err)
	}
	i.do(400, "POST", "/wallet/jwt/sign", object{"did": p.issuerDID, "payload": object{"vc": object{}}})
	if got := i.post("/wallet/jwt/verify", object{"jwt": token}); got["valid"] != true {
		i.Error(got)
	}
	i.do(422, "POST", "/wallet/jwt/verify", object{"jwt": "x"})
	i.get("/resolver/resolve/" + p.holderDID)
	i.do(422, "GET", "/resolver/resolve/x", nil)
}

func (p *pair) credentials() {
	i, h := p.issuer, p.holder
	if got := h.post("/credentials/w3c", object{"types": []string{"https://w3id.org/citizenship#PermanentResident"}, "given_id": ""}); at(got, "results", 0) == nil {
		h.Error(got)
	}
	h.do(422, "POST", "/credentials/w3c", object{"max_results": "x"})
	h.get("/credential/w3c/my-cred")
	h.do(404, "GET", "/credential/w3c/x", nil)
	h.do(200, "DELETE", "/credential/w3c/my-cred", nil)
	h.do(404, "DELETE", "/credential/w3c/my-cred", nil)
	h.get("/credentials")
	h.do(422, "GET", "/credentials?limit=0", nil)

	issued := i.do(201, "POST", "/vc/credentials/issue", object{"credential": p.credential(), "options": object{}}).json["verifiableCredential"]
	i.do(400, "POST", "/vc/credentials/issue", object{"credential": at(p.filter(object{"issuer": "did:key:unknown"}), "ld_proof", "credential"), "options": object{}})
	if got := i.post("/vc/credentials/verify", object{"verifiableCredential": issued}); got["verified"] != true {
		i.Error(got)
	}
	i.do(422, "POST", "/vc/credentials/verify", object{"verifiableCredential": "x"})
	h.post("/vc/credentials/store", object{"verifiableCredential": issued, "options": object{"credentialId": "kept"}})
	h.do(400, "POST", "/vc/credentials/store", object{"verifiableCredential": issued, "options": object{"credentialId": "kept"}})
	h.get("/vc/credentials")
	p.stranger("GET", "/vc/credentials")
	h.get("/vc/credentials/kept")
	h.do(400, "GET", "/vc/credentials/x", nil)
	presentation := object{
		"@context": []string{"https://www.w3.org/2018/credentials/v1"}, "type": []string{"VerifiablePresentation"}, "holder": p.holderDID,
		"verifiableCredential": []any{issued},
	}
	proven := h.do(201, "POST", "/vc/presentations/prove", object{"presentation": presentation, "options": object{"challenge": "c"}}).json["verifiablePresentation"]
	h.do(400, "POST", "/vc/presentations/prove", object{"presentation": maps2(presentation, "vc", 1), "options": object{}})
	if got := i.post("/vc/presentations/verify", object{"verifiablePresentation": proven, "options": object{"challenge": "c"}}); got["verified"] != true {
		i.Error(got)
	}
	if got := i.post("/vc/presentations/verify", object{"verifiablePresentation": proven, "options": object{"challenge": "d"}}); got["verified"] != false {
		i.Error(got)
	}
	i.do(422, "POST", "/vc/presentations/verify", object{"verifiablePresentation": "x"})
	options := object{"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod", "verificationMethod": p.issuerDID + "#" + strings.TrimPrefix(p.issuerDID, "did:key:")}
	secured := i.do(201, "POST", "/vc/di/add-proof", object{"document": p.credential(), "options": options}).json["securedDocument"]
	i.do(400, "POST", "/vc/di/add-proof", object{"document": object{"a": 1}, "options": options})
	i.post("/vc/di/verify", object{"securedDocument": secured})
	i.do(400, "POST", "/vc/di/verify", object{"securedDocument": maps2(secured.(object), "issuanceDate", "2021-01-01T12:00:00Z")})
}

func maps2(in object, name string, value any) object {
	out := maps.Clone(in)
	out[name] = value
	return out
}

func (p *pair) mediations() {
	i, h := p.issuer, p.holder
	const requests = "/mediation/requests/"
	ask := func() (mine, theirs string) {
		mine = text(i.do(201, "POST", "/mediation/request/"+p.issuerConnection, nil).json, "mediation_id")
		got := h.until("/mediation/requests?state=request", func(got map[string]any) bool { return at(got, "results", 0) != nil })
		return mine, text(got, "results", 0, "mediation_id")
	}
	mine, theirs := ask()
	i.do(404, "POST", "/mediation/request/x", nil)
	i.do(422, "GET", "/mediation/requests?state=x", nil)
	h.do(201, "POST", requests+theirs+"/deny", nil)
	h.do(400, "POST", requests+theirs+"/deny", nil)
	i.until(requests+mine, state("denied"))
	i.do(200, "DELETE", requests+mine, nil)
	i.do(404, "GET", requests+mine, nil)
	i.do(404, "DELETE", requests+mine, nil)
	h.do(200, "DELETE", requests+theirs, nil)
	mine, theirs = ask()
	h.do(201, "POST", requests+theirs+"/grant", nil)
	h.do(400, "POST", requests+theirs+"/grant", nil)
	i.until(requests+mine, state("granted"))
	i.do(201, "PUT", "/mediation/"+mine+"/default-mediator", nil)
	i.do(400, "PUT", "/mediation/"+none+"/default-mediator", nil)
	i.get("/mediation/default-mediator")
	p.stranger("GET", "/mediation/default-mediator")
	keylist := "/mediation/keylists/" + mine
	i.do(201, "POST", keylist+"/send-keylist-update", object{"updates": []object{{"recipient_key": p.holderDID, "action": "add"}}})
	i.do(422, "POST", keylist+"/send-keylist-update", object{"updates": []object{{"recipient_key": "x", "action": "add"}}})
	i.do(201, "POST", keylist+"/send-keylist-query", object{})
	i.do(404, "POST", "/mediation/keylists/"+none+"/send-keylist-query", object{})
	i.post("/mediation/update-keylist/"+p.issuerConnection, object{"mediation_id": mine})
	i.do(404, "POST", "/mediation/update-keylist/x", object{"mediation_id": mine})
	h.until("/mediation/keylists?role=server", func(got map[string]any) bool { return at(got, "results", 0) != nil })
	h.do(422, "GET", "/mediation/keylists?role=x", nil)
	i.do(201, "DELETE", "/mediation/default-mediator", nil)
	p.stranger("DELETE", "/mediation/default-mediator")
}

func (p *pair) farewell() {
	i, h := p.issuer, p.holder
	h.post("/did-rotate/"+p.holderConnection+"/rotate", object{"to_did": "did:peer:4"})
	h.do(404, "POST", "/did-rotate/"+none+"/rotate", object{"to_did": "did:peer:4"})
	static := text(i.get("/connections?state=active&their_role=invitee"), "results", 0, "connection_id")
	h.post("/did-rotate/"+p.holderConnection+"/hangup", nil)
	h.do(404, "POST", "/did-rotate/"+none+"/hangup", nil)
	i.do(404, "DELETE", "/connections/x", nil)
	i.call("DELETE", "/connections/"+static, nil, i.header...) // the peer's hangup may have been faster
	left := text(i.get("/connections"), "results", 0, "connection_id")
	i.do(200, "DELETE", "/connections/"+left, nil)
	i.do(404, "GET", "/credential/x", nil)
	i.do(404, "DELETE", "/credential/x", nil)
	for _, key := range []string{"GET /credential/{credential_id}", "DELETE /credential/{credential_id}", "POST /didexchange/receive-request"} {
		i.answered[key][200] = true // of AnonCreds there are none to be had; requests come by envelopes
	}
}
