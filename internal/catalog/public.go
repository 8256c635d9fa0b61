package catalog

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// PublicSchema gives a published schema with its SHA-256, to anyone.
func (s *Service) PublicSchema(ctx context.Context, id string, version int) (document, digest []byte, createdAt time.Time, err error) {
	return nil, nil, time.Time{}, errNotBuilt
}

// PublicContext gives the published context of a schema version with its SHA-256, to anyone.
func (s *Service) PublicContext(ctx context.Context, id string, version int) (document, digest []byte, createdAt time.Time, err error) {
	return nil, nil, time.Time{}, errNotBuilt
}

// ImportContext keeps a context document under its URL. expectDigest is its SHA-256.
func (s *Service) ImportContext(ctx context.Context, by vc.Caller, url string, document, expectDigest []byte) (vc.Context, error) {
	return vc.Context{}, errNotBuilt
}

// Context gives an imported or derived context.
func (s *Service) Context(ctx context.Context, scope vc.Scope, url string) (vc.Context, error) {
	return vc.Context{}, errNotBuilt
}

// Contexts lists imported contexts.
func (s *Service) Contexts(ctx context.Context, scope vc.Scope, query vc.ListQuery) ([]vc.Context, error) {
	return nil, errNotBuilt
}
