package did

import (
	"context"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// OptionType is the option of a method that is a [Typer]: as what a new DID's keys stand in its document.
const OptionType = "verificationMethodType"

// Typer is a method whose documents have a key as a verification method of one type or another.
type Typer interface {
	// Types gives the types for keys of an algorithm, the usual one first.
	Types(algorithm vc.Algorithm) []string
}

// CheckType refuses a type of verification method that a key does not stand in a document as: Unsupported
// "method-type-not-supported" where the method's documents have one form, Invalid "method-type" where the type is not for the key.
func CheckType(method Method, algorithm vc.Algorithm, methodType string) error {
	typer, ok := method.(Typer)
	if !ok {
		return vc.Errorf(vc.Unsupported, "method-type-not-supported", "a document of did:%s has its keys in one form", method.Name())
	}
	if types := typer.Types(algorithm); !slices.Contains(types, methodType) {
		return vc.Errorf(vc.Invalid, "method-type", "a key for %s is listed as one of %s", algorithm, strings.Join(types, ", "))
	}
	return nil
}

// Former is a method that writes a document in the form that whoever resolves it asks for. Errors are those of
// [Method.Resolve], and Invalid "unsupportedPublicKeyType" (did:key §3.1.2).
type Former interface {
	ResolveAs(ctx context.Context, did string, options diddoc.ResolutionOptions) (diddoc.Resolution, error)
}

// Codes of resolution options that cannot be met: DID Resolution 0.3 §8, did:key §3.1.2.
const (
	CodeInvalidOptions      = "invalidOptions"
	CodeUnsupportedKeyTypes = "unsupportedPublicKeyType"
)
