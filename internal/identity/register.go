package identity

import (
	"context"
	"strings"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// The operations of a [Registration].
const (
	ToCreate     = "create"
	ToUpdate     = "update"
	ToDeactivate = "deactivate"
)

// Registration is one call of DIF DID Registration. In client secret mode (Client) the keys of the DID are the
// caller's: registering it and each change of it takes two calls, of which the second has the Job of the first and a
// signature by such a key.
type Registration struct {
	Operation string // ToCreate, ToUpdate, ToDeactivate
	Method    string // "key", "web", …: one whose DIDs are made here
	DID       string // of an update or deactivation
	Job       string // of the call before
	Client    bool
	Algorithm vc.Algorithm      // of the key that is made here, or that is asked for; "" is Ed25519
	Document  []byte            // JSON; nil: none. Its id, and the DIDs of ids in it, are replaced by the DID that it gets
	Network   string            // of a DID on a ledger; "": the only one there is
	Path      string            // did:web: below this server's domain; "": a new UUID
	Signature map[string]string // by name of the signing request; base64 of the JOSE form
}

// Progress is what has become of a registration: it is finished, or the client has something to do.
type Progress struct {
	Job      string
	Action   string // "" when it is finished, else [GiveMethod] or [SignPayload]
	DID      string
	Document []byte
	Identity vc.Identity      // when it is finished
	Template []MethodTemplate // of GiveMethod
	Signing  []Signing        // of SignPayload
}

// The actions of DIF DID Registration §7.
const (
	GiveMethod  = "getVerificationMethod"
	SignPayload = "signPayload"
)

// MethodTemplate is a verification method without its key.
type MethodTemplate struct {
	ID, Type string
	Purpose  []string
	JWK      []byte
}

// Signing asks for a signature over Payload, JSON, by the key of a verification method.
type Signing struct {
	Name, Method, Algorithm, Purpose string
	Payload                          []byte
}

// Register creates, updates or deactivates a DID, and asks for a proof of possession where its keys are the caller's.
// It serves every method of which DIDs are made here ([did.Creator]); pointers are below the request of DIF DID
// Registration: "/didDocument/…", "/secret/…".
//
// Errors: Unsupported "method-not-supported", "network-not-offered" (of a DID that is on none), "cannot-update" (a DID that is its key), "document-change-not-offered"
// (keys that this server holds change by Rotate), "keys-elsewhere-not-offered" (a DID on a ledger); Invalid "document-malformed", "document-not-offered", "key-not-supported",
// "network-unknown", "too-many-keys", "signature-missing", "signature-invalid", "method-mismatch"; NotFound "job-not-found", "identity-not-found";
// Conflict "did-registered", "document-changed", "identity-deactivated"; Denied "not-yours".
func (s *Service) Register(ctx context.Context, by vc.Caller, r Registration) (Progress, error) {
	creator, ok := s.methods[r.Method].(did.Creator)
	switch {
	case !ok:
		return Progress{}, vc.Errorf(vc.Unsupported, "method-not-supported", "DIDs of this method are not made here").At("/method")
	case r.Job != "":
		return s.resume(ctx, by, r)
	}
	if err := s.ofNetwork(r); err != nil {
		return Progress{}, err
	}
	if r.Operation == ToCreate {
		return s.registerNew(ctx, by, creator, r)
	}
	before, err := s.Get(ctx, by.Scope, r.DID)
	switch {
	case err != nil:
		return Progress{}, err
	case before.Method != r.Method:
		return Progress{}, vc.Errorf(vc.Invalid, "method-mismatch", "the DID is of another method").At("/did")
	}
	if err := mayChange(by, before); err != nil {
		return Progress{}, err
	}
	if r.Operation == ToDeactivate {
		return s.registerEnd(ctx, by, before)
	}
	return s.registerChange(ctx, by, before, r)
}

func (s *Service) registerNew(ctx context.Context, by vc.Caller, creator did.Creator, r Registration) (Progress, error) {
	draft, err := readDraft(r.Document, "")
	if err != nil {
		return Progress{}, err
	}
	if _, ok := creator.(did.Recorder); ok && (r.Client || len(draft.VerificationMethods) > 0) {
		return Progress{}, vc.Errorf(vc.Unsupported, "keys-elsewhere-not-offered", "the keys of a did:%s made here are made here", r.Method)
	}
	if len(draft.VerificationMethods) == 0 {
		if r.Client {
			return s.askMethod(r)
		}
		return s.registerOurs(ctx, by, r, draft)
	}
	keys, err := draft.keys()
	if err != nil {
		return Progress{}, err
	}
	created, err := creator.Create(ctx, did.CreateRequest{Keys: keys, Options: s.place(r)})
	if err != nil {
		return Progress{}, err
	}
	document := created.Document
	if s.fixed(r.Method) {
		err = draft.onlyKeys()
		if !r.Client && err == nil {
			err = notOffered("/didDocument/verificationMethod", "its keys are made here, unless clientSecretMode is set")
		}
	} else {
		document, err = redraft(r.Document, created.DID)
	}
	if err != nil {
		return Progress{}, err
	}
	if known, err := s.own(ctx, created.DID); err != nil || known.found {
		return Progress{}, registered(err)
	}
	if r.Client {
		return s.begin(ctx, by, vc.DIDRegistration{Operation: ToCreate, Method: r.Method, DID: created.DID, Draft: document}, document)
	}
	identity := s.elsewhere(by, r.Method, created.DID, document, vc.UseElsewhere)
	return s.insert(ctx, by, identity, nil)
}

// registerOurs makes a DID whose keys are made and stay here.
func (s *Service) registerOurs(ctx context.Context, by vc.Caller, r Registration, draft draft) (Progress, error) {
	if err := draft.onlyServices(); err != nil {
		return Progress{}, err
	}
	if s.fixed(r.Method) && len(draft.Services) > 0 {
		return Progress{}, notOffered("/didDocument/service", "a DID of this method has no services")
	}
	identity, err := s.Create(ctx, by, CreateRequest{
		Method: r.Method, Algorithm: r.Algorithm, Options: s.place(r),
		services: func(didText string) ([]byte, error) { return services(r.Document, didText) },
	})
	if e, ok := asError(err); ok && e.Code == "duplicate" {
		err = registered(err)
	}
	if err != nil {
		return Progress{}, err
	}
	return finished("", identity), nil
}

// askMethod asks for the key that a DID shall have.
func (s *Service) askMethod(r Registration) (Progress, error) {
	algorithm := s.algorithm(r.Method, r.Algorithm)
	kty := "EC"
	if algorithm == vc.Ed25519 {
		kty = "OKP"
	}
	id := "#key-1"
	if s.fixed(r.Method) {
		id = "#temp"
	}
	return Progress{Action: GiveMethod, Template: []MethodTemplate{{
		ID: id, Type: diddoc.JSONWebKey2020, Purpose: []string{string(diddoc.Authentication)},
		JWK: []byte(`{"kty":"` + kty + `","crv":"` + string(algorithm) + `"}`),
	}}}, nil
}

func finished(job string, identity vc.Identity) Progress {
	return Progress{Job: job, DID: identity.DID, Document: identity.Document, Identity: identity}
}

// elsewhere is a new identity whose keys are not here.
func (s *Service) elsewhere(by vc.Caller, method, didText string, document []byte, use vc.IdentityUse) vc.Identity {
	at := s.now()
	return vc.Identity{
		ID: newID(), Scope: by.Scope, DID: didText, Method: method, Use: use, Document: document,
		CreatedBy: by.Principal, UpdatedBy: by.Principal, Revision: 1, CreatedAt: at, UpdatedAt: at,
	}
}

// insert writes a new identity whose keys are not here; before, when it is there, comes first in the transaction.
func (s *Service) insert(ctx context.Context, by vc.Caller, identity vc.Identity, before func(Rows) error) (Progress, error) {
	err := s.config.Rows.Update(ctx, by.Scope, func(rows Rows) error {
		if before != nil {
			if err := before(rows); err != nil {
				return err
			}
		}
		if err := rows.InsertIdentity(identity); err != nil {
			return err
		}
		return rows.Append(s.told(by, identity, "identity.created", "did="+identity.DID+" keys=elsewhere"))
	})
	if e, ok := asError(err); ok && e.Code == "duplicate" {
		err = registered(err)
	}
	if err != nil {
		return Progress{}, err
	}
	s.changed(identity)
	return finished("", identity), nil
}

// ofNetwork refuses a network that a DID is not of.
func (s *Service) ofNetwork(r Registration) error {
	if _, ok := s.methods[r.Method].(did.Recorder); !ok && r.Network != "" {
		return vc.Errorf(vc.Unsupported, "network-not-offered", "a did:%s is of no network", r.Method).At("/options/network")
	}
	if r.DID != "" && r.Network != "" && !strings.Contains(r.DID, ":"+r.Network+":") {
		return vc.Errorf(vc.Invalid, "network-unknown", "the DID is of another network").At("/options/network")
	}
	return nil
}

// place are the options of a new DID: one that is a place on the network gets a path of this server's own domain.
func (s *Service) place(r Registration) map[string]string {
	if r.Network != "" {
		return map[string]string{"network": r.Network}
	}
	if _, ok := s.methods[r.Method].(rented); !ok {
		return nil
	}
	path := r.Path
	if path == "" {
		path = newID()
	}
	return map[string]string{"path": path}
}

// fixed says that a method's documents say what the DID says and nothing else.
func (s *Service) fixed(method string) bool {
	_, ok := s.methods[method].(did.Rotator)
	return !ok
}

func keysElsewhere(identity vc.Identity) bool {
	return identity.Use == vc.UseElsewhere || identity.Use == vc.UseByClient
}
