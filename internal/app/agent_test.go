package app_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/vc"
	spec "github.com/chancery-vc/chancery/spec/didcomm"
)

// TestInlet: peers find the inlet under its prefix, and at the root of its own listener, over HTTP and WebSockets. A socket that is
// left open does not keep the server from ending.
func TestInlet(t *testing.T) {
	server, _ := serve(t, app.Config{Data: t.TempDir(), Listen: "127.0.0.1:0", Dev: true, Doors: map[string]string{"didcomm": "127.0.0.1:0"}})
	alone := "http://" + server.DoorAddr("didcomm").String()
	for _, url := range []string{server.URL + "/didcomm", alone, alone + "/didcomm"} {
		response, err := http.Post(url, spec.MediaType, strings.NewReader("{}")) //nolint:noctx // a test
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode != http.StatusBadRequest {
			t.Errorf("%s: %d", url, response.StatusCode)
		}
		if status, body := get(t, http.DefaultClient, url, ""); status != http.StatusOK {
			t.Errorf("%s: %d %s", url, status, body)
		}
		conn, _, err := websocket.Dial(t.Context(), strings.Replace(url, "http:", "ws:", 1), nil)
		if err != nil {
			t.Fatalf("%s: %v", url, err)
		}
		if err := conn.Ping(conn.CloseRead(t.Context())); err != nil {
			t.Errorf("%s: %v", url, err)
		}
	}
}

// wallet makes an office with an agent.
func wallet(t *testing.T, server *app.App, secret string) vc.Caller {
	t.Helper()
	operator, err := server.Access.Authenticate(t.Context(), "Bearer "+secret)
	if err != nil {
		t.Fatal(err)
	}
	w, _, err := server.Access.CreateWallet(t.Context(), access.Actor{Principal: operator, Door: "test"}, access.NewWallet{Name: "agent"})
	if err != nil {
		t.Fatal(err)
	}
	return vc.Caller{Scope: w.Scope(), Principal: w.Settings.ID, Door: "test"}
}

// TestMediatedServer: a server that nobody can call is mediated by one that everybody can.
func TestMediatedServer(t *testing.T) {
	auto := []string{"invites", "requests"}
	mediator, secret := serve(t, app.Config{
		Data: t.TempDir(), Listen: "127.0.0.1:0", Dev: true, Agents: app.Agents{Auto: auto, OpenMediation: true},
	})
	theirs := wallet(t, mediator, secret)
	hidden, secret := serve(t, app.Config{Data: t.TempDir(), Listen: "127.0.0.1:0", Dev: true, Agents: app.Agents{Auto: auto, Endpoint: "none"}})
	ours := wallet(t, hidden, secret)
	invitation, err := mediator.Agent.Invite(t.Context(), theirs, agent.NewInvitation{Handshake: []string{spec.DIDExchange11}})
	if err != nil {
		t.Fatal(err)
	}
	taken, err := hidden.Agent.Take(t.Context(), ours, agent.Taking{Message: invitation.Message})
	if err != nil {
		t.Fatal(err)
	}
	until(t, "they are connected", func() bool {
		c, err := hidden.Agent.Connection(t.Context(), ours.Scope, taken.Invitation.Connection)
		return err == nil && c.Connection.State == vc.Completed
	})
	asked, err := hidden.Agent.RequestMediation(t.Context(), ours, taken.Invitation.Connection)
	if err != nil {
		t.Fatal(err)
	}
	until(t, "the mediation is granted", func() bool {
		m, err := hidden.Agent.Mediation(t.Context(), ours.Scope, asked.ID)
		return err == nil && m.State == vc.MediationGranted && m.Endpoint == mediator.URL+"/didcomm"
	})
}

func until(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("waited in vain: " + what)
		}
	}
}

func TestAgentConfiguration(t *testing.T) {
	for _, agents := range []app.Agents{
		{Endpoint: "nowhere"},
		{Endpoint: "ftp://agent.example"},
		{Endpoint: "https://user:pw@agent.example"},
		{Endpoint: "https://agent.example/#x"},
		{Auto: []string{"everything"}},
		{Insecure: true},
		{Webhooks: []string{"ftp://hooks.example#key"}},
		{Webhooks: []string{"https://user:pw@hooks.example"}},
		{StatusType: "RevocationList2020Status"},
	} {
		if _, err := app.Open(t.Context(), app.Config{Data: t.TempDir(), Listen: "127.0.0.1:0", Agents: agents}); vc.KindOf(err) != vc.Invalid {
			t.Errorf("%+v: %v", agents, err)
		}
	}
}
