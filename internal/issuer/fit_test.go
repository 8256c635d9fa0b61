package issuer_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/format/ldp"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/jsonld"
)

// library gives the contexts of a world's catalog, which is made after its formats.
type library struct{ world **world }

func (l library) ContextLoader(ctx context.Context, scope vc.Scope) jsonld.Loader {
	return (*l.world).Catalog.ContextLoader(ctx, scope)
}

// proofs are variants of the old proof types, in which credentials of a line are issued.
func proofs(suites ...string) (out []vc.Variant) {
	for _, suite := range suites {
		out = append(out, vc.Variant{
			Name: suite, Format: ldp.Name, Model: vc.VCDM11, Suite: suite, SchemaReference: "JsonSchemaValidator2018", IssuerObject: true,
			Status: vc.StatusDialect{EntryType: "BitstringStatusListEntry", NumberIndex: true, Array: true},
		})
	}
	return out
}

// fitWorld has types by name, each with variants of its own.
func fitWorld(t *testing.T, types map[string][]vc.Variant) (w *world, ids map[string]string) {
	t.Helper()
	w = worldOn(t, sql.Config{DSN: storetest.Fresh(t)}, ldp.New(library{&w}))
	schema, _, err := w.Catalog.CreateSchema(t.Context(), w.by, catalog.NewSchema{
		Name: "Fit", TypeName: "Fit", Document: []byte(`{"type":"object","properties":{"degree":{"type":"string"}}}`),
	})
	w.must(err)
	ids = map[string]string{}
	for name, variants := range types {
		made, err := w.Catalog.CreateType(t.Context(), w.by, vc.CredentialType{
			Name: name, Types: []string{"Fit"}, Schema: schema.ID, Variants: variants, Purposes: []vc.StatusPurpose{vc.Revocation, vc.Suspension},
		})
		w.must(err)
		ids[name] = made.ID
	}
	return w, ids
}

const (
	suiteK   = "EcdsaSecp256k1Signature2019"
	suiteEd  = "Ed25519Signature2020"
	suiteJWS = "JsonWebSignature2020"
)

// With no variant named, the first that the issuer's key can sign is taken; what is named is taken at its word.
func TestVariantFitsTheKey(t *testing.T) {
	w, types := fitWorld(t, map[string][]vc.Variant{
		"line": proofs(suiteK, suiteEd, suiteJWS), "one": proofs(suiteEd), "two": proofs(suiteK, suiteEd),
	})
	for _, row := range []struct {
		name       string
		identity   identity.CreateRequest
		kind       string
		order      vc.Order
		want, code string
	}{
		{"Ed25519", identity.CreateRequest{Algorithm: vc.Ed25519}, "line", vc.Order{}, suiteEd, ""},
		{"secp256k1", identity.CreateRequest{Algorithm: vc.Secp256k1}, "line", vc.Order{}, suiteK, ""},
		{"P-256", identity.CreateRequest{Algorithm: vc.P256}, "line", vc.Order{}, suiteJWS, ""},
		{"P-384", identity.CreateRequest{Algorithm: vc.P384}, "line", vc.Order{}, suiteJWS, ""},
		{"Ed25519 listed as JsonWebKey2020", identity.CreateRequest{Method: "jwk", Algorithm: vc.Ed25519}, "line", vc.Order{}, suiteJWS, ""},
		{"by format", identity.CreateRequest{Algorithm: vc.Ed25519}, "line", vc.Order{Format: ldp.Name}, suiteEd, ""},
		{"by variant", identity.CreateRequest{Algorithm: vc.Ed25519}, "line", vc.Order{Variant: suiteJWS}, suiteJWS, ""},
		{"by a variant that does not fit", identity.CreateRequest{Algorithm: vc.Ed25519}, "line", vc.Order{Variant: suiteK}, "", "suite"},
		{"one variant", identity.CreateRequest{Algorithm: vc.Ed25519}, "one", vc.Order{}, suiteEd, ""},
		{"one variant that does not fit", identity.CreateRequest{Algorithm: vc.P256}, "one", vc.Order{}, "", "suite"},
		{"none fits", identity.CreateRequest{Algorithm: vc.P256}, "two", vc.Order{}, "", "no-variant"},
	} {
		t.Run(row.name, func(t *testing.T) {
			who, err := w.identity.Create(t.Context(), w.by, row.identity)
			w.must(err)
			order := row.order
			order.Type, order.Issuer, order.Claims = types[row.kind], who.DID, []byte(`{"id":"did:example:alice","degree":"MSc"}`)
			got, err := w.Issue(t.Context(), w.by, order, issuer.How{})
			if code(err) != row.code || got.Credential.Variant != row.want {
				t.Fatalf("%q, %v", got.Credential.Variant, err)
			}
			if err != nil {
				return
			}
			var said struct {
				Issuer           map[string]string
				Proof            struct{ Type string }
				CredentialStatus []struct{ StatusListIndex json.Number }
				CredentialSchema struct{ Type string }
			}
			w.must(json.Unmarshal(got.Secured, &said))
			if said.Proof.Type != row.want || said.Issuer["id"] != who.DID || len(said.Issuer) != 1 || len(said.CredentialStatus) != 2 ||
				said.CredentialSchema.Type != "JsonSchemaValidator2018" {
				t.Errorf("%s", got.Secured)
			}
		})
	}
}

// Of an identity with several keys, the first variant that one of them can sign is taken, and that key with it.
func TestVariantFitsOneOfTheKeys(t *testing.T) {
	w, types := fitWorld(t, map[string][]vc.Variant{"line": proofs(suiteK, suiteEd, suiteJWS)})
	who, err := w.identity.Create(t.Context(), w.by, identity.CreateRequest{Algorithm: vc.P256})
	w.must(err)
	order := vc.Order{Type: types["line"], Issuer: who.DID, Method: who.Keys[0].Method, Claims: []byte(`{"degree":"MSc"}`)}
	got, err := w.Issue(t.Context(), w.by, order, issuer.How{})
	w.must(err)
	if got.Credential.Variant != suiteJWS || got.Credential.Method != who.Keys[0].Method || got.Credential.Algorithm != "ES256" {
		t.Errorf("%+v", got.Credential)
	}
}
