// Package cheqd is the did:cheqd method as bytes: identifiers, the ledger's documents and resources, the messages that
// change them, the Cosmos transaction around the messages, and the ledger's answers. The field numbers are those of
// cheqd-node's proto/cheqd/{did,resource}/v2 and of the Cosmos SDK's proto/cosmos/tx/v1beta1.
//
//	DID document ── FromDocument ──> DIDDoc ── DIDDoc.Document ──> DID document
//	CreateDIDDoc{Payload} ── SignBytes ──> signed by the DID's keys ──> SignInfo
//	messages, fee ── TxBody.Encode, AuthInfo.Encode ── SignDoc ──> signed by the account's key ──> TxRaw
//	QueryDIDDoc(did) ── REST or ABCI ── ParseDIDDoc, DecodeDIDDoc ──> Versioned
package cheqd

import "fmt"

// The networks that a DID can be on.
const (
	Mainnet = "mainnet"
	Testnet = "testnet"
)

// What the cheqd chain adds to Cosmos: the prefix of its addresses, its coin (1 CHEQ is 1e9 ncheq), and the denomination
// that prices are in (1 USD is 1e18 usd). Keys are derived as Cosmos has it: bip32.CosmosPath.
const (
	AddressPrefix = "cheqd"
	Denom         = "ncheq"
	USD           = "usd"
)

// Error is why bytes, an identifier or a document were refused. Pointer (RFC 6901) is set where the fault lies in a JSON
// text.
type Error struct {
	Code    string
	Pointer string
	Message string
}

// The codes of [Error].
const (
	CodeDID      = "invalid-did"
	CodeURL      = "invalid-did-url"
	CodeAddress  = "invalid-address"
	CodeEncoding = "invalid-encoding" // protobuf
	CodeJSON     = "invalid-json"     // of a REST answer
	CodeDocument = "invalid-did-document"
	CodeKeyType  = "key-type-not-on-ledger"
	CodeFee      = "invalid-fee"
	CodeAbsent   = "resource-not-found"
	CodeManifold = "resource-ambiguous"
)

func (e *Error) Error() string {
	if e.Pointer != "" {
		return fmt.Sprintf("cheqd: %s at %q: %s", e.Code, e.Pointer, e.Message)
	}
	return fmt.Sprintf("cheqd: %s: %s", e.Code, e.Message)
}
