package cheqd

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/spec/comet"
)

// ParseConversion reads the answer to [QueryConversion]. It fails with an *Error, as the readers after it do.
func ParseConversion(body []byte) (Coin, error) {
	var answer struct {
		Amount string `json:"amount"`
	}
	if err := parse(body, &answer); err != nil {
		return Coin{}, err
	}
	return ParseCoin(answer.Amount)
}

// ParseAccount reads the answer to [QueryAccount].
func ParseAccount(body []byte) (Account, error) {
	var answer struct {
		Account struct {
			Type      string `json:"@type"`
			Address   string `json:"address"`
			PublicKey *struct {
				Type string `json:"@type"`
				Key  string `json:"key"`
			} `json:"pub_key"`
			Number   string `json:"account_number"`
			Sequence string `json:"sequence"`
		} `json:"account"`
	}
	if err := parse(body, &answer); err != nil {
		return Account{}, err
	}
	wire := answer.Account
	if wire.Type != typeBaseAccount {
		return Account{}, &Error{Code: CodeJSON, Pointer: "/account/@type", Message: "an account that is not of a key"}
	}
	a := Account{Address: wire.Address}
	var err error
	if wire.PublicKey != nil {
		if a.PublicKey, err = base64.StdEncoding.DecodeString(wire.PublicKey.Key); err != nil || wire.PublicKey.Type != typeSecp256k1 {
			return Account{}, &Error{Code: CodeJSON, Pointer: "/account/pub_key", Message: "a key that is not of secp256k1"}
		}
	}
	if a.Number, err = parseUint(wire.Number); err == nil {
		a.Sequence, err = parseUint(wire.Sequence)
	}
	return a, err
}

// ParseBalances reads the answer to [QueryBalances].
func ParseBalances(body []byte) ([]Coin, error) {
	var answer struct {
		Balances []Coin `json:"balances"`
	}
	err := parse(body, &answer)
	return answer.Balances, err
}

// ParseChainID reads the answer to [QueryChainID].
func ParseChainID(body []byte) (string, error) {
	var answer struct {
		Node struct {
			Network string `json:"network"`
		} `json:"default_node_info"`
	}
	if err := parse(body, &answer); err != nil {
		return "", err
	}
	if answer.Node.Network == "" {
		return "", missing("chain")
	}
	return answer.Node.Network, nil
}

// BroadcastPath is where the REST gateway takes a POST of [BroadcastBody]; [ParseTxResponse] reads the answer.
const BroadcastPath = "/cosmos/tx/v1beta1/txs"

// TxPath is where a transaction is, by its [Hash]; missing until it is in a block.
func TxPath(hash string) string { return BroadcastPath + "/" + hash }

// BroadcastBody asks the REST gateway to take a transaction into the mempool: BROADCAST_MODE_SYNC.
func BroadcastBody(tx []byte) []byte {
	return []byte(`{"tx_bytes":"` + base64.StdEncoding.EncodeToString(tx) + `","mode":"BROADCAST_MODE_SYNC"}`)
}

// BroadcastRPC asks a node of the ledger the same: [ParseBroadcastResult] of what comet.ReadResult gives.
func BroadcastRPC(tx []byte) comet.Request {
	return comet.Request{Method: "broadcast_tx_sync", Params: []byte(`{"tx":"` + base64.StdEncoding.EncodeToString(tx) + `"}`)}
}

// TxRPC asks a node for a transaction by its [Hash]: [ParseTxResult] of what comet.ReadResult gives. What is missing is an
// *comet.RPCError.
func TxRPC(hash string) comet.Request {
	raw, _ := hex.DecodeString(hash) // one that is none is of no transaction
	return comet.Request{Method: "tx", Params: []byte(`{"hash":"` + base64.StdEncoding.EncodeToString(raw) + `","prove":false}`)}
}

// TxResult is what became of a transaction. Height is 0 while it is in no block.
type TxResult struct {
	Hash      string
	Height    int64
	GasWanted int64
	GasUsed   int64
	Refusal   *LedgerError // nil: done, or taken into the mempool
}

func txResult(hash, codespace, log string, code uint32, numbers ...string) (TxResult, error) {
	result := TxResult{Hash: hash}
	if len(hash) != 64 {
		return result, missing("hash")
	}
	if code != 0 {
		result.Refusal = &LedgerError{Codespace: codespace, Code: code, Log: log}
	}
	for i, field := range [...]*int64{&result.Height, &result.GasWanted, &result.GasUsed} {
		if i >= len(numbers) || numbers[i] == "" {
			continue
		}
		n, err := strconv.ParseInt(numbers[i], 10, 64)
		if err != nil {
			return result, &Error{Code: CodeJSON, Message: "no number"}
		}
		*field = n
	}
	return result, nil
}

// ParseTxResponse reads the REST gateway's answer to a broadcast or about a transaction.
func ParseTxResponse(body []byte) (TxResult, error) {
	var answer struct {
		Tx struct {
			Hash      string `json:"txhash"`
			Codespace string `json:"codespace"`
			Code      uint32 `json:"code"`
			Log       string `json:"raw_log"`
			Height    string `json:"height"`
			GasWanted string `json:"gas_wanted"`
			GasUsed   string `json:"gas_used"`
		} `json:"tx_response"`
	}
	if err := json.Unmarshal(body, &answer); err != nil || len(body) > 4*MaxAnswer {
		return TxResult{}, &Error{Code: CodeJSON, Message: "no answer of the ledger's REST gateway"}
	}
	tx := answer.Tx
	return txResult(tx.Hash, tx.Codespace, tx.Log, tx.Code, tx.Height, tx.GasWanted, tx.GasUsed)
}

// ParseBroadcastResult reads a node's answer to [BroadcastRPC].
func ParseBroadcastResult(result []byte) (TxResult, error) {
	var answer struct {
		Code      uint32 `json:"code"`
		Codespace string `json:"codespace"`
		Log       string `json:"log"`
		Hash      string `json:"hash"`
	}
	if err := parse(result, &answer); err != nil {
		return TxResult{}, err
	}
	return txResult(answer.Hash, answer.Codespace, answer.Log, answer.Code)
}

// ParseTxResult reads a node's answer to [TxRPC].
func ParseTxResult(result []byte) (TxResult, error) {
	var answer struct {
		Hash   string `json:"hash"`
		Height string `json:"height"`
		Result struct {
			Code      uint32 `json:"code"`
			Codespace string `json:"codespace"`
			Log       string `json:"log"`
			GasWanted string `json:"gas_wanted"`
			GasUsed   string `json:"gas_used"`
		} `json:"tx_result"`
	}
	if err := json.Unmarshal(result, &answer); err != nil || len(result) > 4*MaxAnswer {
		return TxResult{}, &Error{Code: CodeJSON, Message: "no answer of the ledger's node"}
	}
	r := answer.Result
	return txResult(answer.Hash, r.Codespace, r.Log, r.Code, answer.Height, r.GasWanted, r.GasUsed)
}
