package acapy_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/coder/websocket"
)

// frame is what a socket is sent.
type frame struct {
	Topic         string         `json:"topic"`
	Payload       map[string]any `json:"payload"`
	WalletID      string         `json:"wallet_id"`
	Authenticated *bool          `json:"authenticated"`
}

// dial opens a socket and reads its settings.
func (w *world) dial(headers ...string) (*websocket.Conn, frame) {
	w.Helper()
	h := http.Header{}
	for i := 0; i < len(headers); i += 2 {
		h.Set(headers[i], headers[i+1])
	}
	conn, answer, err := websocket.Dial(w.Context(), strings.Replace(w.url, "http", "ws", 1)+"/ws", &websocket.DialOptions{HTTPHeader: h})
	if err != nil {
		w.Fatal(err)
	}
	if answer.Body != nil {
		_ = answer.Body.Close()
	}
	conn.SetReadLimit(1 << 20)
	w.Cleanup(func() { _ = conn.CloseNow() })
	return conn, w.next(conn, "settings")
}

// next reads frames until one of a topic.
func (w *world) next(conn *websocket.Conn, topic string) frame {
	w.Helper()
	ctx, done := context.WithTimeout(w.Context(), 20*time.Second)
	defer done()
	for {
		_, text, err := conn.Read(ctx)
		if err != nil {
			w.Fatalf("%s never came: %v", topic, err)
		}
		var f frame
		if err := json.Unmarshal(text, &f); err != nil {
			w.Fatal(err)
		}
		if f.Topic == topic {
			return f
		}
	}
}

var invitation = map[string]any{"alias": "a", "handshake_protocols": []string{"didexchange/1.1"}}

func TestSocketOfWallet(t *testing.T) {
	w := start(t, nil)
	id, token := w.wallet("one", nil)
	_, other := w.wallet("two", nil)
	conn, settings := w.dial(token...)
	if settings.Payload["authenticated"] != true || !strings.HasSuffix(settings.Payload["endpoint"].(string), "/didcomm") {
		t.Error(settings)
	}
	w.ok(http.MethodPost, "/out-of-band/create-invitation", invitation, other...)
	made := w.ok(http.MethodPost, "/out-of-band/create-invitation", invitation, token...)
	told := w.next(conn, "out_of_band")
	if told.Payload["oob_id"] != made["oob_id"] || told.WalletID != id || told.Payload["role"] != "sender" {
		t.Errorf("%+v, not of %v", told, made["oob_id"])
	}
	ping := w.next(conn, "ping")
	if ping.Authenticated == nil || !*ping.Authenticated {
		t.Error(ping)
	}
}

func TestSocketOfBase(t *testing.T) {
	w := start(t, nil)
	w.base()
	id, token := w.wallet("one", nil)
	_, quiet := w.wallet("two", map[string]any{"wallet_webhook_urls": []string{"http://127.0.0.1:9/"}})
	conn, settings := w.dial()
	if settings.Payload["authenticated"] != false {
		t.Error(settings)
	}
	if ping := w.next(conn, "ping"); *ping.Authenticated {
		t.Error("nobody said who calls")
	}
	for _, said := range []string{`{"x-api-key":"wrong"}`, `not JSON`, `{"x-api-key":"` + w.key + `"}`} {
		if err := conn.Write(t.Context(), websocket.MessageText, []byte(said)); err != nil {
			t.Fatal(err)
		}
	}
	for in := false; !in; {
		in = *w.next(conn, "ping").Authenticated
	}
	w.ok(http.MethodPost, "/out-of-band/create-invitation", invitation, quiet...) // its own receivers are told alone
	made := w.ok(http.MethodPost, "/out-of-band/create-invitation", invitation, token...)
	if told := w.next(conn, "out_of_band"); told.Payload["oob_id"] != made["oob_id"] || told.WalletID != id {
		t.Errorf("%+v, not of %v", told, made["oob_id"])
	}
}

// Before there is a base wallet its operator hears of the others all the same; who may less hears nothing.
func TestSocketWithoutBase(t *testing.T) {
	w := start(t, nil)
	id, token := w.wallet("one", nil)
	conn, settings := w.dial("X-API-KEY", w.key)
	if settings.Payload["authenticated"] != true {
		t.Error(settings)
	}
	made := w.ok(http.MethodPost, "/out-of-band/create-invitation", invitation, token...)
	if told := w.next(conn, "out_of_band"); told.Payload["oob_id"] != made["oob_id"] || told.WalletID != id {
		t.Errorf("%+v, not of %v", told, made["oob_id"])
	}
	for _, key := range []string{"wrong", ""} {
		if _, settings := w.dial("X-API-KEY", key); settings.Payload["authenticated"] != false {
			t.Errorf("%q: %v", key, settings)
		}
	}
}
