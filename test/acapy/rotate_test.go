package acapy

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/test/peers"
)

// TestACAPyRotate: either end takes another DID for a connection, and then both go on as before; and when one hangs up it is over.
func TestACAPyRotate(t *testing.T) {
	opposite(t, func(t *testing.T, issuer, holder *peers.Controller) {
		p := connect(t, issuer, holder, "1.1")
		for range 2 { // also away from a DID that was rotated to
			rotate(t, p.issuer, p.holder, p.toHolder, p.toIssuer)
			p.talk()
			rotate(t, p.holder, p.issuer, p.toIssuer, p.toHolder)
			p.talk()
		}
		p.ends(p.issue(resident(did(p.issuer)), ed2018))
		p.issuer.Post("/did-rotate/"+p.toHolder+"/hangup", object{})
		gone(t, p.issuer, p.toHolder)
		gone(t, p.holder, p.toIssuer)

		p = connect(t, issuer, holder, "1.1")
		p.holder.Post("/did-rotate/"+p.toIssuer+"/hangup", object{})
		gone(t, p.issuer, p.toHolder)
		gone(t, p.holder, p.toIssuer)
	})
}

// rotate has an agent take another DID for its end of a connection, until both ends know.
func rotate(t *testing.T, own, peer *peers.Controller, ours, theirs string) {
	t.Helper()
	to := peers.Text(own.Post("/wallet/did/create", object{"method": "did:peer:4", "options": object{"key_type": "ed25519"}}), "/result/did")
	sent := own.Post("/did-rotate/"+ours+"/rotate", object{"to_did": to})
	if peers.Text(sent, "/to_did") != to {
		t.Errorf("%s rotates to %v", own.Name, sent)
	}
	// Either form of it: some keep the long one, some the short one.
	short := to[:strings.LastIndex(to, ":")]
	for _, end := range []struct {
		at     *peers.Controller
		id, as string
	}{{own, ours, "my_did"}, {peer, theirs, "their_did"}} {
		for late := time.Now().Add(30 * time.Second); !strings.HasPrefix(peers.Text(end.at.Get("/connections/"+end.id), "/"+end.as), short); time.Sleep(20 * time.Millisecond) {
			if time.Now().After(late) {
				t.Fatalf("%s: %s is not %s but %v", end.at.Name, end.as, short, end.at.Get("/connections/"+end.id))
			}
		}
	}
}

// gone waits until an agent has a connection no more.
func gone(t *testing.T, c *peers.Controller, id string) {
	t.Helper()
	for late := time.Now().Add(30 * time.Second); c.Do(http.MethodGet, "/connections/"+id, nil).Status != http.StatusNotFound; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(late) {
			t.Fatalf("%s still has %v", c.Name, c.Get("/connections/"+id))
		}
	}
}

// talk has each end say something, and hear the other.
func (p *pair) talk() {
	p.t.Helper()
	text := uuid.NewString()
	p.issuer.Post("/connections/"+p.toHolder+"/send-message", object{"content": "to the holder " + text})
	p.holder.Hears("basicmessages", object{"connection_id": p.toIssuer, "content": "to the holder " + text})
	p.holder.Post("/connections/"+p.toIssuer+"/send-message", object{"content": "to the issuer " + text})
	p.issuer.Hears("basicmessages", object{"connection_id": p.toHolder, "content": "to the issuer " + text})
}

// until asks again and again until what a path answers with is as it should be.
func (a *agent) until(path string, is func(object) bool) {
	a.w.t.Helper()
	for late := time.Now().Add(30 * time.Second); !is(a.Get(path)); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(late) {
			a.w.t.Fatalf("%s: %s is %v", a.Name, path, a.Get(path))
		}
	}
}
