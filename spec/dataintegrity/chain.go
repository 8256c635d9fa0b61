package dataintegrity

import "slices"

// chained checks the chains of a document's proofs (Data Integrity 1.0 §4.5): ids stand once, previousProof names proofs of
// this document, and none leads back to itself.
func chained(proofs []Proof) *Error {
	for i, proof := range proofs {
		if proof.ID != "" && slices.ContainsFunc(proofs[:i], func(p Proof) bool { return p.ID == proof.ID }) {
			return &Error{Code: CodeChain, Pointer: proof.Pointer + "/id", Message: "two proofs have this id"}
		}
	}
	// A proof is settled once all it names are; what can never be settled names nothing, or goes in a circle.
	settled := make(map[string]bool, len(proofs))
	for done := 0; done < len(proofs); {
		before := done
		done = 0
		for _, proof := range proofs {
			if slices.ContainsFunc(proof.Previous, func(id string) bool { return !settled[id] }) {
				continue
			}
			done++
			if proof.ID != "" {
				settled[proof.ID] = true
			}
		}
		if done == before && done < len(proofs) {
			stuck := slices.IndexFunc(proofs, func(p Proof) bool {
				return slices.ContainsFunc(p.Previous, func(id string) bool { return !settled[id] })
			})
			return &Error{Code: CodeChain, Pointer: proofs[stuck].Pointer + "/previousProof", Message: "no chain of this document's proofs"}
		}
	}
	return nil
}

// named gives the proofs with these ids as they stand, in the document's order: Data Integrity 1.0 §4.3 steps 4 and 5. The
// list of ids has no order of its own (§2.1), and RFC 8785 needs one.
func named(proofs []Proof, ids []string) [][]byte {
	var raw [][]byte
	for _, proof := range proofs {
		if proof.ID != "" && slices.Contains(ids, proof.ID) {
			raw = append(raw, proof.Raw)
		}
	}
	return raw
}
