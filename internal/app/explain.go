package app

import (
	"errors"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/sdk"
)

// Explain puts an error of this house into the words of the API, so that who shows it knows one kind only. Here
// the operator is the reader, so causes are told too. It is nil for an error that is not of this house.
func Explain(err error) *sdk.Problem {
	e, ok := errors.AsType[*vc.Error](err)
	if !ok {
		return nil
	}
	p := &sdk.Problem{Type: e.Code, Detail: e.Message, Pointer: e.Pointer}
	if e.Err != nil {
		p.Detail += ": " + e.Err.Error()
	}
	for _, f := range e.Details {
		p.Errors = append(p.Errors, sdk.Finding{Code: f.Code, Pointer: f.Pointer, Detail: f.Message, Warning: f.Warning, Cites: f.Cites})
	}
	return p
}
