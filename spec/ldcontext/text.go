package ldcontext

import (
	"net/url"
	"slices"
	"strings"
)

func sorted[V any](object map[string]V) []string {
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// escape writes a name as a reference token, RFC 6901 §3.
func escape(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// unescape undoes the percent-encoding of a fragment; a malformed one stays as it is.
func unescape(token string) string {
	if plain, err := url.PathUnescape(token); err == nil {
		return plain
	}
	return token
}
