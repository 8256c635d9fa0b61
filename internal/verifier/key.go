package verifier

import (
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
)

// key finds the key of a signature in the signer's document, which alone says who signs for them: a method of
// another DID's document that names the signer as its controller proves nothing. The key is nil unless the check
// passed or warns.
func (p prover) key(doc *document, signature format.Signature) (*jose.PublicKey, Check, error) {
	claimed := diddoc.Relationship(signature.Purpose)
	if claimed != "" && claimed != p.purpose && claimed != p.second {
		return nil, failed(CheckKey, "proof-purpose", "the proof was not made for "+words(p.purpose), citesKey), nil
	}
	method, bad := p.methodOf(doc, signature)
	if method == "" {
		return nil, bad, nil
	}
	state, since, err := p.fate(method)
	if err != nil {
		return nil, Check{}, err
	}
	if state == vc.KeyCompromised {
		return nil, failed(CheckKey, "key-compromised", "the key was marked as compromised on "+stamp(since), citesKey), nil
	}
	purpose := p.purpose
	if !doc.Has(purpose, method) {
		if purpose = p.second; purpose == "" || !doc.Has(purpose, method) {
			return nil, p.unlisted(doc, method, state, since), nil
		}
	}
	key, check, err := p.publicKey(doc, method)
	if key == nil || err != nil {
		return nil, check, err
	}
	check.Reason = p.who + "'s document lists the key for " + words(purpose)
	if purpose != p.purpose {
		check.Outcome, check.Code = Warning, "method-purpose"
		check.Reason += ", not for " + words(p.purpose)
	}
	if state == vc.KeyRetired {
		check.Code, check.Reason = "key-retired", "the key was retired on "+stamp(since)+"; what it signed before stays good"
		if signature.Created.After(since) {
			check.Outcome, check.Reason = Warning, "the key was retired on "+stamp(since)+", before this was signed"
		}
	}
	return key, check, nil
}

func words(purpose diddoc.Relationship) string {
	if purpose == diddoc.AssertionMethod {
		return "assertions"
	}
	return string(purpose)
}

// methodOf gives the absolute id of the method a signature claims. A fragment is of the signer's document. A
// signature that names none, or only the DID, is taken for the one method of the purpose whose algorithm fits; two
// that fit are one too many.
func (p prover) methodOf(doc *document, signature format.Signature) (string, Check) {
	switch method := signature.Method; {
	case method == "" || method == doc.ID:
	case strings.HasPrefix(method, "#"):
		return doc.ID + method, Check{}
	case !strings.HasPrefix(method, "did:"):
		return doc.ID + "#" + method, Check{}
	default:
		return method, Check{}
	}
	fit := doc.fitting(p.purpose, signature.Algorithm)
	if len(fit) == 0 && p.second != "" {
		fit = doc.fitting(p.second, signature.Algorithm)
	}
	switch len(fit) {
	case 1:
		return fit[0], Check{}
	case 0:
		return "", failed(CheckKey, "method-not-listed", p.who+"'s document has no method for "+words(p.purpose)+" that fits the signature", citesKey)
	}
	return "", failed(CheckKey, "method-ambiguous", "the signature names no verification method and "+p.who+" has several that fit", citesKey)
}

// fitting gives the ids of the methods for a purpose whose key goes with an algorithm.
func (d *document) fitting(purpose diddoc.Relationship, algorithm string) []string {
	var fit []string
	for _, method := range d.Methods(purpose) {
		if key, ok := d.keys[method.ID]; ok && key.Accepts(algorithm) {
			fit = append(fit, method.ID)
		}
	}
	return fit
}

func (p prover) unlisted(doc *document, method string, state vc.KeyState, since time.Time) Check {
	did, _, _ := strings.Cut(method, "#")
	_, there := doc.Method(method)
	switch {
	case state == vc.KeyRetired:
		return failed(CheckKey, "key-retired", "the key was retired on "+stamp(since)+" and is no longer listed", citesKey)
	case there:
		return failed(CheckKey, "method-purpose", p.who+"'s document does not list the key for "+words(p.purpose), citesKey)
	case did != doc.ID:
		return failed(CheckKey, p.check+"-mismatch", "the key belongs to "+did+", and "+p.who+"'s document does not list it", citesKey)
	}
	return failed(CheckKey, "method-not-listed", p.who+"'s document does not list the key", citesKey)
}

// publicKey gives the key of a listed method, from the document of another DID where the signer's only refers to it.
func (p prover) publicKey(doc *document, method string) (*jose.PublicKey, Check, error) {
	holder := doc
	if _, there := doc.Method(method); !there {
		did, _, _ := strings.Cut(method, "#")
		other, check, err := p.resolve(did)
		if other == nil || err != nil {
			check.Name, check.Cites, check.Pointer = CheckKey, citesKey, ""
			return nil, check, err
		}
		holder = other
	}
	key, ok := holder.keys[method]
	if !ok {
		return nil, failed(CheckKey, "key-unusable", "the verification method has no key that can be used here", citesKey), nil
	}
	return &key, passed(CheckKey, "", citesKey), nil
}

// fate asks what became of a key, where it is ours; "" where it is not.
func (p prover) fate(method string) (vc.KeyState, time.Time, error) {
	if p.config.Fates == nil {
		return "", time.Time{}, nil
	}
	state, since, err := p.config.Fates.KeyFate(p.ctx, method)
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return "", time.Time{}, nil
	}
	return state, since, err
}
