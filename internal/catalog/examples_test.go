package catalog_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/examples"
	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/vc"
)

// TestExamples: each example's schema, type and claims fit together.
func TestExamples(t *testing.T) {
	for _, name := range []string{"university-degree", "open-badge"} {
		t.Run(name, func(t *testing.T) {
			h := open(t)
			file := func(file string) []byte {
				raw, err := examples.Files.ReadFile(name + "/" + file)
				if err != nil {
					t.Fatal(err)
				}
				return raw
			}
			var wire struct {
				vc.CredentialType
				Validity struct{ DefaultSeconds, MaxSeconds int64 }
			}
			if err := json.Unmarshal(file("type.json"), &wire); err != nil {
				t.Fatal(err)
			}
			schema, version, err := h.CreateSchema(t.Context(), h.alpha, catalog.NewSchema{
				Name: wire.Name, TypeName: wire.Types[0], Document: file("schema.json"),
			})
			if err != nil {
				t.Fatal(describe(err))
			}
			made := wire.CredentialType
			made.Schema = schema.ID
			made.Validity = vc.Validity{Default: time.Duration(wire.Validity.DefaultSeconds) * time.Second, Max: time.Duration(wire.Validity.MaxSeconds) * time.Second}
			if made, err = h.CreateType(t.Context(), h.alpha, made); err != nil {
				t.Fatal(describe(err))
			}
			kind, err := h.Kind(t.Context(), h.alpha.Scope, made.ID)
			if err != nil {
				t.Fatal(describe(err))
			}
			if v, err := kind.Claims.ValidateJSON(file("claims.json")); err != nil || v != nil {
				t.Error(v, err)
			}
			if len(made.Contexts) == 0 && kind.Contexts(vc.VCDM20)[1] != version.ContextURL {
				t.Error(kind.Contexts(vc.VCDM20))
			}
		})
	}
}
