package meeco

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// types are the routes of credential types.
func (d *Door) types() []line {
	return []line{
		{post, "/credential_types", "credentialTypesControllerCreate", headerRequired, access.TypeManage, atTenant, d.createType},
		{get, "/credential_types", "credentialTypesControllerFindAll", headerOptional, access.CatalogRead, here, d.listTypes},
		{get, "/credential_types/{id}", "credentialTypesControllerFindOne", headerRequired, access.CatalogRead, byItself, d.getType},
		{put, "/credential_types/{id}", "credentialTypesControllerUpdate", headerRequired, access.TypeManage, byItself, d.updateType},
		{post, "/credential_types/{id}/archive", "credentialTypesControllerRemove", headerRequired, access.TypeManage, byItself, d.archiveType},
		{post, "/credential_types/{id}/restore", "credentialTypesControllerRestore", headerRequired, access.TypeManage, byItself, d.restoreType},
	}
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
		return httpx.Missing("/credential_type")
	case in.Type.Name == nil:
		return httpx.Missing("/credential_type/name")
	case in.Type.Schema == nil:
		return httpx.Missing("/credential_type/schema_id")
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
		return httpx.Placed(err, typePlaces(in.Type.Types))
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
		return httpx.Missing("/credential_type")
	case in.Type.Name == nil:
		return httpx.Missing("/credential_type/name")
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
		return httpx.Placed(err, typePlaces(in.Type.Types))
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

// truth reads a parameter that is true or false; nil when it is not there.
func truth(r *http.Request, name string) (*bool, error) {
	given := httpx.Query(r).Get(name)
	if given == "" {
		return nil, nil
	}
	is := given == "true"
	if !is && given != "false" {
		return nil, badParameter(name, "must be true or false")
	}
	return &is, nil
}
