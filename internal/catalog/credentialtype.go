package catalog

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// CreateType makes a credential type. Id, scope, revision and times are set here; no variants means the default one.
func (s *Service) CreateType(ctx context.Context, by vc.Caller, t vc.CredentialType) (vc.CredentialType, error) {
	return vc.CredentialType{}, errNotBuilt
}

// UpdateType replaces a type; t.Revision is the revision it was read at, else Conflict "stale".
func (s *Service) UpdateType(ctx context.Context, by vc.Caller, t vc.CredentialType) (vc.CredentialType, error) {
	return vc.CredentialType{}, errNotBuilt
}

// ArchiveType stops new issuance.
func (s *Service) ArchiveType(ctx context.Context, by vc.Caller, id string) (vc.CredentialType, error) {
	return vc.CredentialType{}, errNotBuilt
}

// RestoreType undoes ArchiveType.
func (s *Service) RestoreType(ctx context.Context, by vc.Caller, id string) (vc.CredentialType, error) {
	return vc.CredentialType{}, errNotBuilt
}

// Type gives a type.
func (s *Service) Type(ctx context.Context, scope vc.Scope, id string) (vc.CredentialType, error) {
	return vc.CredentialType{}, errNotBuilt
}

// Types lists types.
func (s *Service) Types(ctx context.Context, scope vc.Scope, query vc.ListQuery) ([]vc.CredentialType, error) {
	return nil, errNotBuilt
}
