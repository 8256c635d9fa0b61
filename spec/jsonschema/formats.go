package jsonschema

import (
	"errors"
	"net/netip"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

var errFormat = errors.New("another format")

// formats are those in which we are stricter than the library. Formats it does not know either are annotations, as
// the specification allows; idn-hostname checks the outer shape only, since IDNA's tables (RFC 5892) are not here.
func formats() []*jsonschema.Format {
	var all []*jsonschema.Format
	for name, holds := range map[string]func(string) bool{
		"uri":           func(s string) bool { return isReference(s, false) && hasScheme(s) },
		"uri-reference": func(s string) bool { return isReference(s, false) },
		"iri":           func(s string) bool { return isReference(s, true) && hasScheme(s) },
		"iri-reference": func(s string) bool { return isReference(s, true) },
		"uri-template":  isTemplate,
		"duration":      duration.MatchString,
		"ipv4":          func(s string) bool { a, err := netip.ParseAddr(s); return err == nil && a.Is4() },
		"email":         func(s string) bool { return isEmail(s, false) },
		"idn-email":     func(s string) bool { return isEmail(s, true) },
		"hostname":      func(s string) bool { return isHostname(s, false) },
		"idn-hostname":  func(s string) bool { return isHostname(s, true) },
	} {
		all = append(all, &jsonschema.Format{Name: name, Validate: func(value any) error {
			if text, ok := value.(string); ok && !holds(text) {
				return errFormat
			}
			return nil
		}})
	}
	return all
}

// authority is RFC 3986 §3.2 without the characters, which isReference checks: user information, host, port.
var (
	authority = regexp.MustCompile(`^(?:[^@\[\]]*@)?(\[[^\]]*\]|[^:@\[\]]*)(?::[0-9]*)?$`)
	future    = regexp.MustCompile(`^[vV][0-9A-Fa-f]+\.[A-Za-z0-9._~!$&'()*+,;=:-]+$`)
	template  = regexp.MustCompile(`^\{[+#./;?&=,!@|]?` + varspec + `(?:,` + varspec + `)*\}`)
	// duration is RFC 3339 appendix A: units may be cut at either end, not in between.
	duration = regexp.MustCompile(`^P(?:[0-9]+W|` + days + `(?:T` + hours + `)?|T` + hours + `)$`)
	escapes  = regexp.MustCompile(`%(?:[^0-9A-Fa-f]|[0-9A-Fa-f](?:[^0-9A-Fa-f]|$)|$)`)
)

const (
	days  = `(?:[0-9]+Y(?:[0-9]+M(?:[0-9]+D)?)?|[0-9]+M(?:[0-9]+D)?|[0-9]+D)`
	hours = `(?:[0-9]+H(?:[0-9]+M(?:[0-9]+S)?)?|[0-9]+M(?:[0-9]+S)?|[0-9]+S)`
)

// varspec is RFC 6570 §2.3 and §2.4.
const varspec = `(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2})(?:\.?(?:[A-Za-z0-9_]|%[0-9A-Fa-f]{2}))*(?:\*|:[1-9][0-9]{0,3})?`

func hasScheme(s string) bool { return schemeOf(s) > 0 }

// schemeOf is the length of a scheme and its colon at the start of s, 0 for none: RFC 3986 §3.1.
func schemeOf(s string) int {
	for i := range len(s) {
		c := s[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z'
		switch {
		case c == ':' && i > 0:
			return i + 1
		case !letter && (i == 0 || (c < '0' || c > '9') && c != '+' && c != '-' && c != '.'):
			return 0
		}
	}
	return 0
}

// badEscape says whether a percent sign stands before less than two hexadecimal digits: RFC 3986 §2.1.
func badEscape(s string) bool { return strings.IndexByte(s, '%') >= 0 && escapes.MatchString(s) }

// isReference: RFC 3986 §4.1, or RFC 3987 §2.2 for other alphabets.
func isReference(s string, international bool) bool {
	if badEscape(s) || !allowed(s, international) {
		return false
	}
	rest := s[schemeOf(s):]
	rest, fragment, _ := strings.Cut(rest, "#")
	rest, query, _ := strings.Cut(rest, "?")
	if rest == s || !hasScheme(s) {
		// In a relative reference the first segment has no colon (§4.2).
		if first, _, _ := strings.Cut(rest, "/"); strings.Contains(first, ":") {
			return false
		}
	}
	private := func(c rune) bool { return unicode.Is(unicode.Co, c) }
	if international && (strings.ContainsFunc(rest, private) || strings.ContainsFunc(fragment, private)) {
		return false // iprivate stands in queries only, RFC 3987 §2.2
	}
	path := rest
	if after, ok := strings.CutPrefix(rest, "//"); ok {
		host, tail, _ := strings.Cut(after, "/")
		if !isAuthority(host) {
			return false
		}
		path = tail
	}
	for _, part := range [...]string{path, query, fragment} {
		if strings.IndexByte(part, '[') >= 0 || strings.IndexByte(part, ']') >= 0 {
			return false
		}
	}
	return strings.IndexByte(fragment, '#') < 0
}

func allowed(s string, international bool) bool {
	for _, c := range s {
		switch {
		case c == utf8.RuneError, c <= ' ', c == 0x7f:
			return false
		case c == '<', c == '>', c == '"', c == '{', c == '}', c == '|', c == '\\', c == '^', c == '`':
			return false
		case c > 0x7f && (!international || unicode.IsControl(c)):
			return false
		}
	}
	return true
}

func isAuthority(s string) bool {
	if !strings.ContainsAny(s, "@[]:") {
		return true // a host by name
	}
	parts := authority.FindStringSubmatch(s)
	if parts == nil {
		return false
	}
	literal, ok := strings.CutPrefix(parts[1], "[")
	if !ok {
		return true
	}
	literal = strings.TrimSuffix(literal, "]")
	if future.MatchString(literal) {
		return true
	}
	address, err := netip.ParseAddr(literal)
	return err == nil && address.Is6() && address.Zone() == ""
}

// isTemplate: RFC 6570 §2.
func isTemplate(s string) bool {
	for s != "" {
		if s[0] == '{' {
			end := template.FindString(s)
			if end == "" {
				return false
			}
			s = s[len(end):]
			continue
		}
		literal := s
		if next := strings.IndexByte(s, '{'); next >= 0 {
			literal = s[:next]
		}
		if !allowed(literal, true) || badEscape(literal) {
			return false
		}
		s = s[len(literal):]
	}
	return true
}

// isHostname: RFC 1123 §2.1; international: the same of letters, marks and digits of any alphabet (RFC 5890 §2.3.2.3).
func isHostname(s string, international bool) bool {
	if international {
		s = strings.NewReplacer("\u3002", ".", "\uff0e", ".", "\uff61", ".").Replace(s)
	}
	if s == "" || len(s) > 253 {
		return false
	}
	for _, label := range strings.Split(s, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		if len(label) > 3 && label[2:4] == "--" && !strings.EqualFold(label[:2], "xn") {
			return false // reserved, RFC 5891 §4.2.3.1
		}
		for _, c := range label {
			plain := c == '-' || c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
			if !plain && (!international || c < 0x80 || !unicode.In(c, unicode.L, unicode.M, unicode.N, unicode.Po, unicode.Cf)) {
				return false
			}
		}
	}
	return true
}
