package agent_test

import (
	"fmt"
	"hash/fnv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// A peer whose DID document does not come holds up nobody else, whatever it calls its threads.
func TestSlowPeer(t *testing.T) {
	p, friend, foe := twoRaw(t)
	keys, connections := p.issuer.meet(friend)
	invitation := p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}, MultiUse: true})
	held, came := make(chan struct{}), make(chan struct{})
	var once sync.Once
	p.hold = func(url string) {
		if strings.Contains(url, "slow.example") {
			once.Do(func() { close(came) })
			<-held
		}
	}
	lane := func(of string) uint32 {
		sum := fnv.New32a()
		_, _ = sum.Write([]byte(of))
		return sum.Sum32() % 256
	}
	thread := ""
	for i := 0; thread == "" || lane(thread) != lane(connections[0]); i++ {
		thread = fmt.Sprint("t", i)
	}
	m := foe.request(thread, invitation)
	m.DID = "did:web:slow.example"
	slow, quick := make(chan error, 1), make(chan error, 1)
	go func() { slow <- foe.say(invitation.Invitation.Key, m) }()
	<-came
	go func() { quick <- friend.say(keys[0], &didcomm.Ping{Header: head(didcomm.TypePing, "p", "", "")}) }()
	select {
	case err := <-quick:
		fine(t, err)
	case <-time.After(10 * time.Second):
		t.Error("it was held up")
	}
	close(held)
	fine(t, <-slow)
}
