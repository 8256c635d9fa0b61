package meeco

import (
	"context"
	"slices"
	"strconv"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

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
	CreatedAt    httpx.Stamp    `json:"created_at"`
	Archived     bool           `json:"archived"`
	ArchivedAt   httpx.Stamp    `json:"archived_at"`
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
		return vc.Look{}, httpx.Missing(pointer)
	case s.TextColor == nil:
		return vc.Look{}, httpx.Missing(pointer + "/text-color")
	case s.Background == nil:
		return vc.Look{}, httpx.Missing(pointer + "/background")
	}
	return vc.Look{TextColor: *s.TextColor, Background: *s.Background, Image: s.Image}, nil
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
		CreatedAt: httpx.Stamp(t.CreatedAt), Archived: !t.ArchivedAt.IsZero(), ArchivedAt: httpx.Stamp(t.ArchivedAt),
	}
}
