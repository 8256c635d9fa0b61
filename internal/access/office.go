package access

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Need is what an office must be able to do.
type Need int

// The needs.
const (
	Any    Need = iota // nothing: it is there
	Issue              // it may issue
	Verify             // it may verify
)

// Office gives the scope of the organisation that speaks for a tenant.
func (s *Service) Office(_ context.Context, _ vc.Principal, _ string, _ Need) (vc.Scope, vc.Organisation, vc.Tenant, error) {
	return vc.Scope{}, vc.Organisation{}, vc.Tenant{}, errNotBuilt()
}
