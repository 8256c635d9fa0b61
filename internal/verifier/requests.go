package verifier

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/pex"
)

// NewRequest asks for a presentation request: of a definition of the scope, of one that is given whole, or of none, when
// only who answers matters.
type NewRequest struct {
	Name         string
	DefinitionID string
	Definition   []byte // presentation definition, JSON
	Client       string // who asks; where it is a DID, it must resolve
	State        string // "": one is made
	ByState      bool   // it is found by its state as well: see [Desk.Watch]
	Nonce        string // the asker's own; "": one is made
	Once         bool
	Login        bool     // asks who is there: [Desk.Prove] answers it, once, and no credential is needed without a definition
	Domains      []string // origins, one of which every issuer must be linked to; nil: those of the definition
	Push         string   // URL that is told the result; "": nobody is
	ExpiresAt    time.Time

	Audience []string // what the aud of an answer may be, and
	Pocket   []byte   // the door's own, JSON: where Build is nil, or leaves them out

	// Build writes the request object of the door's protocol, once id, nonce, state and times are known. Unsigned,
	// Audience and Pocket are taken from what it gives. It may run more than once. nil: there is none.
	Build func(request vc.PresentationRequest, key ClientKey) (vc.PresentationRequest, error)
}

// CreateRequest makes a pending request of the caller's scope. Errors: Invalid "name-invalid" at /name, "expiry-past" at
// /expiresAt, "did-not-resolved" and "did-method-not-supported" at /client, "definition-not-found" at /definitionID,
// "definition-invalid" at /definition with what follows, "nonce-invalid" and "nonce-used" at /nonce, "state-invalid" and
// "state-used" at /state, "audience-missing" at /audience (a login that anyone's presentation would answer), "url-invalid" at
// /push, "origin-invalid" and "too-many" at /domains with what follows; Conflict "definition-archived" at /definitionID;
// Denied "not-a-verifier", of a login that an organisation asks for which neither issues nor verifies "not-allowed"; Unavailable
// "too-many-requests", of logins, which anyone may begin.
func (d *Desk) CreateRequest(ctx context.Context, by vc.Caller, n NewRequest) (vc.PresentationRequest, error) {
	none := vc.PresentationRequest{}
	if err := owned(by.Scope); err != nil {
		return none, err
	}
	request, err := d.begun(by, n)
	if err != nil {
		return none, err
	}
	usable := func(rows Rows) error {
		if err := mayAsk(rows, by.Scope, n.Login); err != nil {
			return err
		}
		return define(rows, &request)
	}
	if err := d.Rows.View(ctx, by.Scope, usable); err != nil {
		return none, err
	}
	key, err := d.clientKey(ctx, by.Scope, n.Client)
	if err != nil {
		return none, err
	}
	if n.Build != nil {
		built, err := n.Build(request, key)
		if err != nil {
			return none, err
		}
		request.Unsigned, request.Audience, request.Pocket = built.Unsigned, built.Audience, built.Pocket
	}
	if request.Login && len(request.Audience) == 0 {
		return none, vc.Errorf(vc.Invalid, "audience-missing", "a login is for somebody").At("/audience")
	}
	if request.Login && !d.logins.Take(by.Scope.Tenant+"/"+by.Scope.Organisation, d.now(), cmp.Or(d.Logins, maxLogins)) {
		return none, vc.Errorf(vc.Unavailable, httpx.CodeTooMany, "too many logins were begun here this hour")
	}
	err = d.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		if err := usable(rows); err != nil {
			return err
		}
		if err := rows.InsertPresentationRequest(request); err != nil {
			return taken(err, n)
		}
		if n.Login { // anyone may ask for one: the journal is not theirs to fill
			return nil
		}
		return rows.Append(happened(by, by.Scope, request.CreatedAt, "presentation.requested", "request", request.ID))
	})
	if err != nil {
		return none, err
	}
	return request, nil
}

// begun is a request before its door wrote its object.
func (d *Desk) begun(by vc.Caller, n NewRequest) (vc.PresentationRequest, error) {
	now := d.now()
	if n.Name == "" && n.Login {
		n.Name = "login"
	}
	name, err := label(n.Name, "/name")
	switch {
	case err != nil:
		return vc.PresentationRequest{}, err
	case !n.ExpiresAt.After(now):
		return vc.PresentationRequest{}, vc.Errorf(vc.Invalid, "expiry-past", "the request would be over before it is made").At("/expiresAt")
	}
	if n.Domains, err = d.origins(n.Domains); err != nil {
		return vc.PresentationRequest{}, err
	}
	for _, check := range []error{
		printable(n.State, "state"), printable(n.Nonce, "nonce"), d.reachable(n.Push, "/push"), readable(n.Definition),
	} {
		if check != nil {
			return vc.PresentationRequest{}, check
		}
	}
	if n.State == "" {
		n.State = unguessable()
	}
	if n.Nonce == "" {
		n.Nonce = unguessable()
	}
	return vc.PresentationRequest{
		ID: newID(), Scope: by.Scope, Door: by.Door, Name: name, DefinitionID: n.DefinitionID, Definition: n.Definition,
		Client: n.Client, Audience: n.Audience, Pocket: n.Pocket, Nonce: n.Nonce, State: n.State, ByState: n.ByState,
		Once: n.Once || n.Login, Login: n.Login, Domains: n.Domains, Push: n.Push, Status: vc.RequestPending, Revision: 1,
		ExpiresAt: n.ExpiresAt.UTC().Truncate(time.Second), CreatedAt: now, UpdatedAt: now,
	}, nil
}

// taken says what of a new request is there already. Whose it is, is nobody's business.
func taken(err error, n NewRequest) error {
	switch {
	case vc.KindOf(err) != vc.Conflict:
		return err
	case n.Nonce != "":
		return vc.Errorf(vc.Invalid, "nonce-used", "the nonce was used before").At("/nonce").Because(err)
	case n.ByState && n.State != "":
		return vc.Errorf(vc.Invalid, "state-used", "the state was used before").At("/state").Because(err)
	}
	return err
}

// printable refuses what does not travel in a URL, a header or a token as it is.
func printable(value, name string) error {
	if len(value) > maxNonce || strings.ContainsFunc(value, func(r rune) bool { return r < '!' || r > '~' }) {
		return vc.Errorf(vc.Invalid, name+"-invalid", "it has at most %d printable characters of ASCII without space", maxNonce).At("/" + name)
	}
	return nil
}

// readable says whether a definition that is given whole is one.
func readable(definition []byte) error {
	if definition == nil {
		return nil
	}
	_, err := pex.Parse(definition)
	if e, ok := errors.AsType[*pex.Error](err); ok {
		return vc.Errorf(vc.Invalid, "definition-invalid", "%s", e.Message).At("/definition" + e.Pointer)
	}
	return err
}

// unguessable is 128 random bits, base64url.
func unguessable() string {
	var bits [16]byte
	rand.Read(bits[:]) // never fails, and ends the program if it could
	return base64.RawURLEncoding.EncodeToString(bits[:])
}

// define puts the document of the definition that is named into a request: what is asked for does not change after.
func define(rows Rows, request *vc.PresentationRequest) error {
	if request.DefinitionID == "" {
		return nil
	}
	definition, err := rows.PresentationDefinition(request.DefinitionID)
	switch {
	case err != nil && vc.KindOf(err) != vc.NotFound:
		return err
	case err != nil || definition.Scope != request.Scope:
		return vc.Errorf(vc.Invalid, "definition-not-found", "there is no such definition").At("/definitionID")
	case !definition.ArchivedAt.IsZero():
		return vc.Errorf(vc.Conflict, "definition-archived", "the definition is archived").At("/definitionID")
	}
	request.Definition = definition.Document
	if request.Domains == nil {
		request.Domains = definition.Domains
	}
	return nil
}

// Request gives a request of the scope; NotFound "request-not-found".
func (d *Desk) Request(ctx context.Context, scope vc.Scope, id string) (request vc.PresentationRequest, err error) {
	err = d.Rows.View(ctx, scope, func(rows Rows) (err error) {
		request, err = rows.PresentationRequest(id)
		return there(err, "request")
	})
	return request, err
}

// Requests gives a page of the requests of a scope, and how many there are in all; both are of one moment.
func (d *Desk) Requests(ctx context.Context, scope vc.Scope, query vc.ListQuery) (requests []vc.PresentationRequest, total int, err error) {
	err = d.Rows.View(ctx, scope, func(rows Rows) (err error) {
		if requests, err = rows.PresentationRequests(query, ""); err == nil {
			total, err = rows.CountPresentationRequests(query, "")
		}
		return err
	})
	return requests, total, err
}

// PublicRequest gives a request to whoever knows its id; NotFound "request-not-found" also once it is archived.
func (d *Desk) PublicRequest(ctx context.Context, id string) (request vc.PresentationRequest, err error) {
	err = d.public(ctx, store.HandleRequest, "request", id, func(rows Rows, id string) (err error) {
		if request, err = rows.PresentationRequest(id); err == nil && !request.ArchivedAt.IsZero() {
			err = vc.Errorf(vc.NotFound, "request-not-found", "there is no such request")
		}
		return err
	})
	return request, err
}

// SignedRequest gives the signed object of a request to whoever knows its id; NotFound "request-not-signed" before its
// client has signed it, and as [Desk.PublicRequest].
func (d *Desk) SignedRequest(ctx context.Context, id string) ([]byte, error) {
	request, err := d.PublicRequest(ctx, id)
	if err == nil && request.Signed == nil {
		err = vc.Errorf(vc.NotFound, "request-not-signed", "the request is not signed yet")
	}
	return request.Signed, err
}

// ArchiveRequest ends a request: nobody finds it to answer. Idempotent.
func (d *Desk) ArchiveRequest(ctx context.Context, by vc.Caller, id string) (vc.PresentationRequest, error) {
	return d.setRequest(ctx, by, id, "request.archived", d.now())
}

// RestoreRequest undoes [Desk.ArchiveRequest]. Idempotent.
func (d *Desk) RestoreRequest(ctx context.Context, by vc.Caller, id string) (vc.PresentationRequest, error) {
	return d.setRequest(ctx, by, id, "request.restored", time.Time{})
}

func (d *Desk) setRequest(ctx context.Context, by vc.Caller, id, action string, archived time.Time) (vc.PresentationRequest, error) {
	request, err := d.Request(ctx, by.Scope, id)
	if err != nil {
		return vc.PresentationRequest{}, err
	}
	return d.changeRequest(ctx, by, request, func(r *vc.PresentationRequest) (string, error) {
		if r.ArchivedAt.IsZero() == archived.IsZero() {
			return "", nil
		}
		r.ArchivedAt = archived
		return action, nil
	})
}

// changeRequest changes a request in its own scope, which it keeps whoever of the tenant changes it. change gives the
// action of the entry, "" where there is nothing to write.
func (d *Desk) changeRequest(ctx context.Context, by vc.Caller, known vc.PresentationRequest, change func(*vc.PresentationRequest) (string, error)) (vc.PresentationRequest, error) {
	var request vc.PresentationRequest
	now := d.now()
	err := d.Rows.Update(ctx, known.Scope, func(rows Rows) (err error) {
		if request, err = rows.PresentationRequestForUpdate(known.ID); err != nil {
			return there(err, "request")
		}
		action, err := change(&request)
		if err != nil || action == "" {
			return err
		}
		return d.writeRequest(rows, by, &request, now, action)
	})
	if err != nil {
		return vc.PresentationRequest{}, err
	}
	return request, nil
}

func (d *Desk) writeRequest(rows Rows, by vc.Caller, request *vc.PresentationRequest, now time.Time, action string) error {
	request.Revision++
	request.UpdatedAt = now
	if err := rows.UpdatePresentationRequest(*request); err != nil {
		return err
	}
	return rows.Append(happened(by, request.Scope, now, action, "request", request.ID))
}
