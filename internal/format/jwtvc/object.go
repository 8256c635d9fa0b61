package jwtvc

import (
	"bytes"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/vcdm"
	"github.com/chancery-vc/chancery/spec/vcjwt"
)

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

// agrees refuses an object that says what its JWT does not: the JWT is what is signed, and what is read.
func agrees(said []ijson.Member, credential []byte) error {
	signed, err := ijson.Members(credential, ijson.Limits{})
	if err != nil {
		return invalid(err)
	}
	for _, s := range said {
		same := false
		for _, m := range signed {
			same = same || m.Name == s.Name && alike(s.Name, s.Value, m.Value)
		}
		if !same {
			return vc.Errorf(vc.Invalid, "payload-differs", "the object says what its JWT does not").At("/" + ijson.Token(s.Name))
		}
	}
	return nil
}

// alike compares two values of a member, however its one value is written.
func alike(name string, a, b []byte) bool {
	if same, err := ijson.Equal(one(name, a), one(name, b)); err == nil && same {
		return true
	}
	first, isText := ijson.String(a)
	second, isToo := ijson.String(b)
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
