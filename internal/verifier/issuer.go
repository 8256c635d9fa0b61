package verifier

import (
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
	doc := &document{Document: parsed, keys: map[string]jose.PublicKey{}}
	for _, method := range parsed.VerificationMethods {
		if key, err := method.PublicKey(); err == nil {
			doc.keys[method.ID] = key
		}
	}
	if len(raw) <= maxKept {
		s.documents.Add(digest, doc)
	}
	return doc, nil
}

// resolve gives a DID's document, or the check that says why there is none.
func (r *run) resolve(did string) (*document, Check, error) {
	if r.config.Resolver == nil {
		return nil, notChecked(CheckIssuer, "no-resolver", "DIDs are not resolved here", citesIssuer), nil
	}
	resolution, err := r.config.Resolver.Resolve(r.ctx, r.scope, did)
	if err != nil {
		return nil, r.unresolved(err), errIfOurs(r.ctx.Err(), err)
	}
	if resolution.Metadata.Deactivated {
		return nil, failed(CheckIssuer, "did-deactivated", "the issuer's DID is deactivated", citesIssuer), nil
	}
	doc, err := r.parsed(resolution.Document)
	if err != nil {
		return nil, failed(CheckIssuer, "did-document-invalid", "the issuer's DID document cannot be read", citesIssuer), nil
	}
	if doc.ID != did {
		return nil, failed(CheckIssuer, "did-document-invalid", "the DID document is of another DID", citesIssuer), nil
	}
	return doc, passed(CheckIssuer, "the issuer's DID resolves", citesIssuer).at("/issuer"), nil
}

func (r *run) unresolved(err error) Check {
	switch vc.KindOf(err) {
	case vc.NotFound:
		return failed(CheckIssuer, "did-not-found", "the issuer's DID does not exist", citesIssuer).at("/issuer")
	case vc.Gone:
		return failed(CheckIssuer, "did-deactivated", "the issuer's DID is deactivated", citesIssuer).at("/issuer")
	case vc.Unsupported:
		return notChecked(CheckIssuer, "did-method-not-supported", "DIDs of this method are not resolved here", citesIssuer).at("/issuer")
	case vc.Unavailable, vc.Denied:
		return notChecked(CheckIssuer, "did-unreachable", "the issuer's DID document could not be fetched", citesIssuer).at("/issuer")
	}
	return failed(CheckIssuer, "did-invalid", "the issuer is not a DID that can be resolved", citesIssuer).at("/issuer")
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

// proofs checks the issuer, the keys and the signatures.
func (r *run) proofs() error {
	issuer := r.credential.Issuer.ID
	var doc *document
	check := failed(CheckIssuer, "issuer-not-a-did", "the issuer is not a DID, so its keys are not known", citesIssuer).at("/issuer")
	if strings.HasPrefix(issuer, "did:") {
		var err error
		if doc, check, err = r.resolve(issuer); err != nil {
			return err
		}
	}
	r.add(check)
	signatures := r.secured.Signatures
	switch {
	case doc == nil:
		reason := "the issuer's keys are not known"
		r.add(notChecked(CheckKey, "no-issuer", reason, citesKey), notChecked(CheckSignature, "no-issuer", reason, ""))
		return nil
	case len(signatures) == 0 || len(signatures) > maxSignatures:
		reason := "the credential has no signature"
		if len(signatures) > 0 {
			reason = "the credential has more signatures than are looked at"
		}
		r.add(notChecked(CheckKey, "no-signature", reason, citesKey), failed(CheckSignature, "no-signature", reason, ""))
		return nil
	}
	var keys, proofs []Check
	for _, signature := range signatures {
		public, key, err := r.key(doc, signature)
		if err != nil {
			return err
		}
		keys, proofs = append(keys, key), append(proofs, proof(signature, public))
	}
	if len(signatures) == 1 {
		r.add(keys[0], proofs[0])
	} else {
		r.add(gather(CheckKey, citesKey, keys), gather(CheckSignature, proofs[0].Cites, proofs))
	}
	return nil
}

// proof checks one signature against the key that the issuer's document gives for it.
func proof(signature format.Signature, key *jose.PublicKey) Check {
	if key == nil {
		return notChecked(CheckSignature, "no-key", "there is no key to check the signature with", signature.Cites)
	}
	if !key.Accepts(signature.Algorithm) {
		return failed(CheckSignature, "algorithm", "the signature's algorithm is not that of the key", signature.Cites)
	}
	if err := signature.Verify(*key); err != nil {
		reason := "the signature does not fit the credential and the key"
		if e, ok := errors.AsType[*vc.Error](err); ok {
			reason = e.Message
		}
		return failed(CheckSignature, "signature-invalid", reason, signature.Cites)
	}
	return passed(CheckSignature, "signed by the key, "+signature.Algorithm, signature.Cites)
}
