package meeco

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

// definitions are the routes of presentation definitions.
func (d *Door) definitions() []line {
	return []line{
		{post, "/presentation_definitions", "presentationDefinitionsControllerCreate", headerRequired, access.PresentationManage, byItself, d.createDefinition},
		{get, "/presentation_definitions", "presentationDefinitionsControllerFindAll", headerRequired, access.PresentationRead, byItself, d.listDefinitions},
		{get, "/presentation_definitions/{id}", "presentationDefinitionsControllerFindOne", headerRequired, access.PresentationRead, byItself, d.getDefinition},
		{post, "/presentation_definitions/{id}/archive", "presentationDefinitionsControllerArchive", headerRequired, access.PresentationManage, byItself, d.archiveDefinition},
		{get, definitionsPath + "{id}" + definitionSuffix, "presentationDefinitionsControllerFindOneJson", headerIgnored, httpx.Public, here, d.publicDefinition},
		{post, "/presentation_definitions/{id}/restore", "presentationDefinitionsControllerRestore", headerRequired, access.PresentationManage, byItself, d.restoreDefinition},
	}
}

const (
	definitionsPath  = "/presentation_definitions/"
	definitionSuffix = "/definition.json"
)

// DefinitionIn tells which presentation definition a URL leads to; base is the door's public URL.
func DefinitionIn(base string) func(url string) (id string, ok bool) {
	return between(base+definitionsPath, definitionSuffix)
}

// between gives the one segment that stands between two parts of a URL.
func between(before, after string) func(url string) (segment string, ok bool) {
	return func(url string) (string, bool) {
		rest, begins := strings.CutPrefix(url, before)
		segment, ends := strings.CutSuffix(rest, after)
		return segment, begins && ends && segment != "" && !strings.Contains(segment, "/")
	}
}

type newDefinition struct {
	Name     *string              `json:"name"`
	Purpose  *string              `json:"purpose"`
	Format   jsontext.Value       `json:"format"`
	Required []requiredCredential `json:"required_credentials"`
}

type requiredCredential struct {
	Name        string         `json:"name"`
	Purpose     string         `json:"purpose"`
	Schema      string         `json:"schema_id"`
	Constraints jsontext.Value `json:"constraints"`
}

type definitionModel struct {
	ID           string             `json:"id"`
	Name         string             `json:"name"`
	Purpose      string             `json:"purpose"`
	Organisation string             `json:"organization_id"`
	IsArchived   bool               `json:"is_archived"`
	CreatedAt    httpx.Stamp        `json:"created_at"`
	UpdatedAt    httpx.Stamp        `json:"updated_at"`
	Schemas      []definitionSchema `json:"presentation_definition_to_schema"`
	Archived     bool               `json:"archived"`
	ArchivedAt   httpx.Stamp        `json:"archived_at"`
	Format       jsontext.Value     `json:"format"`
}

type definitionSchema struct {
	ID          string         `json:"id"`
	Schema      string         `json:"schema_id"`
	Name        string         `json:"schema_name"`
	Version     string         `json:"schema_version"`
	Archived    bool           `json:"archived"`
	Constraints jsontext.Value `json:"constraints"`
}

type definitionAnswer struct {
	Definition definitionModel `json:"presentation_definition"`
}

type definitionsAnswer struct {
	Definitions []definitionModel `json:"presentation_definitions"`
	Meta        meta              `json:"meta"`
}

type publishedDefinition struct {
	Definition jsontext.Value `json:"presentation_definition"`
}

// definitionPlaces is where the members of a definition stand on this wire.
var definitionPlaces = map[string]string{
	"/name": "/presentation_definition/name", "/format": "/presentation_definition/format",
	"/wanted": "/presentation_definition/required_credentials",
}

func (d *Door) createDefinition(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct {
		Definition *newDefinition `json:"presentation_definition"`
	}
	if err := decode(r, mediumBody, &in); err != nil {
		return err
	}
	asked := in.Definition
	switch {
	case asked == nil:
		return httpx.Missing("/presentation_definition")
	case asked.Name == nil:
		return httpx.Missing("/presentation_definition/name")
	case asked.Purpose == nil:
		return httpx.Missing("/presentation_definition/purpose")
	case asked.Required == nil:
		return httpx.Missing("/presentation_definition/required_credentials")
	}
	n := verifier.NewDefinition{Name: *asked.Name, Purpose: *asked.Purpose}
	if !httpx.Absent(asked.Format) {
		n.Format = asked.Format
	}
	for _, one := range asked.Required {
		wanted := vc.WantedCredential{Name: one.Name, Purpose: one.Purpose, Schema: one.Schema}
		if !httpx.Absent(one.Constraints) {
			wanted.Constraints = one.Constraints
		}
		n.Wanted = append(n.Wanted, wanted)
	}
	made, err := d.Presentations.CreateDefinition(r.Context(), c.by, n)
	if err != nil {
		return placedSchema(err)
	}
	return d.answerDefinition(w, r, c, http.StatusCreated, made)
}

// placedSchema is placed for definitions: a wanted credential's schema is its schema_id here.
func placedSchema(err error) error {
	moved := httpx.Placed(err, definitionPlaces)
	if e, ok := asError(moved); ok && strings.HasPrefix(e.Code, "schema-") {
		return e.At(strings.TrimSuffix(e.Pointer, "/schema") + "/schema_id")
	}
	return moved
}

func (d *Door) getDefinition(w http.ResponseWriter, r *http.Request, c call) error {
	definition, err := d.Presentations.Definition(r.Context(), c.scope, r.PathValue("id"))
	if err != nil {
		return err
	}
	return d.answerDefinition(w, r, c, http.StatusOK, definition)
}

func (d *Door) archiveDefinition(w http.ResponseWriter, r *http.Request, c call) error {
	definition, err := d.Presentations.ArchiveDefinition(r.Context(), c.by, r.PathValue("id"))
	if err != nil {
		return err
	}
	return d.answerDefinition(w, r, c, http.StatusOK, definition)
}

func (d *Door) restoreDefinition(w http.ResponseWriter, r *http.Request, c call) error {
	definition, err := d.Presentations.RestoreDefinition(r.Context(), c.by, r.PathValue("id"))
	if err != nil {
		return err
	}
	return d.answerDefinition(w, r, c, http.StatusOK, definition)
}

func (d *Door) listDefinitions(w http.ResponseWriter, r *http.Request, c call) error {
	query, err := listed(r, byCreation, byName)
	if err != nil {
		return err
	}
	definitions, total, err := d.Presentations.Definitions(r.Context(), c.scope, query.ListQuery)
	if err != nil {
		return err
	}
	out := definitionsAnswer{Definitions: make([]definitionModel, len(definitions)), Meta: query.meta(total)}
	schemas := map[string]vc.Schema{}
	for i, definition := range definitions {
		if out.Definitions[i], err = d.modelOfDefinition(r.Context(), c.scope, definition, schemas); err != nil {
			return err
		}
	}
	return answer(w, http.StatusOK, out)
}

func (d *Door) answerDefinition(w http.ResponseWriter, r *http.Request, c call, status int, definition vc.PresentationDefinition) error {
	model, err := d.modelOfDefinition(r.Context(), c.scope, definition, map[string]vc.Schema{})
	if err != nil {
		return err
	}
	return answer(w, status, definitionAnswer{model})
}

// modelOfDefinition shows a definition; schemas are those that were read before. One that the scope no longer sees shows
// its id alone.
func (d *Door) modelOfDefinition(ctx context.Context, scope vc.Scope, definition vc.PresentationDefinition, schemas map[string]vc.Schema) (definitionModel, error) {
	out := definitionModel{
		ID: definition.ID, Name: definition.Name, Purpose: definition.Purpose, Organisation: definition.Scope.Organisation,
		CreatedAt: httpx.Stamp(definition.CreatedAt), UpdatedAt: httpx.Stamp(definition.UpdatedAt), Schemas: []definitionSchema{},
		IsArchived: !definition.ArchivedAt.IsZero(), Archived: !definition.ArchivedAt.IsZero(), ArchivedAt: httpx.Stamp(definition.ArchivedAt),
		Format: jsontext.Value("{}"),
	}
	if definition.Format != nil {
		out.Format = definition.Format
	}
	for _, wanted := range definition.Wanted {
		one := definitionSchema{ID: wanted.ID, Schema: wanted.Schema, Constraints: wanted.Constraints}
		if wanted.Schema != "" {
			schema, read := schemas[wanted.Schema]
			if !read {
				var err error
				if schema, err = d.Catalog.Schema(ctx, scope, wanted.Schema); err != nil && vc.KindOf(err) != vc.NotFound {
					return out, err
				}
				schemas[wanted.Schema] = schema
			}
			one.Name, one.Version, one.Archived = schema.Name, versionText(wanted.SchemaVersion), !schema.ArchivedAt.IsZero()
		}
		out.Schemas = append(out.Schemas, one)
	}
	return out, nil
}

// publicDefinition serves a definition's document, which never changes.
func (d *Door) publicDefinition(w http.ResponseWriter, r *http.Request, _ call) error {
	definition, err := d.Presentations.PublicDefinition(r.Context(), r.PathValue("id"))
	if err != nil {
		return err
	}
	body, err := json.Marshal(publishedDefinition{definition.Document})
	if err != nil {
		return err
	}
	digest := sha256.Sum256(body)
	anyOrigin(w, r, func() {
		httpx.ServeCached(w, r, body, "application/json", base64.RawURLEncoding.EncodeToString(digest[:15]), time.Hour)
	})
	return nil
}
