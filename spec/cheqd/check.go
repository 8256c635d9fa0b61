package cheqd

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/spec/diddoc"
)

// faults are what is wrong, by the names that the ledger has for its members, in its words.
type faults map[string]error

func (f faults) Error() string {
	var text strings.Builder
	for i, name := range slices.Sorted(maps.Keys(f)) {
		if i > 0 {
			text.WriteString("; ")
		}
		if inner, ok := f[name].(faults); ok { //nolint:errorlint // faults are never wrapped
			fmt.Fprintf(&text, "%s: (%v)", name, inner)
		} else {
			fmt.Fprintf(&text, "%s: %v", name, f[name])
		}
	}
	return text.String() + "."
}

// add keeps the first of a member's errors.
func (f faults) add(name string, errs ...error) {
	for _, err := range errs {
		if err != nil {
			f[name] = err
			return
		}
	}
}

func (f faults) err() error {
	if len(f) == 0 {
		return nil
	}
	return f
}

func each[T any](items []T, check func(T) error) error {
	found := faults{}
	for i, item := range items {
		found.add(strconv.Itoa(i), check(item))
	}
	return found.err()
}

func required(text string) error {
	if text == "" {
		return errors.New("cannot be blank")
	}
	return nil
}

// length holds a text to 1 to most bytes; none is let pass.
func length(n, most int) error {
	if n > most {
		return fmt.Errorf("the length must be between 1 and %d", most)
	}
	return nil
}

func unique(items []string, message string) error {
	sorted := slices.Sorted(slices.Values(items))
	if len(slices.Compact(sorted)) != len(items) {
		return errors.New(message)
	}
	return nil
}

func hasPrefix(text, prefix string) error {
	if !strings.HasPrefix(text, prefix) {
		return errors.New("must have prefix: " + prefix)
	}
	return nil
}

// Check holds a document to the ledger's rules: DidDoc.Validate of cheqd-node. With namespaces, its DIDs must be in one of
// them. The error is in the ledger's words.
func (d DIDDoc) Check(namespaces ...string) error {
	found := faults{}
	isDID := func(text string) error { return checkDID(text, namespaces) }
	own := func(id string) error {
		if err := checkKeyURL(id, namespaces); err != nil {
			return err
		}
		return hasPrefix(id, d.ID)
	}
	const twice = "there should be no duplicates"
	found.add("id", required(d.ID), isDID(d.ID))
	found.add("controller", unique(d.Controller, twice), each(d.Controller, isDID))
	found.add("verification_method", unique(ids(d.VerificationMethod, func(m VerificationMethod) string { return m.ID }),
		"there are verification method duplicates"), each(d.VerificationMethod, func(m VerificationMethod) error {
		return m.check(d.ID, namespaces)
	}))
	found.add("authentication", unique(d.Authentication, twice), each(d.Authentication, own))
	found.add("assertion_method", unique(d.AssertionMethod, twice), each(d.AssertionMethod, func(text string) error {
		return d.checkAssertion(text, namespaces)
	}))
	found.add("capability_invocation", unique(d.CapabilityInvocation, twice), each(d.CapabilityInvocation, own))
	found.add("capability_delegation", unique(d.CapabilityDelegation, twice), each(d.CapabilityDelegation, own))
	found.add("key_agreement", unique(d.KeyAgreement, twice), each(d.KeyAgreement, own))
	found.add("service", unique(ids(d.Service, func(s Service) string { return s.ID }), "there are service duplicates"),
		each(d.Service, func(s Service) error { return s.check(d.ID, namespaces) }))
	found.add("also_known_as", unique(d.AlsoKnownAs, twice))
	return found.err()
}

func ids[T any](items []T, id func(T) string) []string {
	out := make([]string, len(items))
	for i, item := range items {
		out[i] = id(item)
	}
	return out
}

func (m VerificationMethod) check(did string, namespaces []string) error {
	found := faults{}
	found.add("id", required(m.ID), checkKeyURL(m.ID, namespaces), hasPrefix(m.ID, did))
	found.add("controller", required(m.Controller), checkDID(m.Controller, namespaces))
	types := []string{diddoc.JSONWebKey2020, diddoc.Ed25519VerificationKey2020, diddoc.Ed25519VerificationKey2018}
	if !slices.Contains(types, m.Type) {
		found.add("type", required(m.Type), errors.New("must be a valid value"))
		return found
	}
	_, err := m.publicKey()
	found.add("verification_material", required(m.Material), err)
	return found.err()
}

func (s Service) check(did string, namespaces []string) error {
	found := faults{}
	found.add("id", required(s.ID), checkKeyURL(s.ID, namespaces), hasPrefix(s.ID, did))
	found.add("type", required(s.Type), length(len(s.Type), 255))
	found.add("service_endpoint", each(s.Endpoint, required))
	return found.err()
}

// checkAssertion allows the id of a method of the document, or a whole method as [InlineMethod] writes it.
func (d DIDDoc) checkAssertion(text string, namespaces []string) error {
	const neither = "assertionMethod should be a valid DIDUrl or an Escaped JSON string with id, type and controller values"
	own := func(id string) bool {
		return checkKeyURL(id, namespaces) == nil && strings.HasPrefix(id, d.ID)
	}
	if inline, ok := unquote(text); ok {
		m, err := parseInline(inline)
		if err != nil {
			return err
		}
		for _, other := range d.VerificationMethod {
			if other.ID == m.ID && other.Type == m.Type && other.Controller == m.Controller && m.holds(other.Material) {
				return errors.New("assertionMethod should be a unique inline key fragment definition")
			}
		}
		found := faults{}
		found.add("id", required(m.ID))
		if !own(m.ID) {
			found.add("id", errors.New(neither))
		}
		found.add("controller", required(m.Controller), checkDID(m.Controller, namespaces))
		return found.err()
	}
	if !own(text) {
		return errors.New(neither)
	}
	if !slices.ContainsFunc(d.VerificationMethod, func(m VerificationMethod) bool { return m.ID == text }) {
		return errors.New("assertionMethod should be a valid key reference within the DID document's verification method")
	}
	return nil
}

func (s SignInfo) check(namespaces []string) error {
	found := faults{}
	found.add("verification_method_id", required(s.VerificationMethodID), checkKeyURL(s.VerificationMethodID, namespaces))
	if len(s.Signature) == 0 {
		found.add("signature", required(""))
	}
	return found.err()
}

// checkSigned checks payload and signatures. Creation wants each key once, the others each pair of key and signature.
func checkSigned(payload error, signatures []SignInfo, keysOnce bool, namespaces []string) error {
	found := faults{}
	found.add("payload", payload)
	var twice error
	for i, s := range signatures {
		for _, other := range signatures[:i] {
			switch {
			case other.VerificationMethodID != s.VerificationMethodID:
			case keysOnce:
				twice = errors.New("there are sign info records with the same ID")
			case bytes.Equal(other.Signature, s.Signature):
				twice = errors.New("there are full sign info duplicates")
			}
		}
	}
	found.add("signatures", twice, each(signatures, func(s SignInfo) error { return s.check(namespaces) }))
	return found.err()
}

func (p DIDDocPayload) check(namespaces []string) error {
	if err := p.DIDDoc.Check(namespaces...); err != nil {
		return err
	}
	found := faults{}
	found.add("version_id", required(p.VersionID))
	return found.err()
}

func (p ResourcePayload) check() error {
	found := faults{}
	found.add("resourceCollectionId", required(p.CollectionID), checkID(p.CollectionID))
	found.add("resourceId", required(p.ID), checkUUID(p.ID))
	found.add("resourceName", required(p.Name), length(len(p.Name), MaxResourceText))
	found.add("resourceVersion", length(len(p.Version), MaxResourceText))
	found.add("resourceType", required(p.Type), length(len(p.Type), MaxResourceText))
	found.add("resourceAlternativeUri", each(p.AlsoKnownAs, func(u AlternativeURI) error {
		found := faults{}
		found.add("uri", required(u.URI), length(len(u.URI), 256))
		found.add("description", length(len(u.Description), 128))
		return found.err()
	}))
	if len(p.Data) == 0 {
		found.add("data", required(""))
	}
	found.add("data", length(len(p.Data), MaxResource))
	return found.err()
}

// refused wraps what a check found: code 1205 without namespaces, 1206 with, as the ledger answers.
func refused(err error, namespaces []string) error {
	switch {
	case err == nil:
		return nil
	case len(namespaces) == 0:
		return &LedgerError{SpaceDID, DIDBasicValidation, err.Error() + ": basic validation failed"}
	}
	return &LedgerError{SpaceDID, DIDNamespace, err.Error() + ": DID namespace validation failed"}
}

// Check holds the message to the ledger's rules; see [Message].
func (m CreateDIDDoc) Check(namespaces ...string) error {
	return refused(checkSigned(m.Payload.check(namespaces), m.Signatures, true, namespaces), namespaces)
}

// Check holds the message to the ledger's rules; see [Message].
func (m UpdateDIDDoc) Check(namespaces ...string) error {
	return refused(checkSigned(m.Payload.check(namespaces), m.Signatures, false, namespaces), namespaces)
}

// Check holds the message to the ledger's rules; see [Message].
func (m DeactivateDIDDoc) Check(namespaces ...string) error {
	found := faults{}
	found.add("id", required(m.Payload.ID), checkDID(m.Payload.ID, namespaces))
	found.add("version_id", required(m.Payload.VersionID), checkUUID(m.Payload.VersionID))
	return refused(checkSigned(found.err(), m.Signatures, false, namespaces), namespaces)
}

// Check holds the message to the ledger's rules; see [Message].
func (m CreateResource) Check(namespaces ...string) error {
	return refused(checkSigned(m.Payload.check(), m.Signatures, false, namespaces), namespaces)
}
