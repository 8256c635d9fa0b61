package access

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/vc"
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
func matches(secret string, digest []byte) bool { return equal(digestOf(secret), digest) }

// proves says which of a principal's secrets it is. Both are looked at each time, whether there are any or not.
func proves(secret string, p vc.Principal, now time.Time) (current, previous bool) {
	digest := digestOf(secret)
	current, previous = equal(digest, p.Secret), equal(digest, p.Previous)
	return current, previous && now.Before(p.PreviousUntil)
}

// equal compares the digest of something given with one that is kept; there may be none, and then it takes as long.
func equal(given, kept []byte) bool {
	whole := kept
	if len(kept) != sha256.Size {
		whole = make([]byte, sha256.Size)
	}
	return subtle.ConstantTimeCompare(given, whole) == 1 && len(kept) == sha256.Size
}

// bare is p without what is kept of its secrets.
func bare(p vc.Principal) vc.Principal {
	p.Secret, p.Previous = nil, nil
	return p
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
