package notify

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chancery-vc/chancery/internal/vc"
)

const (
	maxName        = 128 // characters
	maxURL         = 2048
	maxPatterns    = 50
	maxPattern     = 100
	maxHeaders     = 20
	maxHeaderValue = 1024
)

// label is a name for people, which may be none.
func label(name string) (string, error) {
	name = strings.TrimSpace(name)
	if utf8.RuneCountInString(name) > maxName || !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return "", vc.Errorf(vc.Invalid, "invalid-name", "a name has at most %d characters and no control characters", maxName).At("/name")
	}
	return name, nil
}

// target is a URL that messages may be posted to. Where its host is found is judged at each call.
func (d *Desk) target(text string) (string, error) {
	bad := func(why string) error { return vc.Errorf(vc.Invalid, "webhook-url", "%s", why).At("/url") }
	u, err := url.Parse(text)
	switch {
	case err != nil || text == "" || len(text) > maxURL:
		return "", bad("a webhook has a URL of at most " + strconv.Itoa(maxURL) + " bytes")
	case u.Fragment != "" || strings.Contains(text, "#"):
		return "", bad("a webhook's URL has no fragment")
	}
	if err := d.Sender.Check(text); err != nil {
		why := "this URL is not called"
		if e, ok := err.(*vc.Error); ok {
			why = e.Message
		}
		return "", bad(why)
	}
	return text, nil
}

// origin is whom a URL reaches.
func origin(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return ""
	}
	return strings.ToLower(u.Scheme + "://" + u.Host)
}

// patterns are types of events: one, or what begins with one and a dot.
func patterns(list []string) ([]string, error) {
	bad := func(at string) error {
		return vc.Errorf(vc.Invalid, "webhook-event", `at most %d events, each like "credential.issued" or "credential.*"`, maxPatterns).At(at)
	}
	if len(list) > maxPatterns {
		return nil, bad("/events")
	}
	for i, pattern := range list {
		plain := strings.TrimSuffix(pattern, ".*")
		if plain == "" || len(pattern) > maxPattern || strings.ContainsFunc(plain, func(r rune) bool {
			return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '-'
		}) {
			return nil, bad("/events/" + strconv.Itoa(i))
		}
	}
	return slices.Clone(list), nil
}

// ours are the headers that nobody but us sets.
var ours = []string{
	"Host", "Connection", "Keep-Alive", "Proxy-Connection", "Transfer-Encoding", "Te", "Trailer", "Upgrade", "Expect",
	"Content-Length", "Content-Type", "Content-Encoding", "Webhook-Id", "Webhook-Timestamp", "Webhook-Signature",
}

// headers are sent with every message. A name is a token (RFC 9110 §5.6.2), a value visible ASCII and spaces.
func headers(in map[string]string) (out map[string]string, names []string, err error) {
	bad := func(name, why string) error {
		return vc.Errorf(vc.Invalid, "webhook-header", "%s", why).At("/headers/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(name))
	}
	if len(in) > maxHeaders {
		return nil, nil, vc.Errorf(vc.Invalid, "webhook-header", "a webhook has at most %d headers", maxHeaders).At("/headers")
	}
	out = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(in)) {
		value, canonical := in[name], http.CanonicalHeaderKey(name)
		_, twice := out[canonical]
		switch {
		case name == "" || len(name) > maxPattern || strings.ContainsFunc(name, func(r rune) bool { return !token(r) }):
			return nil, nil, bad(name, "this is no name of a header")
		case twice:
			return nil, nil, bad(name, "the header is there twice")
		case slices.Contains(ours, canonical):
			return nil, nil, bad(name, "this header is the server's to set")
		case len(value) > maxHeaderValue || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r > '~' }):
			return nil, nil, bad(name, "a header has at most "+strconv.Itoa(maxHeaderValue)+" visible characters")
		}
		out[canonical] = value
		names = append(names, canonical)
	}
	return out, names, nil
}

func token(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}
