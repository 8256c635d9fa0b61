package verifier

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
)

// NewRequest asks for a presentation request: of a definition of the scope, of one that is given whole, or of none, when
// only who answers matters.
type NewRequest struct {
	Name         string
	DefinitionID string
	Definition   []byte // presentation definition, JSON
	Client       string // who asks; where it is a DID, it must resolve
	State        string // "": one is made
	Once         bool
	ExpiresAt    time.Time

	// Build writes the request object of the door's protocol, once id, nonce, state and times are known. Unsigned,
	// Audience and Pocket are taken from what it gives. It may run more than once.
	Build func(request vc.PresentationRequest, key ClientKey) (vc.PresentationRequest, error)
}

// ClientKey is the key that a client with a DID signs with: the first of its document for authentication.
type ClientKey struct {
	Method    string // verification method
	Algorithm string // of JOSE
}

// CreateRequest makes a pending request of the caller's scope. Errors: Invalid "name-invalid" at /name, "expiry-past" at
// /expiresAt, "did-not-resolved" and "did-method-not-supported" at /client, "definition-not-found" at /definitionID;
// Conflict "definition-archived" there; Denied "not-a-verifier".
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
		if err := mayAsk(rows, by.Scope); err != nil {
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
	built, err := n.Build(request, key)
	if err != nil {
		return none, err
	}
	request.Unsigned, request.Audience, request.Pocket = built.Unsigned, built.Audience, built.Pocket
	err = d.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		if err := usable(rows); err != nil {
			return err
		}
		if err := rows.InsertPresentationRequest(request); err != nil {
			return err
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
	name, err := label(n.Name, "/name")
	switch {
	case err != nil:
		return vc.PresentationRequest{}, err
	case !n.ExpiresAt.After(now):
		return vc.PresentationRequest{}, vc.Errorf(vc.Invalid, "expiry-past", "the request would be over before it is made").At("/expiresAt")
	}
	if n.State == "" {
		n.State = unguessable()
	}
	return vc.PresentationRequest{
		ID: newID(), Scope: by.Scope, Door: by.Door, Name: name, DefinitionID: n.DefinitionID, Definition: n.Definition,
		Client: n.Client, Nonce: unguessable(), State: n.State, Once: n.Once, Status: vc.RequestPending, Revision: 1,
		ExpiresAt: n.ExpiresAt.UTC().Truncate(time.Second), CreatedAt: now, UpdatedAt: now,
	}, nil
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
	return nil
}

// clientKey resolves a client that is a DID.
func (d *Desk) clientKey(ctx context.Context, scope vc.Scope, client string) (ClientKey, error) {
	if !strings.HasPrefix(client, "did:") || d.Verifier.config.Resolver == nil {
		return ClientKey{}, nil
	}
	refused := vc.Errorf(vc.Invalid, "did-not-resolved", "the client's DID does not resolve").At("/client")
	resolution, err := d.Verifier.config.Resolver.Resolve(ctx, scope, client)
	switch {
	case err != nil && vc.KindOf(err) == vc.Unsupported:
		return ClientKey{}, vc.Errorf(vc.Invalid, "did-method-not-supported", "DIDs of the client's method are not resolved here").At("/client")
	case err != nil && vc.KindOf(err) == vc.Internal:
		return ClientKey{}, err
	case err != nil || resolution.Metadata.Deactivated:
		return ClientKey{}, refused.Because(err)
	}
	document, err := diddoc.Parse(resolution.Document)
	if err != nil {
		return ClientKey{}, refused.Because(err)
	}
	for _, relationship := range []diddoc.Relationship{diddoc.Authentication, diddoc.AssertionMethod} {
		for _, method := range document.Methods(relationship) {
			if key, err := method.PublicKey(); err == nil {
				return ClientKey{Method: method.ID, Algorithm: key.Algorithm}, nil
			}
		}
	}
	return ClientKey{}, vc.Errorf(vc.Invalid, "no-active-key", "the client's DID document has no key to sign with").At("/client")
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

// RequestChange changes a request: Signed is its object as its client signed it, nil: as it is; Status "" likewise.
type RequestChange struct {
	Signed []byte
	Status vc.PresentationState
}

// UpdateRequest takes a request's signed object, or completes it. What is signed must say what was to be signed, and be
// signed by the client's DID; it is taken once, and again when it is the same.
//
// Errors: NotFound "request-not-found"; Invalid "signature-missing", "token-malformed", "payload-differs" and
// "signature-invalid" at /signed; Gone "request-expired"; Conflict "request-already-signed", "request-archived",
// "request-completed" (what is completed is not reopened).
func (d *Desk) UpdateRequest(ctx context.Context, by vc.Caller, id string, change RequestChange) (vc.PresentationRequest, error) {
	request, err := d.Request(ctx, by.Scope, id)
	if err != nil {
		return vc.PresentationRequest{}, err
	}
	if change.Signed != nil && request.Signed == nil {
		if err := d.signed(ctx, request, change.Signed); err != nil {
			return vc.PresentationRequest{}, err
		}
	}
	return d.changeRequest(ctx, by, request, func(r *vc.PresentationRequest) (string, error) {
		action := ""
		switch {
		case !r.ArchivedAt.IsZero():
			return "", vc.Errorf(vc.Conflict, "request-archived", "the request is archived")
		case change.Signed == nil || bytes.Equal(change.Signed, r.Signed):
		case r.Signed != nil:
			return "", vc.Errorf(vc.Conflict, "request-already-signed", "the request is signed").At("/signed")
		default:
			r.Signed, action = change.Signed, "presentation.signed"
		}
		switch {
		case change.Status == "" || change.Status == r.Status:
		case r.Status == vc.RequestCompleted:
			return "", vc.Errorf(vc.Conflict, "request-completed", "the request is completed").At("/status")
		default:
			r.Status, action = change.Status, "presentation.completed"
		}
		return action, nil
	})
}

// signed says whether a token is the request's object, signed by its client.
func (d *Desk) signed(ctx context.Context, request vc.PresentationRequest, token []byte) error {
	if !request.ExpiresAt.After(d.now()) {
		return vc.Errorf(vc.Gone, "request-expired", "the request is over")
	}
	if _, err := jose.ParseUnsigned(token); err == nil {
		return vc.Errorf(vc.Invalid, "signature-missing", "the request object is not signed").At("/signed")
	}
	given, err := jose.ParseCompact(token)
	if err != nil {
		return vc.Errorf(vc.Invalid, "token-malformed", "not a JWT").At("/signed").Because(err)
	}
	wanted, err := jose.ParseUnsigned(request.Unsigned)
	if err != nil {
		return err
	}
	if same, err := ijson.Equal(given.Payload, wanted.Payload); err != nil || !same {
		return vc.Errorf(vc.Invalid, "payload-differs", "the request object does not say what was to be signed").At("/signed").Because(err)
	}
	report, err := d.Verifier.VerifyRequest(ctx, request.Scope, token, RequestOptions{Checks: []string{CheckValidity}, At: d.now()})
	if err != nil {
		return err
	}
	for _, check := range report.Checks {
		if check.Outcome == Failed || check.Outcome == NotChecked && !slices.Contains(nothing, check.Code) {
			return vc.Errorf(vc.Invalid, "signature-invalid", "the client's signature does not verify: %s", check.Reason).At("/signed")
		}
	}
	return nil
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
func (d *Desk) changeRequest(ctx context.Context, by vc.Caller, request vc.PresentationRequest, change func(*vc.PresentationRequest) (string, error)) (vc.PresentationRequest, error) {
	now := d.now()
	err := d.Rows.Update(ctx, request.Scope, func(rows Rows) (err error) {
		if request, err = rows.PresentationRequestForUpdate(request.ID); err != nil {
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
