package agent_test

import (
	"testing"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Whose invitation is rejected is told so, in the version that it would have been taken in.
func TestRejectInvitation(t *testing.T) {
	for minor, protocol := range []string{didcomm.DIDExchange10, didcomm.DIDExchange11} {
		p := strangers(t, willing(), vc.AgentSettings{})
		r := newRaw(p, p.holder)
		text, err := didcomm.Encode(&didcomm.Invitation{
			Header: head(didcomm.TypeInvitation, "i", "", ""), HandshakeProtocols: []string{protocol},
			Services: []didcomm.InvitationService{{Inline: &didcomm.Service{
				ID: "#inline", Type: "did-communication", RecipientKeys: []string{r.own.Key.DIDKey()}, Endpoint: r.self.Endpoint,
			}}},
		})
		fine(t, err)
		_, err = p.holder.Take(t.Context(), p.holder.by, agent.Taking{Message: text})
		fine(t, err)
		_, err = p.holder.Reject(t.Context(), p.holder.by, p.holder.sole(vc.Invited).Connection.ID, "")
		fine(t, err)
		report := last[*didcomm.ProblemReport](r)
		if report.Type != didcomm.NewType("didexchange", 1, minor, "problem_report") || report.ParentThreadID() != "i" {
			t.Errorf("%s under %s", report.Type, report.ParentThreadID())
		}
		if report.Code() != didcomm.ProblemInvitationNotAccepted || report.Text() != "DID exchange rejected" {
			t.Errorf("%s: %s", report.Code(), report.Text())
		}
		p.holder.sole(vc.Broken)
	}
}

// Who rejects another Chancery's invitation does it no harm: whoever else has it may take it.
func TestRejectedInvitationStays(t *testing.T) {
	p := strangers(t, willing(), vc.AgentSettings{})
	p.taken(p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}}))
	_, err := p.holder.Reject(t.Context(), p.holder.by, p.holder.sole(vc.Invited).Connection.ID, "not now")
	fine(t, err)
	p.settle()
	p.issuer.sole(vc.Invited)
}

// Reports on requests are of the version of the request, and of its protocol.
func TestReportVersions(t *testing.T) {
	p := strangers(t, vc.AgentSettings{}, vc.AgentSettings{})
	r := newRaw(p, p.issuer)
	invitation := p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.0", "connections/1.0"}, MultiUse: true})
	key := invitation.Invitation.Key
	rejected := func(want didcomm.Type, thread string) {
		t.Helper()
		report := last[*didcomm.ProblemReport](r)
		if report.Type != want || report.ThreadID() != thread || report.Code() != didcomm.ProblemRequestNotAccepted {
			t.Errorf("%s of %s: %s", report.Type, report.ThreadID(), report.Code())
		}
	}
	for minor, id := range []string{"a", "b"} {
		request := r.request(id, invitation)
		request.Type, request.Thread.Parent = didcomm.NewType("didexchange", 1, minor, "request"), "another"
		fine(t, r.say(key, request))
		rejected(didcomm.NewType("didexchange", 1, minor, "problem_report"), id)

		request = r.request(id+id, invitation)
		request.Type = didcomm.NewType("didexchange", 1, minor, "request")
		fine(t, r.say(key, request))
		asked := p.issuer.connections()
		_, err := p.issuer.Reject(t.Context(), p.issuer.by, asked[len(asked)-1].Connection.ID, "")
		fine(t, err)
		rejected(didcomm.NewType("didexchange", 1, minor, "problem_report"), id+id)
	}
	did, document, err := r.self.Legacy()
	fine(t, err)
	fine(t, r.say(key, &didcomm.ConnectionRequest{
		Header: head(didcomm.TypeConnectionRequest, "c", "", invitation.Invitation.MessageID), Label: "old",
		Connection: didcomm.ConnectionSide{DID: did, DIDDoc: document},
	}))
	asked := p.issuer.connections()
	_, err = p.issuer.Reject(t.Context(), p.issuer.by, asked[len(asked)-1].Connection.ID, "")
	fine(t, err)
	rejected(didcomm.TypeConnectionProblem, "c")
}
