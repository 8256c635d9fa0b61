package notify_test

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/notify"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/standardwebhooks"
)

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s: -want +got\n%s", what, d)
	}
}

// What happens in a scope is told once, each subject's in order, and leaves no row.
func TestDelivered(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := receive(t, nil)
		w.desk.Patience = time.Minute // what takes long would leave a row
		w.happen("before")
		w.run(w.desk)
		w.until("it is published", func() bool {
			f, err := w.db.AuditHeads(t.Context())
			return err == nil && len(f) > 0
		})
		hook := w.hook(r)
		w.happen(repeat(40, "a", "b", "c", "d", "e")...)
		w.happens(vc.Scope{Tenant: w.by.Scope.Tenant}, "thing.happened", "the tenant's")
		w.happens(vc.Scope{Tenant: w.by.Scope.Tenant, Organisation: "other"}, "thing.happened", "another's")
		w.happens(w.by.Scope, "unspeakable.happened", "unspeakable")
		w.until("all are heard", func() bool { heard, _ := r.all(); return len(heard) == 200 })
		got := w.quiet(hook, 0)
		heard, _ := r.all()
		for _, subject := range []string{"a", "b", "c", "d", "e"} {
			if list := of(subject, heard); len(list) != 40 || !slices.IsSorted(list) {
				t.Errorf("%s: %v", subject, list)
			}
		}
		if len(heard) != 200 || len(w.deliveries(hook.ID, "")) != 0 || got.DeliveredAt.IsZero() || got.Failures != 0 {
			t.Errorf("%d heard, %+v", len(heard), got)
		}
	})
}

func TestOnlyEventsAskedFor(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := receive(t, nil)
		hook := w.hook(r, "thing.happened", "other.*")
		w.run(w.desk)
		for _, action := range []string{"thing.happened", "thing.happened.twice", "other", "other.a", "other.a.b", "others.a", "thing"} {
			w.happens(w.by.Scope, action, action)
		}
		w.until("three are heard", func() bool { heard, _ := r.all(); return len(heard) == 3 })
		w.quiet(hook, 0)
		heard, _ := r.all()
		var types []string
		for _, m := range heard {
			types = append(types, m.Type)
		}
		slices.Sort(types)
		same(t, "types", types, []string{"other.a", "other.a.b", "thing.happened"})
	})
}

// A subject whose event is refused waits with all behind it, in order; the others go on.
func TestOrderUnderFailures(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var open atomic.Bool
		r := receive(t, func(m told, w http.ResponseWriter) {
			if m.Subject == "bad" && !open.Load() {
				w.WriteHeader(http.StatusInternalServerError)
			}
		})
		hook := w.hook(r)
		w.run(w.desk)
		w.happen(repeat(3, "bad", "good")...)
		w.until("the good are taken", func() bool { _, taken := r.all(); return len(of("good", taken)) == 3 })
		w.quiet(hook, 3)
		w.happen(repeat(3, "good", "bad")...)
		w.until("the good are taken", func() bool { _, taken := r.all(); return len(of("good", taken)) == 6 })
		got := w.quiet(hook, 6)
		heard, _ := r.all()
		first := of("bad", heard)[0]
		if tries := of("bad", heard); len(tries) != 1 {
			t.Errorf("tried %v before its time", tries)
		}
		if d := w.deliveries(hook.ID, vc.DeliveryPending); d[len(d)-1].Position != first || d[len(d)-1].Status != 500 || d[len(d)-1].Failure != "status" || d[len(d)-1].Attempts != 1 || d[0].Attempts != 0 {
			t.Errorf("%+v", d)
		}
		if wait := got.NextAt.Sub(w.now()); wait > 6*time.Second {
			t.Errorf("next in %s", wait)
		}
		w.advance(6 * time.Second)
		w.until("it is tried again", func() bool { return w.deliveries(hook.ID, vc.DeliveryPending)[5].Attempts == 2 })
		open.Store(true)
		w.advance(time.Minute)
		w.until("the bad are taken", func() bool { _, taken := r.all(); return len(of("bad", taken)) == 6 })
		w.quiet(hook, 0)
		_, taken := r.all()
		if list := of("bad", taken); !slices.IsSorted(list) {
			t.Errorf("out of order: %v", list)
		}
		if done := w.deliveries(hook.ID, vc.DeliveryDone); len(done) != 6 || done[5].Attempts != 3 {
			t.Errorf("%+v", done)
		}
	})
}

// A receiver that hangs on one subject holds up no other, and not what comes later.
func TestHangingSubject(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		release := make(chan struct{})
		r := receive(t, func(m told, _ http.ResponseWriter) {
			if m.Subject == "slow" {
				<-release
			}
		})
		hook := w.hook(r)
		stop := w.run(w.desk)
		for round := range 3 {
			w.happen("slow", "quick", "quick")
			w.until("the quick are taken", func() bool { _, taken := r.all(); return len(of("quick", taken)) == 2*(round+1) })
		}
		heard, _ := r.all()
		same(t, "slow ones on their way", len(of("slow", heard)), 1)
		close(release)
		w.until("the slow are taken", func() bool { _, taken := r.all(); return len(of("slow", taken)) == 3 })
		w.quiet(hook, 0)
		stop()
		heard, _ = r.all()
		if slow := of("slow", heard); len(slow) != 3 || !slices.IsSorted(slow) {
			t.Errorf("%v", slow)
		}
	})
}

// A server that dies between sending and recording leaves the event to another, which sends it again under its id.
func TestDiesBeforeRecording(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		doomed, first := w.server()
		var once sync.Once
		r := receive(t, func(told, http.ResponseWriter) {
			once.Do(func() { _ = doomed.Close() }) // the message is taken; nobody will write that down
		})
		hook := w.hook(r)
		stop := w.run(first)
		w.happen("a")
		w.until("it is heard", func() bool { heard, _ := r.all(); return len(heard) == 1 })
		stop()
		same(t, "position", w.webhook(hook.ID).Position, hook.Position)
		w.run(w.desk)
		w.happen("a")
		w.advance(21 * time.Second) // the dead server's lease
		w.until("both are heard", func() bool { heard, _ := r.all(); return len(heard) == 3 })
		w.quiet(hook, 0)
		heard, _ := r.all()
		if heard[0].ID != heard[1].ID || heard[2].ID == heard[0].ID || heard[2].Position <= heard[1].Position {
			t.Errorf("%+v", heard)
		}
	})
}

// Several servers on one database tell each event once.
func TestTwoServers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := receive(t, nil)
		hook := w.hook(r)
		_, second := w.server()
		stop := []func(){w.run(w.desk), w.run(second)}
		for range 20 {
			w.happen(repeat(3, "a", "b", "c", "d")...)
		}
		w.until("all are heard", func() bool { heard, _ := r.all(); return len(heard) >= 240 })
		w.quiet(hook, 0)
		for _, s := range stop {
			s()
		}
		heard, _ := r.all()
		for _, subject := range []string{"a", "b", "c", "d"} {
			if list := of(subject, heard); len(list) != 60 || !slices.IsSorted(list) {
				t.Errorf("%s: %d %v", subject, len(list), list)
			}
		}
	})
}

// After a day of failures a delivery is dead, lets the others of its subject pass, and is replayed by hand.
func TestDead(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var open atomic.Bool
		var poison atomic.Int64
		r := receive(t, func(m told, w http.ResponseWriter) {
			poison.CompareAndSwap(0, m.Position)
			if m.Position == poison.Load() && !open.Load() {
				w.WriteHeader(http.StatusBadRequest)
			}
		})
		hook := w.hook(r)
		w.run(w.desk)
		w.happen("a", "a", "a")
		w.quiet(hook, 3)
		attempts := 1
		for began := w.now(); len(w.deliveries(hook.ID, vc.DeliveryDead)) == 0; attempts++ {
			if w.now().Sub(began) > 25*time.Hour {
				t.Fatal("it lives for more than a day")
			}
			w.advance(w.webhook(hook.ID).NextAt.Sub(w.now()))
			w.until("it is tried", func() bool { got := w.webhook(hook.ID); return got.Failures == attempts+1 || got.Waiting < 3 })
		}
		w.until("the others are taken", func() bool { _, taken := r.all(); return len(taken) == 2 })
		w.quiet(hook, 0)
		dead := w.deliveries(hook.ID, vc.DeliveryDead)[0]
		if age := dead.UpdatedAt.Sub(dead.FirstAt); age < 24*time.Hour || age > 24*time.Hour+time.Minute || dead.Attempts < 12 {
			t.Errorf("died after %s and %d attempts", age, dead.Attempts)
		}
		if !w.webhook(hook.ID).DisabledAt.IsZero() {
			t.Error("disabled after a day")
		}
		open.Store(true)
		again, err := w.desk.Replay(t.Context(), w.by, hook.ID, dead.ID)
		if err != nil || again.State != vc.DeliveryPending || again.Attempts != 0 {
			t.Fatalf("%+v %v", again, err)
		}
		w.until("it is taken", func() bool { _, taken := r.all(); return len(taken) == 3 })
		w.quiet(hook, 0)
		if done := w.deliveries(hook.ID, vc.DeliveryDone); len(done) != 3 {
			t.Errorf("%+v", done)
		}
		_, err = w.desk.Replay(t.Context(), w.by, hook.ID, "0")
		refused(t, err, vc.NotFound, "delivery-not-found")
		_, err = w.desk.Replay(t.Context(), w.by, "0", dead.ID)
		refused(t, err, vc.NotFound, "webhook-not-found")
	})
}

// All dead deliveries are replayed at once; a position is replayed with all that follows it.
func TestReplayed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var open atomic.Bool
		r := receive(t, func(_ told, w http.ResponseWriter) {
			if !open.Load() {
				w.WriteHeader(http.StatusServiceUnavailable)
			}
		})
		hook := w.hook(r)
		stop := w.run(w.desk)
		w.happen("a", "b", "c")
		w.quiet(hook, 3)
		w.advance(25 * time.Hour)
		w.until("all are dead", func() bool { return len(w.deliveries(hook.ID, vc.DeliveryDead)) == 3 })
		got := w.quiet(hook, 0)
		open.Store(true)
		n, _, err := w.desk.ReplayDead(t.Context(), w.by, hook.ID)
		if err != nil || n != 3 {
			t.Fatalf("%d %v", n, err)
		}
		w.until("all are taken", func() bool { _, taken := r.all(); return len(taken) == 3 })
		w.quiet(hook, 0)
		_, taken := r.all()
		last := slices.Max(of("", taken))
		if _, err := w.desk.ReplayFrom(t.Context(), w.by, hook.ID, last-1); err != nil {
			t.Fatal(err)
		}
		w.until("two are taken again", func() bool { _, taken := r.all(); return len(taken) == 5 })
		if again := w.quiet(hook, 0); again.Position != got.Position {
			t.Errorf("position %d, was %d", again.Position, got.Position)
		}
		stop()
		if left := w.deliveries(hook.ID, ""); len(left) != 1 {
			t.Errorf("%+v", left)
		}
		_, err = w.desk.ReplayFrom(t.Context(), w.by, hook.ID, 0)
		refused(t, err, vc.Invalid, "webhook-position")
	})
}

// Gone is gone: nothing more is sent. Enabled again, the webhook goes on where it was.
func TestGone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var back atomic.Bool
		r := receive(t, func(_ told, w http.ResponseWriter) {
			if !back.Load() {
				w.WriteHeader(http.StatusGone)
			}
		})
		hook := w.hook(r, "thing.*")
		w.run(w.desk)
		w.happen("a")
		w.until("it is disabled", func() bool { return w.webhook(hook.ID).DisabledFor == vc.DisabledGone })
		w.happen("a", "b")
		w.advance(time.Hour)
		back.Store(true)
		if got := w.webhook(hook.ID); got.Waiting != 1 || got.LeasedBy != "" {
			t.Errorf("%+v", got)
		}
		enabled := true
		if _, err := w.desk.Update(t.Context(), w.by, hook.ID, notify.Change{Enabled: &enabled}); err != nil {
			t.Fatal(err)
		}
		w.until("all are taken", func() bool { _, taken := r.all(); return len(taken) == 3 })
		w.quiet(hook, 0)
		heard, _ := r.all()
		same(t, "heard", len(heard), 4)
	})
}

// A webhook to which nothing was delivered for five days ends with the next delivery that dies.
func TestFailingForDays(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := receive(t, func(_ told, w http.ResponseWriter) { w.WriteHeader(http.StatusBadGateway) })
		hook := w.hook(r)
		w.run(w.desk)
		w.happen("a")
		w.quiet(hook, 1)
		w.advance(25 * time.Hour)
		w.until("it is dead", func() bool { return len(w.deliveries(hook.ID, vc.DeliveryDead)) == 1 })
		w.happen("a")
		w.quiet(hook, 1)
		w.advance(4 * 24 * time.Hour)
		w.until("it is disabled", func() bool { return w.webhook(hook.ID).DisabledFor == vc.DisabledFailing })
	})
}

// After a long failure the first success makes all that waits due.
func TestRecovered(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var open atomic.Bool
		r := receive(t, func(_ told, w http.ResponseWriter) {
			if !open.Load() {
				w.WriteHeader(http.StatusInternalServerError)
			}
		})
		hook := w.hook(r)
		w.run(w.desk)
		var subjects []string
		for i := range 25 {
			subjects = append(subjects, string(rune('a'+i)))
		}
		w.happen(subjects...)
		w.quiet(hook, 25)
		open.Store(true)
		w.happen("new")
		w.until("all are taken", func() bool { _, taken := r.all(); return len(taken) == 26 })
		w.quiet(hook, 0)
	})
}

// Both secrets sign while they overlap. No secret is kept in the open, or shown again.
func TestSecrets(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		r := receive(t, nil)
		hook, old, err := w.desk.Create(t.Context(), w.by, notify.New{Form: "words", URL: r.url, Headers: map[string]string{"x-api-key": "open sesame"}})
		if err != nil {
			t.Fatal(err)
		}
		w.run(w.desk)
		heard := 0
		verify := func(secret string, want error) {
			t.Helper()
			key, err := standardwebhooks.ParseSecret(secret)
			if err != nil {
				t.Fatal(err)
			}
			h := r.headers[heard-1]
			got := standardwebhooks.Verify(key, h.Get("webhook-id"), h.Get("webhook-timestamp"), h.Get("webhook-signature"),
				[]byte(r.bodies[heard-1]), w.now(), time.Minute)
			if got != want { //nolint:errorlint // one of the package's
				t.Errorf("%v, want %v", got, want)
			}
			if h.Get("X-Api-Key") != "open sesame" || h.Get("Content-Type") != "application/json" || h.Get("webhook-id") != r.heard[heard-1].ID {
				t.Errorf("%v", h)
			}
		}
		next := func() {
			heard++
			w.happen("a")
			w.until("it is heard", func() bool { list, _ := r.all(); return len(list) == heard })
			w.quiet(hook, 0)
		}
		next()
		verify(old, nil)
		rotated, secret, err := w.desk.RotateSecret(t.Context(), w.by, hook.ID, time.Hour)
		if err != nil || secret == old {
			t.Fatal(err)
		}
		next()
		verify(old, nil)
		verify(secret, nil)
		w.advance(2 * time.Hour)
		next()
		verify(old, standardwebhooks.ErrSignature)
		verify(secret, nil)
		for _, text := range []string{old, secret, "open sesame"} {
			if strings.Contains(string(rotated.Body), strings.TrimPrefix(text, "whsec_")) || strings.Contains(w.logs.String(), text) {
				t.Error("a secret lies open")
			}
		}
		_, _, err = w.desk.RotateSecret(t.Context(), w.by, hook.ID, 31*24*time.Hour)
		refused(t, err, vc.Invalid, "invalid-overlap")
	})
}

// When as many deliveries wait as may, the events behind them stay in the journal, and nothing is lost.
func TestRoom(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var open atomic.Bool
		r := receive(t, func(_ told, w http.ResponseWriter) {
			if !open.Load() {
				w.WriteHeader(http.StatusInternalServerError)
			}
		})
		w.desk.Room = 3
		hook := w.hook(r)
		w.run(w.desk)
		w.happen("a", "b", "c", "d", "e", "f", "a", "b")
		w.until("three wait", func() bool { got := w.webhook(hook.ID); return got.Waiting == 3 && got.LeasedBy == "" })
		got := w.webhook(hook.ID)
		if heard, _ := r.all(); len(heard) != 3 || got.Position != slices.Max(of("", heard)) {
			t.Errorf("%d heard, %+v", len(heard), got)
		}
		open.Store(true)
		w.advance(time.Minute)
		w.until("all are taken", func() bool { _, taken := r.all(); return len(taken) == 8 })
		w.quiet(hook, 0)
		_, taken := r.all()
		for _, subject := range []string{"a", "b"} {
			if list := of(subject, taken); len(list) != 2 || !slices.IsSorted(list) {
				t.Errorf("%s: %v", subject, list)
			}
		}
	})
}

// A receiver may ask for more time, not for more than an hour.
func TestRetryAfter(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		asked := []string{"600", "86400", w.now().Add(20 * time.Minute).UTC().Format(http.TimeFormat), "soon", "-5"}
		wants := []time.Duration{10 * time.Minute, time.Hour, 20 * time.Minute, 5 * time.Second, 5 * time.Second}
		for i, text := range asked {
			r := receive(t, func(_ told, w http.ResponseWriter) {
				w.Header().Set("Retry-After", text)
				w.WriteHeader(http.StatusTooManyRequests)
			})
			hook := w.hook(r, "thing."+string(rune('a'+i)))
			stop := w.run(w.desk)
			w.happens(w.by.Scope, "thing."+string(rune('a'+i)), "s")
			got := w.quiet(hook, 1)
			d := w.deliveries(hook.ID, vc.DeliveryPending)[0]
			if wait := got.NextAt.Sub(d.UpdatedAt); (wait-wants[i]).Abs() > 3*time.Second && (wait-wants[i]).Abs() > wants[i]/10 {
				t.Errorf("%s: waits %s", text, wait)
			}
			stop()
		}
	})
}
