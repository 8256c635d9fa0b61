package empe

import (
	"net/http"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/api/empe/wire"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
)

// offerings are the routes of offerings, with the names they had before 1.0.0-rc2. Withdrawing one is ours.
func (d *Door) offerings() []wire.Line {
	at := func(path, old string) []wire.Line {
		list := secret(get, path, "GetOfferings"+old, d.listOfferings, may(access.CredentialRead), 200, 400, 401, 403)
		list.Auth = wire.SecretIfSent
		return []wire.Line{
			list,
			secret(post, path, "CreateOffering"+old, d.createOffering, may(access.CredentialIssue), 201, 400, 401, 403, 404),
			anyone(get, path+"/{id}", "GetOffering"+old, d.getOffering, 200, 404),
		}
	}
	claim := func(path, operation string) wire.Line {
		line := bearer(post, path, operation, d.claim, nil, 200, 401, 403, 404)
		line.Auth = wire.Holder
		return line
	}
	return slices.Concat(at("/api/v1/offerings", ""), at("/api/v1/offering", "Old"), []wire.Line{
		secret(remove, "/api/v1/offerings/{id}", "WithdrawOffering", d.withdrawOffering, may(access.CredentialIssue), 204, 401, 403, 404),
		claim("/api/v1/offerings/{id}/claim", "ClaimOffering"),
		claim("/api/v1/issue-credential/{id}", "ClaimOfferingOld"),
		anyone(get, "/api/v1/issuer-qrcode-data/{id}", "GetQrCodeData", d.code, 200, 400, 404),
	})
}

type newOffering struct {
	CredentialType    string         `json:"credential_type"`
	CredentialSubject jsontext.Value `json:"credential_subject"`
	Recipient         *string        `json:"recipient,omitzero"`
	RedemptionLimit   *float64       `json:"redemption_limit,omitzero"`
	ExpiresAt         jsontext.Value `json:"expires_at,omitzero"`
}

// order is the offering that is asked for, but for its type.
func (n newOffering) order() (issuer.NewOffering, error) {
	none := issuer.NewOffering{}
	if n.CredentialType == "" {
		return none, httpx.Missing("/credential_type")
	}
	if err := subject(n.CredentialSubject); err != nil {
		return none, err
	}
	out := issuer.NewOffering{Claims: n.CredentialSubject}
	if n.Recipient != nil {
		// A recipient that was forgotten must not make an offering for whoever comes.
		if out.Recipient = *n.Recipient; out.Recipient == "" {
			return none, vc.Errorf(vc.Invalid, "recipient-not-a-did", "a recipient is a DID").At("/recipient")
		}
	}
	var err error
	if out.Limit, err = wire.Whole(n.RedemptionLimit, 1, 1<<31-1, "/redemption_limit"); err != nil {
		return none, err
	}
	out.ExpiresAt, err = httpx.Instant(n.ExpiresAt, "/expires_at")
	return out, err
}

func (d *Door) createOffering(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	var body newOffering
	if err := wire.Decode(r, wire.LargeBody, &body); err != nil {
		return err
	}
	order, err := body.order()
	if err != nil {
		return err
	}
	how, err := how(r, "empe.offerings", body)
	if err != nil {
		return err
	}
	kind, identity, err := d.issues(r.Context(), c.Scope, body.CredentialType, "/credential_type")
	if err != nil {
		return err
	}
	order.Type, order.Issuer = kind.ID, identity.ID
	if order.Pocket, err = json.Marshal(pocket{Name: kind.Name}); err != nil {
		return err
	}
	view, err := d.Issuer.CreateOffering(r.Context(), c.By, order, how)
	if err != nil {
		return httpx.Placed(err, placesOf("/credential_type"))
	}
	return d.answerOffering(w, http.StatusCreated, c, view)
}

func offeringNotFound() error {
	return vc.Errorf(vc.NotFound, "offering-not-found", "there is no such offering")
}

// offering is the one that the path names.
func (d *Door) offering(r *http.Request, c wire.Call) (issuer.OfferingView, error) {
	id, err := wire.ID(r, "id", offeringNotFound())
	if err != nil {
		return issuer.OfferingView{}, err
	}
	return d.Issuer.PublicOffering(r.Context(), c.Scope, id)
}

func (d *Door) getOffering(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	view, err := d.offering(r, c)
	if err != nil {
		return err
	}
	return d.answerOffering(w, http.StatusOK, c, view)
}

// listOfferings shows a back end everything, and whoever comes what is for whoever comes, without its claims.
func (d *Door) listOfferings(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	page, err := wire.Page(r, maxListed, maxListed)
	if err != nil {
		return err
	}
	known := c.Who.ID != ""
	q := vc.OfferingQuery{Page: page}
	if !known {
		q.Open, q.Claimable = true, d.now()
	}
	views, err := d.Issuer.Offerings(r.Context(), c.Scope, q, known)
	if err != nil {
		return err
	}
	out := make([]listedOffering, 0, len(views))
	for _, view := range views {
		if !view.Offering.WithdrawnAt.IsZero() {
			continue
		}
		one, err := listedOfferingOf(c, view)
		if err != nil {
			return err
		}
		out = append(out, one)
	}
	return wire.Answer(w, http.StatusOK, out)
}

func (d *Door) withdrawOffering(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	view, err := d.offering(r, c) // one that is withdrawn is not there
	if err != nil {
		return err
	}
	if err := d.Issuer.WithdrawOffering(r.Context(), c.By, view.Offering.ID); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// claim gives a holder what it is offered: once for each login, however often it asks.
func (d *Door) claim(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	id, err := wire.ID(r, "id", offeringNotFound())
	if err != nil {
		return err
	}
	identity, err := d.issuer(r.Context(), c.Scope)
	if err != nil {
		return err
	}
	received, err := d.Issuer.Claim(r.Context(), c.By, id, c.Who.DID, issuer.How{
		Key: c.Who.ID, Operation: "empe.claims", Issuer: identity.ID,
	})
	if err != nil {
		return httpx.Placed(err, placesOf(""))
	}
	return answerCredential(w, http.StatusOK, received.Result.Credential.ID, received.Result.Secured)
}

// codeWire is what the QR code of an offering encodes; the order of its members is fixed.
type codeWire struct {
	Type             string `json:"type"`
	OfferingID       string `json:"offering_id"`
	OfferingFullURL  string `json:"offering_full_url"`
	CredentialIssuer string `json:"credential_issuer"`
}

func (d *Door) code(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	view, err := d.offering(r, c)
	if err != nil {
		return err
	}
	id := view.Offering.ID
	text, err := json.Marshal(codeWire{
		Type: "credential_offering", OfferingID: id, OfferingFullURL: offeringURL(c, id), CredentialIssuer: c.URL,
	})
	if err != nil {
		return err
	}
	return wire.AnswerCode(w, r, text)
}
