package catalog

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// NewEdition asks for the next version of the line of a type name; the first makes schema and credential type.
type NewEdition struct {
	TypeName string
	Name     string // for people
	Number   int    // 0: the next
	Subject  []byte // JSON Schema of the claims; nil: any object
	Variants []vc.Variant
	Purposes []vc.StatusPurpose // of a new line
}

// Edition is a version of a line.
type Edition struct {
	Type    vc.CredentialType
	Schema  vc.Schema
	Version vc.SchemaVersion
}

var errNotBuilt = vc.Errorf(vc.Unsupported, "not-built", "this is not built yet")

// AddEdition makes the next version of a line.
func (s *Service) AddEdition(ctx context.Context, by vc.Caller, n NewEdition) (Edition, error) {
	return Edition{}, errNotBuilt
}

// Editions lists versions of the lines of a scope.
func (s *Service) Editions(ctx context.Context, scope vc.Scope, q vc.SchemaVersionQuery) ([]Edition, error) {
	return nil, errNotBuilt
}

// PublicEdition gives a version to whoever knows its id.
func (s *Service) PublicEdition(ctx context.Context, scope vc.Scope, versionID string) (Edition, error) {
	return Edition{}, errNotBuilt
}

// WithdrawEdition ends a version.
func (s *Service) WithdrawEdition(ctx context.Context, by vc.Caller, versionID string) error {
	return errNotBuilt
}

// TypeOfLine gives the credential type of a line. NotFound "type-not-found".
func (s *Service) TypeOfLine(ctx context.Context, scope vc.Scope, typeName string) (vc.CredentialType, error) {
	return vc.CredentialType{}, errNotBuilt
}

// KindAt is [Service.Kind] with another version of the type's schema.
func (s *Service) KindAt(ctx context.Context, scope vc.Scope, typeID string, version int) (*Kind, error) {
	return nil, errNotBuilt
}
