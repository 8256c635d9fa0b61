// Package public is the door for everyone: what a published credential, schema or DID points at.
//
//	GET /status/{id}                              the status list credential
//	GET /schemas/{id}/{version}/schema.json       one immutable version of a schema
//	GET /schemas/{id}/{version}/claims.json       the part of it that its author wrote
//	GET /contexts/{id}/{version}/context.jsonld   the JSON-LD context derived from it
//	GET /.well-known/did.json, /{path...}/did.json  did:web documents, by host
//
// Nobody is asked who they are, scripts of any origin may read, and every answer has an ETag.
package public

import (
	"context"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
)

// StatusLists publishes status lists: the issuer desk.
type StatusLists interface {
	StatusListCredential(ctx context.Context, list, accept string) (issuer.Published, error)
}

// Schemas gives a version of any schema, and the context derived from it, by the schema's id: the catalog.
type Schemas interface {
	PublicSchema(ctx context.Context, id string, version int) (vc.SchemaVersion, error)
}

// WebDocuments finds a did:web document by host and path of the request: the identity service.
type WebDocuments interface {
	WebDocument(ctx context.Context, host, path string) ([]byte, error)
}

// Door serves what is public.
type Door struct {
	Lists     StatusLists
	Schemas   Schemas
	Documents WebDocuments
	Log       *slog.Logger // faults of ours; nil: none
}

// How long caches may keep what this door serves. A schema version never changes; a DID document does when a key
// is compromised, and then minutes count.
const (
	immutable   = 365 * 24 * time.Hour
	didDocument = time.Minute
)

// webDocument is the pattern of did:web documents below the root; [http.ServeMux] cannot write it as it is.
const webDocument = "/{path...}"

// Routes is the door's table. Patterns are absolute.
func (d *Door) Routes() []httpx.Route {
	get := func(pattern, operation string, handle func(http.ResponseWriter, *http.Request) error) httpx.Route {
		return httpx.Route{
			Method: http.MethodGet, Pattern: pattern, Operation: operation,
			Permission: httpx.Public, Handler: d.answer(handle),
		}
	}
	return []httpx.Route{
		get("/status/{id}", "getStatusList", d.statusList),
		get("/schemas/{id}/{version}/schema.json", "getPublicSchema", d.schema),
		get("/schemas/{id}/{version}/claims.json", "getPublicClaimsSchema", d.claims),
		get("/contexts/{id}/{version}/context.jsonld", "getPublicContext", d.context),
		get(webDocument, "getDidDocument", d.document),
	}
}

// Handler serves the routes. It answers every path, so it belongs at the root, behind every other door.
func (d *Door) Handler() http.Handler {
	mux := httpx.Mux{Fail: d.fail}
	var documents http.Handler
	for _, route := range d.Routes() {
		if route.Pattern == webDocument {
			documents = route.Handler
			continue
		}
		mux.Routes = append(mux.Routes, route)
	}
	rest := mux.Handler()
	return httpx.AnyOrigin(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		read := r.Method == http.MethodGet || r.Method == http.MethodHead
		if !read || !strings.HasSuffix(r.URL.Path, "/did.json") {
			rest.ServeHTTP(w, r)
			return
		}
		if rec := httpx.RecordOf(r.Context()); rec != nil {
			rec.Route = "/{path...}/did.json"
		}
		documents.ServeHTTP(w, r)
	}))
}

func (d *Door) statusList(w http.ResponseWriter, r *http.Request) error {
	list, err := d.Lists.StatusListCredential(r.Context(), r.PathValue("id"), r.Header.Get("Accept"))
	if err != nil {
		return err
	}
	w.Header().Add("Vary", "Accept")
	media := linked(list.MediaType, r.Header.Get("Accept"))
	httpx.ServeCached(w, r, list.Body, media, strings.Trim(list.ETag, `"`), list.MaxAge)
	return nil
}

// linked calls JSON-LD by the name that the reader asks for (RFC 9110 §12.5.1): application/vc is application/ld+json too
// (VCDM 2.0 §6.2) and application/json, and libraries that do not know it take it for no JSON.
func linked(media, accept string) string {
	if media != "application/vc" {
		return media
	}
	found := media
	for named := range httpx.MediaRanges(accept) {
		switch named {
		case media:
			return media
		case "application/ld+json":
			found = named
		case "application/json":
			if found == media {
				found = named
			}
		}
	}
	return found
}

func (d *Door) schema(w http.ResponseWriter, r *http.Request) error {
	version, err := d.version(r)
	if err != nil {
		return err
	}
	httpx.ServeCached(w, r, version.Document, "application/schema+json", tag(version.Digest), immutable)
	return nil
}

func (d *Door) claims(w http.ResponseWriter, r *http.Request) error {
	version, err := d.version(r)
	if err != nil {
		return err
	}
	claims, err := catalog.ClaimsSchema(version)
	if err != nil {
		return err
	}
	httpx.ServeCached(w, r, claims, "application/schema+json", sum(claims), immutable)
	return nil
}

func (d *Door) context(w http.ResponseWriter, r *http.Request) error {
	version, err := d.version(r)
	if err != nil {
		return err
	}
	httpx.ServeCached(w, r, version.Context, "application/ld+json", tag(version.ContextDigest), immutable)
	return nil
}

func (d *Door) version(r *http.Request) (vc.SchemaVersion, error) {
	text := r.PathValue("version")
	number, err := strconv.Atoi(text)
	if err != nil || number < 1 || strconv.Itoa(number) != text {
		return vc.SchemaVersion{}, vc.Errorf(vc.NotFound, "schema-not-found", "there is no such schema version")
	}
	return d.Schemas.PublicSchema(r.Context(), r.PathValue("id"), number)
}

func (d *Door) document(w http.ResponseWriter, r *http.Request) error {
	if !strings.HasSuffix(r.URL.Path, "/did.json") {
		return vc.Errorf(vc.NotFound, "no-route", "there is no such route")
	}
	document, err := d.Documents.WebDocument(r.Context(), r.Host, r.URL.Path)
	if err != nil {
		return err
	}
	httpx.ServeCached(w, r, document, "application/did+json", sum(document), didDocument)
	return nil
}
