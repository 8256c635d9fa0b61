package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/test/peers"
)

// posted is a message as a receiver heard it.
type posted struct {
	header http.Header
	body   []byte
	event  sdk.Event
}

func (p posted) verify(secret string) peers.VerifyWebhook {
	headers := map[string]string{}
	for name := range p.header {
		headers[name] = p.header.Get(name)
	}
	return peers.VerifyWebhook{Secret: secret, Body: string(p.body), Headers: headers}
}

// listener is somebody's server that hears webhooks. While held it answers nobody.
type listener struct {
	url  string
	held chan struct{}

	mu     sync.Mutex
	posted []posted
}

// listen starts a listener; status gives what it answers, nil: 204.
func listen(t *testing.T, status func(sdk.Event) int) *listener {
	l := &listener{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		p := posted{header: r.Header, body: body}
		if err := json.Unmarshal(body, &p.event); err != nil {
			t.Errorf("%v: %s", err, body)
		}
		l.mu.Lock()
		l.posted = append(l.posted, p)
		held := l.held
		l.mu.Unlock()
		if held != nil {
			<-held
		}
		if status == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		w.WriteHeader(status(p.event))
	}))
	t.Cleanup(server.Close)
	l.url = server.URL
	return l
}

func (l *listener) all() []posted {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.posted)
}

// of are the messages of a type.
func (l *listener) of(kind string) (out []posted) {
	for _, p := range l.all() {
		if p.event.Type == kind {
			out = append(out, p)
		}
	}
	return out
}

// TestWebhook: what is posted is what GET /v1/events says, once, signed so that the library of Standard Webhooks accepts
// it; it has no claim, and the secret is shown once.
func TestWebhook(t *testing.T) {
	peer := peers.Start(t)
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		l := listen(t, nil)
		hook := must(o.admin.CreateWebhook(ctx, sdk.NewWebhook{URL: l.url, Events: []string{"credential.*"}, Headers: map[string]string{"Authorization": "Bearer open-sesame"}}))
		order := o.order()
		order.Claims = map[string]any{"id": "did:example:member", "name": planted, "level": 3}
		made := map[string]bool{}
		for range 10 {
			c := must(o.admin.Issue(ctx, order))
			must(o.admin.Revoke(ctx, c.ID, ""))
			made[c.ID] = true
		}
		eventually(t, "all are posted", func() bool { return len(l.all()) == 20 })
		events := map[string]sdk.Event{}
		for _, e := range o.events() {
			events[e.ID] = e
		}
		revoked := map[string]bool{}
		for _, p := range l.all() {
			told, err := json.Marshal(p.event)
			want, _ := json.Marshal(events[p.event.ID])
			if err != nil || !bytes.Equal(told, want) {
				t.Errorf("%s, and GET /v1/events has %s", told, want)
			}
			if p.event.Type == "credential.revoked" {
				revoked[p.event.Subject] = true
			} else if revoked[p.event.Subject] || !made[p.event.Subject] {
				t.Errorf("%+v out of order", p.event)
			}
			if bytes.Contains(p.body, []byte(planted)) || bytes.Contains(p.body, []byte("did:example")) {
				t.Errorf("a claim was told: %s", p.body)
			}
			var read peers.VerifiedWebhook
			peer.For(t).Call("webhooks.verify", p.verify(hook.Secret), &read)
			if p.header.Get("Webhook-Id") != p.event.ID || p.header.Get("Authorization") != "Bearer open-sesame" {
				t.Errorf("%v", p.header)
			}
		}
		forged := l.all()[0].verify(hook.Secret)
		forged.Body = strings.Replace(forged.Body, "credential.", "credential,", 1)
		if err := peer.For(t).Try("webhooks.verify", forged, nil); err == nil {
			t.Error("the library accepts another body")
		}

		rotated := must(o.admin.RotateWebhookSecret(ctx, hook.ID, time.Minute))
		if trial := must(o.admin.TestWebhook(ctx, hook.ID)); !trial.Delivered || trial.Status != http.StatusNoContent {
			t.Errorf("%+v", trial)
		}
		ping := l.of("webhook.ping")[0]
		for _, secret := range []string{hook.Secret, rotated.Secret} {
			peer.For(t).Call("webhooks.verify", ping.verify(secret), nil)
		}
		for _, path := range []string{"/v1/webhooks", "/v1/webhooks/" + hook.ID} {
			got := w.call("GET", path, o.key.Secret, nil)
			for _, secret := range []string{hook.Secret, rotated.Secret, "open-sesame"} {
				if got.status != 200 || bytes.Contains(got.body, []byte(secret)) || strings.Contains(w.logs.String(), secret) {
					t.Errorf("%d %s", got.status, got.body)
				}
			}
		}
		if got := w.call("GET", "/metrics", "", nil); !bytes.Contains(got.body, []byte(`chancery_webhook_deliveries_total{outcome="delivered"} 20`)) ||
			!bytes.Contains(got.body, []byte("chancery_webhook_oldest_pending_seconds")) {
			t.Error("the metrics do not count deliveries")
		}
	})
}

// TestWebhookHangs: a receiver that does not answer holds up nobody who issues, and hears all in the end.
func TestWebhookHangs(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		l := listen(t, nil)
		l.held = make(chan struct{})
		must(o.admin.CreateWebhook(ctx, sdk.NewWebhook{URL: l.url, Events: []string{"credential.issued"}}))
		must(o.admin.Issue(ctx, o.order()))
		eventually(t, "the receiver is asked", func() bool { return len(l.all()) == 1 })
		for range 50 {
			must(o.admin.Issue(ctx, o.order())) // it is still asked the first time
		}
		for _, p := range l.all() {
			if p.event.ID == "" {
				t.Errorf("%+v", p)
			}
		}
		close(l.held)
		eventually(t, "all are told", func() bool { return len(l.of("credential.issued")) >= 51 })
	})
}

// TestWebhookDies: what is not taken for a day is dead, told by the list, and replayed.
func TestWebhookDies(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		var mu sync.Mutex
		status := http.StatusInternalServerError
		l := listen(t, func(sdk.Event) int { mu.Lock(); defer mu.Unlock(); return status })
		hook := must(o.admin.CreateWebhook(ctx, sdk.NewWebhook{URL: l.url, Events: []string{"credential.issued"}}))
		made := must(o.admin.Issue(ctx, o.order()))
		deliveries := func(state string) []sdk.Delivery {
			return must(o.admin.ListDeliveries(ctx, hook.ID, sdk.DeliveryQuery{State: state})).Items
		}
		eventually(t, "it failed", func() bool { return len(deliveries("pending")) == 1 })
		if d := deliveries("pending")[0]; d.Status != 500 || d.Key != made.ID || d.Event != "credential.issued" || d.NextAt.IsZero() {
			t.Errorf("%+v", d)
		}
		w.clock.advance(25 * time.Hour)
		eventually(t, "it is dead", func() bool { return len(deliveries("dead")) == 1 })
		mu.Lock()
		status = http.StatusOK
		mu.Unlock()
		if got := must(o.admin.ReplayDead(ctx, hook.ID)); got.Replayed != 1 {
			t.Errorf("%+v", got)
		}
		eventually(t, "it is delivered", func() bool { return len(deliveries("delivered")) == 1 })
		again := must(o.admin.ReplayDelivery(ctx, hook.ID, deliveries("")[0].ID))
		if again.State != "pending" {
			t.Errorf("%+v", again)
		}
		eventually(t, "it is delivered again", func() bool { return len(l.of("credential.issued")) == 4 })
		if got := must(o.admin.ReplayFrom(ctx, hook.ID, 1)); got.Position != 0 {
			t.Errorf("%+v", got)
		}
		eventually(t, "all is told again", func() bool { return len(l.of("credential.issued")) == 5 })
	})
}
