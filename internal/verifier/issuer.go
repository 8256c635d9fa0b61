package verifier

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
)

const (
	citesIssuer = "VCDM 2.0 §4.7, DID Core §7.1"
	citesKey    = "DID Core §5.3.2, Controlled Identifiers 1.0 §3.3"
)

// document is a DID document, parsed once, with the keys it lists for assertions.
type document struct {
	diddoc.Document
	keys map[string]jose.PublicKey // by absolute method id; what has no key we can use is missing
}

// parsed parses a DID document, or finds it by its digest.
func (s *Service) parsed(raw []byte) (*document, error) {
	digest := sha256.Sum256(raw)
	if known, ok := s.documents.Get(digest); ok {
		return known, nil
	}
	parsed, err := diddoc.Parse(raw)
	if err != nil {
		return nil, err
	}
	doc := newDocument(parsed)
	if len(raw) <= maxKept {
		s.documents.Add(digest, doc)
	}
	return doc, nil
}

func newDocument(parsed diddoc.Document) *document {
	doc := &document{Document: parsed, keys: map[string]jose.PublicKey{}}
	for _, method := range parsed.VerificationMethods {
		if key, err := method.PublicKey(); err == nil {
			doc.keys[method.ID] = key
		}
	}
	return doc
}

// signer says whose proof is looked at: what the checks call them, and for what their document must list the key.
type signer struct {
	check   string              // the check of their DID, which also names codes: "issuer-not-a-did"
	who     string              // "the issuer"
	purpose diddoc.Relationship // of the key
	second  diddoc.Relationship // taken as well, with a warning; "": none
	pointer string              // where the document names them
	cites   string
	made    string // "the credential"
}

func theIssuer() signer {
	return signer{
		check: CheckIssuer, who: "the issuer", purpose: diddoc.AssertionMethod, pointer: "/issuer", cites: citesIssuer,
		made: "the credential",
	}
}

// prover checks the proofs of one signer.
type prover struct {
	*Service
	signer
	ctx   context.Context
	scope vc.Scope
}

// resolve gives a DID's document, or the check that says why there is none.
func (p prover) resolve(did string) (*document, Check, error) {
	if p.config.Resolver == nil {
		return nil, notChecked(p.check, "no-resolver", "DIDs are not resolved here", p.cites), nil
	}
	resolution, err := p.config.Resolver.Resolve(p.ctx, p.scope, did)
	if err != nil {
		return nil, p.unresolved(err), errIfOurs(p.ctx.Err(), err)
	}
	if resolution.Metadata.Deactivated {
		return nil, failed(p.check, "did-deactivated", p.who+"'s DID is deactivated", p.cites), nil
	}
	doc, err := p.parsed(resolution.Document)
	if err != nil {
		return nil, failed(p.check, "did-document-invalid", p.who+"'s DID document cannot be read", p.cites), nil
	}
	if doc.ID != did {
		return nil, failed(p.check, "did-document-invalid", "the DID document is of another DID", p.cites), nil
	}
	return doc, passed(p.check, p.who+"'s DID resolves", p.cites).at(p.pointer), nil
}

func (p prover) unresolved(err error) Check {
	switch vc.KindOf(err) {
	case vc.NotFound:
		return failed(p.check, "did-not-found", p.who+"'s DID does not exist", p.cites).at(p.pointer)
	case vc.Gone:
		return failed(p.check, "did-deactivated", p.who+"'s DID is deactivated", p.cites).at(p.pointer)
	case vc.Unsupported:
		return notChecked(p.check, "did-method-not-supported", "DIDs of this method are not resolved here", p.cites).at(p.pointer)
	case vc.Unavailable, vc.Denied:
		return notChecked(p.check, "did-unreachable", p.who+"'s DID document could not be fetched", p.cites).at(p.pointer)
	}
	return failed(p.check, "did-invalid", p.who+" is not a DID that can be resolved", p.cites).at(p.pointer)
}

// errIfOurs lets through what nobody outside is to blame for: the caller has gone, or the error has no kind.
func errIfOurs(gone, err error) error {
	if gone != nil {
		return gone
	}
	if vc.KindOf(err) == vc.Internal {
		return err
	}
	return nil
}

// certifier is a [Resolver] that knows methods whose DIDs follow from a key, and whether there is a ledger to ask for such
// a DID first.
type certifier interface {
	Certify(did string, keys []jose.PublicKey) (diddoc.Document, bool)
	Ledger(did string) bool
}

// certified gives the document of a DID that nobody has, where it follows from a key that a signature can be of. It does
// only for a DID of which its ledger has said that it has no document, or that has no ledger here: a document that is there
// may have replaced the key, and a ledger that does not answer may have one.
func (p prover) certified(did string, missing Check, signatures []format.Signature) (*document, Check) {
	methods, ok := p.config.Resolver.(certifier)
	if !ok || len(signatures) == 0 || len(signatures) > maxSignatures {
		return nil, missing
	}
	switch missing.Code {
	case "did-not-found":
	case "did-unreachable":
		if methods.Ledger(did) {
			return nil, missing
		}
	default:
		return nil, missing
	}
	for _, signature := range signatures {
		if signature.Candidates == nil {
			continue
		}
		parsed, ok := methods.Certify(did, signature.Candidates())
		if !ok || parsed.ID != did {
			continue
		}
		doc := newDocument(parsed)
		check := passed(p.check, p.who+"'s DID follows from the key that signed; no document of it is published", p.cites).at(p.pointer)
		check.Code = CodeUnpublished
		return doc, check
	}
	return nil, missing
}

// proofs checks whose DID it is, the keys and the signatures: three checks.
func (p prover) proofs(did string, signatures []format.Signature) ([]Check, error) {
	var doc *document
	check := failed(p.check, p.check+"-not-a-did", p.who+" is not a DID, so its keys are not known", p.cites).at(p.pointer)
	if strings.HasPrefix(did, "did:") {
		var err error
		if doc, check, err = p.resolve(did); err != nil {
			return nil, err
		}
		if doc == nil {
			doc, check = p.certified(did, check, signatures)
		}
	}
	switch {
	case doc == nil:
		reason := p.who + "'s keys are not known"
		return []Check{check, notChecked(CheckKey, "no-"+p.check, reason, citesKey), notChecked(CheckSignature, "no-"+p.check, reason, "")}, nil
	case len(signatures) == 0 || len(signatures) > maxSignatures:
		reason := p.made + " has no signature"
		if len(signatures) > 0 {
			reason = p.made + " has more signatures than are looked at"
		}
		return []Check{check, notChecked(CheckKey, "no-signature", reason, citesKey), failed(CheckSignature, "no-signature", reason, "")}, nil
	}
	var keys, proofs []Check
	for _, signature := range signatures {
		public, key, err := p.key(doc, signature)
		if err != nil {
			return nil, err
		}
		keys, proofs = append(keys, key), append(proofs, p.proof(signature, public))
		if p.ctx.Err() != nil { // it ended in the midst of a check, which then says nothing
			return nil, p.ctx.Err()
		}
	}
	if len(signatures) == 1 {
		return []Check{check, keys[0], proofs[0]}, nil
	}
	return []Check{check, gather(CheckKey, citesKey, keys), gather(CheckSignature, proofs[0].Cites, proofs)}, nil
}

// proof checks one signature against the key that the signer's document gives for it.
func (p signer) proof(signature format.Signature, key *jose.PublicKey) Check {
	if key == nil {
		return notChecked(CheckSignature, "no-key", "there is no key to check the signature with", signature.Cites)
	}
	if !key.Accepts(signature.Algorithm) {
		return failed(CheckSignature, "algorithm", "the signature's algorithm is not that of the key", signature.Cites)
	}
	if err := signature.Verify(*key); err != nil {
		return p.unproven(signature, err)
	}
	return passed(CheckSignature, "signed by the key, "+signature.Algorithm, signature.Cites)
}

// unproven says why a signature did not verify. What cannot be had for the check is no fault of the document: a context that
// is not known here, or a store that does not answer.
func (p signer) unproven(signature format.Signature, err error) Check {
	e, ok := errors.AsType[*vc.Error](err)
	switch {
	case !ok:
		return failed(CheckSignature, "signature-invalid", "the signature does not fit "+p.made+" and the key", signature.Cites)
	case e.Kind == vc.Unavailable, e.Code == "context-unknown":
		return notChecked(CheckSignature, e.Code, e.Message, signature.Cites).at(e.Pointer)
	case e.Code == "invalid-signature" || e.Code == "algorithm":
		return failed(CheckSignature, "signature-invalid", e.Message, signature.Cites)
	}
	return failed(CheckSignature, e.Code, e.Message, signature.Cites).at(e.Pointer)
}
