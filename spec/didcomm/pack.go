package didcomm

import (
	"io"

	"github.com/go-json-experiment/json"
	"golang.org/x/crypto/chacha20poly1305"
)

// Pack encrypts a message to every key of to: RFC 0019. from authenticates it (Authcrypt); nil makes it anonymous
// (Anoncrypt). All randomness is read from random. It fails with an *Error (CodeEnvelope) for no recipients, too many or
// too large a message, CodeKey for no key, and as random and from.Private do.
func Pack(random io.Reader, message []byte, to []Verkey, from *Own) ([]byte, error) {
	switch {
	case len(to) == 0 || len(to) > MaxRecipients:
		return nil, &Error{Code: CodeEnvelope, Message: "no recipients, or too many"}
	case len(message) > MaxMessage:
		return nil, &Error{Code: CodeEnvelope, Message: "the message is too large"}
	}
	content := make([]byte, chacha20poly1305.KeySize+chacha20poly1305.NonceSize)
	if _, err := io.ReadFull(random, content); err != nil {
		return nil, err
	}
	key, nonce := content[:chacha20poly1305.KeySize], content[chacha20poly1305.KeySize:]
	header := protectedJSON{Enc: encryption, Typ: envelopeType, Alg: algAnoncrypt}
	if from != nil {
		header.Alg = algAuthcrypt
	}
	for _, recipient := range to {
		entry, err := packKey(random, key, recipient, from)
		if err != nil {
			return nil, err
		}
		header.Recipients = append(header.Recipients, entry)
	}
	raw, err := json.Marshal(header)
	if err != nil {
		return nil, err
	}
	protected := encode64(raw)
	aead, err := chacha20poly1305.New(key)
	if err != nil {
		return nil, err
	}
	sealed := aead.Seal(nil, nonce, message, []byte(protected))
	at := len(sealed) - chacha20poly1305.Overhead
	return json.Marshal(envelopeJSON{
		Protected:  protected,
		IV:         encode64(nonce),
		Ciphertext: encode64(sealed[:at]),
		Tag:        encode64(sealed[at:]),
	})
}

// packKey encrypts the content key to one recipient.
func packKey(random io.Reader, key []byte, to Verkey, from *Own) (recipientJSON, error) {
	entry := recipientJSON{}
	entry.Header.KID = to.String()
	peer, err := to.Agreement()
	if err != nil {
		return entry, err
	}
	if from == nil {
		sealed, err := sealAnonymous(random, key, peer)
		entry.EncryptedKey = encode64(sealed)
		return entry, err
	}
	var nonce [boxNonceSize]byte
	if _, err := io.ReadFull(random, nonce[:]); err != nil {
		return entry, err
	}
	sender, err := sealAnonymous(random, []byte(from.Key.String()), peer)
	if err != nil {
		return entry, err
	}
	boxed, err := sealBox(key, nonce, peer, from.Private)
	if err != nil {
		return entry, err
	}
	entry.EncryptedKey = encode64(boxed)
	entry.Header.IV = encode64(nonce[:])
	entry.Header.Sender = encode64(sender)
	return entry, nil
}
