package native

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Limits on request bodies, in bytes.
const (
	smallBody  = 64 << 10 // what describes, not contains
	mediumBody = 1 << 20  // a credential, a schema, a context
	batchBody  = 16 << 20 // up to 1,000 orders
)

// listed is any list: next is the cursor of the following page, absent on the last.
type listed[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// decode reads the body strictly.
func decode(r *http.Request, limit int64, into any) error { return httpx.DecodeJSON(r, limit, into) }

// params gives the query once it holds nothing but the named parameters, each at most once.
func params(r *http.Request, names ...string) (url.Values, error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, vc.Errorf(vc.Invalid, "query", "the query is not well-formed")
	}
	for name, list := range values {
		if !slices.Contains(names, name) {
			return nil, vc.Errorf(vc.Invalid, "unknown-parameter", "there is no parameter %q", name)
		}
		if len(list) > 1 {
			return nil, vc.Errorf(vc.Invalid, "duplicate-parameter", "the parameter %q is repeated", name)
		}
	}
	return values, nil
}

const (
	defaultLimit = 50
	maxLimit     = 1000
)

func page(values url.Values) (vc.Page, error) {
	limit, err := number(values, "limit", defaultLimit, 1, maxLimit)
	if err != nil {
		return vc.Page{}, err
	}
	return vc.Page{Limit: int(limit), After: values.Get("cursor")}, nil
}

// number reads a whole number between low and high.
func number(values url.Values, name string, missing, low, high int64) (int64, error) {
	text := values.Get(name)
	if text == "" {
		return missing, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < low || n > high {
		return 0, vc.Errorf(vc.Invalid, "parameter", "%s must be a whole number from %d to %d", name, low, high)
	}
	return n, nil
}

// boolean is nil where the parameter is not there. One without a value is none: who writes ?dry_run alone means yes.
func boolean(values url.Values, name string) (*bool, error) {
	if !values.Has(name) {
		return nil, nil
	}
	switch values.Get(name) {
	case "true":
		return ptr(true), nil
	case "false":
		return ptr(false), nil
	}
	return nil, vc.Errorf(vc.Invalid, "parameter", "%s must be true or false", name)
}

func moment(values url.Values, name string) (time.Time, error) {
	text := values.Get(name)
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return time.Time{}, vc.Errorf(vc.Invalid, "parameter", "%s must be a date-time (RFC 3339)", name)
	}
	return t.UTC(), nil
}

// choice reads a parameter that has a few values.
func choice(values url.Values, name string, among ...string) (string, error) {
	text := values.Get(name)
	if text == "" || slices.Contains(among, text) {
		return text, nil
	}
	return "", vc.Errorf(vc.Invalid, "parameter", "%s must be one of %s", name, strings.Join(among, ", "))
}

// listParams are the parameters every list has.
var listParams = []string{"search", "archived", "cursor", "limit"}

func listQuery(r *http.Request) (vc.ListQuery, error) {
	values, err := params(r, listParams...)
	if err != nil {
		return vc.ListQuery{}, err
	}
	return listQueryOf(values)
}

func listQueryOf(values url.Values) (vc.ListQuery, error) {
	p, err := page(values)
	if err != nil {
		return vc.ListQuery{}, err
	}
	archived, err := boolean(values, "archived")
	if err != nil {
		return vc.ListQuery{}, err
	}
	return vc.ListQuery{Page: p, Search: values.Get("search"), Archived: archived}, nil
}

// list writes a page of nouns; cursor names the last item of a full page.
func list[N, W any](w http.ResponseWriter, q vc.ListQuery, nouns []N, wire func(N) W, cursor func(N) string) {
	out := listed[W]{Items: make([]W, 0, len(nouns))}
	for _, n := range nouns {
		out.Items = append(out.Items, wire(n))
	}
	if len(nouns) > 0 && len(nouns) == q.Page.Limit {
		out.Next = cursor(nouns[len(nouns)-1])
	}
	httpx.EncodeJSON(w, http.StatusOK, out)
}

// accepts says whether the caller asked for a media type by name.
func accepts(r *http.Request, media string) bool {
	for one := range httpx.MediaRanges(r.Header.Get("Accept")) {
		if one == media {
			return true
		}
	}
	return false
}

func ptr[T any](v T) *T { return &v }

func digest(body []byte) string {
	sum := sha256.Sum256(body)
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// base64url is how bytes travel in JSON here: RFC 4648 §5 without padding.
func base64url(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
