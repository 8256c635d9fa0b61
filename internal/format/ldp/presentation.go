package ldp

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/dataintegrity"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/vcdm"
	"github.com/chancery-vc/chancery/spec/vcjwt"
)

// ClaimFormats gives the designations of DIF Presentation Exchange.
func (Format) ClaimFormats() (credential, presentation string) { return "ldp_vc", "ldp_vp" }

// ReadPresentation reads a presentation with an embedded proof: whom it is for is the proof's domain, its nonce the proof's
// challenge (Data Integrity 1.0 §2.1), or the proof's nonce, as wallets that secure with suites of before have it. As with Read, one that is yet to be signed is read and has no signature.
func (f Format) ReadPresentation(ctx context.Context, secured []byte) (format.Presentation, error) {
	d, err := open(secured)
	if err != nil {
		return format.Presentation{}, err
	}
	presentation, err := vcdm.ParsePresentation(d.document)
	if err != nil {
		return format.Presentation{}, invalid(err)
	}
	if !slices.Contains(presentation.Types, vcdm.TypePresentation) {
		return format.Presentation{}, vc.Errorf(vc.Invalid, "malformed", "the object is no presentation").At("/type")
	}
	out := format.Presentation{
		Format: Name, MediaType: mediaPresentation, Model: d.model, Presentation: d.document,
		ID: presentation.ID, Holder: presentation.Holder.ID,
	}
	if d.model == vc.VCDM11 {
		out.MediaType = mediaOld
	}
	if out.Credentials, err = presentation.Secured(); err != nil {
		return format.Presentation{}, invalid(err)
	}
	for i, proof := range d.proofs {
		if proof.Challenge == "" && proof.Suite.Legacy {
			proof.Challenge = proof.Nonce
		}
		if i > 0 && (proof.Challenge != out.Nonce || !slices.Equal(proof.Domain, out.Audience)) {
			return format.Presentation{}, vc.Errorf(vc.Invalid, "malformed", "its proofs answer different requests").At(proof.Pointer)
		}
		out.Nonce, out.Audience = proof.Challenge, proof.Domain
		out.Signatures = append(out.Signatures, f.signature(ctx, proof))
	}
	return out, nil
}

// PreparePresentation prepares a presentation of objects with a proof and, in VCDM 2.0, of JWTs; VCDM 1.1 has no place for
// a JWT in JSON-LD: Invalid "credential-format". A credential that is yet to be signed is Invalid "credential-unsigned", one
// that is none "credential-malformed".
func (f Format) PreparePresentation(ctx context.Context, m format.PresentationMaterial) (format.Unsigned, error) {
	switch {
	case m.Suite == "" && m.Submission != nil:
		m.Suite = former(m.Algorithm, m.Model)
	case m.Suite == "":
		m.Suite = usual(m.Algorithm)
	}
	suite, err := suiteOf(m.Suite)
	if err != nil {
		return nil, err
	}
	out, err := f.bare(m)
	if err != nil {
		return nil, err
	}
	out.Credentials = []json.RawMessage{}
	for i, secured := range m.Credentials {
		raw, err := f.wrap(ctx, bytes.TrimSpace(secured), m.Model)
		if err != nil {
			return nil, err.At("/credentials/" + strconv.Itoa(i))
		}
		out.Credentials = append(out.Credentials, raw)
	}
	document, err := vcdm.EncodePresentation(out)
	if err != nil {
		return nil, invalid(err)
	}
	made, err := f.prepare(ctx, document, dataintegrity.Options{
		Suite: suite, Algorithm: m.Algorithm, Method: m.Method, Purpose: "authentication", Created: m.Created, Expires: m.Expires,
		Domain: m.Audience, Challenge: m.Nonce,
	})
	return made, ofCredential(err)
}

// contextSubmission defines where a submission stands in a presentation.
const contextSubmission = "https://identity.foundation/presentation-exchange/submission/v1"

// bare is the presentation without credentials.
func (f Format) bare(m format.PresentationMaterial) (*vcdm.Presentation, error) {
	out := &vcdm.Presentation{
		ID: m.ID, Types: append([]string{vcdm.TypePresentation}, m.Types...), Holder: vcdm.Issuer{ID: m.Holder},
	}
	contexts := []string{vcdm.BaseContext20}
	switch m.Model {
	case vc.VCDM11:
		out.Version, contexts[0] = vcdm.V11, vcdm.BaseContext11
	case vc.VCDM20:
		out.Version = vcdm.V20
	default:
		return nil, vc.Errorf(vc.Invalid, "model", "ldp has no data model %q", m.Model)
	}
	more := slices.Clone(m.Contexts)
	if m.Submission != nil { // PE 1.0, Embed Locations
		more, out.Types = append(more, contextSubmission), append(out.Types, "PresentationSubmission")
		out.Extra = []vcdm.Member{{Name: "presentation_submission", Value: m.Submission}}
	}
	for _, url := range append(more, f.Contexts(m.Model, m.Suite, "")...) {
		if !slices.Contains(contexts, url) {
			contexts = append(contexts, url)
		}
	}
	for _, url := range contexts {
		out.Context = append(out.Context, vcdm.AppendText(nil, url))
	}
	return out, nil
}

// PresentationTypes gives the IRIs that the types of a presentation stand for, whichever format secures it. Types that no
// context defines and contexts that are not known are Invalid, at /type and /@context.
func (f Format) PresentationTypes(ctx context.Context, m format.PresentationMaterial) ([]string, error) {
	bare, err := f.bare(m)
	if err != nil {
		return nil, err
	}
	document, err := vcdm.EncodePresentation(bare)
	if err != nil {
		return nil, invalid(err)
	}
	iris, err := typesOf(f.processor(), document, f.loader(ctx))
	if err != nil {
		return nil, invalid(err)
	}
	return iris, nil
}

// usual is the suite for a key of an algorithm.
func usual(algorithm string) string {
	switch algorithm {
	case jose.ES256, jose.ES384:
		return dataintegrity.ECDSARDFC2019
	case jose.ES256K:
		return dataintegrity.EcdsaSecp256k1Signature2019
	}
	return dataintegrity.EdDSARDFC2022
}

// former is the suite for who asks for a submission inside: agents that know no cryptosuite yet, and of the suites that came
// before with VCDM 2.0 none but that of 2020.
func former(algorithm string, model vc.ModelVersion) string {
	switch {
	case algorithm == jose.ES256:
		return dataintegrity.EcdsaSecp256r1Signature2019
	case algorithm == jose.EdDSA && model == vc.VCDM20:
		return dataintegrity.Ed25519Signature2020
	case algorithm == jose.EdDSA:
		return dataintegrity.Ed25519Signature2018
	}
	return usual(algorithm)
}

// ofCredential points to the credential as the caller gave it.
func ofCredential(err error) error {
	e, ok := err.(*vc.Error)
	if !ok {
		return err
	}
	if rest, ok := strings.CutPrefix(e.Pointer, "/verifiableCredential/"); ok {
		return e.At("/credentials/" + rest)
	}
	return e
}

// wrap gives a credential as it stands inside a presentation.
func (f Format) wrap(ctx context.Context, secured []byte, model vc.ModelVersion) (json.RawMessage, *vc.Error) {
	malformed := vc.Errorf(vc.Invalid, "credential-malformed", "the credential cannot be read")
	unsigned := vc.Errorf(vc.Invalid, "credential-unsigned", "the credential is not signed")
	if bytes.HasPrefix(secured, []byte{'{'}) {
		read, err := f.Read(ctx, secured)
		switch {
		case err != nil:
			return nil, malformed.Because(err)
		case len(read.Signatures) == 0:
			return nil, unsigned
		}
		return secured, nil
	}
	if _, err := jose.ParseUnsigned(secured); err == nil {
		return nil, unsigned
	}
	token, err := jose.ParseCompact(secured)
	if err != nil {
		return nil, malformed.Because(err)
	}
	_, version, err := vcjwt.Decode(token.Payload)
	media := vcjwt.MediaCredential
	switch {
	case err != nil:
		return nil, malformed.Because(err)
	case model == vc.VCDM11:
		return nil, vc.Errorf(vc.Invalid, "credential-format", "a JWT has no place in a presentation of VCDM 1.1 with an embedded proof")
	case version == vcdm.V11:
		media = vcjwt.MediaJWT
	}
	return vcdm.Envelope(media, secured), nil
}
