package ledgersim

import (
	"maps"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/comet"
)

// run does what a message asks: the MsgServers of x/did and x/resource. It gives the message's response.
func (l *Ledger) run(m cheqd.Message) ([]byte, *failure) {
	switch m := m.(type) {
	case cheqd.CreateDIDDoc:
		return l.create(m)
	case cheqd.UpdateDIDDoc:
		return l.update(m)
	case cheqd.DeactivateDIDDoc:
		return l.deactivate(m)
	case cheqd.CreateResource:
		return l.store(m)
	}
	return nil, sdk(cheqd.SDKUnknownRequest, "unknown request", "no handler")
}

func (l *Ledger) create(m cheqd.CreateDIDDoc) ([]byte, *failure) {
	signBytes := m.SignBytes()
	m.Payload, m.Signatures = m.Payload.Normal(), normal(m.Signatures)
	did := m.Payload.ID
	if l.state.dids[did] != nil {
		return nil, refuse(cheqd.SpaceDID, cheqd.DIDExists, "DID Doc exists", did)
	}
	if err := m.Check(l.config.Namespace); err != nil {
		return nil, fromCheck(err)
	}
	v := cheqd.Versioned{Doc: m.Payload.DIDDoc, Metadata: cheqd.Metadata{Created: l.time, VersionID: m.Payload.VersionID}}
	found := finder{l, map[string]cheqd.DIDDoc{did: v.Doc}}
	if fault := found.controllers(v.Doc); fault != nil {
		return nil, fault
	}
	if fault := found.allValid(signBytes, signersOf(v.Doc), m.Signatures); fault != nil {
		return nil, fault
	}
	return l.addVersion(v)
}

func (l *Ledger) addVersion(v cheqd.Versioned) ([]byte, *failure) {
	if fault := l.state.addVersion(v); fault != nil {
		return nil, fault
	}
	kept, _ := l.state.doc(v.Doc.ID)
	return comet.AppendMessage(nil, 1, kept.Encode()), nil
}

// update takes the document before and the one after as two: the new one has another name while signatures are checked.
func (l *Ledger) update(m cheqd.UpdateDIDDoc) ([]byte, *failure) {
	signBytes := m.SignBytes()
	m.Payload, m.Signatures = m.Payload.Normal(), normal(m.Signatures)
	did := m.Payload.ID
	if err := m.Check(l.config.Namespace); err != nil {
		return nil, fromCheck(err)
	}
	old, ok := l.state.doc(did)
	if !ok {
		return nil, didMissing(did + ": not found")
	}
	if old.Metadata.Deactivated {
		return nil, refuse(cheqd.SpaceDID, cheqd.DIDDeactivated, "DID Doc already deactivated", did)
	}
	other := did + "-updated"
	renamed := rename(m.Payload.DIDDoc, did, other)
	found := finder{l, map[string]cheqd.DIDDoc{other: renamed}}
	if fault := found.controllers(renamed); fault != nil {
		return nil, fault
	}
	var signatures []cheqd.SignInfo
	for _, s := range m.Signatures {
		signatures = append(signatures, s)
		if rest, ours := strings.CutPrefix(s.VerificationMethodID, did+"#"); ours {
			signatures = append(signatures, cheqd.SignInfo{VerificationMethodID: other + "#" + rest, Signature: s.Signature})
		}
	}
	signers := signersOfUpdate(old.Doc, m.Payload.DIDDoc, renamed)
	if fault := found.oneValid(signBytes, signers, signatures, did, other); fault != nil {
		return nil, fault
	}
	metadata := old.Metadata
	metadata.Updated, metadata.VersionID = l.time, m.Payload.VersionID
	return l.addVersion(cheqd.Versioned{Doc: m.Payload.DIDDoc, Metadata: metadata})
}

func (l *Ledger) deactivate(m cheqd.DeactivateDIDDoc) ([]byte, *failure) {
	signBytes := m.SignBytes()
	m.Payload, m.Signatures = m.Payload.Normal(), normal(m.Signatures)
	did := m.Payload.ID
	v, ok := l.state.doc(did)
	if !ok {
		return nil, didMissing(did)
	}
	if err := m.Check(l.config.Namespace); err != nil {
		return nil, fromCheck(err)
	}
	if v.Metadata.Deactivated {
		return nil, refuse(cheqd.SpaceDID, cheqd.DIDDeactivated, "DID Doc already deactivated", did)
	}
	if fault := (finder{l, nil}).allValid(signBytes, signersOf(v.Doc), m.Signatures); fault != nil {
		return nil, fault
	}
	v.Metadata.Deactivated, v.Metadata.Updated, v.Metadata.VersionID = true, l.time, m.Payload.VersionID
	answer, fault := l.addVersion(v)
	if fault != nil {
		return nil, fault
	}
	for _, before := range l.state.versions(did) {
		before.Metadata.Deactivated = true
		l.state.setVersion(did, before)
	}
	return answer, nil
}

func (l *Ledger) store(m cheqd.CreateResource) ([]byte, *failure) {
	signBytes := m.SignBytes()
	m.Payload, m.Signatures = m.Payload.Normal(), normal(m.Signatures)
	p := m.Payload
	did := cheqd.DID{Namespace: l.config.Namespace, ID: p.CollectionID}.String()
	v, ok := l.state.doc(did)
	if !ok {
		return nil, notFound(did)
	}
	if err := m.Check(l.config.Namespace); err != nil {
		return nil, fromCheck(err)
	}
	if v.Metadata.Deactivated {
		return nil, refuse(cheqd.SpaceDID, cheqd.DIDDeactivated, "DID Doc already deactivated", did)
	}
	if _, twice := l.state.stored[p.CollectionID][p.ID]; twice {
		return nil, refuse(cheqd.SpaceResource, cheqd.ResourceExists, "Resource exists", p.ID)
	}
	if fault := (finder{l, nil}).allValid(signBytes, signersOf(v.Doc), m.Signatures); fault != nil {
		return nil, fault
	}
	added := l.state.addResource(cheqd.Resource{Data: p.Data, Metadata: cheqd.ResourceMetadata{
		CollectionID: p.CollectionID, ID: p.ID, Name: p.Name, Version: p.Version, Type: p.Type,
		AlsoKnownAs: append(slices.Clone(p.AlsoKnownAs), cheqd.AlternativeURI{
			URI: cheqd.ResourceURL(l.config.Namespace, p.CollectionID, p.ID), Description: "did-url",
		}),
		MediaType: cheqd.MediaType(p.Data), Created: l.time, Checksum: cheqd.Checksum(p.Data),
	}})
	return comet.AppendMessage(nil, 1, added.Encode()), nil
}

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
