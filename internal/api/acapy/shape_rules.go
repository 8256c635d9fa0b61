package acapy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// rules are what ACA-Py asks of a schema beyond its description.
var rules = map[string]func(members map[string]jsontext.Value, f *faults){
	"V20CredFilter":           oneOf("V20CredFilterSchema requires indy, ld_proof, vc_di or all", "anoncreds", "indy", "ld_proof", "vc_di"),
	"V20CredFilterLDProof":    oneOf("V20CredFilterSchema requires indy, ld_proof, vc_di or all", "ld_proof"),
	"V20PresRequestByFormat":  oneOf("V20PresRequestByFormatSchema requires indy, dif, or both", "anoncreds", "dif", "indy"),
	"V20PresProposalByFormat": oneOf("V20PresProposalByFormatSchema requires indy, dif, or both", "anoncreds", "dif", "indy"),
	"InvitationCreateRequest": handshakes,
}

func oneOf(text string, names ...string) func(map[string]jsontext.Value, *faults) {
	return func(members map[string]jsontext.Value, f *faults) {
		if !slices.ContainsFunc(names, func(name string) bool { return members[name] != nil }) {
			f.add(schemaMember, said("%s", text))
		}
	}
}

// handshakes are protocols that ACA-Py has a name for.
func handshakes(members map[string]jsontext.Value, f *faults) {
	var named []string
	if members["handshake_protocols"] == nil || json.Unmarshal(members["handshake_protocols"], &named) != nil {
		return
	}
	inner := new(faults)
	for i, name := range named {
		if !slices.Contains(handshakeNames, unqualified(name)) {
			inner.add(i, said("Invalid value."))
		}
	}
	f.add("handshake_protocols", inner)
}

var handshakeNames = []string{
	"didexchange/1.1", "didexchange/1.0", "connections/1.0", "didexchange", "didex", "didx", "rfc23", "23", "new",
	"connections", "connection", "conn", "conns", "rfc160", "160", "old",
}

func unqualified(name string) string {
	for _, prefix := range []string{"https://didcomm.org/", "did:sov:BzCbsNYhMrjHiqZDTUASHg;spec/"} {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			return rest
		}
	}
	return strings.ToLower(name)
}

// mismatch is what ACA-Py says of a text that a pattern does not fit. The patterns are known by how they begin: a description has
// no names for them.
func mismatch(pattern, text string) string {
	for _, known := range mismatches {
		if strings.HasPrefix(pattern, known.begins) {
			return fmt.Sprintf("Value %s is not %s", text, known.what)
		}
	}
	return "String does not match expected pattern."
}

// Longer beginnings stand before what they begin with.
var mismatches = []struct{ begins, what string }{
	{`[a-fA-F0-9]{8}-[a-fA-F0-9]{4}-4`, "UUID4 (8-4-4-4-12 hex digits with digit#13=4)"},
	{`^[1-9][0-9]*|`, "a valid schema identifier"},
	{`^[1-9][0-9]*$`, "a positive numeric string"},
	{`^[0-9]*$`, "a non-negative numeric string"},
	{`^[0-9.]+$`, "a valid version (use only digits and '.')"},
	{`^(did:(sov|indy):)?[` + base58Letters + `]{21,22}$|^did:`, "a valid DID"},
	{`^(did:(sov|indy):)?[` + base58Letters + `]{21,22}$`, "an indy decentralized identifier (DID)"},
	{`^did:cheqd:`, "an cheqd decentralized identifier (DID)"}, // so the plugin says it
	{`^did:([a-z0-9]+):`, "a w3c decentralized identifier (DID)"},
	{`^[` + base58Letters + `]{43,44}$`, "a raw Ed25519VerificationKey2018 key"},
	{`^did:key:z[` + base58Letters + `]+$|^[`, "in W3C did:key or Ed25519VerificationKey2018 key format"},
	{`^did:key:z[`, "in W3C did:key format"},
	{`^did:(?:key:z`, "in W3C did:key or DID URL format"},
	{`^[A-Za-z0-9\.\-\+]+://`, "a valid endpoint"},
	{`\w+:(\/?\/?)[^\s]+`, "URI"},
	{`^\d{4}-\d\d-\d\d[T ]`, "a date in valid format"},
	{`^([0-9]{4})-([0-9]{2})-([0-9]{2})([Tt ]`, "a date in valid format"},
	{`^[a-zA-Z0-9+/]*={0,2}$`, "a valid base64 encoding"},
	{`^[-_a-zA-Z0-9]*$`, "an unpadded base64url encoding"},
	{`^[a-fA-F0-9+/]{64}$`, "a 64-character hex digest"},
	{`^[a-zA-Z0-9_-]+\.[a-zA-Z0-9_-]*\.[a-zA-Z0-9_-]+(?:~`, "a valid SD-JWT"},
	{`^[a-zA-Z0-9_-]+\.`, "a valid JSON Web token"},
	{`^{.*}$`, "a valid WQL query"},
	{`^{\s*`, "a valid JSON extra query"},
}

const base58Letters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// wholeOf reads a parameter that was checked.
func wholeOf(text string, otherwise int) int {
	if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil {
		return n
	}
	return otherwise
}
