package ledgersim

import (
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
