package access

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"strings"

	"github.com/google/uuid"
)

// An API key reads chy_<32 hex digits: the principal's id>_<43 characters: the secret>. A client's id is its
// principal's id as a UUID, its secret the 43 characters alone: base64url of 32 random bytes.
const (
	keyPrefix   = "chy_"
	keyIDLength = 32
	secretBytes = 32
)

// newSecret gives a secret and what is kept of it: the SHA-256 of its text. 256 random bits need no slow hash.
func newSecret() (text string, digest []byte) {
	raw := make([]byte, secretBytes)
	_, _ = rand.Read(raw) // never fails, and ends the program if it could
	text = base64.RawURLEncoding.EncodeToString(raw)
	return text, digestOf(text)
}

func digestOf(secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return sum[:]
}

// matches compares in constant time.
func matches(secret string, digest []byte) bool {
	return subtle.ConstantTimeCompare(digestOf(secret), digest) == 1
}

func keyText(id, secret string) string { return keyPrefix + tokenText(id, secret) }

func tokenText(id, secret string) string { return strings.ReplaceAll(id, "-", "") + "_" + secret }

// parseKey takes an API key apart; its parts may still be wrong.
func parseKey(text string) (id, secret string, ok bool) { return parseToken(keyPrefix, text) }

// parseToken takes an id and a secret apart that stand behind a prefix.
func parseToken(prefix, text string) (id, secret string, ok bool) {
	rest, ok := strings.CutPrefix(text, prefix)
	if !ok || len(rest) < keyIDLength+1 || rest[keyIDLength] != '_' {
		return "", "", false
	}
	raw, err := hex.DecodeString(rest[:keyIDLength])
	if err != nil {
		return "", "", false
	}
	secret = rest[keyIDLength+1:]
	return uuid.UUID(raw).String(), secret, len(secret) == base64.RawURLEncoding.EncodedLen(secretBytes)
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

// isID says whether text is a UUID in its one usual form.
func isID(text string) bool {
	id, err := uuid.Parse(text)
	return err == nil && id.String() == text
}
