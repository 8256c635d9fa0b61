package pex

import (
	"maps"
	"slices"
	"strconv"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// maxVisits is how many values one descriptor may look at in one input, over all its paths. Recursive descents in one
// path multiply; this bounds them.
const maxVisits = 1 << 16

// walk visits what paths select, depth first. left counts down; at 0 nothing more is found.
type walk struct {
	left   int
	locate bool // tell found the RFC 6901 pointer
	found  func(value any, at string) (more bool)
}

// spent says that the walk was cut short: what was not found may be there.
func (w *walk) spent() bool { return w.left <= 0 }

// first gives the first value that a path selects.
func (w *walk) first(p Path, root any) (value any, ok bool) {
	w.found = func(one any, _ string) bool {
		value, ok = one, true
		return false
	}
	if p.text != "" {
		w.visit(root, p.steps, "")
	}
	return value, ok
}

func (w *walk) visit(value any, steps []step, at string) (more bool) {
	if w.left--; w.left <= 0 {
		return false
	}
	if len(steps) == 0 {
		return w.found(value, at)
	}
	s := steps[0]
	if !w.children(value, s, at, func(child any, at string) bool { return w.visit(child, steps[1:], at) }) {
		return false
	}
	if !s.deep {
		return true
	}
	all := step{all: true}
	return w.children(value, all, at, func(child any, at string) bool { return w.visit(child, steps, at) })
}

// children calls down with each child of value that the step names.
func (w *walk) children(value any, s step, at string, down func(any, string) bool) bool {
	switch value := value.(type) {
	case map[string]any:
		names := []string{}
		if s.all {
			names = slices.Sorted(maps.Keys(value))
		}
		for _, k := range s.keys {
			if k.named {
				names = append(names, k.name)
			}
		}
		for _, name := range names {
			if child, ok := value[name]; ok && !down(child, w.below(at, name)) {
				return false
			}
		}
	case []any:
		for _, i := range s.indices(len(value)) {
			if !down(value[i], w.below(at, strconv.Itoa(i))) {
				return false
			}
		}
	}
	return true
}

func (w *walk) below(at, name string) string {
	if !w.locate {
		return ""
	}
	return at + "/" + ijson.Token(name)
}

// indices are the elements of an array of n that the step names.
func (s step) indices(n int) []int {
	var indices []int
	if s.all {
		for i := range n {
			indices = append(indices, i)
		}
	}
	for _, k := range s.keys {
		i := k.index
		if i < 0 {
			i += n
		}
		if !k.named && i >= 0 && i < n && !slices.Contains(indices, i) {
			indices = append(indices, i)
		}
	}
	return indices
}
