package didcomm

import (
	"strconv"
	"strings"
)

// The prefixes of message types: RFC 0348. The old one is read and never written in a new message.
const (
	prefix       = "https://didcomm.org/"
	prefixLegacy = "did:sov:BzCbsNYhMrjHiqZDTUASHg;spec/"
)

// Type is the URI of a message type, RFC 0003: "https://didcomm.org/issue-credential/2.0/offer-credential".
type Type string

// TypeParts is a [Type] taken apart.
type TypeParts struct {
	Protocol     string // "issue-credential"
	Major, Minor int
	Name         string // "offer-credential"
	Legacy       bool   // of the old prefix
}

// Parse takes the type apart; false for what is no message type. The prefix may be another one: RFC 0003 gives the
// rest of the URI alone a meaning.
func (t Type) Parse() (TypeParts, bool) {
	var p TypeParts
	if len(t) > 256 {
		return p, false
	}
	segments := strings.Split(string(t), "/")
	if len(segments) < 4 {
		return p, false
	}
	tail := segments[len(segments)-3:]
	p.Protocol, p.Name, p.Legacy = tail[0], tail[2], strings.HasPrefix(string(t), prefixLegacy)
	major, minor, ok := parseVersion(tail[1])
	p.Major, p.Minor = major, minor
	return p, ok && p.Protocol != "" && p.Name != ""
}

// parseVersion reads "1.0", and "1.0.2" of old agents.
func parseVersion(text string) (major, minor int, ok bool) {
	numbers := strings.Split(text, ".")
	if len(numbers) < 2 || len(numbers) > 3 {
		return 0, 0, false
	}
	values := make([]int, len(numbers))
	for i, number := range numbers {
		value, err := strconv.ParseUint(number, 10, 16)
		if err != nil || strconv.FormatUint(value, 10) != number {
			return 0, 0, false
		}
		values[i] = int(value)
	}
	return values[0], values[1], true
}

// NewType makes the type of a message in the current prefix.
func NewType(protocol string, major, minor int, name string) Type {
	return Type(prefix + protocol + "/" + strconv.Itoa(major) + "." + strconv.Itoa(minor) + "/" + name)
}

// Answer is the type of another message of the same protocol, in answer to one of this type: in the minor version that
// both know, ours being at most newest (RFC 0003, "semver rules").
func (t Type) Answer(name string, newest int) Type {
	p, ok := t.Parse()
	if !ok {
		return ""
	}
	return NewType(p.Protocol, p.Major, min(p.Minor, newest), name)
}

// Is says whether both are the same message of the same major version, whatever their prefixes and minor versions.
// "_" and "-" are one: RFCs and agents differ on problem_report.
func (t Type) Is(other Type) bool {
	a, ok := t.Parse()
	b, okb := other.Parse()
	return ok && okb && a.Major == b.Major && a.key() == b.key()
}

// ProtocolURI is the protocol's identifier, "https://didcomm.org/didexchange/1.1", as handshake_protocols has it.
func (t Type) ProtocolURI() string {
	if at := strings.LastIndexByte(string(t), '/'); at >= 0 {
		return string(t[:at])
	}
	return ""
}

func (p TypeParts) key() string {
	return strings.ReplaceAll(p.Protocol+"/"+strconv.Itoa(p.Major)+"/"+p.Name, "_", "-")
}
