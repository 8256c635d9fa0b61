package agent_test

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// meet connects raw agents with an end, and gives the end's key for each and its connection.
func (e *end) meet(peers ...*raw) (keys, connections []string) {
	e.Helper()
	invitation := e.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}, MultiUse: true})
	known := map[string]bool{}
	for i, r := range peers {
		thread := fmt.Sprint("r", i)
		fine(e.T, r.say(invitation.Invitation.Key, r.request(thread, invitation)))
		response := last[*didcomm.DIDResponse](r)
		key := keyOf(e.T, &didcomm.DIDRequest{DID: response.DID})
		fine(e.T, r.say(key, &didcomm.DIDComplete{Header: head(didcomm.TypeDIDComplete, "c"+thread, thread, invitation.Invitation.MessageID)}))
		keys = append(keys, key)
		for _, c := range e.connections() {
			if c.Connection.State == vc.Completed && !known[c.Connection.ID] {
				known[c.Connection.ID] = true
				connections = append(connections, c.Connection.ID)
			}
		}
	}
	if len(connections) != len(peers) {
		e.Fatalf("%d connections", len(connections))
	}
	return keys, connections
}

// twoRaw are two agents of somebody else's that our issuer knows, each at its endpoint.
func twoRaw(t *testing.T) (p *pair, friend, foe *raw) {
	p = strangers(t, vc.AgentSettings{Preserve: flag(true), AutoAcceptRequests: flag(true)}, vc.AgentSettings{})
	friend, foe = newRaw(p, p.issuer), newRaw(p, p.issuer)
	foe.self.Endpoint = "https://foe.example"
	p.raw[friend.self.Endpoint], p.raw[foe.self.Endpoint] = hear(friend), hear(foe)
	return p, friend, foe
}

const detailFormat = "aries/ld-proof-vc-detail@v1.0"

// asking is a request for a credential, with whatever data its attachment has.
func asking(id, thread, data string) []byte {
	return []byte(`{"@type":"https://didcomm.org/issue-credential/2.0/request-credential","@id":"` + id + `","~thread":{"thid":"` + thread + `"},` +
		`"formats":[{"attach_id":"a","format":"` + detailFormat + `"}],"requests~attach":[{"@id":"a","mime-type":"application/json","data":` + data + `}]}`)
}

func inBase64(content []byte) string {
	return `{"base64":"` + base64.RawURLEncoding.EncodeToString(content) + `"}`
}

func plainly(kind, id, thread, more string) []byte {
	return []byte(`{"@type":"https://didcomm.org/` + kind + `","@id":"` + id + `","~thread":{"thid":"` + thread + `"}` + more + `}`)
}

// Whoever knows the thread of another peer's exchange can neither take it, nor end it, nor say that it is done.
func TestThreadOfAnother(t *testing.T) {
	p, friend, foe := twoRaw(t)
	keys, connections := p.issuer.meet(friend, foe)
	x, err := p.issuer.SendOffer(t.Context(), p.issuer.by, connections[0], agent.Terms{Filter: p.wish()})
	fine(t, err)
	offer := last[*didcomm.OfferCredential](friend)
	thread, content := offer.ID, x.Formats["cred_offer"]["ld_proof"]
	interfere := func(state vc.ExchangeState) {
		t.Helper()
		for i, text := range [][]byte{
			asking("f1", thread, inBase64(content)),
			plainly("issue-credential/2.0/ack", "f2", thread, `,"status":"OK"`),
			plainly("issue-credential/2.0/problem-report", "f3", thread, `,"description":{"code":"issuance-abandoned"}`),
			plainly("issue-credential/2.0/propose-credential", "f4", thread, `,"formats":[],"filters~attach":[]`),
			plainly("report-problem/1.0/problem-report", "f5", thread, `,"description":{"code":"x"}`),
		} {
			text = []byte(strings.Replace(string(text), `"@id":"f`, `"@id":"`+string(state)+`-f`, 1))
			if err := foe.sayText(keys[1], text); err != nil && vc.KindOf(err) == vc.Internal {
				t.Errorf("%d: %v", i, err)
			}
			p.issuer.work()
			view, err := p.issuer.Exchange(t.Context(), p.issuer.by.Scope, x.Exchange.ID)
			fine(t, err)
			if view.Exchange.State != state || view.Exchange.Channel != connections[0] || view.Exchange.Error != "" {
				t.Errorf("%d: %s at %s, %s", i, view.Exchange.State, view.Exchange.Channel, view.Exchange.Error)
			}
		}
		for _, m := range foe.got {
			if strings.Contains(string(m.Head().Type), "issue-credential/2.0/issue") {
				t.Error("another's credential was sent")
			}
		}
	}
	interfere(vc.Offered)
	fine(t, friend.sayText(keys[0], asking("q", thread, inBase64(content))))
	interfere(vc.Requested)
	_, err = p.issuer.IssueNow(t.Context(), p.issuer.by, x.Exchange.ID, "")
	fine(t, err)
	last[*didcomm.IssueCredential](friend)
	interfere(vc.Delivered)
	if n := len(p.issuer.credentials()); n != 1 {
		t.Errorf("%d credentials", n)
	}
	fine(t, friend.sayText(keys[0], plainly("issue-credential/2.0/ack", "k", thread, `,"status":"OK"`)))
	interfere(vc.Accepted)
}

// What jumps over a state, is for the other end or carries what nobody can read leaves an offer as it is, and its sender is told;
// the request that comes then is as good as the first would have been.
func TestOfferOutlivesNonsense(t *testing.T) {
	p, friend, _ := twoRaw(t)
	keys, connections := p.issuer.meet(friend)
	x, err := p.issuer.SendOffer(t.Context(), p.issuer.by, connections[0], agent.Terms{Filter: p.wish()})
	fine(t, err)
	thread, content := last[*didcomm.OfferCredential](friend).ID, x.Formats["cred_offer"]["ld_proof"]
	deep := strings.Repeat(`{"a":`, 5000) + "1" + strings.Repeat("}", 5000)
	attached := `,"formats":[{"attach_id":"a","format":"` + detailFormat + `"}],`
	for name, text := range map[string][]byte{
		"ack":                  plainly("issue-credential/2.0/ack", "1", thread, `,"status":"OK"`),
		"issue":                plainly("issue-credential/2.0/issue-credential", "2", thread, attached+`"credentials~attach":[{"@id":"a","data":`+inBase64(content)+`}]`),
		"offer":                plainly("issue-credential/2.0/offer-credential", "3", thread, attached+`"offers~attach":[{"@id":"a","data":`+inBase64(content)+`}]`),
		"deep":                 asking("4", thread, inBase64([]byte(deep))),
		"deep, not encoded":    asking("5", thread, `{"json":`+deep+`}`),
		"no base64":            asking("6", thread, `{"base64":"!"}`),
		"no JSON":              asking("7", thread, inBase64([]byte("\x00\xff"))),
		"a link":               asking("8", thread, `{"links":["https://10.0.0.1/x"]}`),
		"nothing":              asking("9", thread, `{}`),
		"twice the same":       asking("10", thread, inBase64([]byte(strings.Replace(string(content), `"options":`, `"options":{},"options":`, 1)))),
		"large":                asking("11", thread, inBase64([]byte(`{"credential":{"x":"`+strings.Repeat("x", 512<<10)+`"}}`))),
		"no format":            plainly("issue-credential/2.0/request-credential", "12", thread, `,"formats":[],"requests~attach":[]`),
		"a format of another":  plainly("issue-credential/2.0/request-credential", "13", thread, `,"formats":[{"attach_id":"a","format":"hlindy/cred-req@v2.0"}],"requests~attach":[{"@id":"a","data":{"base64":"e30"}}]`),
		"an attachment amiss":  plainly("issue-credential/2.0/request-credential", "14", thread, attached+`"requests~attach":[]`),
		"presentation":         plainly("present-proof/2.0/presentation", "15", thread, `,"formats":[],"presentations~attach":[]`),
		"a claim changed":      asking("16", thread, inBase64([]byte(strings.Replace(string(content), "SMITH", "SMYTH", 1)))),
		"another thread":       asking("17", "00000000-0000-4000-8000-000000000000", inBase64([]byte("null"))),
		"a thread without end": asking("18", strings.Repeat("t", 5000), inBase64(content)),
	} {
		t.Run(name, func(t *testing.T) {
			if err := friend.sayText(keys[0], text); err != nil && vc.KindOf(err) != vc.Invalid {
				t.Error(err)
			}
			p.issuer.work()
			view, err := p.issuer.Exchange(t.Context(), p.issuer.by.Scope, x.Exchange.ID)
			fine(t, err)
			if view.Exchange.State != vc.Offered || !view.Offer.IsValid() {
				t.Errorf("%s: %s", view.Exchange.State, view.Exchange.Error)
			}
			if n := len(p.issuer.credentials()); n != 0 {
				t.Errorf("%d credentials", n)
			}
		})
	}
	fine(t, friend.sayText(keys[0], asking("q", thread, inBase64(content))))
	_, err = p.issuer.IssueNow(t.Context(), p.issuer.by, x.Exchange.ID, "")
	fine(t, err)
	if issued := last[*didcomm.IssueCredential](friend); issued.ThreadID() != thread {
		t.Errorf("thread %q", issued.ThreadID())
	}
}

// Nor is a proof another's to give, to end or to acknowledge; what is no presentation leaves the request as it is.
func TestProofOfAnother(t *testing.T) {
	p, friend, foe := twoRaw(t)
	keys, connections := p.issuer.meet(friend, foe)
	asked, err := p.issuer.SendProofRequest(t.Context(), p.issuer.by, connections[0], asks(definition))
	fine(t, err)
	thread := last[*didcomm.RequestPresentation](friend).ID
	presenting := func(data string) string {
		return `,"formats":[{"attach_id":"a","format":"dif/presentation-exchange/submission@v1.0"}],"presentations~attach":[{"@id":"a","data":` + data + `}]`
	}
	for name, from := range map[string]struct {
		who  *raw
		key  string
		text []byte
	}{
		"another's presentation": {foe, keys[1], plainly("present-proof/2.0/presentation", "1", thread, presenting(inBase64([]byte(`{}`))))},
		"another's ack":          {foe, keys[1], plainly("present-proof/2.0/ack", "2", thread, `,"status":"OK"`)},
		"another's report":       {foe, keys[1], plainly("present-proof/2.0/problem-report", "3", thread, `,"description":{"code":"abandoned"}`)},
		"another's proposal":     {foe, keys[1], plainly("present-proof/2.0/propose-presentation", "4", thread, `,"formats":[],"proposals~attach":[]`)},
		"an ack":                 {friend, keys[0], plainly("present-proof/2.0/ack", "5", thread, `,"status":"OK"`)},
		"a request":              {friend, keys[0], plainly("present-proof/2.0/request-presentation", "6", thread, `,"formats":[],"request_presentations~attach":[]`)},
		"nothing presented":      {friend, keys[0], plainly("present-proof/2.0/presentation", "7", thread, `,"formats":[],"presentations~attach":[]`)},
		"no base64":              {friend, keys[0], plainly("present-proof/2.0/presentation", "8", thread, presenting(`{"base64":"!"}`))},
		"a link":                 {friend, keys[0], plainly("present-proof/2.0/presentation", "9", thread, presenting(`{"links":["https://10.0.0.1/x"]}`))},
	} {
		t.Run(name, func(t *testing.T) {
			if err := from.who.sayText(from.key, from.text); err != nil && vc.KindOf(err) != vc.Invalid && vc.KindOf(err) != vc.Denied {
				t.Error(err)
			}
			p.issuer.work()
			view, err := p.issuer.Proof(t.Context(), p.issuer.by.Scope, asked.Proof.ID)
			fine(t, err)
			if view.Proof.State != vc.ProofAsked || view.Proof.Verified != nil || view.Proof.Channel != connections[0] {
				t.Errorf("%s: %s", view.Proof.State, view.Proof.Error)
			}
		})
	}
}

// What fits into a message, and what answers it does not, is refused when it comes where it is answered by itself, else when somebody
// would answer it; the record stays as it is.
func TestTooLargeToAnswer(t *testing.T) {
	for _, auto := range []bool{true, false} {
		settings := willing()
		settings.AutoRequest, settings.Preserve = flag(auto), flag(true)
		p := strangers(t, willing(), settings)
		r := newRaw(p, p.holder)
		keys, _ := p.holder.meet(r)
		offer := `{"@type":"https://didcomm.org/issue-credential/2.0/offer-credential","@id":"large","formats":[{"attach_id":"a","format":"` + detailFormat + `"}],` +
			`"offers~attach":[{"@id":"a","data":{"json":{"credential":{"x":"` + strings.Repeat("x", didcomm.MaxMessage-1000) + `"},"options":{"proofType":"Ed25519Signature2018"}}}}]}`
		fine(t, r.sayText(keys[0], []byte(offer)))
		if auto {
			if report := last[*didcomm.ProblemReport](r); !strings.HasPrefix(report.Text(), "message-too-large") {
				t.Error(report.Text())
			}
			p.holder.none()
			continue
		}
		y := p.holder.expect(vc.Offered)
		_, err := p.holder.Request(t.Context(), p.holder.by, y.Exchange.ID, agent.RequestTerms{})
		wanted(t, err, vc.Invalid, "message-too-large")
		p.holder.expect(vc.Offered)
	}
}
