package catalog

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/jsonschema"
)

// NewSchema asks for a schema. Document is the JSON Schema of the claims; TypeName the type term of the derived
// context, "" makes one from Name. SharedWith is for a tenant's schema only.
type NewSchema struct {
	Name       string
	TypeName   string
	Document   []byte
	SharedWith []string // organisation ids; "*" is all of them
}

var errNotBuilt = vc.Errorf(vc.Internal, "not-built", "not built")

// CreateSchema makes a schema with its first version.
func (s *Service) CreateSchema(ctx context.Context, by vc.Caller, n NewSchema) (vc.Schema, vc.SchemaVersion, error) {
	return vc.Schema{}, vc.SchemaVersion{}, errNotBuilt
}

// AddVersion adds an immutable version.
func (s *Service) AddVersion(ctx context.Context, by vc.Caller, id string, document []byte) (vc.SchemaVersion, error) {
	return vc.SchemaVersion{}, errNotBuilt
}

// Schema gives a schema.
func (s *Service) Schema(ctx context.Context, scope vc.Scope, id string) (vc.Schema, error) {
	return vc.Schema{}, errNotBuilt
}

// Schemas lists schemas.
func (s *Service) Schemas(ctx context.Context, scope vc.Scope, query vc.ListQuery) ([]vc.Schema, error) {
	return nil, errNotBuilt
}

// Version gives a version; 0 is the newest.
func (s *Service) Version(ctx context.Context, scope vc.Scope, id string, version int) (vc.SchemaVersion, error) {
	return vc.SchemaVersion{}, errNotBuilt
}

// RenameSchema changes the name.
func (s *Service) RenameSchema(ctx context.Context, by vc.Caller, id, name string) (vc.Schema, error) {
	return vc.Schema{}, errNotBuilt
}

// ShareSchema replaces the organisations a tenant's schema is shared with.
func (s *Service) ShareSchema(ctx context.Context, by vc.Caller, id string, with []string) (vc.Schema, error) {
	return vc.Schema{}, errNotBuilt
}

// ArchiveSchema stops new types and new issuance.
func (s *Service) ArchiveSchema(ctx context.Context, by vc.Caller, id string) (vc.Schema, error) {
	return vc.Schema{}, errNotBuilt
}

// RestoreSchema undoes ArchiveSchema.
func (s *Service) RestoreSchema(ctx context.Context, by vc.Caller, id string) (vc.Schema, error) {
	return vc.Schema{}, errNotBuilt
}

// DeleteSchema removes a schema that nothing uses.
func (s *Service) DeleteSchema(ctx context.Context, by vc.Caller, id string) error {
	return errNotBuilt
}

// ClaimsSchema gives the plain claims schema of a version, with $schema and $id.
func ClaimsSchema(version vc.SchemaVersion) ([]byte, error) { return nil, errNotBuilt }

// SchemaAt gives the compiled schema that this server publishes at url; ours is false when url is not one of ours.
func (s *Service) SchemaAt(ctx context.Context, url string) (schema *jsonschema.Schema, ours bool, err error) {
	return nil, false, errNotBuilt
}
