package httpx

import (
	"iter"
	"strings"
)

// MediaRanges gives the media ranges of an Accept header in their order, lower case and without parameters
// (RFC 9110 §12.5.1).
func MediaRanges(accept string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for part := range strings.SplitSeq(accept, ",") {
			media, _, _ := strings.Cut(part, ";")
			if !yield(strings.ToLower(strings.TrimSpace(media))) {
				return
			}
		}
	}
}
