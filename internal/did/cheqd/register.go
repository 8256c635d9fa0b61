package cheqd

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/cheqd"
)

var _ did.Registrar = Method{}

// Draft gives the payload of a change, and the verification methods of all who must sign for it.
func (m Method) Draft(ctx context.Context, change did.Change) (did.Drafted, error) {
	parsed, err := cheqd.ParseDID(change.DID)
	if err != nil || parsed.String() != change.DID {
		return did.Drafted{}, did.Invalid(err)
	}
	if change.Network != "" && change.Network != parsed.Namespace {
		return did.Drafted{}, vc.Errorf(vc.Invalid, "network-unknown", "the DID is of the network %s", parsed.Namespace).At("/options/network")
	}
	if _, err := m.network(parsed.Namespace); err != nil {
		return did.Drafted{}, err
	}
	if m.Networks[parsed.Namespace].Registrar != "" {
		return did.Drafted{}, vc.Errorf(vc.Unsupported, "network-not-configured", "this server writes to the %s through a registrar itself: use that one", parsed.Namespace)
	}
	message, err := m.unsigned(ctx, parsed, change)
	if err != nil {
		return did.Drafted{}, err
	}
	drafted := did.Drafted{DID: change.DID, Object: objectOf(message, parsed), Payload: message.SignBytes()}
	parties, err := m.parties(ctx, message, parsed)
	if err != nil {
		return did.Drafted{}, err
	}
	seen := map[cheqd.VerificationMethod]bool{}
	for _, party := range parties {
		for _, method := range party.methods {
			if !seen[method] {
				seen[method] = true
				drafted.Signers = append(drafted.Signers, did.Signer{Method: method.ID, Algorithm: algorithm(method)})
			}
		}
	}
	if len(drafted.Signers) == 0 {
		return did.Drafted{}, vc.Errorf(vc.Conflict, "no-active-key", "nobody can sign for the DID")
	}
	return drafted, nil
}

func objectOf(message cheqd.Message, parsed cheqd.DID) string {
	if m, ok := message.(cheqd.CreateResource); ok {
		return cheqd.ResourceURL(parsed.Namespace, parsed.ID, m.Payload.ID)
	}
	return parsed.String()
}

// unsigned is the message of a change without signatures, checked against what the ledger has.
func (m Method) unsigned(ctx context.Context, parsed cheqd.DID, change did.Change) (cheqd.Message, error) {
	now, err := m.standingDoc(ctx, parsed.String())
	missing := vc.KindOf(err) == vc.NotFound
	switch {
	case change.Operation == did.ToCreate && err == nil:
		return nil, vc.Errorf(vc.Conflict, "did-registered", "the ledger has this DID already")
	case err != nil && (!missing || change.Operation != did.ToCreate):
		return nil, err
	case now.Metadata.Deactivated:
		return nil, vc.Errorf(vc.Conflict, "identity-deactivated", "the DID is deactivated on the ledger")
	}
	version := change.Version
	if version == "" {
		version = uuid.NewString()
	} else if !missing {
		if _, err := m.resolve(ctx, parsed, version); err == nil {
			return nil, vc.Errorf(vc.Conflict, "version-exists", "the DID has a version of this id already").At("/options/versionId")
		} else if vc.KindOf(err) != vc.NotFound {
			return nil, err
		}
	}
	switch change.Operation {
	case did.ToCreate, did.ToUpdate:
		doc, err := read(change.Document, parsed.String())
		if err != nil {
			return nil, err
		}
		payload := cheqd.DIDDocPayload{DIDDoc: doc, VersionID: version}
		if change.Operation == did.ToCreate {
			return cheqd.CreateDIDDoc{Payload: payload}, nil
		}
		return cheqd.UpdateDIDDoc{Payload: payload}, nil
	case did.ToDeactivate:
		return cheqd.DeactivateDIDDoc{Payload: cheqd.DeactivatePayload{ID: parsed.String(), VersionID: version}}, nil
	}
	return m.newResource(ctx, parsed, change)
}

// read makes a client's document the ledger's.
func read(document []byte, didText string) (cheqd.DIDDoc, error) {
	doc, err := cheqd.FromDocument(document)
	if e, ok := errors.AsType[*cheqd.Error](err); ok {
		code := "document-not-on-ledger"
		if e.Code == cheqd.CodeKeyType {
			code = "key-not-supported"
		}
		return doc, vc.Errorf(vc.Invalid, code, "%s", e.Message).At("/didDocument" + e.Pointer).Because(err)
	}
	if err == nil && doc.ID != didText {
		err = vc.Errorf(vc.Invalid, "document-not-on-ledger", "the document is of another DID").At("/didDocument/id")
	}
	return doc, err
}

// newResource is a resource that the ledger does not have. A new one has a name and type of its own; a new version of one has a
// version that it did not have.
func (m Method) newResource(ctx context.Context, parsed cheqd.DID, change did.Change) (cheqd.Message, error) {
	r := change.Resource
	if r.ID == "" {
		r.ID = uuid.NewString()
	}
	message := cheqd.CreateResource{Payload: cheqd.ResourcePayload{
		Data: r.Content, CollectionID: parsed.ID, ID: r.ID, Name: r.Name, Version: r.Version, Type: r.Type,
	}.Normal()}
	list, err := ask(ctx, m, parsed.Namespace, cheqd.QueryResources(parsed.ID), cheqd.ParseResources, cheqd.DecodeResources)
	if err != nil && vc.KindOf(err) != vc.NotFound {
		return nil, err
	}
	there := false
	for _, known := range list {
		same := known.Name == r.Name && known.Type == r.Type
		there = there || same
		switch {
		case known.ID == message.Payload.ID:
			return nil, vc.Errorf(vc.Conflict, "resource-exists", "the DID has a resource of this id")
		case same && change.Operation == did.ToCreateResource:
			return nil, vc.Errorf(vc.Conflict, "resource-exists", "the DID has a resource of this name and type: update it")
		case same && known.Version == r.Version:
			return nil, vc.Errorf(vc.Conflict, "resource-exists", "the resource has this version already")
		}
	}
	if change.Operation == did.ToUpdateResource && !there {
		return nil, vc.Errorf(vc.NotFound, did.CodeNotFound, "the DID has no resource of this name and type")
	}
	return message, nil
}

// standingDoc is the newest version of a DID's document.
func (m Method) standingDoc(ctx context.Context, didText string) (cheqd.Versioned, error) {
	parsed, err := cheqd.ParseDID(didText)
	if err != nil {
		return cheqd.Versioned{}, did.Invalid(err)
	}
	found, err := ask(ctx, m, parsed.Namespace, cheqd.QueryDIDDoc(didText), cheqd.ParseDIDDoc, cheqd.DecodeDIDDoc)
	if err == nil && found.Doc.ID != didText {
		err = vc.Errorf(vc.Invalid, did.CodeInvalidDocument, "the ledger's node gave the document of another DID")
	}
	return found, err
}

// Submit joins a payload and its signatures. What the ledger would not take is not sent: it would cost the payer a sequence.
func (m Method) Submit(ctx context.Context, operation, object string, payload []byte, signatures []did.Signature) (vc.LedgerTransaction, error) {
	didText, _, _ := strings.Cut(object, "/")
	parsed, err := cheqd.ParseDID(didText)
	if err != nil {
		return vc.LedgerTransaction{}, did.Invalid(err)
	}
	message, version, err := decodePayload(operation, payload)
	if err != nil {
		return vc.LedgerTransaction{}, vc.Errorf(vc.Internal, "recording-broken", "a kept payload cannot be read").Because(err)
	}
	parties, err := m.parties(ctx, message, parsed)
	if err != nil {
		return vc.LedgerTransaction{}, err
	}
	infos, err := signedBy(parties, payload, signatures)
	if err != nil {
		return vc.LedgerTransaction{}, err
	}
	message = withSignatures(message, infos)
	if err := message.Check(parsed.Namespace); err != nil {
		return vc.LedgerTransaction{}, vc.Errorf(vc.Invalid, "document-not-on-ledger", "the ledger would refuse this: %v", err).Because(err)
	}
	return vc.LedgerTransaction{
		Ledger: ledgerPrefix + parsed.Namespace, Object: object, Version: version, Message: cheqd.Pack(message).Encode(),
		State: vc.LedgerRequested,
	}, nil
}

func decodePayload(operation string, raw []byte) (message cheqd.Message, version string, err error) {
	switch operation {
	case did.ToCreate, did.ToUpdate:
		payload, err := cheqd.DecodeDIDDocPayload(raw)
		if operation == did.ToCreate {
			return cheqd.CreateDIDDoc{Payload: payload}, payload.VersionID, err
		}
		return cheqd.UpdateDIDDoc{Payload: payload}, payload.VersionID, err
	case did.ToDeactivate:
		payload, err := cheqd.DecodeDeactivatePayload(raw)
		return cheqd.DeactivateDIDDoc{Payload: payload}, payload.VersionID, err
	}
	payload, err := cheqd.DecodeResourcePayload(raw)
	return cheqd.CreateResource{Payload: payload}, payload.ID, err
}

// Content is the resource in a payload.
func (Method) Content(operation string, payload []byte) []byte {
	message, _, err := decodePayload(operation, payload)
	if m, ok := message.(cheqd.CreateResource); ok && err == nil {
		return m.Payload.Data
	}
	return nil
}

func withSignatures(message cheqd.Message, infos []cheqd.SignInfo) cheqd.Message {
	switch m := message.(type) {
	case cheqd.CreateDIDDoc:
		m.Signatures = infos
		return m
	case cheqd.UpdateDIDDoc:
		m.Signatures = infos
		return m
	case cheqd.DeactivateDIDDoc:
		m.Signatures = infos
		return m
	case cheqd.CreateResource:
		m.Signatures = infos
		return m
	}
	return message
}
