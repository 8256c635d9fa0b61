package jsonschema

import (
	"strconv"
	"strings"
)

// hex writes a character as RE2 reads it after \x.
func hex(r rune) string { return "{" + strconv.FormatInt(int64(r), 16) + "}" }

// four reads \uXXXX at the start of rest.
func four(rest string) (rune, bool) {
	if len(rest) < 6 || !strings.HasPrefix(rest, `\u`) {
		return 0, false
	}
	code, err := strconv.ParseUint(rest[2:6], 16, 16)
	return rune(code), err == nil
}
