package empe

import (
	"net/http"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/api/empe/wire"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
)

// pocket is what the door keeps with an offering.
type pocket struct {
	Name string `json:"name"` // of its type, for people, as it was then
}

// offeringWire is what the two shapes of an offering have in common.
type offeringWire struct {
	ID               string         `json:"id"`
	CredentialIssuer string         `json:"credential_issuer"`
	Configurations   []string       `json:"credential_configuration_ids"`
	Display          display        `json:"display"`
	Grants           grants         `json:"grants"`
	Subject          jsontext.Value `json:"credential_subject"`
	Recipient        string         `json:"recipient,omitempty"`
	Limit            *int           `json:"redemption_limit"` // null: none
	ExpiresAt        httpx.Stamp    `json:"expires_at"`       // null: never
}

// shownOffering is an offering by itself.
type shownOffering struct {
	offeringWire
	CodeURL  string `json:"qr_code_url"`
	Offering string `json:"offering_id"`
	FullURL  string `json:"offering_full_url"`
}

// listedOffering is an offering in the list.
type listedOffering struct {
	offeringWire
	Redemptions []redemptionWire `json:"redemptions"`
}

type display struct {
	Locale string `json:"locale"`
	Name   string `json:"name"`
}

type grants struct {
	Code struct {
		State string `json:"issuer_state"`
	} `json:"authorization_code"`
}

type redemptionWire struct {
	ID         string      `json:"id"`
	Offering   string      `json:"offering_id"`
	Credential string      `json:"credential_id"`
	Recipient  string      `json:"recipient_did,omitempty"`
	RedeemedAt httpx.Stamp `json:"redeemed_at"`
	Made       madeWire    `json:"credential"`
}

type madeWire struct {
	ID            string         `json:"id"`
	Configuration string         `json:"configuration_id"`
	VC            jsontext.Value `json:"vc,omitzero"`
}

const locale = "en"

func offeringURL(c wire.Call, id string) string { return c.URL + "/api/v1/offering/" + id }

func offeringOf(c wire.Call, view issuer.OfferingView) (offeringWire, error) {
	o := view.Offering
	kept := pocket{}
	if o.Pocket != nil && o.Door == Name {
		if err := json.Unmarshal(o.Pocket, &kept); err != nil {
			return offeringWire{}, err
		}
	}
	if kept.Name == "" {
		kept.Name = o.TypeName
	}
	out := offeringWire{
		ID: o.ID, CredentialIssuer: c.URL, Configurations: []string{o.TypeName}, Display: display{locale, kept.Name},
		Subject: view.Claims, Recipient: view.Recipient, ExpiresAt: httpx.Stamp(o.ExpiresAt),
	}
	out.Grants.Code.State = o.State
	if out.Subject == nil {
		out.Subject = jsontext.Value("{}")
	}
	if o.Limit > 0 {
		out.Limit = &o.Limit
	}
	return out, nil
}

func (d *Door) answerOffering(w http.ResponseWriter, status int, c wire.Call, view issuer.OfferingView) error {
	common, err := offeringOf(c, view)
	if err != nil {
		return err
	}
	return wire.Answer(w, status, shownOffering{
		offeringWire: common, CodeURL: c.URL + "/api/v1/issuer-qrcode-data/" + common.ID, Offering: common.ID,
		FullURL: offeringURL(c, common.ID),
	})
}

func listedOfferingOf(c wire.Call, view issuer.OfferingView) (listedOffering, error) {
	common, err := offeringOf(c, view)
	if err != nil {
		return listedOffering{}, err
	}
	out := listedOffering{offeringWire: common, Redemptions: []redemptionWire{}}
	for _, one := range view.Redemptions {
		row, err := redemptionOf(view.Offering, one)
		if err != nil {
			return listedOffering{}, err
		}
		out.Redemptions = append(out.Redemptions, row)
	}
	return out, nil
}

func redemptionOf(o vc.Offering, view issuer.RedemptionView) (redemptionWire, error) {
	r := view.Redemption
	made, err := credentialOf(r.Credential, view.Secured)
	return redemptionWire{
		ID: r.ID, Offering: r.Offering, Credential: r.Credential, Recipient: view.Holder, RedeemedAt: httpx.Stamp(r.At),
		Made: madeWire{ID: made.ID, Configuration: o.TypeName, VC: made.VC},
	}, err
}
