package meeco

import (
	"context"
	"net/http"
	"strings"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
)

// credentials are the routes of credentials.
func (d *Door) credentials() []line {
	return []line{
		{get, "/credentials", "credentialsControllerFindAll", headerRequired, access.CredentialRead, byItself, d.listCredentials},
		{post, "/credentials/generate", "credentialsControllerGenerate", headerRequired, access.CredentialIssue, byItself, d.generate},
		{post, "/credentials/issue", "issueCredential", headerRequired, access.CredentialIssue, byItself, d.issue},
		{post, "/credentials/status", "credentialStatusControllerUpdate", headerRequired, access.CredentialStatus, byItself, d.changeStatus},
		{post, "/credentials/verify", "credentialsControllerVerify", headerOptional, access.CredentialVerify, here, d.verifyCredential},
		{get, "/credentials/{id}", "credentialsControllerFindOne", headerRequired, access.CredentialRead, byItself, d.getCredential},
	}
}

type credentialModel struct {
	ID           string      `json:"id"`
	CredentialID string      `json:"credential_id"`
	Organisation string      `json:"organization_id"`
	Subject      string      `json:"subject"`
	Issuer       string      `json:"issuer"`
	TypeName     string      `json:"credential_type_name"`
	Type         string      `json:"credential_type_id"`
	Revocable    bool        `json:"revocable"`
	Status       string      `json:"status"`
	Format       string      `json:"format"`
	IssuedAt     httpx.Stamp `json:"issued_at"`
	ExpiresAt    httpx.Stamp `json:"expires_at"`
	CreatedAt    httpx.Stamp `json:"created_at"`
	UpdatedAt    httpx.Stamp `json:"updated_at"`
	Suspended    bool        `json:"suspended"`
}

type credentialAnswer struct {
	Credential credentialModel `json:"credential"`
}

type credentialsAnswer struct {
	Credentials []credentialModel `json:"credentials"`
	Meta        meta              `json:"meta"`
}

// A credential has two ids on this wire, its record's and its own; both are taken wherever one is.
const urn = "urn:uuid:"

func credentialURN(id string) string { return urn + id }

func recordID(either string) string { return strings.TrimPrefix(either, urn) }

func (d *Door) listCredentials(w http.ResponseWriter, r *http.Request, c call) error {
	query, err := listed(r, byCreation)
	if err != nil {
		return err
	}
	views, total, err := d.Issuer.Page(r.Context(), c.scope, issuer.Filter{
		CredentialQuery: vc.CredentialQuery{Page: query.Page, State: vc.Issued},
	})
	if err != nil {
		return err
	}
	out := credentialsAnswer{Credentials: make([]credentialModel, len(views)), Meta: query.meta(total)}
	names := map[string]string{}
	for i, view := range views {
		name, known := names[view.Credential.Type]
		if !known {
			if name, err = d.typeName(r.Context(), c.scope, view.Credential); err != nil {
				return err
			}
			names[view.Credential.Type] = name
		}
		out.Credentials[i] = modelOfCredential(view, name)
	}
	return answer(w, http.StatusOK, out)
}

func (d *Door) getCredential(w http.ResponseWriter, r *http.Request, c call) error {
	view, err := d.Issuer.Get(r.Context(), c.scope, recordID(r.PathValue("id")))
	if err == nil && view.Credential.State != vc.Issued { // what another door only prepared is no credential yet
		err = vc.Errorf(vc.NotFound, "credential-not-found", "there is no such credential")
	}
	if err != nil {
		return err
	}
	name, err := d.typeName(r.Context(), c.scope, view.Credential)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, credentialAnswer{modelOfCredential(view, name)})
}

// typeName is what a credential's type is called now.
func (d *Door) typeName(ctx context.Context, scope vc.Scope, credential vc.Credential) (string, error) {
	t, err := d.Catalog.Type(ctx, scope, credential.Type)
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return credential.TypeName, nil
	}
	return t.Name, err
}

func modelOfCredential(view issuer.View, typeName string) credentialModel {
	record := view.Credential
	out := credentialModel{
		ID: record.ID, CredentialID: credentialURN(record.ID), Organisation: record.Scope.Organisation, Issuer: record.Issuer,
		TypeName: typeName, Type: record.Type, Revocable: len(record.Entries) > 0, Status: "active",
		Format: wireFormat(record.Format), IssuedAt: httpx.Stamp(record.IssuedAt), ExpiresAt: httpx.Stamp(record.ValidUntil),
		CreatedAt: httpx.Stamp(record.CreatedAt), UpdatedAt: httpx.Stamp(record.CreatedAt), Suspended: record.Standing == vc.Suspended,
	}
	if len(view.Subjects) > 0 {
		out.Subject = view.Subjects[0]
	}
	if record.Standing == vc.Revoked {
		out.Status = "revoked"
	}
	if !record.ChangedAt.IsZero() {
		out.UpdatedAt = httpx.Stamp(record.ChangedAt)
	}
	return out
}

type statusUpdate struct {
	Credential *string `json:"credential_id"`
	Status     *struct {
		Purpose *string `json:"type"`
		Value   *string `json:"status"`
	} `json:"credential_status"`
}

func (d *Door) changeStatus(w http.ResponseWriter, r *http.Request, c call) error {
	var in statusUpdate
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	switch {
	case in.Credential == nil:
		return httpx.Missing("/credential_id")
	case in.Status == nil:
		return httpx.Missing("/credential_status")
	case in.Status.Purpose == nil:
		return httpx.Missing("/credential_status/type")
	case in.Status.Value == nil:
		return httpx.Missing("/credential_status/status")
	}
	purpose, known := map[string]vc.StatusPurpose{"revocation": vc.Revocation, "suspension": vc.Suspension}[*in.Status.Purpose]
	if !known {
		return vc.Errorf(vc.Invalid, "status-type", "a status is of type revocation or suspension").At("/credential_status/type")
	}
	value, known := map[string]int{"0": 0, "1": 1}[*in.Status.Value]
	if !known {
		return vc.Errorf(vc.Invalid, "status-value", `a status is "0" or "1"`).At("/credential_status/status")
	}
	_, err := d.Issuer.ChangeStatus(r.Context(), c.by, recordID(*in.Credential), issuer.Change{Purpose: purpose, Value: value})
	if err != nil {
		return httpx.Placed(err, map[string]string{"/value": "/credential_status/status"})
	}
	return empty(w)
}
