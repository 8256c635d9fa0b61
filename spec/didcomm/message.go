package didcomm

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// Header is what all messages have: RFC 0011, RFC 0047. Members that a message does not know are in Extra, decorators
// that are not listed here among them.
type Header struct {
	Type      Type       `json:"@type"`
	ID        string     `json:"@id"`
	Thread    *Thread    `json:"~thread,omitzero"`
	Transport *Transport `json:"~transport,omitzero"`
	Timing    *Timing    `json:"~timing,omitzero"`
	PleaseAck *PleaseAck `json:"~please_ack,omitzero"`
	L10n      *L10n      `json:"~l10n,omitzero"`
	Service   *Service   `json:"~service,omitzero"`

	Extra map[string]jsontext.Value `json:",embed"`
}

// Message is a message of any type: a pointer to one of this package's structs.
type Message interface {
	Head() *Header
	check() error
}

// Head is the message's header.
func (h *Header) Head() *Header { return h }

// check of a message that has nothing to be checked.
func (h *Header) check() error { return nil }

// ThreadID is the message's thread: RFC 0008, its own id where it begins one.
func (h *Header) ThreadID() string {
	if h.Thread != nil && h.Thread.ID != "" {
		return h.Thread.ID
	}
	return h.ID
}

// ParentThreadID is the thread that the message's own came of: the invitation's id in a DID exchange. "" where there is
// none.
func (h *Header) ParentThreadID() string {
	if h.Thread != nil {
		return h.Thread.Parent
	}
	return ""
}

// Reply is the header of an answer: of that type and id, in the same thread.
func (h *Header) Reply(t Type, id string) Header {
	return Header{Type: t, ID: id, Thread: &Thread{ID: h.ThreadID(), Parent: h.ParentThreadID()}}
}

// Unknown is a message of a type, or major version, that this package has not.
type Unknown struct {
	Header
}

// Decode reads a message. It fails with an *Error (CodeMessage) for what is no I-JSON object within the limits, has no
// @type or @id, or lacks what its type demands. A type that is not known gives an *Unknown.
func Decode(raw []byte) (Message, error) {
	if err := ijson.Check(raw, ijson.Limits{Depth: MaxDepth, Bytes: MaxMessage}); err != nil {
		return nil, fromJSON(CodeMessage, err)
	}
	var head struct {
		Type Type   `json:"@type"`
		ID   string `json:"@id"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return nil, fromJSON(CodeMessage, err)
	}
	parts, ok := head.Type.Parse()
	if !ok {
		return nil, missing("/@type", "the type of a message is expected")
	}
	if head.ID == "" || !isID(head.ID) {
		return nil, missing("/@id", "an id is expected")
	}
	m := newMessage(parts)
	if err := json.Unmarshal(raw, m); err != nil {
		return nil, fromJSON(CodeMessage, err)
	}
	if err := check(m); err != nil {
		return nil, err
	}
	return m, nil
}

// Encode writes a message, equal ones as equal bytes. It fails with an *Error (CodeMessage) where [Decode] would.
func Encode(m Message) ([]byte, error) {
	h := m.Head()
	parts, ok := h.Type.Parse()
	if !ok || h.ID == "" {
		return nil, missing("", "a message needs a type and an id")
	}
	if _, unknown := m.(*Unknown); !unknown && !sameKind(m, newMessage(parts)) {
		return nil, missing("/@type", "the type is not this message's")
	}
	if err := check(m); err != nil {
		return nil, err
	}
	raw, err := json.Marshal(m, json.Deterministic(true))
	if err != nil {
		return nil, fromJSON(CodeMessage, err)
	}
	if err := ijson.Check(raw, ijson.Limits{Depth: MaxDepth, Bytes: MaxMessage}); err != nil {
		return nil, fromJSON(CodeMessage, err)
	}
	return raw, nil
}

// check is what the header and the type demand.
func check(m Message) error {
	h := m.Head()
	if h.Thread != nil && (!isID(h.Thread.ID) || !isID(h.Thread.Parent)) {
		return missing("/~0thread", "an id is too long, or has U+0000 in it")
	}
	if s := h.Service; s != nil {
		if err := s.check("/~0service"); err != nil {
			return err
		}
	}
	return m.check()
}

// isID says whether a text is one that whoever keeps messages by their ids and threads can keep: not too long, and without U+0000,
// which a text of some databases cannot have.
func isID(text string) bool { return len(text) <= maxID && !strings.ContainsRune(text, 0) }

func missing(pointer, message string) *Error {
	return &Error{Code: CodeMessage, Pointer: pointer, Message: message}
}
