package api_test

import (
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/chancery-vc/chancery/api"
)

// TestNativeIsValid reads the description as an OpenAPI tool does: references resolve, schemas and examples fit.
func TestNativeIsValid(t *testing.T) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(api.Native)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(loader.Context); err != nil {
		t.Fatal(err)
	}
}

// TestMeecoIsValid: so is what the other door has of its own.
func TestMeecoIsValid(t *testing.T) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(api.Meeco)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(loader.Context); err != nil {
		t.Fatal(err)
	}
}

// TestEmpeIsValid: and the whole of Empe's door.
func TestEmpeIsValid(t *testing.T) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(api.Empe)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(loader.Context); err != nil {
		t.Fatal(err)
	}
}

// TestACAPyIsValid: and what is offered of ACA-Py's.
func TestACAPyIsValid(t *testing.T) {
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(api.ACAPy)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(loader.Context, openapi3.DisableSchemaPatternValidation()); err != nil { // some are Python's alone
		t.Fatal(err)
	}
}
