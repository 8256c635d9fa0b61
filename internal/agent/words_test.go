package agent_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// What a peer calls its messages is not in the journal: it may be anything.
func TestIDsOfPeersAreNotInTheJournal(t *testing.T) {
	p, friend, _ := twoRaw(t)
	keys, _ := p.issuer.meet(friend)
	const id = "Alice Smith, 1 Main Street"
	fine(t, friend.say(keys[0], &didcomm.BasicMessage{Header: head(didcomm.TypeBasicMessage, id, "", ""), Content: "hello"}))
	for _, entry := range p.issuer.journal() {
		if strings.Contains(fmt.Sprintf("%+v", entry), "Alice") {
			t.Errorf("%+v", entry)
		}
	}
	got := p.issuer.told(agent.TopicMessage)
	if len(got) != 1 || !strings.Contains(string(got[0].record), id) || strings.Contains(got[0].entry.Object, "Alice") {
		t.Errorf("%+v", got)
	}
	fine(t, friend.say(keys[0], &didcomm.BasicMessage{Header: head(didcomm.TypeBasicMessage, "2b0f1c5e-0a8e-4a3e-9d55-0c6f0cf2a001", "", ""), Content: "x"}))
	if got = p.issuer.told(agent.TopicMessage); len(got) != 2 || got[1].entry.Object != "message/2b0f1c5e-0a8e-4a3e-9d55-0c6f0cf2a001" {
		t.Errorf("%+v", got)
	}
}

// What a peer discloses without end is not kept.
func TestLargeDisclosures(t *testing.T) {
	p, friend, _ := twoRaw(t)
	keys, connections := p.issuer.meet(friend)
	p.issuer.Patience = time.Millisecond
	asked, err := p.issuer.Query(t.Context(), p.issuer.by, connections[0], "*", "")
	fine(t, err)
	last[*didcomm.Queries](friend)
	answer := func(id string, feature didcomm.Feature) {
		t.Helper()
		fine(t, friend.say(keys[0], &didcomm.Disclosures{Header: head(didcomm.TypeDisclosures, id, asked.Thread, ""), Disclosures: []didcomm.Feature{feature}}))
	}
	answer("large", didcomm.Feature{FeatureType: "protocol", ID: strings.Repeat("x", 100<<10)})
	last[*didcomm.ProblemReport](friend)
	state := func() string {
		all, err := p.issuer.Discoveries(t.Context(), p.issuer.by.Scope, connections[0])
		fine(t, err)
		return all[0].State
	}
	if state() != "query-sent" {
		t.Error(state())
	}
	answer("good", didcomm.Feature{FeatureType: "protocol", ID: "x"})
	if state() != "disclosures-received" {
		t.Error(state())
	}
}
