package cheqd

import (
	"encoding/asn1"
	"errors"
	"math/big"
	"strings"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/cheqd"
)

// ledgerPrefix goes before a network's name: the name of a ledger in the journal.
const ledgerPrefix = "cheqd:"

// Record gives the message that makes before what after is. An update is signed for the document before and for the one after
// (ADR 001 of cheqd): by one key where one stands in both, else by one of each.
func (m Method) Record(before, after vc.Identity) (did.Recording, error) {
	parsed, err := cheqd.ParseDID(after.DID)
	if err != nil {
		return did.Recording{}, did.Invalid(err)
	}
	if _, err := m.network(parsed.Namespace); err != nil {
		return did.Recording{}, err
	}
	r := did.Recording{Ledger: ledgerPrefix + parsed.Namespace, DID: after.DID, Version: uuid.NewString()}
	if !after.DeactivatedAt.IsZero() {
		r.Kind = cheqd.TypeDeactivateDIDDoc
		r.SignBytes = cheqd.DeactivatePayload{ID: r.DID, VersionID: r.Version}.Encode()
		r.Signers, err = m.signers(before, before)
		return r, err
	}
	doc, err := m.doc(after)
	if err != nil {
		return did.Recording{}, err
	}
	r.SignBytes = cheqd.DIDDocPayload{DIDDoc: doc, VersionID: r.Version}.Encode()
	if r.Kind = cheqd.TypeUpdateDIDDoc; before.DID == "" {
		r.Kind, before = cheqd.TypeCreateDIDDoc, after
	}
	r.Signers, err = m.signers(before, after)
	return r, err
}

// signers are the keys whose signatures the ledger takes for a change: the newest that is in force before and after, else the
// newest of each.
func (m Method) signers(before, after vc.Identity) ([]vc.IdentityKey, error) {
	var both *vc.IdentityKey
	for i, key := range after.Keys {
		if key.State != vc.KeyActive || !m.controls(key) {
			continue
		}
		for _, was := range before.Keys {
			if was.Method == key.Method && was.State == vc.KeyActive && m.controls(was) {
				both = &after.Keys[i]
			}
		}
	}
	if both != nil {
		return []vc.IdentityKey{*both}, nil
	}
	old, ok := m.controller(before)
	next, ok2 := m.controller(after)
	if !ok || !ok2 {
		return nil, vc.Errorf(vc.Conflict, "no-active-key", "no key could sign for the DID then: add one first that the ledger takes (Ed25519 or P-256)")
	}
	if old.Method == next.Method {
		return []vc.IdentityKey{old}, nil
	}
	return []vc.IdentityKey{old, next}, nil
}

// controller is the newest key that signs for the document of an identity; an active one goes first.
func (m Method) controller(identity vc.Identity) (newest vc.IdentityKey, found bool) {
	for _, key := range identity.Keys {
		if m.controls(key) && (!found || key.State == vc.KeyActive || newest.State != vc.KeyActive) {
			newest, found = key, true
		}
	}
	return newest, found
}

// Signed joins a message and its signatures.
func (m Method) Signed(r did.Recording, signatures [][]byte) (vc.LedgerTransaction, error) {
	broken := vc.Errorf(vc.Internal, "recording-broken", "the recording is not what was made")
	if len(signatures) != len(r.Signers) {
		return vc.LedgerTransaction{}, broken
	}
	var infos []cheqd.SignInfo
	for i, key := range r.Signers {
		signature, err := onLedger(key.Key.Algorithm, signatures[i])
		if err != nil {
			return vc.LedgerTransaction{}, broken.Because(err)
		}
		infos = append(infos, cheqd.SignInfo{VerificationMethodID: key.Method, Signature: signature})
	}
	message, err := join(r.Kind, r.SignBytes, infos)
	if err != nil {
		return vc.LedgerTransaction{}, broken.Because(err)
	}
	namespace, object := strings.TrimPrefix(r.Ledger, ledgerPrefix), r.DID
	if m, ok := message.(cheqd.CreateResource); ok {
		object = cheqd.ResourceURL(namespace, m.Payload.CollectionID, m.Payload.ID)
	}
	if err := message.Check(namespace); err != nil {
		return vc.LedgerTransaction{}, vc.Errorf(vc.Invalid, "document-not-on-ledger", "the ledger would refuse the document").Because(err)
	}
	tx := vc.LedgerTransaction{
		Ledger: r.Ledger, Object: object, Version: r.Version, Message: cheqd.Pack(message).Encode(), State: vc.LedgerRequested,
	}
	if r.Job != nil {
		if tx.Raw, tx.Account, err = handed(r.Job, infos); err != nil {
			return vc.LedgerTransaction{}, broken.Because(err)
		}
	}
	return tx, nil
}

func join(kind string, signBytes []byte, infos []cheqd.SignInfo) (cheqd.Message, error) {
	if kind == cheqd.TypeDeactivateDIDDoc {
		payload, err := cheqd.DecodeDeactivatePayload(signBytes)
		return cheqd.DeactivateDIDDoc{Payload: payload, Signatures: infos}, err
	}
	if kind == cheqd.TypeCreateResource {
		payload, err := cheqd.DecodeResourcePayload(signBytes)
		return cheqd.CreateResource{Payload: payload, Signatures: infos}, err
	}
	payload, err := cheqd.DecodeDIDDocPayload(signBytes)
	if kind == cheqd.TypeCreateDIDDoc {
		return cheqd.CreateDIDDoc{Payload: payload, Signatures: infos}, err
	}
	return cheqd.UpdateDIDDoc{Payload: payload, Signatures: infos}, err
}

// onLedger writes a signature as the ledger wants it: Ed25519 as it is, ECDSA in ASN.1.
func onLedger(algorithm vc.Algorithm, signature []byte) ([]byte, error) {
	if len(signature) != 64 {
		return nil, errors.New("a signature has 64 bytes")
	}
	if algorithm == vc.Ed25519 {
		return signature, nil
	}
	return asn1.Marshal(struct{ R, S *big.Int }{new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])})
}
