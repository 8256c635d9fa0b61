package didcomm

import (
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
)

// JWS is the detached signature of an attachment: RFC 0017, RFC 7515 §7.2 without payload. Either Signatures are set, or
// the rest.
type JWS struct {
	Header     *JWSHeader     `json:"header,omitzero"`
	Protected  string         `json:"protected,omitzero"`
	Signature  string         `json:"signature,omitzero"`
	Signatures []JWSSignature `json:"signatures,omitzero"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// JWSSignature is one of several signatures.
type JWSSignature struct {
	Header    *JWSHeader `json:"header,omitzero"`
	Protected string     `json:"protected,omitzero"`
	Signature string     `json:"signature,omitzero"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// JWSHeader is the unprotected header of a signature.
type JWSHeader struct {
	KID string `json:"kid,omitzero"`

	Extra map[string]jsontext.Value `json:",embed"`
}

const maxSignatures = 8

// Sign signs the attachment's base64 content with a key of ours: sign gives the 64 bytes of an EdDSA signature over its
// input. The key is named as every agent wants to find it: "jwk" and its "kid" in the protected header, "kid" as did:key
// in the other. It fails with an *Error (CodeAttachment) for content in another form, and as sign does.
func (a *Attachment) Sign(key Verkey, sign func(input []byte) ([]byte, error)) error {
	content, err := a.Content()
	if err != nil {
		return err
	}
	if a.Data.Base64 == "" {
		return badAttachment("/data/base64", "only base64 content is signed")
	}
	protected := `{"alg":"EdDSA","jwk":{"kty":"OKP","crv":"Ed25519","x":"` + encode64(key[:]) + `","kid":"` + key.DIDKey() + `"}}`
	input := jose.Input([]byte(protected), content)
	signature, err := sign(input)
	if err != nil {
		return err
	}
	a.Data.JWS = &JWS{Header: &JWSHeader{KID: key.DIDKey()}, Protected: encode64([]byte(protected)), Signature: encode64(signature)}
	return nil
}

// Verify checks all signatures of the attachment and gives its content and the keys that signed it, which the caller
// compares with those it trusts: see [SignedBy]. It fails with an *Error: CodeSignature for no signature, or one that is
// wrong, and as [Attachment.Content] does.
func (a Attachment) Verify() (content []byte, signers []Verkey, err error) {
	if content, err = a.Content(); err != nil {
		return nil, nil, err
	}
	jws := a.Data.JWS
	if jws == nil || a.Data.Base64 == "" {
		return nil, nil, badSignature("not signed")
	}
	all := jws.Signatures
	if jws.Signature != "" {
		if len(all) > 0 {
			return nil, nil, badSignature("two forms of a JWS")
		}
		all = []JWSSignature{{Header: jws.Header, Protected: jws.Protected, Signature: jws.Signature}}
	}
	if len(all) == 0 || len(all) > maxSignatures {
		return nil, nil, badSignature("no signature, or too many")
	}
	for _, one := range all {
		key, err := one.verify(content)
		if err != nil {
			return nil, nil, err
		}
		signers = append(signers, key)
	}
	return content, signers, nil
}

// SignedBy is Verify where one of the signers must be among keys.
func (a Attachment) SignedBy(keys ...Verkey) ([]byte, error) {
	content, signers, err := a.Verify()
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(signers, func(key Verkey) bool { return slices.Contains(keys, key) }) {
		return nil, badSignature("signed by another key")
	}
	return content, nil
}

// verify finds the one key that a signature names, in up to two places, and checks it.
func (s JWSSignature) verify(content []byte) (Verkey, error) {
	raw, ok := decode64(s.Protected)
	signature, oks := decode64(s.Signature)
	if !ok || !oks {
		return Verkey{}, badSignature("no base64url")
	}
	key, err := s.key(raw)
	if err != nil {
		return Verkey{}, err
	}
	public, err := key.PublicKey()
	if err != nil {
		return Verkey{}, err
	}
	// The header as it was sent: encoding it anew gives the same text, for decode64 is strict but for padding.
	if err := jose.Verify(public, jose.Input(raw, content), signature); err != nil {
		return Verkey{}, badSignature("the signature is wrong")
	}
	return key, nil
}

func (s JWSSignature) key(protected []byte) (Verkey, error) {
	if err := ijson.Check(protected, ijson.Limits{Depth: 8}); err != nil {
		return Verkey{}, badSignature("the protected header is no I-JSON")
	}
	var header struct {
		Alg  string         `json:"alg"`
		KID  string         `json:"kid"`
		JWK  jsontext.Value `json:"jwk"`
		Crit jsontext.Value `json:"crit"`
		B64  jsontext.Value `json:"b64"`
	}
	if err := json.Unmarshal(protected, &header); err != nil || header.Alg != jose.EdDSA || header.Crit != nil || header.B64 != nil {
		return Verkey{}, badSignature("the protected header is not that of an EdDSA signature")
	}
	var named []Verkey
	if header.JWK != nil {
		key, err := ed25519Of(header.JWK)
		if err != nil {
			return Verkey{}, err
		}
		named = append(named, key)
	}
	kids := []string{header.KID}
	if s.Header != nil {
		kids = append(kids, s.Header.KID)
	}
	for _, kid := range kids {
		if kid == "" {
			continue
		}
		key, err := ParseVerkey(kid)
		if err != nil {
			return Verkey{}, badSignature("the kid is no did:key")
		}
		named = append(named, key)
	}
	if len(named) == 0 || slices.ContainsFunc(named, func(key Verkey) bool { return key != named[0] }) {
		return Verkey{}, badSignature("the signature names no key, or two")
	}
	return named[0], nil
}

// ed25519Of reads the key of a jwk; other members of it, a kid of any form among them, say nothing.
func ed25519Of(raw []byte) (Verkey, error) {
	var jwk struct {
		Kty string `json:"kty"`
		Crv string `json:"crv"`
		X   string `json:"x"`
		D   string `json:"d"`
	}
	if err := json.Unmarshal(raw, &jwk); err != nil || jwk.Kty != "OKP" || jwk.Crv != "Ed25519" || jwk.D != "" {
		return Verkey{}, badSignature("the jwk is no Ed25519 key")
	}
	public, ok := decode64(jwk.X)
	if !ok {
		return Verkey{}, badSignature("the jwk is no Ed25519 key")
	}
	key, err := NewVerkey(public)
	if err != nil {
		return Verkey{}, badSignature("the jwk is no Ed25519 key")
	}
	return key, nil
}

func badSignature(message string) *Error {
	return &Error{Code: CodeSignature, Pointer: "/data/jws", Message: message}
}
