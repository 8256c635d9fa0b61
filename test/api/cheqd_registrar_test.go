package api

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/did/cheqd/ledgersim"
	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/multikey"
)

// plugin does what ACA-Py's cheqd plugin does with a registrar: it sends what it wants, signs what it is asked to with keys that
// are its own, and sends the signatures.
type plugin struct {
	w    *world
	key  string // API key, as the password of the registrar's URL
	keys map[string]ed25519.PrivateKey
}

// registrarAnswer is what a registrar says.
type registrarAnswer struct {
	status int
	body   []byte
	Job    *string  `json:"jobId"`
	DID    didState `json:"didState"`
	URL    didState `json:"didUrlState"`
}

type didState struct {
	DID         string `json:"did"`
	URL         string `json:"didUrl"`
	State       string `json:"state"`
	Action      string `json:"action"`
	Reason      string `json:"reason"`
	Description string `json:"description"`
	Content     string `json:"content"`
	Name        string `json:"name"`
	Signing     map[string]struct {
		Kid     string `json:"kid"`
		Alg     string `json:"alg"`
		Payload []byte `json:"serializedPayload"`
	} `json:"signingRequest"`
}

func (p plugin) post(operation string, body any) (a registrarAnswer) {
	p.w.t.Helper()
	r := must(http.NewRequestWithContext(p.w.t.Context(), http.MethodPost, p.w.url+"/1.0/"+operation+"?method=cheqd", bytes.NewReader(must(json.Marshal(body)))))
	r.Header.Set("Content-Type", "application/json")
	if p.key != "" {
		r.SetBasicAuth("acapy", p.key)
	}
	response := must((&http.Client{Timeout: time.Minute}).Do(r))
	defer func() { _ = response.Body.Close() }()
	var buffer bytes.Buffer
	_ = must(buffer.ReadFrom(response.Body))
	a.status, a.body = response.StatusCode, buffer.Bytes()
	done(json.Unmarshal(a.body, &a))
	return a
}

// sign answers what is asked, with the keys that this has.
func (p plugin) sign(asked registrarAnswer) object {
	response := object{}
	state := asked.DID
	if asked.URL.State != "" {
		state = asked.URL
	}
	for name, one := range state.Signing {
		if key, ok := p.keys[one.Kid]; ok {
			response[name] = object{"kid": one.Kid, "signature": base64.StdEncoding.EncodeToString(ed25519.Sign(key, one.Payload))}
		}
	}
	return object{"jobId": *asked.Job, "secret": object{"signingResponse": response}}
}

// do is both steps, and wants both to be as they should.
func (p plugin) do(operation string, body any) registrarAnswer {
	p.w.t.Helper()
	asked := p.post(operation, body)
	if asked.status != http.StatusOK || asked.DID.State+asked.URL.State != "action" || asked.DID.Action+asked.URL.Action != "signPayload" {
		p.w.t.Fatalf("%s: %d %s", operation, asked.status, asked.body)
	}
	finished := p.post(operation, p.sign(asked))
	if finished.status != http.StatusCreated || finished.DID.State+finished.URL.State != "finished" {
		p.w.t.Fatalf("%s: %d %s", operation, finished.status, finished.body)
	}
	return finished
}

func newSeed(n byte) ed25519.PrivateKey { return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32)) }

func pluginMethod(did, name string, key ed25519.PrivateKey) object {
	return object{
		"id": did + "#" + name, "type": "Ed25519VerificationKey2020", "controller": did,
		"publicKeyMultibase": multikey.Join(multikey.CodeEd25519, key[32:]),
	}
}

// pluginDocument is the document that the plugin makes.
func pluginDocument(did string, methods ...object) object {
	first := methods[0]["id"]
	return object{
		"id": did, "controller": []string{did}, "verificationMethod": methods, "authentication": []any{first}, "assertionMethod": []any{first}, "service": []any{},
	}
}

// paid is a server whose ledger is simulated, with an account that pays.
func paid(t *testing.T, engine string) (*world, *chain) {
	c := newChain(t)
	w := start(t, engine, app.Config{Cheqd: app.Cheqd{Networks: map[string]string{cheqd.Testnet: c.url + "," + c.url}, Tenants: []string{"*"}}})
	w.stop()
	account := must(app.CreateLedgerAccount(t.Context(), w.config, cheqd.Testnet, ""))
	c.Fund(ledgersim.Account{Address: account.Address, Balance: "100000000000000"})
	done(w.run())
	return w, c
}

// TestCheqdRegistrar has a client with keys of its own create, update, rotate and deactivate a DID and store resources, and the
// resolver show each step.
func TestCheqdRegistrar(t *testing.T) {
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			guard(t, func() {
				w, _ := paid(t, engine)
				o := w.office("north")
				did := "did:cheqd:testnet:" + uuid.NewString()
				a, b := newSeed(1), newSeed(2)
				p := plugin{w, o.key.Secret, map[string]ed25519.PrivateKey{did + "#key-1": a, did + "#key-2": b}}
				one, two := pluginMethod(did, "key-1", a), pluginMethod(did, "key-2", b)
				made := p.do("create", object{"didDocument": pluginDocument(did, one), "options": object{"network": "testnet"}})
				if made.DID.DID != did || !strings.Contains(string(made.body), `"didDocument":`) {
					t.Errorf("%s", made.body)
				}
				p.do("update", object{"did": did, "didDocument": []any{pluginDocument(did, two)}, "didDocumentOperation": []string{"setDidDocument"}})
				if got := w.get("/1.0/identifiers/"+did, ""); got.status != 200 || !strings.Contains(string(got.body), "#key-2") || strings.Contains(string(got.body), "#key-1") {
					t.Errorf("%d %s", got.status, got.body)
				}
				resource := func(content, version string) object {
					return object{"did": did, "content": base64.StdEncoding.EncodeToString([]byte(content)), "options": object{"name": "Permit", "type": "anonCredsSchema", "versionId": version}}
				}
				// The client may name the version, once, and answer in a list.
				version := uuid.NewString()
				named := object{
					"did": did, "didDocument": []any{pluginDocument(did, two)}, "options": object{"versionId": version},
				}
				asked := p.post("update", named)
				finished := p.post("update", object{"jobId": *asked.Job, "secret": object{"signingResponse": []any{p.sign(asked)["secret"].(object)["signingResponse"].(object)["signingRequest0"]}}})
				if finished.status != http.StatusCreated {
					t.Errorf("%d %s", finished.status, finished.body)
				}
				if got := w.get("/1.0/identifiers/"+did, ""); !strings.Contains(string(got.body), `"versionId":"`+version+`"`) {
					t.Errorf("%s", got.body)
				}
				if again := p.post("update", named); again.status != 409 {
					t.Errorf("the same version: %d %s", again.status, again.body)
				}
				named["options"] = object{"versionId": "1"}
				if again := p.post("update", named); again.status != 400 {
					t.Errorf("no version: %d %s", again.status, again.body)
				}
				stored := p.do("createResource", resource(`{"v":1}`, "1.0"))
				if stored.URL.Content != `{"v":1}` || stored.URL.Name != "Permit" || !strings.Contains(string(stored.body), `"didRegistrationMetadata":{},"contentMetadata":{}`) {
					t.Errorf("%s", stored.body)
				}
				next := resource(`{"v":2}`, "1.1")
				next["content"] = []any{next["content"]}
				p.do("updateResource", next)
				if got := w.get("/1.0/identifiers/"+stored.URL.URL, ""); got.status != 200 || string(got.body) != `{"v":1}` {
					t.Errorf("%d %s", got.status, got.body)
				}
				if got := w.get("/1.0/identifiers/"+did+"?resourceName=Permit&resourceType=anonCredsSchema", ""); got.status != 200 || string(got.body) != `{"v":2}` {
					t.Errorf("%d %s", got.status, got.body)
				}
				for name, c := range map[string]struct {
					operation string
					body      any
					status    int
				}{
					"there already":    {"createResource", resource(`{"v":3}`, "1.2"), 409},
					"the same version": {"updateResource", next, 409},
					"created twice":    {"create", object{"didDocument": pluginDocument(did, two)}, 409},
				} {
					if got := p.post(c.operation, c.body); got.status != c.status || got.DID.State+got.URL.State != "failed" {
						t.Errorf("%s: %d %s", name, got.status, got.body)
					}
				}
				p.do("deactivate", object{"did": did})
				if got := w.get("/1.0/identifiers/"+did, ""); got.status != 200 || !strings.Contains(string(got.body), `"deactivated":true`) {
					t.Errorf("%d %s", got.status, got.body)
				}
				if got := p.post("createResource", resource(`{"v":3}`, "1.2")); got.status != 409 {
					t.Errorf("after the end: %d %s", got.status, got.body)
				}
			})
		})
	}
}

// TestCheqdRegistrarRefuses holds jobs to who began them, once and in time, and signatures to their keys.
func TestCheqdRegistrarRefuses(t *testing.T) {
	guard(t, func() {
		w, c := paid(t, "sqlite")
		o, far := w.office("north"), w.office("south")
		did := "did:cheqd:testnet:" + uuid.NewString()
		a, b := newSeed(1), newSeed(2)
		p := plugin{w, o.key.Secret, map[string]ed25519.PrivateKey{did + "#key-1": a}}
		one := pluginMethod(did, "key-1", a)
		create := object{"didDocument": pluginDocument(did, one), "options": object{"network": "testnet"}}
		asked := p.post("create", create)
		height := c.Height()
		lost := func(name string, got registrarAnswer) {
			t.Helper()
			if got.status != 400 || !strings.HasSuffix(got.DID.Reason+got.URL.Reason, "The jobId is either expired or not found") {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
		}
		refused := func(name string, status int, got registrarAnswer) {
			t.Helper()
			if got.status != status || got.DID.State+got.URL.State != "failed" || strings.Contains(string(got.body), "goroutine") {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
		}
		// Who asks.
		refused("nobody", 401, plugin{w: w}.post("create", create))
		refused("a wrong key", 401, plugin{w: w, key: "nonsense"}.post("create", create))
		stranger := plugin{w, far.key.Secret, p.keys}
		lost("another tenant's job", stranger.post("create", p.sign(asked)))
		colleague := must(o.admin.CreateAPIKey(t.Context(), sdk.NewPrincipal{Name: "second", Grants: []sdk.Grant{{Role: "organisation-admin", Organisation: o.org.ID}}}))
		lost("a colleague's job", plugin{w, colleague.Secret, p.keys}.post("create", p.sign(asked)))
		// What is signed.
		wrong := plugin{w, o.key.Secret, map[string]ed25519.PrivateKey{did + "#key-1": b}}
		refused("another key", 400, p.post("create", wrong.sign(asked)))
		refused("no signature", 400, p.post("create", object{"jobId": *asked.Job, "secret": object{"signingResponse": object{}}}))
		refused("another name", 400, p.post("create", object{"jobId": *asked.Job, "secret": object{"signingResponse": object{"signingRequest7": object{"kid": "x", "signature": "AA"}}}}))
		refused("no base64", 400, p.post("create", object{"jobId": *asked.Job, "secret": object{"signingResponse": object{"signingRequest0": object{"signature": "!"}}}}))
		lost("another operation", p.post("update", p.sign(asked)))
		lost("an unknown job", p.post("create", object{"jobId": uuid.NewString(), "secret": object{"signingResponse": object{}}}))
		if c.Height() != height {
			t.Error("something was sent")
		}
		// What is wanted.
		record := recordedCheqd(t, "registrar-28-badkey")
		bad := p.post("create", record.Request.Body)
		if fault := within(parsed(record.Response), parsed(bad.body), ""); fault != "" || bad.status != record.Status {
			t.Errorf("%s: %d %s", fault, bad.status, bad.body)
		}
		for name, operation := range map[string]string{"registrar-01-create-action": "create", "registrar-27-expired": "create"} {
			record := recordedCheqd(t, name)
			got := p.post(operation, record.Request.Body)
			want, have := parsed(record.Response).(map[string]any), parsed(got.body).(map[string]any)
			if name == "registrar-01-create-action" {
				// The job and the version are new ones.
				delete(want, "jobId")
				payload := want["didState"].(map[string]any)["signingRequest"].(map[string]any)["signingRequest0"].(map[string]any)
				was := must(base64.StdEncoding.DecodeString(payload["serializedPayload"].(string)))
				if is := got.DID.Signing["signingRequest0"].Payload; len(is) != len(was) || !bytes.Equal(is[:len(is)-36], was[:len(was)-36]) {
					t.Errorf("%s: another payload: %x", name, is)
				}
				delete(payload, "serializedPayload")
			}
			if fault := within(want, have, ""); fault != "" || got.status != record.Status {
				t.Errorf("%s: %s: %d %s", name, fault, got.status, got.body)
			}
		}
		k256 := object{"id": did + "#k", "type": "EcdsaSecp256k1VerificationKey2019", "controller": did, "publicKeyHex": "02" + strings.Repeat("11", 32)}
		refused("a key that the ledger refuses", 400, p.post("create", object{"didDocument": pluginDocument(did, k256)}))
		refused("another network", 400, p.post("create", object{"didDocument": pluginDocument(did, one), "options": object{"network": "mainnet"}}))
		refused("of nobody", 404, p.post("update", object{"did": did, "didDocument": []any{pluginDocument(did, one)}}))
		refused("no such DID", 404, p.post("deactivate", object{"did": did}))
		refused("another's document", 400, p.post("create", object{"didDocument": object{"id": "did:key:z6Mk", "verificationMethod": []any{one}}}))
		refused("a resource of nothing", 400, p.post("createResource", object{"did": did, "content": "", "options": object{"name": "a", "type": "b"}}))
		// Once, and in time.
		if got := p.post("create", p.sign(asked)); got.status != 201 {
			t.Fatalf("%d %s", got.status, got.body)
		}
		lost("again", p.post("create", p.sign(asked)))
		late := p.post("deactivate", object{"did": did})
		w.clock.advance(16 * time.Minute)
		lost("late", p.post("deactivate", p.sign(late)))
		if got := w.get("/1.0/identifiers/"+did, ""); strings.Contains(string(got.body), `"deactivated"`) {
			t.Errorf("%s", got.body)
		}
	})
}

// TestCheqdRegistrarOff has a server be no registrar, and a resolver still.
func TestCheqdRegistrarOff(t *testing.T) {
	guard(t, func() {
		w := start(t, "sqlite", app.Config{Cheqd: app.Cheqd{NoRegistrar: true}})
		o := w.office("north")
		p := plugin{w: w, key: o.key.Secret}
		for _, operation := range []string{"create", "update", "deactivate", "createResource", "updateResource"} {
			if got := w.call("POST", "/1.0/"+operation+"?method=cheqd", p.key, object{}); got.status != 404 {
				t.Errorf("%s: %d %s", operation, got.status, got.body)
			}
		}
		if got := w.get("/1.0/methods", ""); got.status != 404 {
			t.Errorf("%d %s", got.status, got.body)
		}
		if got := w.get("/1.0/identifiers/"+o.did.DID, ""); got.status != 200 {
			t.Errorf("%d %s", got.status, got.body)
		}
	})
}

// TestCheqdRegistrarOfRegistrar asks a server to be a registrar of a network that it writes to through one itself: it is none.
func TestCheqdRegistrarOfRegistrar(t *testing.T) {
	guard(t, func() {
		peer := newRegistrarPeer(t)
		w := start(t, "sqlite", peer.config())
		did := "did:cheqd:testnet:" + uuid.NewString()
		p := plugin{w: w, key: w.office("north").key.Secret}
		got := p.post("create", object{"didDocument": pluginDocument(did, pluginMethod(did, "key-1", newSeed(1)))})
		if got.status != 501 || got.DID.State != "failed" {
			t.Errorf("%d %s", got.status, got.body)
		}
		if first, _, _ := peer.steps(); first != 0 {
			t.Error("the other registrar was asked")
		}
	})
}

func parsed(text []byte) (value any) {
	done(json.Unmarshal(text, &value))
	return value
}

// TestCheqdRegistrarMethod: who calls, then the method, and only then what is sent: what a document must have is the method's.
func TestCheqdRegistrarMethod(t *testing.T) {
	guard(t, func() {
		w := start(t, "sqlite", app.Config{})
		key := w.office("north").key.Secret
		for _, operation := range []string{"create", "update", "deactivate", "createResource", "updateResource"} {
			for _, body := range []any{object{}, object{"didDocument": 7, "content": 7}, object{"jobId": uuid.NewString()}, []int{}} {
				for query, want := range map[string]struct {
					status int
					reason string
				}{
					"?method=nope": {501, "DIDs of this method are not registered here"}, "?method=key": {501, "DIDs of this method are not registered here"},
					"": {400, "Invalid payload"},
				} {
					got := w.call("POST", "/1.0/"+operation+query, key, body)
					if got.status != want.status || !strings.Contains(string(got.body), want.reason) {
						t.Errorf("%s%s %v: %d %s", operation, query, body, got.status, got.body)
					}
				}
			}
		}
		if got := w.call("POST", "/1.0/create?method=nope", "", object{}); got.status != 401 {
			t.Errorf("%d %s", got.status, got.body)
		}
	})
}
