package jsonschema

import (
	"errors"
	"regexp/syntax"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// The bounds of what patterns cost. RE2 runs in time linear in the text, for each step of the pattern's program; and it writes
// repetitions out, so that a{1000} has a thousand steps.
const (
	MaxPatternSteps = 100_000  // of all patterns of a schema
	maxPattern      = 16 << 10 // bytes of one
	stepsOfAVisit   = 1_000    // times bytes of text: what is reckoned as another visit of a validation
	quickSteps      = 20_000   // times bytes of text: what is tried without reckoning
)

var errPatterns = errors.New("the patterns of a schema repeat too much")

// engine is where the library has patterns from. While it compiles a schema it is given what the survey does not see, too, such as
// the patterns of a schema that stands under a member that no draft knows; afterwards instances whose format is "regex".
type engine struct {
	known map[string]*pattern
	left  int
	over  bool // the schema is compiled
}

func newEngine() *engine {
	return &engine{known: map[string]*pattern{}, left: 2 * MaxPatternSteps} // the drafts have some of their own
}

func (e *engine) compile(source string) (jsonschema.Regexp, error) {
	if e.over {
		_, _, err := parsePattern(source)
		return nil, err
	}
	if p := e.known[source]; p != nil {
		return p, nil
	}
	p, err := compilePattern(source)
	if err != nil {
		return nil, err
	}
	if e.left -= p.steps; e.left < 0 {
		return nil, errPatterns
	}
	e.known[source] = p
	return p, nil
}

// end says that the schema is compiled. Nothing is written any more: schemas are used by many at once.
func (e *engine) end() { e.known, e.over = nil, true }

// stepsOf reckons the steps of an expression's program. The ranges of its classes count as some: a class is stored where it stands,
// and once, however often it is repeated.
func stepsOf(re *syntax.Regexp) int {
	steps, ranges := programOf(re)
	return steps + ranges/64
}

func programOf(re *syntax.Regexp) (steps, ranges int) {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune), 0
	case syntax.OpCharClass:
		return 1, len(re.Rune)
	case syntax.OpRepeat: // those that may be missing have a step more
		steps, ranges = programOf(re.Sub[0])
		return 1 + max(1, re.Min)*steps + max(1, re.Max-re.Min)*(1+steps), ranges
	}
	steps = 1
	for _, sub := range re.Sub {
		s, r := programOf(sub)
		steps, ranges = steps+1+s, ranges+r
	}
	return steps, ranges
}

// matching is what it costs to match the patterns of a schema with a value, as visits.
func matching(s *jsonschema.Schema, value any) (visits int) {
	cost := func(re jsonschema.Regexp, text string) {
		if p, ok := re.(*pattern); ok {
			visits += p.steps * len(text) / stepsOfAVisit
		}
	}
	switch value := value.(type) {
	case string:
		cost(s.Pattern, value)
	case map[string]any:
		for re := range s.PatternProperties {
			for name := range value {
				cost(re, name)
			}
		}
	}
	return visits
}

// isQuick says that matching is not worth reckoning.
func isQuick(re jsonschema.Regexp, text string) bool {
	p, ok := re.(*pattern)
	return !ok || p.steps*len(text) <= quickSteps
}
