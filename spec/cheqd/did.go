package cheqd

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mr-tron/base58"
)

const method = "cheqd"

// DID is did:cheqd:<Namespace>:<ID>: ADR 001. The ID is a UUID or the base58 of 16 bytes.
type DID struct{ Namespace, ID string }

func (d DID) String() string {
	if d.Namespace == "" {
		return "did:" + method + ":" + d.ID
	}
	return "did:" + method + ":" + d.Namespace + ":" + d.ID
}

// ParseDID reads a DID of mainnet or testnet, its UUID in lower case as the ledger keeps it. It fails with an *Error
// (CodeDID).
func ParseDID(text string) (DID, error) {
	if err := checkDID(text, []string{Mainnet, Testnet}); err != nil {
		return DID{}, &Error{Code: CodeDID, Message: err.Error()}
	}
	_, namespace, id, _ := splitDID(text)
	return DID{Namespace: namespace, ID: NormalID(id)}, nil
}

// IndyID is the 16-byte form of an id: the base58 of the first half of the SHA-256 of an Ed25519 public key.
func IndyID(publicKey []byte) string {
	sum := sha256.Sum256(publicKey)
	return base58.Encode(sum[:16])
}

// NormalDID writes a DID as the ledger keeps it: a UUID in lower case. A text that is no DID stays as it is.
func NormalDID(text string) string {
	m, namespace, id, err := splitDID(text)
	if err != nil {
		return text
	}
	return joinDID(m, namespace, NormalID(id))
}

// NormalURL is NormalDID of the DID in a DID URL.
func NormalURL(text string) string {
	if end := strings.IndexAny(text, "/?#"); end >= 0 {
		return NormalDID(text[:end]) + text[end:]
	}
	return NormalDID(text)
}

// NormalID writes the last part of a DID as the ledger keeps it: a UUID in lower case, the other form as it is.
func NormalID(id string) string {
	if checkUUID(id) == nil {
		return strings.ToLower(id)
	}
	return id
}

// NormalUUID writes the id of a version or resource as the ledger keeps it.
func NormalUUID(id string) string { return strings.ToLower(id) }

func joinDID(method, namespace, id string) string {
	if namespace != "" {
		namespace = ":" + namespace
	}
	return "did:" + method + namespace + ":" + id
}

// splitDID takes apart did:method:id and did:method:namespace:id.
func splitDID(text string) (method, namespace, id string, err error) {
	parts := strings.Split(text, ":")
	if len(parts) < 3 || len(parts) > 4 || parts[0] != "did" || slices.Contains(parts, "") {
		return "", "", "", errors.New("unable to split did into method, namespace and id")
	}
	if len(parts) == 4 {
		namespace = parts[2]
	}
	return parts[1], namespace, parts[len(parts)-1], nil
}

// checkDID is the ledger's rule for DIDs, in its words; nil namespaces allow any. cheqd-node x/did/utils/did.go.
func checkDID(text string, namespaces []string) error {
	m, namespace, id, err := splitDID(text)
	switch {
	case err != nil:
		return err
	case m != method:
		return errors.New("did method must be: " + method)
	case strings.ContainsFunc(namespace, func(r rune) bool { return !letterOrDigit(r) }):
		return errors.New("invalid did namespace")
	case len(namespaces) > 0 && !slices.Contains(namespaces, namespace):
		return fmt.Errorf("did namespace must be one of: %s", strings.Join(namespaces, ", "))
	}
	return checkID(id)
}

func checkID(id string) error {
	// The base58 of 16 bytes has at most 22 letters.
	if raw, err := base58.Decode(id[:min(len(id), 64)]); err == nil && len(raw) == 16 && len(id) <= 64 {
		return nil
	}
	if checkUUID(id) != nil {
		return errors.New("unique id should be one of: 16 bytes of decoded base58 string or UUID")
	}
	return nil
}

func checkUUID(text string) error {
	if len(text) != 36 {
		return errors.New("uuid must be of length 36 (in form of xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx)")
	}
	for i := range len(text) {
		dash := i == 8 || i == 13 || i == 18 || i == 23
		if dash != (text[i] == '-') || !dash && !isHex(text[i]) {
			return errors.New("invalid UUID format")
		}
	}
	return nil
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

func letterOrDigit(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9'
}

// checkKeyURL is the ledger's rule for the ids of methods and services: a DID URL with a fragment and nothing between.
func checkKeyURL(text string, namespaces []string) error {
	rest, fragment, marked := strings.Cut(text, "#")
	if strings.Contains(fragment, "#") || marked && fragment == "" {
		return errors.New("unable to split did url into did, path, query and fragment")
	}
	rest, query, _ := strings.Cut(rest, "?")
	did, path, rooted := strings.Cut(rest, "/")
	if err := checkDID(did, namespaces); err != nil {
		return err
	}
	switch {
	case !urlText(fragment):
		return errors.New("did url fragment has a character that it must not have")
	case rooted || path != "":
		return errors.New("path must be empty")
	case query != "":
		return errors.New("query must be empty")
	case fragment == "":
		return errors.New("fragment is required")
	}
	return nil
}

// urlText says whether a text is of the characters of a fragment: RFC 3986 §3.5.
func urlText(text string) bool {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '%' && i+2 < len(text) && isHex(text[i+1]) && isHex(text[i+2]) {
			i += 2
			continue
		}
		if !letterOrDigit(rune(c)) && strings.IndexByte("/-._~!$&'()*+,;=:@?", c) < 0 {
			return false
		}
	}
	return true
}
