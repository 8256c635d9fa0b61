package acapy

import (
	"errors"
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/vc"
)

func (d *Door) credentials() []line {
	return []line{
		of(post, "/credentials/w3c", access.WalletUse, d.listHeld),
		of(get, "/credential/w3c/{credential_id}", access.WalletUse, d.getHeld),
		of(remove, "/credential/w3c/{credential_id}", access.WalletUse, d.dropHeld),
		// Those of AnonCreds: there are none.
		of(get, "/credentials", access.WalletUse, func(*call) (any, error) { return listed[struct{}](nil), nil }),
		of(get, "/credential/{credential_id}", access.WalletUse, noCredential),
		of(remove, "/credential/{credential_id}", access.WalletUse, noCredential),
	}
}

func noCredential(c *call) (any, error) {
	return nil, refusal(http.StatusNotFound, "Credential %s not found in wallet %s.", c.path("credential_id"), c.tenant.Name)
}

// heldFilter asks for credentials of the wallet.
type heldFilter struct {
	Contexts []string          `json:"contexts"`
	Types    []string          `json:"types"`
	Issuer   string            `json:"issuer_id"`
	Subjects []string          `json:"subject_ids"`
	Schemas  []string          `json:"schema_ids"`
	Given    string            `json:"given_id"`
	Proofs   []string          `json:"proof_types"`
	Tags     map[string]string `json:"tag_query"`
	Most     int               `json:"max_results"`
}

func (d *Door) listHeld(c *call) (any, error) {
	var in heldFilter
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if len(in.Tags) > 0 { // no credential here has any
		return listed[vcRecord](nil), nil
	}
	views, err := d.tagged(c, vc.HeldQuery{Issuer: in.Issuer}, vc.HeldTags{
		Given: in.Given, Contexts: in.Contexts, Expanded: in.Types, Schemas: in.Schemas, Proofs: in.Proofs,
	}, in.Subjects, in.Most)
	if err != nil {
		return nil, err
	}
	records := make([]vcRecord, len(views))
	for i, v := range views {
		records[i] = credential(v)
	}
	return listed(records), nil
}

// tagged lists the wallet, the oldest first; most 0: all.
func (d *Door) tagged(c *call, q vc.HeldQuery, tags vc.HeldTags, subjects []string, most int) ([]holder.HeldView, error) {
	q.Page.Ascending = true
	var all []holder.HeldView
	for most <= 0 || len(all) < most {
		q.Page.Limit, q.Page.Offset = slice, len(all)
		if most > 0 {
			q.Page.Limit = min(slice, most-len(all))
		}
		part, err := d.Holder.HeldTagged(c.ctx(), c.scope, q, tags, subjects)
		if err != nil {
			return nil, err
		}
		if all = append(all, part...); len(part) < q.Page.Limit {
			break
		}
	}
	return all, nil
}

// held finds a credential by the name that its holder gave it, or by what it is called without one.
func (d *Door) held(c *call, text string) (holder.HeldView, error) {
	view, err := d.Holder.HeldByName(c.ctx(), c.scope, text)
	if vc.KindOf(err) == vc.NotFound {
		if id, ok := heldID(text); ok {
			view, err = d.Holder.HeldByName(c.ctx(), c.scope, id)
		}
	}
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return view, refusal(http.StatusNotFound, "Record not found: vc_cred/%s.", text)
	}
	return view, err
}

func (d *Door) getHeld(c *call) (any, error) {
	view, err := d.held(c, c.PathValue("credential_id"))
	if err != nil {
		return nil, err
	}
	return credential(view), nil
}

func (d *Door) dropHeld(c *call) (any, error) {
	view, err := d.held(c, c.PathValue("credential_id"))
	if err != nil {
		return nil, err
	}
	return done{}, d.Holder.Drop(c.ctx(), c.by, view.Held.ID)
}

// heldDocuments are the credentials of the wallet as they are.
func (d *Door) heldDocuments(c *call) (any, error) {
	views, err := d.tagged(c, vc.HeldQuery{}, vc.HeldTags{}, nil, 0)
	if err != nil {
		return nil, err
	}
	all := make([]jsontext.Value, len(views))
	for i, v := range views {
		all[i] = document(v.Secured)
	}
	return listed(all), nil
}

func (d *Door) heldDocument(c *call) (any, error) {
	view, err := d.held(c, c.PathValue("credential_id"))
	if own, ok := errors.AsType[*refused](err); ok {
		return nil, unready(own.reason)
	}
	if err != nil {
		return nil, err
	}
	return document(view.Secured), nil
}
