package empe

import (
	"bytes"
	"strings"

	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/test/peers"
	"github.com/chancery-vc/chancery/test/suite"
)

// office is a tenant with the one organisation that issues and verifies for it, as one of Empe's issuers; and who runs it.
type office struct {
	w      *world
	at     string // the door for this tenant: /t/acme/empe
	tenant sdk.Tenant
	org    sdk.Organisation
	client sdk.Principal // the back end's
	secret caller        // its x-client-secret
	token  string        // its access token
	admin  string        // an API key of the organisation's administrator
	did    string        // did:empe of the issuer
}

// office makes one; slug must be new.
func (w *world) office(slug string) *office {
	w.t.Helper()
	tenant := must(w.native(w.operator).CreateTenant(w.t.Context(), sdk.NewTenant{Slug: slug, Name: "Tenant " + slug}))
	o := w.organisation(tenant, "Issuer of "+slug)
	o.did = must(w.native(o.admin).CreateDID(w.t.Context(), sdk.NewDID{
		Method: "empe", Algorithm: "secp256k1", Options: map[string]string{"network": "testnet"},
	})).DID
	return o
}

// organisation makes an organisation of a tenant, with a client and without a DID.
func (w *world) organisation(tenant sdk.Tenant, name string) *office {
	w.t.Helper()
	ctx := w.t.Context()
	o := &office{w: w, at: "/t/" + tenant.Slug + prefix, tenant: tenant}
	if tenant.Slug == "default" {
		o.at = prefix
	}
	inside := w.native(w.operator)
	inside.Tenant = tenant.Slug
	o.org = must(inside.CreateOrganisation(ctx, sdk.NewOrganisation{Name: name, MayIssue: true, MayVerify: true}))
	inside.Organisation = o.org.ID
	admin := []sdk.Grant{{Role: "organisation-admin", Organisation: o.org.ID}}
	o.admin = must(inside.CreateAPIKey(ctx, sdk.NewPrincipal{Name: "administrator", Grants: admin})).Secret
	o.client = must(inside.CreateClient(ctx, sdk.NewPrincipal{Name: "back end", Grants: admin}))
	o.secret, o.token = secret(o.client.Secret), w.token(o.at, o.client.ID, o.client.Secret)
	return o
}

// token gets an access token with client credentials.
func (w *world) token(at, id, secret string) string {
	w.t.Helper()
	return suite.Token(w.t, w.client, w.url+at+"/oauth2/token", id, secret)
}

func (o *office) url() string { return o.w.config.PublicURL + o.at }

func (o *office) get(path string, by caller) *reply { return o.w.send("GET", o.at+path, nil, by) }

func (o *office) post(path string, body any, by caller) *reply {
	return o.w.send("POST", o.at+path, body, by)
}

func (o *office) remove(path string, by caller) *reply { return o.w.send("DELETE", o.at+path, nil, by) }

// ticketClaims is what a ticket says about who holds it.
func ticketClaims() object {
	return object{
		"type": "object", "properties": object{
			"id": object{"type": "string"}, "ticket": object{"type": "string"}, "seat": object{"type": "integer", "minimum": 1},
		},
		"required": []string{"ticket"}, "additionalProperties": false,
	}
}

// schema makes one, or its next version.
func (o *office) schema(name string) *reply {
	o.w.t.Helper()
	return o.post("/api/v1/schemas", object{"name": name + " for people", "type": name, "credentialSubject": ticketClaims()}, o.secret).succeeds()
}

// offer makes an offering of tickets.
func (o *office) offer(more object) *reply {
	o.w.t.Helper()
	body := object{"credential_type": "Ticket", "credential_subject": object{"ticket": "A-17", "seat": 4}}
	for name, value := range more {
		body[name] = value
	}
	return o.post("/api/v1/offerings", body, o.secret).succeeds()
}

// holder makes a key that is a wallet's own. Algorithms: ES256K with method "empe", EdDSA or ES256 with "key" or "jwk".
func (w *world) holder(algorithm, method string) (key peers.EmpeKey) {
	w.t.Helper()
	network := ""
	if method == "empe" {
		network = "testnet"
	}
	w.node().Call("empe.key", object{"alg": algorithm, "method": method, "network": network}, &key)
	return key
}

// login gets a token for a holder, by the wallet in JavaScript.
func (o *office) login(key peers.EmpeKey) (token peers.EmpeToken) {
	o.w.t.Helper()
	o.w.node().Call("empe.login", peers.EmpeLogin{Issuer: o.url(), Key: key, Now: o.w.clock.Now().Unix()}, &token)
	return token
}

// present signs a presentation by did-jwt.
func (w *world) present(p peers.EmpePresent) string {
	w.t.Helper()
	p.Now = w.clock.Now().Unix()
	var answer struct{ VP string }
	w.node().Call("empe.present", p, &answer)
	return answer.VP
}

// scan reads a picture as a phone does.
func (w *world) scan(picture *reply) string {
	w.t.Helper()
	picture.succeeds()
	if media := picture.header().Get("Content-Type"); media != "image/png" || !bytes.HasPrefix(picture.body(), []byte("\x89PNG")) {
		w.t.Fatalf("%s: not a picture but %s", picture.Name(), media)
	}
	var answer struct{ Text string }
	w.node().Call("qr", peers.QR{PNG: picture.body()}, &answer)
	return answer.Text
}

// path is what of a URL comes after the server's address.
func (w *world) path(url string) string {
	w.t.Helper()
	path, ok := strings.CutPrefix(url, w.config.PublicURL)
	if !ok {
		w.t.Fatalf("%s is not here", url)
	}
	return path
}
