package meeco

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strconv"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/vc"
)

// types are the routes of credential types.
func (d *Door) types() []line {
	return []line{
		{post, "/credential_types", "credentialTypesControllerCreate", headerRequired, access.TypeManage, atTenant, d.createType},
		{get, "/credential_types", "credentialTypesControllerFindAll", headerOptional, access.CatalogRead, here, d.listTypes},
		{get, "/credential_types/{id}", "credentialTypesControllerFindOne", headerRequired, access.CatalogRead, here, d.getType},
		{put, "/credential_types/{id}", "credentialTypesControllerUpdate", headerRequired, access.TypeManage, here, d.updateType},
		{post, "/credential_types/{id}/archive", "credentialTypesControllerRemove", headerRequired, access.TypeManage, here, d.archiveType},
		{post, "/credential_types/{id}/restore", "credentialTypesControllerRestore", headerRequired, access.TypeManage, here, d.restoreType},
	}
}

type newType struct {
	Name     *string         `json:"name"`
	Types    []string        `json:"type"`
	Schema   *string         `json:"schema_id"`
	Style    *newStyle       `json:"style"`
	External *externalIssuer `json:"external_issuer"`
}

type typeUpdate struct {
	Name     *string         `json:"name"`
	Types    []string        `json:"type"`
	Style    *newStyle       `json:"style"`
	External *externalIssuer `json:"external_issuer"`
}

type newStyle struct {
	TextColor  *string `json:"text-color"`
	Background *string `json:"background"`
	Image      string  `json:"image"`
}

// style is how a wallet may draw a credential.
type style struct {
	TextColor  string `json:"text-color"`
	Background string `json:"background"`
	Image      string `json:"image"`
}

type externalIssuer struct {
	URL         string `json:"url"`
	Enabled     bool   `json:"enabled"`
	Connections bool   `json:"meeco_connections_supported"`
}

type typeModel struct {
	ID           string         `json:"id"`
	Name         string         `json:"name"`
	Types        []string       `json:"type"`
	Organisation string         `json:"organization_id"`
	Schema       typeSchema     `json:"schema"`
	Style        style          `json:"style"`
	External     externalIssuer `json:"external_issuer"`
	CreatedAt    stamp          `json:"created_at"`
	Archived     bool           `json:"archived"`
	ArchivedAt   stamp          `json:"archived_at"`
}

type typeSchema struct {
	ID       string `json:"id"`
	URL      string `json:"schema_url"`
	Name     string `json:"name"`
	Archived bool   `json:"archived"`
	Version  string `json:"version"`
}

type typeOrganisation struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	Logo   string `json:"logo_url"`
	Tenant string `json:"tenant_id"`
}

type typeAnswer struct {
	Type typeModel `json:"credential_type"`
}

type typesAnswer struct {
	Types         []typeModel        `json:"credential_types"`
	Organisations []typeOrganisation `json:"organizations"`
	Meta          meta               `json:"meta"`
}

const verifiableCredential = "VerifiableCredential"

// typePlaces is where the catalog's members of a type stand on this wire. sent are the type names as they were sent, of
// which VerifiableCredential, that each type has, was left out.
func typePlaces(sent []string) map[string]string {
	places := map[string]string{
		"/name": "/credential_type/name", "/schema": "/credential_type/schema_id", "/schema/id": "/credential_type/schema_id",
		"/types": "/credential_type/type", "/look": "/credential_type/style", "/externalIssuer": "/credential_type/external_issuer",
	}
	kept := 0
	for i, name := range sent {
		if name == verifiableCredential {
			continue
		}
		places["/types/"+strconv.Itoa(kept)] = "/credential_type/type/" + strconv.Itoa(i)
		kept++
	}
	return places
}

func typeNames(sent []string) []string {
	return slices.DeleteFunc(slices.Clone(sent), func(name string) bool { return name == verifiableCredential })
}

func (s *newStyle) look(pointer string) (vc.Look, error) {
	switch {
	case s == nil:
		return vc.Look{}, missing(pointer)
	case s.TextColor == nil:
		return vc.Look{}, missing(pointer + "/text-color")
	case s.Background == nil:
		return vc.Look{}, missing(pointer + "/background")
	}
	return vc.Look{TextColor: *s.TextColor, Background: *s.Background, Image: s.Image}, nil
}

func (d *Door) createType(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct {
		Type *newType `json:"credential_type"`
	}
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	switch {
	case in.Type == nil:
		return missing("/credential_type")
	case in.Type.Name == nil:
		return missing("/credential_type/name")
	case in.Type.Schema == nil:
		return missing("/credential_type/schema_id")
	}
	look, err := in.Type.Style.look("/credential_type/style")
	if err != nil {
		return err
	}
	version, err := d.Catalog.Version(r.Context(), c.scope, *in.Type.Schema, 0)
	if err != nil {
		if vc.KindOf(err) == vc.NotFound {
			err = vc.Errorf(vc.Invalid, "schema-not-found", "there is no such schema").At("/credential_type/schema_id")
		}
		return err
	}
	t := d.typeOf(*in.Type.Name, typeNames(in.Type.Types), version)
	t.Look = look
	if in.Type.External != nil {
		t.External = vc.ExternalIssuer(*in.Type.External)
	}
	made, err := d.Catalog.CreateType(r.Context(), c.by, t)
	if err != nil {
		return placed(err, typePlaces(in.Type.Types))
	}
	return d.answerType(w, r, c, http.StatusCreated, made)
}

// typeOf is a type as this door makes them: as Meeco's credentials are, in each of Meeco's formats that the server has.
func (d *Door) typeOf(name string, types []string, version vc.SchemaVersion) vc.CredentialType {
	t := vc.CredentialType{
		Name: name, Types: types, Schema: version.Schema, SchemaVersion: version.Version,
		Subjects: vc.ResolveMust, Purposes: []vc.StatusPurpose{vc.Revocation, vc.Suspension},
	}
	if len(t.Types) == 0 {
		t.Types = []string{version.TypeName}
	}
	for _, format := range d.Catalog.Formats() {
		switch format {
		case formatJWT:
			t.Variants = slices.Insert(t.Variants, 0, vc.Variant{
				Name: wireFormat(format), Format: format, Model: vc.VCDM11, SchemaReference: "JsonSchemaValidator2018",
				Status: vc.StatusDialect{EntryType: "StatusList2021Entry", NumberIndex: true},
			})
		case formatSDJWT:
			t.Variants = append(t.Variants, vc.Variant{Name: wireFormat(format), Format: format})
		}
	}
	return t
}

func (d *Door) updateType(w http.ResponseWriter, r *http.Request, c call) error {
	var in struct {
		Type *typeUpdate `json:"credential_type"`
	}
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	switch {
	case in.Type == nil:
		return missing("/credential_type")
	case in.Type.Name == nil:
		return missing("/credential_type/name")
	}
	look, err := in.Type.Style.look("/credential_type/style")
	if err != nil {
		return err
	}
	changed, err := d.changeType(r.Context(), c, r.PathValue("id"), *in.Type, look)
	if e, ok := errors.AsType[*vc.Error](err); ok && e.Code == "stale" { // this wire has no revisions: the last one wins
		changed, err = d.changeType(r.Context(), c, r.PathValue("id"), *in.Type, look)
	}
	if err != nil {
		return placed(err, typePlaces(in.Type.Types))
	}
	return d.answerType(w, r, c, http.StatusOK, changed)
}

func (d *Door) changeType(ctx context.Context, c call, id string, in typeUpdate, look vc.Look) (vc.CredentialType, error) {
	t, err := d.Catalog.Type(ctx, c.scope, id)
	if err != nil {
		return t, err
	}
	t.Name, t.Look = *in.Name, look
	if names := typeNames(in.Types); len(names) > 0 {
		t.Types = names
	}
	if in.External != nil {
		t.External = vc.ExternalIssuer(*in.External)
	}
	return d.Catalog.UpdateType(ctx, c.by, t)
}

func (d *Door) getType(w http.ResponseWriter, r *http.Request, c call) error {
	t, err := d.Catalog.Type(r.Context(), c.scope, r.PathValue("id"))
	if err != nil {
		return err
	}
	return d.answerType(w, r, c, http.StatusOK, t)
}

func (d *Door) archiveType(w http.ResponseWriter, r *http.Request, c call) error {
	t, err := d.Catalog.ArchiveType(r.Context(), c.by, r.PathValue("id"))
	if err != nil {
		return err
	}
	return d.answerType(w, r, c, http.StatusOK, t)
}

func (d *Door) restoreType(w http.ResponseWriter, r *http.Request, c call) error {
	t, err := d.Catalog.RestoreType(r.Context(), c.by, r.PathValue("id"))
	if err != nil {
		return err
	}
	return d.answerType(w, r, c, http.StatusOK, t)
}

func (d *Door) answerType(w http.ResponseWriter, r *http.Request, c call, status int, t vc.CredentialType) error {
	schema, err := d.typeSchema(r.Context(), c.scope, t)
	if err != nil {
		return err
	}
	return answer(w, status, typeAnswer{modelOfType(t, schema)})
}

func (d *Door) listTypes(w http.ResponseWriter, r *http.Request, c call) error {
	query, err := listed(r, byCreation, byName)
	if err != nil {
		return err
	}
	if query.External, err = truth(r, "external_issuer_enabled"); err != nil {
		return err
	}
	types, total, err := d.Catalog.TypesPage(r.Context(), c.scope, query.ListQuery)
	if err != nil {
		return err
	}
	out := typesAnswer{Types: make([]typeModel, len(types)), Organisations: []typeOrganisation{}, Meta: query.meta(total)}
	for i, t := range types {
		schema, err := d.typeSchema(r.Context(), c.scope, t)
		if err != nil {
			return err
		}
		out.Types[i] = modelOfType(t, schema)
	}
	if out.Organisations, err = d.typeOrganisations(r.Context(), types); err != nil {
		return err
	}
	return answer(w, http.StatusOK, out)
}

// typeOrganisations gives the organisations that types are of, each once.
func (d *Door) typeOrganisations(ctx context.Context, types []vc.CredentialType) ([]typeOrganisation, error) {
	out, seen := []typeOrganisation{}, map[string]bool{}
	for _, t := range types {
		if id := t.Scope.Organisation; id == "" || seen[id] {
			continue
		}
		seen[t.Scope.Organisation] = true
		organisation, err := d.Access.OrganisationOf(ctx, t.Scope)
		if err != nil {
			return nil, err
		}
		out = append(out, typeOrganisation{
			ID: organisation.ID, Name: organisation.Name, Logo: organisation.Profile.LogoURL, Tenant: organisation.Tenant,
		})
	}
	return out, nil
}

// typeSchema shows the schema of a type. One that is no longer shared with the scope shows its id alone.
func (d *Door) typeSchema(ctx context.Context, scope vc.Scope, t vc.CredentialType) (typeSchema, error) {
	out := typeSchema{ID: t.Schema, Version: versionText(t.SchemaVersion)}
	schema, err := d.Catalog.Schema(ctx, scope, t.Schema)
	if err == nil {
		var version vc.SchemaVersion
		version, err = d.Catalog.Version(ctx, scope, t.Schema, t.SchemaVersion)
		out.Name, out.Archived, out.URL = schema.Name, !schema.ArchivedAt.IsZero(), version.URL
	}
	if err != nil && vc.KindOf(err) != vc.NotFound {
		return out, err
	}
	return out, nil
}

func modelOfType(t vc.CredentialType, schema typeSchema) typeModel {
	return typeModel{
		ID: t.ID, Name: t.Name, Types: append([]string{verifiableCredential}, t.Types...), Organisation: t.Scope.Organisation,
		Schema: schema, Style: style(t.Look), External: externalIssuer(t.External),
		CreatedAt: stamp(t.CreatedAt), Archived: !t.ArchivedAt.IsZero(), ArchivedAt: stamp(t.ArchivedAt),
	}
}

// truth reads a parameter that is true or false; nil when it is not there.
func truth(r *http.Request, name string) (*bool, error) {
	given := r.URL.Query().Get(name)
	if given == "" {
		return nil, nil
	}
	is := given == "true"
	if !is && given != "false" {
		return nil, badParameter(name, "must be true or false")
	}
	return &is, nil
}
