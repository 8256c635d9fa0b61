package agent

import (
	"crypto/rand"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/internal/keys"
)

// What keyed digests are for.
const (
	receiptUse = "didcomm receipt"
	peerKeyUse = "didcomm peer key"
	peerDIDUse = "didcomm peer" // their DID
	aliasUse   = "didcomm alias"
)

// seal seals content under a fresh salt, whose destruction is its end.
func seal(vault keys.TenantVault, label string, content any) (salt, sealed []byte, err error) {
	plain, err := json.Marshal(content)
	if err != nil {
		return nil, nil, err
	}
	salt = make([]byte, 32)
	rand.Read(salt) // never fails, and ends the program if it could
	return salt, vault.Seal(salt, label, plain), nil
}

// unseal opens what seal sealed. What was destroyed is nothing.
func unseal(vault keys.TenantVault, label string, salt, sealed []byte, into any) error {
	if salt == nil {
		return nil
	}
	plain, err := vault.Open(salt, label, sealed)
	if err != nil {
		return err
	}
	return json.Unmarshal(plain, into)
}

// digest is the keyed digest under which text is found again; nil for none.
func digest(vault keys.TenantVault, use, text string) []byte {
	if text == "" {
		return nil
	}
	return vault.MAC(use, []byte(text))
}
