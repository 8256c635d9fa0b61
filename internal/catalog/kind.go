package catalog

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/jsonschema"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// Kind is a credential type made ready for issuing. It is shared and must not be changed.
type Kind struct {
	Type    vc.CredentialType
	Schema  vc.Schema
	Version vc.SchemaVersion
	Ledger  string             // DID URL of the version, where it is on a ledger and credentials name that; ""
	Claims  *jsonschema.Schema // for one credentialSubject, its id included
}

// Contexts gives the @context of a credential of this kind: the base context of the model, then the type's own or,
// when it names none, the one derived from the schema.
func (k *Kind) Contexts(model vc.ModelVersion) []string {
	base := vcdm.BaseContext20
	if model == vc.VCDM11 {
		base = vcdm.BaseContext11
	}
	if len(k.Type.Contexts) == 0 {
		return []string{base, k.Version.ContextURL}
	}
	return append([]string{base}, k.Type.Contexts...)
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

// VariantOf gives the first variant of a format, but one without a proof suite where there is one: who names the format
// alone expects what it does of its own accord.
func (k *Kind) VariantOf(format string) (vc.Variant, bool) {
	var out vc.Variant
	found := false
	for _, variant := range k.Type.Variants {
		switch {
		case variant.Format != format:
		case variant.Suite == "":
			return variant, true
		case !found:
			out, found = variant, true
		}
	}
	return out, found
}

type kindKey struct {
	scope   vc.Scope
	id      string
	version int // of its schema; 0: the type's own
}

type kindEntry struct {
	kind *Kind
	at   time.Time
}

// Kind gives a type ready for issuing. It may be as stale as Config.CacheTTL after a change on another server and
// never after one on this. Errors: NotFound "type-not-found", Conflict "type-archived", "schema-archived", "schema-withdrawn" and
// "schema-not-shared".
func (s *Service) Kind(ctx context.Context, scope vc.Scope, typeID string) (*Kind, error) {
	return s.KindAt(ctx, scope, typeID, 0)
}

// KindAt is [Service.Kind] as it is with another version of the type's schema, 0 for the type's own: what was promised under a
// version is of that version. NotFound "schema-not-found" for one that there is not.
func (s *Service) KindAt(ctx context.Context, scope vc.Scope, typeID string, version int) (*Kind, error) {
	key := kindKey{scope, typeID, version}
	now := s.config.Now()
	if entry, ok := s.kinds.Get(key); ok {
		if age := now.Sub(entry.at); age >= 0 && age < s.config.CacheTTL {
			return entry.kind, nil
		}
	}
	s.mu.Lock()
	generation := s.generation
	s.mu.Unlock()
	kind, err := s.loadKind(ctx, scope, typeID, version)
	if err != nil {
		s.kinds.Remove(key)
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if generation == s.generation {
		s.kinds.Add(key, kindEntry{kind, now})
	}
	return kind, nil
}

// SchemaURL is how credentials name the schema version.
func (k *Kind) SchemaURL() string {
	if k.Ledger != "" {
		return k.Ledger
	}
	return k.Version.URL
}

func (s *Service) loadKind(ctx context.Context, scope vc.Scope, typeID string, version int) (*Kind, error) {
	kind := &Kind{}
	err := s.config.Rows.View(ctx, scope, func(rows Rows) (err error) {
		if kind.Type, err = rows.Type(typeID); err != nil {
			return found(err, "type")
		}
		if kind.Schema, err = rows.Schema(kind.Type.Schema); err != nil && vc.KindOf(err) == vc.NotFound {
			return vc.Errorf(vc.Conflict, "schema-not-shared", "the type's schema is not shared with this organisation").Because(err)
		}
		if version != 0 {
			kind.Type.SchemaVersion = version
		}
		if err == nil {
			kind.Version, err = rows.SchemaVersion(kind.Type.Schema, kind.Type.SchemaVersion)
		}
		if err == nil {
			kind.Ledger, err = onLedger(rows, kind.Type)
		}
		return found(err, "schema")
	})
	switch {
	case err != nil:
		return nil, err
	case !kind.Type.ArchivedAt.IsZero():
		return nil, errTypeArchived
	case !kind.Schema.ArchivedAt.IsZero():
		return nil, errSchemaArchived
	case !kind.Version.WithdrawnAt.IsZero():
		return nil, errWithdrawn
	}
	kind.Claims, err = s.compiledClaims(kind.Version)
	return kind, err
}

// compiledClaims compiles a version's claims schema once. Versions never change, so the digest of what was
// published stands for it.
func (s *Service) compiledClaims(version vc.SchemaVersion) (*jsonschema.Schema, error) {
	var digest [32]byte
	copy(digest[:], version.Digest)
	if schema, ok := s.compiled.Get(digest); ok {
		return schema, nil
	}
	document, err := ClaimsSchema(version)
	if err != nil {
		return nil, err
	}
	schema, err := jsonschema.Compile(document, s.claimsURL(version.Schema, version.Version))
	if err != nil {
		return nil, broken(version, err)
	}
	s.compiled.Add(digest, schema)
	return schema, nil
}
