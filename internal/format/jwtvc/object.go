package jwtvc

import (
	"bytes"
	"encoding/base64"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/vcdm"
	"github.com/chancery-vc/chancery/spec/vcjwt"
)

// Suites gives the compact JWS, which needs no name, and the object that has one as its proof: see [format.Suites].
func (Format) Suites() []format.Suite {
	return []format.Suite{{}, {Name: vcjwt.ProofObject, Models: []vc.ModelVersion{vc.VCDM11}}}
}

// suiteFits refuses what the format does not make: VCDM 2.0 §4.12 leaves "proof" to embedded proofs, and there is nothing
// that says how a vc+jwt would stand in one.
func suiteFits(m format.Material) error {
	suite, ok := format.SuiteOf(Format{}, m.Suite)
	switch {
	case !ok:
		return vc.Errorf(vc.Invalid, "suite", "jwtvc has no proof suite %q", m.Suite).At("/variant")
	case !suite.Secures(m.Model):
		return vc.Errorf(vc.Invalid, "suite", "%s does not secure data model %s", suite.Name, m.Model).At("/variant")
	case suite.Name == "":
		return nil
	}
	members, err := vcdm.Members(m.Credential)
	if err != nil {
		return invalid(err)
	}
	if _, proven := vcdm.Lookup(members, "proof"); proven {
		return vc.Errorf(vc.Invalid, "already-secured", "the credential has a proof already").At("/proof")
	}
	return nil
}

// object is a prepared credential that will have its JWT as its proof.
type object struct {
	unsigned
	credential []byte
}

// newObject shows the credential as a reader of the JWT will have it, byte for byte.
func newObject(token unsigned) (format.Unsigned, error) {
	credential, err := vcjwt.Decode11(token.payload)
	if err != nil {
		return nil, invalid(err)
	}
	return object{token, credential}, nil
}

// Document gives the object with the two-part JWT.
func (o object) Document() []byte { return o.with(o.input) }

// Secure puts the JWT, complete with its signature, into the object.
func (o object) Secure(signature []byte) ([]byte, error) {
	jwt, err := o.unsigned.Secure(signature)
	if err != nil {
		return nil, err
	}
	return o.with(jwt), nil
}

// with gives the credential with a proof after its members.
func (o object) with(jwt []byte) []byte {
	proof := vcdm.AppendMember([]byte{'{'}, "type", vcdm.AppendText(nil, vcjwt.ProofObject))
	proof = append(vcdm.AppendMember(proof, "jwt", vcdm.AppendText(nil, string(jwt))), '}')
	out := append(make([]byte, 0, len(o.credential)+len(proof)+10), o.credential[:len(o.credential)-1]...)
	return append(vcdm.AppendMember(out, "proof", proof), '}')
}

// Same compares what is signed; that the object around says the same was seen when it was read.
func (o object) Same(secured format.Secured) error { return o.same(secured, vcjwt.ProofObject) }

// Carries finds the signature at the end of a JWT, and of the one in an object: see [format.Carries].
func (Format) Carries(secured, signature []byte) bool {
	if jwt, _, ok := fromObject(secured); ok {
		secured = jwt
	}
	return len(signature) > 0 && bytes.HasSuffix(secured, []byte("."+base64.RawURLEncoding.EncodeToString(signature)))
}

// fromObject gives the JWT that an object stands for, and what the object says beside. ok is false for another object.
func fromObject(secured []byte) (jwt []byte, said []ijson.Member, ok bool) {
	members, err := ijson.Members(secured, ijson.Limits{})
	if err != nil {
		return nil, nil, false
	}
	for _, m := range members {
		if m.Name != "proof" {
			said = append(said, m)
			continue
		}
		proof, err := ijson.Members(m.Value, ijson.Limits{})
		if err != nil {
			return nil, nil, false
		}
		for _, p := range proof {
			switch text, isText := ijson.String(p.Value); {
			case p.Name == "type":
				ok = isText && text == vcjwt.ProofObject
			case p.Name == "jwt" && isText:
				jwt = []byte(text)
			}
		}
	}
	return jwt, said, ok && jwt != nil
}

// readObject reads the JWT, and holds what the object says beside against it.
func readObject(jwt []byte, said []ijson.Member) (format.Secured, error) {
	out, err := readToken(jwt)
	if err != nil {
		return format.Secured{}, err
	}
	if err := agrees(said, out); err != nil {
		return format.Secured{}, err
	}
	for i := range out.Signatures {
		out.Signatures[i].Suite = vcjwt.ProofObject
	}
	out.MediaType = vcjwt.MediaObject
	return out, nil
}

// agrees refuses an object that says anything else than its JWT, more or less: the JWT is what is signed and read, and who
// looks at the object sees the same.
func agrees(said []ijson.Member, read format.Secured) error {
	members, err := ijson.Members(read.Credential, ijson.Limits{})
	if err != nil {
		return invalid(err)
	}
	signed := make(map[string][]byte, len(members))
	for _, m := range members {
		if m.Name != "proof" { // which in the object is the JWT
			signed[m.Name] = m.Value
		}
	}
	for _, s := range said {
		if value, ok := signed[s.Name]; ok && !alike(s.Name, s.Value, value) || !ok && !repeats(s, read.Payload) {
			return vc.Errorf(vc.Invalid, "payload-differs", "the object says what its JWT does not").At("/" + ijson.Token(s.Name))
		}
		delete(signed, s.Name)
	}
	for _, m := range members {
		if _, missing := signed[m.Name]; missing {
			return vc.Errorf(vc.Invalid, "payload-differs", "the object leaves out what its JWT says").At("/" + ijson.Token(m.Name))
		}
	}
	return nil
}

// repeats: did-jwt-vc leaves claims of the JWT beside the credential, as they are, and of "vc" what it found to be said
// twice.
func repeats(said ijson.Member, payload []byte) bool {
	switch said.Name {
	case "iss", "sub", "jti", "aud", "nonce", "iat", "nbf", "exp", "vc": // RFC 7519 §4.1, VCDM 1.1 §6.3.1
	default:
		return false
	}
	claims, err := ijson.Members(payload, ijson.Limits{})
	if err != nil {
		return false
	}
	claim, ok := member(claims, said.Name)
	if said.Name != "vc" || !ok {
		return ok && equal(said.Value, claim)
	}
	document, err := ijson.Members(claim, ijson.Limits{})
	if err != nil {
		return false
	}
	rest, err := ijson.Members(said.Value, ijson.Limits{})
	if err != nil {
		return false
	}
	for _, m := range rest {
		if value, ok := member(document, m.Name); !ok || !equal(m.Value, value) {
			return false
		}
	}
	return true
}

func member(all []ijson.Member, name string) ([]byte, bool) {
	for _, m := range all {
		if m.Name == name {
			return m.Value, true
		}
	}
	return nil, false
}

func equal(a, b []byte) bool {
	same, err := ijson.Equal(a, b)
	return err == nil && same
}

// alike compares what an object says of a member with what is signed, however its one value is written. Of an issuer with a
// name the object may give the id alone, as did-jwt-vc does.
func alike(name string, said, signed []byte) bool {
	if equal(one(name, said), one(name, signed)) {
		return true
	}
	if name == "issuer" {
		members, err := ijson.Members(signed, ijson.Limits{})
		id, ok := member(members, "id")
		return err == nil && ok && equal(one(name, said), id)
	}
	first, isText := ijson.String(said)
	second, isToo := ijson.String(signed)
	if !isText || !isToo {
		return false
	}
	from, isDate := vcdm.ParseDate(first)
	until, isDateToo := vcdm.ParseDate(second)
	return isDate && isDateToo && from.Equal(until)
}

// one gives an issuer's id for an object that has nothing else, and the element of an array of one.
func one(name string, value []byte) []byte {
	value = bytes.TrimSpace(value)
	if elements, ok := ijson.Elements(value); ok && len(elements) == 1 {
		return elements[0]
	}
	if name != "issuer" {
		return value
	}
	if members, err := ijson.Members(value, ijson.Limits{}); err == nil && len(members) == 1 && members[0].Name == "id" {
		return members[0].Value
	}
	return value
}
