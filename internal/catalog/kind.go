package catalog

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/jsonschema"
)

// Kind is a credential type made ready for issuing. It is shared and must not be changed.
type Kind struct {
	Type    vc.CredentialType
	Schema  vc.Schema
	Version vc.SchemaVersion
	Claims  *jsonschema.Schema // for one credentialSubject, its id included

	contexts11 []string
	contexts20 []string
}

// Contexts gives the @context of a credential of this kind: the base context of the model, then the type's own or,
// when it names none, the one derived from the schema. The slice is shared.
func (k *Kind) Contexts(model vc.ModelVersion) []string {
	if model == vc.VCDM11 {
		return k.contexts11
	}
	return k.contexts20
}

// Variant gives the variant of that name, the default for "".
func (k *Kind) Variant(name string) (vc.Variant, bool) {
	for _, variant := range k.Type.Variants {
		if name == "" || variant.Name == name {
			return variant, true
		}
	}
	return vc.Variant{}, false
}

type kindKey struct {
	scope vc.Scope
	id    string
}

type kindEntry struct {
	kind *Kind
	at   time.Time
}

// Kind gives a type ready for issuing. It may be as stale as Config.CacheTTL after a change on another server and
// never after one on this. Errors: NotFound "type-not-found", Conflict "type-archived", "schema-archived" and
// "schema-not-shared".
func (s *Service) Kind(ctx context.Context, scope vc.Scope, typeID string) (*Kind, error) {
	return nil, vc.Errorf(vc.Internal, "not-built", "not built")
}
