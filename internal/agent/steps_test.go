package agent_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
)

// wanted demands an error of a kind and code.
func wanted(t *testing.T, err error, kind vc.Kind, code string) {
	t.Helper()
	var e *vc.Error
	if !errors.As(err, &e) || e.Kind != kind || e.Code != code {
		t.Errorf("%v, not %s %s", err, kind, code)
	}
}

// Where nothing goes by itself people take the steps, each once.
func TestSteps(t *testing.T) {
	for _, protocol := range []string{"didexchange/1.0", "didexchange/1.1"} {
		t.Run(protocol, func(t *testing.T) {
			p := strangers(t, vc.AgentSettings{Label: "I"}, vc.AgentSettings{Label: "H"})
			ctx := t.Context()
			p.taken(p.issuer.invite(agent.NewInvitation{Handshake: []string{protocol}}))
			p.settle()
			here, there := p.issuer.sole(vc.Invited).Connection.ID, p.holder.sole(vc.Invited).Connection.ID
			_, err := p.issuer.Ping(ctx, p.issuer.by, here, "")
			wanted(t, err, vc.Denied, "connection-not-ready")
			_, err = p.issuer.AcceptRequest(ctx, p.issuer.by, here, agent.How{})
			wanted(t, err, vc.Conflict, "connection-state")
			view, err := p.holder.AcceptInvitation(ctx, p.holder.by, there, agent.How{Label: "Other"})
			fine(t, err)
			if view.Connection.State != vc.Asked {
				t.Error(view.Connection.State)
			}
			_, err = p.holder.AcceptInvitation(ctx, p.holder.by, there, agent.How{})
			wanted(t, err, vc.Conflict, "connection-state")
			p.settle()
			if label := p.issuer.sole(vc.Asked).TheirLabel; label != "Other" {
				t.Error(label)
			}
			_, err = p.issuer.AcceptRequest(ctx, p.issuer.by, here, agent.How{})
			fine(t, err)
			p.settle()
			p.agree()
		})
	}
}

// A rejected request ends at both ends; a rejected invitation at one.
func TestReject(t *testing.T) {
	p := strangers(t, vc.AgentSettings{}, willing())
	p.taken(p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}}))
	p.settle()
	_, err := p.issuer.Reject(t.Context(), p.issuer.by, p.issuer.sole(vc.Asked).Connection.ID, "not today")
	fine(t, err)
	p.settle()
	p.issuer.sole(vc.Broken)
	if why := p.holder.sole(vc.Broken).Connection.Error; why != "request_not_accepted" {
		t.Error(why)
	}

	p = strangers(t, vc.AgentSettings{}, vc.AgentSettings{})
	p.taken(p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}}))
	_, err = p.holder.Reject(t.Context(), p.holder.by, p.holder.sole(vc.Invited).Connection.ID, "")
	fine(t, err)
	p.holder.sole(vc.Broken)
	_, err = p.holder.Reject(t.Context(), p.holder.by, p.holder.sole(vc.Broken).Connection.ID, "")
	wanted(t, err, vc.Conflict, "connection-state")
}

// An invitation for many makes a connection for each; one for one only for the first.
func TestMultiUse(t *testing.T) {
	p := strangers(t, willing(), willing())
	view := p.issuer.invite(agent.NewInvitation{
		Handshake: []string{"didexchange/1.1"}, MultiUse: true, Alias: "M", Metadata: map[string]jsontext.Value{"a": jsontext.Value(`{"b":1}`)},
	})
	for range 3 {
		p.taken(view)
		p.settle()
	}
	all := p.issuer.connections()
	if len(all) != 4 || all[0].Connection.State != vc.Invited || all[0].Connection.Mode != vc.ModeMulti {
		t.Fatalf("%d connections, the first %+v", len(all), all[0])
	}
	for _, one := range all[1:] {
		metadata, err := p.issuer.Metadata(t.Context(), p.issuer.by.Scope, one.Connection.ID, "")
		if err != nil || string(metadata["a"]) != `{"b":1}` || one.Alias != "M" || one.Connection.State != vc.Completed || one.Connection.Mode != vc.ModeOnce {
			t.Errorf("%+v, metadata %s: %v", one, metadata, err)
		}
	}
	fine(t, p.issuer.DropInvitation(t.Context(), p.issuer.by, view.Invitation.MessageID))
	if got := len(p.issuer.connections()); got != 3 {
		t.Errorf("%d connections after the invitation is gone", got)
	}
	p.taken(view)
	p.settle()
	if got := len(p.issuer.connections()); got != 3 {
		t.Errorf("%d connections by an invitation that is gone", got)
	}

	p = strangers(t, willing(), willing())
	view = p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}})
	p.taken(view)
	p.settle()
	p.taken(view)
	p.settle()
	if got := p.holder.connections(); len(got) != 2 || got[0].Connection.State != vc.Completed || got[1].Connection.State != vc.Broken ||
		got[1].Connection.Error != "request_not_accepted" {
		t.Errorf("%+v", got)
	}
	p.issuer.sole(vc.Completed)
}

// A connection is reused where the DID that invites is known; where the peer says nothing another one is made.
func TestReuse(t *testing.T) {
	p := strangers(t, willing(), willing())
	n := agent.NewInvitation{Handshake: []string{"didexchange/1.1"}, UseDIDMethod: "did:peer:4"}
	p.taken(p.issuer.invite(n))
	p.settle()
	p.agree()
	second := p.issuer.invite(n)
	if first := p.issuer.connections(); len(first) != 2 {
		t.Fatalf("%d", len(first))
	}
	done := make(chan agent.InvitationView)
	go func() {
		view, err := p.holder.Take(t.Context(), p.holder.by, agent.Taking{Message: second.Message, UseExisting: true})
		if err != nil {
			t.Error(err)
		}
		done <- view
	}()
	var view agent.InvitationView
	for waiting := true; waiting; {
		select {
		case view = <-done:
			waiting = false
		default:
			p.settle()
		}
	}
	for _, e := range []*end{p.issuer, p.holder} {
		if got := e.sole(vc.Completed).Connection.InvitationID; got != second.Invitation.MessageID {
			t.Errorf("the connection is known by the invitation %s", got)
		}
	}
	if !view.Deleted || view.Invitation.Connection != p.holder.sole(vc.Completed).Connection.ID {
		t.Errorf("%+v", view)
	}
	p.settle()
	p.agree()
	if got := p.issuer.course(agent.TopicReuse) + ", " + p.holder.course(agent.TopicReuseAccepted); got != "reused, reused" {
		t.Error(got)
	}
	if got := p.issuer.course(agent.TopicInvitation); got != "created done deleted created done deleted" {
		t.Error(got)
	}

	p.holder.Patience = time.Millisecond
	third := p.issuer.invite(n)
	p.taken(third)
	p.settle()
	if got := len(p.holder.connections()); got != 2 {
		t.Errorf("%d connections", got)
	}
	if got := p.holder.course(agent.TopicInvitation); !strings.Contains(got, "reused received done deleted") {
		t.Error(got)
	}
}

// What no invitation can be is refused.
func TestInviteRefused(t *testing.T) {
	p := strangers(t, vc.AgentSettings{}, vc.AgentSettings{})
	handshake := []string{"didexchange/1.1"}
	for code, n := range map[string]agent.NewInvitation{
		"invitation-empty":             {},
		"invitation-multi-attachments": {Handshake: handshake, MultiUse: true, Attachments: []agent.Attached{{ID: "x", Kind: "credential-offer"}}},
		"invitation-metadata":          {Attachments: []agent.Attached{{}}, Metadata: map[string]jsontext.Value{"a": jsontext.Value("1")}},
		"did-choice":                   {Handshake: handshake, UsePublicDID: true, UseDIDMethod: "did:peer:4"},
		"unique-did":                   {Handshake: handshake, UniqueDID: true},
		"did-method":                   {Handshake: handshake, UseDIDMethod: "did:sov"},
		"handshake-unknown":            {Handshake: []string{"bogus"}},
		"attachment-not-found":         {Handshake: handshake, Attachments: []agent.Attached{{ID: "0198f6a0-0000-7000-8000-000000000000", Kind: "credential-offer"}}},
		"attachment-kind":              {Handshake: handshake, Attachments: []agent.Attached{{ID: "x", Kind: "x"}}},
		"metadata-too-large":           {Handshake: handshake, Metadata: map[string]jsontext.Value{"a": jsontext.Value(`"` + strings.Repeat("x", 70000) + `"`)}},
	} {
		_, err := p.issuer.Invite(t.Context(), p.issuer.by, n)
		wanted(t, err, vc.Invalid, code)
	}
	_, err := p.issuer.Invite(t.Context(), p.issuer.by, agent.NewInvitation{Handshake: handshake, UsePublicDID: true})
	wanted(t, err, vc.Denied, "public-disabled")
	p.issuer.Defaults.PublicInvites = flag(true)
	_, err = p.issuer.Invite(t.Context(), p.issuer.by, agent.NewInvitation{Handshake: handshake, UsePublicDID: true})
	wanted(t, err, vc.Invalid, "no-public-did")
	if n := len(p.issuer.connections()); n != 0 {
		t.Errorf("%d connections", n)
	}
}

// What is no invitation that can be taken is refused, and leaves nothing.
func TestTakeRefused(t *testing.T) {
	p := strangers(t, vc.AgentSettings{}, willing())
	p.holder.Check = func(url string) error {
		if strings.Contains(url, "169.254") {
			return errors.New("no")
		}
		return nil
	}
	const key = `"did:key:z6MkqGRnVMs6wTCZ322PpkRFKPximczvhvxGWp6juyPJgkCK"`
	service := func(endpoint string) string {
		return `{"id":"#inline","type":"did-communication","serviceEndpoint":"` + endpoint + `","recipientKeys":[` + key + `]}`
	}
	invitation := func(handshake string, services ...string) string {
		return `{"@type":"https://didcomm.org/out-of-band/1.1/invitation","@id":"i","handshake_protocols":[` + handshake + `],"services":[` + strings.Join(services, ",") + `]}`
	}
	const now = `"https://didcomm.org/didexchange/1.1"`
	for _, c := range []struct {
		text, code string
		kind       vc.Kind
	}{
		{"", "invitation-malformed", vc.Invalid},
		{"{", "invitation-malformed", vc.Invalid},
		{"https://short.example/x", "invitation-malformed", vc.Invalid},
		{invitation(now), "invitation-malformed", vc.Invalid},
		{invitation(now, service("https://a.example"), service("https://b.example")), "invitation-services", vc.Invalid},
		{invitation(`"https://didcomm.org/connections/1.0"`, service("https://a.example")), "handshake-not-offered", vc.Invalid},
		{invitation(now, service("http://169.254.169.254/")), "endpoint-not-allowed", vc.Denied},
		{invitation(now, `"did:peer:4zQmbejesA6qzitfFBTbviCJQrLB4ZV2X1TxYUcHpbdeG65t"`), "did-unknown", vc.Invalid},
		{invitation(now, `"did:key:z6MkqGRnVMs6wTCZ322PpkRFKPximczvhvxGWp6juyPJgkCK"`), "service-unusable", vc.Invalid},
	} {
		_, err := p.holder.Take(t.Context(), p.holder.by, agent.Taking{Message: []byte(c.text)})
		wanted(t, err, c.kind, c.code)
	}
	if n := len(p.holder.connections()); n != 0 {
		t.Errorf("%d connections", n)
	}
}
