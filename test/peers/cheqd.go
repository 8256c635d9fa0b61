package peers

import "encoding/json"

// Cheqd is "cheqd.create", "cheqd.update", "cheqd.deactivate", "cheqd.resource", "cheqd.document", "cheqd.version",
// "cheqd.versions", "cheqd.linked" and "cheqd.collection": @cheqd/sdk on a node. The first four are answered with a
// [CheqdTx], the others with what the SDK gives.
type Cheqd struct {
	RPC       string          `json:"rpc"`
	Payer     string          `json:"payer"` // a mnemonic, or a secp256k1 key in hexadecimal
	Keys      []CheqdKey      `json:"keys"`
	Document  json.RawMessage `json:"document,omitempty"`
	VersionID string          `json:"versionId,omitempty"`
	Resource  *CheqdResource  `json:"resource,omitempty"`

	DID        string `json:"did,omitempty"`
	Collection string `json:"collection,omitempty"`
	ID         string `json:"id,omitempty"`
}

// CheqdKey signs: an Ed25519 seed in hexadecimal.
type CheqdKey struct {
	ID   string `json:"id"`
	Seed string `json:"seed"`
}

// CheqdResource is a resource to be stored.
type CheqdResource struct {
	Data         []byte `json:"data"`
	CollectionID string `json:"collectionId"`
	ID           string `json:"id"`
	Name         string `json:"name"`
	Version      string `json:"version"`
	Type         string `json:"resourceType"`
	AlsoKnownAs  []any  `json:"alsoKnownAs"`
}

// CheqdTx is what became of a transaction.
type CheqdTx struct {
	Code    uint32 `json:"code"`
	Log     string `json:"rawLog"`
	Hash    string `json:"hash"`
	Height  int64  `json:"height"`
	GasUsed string `json:"gasUsed"`
}
