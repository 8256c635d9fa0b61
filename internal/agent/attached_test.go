package agent_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// autonomous go all the way by themselves, and keep their records.
func autonomous() vc.AgentSettings {
	s := willing()
	s.Preserve, s.AutoOffer, s.AutoRequest, s.AutoIssue, s.AutoStore, s.AutoPresent, s.AutoVerify = flag(true), flag(true), flag(true), flag(true), flag(true), flag(true), flag(true)
	return s
}

// An offer that goes along with an invitation is taken up: with a connection as soon as there is one, and without.
func TestAttachedOffer(t *testing.T) {
	for name, n := range map[string]agent.NewInvitation{
		"with a connection":    {Handshake: []string{"didexchange/1.1"}},
		"with 1.0":             {Handshake: []string{"didexchange/1.0"}},
		"by a DID":             {Handshake: []string{"didexchange/1.1"}, UseDIDMethod: "did:peer:4"},
		"without a connection": {},
		"without, by a DID":    {UseDIDMethod: "did:peer:4"},
	} {
		t.Run(name, func(t *testing.T) {
			p := strangers(t, autonomous(), autonomous())
			x, err := p.issuer.CreateOffer(t.Context(), p.issuer.by, agent.Terms{Filter: p.wish(), AutoIssue: flag(true)})
			fine(t, err)
			n.Attachments = []agent.Attached{{ID: x.Exchange.ID, Kind: "credential-offer"}}
			invitation := p.issuer.invite(n)
			_, err = p.issuer.Invite(t.Context(), p.issuer.by, n)
			if len(n.Handshake) == 0 {
				wanted(t, err, vc.Invalid, "attachment-state")
			}
			p.taken(invitation)
			p.settle()
			here, there := p.issuer.expect(vc.Accepted), p.holder.expect(vc.Accepted)
			if here.Flags.Parent != invitation.Invitation.MessageID || there.Flags.Parent != invitation.Invitation.MessageID {
				t.Errorf("parents %s and %s", here.Flags.Parent, there.Flags.Parent)
			}
			if len(n.Handshake) == 0 {
				if len(p.issuer.connections())+len(p.holder.connections()) != 0 || here.Exchange.Channel != "oob/"+invitation.Invitation.ID {
					t.Errorf("connections, or the channel is %s", here.Exchange.Channel)
				}
				return
			}
			if here.Exchange.Channel != p.issuer.connections()[0].Connection.ID || there.Exchange.Channel != p.holder.sole(vc.Completed).Connection.ID {
				t.Errorf("channels %s and %s", here.Exchange.Channel, there.Exchange.Channel)
			}
		})
	}
}

// A stranger who got hold of an invitation without a connection is nobody, once somebody has answered it.
func TestAloneIsForOne(t *testing.T) {
	p := strangers(t, autonomous(), autonomous())
	other := newEnd(t, p.network, "https://other.example", autonomous())
	x, err := p.issuer.CreateOffer(t.Context(), p.issuer.by, agent.Terms{Filter: p.wish(), AutoIssue: flag(true)})
	fine(t, err)
	invitation := p.issuer.invite(agent.NewInvitation{Attachments: []agent.Attached{{ID: x.Exchange.ID, Kind: "credential-offer"}}})
	p.taken(invitation)
	p.settle()
	p.holder.expect(vc.Accepted)
	_, err = other.Take(t.Context(), other.by, agent.Taking{Message: invitation.Message})
	fine(t, err)
	for range 5 {
		other.work()
		p.settle()
	}
	other.expect(vc.Requested)
	p.issuer.expect(vc.Accepted)
}

// So is a request for a proof.
func TestAttachedProof(t *testing.T) {
	for name, n := range map[string]agent.NewInvitation{
		"with a connection":    {Handshake: []string{"didexchange/1.1"}},
		"without a connection": {},
	} {
		t.Run(name, func(t *testing.T) {
			p := strangers(t, autonomous(), autonomous())
			asked, err := p.issuer.CreateProofRequest(t.Context(), p.issuer.by, agent.ProofTerms{Wish: map[string]jsontext.Value{"dif": jsontext.Value(
				`{"presentation_definition":{"id":"32f54163-7166-48f1-93d8-ff217bdb0654","input_descriptors":[{"id":"any","constraints":{"fields":[{"path":["$.issuer"]}]}}]}}`,
			)}})
			fine(t, err)
			n.Attachments = []agent.Attached{{ID: asked.Proof.ID, Kind: "present-proof"}}
			p.taken(p.issuer.invite(n))
			p.settle()
			theirs, err := p.holder.Proofs(t.Context(), p.holder.by.Scope, vc.ProofQuery{})
			if err != nil || len(theirs) != 1 || theirs[0].Proof.State != vc.ProofAsked {
				t.Fatalf("%+v: %v", theirs, err)
			}
			ours, err := p.issuer.Proof(t.Context(), p.issuer.by.Scope, asked.Proof.ID)
			if err != nil || ours.Proof.Channel == "" || ours.Flags.Parent != theirs[0].Flags.Parent || ours.Flags.Parent == "" {
				t.Errorf("%+v: %v", ours, err)
			}
		})
	}
}

// Who has a connection with the DID of an invitation answers there what came along, and neither end makes another.
func TestAttachedToPeer(t *testing.T) {
	for name, handshake := range map[string][]string{"with a handshake": {"didexchange/1.1"}, "without": nil} {
		t.Run(name, func(t *testing.T) {
			p := strangers(t, autonomous(), autonomous())
			n := agent.NewInvitation{Handshake: []string{"didexchange/1.1"}, UseDIDMethod: "did:peer:4"}
			p.taken(p.issuer.invite(n))
			p.settle()
			p.agree()
			here, there := p.issuer.sole(vc.Completed).Connection.ID, p.holder.sole(vc.Completed).Connection.ID
			x, err := p.issuer.CreateOffer(t.Context(), p.issuer.by, agent.Terms{Filter: p.wish(), AutoIssue: flag(true)})
			fine(t, err)
			n.Handshake, n.Attachments = handshake, []agent.Attached{{ID: x.Exchange.ID, Kind: "credential-offer"}}
			second := p.issuer.invite(n)
			view, err := p.holder.Take(t.Context(), p.holder.by, agent.Taking{Message: second.Message, UseExisting: true})
			fine(t, err)
			if view.Invitation.Connection != there || !view.Deleted {
				t.Errorf("taken: %+v", view)
			}
			p.settle()
			p.settle()
			issued, held := p.issuer.expect(vc.Accepted), p.holder.expect(vc.Accepted)
			if issued.Exchange.Channel != here || held.Exchange.Channel != there || issued.Flags.Parent != second.Invitation.MessageID {
				t.Errorf("%+v and %+v", issued, held)
			}
			p.agree()
			if got := p.issuer.course(agent.TopicInvitation); got != "created done deleted created done deleted" {
				t.Error(got)
			}

			asked, err := p.issuer.CreateProofRequest(t.Context(), p.issuer.by, agent.ProofTerms{Wish: map[string]jsontext.Value{
				"dif": jsontext.Value(`{"presentation_definition":` + definition + `}`),
			}})
			fine(t, err)
			n.Attachments = []agent.Attached{{ID: asked.Proof.ID, Kind: "present-proof"}}
			_, err = p.holder.Take(t.Context(), p.holder.by, agent.Taking{Message: p.issuer.invite(n).Message, UseExisting: true})
			fine(t, err)
			p.settle()
			p.settle()
			proven, err := p.issuer.Proof(t.Context(), p.issuer.by.Scope, asked.Proof.ID)
			if err != nil || proven.Proof.Channel != here || proven.Proof.State != vc.ProofDone {
				t.Errorf("%+v: %v", proven.Proof, err)
			}
			p.agree()
		})
	}
}

// What is answered by a peer in the thread of an invitation that somebody else is taking stays with that.
func TestAttachedThatAnotherTakes(t *testing.T) {
	p, friend, foe := twoRaw(t)
	keys, _ := p.issuer.meet(foe)
	x, err := p.issuer.CreateOffer(t.Context(), p.issuer.by, agent.Terms{Filter: p.wish()})
	fine(t, err)
	invitation := p.issuer.invite(agent.NewInvitation{
		Handshake: []string{"didexchange/1.1"}, Auto: flag(false), Attachments: []agent.Attached{{ID: x.Exchange.ID, Kind: "credential-offer"}},
	})
	fine(t, friend.say(invitation.Invitation.Key, friend.request("taking", invitation)))
	fine(t, foe.say(keys[0], &didcomm.ProblemReport{
		Header: head(didcomm.TypeCredentialProblem, "no", x.Exchange.Thread, invitation.Invitation.MessageID), Description: didcomm.Description{"code": "issuance-abandoned"},
	}))
	after, err := p.issuer.Exchange(t.Context(), p.issuer.by.Scope, x.Exchange.ID)
	if err != nil || after.Exchange.Channel != "" || after.Exchange.State != vc.Offered {
		t.Errorf("%+v: %v", after.Exchange, err)
	}
}

// An invitation is not signed: what somebody has put into it that would change the connection, or speaks to people, is not believed to
// be of who invited. What begins something is answered to who invited, and to nobody else.
func TestForgedBesideInvitation(t *testing.T) {
	p := strangers(t, willing(), willing())
	foe := newRaw(p, p.holder)
	foe.self.Endpoint = "https://foe.example"
	p.raw[foe.self.Endpoint] = hear(foe)
	did, err := foe.self.Encode4()
	fine(t, err)
	invitation := p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}})
	message, err := didcomm.Decode(invitation.Message)
	fine(t, err)
	forged := message.(*didcomm.Invitation)
	for i, m := range []didcomm.Message{
		&didcomm.BasicMessage{Header: head(didcomm.TypeBasicMessage, "a", "", ""), Content: "pay us"},
		&didcomm.Rotate{Header: head(didcomm.TypeRotate, "b", "", ""), ToDID: did},
		&didcomm.Hangup{Header: head(didcomm.TypeHangup, "c", "", "")},
		&didcomm.Revoke{Header: head(didcomm.TypeRevoke, "d", "", ""), RevocationFormat: "indy-anoncreds", CredentialID: "x"},
	} {
		raw, err := didcomm.Encode(m)
		fine(t, err)
		forged.Requests = append(forged.Requests, didcomm.JSONAttachment(string(rune('a'+i)), raw))
	}
	text, err := didcomm.Encode(forged)
	fine(t, err)
	_, err = p.holder.Take(t.Context(), p.holder.by, agent.Taking{Message: text})
	fine(t, err)
	p.settle()
	c := p.holder.sole(vc.Completed)
	if c.Their == "" || c.Their == did || strings.HasPrefix(did, c.Their) || len(foe.got) != 0 {
		t.Errorf("the peer is %s", c.Their)
	}
	if told := p.holder.told(agent.TopicMessage); len(told) != 0 {
		t.Errorf("people are told %+v", told)
	}
	fine(t, p.holder.Say(t.Context(), p.holder.by, c.Connection.ID, "hello"))
	p.settle()
	if told := p.issuer.told(agent.TopicMessage); len(told) != 1 || len(foe.got) != 0 {
		t.Errorf("who invited hears %d messages, somebody else %d", len(told), len(foe.got))
	}
	forged.HandshakeProtocols, forged.ID = nil, "alone"
	text, err = didcomm.Encode(forged)
	fine(t, err)
	_, err = p.holder.Take(t.Context(), p.holder.by, agent.Taking{Message: text})
	wanted(t, err, vc.Invalid, "requests-not-offered")
}
