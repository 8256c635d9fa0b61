package jsonschema

import (
	"errors"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// explain turns a failure of the library into an Error with the place in the document.
func (s *survey) explain(err error) *Error {
	var (
		invalid   *jsonschema.SchemaValidationError
		anchor    *jsonschema.AnchorNotFoundError
		missing   *jsonschema.JSONPointerNotFoundError
		duplicate *jsonschema.DuplicateIDError
		twice     *jsonschema.DuplicateAnchorError
		fetch     *jsonschema.LoadURLError
	)
	switch {
	case errors.As(err, &invalid):
		var violation *jsonschema.ValidationError
		if errors.As(invalid.Err, &violation) {
			if found := violations(violation); len(found) > 0 {
				_, within, _ := strings.Cut(invalid.URL, "#")
				return &Error{within + found[0].Pointer, "not a schema: " + found[0].Message}
			}
		}
	case errors.As(err, &anchor):
		return &Error{s.standing(anchor.Reference), "points at an anchor that does not exist"}
	case errors.As(err, &missing):
		return &Error{s.standing(missing.URL), "points at a place that does not exist"}
	case errors.As(err, &duplicate):
		return &Error{duplicate.Ptr1, "the $id is given twice"}
	case errors.As(err, &twice):
		return &Error{twice.Ptr2, "the anchor is given twice"}
	case errors.As(err, &fetch):
		return &Error{Message: "something points outside the document; nothing is fetched"}
	}
	return &Error{Message: "the schema cannot be compiled"}
}

// standing finds the reference that points at a URL.
func (s *survey) standing(target string) string {
	whole, fragment, _ := strings.Cut(target, "#")
	for _, r := range s.references {
		if r.target == whole && r.fragment == fragment {
			return r.pointer
		}
	}
	for _, r := range s.references {
		if r.fragment == fragment {
			return r.pointer
		}
	}
	return ""
}
