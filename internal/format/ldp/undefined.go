package ldp

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/jsonld"
)

// maxUndefined is how many undefined terms are told of one document: each costs a pass.
const maxUndefined = 16

// undefined makes the error of a document that says what no context defines into one whose Details name all such terms and types,
// as far as [maxUndefined]. Other errors stay as they are. value is changed.
func (f Format) undefined(ctx context.Context, value any, err error) error {
	refused := invalid(err)
	var details []vc.Finding
	for len(details) < maxUndefined {
		e, ok := errors.AsType[*jsonld.Error](err)
		if !ok || e.Code != jsonld.CodeUndefinedTerm && e.Code != jsonld.CodeUndefinedType {
			break
		}
		details = append(details, vc.Finding{Code: e.Code, Pointer: e.Pointer, Message: e.Message, Cites: "VCDM 2.0 §4.3"})
		if !strike(value, e.Pointer, e.Code == jsonld.CodeUndefinedType) {
			break
		}
		_, err = f.processor().ToRDFValue(value, f.loader(ctx))
	}
	if told, ok := errors.AsType[*vc.Error](refused); ok && len(details) > 0 {
		told.Details = details
	}
	return refused
}

// strike takes what stands at a pointer out of a decoded document; a type becomes one that needs no context.
func strike(value any, pointer string, kind bool) bool {
	names := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i, name := range names {
		last := i == len(names)-1
		switch inner := value.(type) {
		case map[string]any:
			name = strings.NewReplacer("~1", "/", "~0", "~").Replace(name)
			if last && kind {
				inner[name] = "urn:x"
			} else if last {
				delete(inner, name)
			}
			value = inner[name]
		case []any:
			at, err := strconv.Atoi(name)
			if err != nil || at < 0 || at >= len(inner) {
				return false
			}
			if last {
				inner[at] = "urn:x"
			}
			value = inner[at]
		default:
			return false
		}
	}
	return pointer != ""
}
