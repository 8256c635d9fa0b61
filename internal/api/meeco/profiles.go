package meeco

import (
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// profileWire is what tenants and organisations have in common.
type profileWire struct {
	LegalName        orNull `json:"legal_name"`
	TradingName      orNull `json:"trading_name"`
	CompanyNumber    orNull `json:"company_number"`
	LEINumber        orNull `json:"lei_number"`
	BusinessAddress  orNull `json:"business_address"`
	Color            orNull `json:"color"`
	LogoURL          orNull `json:"logo_url"`
	Status           orNull `json:"status_in_tenant"`
	OfficerFirstName orNull `json:"authorised_officer_first_name"`
	OfficerLastName  orNull `json:"authorised_officer_last_name"`
	OfficerEmail     orNull `json:"authorised_officer_email"`
}

func wireProfile(p vc.Profile) profileWire {
	return profileWire{
		LegalName: orNull(p.LegalName), TradingName: orNull(p.TradingName), CompanyNumber: orNull(p.CompanyNumber),
		LEINumber: orNull(p.LEINumber), BusinessAddress: orNull(p.BusinessAddress), Color: orNull(p.Color),
		LogoURL: orNull(p.LogoURL), Status: orNull(p.Status), OfficerFirstName: orNull(p.OfficerFirstName),
		OfficerLastName: orNull(p.OfficerLastName), OfficerEmail: orNull(p.OfficerEmail),
	}
}

// profileIn is a profile as it is sent.
type profileIn struct {
	LegalName        *string `json:"legal_name"`
	TradingName      *string `json:"trading_name"`
	CompanyNumber    *string `json:"company_number"`
	LEINumber        *string `json:"lei_number"`
	BusinessAddress  *string `json:"business_address"`
	Color            *string `json:"color"`
	LogoURL          *string `json:"logo_url"`
	Status           *string `json:"status_in_tenant"`
	OfficerFirstName *string `json:"authorised_officer_first_name"`
	OfficerLastName  *string `json:"authorised_officer_last_name"`
	OfficerEmail     *string `json:"authorised_officer_email"`
}

// over gives p with what was sent.
func (in profileIn) over(p vc.Profile) vc.Profile {
	for _, field := range []struct {
		to   *string
		from *string
	}{
		{&p.LegalName, in.LegalName},
		{&p.TradingName, in.TradingName},
		{&p.CompanyNumber, in.CompanyNumber},
		{&p.LEINumber, in.LEINumber},
		{&p.BusinessAddress, in.BusinessAddress},
		{&p.Color, in.Color},
		{&p.LogoURL, in.LogoURL},
		{&p.Status, in.Status},
		{&p.OfficerFirstName, in.OfficerFirstName},
		{&p.OfficerLastName, in.OfficerLastName},
		{&p.OfficerEmail, in.OfficerEmail},
	} {
		if field.from != nil {
			*field.to = *field.from
		}
	}
	return p
}

// profilePlaced points an error about a profile at the member of this wire.
func profilePlaced(err error) error {
	return httpx.Placed(err, map[string]string{
		"/profile/legalName": "/legal_name", "/profile/tradingName": "/trading_name",
		"/profile/companyNumber": "/company_number", "/profile/leiNumber": "/lei_number",
		"/profile/businessAddress": "/business_address", "/profile/companyUrl": "/company_url", "/profile/color": "/color",
		"/profile/logoUrl": "/logo_url", "/profile/status": "/status_in_tenant",
		"/profile/officerFirstName": "/authorised_officer_first_name",
		"/profile/officerLastName":  "/authorised_officer_last_name",
		"/profile/officerEmail":     "/authorised_officer_email",
		"/slug":                     "/name",
	})
}
