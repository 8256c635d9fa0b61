package peer

import (
	"net/url"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/holder"
)

func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		`{"type":"credential_offering","offering_id":"x","offering_full_url":"https://a.example/x","credential_issuer":"https://a.example"}`,
		`{"type":"authorization_request","request_uri":"https://a.example/x"}`, `"https://a.example/x"`, `https://a.example/x`,
		`openid4vp://?request_uri=https%3A%2F%2Fa.example%2Fx`, `"{\"request_uri\":\"https://a.example\"}"`, `{"request_uri":"file:///x"}`, "", "{", `"`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		found, ok, err := parseScan(raw)
		if err != nil && ok {
			t.Fatal("understood and refused")
		}
		if !ok {
			return
		}
		at, err := url.Parse(found.url)
		if err != nil || (at.Scheme != "https" && at.Scheme != "http") || at.Host == "" || at.User != nil || len(found.url) > maxURL {
			t.Fatalf("%q is taken", found.url)
		}
	})
}

// FuzzAnswers reads whatever another end may say in each place where something is read.
func FuzzAnswers(f *testing.F) {
	const issuer = "https://a.example/empe"
	for _, seed := range []string{
		`{"id":"one","credential_issuer":"https://a.example/empe","credential_configuration_ids":["T"],"credential_subject":{},"recipient":null}`,
		`{"credential_issuer":"https://a.example/empe","authorize_endpoint":"https://a.example/a","token_endpoint":"https://a.example/t","offering_endpoint":"https://a.example/o"}`,
		`{"id":"a","state":"s","nonce":"n","presentation_definition":{"input_descriptors":[]}}`, `{"code":"c"}`, `{"access_token":"t","token_type":"bearer"}`,
		`{"vc":{"a":1}}`, `{"vc":"eyJ"}`, `{"redirect_uri":"https://a.example"}`,
		`{"response_type":"vp_token","response_mode":"direct_post","client_id":"https://a.example","response_uri":"https://a.example","nonce":"n","presentation_definition":{}}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if out, c, err := parseOffer(raw); err == nil && (!plainID(c.Offering) || out.Kind != holder.KindClaim || out.Type == "" || out.Audience != c.Issuer) {
			t.Fatalf("offer %+v %+v", out, c)
		}
		c := claiming{Issuer: issuer}
		if err := parseMetadata(raw, &c); err == nil && (!sameOrigin(c.Authorize, issuer) || !sameOrigin(c.Token, issuer) || !sameOrigin(c.Offerings, issuer)) {
			t.Fatalf("metadata %+v", c)
		}
		if id, err := parseAuthorization(raw, "s", "n"); err == nil && strings.ContainsAny(below(issuer, id), " ?#\r\n%") {
			t.Fatalf("authorization %q", id)
		}
		if code, err := parseCode(raw); err == nil && code == "" {
			t.Fatal("an empty code")
		}
		if token, err := parseToken(raw); err == nil && (token == "" || strings.ContainsAny(token, " \r\n\"")) {
			t.Fatalf("token %q", token)
		}
		if credential, err := parseClaimed(raw); err == nil && len(credential) == 0 {
			t.Fatal("an empty credential")
		}
		if to := parseRedirect(raw); to != "" {
			if _, err := webURL(to); err != nil {
				t.Fatalf("redirect %q", to)
			}
		}
		if out, err := parseRequest(raw); err == nil && (out.Nonce == "" || out.Audience == "" || out.Audience != out.Peer) {
			t.Fatalf("request %+v", out)
		}
	})
}
