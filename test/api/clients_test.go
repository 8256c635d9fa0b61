package api

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"slices"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/sdk"
)

// TestClients: OAuth client credentials, ten minutes, and the end of a client.
func TestClients(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		o := w.office("north")
		made := must(o.root.CreateClient(ctx, sdk.NewPrincipal{Name: "portal", Grants: []sdk.Grant{{Role: "issuer", Organisation: o.org.ID}}}))
		token, seconds := w.token(made.ID, made.Secret)
		if seconds != 600 {
			t.Errorf("a token lives %d seconds", seconds)
		}
		portal := w.as(token)
		who := must(portal.Whoami(ctx))
		if who.Kind != "client" || who.Principal != made.ID || who.Organisation != o.org.ID || !slices.Contains(who.Permissions, "credential:issue") {
			t.Errorf("whoami %+v", who)
		}
		must(portal.Issue(ctx, o.order()))
		_, err := portal.CreateDID(ctx, sdk.NewDID{})
		refused(t, err, 403, "permission-denied")
		w.clock.advance(9 * time.Minute)
		must(portal.Whoami(ctx))
		w.clock.advance(92 * time.Second) // and half a minute for clocks that differ
		_, err = portal.Whoami(ctx)
		if p, ok := err.(*sdk.Problem); !ok || p.Status != 401 {
			t.Errorf("after ten minutes: %v", err)
		}
		rotated := must(o.root.RotateClient(ctx, made.ID))
		if got := w.tokenAnswer(made.ID, made.Secret); got.status != 401 {
			t.Errorf("the old secret answers %d", got.status)
		}
		token, _ = w.token(made.ID, rotated.Secret)
		portal = w.as(token)
		must(portal.Whoami(ctx))
		done(o.root.RevokeClient(ctx, made.ID))
		_, err = portal.Whoami(ctx)
		if p, ok := err.(*sdk.Problem); !ok || p.Status != 401 {
			t.Errorf("the token of a revoked client: %v", err)
		}
		if got := w.tokenAnswer(made.ID, rotated.Secret); got.status != 401 || got.header.Get("Cache-Control") != "no-store" {
			t.Errorf("a revoked client: %d %v", got.status, got.header)
		}
		key := must(o.root.CreateAPIKey(ctx, sdk.NewPrincipal{Name: "short", Grants: []sdk.Grant{{Role: "auditor", Organisation: o.org.ID}}}))
		auditor := w.as(key.Secret)
		if who := must(auditor.Whoami(ctx)); who.Kind != "apikey" || slices.Contains(who.Permissions, "credential:issue") {
			t.Errorf("whoami %+v", who)
		}
		done(o.root.RevokeAPIKey(ctx, key.ID))
		_, err = auditor.Whoami(ctx)
		if p, ok := err.(*sdk.Problem); !ok || p.Status != 401 {
			t.Errorf("a revoked key: %v", err)
		}
	})
}

func (w *world) tokenAnswer(id, secret string) answer {
	w.t.Helper()
	basic := base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(id) + ":" + url.QueryEscape(secret)))
	return w.call("POST", "/oauth2/token", "", "grant_type=client_credentials",
		"Content-Type", "application/x-www-form-urlencoded", "Authorization", "Basic "+basic)
}

func (w *world) token(id, secret string) (token string, seconds int) {
	w.t.Helper()
	got := w.tokenAnswer(id, secret)
	var body struct {
		Token   string `json:"access_token"`
		Seconds int    `json:"expires_in"`
	}
	if err := json.Unmarshal(got.body, &body); err != nil || got.status != 200 {
		w.t.Fatalf("the token endpoint answers %d: %s", got.status, got.body)
	}
	return body.Token, body.Seconds
}
