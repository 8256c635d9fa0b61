package jwtvc

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/vcdm"
	"github.com/chancery-vc/chancery/spec/vcjwt"
)

// ClaimFormats gives the designations of DIF Presentation Exchange, and of OpenID4VP before its draft 23.
func (Format) ClaimFormats() (credential, presentation string) { return "jwt_vc", "jwt_vp" }

// ReadPresentation reads a presentation as VCDM 1.1 §6.3.1 (claim "vp") and VC-JOSE-COSE §3.1.2 secure it. As with
// Read, one that is yet to be signed is read and has no signature.
func (Format) ReadPresentation(_ context.Context, secured []byte) (format.Presentation, error) {
	token, unsigned, err := parse(secured)
	if err != nil {
		return format.Presentation{}, err
	}
	document, claims, version, err := vcjwt.DecodePresentation(token.Payload)
	if err != nil {
		return format.Presentation{}, invalid(err)
	}
	presentation, err := vcdm.ParsePresentation(document)
	if err != nil {
		return format.Presentation{}, invalid(err)
	}
	if !slices.Contains(presentation.Types, vcdm.TypePresentation) {
		return format.Presentation{}, vc.Errorf(vc.Invalid, "malformed", "the token holds no presentation").At("/type")
	}
	out := format.Presentation{
		Format: Name, Model: vc.VCDM20, MediaType: vcjwt.MediaPresentation, Presentation: document, Payload: token.Payload,
		ID: presentation.ID, Holder: presentation.Holder.ID, Audience: claims.Audience, Nonce: claims.Nonce,
	}
	if out.Holder == "" { // which the document need not name, and then the token may
		out.Holder = claims.Issuer
	}
	cites := "VC-JOSE-COSE §3.1.2, RFC 7515 §5.2"
	if version == vcdm.V11 {
		out.Model, out.MediaType, cites = vc.VCDM11, vcjwt.MediaJWT, "VCDM 1.1 §6.3.1, RFC 7515 §5.2"
	}
	if err := presentationType(token.Header.Typ); err != nil {
		return format.Presentation{}, err
	}
	if out.Credentials, err = presentation.Secured(); err != nil {
		return format.Presentation{}, invalid(err)
	}
	if !unsigned {
		out.Signatures = []format.Signature{signature(token, "authentication", cites, claims)}
	}
	return out, nil
}

// presentationType: see typFits.
func presentationType(typ string) error {
	switch strings.TrimPrefix(strings.ToLower(typ), "application/") {
	case "", "jwt", "vp+jwt", "vp+ld+jwt":
		return nil
	}
	return vc.Errorf(vc.Invalid, "typ", "a token of type %q is no presentation", typ)
}

// PreparePresentation prepares a presentation of JWTs and of objects with a proof of their own. A credential that is
// yet to be signed is Invalid "credential-unsigned", one that is none "credential-malformed". It is a JWT whatever the
// suite: suites are of credentials.
func (f Format) PreparePresentation(ctx context.Context, m format.PresentationMaterial) (format.Unsigned, error) {
	out := vcdm.Presentation{
		ID: m.ID, Types: []string{vcdm.TypePresentation}, Holder: vcdm.Issuer{ID: m.Holder}, Credentials: []json.RawMessage{},
	}
	if m.Submission != nil {
		return nil, vc.Errorf(vc.Invalid, "submission-inside", "a submission stands beside a presentation of this format, not inside")
	}
	header := jose.Header{Alg: m.Algorithm, Kid: m.Method}
	context := vcdm.BaseContext20
	switch m.Model {
	case vc.VCDM11:
		out.Version, context, header.Typ = vcdm.V11, vcdm.BaseContext11, vcjwt.TypeJWT
	case vc.VCDM20:
		out.Version, header.Typ, header.Cty = vcdm.V20, vcjwt.TypePresentation, vcjwt.ContentPresentation
	default:
		return nil, vc.Errorf(vc.Invalid, "model", "jwtvc has no data model %q", m.Model)
	}
	out.Types = append(out.Types, m.Types...)
	for _, url := range append([]string{context}, m.Contexts...) {
		out.Context = append(out.Context, vcdm.AppendText(nil, url))
	}
	for i, secured := range m.Credentials {
		raw, err := f.wrap(ctx, bytes.TrimSpace(secured), m.Model)
		if err != nil {
			return nil, err.At("/credentials/" + strconv.Itoa(i))
		}
		out.Credentials = append(out.Credentials, raw)
	}
	document, err := vcdm.EncodePresentation(&out)
	if err != nil {
		return nil, invalid(err)
	}
	payload, err := vcjwt.EncodePresentation(document, vcjwt.Claims{
		Audience: m.Audience, Nonce: m.Nonce, IssuedAt: m.Created, NotBefore: m.Created, Expires: m.Expires,
	})
	if err != nil {
		return nil, invalid(err)
	}
	return unsigned{payload: payload, input: jose.Input(jose.EncodeHeader(header), payload)}, nil
}

// wrap gives a credential as it stands inside a presentation: a JWT is a string in VCDM 1.1, and in 2.0 an envelope.
func (f Format) wrap(ctx context.Context, secured []byte, model vc.ModelVersion) (json.RawMessage, *vc.Error) {
	if bytes.HasPrefix(secured, []byte{'{'}) {
		all, err := vcdm.Members(secured)
		if err != nil {
			return nil, vc.Errorf(vc.Invalid, "credential-malformed", "the credential cannot be read").Because(err)
		}
		if _, proven := vcdm.Lookup(all, "proof"); !proven {
			return nil, vc.Errorf(vc.Invalid, "credential-unsigned", "the credential has no proof")
		}
		return secured, nil
	}
	read, err := f.Read(ctx, secured)
	if err != nil {
		return nil, vc.Errorf(vc.Invalid, "credential-malformed", "the credential cannot be read").Because(err)
	}
	if len(read.Signatures) == 0 {
		return nil, vc.Errorf(vc.Invalid, "credential-unsigned", "the credential is not signed")
	}
	if model == vc.VCDM11 {
		return vcdm.AppendText(nil, string(secured)), nil
	}
	return vcdm.Envelope(read.MediaType, secured), nil
}
