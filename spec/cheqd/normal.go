package cheqd

import (
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

// Normal is the payload as the ledger keeps it, UUIDs in lower case. The DID's keys sign it as it was before.
func (p DIDDocPayload) Normal() DIDDocPayload {
	d := p.DIDDoc
	d.ID = NormalDID(d.ID)
	d.Controller = mapped(d.Controller, NormalDID)
	d.VerificationMethod = slices.Clone(d.VerificationMethod)
	for i, m := range d.VerificationMethod {
		d.VerificationMethod[i].ID, d.VerificationMethod[i].Controller = NormalURL(m.ID), NormalDID(m.Controller)
	}
	d.Service = slices.Clone(d.Service)
	for i, s := range d.Service {
		d.Service[i].ID = NormalURL(s.ID)
	}
	d.Authentication = mapped(d.Authentication, NormalURL)
	d.AssertionMethod = mapped(d.AssertionMethod, func(text string) string {
		if inner, ok := unquote(text); ok && jsontext.Value(inner).IsValid() {
			return text
		}
		return NormalURL(text)
	})
	d.CapabilityInvocation = mapped(d.CapabilityInvocation, NormalURL)
	d.CapabilityDelegation = mapped(d.CapabilityDelegation, NormalURL)
	d.KeyAgreement = mapped(d.KeyAgreement, NormalURL)
	return DIDDocPayload{d, NormalUUID(p.VersionID)}
}

// Normal is the payload as the ledger keeps it.
func (p DeactivatePayload) Normal() DeactivatePayload {
	return DeactivatePayload{NormalDID(p.ID), NormalUUID(p.VersionID)}
}

// Normal is the payload as the ledger keeps it.
func (p ResourcePayload) Normal() ResourcePayload {
	p.CollectionID, p.ID = NormalID(p.CollectionID), NormalUUID(p.ID)
	return p
}

// Normal is the signature as the ledger reads it.
func (s SignInfo) Normal() SignInfo {
	return SignInfo{NormalURL(s.VerificationMethodID), s.Signature}
}

func mapped(items []string, normal func(string) string) []string {
	items = slices.Clone(items)
	for i, item := range items {
		items[i] = normal(item)
	}
	return items
}
