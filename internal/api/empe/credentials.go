package empe

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/api/empe/wire"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
)

// credentials are the routes of credentials; all but the first three are ours.
func (d *Door) credentials() []wire.Line {
	const one = "/api/v1/credentials/{id}"
	shown := bearer(get, one, "HandleRetrieveCredentialById", d.getCredential, may(access.CredentialRead), 200, 400, 401, 404)
	shown.Holders = true
	return []wire.Line{
		bearer(post, "/api/v1/credentials", "CreateStandaloneCredential", d.createCredential, may(access.CredentialIssue), 201, 400, 401, 403),
		shown,
		secret(post, one+"/revoke", "RevokeCredential", d.change(vc.Revocation, 1), may(access.CredentialStatus), 200, 400, 401, 403),
		secret(post, one+"/suspend", "SuspendCredential", d.change(vc.Suspension, 1), may(access.CredentialStatus), 200, 400, 401, 403),
		secret(post, one+"/reinstate", "ReinstateCredential", d.change(vc.Suspension, 0), may(access.CredentialStatus), 200, 400, 401, 403),
		secret(post, one+"/issue", "ApproveCredential", d.approve, may(access.CredentialIssue), 200, 400, 401, 403, 404, 409),
		secret(post, one+"/decline", "DeclineCredential", d.decline, may(access.CredentialIssue), 200, 400, 401, 403, 404, 409),
		secret(get, "/api/v1/credentials", "ListCredentials", d.listCredentials, may(access.CredentialRead), 200, 400, 401, 403),
		secret(remove, one, "EraseCredential", d.eraseCredential, may(access.CredentialErase), 204, 400, 401, 403, 404),
	}
}

// credentialWire has no vc while the credential waits to be issued.
type credentialWire struct {
	ID string         `json:"id"`
	VC jsontext.Value `json:"vc,omitzero"`
}

// credentialOf shows a credential. One with an embedded proof is JSON already; one of another format, of another door's
// making, stands as text.
func credentialOf(id string, secured []byte) (credentialWire, error) {
	out := credentialWire{ID: id}
	switch {
	case secured == nil:
	case secured[0] == '{':
		out.VC = secured
	default:
		text, err := jsontext.AppendQuote(nil, string(secured))
		if err != nil {
			return credentialWire{}, err
		}
		out.VC = text
	}
	return out, nil
}

func answerCredential(w http.ResponseWriter, status int, id string, secured []byte) error {
	out, err := credentialOf(id, secured)
	if err != nil {
		return err
	}
	return wire.AnswerSecret(w, status, out)
}

// typeName is what the page lets a type be called.
var typeName = regexp.MustCompile(`^[a-zA-Z0-9_]+$`)

type newCredential struct {
	Type              string         `json:"type"`
	CredentialSubject jsontext.Value `json:"credential_subject"`
}

func (n newCredential) check() error {
	switch {
	case n.Type == "":
		return httpx.Missing("/type")
	case !typeName.MatchString(n.Type):
		return vc.Errorf(vc.Invalid, "type-name-invalid", "a type has letters, digits and '_' only").At("/type")
	}
	return subject(n.CredentialSubject)
}

// subject refuses claims that are none.
func subject(claims jsontext.Value) error {
	switch {
	case httpx.Absent(claims):
		return httpx.Missing("/credential_subject")
	case claims.Kind() != '{':
		return vc.Errorf(vc.Invalid, httpx.CodeWrongType, "expected an object").At("/credential_subject")
	}
	return nil
}

// how is how an order is carried out that may come twice.
func how(r *http.Request, operation string, body any) (issuer.How, error) {
	how := issuer.How{Key: r.Header.Get("Idempotency-Key"), Operation: operation}
	if how.Key == "" {
		return how, nil
	}
	var err error
	how.Request, err = json.Marshal(body)
	return how, err
}

// at says where the member is that an error is about.
func at(err error, pointer string) error {
	if e, ok := errors.AsType[*vc.Error](err); ok && e.Pointer == "" {
		return e.At(pointer)
	}
	return err
}

// issues gives the type of that name, which stands at pointer, and who issues it.
func (d *Door) issues(ctx context.Context, scope vc.Scope, typeName, pointer string) (vc.CredentialType, vc.Identity, error) {
	kind, err := d.Catalog.TypeOfLine(ctx, scope, typeName)
	if err != nil {
		return kind, vc.Identity{}, at(err, pointer)
	}
	identity, err := d.issuer(ctx, scope)
	return kind, identity, err
}

// placesOf says where the members of an order come from.
func placesOf(typeMember string) map[string]string {
	return map[string]string{
		"/type": typeMember, "/claims": "/credential_subject", "/issuer": "",
		"/limit": "/redemption_limit", "/expiresAt": "/expires_at",
	}
}

func (d *Door) createCredential(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	var body newCredential
	if err := wire.Decode(r, wire.LargeBody, &body); err != nil {
		return err
	}
	if err := body.check(); err != nil {
		return err
	}
	how, err := how(r, "empe.credentials", body)
	if err != nil {
		return err
	}
	kind, identity, err := d.issues(r.Context(), c.Scope, body.Type, "/type")
	if err != nil {
		return err
	}
	received, err := d.Issuer.Order(r.Context(), c.By, vc.Order{Type: kind.ID, Issuer: identity.ID, Claims: body.CredentialSubject}, how)
	if err != nil {
		return httpx.Placed(err, placesOf("/type"))
	}
	return answerCredential(w, http.StatusCreated, received.Result.Credential.ID, received.Result.Secured)
}

// credentialID is the id in the path; the page has 400 for one that cannot be.
func credentialID(r *http.Request) (string, error) {
	return wire.ID(r, "id", vc.Errorf(vc.Invalid, "credential-id", "a credential's id is a UUID"))
}

func (d *Door) getCredential(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	id, err := credentialID(r)
	if err != nil {
		return err
	}
	view, err := d.Issuer.Shown(r.Context(), c.Scope, issuer.Viewer{DID: c.Who.DID, Principal: c.Who.ID}, id)
	if err != nil {
		return err
	}
	return answerCredential(w, http.StatusOK, id, view.Secured)
}

// change gives the act that sets a status.
func (d *Door) change(purpose vc.StatusPurpose, value int) wire.Act {
	return func(w http.ResponseWriter, r *http.Request, c wire.Call) error {
		id, err := credentialID(r)
		if err != nil {
			return err
		}
		if _, err := d.Issuer.ChangeStatus(r.Context(), c.By, id, issuer.Change{Purpose: purpose, Value: value}); err != nil {
			return err
		}
		w.WriteHeader(http.StatusOK)
		return nil
	}
}

func (d *Door) approve(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	id, err := credentialID(r)
	if err != nil {
		return err
	}
	received, err := d.Issuer.Approve(r.Context(), c.By, id)
	if err != nil {
		return httpx.Placed(err, placesOf(""))
	}
	return answerCredential(w, http.StatusOK, id, received.Result.Secured)
}

func (d *Door) decline(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	id, err := credentialID(r)
	if err != nil {
		return err
	}
	if _, err := d.Issuer.Decline(r.Context(), c.By, id); err != nil {
		return err
	}
	return wire.Answer(w, http.StatusOK, credentialWire{ID: id})
}

func (d *Door) eraseCredential(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	id, err := credentialID(r)
	if err != nil {
		return err
	}
	if _, err := d.Issuer.Erase(r.Context(), c.By, id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// listedWire is a credential in the list: what it says is not told there.
type listedWire struct {
	ID       string      `json:"id"`
	Type     string      `json:"type"`
	Version  int         `json:"version"`
	Status   vc.Standing `json:"status"`
	IssuedAt httpx.Stamp `json:"issuedAt"`
	Offering string      `json:"offering_id,omitempty"`
}

func (d *Door) listCredentials(w http.ResponseWriter, r *http.Request, c wire.Call) error {
	filter, err := d.filter(r, c)
	if err != nil {
		return err
	}
	views, _, err := d.Issuer.Page(r.Context(), c.Scope, filter)
	if err != nil {
		return err
	}
	out := make([]listedWire, len(views))
	for i, view := range views {
		record := view.Credential
		out[i] = listedWire{
			ID: record.ID, Type: record.TypeName, Version: record.SchemaVersion, Status: standing(record.Standing),
			IssuedAt: httpx.Stamp(record.IssuedAt),
		}
		if record.Exchange == "" {
			continue
		}
		exchange, err := d.Issuer.Exchange(r.Context(), c.Scope, record.Exchange)
		if err != nil && vc.KindOf(err) != vc.NotFound { // an exchange that is not kept here
			return err
		}
		out[i].Offering = exchange.Offering
	}
	return wire.Answer(w, http.StatusOK, out)
}

func standing(s vc.Standing) vc.Standing {
	if s == "" {
		return vc.Active
	}
	return s
}

// filter reads what a list is asked for.
func (d *Door) filter(r *http.Request, c wire.Call) (filter issuer.Filter, err error) {
	query := httpx.Query(r)
	filter.Subject, filter.Recipient, filter.State = query.Get("subject"), query.Get("recipient"), vc.Issued
	if filter.Page, err = wire.Page(r, 50, 1000); err != nil {
		return filter, err
	}
	switch status := vc.Standing(query.Get("status")); status {
	case "", vc.Active, vc.Suspended, vc.Revoked:
		filter.Standing = status
	default:
		return filter, vc.Errorf(vc.Invalid, "parameter", "status is active, suspended or revoked")
	}
	for name, at := range map[string]*time.Time{"issuedFrom": &filter.IssuedFrom, "issuedTo": &filter.IssuedTo} {
		if *at, err = wire.Time(r, name); err != nil {
			return filter, err
		}
	}
	if name := query.Get("type"); name != "" {
		kind, err := d.Catalog.TypeOfLine(r.Context(), c.Scope, name)
		if err != nil {
			return filter, err
		}
		filter.Type = kind.ID
	}
	return filter, nil
}
