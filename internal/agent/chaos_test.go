package agent_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
)

// led gives the connections that an invitation led to, without the one that stands for it.
func (e *end) led(invitation string) (found []agent.ConnectionView) {
	e.Helper()
	all, err := e.Connections(e.Context(), e.by.Scope, agent.ConnectionFilter{ConnectionQuery: vc.ConnectionQuery{InvitationID: invitation}})
	fine(e.T, err)
	for _, one := range all {
		if one.Connection.Mode != vc.ModeMulti {
			found = append(found, one)
		}
	}
	return found
}

// Whatever the network does to envelopes, as long as it lets each through at last: every invitation that is taken leads to one
// connection at each end, which mean each other, and no letter is left.
func TestConnectThroughAnything(t *testing.T) {
	p := strangers(t, willing(), willing())
	rapid.Check(t, func(r *rapid.T) {
		fates := rapid.SliceOfN(rapid.SampledFrom([]fate{through, lost, unheard, doubled}), 0, 24).Draw(r, "fates")
		p.fate = func() fate {
			if len(fates) == 0 {
				return through
			}
			next := fates[0]
			fates = fates[1:]
			return next
		}
		defer func() { p.fate = nil }()
		var taken []string
		for range rapid.IntRange(1, 3).Draw(r, "invitations") {
			n := agent.NewInvitation{
				Handshake: []string{rapid.SampledFrom([]string{"didexchange/1.0", "didexchange/1.1"}).Draw(r, "protocol")},
				MultiUse:  rapid.Bool().Draw(r, "multi"),
			}
			if rapid.Bool().Draw(r, "by a DID") {
				n.UseDIDMethod = "did:peer:4"
			}
			invitation, err := p.issuer.Invite(t.Context(), p.issuer.by, n)
			if err != nil {
				r.Fatal(err)
			}
			if _, err := p.holder.Take(t.Context(), p.holder.by, agent.Taking{Message: invitation.Message}); err != nil {
				r.Fatal(err)
			}
			taken = append(taken, invitation.Invitation.MessageID)
		}
		for range 12 { // the pauses between tries are longer each time
			p.settle()
		}
		for _, id := range taken {
			here, there := p.issuer.led(id), p.holder.led(id)
			if len(here) != 1 || len(there) != 1 {
				r.Fatalf("%d and %d connections", len(here), len(there))
			}
			if here[0].Connection.State != vc.Completed || there[0].Connection.State != vc.Completed || here[0].Their != there[0].Connection.Mine ||
				there[0].Their != here[0].Connection.Mine {
				r.Fatalf("%+v\n%+v", here[0], there[0])
			}
		}
		for _, e := range []*end{p.issuer, p.holder} {
			left, err := e.Letters(t.Context(), e.by.Scope, vc.LetterQuery{States: []vc.LetterState{vc.LetterWaiting, vc.LetterHeld, vc.LetterDead}})
			if err != nil || len(left) != 0 {
				r.Fatalf("%d letters are left: %v", len(left), err)
			}
		}
	})
}

// A server that dies at any step of a message leaves it to be handled by another, once.
func TestConnectThroughCrashes(t *testing.T) {
	for _, step := range []string{"looked", "acted"} {
		t.Run(step, func(t *testing.T) {
			p := strangers(t, willing(), willing())
			for _, e := range []*end{p.issuer, p.holder} {
				n := 0
				e.Step = func(name string) {
					if name == step {
						if n++; n%2 == 1 {
							panic(crash{})
						}
					}
				}
			}
			p.taken(p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}}))
			for range 12 {
				p.settle()
			}
			p.issuer.sole(vc.Completed)
			p.holder.sole(vc.Completed)
			if got := p.issuer.course(agent.TopicConnection); got != "invited requested responded completed" {
				t.Error(got)
			}
		})
	}
}

// crash is what a server dies of.
type crash struct{}
