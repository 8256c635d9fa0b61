package sdk

import (
	"context"
	"encoding/json"
	"time"
)

// Key is a key pair that the server holds; PublicJWK is its public half (RFC 7517).
type Key struct {
	ID        string          `json:"id"`
	Algorithm string          `json:"algorithm"` // Ed25519, P-256, P-384, secp256k1
	Store     string          `json:"store"`
	PublicJWK json.RawMessage `json:"publicJwk"`
	CreatedAt time.Time       `json:"createdAt"`
}

// DID is a decentralized identifier that the server controls.
type DID struct {
	ID            string          `json:"id"`
	DID           string          `json:"did"`
	Method        string          `json:"method"`
	Name          string          `json:"name,omitempty"`
	Organisation  string          `json:"organisation,omitempty"`
	Document      json.RawMessage `json:"document"`
	Keys          []DIDKey        `json:"keys"`
	Revision      int             `json:"revision"`
	CreatedAt     time.Time       `json:"createdAt"`
	UpdatedAt     time.Time       `json:"updatedAt,omitzero"`
	DeactivatedAt time.Time       `json:"deactivatedAt,omitzero"`
}

// DIDKey is a key of a DID under its verification method, a DID URL. An active one signs, a retired one only
// verifies, a compromised one does neither.
type DIDKey struct {
	Method    string          `json:"method"`
	Type      string          `json:"verificationMethodType,omitempty"`
	KeyID     string          `json:"keyId"`
	Algorithm string          `json:"algorithm"`
	Purposes  []string        `json:"purposes"`
	State     string          `json:"state"`
	PublicJWK json.RawMessage `json:"publicJwk"`
	AddedAt   time.Time       `json:"addedAt"`
	ChangedAt time.Time       `json:"changedAt,omitzero"`
}

// NewDID asks for a DID. Method is key, jwk, web, peer, empe or cheqd; Options are the method's own: for web "domain", "path" and
// "verificationMethodType", for peer "numalgo" and "endpoint", for empe "network", for cheqd "network", "verificationMethodType" and
// "assertionMethodType".
type NewDID struct {
	Method     string            `json:"method,omitempty"`
	Algorithm  string            `json:"algorithm,omitempty"`
	Algorithms []string          `json:"algorithms,omitempty"`
	Name       string            `json:"name,omitempty"`
	Options    map[string]string `json:"options,omitempty"`
	KeyID      string            `json:"keyId,omitempty"`
}

type newKey struct {
	Algorithm string `json:"algorithm,omitempty"`
}

// ListKeys lists keys.
func (c *Client) ListKeys(ctx context.Context, q ListQuery) (List[Key], error) {
	return read[List[Key]](ctx, c, "/keys", q.values())
}

// CreateKey makes a key that no DID has yet.
func (c *Client) CreateKey(ctx context.Context, algorithm string) (Key, error) {
	return write[Key](ctx, c, "/keys", newKey{algorithm})
}

// ListDIDs lists DIDs.
func (c *Client) ListDIDs(ctx context.Context, q ListQuery) (List[DID], error) {
	return read[List[DID]](ctx, c, "/dids", q.values())
}

// CreateDID makes a DID and its keys.
func (c *Client) CreateDID(ctx context.Context, n NewDID) (DID, error) {
	return write[DID](ctx, c, "/dids", n)
}

// GetDID gives a DID of the server by id or DID.
func (c *Client) GetDID(ctx context.Context, id string) (DID, error) {
	return read[DID](ctx, c, "/dids/"+escape(id), nil)
}

// NewDIDKey asks for a key of a DID. Type is what the document lists it as, where its method has several: "Multikey",
// "JsonWebKey2020", "Ed25519VerificationKey2018" and so on; "": as the key in use.
type NewDIDKey struct {
	Algorithm string `json:"algorithm,omitempty"`
	Type      string `json:"verificationMethodType,omitempty"`
}

// AddDIDKey adds an active key to a DID.
func (c *Client) AddDIDKey(ctx context.Context, id string, n NewDIDKey) (DID, error) {
	return write[DID](ctx, c, "/dids/"+escape(id)+"/keys", n)
}

// RotateDID adds an active key and retires those in use; algorithm "" is that of the key in use.
func (c *Client) RotateDID(ctx context.Context, id, algorithm string) (DID, error) {
	return write[DID](ctx, c, "/dids/"+escape(id)+"/rotate", newKey{algorithm})
}

// SetDIDKeyState makes a key "retired" or "compromised"; method is its DID URL. There is no way back.
func (c *Client) SetDIDKeyState(ctx context.Context, id, method, state string) (DID, error) {
	return write[DID](ctx, c, "/dids/"+escape(id)+"/keys/state", map[string]string{"method": method, "state": state})
}

// DeactivateDID ends a DID: it signs no more.
func (c *Client) DeactivateDID(ctx context.Context, id string) (DID, error) {
	return write[DID](ctx, c, "/dids/"+escape(id)+"/deactivate", nil)
}
