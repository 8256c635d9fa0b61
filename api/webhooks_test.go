package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/sdk"
)

// webhooks are told of what happened, by a receiver that takes nothing.
func (w *world) webhooks(t *testing.T) {
	ctx, c := t.Context(), w.admin
	deaf := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) { rw.WriteHeader(http.StatusBadGateway) }))
	t.Cleanup(deaf.Close)
	start := int64(0)
	hook := must(c.CreateWebhook(ctx, sdk.NewWebhook{Name: "Deaf", URL: deaf.URL, Events: []string{"credential.*"}, After: &start}))(t)
	if hook.Secret == "" || must(c.GetWebhook(ctx, hook.ID))(t).Secret != "" {
		t.Errorf("a secret is told once: %+v", hook)
	}
	if trial := must(c.TestWebhook(ctx, hook.ID))(t); trial.Delivered {
		t.Errorf("delivered: %+v", trial)
	}
	waiting := w.undelivered(t, hook.ID)
	if again := must(c.ReplayDelivery(ctx, hook.ID, waiting.ID))(t); again.State != "pending" {
		t.Errorf("replayed: %+v", again)
	}
	if dead := must(c.ReplayDead(ctx, hook.ID))(t); dead.Replayed != 0 {
		t.Errorf("dead: %+v", dead)
	}
	if turned := must(c.RotateWebhookSecret(ctx, hook.ID, time.Hour))(t); turned.Secret == hook.Secret || turned.PreviousExpiresAt.IsZero() {
		t.Errorf("rotated to %+v", turned)
	}
	name, no := "Deafer", false
	if changed := must(c.UpdateWebhook(ctx, hook.ID, sdk.WebhookPatch{Name: &name, Enabled: &no}))(t); changed.Name != name || changed.Enabled {
		t.Errorf("changed to %+v", changed)
	}
	if all := must(c.ListWebhooks(ctx, sdk.ListQuery{}))(t); len(all.Items) != 1 {
		t.Errorf("listed %+v", all)
	}
	if err := c.DeleteWebhook(ctx, hook.ID); err != nil {
		t.Fatal(err)
	}
	_, err := c.GetWebhook(ctx, hook.ID)
	refused(t, err, 404, "webhook-not-found")
}

// undelivered waits for an event that was not taken.
func (w *world) undelivered(t *testing.T, hook string) sdk.Delivery {
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if list := must(w.admin.ListDeliveries(t.Context(), hook, sdk.DeliveryQuery{}))(t); len(list.Items) > 0 {
			return list.Items[0]
		}
	}
	t.Fatal("nothing was tried")
	return sdk.Delivery{}
}
