package native

import (
	"bufio"
	"io"
	"net/http"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
)

type keyWire struct {
	ID        string         `json:"id"`
	Algorithm string         `json:"algorithm"`
	Store     string         `json:"store"`
	PublicJWK jsontext.Value `json:"publicJwk"`
	CreatedAt time.Time      `json:"createdAt"`
}

type newKey struct {
	Algorithm vc.Algorithm `json:"algorithm"`
}

// newIdentityKey is a key and, of a method whose documents have several, the type of its verification method.
type newIdentityKey struct {
	Algorithm vc.Algorithm `json:"algorithm"`
	Type      string       `json:"verificationMethodType"`
}

type identityWire struct {
	ID            string            `json:"id"`
	DID           string            `json:"did"`
	Method        string            `json:"method"`
	Name          string            `json:"name,omitempty"`
	Organisation  string            `json:"organisation,omitempty"`
	Document      jsontext.Value    `json:"document"`
	Keys          []identityKeyWire `json:"keys"`
	Revision      int               `json:"revision"`
	CreatedAt     time.Time         `json:"createdAt"`
	UpdatedAt     time.Time         `json:"updatedAt,omitzero"`
	DeactivatedAt time.Time         `json:"deactivatedAt,omitzero"`
}

// identityKeyWire is a key under its verification method.
type identityKeyWire struct {
	Method    string         `json:"method"`
	Type      string         `json:"verificationMethodType,omitempty"`
	KeyID     string         `json:"keyId"`
	Algorithm string         `json:"algorithm"`
	Purposes  []string       `json:"purposes"`
	State     string         `json:"state"`
	PublicJWK jsontext.Value `json:"publicJwk"`
	AddedAt   time.Time      `json:"addedAt"`
	ChangedAt time.Time      `json:"changedAt,omitzero"`
}

type newIdentity struct {
	Method     string            `json:"method"`
	Algorithm  vc.Algorithm      `json:"algorithm"`
	Algorithms []vc.Algorithm    `json:"algorithms"`
	Name       string            `json:"name"`
	Options    map[string]string `json:"options"`
	KeyID      string            `json:"keyId"`
}

type keyState struct {
	Method string      `json:"method"`
	State  vc.KeyState `json:"state"`
}

func wireKey(k vc.Key) keyWire {
	return keyWire{ID: k.ID, Algorithm: string(k.Algorithm), Store: k.Store, PublicJWK: raw(k.PublicJWK), CreatedAt: k.CreatedAt}
}

func wireIdentity(i vc.Identity) identityWire {
	out := identityWire{
		ID: i.ID, DID: i.DID, Method: i.Method, Name: i.Name, Organisation: i.Scope.Organisation,
		Document: raw(i.Document), Keys: []identityKeyWire{}, Revision: i.Revision, CreatedAt: i.CreatedAt,
		UpdatedAt: i.UpdatedAt, DeactivatedAt: i.DeactivatedAt,
	}
	for _, k := range i.Keys {
		out.Keys = append(out.Keys, identityKeyWire{
			Method: k.Method, Type: k.Type, KeyID: k.Key.ID, Algorithm: string(k.Key.Algorithm),
			Purposes: k.Purposes, State: string(k.State), PublicJWK: raw(k.Key.PublicJWK), AddedAt: k.AddedAt,
			ChangedAt: k.ChangedAt,
		})
	}
	return out
}

// raw is JSON that goes out as it is; nothing is null.
func raw(b []byte) jsontext.Value {
	if len(b) == 0 {
		return jsontext.Value("null")
	}
	return b
}

func (d *Door) listKeys(w http.ResponseWriter, r *http.Request, c call) error {
	q, err := listQuery(r)
	if err != nil {
		return err
	}
	keys, err := d.Identity.Keys(r.Context(), c.scope, q)
	if err != nil {
		return err
	}
	list(w, q, keys, wireKey, func(k vc.Key) string { return k.ID })
	return nil
}

func (d *Door) createKey(w http.ResponseWriter, r *http.Request, c call) error {
	var in newKey
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	k, err := d.Identity.CreateKey(r.Context(), c.by, in.Algorithm)
	return created(w, k, err, wireKey)
}

func (d *Door) createIdentity(w http.ResponseWriter, r *http.Request, c call) error {
	var in newIdentity
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	i, err := d.Identity.Create(r.Context(), c.by, identity.CreateRequest{
		Method: in.Method, Algorithm: in.Algorithm, Algorithms: in.Algorithms, Name: in.Name, Options: in.Options,
		KeyID: in.KeyID,
	})
	return created(w, i, err, wireIdentity)
}

func (d *Door) listIdentities(w http.ResponseWriter, r *http.Request, c call) error {
	q, err := listQuery(r)
	if err != nil {
		return err
	}
	identities, err := d.Identity.List(r.Context(), c.scope, q)
	if err != nil {
		return err
	}
	list(w, q, identities, wireIdentity, func(i vc.Identity) string { return i.ID })
	return nil
}

func (d *Door) getIdentity(w http.ResponseWriter, r *http.Request, c call) error {
	i, err := d.Identity.Get(r.Context(), c.scope, httpx.PathDID(r, "id"))
	return one(w, i, err, wireIdentity)
}

func (d *Door) addIdentityKey(w http.ResponseWriter, r *http.Request, c call) error {
	var in newIdentityKey
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	return d.onIdentity(w, r, c, func(id string) (vc.Identity, error) {
		return d.Identity.AddKeyAs(r.Context(), c.by, id, in.Algorithm, in.Type)
	})
}

func (d *Door) rotateIdentity(w http.ResponseWriter, r *http.Request, c call) error {
	var in newKey
	if err := optional(r, smallBody, &in); err != nil {
		return err
	}
	return d.onIdentity(w, r, c, func(id string) (vc.Identity, error) {
		return d.Identity.Rotate(r.Context(), c.by, id, in.Algorithm)
	})
}

func (d *Door) setKeyState(w http.ResponseWriter, r *http.Request, c call) error {
	var in keyState
	if err := decode(r, smallBody, &in); err != nil {
		return err
	}
	return d.onIdentity(w, r, c, func(id string) (vc.Identity, error) {
		return d.Identity.SetKeyState(r.Context(), c.by, id, in.Method, in.State)
	})
}

func (d *Door) deactivateIdentity(w http.ResponseWriter, r *http.Request, c call) error {
	return d.onIdentity(w, r, c, func(id string) (vc.Identity, error) {
		return d.Identity.Deactivate(r.Context(), c.by, id)
	})
}

// onIdentity finds the identity of the path, by id or DID, and does something to it.
func (d *Door) onIdentity(w http.ResponseWriter, r *http.Request, c call, do func(id string) (vc.Identity, error)) error {
	found, err := d.Identity.Get(r.Context(), c.scope, httpx.PathDID(r, "id"))
	if err != nil {
		return err
	}
	changed, err := do(found.ID)
	return one(w, changed, err, wireIdentity)
}

// optional decodes a body that may be missing.
func optional(r *http.Request, limit int64, into any) error {
	if r.ContentLength == 0 {
		return nil
	}
	if r.ContentLength < 0 { // chunked: only reading tells
		body := bufio.NewReader(r.Body)
		if _, err := body.Peek(1); err == io.EOF {
			return nil
		}
		r.Body = struct {
			io.Reader
			io.Closer
		}{body, r.Body}
	}
	return decode(r, limit, into)
}
