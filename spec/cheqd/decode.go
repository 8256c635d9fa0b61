package cheqd

import (
	"strconv"

	"github.com/chancery-vc/chancery/spec/comet"
)

// Account is an account of the chain. A PublicKey is there once it sent something.
type Account struct {
	Address   string
	PublicKey []byte
	Number    uint64
	Sequence  uint64
}

// first gives field 1 of a message, a message itself: the form of most answers.
func first[T any](raw []byte, what string, decode func([]byte) (T, error)) (value T, err error) {
	there := false
	err = read(raw, false, func(r *comet.Reader) (bool, error) {
		if r.Number() != 1 {
			return true, nil
		}
		there = true
		var err error
		value, err = decode(r.Bytes())
		return true, err
	})
	if err == nil && !there {
		err = &Error{Code: CodeEncoding, Message: "the answer has no " + what}
	}
	return value, err
}

func list[T any](raw []byte, decode func([]byte) (T, error)) (items []T, err error) {
	err = read(raw, false, func(r *comet.Reader) (bool, error) {
		if r.Number() != 1 {
			return true, nil
		}
		item, err := decode(r.Bytes())
		items = append(items, item)
		return true, err
	})
	return items, err
}

// DecodeDIDDoc reads the answer to [QueryDIDDoc] and [QueryDIDDocVersion]. It fails with an *Error (CodeEncoding), as the
// readers after it do.
func DecodeDIDDoc(raw []byte) (Versioned, error) { return first(raw, "document", decodeVersioned) }

// DecodeVersions reads the answer to [QueryVersions].
func DecodeVersions(raw []byte) ([]Metadata, error) { return list(raw, decodeMetadata) }

// DecodeResource reads the answer to [QueryResource] and [QueryLatestResource].
func DecodeResource(raw []byte) (Resource, error) { return first(raw, "resource", decodeResource) }

// DecodeResourceMetadata reads the answer to [QueryResourceMetadata] and [QueryLatestResourceMetadata].
func DecodeResourceMetadata(raw []byte) (ResourceMetadata, error) {
	return first(raw, "metadata", decodeResourceMetadata)
}

// DecodeResources reads the answer to [QueryResources].
func DecodeResources(raw []byte) ([]ResourceMetadata, error) {
	return list(raw, decodeResourceMetadata)
}

// DecodeDIDParams reads the answer to [QueryDIDParams] into params.
func DecodeDIDParams(raw []byte, params *Params) error {
	return decodeParams(raw, &params.CreateDID, &params.UpdateDID, &params.DeactivateDID)
}

// DecodeResourceParams reads the answer to [QueryResourceParams] into params.
func DecodeResourceParams(raw []byte, params *Params) error {
	return decodeParams(raw, &params.Image, &params.JSON, &params.Default)
}

func decodeParams(raw []byte, lists ...*[]FeeRange) error {
	_, err := first(raw, "params", func(raw []byte) (struct{}, error) {
		for _, l := range lists {
			*l = nil
		}
		return struct{}{}, read(raw, false, func(r *comet.Reader) (bool, error) {
			n := r.Number()
			if n > len(lists) {
				return true, nil
			}
			item, err := decodeFeeRange(r.Bytes())
			*lists[n-1] = append(*lists[n-1], item)
			return true, err
		})
	})
	return err
}

// burnFactor is half, in units of 1e-18: how much of a fee the ledger burns. It matters to nobody here, but answers have it.
const burnFactor = "500000000000000000"

// EncodeDIDParams writes the answer to [QueryDIDParams].
func (p Params) EncodeDIDParams() []byte {
	return encodeParams(p.CreateDID, p.UpdateDID, p.DeactivateDID)
}

// EncodeResourceParams writes the answer to [QueryResourceParams].
func (p Params) EncodeResourceParams() []byte { return encodeParams(p.Image, p.JSON, p.Default) }

func encodeParams(lists ...[]FeeRange) []byte {
	var out []byte
	for i, ranges := range lists {
		for _, r := range ranges {
			out = comet.AppendMessage(out, 1+i, r.encode())
		}
	}
	return comet.AppendMessage(nil, 1, comet.AppendText(out, 1+len(lists), burnFactor))
}

// DecodeConversion reads the answer to [QueryConversion].
func DecodeConversion(raw []byte) (Coin, error) {
	return first(raw, "amount", func(raw []byte) (Coin, error) { return ParseCoin(string(raw)) })
}

const typeBaseAccount = "/cosmos.auth.v1beta1.BaseAccount"

// Encode writes the answer to [QueryAccount].
func (a Account) Encode() []byte {
	out := comet.AppendText(nil, 1, a.Address)
	if a.PublicKey != nil {
		out = comet.AppendMessage(out, 2, Any{typeSecp256k1, comet.AppendBytes(nil, 1, a.PublicKey)}.Encode())
	}
	out = comet.AppendUint(comet.AppendUint(out, 3, a.Number), 4, a.Sequence)
	return comet.AppendMessage(nil, 1, Any{typeBaseAccount, out}.Encode())
}

// DecodeAccount reads the answer to [QueryAccount]. An account that is no plain one (a vesting one, a module's) is an
// *Error.
func DecodeAccount(raw []byte) (Account, error) {
	return first(raw, "account", func(raw []byte) (a Account, err error) {
		packed, err := DecodeAny(raw)
		if err != nil {
			return a, err
		}
		if packed.TypeURL != typeBaseAccount {
			return a, &Error{Code: CodeEncoding, Message: "an account that is not of a key"}
		}
		err = read(packed.Value, false, func(r *comet.Reader) (bool, error) {
			var err error
			switch r.Number() {
			case 1:
				a.Address = r.Text()
			case 2:
				a.PublicKey, err = decodePublicKey(r.Bytes())
			case 3:
				a.Number = r.Uint()
			case 4:
				a.Sequence = r.Uint()
			}
			return true, err
		})
		return a, err
	})
}

// DecodeBalances reads the answer to [QueryBalances].
func DecodeBalances(raw []byte) ([]Coin, error) { return list(raw, decodeCoin) }

// DecodeChainID reads the answer to [QueryChainID]: default_node_info.network.
func DecodeChainID(raw []byte) (string, error) {
	return first(raw, "node", func(raw []byte) (chainID string, err error) {
		err = read(raw, false, func(r *comet.Reader) (bool, error) {
			if r.Number() == 4 {
				chainID = r.Text()
			}
			return true, nil
		})
		if err == nil && chainID == "" {
			err = &Error{Code: CodeEncoding, Message: "the node does not say its chain"}
		}
		return chainID, err
	})
}

func parseUint(text string) (uint64, error) {
	n, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, &Error{Code: CodeJSON, Message: "no number"}
	}
	return n, nil
}
