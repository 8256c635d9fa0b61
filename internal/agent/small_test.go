package agent_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// connected are two ends with a connection that they made.
func connected(t *testing.T) *pair {
	t.Helper()
	p := strangers(t, willing(), willing())
	p.taken(p.issuer.invite(agent.NewInvitation{Handshake: []string{"didexchange/1.1"}}))
	p.settle()
	p.ours, p.theirs = p.issuer.sole(vc.Completed).Connection.ID, p.holder.sole(vc.Completed).Connection.ID
	return p
}

// A line of text comes, as it was written.
func TestSay(t *testing.T) {
	p := connected(t)
	fine(t, p.issuer.Say(t.Context(), p.issuer.by, p.ours, "hello"))
	wanted(t, p.issuer.Say(t.Context(), p.issuer.by, p.ours, strings.Repeat("x", 65<<10)), vc.Invalid, "message-too-large")
	wanted(t, p.issuer.Say(t.Context(), p.issuer.by, p.theirs, "hello"), vc.NotFound, "connection-not-found")
	p.settle()
	got := p.holder.told(agent.TopicMessage)
	if len(got) != 1 {
		t.Fatalf("%d messages", len(got))
	}
	var view agent.MessageView
	fine(t, json.Unmarshal(got[0].record, &view))
	if view.Content != "hello" || view.Connection != p.theirs || view.Message == "" || view.SentAt == "" || strings.Contains(got[0].entry.Object, "hello") {
		t.Errorf("%+v", view)
	}
}

// What clients keep beside a connection stays until it goes.
func TestMetadata(t *testing.T) {
	p := connected(t)
	ctx := t.Context()
	fine(t, p.issuer.SetMetadata(ctx, p.issuer.by, p.ours, map[string]jsontext.Value{"a": jsontext.Value(`1`), "b": jsontext.Value(`[2]`)}))
	fine(t, p.issuer.SetMetadata(ctx, p.issuer.by, p.ours, map[string]jsontext.Value{"a": jsontext.Value(`null`)}))
	got, err := p.issuer.Metadata(ctx, p.issuer.by.Scope, p.ours, "")
	if err != nil || len(got) != 1 || string(got["b"]) != "[2]" {
		t.Errorf("%s: %v", got, err)
	}
	mine, theirs, err := p.issuer.Endpoints(ctx, p.issuer.by.Scope, p.ours)
	if err != nil || mine != "https://issuer.example" || theirs != "https://holder.example" {
		t.Errorf("%s %s: %v", mine, theirs, err)
	}
	for _, c := range []struct {
		filter agent.ConnectionFilter
		want   int
	}{
		{agent.ConnectionFilter{Alias: "none"}, 0},
		{agent.ConnectionFilter{Their: p.holder.sole(vc.Completed).Connection.Mine}, 1},
		{agent.ConnectionFilter{TheirPublic: "did:web:x"}, 0},
		{agent.ConnectionFilter{ConnectionQuery: vc.ConnectionQuery{States: []vc.ConnectionState{vc.Completed}}}, 1},
	} {
		found, err := p.issuer.Connections(ctx, p.issuer.by.Scope, c.filter)
		if err != nil || len(found) != c.want {
			t.Errorf("%+v gives %d: %v", c.filter, len(found), err)
		}
	}
	fine(t, p.issuer.DropConnection(ctx, p.issuer.by, p.ours))
	_, err = p.issuer.Metadata(ctx, p.issuer.by.Scope, p.ours, "")
	wanted(t, err, vc.NotFound, "connection-not-found")
	if got := p.issuer.course(agent.TopicConnection); !strings.HasSuffix(got, "completed deleted") {
		t.Error(got)
	}
}

// Both ends may change their DID, any number of times, and hear each other always.
func TestRotate(t *testing.T) {
	p := connected(t)
	ctx := t.Context()
	for i := range 3 {
		before := p.issuer.sole(vc.Completed).Connection.Mine
		rotate, err := p.issuer.Rotate(ctx, p.issuer.by, p.ours, "")
		fine(t, err)
		_, err = p.issuer.Rotate(ctx, p.issuer.by, p.ours, "")
		wanted(t, err, vc.Conflict, "rotation-pending")
		_, err = p.issuer.Ping(ctx, p.issuer.by, p.ours, "") // between rotate and ack: still by the old key
		fine(t, err)
		p.settle()
		after := p.issuer.sole(vc.Completed).Connection.Mine
		if after == before || !strings.HasPrefix(rotate.ToDID, after+":") {
			t.Errorf("%d: %s became %s, told %s", i, before, after, rotate.ToDID)
		}
		p.agree()
		if i == 1 {
			_, err = p.holder.Rotate(ctx, p.holder.by, p.theirs, "did:peer:2")
			fine(t, err)
			p.settle()
			p.agree()
		}
	}
}

// Who changes its DID is told so where it was, and is heard for a while by the key of before: what it said meanwhile may come late.
func TestPeerRotates(t *testing.T) {
	p, old, now := twoRaw(t)
	keys, _ := p.issuer.meet(old)
	to, err := now.self.Encode4()
	fine(t, err)
	fine(t, old.say(keys[0], &didcomm.Rotate{Header: head(didcomm.TypeRotate, "rotate", "", ""), ToDID: to}))
	if ack := last[*didcomm.Ack](old); ack.Type != didcomm.TypeRotateAck || ack.Status != didcomm.AckOK || ack.ThreadID() != "rotate" {
		t.Errorf("%+v", ack)
	}
	fine(t, old.say(keys[0], &didcomm.Ping{Header: head(didcomm.TypePing, "late", "", "")}))
	if last[*didcomm.PingResponse](now).ThreadID() != "late" {
		t.Error("what came late is not answered where the peer is now")
	}
	p.issuer.tick(time.Hour)
	wanted(t, old.say(keys[0], &didcomm.Ping{Header: head(didcomm.TypePing, "too late", "", "")}), vc.Denied, "sender-unknown")
	fine(t, now.say(keys[0], &didcomm.Ping{Header: head(didcomm.TypePing, "now", "", "")}))
	if last[*didcomm.PingResponse](now).ThreadID() != "now" {
		t.Error("what the peer says by its new key is not answered")
	}
}

// What was written before the peer knew our new DID, and goes after it does, comes from that.
func TestWrittenBeforeRotation(t *testing.T) {
	p, r, _ := twoRaw(t)
	ctx := t.Context()
	keys, connections := p.issuer.meet(r)
	_, err := p.issuer.Rotate(ctx, p.issuer.by, connections[0], p.issuer.publish().DID)
	fine(t, err)
	rotate := last[*didcomm.Rotate](r)
	_, err = p.issuer.Ping(ctx, p.issuer.by, connections[0], "written before")
	fine(t, err)
	fine(t, r.say(keys[0], &didcomm.Ack{Header: head(didcomm.TypeRotateAck, "ack", rotate.ID, ""), Status: didcomm.AckOK}))
	if ping := last[*didcomm.Ping](r); ping.Comment != "written before" {
		t.Errorf("%+v", ping)
	}
}

// Who hangs up is not heard any more, nor hears.
func TestHangup(t *testing.T) {
	p := connected(t)
	_, err := p.holder.Hangup(t.Context(), p.holder.by, p.theirs)
	fine(t, err)
	p.settle()
	for _, e := range []*end{p.issuer, p.holder} {
		if n := len(e.connections()); n != 0 {
			t.Errorf("%d connections", n)
		}
		if got := e.course(agent.TopicConnection); !strings.HasSuffix(got, "completed ended deleted") {
			t.Error(got)
		}
	}
	_, err = p.holder.Ping(t.Context(), p.holder.by, p.theirs, "")
	wanted(t, err, vc.NotFound, "connection-not-found")
}

// A peer says what it can do; whoever asks waits for it.
func TestQuery(t *testing.T) {
	p := connected(t)
	ctx, done := context.WithCancel(t.Context())
	go func() {
		defer done()
		found, err := p.issuer.Query(t.Context(), p.issuer.by, p.ours, "https://didcomm.org/didexchange/*", "")
		if err != nil || found.State != "disclosures-received" || !strings.Contains(string(found.Disclosures), "didexchange/1.1") ||
			strings.Contains(string(found.Disclosures), "trust_ping") {
			t.Errorf("%+v: %v", found, err)
		}
	}()
	for ctx.Err() == nil {
		p.settle()
	}
	p.issuer.Patience = time.Millisecond
	for range 3 {
		_, err := p.issuer.Query(t.Context(), p.issuer.by, p.ours, "*", "")
		fine(t, err)
	}
	p.settle()
	all, err := p.issuer.Discoveries(t.Context(), p.issuer.by.Scope, p.ours)
	if err != nil || len(all) != 4 || all[0].State != "disclosures-received" || all[0].CreatedAt.Before(all[3].CreatedAt) {
		t.Errorf("%d: %v", len(all), err)
	}
	own, err := p.issuer.Query(t.Context(), p.issuer.by, "", "*", "")
	if err != nil || !strings.Contains(string(own.Disclosures), "trust_ping") {
		t.Errorf("%s: %v", own.Disclosures, err)
	}
}

// A connection that people arrange is one at once, when both have.
func TestStatic(t *testing.T) {
	p := strangers(t, vc.AgentSettings{}, vc.AgentSettings{})
	ctx := t.Context()
	const nobody = "BpAju7cfbui5vXBh9BTQUJQix3j5J3hupoBp5hRHmXQw"
	_, err := p.issuer.CreateStatic(ctx, p.issuer.by, agent.NewStatic{TheirVerkey: "x", TheirEndpoint: "https://a.example"})
	wanted(t, err, vc.Invalid, "verkey-malformed")
	here, err := p.issuer.CreateStatic(ctx, p.issuer.by, agent.NewStatic{TheirVerkey: nobody, TheirEndpoint: "https://holder.example", TheirLabel: "L"})
	fine(t, err)
	there, err := p.holder.CreateStatic(ctx, p.holder.by, agent.NewStatic{TheirVerkey: here.MyVerkey, TheirEndpoint: here.MyEndpoint, TheirDID: here.MyDID})
	fine(t, err)
	if there.TheirDID != here.MyDID || here.Connection.Mode != vc.ModeStatic || p.issuer.sole(vc.Completed).TheirLabel != "L" {
		t.Errorf("%+v %+v", here, there)
	}
	// The holder's key is not the one that the issuer was told of: it is nobody there.
	_, err = p.holder.Ping(ctx, p.holder.by, there.Connection.ID, "")
	fine(t, err)
	p.settle()
	if n := len(p.issuer.told(agent.TopicPing)); n != 0 {
		t.Errorf("%d pings", n)
	}
}
