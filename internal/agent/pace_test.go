package agent_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Who got hold of an invitation for many cannot have more stored than so much an hour, whoever it says it is; peers that are known, and
// other invitations, do not suffer from it.
func TestStrangersAreBounded(t *testing.T) {
	p := strangers(t, vc.AgentSettings{Preserve: flag(true), AutoAcceptRequests: flag(true)}, vc.AgentSettings{})
	friend := newRaw(p, p.issuer)
	keys, _ := p.issuer.meet(friend)
	p.issuer.Strangers = 4
	many := p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}, MultiUse: true})
	other := p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}, MultiUse: true})
	asks := func(invitation agent.InvitationView, n int) (err error) {
		r := newRaw(p, p.issuer)
		return r.say(invitation.Invitation.Key, r.request(fmt.Sprint("s", n), invitation))
	}
	refused := func(err error) {
		t.Helper()
		wanted(t, err, vc.Unavailable, httpx.CodeTooMany)
	}
	for n := range 4 {
		fine(t, asks(many, n))
	}
	before := len(p.issuer.connections())
	refused(asks(many, 4))
	unheard := newRaw(p, p.issuer)
	refused(unheard.sayText(many.Invitation.Key, plainly("nobody/1.0/knows", "x", "x", "")))
	if after := len(p.issuer.connections()); after != before {
		t.Errorf("%d connections, then %d", before, after)
	}
	fine(t, asks(other, 5))
	for n := range 10 {
		fine(t, friend.say(keys[0], &didcomm.Ping{Header: head(didcomm.TypePing, fmt.Sprint("ping", n), "", "")}))
	}
	// What is refused for who says it costs nothing.
	for n := range 10 {
		err := unheard.sayText(other.Invitation.Key, plainly("issue-credential/2.0/ack", fmt.Sprint("a", n), "none", `,"status":"OK"`))
		var e *vc.Error
		if err != nil && (!errors.As(err, &e) || e.Code == httpx.CodeTooMany) {
			t.Errorf("%d: %v", n, err)
		}
	}
	p.issuer.tick(15 * time.Minute)
	fine(t, asks(many, 6))
	refused(asks(many, 7))
	p.issuer.tick(24 * time.Hour)
	for n := range 4 {
		fine(t, asks(many, 8+n))
	}
	refused(asks(many, 12))
}
