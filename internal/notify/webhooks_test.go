package notify_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/notify"
	"github.com/chancery-vc/chancery/internal/vc"
)

func refused(t *testing.T, err error, kind vc.Kind, code string) {
	t.Helper()
	if e, ok := errors.AsType[*vc.Error](err); !ok || e.Kind != kind || e.Code != code {
		t.Errorf("got %v, want %s %s", err, kind, code)
	}
}

func TestWhatIsNoWebhook(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		many := map[string]string{}
		for i := range 21 {
			many[fmt.Sprint("x-", i)] = "v"
		}
		before := int64(-1)
		for name, c := range map[string]struct {
			n    notify.New
			code string
		}{
			"no URL":               {notify.New{}, "webhook-url"},
			"a long URL":           {notify.New{URL: "https://x.example/" + strings.Repeat("a", 2048)}, "webhook-url"},
			"plain http":           {notify.New{URL: "http://x.example/"}, "webhook-url"},
			"a private address":    {notify.New{URL: "http://10.0.0.1/"}, "webhook-url"},
			"another scheme":       {notify.New{URL: "ftp://x.example/"}, "webhook-url"},
			"a user":               {notify.New{URL: "https://u:p@x.example/"}, "webhook-url"},
			"a fragment":           {notify.New{URL: "https://x.example/#key"}, "webhook-url"},
			"no such form":         {notify.New{URL: "https://x.example/", Form: "none"}, "webhook-form"},
			"a long name":          {notify.New{URL: "https://x.example/", Name: strings.Repeat("a", 129)}, "invalid-name"},
			"a name of two lines":  {notify.New{URL: "https://x.example/", Name: "a\nb"}, "invalid-name"},
			"an event in capitals": {notify.New{URL: "https://x.example/", Events: []string{"Credential"}}, "webhook-event"},
			"a star alone":         {notify.New{URL: "https://x.example/", Events: []string{".*"}}, "webhook-event"},
			"a star inside":        {notify.New{URL: "https://x.example/", Events: []string{"a.*.b"}}, "webhook-event"},
			"many events":          {notify.New{URL: "https://x.example/", Events: repeat(51, "a.b")}, "webhook-event"},
			"many headers":         {notify.New{URL: "https://x.example/", Headers: many}, "webhook-header"},
			"our header":           {notify.New{URL: "https://x.example/", Headers: map[string]string{"Webhook-ID": "x"}}, "webhook-header"},
			"a header twice":       {notify.New{URL: "https://x.example/", Headers: map[string]string{"a": "1", "A": "2"}}, "webhook-header"},
			"two lines":            {notify.New{URL: "https://x.example/", Headers: map[string]string{"a": "1\r\nb: 2"}}, "webhook-header"},
			"no name":              {notify.New{URL: "https://x.example/", Headers: map[string]string{"a b": "1"}}, "webhook-header"},
			"before the first":     {notify.New{URL: "https://x.example/", After: &before}, "webhook-position"},
		} {
			if c.n.Form == "" {
				c.n.Form = "words"
			}
			_, _, err := w.desk.Create(t.Context(), w.by, c.n)
			t.Run(name, func(t *testing.T) { refused(t, err, vc.Invalid, c.code) })
		}
		_, _, err := w.desk.Create(t.Context(), vc.Caller{}, notify.New{Form: "words", URL: "https://x.example/"})
		refused(t, err, vc.Invalid, "tenant-required")
		for range 50 {
			w.hook(receive(t, nil))
		}
		_, _, err = w.desk.Create(t.Context(), w.by, notify.New{Form: "words", URL: "https://x.example/"})
		refused(t, err, vc.Conflict, "too-many-webhooks")
	})
}

// A name that leads inside is refused when it is called, and told as a failure.
func TestPrivateAddress(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := receive(t, nil)
		hook := w.hook(r)
		w.desk.Sender = httpx.NewClient(httpx.ClientConfig{})
		w.run(w.desk)
		w.happen("a")
		w.quiet(hook, 1)
		if d := w.deliveries(hook.ID, vc.DeliveryPending); d[0].Failure != "url-not-allowed" || d[0].Status != 0 {
			t.Errorf("%+v", d)
		}
		if heard, _ := r.all(); len(heard) > 0 {
			t.Errorf("heard %+v", heard)
		}
	})
}

// Redirects are not followed: they are a failure.
func TestRedirect(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := receive(t, func(_ told, w http.ResponseWriter) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(http.StatusPermanentRedirect)
		})
		hook := w.hook(r)
		w.run(w.desk)
		w.happen("a")
		w.quiet(hook, 1)
		if d := w.deliveries(hook.ID, vc.DeliveryPending); d[0].Status != http.StatusPermanentRedirect || d[0].Failure != "status" {
			t.Errorf("%+v", d)
		}
		if heard, _ := r.all(); len(heard) != 1 {
			t.Errorf("heard %+v", heard)
		}
	})
}

// What is changed holds from the next message; what is deleted is told nothing more.
func TestChanged(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		one, two := receive(t, nil), receive(t, nil)
		hook := w.hook(one)
		w.run(w.desk)
		w.happen("a")
		w.until("it is heard", func() bool { heard, _ := one.all(); return len(heard) == 1 })
		w.quiet(hook, 0)
		events, off := []string{"thing.*"}, false
		got, err := w.desk.Update(t.Context(), w.by, hook.ID, notify.Change{URL: &two.url, Events: &events})
		if err != nil || got.URL != two.url || got.Name != "n" {
			t.Fatalf("%+v %v", got, err)
		}
		w.happen("a")
		w.until("the other hears", func() bool { heard, _ := two.all(); return len(heard) == 1 })
		w.quiet(hook, 0)
		trial, err := w.desk.Test(t.Context(), w.by, hook.ID)
		if heard, _ := two.all(); err != nil || !trial.Delivered || trial.Status != 200 || heard[1].Type != notify.PingEvent || heard[1].Position != 0 {
			t.Errorf("%+v %v", trial, err)
		}
		if got, err = w.desk.Update(t.Context(), w.by, hook.ID, notify.Change{Enabled: &off}); err != nil || got.DisabledFor != vc.DisabledByHand {
			t.Errorf("%+v %v", got, err)
		}
		if err := w.desk.Delete(t.Context(), w.by, hook.ID); err != nil {
			t.Fatal(err)
		}
		_, err = w.desk.Webhook(t.Context(), w.by, hook.ID)
		refused(t, err, vc.NotFound, "webhook-not-found")
		_, err = w.desk.Test(t.Context(), w.by, hook.ID)
		refused(t, err, vc.NotFound, "webhook-not-found")
		_, err = w.desk.Deliveries(t.Context(), w.by, vc.DeliveryQuery{Webhook: hook.ID})
		refused(t, err, vc.NotFound, "webhook-not-found")
		refused(t, w.desk.Delete(t.Context(), w.by, hook.ID), vc.NotFound, "webhook-not-found")
	})
}

// Headers, which nobody is shown, are not to be had by pointing the webhook at oneself.
func TestHeadersStay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		one, two := receive(t, nil), receive(t, nil)
		hook, _, err := w.desk.Create(t.Context(), w.by, notify.New{Form: "words", URL: one.url, Headers: map[string]string{"x-api-key": "open sesame"}})
		if err != nil {
			t.Fatal(err)
		}
		change := func(url string, headers *map[string]string) error {
			_, err := w.desk.Update(t.Context(), w.by, hook.ID, notify.Change{URL: &url, Headers: headers})
			return err
		}
		refused(t, change(two.url, nil), vc.Invalid, "webhook-header")
		if got, err := w.desk.Webhook(t.Context(), w.by, hook.ID); err != nil || got.URL != one.url {
			t.Errorf("%+v %v", got, err)
		}
		for _, err := range []error{
			change(strings.TrimSuffix(one.url, "/")+"/elsewhere", nil), change(two.url, &map[string]string{"x-api-key": "another"}),
			change(one.url, &map[string]string{}), change(two.url, nil),
		} {
			if err != nil {
				t.Error(err)
			}
		}
	})
}
