package access

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

func errNotBuilt() error { return vc.Errorf(vc.Unsupported, "not-built", "this is not built yet") }

// Secret tells whose secret it is: a client's, or a whole API key or member's key. It fails as [Service.Authenticate] does.
func (s *Service) Secret(_ context.Context, _ string) (vc.Principal, error) {
	return vc.Principal{}, errNotBuilt()
}

// RotateSecretOver is [Service.RotateSecret] with a time for which the old secret stays good beside the new one.
func (s *Service) RotateSecretOver(_ context.Context, _ Actor, _ vc.Scope, _ string, _ time.Duration) (vc.Principal, string, error) {
	return vc.Principal{}, "", errNotBuilt()
}

// RotateOwnSecret gives whoever proved a secret a new one.
func (s *Service) RotateOwnSecret(_ context.Context, _ Actor, _ time.Duration) (vc.Principal, string, error) {
	return vc.Principal{}, "", errNotBuilt()
}
