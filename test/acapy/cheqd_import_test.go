package acapy

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/mr-tron/base58"

	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/spec/multikey"
	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

// outsider has keys of its own, whose DIDs it has a registrar write to the ledger.
type outsider struct {
	w    *world
	by   http.Header // who is paid for
	keys map[string]ed25519.PrivateKey
}

// outside is one, of another tenant.
func (w *world) outside() *outsider {
	w.t.Helper()
	inside := w.native(w.operator)
	inside.Tenant = must(inside.CreateTenant(w.t.Context(), sdk.NewTenant{Slug: "outside", Name: "Outside"})).Slug
	key := must(inside.CreateAPIKey(w.t.Context(), sdk.NewPrincipal{Name: "registrar", Grants: []sdk.Grant{{Role: "tenant-admin"}}}))
	return &outsider{w, bearer(key.Secret), map[string]ed25519.PrivateKey{}}
}

// seedOf is the text of a seed and its key.
func seedOf(letter string) (string, ed25519.PrivateKey) {
	text := strings.Repeat(letter, ed25519.SeedSize)
	return text, ed25519.NewKeyFromSeed([]byte(text))
}

// method is a verification method as a form has it.
func (o *outsider) method(did, name, form string, key ed25519.PrivateKey) object {
	o.keys[did+"#"+name] = key
	m := object{"id": did + "#" + name, "type": form, "controller": did}
	if form == "Ed25519VerificationKey2018" {
		m["publicKeyBase58"] = base58.Encode(key[32:])
	} else {
		m["publicKeyMultibase"] = multikey.Join(multikey.CodeEd25519, key[32:])
	}
	return m
}

func documentOf(did string, methods ...object) object {
	first := methods[0]["id"]
	return object{
		"id": did, "controller": []string{did}, "verificationMethod": methods, "authentication": []any{first}, "assertionMethod": []any{first},
	}
}

// write has the registrar do something in its two steps, as the plugin does.
func (o *outsider) write(operation string, body object) {
	w := o.w
	w.t.Helper()
	asked := w.send(http.MethodPost, "/1.0/"+operation+"?method=cheqd", body, o.by)
	var state struct {
		Job   string `json:"jobId"`
		State struct {
			Signing map[string]struct {
				Kid     string `json:"kid"`
				Payload []byte `json:"serializedPayload"`
			} `json:"signingRequest"`
		} `json:"didState"`
	}
	if err := json.Unmarshal(asked.Exchange.Body, &state); err != nil || len(state.State.Signing) == 0 {
		w.t.Fatalf("%s: %s", operation, asked.Exchange.Body)
	}
	signed := object{}
	for name, one := range state.State.Signing {
		if key, ok := o.keys[one.Kid]; ok {
			signed[name] = object{"kid": one.Kid, "signature": base64.StdEncoding.EncodeToString(ed25519.Sign(key, one.Payload))}
		}
	}
	again := object{"jobId": state.Job, "secret": object{"signingResponse": signed}}
	if finished := w.send(http.MethodPost, "/1.0/"+operation+"?method=cheqd", again, o.by); finished.Exchange.Status != http.StatusCreated {
		w.t.Fatalf("%s: %s", operation, finished.Exchange.Body)
	}
}

// within is the operator in a wallet.
func (w *world) within(a *agent) *sdk.Client {
	w.t.Helper()
	inside := w.native(w.operator)
	for _, tenant := range must(inside.ListTenants(w.t.Context(), sdk.ListQuery{Limit: 100})).Items {
		if tenant.Name == a.Name {
			inside.Tenant = tenant.Slug
		}
	}
	inside.Organisation = must(inside.ListOrganisations(w.t.Context(), sdk.ListQuery{})).Items[0].ID
	return inside
}

// register writes a document to the ledger.
func (o *outsider) register(document object) {
	o.w.t.Helper()
	o.write("create", object{"didDocument": document, "options": object{"network": "testnet"}})
}

func newDID() string { return "did:cheqd:testnet:" + uuid.NewString() }

// TestCheqdImport takes over a DID that was made elsewhere: its key comes first, by its seed, then the document as anybody resolves it.
// The DID issues from then on, changes, and ends, as one that was made here.
func TestCheqdImport(t *testing.T) {
	suite.Engines(t, func(t *testing.T, engine string) {
		w := onLedger(t, engine)
		issuer, holder := w.wallet("issuer"), w.wallet("holder")
		o := w.outside()
		p := connect(t, issuer.Controller, holder.Controller, "1.1")
		for form, has := range map[string]struct {
			letter  string
			options object
			key     func(seed string) string // verkey
		}{
			"Ed25519VerificationKey2020": {"1", ed2020, func(seed string) string {
				made := issuer.answered("POST", "/wallet/keys", object{"seed": seed}, 201, "")
				public := must(multikey.Decode(made.Text("/multikey")))
				return base58.Encode(public.Key.(ed25519.PublicKey))
			}},
			"Ed25519VerificationKey2018": {"2", ed2018, func(seed string) string {
				made := issuer.answered("POST", "/wallet/did/create", object{"method": "key", "seed": seed, "options": object{"key_type": "ed25519"}}, 200, "")
				return made.Text("/result/verkey")
			}},
		} {
			did := newDID()
			seed, key := seedOf(has.letter)
			o.register(documentOf(did, o.method(did, "key-1", form, key)))
			verkey := has.key(seed)
			document := w.ledgerHas(did).object()["didDocument"]
			issuer.answered("POST", "/did/import", object{"did_document": document, "metadata": object{"from": "elsewhere"}}, 200, "").
				equal("/result/did", did).equal("/result/verkey", verkey).equal("/result/method", "cheqd").equal("/result/key_type", "ed25519").
				equal("/result/posture", "posted").equal("/result/metadata/from", "elsewhere")
			issuer.answered("GET", "/wallet/did?did="+did, nil, 200, "").equal("/results/0/verkey", verkey).equal("/results/0/metadata/from", "elsewhere").absent("/results/1")
			issuer.answered("POST", "/did/import", object{"did_document": document}, 400, "already")

			x := p.issue(resident(did), has.options)
			if x.stored["issuer"] != did || peers.Text(x.stored, "/proof/verificationMethod") != did+"#key-1" {
				t.Errorf("%s: %v", form, x.stored)
			}
			if y := p.prove(x); y.verified != "true" {
				t.Errorf("%s: the proof is %+v", form, y)
			}
			p.ends(x)
			issuer.answered("POST", "/wallet/cheqd/set-did-endpoint", object{"did": did, "endpoint": "https://agent.example/a"}, 200, "")
			w.ledgerHas(did).equal("/didDocument/service/0/serviceEndpoint", "https://agent.example/a").equal("/didDocument/verificationMethod/0/type", form)
			issuer.answered("POST", "/did/cheqd/deactivate", object{"did": did}, 200, "")
			w.ledgerHas(did).equal("/didDocumentMetadata/deactivated", true)
		}
	})
}

// TestCheqdImportRefused takes nothing over that the wallet could not sign for, or would not keep whole; nothing of it is stored.
func TestCheqdImportRefused(t *testing.T) {
	suite.Engines(t, func(t *testing.T, engine string) {
		suite.Guard(t, func() {
			w := onLedger(t, engine)
			a, other := w.wallet("acme"), w.wallet("other")
			o := w.outside()
			const form = "Ed25519VerificationKey2020"
			seed, mine := seedOf("1")
			_, theirs := seedOf("2")
			for _, wallet := range []*agent{a, other} { // both know the seed
				wallet.answered("POST", "/wallet/keys", object{"seed": seed}, 201, "")
			}
			written := func(change func(did string, document object) object) object {
				did := newDID()
				document := documentOf(did, o.method(did, "key-1", form, mine))
				if change != nil {
					document = change(did, document)
				}
				o.register(document)
				return document
			}
			plain := written(nil)
			ended := written(nil)
			o.write("deactivate", object{"did": ended["id"]})
			taken := written(nil)
			other.answered("POST", "/did/import", object{"did_document": taken}, 200, "")
			controller := written(nil)
			with := func(document object, name string, value any) object {
				changed := object{}
				for k, v := range document {
					changed[k] = v
				}
				changed[name] = value
				return changed
			}
			p384 := must(w.within(a).CreateKey(t.Context(), "P-384")) // of the wallet, and of a kind that controls no DID here
			before := w.counts()
			for name, row := range map[string]struct {
				document any
				status   int
				text     string
			}{
				"no such DID":      {documentOf("did:cheqd:testnet:099be283-4302-40cc-9850-22016bcd1d86", plain["verificationMethod"].([]object)...), 400, "No document found for did:cheqd:testnet:099be283"},
				"deactivated":      {ended, 400, "deactivated"},
				"another wallet's": {taken, 400, "already"},
				"another's key":    {written(func(did string, d object) object { return documentOf(did, o.method(did, "key-1", form, theirs)) }), 400, "the key of"},
				"one of two is not": {written(func(did string, d object) object {
					return documentOf(did, o.method(did, "key-1", form, mine), o.method(did, "key-2", form, theirs))
				}), 400, "key-2 is not here"},
				"another controller": {written(func(did string, d object) object {
					o.keys[did+"#key-1"] = mine
					return with(d, "controller", []any{did, controller["id"]})
				}), 400, "not kept here"},
				"another name": {written(func(did string, d object) object { return with(d, "alsoKnownAs", []string{"https://a.example"}) }), 400, "not kept here"},
				"a key of another kind": {written(func(did string, d object) object {
					method := object{"id": did + "#key-2", "type": "JsonWebKey2020", "controller": did, "publicKeyJwk": p384.PublicJWK}
					return with(d, "verificationMethod", append(d["verificationMethod"].([]object), method))
				}), 400, "not kept here"},
				"what the ledger does not have": {documentOf(plain["id"].(string), o.method(plain["id"].(string), "key-2", form, mine)), 400, "the ledger has no such key"},
				"a did:key":                     {object{"id": "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp", "verificationMethod": []object{{"id": "#x", "type": form, "controller": "x"}}}, 400, "only a DID on a ledger"},
				"no id":                         {with(plain, "id", ""), 400, "DID document must contain an 'id' field"},
				"no keys":                       {with(plain, "verificationMethod", []any{}), 400, "DID document must contain verification methods"},
				"a key that is none":            {with(plain, "verificationMethod", []object{{"id": plain["id"].(string) + "#key-1", "type": form, "controller": plain["id"], "publicKeyMultibase": "z6Mk"}}), 400, ""},
				"no document":                   {"x", 422, "Not a valid mapping type."},
				"null":                          {nil, 422, "Field may not be null."},
			} {
				count := w.number(`SELECT count(*) FROM identities`)
				a.answered("POST", "/did/import", object{"did_document": row.document}, row.status, row.text)
				if now := w.number(`SELECT count(*) FROM identities`); now != count {
					t.Errorf("%s: it is stored", name)
				}
			}
			a.as(nobody).answered("POST", "/did/import", object{"did_document": plain}, 401, "")
			for _, table := range []string{"ledger_transactions", "did_registrations"} { // the outsider's
				before[table] = w.number(`SELECT count(*) FROM ` + table)
			}
			w.unchanged(before, "refusals")
			a.answered("POST", "/did/import", object{"did_document": plain}, 200, "")
		})
	})
}
