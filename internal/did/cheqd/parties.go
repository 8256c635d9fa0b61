package cheqd

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// party is one whose signature the ledger wants, by one of its keys: a DID, as it stands or as it will.
type party struct {
	did     string
	methods []cheqd.VerificationMethod
}

// parties are those who must sign a message: cheqd ADR 001. For a new document, a deactivation and a resource they are the
// controllers of the document and of its methods. For an update they are the controllers before and after, and those of methods
// that are new, changed or gone; the DID itself counts twice, as it was and as it will be.
func (m Method) parties(ctx context.Context, message cheqd.Message, parsed cheqd.DID) ([]party, error) {
	subject := parsed.String()
	if create, ok := message.(cheqd.CreateDIDDoc); ok {
		doc := create.Payload.DIDDoc
		return m.gather(ctx, subject, append(controllers(doc), methodControllers(doc.VerificationMethod)...), doc)
	}
	found, err := m.standingDoc(ctx, subject)
	if err != nil {
		return nil, err
	}
	now := found.Doc
	update, ok := message.(cheqd.UpdateDIDDoc)
	if !ok {
		return m.gather(ctx, subject, append(controllers(now), methodControllers(now.VerificationMethod)...), now)
	}
	next := update.Payload.DIDDoc
	before := append(controllers(now), methodControllers(without(now.VerificationMethod, next.VerificationMethod))...)
	after := append(controllers(next), methodControllers(without(next.VerificationMethod, now.VerificationMethod))...)
	was, err := m.gather(ctx, subject, before, now)
	if err != nil {
		return nil, err
	}
	willBe, err := m.gather(ctx, subject, after, next)
	return append(was, willBe...), err
}

// without are the methods of a list that are not in another.
func without(methods, others []cheqd.VerificationMethod) []cheqd.VerificationMethod {
	return slices.DeleteFunc(slices.Clone(methods), func(m cheqd.VerificationMethod) bool { return slices.Contains(others, m) })
}

// gather finds the keys of DIDs: of the subject in the document that is given, of others on the ledger.
func (m Method) gather(ctx context.Context, subject string, dids []string, own cheqd.DIDDoc) ([]party, error) {
	slices.Sort(dids)
	var parties []party
	for _, text := range slices.Compact(dids) {
		doc := own
		if text != subject {
			found, err := m.standingDoc(ctx, text)
			if vc.KindOf(err) == vc.NotFound {
				return nil, vc.Errorf(vc.Invalid, "document-not-on-ledger", "a controller is not on the ledger")
			}
			if err != nil {
				return nil, err
			}
			doc = found.Doc
		}
		parties = append(parties, party{text, doc.VerificationMethod})
	}
	return parties, nil
}

func controllers(doc cheqd.DIDDoc) []string {
	if len(doc.Controller) == 0 {
		return []string{doc.ID}
	}
	return slices.Clone(doc.Controller)
}

func methodControllers(methods []cheqd.VerificationMethod) []string {
	list := make([]string, len(methods))
	for i, method := range methods {
		list[i] = method.Controller
	}
	return list
}

// signedBy checks signatures: each is by a key of a party, and each party has one.
func signedBy(parties []party, payload []byte, signatures []did.Signature) ([]cheqd.SignInfo, error) {
	var infos []cheqd.SignInfo
	done := make([]bool, len(parties))
	for _, signature := range signatures {
		right := false
		for i, party := range parties {
			for _, method := range party.methods {
				if method.ID != signature.Method {
					continue
				}
				if bytes, ok := verified(method, payload, signature.Bytes); ok {
					done[i] = true
					if !right {
						infos = append(infos, cheqd.SignInfo{VerificationMethodID: method.ID, Signature: bytes})
					}
					right = true
				}
			}
		}
		if !right {
			return nil, vc.Errorf(vc.Invalid, "signature-invalid", "a signature is not by the key that it names over the payload").At("/secret/signingResponse")
		}
	}
	for i, party := range parties {
		if !done[i] {
			return nil, vc.Errorf(vc.Invalid, "signature-missing", "there is no signature by %s", party.did).At("/secret/signingResponse")
		}
	}
	return infos, nil
}

// verified gives a signature as the ledger takes it: ECDSA may come in its JOSE form.
func verified(method cheqd.VerificationMethod, payload, signature []byte) ([]byte, bool) {
	if method.Verify(payload, signature) == nil {
		return signature, true
	}
	written, err := onLedger(vc.P256, signature)
	return written, err == nil && method.Verify(payload, written) == nil
}

// algorithm is what a key signs with, by its JOSE name. The ledger wants SHA-256 of P-384 too, which has none.
func algorithm(method cheqd.VerificationMethod) string {
	if !strings.EqualFold(method.Type, diddoc.JSONWebKey2020) {
		return "EdDSA"
	}
	var jwk struct {
		Kty string `json:"kty"`
		Crv string `json:"crv"`
	}
	if json.Unmarshal([]byte(method.Material), &jwk) != nil {
		return ""
	}
	switch {
	case jwk.Kty == "RSA":
		return "PS256"
	case jwk.Crv == "Ed25519":
		return "EdDSA"
	case jwk.Crv == "P-256":
		return "ES256"
	}
	return ""
}
