package httpx

import (
	"net/http"
	"net/url"
	"strings"
)

// Query reads a request's query as the URL Standard reads forms (§5.1): "&" alone ends a pair, and "%" before what is no escape stands
// for itself. [url.URL.Query] leaves out a pair that has ";" or such a "%" in it, and a filter that is left out lists everything.
func Query(r *http.Request) url.Values {
	values := url.Values{}
	for pair := range strings.SplitSeq(r.URL.RawQuery, "&") {
		if pair != "" {
			name, value, _ := strings.Cut(pair, "=")
			values.Add(formText(name), formText(value))
		}
	}
	return values
}

// formText undoes the escapes of a name or a value.
func formText(text string) string {
	if plain, err := url.QueryUnescape(text); err == nil {
		return plain
	}
	var b strings.Builder
	for i := 0; i < len(text); i++ {
		if text[i] == '%' && i+2 < len(text) {
			if one, err := url.QueryUnescape(text[i : i+3]); err == nil {
				b.WriteString(one)
				i += 2
				continue
			}
		}
		if text[i] == '+' {
			b.WriteByte(' ')
		} else {
			b.WriteByte(text[i])
		}
	}
	return b.String()
}
