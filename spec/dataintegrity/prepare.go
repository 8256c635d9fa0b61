package dataintegrity

import (
	"context"
	"encoding/base64"
	"slices"
	"time"

	"github.com/mr-tron/base58"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// Options are what a proof says about itself: Data Integrity 1.0 §2.1. Suite, Algorithm, Method and Purpose are required,
// and Created for a predecessor; zero values of the others are left out. Times are written in UTC, in whole seconds.
type Options struct {
	Suite     Suite
	Algorithm string // the JOSE name of the key's algorithm
	Method    string // the verification method: an absolute URL
	Purpose   string // "assertionMethod"
	ID        string // an absolute URL
	Created   time.Time
	Expires   time.Time
	Domain    []string
	Challenge string
	Nonce     string
	Previous  []string // ids of proofs the document has, which this one covers
}

// Prepared is a proof that waits for its signature. It holds on to the document's bytes, which must not be changed
// meanwhile.
type Prepared struct {
	Options  Options
	Proof    []byte // the proof without the signature, JSON
	Document []byte // what it secures, without any proof
	Input    []byte // what is to be signed: the key's algorithm hashes it

	parts  parts
	header string // of a JWS
}

// Prepare makes a proof for a document and the input that is to be signed for it. Proofs that the document has stay, and
// the new one stands after them (a proof set); those of Options.Previous are covered by it (a proof chain). canonical may be
// nil for JCS suites. It fails with an *Error: CodeDocument, CodeProof and CodeAlgorithm for Options, CodeContext for a
// document without @context that needs one, CodeChain, CodeCanonical.
func Prepare(ctx context.Context, document []byte, options Options, canonical Canonicalizer) (Prepared, error) {
	if err := options.check(); err != nil {
		return Prepared{}, err
	}
	p, err := split(document)
	if err != nil {
		return Prepared{}, err
	}
	if p.context == nil && !options.Suite.JCS {
		return Prepared{}, &Error{Code: CodeContext, Pointer: "/@context", Message: "the suite needs a document with a context"}
	}
	previous, err := p.chain(options)
	if err != nil {
		return Prepared{}, err
	}
	plain := document
	if len(p.proofs) > 0 {
		plain = p.document(nil, false)
	}
	covered := plain
	if len(previous) > 0 {
		covered = p.document(nil, false, previous...)
	}
	members := options.members()
	prepared := Prepared{Options: options, Document: plain, parts: p}
	configuration := members
	if p.context != nil {
		configuration = append(slices.Clip(members), ijson.Member{Name: "@context", Value: p.context})
	}
	if options.Suite.JCS {
		members = configuration // DI-EdDSA 1.0 §3.3.1 step 2
	}
	prepared.Proof = object(members)
	if options.Suite.jws && !options.Suite.proofValue {
		prepared.header = detachedHeader(options.Algorithm)
	}
	prepared.Input, err = input(ctx, signing{
		suite: options.Suite, algorithm: options.Algorithm, header: prepared.header,
		options: object(configuration), document: covered, pointer: "/proof",
	}, canonical)
	if err != nil {
		return Prepared{}, err
	}
	return prepared, nil
}

// Secure gives the secured document: the members of the document as they stand, then its proofs, then this one. signature
// is in its JOSE form. It fails with an *Error (CodeValue) for a signature of another length; it does not verify.
func (p Prepared) Secure(signature []byte) ([]byte, error) {
	if len(p.Proof) == 0 || len(signature) != signatureSize(p.Options.Algorithm) {
		return nil, &Error{Code: CodeValue, Message: "the signature has not the length of its algorithm"}
	}
	name, value := "proofValue", "z"+base58.Encode(signature)
	if p.header != "" {
		name, value = "jws", p.header+".."+base64.RawURLEncoding.EncodeToString(signature)
	}
	proof := append(slices.Clip(p.Proof[:len(p.Proof)-1]), `,"`+name+`":"`+value+`"}`...)
	proofs := make([][]byte, 0, len(p.parts.proofs)+1)
	for _, other := range p.parts.proofs {
		proofs = append(proofs, other.raw)
	}
	return p.parts.document(nil, true, append(proofs, proof)...), nil
}

func (o Options) check() error {
	fault := ""
	switch {
	case o.Suite.Name == "":
		return &Error{Code: CodeSuite, Message: "no suite"}
	case !o.Suite.Signs(o.Algorithm):
		return &Error{Code: CodeAlgorithm, Message: "a key with this algorithm does not sign with this suite"}
	case !absolute(o.Method):
		fault = "the verification method is no absolute URL"
	case o.Purpose == "":
		fault = "the proof has no purpose"
	case o.ID != "" && !absolute(o.ID):
		fault = "the proof's id is no absolute URL"
	case o.Created.IsZero() && o.Suite.Legacy:
		fault = "a proof of this suite says when it was created"
	case slices.Contains(o.Domain, "") || slices.Contains(o.Previous, ""):
		fault = "an empty domain or id of a proof"
	case !writable(o.Created) || !writable(o.Expires):
		fault = "a date outside the years 0001 to 9999"
	}
	if fault != "" {
		return &Error{Code: CodeProof, Message: fault}
	}
	return nil
}

// writable says whether a date has a year of four digits.
func writable(at time.Time) bool { return at.UTC().Year() <= 9999 && at.UTC().Year() >= 1 }

// chain gives the proofs of Options.Previous as they stand: Data Integrity 1.0 §4.3.
func (p parts) chain(options Options) ([][]byte, error) {
	if len(p.proofs) >= MaxProofs {
		return nil, &Error{Code: CodeProof, Pointer: "/proof", Message: "too many proofs"}
	}
	if len(p.proofs) == 0 && len(options.Previous) == 0 {
		return nil, nil
	}
	proofs := make([]Proof, len(p.proofs), len(p.proofs)+1)
	for i, at := range p.proofs {
		var err error
		if proofs[i], err = p.read(at); err != nil {
			return nil, err
		}
	}
	next := Proof{ID: options.ID, Previous: options.Previous, Pointer: "/proof"}
	if fault := chained(append(proofs, next)); fault != nil {
		return nil, fault
	}
	return named(proofs, options.Previous), nil
}

// members writes the proof's members in the order in which people read them.
func (o Options) members() []ijson.Member {
	members := make([]ijson.Member, 0, 12)
	add := func(name string, values ...string) {
		if len(values) == 0 || values[0] == "" {
			return
		}
		texts := make([][]byte, len(values))
		for i, value := range values {
			texts[i] = ijson.AppendString(nil, value)
		}
		if len(texts) == 1 {
			members = append(members, ijson.Member{Name: name, Value: texts[0]})
			return
		}
		members = append(members, ijson.Member{Name: name, Value: list(texts)})
	}
	add("type", o.Suite.Type())
	add("id", o.ID)
	if !o.Suite.Legacy {
		add("cryptosuite", o.Suite.Name)
	}
	add("created", stamp(o.Created))
	add("expires", stamp(o.Expires))
	add("verificationMethod", o.Method)
	add("proofPurpose", o.Purpose)
	add("domain", o.Domain...)
	add("challenge", o.Challenge)
	add("nonce", o.Nonce)
	add("previousProof", o.Previous...)
	return members
}

func stamp(at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return at.UTC().Format("2006-01-02T15:04:05Z")
}
