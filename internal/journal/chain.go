// Package journal is the service of what happened: events for subscribers and the audit chain, two faces of one
// row.
//
//	act's transaction ── Append ──> row without position
//	commit ── Wake ──> Publisher: one of all servers gives positions, without gaps, and chains hashes, per tenant
//	                     └──> head, authenticated under the master key
//	Reader ── Events(after) ──> what a cursor has not seen; a slow transaction is never skipped, because a position
//	                            is given only to what is committed
package journal

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
)

// Masters gives the keys that authenticate heads: the current one, and any by its id.
type Masters interface {
	MACKey(use string) (id string, key []byte)
	MACKeyOf(id, use string) (key []byte, ok bool)
}

// headUse is what the key of heads is derived for.
const headUse = "audit head v1"

// link gives an entry's hash: SHA-256 over the hash before it and the audit face, each part after its length. The
// event face is not in it: it may be erased.
func link(previous []byte, e vc.Entry) []byte {
	h := sha256.New()
	part := func(b []byte) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(b)))
		h.Write(n[:])
		h.Write(b)
	}
	part(previous)
	for _, text := range []string{
		"chancery audit entry v1", strconv.FormatInt(e.Position, 10), e.ID, e.Scope.Tenant, e.Scope.Organisation,
		strconv.FormatInt(e.At.UnixMicro(), 10), e.Action, e.Principal, e.Door, e.Request, e.Object, e.Detail,
	} {
		part([]byte(text))
	}
	return h.Sum(nil)
}

// authenticate gives the MAC of a head.
func authenticate(key []byte, head vc.AuditHead) []byte {
	h := hmac.New(sha256.New, key)
	for _, text := range []string{head.Tenant, strconv.FormatInt(head.Position, 10), string(head.Hash)} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(text)))
		h.Write(n[:])
		h.Write([]byte(text))
	}
	return h.Sum(nil)
}

// Seal gives a head its MAC under the current master key.
func Seal(masters Masters, head vc.AuditHead) vc.AuditHead {
	id, key := masters.MACKey(headUse)
	head.Key, head.MAC = id, authenticate(key, head)
	return head
}

// Authentic tells whether a head was made by a server with that master key.
func Authentic(masters Masters, head vc.AuditHead) bool {
	key, ok := masters.MACKeyOf(head.Key, headUse)
	return ok && hmac.Equal(head.MAC, authenticate(key, head))
}

const headPrefix = "chancery-audit-head:v1"

// FormatHead gives a head as one line of text, to be kept elsewhere.
func FormatHead(head vc.AuditHead) string {
	return strings.Join([]string{
		headPrefix, head.Tenant, strconv.FormatInt(head.Position, 10), hex.EncodeToString(head.Hash), head.Key, hex.EncodeToString(head.MAC),
	}, ":")
}

// ParseHead reads what [FormatHead] wrote; Invalid "audit-head".
func ParseHead(text string) (vc.AuditHead, error) {
	rest, ok := strings.CutPrefix(strings.TrimSpace(text), headPrefix+":")
	parts := strings.Split(rest, ":")
	bad := vc.Errorf(vc.Invalid, "audit-head", "not an audit head: it begins with %q", headPrefix)
	if !ok || len(parts) != 5 {
		return vc.AuditHead{}, bad
	}
	position, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil {
		return vc.AuditHead{}, bad
	}
	hash, err := hex.DecodeString(parts[2])
	if err != nil || len(hash) != sha256.Size {
		return vc.AuditHead{}, bad
	}
	mac, err := hex.DecodeString(parts[4])
	if err != nil || len(mac) != sha256.Size {
		return vc.AuditHead{}, bad
	}
	return vc.AuditHead{Tenant: parts[0], Position: position, Hash: hash, Key: parts[3], MAC: mac}, nil
}
