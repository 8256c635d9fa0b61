package empe

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/test/peers"
)

// TestStory tells the whole of it, from an empty server: a schema, an offering for one holder, its QR code read off the picture,
// the claim, the credential read, revoked, published, and a verifier who sees it valid before and revoked after. The holder's
// wallet is the server's own, and one that is written with did-jwt and jose from the documentation.
func TestStory(t *testing.T) {
	for name, wallet := range map[string]func(o *office) storyWallet{
		"our wallet": ownWallet, "did-jwt, did:empe": peerWallet("ES256K", "empe"), "did-jwt, did:key": peerWallet("EdDSA", "key"),
	} {
		t.Run(name, func(t *testing.T) {
			engines(t, func(t *testing.T, w *world) {
				o := w.office("acme")
				o.story(wallet(o))
			})
		})
	}
}

// storyWallet is a wallet in the story.
type storyWallet interface {
	did() string
	claim(scanned string) json.RawMessage // what it got
	answer(scanned string)
}

func (o *office) story(wallet storyWallet) {
	w := o.w
	made := o.post("/api/v1/schemas", object{"name": "Ticket for people", "type": "Ticket", "credentialSubject": ticketClaims()}, o.secret)
	made.equal("/version", 1).equal("/type", "Ticket").equal("/name", "Ticket for people").succeeded()

	offered := o.post("/api/v1/offerings", object{
		"credential_type": "Ticket", "credential_subject": object{"ticket": "A-17", "seat": 4}, "recipient": wallet.did(),
	}, o.secret)
	offered.equal("/recipient", wallet.did()).equal("/redemption_limit", 1).equal("/credential_configuration_ids", []string{"Ticket"}).
		equal("/credential_issuer", o.url()).equal("/credential_subject", object{"ticket": "A-17", "seat": 4}).succeeded()
	id := offered.text("/id")

	scanned := w.scan(w.send("GET", w.path(offered.text("/qr_code_url")), nil, caller{"Accept", "image/png"}))
	want := `{"type":"credential_offering","offering_id":"` + id + `","offering_full_url":"` + offered.text("/offering_full_url") + `","credential_issuer":"` + o.url() + `"}`
	if scanned != want {
		w.t.Errorf("scanned %s, want %s", scanned, want)
	}

	credential := w.reply(&exchange{Body: wallet.claim(scanned)})
	credential.equal("/credentialSubject", object{"id": wallet.did(), "ticket": "A-17", "seat": 4}).equal("/issuer/id", o.did).
		equal("/type", []string{"VerifiableCredential", "Ticket"}).equal("/credentialSchema", object{
		"type": "JsonSchemaValidator2018", "id": made.text("/schemaUri"),
	}).equal("/proof/type", "EcdsaSecp256k1Signature2019").equal("/credentialStatus/0/type", "BitstringStatusListEntry")
	if _, ok := credential.at("/credentialStatus/0/statusListIndex").(float64); !ok {
		credential.errorf("the index is no number")
	}

	if got := o.verified(wallet); got != "verified" {
		w.t.Errorf("before the revocation: %s", got)
	}
	o.post("/api/v1/credentials/"+strings.TrimPrefix(credential.text("/id"), "urn:uuid:")+"/revoke", nil, o.secret).succeeded()
	list := credential.text("/credentialStatus/0/statusListCredential")
	o.post("/api/v1/blockchain/revocations/"+list[strings.LastIndex(list, "/")+1:], nil, o.secret).succeeded()
	if got := o.verified(wallet); got != "failed revoked" {
		w.t.Errorf("after the revocation: %s", got)
	}
}

// verified asks for a ticket, has the wallet answer, and gives what the stream tells at last.
func (o *office) verified(wallet storyWallet) string {
	w := o.w
	asked := o.post("/api/v1/verifier/authorization-requests", object{
		"redirect_uri": w.landing(), "presentation_definition": ticketDefinition(),
	}, o.secret)
	asked.equal("/validity", 600).succeeded()
	stream := w.watch(o.at + "/api/v1/verifier/connection/" + asked.text("/state"))
	if first := stream.next(); first.at("/verification_status") != "pending" {
		first.errorf("the first event")
	}
	wallet.answer(w.scan(w.send("GET", w.path(asked.text("/qr_code_url")), nil, caller{"Accept", "image/png"})))
	last := stream.next()
	stream.end()
	status := last.text("/verification_status")
	if status == "verified" {
		last.equal("/result/holder", wallet.did()).equal("/result/credentials/0/type", []string{"VerifiableCredential", "Ticket"}).
			equal("/result/credentials/0/issuer", o.did).equal("/result/credentials/0/credentialSubject/ticket", "A-17")
		return status
	}
	if strings.Contains(string(last.raw("/errors")), `"revoked"`) {
		status += " revoked"
	}
	return status
}

func ticketDefinition() object {
	return object{"id": "ticket", "input_descriptors": []object{{
		"id": "ticket", "constraints": object{"fields": []object{
			{"path": []string{"$.credentialSubject.ticket", "$.vc.credentialSubject.ticket"}, "filter": object{"type": "string", "pattern": "^A-"}},
		}},
	}}}
}

// peer is a wallet of other people's libraries.
type peer struct {
	o   *office
	key peers.EmpeKey
	vc  json.RawMessage
}

func peerWallet(algorithm, method string) func(o *office) storyWallet {
	return func(o *office) storyWallet { return &peer{o: o, key: o.w.holder(algorithm, method)} }
}

func (p *peer) did() string { return p.key.DID }

func (p *peer) claim(scanned string) json.RawMessage {
	var got peers.EmpeClaimed
	p.o.w.node().Call("empe.claim", peers.EmpeClaim{Scanned: scanned, Key: p.key, JWKS: p.o.w.config.PublicURL + "/oauth2/jwks"}, &got)
	if string(got.VC) != string(got.Read) {
		p.o.w.t.Errorf("claimed %s, read %s", got.VC, got.Read)
	}
	if got.Type != "Bearer" || got.Expires != 3600 || got.Claims["sub"] != p.key.DID {
		p.o.w.t.Errorf("the token is %+v", got.EmpeToken)
	}
	p.vc = got.VC
	return got.VC
}

func (p *peer) answer(scanned string) {
	var answer struct {
		Answer struct {
			RedirectURI string `json:"redirect_uri"`
		}
	}
	p.o.w.node().Call("empe.answer", peers.EmpeAnswer{Scanned: scanned, Key: p.key, Credentials: []json.RawMessage{p.vc}}, &answer)
	if !strings.HasPrefix(answer.Answer.RedirectURI, p.o.w.landing()+"?") {
		p.o.w.t.Errorf("the wallet goes on to %q", answer.Answer.RedirectURI)
	}
}

// own is the server's own wallet, of another tenant.
type own struct {
	o     *office
	who   *office
	name  string
	token caller
	held  string
}

func ownWallet(o *office) storyWallet {
	who := o.w.organisation(o.w.tenant("people"), "Wallets")
	wallet := &own{o: o, who: who, token: bearer(who.token)}
	made := who.post("/wallet/did/generate", object{"methods": []string{"empe-testnet"}}, wallet.token)
	made.holds(len(strings.Fields(made.text("/mnemonic"))) == 24, "there are not 24 words").equal("/dids/0/method", "empe-testnet").succeeded()
	wallet.name = made.text("/dids/0/did")
	return wallet
}

func (p *own) did() string { return p.name }

func (p *own) claim(scanned string) json.RawMessage {
	begun := p.who.post("/wallet/flows", object{"qrContent": scanned}, p.token)
	begun.equal("/flowType", "claim").equal("/status", "initialized").equal("/data/credentialType", "Ticket").
		equal("/data/recipient", p.name).equal("/did", p.name).succeeded()
	done := p.who.post("/wallet/flows/"+begun.text("/processId")+"/confirm", object{"type": "claim"}, p.token)
	done.equal("/status", "confirmed").equal("/credential/status", "valid").succeeded()
	p.held = done.text("/credential/id")
	return done.raw("/credential/credential")
}

func (p *own) answer(scanned string) {
	begun := p.who.post("/wallet/flows", object{"qrContent": scanned}, p.token)
	begun.equal("/flowType", "presentation").equal("/data/matchingCredentials/0/id", p.held).succeeded()
	done := p.who.post("/wallet/flows/"+begun.text("/processId")+"/confirm", object{"type": "presentation", "selectedCredential": p.held}, p.token)
	done.equal("/status", "confirmed").holds(strings.HasPrefix(done.text("/redirectUri"), p.o.w.landing()+"?"), "it goes on elsewhere").succeeded()
}
