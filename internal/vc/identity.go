package vc

import "time"

// Algorithm names a key's type and, for signatures, its JOSE algorithm.
type Algorithm string

// The key algorithms (RFC 8037, RFC 7518 §3.4, RFC 8812).
const (
	Ed25519   Algorithm = "Ed25519"
	P256      Algorithm = "P-256"
	P384      Algorithm = "P-384"
	Secp256k1 Algorithm = "secp256k1"
)

// JOSE gives the JWS "alg" value of signatures by a key of this algorithm.
func (a Algorithm) JOSE() string {
	switch a {
	case Ed25519:
		return "EdDSA"
	case P256:
		return "ES256"
	case P384:
		return "ES384"
	case Secp256k1:
		return "ES256K"
	}
	return ""
}

// Key is a key pair in a key store. PublicJWK is the public key as a JWK (RFC 7517), Sealed whatever the key
// store needs to use the private key and nobody else can: for the local store the key, encrypted.
type Key struct {
	ID        string
	Scope     Scope
	Algorithm Algorithm
	Store     string // name of the key store: "local"
	PublicJWK []byte
	Sealed    []byte
	CreatedAt time.Time
}

// KeyState says what a key of an identity may still do.
type KeyState string

// The key states: an active key signs, a retired one only verifies, a compromised one does neither.
const (
	KeyActive      KeyState = "active"
	KeyRetired     KeyState = "retired"
	KeyCompromised KeyState = "compromised"
)

// IdentityKey binds a key to an identity under a verification method id (a DID URL).
type IdentityKey struct {
	Identity  string
	Key       Key
	Method    string   // DID URL of the verification method
	Type      string   // of the verification method; "": as the DID's method has it
	Purposes  []string // verification relationships, DID Core §5.3: assertionMethod, authentication, …
	State     KeyState
	AddedAt   time.Time
	ChangedAt time.Time // when the state last changed
}

// IdentityUse says what an identity is for and where its keys are.
type IdentityUse string

// The uses. Issuing: its keys are here, it signs whatever its organisation issues. Publisher: it signs status lists
// and nothing else. Elsewhere: its keys are not here, its document is ours to serve. ByClient: its keys are not here, and each
// change of it is signed by one of them. Holding: it is a wallet's, proves who holds and issues nothing. Agent: it is an agent's, which
// issues and holds by one DID, as DIDComm agents do.
const (
	UseIssuing   IdentityUse = ""
	UsePublisher IdentityUse = "publisher"
	UseElsewhere IdentityUse = "elsewhere"
	UseByClient  IdentityUse = "client"
	UseHolding   IdentityUse = "holder"
	UseAgent     IdentityUse = "agent"
)

// Issues says whether what an organisation issues may be signed by such an identity.
func (u IdentityUse) Issues() bool { return u == UseIssuing || u == UseAgent }

// Holds says whether such an identity proves who holds.
func (u IdentityUse) Holds() bool { return u == UseHolding || u == UseAgent }

// DIDRegistration is an act on a DID that waits for its controller's signature, DIF DID Registration §6.
type DIDRegistration struct {
	ID        string // the jobId
	Scope     Scope
	Operation string // create, update or deactivate
	Method    string
	DID       string
	Draft     []byte   // the document it will have, with its public keys; nil: as the method writes it
	Payload   []byte   // what must be signed
	Signers   []string // verification methods that may
	Revision  int      // of the identity it changes; 0 for a create
	Principal string   // who began it
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Identity is a DID that we control. Document is the DID document as JSON, with the keys in force.
type Identity struct {
	ID            string
	Scope         Scope
	DID           string
	Method        string // "key", "jwk", "web", …
	Name          string // printed as issuer.name when set
	Document      []byte
	Keys          []IdentityKey
	Use           IdentityUse
	Services      []byte // DID Core §5.4, a JSON array that goes into Document; nil: none
	CreatedBy     string // id of a principal; "" where it is not known
	UpdatedBy     string
	Revision      int
	CreatedAt     time.Time
	UpdatedAt     time.Time
	DeactivatedAt time.Time
}

// DataKey is a tenant's data key as it is kept: sealed under a master key that MasterKey, its id, names. The
// operator's own has Tenant "".
type DataKey struct {
	Tenant    string
	MasterKey string
	Sealed    []byte
}
