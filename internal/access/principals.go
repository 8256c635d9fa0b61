package access

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// NewPrincipal asks for a principal.
type NewPrincipal struct {
	Kind        vc.PrincipalKind // APIKey or Client
	Name        string
	Description string     // at most 256 characters
	Grants      []vc.Grant // at least one: a plain role inside the principal's scope, or a right at that very scope
	ExpiresAt   time.Time  // zero: never
}

const (
	descriptionMax = 256 // characters
	grantsMax      = 64
)

// CreatePrincipal makes a principal in scope and gives its secret, which is shown this once: a whole API key, or the
// secret of a client whose client_id is the principal's id.
//
// It needs access:manage in scope (operator:manage at the operator's), and every permission it grants where it grants
// it: nobody can grant what they do not hold. It fails with [vc.Denied] "permission-denied" or "grant-exceeds-own",
// [vc.Invalid] "invalid-kind", "invalid-name", "invalid-description", "invalid-grant", "invalid-expiry", or
// "right-not-available" for a right that the tenant or organisation does not have.
func (s *Service) CreatePrincipal(ctx context.Context, by Actor, scope vc.Scope, n NewPrincipal) (vc.Principal, string, error) {
	if err := mayAdminister(by.Principal, scope); err != nil {
		return vc.Principal{}, "", err
	}
	if err := s.check(ctx, scope, n); err != nil {
		return vc.Principal{}, "", err
	}
	if err := holds(by.Principal, n.Grants); err != nil {
		return vc.Principal{}, "", err
	}
	if err := outlives(by.Principal, n.ExpiresAt); err != nil {
		return vc.Principal{}, "", err
	}
	p, secret, text := s.fresh(scope, n)
	err := s.rows.Update(ctx, scope, func(r Rows) error {
		if err := available(r, n.Grants); err != nil {
			return err
		}
		return s.insertPrincipal(r, by, p)
	})
	if err != nil {
		return vc.Principal{}, "", err
	}
	p = bare(p)
	if p.Kind == vc.APIKey {
		return p, text, nil
	}
	return p, secret, nil
}

// outlives refuses what would live longer than p, who makes it or gives it more.
func outlives(p vc.Principal, ends time.Time) error {
	if !p.ExpiresAt.IsZero() && (ends.IsZero() || ends.After(p.ExpiresAt)) {
		return vc.Errorf(vc.Denied, "expiry-exceeds-own", "who expires makes nobody that lives longer").At("/expiresAt")
	}
	return nil
}

// fresh makes a principal with a new secret; key is the secret as an API key.
func (s *Service) fresh(scope vc.Scope, n NewPrincipal) (p vc.Principal, secret, key string) {
	secret, digest := newSecret()
	p = vc.Principal{
		ID: newID(), Scope: scope, Kind: n.Kind, Name: n.Name, Description: n.Description, Secret: digest, Grants: n.Grants,
		CreatedAt: s.stamp(),
	}
	if !n.ExpiresAt.IsZero() {
		p.ExpiresAt = n.ExpiresAt.UTC().Truncate(time.Microsecond)
	}
	return p, secret, keyText(p.ID, secret)
}

func (s *Service) insertPrincipal(r Rows, by Actor, p vc.Principal) error {
	if err := r.InsertPrincipal(p); err != nil {
		return err
	}
	return r.Append(s.entry(by, p.Scope, "principal.created", "principal/"+p.ID, detail(p)))
}

func detail(p vc.Principal) string {
	roles := make([]string, len(p.Grants))
	for i, g := range p.Grants {
		roles[i] = string(g.Role)
		if g.Scope != p.Scope {
			roles[i] += "@" + strings.Trim(g.Scope.Tenant+"/"+g.Scope.Organisation, "/")
		}
	}
	return fmt.Sprintf("kind=%s roles=%s", p.Kind, strings.Join(roles, ","))
}

// check looks at everything about a new principal but who makes it.
func (s *Service) check(ctx context.Context, scope vc.Scope, n NewPrincipal) error {
	if n.Kind != vc.APIKey && n.Kind != vc.Client {
		return vc.Errorf(vc.Invalid, "invalid-kind", "a principal is an apikey or a client").At("/kind")
	}
	if err := checkName(n.Name); err != nil {
		return err
	}
	if err := checkText(n.Description, descriptionMax, "invalid-description", "/description"); err != nil {
		return err
	}
	if !n.ExpiresAt.IsZero() && !n.ExpiresAt.After(s.now()) {
		return vc.Errorf(vc.Invalid, "invalid-expiry", "the expiry is not in the future").At("/expiresAt")
	}
	if err := s.open(ctx, scope); err != nil {
		return err
	}
	if len(n.Grants) == 0 || len(n.Grants) > grantsMax {
		return vc.Errorf(vc.Invalid, "invalid-grant", "a principal has 1 to %d grants", grantsMax).At("/grants")
	}
	for i, g := range n.Grants {
		if reason := fits(scope, g); reason != "" {
			return vc.Errorf(vc.Invalid, "invalid-grant", "%s", reason).At(fmt.Sprintf("/grants/%d", i))
		}
		if err := s.open(ctx, g.Scope); err != nil {
			return err
		}
	}
	return nil
}

// fits says why a grant is none for a principal in scope; "" when it is one.
func fits(scope vc.Scope, g vc.Grant) string {
	if right, ok := rightOf(g.Role); ok {
		switch {
		case !right.at(g.Scope):
			return "the right is none of such a scope"
		case g.Scope != scope:
			return "a right is granted at the principal's own scope"
		}
		return ""
	}
	switch {
	case permissions(g.Role) == nil:
		return "there is no such role"
	case !reaches(scope, g.Scope):
		return "a grant lies inside the principal's scope"
	case (g.Role == vc.Operator) != (g.Scope == vc.Scope{}) && g.Role != vc.Auditor:
		return "the role operator, and beside auditor no other, is granted at operator scope"
	case g.Role == vc.TenantAdmin && g.Scope.Organisation != "":
		return "the role tenant-admin is granted at a tenant's scope"
	}
	return ""
}

// mayAdminister says whether p may administer the principals of a scope.
func mayAdminister(p vc.Principal, scope vc.Scope) error {
	if scope == (vc.Scope{}) {
		return Authorize(p, OperatorManage, scope)
	}
	return Authorize(p, AccessManage, scope)
}

// holds says whether p may do everything the grants give, where they give it.
func holds(p vc.Principal, grants []vc.Grant) error {
	for i, g := range grants {
		for _, permission := range permissions(g.Role) {
			if !may(p, permission, g.Scope) {
				return vc.Errorf(vc.Denied, "grant-exceeds-own",
					"the role %s gives the permission %s, which the caller does not hold there", g.Role, permission).
					At(fmt.Sprintf("/grants/%d", i))
			}
		}
	}
	return nil
}

// Principal gives one principal of a scope, without its secret's digest. It needs access:manage there.
func (s *Service) Principal(ctx context.Context, by Actor, scope vc.Scope, id string) (p vc.Principal, err error) {
	if err := mayAdminister(by.Principal, scope); err != nil {
		return p, err
	}
	if !isID(id) {
		return p, notFound("principal")
	}
	err = s.rows.View(ctx, scope, func(r Rows) error {
		p, err = r.Principal(id)
		return named(err, "principal")
	})
	return bare(p), err
}

// Principals lists the principals of a scope, without their secrets' digests. It needs access:manage there.
func (s *Service) Principals(ctx context.Context, by Actor, scope vc.Scope, q vc.ListQuery) (list []vc.Principal, err error) {
	if err := mayAdminister(by.Principal, scope); err != nil {
		return nil, err
	}
	err = s.rows.View(ctx, scope, func(r Rows) error {
		list, err = r.Principals(q)
		return err
	})
	for i := range list {
		list[i] = bare(list[i])
	}
	return list, err
}
