package comet

import (
	"encoding/binary"
	"unicode/utf8"
)

// MaxMessage is the size of the largest protobuf message that is read, in bytes.
const MaxMessage = 4 << 20

// maxField is the highest number that a field has: protobuf encoding, "message structure".
const maxField = 1<<29 - 1

// The wire types of protobuf fields. Groups (3 and 4) are refused: nothing of proto3 writes them.
const (
	wireVarint  = 0
	wireFixed64 = 1
	wireBytes   = 2
	wireFixed32 = 5
)

// Reader reads the fields of one protobuf message, one after the other; those that nobody asks for are skipped. Its zero
// value reads an empty message.
//
//	r := comet.NewReader(message)
//	for r.Next() {
//		switch r.Number() {
//		case 1:
//			id = r.Text()
//		}
//	}
//	return r.Err()
type Reader struct {
	rest   []byte
	number int
	wire   int
	varint uint64
	bytes  []byte
	err    error
}

// NewReader reads a message. What it gives are parts of the message, not copies.
func NewReader(message []byte) *Reader {
	r := &Reader{rest: message}
	if len(message) > MaxMessage {
		r.fail("the message is too long")
	}
	return r
}

// Next goes to the next field; false at the end and after an error.
func (r *Reader) Next() bool {
	if r.err != nil || len(r.rest) == 0 {
		return false
	}
	tag, ok := r.uvarint()
	number := tag >> 3
	if !ok || number == 0 || number > maxField {
		return r.fail("no field begins where one should")
	}
	r.number, r.wire, r.varint, r.bytes = int(number), int(tag&7), 0, nil
	switch r.wire {
	case wireVarint:
		if r.varint, ok = r.uvarint(); !ok {
			return r.fail("a number does not end")
		}
	case wireFixed64:
		ok = r.skip(8)
	case wireFixed32:
		ok = r.skip(4)
	case wireBytes:
		ok = r.take()
	default:
		return r.fail("a field of no wire type")
	}
	return ok || r.fail("a field is longer than the message")
}

// Number is the field's number.
func (r *Reader) Number() int { return r.number }

// Bytes is the field's value: bytes or an embedded message.
func (r *Reader) Bytes() []byte {
	if r.wire != wireBytes {
		r.fail("a field has another wire type than its message says")
		return nil
	}
	return r.bytes
}

// Text is the field's value as a string, which is UTF-8.
func (r *Reader) Text() string {
	raw := r.Bytes()
	if !utf8.Valid(raw) {
		r.fail("a text is not UTF-8")
		return ""
	}
	return string(raw)
}

// Uint is the field's value as an unsigned number.
func (r *Reader) Uint() uint64 {
	if r.wire != wireVarint {
		r.fail("a field has another wire type than its message says")
		return 0
	}
	return r.varint
}

// Err is why reading ended before the end of the message, an *Error with CodeMessage; nil where it did not.
func (r *Reader) Err() error { return r.err }

// fail keeps the first error. It gives false.
func (r *Reader) fail(message string) bool {
	if r.err == nil {
		r.err = &Error{Code: CodeMessage, Message: message}
	}
	r.rest = nil
	return false
}

// uvarint reads a number of at most 64 bits.
func (r *Reader) uvarint() (uint64, bool) {
	value, n := binary.Uvarint(r.rest)
	if n <= 0 {
		return 0, false
	}
	r.rest = r.rest[n:]
	return value, true
}

func (r *Reader) skip(n int) bool {
	if len(r.rest) < n {
		return false
	}
	r.rest = r.rest[n:]
	return true
}

// take reads what has its length before it.
func (r *Reader) take() bool {
	length, ok := r.uvarint()
	if !ok || length > uint64(len(r.rest)) {
		return false
	}
	r.bytes, r.rest = r.rest[:length:length], r.rest[length:]
	return true
}

// AppendText writes a string field; nothing for "", as proto3 has it.
func AppendText(to []byte, number int, text string) []byte {
	if text == "" {
		return to
	}
	return AppendMessage(to, number, []byte(text))
}

// AppendTexts writes a repeated string field: each element, an empty one too.
func AppendTexts(to []byte, number int, texts ...string) []byte {
	for _, text := range texts {
		to = AppendMessage(to, number, []byte(text))
	}
	return to
}

// AppendBytes writes a field of bytes; nothing for none.
func AppendBytes(to []byte, number int, raw []byte) []byte {
	if len(raw) == 0 {
		return to
	}
	return AppendMessage(to, number, raw)
}

// AppendMessage writes an embedded message, or an element of repeated bytes: an empty one too.
func AppendMessage(to []byte, number int, message []byte) []byte {
	to = binary.AppendUvarint(to, uint64(number)<<3|wireBytes) //nolint:gosec // field numbers are constants of a schema
	to = binary.AppendUvarint(to, uint64(len(message)))
	return append(to, message...)
}

// AppendUint writes a number, an enumeration or a bool; nothing for 0.
func AppendUint(to []byte, number int, value uint64) []byte {
	if value == 0 {
		return to
	}
	to = binary.AppendUvarint(to, uint64(number)<<3|wireVarint) //nolint:gosec // field numbers are constants of a schema
	return binary.AppendUvarint(to, value)
}
