// Package standardwebhooks signs and verifies messages as Standard Webhooks 1.0.0 says
// (https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md), with its symmetric scheme.
//
//	secret "whsec_…" ── ParseSecret ──> key
//	key, id, time, body ── Sign ──> "v1,…"      several, one for each key in force, stand in webhook-signature
//	key, headers, body ── Verify ──> nil
package standardwebhooks

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"
)

// The headers of a message.
const (
	HeaderID        = "webhook-id"
	HeaderTimestamp = "webhook-timestamp"
	HeaderSignature = "webhook-signature"
)

const (
	secretPrefix    = "whsec_"
	signaturePrefix = "v1,"

	minKey, maxKey = 24, 64 // bytes
)

// What a message or a secret fails with.
var (
	ErrSecret    = errors.New("not a secret: whsec_ and 24 to 64 bytes in base64")
	ErrTimestamp = errors.New("the timestamp is missing, malformed or too far from now")
	ErrSignature = errors.New("no signature is the key's")
)

// FormatSecret gives the text of a key.
func FormatSecret(key []byte) string { return secretPrefix + base64.StdEncoding.EncodeToString(key) }

// ParseSecret gives the key of a text.
func ParseSecret(text string) ([]byte, error) {
	encoded, ok := strings.CutPrefix(text, secretPrefix)
	key, err := base64.StdEncoding.DecodeString(encoded)
	if !ok || err != nil || len(key) < minKey || len(key) > maxKey {
		return nil, ErrSecret
	}
	return key, nil
}

// Timestamp gives the text of a time: whole seconds since 1970.
func Timestamp(at time.Time) string { return strconv.FormatInt(at.Unix(), 10) }

// Sign gives one signature of a message: its scheme, a comma, and HMAC-SHA-256 over id, timestamp and body.
func Sign(key []byte, id string, at time.Time, body []byte) string {
	return signaturePrefix + base64.StdEncoding.EncodeToString(mac(key, id, Timestamp(at), body))
}

func mac(key []byte, id, timestamp string, body []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(id + "." + timestamp + "."))
	h.Write(body)
	return h.Sum(nil)
}

// Verify judges a message by the values of its three headers. It passes when one of the signatures is the key's and the
// timestamp is within tolerance of now.
func Verify(key []byte, id, timestamp, signatures string, body []byte, now time.Time, tolerance time.Duration) error {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return ErrTimestamp
	}
	want := mac(key, id, timestamp, body)
	for signature := range strings.FieldsSeq(signatures) {
		encoded, ok := strings.CutPrefix(signature, signaturePrefix)
		got, err := base64.StdEncoding.DecodeString(encoded)
		if ok && err == nil && hmac.Equal(got, want) {
			return nil
		}
	}
	return ErrSignature
}
