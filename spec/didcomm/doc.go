// Package didcomm is DIDComm v1 as the Aries RFCs have it: the encryption envelope and the messages inside. It knows
// no connection, no exchange and no transport.
//
//	in   bytes ── ParseEnvelope ──> Envelope ── Recipients ──> whose?
//	     Envelope ── Open(our key) ──> Opened{Message, From, To} ── Decode ──> *OfferCredential, *Ping, … or *Unknown
//	out  *OfferCredential ── Encode ──> JSON ── Pack(to, from) ──> envelope ── Wrap(routing keys) ──> envelope for an endpoint
//
// The nouns:
//
//   - [Verkey] is the Ed25519 key by which an agent is known. [Own] is one of ours, with its private half in a key store.
//   - [Envelope] is an encrypted message (RFC 0019), [Opened] what was in it. Nothing here reads a message that came
//     unencrypted from a peer; invitations alone are plain.
//   - [Message] is one of the message types, each a struct with a [Header] (type, id, decorators); one file a protocol.
//     [Decode] reads any of them, and [Unknown] for a type that is not known, so that it can be answered.
//   - [Attachment] carries content of any format (RFC 0017), signed or not.
//   - [Service] says where and for whom to pack; [Target] is what was made of one.
//
// A member that a message's struct does not have is kept in Header.Extra and written again: a message that is read and
// written is the same JSON value, but for members that were null, which count as absent.
package didcomm

import "fmt"

// Limits of what is read.
const (
	MaxMessage    = 4 << 20        // bytes of a message
	MaxEnvelope   = 2 * MaxMessage // bytes of an envelope: base64 takes a third more
	MaxRecipients = 100            // of an envelope
	MaxDepth      = 64             // nested objects and arrays of a message
	MaxRouting    = 16             // keys of a service, of either kind
	MaxServices   = 16             // services of an invitation, and of a document that are looked at
	maxProtected  = MaxRecipients * 1024
	maxID         = 1024 // bytes of ids of messages and threads: an implicit invitation's is a DID
	maxList       = 1000 // attachments, formats, keys and other lists of a message
)

// The codes of [Error].
const (
	CodeEnvelope   = "invalid-envelope"   // not the form of an envelope
	CodeRecipient  = "unknown-recipient"  // not for this key
	CodeOpen       = "decryption-failed"  // for this key, but wrong: no more is said
	CodeKey        = "invalid-key"        // no Ed25519 key
	CodeMessage    = "invalid-message"    // not the form of its type
	CodeAttachment = "invalid-attachment" // no content where content is to be
	CodeSignature  = "invalid-signature"  // of a signed attachment or field
	CodeService    = "unusable-service"   // no endpoint, or keys that must be resolved first
	CodeURL        = "invalid-url"        // no invitation in it
	CodeMismatch   = "credential-mismatch"
)

// Error is why something was refused. Pointer (RFC 6901) is set where the fault lies in a JSON text. Message never holds
// a secret or a claim.
type Error struct {
	Code    string
	Pointer string
	Message string
}

func (e *Error) Error() string {
	if e.Pointer != "" {
		return fmt.Sprintf("didcomm: %s at %q: %s", e.Code, e.Pointer, e.Message)
	}
	return fmt.Sprintf("didcomm: %s: %s", e.Code, e.Message)
}
