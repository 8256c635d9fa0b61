package meeco

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// publics are the routes of what anyone may read.
func (d *Door) publics() []line {
	return []line{
		{get, "/status_list/{id}", "statusListControllerFindOneJWT", headerIgnored, httpx.Public, here, d.statusList},
	}
}

// publishedSchema is the wrapper of the W3C CCG's Verifiable Credentials JSON Schemas, version 2.
type publishedSchema struct {
	ID       string         `json:"id"`
	Type     string         `json:"type"`
	Version  string         `json:"version"`
	Name     string         `json:"name"`
	Author   string         `json:"author"`
	Authored httpx.Stamp    `json:"authored"`
	Schema   jsontext.Value `json:"schema"`
}

const publishedSchemaType = "https://w3c-ccg.github.io/vc-json-schemas/schema/2.0/schema.json"

func (d *Door) publicSchema(w http.ResponseWriter, r *http.Request, _ call) error {
	number, ok := versionNumber(r.PathValue("version"))
	if !ok {
		return vc.Errorf(vc.NotFound, "schema-not-found", "there is no such schema version")
	}
	schema, version, err := d.Catalog.PublishedSchema(r.Context(), r.PathValue("id"), number)
	if err != nil {
		return err
	}
	claims, err := catalog.ClaimsSchema(version)
	if err != nil {
		return err
	}
	body, err := json.Marshal(publishedSchema{
		ID: schema.ID, Type: publishedSchemaType, Version: versionText(version.Version), Name: schema.Name,
		Author: schema.Scope.Tenant, Authored: httpx.Stamp(version.CreatedAt), Schema: claims,
	})
	if err != nil {
		return err
	}
	digest := sha256.Sum256(body)
	anyOrigin(w, r, func() { // the name in it may change, so it is asked for again
		httpx.ServeCached(w, r, body, "application/json", base64.RawURLEncoding.EncodeToString(digest[:15]), 0)
	})
	return nil
}

// statusList serves the same bytes as the URL that credentials name.
func (d *Door) statusList(w http.ResponseWriter, r *http.Request, _ call) error {
	list, err := d.Issuer.StatusListCredential(r.Context(), r.PathValue("id"), "")
	if err != nil {
		return err
	}
	anyOrigin(w, r, func() {
		httpx.ServeCached(w, r, list.Body, "text/plain; charset=utf-8", strings.Trim(list.ETag, `"`), list.MaxAge)
	})
	return nil
}

// anyOrigin lets scripts of any origin read what serve writes.
func anyOrigin(w http.ResponseWriter, r *http.Request, serve func()) {
	httpx.AnyOrigin(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { serve() })).ServeHTTP(w, r)
}
