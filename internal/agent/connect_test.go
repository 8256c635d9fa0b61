package agent_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// strangers are two ends that do not know each other.
func strangers(t *testing.T, inviting, taking vc.AgentSettings) *pair {
	t.Helper()
	n := &network{ends: map[string]*end{}}
	return &pair{network: n, issuer: newEnd(t, n, "https://issuer.example", inviting), holder: newEnd(t, n, "https://holder.example", taking)}
}

func flag(value bool) *bool { return &value }

// willing accepts whoever comes, and whoever invites.
func willing() vc.AgentSettings {
	return vc.AgentSettings{AutoAcceptInvites: flag(true), AutoAcceptRequests: flag(true), Label: "Willing"}
}

// taken hands an invitation over.
func (p *pair) taken(invitation agent.InvitationView) agent.InvitationView {
	p.issuer.Helper()
	taken, err := p.holder.Take(p.holder.Context(), p.holder.by, agent.Taking{Message: invitation.Message, UseExisting: true})
	fine(p.holder.T, err)
	return taken
}

// invite makes an invitation.
func (e *end) invite(n agent.NewInvitation) agent.InvitationView {
	e.Helper()
	invitation, err := e.Invite(e.Context(), e.by, n)
	fine(e.T, err)
	return invitation
}

// connections are those of an end, oldest first.
func (e *end) connections() []agent.ConnectionView {
	e.Helper()
	all, err := e.Connections(e.Context(), e.by.Scope, agent.ConnectionFilter{ConnectionQuery: vc.ConnectionQuery{Page: vc.Page{Ascending: true}}})
	fine(e.T, err)
	return all
}

// sole is the one connection of an end, in that state.
func (e *end) sole(state vc.ConnectionState) agent.ConnectionView {
	e.Helper()
	all := e.connections()
	if len(all) != 1 {
		e.Fatalf("%d connections", len(all))
	}
	if all[0].Connection.State != state {
		e.Fatalf("the connection is %s, not %s: %s", all[0].Connection.State, state, all[0].Connection.Error)
	}
	return all[0]
}

// agree demands that both ends mean each other, and hear each other.
func (p *pair) agree() {
	p.issuer.Helper()
	here, there := p.issuer.sole(vc.Completed), p.holder.sole(vc.Completed)
	if here.Their != there.Connection.Mine || there.Their != here.Connection.Mine || here.Connection.Thread != there.Connection.Thread {
		p.issuer.Fatalf("the ends do not agree:\n%+v\n%+v", here, there)
	}
	for _, e := range []*end{p.issuer, p.holder} {
		if open, err := e.Invitations(e.Context(), e.by.Scope, vc.InvitationQuery{}); err != nil || len(open) != 0 {
			e.Errorf("%d invitations are left: %v", len(open), err)
		}
		_, err := e.Ping(e.Context(), e.by, e.sole(vc.Completed).Connection.ID, "hi")
		fine(e.T, err)
	}
	before := len(p.issuer.told(agent.TopicPing)) + len(p.holder.told(agent.TopicPing))
	p.settle()
	if got := len(p.issuer.told(agent.TopicPing)) + len(p.holder.told(agent.TopicPing)) - before; got != 4 {
		p.issuer.Errorf("%d pings and answers came, not 4", got)
	}
}

// notice is what subscribers are told.
type notice struct {
	entry  vc.Entry
	record []byte
}

// told are the notices of a topic.
func (e *end) told(topic string) (all []notice) {
	e.Helper()
	for _, entry := range e.journal() {
		told, err := e.Notices(e.Context(), e.by.Scope, entry.ID)
		fine(e.T, err)
		if one := told[entry.ID]; one.Topic == topic {
			all = append(all, notice{entry, one.Record})
		}
	}
	return all
}

// course is what a topic went through: the actions, without their noun.
func (e *end) course(topic string) string {
	e.Helper()
	var words []string
	for _, one := range e.told(topic) {
		_, action, _ := strings.Cut(one.entry.Action, ".")
		words = append(words, action)
	}
	return strings.Join(words, " ")
}

// Every handshake that is offered ends with two connections of each other.
func TestConnect(t *testing.T) {
	for name, c := range map[string]struct {
		invitation     agent.NewInvitation
		protocol, mine string
	}{
		"1.1":                 {agent.NewInvitation{Handshake: []string{"https://didcomm.org/didexchange/1.1"}}, "didexchange/1.1", "did:peer:4zQm"},
		"1.0":                 {agent.NewInvitation{Handshake: []string{"didexchange/1.0"}}, "didexchange/1.0", ""},
		"both, as asked":      {agent.NewInvitation{Handshake: []string{"rfc23", "didexchange/1.1"}}, "didexchange/1.1", "did:peer:4zQm"},
		"invited by a DID":    {agent.NewInvitation{Handshake: []string{"didexchange/1.1"}, UseDIDMethod: "did:peer:4"}, "didexchange/1.1", "did:peer:4zQm"},
		"invited by its own":  {agent.NewInvitation{Handshake: []string{"didexchange/1.1"}, UseDIDMethod: "did:peer:2", UniqueDID: true}, "didexchange/1.1", "did:peer:4zQm"},
		"1.0, invited by DID": {agent.NewInvitation{Handshake: []string{"didexchange/1.0"}, UseDIDMethod: "did:peer:4"}, "didexchange/1.0", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p := strangers(t, willing(), willing())
			c.invitation.Alias = "Holder"
			invitation := p.issuer.invite(c.invitation)
			p.taken(invitation)
			p.settle()
			p.agree()
			here, there := p.issuer.sole(vc.Completed), p.holder.sole(vc.Completed)
			if here.Connection.Protocol != c.protocol || there.Connection.Protocol != c.protocol {
				t.Errorf("%s and %s", here.Connection.Protocol, there.Connection.Protocol)
			}
			if !strings.HasPrefix(here.Connection.Mine, c.mine) || c.mine == "" && strings.HasPrefix(here.Connection.Mine, "did:") {
				t.Errorf("our DID is %s", here.Connection.Mine)
			}
			if here.Alias != "Holder" || here.TheirLabel != "Willing" || here.Connection.InvitationID != there.Connection.InvitationID {
				t.Errorf("%+v", here)
			}
			if got := p.issuer.course(agent.TopicConnection); got != "invited requested responded completed" {
				t.Error(got)
			}
			if got := p.holder.course(agent.TopicConnection); got != "invited requested responded completed" {
				t.Error(got)
			}
			if got := p.issuer.course(agent.TopicInvitation); got != "created done deleted" {
				t.Error(got)
			}
			if got := p.holder.course(agent.TopicInvitation); got != "received done deleted" {
				t.Error(got)
			}
		})
	}
}

// An invitation is as ACA-Py writes one.
func TestInvitation(t *testing.T) {
	p := strangers(t, willing(), willing())
	view := p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}, Label: "Invitation to Holder"})
	var message map[string]any
	fine(t, json.Unmarshal(view.Message, &message))
	if len(message) != 5 || message["label"] != "Invitation to Holder" || message["@id"] != view.Invitation.MessageID {
		t.Errorf("%v", message)
	}
	service := message["services"].([]any)[0].(map[string]any)
	if len(service) != 4 || service["id"] != "#inline" || service["type"] != "did-communication" || service["serviceEndpoint"] != "https://issuer.example" {
		t.Errorf("%v", service)
	}
	parsed, err := didcomm.ParseInvitation(view.URL)
	if err != nil || parsed.Head().ID != view.Invitation.MessageID || !strings.HasPrefix(view.URL, "https://issuer.example?oob=") {
		t.Errorf("%s: %v", view.URL, err)
	}
}
