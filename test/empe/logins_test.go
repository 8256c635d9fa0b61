package empe

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/test/peers"
)

// chosen is a state or a nonce that a test chooses; text makes it another.
func chosen(text string) string { return (text + strings.Repeat("-", 40))[:40] }

// authorize makes an authorization.
func (o *office) authorize(name string) *reply {
	o.w.t.Helper()
	return o.post("/api/v1/authorizations", object{"state": chosen("state" + name), "nonce": chosen("nonce" + name)}, nobody).succeeds()
}

// TestLogin: an authorization, the proof, the code, the token.
func TestLogin(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("acme")
		holder := w.holder("ES256", "jwk")
		asked := o.post("/api/v1/authorizations", object{"state": chosen("state"), "nonce": chosen("nonce")}, nobody)
		id := asked.text("/id")
		asked.equal("/state", chosen("state")).equal("/nonce", chosen("nonce")).equal("/used", false).
			equal("/presentation_definition", object{"id": id, "input_descriptors": []any{}}).absent("/code").absent("/holder_did").succeeded()
		o.post("/api/v1/authorizations", object{"state": chosen("other"), "nonce": chosen("nonce")}, nobody).refused(400, "NonceUsedError")

		vp := w.present(peers.EmpePresent{Key: holder, Nonce: chosen("nonce"), Audience: o.url()})
		path := "/api/v1/authorizations/" + id + "/validate"
		o.post(path, object{"vp_token": vp, "state": chosen("other")}, nobody).refused(400, "StateMismatchError")
		proven := o.post(path, object{"vp_token": vp, "state": chosen("state"), "nonce": chosen("nonce")}, nobody)
		proven.equal("/holder_did", holder.DID).equal("/used", false).equal("/id", id).holds(len(proven.text("/code")) == 43, "the code").succeeded()
		o.post(path, object{"vp_token": vp, "state": chosen("state")}, nobody).refused(400, "AuthorizationUsedError")
		o.post("/api/v1/authorizations/"+unknown+"/validate", object{"vp_token": vp, "state": chosen("state")}, nobody).refused(404, "AuthorizationNotFoundError")

		token := o.post("/api/v1/tokens", object{"authorization_code": proven.text("/code")}, nobody)
		token.equal("/token_type", "Bearer").equal("/expires_in", 3600).
			holds(token.header().Get("Cache-Control") == "no-store", "it may be kept on the way").succeeded()
		o.post("/api/v1/tokens", object{"authorization_code": proven.text("/code")}, nobody).refused(400, "CodeUsedError")
		o.post("/api/v1/tokens", object{"authorization_code": "short"}, nobody).refused(400, "CodeMalformedError")
		o.post("/api/v1/tokens", object{"authorization_code": chosen("unknown")}, nobody).refused(404, "CodeNotFoundError")

		var claims peers.Verified
		jwks := w.send("GET", "/oauth2/jwks", nil, nobody)
		w.node().Call("jose.verifyCompact", peers.Verify{Token: token.text("/access_token"), JWK: jwks.raw("/keys/0")}, &claims)
		said := w.reply(&exchange{Body: claims.Payload})
		said.equal("/sub", holder.DID).equal("/iss", o.url()).equal("/aud", o.url()).equal("/jti", id).
			holds(said.at("/exp").(float64)-said.at("/iat").(float64) == 3600, "it lives otherwise")
		if claims.Header["typ"] != "holder+jwt" {
			t.Errorf("the header is %v", claims.Header)
		}
		// A token is for this door alone.
		for _, at := range []string{"/v1/whoami", "/meeco/whoami", o.at + "/wallet/did"} {
			if r := w.send("GET", at, nil, bearer(token.text("/access_token"))); r.status() != 401 {
				r.errorf("a holder's token is taken")
			}
		}
	})
}

// TestProofsOfDIDs has each form in which a wallet proves its DID.
func TestProofsOfDIDs(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("acme")
		for _, c := range []struct{ algorithm, method string }{{"ES256K", "empe"}, {"EdDSA", "key"}, {"ES256", "key"}, {"EdDSA", "jwk"}, {"ES256K", "key"}} {
			holder := w.holder(c.algorithm, c.method)
			if got := o.login(holder); got.Claims["sub"] != holder.DID || got.Claims["jti"] != got.Request {
				t.Errorf("%s, %s: %v", c.algorithm, c.method, got.Claims)
			}
		}
		host := strings.TrimPrefix(w.url, "http://")
		for i, audience := range []any{o.url(), w.url, host, o.did, []string{"https://elsewhere.example", o.url()}} {
			name := string(rune('a' + i))
			id := o.authorize(name).text("/id")
			vp := w.present(peers.EmpePresent{Key: w.holder("EdDSA", "key"), Nonce: chosen("nonce" + name), Audience: audience})
			for _, member := range []string{"vp_token", "vp", "verifiable_presentation", "verifiablePresentation"}[i%4 : i%4+1] {
				o.post("/api/v1/authorizations/"+id+"/validate", object{member: vp, "state": chosen("state" + name)}, nobody).equal("/used", false).succeeded()
			}
		}
	})
}

// TestLoginEnds: an authorization and a code are over after ten minutes, a token after an hour, and ten failures close an
// authorization.
func TestLoginEnds(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("acme")
		o.schema("Ticket")
		holder := w.holder("EdDSA", "key")
		prove := func(id, name string) *reply {
			vp := w.present(peers.EmpePresent{Key: holder, Nonce: chosen("nonce" + name), Audience: o.url()})
			return o.post("/api/v1/authorizations/"+id+"/validate", object{"vp_token": vp, "state": chosen("state" + name)}, nobody)
		}
		early := o.authorize("early").text("/id")
		w.clock.Advance(10*time.Minute + time.Second)
		prove(early, "early").refused(400, "AuthorizationExpiredError")
		code := prove(o.authorize("a").text("/id"), "a").text("/code")
		w.clock.Advance(10*time.Minute + time.Second)
		o.post("/api/v1/tokens", object{"authorization_code": code}, nobody).refused(400, "CodeExpiredError")

		token := o.login(holder).Token
		offering := o.offer(nil).text("/id")
		w.clock.Advance(time.Hour + 2*time.Minute)
		o.post("/api/v1/offerings/"+offering+"/claim", nil, bearer(token)).refused(401, "CredentialsExpiredError")

		closed := o.authorize("closed").text("/id")
		wrong := w.present(peers.EmpePresent{Key: holder, Nonce: chosen("another"), Audience: o.url()})
		for range 10 {
			o.post("/api/v1/authorizations/"+closed+"/validate", object{"vp_token": wrong, "state": chosen("stateclosed")}, nobody).refused(400, "PresentationInvalidError")
		}
		prove(closed, "closed").refused(400, "AuthorizationClosedError")
	})
}

// TestTooManyLogins: anyone may begin a login, and in one office so many an hour; others' offices do not suffer from it. What was begun
// goes on, and the clock makes room.
func TestTooManyLogins(t *testing.T) {
	if testing.Short() {
		t.Skip("3,600 requests")
	}
	w := start(t, "sqlite", app.Config{})
	o, other := w.office("acme"), w.office("other")
	holder := w.holder("EdDSA", "key")
	id := o.authorize("first").text("/id")
	vp := w.present(peers.EmpePresent{Key: holder, Nonce: chosen("noncefirst"), Audience: o.url()})
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			for i := worker; i < 3599; i += 8 {
				body := object{"state": chosen(fmt.Sprint("state", i)), "nonce": chosen(fmt.Sprint("nonce", i))}
				if status, text, err := w.attempt("POST", o.at+"/api/v1/authorizations", body, nobody); status != 201 {
					t.Errorf("%d: %d %s %v", i, status, text, err)
					return
				}
			}
		})
	}
	all.Wait()
	// One more is taken for each second that went by meanwhile.
	asks := func(path, name string) *reply {
		t.Helper()
		return o.post(path, object{"state": chosen("state" + name), "nonce": chosen("nonce" + name)}, nobody)
	}
	for i, path := range []string{"/api/v1/authorizations", "/api/v1/authorize"} {
		refused := asks(path, fmt.Sprint("late", i))
		for n := 0; refused.status() == 201 && n < 3600; n++ {
			refused = asks(path, fmt.Sprint("late", i, "-", n))
		}
		if refused.refused(429, "TooManyRequestsError"); refused.header().Get("Retry-After") != "1" {
			t.Errorf("try again after %q", refused.header().Get("Retry-After"))
		}
	}
	other.authorize("late")
	o.post("/api/v1/authorizations/"+id+"/validate", object{"vp_token": vp, "state": chosen("statefirst")}, nobody).equal("/holder_did", holder.DID).succeeded()
	w.clock.Advance(2 * time.Second)
	asks("/api/v1/authorizations", "last").equal("/used", false).succeeded()
}
