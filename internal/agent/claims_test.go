package agent_test

import (
	"bytes"
	"crypto/ed25519"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/spec/didpeer"
	"github.com/chancery-vc/chancery/spec/jose"
)

// requestAs is a request of connections 1.0 in which a raw agent says that it has that DID.
func (r *raw) requestAs(id, did string) *didcomm.ConnectionRequest {
	r.Helper()
	own, document, err := r.self.Legacy()
	fine(r.T, err)
	return &didcomm.ConnectionRequest{Header: head(didcomm.TypeConnectionRequest, id, "", ""), Label: "x", Connection: didcomm.ConnectionSide{
		DID: did, DIDDoc: bytes.ReplaceAll(document, []byte("did:sov:"+own), []byte(did)),
	}}
}

// A document that comes with a request of connections 1.0 says nothing of a DID that leads to one of its own.
func TestDIDOfAnother(t *testing.T) {
	p, friend, foe := twoRaw(t)
	long, err := friend.self.Encode4()
	fine(t, err)
	brief, err := didpeer.Short(long)
	fine(t, err)
	invitation := p.issuer.invite(agent.NewInvitation{Handshake: []string{"connections/1.0", "didexchange/1.1"}, MultiUse: true})
	for i, did := range []string{long, brief, "did:web:friend.example", friend.own.Key.DIDKey(), p.holder.did} {
		fine(t, foe.say(invitation.Invitation.Key, foe.requestAs(fmt.Sprint("r", i), did)))
		p.issuer.work()
	}
	for _, m := range foe.got {
		if _, report := m.(*didcomm.ProblemReport); !report {
			t.Errorf("a %s came", m.Head().Type)
		}
	}
	p.issuer.sole(vc.Invited)
	fine(t, friend.say(invitation.Invitation.Key, friend.requestAs("own", long))) // it may say so
	last[*didcomm.ConnectionResponse](friend)
}

// A handshake that an invitation does not offer makes no connection.
func TestHandshakeNotOffered(t *testing.T) {
	p, friend, _ := twoRaw(t)
	did, _, err := friend.self.Legacy()
	fine(t, err)
	newer := p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}, MultiUse: true})
	older := p.issuer.invite(agent.NewInvitation{Handshake: []string{"connections/1.0"}, MultiUse: true})
	fine(t, friend.say(newer.Invitation.Key, friend.requestAs("a", did)))
	last[*didcomm.ProblemReport](friend)
	fine(t, friend.say(older.Invitation.Key, friend.request("b", older)))
	last[*didcomm.ProblemReport](friend)
	for _, c := range p.issuer.connections() {
		if c.Connection.State != vc.Invited {
			t.Errorf("%s by %s", c.Connection.State, c.Connection.Protocol)
		}
	}
}

// An invitation to connect is answered by a handshake. Without one nothing is heard of who has it, and it stays as it is for others.
func TestInvitationToConnect(t *testing.T) {
	s := autonomous()
	p := strangers(t, s, vc.AgentSettings{})
	friend, foe := newRaw(p, p.issuer), newRaw(p, p.issuer)
	foe.self.Endpoint = "https://foe.example"
	p.raw[friend.self.Endpoint], p.raw[foe.self.Endpoint] = hear(friend), hear(foe)
	invitation := p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}, MultiUse: true})
	for i, text := range [][]byte{
		plainly("notification/1.0/ack", "1", "t1", `,"status":"OK"`),
		plainly("report-problem/1.0/problem-report", "2", "t2", `,"description":{"code":"x"}`),
		plainly("issue-credential/2.0/ack", "3", "t3", `,"status":"OK"`),
		plainly("issue-credential/2.0/propose-credential", "4", "t4", `,"formats":[{"attach_id":"a","format":"`+detailFormat+`"}],"filters~attach":[{"@id":"a","data":`+
			inBase64(p.wish()["ld_proof"])+`}]`),
		plainly("present-proof/2.0/request-presentation", "5", "t5", `,"formats":[{"attach_id":"a","format":"dif/presentation-exchange/definitions@v1.0"}],`+
			`"request_presentations~attach":[{"@id":"a","data":`+inBase64([]byte(`{"presentation_definition":`+definition+`}`))+`}]`),
	} {
		text = []byte(strings.Replace(string(text), `"~thread":{`, `"~service":{"recipientKeys":["`+foe.own.Key.DIDKey()+`"],"routingKeys":[],"serviceEndpoint":"`+
			foe.self.Endpoint+`"},"~thread":{"pthid":"`+invitation.Invitation.MessageID+`",`, 1))
		err := foe.sayText(invitation.Invitation.Key, text)
		p.issuer.work()
		if err == nil || vc.KindOf(err) != vc.Denied {
			t.Errorf("%d: %v", i, err)
		}
		if now, err := p.issuer.Invitation(t.Context(), p.issuer.by.Scope, invitation.Invitation.ID); err != nil || now.Invitation.State != vc.InvitationOpen {
			t.Errorf("%d: the invitation is %s: %v", i, now.Invitation.State, err)
		}
	}
	if len(foe.got) != 0 || len(p.issuer.threadsOf()) != 0 {
		t.Errorf("%d messages came; exchanges: %v", len(foe.got), p.issuer.threadsOf())
	}
	fine(t, friend.say(invitation.Invitation.Key, friend.request("r", invitation)))
	last[*didcomm.DIDResponse](friend)
}

// A peer that lists another's key beside its own is not heard in its place, by whatever key of ours, and whoever came first.
func TestKeyOfAnother(t *testing.T) {
	for _, first := range []bool{true, false} {
		p := strangers(t, vc.AgentSettings{}, vc.AgentSettings{})
		public := p.issuer.publish()
		jwk, err := jose.ParseJWK(public.Keys[0].Key.PublicJWK)
		fine(t, err)
		ours, err := didcomm.NewVerkey(jwk.Key.(ed25519.PublicKey))
		fine(t, err)
		friend, foe := newRaw(p, p.issuer), newRaw(p, p.issuer)
		foe.self.Endpoint = "https://foe.example"
		p.raw[friend.self.Endpoint], p.raw[foe.self.Endpoint] = hear(friend), hear(foe)
		count := 0
		connect := func(r *raw, listed string) (id string) {
			t.Helper()
			invitation := p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}})
			count++
			thread := fmt.Sprint("r", count)
			m := r.request(thread, invitation)
			if m.DID, err = r.self.Encode2(); err != nil {
				t.Fatal(err)
			}
			if listed != "" {
				m.DID = strings.Replace(m.DID, ".S", ".V"+strings.TrimPrefix(listed, "did:key:")+".S", 1)
			}
			fine(t, r.say(invitation.Invitation.Key, m))
			for _, c := range p.issuer.connections() {
				if c.Connection.State == vc.Asked {
					id = c.Connection.ID
				}
			}
			_, err = p.issuer.AcceptRequest(t.Context(), p.issuer.by, id, agent.How{UsePublicDID: true})
			fine(t, err)
			last[*didcomm.DIDResponse](r)
			fine(t, r.say(ours.String(), &didcomm.DIDComplete{Header: head(didcomm.TypeDIDComplete, "c"+thread, thread, invitation.Invitation.MessageID)}))
			return id
		}
		if !first {
			connect(foe, friend.own.Key.DIDKey())
		}
		id := connect(friend, "")
		connect(foe, friend.own.Key.DIDKey())
		connect(foe, friend.own.Key.DIDKey())
		fine(t, friend.say(ours.String(), &didcomm.Ping{Header: head(didcomm.TypePing, "p", "", "")}))
		last[*didcomm.PingResponse](friend)
		fine(t, friend.say(ours.String(), &didcomm.Hangup{Header: head(didcomm.TypeHangup, "h", "", "")}))
		if _, err := p.issuer.Connection(t.Context(), p.issuer.by.Scope, id); vc.KindOf(err) != vc.NotFound {
			t.Errorf("who hung up is still there: %v", err)
		}
	}
}

// Somebody else who knows the thread of a request neither ends its handshake nor completes it.
func TestHandshakeOfAnother(t *testing.T) {
	p := strangers(t, vc.AgentSettings{}, vc.AgentSettings{})
	friend, foe := newRaw(p, p.issuer), newRaw(p, p.issuer)
	foe.self.Endpoint = "https://foe.example"
	p.raw[friend.self.Endpoint], p.raw[foe.self.Endpoint] = hear(friend), hear(foe)
	invitation := p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}})
	key, parent := invitation.Invitation.Key, invitation.Invitation.MessageID
	meddle := func(key, state string) {
		t.Helper()
		for i, kind := range []didcomm.Type{didcomm.TypeDIDProblem, didcomm.TypeConnectionProblem} {
			fine(t, foe.say(key, &didcomm.ProblemReport{
				Header: head(kind, fmt.Sprint(state, i), "r", parent), Description: didcomm.Description{"code": didcomm.ProblemResponseNotAccepted},
			}))
		}
		fine(t, foe.say(key, &didcomm.DIDComplete{Header: head(didcomm.TypeDIDComplete, "c"+state, "r", parent)}))
		if c := p.issuer.connections()[0].Connection; string(c.State) != state || c.Error != "" {
			t.Errorf("the connection is %s: %s, want %s", c.State, c.Error, state)
		}
	}
	fine(t, friend.say(key, friend.request("r", invitation)))
	meddle(key, string(vc.Asked))
	_, err := p.issuer.AcceptRequest(t.Context(), p.issuer.by, p.issuer.connections()[0].Connection.ID, agent.How{})
	fine(t, err)
	response := last[*didcomm.DIDResponse](friend)
	ours := keyOf(t, &didcomm.DIDRequest{DID: response.DID})
	meddle(ours, string(vc.Answered))
	fine(t, friend.say(ours, &didcomm.ProblemReport{
		Header: head(didcomm.TypeDIDProblem, "p", "r", parent), Description: didcomm.Description{"code": didcomm.ProblemResponseNotAccepted},
	}))
	if c := p.issuer.connections()[0].Connection; c.State != vc.Broken || c.Error != didcomm.ProblemResponseNotAccepted {
		t.Errorf("who asked gives up: %s, %s", c.State, c.Error)
	}
}

// Whoever is refused is told so where it says that it is, but for a few times only, and nothing is kept of it.
func TestStrangersAreToldInVain(t *testing.T) {
	p, _, foe := twoRaw(t)
	foe.self.Endpoint = "https://victim.example"
	invitation := p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}})
	fine(t, p.issuer.DropInvitation(t.Context(), p.issuer.by, invitation.Invitation.MessageID))
	open := p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}, MultiUse: true})
	before, entries := p.sent, len(p.issuer.journal())
	fine(t, foe.say(open.Invitation.Key, foe.request("r", invitation)))
	for range 20 {
		p.issuer.work()
		p.issuer.tick(time.Hour)
	}
	letters, err := p.issuer.Letters(t.Context(), p.issuer.by.Scope, vc.LetterQuery{})
	fine(t, err)
	if p.sent-before > 3 || len(letters) != 0 || len(p.issuer.journal()) != entries {
		t.Errorf("told %d times; %d letters; %d entries", p.sent-before, len(letters), len(p.issuer.journal())-entries)
	}
}

// An invitation that somebody is taking is not reused by another, nor is one that is to no connection: what is offered in it stays
// where it is.
func TestReuseOfWhatAnotherTakes(t *testing.T) {
	p, friend, foe := twoRaw(t)
	keys, _ := p.issuer.meet(foe)
	for i, handshake := range [][]string{{"didexchange/1.1"}, nil} {
		x, err := p.issuer.CreateOffer(t.Context(), p.issuer.by, agent.Terms{Filter: p.wish()})
		fine(t, err)
		invitation := p.issuer.invite(agent.NewInvitation{
			Handshake: handshake, Auto: flag(false), Attachments: []agent.Attached{{ID: x.Exchange.ID, Kind: "credential-offer"}},
		})
		if handshake != nil {
			fine(t, friend.say(invitation.Invitation.Key, friend.request("taking", invitation)))
		}
		before, err := p.issuer.Exchange(t.Context(), p.issuer.by.Scope, x.Exchange.ID)
		fine(t, err)
		id := fmt.Sprint("reuse", i)
		fine(t, foe.say(keys[0], &didcomm.Reuse{Header: head(didcomm.TypeReuse, id, id, invitation.Invitation.MessageID)}))
		last[*didcomm.ProblemReport](foe)
		after, err := p.issuer.Exchange(t.Context(), p.issuer.by.Scope, x.Exchange.ID)
		if err != nil || after.Exchange.Channel != before.Exchange.Channel {
			t.Errorf("the channel is %q: %v", after.Exchange.Channel, err)
		}
		if now, err := p.issuer.Invitation(t.Context(), p.issuer.by.Scope, invitation.Invitation.ID); err != nil || now.Invitation.State != vc.InvitationOpen {
			t.Errorf("the invitation is %s: %v", now.Invitation.State, err)
		}
	}
}
