package access

import (
	"context"
	"strconv"

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

// office is the organisation that speaks for a tenant; found is false where there is none, closed where one was archived.
type office struct {
	organisation  vc.Organisation
	found, closed bool
}

// Office gives the organisation that speaks for a tenant, where a door knows one of a tenant alone: the oldest that is not
// archived and may do what is needed. With [Any] a principal of an organisation has that one. tenant is the slug or id that the
// path names, as with [Service.ScopeFor]; p is zero where nobody is known.
//
// It fails with [vc.NotFound] "tenant-not-found", of an archived one too, and where the only office is archived; [vc.Denied]
// "no-issuer", "no-verifier" and "no-organisation"; [vc.Denied] "not-this-issuer" for a principal of another organisation. It is
// at most a second stale.
func (s *Service) Office(ctx context.Context, p vc.Principal, tenant string, need Need) (vc.Scope, vc.Organisation, vc.Tenant, error) {
	fail := func(err error) (vc.Scope, vc.Organisation, vc.Tenant, error) {
		return vc.Scope{}, vc.Organisation{}, vc.Tenant{}, err
	}
	t, err := s.tenantOf(ctx, p, tenant)
	switch {
	case err != nil:
		return fail(err)
	case !t.ArchivedAt.IsZero():
		return fail(notFound("tenant"))
	}
	own := p.Scope.Organisation
	if own != "" && need == Any {
		o, err := s.organisation(ctx, t.ID, own)
		if err == nil && !o.ArchivedAt.IsZero() {
			err = notFound("organisation")
		}
		if err != nil {
			return fail(err)
		}
		return vc.Scope{Tenant: t.ID, Organisation: own}, o, t, nil
	}
	is, err := s.offices.get(ctx, officeKey(t.ID, need), func(ctx context.Context) (office, error) { return s.office(ctx, t.ID, need) })
	switch {
	case err != nil:
		return fail(err)
	case !is.found && is.closed:
		return fail(notFound("tenant"))
	case !is.found:
		return fail(missing(need))
	case own != "" && own != is.organisation.ID:
		return fail(vc.Errorf(vc.Denied, "not-this-issuer", "another organisation of the tenant answers here"))
	}
	return vc.Scope{Tenant: t.ID, Organisation: is.organisation.ID}, is.organisation, t, nil
}

// office looks through the organisations of a tenant, oldest first.
func (s *Service) office(ctx context.Context, tenant string, need Need) (found office, err error) {
	const page = 100
	q := vc.ListQuery{Page: vc.Page{Ascending: true, Limit: page}}
	err = s.rows.View(ctx, vc.Scope{Tenant: tenant}, func(r Rows) error {
		for {
			list, err := r.Organisations(q)
			if err != nil {
				return err
			}
			for _, o := range list {
				switch {
				case need == Issue && !o.MayIssue, need == Verify && !o.MayVerify:
				case !o.ArchivedAt.IsZero():
					found.closed = true
				default:
					found.organisation, found.found = o, true
					return nil
				}
			}
			if len(list) < page {
				return nil
			}
			q.Page.After = list[len(list)-1].ID
		}
	})
	return found, err
}

func missing(need Need) error {
	switch need {
	case Issue:
		return vc.Errorf(vc.Denied, "no-issuer", "no organisation of the tenant may issue")
	case Verify:
		return vc.Errorf(vc.Denied, "no-verifier", "no organisation of the tenant may verify")
	}
	return vc.Errorf(vc.Denied, "no-organisation", "the tenant has no organisation")
}

func officeKey(tenant string, need Need) string { return tenant + "/" + strconv.Itoa(int(need)) }

// forgetOffices makes the offices of a tenant be looked for again.
func (s *Service) forgetOffices(tenant string) {
	for _, need := range []Need{Any, Issue, Verify} {
		s.offices.forget(officeKey(tenant, need))
	}
}
