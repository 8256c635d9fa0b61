package identity_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
)

// holder is a client with a key of its own.
type holder struct {
	private crypto.PrivateKey
	public  jose.PublicKey
}

func newHolder(t *testing.T, algorithm vc.Algorithm) holder {
	t.Helper()
	var private crypto.PrivateKey
	var err error
	switch algorithm {
	case vc.P256:
		private, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case vc.P384:
		private, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case vc.Secp256k1:
		private, err = secp256k1.GeneratePrivateKey()
	default:
		_, private, err = ed25519.GenerateKey(rand.Reader)
	}
	if err != nil {
		t.Fatal(err)
	}
	public, err := jose.Public(private)
	if err != nil {
		t.Fatal(err)
	}
	return holder{private, public}
}

// method is a verification method with the holder's key.
func (h holder) method(id string) string {
	return `{"id":"` + id + `","type":"JsonWebKey2020","controller":"did:web:somewhere","publicKeyJwk":` + string(h.public.JWK()) + `}`
}

// answers are the signatures that a progress asks for.
func (h holder) answers(t *testing.T, p identity.Progress) map[string]string {
	t.Helper()
	signatures := map[string]string{}
	for _, ask := range p.Signing {
		signature, err := jose.Sign(h.private, h.public.Algorithm, ask.Payload)
		if err != nil {
			t.Fatal(err)
		}
		signatures[ask.Name] = base64.StdEncoding.EncodeToString(signature)
	}
	return signatures
}

func (w *world) register(by vc.Caller, r identity.Registration) identity.Progress {
	w.t.Helper()
	got, err := w.Register(w.t.Context(), by, r)
	if err != nil {
		w.t.Fatal(err)
	}
	return got
}

func (w *world) refuses(by vc.Caller, r identity.Registration, kind vc.Kind, code, pointer string) {
	w.t.Helper()
	got, err := w.Register(w.t.Context(), by, r)
	e, ok := err.(*vc.Error)
	if !ok || e.Kind != kind || e.Code != code || e.Pointer != pointer {
		w.t.Errorf("%s did:%s: %+v, %v; want %v %s at %q", r.Operation, r.Method, got.Action, err, kind, code, pointer)
	}
}

// proven registers a DID of the holder's key in two calls.
func (w *world) proven(by vc.Caller, h holder, r identity.Registration) identity.Progress {
	w.t.Helper()
	r.Client = true
	asked := w.register(by, r)
	if asked.Action != identity.SignPayload || asked.Job == "" || len(asked.Signing) != 1 {
		w.t.Fatalf("asked for %+v", asked)
	}
	r.Job, r.Signature, r.Document = asked.Job, h.answers(w.t, asked), nil
	return w.register(by, r)
}

// TestRegisterKey: a DID that is a key which we never see, for each kind of key.
func TestRegisterKey(t *testing.T) {
	for _, c := range []struct {
		method    string
		algorithm vc.Algorithm
	}{{"key", vc.Ed25519}, {"key", vc.P256}, {"key", vc.P384}, {"key", vc.Secp256k1}, {"jwk", vc.Ed25519}} {
		method, algorithm := c.method, c.algorithm
		t.Run(method+" "+string(algorithm), func(t *testing.T) {
			w := newWorld(t)
			h, by := newHolder(t, algorithm), caller("t1", "o1")
			first := w.register(by, identity.Registration{Operation: identity.ToCreate, Method: method, Client: true, Algorithm: algorithm})
			if first.Action != identity.GiveMethod || first.Job != "" || len(first.Template) != 1 || !strings.Contains(string(first.Template[0].JWK), string(algorithm)) {
				t.Fatalf("first %+v", first)
			}
			create := identity.Registration{
				Operation: identity.ToCreate, Method: method, Client: true,
				Document: []byte(`{"verificationMethod":[` + h.method(first.Template[0].ID) + `],"authentication":["` + first.Template[0].ID + `"]}`),
			}
			asked := w.register(by, create)
			if asked.Action != identity.SignPayload || !strings.HasPrefix(asked.DID, "did:"+method+":") || asked.Signing[0].Algorithm != algorithm.JOSE() {
				t.Fatalf("asked %+v", asked)
			}
			w.wantActs() // nothing was done so far
			if _, err := jose.ParseCompact(asked.Signing[0].Payload); err == nil {
				t.Error("what a holder is asked to sign reads as a JWT")
			}
			again := identity.Registration{Operation: identity.ToCreate, Method: method, Job: asked.Job}
			if p := w.register(by, again); p.Action != identity.SignPayload || string(p.Signing[0].Payload) != string(asked.Signing[0].Payload) {
				t.Errorf("asked again %+v", p)
			}
			again.Signature = newHolder(t, algorithm).answers(t, asked)
			w.refuses(by, again, vc.Invalid, "signature-invalid", "/secret/signingResponse/signingRequestNym/signature")
			again.Signature = map[string]string{"other": "AA"}
			w.refuses(by, again, vc.Invalid, "signature-missing", "/secret/signingResponse/signingRequestNym")
			again.Signature = h.answers(t, asked)
			w.refuses(caller("t1", "o2"), again, vc.NotFound, "job-not-found", "/jobId")
			w.refuses(caller("t2", "o1"), again, vc.NotFound, "job-not-found", "/jobId")
			done := w.register(by, again)
			if done.Action != "" || done.DID != asked.DID || done.Identity.Use != vc.UseByClient || done.Identity.CreatedBy != by.Principal || len(done.Identity.Keys) != 0 {
				t.Errorf("done %+v", done)
			}
			w.wantActs("identity.created")
			w.refuses(by, again, vc.NotFound, "job-not-found", "/jobId")
			w.refuses(caller("t2", ""), create, vc.Conflict, "did-registered", "")
			resolution, ours, err := w.Resolve(t.Context(), by.Scope, done.DID)
			if err != nil || !ours || string(resolution.Document) != string(done.Document) {
				t.Errorf("resolved %s, %v, %v", resolution.Document, ours, err)
			}
			if _, _, err := w.SigningKey(t.Context(), by.Scope, done.DID, ""); codeOf(err) != "key-elsewhere" {
				t.Errorf("it signs: %v", err)
			}
			w.refuses(by, identity.Registration{Operation: identity.ToUpdate, Method: method, DID: done.DID, Document: []byte(`{}`)}, vc.Unsupported, "cannot-update", "")
			ended := w.proven(by, h, identity.Registration{Operation: identity.ToDeactivate, Method: method, DID: done.DID})
			if ended.Identity.DeactivatedAt.IsZero() {
				t.Error("it is not deactivated")
			}
			if p := w.register(by, identity.Registration{Operation: identity.ToDeactivate, Method: method, DID: done.DID}); p.Action != "" {
				t.Errorf("deactivated twice: %+v", p)
			}
		})
	}
}

// TestRegisterForAnother: what an organisation began is the organisation's, also when its tenant ends it.
func TestRegisterForAnother(t *testing.T) {
	w := newWorld(t)
	h, by, tenant := newHolder(t, vc.Ed25519), caller("t1", "o1"), caller("t1", "")
	create := identity.Registration{
		Operation: identity.ToCreate, Method: "key", Client: true, Document: []byte(`{"verificationMethod":[` + h.method("#k") + `]}`),
	}
	asked := w.register(by, create)
	create.Job, create.Signature, create.Document = asked.Job, h.answers(t, asked), nil
	if done := w.register(tenant, create); done.Identity.Scope != by.Scope {
		t.Errorf("it is of %+v", done.Identity.Scope)
	}
	if _, err := w.Get(t.Context(), caller("t1", "o2").Scope, asked.DID); codeOf(err) != "identity-not-found" {
		t.Errorf("another organisation finds it: %v", err)
	}
}

// TestRegisterWeb: a did:web whose keys are the client's lives through signed changes.
func TestRegisterWeb(t *testing.T) {
	w := newWorld(t)
	h, by := newHolder(t, vc.Ed25519), caller("t1", "o1")
	sent := `{"id":"did:web:somewhere","verificationMethod":[` + h.method("did:web:somewhere#mine") + `],
		"authentication":["did:web:somewhere#mine"],"assertionMethod":["#mine"],
		"service":[{"type":"LinkedDomains","serviceEndpoint":"https://a.example"}]}`
	made := w.proven(by, h, identity.Registration{Operation: identity.ToCreate, Method: "web", Document: []byte(sent)})
	doc, err := diddoc.Parse(made.Document)
	if err != nil || doc.ID != made.DID || !strings.HasPrefix(made.DID, "did:web:example.com:") {
		t.Fatalf("made %s: %v", made.Document, err)
	}
	id := made.DID + "#mine"
	if m, ok := doc.Method(id); !ok || m.Controller != made.DID || !doc.Has(diddoc.Authentication, id) || !doc.Has(diddoc.AssertionMethod, id) || doc.Has(diddoc.KeyAgreement, id) {
		t.Errorf("made %s", made.Document)
	}
	if s, ok := doc.Service(made.DID + "#service-1"); !ok || string(s.Endpoint) != `"https://a.example"` {
		t.Errorf("made %s", made.Document)
	}
	if _, err := w.Rotate(t.Context(), by, made.Identity.ID, ""); codeOf(err) != "key-elsewhere" {
		t.Errorf("rotated: %v", err)
	}
	if _, err := w.Deactivate(t.Context(), by, made.Identity.ID); codeOf(err) != "key-elsewhere" {
		t.Errorf("deactivated without a signature: %v", err)
	}
	// Another key takes the place of the first; the first signs for it, and for nothing after that.
	next := newHolder(t, vc.P256)
	update := identity.Registration{Operation: identity.ToUpdate, Method: "web", DID: made.DID, Document: []byte(`{"verificationMethod":[` + next.method("#next") + `]}`)}
	stale := w.register(by, update)
	updated := w.proven(by, h, update)
	if !strings.Contains(string(updated.Document), made.DID+"#next") || strings.Contains(string(updated.Document), "#mine") {
		t.Errorf("updated %s", updated.Document)
	}
	w.refuses(by, identity.Registration{Operation: identity.ToUpdate, Method: "web", Job: stale.Job, Signature: h.answers(t, stale)}, vc.Conflict, "document-changed", "")
	back := w.register(by, identity.Registration{Operation: identity.ToUpdate, Method: "web", DID: made.DID, Document: []byte(sent)})
	w.refuses(by, identity.Registration{Operation: identity.ToUpdate, Method: "web", Job: back.Job, Signature: h.answers(t, back)}, vc.Invalid, "signature-invalid", "/secret/signingResponse/signingRequestNym/signature")
	w.refuses(by, identity.Registration{Operation: identity.ToDeactivate, Method: "web", Job: back.Job, Signature: next.answers(t, back)}, vc.NotFound, "job-not-found", "/jobId")
	w.clock.pass(16 * time.Minute)
	w.refuses(by, identity.Registration{Operation: identity.ToUpdate, Method: "web", Job: back.Job, Signature: next.answers(t, back)}, vc.NotFound, "job-not-found", "/jobId")
	ended := w.proven(by, next, identity.Registration{Operation: identity.ToDeactivate, Method: "web", DID: made.DID})
	if doc, err := diddoc.Parse(ended.Document); err != nil || len(doc.VerificationMethods)+len(doc.Services) != 0 {
		t.Errorf("ended %s: %v", ended.Document, err)
	}
	w.refuses(by, update, vc.Conflict, "identity-deactivated", "")
	w.wantActs("identity.created", "identity.updated", "identity.deactivated")
}

// TestRegisterManaged: keys that are made here, and services that come and go beside them.
func TestRegisterManaged(t *testing.T) {
	w := newWorld(t)
	by := caller("t1", "o1")
	plain := w.register(by, identity.Registration{Operation: identity.ToCreate, Method: "key", Algorithm: vc.P256})
	if plain.Action != "" || plain.Identity.Use != vc.UseIssuing || plain.Identity.Keys[0].Key.Algorithm != vc.P256 {
		t.Errorf("plain %+v", plain)
	}
	made := w.register(by, identity.Registration{
		Operation: identity.ToCreate, Method: "web", Path: "a/b",
		Document: []byte(`{"service":[{"id":"#hub","type":"Hub","serviceEndpoint":{"uri":"https://hub.example"}}]}`),
	})
	if made.DID != "did:web:example.com:a:b" || !strings.Contains(string(made.Document), `"id":"did:web:example.com:a:b#hub"`) {
		t.Fatalf("made %s", made.Document)
	}
	rotated, err := w.Rotate(t.Context(), by, made.Identity.ID, "")
	if err != nil || !strings.Contains(string(rotated.Document), "#hub") || len(rotated.Keys) != 2 {
		t.Errorf("rotated %s, %v", rotated.Document, err)
	}
	update := identity.Registration{Operation: identity.ToUpdate, Method: "web", DID: made.DID, Document: rotated.Document}
	same := w.register(by, update) // what is there may be sent back
	if string(same.Document) != string(rotated.Document) {
		t.Errorf("the same document became %s", same.Document)
	}
	update.Document = []byte(`{"verificationMethod":[` + newHolder(t, vc.Ed25519).method("#mine") + `]}`)
	w.refuses(by, update, vc.Unsupported, "document-change-not-offered", "/didDocument")
	update.Document = []byte(`{"alsoKnownAs":["https://a.example"]}`)
	w.refuses(by, update, vc.Unsupported, "document-change-not-offered", "/didDocument")
	update.Document = []byte(`{}`)
	if p := w.register(by, update); strings.Contains(string(p.Document), "service") || len(p.Identity.Services) != 0 {
		t.Errorf("without services: %s", p.Document)
	}
	update.Document = nil
	w.refuses(by, update, vc.Invalid, "document-malformed", "/didDocument")
	w.refuses(by, identity.Registration{Operation: identity.ToUpdate, Method: "key", DID: made.DID}, vc.Invalid, "method-mismatch", "/did")
	w.refuses(caller("t1", "o2"), update, vc.NotFound, "identity-not-found", "")
	tenants := w.register(caller("t1", ""), identity.Registration{Operation: identity.ToCreate, Method: "web"})
	w.refuses(by, identity.Registration{Operation: identity.ToDeactivate, Method: "web", DID: tenants.DID}, vc.Denied, "not-yours", "")
	ended := w.register(by, identity.Registration{Operation: identity.ToDeactivate, Method: "web", DID: made.DID})
	if ended.Identity.DeactivatedAt.IsZero() || ended.Identity.UpdatedBy != by.Principal {
		t.Errorf("ended %+v", ended.Identity)
	}
}

// TestRegisterElsewhere: a DID of ours for a client's keys, whose document the client writes without a signature.
func TestRegisterElsewhere(t *testing.T) {
	w := newWorld(t)
	h, by := newHolder(t, vc.Ed25519), caller("t1", "o1")
	made := w.register(by, identity.Registration{Operation: identity.ToCreate, Method: "web", Document: []byte(`{"verificationMethod":[` + h.method("key-1") + `]}`)})
	if made.Action != "" || made.Identity.Use != vc.UseElsewhere || !strings.Contains(string(made.Document), `"authentication":["`+made.DID+`#key-1"]`) {
		t.Fatalf("made %+v %s", made, made.Document)
	}
	next := w.register(by, identity.Registration{Operation: identity.ToUpdate, Method: "web", DID: made.DID, Document: []byte(`{"verificationMethod":[` + h.method("other") + `],"authentication":["other"]}`)})
	if !strings.Contains(string(next.Document), `"authentication":["`+made.DID+`#other"]`) || strings.Contains(string(next.Document), "assertionMethod") {
		t.Errorf("next %s", next.Document)
	}
	ended := w.register(by, identity.Registration{Operation: identity.ToDeactivate, Method: "web", DID: made.DID})
	if strings.Contains(string(ended.Document), "verificationMethod") {
		t.Errorf("ended %s", ended.Document)
	}
}

// TestRegisterRefuses: documents that none can be, or that are not for this method.
func TestRegisterRefuses(t *testing.T) {
	w := newWorld(t)
	h, by := newHolder(t, vc.Ed25519), caller("t1", "o1")
	_, seed, _ := ed25519.GenerateKey(rand.Reader)
	secret, err := jose.PrivateJWK(seed)
	if err != nil {
		t.Fatal(err)
	}
	methods := func(list ...string) string { return `{"verificationMethod":[` + strings.Join(list, ",") + `]}` }
	var many []string
	for i := range 17 {
		many = append(many, h.method("#k"+string(rune('a'+i))))
	}
	for name, c := range map[string]struct {
		method, document string
		client           bool
		kind             vc.Kind
		code, pointer    string
	}{
		"unknown method":             {"example", `{}`, true, vc.Unsupported, "method-not-supported", "/method"},
		"an array":                   {"web", `[]`, true, vc.Invalid, "document-malformed", "/didDocument"},
		"no JSON":                    {"web", `{`, true, vc.Invalid, "document-malformed", "/didDocument"},
		"methods that are not":       {"web", `{"verificationMethod":{}}`, true, vc.Invalid, "document-malformed", "/didDocument/verificationMethod"},
		"a method that is none":      {"web", `{"verificationMethod":[1]}`, true, vc.Invalid, "document-malformed", "/didDocument/verificationMethod/0"},
		"no type":                    {"web", methods(`{"id":"#a"}`), true, vc.Invalid, "document-malformed", "/didDocument/verificationMethod/0/type"},
		"no key":                     {"web", methods(`{"id":"#a","type":"JsonWebKey2020"}`), true, vc.Invalid, "key-not-supported", "/didDocument/verificationMethod/0"},
		"a private key":              {"web", methods(`{"id":"#a","type":"JsonWebKey2020","publicKeyJwk":` + string(secret) + `}`), true, vc.Invalid, "key-not-supported", "/didDocument/verificationMethod/0"},
		"RSA":                        {"web", methods(`{"id":"#a","type":"JsonWebKey2020","publicKeyJwk":{"kty":"RSA","n":"AQAB","e":"AQAB"}}`), true, vc.Invalid, "key-not-supported", "/didDocument/verificationMethod/0"},
		"one id twice":               {"web", methods(h.method("#a"), h.method("did:web:x#a")), true, vc.Invalid, "document-malformed", "/didDocument/verificationMethod/1/id"},
		"too many":                   {"web", methods(many...), true, vc.Invalid, "too-many-keys", "/didDocument/verificationMethod"},
		"nobody may sign":            {"web", `{"verificationMethod":[` + h.method("#a") + `],"assertionMethod":["#a"]}`, true, vc.Invalid, "document-malformed", "/didDocument/verificationMethod"},
		"two keys of a key":          {"key", methods(h.method("#a"), newHolder(t, vc.P256).method("#b")), true, vc.Invalid, "one-key", "/keys"},
		"services of a key":          {"key", `{"verificationMethod":[` + h.method("#a") + `],"service":[{"id":"#s","type":"T","serviceEndpoint":"https://a.example"}]}`, true, vc.Invalid, "document-not-offered", "/didDocument/service"},
		"services, managed":          {"key", `{"service":[{"id":"#s","type":"T","serviceEndpoint":"https://a.example"}]}`, false, vc.Invalid, "document-not-offered", "/didDocument/service"},
		"a key, managed":             {"key", methods(h.method("#a")), false, vc.Invalid, "document-not-offered", "/didDocument/verificationMethod"},
		"references, managed":        {"web", `{"authentication":["#a"]}`, false, vc.Invalid, "document-not-offered", "/didDocument"},
		"a service without endpoint": {"web", `{"service":[{"id":"#s","type":"T"}]}`, false, vc.Invalid, "document-malformed", "/didDocument/service/0/serviceEndpoint"},
		"large":                      {"web", `{"alsoKnownAs":["` + strings.Repeat("x", 65<<10) + `"]}`, true, vc.Invalid, "document-malformed", "/didDocument"},
	} {
		t.Run(name, func(t *testing.T) {
			w.t = t
			w.refuses(by, identity.Registration{Operation: identity.ToCreate, Method: c.method, Document: []byte(c.document), Client: c.client}, c.kind, c.code, c.pointer)
		})
	}
	w.t = t
	w.wantActs()
	if all, total, err := w.Page(t.Context(), by.Scope, vc.ListQuery{Page: vc.Page{Limit: 10}}); err != nil || len(all) != 0 || total != 0 {
		t.Errorf("something was stored: %v, %v", all, err)
	}
}

// TestRegisterAtOnce: of several who answer one action, one finishes it.
func TestRegisterAtOnce(t *testing.T) {
	w := newWorld(t)
	h, by := newHolder(t, vc.Ed25519), caller("t1", "o1")
	create := identity.Registration{Operation: identity.ToCreate, Method: "web", Client: true, Document: []byte(`{"verificationMethod":[` + h.method("#a") + `]}`)}
	asked := w.register(by, create)
	finish := identity.Registration{Operation: identity.ToCreate, Method: "web", Job: asked.Job, Signature: h.answers(t, asked)}
	results := make(chan error)
	for range 4 {
		server := w.another()
		go func() {
			_, err := server.Register(t.Context(), by, finish)
			results <- err
		}()
	}
	won := 0
	for range 4 {
		if err := <-results; err == nil {
			won++
		} else if codeOf(err) != "job-not-found" && codeOf(err) != "did-registered" {
			t.Errorf("a loser is told %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d finished it", won)
	}
	w.wantActs("identity.created")
}

// TestPayload: what is signed names the act and the document, and every registration asks for something new.
func TestPayload(t *testing.T) {
	w := newWorld(t)
	h, by := newHolder(t, vc.Ed25519), caller("t1", "o1")
	create := identity.Registration{Operation: identity.ToCreate, Method: "key", Client: true, Document: []byte(`{"verificationMethod":[` + h.method("#a") + `]}`)}
	seen := map[string]bool{}
	for range 3 {
		asked := w.register(by, create)
		var body struct {
			Identifier string
			Operation  struct{ Type, Dest, Raw string }
			ReqID      int64 `json:"reqId"`
		}
		if err := json.Unmarshal(asked.Signing[0].Payload, &body); err != nil {
			t.Fatal(err)
		}
		if body.Identifier != asked.DID || body.Operation.Dest != asked.DID || body.Operation.Type != "create" || len(body.Operation.Raw) != 43 || body.ReqID >= 1<<53 {
			t.Errorf("payload %s", asked.Signing[0].Payload)
		}
		if seen[string(asked.Signing[0].Payload)] {
			t.Error("a payload is asked for twice")
		}
		seen[string(asked.Signing[0].Payload)] = true
	}
}

func codeOf(err error) string {
	if e, ok := err.(*vc.Error); ok {
		return e.Code
	}
	return ""
}
