package httpx

import (
	"errors"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Placed moves the pointers of an error from a desk's order to a door's body: the longest prefix in table wins, what has none
// keeps its place.
func Placed(err error, table map[string]string) error {
	e, ok := errors.AsType[*vc.Error](err)
	if !ok {
		return err
	}
	moved := *e
	moved.Pointer = moveTo(e.Pointer, table)
	moved.Details = make([]vc.Finding, len(e.Details))
	for i, f := range e.Details {
		f.Pointer = moveTo(f.Pointer, table)
		moved.Details[i] = f
	}
	return &moved
}

func moveTo(pointer string, table map[string]string) string {
	best, to := "", ""
	for from, target := range table {
		if (pointer == from || strings.HasPrefix(pointer, from+"/")) && len(from) > len(best) {
			best, to = from, target
		}
	}
	if best == "" {
		return pointer
	}
	return to + pointer[len(best):]
}

// Missing says which member of a body is needed.
func Missing(pointer string) error {
	return vc.Errorf(vc.Invalid, "missing", "%s is needed", pointer[strings.LastIndexByte(pointer, '/')+1:]).At(pointer)
}

// Absent says whether a raw member is not there, or null.
func Absent(raw jsontext.Value) bool { return len(raw) == 0 || raw.Kind() == 'n' }
