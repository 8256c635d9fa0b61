package dataintegrity

import (
	"context"
	"crypto"
	"crypto/sha256"
	"crypto/sha512"

	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
)

// Verify checks that the key signed the proof's options and its Document, and with them the proofs of Previous as they
// stand: those are not verified here, and the proof holds only if they do. canonical may be nil for JCS suites. It fails
// with an *Error: as [Proof.Supported] does, CodeAlgorithm for a key that does not go with the suite or the proof,
// CodeCanonical, CodeSignature.
func (p Proof) Verify(ctx context.Context, key jose.PublicKey, canonical Canonicalizer) error {
	switch {
	case p.fault != nil:
		return p.fault
	case p.Suite.Name == "" || p.signature == nil:
		return &Error{Code: CodeSuite, Pointer: p.Pointer, Message: "no proof that was read"}
	case !p.Suite.Signs(key.Algorithm) || key.Algorithm != p.Algorithm:
		return &Error{Code: CodeAlgorithm, Pointer: p.Pointer, Message: "the key's algorithm is not that of the proof"}
	}
	signed, err := p.input(ctx, canonical)
	if err != nil {
		return err
	}
	if jose.Verify(key, signed, p.signature) != nil {
		return &Error{Code: CodeSignature, Pointer: p.Pointer, Message: "the signature is not by the key over this document"}
	}
	return nil
}

// Candidates gives the keys that may have made the proof, where its signature tells that (ES256K): see
// [jose.RecoverES256K]. canonical is as for Verify.
func (p Proof) Candidates(ctx context.Context, canonical Canonicalizer) []jose.PublicKey {
	if p.Algorithm != jose.ES256K || p.signature == nil {
		return nil
	}
	signed, err := p.input(ctx, canonical)
	if err != nil {
		return nil
	}
	return jose.RecoverES256K(signed, p.signature)
}

// input is what the proof's signature is over.
func (p Proof) input(ctx context.Context, canonical Canonicalizer) ([]byte, error) {
	return input(ctx, signing{
		suite: p.Suite, algorithm: p.Algorithm, header: p.header,
		options: p.options, document: p.covered, pointer: p.Pointer,
	}, canonical)
}

// signing is all that the input of a signature is made of: options and document are JSON.
type signing struct {
	suite             Suite
	algorithm, header string
	options, document []byte
	pointer           string // of the proof
}

// input is the hash of the canonical options, then that of the canonical document: DI-EdDSA 1.0 §3.2.4 and §3.3.4, DI-ECDSA
// 1.0 §3.2.4 and §3.3.4. A JWS has its header and a dot before them: RFC 7797 §3.
func input(ctx context.Context, s signing, canonical Canonicalizer) ([]byte, error) {
	hash := crypto.SHA256
	// For P-384 both the canonical form and its hash take SHA-384 (DI-ECDSA 1.0 §3.2.3); predecessors know SHA-256 only.
	if s.algorithm == jose.ES384 && !s.suite.Legacy {
		hash = crypto.SHA384
	}
	signed := make([]byte, 0, len(s.header)+1+2*sha512.Size384)
	if s.header != "" {
		signed = append(append(signed, s.header...), '.')
	}
	for i, text := range [...][]byte{s.options, s.document} {
		form, err := s.canonical(ctx, text, hash, canonical)
		if err != nil {
			fault := &Error{Code: CodeCanonical, Message: "the document has no canonical form", cause: err}
			if i == 0 {
				fault.Pointer, fault.Message = s.pointer, "the proof's options have no canonical form"
			}
			return nil, fault
		}
		if hash == crypto.SHA384 {
			sum := sha512.Sum384(form)
			signed = append(signed, sum[:]...)
		} else {
			sum := sha256.Sum256(form)
			signed = append(signed, sum[:]...)
		}
	}
	return signed, nil
}

func (s signing) canonical(ctx context.Context, text []byte, hash crypto.Hash, canonical Canonicalizer) ([]byte, error) {
	if s.suite.JCS {
		return ijson.Canonical(text)
	}
	if canonical == nil {
		return nil, &Error{Code: CodeCanonical, Message: "the suite needs a Canonicalizer"}
	}
	return canonical.Canonicalize(ctx, text, hash)
}
