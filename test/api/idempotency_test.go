package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/sdk"
)

// post issues under a key with nothing of the client in between.
func (o *office) post(path, key string, body any) answer {
	o.w.t.Helper()
	return o.w.call("POST", "/v1/credentials"+path, o.key.Secret, body, "Idempotency-Key", key)
}

func (o *office) orderBody(name string) object {
	return object{"type": o.kind.ID, "issuer": o.did.DID, "claims": object{"name": name}}
}

// TestIdempotency: same key and body, same answer; another body, a refusal; on every issuing route.
func TestIdempotency(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		outside := newSigner(t, "EdDSA")
		foreign := merged(o.orderBody("Ada"), "issuer", outside.did)
		for _, c := range []struct {
			path        string
			body, other any
		}{
			{"", o.orderBody("Ada"), o.orderBody("Eve")},
			{"/prepare", foreign, merged(foreign, "mode", "released")},
			{"/batch", object{"orders": []any{o.orderBody("Ada"), o.orderBody("Bob"), object{"type": o.kind.ID, "claims": object{}}}}, object{"orders": []any{o.orderBody("Ada")}}},
		} {
			first := o.post(c.path, "key 1", c.body)
			if first.status/100 != 2 || first.header.Get("Idempotency-Replayed") != "" {
				t.Fatalf("%s: %d %s", c.path, first.status, first.body)
			}
			again := o.post(c.path, "key 1", c.body)
			if again.status != first.status || !bytes.Equal(again.body, first.body) || again.header.Get("Idempotency-Replayed") != "true" {
				t.Errorf("%s again: %d %s\nfirst %d %s", c.path, again.status, again.body, first.status, first.body)
			}
			spaced := must(json.MarshalIndent(c.body, "", "   "))
			if got := o.post(c.path, "key 1", spaced); !bytes.Equal(got.body, first.body) {
				t.Errorf("%s with spaces: %d %s", c.path, got.status, got.body)
			}
			refusal(t, c.path+" with another body", o.post(c.path, "key 1", c.other), 422, "idempotency-key-reused")
			if got := o.post(c.path, "key 2", c.body); bytes.Equal(got.body, first.body) || got.status != first.status {
				t.Errorf("%s with another key: %d %s", c.path, got.status, got.body)
			}
		}
	})
}

// TestIdempotencyOfPrincipals: another principal of the organisation has keys of its own.
func TestIdempotencyOfPrincipals(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		colleague := must(o.root.CreateAPIKey(t.Context(), sdk.NewPrincipal{Name: "colleague", Grants: []sdk.Grant{{Role: "issuer", Organisation: o.org.ID}}}))
		first := o.post("", "key", o.orderBody("Ada"))
		other := w.call("POST", "/v1/credentials", colleague.Secret, o.orderBody("Ada"), "Idempotency-Key", "key")
		if other.status != 201 || bytes.Equal(first.body, other.body) {
			t.Errorf("a colleague: %d %s", other.status, other.body)
		}
		if got := w.call("POST", "/v1/credentials", colleague.Secret, o.orderBody("Bob"), "Idempotency-Key", "key"); got.status != 422 {
			t.Errorf("a colleague's other body: %d %s", got.status, got.body)
		}
	})
}

// TestIdempotencyKeepsNoRefusals: an order that was wrong may be corrected under its key.
func TestIdempotencyKeepsNoRefusals(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		wrong := merged(o.orderBody("Ada"), "claims", object{"name": 1})
		refusal(t, "wrong", o.post("", "key", wrong), 400, "schema-violation")
		made := o.post("", "key", o.orderBody("Ada"))
		if made.status != 201 {
			t.Errorf("corrected: %d %s", made.status, made.body)
		}
		atomic := object{"atomic": true, "orders": []any{o.orderBody("Ada"), wrong}}
		refusal(t, "wrong batch", o.post("/batch", "batch", atomic), 400, "schema-violation")
		atomic["orders"] = []any{o.orderBody("Ada")}
		if got := o.post("/batch", "batch", atomic); got.status != 200 {
			t.Errorf("corrected batch: %d %s", got.status, got.body)
		}
	})
}

// TestIdempotencyOutlives: a replay answers after the type was archived, says an erased credential is gone, and is
// forgotten after its window.
func TestIdempotencyOutlives(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		first := o.post("", "key", o.orderBody("Ada"))
		var made sdk.Credential
		done(json.Unmarshal(first.body, &made))
		must(o.admin.ArchiveType(ctx, o.kind.ID))
		if got := o.post("", "key", o.orderBody("Ada")); !bytes.Equal(got.body, first.body) {
			t.Errorf("after archiving: %d %s", got.status, got.body)
		}
		must(o.admin.RestoreType(ctx, o.kind.ID))
		must(o.admin.Erase(ctx, made.ID))
		refusal(t, "erased", o.post("", "key", o.orderBody("Ada")), 410, "credential-erased")
		before := o.post("", "window", o.orderBody("Ada"))
		w.clock.advance(23 * 60 * 60e9)
		if got := o.post("", "window", o.orderBody("Ada")); !bytes.Equal(got.body, before.body) {
			t.Errorf("after 23 hours: %d %s", got.status, got.body)
		}
		w.clock.advance(2 * 60 * 60e9)
		if got := o.post("", "window", o.orderBody("Ada")); got.status != 201 || bytes.Equal(got.body, before.body) {
			t.Errorf("after 25 hours: %d %s", got.status, got.body)
		}
	})
}

// TestIdempotencyAtOnce: the same key at the same time, on one server and on two, makes one credential.
func TestIdempotencyAtOnce(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		servers := []*world{w}
		if w.engine == "postgres" {
			servers = append(servers, w.beside())
		}
		const rounds, callers = 12, 6
		for round := range rounds {
			bodies := make([]answer, callers)
			var all sync.WaitGroup
			for i := range callers {
				all.Go(func() {
					bodies[i] = servers[i%len(servers)].call("POST", "/v1/credentials", o.key.Secret, o.orderBody("Ada"),
						"Idempotency-Key", fmt.Sprint("round ", round))
				})
			}
			all.Wait()
			for _, got := range bodies {
				if got.status != 201 || credentialOf(got) != credentialOf(bodies[0]) || credentialOf(got) == "" {
					t.Fatalf("round %d: %d %s\nand %s", round, got.status, got.body, bodies[0].body)
				}
			}
		}
		if all := ids(o, sdk.CredentialQuery{Limit: 1000}); len(all) != rounds {
			t.Errorf("%d credentials after %d rounds", len(all), rounds)
		}
		issued := 0
		for _, e := range o.events() {
			if strings.HasPrefix(e.Type, "credential.issued") {
				issued++
			}
		}
		if issued != rounds {
			t.Errorf("%d events of issuing after %d rounds", issued, rounds)
		}
	})
}

func credentialOf(a answer) string {
	var made sdk.Credential
	if !decoded(a.body, &made) {
		return ""
	}
	return made.Credential
}
