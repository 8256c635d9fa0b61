package meeco

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// dids are the routes of the DID service.
func (d *Door) dids() []line {
	return []line{
		{get, "/did-owner", "didOwnerControllerList", headerOptional, access.DIDRead, here, d.listDIDs},
		{post, "/did/create", "didControllerCreate", headerOptional, access.DIDManage, here, d.createDID},
		{post, "/did/deactivate", "didControllerDeactivate", headerOptional, access.DIDManage, here, d.deactivateDID},
		{post, "/did/update", "didControllerUpdate", headerOptional, access.DIDManage, here, d.updateDID},
		{get, "/did/{identifier}", "didControllerResolve", headerIgnored, access.DIDRead, here, d.resolveDID},
	}
}

func (d *Door) createDID(w http.ResponseWriter, r *http.Request, c call) error {
	var in registering
	if err := decode(r, mediumBody, &in); err != nil {
		return err
	}
	return d.register(w, r, c, identity.ToCreate, in, "")
}

func (d *Door) updateDID(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct {
		registering
		registered
		Operation []string `json:"didDocumentOperation"`
	}
	if err := decode(r, mediumBody, &in); err != nil {
		return err
	}
	set := len(in.Operation) == 1 && in.Operation[0] == "setDidDocument"
	switch {
	case in.DID == "":
		return httpx.Missing("/did")
	case !set && (len(in.Operation) > 0 || in.Job == ""):
		return vc.Errorf(vc.Unsupported, "document-operation-not-offered", "the one operation on documents is setDidDocument").At("/didDocumentOperation")
	}
	return d.register(w, r, c, identity.ToUpdate, in.registering, in.DID)
}

func (d *Door) deactivateDID(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct {
		registering
		registered
	}
	if err := decode(r, mediumBody, &in); err != nil {
		return err
	}
	if in.DID == "" {
		return httpx.Missing("/did")
	}
	return d.register(w, r, c, identity.ToDeactivate, in.registering, in.DID)
}

// ownedDID is an identity as its owner's list has it.
type ownedDID struct {
	ID        string      `json:"id"`
	Owner     string      `json:"ownerId"`
	DID       string      `json:"did"`
	Last      string      `json:"lastOperation"`
	CreatedBy string      `json:"createdById"`
	UpdatedBy string      `json:"lastUpdatedById"`
	CreatedAt httpx.Stamp `json:"createdAt"`
	UpdatedAt httpx.Stamp `json:"lastUpdatedAt"`
}

type ownedDIDs struct {
	Data  []ownedDID        `json:"data"`
	Meta  ownedMeta         `json:"meta"`
	Links map[string]string `json:"links"`
}

type ownedMeta struct {
	PerPage  int                 `json:"itemsPerPage"`
	Total    int                 `json:"totalItems"`
	Page     int                 `json:"currentPage"`
	Pages    int                 `json:"totalPages"`
	SortBy   []map[string]string `json:"sortBy"`
	SearchBy []string            `json:"searchBy"`
	Search   string              `json:"search"`
}

func (d *Door) listDIDs(w http.ResponseWriter, r *http.Request, c call) error {
	values := httpx.Query(r)
	limit, err := number(values, "limit", 2*perPage, maxPerPage)
	if err != nil {
		return err
	}
	page, err := number(values, "page", 1, maxPage)
	if err != nil {
		return err
	}
	query := vc.ListQuery{Page: vc.Page{Limit: limit, Offset: (page - 1) * limit}}
	identities, total, err := d.Identity.Page(r.Context(), c.scope, query)
	if err != nil {
		return err
	}
	pages := max(1, (total+limit-1)/limit)
	link := func(page int) string { return fmt.Sprintf("%s/did-owner?page=%d&limit=%d", d.URL, page, limit) }
	out := ownedDIDs{
		Data: make([]ownedDID, len(identities)),
		Meta: ownedMeta{
			PerPage: limit, Total: total, Page: page, Pages: pages,
			SortBy: []map[string]string{{"createdAt": "DESC"}}, SearchBy: []string{},
		},
		Links: map[string]string{"current": link(page), "first": link(1), "last": link(pages)},
	}
	if page < pages {
		out.Links["next"] = link(page + 1)
	}
	if page > 1 {
		out.Links["previous"] = link(page - 1)
	}
	for i, one := range identities {
		out.Data[i] = ownedOf(one)
	}
	return answer(w, http.StatusOK, out)
}

func ownedOf(i vc.Identity) ownedDID {
	owner, last := i.Scope.Organisation, "update"
	if owner == "" {
		owner = i.Scope.Tenant
	}
	switch {
	case !i.DeactivatedAt.IsZero():
		last = "delete"
	case i.Revision == 1:
		last = "create"
	}
	return ownedDID{
		ID: i.ID, Owner: owner, DID: i.DID, Last: last, CreatedBy: i.CreatedBy, UpdatedBy: i.UpdatedBy,
		CreatedAt: httpx.Stamp(i.CreatedAt), UpdatedAt: httpx.Stamp(i.UpdatedAt),
	}
}

// resolution is a DID resolution result, DID Resolution 0.3 §7.1, with what Meeco's model adds.
type resolution struct {
	Context  string             `json:"@context"`
	Document jsontext.Value     `json:"didDocument"`
	Metadata resolutionMetadata `json:"didResolutionMetadata"`
	Of       documentMetadata   `json:"didDocumentMetadata"`
}

type resolutionMetadata struct {
	ContentType string `json:"contentType"`
	Duration    int64  `json:"duration"` // milliseconds
	DID         struct {
		Text   string `json:"didString"`
		Method string `json:"method"`
		ID     string `json:"methodSpecificId"`
	} `json:"did"`
}

type documentMetadata struct {
	Created   string `json:"created,omitempty"`
	Updated   string `json:"updated,omitempty"`
	VersionID string `json:"versionId,omitempty"`
}

func (d *Door) resolveDID(w http.ResponseWriter, r *http.Request, c call) error {
	contentType, alone, err := representation(r)
	if err != nil {
		return err
	}
	began := time.Now()
	text := httpx.PathDID(r, "identifier")
	found, _, err := d.Identity.Resolve(r.Context(), c.scope, text)
	switch {
	case err != nil:
		return notResolved(err)
	case found.Metadata.Deactivated:
		return vc.Errorf(vc.NotFound, "did-deactivated", "the DID is deactivated")
	case alone:
		httpx.EncodeAs(w, http.StatusOK, contentType, jsontext.Value(found.Document))
		return nil
	}
	out := resolution{Context: "https://w3id.org/did-resolution/v1", Document: found.Document}
	out.Metadata.ContentType, out.Metadata.Duration = found.ContentType, time.Since(began).Milliseconds()
	if parsed, err := diddoc.ParseDID(text); err == nil {
		out.Metadata.DID.Text, out.Metadata.DID.Method, out.Metadata.DID.ID = text, parsed.Method, parsed.ID
	}
	out.Of = documentMetadata{dated(found.Metadata.Created), dated(found.Metadata.Updated), found.Metadata.VersionID}
	httpx.EncodeAs(w, http.StatusOK, contentType, out)
	return nil
}

// dated is a time as DID Core §7.1.3 has it: no fractions.
func dated(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02T15:04:05Z")
}

// notResolved gives an error of DID Resolution a code of this door.
func notResolved(err error) error {
	e, ok := errors.AsType[*vc.Error](err)
	if !ok {
		return err
	}
	switch e.Kind {
	case vc.Invalid:
		return vc.Errorf(vc.Invalid, "did-invalid", "%s", e.Message).Because(err)
	case vc.NotFound:
		return vc.Errorf(vc.NotFound, "did-not-found", "%s", e.Message).Because(err)
	case vc.Unsupported:
		return vc.Errorf(vc.Unsupported, "did-method-not-supported", "%s", e.Message).Because(err)
	case vc.Unavailable: // where the DID is kept, not here
		return vc.Errorf(vc.Invalid, "did-not-resolved", "%s", e.Message).Because(err)
	}
	return err
}

const resolutionProfile = "https://w3id.org/did-resolution"

// representation is what the caller accepts: the result of the resolution, or the document alone.
func representation(r *http.Request) (contentType string, alone bool, err error) {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if strings.TrimSpace(accept) == "" {
		accept = "*/*"
	}
	for part := range strings.SplitSeq(accept, ",") {
		media, params, err := mime.ParseMediaType(part)
		if err != nil {
			continue
		}
		switch media {
		case "*/*", "application/*", "application/json":
			return "application/json", false, nil
		case "application/did-resolution":
			return media, false, nil
		case "application/ld+json":
			if params["profile"] == resolutionProfile {
				return media + `;profile="` + resolutionProfile + `"`, false, nil
			}
		case "application/did+json", "application/did+ld+json":
			return media, true, nil
		}
	}
	return "", false, vc.Errorf(vc.Unsupported, "representation-not-supported", "DIDs and their documents are JSON here")
}
