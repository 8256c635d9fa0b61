package jsonschema

import (
	"cmp"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// MaxViolations bounds how many violations are listed.
const MaxViolations = 100

// Violation is one way in which an instance breaks a schema. Message is for people; it holds member names, types
// and limits, never values of the instance.
type Violation struct {
	Pointer string // RFC 6901, into the instance
	Keyword string // "" where no keyword is to blame
	Message string
}

// maxInstanceDepth bounds nesting in instances.
const maxInstanceDepth = 500

// Validate checks an instance decoded by encoding/json (float64 or json.Number). None: nil.
func (s *Schema) Validate(instance any) []Violation {
	if problem := numbers(instance, maxInstanceDepth); problem != nil {
		return []Violation{{Pointer: problem.Pointer, Message: problem.Message}}
	}
	if s.quick.fits(instance) {
		return nil
	}
	if !s.graph.bearable(s.compiled, instance) {
		return []Violation{{Message: "applying the schema to it takes too many steps"}}
	}
	return s.slow(instance)
}

// slow asks the library, which knows every keyword and says what is wrong.
func (s *Schema) slow(instance any) []Violation {
	err := s.compiled.Validate(instance)
	if err == nil {
		return nil
	}
	var found *jsonschema.ValidationError
	if !errors.As(err, &found) {
		return []Violation{{Message: "cannot be checked"}}
	}
	return violations(found)
}

// ValidateJSON decodes strictly and checks. The error (*Error) says that the bytes are not JSON; its Pointer is into
// the instance.
func (s *Schema) ValidateJSON(instance []byte) ([]Violation, error) {
	value, err := decode(instance)
	if err != nil {
		return nil, err
	}
	return s.Validate(value), nil
}

// violations flattens the library's tree, sorted by place since it walks maps in random order.
func violations(root *jsonschema.ValidationError) []Violation {
	var found []Violation
	gather(root, &found)
	slices.SortStableFunc(found, func(a, b Violation) int {
		return cmp.Or(strings.Compare(a.Pointer, b.Pointer), strings.Compare(a.Keyword, b.Keyword),
			strings.Compare(a.Message, b.Message))
	})
	found = slices.Compact(found)
	return found[:min(len(found), MaxViolations)]
}

func gather(e *jsonschema.ValidationError, found *[]Violation) {
	keyword, message, branches := describe(e.ErrorKind)
	switch {
	case branches:
		*found = append(*found, Violation{place(e.InstanceLocation), keyword, message})
		*found = append(*found, nearest(e.Causes)...)
	case message != "":
		*found = append(*found, Violation{place(e.InstanceLocation), keyword, message})
	default:
		for _, cause := range e.Causes {
			gather(cause, found)
		}
	}
}

// nearest gives the violations of the alternative that came nearest: the rest would only mislead.
func nearest(alternatives []*jsonschema.ValidationError) []Violation {
	var best []Violation
	for i, alternative := range alternatives {
		var found []Violation
		gather(alternative, &found)
		if i == 0 || len(found) < len(best) {
			best = found
		}
	}
	return best
}

func place(tokens []string) string {
	var pointer strings.Builder
	for _, token := range tokens {
		pointer.WriteByte('/')
		pointer.WriteString(escape(token))
	}
	return pointer.String()
}

func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if plural, ok := strings.CutSuffix(noun, "y"); ok {
		return strconv.Itoa(n) + " " + plural + "ies"
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

func quotedList(names []string) string {
	names = slices.Clone(names)
	slices.Sort(names)
	for i, name := range names {
		names[i] = strconv.Quote(name)
	}
	return strings.Join(names, ", ")
}

// scalar shows a constant of the schema (never of the instance).
func scalar(value any) string {
	text, err := json.Marshal(value)
	if err != nil || len(text) > 100 {
		return "what the schema says"
	}
	return string(text)
}
