package didcomm

import (
	"encoding/hex"
	"io"

	"github.com/go-json-experiment/json/jsontext"
)

// Routing 1.0: RFC 0094.

// TypeForward is the type of [Forward].
const TypeForward Type = prefix + "routing/1.0/forward"

// Forward asks a mediator to pass an envelope on to a key. To is base58, of some agents a did:key.
type Forward struct {
	Header
	To  string         `json:"to"`
	Msg jsontext.Value `json:"msg"`
}

func (m *Forward) check() error {
	if m.To == "" || len(m.To) > 2048 {
		return missing("/to", "a key is expected")
	}
	if len(m.Msg) == 0 || m.Msg[0] != '{' {
		return missing("/msg", "an envelope is expected")
	}
	return nil
}

// PackFor encrypts a message as the target wants it: [Pack] to its recipients, then [Wrap]. The result goes to the
// target's endpoint. It fails as those do.
func PackFor(random io.Reader, message []byte, target Target, from *Own) ([]byte, error) {
	packed, err := Pack(random, message, target.Recipients, from)
	if err != nil {
		return nil, err
	}
	return Wrap(random, packed, target)
}

// Wrap puts an envelope into a forward message for each routing key, in their order, so that the last one's mediator is
// the first to open it: RFC 0094. Forward messages are anonymous.
func Wrap(random io.Reader, packed []byte, target Target) ([]byte, error) {
	if len(target.Recipients) == 0 || len(target.Routing) > MaxRouting {
		return nil, &Error{Code: CodeEnvelope, Message: "no recipient, or too many routing keys"}
	}
	next := target.Recipients[0]
	for _, mediator := range target.Routing {
		id, err := NewID(random)
		if err != nil {
			return nil, err
		}
		raw, err := Encode(&Forward{Header: Header{Type: TypeForward, ID: id}, To: next.String(), Msg: packed})
		if err != nil {
			return nil, err
		}
		if packed, err = Pack(random, raw, []Verkey{mediator}, nil); err != nil {
			return nil, err
		}
		next = mediator
	}
	return packed, nil
}

// NewID makes a message id: a UUID of version 4, which some agents insist on.
func NewID(random io.Reader) (string, error) {
	var id [16]byte
	if _, err := io.ReadFull(random, id[:]); err != nil {
		return "", err
	}
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	text := hex.EncodeToString(id[:])
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:], nil
}
