package agent_test

import (
	"crypto/ed25519"
	"crypto/rand"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/spec/didpeer"
	"github.com/chancery-vc/chancery/spec/multikey"
)

// raw is an agent of somebody else's, of which there is nothing but a key: what it says is written by the test.
type raw struct {
	*testing.T
	to      *end
	private ed25519.PrivateKey
	own     didcomm.Own
	self    didpeer.Agent
	got     []didcomm.Message
	texts   [][]byte // of got, as they came
}

func newRaw(p *pair, to *end) *raw {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	fine(to.T, err)
	agreement, err := didcomm.AgreementKey(private)
	fine(to.T, err)
	r := &raw{T: to.T, to: to, private: private, own: didcomm.Own{Key: didcomm.Verkey(public), Private: agreement}}
	r.self = didpeer.Agent{Key: multikey.Join(multikey.CodeEd25519, public), Endpoint: "https://raw.example"}
	if p.raw == nil {
		p.raw = map[string]func([]byte){}
	}
	p.raw[r.self.Endpoint] = hear(r)
	return r
}

// say sends a message to a key of the other's.
func (r *raw) say(key string, m didcomm.Message) error {
	r.Helper()
	text, err := didcomm.Encode(m)
	fine(r.T, err)
	return r.sayText(key, text)
}

func (r *raw) sayText(key string, text []byte) error {
	r.Helper()
	to, err := didcomm.ParseVerkey(key)
	fine(r.T, err)
	envelope, err := didcomm.Pack(rand.Reader, text, []didcomm.Verkey{to}, &r.own)
	fine(r.T, err)
	_, err = r.to.Receive(r.Context(), envelope, agent.Source{})
	return err
}

// last is the newest message that came, of that kind.
func last[M didcomm.Message](r *raw) M {
	r.Helper()
	r.to.work()
	if len(r.got) == 0 {
		r.Fatal("nothing came")
	}
	m, ok := r.got[len(r.got)-1].(M)
	if !ok {
		r.Fatalf("a %s came", r.got[len(r.got)-1].Head().Type)
	}
	return m
}

func head(t didcomm.Type, id, thread, parent string) didcomm.Header {
	h := didcomm.Header{Type: t, ID: id}
	if thread != "" || parent != "" {
		h.Thread = &didcomm.Thread{ID: thread, Parent: parent}
	}
	return h
}

// request is a request of DID Exchange 1.1 to an invitation.
func (r *raw) request(id string, invitation agent.InvitationView) *didcomm.DIDRequest {
	did, err := r.self.Encode4()
	fine(r.T, err)
	return &didcomm.DIDRequest{Header: head(didcomm.TypeDIDRequest, id, "", invitation.Invitation.MessageID), Label: "raw", DID: did}
}

// A wallet of connections 1.0 is answered, and connected by whatever it says next.
func TestConnections10(t *testing.T) {
	for _, auto := range []bool{true, false} {
		p := strangers(t, vc.AgentSettings{AutoAcceptRequests: flag(auto)}, vc.AgentSettings{})
		r := newRaw(p, p.issuer)
		invitation := p.issuer.invite(agent.NewInvitation{Handshake: []string{"connections/1.0", "didexchange/1.1"}})
		did, document, err := r.self.Legacy()
		fine(t, err)
		request := &didcomm.ConnectionRequest{
			Header: head(didcomm.TypeConnectionRequest, "r", "", ""), Label: "old", Connection: didcomm.ConnectionSide{DID: did, DIDDoc: document},
		}
		fine(t, r.say(invitation.Invitation.Key, request))
		if !auto {
			_, err := p.issuer.AcceptRequest(t.Context(), p.issuer.by, p.issuer.sole(vc.Asked).Connection.ID, agent.How{})
			fine(t, err)
		}
		response := last[*didcomm.ConnectionResponse](r)
		value, signer, err := response.Signed.Verify()
		if err != nil || signer.String() != invitation.Invitation.Key || response.ThreadID() != "r" {
			t.Fatalf("%s %s: %v", signer, response.ThreadID(), err)
		}
		var side didcomm.ConnectionSide
		fine(t, json.Unmarshal(value, &side))
		parsed, err := didpeer.ParseLegacy(side.DIDDoc)
		fine(t, err)
		targets, err := didcomm.Targets(parsed)
		fine(t, err)
		again := *request
		again.ID, again.Thread = "r2", &didcomm.Thread{ID: "r"}
		fine(t, r.say(invitation.Invitation.Key, &again))
		if got := last[*didcomm.ConnectionResponse](r); got == response || len(r.got) != 2 {
			t.Errorf("%d responses", len(r.got))
		}
		p.issuer.sole(vc.Answered)
		fine(t, r.say(targets[0].Recipients[0].String(), &didcomm.Ping{Header: head(didcomm.TypePing, "p", "", "")}))
		last[*didcomm.PingResponse](r)
		if c := p.issuer.sole(vc.Completed); c.Their != did || c.TheirLabel != "old" || c.Connection.Protocol != "connections/1.0" {
			t.Errorf("%+v", c)
		}
	}
}

// Requests that are wrong are refused, with words, and leave what is there as it was.
func TestBadRequests(t *testing.T) {
	p := strangers(t, willing(), willing())
	invitation := p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}})
	r := newRaw(p, p.issuer)
	other := newRaw(p, p.issuer)
	refusedWith := func(m *didcomm.DIDRequest, text string) {
		t.Helper()
		before := len(r.got)
		fine(t, r.say(invitation.Invitation.Key, m))
		p.issuer.work()
		if text == "" {
			if len(r.got) != before {
				t.Errorf("an answer came: %s", r.got[before].Head().Type)
			}
		} else if report := last[*didcomm.ProblemReport](r); report.Code() != didcomm.ProblemRequestNotAccepted || !strings.Contains(report.Text(), text) {
			t.Errorf("%s: %s", report.Code(), report.Text())
		}
		p.issuer.sole(vc.Invited)
	}
	p.raw[r.self.Endpoint] = hear(r) // at the endpoint of both

	m := r.request("a", invitation)
	m.Thread.Parent = "another"
	refusedWith(m, "invitation")
	m = r.request("b", invitation)
	m.DID = other.request("x", invitation).DID // another's DID
	refusedWith(m, "")
	m = r.request("c", invitation)
	m.DID = "did:peer:4zQmbejesA6qzitfFBTbviCJQrLB4ZV2X1TxYUcHpbdeG65t"
	refusedWith(m, "")
	m = r.request("d", invitation)
	m.DID, _, _ = r.self.Legacy() // without its document
	refusedWith(m, "")
	p.issuer.Check = func(string) error { return vc.Errorf(vc.Denied, "url-not-allowed", "no") }
	refusedWith(r.request("e", invitation), "")
	p.issuer.Check = nil

	for _, of := range []struct {
		m    didcomm.Message
		kind vc.Kind
		code string
	}{
		{&didcomm.Ping{Header: head(didcomm.TypePing, "1", "", "")}, vc.Denied, "sender-unknown"},
		{&didcomm.Rotate{Header: head(didcomm.TypeRotate, "2", "", ""), ToDID: "did:key:z6MkqGRnVMs6wTCZ322PpkRFKPximczvhvxGWp6juyPJgkCK"}, vc.Denied, "sender-unknown"},
		{&didcomm.Reuse{Header: head(didcomm.TypeReuse, "3", "3", invitation.Invitation.MessageID)}, vc.Denied, "sender-unknown"},
	} {
		wanted(t, r.say(invitation.Invitation.Key, of.m), of.kind, of.code)
	}
	fine(t, r.say(invitation.Invitation.Key, &didcomm.DIDComplete{Header: head(didcomm.TypeDIDComplete, "4", "t", "")}))
	fine(t, r.say(invitation.Invitation.Key, &didcomm.ProblemReport{Header: head(didcomm.TypeDIDProblem, "5", "t", "")}))
	fine(t, r.sayText(invitation.Invitation.Key, []byte(`{"@type":"https://didcomm.org/unheard-of/1.0/x","@id":"6"}`)))
	wanted(t, r.sayText(invitation.Invitation.Key, []byte(`{"@type":"x"}`)), vc.Invalid, "message-malformed")
	wanted(t, r.say("BpAju7cfbui5vXBh9BTQUJQix3j5J3hupoBp5hRHmXQw", m), vc.NotFound, "recipient-unknown")
	p.issuer.sole(vc.Invited)

	// And the invitation is as good as it was.
	fine(t, r.say(invitation.Invitation.Key, r.request("z", invitation)))
	last[*didcomm.DIDResponse](r)
	p.issuer.sole(vc.Answered)
	// The same request anew, for the response was lost: the same answer. Another's in that thread: none.
	m = r.request("y", invitation)
	m.Thread.ID = "z"
	first := last[*didcomm.DIDResponse](r)
	fine(t, r.say(invitation.Invitation.Key, m))
	if second := last[*didcomm.DIDResponse](r); second.DID != first.DID || second.ID == first.ID {
		t.Errorf("%s and %s", first.DID, second.DID)
	}
	stolen := other.request("w", invitation)
	stolen.Thread.ID = "z"
	count := len(r.got)
	fine(t, other.say(invitation.Invitation.Key, stolen))
	p.issuer.work()
	p.issuer.sole(vc.Answered)
	if len(r.got) != count {
		t.Errorf("%d messages came of another's request", len(r.got)-count)
	}
}

// hear is how a raw agent takes what is sent to its endpoint; what is for another key is not for it.
func hear(r *raw) func([]byte) {
	return func(envelope []byte) {
		parsed, err := didcomm.ParseEnvelope(envelope)
		fine(r.T, err)
		opened, err := parsed.Open(r.own)
		if err != nil {
			return
		}
		message, err := didcomm.Decode(opened.Message)
		fine(r.T, err)
		r.got, r.texts = append(r.got, message), append(r.texts, opened.Message)
	}
}

// A response that no key of the invitation vouches for makes no connection.
func TestBadResponse(t *testing.T) {
	for name, spoil := range map[string]func(*didcomm.DIDResponse, *raw){
		"unsigned":          func(m *didcomm.DIDResponse, _ *raw) { m.DIDRotate = nil },
		"signed by another": func(m *didcomm.DIDResponse, r *raw) { sign(newRaw(&pair{network: &network{}}, r.to), m) },
		"another DID signed": func(m *didcomm.DIDResponse, r *raw) {
			m.DIDRotate = didcomm.RotateAttachment("a", "did:example:x")
			signAttachment(r, m.DIDRotate)
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := strangers(t, willing(), willing())
			r := newRaw(p, p.holder)
			request := r.invites(p.holder, didcomm.DIDExchange11)
			key := keyOf(t, request)
			response := r.response(request)
			good := *response
			spoil(response, r)
			fine(t, r.say(key, response))
			if report := last[*didcomm.ProblemReport](r); report.Code() != didcomm.ProblemResponseNotAccepted {
				t.Error(report.Code())
			}
			if c := p.holder.sole(vc.Broken); !strings.Contains(c.Connection.Error, "did-unsigned") {
				t.Error(c.Connection.Error)
			}
			good.ID = "late"
			fine(t, r.say(key, &good))
			p.holder.sole(vc.Broken)
		})
	}
}

func sign(r *raw, m *didcomm.DIDResponse) {
	m.DIDRotate = didcomm.RotateAttachment("a", m.DID)
	signAttachment(r, m.DIDRotate)
}

func signAttachment(r *raw, a *didcomm.Attachment) {
	fine(r.T, a.Sign(r.own.Key, func(input []byte) ([]byte, error) { return ed25519.Sign(r.private, input), nil }))
}

// invites has an end take an invitation, and gives its request.
func (r *raw) invites(e *end, protocol string) *didcomm.DIDRequest {
	r.Helper()
	text, err := didcomm.Encode(&didcomm.Invitation{
		Header: head(didcomm.TypeInvitation, "i", "", ""), HandshakeProtocols: []string{protocol},
		Services: []didcomm.InvitationService{{Inline: &didcomm.Service{
			ID: "#inline", Type: "did-communication", RecipientKeys: []string{r.own.Key.DIDKey()}, Endpoint: r.self.Endpoint,
		}}},
	})
	fine(r.T, err)
	_, err = e.Take(r.Context(), e.by, agent.Taking{Message: text})
	fine(r.T, err)
	return last[*didcomm.DIDRequest](r)
}

// keyOf is the key of who asks.
func keyOf(t *testing.T, request *didcomm.DIDRequest) string {
	t.Helper()
	document, err := didpeer.Resolve(request.DID)
	if request.DIDDoc != nil {
		document, _, err = request.SignedDocument()
	}
	fine(t, err)
	parsed, err := didpeer.ParseLegacy(document)
	fine(t, err)
	targets, err := didcomm.Targets(parsed)
	fine(t, err)
	return targets[0].Recipients[0].String()
}

// response answers a request as it should be.
func (r *raw) response(request *didcomm.DIDRequest) *didcomm.DIDResponse {
	m := &didcomm.DIDResponse{Header: request.Reply(request.Type.Answer("response", 1), "s")}
	var err error
	if request.DIDDoc == nil {
		m.DID, err = r.self.Encode4()
		fine(r.T, err)
		sign(r, m)
		return m
	}
	var document []byte
	m.DID, document, err = r.self.Legacy()
	fine(r.T, err)
	m.DIDDoc = didcomm.DocumentAttachment("a", document)
	signAttachment(r, m.DIDDoc)
	return m
}

// A request that a client hands over is taken as one that came.
func TestReceiveRequest(t *testing.T) {
	p := strangers(t, vc.AgentSettings{}, vc.AgentSettings{})
	ctx := t.Context()
	r := newRaw(p, p.issuer)
	invitation := p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}})
	text, err := didcomm.Encode(r.request("r", invitation))
	fine(t, err)
	_, err = p.issuer.ReceiveRequest(ctx, p.issuer.by, []byte(`{"@type":"https://didcomm.org/trust_ping/1.0/ping","@id":"1"}`), agent.How{})
	wanted(t, err, vc.Invalid, "message-malformed")
	view, err := p.issuer.ReceiveRequest(ctx, p.issuer.by, text, agent.How{Auto: flag(true)})
	fine(t, err)
	if view.Connection.State != vc.Answered || view.TheirLabel != "raw" || view.Connection.Protocol != "didexchange/1.1" {
		t.Errorf("%+v", view)
	}
	response := last[*didcomm.DIDResponse](r)
	key, err := didcomm.ParseVerkey(invitation.Invitation.Key)
	fine(t, err)
	fine(t, response.VerifyRotate(key))
	_, err = p.issuer.ReceiveRequest(ctx, p.issuer.by, text, agent.How{})
	wanted(t, err, vc.Conflict, "connection-state")
	stranger, err := didcomm.Encode(newRaw(p, p.issuer).request("s", agent.InvitationView{Invitation: vc.Invitation{MessageID: "none"}}))
	fine(t, err)
	_, err = p.issuer.ReceiveRequest(ctx, p.issuer.by, stranger, agent.How{})
	wanted(t, err, vc.Invalid, "no-public-did")
}

// A DID of numalgo 1 comes with its document, and is answered by one of numalgo 4.
func TestGenesis(t *testing.T) {
	p := strangers(t, willing(), willing())
	r := newRaw(p, p.issuer)
	invitation := p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}})
	genesis := []byte(`{"@context":["https://w3id.org/did/v1"],"verificationMethod":[{"id":"#k","type":"Ed25519VerificationKey2018","controller":"#id",` +
		`"publicKeyBase58":"` + r.own.Key.String() + `"}],"authentication":["#k"],"service":[{"id":"#s","type":"did-communication","priority":0,` +
		`"recipientKeys":["#k"],"routingKeys":[],"serviceEndpoint":"` + r.self.Endpoint + `"}]}`)
	request := r.request("r", invitation)
	var err error
	request.DID, err = didpeer.EncodeGenesis(genesis)
	fine(t, err)
	request.DIDDoc = didcomm.DocumentAttachment("a", genesis)
	fine(t, r.say(invitation.Invitation.Key, request)) // unsigned
	p.issuer.sole(vc.Invited)
	signAttachment(r, request.DIDDoc)
	request.ID = "s"
	fine(t, r.say(invitation.Invitation.Key, request))
	if response := last[*didcomm.DIDResponse](r); !strings.HasPrefix(response.DID, "did:peer:4") || response.DIDRotate == nil {
		t.Errorf("%+v", response)
	}
	if c := p.issuer.sole(vc.Answered); c.Their != request.DID {
		t.Errorf("%+v", c)
	}
}
