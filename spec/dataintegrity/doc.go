// Package dataintegrity embeds proofs in JSON documents and checks them: W3C Data Integrity 1.0 with the cryptosuites of
// DI-EdDSA 1.0 and DI-ECDSA 1.0, and the proof types that came before.
//
//	document, Options ── Prepare ──> Prepared: Input, to be signed elsewhere ── Secure(signature) ──> secured document
//	secured document ── Read ──> []Proof, each with the document it secures ── Verify(key) ──> nil
//
// Nothing is signed here, and no key is looked for: whoever verifies finds the key that a proof's Method names, asks
// whether that key may serve the proof's Purpose, and compares dates, domain and challenge.
//
// What is signed is the hash of the proof's options beside the hash of the document, each in a canonical form: RFC 8785,
// or RDFC-1.0 of what JSON-LD says, for which a [Canonicalizer] is handed in.
package dataintegrity

import (
	"context"
	"crypto"
)

// Canonicalizer gives the canonical N-Quads (RDFC-1.0) of the RDF dataset that a JSON-LD document says. hash is the one that
// canonicalization itself uses: crypto.SHA256 or crypto.SHA384. It must fail, rather than leave something out, for a term
// that no context defines and for a relative IRI: what is left out is not signed (Data Integrity 1.0 §2.4.3).
type Canonicalizer interface {
	Canonicalize(ctx context.Context, document []byte, hash crypto.Hash) ([]byte, error)
}
