package access

import (
	"context"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
)

const (
	profileMax = 72 // characters of a field of a profile
	colorMax   = 20
	urlMax     = 2048
)

// checkText refuses a text of more characters than that, or with some that are not printable; an empty one is fine.
func checkText(text string, most int, code, pointer string) error {
	if !utf8.ValidString(text) || utf8.RuneCountInString(text) > most || strings.ContainsFunc(text, unicode.IsControl) {
		return vc.Errorf(vc.Invalid, code, "this is a text of at most %d printable characters", most).At(pointer)
	}
	return nil
}

// checkProfile fails with [vc.Invalid] "invalid-profile".
func checkProfile(p vc.Profile) error {
	const code = "invalid-profile"
	for _, field := range []struct {
		at, text string
		most     int
	}{
		{"legalName", p.LegalName, profileMax},
		{"tradingName", p.TradingName, profileMax},
		{"companyNumber", p.CompanyNumber, profileMax},
		{"leiNumber", p.LEINumber, profileMax},
		{"businessAddress", p.BusinessAddress, profileMax},
		{"color", p.Color, colorMax},
		{"status", p.Status, profileMax},
		{"officerFirstName", p.OfficerFirstName, profileMax},
		{"officerLastName", p.OfficerLastName, profileMax},
		{"officerEmail", p.OfficerEmail, profileMax},
		{"companyUrl", p.CompanyURL, urlMax},
		{"logoUrl", p.LogoURL, urlMax},
	} {
		if err := checkText(field.text, field.most, code, "/profile/"+field.at); err != nil {
			return err
		}
	}
	for _, field := range []struct{ at, text string }{{"companyUrl", p.CompanyURL}, {"logoUrl", p.LogoURL}} {
		if field.text != "" && !isWebURL(field.text) {
			return vc.Errorf(vc.Invalid, code, "this is an http or https URL").At("/profile/" + field.at)
		}
	}
	return nil
}

// isWebURL says whether a browser may be sent there.
func isWebURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Host != "" && u.User == nil
}

// UpdateTenantProfile writes the name of a tenant and what change makes of its profile, which may be asked more than once:
// what it leaves stays, whoever writes at the same moment. It needs tenant:manage in the tenant, and fails with
// [vc.Invalid] "invalid-name" or "invalid-profile".
func (s *Service) UpdateTenantProfile(ctx context.Context, by Actor, tenant, name string, change func(vc.Profile) vc.Profile) (vc.Tenant, error) {
	t, err := s.tenantOf(ctx, by.Principal, tenant)
	if err != nil {
		return vc.Tenant{}, err
	}
	if err := Authorize(by.Principal, TenantManage, vc.Scope{Tenant: t.ID}); err != nil {
		return vc.Tenant{}, err
	}
	return s.changeTenant(ctx, by, t.ID, "tenant.updated", func(t *vc.Tenant) (bool, error) {
		profile := change(t.Profile)
		changed := t.Name != name || t.Profile != profile
		t.Name, t.Profile = name, profile
		return changed, checkNamed(name, profile)
	})
}

// UpdateOrganisationProfile is [Service.UpdateTenantProfile] of an organisation. It needs organisation:manage at the
// tenant's scope.
func (s *Service) UpdateOrganisationProfile(ctx context.Context, by Actor, tenant, id, name string, change func(vc.Profile) vc.Profile) (vc.Organisation, error) {
	if err := s.mayOrganise(by, tenant); err != nil {
		return vc.Organisation{}, err
	}
	return s.changeOrganisation(ctx, by, tenant, id, "organisation.updated", func(o *vc.Organisation) (bool, error) {
		profile := change(o.Profile)
		changed := o.Name != name || o.Profile != profile
		o.Name, o.Profile = name, profile
		return changed, checkNamed(name, profile)
	})
}

func checkNamed(name string, profile vc.Profile) error {
	if err := checkName(name); err != nil {
		return err
	}
	return checkProfile(profile)
}

// TenantLogo gives the URL of a tenant's logo to anyone; what has none, and what is not there, is [vc.NotFound]
// "logo-not-found".
func (s *Service) TenantLogo(ctx context.Context, id string) (string, error) {
	if !isID(id) {
		return "", notFound("logo")
	}
	t, err := s.tenant(ctx, id)
	return logo(t.Profile, err)
}

// OrganisationLogo is [Service.TenantLogo] of an organisation.
func (s *Service) OrganisationLogo(ctx context.Context, id string) (string, error) {
	scope, err := s.organisationScope(ctx, id)
	if err != nil {
		return "", named(err, "logo")
	}
	o, err := s.organisation(ctx, scope.Tenant, scope.Organisation)
	return logo(o.Profile, err)
}

func logo(p vc.Profile, err error) (string, error) {
	switch {
	case err != nil:
		return "", named(err, "logo")
	case !isWebURL(p.LogoURL):
		return "", notFound("logo")
	}
	return p.LogoURL, nil
}

func (s *Service) organisationScope(ctx context.Context, id string) (vc.Scope, error) {
	if !isID(id) {
		return vc.Scope{}, notFound("organisation")
	}
	scope, object, err := s.directory.Lookup(ctx, store.HandleOrganisation, id)
	if err != nil {
		return vc.Scope{}, named(err, "organisation")
	}
	return vc.Scope{Tenant: scope.Tenant, Organisation: object}, nil
}

// OrganisationScope gives the scope of the organisation of an id, whichever tenant's it is, to a principal whose own
// scope it lies in; to others it is [vc.NotFound] "organisation-not-found". An archived one is found too: a scope is
// no permission.
func (s *Service) OrganisationScope(ctx context.Context, p vc.Principal, id string) (vc.Scope, error) {
	scope, err := s.organisationScope(ctx, id)
	if err == nil && !reaches(p.Scope, scope) {
		err = notFound("organisation")
	}
	if err != nil {
		return vc.Scope{}, err
	}
	return scope, nil
}
