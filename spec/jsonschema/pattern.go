package jsonschema

import (
	"errors"
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf16"
)

// pattern is a regular expression with the text it was written in, and the steps of its program.
type pattern struct {
	*regexp.Regexp
	source string
	steps  int
}

// String gives the expression as the schema wrote it.
func (p *pattern) String() string { return p.source }

// compilePattern compiles an ECMA-262 expression, which JSON Schema recommends, for RE2, which runs in linear time. What
// both know is translated where the spelling differs; what RE2 does not know (lookaround, backreferences), and what
// it alone knows, is refused: a pattern must never mean something else than its author thinks.
func compilePattern(source string) (*pattern, error) {
	translated, steps, err := parsePattern(source)
	if err != nil {
		return nil, err
	}
	compiled, err := regexp.Compile(translated)
	if err != nil {
		return nil, unsupported(err)
	}
	return &pattern{compiled, source, steps}, nil
}

// parsePattern translates an expression, and reckons the steps of its program without making it.
func parsePattern(source string) (translated string, steps int, err error) {
	if len(source) > maxPattern {
		return "", 0, errPatterns
	}
	if translated, err = translate(source); err != nil {
		return "", 0, err
	}
	parsed, err := syntax.Parse(translated, syntax.Perl)
	if err != nil {
		return "", 0, unsupported(err)
	}
	if steps = stepsOf(parsed); steps > MaxPatternSteps {
		return "", 0, errPatterns
	}
	return translated, steps, nil
}

func unsupported(err error) error {
	var fault *syntax.Error
	if errors.As(err, &fault) {
		return errors.New("the pattern is not supported: " + string(fault.Code))
	}
	return errors.New("the pattern is not supported")
}

// spaces is ECMA-262's \s, §12.2 and §12.3, without the brackets.
const spaces = `\t\n\v\f\r\x{feff}\x{2028}\x{2029}\p{Zs}`

func translate(source string) (string, error) {
	var out strings.Builder
	class := false
	for i := 0; i < len(source); {
		switch c := source[i]; {
		case c == '\\':
			n, err := escaped(&out, source[i:], class)
			if err != nil {
				return "", err
			}
			i += n
			continue
		case c == '[' && class:
			out.WriteString(`\[`) // RE2 would read [:alpha:]
		case c == '[':
			class = true
			if rest := source[i+1:]; strings.HasPrefix(rest, "]") {
				return "", errors.New("the pattern is not supported: empty class")
			} else if strings.HasPrefix(rest, "^]") {
				out.WriteString(`[\s\S]`)
				class, i = false, i+3
				continue
			}
			out.WriteByte(c)
		case c == ']' && class:
			class = false
			out.WriteByte(c)
		case c == '(' && !class && strings.HasPrefix(source[i+1:], "?"):
			if err := grouped(source[i+2:]); err != nil {
				return "", err
			}
			out.WriteByte(c)
		default:
			out.WriteByte(c)
		}
		i++
	}
	return out.String(), nil
}

func grouped(rest string) error {
	switch {
	case strings.HasPrefix(rest, ":"):
		return nil
	case strings.HasPrefix(rest, "="), strings.HasPrefix(rest, "!"), strings.HasPrefix(rest, "<="), strings.HasPrefix(rest, "<!"):
		return errors.New("the pattern is not supported: lookahead and lookbehind")
	case strings.HasPrefix(rest, "<"):
		return nil
	}
	return errors.New("the pattern is not supported: flags inside the pattern")
}

// escaped translates the escape at the start of rest and gives its length.
func escaped(out *strings.Builder, rest string, class bool) (int, error) {
	if len(rest) < 2 {
		return 0, errors.New("the pattern is not supported: trailing backslash")
	}
	switch c := rest[1]; {
	case c == 'u':
		return codePoint(out, rest)
	case c == 'c' && len(rest) > 2 && (rest[2]|0x20) >= 'a' && (rest[2]|0x20) <= 'z':
		out.WriteString(`\x0`[:2] + hex(rune(rest[2]&0x1f)))
		return 3, nil
	case c == '0' && (len(rest) == 2 || rest[2] < '0' || rest[2] > '9'):
		out.WriteString(`\x{0}`)
		return 2, nil
	case c >= '0' && c <= '9' || c == 'k':
		return 0, errors.New("the pattern is not supported: backreferences")
	case strings.IndexByte("aAzZQECKGX", c) >= 0:
		return 0, errors.New("the pattern is not supported: escape \\" + string(rune(c)))
	case c == 's' && class:
		out.WriteString(spaces)
	case c == 's':
		out.WriteString("[" + spaces + "]")
	case c == 'S' && !class:
		out.WriteString("[^" + spaces + "]")
	case c == 'b' && class:
		out.WriteString(`\x08`)
	default:
		out.WriteString(rest[:2])
	}
	return 2, nil
}

// codePoint translates \uXXXX, a pair of surrogates, and \u{X}.
func codePoint(out *strings.Builder, rest string) (int, error) {
	fault := errors.New("the pattern is not supported: malformed \\u")
	if strings.HasPrefix(rest, `\u{`) {
		end := strings.IndexByte(rest, '}')
		if end < 0 {
			return 0, fault
		}
		out.WriteString(`\x` + rest[2:end+1])
		return end + 1, nil
	}
	first, ok := four(rest)
	if !ok {
		return 0, fault
	}
	if !utf16.IsSurrogate(first) {
		out.WriteString(`\x` + hex(first))
		return 6, nil
	}
	second, ok := four(rest[6:])
	joined := utf16.DecodeRune(first, second)
	if !ok || joined == '\uFFFD' {
		return 0, errors.New("the pattern is not supported: half a surrogate pair")
	}
	out.WriteString(`\x` + hex(joined))
	return 12, nil
}
