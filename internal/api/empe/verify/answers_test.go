package verify

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

func TestOnward(t *testing.T) {
	for redirect, want := range map[string]string{
		"":                                 "",
		"https://shop.example":             "https://shop.example?response_code=c&state=s%2B",
		"https://shop.example/back":        "https://shop.example/back?response_code=c&state=s%2B",
		"https://shop.example/back?a=b&a=": "https://shop.example/back?a=b&a=&response_code=c&state=s%2B",
	} {
		if got := (pocket{Redirect: redirect, Code: "c"}).onward("s+"); got != want {
			t.Errorf("%s: %s", redirect, got)
		}
	}
}

func TestTakesJSON(t *testing.T) {
	for accept, want := range map[string]bool{
		"": true, "*/*": true, "application/json": true, "application/oauth-authz-req+jwt, */*;q=0.1": true,
		"application/oauth-authz-req+jwt": false, "Application/OAuth-Authz-Req+JWT;q=1, application/jwt": false,
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Accept", accept)
		if got := takesJSON(r); got != want {
			t.Errorf("%q: %v", accept, got)
		}
	}
}

func TestPosted(t *testing.T) {
	const form, js = "application/x-www-form-urlencoded", "application/json"
	for body, c := range map[string]struct {
		media string
		want  verifier.Answer
		code  string
	}{
		"vp_token=a.b.c&state=s&iss=x": {form, verifier.Answer{VPToken: "a.b.c", State: "s"}, ""},
		"vp_token=%7B%7D&state=s&presentation_submission=%7B%22id%22%3A1%7D": {
			form, verifier.Answer{VPToken: "{}", State: "s", Submission: []byte(`{"id":1}`)}, "",
		},
		"state=a&state=b": {form, verifier.Answer{}, "parameter-twice"},
		"state=%zz":       {form, verifier.Answer{}, "form-malformed"},
		`{"vp_token":"a.b.c","state":"s","presentation_submission":null}`:         {js, verifier.Answer{VPToken: "a.b.c", State: "s"}, ""},
		`{"vp_token":{"a":1},"state":"s","presentation_submission":{"id":"x"}}`:   {js, verifier.Answer{VPToken: `{"a":1}`, State: "s", Submission: []byte(`{"id":"x"}`)}, ""},
		`{"vp_token":"x","state":"s","presentation_submission":"{\"id\":\"x\"}"}`: {js, verifier.Answer{VPToken: "x", State: "s", Submission: []byte(`{"id":"x"}`)}, ""},
		`{"vp_token":["x"],"state":"s"}`:                                          {js, verifier.Answer{}, "wrong-type"},
		`{"vp_token":"x","state":"s","vp":"x"}`:                                   {js, verifier.Answer{}, "unknown-field"},
		`vp_token=x`:                                                              {js, verifier.Answer{}, "not-json"},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", c.media)
		got, err := posted(r)
		if e, ok := err.(*vc.Error); ok != (c.code != "") || ok && e.Code != c.code {
			t.Errorf("%s: %v", body, err)
		}
		if err == nil && (got.VPToken != c.want.VPToken || got.State != c.want.State || string(got.Submission) != string(c.want.Submission)) {
			t.Errorf("%s: %+v", body, got)
		}
	}
}

// Who sends neither of the two media types is told both.
func TestPostedAsSomethingElse(t *testing.T) {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader("vp_token=x"))
	r.Header.Set("Content-Type", "text/plain")
	if _, err := posted(r); err == nil || vc.KindOf(err) != vc.Unsupported || !strings.Contains(err.Error(), "x-www-form-urlencoded or application/json") {
		t.Errorf("%v", err)
	}
}
