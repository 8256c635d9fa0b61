package local

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// MasterPrefix begins a master key's text form.
const MasterPrefix = "chancery-master-key:v1:"

// MasterKey is 32 random bytes. The zero value is no key.
type MasterKey struct {
	redacted
	secret *[32]byte // behind a pointer, which printers do not follow inside a struct
}

// NewMasterKey makes a master key.
func NewMasterKey() MasterKey {
	secret := new([32]byte)
	_, _ = rand.Read(secret[:]) // never fails: crypto/rand ends the program instead
	return MasterKey{secret: secret}
}

// ParseMasterKey reads the text form: [MasterPrefix] and 32 bytes in base64url without padding. White space around
// it is ignored. The error tells what is wrong and nothing of the text.
func ParseMasterKey(text string) (MasterKey, error) {
	encoded, ok := strings.CutPrefix(strings.TrimSpace(text), MasterPrefix)
	if !ok {
		return MasterKey{}, fmt.Errorf("a master key begins with %q", MasterPrefix)
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil || len(raw) != 32 || strings.ContainsAny(encoded, "\r\n") { // the decoder skips line ends
		return MasterKey{}, fmt.Errorf("a master key is 32 bytes in base64url after %q", MasterPrefix)
	}
	secret := [32]byte(raw)
	clear(raw)
	if secret == ([32]byte{}) {
		return MasterKey{}, fmt.Errorf("a master key is random, not zero")
	}
	return MasterKey{secret: &secret}, nil
}

// Reveal gives the text form, for the file the key is kept in and nothing else.
func (k MasterKey) Reveal() string {
	if k.IsZero() {
		return ""
	}
	return MasterPrefix + base64.RawURLEncoding.EncodeToString(k.secret[:])
}

// IsZero tells whether there is a key at all.
func (k MasterKey) IsZero() bool { return k.secret == nil }

// ID names the key and tells nothing of it: 16 hexadecimal digits; "" for the zero value.
func (k MasterKey) ID() string {
	if k.IsZero() {
		return ""
	}
	return hex.EncodeToString(mac(k.secret[:], "chancery key id v1")[:8])
}

// CheckValue is what a database keeps to know its master key again.
func (k MasterKey) CheckValue() []byte {
	if k.IsZero() {
		return nil
	}
	return mac(k.secret[:], "chancery check value v1")
}

// Matches tells whether check is this key's [MasterKey.CheckValue].
func (k MasterKey) Matches(check []byte) bool {
	return !k.IsZero() && hmac.Equal(k.CheckValue(), check)
}

// MACKey derives 32 bytes for a use outside this package, such as the heads of audit chains (RFC 5869).
func (k MasterKey) MACKey(use string) []byte {
	if k.IsZero() {
		return nil
	}
	key, err := hkdf.Key(sha256.New, k.secret[:], nil, "chancery mac key v1\x00"+use, 32)
	if err != nil {
		panic(err) // only for a length that HKDF cannot give
	}
	return key
}

// MasterKeys are the key that seals and those that still open.
//
// To rotate without downtime: give every server the new key as a previous one; then, one server after the other,
// make it current and the old one previous; then [Store.Rewrap] and [MasterKeys.CheckValue] once; then take the
// old one away.
type MasterKeys struct {
	redacted
	Current  MasterKey
	Previous []MasterKey
}

// Find gives the key with that id.
func (m MasterKeys) Find(id string) (MasterKey, bool) {
	if id == "" {
		return MasterKey{}, false
	}
	for _, k := range append([]MasterKey{m.Current}, m.Previous...) {
		if subtle.ConstantTimeCompare([]byte(k.ID()), []byte(id)) == 1 {
			return k, true
		}
	}
	return MasterKey{}, false
}

// CheckValue is the current key's.
func (m MasterKeys) CheckValue() []byte { return m.Current.CheckValue() }

// Matches tells whether check is the check value of the current or a previous key.
func (m MasterKeys) Matches(check []byte) bool {
	for _, k := range m.Previous {
		if k.Matches(check) {
			return true
		}
	}
	return m.Current.Matches(check)
}

// MACKey derives a key for a use from the current master key, and gives that one's id with it.
func (m MasterKeys) MACKey(use string) (id string, key []byte) {
	return m.Current.ID(), m.Current.MACKey(use)
}

// MACKeyOf derives the key for a use from the master key with that id, current or previous.
func (m MasterKeys) MACKeyOf(id, use string) ([]byte, bool) {
	k, ok := m.Find(id)
	return k.MACKey(use), ok
}

// mac is HMAC-SHA-256.
func mac[T string | []byte](key []byte, data T) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(data))
	return h.Sum(nil)
}

// joined writes each part after its length, so that no two lists of parts give the same bytes.
func joined(parts ...string) []byte {
	var b bytes.Buffer
	for _, p := range parts {
		n := len(p)
		b.Write([]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
		b.WriteString(p)
	}
	return b.Bytes()
}
