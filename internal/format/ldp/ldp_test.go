package ldp_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/format/formattest"
	"github.com/chancery-vc/chancery/internal/format/ldp"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/jsonld"
	"github.com/chancery-vc/chancery/spec/ldcontext/known"
)

func suites() []string {
	var names []string
	for _, suite := range (ldp.Format{}).Suites() {
		names = append(names, suite.Name)
	}
	return names
}

func TestLaw(t *testing.T) {
	formattest.Run(t, ldp.New(shelf{}), []vc.ModelVersion{vc.VCDM11, vc.VCDM20}, suites())
}

func TestPresentationLaw(t *testing.T) {
	formattest.RunPresentations(t, ldp.New(shelf{}), []vc.ModelVersion{vc.VCDM11, vc.VCDM20}, suites())
}

// ecdsa2019 is the one context of a suite that is not shipped, since no package has it: who issues with that suite in VCDM
// 2.0 imports it.
const ecdsa2019 = "https://w3id.org/security/suites/ecdsa-2019/v1"

// shelf is what a scope has imported: a context for that suite like the one of its sibling.
type shelf struct{}

func (shelf) ContextLoader(context.Context, vc.Scope) jsonld.Loader {
	return jsonld.Loaders{jsonld.Known{}, shelf{}}
}

func (shelf) LoadContext(url string) (jsonld.Context, bool, error) {
	if url != ecdsa2019 {
		return jsonld.Context{}, false, nil
	}
	sibling, _ := known.Lookup("https://w3id.org/security/suites/ed25519-2020/v1")
	document := []byte(strings.NewReplacer(
		"Ed25519Signature2020", "EcdsaSecp256r1Signature2019", "Ed25519VerificationKey2020", "EcdsaSecp256r1VerificationKey2019",
	).Replace(string(sibling.Document)))
	return jsonld.Context{Document: document}, true, nil
}

// TestClaimFormat: Presentation Exchange asks for the type of a proof, and sees that of a cryptosuite as well as its name.
func TestClaimFormat(t *testing.T) {
	f := ldp.New(nil)
	for suite, want := range map[string][]string{
		"eddsa-rdfc-2022": {"EdDSA", "eddsa-rdfc-2022", "DataIntegrityProof"}, "Ed25519Signature2020": {"EdDSA", "Ed25519Signature2020"},
	} {
		read, err := f.Read(t.Context(), newSigner(t, "EdDSA").credential(t, vc.VCDM20, suite, "EdDSA"))
		must(t, err)
		if in := read.Input(f); in.Format != "ldp_vc" || !slices.Equal(in.Algs, want) {
			t.Errorf("%s: %s %v", suite, in.Format, in.Algs)
		}
	}
}
