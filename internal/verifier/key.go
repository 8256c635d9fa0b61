package verifier

import (
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
)

// key finds the key of a signature in the issuer's document, which alone says who signs for the issuer: a method
// of another DID's document that names the issuer as its controller proves nothing. The key is nil unless the
// check passed or warns.
func (r *run) key(doc *document, signature format.Signature) (*jose.PublicKey, Check, error) {
	if p := signature.Purpose; p != "" && p != string(diddoc.AssertionMethod) {
		return nil, failed(CheckKey, "proof-purpose", "the proof was not made for assertions", citesKey), nil
	}
	method, bad := methodOf(doc, signature)
	if method == "" {
		return nil, bad, nil
	}
	state, since, err := r.fate(method)
	if err != nil {
		return nil, Check{}, err
	}
	if state == vc.KeyCompromised {
		return nil, failed(CheckKey, "key-compromised", "the key was marked as compromised on "+stamp(since), citesKey), nil
	}
	if !doc.Has(diddoc.AssertionMethod, method) {
		return nil, unlisted(doc, method, state, since), nil
	}
	key, check, err := r.publicKey(doc, method)
	if key == nil || err != nil {
		return nil, check, err
	}
	if state == vc.KeyRetired {
		check.Code, check.Reason = "key-retired", "the key was retired on "+stamp(since)+"; what it signed before stays good"
		if signature.Created.After(since) {
			check.Outcome, check.Reason = Warning, "the key was retired on "+stamp(since)+", before this was signed"
		}
	}
	return key, check, nil
}

// methodOf gives the absolute id of the method a signature claims. A fragment is of the issuer's document. A
// signature that names none, or only the DID, is taken for the one assertion method whose algorithm fits; two that
// fit are one too many.
func methodOf(doc *document, signature format.Signature) (string, Check) {
	switch method := signature.Method; {
	case method == "" || method == doc.ID:
	case strings.HasPrefix(method, "#"):
		return doc.ID + method, Check{}
	case !strings.HasPrefix(method, "did:"):
		return doc.ID + "#" + method, Check{}
	default:
		return method, Check{}
	}
	var fit []string
	for _, method := range doc.Methods(diddoc.AssertionMethod) {
		if key, ok := doc.keys[method.ID]; ok && key.Accepts(signature.Algorithm) {
			fit = append(fit, method.ID)
		}
	}
	switch len(fit) {
	case 1:
		return fit[0], Check{}
	case 0:
		return "", failed(CheckKey, "method-not-listed", "the issuer's document has no assertion method that fits the signature", citesKey)
	}
	return "", failed(CheckKey, "method-ambiguous", "the signature names no verification method and the issuer has several that fit", citesKey)
}

func unlisted(doc *document, method string, state vc.KeyState, since time.Time) Check {
	did, _, _ := strings.Cut(method, "#")
	_, there := doc.Method(method)
	switch {
	case state == vc.KeyRetired:
		return failed(CheckKey, "key-retired", "the key was retired on "+stamp(since)+" and is no longer listed", citesKey)
	case there:
		return failed(CheckKey, "method-purpose", "the issuer's document does not list the key for assertions", citesKey)
	case did != doc.ID:
		return failed(CheckKey, "issuer-mismatch", "the key belongs to "+did+", and the issuer's document does not list it", citesKey)
	}
	return failed(CheckKey, "method-not-listed", "the issuer's document does not list the key", citesKey)
}

// publicKey gives the key of a listed method, from the document of another DID where the issuer's only refers to it.
func (r *run) publicKey(doc *document, method string) (*jose.PublicKey, Check, error) {
	holder := doc
	if _, there := doc.Method(method); !there {
		did, _, _ := strings.Cut(method, "#")
		other, check, err := r.resolve(did)
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
	return &key, passed(CheckKey, "the issuer's document lists the key for assertions", citesKey), nil
}

// fate asks what became of a key, where it is ours; "" where it is not.
func (r *run) fate(method string) (vc.KeyState, time.Time, error) {
	if r.config.Fates == nil {
		return "", time.Time{}, nil
	}
	state, since, err := r.config.Fates.KeyFate(r.ctx, method)
	if err != nil && vc.KindOf(err) == vc.NotFound {
		return "", time.Time{}, nil
	}
	return state, since, err
}
