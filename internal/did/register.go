package did

import (
	"context"

	"github.com/chancery-vc/chancery/internal/vc"
)

// The operations of a [Change]: those of DIF DID Registration.
const (
	ToCreate         = "create"
	ToUpdate         = "update"
	ToDeactivate     = "deactivate"
	ToCreateResource = "createResource"
	ToUpdateResource = "updateResource"
)

// Registrar is a method of a ledger where DIDs are changed by keys that are elsewhere: this server says what they sign, and pays.
//
//	identity ── Draft(change) ──> what to sign, by whom ── the client ──> Submit ──> journaled, and sent by the method's writer
type Registrar interface {
	// Draft asks the ledger what stands, and gives what is to be signed. What the ledger is known to refuse is refused here. Errors:
	// Invalid "document-not-on-ledger", "key-not-supported", "resource-not-on-ledger", "invalidDid"; NotFound "notFound"; Conflict
	// "did-registered", "identity-deactivated", "resource-exists"; Unavailable.
	Draft(ctx context.Context, change Change) (Drafted, error)
	// Submit checks the signatures over a payload that Draft gave, against the keys that are on the ledger now, and gives the
	// transaction to journal. Errors are those of Draft, and Invalid "signature-invalid", "signature-missing".
	Submit(ctx context.Context, operation, object string, payload []byte, signatures []Signature) (vc.LedgerTransaction, error)
	// Content is the resource in a payload that Draft gave; nil where it is of none.
	Content(operation string, payload []byte) []byte
}

// Change is what a client wants of a DID, or of a resource of it.
type Change struct {
	Operation string
	DID       string
	Network   string // of a new DID; "": as the DID says
	Document  []byte // JSON, of ToCreate and ToUpdate
	Version   string // that the change of a document makes, a UUID; "": a new one
	Resource  Resource
}

// Resource is a resource that a ledger keeps for a DID.
type Resource struct {
	ID, Name, Type, Version string // ID is a UUID; "": a new one
	Content                 []byte
}

// Drafted is what is to be signed. Object is the DID, or the DID URL of the resource.
type Drafted struct {
	DID, Object string
	Payload     []byte
	Signers     []Signer
}

// Signer is a key that may sign: a verification method, and its JOSE algorithm, "" where there is none.
type Signer struct{ Method, Algorithm string }

// Signature is by a verification method; ECDSA in its JOSE form or in ASN.1.
type Signature struct {
	Method string
	Bytes  []byte
}
