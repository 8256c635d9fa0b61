package ijson

import (
	"bytes"
	"math"
	"slices"
	"strconv"
)

// Canonical is the canonical form (RFC 8785) of an I-JSON text. It fails as [Check] does.
func Canonical(raw []byte) ([]byte, error) {
	if err := Check(raw, Limits{}); err != nil {
		return nil, err
	}
	w := canon{scanner: scanner{raw: raw, depth: DefaultDepth}, out: make([]byte, 0, len(raw)+16)}
	w.members, w.names = make([]span, 0, 16), make([]byte, 0, 128)
	if fault := w.value(); fault != nil {
		return nil, fault
	}
	return w.out, nil
}

// Equal says whether two I-JSON texts are the same value, by their canonical form. It fails as [Check] does.
func Equal(a, b []byte) (bool, error) {
	first, err := Canonical(a)
	if err != nil {
		return false, err
	}
	second, err := Canonical(b)
	if err != nil {
		return false, err
	}
	return bytes.Equal(first, second), nil
}

// canon writes the canonical form of a text that was checked: members as they come, and where that is not their order
// the written object is put in order.
type canon struct {
	scanner
	out     []byte
	members []span // of the objects that are open, innermost last
	names   []byte // theirs, without escapes
	spare   []byte
}

// span is where a member stands in the output, and where its name in names.
type span struct{ from, to, name, end int }

func (w *canon) value() *Error {
	w.space()
	from := w.at
	switch c := w.raw[from]; c {
	case '{':
		return w.object()
	case '[':
		return w.array()
	case '"':
		_, fault := w.text()
		return fault
	case 't', 'f', 'n':
		w.at += len("true")
		if c == 'f' {
			w.at++
		}
		w.out = append(w.out, w.raw[from:w.at]...)
		return nil
	default:
		return w.number()
	}
}

// text writes a string and gives it without escapes. One without any is canonical already: RFC 8785 §3.2.2.2.
func (w *canon) text() ([]byte, *Error) {
	from := w.at
	plain, fault := w.scanner.text(true)
	if fault != nil {
		return nil, fault
	}
	if len(plain) == w.at-from-len(`""`) {
		w.out = append(w.out, w.raw[from:w.at]...)
	} else {
		w.out = appendQuoted(w.out, plain)
	}
	return plain, nil
}

// number writes a number as ECMAScript does: RFC 8785 §3.2.2.3.
func (w *canon) number() *Error {
	from := w.at
	if fault := w.scanner.number(); fault != nil {
		return fault
	}
	text := w.raw[from:w.at]
	if shortInteger(text) {
		w.out = append(w.out, text...)
		return nil
	}
	value, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return &Error{Code: CodeNumber, Message: "a number of more magnitude than an IEEE double has"}
	}
	w.out = appendNumber(w.out, value)
	return nil
}

// shortInteger says whether a number is an integer that is canonical as it stands.
func shortInteger(number []byte) bool {
	if number[0] == '-' {
		number = number[1:]
	}
	for _, c := range number {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(number) <= shortDigits && number[0] != '0'
}

// appendNumber is Number::toString of ECMA-262 §6.1.6.1.20 for a finite value.
func appendNumber(to []byte, value float64) []byte {
	if value == 0 {
		return append(to, '0') // and so is -0
	}
	if size := math.Abs(value); size >= 1e-6 && size < 1e21 {
		return strconv.AppendFloat(to, value, 'f', -1, 64)
	}
	to = strconv.AppendFloat(to, value, 'e', -1, 64)
	// Go writes two digits of exponent at least, ECMAScript one.
	if tens := len(to) - 2; to[tens] == '0' && (to[tens-1] == '-' || to[tens-1] == '+') {
		to = append(to[:tens], to[tens+1])
	}
	return to
}

func (w *canon) array() *Error {
	w.at++
	w.out = append(w.out, '[')
	for {
		if w.space(); w.take(']') {
			w.out = append(w.out, ']')
			return nil
		}
		if fault := w.value(); fault != nil {
			return fault
		}
		if w.space(); w.take(',') {
			w.out = append(w.out, ',')
		}
	}
}

func (w *canon) object() *Error {
	w.at++
	base, names := len(w.members), len(w.names)
	w.out = append(w.out, '{')
	for {
		if w.space(); w.take('}') {
			break
		}
		from := len(w.out)
		name, fault := w.text()
		if fault != nil {
			return fault
		}
		m := span{from: from, name: len(w.names)}
		w.names = append(w.names, name...)
		m.end = len(w.names)
		w.space()
		w.at++
		w.out = append(w.out, ':')
		if fault := w.value(); fault != nil {
			return fault
		}
		m.to = len(w.out)
		w.members = append(w.members, m)
		if w.space(); w.take(',') {
			w.out = append(w.out, ',')
		}
	}
	w.order(w.members[base:])
	w.members, w.names = w.members[:base], w.names[:names]
	w.out = append(w.out, '}')
	return nil
}

// order puts the members that end the output in the order of their names: RFC 8785 §3.2.3.
func (w *canon) order(members []span) {
	inOrder := func(a, b span) int { return compareNames(w.names[a.name:a.end], w.names[b.name:b.end]) }
	if slices.IsSortedFunc(members, inOrder) {
		return
	}
	from := members[0].from
	slices.SortFunc(members, inOrder)
	w.spare = append(w.spare[:0], w.out[from:]...)
	w.out = w.out[:from]
	for i, m := range members {
		if i > 0 {
			w.out = append(w.out, ',')
		}
		w.out = append(w.out, w.spare[m.from-from:m.to-from]...)
	}
}

// compareNames compares by UTF-16 code units: RFC 8785 §3.2.3. UTF-8 sorts as they do but for the characters above
// U+FFFF, whose surrogates stand before U+E000 to U+FFFF.
func compareNames(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		switch {
		case x == y:
			continue
		case x >= 0xF0 && (y == 0xEE || y == 0xEF):
			return -1
		case y >= 0xF0 && (x == 0xEE || x == 0xEF):
			return 1
		}
		return int(x) - int(y)
	}
	return len(a) - len(b)
}
