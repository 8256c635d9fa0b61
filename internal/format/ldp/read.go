package ldp

import (
	"bytes"
	"context"
	"slices"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/dataintegrity"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/vcdm"
	"github.com/chancery-vc/chancery/spec/vcjwt"
)

// The media types of documents: VCDM 2.0 §6.3 and appendix C; VCDM 1.1 has none of its own.
const (
	mediaCredential   = "application/vc"
	mediaPresentation = "application/vp"
	mediaOld          = "application/ld+json"
)

// Read implements [format.Format]. A credential whose proof waits for its signature, or that has no proof, is read too: it
// has no signature, and so verifies as nothing.
func (f Format) Read(ctx context.Context, secured []byte) (format.Secured, error) {
	d, err := open(secured)
	if err != nil {
		return format.Secured{}, err
	}
	out := format.Secured{Format: Name, MediaType: mediaCredential, Model: d.model, Credential: d.document}
	out.Types = func() []string { return f.types(ctx, d.document) }
	if d.model == vc.VCDM11 {
		out.MediaType = mediaOld
	}
	for _, proof := range d.proofs {
		out.Signatures = append(out.Signatures, f.signature(ctx, proof))
	}
	return out, nil
}

// opened is a document taken apart.
type opened struct {
	document []byte // without proofs
	model    vc.ModelVersion
	proofs   []dataintegrity.Proof
}

func open(secured []byte) (opened, error) {
	text := bytes.TrimSpace(secured)
	if !bytes.HasPrefix(text, []byte{'{'}) {
		return opened{}, vc.Errorf(vc.Invalid, "other-format", "not a JSON object")
	}
	members, err := ijson.Members(text, ijson.Limits{})
	if err != nil {
		return opened{}, invalid(err)
	}
	d := opened{document: text}
	switch state := proofState(members); {
	case state.jwt:
		return d, vc.Errorf(vc.Invalid, "other-format", "the object stands for a JWT")
	case state.signed:
		if d.proofs, err = dataintegrity.Read(text); err != nil {
			return d, invalid(err)
		}
		if err := d.settle(); err != nil {
			return d, err
		}
	case state.there:
		d.document = without(members, "proof")
	}
	plain, err := vcdm.Members(d.document)
	if err != nil {
		return d, invalid(err)
	}
	if d.model = vc.ModelVersion(vcdm.VersionOf(plain)); d.model == "" {
		return d, vc.Errorf(vc.Invalid, "malformed", "the first context is of no data model").At("/@context")
	}
	return d, nil
}

// settle finds the one document that all proofs secure. Proofs of suites that are not known here are left to others, but for
// one that is covered by a proof of ours: that one holds only if it does (Data Integrity 1.0 §4.5).
func (d *opened) settle() error {
	var known []dataintegrity.Proof
	var missing error
	foreign := map[string]bool{}
	for _, proof := range d.proofs {
		if err := proof.Supported(); err != nil {
			foreign[proof.ID], missing = true, err
			continue
		}
		known = append(known, proof)
	}
	d.proofs = known
	if len(known) == 0 {
		return invalid(missing)
	}
	for i, proof := range known {
		if slices.ContainsFunc(proof.Previous, func(id string) bool { return foreign[id] }) {
			return invalid(missing)
		}
		if i > 0 && !bytes.Equal(proof.Document, d.document) {
			return vc.Errorf(vc.Invalid, "malformed", "its proofs secure different documents").At(proof.Pointer)
		}
		d.document = proof.Document
	}
	return nil
}

// state says what stands under "proof".
type state struct{ there, signed, jwt bool }

func proofState(members []ijson.Member) (s state) {
	for _, m := range members {
		if m.Name != "proof" {
			continue
		}
		s.there = true
		elements, many := ijson.Elements(m.Value)
		if !many {
			elements = [][]byte{m.Value}
		}
		s.signed = len(elements) == 0
		for _, element := range elements {
			proof, err := ijson.Members(element, ijson.Limits{})
			signed := err != nil
			for _, member := range proof {
				signed = signed || member.Name == "proofValue" || member.Name == "jws"
				if kind, ok := ijson.String(member.Value); ok && member.Name == "type" {
					s.jwt = s.jwt || kind == vcjwt.ProofObject // which the format of JWTs reads
				}
			}
			s.signed = s.signed || signed
		}
	}
	return s
}

func without(members []ijson.Member, name string) []byte {
	out := []byte{'{'}
	for _, m := range members {
		if m.Name != name {
			out = vcdm.AppendMember(out, m.Name, m.Value)
		}
	}
	return append(out, '}')
}

func (f Format) signature(ctx context.Context, proof dataintegrity.Proof) format.Signature {
	return format.Signature{
		Algorithm: proof.Algorithm, Suite: proof.Suite.Name, Method: proof.Method, Purpose: proof.Purpose, Created: proof.Created,
		Expires: proof.Expires, Cites: "Data Integrity 1.0 §4.4",
		Verify: func(key jose.PublicKey) error {
			if err := proof.Verify(ctx, key, f.canonicalizer(ctx)); err != nil {
				return invalid(err)
			}
			return nil
		},
		Candidates: func() []jose.PublicKey { return proof.Candidates(ctx, f.canonicalizer(ctx)) },
	}
}
