package diddoc

import (
	"crypto/ecdh"

	"github.com/chancery-vc/chancery/spec/jose"
)

// The types of verification methods.
const (
	Multikey                          = "Multikey"
	JSONWebKey                        = "JsonWebKey"
	JSONWebKey2020                    = "JsonWebKey2020"
	Ed25519VerificationKey2020        = "Ed25519VerificationKey2020"
	Ed25519VerificationKey2018        = "Ed25519VerificationKey2018"
	EcdsaSecp256k1VerificationKey2019 = "EcdsaSecp256k1VerificationKey2019"
	X25519KeyAgreementKey2020         = "X25519KeyAgreementKey2020"
	X25519KeyAgreementKey2019         = "X25519KeyAgreementKey2019"
)

// VerificationMethod is a public key in a DID document: DID Core §5.2. ID is absolute. Embedded is the one relationship
// that holds it, "" where it stands in verificationMethod. At most one of the PublicKey members is set.
type VerificationMethod struct {
	ID, Type, Controller string
	Embedded             Relationship
	PublicKeyJWK         []byte
	PublicKeyMultibase   string
	PublicKeyBase58      string
	PublicKeyHex         string
}

// NewMethod gives a method of that type for a key for signatures.
func NewMethod(methodType, id, controller string, key jose.PublicKey) (VerificationMethod, error) {
	return VerificationMethod{}, nil
}

// NewAgreementMethod gives a method of that type for a key for key agreement.
func NewAgreementMethod(methodType, id, controller string, key *ecdh.PublicKey) (VerificationMethod, error) {
	return VerificationMethod{}, nil
}

// PublicKey is the method's key for signatures. It fails with an *Error.
func (m VerificationMethod) PublicKey() (jose.PublicKey, error) { return jose.PublicKey{}, nil }

// AgreementKey is the method's key for key agreement: X25519, P-256 or P-384. It fails with an *Error.
func (m VerificationMethod) AgreementKey() (*ecdh.PublicKey, error) { return nil, nil }
