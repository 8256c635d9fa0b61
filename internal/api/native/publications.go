package native

import (
	"net/http"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// publishing says where a type's schemas and status lists are published.
type publishing struct {
	Identity        string `json:"identity"`
	IntervalSeconds int64  `json:"intervalSeconds,omitzero"`
	FeeCeiling      string `json:"feeCeiling,omitempty"`
	Reference       string `json:"reference,omitempty"`
}

// The words of Reference: what credentials name.
const (
	referenceHTTPS  = "https"
	referenceDIDURL = "did-url"
)

func (p *publishing) check() error {
	switch {
	case p == nil:
		return nil
	case p.Identity == "":
		return vc.Errorf(vc.Invalid, "missing", "the identity is needed").At("/publish/identity")
	case p.IntervalSeconds < 0 || p.IntervalSeconds > maxSeconds:
		return vc.Errorf(vc.Invalid, "publish-interval", "an interval has at most 30 days").At("/publish/intervalSeconds")
	case p.Reference != "" && p.Reference != referenceHTTPS && p.Reference != referenceDIDURL:
		return vc.Errorf(vc.Invalid, "publish-reference", "credentials name what is published by https or did-url").At("/publish/reference")
	}
	return nil
}

func (p *publishing) noun() vc.Publishing {
	if p == nil {
		return vc.Publishing{}
	}
	return vc.Publishing{
		Identity: p.Identity, Interval: seconds(p.IntervalSeconds), Ceiling: p.FeeCeiling, Named: p.Reference == referenceDIDURL,
	}
}

func wirePublishing(p vc.Publishing) *publishing {
	if p.Identity == "" {
		return nil
	}
	out := &publishing{p.Identity, int64(p.Interval / time.Second), p.Ceiling, referenceHTTPS}
	if p.Named {
		out.Reference = referenceDIDURL
	}
	return out
}

type publicationWire struct {
	ID          string             `json:"id"`
	Kind        vc.PublicationKind `json:"kind"`
	Object      string             `json:"object"`
	Version     int                `json:"version,omitzero"`
	DID         string             `json:"did"`
	Name        string             `json:"resourceName"`
	Resource    string             `json:"resourceType"`
	State       string             `json:"state"`
	URL         string             `json:"url,omitempty"`
	PublishedAt time.Time          `json:"publishedAt,omitzero"`
	DueAt       time.Time          `json:"dueAt,omitzero"`
	Transaction string             `json:"transaction,omitempty"`
	Failures    int                `json:"failures,omitzero"`
	Code        string             `json:"code,omitempty"`
	Error       string             `json:"error,omitempty"`
}

func wirePublication(p vc.Publication) publicationWire {
	return publicationWire{
		ID: p.ID, Kind: p.Kind, Object: p.Object, Version: p.Version, DID: p.DID, Name: p.Name, Resource: p.Resource,
		State: p.State(), URL: p.URL, PublishedAt: p.PublishedAt, DueAt: p.DueAt, Transaction: p.Transaction, Failures: p.Failures,
		Code: p.Code, Error: p.Error,
	}
}

func (d *Door) listPublications(w http.ResponseWriter, r *http.Request, c call) error {
	values, err := params(r, "cursor", "limit")
	if err != nil {
		return err
	}
	p, err := page(values)
	if err != nil {
		return err
	}
	all, err := d.Issuer.Publications(r.Context(), c.scope, r.PathValue("id"), p)
	if err != nil {
		return err
	}
	list(w, vc.ListQuery{Page: p}, all, wirePublication, func(p vc.Publication) string { return p.ID })
	return nil
}

func (d *Door) retryPublication(w http.ResponseWriter, r *http.Request, c call) error {
	p, err := d.Issuer.RetryPublication(r.Context(), c.by, r.PathValue("id"), r.PathValue("publication"))
	return one(w, p, err, wirePublication)
}
