package agent

import (
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/spec/didcomm"
)

// handshakeNames are the names by which clients know the protocols that make connections.
func handshakeNames() map[string][]string {
	return map[string][]string{
		didcomm.DIDExchange11: {"didexchange/1.1", "didex/1.1", "did-exchange/1.1", "didx/1.1", "rfc23/1.1", "23/1.1"},
		didcomm.DIDExchange10: {"didexchange/1.0", "didexchange", "did-exchange", "didex", "didx", "rfc23", "rfc0023", "23", "new"},
		didcomm.Connections10: {"connections/1.0", "connections", "connection", "conn", "conns", "rfc160", "rfc0160", "160", "old"},
	}
}

// HandshakeProtocol gives the identifier of a protocol that makes connections, by that, or by a name it goes by; false where none is
// known.
func HandshakeProtocol(name string) (string, bool) {
	plain := strings.ToLower(strings.TrimSpace(name))
	for _, prefix := range []string{"https://didcomm.org/", "did:sov:bzcbsnyhmrjhiqzdtuashg;spec/"} {
		plain = strings.TrimPrefix(plain, prefix)
	}
	for identifier, names := range handshakeNames() {
		if slices.Contains(names, strings.TrimSuffix(plain, "/")) {
			return identifier, true
		}
	}
	return "", false
}

// protocolName is a protocol without prefix: "didexchange/1.1".
func protocolName(identifier string) string {
	return strings.TrimPrefix(identifier, "https://didcomm.org/")
}
