package crash

import (
	"encoding/json"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/sdk"
)

// TestWebhookKilled kills the server while a receiver has the message and has not answered: nothing is lost, what is told
// twice has the same id, and each credential's events keep their order.
func TestWebhookKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("not run: a dead server's lease lasts 20 seconds")
	}
	binary := build(t)
	for name, open := range engines() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			webhookKilled(t, binary, open(t))
		})
	}
}

func webhookKilled(t *testing.T, binary string, e engine) {
	var mu sync.Mutex
	var told []sdk.Event
	var once sync.Once
	asked, killed := make(chan struct{}), make(chan struct{})
	receiver := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var event sdk.Event
		if err := json.NewDecoder(r.Body).Decode(&event); err != nil {
			return // cut off
		}
		mu.Lock()
		told = append(told, event)
		mu.Unlock()
		once.Do(func() { close(asked); <-killed })
	}))
	defer receiver.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	check(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: receiver.Certificate().Raw}), 0o600))
	s := newServer(t, binary, append(e.env, "SSL_CERT_FILE="+ca, "CHANCERY_ALLOW_NET=127.0.0.0/8")...)
	s.start("")
	o := setUp(t, s.url, s.admin)
	_, err := o.issuer.CreateWebhook(t.Context(), sdk.NewWebhook{URL: receiver.URL, Events: []string{"credential.*"}})
	check(t, err)
	var made []string
	for _, key := range []string{"a", "b", "c"} {
		c, err := o.issuer.Issue(t.Context(), o.order(key))
		check(t, err)
		_, err = o.issuer.Revoke(t.Context(), c.ID, "")
		check(t, err)
		made = append(made, c.ID)
	}
	<-asked
	s.kill()
	close(killed)
	s.start("")
	all := func() (events []sdk.Event, ids map[string]bool) {
		mu.Lock()
		defer mu.Unlock()
		ids = map[string]bool{}
		for _, event := range told {
			ids[event.ID] = true
		}
		return slices.Clone(told), ids
	}
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		events, ids := all()
		if len(ids) == 6 && len(events) > 6 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("%d messages of %d events", len(events), len(ids))
		}
	}
	events, _ := all()
	for _, id := range made {
		var order []string
		for _, event := range events {
			if event.Subject == id && !slices.Contains(order, event.Type) {
				order = append(order, event.Type)
			}
		}
		if !slices.Equal(order, []string{"credential.issued", "credential.revoked"}) {
			t.Errorf("%s: %v", id, order)
		}
	}
}
