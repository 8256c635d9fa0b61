package httpx

import (
	"net/http"
	"net/url"
	"reflect"
	"testing"
)

func TestQuery(t *testing.T) {
	for query, want := range map[string]url.Values{
		"":                     {},
		"&&":                   {},
		"a=1&b=2&a=3":          {"a": {"1", "3"}, "b": {"2"}},
		"a":                    {"a": {""}},
		"a=b=c":                {"a": {"b=c"}},
		"alias=Smith;%20Co":    {"alias": {"Smith; Co"}},
		"state=active;role=x":  {"state": {"active;role=x"}},
		"alias=100%":           {"alias": {"100%"}},
		"alias=%zz+%4a%e2%82":  {"alias": {"%zz J\xe2\x82"}},
		"%=x&%4=y":             {"%": {"x"}, "%4": {"y"}},
		"%61+b=%2B+%26":        {"a b": {"+ &"}},
		"their_did=did%3Aa%zz": {"their_did": {"did:a%zz"}},
	} {
		if got := Query(&http.Request{URL: &url.URL{RawQuery: query}}); !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	}
}

// FuzzQuery: what net/url takes is read as it reads it.
func FuzzQuery(f *testing.F) {
	f.Add("a=b&c=%20+;x&%zz=1")
	f.Fuzz(func(t *testing.T, query string) {
		got := Query(&http.Request{URL: &url.URL{RawQuery: query}})
		if want, err := url.ParseQuery(query); err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q, want %q", query, got, want)
		}
	})
}
