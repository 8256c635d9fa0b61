package verify

import (
	"net/http"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/api/empe/wire"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

// queryWire is a query that is kept. Domains are not in the answers of Empe's.
type queryWire struct {
	ID        string         `json:"id"`
	Body      jsontext.Value `json:"queryBody"`
	Domains   []string       `json:"issuerAllowedDomains,omitempty"`
	CreatedAt int64          `json:"createdAt"` // milliseconds
}

func wireQuery(d vc.PresentationDefinition) queryWire {
	return queryWire{ID: d.ID, Body: d.Query, Domains: d.Domains, CreatedAt: d.CreatedAt.UnixMilli()}
}

// queryPlaces are the desk's pointers in the body of a new query.
var queryPlaces = map[string]string{"/domains": "/issuerAllowedDomains"}

func (d *Door) createQuery(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	var in struct {
		Query   jsontext.Value `json:"query"`
		Domains []string       `json:"issuerAllowedDomains"`
	}
	if err := wire.Decode(r, wire.SmallBody, &in); err != nil {
		return err
	}
	if httpx.Absent(in.Query) {
		return httpx.Missing("/query")
	}
	made, err := d.Presentations.CreateDefinition(r.Context(), c.By, verifier.NewDefinition{Query: in.Query, Domains: in.Domains})
	if err != nil {
		return httpx.Placed(err, queryPlaces)
	}
	return wire.Answer(w, http.StatusCreated, wireQuery(made))
}

// Lists are of what is newest; definitions of other doors are looked through for queries as well.
const (
	maxListed = 1000
	maxPages  = 20
)

func (d *Door) listQueries(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	page, err := wire.Page(r, maxListed, maxListed)
	if err != nil {
		return err
	}
	out := []queryWire{}
	skip, q := page.Offset, vc.ListQuery{Page: vc.Page{Limit: maxListed}, Archived: new(false), Exact: true}
	for range maxPages {
		definitions, _, err := d.Presentations.Definitions(r.Context(), c.Scope, q)
		if err != nil {
			return err
		}
		for _, definition := range definitions {
			switch {
			case definition.Query == nil || len(out) == page.Limit:
			case skip > 0:
				skip--
			default:
				out = append(out, wireQuery(definition))
			}
		}
		if len(definitions) < maxListed || len(out) == page.Limit {
			break
		}
		q.Page.After = definitions[len(definitions)-1].ID
	}
	return wire.Answer(w, http.StatusOK, out)
}

func (d *Door) getQuery(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	definition, err := d.query(r, c, "id")
	if err != nil {
		return err
	}
	return wire.Answer(w, http.StatusOK, wireQuery(definition))
}

// deleteQuery archives: requests that were made of a query go on.
func (d *Door) deleteQuery(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	definition, err := d.query(r, c, "id")
	if err != nil {
		return err
	}
	if _, err := d.Presentations.ArchiveDefinition(r.Context(), c.By, definition.ID); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// query gives the office's query that the path names.
func (d *Door) query(r *http.Request, c wire.Call, name string) (vc.PresentationDefinition, error) {
	unknown := vc.Errorf(vc.NotFound, "vp-query-not-found", "there is no such VP query")
	definition, err := d.Presentations.Definition(r.Context(), c.Scope, r.PathValue(name))
	switch {
	case vc.KindOf(err) == vc.NotFound && err != nil:
		return definition, unknown.Because(err)
	case err != nil:
		return definition, err
	case definition.Query == nil, definition.Scope != c.Scope, !definition.ArchivedAt.IsZero():
		return definition, unknown
	}
	return definition, nil
}
