package cheqd

import (
	"bytes"

	"github.com/chancery-vc/chancery/spec/comet"
)

// SignInfo is the signature of one of a DID's keys over a message's sign bytes.
type SignInfo struct {
	VerificationMethodID string
	Signature            []byte
}

// Message is what a transaction asks of the ledger: proto/cheqd/did/v2/tx.proto, resource/v2/tx.proto.
type Message interface {
	TypeURL() string
	// SignBytes are what the DID's keys sign: the payload as it is encoded, before the ledger lowers its UUIDs. They name
	// neither chain nor kind of message.
	SignBytes() []byte
	SignInfos() []SignInfo
	Encode() []byte
	// Check holds the message to what the ledger refuses without looking at its state. It fails with a *LedgerError.
	Check(namespaces ...string) error
}

// The type URLs of the messages.
const (
	TypeCreateDIDDoc     = "/cheqd.did.v2.MsgCreateDidDoc"
	TypeUpdateDIDDoc     = "/cheqd.did.v2.MsgUpdateDidDoc"
	TypeDeactivateDIDDoc = "/cheqd.did.v2.MsgDeactivateDidDoc"
	TypeCreateResource   = "/cheqd.resource.v2.MsgCreateResource"
)

// DIDDocPayload is the new document. VersionID is the client's to choose: a UUID.
type DIDDocPayload struct {
	DIDDoc
	VersionID string
}

// CreateDIDDoc registers a DID.
type CreateDIDDoc struct {
	Payload    DIDDocPayload
	Signatures []SignInfo
}

// UpdateDIDDoc replaces a DID's document.
type UpdateDIDDoc struct {
	Payload    DIDDocPayload
	Signatures []SignInfo
}

// DeactivatePayload names the DID, and the version that the deactivation makes.
type DeactivatePayload struct{ ID, VersionID string }

// DeactivateDIDDoc ends a DID, for good.
type DeactivateDIDDoc struct {
	Payload    DeactivatePayload
	Signatures []SignInfo
}

// ResourcePayload is a resource to be stored in the collection of a DID: its last part. ID is a UUID. A resource of the
// same collection, name and type becomes the next version of the last one.
type ResourcePayload struct {
	Data         []byte
	CollectionID string
	ID           string
	Name         string
	Version      string
	Type         string
	AlsoKnownAs  []AlternativeURI
}

// CreateResource stores a resource.
type CreateResource struct {
	Payload    ResourcePayload
	Signatures []SignInfo
}

// TypeURL is the message's name in a transaction.
func (CreateDIDDoc) TypeURL() string { return TypeCreateDIDDoc }

// TypeURL is the message's name in a transaction.
func (UpdateDIDDoc) TypeURL() string { return TypeUpdateDIDDoc }

// TypeURL is the message's name in a transaction.
func (DeactivateDIDDoc) TypeURL() string { return TypeDeactivateDIDDoc }

// TypeURL is the message's name in a transaction.
func (CreateResource) TypeURL() string { return TypeCreateResource }

// SignBytes are the encoded payload.
func (m CreateDIDDoc) SignBytes() []byte { return m.Payload.Encode() }

// SignBytes are the encoded payload.
func (m UpdateDIDDoc) SignBytes() []byte { return m.Payload.Encode() }

// SignBytes are the encoded payload.
func (m DeactivateDIDDoc) SignBytes() []byte { return m.Payload.Encode() }

// SignBytes are the encoded payload.
func (m CreateResource) SignBytes() []byte { return m.Payload.Encode() }

// SignInfos are the signatures.
func (m CreateDIDDoc) SignInfos() []SignInfo { return m.Signatures }

// SignInfos are the signatures.
func (m UpdateDIDDoc) SignInfos() []SignInfo { return m.Signatures }

// SignInfos are the signatures.
func (m DeactivateDIDDoc) SignInfos() []SignInfo { return m.Signatures }

// SignInfos are the signatures.
func (m CreateResource) SignInfos() []SignInfo { return m.Signatures }

// Encode writes the message.
func (m CreateDIDDoc) Encode() []byte { return encodeSigned(m.Payload.Encode(), m.Signatures) }

// Encode writes the message.
func (m UpdateDIDDoc) Encode() []byte { return encodeSigned(m.Payload.Encode(), m.Signatures) }

// Encode writes the message.
func (m DeactivateDIDDoc) Encode() []byte { return encodeSigned(m.Payload.Encode(), m.Signatures) }

// Encode writes the message.
func (m CreateResource) Encode() []byte { return encodeSigned(m.Payload.Encode(), m.Signatures) }

// Encode writes the payload.
func (p DIDDocPayload) Encode() []byte { return comet.AppendText(p.DIDDoc.Encode(), 12, p.VersionID) }

// Encode writes the payload.
func (p DeactivatePayload) Encode() []byte {
	return comet.AppendText(comet.AppendText(nil, 1, p.ID), 2, p.VersionID)
}

// Encode writes the payload.
func (p ResourcePayload) Encode() []byte {
	out := comet.AppendBytes(make([]byte, 0, len(p.Data)+512), 1, p.Data)
	for i, text := range [...]string{p.CollectionID, p.ID, p.Name, p.Version, p.Type} {
		out = comet.AppendText(out, 2+i, text)
	}
	for _, uri := range p.AlsoKnownAs {
		out = comet.AppendMessage(out, 7, uri.encode())
	}
	return out
}

func encodeSigned(payload []byte, signatures []SignInfo) []byte {
	out := comet.AppendMessage(make([]byte, 0, len(payload)+256), 1, payload)
	for _, s := range signatures {
		out = comet.AppendMessage(out, 2, comet.AppendBytes(comet.AppendText(nil, 1, s.VerificationMethodID), 2, s.Signature))
	}
	return out
}

// DecodeDIDDocPayload reads a payload: what a registrar asks to be signed. It fails with an *Error (CodeEncoding), for
// bytes that [DIDDocPayload.Encode] would not write too: what is signed is what was read.
func DecodeDIDDocPayload(raw []byte) (DIDDocPayload, error) { return exact(raw, decodeDIDDocPayload) }

// DecodeDeactivatePayload reads a payload as [DecodeDIDDocPayload] does.
func DecodeDeactivatePayload(raw []byte) (DeactivatePayload, error) {
	return exact(raw, decodeDeactivatePayload)
}

// DecodeResourcePayload reads a payload as [DecodeDIDDocPayload] does.
func DecodeResourcePayload(raw []byte) (ResourcePayload, error) {
	return exact(raw, decodeResourcePayload)
}

func exact[P interface{ Encode() []byte }](raw []byte, decode func([]byte) (P, error)) (P, error) {
	payload, err := decode(raw)
	if err == nil && !bytes.Equal(payload.Encode(), raw) {
		err = &Error{Code: CodeEncoding, Message: "the payload is not as the ledger would write it"}
	}
	return payload, err
}

// DecodeMessage reads a message of a transaction. It fails with an *Error (CodeEncoding), for a field that the message has
// not too.
func DecodeMessage(m Any) (Message, error) {
	switch m.TypeURL {
	case TypeCreateDIDDoc:
		payload, signatures, err := decodeSigned(m.Value, decodeDIDDocPayload)
		return CreateDIDDoc{payload, signatures}, err
	case TypeUpdateDIDDoc:
		payload, signatures, err := decodeSigned(m.Value, decodeDIDDocPayload)
		return UpdateDIDDoc{payload, signatures}, err
	case TypeDeactivateDIDDoc:
		payload, signatures, err := decodeSigned(m.Value, decodeDeactivatePayload)
		return DeactivateDIDDoc{payload, signatures}, err
	case TypeCreateResource:
		payload, signatures, err := decodeSigned(m.Value, decodeResourcePayload)
		return CreateResource{payload, signatures}, err
	}
	return nil, &Error{Code: CodeEncoding, Message: "no message of did:cheqd"}
}

func decodeSigned[P any](raw []byte, decode func([]byte) (P, error)) (payload P, signatures []SignInfo, err error) {
	err = read(raw, true, func(r *comet.Reader) (bool, error) {
		var err error
		switch r.Number() {
		case 1:
			payload, err = decode(r.Bytes())
		case 2:
			var s SignInfo
			s, err = decodeSignInfo(r.Bytes())
			signatures = append(signatures, s)
		default:
			return false, nil
		}
		return true, err
	})
	return payload, signatures, err
}

func decodeSignInfo(raw []byte) (s SignInfo, err error) {
	err = read(raw, true, func(r *comet.Reader) (bool, error) {
		switch r.Number() {
		case 1:
			s.VerificationMethodID = r.Text()
		case 2:
			s.Signature = r.Bytes()
		default:
			return false, nil
		}
		return true, nil
	})
	return s, err
}

func decodeDIDDocPayload(raw []byte) (p DIDDocPayload, err error) {
	err = read(raw, true, func(r *comet.Reader) (bool, error) {
		if r.Number() == 12 {
			p.VersionID = r.Text()
			return true, nil
		}
		return p.field(r, true)
	})
	return p, err
}

func decodeDeactivatePayload(raw []byte) (p DeactivatePayload, err error) {
	err = read(raw, true, func(r *comet.Reader) (bool, error) {
		switch r.Number() {
		case 1:
			p.ID = r.Text()
		case 2:
			p.VersionID = r.Text()
		default:
			return false, nil
		}
		return true, nil
	})
	return p, err
}

func decodeResourcePayload(raw []byte) (p ResourcePayload, err error) {
	texts := [...]*string{2: &p.CollectionID, 3: &p.ID, 4: &p.Name, 5: &p.Version, 6: &p.Type}
	err = read(raw, true, func(r *comet.Reader) (bool, error) {
		var err error
		switch n := r.Number(); n {
		case 1:
			p.Data = r.Bytes()
		case 2, 3, 4, 5, 6:
			*texts[n] = r.Text()
		case 7:
			var uri AlternativeURI
			uri, err = decodeAlternativeURI(r.Bytes())
			p.AlsoKnownAs = append(p.AlsoKnownAs, uri)
		default:
			return false, nil
		}
		return true, err
	})
	return p, err
}
