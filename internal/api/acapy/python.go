package acapy

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// faults are what is wrong with a request, as marshmallow tells it: a text, a list of texts or faults below a name or an index,
// in the order in which they were found.
type faults struct {
	names  []any // string or int
	values []any // []string or *faults
}

// What one refusal tells: faults of one object or list, bytes of one text, and bytes of all.
const (
	mostFaults = 100
	mostText   = 1000
	mostSaid   = 32 << 10
)

func (f *faults) add(name any, value any) {
	if len(f.names) >= mostFaults {
		return
	}
	if value, ok := value.(*faults); ok && value.empty() {
		return
	}
	f.names, f.values = append(f.names, name), append(f.values, value)
}

func (f *faults) empty() bool { return f == nil || len(f.names) == 0 }

// said are texts about one value.
func said(format string, args ...any) []string { return []string{fmt.Sprintf(format, args...)} }

// String writes faults as Python prints a dictionary.
func (f *faults) String() string {
	var b strings.Builder
	f.write(&b)
	return b.String()
}

func (f *faults) write(b *strings.Builder) {
	b.WriteByte('{')
	for i, name := range f.names {
		if b.Len() > mostSaid {
			break
		}
		if i > 0 {
			b.WriteString(", ")
		}
		switch name := name.(type) {
		case int:
			b.WriteString(strconv.Itoa(name))
		case string:
			pyString(b, name)
		}
		b.WriteString(": ")
		switch value := f.values[i].(type) {
		case *faults:
			value.write(b)
		case []string:
			b.WriteByte('[')
			for j, text := range value {
				if j > 0 {
					b.WriteString(", ")
				}
				pyString(b, text)
			}
			b.WriteByte(']')
		}
	}
	b.WriteByte('}')
}

// pyString writes text as Python's repr does: in single quotes, unless it has some and no double ones.
func pyString(b *strings.Builder, text string) {
	if len(text) > mostText {
		text = strings.ToValidUTF8(text[:mostText], "") + "…"
	}
	quote := '\''
	if strings.ContainsRune(text, '\'') && !strings.ContainsRune(text, '"') {
		quote = '"'
	}
	b.WriteRune(quote)
	for _, r := range text {
		switch {
		case r == quote || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < 0x100:
			fmt.Fprintf(b, `\x%02x`, r)
		case r < 0x10000:
			fmt.Fprintf(b, `\u%04x`, r)
		default:
			fmt.Fprintf(b, `\U%08x`, r)
		}
	}
	b.WriteRune(quote)
}
