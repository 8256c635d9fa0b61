package dataintegrity

import (
	"bytes"
	"slices"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// WithContext gives the document with a context that defines the terms of the suite's proofs: as it is where its @context
// names one of [Suite].Contexts, else with the first of them after its own (Data Integrity 1.0 §2.4.2). A document of a JCS
// suite that has no @context stays without. Add it before anyone agrees to the document: a holder may compare what is
// issued with what was offered. It fails with an *Error (CodeDocument) for no JSON object.
func (s Suite) WithContext(document []byte) ([]byte, error) {
	p, err := split(document)
	if err != nil {
		return nil, err
	}
	if len(s.Contexts) == 0 || p.context == nil && s.JCS {
		return document, nil
	}
	entries := contexts(p.context)
	for _, entry := range entries {
		if name, ok := ijson.String(entry); ok && slices.Contains(s.Contexts, name) {
			return document, nil
		}
	}
	own := ijson.AppendString(nil, s.Contexts[0])
	if p.context == nil {
		p.members = slices.Insert(p.members, 0, ijson.Member{Name: "@context", Value: own})
		return p.whole(), nil
	}
	context := list(append(entries, own))
	for i := range p.members {
		if p.members[i].Name == "@context" {
			p.members[i].Value = context
		}
	}
	return p.whole(), nil
}

// whole puts the document together with the proofs it has.
func (p parts) whole() []byte {
	proofs := make([][]byte, len(p.proofs))
	for i, proof := range p.proofs {
		proofs[i] = proof.raw
	}
	return p.document(nil, len(p.proofs) == 1 && p.proofs[0].pointer == "/proof", proofs...)
}

// contexts gives the entries of an @context: a list's elements, or the one value it is.
func contexts(context []byte) [][]byte {
	if context == nil {
		return nil
	}
	if entries, ok := ijson.Elements(context); ok {
		return entries
	}
	return [][]byte{context}
}

// startsWith says whether the entries of one @context begin with all those of another, in their order: DI-EdDSA 1.0 §3.3.2
// step 4.1.
func startsWith(context, beginning []byte) bool {
	entries, wanted := contexts(context), contexts(beginning)
	if len(wanted) > len(entries) {
		return false
	}
	for i := range wanted {
		if same, err := ijson.Equal(entries[i], wanted[i]); err != nil || !same {
			return false
		}
	}
	return true
}

// sameContext says whether two values of @context are the same; a list of one is its element.
func sameContext(a, b []byte) bool {
	return bytes.Equal(a, b) || len(contexts(a)) == len(contexts(b)) && startsWith(a, b)
}

// configure makes the proof's options: its members without the signature, under the @context they are read by. RDF suites
// take the document's (DI-EdDSA 1.0 §3.2.5), JCS suites the proof's own (§3.3.2).
func (p parts) configure(proof *Proof, members []ijson.Member) error {
	options := make([]ijson.Member, 0, len(members)+1)
	var own []byte
	for _, m := range members {
		switch {
		case m.Name == "@context":
			own = m.Value
		case m.Name != "proofValue" && m.Name != "jws":
			options = append(options, m)
		}
	}
	context := own
	if !proof.Suite.JCS {
		context = p.context
		if context == nil {
			return &Error{Code: CodeContext, Pointer: "/@context", Message: "the suite needs a document with a context"}
		}
	}
	// A proof of an RDF suite that brings a context of its own would be read by one and verified under another.
	if own != nil && (p.context == nil || proof.Suite.JCS && !startsWith(p.context, own) || !proof.Suite.JCS && !sameContext(p.context, own)) {
		return &Error{Code: CodeContext, Pointer: proof.Pointer + "/@context", Message: "the proof's context is not the document's"}
	}
	if context != nil {
		options = append(options, ijson.Member{Name: "@context", Value: context})
	}
	if proof.Suite.JCS {
		proof.context = own
	}
	proof.options = object(options)
	return nil
}
