package acapy

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/spec/vcdm"
)

// rules are what ACA-Py asks of a schema beyond its description.
var rules = map[string]func(members map[string]jsontext.Value, f *faults){
	"V20CredFilter":              oneOf("V20CredFilterSchema requires indy, ld_proof, vc_di or all", "anoncreds", "indy", "ld_proof", "vc_di"),
	"V20CredFilterLDProof":       oneOf("V20CredFilterSchema requires indy, ld_proof, vc_di or all", "ld_proof"),
	"V20PresRequestByFormat":     oneOf("V20PresRequestByFormatSchema requires indy, dif, or both", "anoncreds", "dif", "indy"),
	"V20PresProposalByFormat":    oneOf("V20PresProposalByFormatSchema requires indy, dif, or both", "anoncreds", "dif", "indy"),
	"V20PresSpecByFormatRequest": oneOf("V20PresSpecByFormatRequestSchema must specify at least one presentation format", "anoncreds", "dif", "indy"),
	"InvitationCreateRequest":    handshakes,
	"InvitationMessage":          purposeful,
}

// memberRules are what it asks of members; it tells of them beside others' faults.
var memberRules = map[string]func(members map[string]jsontext.Value, f *faults){"Credential": credible}

// purposeful asks what an invitation is for. An invitation's URL says that itself.
func purposeful(members map[string]jsontext.Value, f *faults) {
	for _, name := range []string{"handshake_protocols", "requests~attach"} {
		if all, ok := listOf(members[name]); ok && len(all) > 0 {
			return
		}
	}
	if members["invitation_url"] == nil {
		f.add(schemaMember, said("Model must include non-empty handshake_protocols or requests~attach or both"))
	}
}

// credible asks of a credential what ACA-Py asks before it looks into it.
func credible(members map[string]jsontext.Value, f *faults) {
	isText := func(v jsontext.Value, among ...string) bool {
		return v.Kind() == '"' && slices.Contains(among, unquoted(v))
	}
	if all, ok := listOf(members["@context"]); ok && (len(all) == 0 || !isText(all[0], baseContexts...)) {
		f.add("@context", said("First context must be one of ['%s']", strings.Join(baseContexts, "', '")))
	}
	if all, ok := listOf(members["type"]); ok && !slices.ContainsFunc(all, func(v jsontext.Value) bool { return isText(v, vcdm.TypeCredential) }) {
		f.add("type", said("type must include %s", vcdm.TypeCredential))
	}
	for _, name := range []string{"credentialStatus", "credentialSubject"} {
		value := members[name]
		if value == nil || value.Kind() == 'n' || value.Kind() == '{' {
			continue
		}
		all, ok := listOf(value)
		if !ok || slices.ContainsFunc(all, func(v jsontext.Value) bool { return v.Kind() != '{' }) {
			f.add(name, said("Field should be dict or list of dicts"))
		}
	}
}

var baseContexts = []string{vcdm.BaseContext11, vcdm.BaseContext20}

func listOf(value jsontext.Value) (all []jsontext.Value, ok bool) {
	return all, value.Kind() == '[' && json.Unmarshal(value, &all) == nil
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

// namedChoices are those of which ACA-Py repeats the value that is none of them.
var namedChoices = []string{"public, posted, wallet_only", "<, <=, >=, >", "Endpoint, Profile, LinkedDomains"}

const base58Letters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// wholeOf reads a parameter that was checked.
func wholeOf(text string, otherwise int) int {
	if n, err := strconv.Atoi(strings.TrimSpace(text)); err == nil {
		return n
	}
	return otherwise
}
