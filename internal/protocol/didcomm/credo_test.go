package didcomm_test

import (
	"slices"
	"testing"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
	spec "github.com/chancery-vc/chancery/spec/didcomm"
	"github.com/chancery-vc/chancery/test/peers"
)

// invite makes an invitation that anybody may take, with its connection.
func (o *office) invite(multi bool) agent.InvitationView {
	o.Helper()
	yes := true
	invitation, err := o.Invite(o.Context(), o.by, agent.NewInvitation{Handshake: []string{spec.DIDExchange11}, Auto: &yes, MultiUse: multi})
	if err != nil {
		o.Fatal(err)
	}
	return invitation
}

// chat says a line each way.
func (o *office) chat(toCredo string, credo *peers.Credo, toUs string) {
	o.Helper()
	if err := o.Say(o.Context(), o.by, toCredo, "from chancery"); err != nil {
		o.Fatal(err)
	}
	credo.Ask("message.wait", map[string]any{"connection": toUs, "content": "from chancery"}, nil)
	credo.Ask("message.send", map[string]any{"connection": toUs, "content": "from " + credo.Name}, nil)
	o.await("Credo is heard", func() bool { return slices.Contains(o.heard(), "from "+credo.Name) })
}

// Credo on HTTP and on sockets, and as a wallet that nobody can call: over a socket that it holds open.
func TestCredo(t *testing.T) {
	process := peers.OpenCredo(t)
	for _, c := range []struct{ ours, theirs string }{
		{overHTTP, "http"}, {overHTTP, "ws"}, {overSocket, "http"}, {overSocket, "ws"}, {overSocket, "none"},
	} {
		t.Run(c.ours+" "+c.theirs, func(t *testing.T) {
			o := newOffice(t, c.ours, nil)
			credo := process.Agent(peers.CredoStart{Agent: "credo-" + c.ours + "-" + c.theirs, Transport: c.theirs})
			invitation := o.invite(false)
			connection := credo.Receive(invitation.Message)
			o.await("Credo is connected", func() bool { return o.state(invitation.Invitation.Connection) == vc.Completed })
			o.chat(invitation.Invitation.Connection, credo, connection.ID)
		})
	}
}

// A wallet of Credo that has neither endpoint nor socket gets what is held for it when it comes with something itself.
func TestCredoComesForIt(t *testing.T) {
	o := newOffice(t, overHTTP, nil)
	credo := peers.OpenCredo(t).Agent(peers.CredoStart{Agent: "credo", Transport: "none"})
	invitation := o.invite(false)
	connection := credo.Receive(invitation.Message)
	o.await("Credo is connected", func() bool { return o.state(invitation.Invitation.Connection) == vc.Completed })
	for _, line := range []string{"one", "two"} {
		if err := o.Say(t.Context(), o.by, invitation.Invitation.Connection, line); err != nil {
			t.Fatal(err)
		}
		credo.Ask("message.send", map[string]any{"connection": connection.ID, "content": "anything new?"}, nil)
		credo.Ask("message.wait", map[string]any{"connection": connection.ID, "content": line}, nil)
	}
}

// Chancery as the mediator of a wallet of Credo, in each way that Credo picks messages up.
func TestCredoIsMediated(t *testing.T) {
	for _, c := range []struct{ ours, pickup string }{
		{overSocket, "Implicit"}, {overSocket, "PickUpV2"}, {overSocket, "PickUpV2LiveMode"}, {overHTTP, "PickUpV2"},
	} {
		t.Run(c.ours+" "+c.pickup, func(t *testing.T) {
			mediator, o := newOffice(t, c.ours, nil), newOffice(t, overHTTP, nil)
			credo := peers.OpenCredo(t).Agent(peers.CredoStart{ // and it ends before its mediator does
				Agent: "mediated-" + c.ours + "-" + c.pickup, Transport: "none", Mediator: mediator.invite(true).URL, Pickup: c.pickup,
			})
			invitation := o.invite(false)
			connection := credo.Receive(invitation.Message)
			o.await("Credo is connected", func() bool { return o.state(invitation.Invitation.Connection) == vc.Completed })
			o.chat(invitation.Invitation.Connection, credo, connection.ID)
			if _, theirs, err := o.Endpoints(t.Context(), o.by.Scope, invitation.Invitation.Connection); err != nil || theirs != mediator.Endpoint {
				t.Errorf("Credo is at %s, %v", theirs, err)
			}
		})
	}
}
