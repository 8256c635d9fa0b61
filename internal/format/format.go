// Package format is the seam to credential formats: how a complete credential becomes the bytes that are signed,
// and how secured bytes are read back. One folder a format.
//
//	issuer ──── Prepare(material) ──> Unsigned: exact signing input ── sign ──> Unsigned.Secure(signature)
//	verifier ── Read(bytes) ────────> Secured: credential and signatures, nothing believed yet
//
// A format that has presentations too also has the methods of [Presentation] and [PresentationMaterial], in
// interfaces that the desks which want them declare. What else one may have is asked for by a function of this package:
// [For], [Suites], [Contexts], [Carries].
package format

import (
	"context"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/jose"
)

// Format secures credentials one way. Neither method signs, fetches or looks at a clock. Name is what variants
// call it: "jwtvc".
type Format interface {
	Name() string
	// Prepare gives the exact signing input for a complete credential. Errors are Invalid and point into the
	// credential.
	Prepare(ctx context.Context, material Material) (Unsigned, error)
	// Read parses a secured credential. Errors are Invalid; one whose Code is "other-format" says that the bytes
	// are not this format's at all.
	Read(ctx context.Context, secured []byte) (Secured, error)
}

// Material is what a format needs to prepare.
type Material struct {
	Credential []byte // the complete credential, JSON, in its data model
	Model      vc.ModelVersion
	Suite      string
	Issuer     string    // DID
	Method     string    // verification method id; "" when it is not known yet
	Algorithm  string    // JOSE alg; "" when it is not known yet
	Created    time.Time // issuance time
}

// Unsigned is a prepared credential. Document is what a signer elsewhere is shown (for jwtvc the two-part
// unsigned JWT), Input what must be signed.
type Unsigned interface {
	Document() []byte
	Input() []byte
	// Secure joins document and signature.
	Secure(signature []byte) ([]byte, error)
	// Same says whether a credential that was secured elsewhere says exactly what this one does; the error names
	// the difference (Invalid).
	Same(Secured) error
}

// Secured is a credential as read. Nothing in it is verified.
type Secured struct {
	Format     string
	MediaType  string
	Model      vc.ModelVersion
	Credential []byte // in its data model, JSON, without proof: the view that checks and people look at
	Payload    []byte // what the signature covers, where that differs
	Signatures []Signature
	// Types gives the IRIs that the credential's types stand for, where its format knows; nil: it does not. It costs.
	Types func() []string
}

// Signature is one proof on a credential. Method is the verification method it claims (made absolute), "" when it
// names none; Verify checks it against a public key.
type Signature struct {
	Algorithm string // JOSE alg
	Suite     string // of a format that has proof suites
	Method    string
	Purpose   string // "assertionMethod"
	Created   time.Time
	NotBefore time.Time // of the proof itself, where the credential does not say it: "nbf" of a vc+jwt
	Expires   time.Time // "exp" of a vc+jwt, "expires" of a Data Integrity proof
	Cites     string    // section the check follows
	Verify    func(jose.PublicKey) error
	// Candidates gives the keys that may have made the signature, where a signature tells that (ES256K); nil: it does not.
	Candidates func() []jose.PublicKey
}

// Presentation is a presentation as read. Nothing in it is verified. A format that has them reads them with
//
//	ReadPresentation(ctx context.Context, secured []byte) (Presentation, error)
//
// whose errors are those of [Format].Read.
type Presentation struct {
	Format       string
	MediaType    string
	Model        vc.ModelVersion
	Presentation []byte // in its data model, JSON, without proof
	Payload      []byte // what the signature covers, where that differs
	ID           string
	Holder       string      // "" when it names none
	Audience     []string    // who it is for: "aud", or a proof's "domain"
	Nonce        string      // "nonce", or a proof's "challenge"
	Credentials  [][]byte    // secured, as they stand inside: one for each value of verifiableCredential, in its order
	Signatures   []Signature // Purpose "authentication"; their dates are the presentation's
}

// PresentationMaterial is what a format needs to prepare a presentation:
//
//	PreparePresentation(ctx context.Context, material PresentationMaterial) (Unsigned, error)
//
// Errors are Invalid; one about a credential points to /credentials and its index.
type PresentationMaterial struct {
	Model       vc.ModelVersion
	Suite       string   // of a format that has proof suites; "": its choice for the algorithm
	ID          string   // URL; "": none
	Types       []string // beside VerifiablePresentation
	Contexts    []string // URLs, after the base context
	Holder      string   // DID
	Audience    []string
	Nonce       string
	Method      string   // verification method id; "" when it is not known yet
	Algorithm   string   // JOSE alg; "" when it is not known yet
	Credentials [][]byte // secured
	Created     time.Time
	Expires     time.Time // zero: never
	// Submission is a presentation submission, JSON, that becomes a member of the presentation with the context and type that
	// define it; nil: none. Only formats of JSON-LD have a place for it; another's error is Invalid "submission-inside".
	Submission []byte
}
