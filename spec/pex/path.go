package pex

// Path is a JSONPath that is compiled. The subset: $, .name, ['name'], ["name"], [n], [-n], [*], .*, ..name, ..*,
// ..['name'] and unions of names and indices. Slices, filters and scripts are refused: nobody's definition needs them
// and evaluating them is an attack's way in (§JSONPath-specific Considerations).
type Path struct {
	text  string
	steps []step
}

type step struct {
	deep bool // ".."
	any  bool // "*"
	keys []key
}

type key struct {
	name  string
	index int
	named bool
}

// ParsePath compiles a JSONPath. Errors are *Error with the place in the message.
func ParsePath(text string) (Path, error) { return Path{}, nil }

// String is the path as it was given.
func (p Path) String() string { return p.text }

// First gives the first value that the path selects in a JSON value as encoding/json decodes it.
func (p Path) First(value any) (any, bool) { return nil, false }
