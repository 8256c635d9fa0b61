package ldp

import (
	"context"
	"errors"
	"strconv"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/dataintegrity"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jsonld"
	"github.com/chancery-vc/chancery/spec/rdfcanon"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// invalid makes an error of a specification into one of ours, with its place. What stopped us, and not the document, stays
// what it is.
func invalid(err error) error {
	if e, ok := errors.AsType[*vc.Error](err); ok {
		return e
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	if e, ok := errors.AsType[*jsonld.Error](err); ok {
		return linked(e)
	}
	if e, ok := errors.AsType[*rdfcanon.Error](err); ok {
		return vc.Errorf(vc.Invalid, e.Code, "%s", e.Message)
	}
	if e, ok := errors.AsType[*dataintegrity.Error](err); ok {
		return vc.Errorf(vc.Invalid, e.Code, "%s", e.Message).At(e.Pointer)
	}
	if e, ok := errors.AsType[*ijson.Error](err); ok {
		return vc.Errorf(vc.Invalid, "malformed", "%s", e.Message).At(e.Pointer)
	}
	if e, ok := errors.AsType[*vcdm.Error](err); ok {
		return vc.Errorf(vc.Invalid, "malformed", "%s", e.Message).At(e.Pointer)
	}
	return vc.Errorf(vc.Invalid, "malformed", "the document cannot be read").Because(err)
}

// linked speaks of JSON-LD. Of a context that is not known it says how to make it known.
func linked(e *jsonld.Error) error {
	message := e.Message
	switch {
	case e.Code == jsonld.CodeUnavailable:
		return vc.Errorf(vc.Unavailable, e.Code, "the context %s cannot be had now", e.Context).Because(e)
	case e.Code == jsonld.CodeUnknownContext:
		message = "the context " + e.Context + " is not known here, and none is fetched; an administrator imports it: chancery context import " +
			e.Context + " FILE"
	case e.Term != "":
		message += " (" + strconv.Quote(e.Term) + ")"
	case e.Context != "":
		message += " (context " + e.Context + ")"
	}
	return vc.Errorf(vc.Invalid, e.Code, "%s", message).At(e.Pointer)
}
