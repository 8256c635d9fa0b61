// Package jwtvc is the format of credentials secured as compact JWS: VCDM 1.1 as vc-jwt (VCDM 1.1 §6.3.1) and
// VCDM 2.0 as vc+jwt (VC-JOSE-COSE §3.1). Presentations of both are read and prepared too.
//
//	complete credential ── payload of its model ── header {alg, kid, typ} ──> signing input ── signature ──> h.p.s
//
// With the suite JwtProof2020 a credential of VCDM 1.1 is an object that has the JWT as its proof.
package jwtvc

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/vcdm"
	"github.com/chancery-vc/chancery/spec/vcjwt"
)

// Name is what variants call the format.
const Name = "jwtvc"

// Format is the format; its zero value is ready.
type Format struct{}

// Name gives [Name].
func (Format) Name() string { return Name }

// MediaType is that of a secured credential.
func (Format) MediaType(model vc.ModelVersion, secured []byte) string {
	switch {
	case bytes.HasPrefix(secured, []byte{'{'}):
		return vcjwt.MediaObject
	case model == vc.VCDM11:
		return vcjwt.MediaJWT
	}
	return vcjwt.MediaCredential
}

// PresentationMediaType is that of a secured presentation.
func (Format) PresentationMediaType(model vc.ModelVersion) string {
	if model == vc.VCDM11 {
		return vcjwt.MediaJWT
	}
	return vcjwt.MediaPresentation
}

// Prepare implements [format.Format].
func (Format) Prepare(_ context.Context, m format.Material) (format.Unsigned, error) {
	if err := suiteFits(m); err != nil {
		return nil, err
	}
	header := jose.Header{Alg: m.Algorithm, Kid: m.Method}
	var (
		payload []byte
		err     error
	)
	switch m.Model {
	case vc.VCDM11:
		header.Typ = vcjwt.TypeJWT
		payload, err = vcjwt.Encode11(m.Credential)
	case vc.VCDM20:
		header.Typ, header.Cty = vcjwt.TypeCredential, vcjwt.ContentCredential
		payload, err = vcjwt.Encode20(m.Credential, vcjwt.Claims{})
	default:
		return nil, vc.Errorf(vc.Invalid, "model", "jwtvc has no data model %q", m.Model)
	}
	if err != nil {
		return nil, invalid(err)
	}
	token := unsigned{payload: payload, input: jose.Input(jose.EncodeHeader(header), payload)}
	if m.Suite == vcjwt.ProofObject {
		return newObject(token)
	}
	return token, nil
}

// unsigned is a prepared credential or presentation: its payload, and header and payload as they will be signed.
type unsigned struct {
	payload []byte
	input   []byte
}

// Document gives the two-part JWT, without the trailing dot.
func (u unsigned) Document() []byte { return u.input }

// Input gives the JWS signing input, RFC 7515 §5.1.
func (u unsigned) Input() []byte { return u.input }

// Secure appends the signature, RFC 7515 §7.1.
func (u unsigned) Secure(signature []byte) ([]byte, error) {
	if len(signature) == 0 {
		return nil, vc.Errorf(vc.Invalid, "signature", "the signature is empty")
	}
	return jose.Join(u.input, signature), nil
}

// Same compares payloads as JSON values (RFC 8785): a signer elsewhere may order members as it likes, and its
// header, with alg and kid, is its own.
func (u unsigned) Same(secured format.Secured) error { return u.same(secured, "") }

func (u unsigned) same(secured format.Secured, suite string) error {
	same, err := ijson.Equal(u.payload, secured.Payload)
	if err != nil {
		return invalid(err)
	}
	if !same {
		return vc.Errorf(vc.Invalid, "payload-differs", "the signed credential does not say what was prepared").At("/credential")
	}
	for _, s := range secured.Signatures {
		if s.Suite != suite {
			return vc.Errorf(vc.Invalid, "proof-differs", "the credential is not secured by the suite that was prepared").At("/credential")
		}
	}
	return nil
}

// Read implements [format.Format]. The two-part JWT of a credential that is yet to be signed, with or without its
// trailing dot, is read too: it has no signature, and so verifies as nothing. So is the object form of a JWT, with a proof
// JwtProof2020, which must say what the JWT says.
func (Format) Read(_ context.Context, secured []byte) (format.Secured, error) {
	if jwt, said, ok := fromObject(secured); ok {
		return readObject(jwt, said)
	}
	return readToken(secured)
}

func readToken(secured []byte) (format.Secured, error) {
	token, unsigned, err := parse(secured)
	if err != nil {
		return format.Secured{}, err
	}
	credential, version, claims, err := vcjwt.Read(token.Payload)
	if err != nil {
		return format.Secured{}, invalid(err)
	}
	out := format.Secured{Format: Name, Credential: credential, Payload: token.Payload}
	if version == vcdm.V11 {
		out.Model, out.MediaType = vc.VCDM11, vcjwt.MediaJWT
	} else {
		out.Model, out.MediaType = vc.VCDM20, vcjwt.MediaCredential
	}
	if err := typFits(token.Header.Typ, out.Model); err != nil {
		return format.Secured{}, err
	}
	if !unsigned {
		cites := "VC-JOSE-COSE §3.1.1, RFC 7515 §5.2"
		if out.Model == vc.VCDM11 {
			cites = "VCDM 1.1 §6.3.1, RFC 7515 §5.2"
		}
		out.Signatures = []format.Signature{signature(token, "assertionMethod", cites, claims)}
	}
	return out, nil
}

// parse reads a token of three parts, or of two that is yet to be signed.
func parse(secured []byte) (token jose.Compact, unsigned bool, err error) {
	text := bytes.TrimSpace(secured)
	if !looksLikeJWS(text) {
		return jose.Compact{}, false, vc.Errorf(vc.Invalid, "other-format", "not a compact JWS")
	}
	parse, unsigned := jose.ParseCompact, isUnsigned(text)
	if unsigned {
		parse = jose.ParseUnsigned
	}
	if token, err = parse(bytes.Clone(text)); err != nil {
		return jose.Compact{}, false, invalid(err)
	}
	return token, unsigned, nil
}

// signature carries the token's own dates: in VC-JOSE-COSE they are the signature's, apart from the credential's.
func signature(token jose.Compact, purpose, cites string, claims vcjwt.Claims) format.Signature {
	return format.Signature{
		Algorithm: token.Header.Alg, Method: token.Header.Kid, Purpose: purpose, Cites: cites,
		Created: claims.IssuedAt, NotBefore: claims.NotBefore, Expires: claims.Expires,
		Verify: func(key jose.PublicKey) error {
			if key.Algorithm != token.Header.Alg {
				return vc.Errorf(vc.Invalid, "algorithm", "the token says %q, the key is for %s", token.Header.Alg, key.Algorithm)
			}
			return jose.Verify(key, token.Input, token.Signature)
		},
		Candidates: token.Candidates,
	}
}

// typFits refuses a token whose typ is of another kind: a proof of possession or an access token is no credential
// (RFC 8725 §3.11). A vc-jwt may leave typ out.
func typFits(typ string, model vc.ModelVersion) error {
	typ = strings.TrimPrefix(strings.ToLower(typ), "application/")
	switch {
	case model == vc.VCDM11 && (typ == "" || typ == "jwt" || typ == "vc+jwt" || typ == "vc+ld+jwt"):
		return nil
	case model == vc.VCDM20 && (typ == "" || typ == "jwt" || typ == "vc+jwt" || typ == "vc+ld+jwt"):
		return nil
	}
	return vc.Errorf(vc.Invalid, "typ", "a token of type %q is no credential", typ)
}

func looksLikeJWS(text []byte) bool {
	dots := bytes.Count(text, []byte{'.'})
	return (dots == 1 || dots == 2) && bytes.HasPrefix(text, []byte("ey"))
}

// isUnsigned: "header.payload" or "header.payload.".
func isUnsigned(text []byte) bool {
	return bytes.Count(text, []byte{'.'}) == 1 || bytes.HasSuffix(text, []byte{'.'})
}

// invalid makes an error of a specification into one of ours, with its place.
func invalid(err error) error {
	e := vc.Errorf(vc.Invalid, "malformed", "%s", err.Error())
	if at, ok := errors.AsType[*vcjwt.Error](err); ok {
		e.Message, e.Pointer = at.Message, at.Pointer
	}
	if at, ok := errors.AsType[*vcdm.Error](err); ok {
		e.Message, e.Pointer = at.Message, at.Pointer
	}
	return e
}
