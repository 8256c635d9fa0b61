package dataintegrity

import (
	"strconv"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// MaxProofs is how many proofs a document may have.
const MaxProofs = 32

// parts is a document taken apart. Nothing is copied.
type parts struct {
	members []ijson.Member // all but "proof"
	context []byte         // "@context", nil where there is none
	proofs  []place
}

// place is a proof's JSON and where it stands.
type place struct {
	pointer string
	raw     []byte
}

// split takes a document apart. A "proof" is an object or a list of objects: Data Integrity 1.0 §2.1.
func split(document []byte) (parts, error) {
	members, err := ijson.Members(document, ijson.Limits{})
	if err != nil {
		return parts{}, fromJSON(CodeDocument, "", err)
	}
	p := parts{members: members[:0:len(members)]}
	var proof []byte
	for _, m := range members {
		switch m.Name {
		case "proof":
			proof = m.Value
			continue
		case "@context":
			p.context = m.Value
		}
		p.members = append(p.members, m)
	}
	if proof == nil {
		return p, nil
	}
	if proof[0] == '{' {
		p.proofs = []place{{"/proof", proof}}
		return p, nil
	}
	elements, ok := ijson.Elements(proof)
	if !ok {
		return parts{}, &Error{Code: CodeProof, Pointer: "/proof", Message: "neither an object nor a list"}
	}
	if len(elements) > MaxProofs {
		return parts{}, &Error{Code: CodeProof, Pointer: "/proof", Message: "too many proofs"}
	}
	for i, element := range elements {
		p.proofs = append(p.proofs, place{"/proof/" + strconv.Itoa(i), element})
	}
	return p, nil
}

// document puts the document together, with another @context where one is given, and with proofs: as one object if it is
// alone and single, else as a list.
func (p parts) document(context []byte, single bool, proofs ...[]byte) []byte {
	members := make([]ijson.Member, len(p.members), len(p.members)+1)
	copy(members, p.members)
	if context != nil {
		for i, m := range members {
			if m.Name == "@context" {
				members[i].Value = context
			}
		}
	}
	switch {
	case len(proofs) == 1 && single:
		members = append(members, ijson.Member{Name: "proof", Value: proofs[0]})
	case len(proofs) > 0:
		members = append(members, ijson.Member{Name: "proof", Value: list(proofs)})
	}
	return object(members)
}

// object writes members as they come.
func object(members []ijson.Member) []byte {
	size := 2
	for _, m := range members {
		size += len(m.Name) + len(m.Value) + 4
	}
	out := make([]byte, 1, size)
	out[0] = '{'
	for i, m := range members {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(ijson.AppendString(out, m.Name), ':')
		out = append(out, m.Value...)
	}
	return append(out, '}')
}

// list writes values as a JSON array.
func list(values [][]byte) []byte {
	out := []byte{'['}
	for i, value := range values {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, value...)
	}
	return append(out, ']')
}
