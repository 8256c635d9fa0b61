package didtest

import (
	"maps"
	"slices"
	"testing"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// typed: a method that lists keys as one type or another lists them so from the beginning, and a type that does not hold a
// key is refused.
func typed(t *testing.T, s Subject, algorithm vc.Algorithm) {
	creator, typer := s.Method.(did.Creator), s.Method.(did.Typer)
	key := newKey(t, algorithm)
	with := func(methodType string) did.CreateRequest {
		options := maps.Clone(s.Options)
		if options == nil {
			options = map[string]string{}
		}
		options[did.OptionType] = methodType
		return did.CreateRequest{Keys: []vc.Key{key}, Options: options}
	}
	types := typer.Types(algorithm)
	for _, methodType := range types {
		created, err := creator.Create(t.Context(), with(methodType))
		if err != nil {
			t.Errorf("%s: %v", methodType, err)
			continue
		}
		document := parse(t, created.Document, created.DID)
		method, _ := document.Method(created.Methods[0])
		if method.Type != methodType || created.Type != methodType {
			t.Errorf("%s is listed as %s, and said to be %s", methodType, method.Type, created.Type)
		}
		lists(t, document, created.Methods[0], key, diddoc.AssertionMethod, diddoc.Authentication)
	}
	usual, err := creator.Create(t.Context(), did.CreateRequest{Keys: []vc.Key{key}, Options: s.Options})
	if err != nil {
		t.Fatal(err)
	}
	usually := parse(t, usual.Document, usual.DID)
	if method, _ := usually.Method(usual.Methods[0]); method.Type != types[0] || usual.Type != "" {
		t.Errorf("the usual type is %s (%q), not %s", method.Type, usual.Type, types[0])
	}
	for _, methodType := range []string{"Nonsense", diddoc.X25519KeyAgreementKey2020, diddoc.Ed25519VerificationKey2018, diddoc.EcdsaSecp256k1VerificationKey2019} {
		if slices.Contains(types, methodType) {
			continue
		}
		if created, err := creator.Create(t.Context(), with(methodType)); vc.KindOf(err) != vc.Invalid || code(err) != "method-type" {
			t.Errorf("%s: made %q, %v", methodType, created.DID, err)
		}
	}
}
