package didcomm

import (
	"crypto/ecdh"
	"slices"

	"github.com/go-json-experiment/json"
	"golang.org/x/crypto/chacha20poly1305"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// The two kinds of envelopes: RFC 0019.
const (
	algAuthcrypt = "Authcrypt"
	algAnoncrypt = "Anoncrypt"
)

// encryption is what the header calls ChaCha20-Poly1305 with a nonce of 12 bytes (RFC 8439): no agent has ever used the
// XChaCha20 that the name says. encryptionHonest is what some agents call it.
const (
	encryption       = "xchacha20poly1305_ietf"
	encryptionHonest = "chacha20poly1305_ietf"
	envelopeType     = "JWM/1.0"
)

// Envelope is an encrypted message that was read and not opened.
type Envelope struct {
	anonymous  bool
	recipients []recipient
	protected  string // as it was sent: it is what the tag authenticates
	nonce      []byte
	sealed     []byte // ciphertext and tag
}

type recipient struct {
	key      Verkey
	boxed    []byte // the content key, for this recipient
	sender   []byte // Authcrypt: the sender's key, sealed
	boxNonce []byte // Authcrypt
}

// Opened is a message out of its envelope. From is the key that authenticated it, none for an anonymous one.
type Opened struct {
	Message []byte
	To      Verkey
	From    Verkey
}

type envelopeJSON struct {
	Protected  string `json:"protected"`
	IV         string `json:"iv"`
	Ciphertext string `json:"ciphertext"`
	Tag        string `json:"tag"`
}

type protectedJSON struct {
	Enc        string          `json:"enc"`
	Typ        string          `json:"typ"`
	Alg        string          `json:"alg"`
	Recipients []recipientJSON `json:"recipients"`
}

type recipientJSON struct {
	EncryptedKey string `json:"encrypted_key"`
	Header       struct {
		KID    string `json:"kid"`
		Sender string `json:"sender,omitzero"`
		IV     string `json:"iv,omitzero"`
	} `json:"header"`
}

// ParseEnvelope reads an envelope; nothing is decrypted. It fails with an *Error (CodeEnvelope) for what is none, a
// message that is not encrypted among it. A recipient whose kid is no Ed25519 key is passed over.
func ParseEnvelope(raw []byte) (Envelope, error) {
	if err := ijson.Check(raw, ijson.Limits{Depth: 4, Bytes: MaxEnvelope}); err != nil {
		return Envelope{}, fromJSON(CodeEnvelope, err)
	}
	var outer envelopeJSON
	if err := json.Unmarshal(raw, &outer); err != nil {
		return Envelope{}, fromJSON(CodeEnvelope, err)
	}
	e := Envelope{protected: outer.Protected}
	for _, part := range []struct {
		name, text string
		size       int
		to         *[]byte
	}{
		{"iv", outer.IV, chacha20poly1305.NonceSize, &e.nonce},
		{"ciphertext", outer.Ciphertext, -1, &e.sealed},
		{"tag", outer.Tag, chacha20poly1305.Overhead, nil},
	} {
		value, ok := decode64(part.text)
		if !ok || part.size >= 0 && len(value) != part.size {
			return Envelope{}, &Error{Code: CodeEnvelope, Pointer: "/" + part.name, Message: "no base64url of the right length"}
		}
		if part.to != nil {
			*part.to = value
		} else {
			e.sealed = append(e.sealed, value...)
		}
	}
	if len(outer.Protected) > maxProtected {
		return Envelope{}, &Error{Code: CodeEnvelope, Pointer: "/protected", Message: "too large"}
	}
	header, ok := decode64(outer.Protected)
	if !ok {
		return Envelope{}, &Error{Code: CodeEnvelope, Pointer: "/protected", Message: "no base64url"}
	}
	if err := e.parseProtected(header); err != nil {
		return Envelope{}, err
	}
	return e, nil
}

func (e *Envelope) parseProtected(raw []byte) error {
	invalid := func(message string) error {
		return &Error{Code: CodeEnvelope, Pointer: "/protected", Message: message}
	}
	if err := ijson.Check(raw, ijson.Limits{Depth: 8}); err != nil {
		return invalid("no I-JSON inside")
	}
	var header protectedJSON
	if err := json.Unmarshal(raw, &header); err != nil {
		return invalid("not the header of an envelope")
	}
	switch {
	case header.Typ != envelopeType:
		return invalid("not of type JWM/1.0")
	case header.Enc != encryption && header.Enc != encryptionHonest:
		return invalid("another encryption")
	case header.Alg != algAuthcrypt && header.Alg != algAnoncrypt:
		return invalid("neither Authcrypt nor Anoncrypt")
	case len(header.Recipients) == 0 || len(header.Recipients) > MaxRecipients:
		return invalid("no recipients, or too many")
	}
	e.anonymous = header.Alg == algAnoncrypt
	for _, entry := range header.Recipients {
		r, err := parseRecipient(entry, e.anonymous)
		if err != nil {
			return err
		}
		if !r.key.IsZero() {
			e.recipients = append(e.recipients, r)
		}
	}
	return nil
}

func parseRecipient(entry recipientJSON, anonymous bool) (recipient, error) {
	fault := &Error{Code: CodeEnvelope, Pointer: "/protected", Message: "a recipient has not the form of the alg"}
	var r recipient
	var ok [3]bool
	r.boxed, ok[0] = decode64(entry.EncryptedKey)
	r.sender, ok[1] = decode64(entry.Header.Sender)
	r.boxNonce, ok[2] = decode64(entry.Header.IV)
	if !ok[0] || !ok[1] || !ok[2] {
		return recipient{}, fault
	}
	if anonymous != (len(r.sender) == 0) || anonymous != (len(r.boxNonce) == 0) || !anonymous && len(r.boxNonce) != boxNonceSize {
		return recipient{}, fault
	}
	// The key is left none for another kind of kid.
	r.key, _ = ParseVerkey(entry.Header.KID)
	return r, nil
}

// Recipients are the keys that the envelope is for, in its order, each once. Several may be ours.
func (e Envelope) Recipients() []Verkey {
	keys := make([]Verkey, 0, len(e.recipients))
	for _, r := range e.recipients {
		if !slices.Contains(keys, r.key) {
			keys = append(keys, r.key)
		}
	}
	return keys
}

// Anonymous says whether the envelope names no sender.
func (e Envelope) Anonymous() bool { return e.anonymous }

// Open decrypts the envelope with a key of ours. It fails with an *Error: CodeRecipient where it is not for that key,
// CodeOpen where anything about it is wrong, and as own.Private does where the key store cannot be reached.
func (e Envelope) Open(own Own) (Opened, error) {
	found := false
	var failed error
	for _, r := range e.recipients {
		if r.key != own.Key {
			continue
		}
		found = true
		private := &watched{KeyExchanger: own.Private}
		if opened, ok := e.open(r, private); ok {
			return opened, nil
		}
		if failed == nil {
			failed = private.err
		}
	}
	switch {
	case !found:
		return Opened{}, &Error{Code: CodeRecipient, Message: "the envelope is not for this key"}
	case failed != nil:
		return Opened{}, failed
	}
	return Opened{}, &Error{Code: CodeOpen, Message: "the envelope does not open"}
}

func (e Envelope) open(r recipient, private ecdh.KeyExchanger) (Opened, bool) {
	opened := Opened{To: r.key}
	var key []byte
	var ok bool
	if e.anonymous {
		key, ok = openAnonymous(r.boxed, private)
	} else {
		var text []byte
		if text, ok = openAnonymous(r.sender, private); !ok {
			return Opened{}, false
		}
		from, err := ParseVerkey(string(text))
		if err != nil {
			return Opened{}, false
		}
		agreement, err := from.Agreement()
		if err != nil {
			return Opened{}, false
		}
		opened.From = from
		key, ok = openBox(r.boxed, [boxNonceSize]byte(r.boxNonce), agreement, private)
	}
	if !ok {
		return Opened{}, false
	}
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return Opened{}, false
	}
	opened.Message, err = aead.Open(nil, e.nonce, e.sealed, []byte(e.protected))
	return opened, err == nil
}
