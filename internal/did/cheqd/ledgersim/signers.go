package ledgersim

import (
	"maps"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/spec/cheqd"
)

func normal(signatures []cheqd.SignInfo) []cheqd.SignInfo {
	out := make([]cheqd.SignInfo, len(signatures))
	for i, s := range signatures {
		out[i] = s.Normal()
	}
	return out
}

// finder finds documents: those that are being made, and those that are.
type finder struct {
	ledger *Ledger
	making map[string]cheqd.DIDDoc
}

func (f finder) doc(did string) (cheqd.DIDDoc, bool) {
	if d, ok := f.making[did]; ok {
		return d, true
	}
	v, ok := f.ledger.state.doc(did)
	return v.Doc, ok
}

// controllers checks that each controller is on the ledger.
func (f finder) controllers(d cheqd.DIDDoc) *failure {
	for _, did := range sorted(d.Controller, methodControllers(d)) {
		if _, ok := f.doc(did); !ok {
			return didMissing(did)
		}
	}
	return nil
}

// verify checks one signature.
func (f finder) verify(signBytes []byte, s cheqd.SignInfo) *failure {
	did, _, _ := strings.Cut(s.VerificationMethodID, "#")
	d, _ := f.doc(did)
	for _, m := range d.VerificationMethod {
		if m.ID != s.VerificationMethodID {
			continue
		}
		if m.Verify(signBytes, s.Signature) != nil {
			return refuse(cheqd.SpaceDID, cheqd.DIDInvalidSignature, "invalid signature detected", "method id: "+s.VerificationMethodID)
		}
		return nil
	}
	return refuse(cheqd.SpaceDID, cheqd.DIDMethodNotFound, "verification method not found", s.VerificationMethodID)
}

func by(signer string, signatures []cheqd.SignInfo) []cheqd.SignInfo {
	var theirs []cheqd.SignInfo
	for _, s := range signatures {
		if did, _, _ := strings.Cut(s.VerificationMethodID, "#"); did == signer {
			theirs = append(theirs, s)
		}
	}
	return theirs
}

// allValid wants a signature of every signer, and no wrong one among them.
func (f finder) allValid(signBytes []byte, signers []string, signatures []cheqd.SignInfo) *failure {
	for _, signer := range signers {
		theirs := by(signer, signatures)
		if len(theirs) == 0 {
			return refuse(cheqd.SpaceDID, cheqd.DIDSignatureNotFound, "signature is required but not found", "signer: "+signer)
		}
		for _, s := range theirs {
			if fault := f.verify(signBytes, s); fault != nil {
				return fault
			}
		}
	}
	return nil
}

// oneValid wants one right signature of every signer.
func (f finder) oneValid(signBytes []byte, signers []string, signatures []cheqd.SignInfo, did, other string) *failure {
	names := map[string]string{did: did + " (old version)", other: did + " (new version)"}
	for _, signer := range signers {
		name := signer
		if known, ok := names[signer]; ok {
			name = known
		}
		theirs := by(signer, signatures)
		if len(theirs) == 0 {
			return refuse(cheqd.SpaceDID, cheqd.DIDSignatureNotFound, "signature is required but not found", "there should be at least one signature by "+name)
		}
		if !slices.ContainsFunc(theirs, func(s cheqd.SignInfo) bool { return f.verify(signBytes, s) == nil }) {
			return refuse(cheqd.SpaceDID, cheqd.DIDInvalidSignature, "invalid signature detected", "there should be at least one valid signature by "+name)
		}
	}
	return nil
}

func methodControllers(d cheqd.DIDDoc) []string {
	var list []string
	for _, m := range d.VerificationMethod {
		list = append(list, m.Controller)
	}
	return list
}

func controllersOrSubject(d cheqd.DIDDoc) []string {
	if len(d.Controller) == 0 {
		return []string{d.ID}
	}
	return d.Controller
}

// signersOf are the DIDs that must sign for a document: its controllers, and those of its methods.
func signersOf(d cheqd.DIDDoc) []string {
	return sorted(controllersOrSubject(d), methodControllers(d))
}

// signersOfUpdate are the controllers before and after, and those of methods that are new, changed or gone.
func signersOfUpdate(old, plain, renamed cheqd.DIDDoc) []string {
	signers := slices.Concat(controllersOrSubject(old), controllersOrSubject(renamed))
	before, after := methods(old), methods(plain)
	for i, m := range plain.VerificationMethod {
		was, ok := before[fragment(m)]
		if !ok || was != m {
			signers = append(signers, renamed.VerificationMethod[i].Controller)
		}
		if ok && was != m {
			signers = append(signers, was.Controller)
		}
	}
	for name, was := range before {
		if _, ok := after[name]; !ok {
			signers = append(signers, was.Controller)
		}
	}
	return sorted(signers)
}

func fragment(m cheqd.VerificationMethod) string {
	_, name, _ := strings.Cut(m.ID, "#")
	return name
}

func methods(d cheqd.DIDDoc) map[string]cheqd.VerificationMethod {
	list := map[string]cheqd.VerificationMethod{}
	for _, m := range d.VerificationMethod {
		list[fragment(m)] = m
	}
	return list
}

// rename gives a document another DID wherever signatures look.
func rename(d cheqd.DIDDoc, from, to string) cheqd.DIDDoc {
	swap := func(did string) string {
		if did == from {
			return to
		}
		return did
	}
	d.ID, d.Controller = to, slices.Clone(d.Controller)
	for i, did := range d.Controller {
		d.Controller[i] = swap(did)
	}
	d.VerificationMethod = slices.Clone(d.VerificationMethod)
	for i, m := range d.VerificationMethod {
		d.VerificationMethod[i].Controller = swap(m.Controller)
		d.VerificationMethod[i].ID = to + "#" + fragment(m)
	}
	return d
}

func sorted(lists ...[]string) []string {
	set := map[string]bool{}
	for _, item := range slices.Concat(lists...) {
		set[item] = true
	}
	return slices.Sorted(maps.Keys(set))
}
