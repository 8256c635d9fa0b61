package dataintegrity

import (
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/vcdm"
)

// Proof is a proof as read: Data Integrity 1.0 §2.1. Nothing in it is verified. Of a proof whose suite is not supported
// only Type, Cryptosuite, ID, Pointer and Raw are there.
type Proof struct {
	Suite       Suite  // the zero Suite where it is not supported
	Type        string // as it stands
	Cryptosuite string // as it stands, "" for none
	Algorithm   string // the JOSE name that the signature's form has; the key must have it too
	ID          string
	Method      string // the verification method: an absolute URL
	Purpose     string
	Created     time.Time // zero: not said
	Expires     time.Time // zero: not said
	Domain      []string
	Challenge   string
	Nonce       string
	Previous    []string // ids of proofs that this one covers, and that must be verified for this one to be
	// Document is what the proof secures, without any proof. Of a JCS suite it has the proof's @context, which may be
	// shorter than the one that was read: what is not in it is not signed.
	Document []byte
	Pointer  string // of the proof, into the document that was read
	Raw      []byte // the proof as it stands

	fault     *Error
	signature []byte
	header    string // of a JWS, as it stands
	context   []byte // of a JCS suite: the proof's own, nil where the document's holds
	options   []byte // without the signature, with the @context it is canonicalized under
	covered   []byte // Document with the proofs of Previous
}

// Read takes the proofs out of a secured document, in their order. A proof of a suite that is not supported is among
// them: see [Proof.Supported]. It fails with an *Error: CodeDocument, CodeNoProof, CodeProof, CodeValue, CodeContext,
// CodeChain. One malformed proof is enough to fail.
func Read(secured []byte) ([]Proof, error) {
	p, err := split(secured)
	if err != nil {
		return nil, err
	}
	if len(p.proofs) == 0 {
		return nil, &Error{Code: CodeNoProof, Pointer: "/proof", Message: "the document has no proof"}
	}
	proofs := make([]Proof, len(p.proofs))
	for i, at := range p.proofs {
		if proofs[i], err = p.read(at); err != nil {
			return nil, err
		}
	}
	if fault := chained(proofs); fault != nil {
		return nil, fault
	}
	plain := p.document(nil, false)
	for i := range proofs {
		proof := &proofs[i]
		if proof.fault != nil {
			continue
		}
		proof.Document = plain
		if proof.context != nil {
			proof.Document = p.document(proof.context, false)
		}
		proof.covered = proof.Document
		if previous := named(proofs, proof.Previous); len(previous) > 0 {
			proof.covered = p.document(proof.context, false, previous...)
		}
	}
	return proofs, nil
}

// Supported fails as [Proof.Verify] does for a suite that is not known (CodeSuite) or refused (CodeRefused); nil for others.
func (p Proof) Supported() error {
	if p.fault != nil {
		return p.fault
	}
	return nil
}

// read reads one proof.
func (p parts) read(at place) (Proof, error) {
	members, err := ijson.Members(at.raw, ijson.Limits{})
	if err != nil {
		return Proof{}, fromJSON(CodeProof, at.pointer, err)
	}
	proof := Proof{Pointer: at.pointer, Raw: at.raw}
	for _, m := range members {
		ok := true
		switch m.Name {
		case "type":
			proof.Type, ok = nonEmpty(m.Value)
		case "cryptosuite":
			proof.Cryptosuite, ok = nonEmpty(m.Value)
		case "id":
			proof.ID, ok = url(m.Value)
		}
		if !ok {
			return Proof{}, malformed(at.pointer, m.Name)
		}
	}
	if proof.Type == "" {
		return Proof{}, &Error{Code: CodeProof, Pointer: at.pointer, Message: "the proof has no type"}
	}
	if proof.Suite, proof.fault = suiteOf(proof); proof.fault != nil {
		return proof, nil
	}
	if err := proof.readMembers(members); err != nil {
		return Proof{}, err
	}
	if fault := proof.readValue(members); fault != nil {
		return Proof{}, fault
	}
	if err := p.configure(&proof, members); err != nil {
		return Proof{}, err
	}
	return proof, nil
}

// suiteOf finds the suite of a proof's type, or of its cryptosuite: Data Integrity 1.0 §3.1.
func suiteOf(proof Proof) (Suite, *Error) {
	name := proof.Type
	if name == TypeDataIntegrityProof {
		name = proof.Cryptosuite
	}
	suite, err := SuiteOf(name)
	if fault, ok := err.(*Error); ok {
		fault.Pointer = proof.Pointer
		return Suite{}, fault
	}
	if suite.Type() != proof.Type {
		return Suite{}, &Error{Code: CodeSuite, Pointer: proof.Pointer, Message: "no such cryptosuite or proof type"}
	}
	return suite, nil
}

// readMembers reads what every suite's proofs have: Data Integrity 1.0 §2.1. Further members are let pass; they are signed.
func (p *Proof) readMembers(members []ijson.Member) error {
	for _, m := range members {
		ok := true
		switch m.Name {
		case "verificationMethod":
			p.Method, ok = url(m.Value)
		case "proofPurpose":
			p.Purpose, ok = nonEmpty(m.Value)
		case "created":
			p.Created, ok = date(m.Value, p.Suite)
		case "expires":
			p.Expires, ok = date(m.Value, p.Suite)
		case "domain":
			p.Domain, ok = oneOrMore(m.Value)
		case "challenge":
			p.Challenge, ok = nonEmpty(m.Value)
		case "nonce":
			p.Nonce, ok = nonEmpty(m.Value)
		case "previousProof":
			p.Previous, ok = oneOrMore(m.Value)
		}
		if !ok {
			return malformed(p.Pointer, m.Name)
		}
	}
	switch {
	case p.Method == "":
		return &Error{Code: CodeProof, Pointer: p.Pointer, Message: "the proof has no verificationMethod"}
	case p.Purpose == "":
		return &Error{Code: CodeProof, Pointer: p.Pointer, Message: "the proof has no proofPurpose"}
	}
	return nil
}

func malformed(pointer, name string) error {
	return &Error{Code: CodeProof, Pointer: pointer + "/" + ijson.Token(name), Message: "the member has another form"}
}

func nonEmpty(value []byte) (string, bool) {
	text, ok := ijson.String(value)
	return text, ok && text != ""
}

// url reads an absolute URL: it has a scheme, and neither white space nor control characters.
func url(value []byte) (string, bool) {
	text, ok := ijson.String(value)
	return text, ok && absolute(text)
}

func absolute(text string) bool {
	return strings.Index(text, ":") > 0 && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f })
}

// oneOrMore reads a string, or a list of strings.
func oneOrMore(value []byte) ([]string, bool) {
	if text, ok := ijson.String(value); ok {
		return []string{text}, text != ""
	}
	all, ok := texts(value)
	return all, ok && len(all) > 0 && !slices.Contains(all, "")
}

// date reads a dateTimeStamp. The predecessors' text may lack its zone, and then is in UTC: Data Integrity 1.0 §2.1 lets
// one read it so, and old issuers write it so.
func date(value []byte, suite Suite) (time.Time, bool) {
	text, ok := ijson.String(value)
	if !ok {
		return time.Time{}, false
	}
	at, ok := vcdm.ParseDate(text)
	if !ok && suite.Legacy {
		at, ok = vcdm.ParseDate(text + "Z")
	}
	return at, ok
}
