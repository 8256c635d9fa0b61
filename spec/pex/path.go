package pex

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Path is a JSONPath that is compiled. The subset: $, .name, ['name'], ["name"], [n], [-n], [*], .*, ..name, ..*,
// ..['name'] and unions of names and indices. Slices, filters and scripts are refused: nobody's definition needs them
// and evaluating them is an attacker's way in (JSONPath-specific Considerations). Members of an object are visited in the order of their names.
// The zero Path selects nothing.
type Path struct {
	text  string
	steps []step
}

// step is one segment: a member, an element or all of them, of the node or (deep) of it and what is below it.
type step struct {
	deep bool
	all  bool
	keys []key
}

// key is a name, or an index where named is false.
type key struct {
	name  string
	index int
	named bool
}

// ParsePath compiles a JSONPath. Errors are *Error whose message tells the place in bytes.
func ParsePath(text string) (Path, error) {
	p, err := compile(text)
	if err != nil {
		return Path{}, err
	}
	return p, nil
}

func compile(text string) (Path, *Error) {
	c := compiler{text: text}
	if len(text) > MaxPath {
		return Path{}, &Error{Code: CodeLimit, Message: "a path has at most " + strconv.Itoa(MaxPath) + " bytes"}
	}
	if !utf8.ValidString(text) || !c.take("$") {
		return Path{}, c.fault("a path begins with $")
	}
	p := Path{text: text}
	for c.at < len(text) {
		if len(p.steps) == MaxSteps {
			return Path{}, &Error{Code: CodeLimit, Message: "a path has at most " + strconv.Itoa(MaxSteps) + " steps"}
		}
		s, err := c.step()
		if err != nil {
			return Path{}, err
		}
		p.steps = append(p.steps, s)
	}
	return p, nil
}

// String is the path as it was given.
func (p Path) String() string { return p.text }

// First gives the first value that the path selects in a JSON value as encoding/json decodes it.
func (p Path) First(value any) (any, bool) {
	w := walk{left: maxVisits}
	return w.first(p, value)
}

// compiler reads a path from its start.
type compiler struct {
	text string
	at   int
}

func (c *compiler) fault(message string) *Error {
	return &Error{
		Code: CodeInvalid, Cites: "JSONPath Syntax Definition",
		Message: "not a path that is offered here, at byte " + strconv.Itoa(c.at) + ": " + message,
	}
}

func (c *compiler) take(what string) bool {
	if !strings.HasPrefix(c.text[c.at:], what) {
		return false
	}
	c.at += len(what)
	return true
}

func (c *compiler) space() {
	for c.take(" ") {
		continue
	}
}

func (c *compiler) step() (step, *Error) {
	s := step{deep: c.take("..")}
	dot := s.deep || c.take(".")
	if (!dot || s.deep) && c.take("[") {
		err := c.subscript(&s)
		return s, err
	}
	if !dot {
		return s, c.fault("a step begins with . or [")
	}
	if c.take("*") {
		s.all = true
		return s, nil
	}
	name := c.name()
	if name == "" {
		return s, c.fault("a name or * is missing")
	}
	s.keys = []key{{name: name, named: true}}
	return s, nil
}

// name reads a name after a dot. Beyond RFC 9535's names it takes what stands in the names of claims: - # : within, and @ first.
func (c *compiler) name() string {
	from := c.at
	for i, r := range c.text[from:] {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '_' || r >= 0x80
		within := r >= '0' && r <= '9' || r == '-' || r == ':' || r == '#'
		if !letter && (i == 0 && r != '@' || i > 0 && !within) {
			break
		}
		c.at = from + i + utf8.RuneLen(r)
	}
	return c.text[from:c.at]
}

// subscript reads what stands after "[": * or a union of names and indices.
func (c *compiler) subscript(s *step) *Error {
	c.space()
	if c.take("*") {
		s.all = true
		if c.space(); !c.take("]") {
			return c.fault("] is missing")
		}
		return nil
	}
	for {
		k, err := c.key()
		if err != nil {
			return err
		}
		if !slices.Contains(s.keys, k) {
			s.keys = append(s.keys, k)
		}
		switch c.space(); {
		case c.take("]"):
			return nil
		case !c.take(","):
			return c.fault("] or , is missing; slices are not offered")
		}
		c.space()
	}
}

func (c *compiler) key() (key, *Error) {
	for _, quote := range []string{"'", `"`} {
		if c.take(quote) {
			return c.quoted(quote[0])
		}
	}
	from := c.at
	c.take("-")
	for c.at < len(c.text) && c.text[c.at] >= '0' && c.text[c.at] <= '9' {
		c.at++
	}
	digits := c.text[from:c.at]
	n, err := strconv.Atoi(digits)
	if err != nil || len(digits) > 9 || digits != strconv.Itoa(n) {
		c.at = from
		return key{}, c.fault("a quoted name or an index is missing; filters and scripts are not offered")
	}
	return key{index: n}, nil
}

// quoted reads a quoted name after its first quote; a backslash takes the next quote or backslash as it is.
func (c *compiler) quoted(quote byte) (key, *Error) {
	var name strings.Builder
	for ; c.at < len(c.text); c.at++ {
		switch b := c.text[c.at]; b {
		case quote:
			c.at++
			return key{name: name.String(), named: true}, nil
		case '\\':
			c.at++
			if c.at == len(c.text) || !strings.ContainsRune(`'"\/`, rune(c.text[c.at])) {
				return key{}, c.fault("only quotes and backslashes are escaped")
			}
			name.WriteByte(c.text[c.at])
		default:
			name.WriteByte(b)
		}
	}
	return key{}, c.fault("the closing quote is missing")
}
