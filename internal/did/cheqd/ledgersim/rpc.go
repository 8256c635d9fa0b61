package ledgersim

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/comet"
)

// rpcError is an error of JSON-RPC.
type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    string `json:"data"`
}

func internal(data string) *rpcError { return &rpcError{-32603, "Internal error", data} }

// params are a call's parameters: JSON values of a POST, or texts of a GET, where a string has quotation marks and bytes
// are hexadecimal after 0x.
type params map[string]jsontext.Value

func (p params) text(name string) string {
	var text string
	if json.Unmarshal(p[name], &text) != nil {
		return strings.Trim(string(p[name]), `"`)
	}
	return text
}

// bytes reads a parameter: hexadecimal after 0x, or as decode has it.
func (p params) bytes(name string, decode func(string) ([]byte, error)) []byte {
	text := p.text(name)
	if rest, ok := strings.CutPrefix(text, "0x"); ok {
		text, decode = rest, hex.DecodeString
	}
	raw, _ := decode(text) // what is none is empty, and answered as such
	return raw
}

func (l *Ledger) rpcPost(w http.ResponseWriter, r *http.Request) {
	var call struct {
		ID     jsontext.Value `json:"id"`
		Method string         `json:"method"`
		Params params         `json:"params"`
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(l.config.MaxTx)*2))
	if err == nil {
		err = json.Unmarshal(body, &call)
	}
	if err != nil {
		write(w, http.StatusInternalServerError, object{"jsonrpc": "2.0", "error": &rpcError{-32700, "Parse error. Invalid JSON", err.Error()}})
		return
	}
	l.rpc(w, call.ID, call.Method, call.Params)
}

func (l *Ledger) rpcGet(method string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		p := params{}
		for name, values := range r.URL.Query() {
			p[name] = jsontext.Value(values[0])
		}
		l.rpc(w, jsontext.Value("-1"), method, p)
	}
}

func (l *Ledger) rpc(w http.ResponseWriter, id jsontext.Value, method string, p params) {
	l.mu.Lock()
	result, fault := l.call(method, p)
	l.mu.Unlock()
	if len(id) == 0 {
		id = jsontext.Value("-1")
	}
	if fault != nil {
		status := http.StatusInternalServerError
		if fault.Code == -32601 {
			status = http.StatusNotFound
		}
		write(w, status, object{"jsonrpc": "2.0", "id": id, "error": fault})
		return
	}
	write(w, http.StatusOK, object{"jsonrpc": "2.0", "id": id, "result": result})
}

func (l *Ledger) call(method string, p params) (any, *rpcError) {
	switch method {
	case "health":
		return object{}, nil
	case "status":
		return l.status(), nil
	case "abci_query":
		return object{"response": l.abciQuery(p.text("path"), p.bytes("data", hex.DecodeString))}, nil
	case "broadcast_tx_sync":
		r, hash, refusal := l.broadcast(p.bytes("tx", base64.StdEncoding.DecodeString))
		if refusal != "" {
			return nil, internal(refusal)
		}
		answer := object{"code": 0, "data": "", "log": "", "codespace": "", "hash": hash}
		if r.refusal != nil {
			answer["code"], answer["log"], answer["codespace"] = r.refusal.code, r.refusal.Log(), r.refusal.space
		}
		return answer, nil
	case "tx":
		hash := strings.ToUpper(hex.EncodeToString(p.bytes("hash", base64.StdEncoding.DecodeString)))
		if found := l.txs[hash]; found != nil {
			return found.rpc(), nil
		}
		return nil, internal("tx (" + hash + ") not found")
	case "tx_search":
		txs := []any{}
		if hash, ok := strings.CutPrefix(p.text("query"), "tx.hash='"); ok {
			if found := l.txs[strings.ToUpper(strings.TrimSuffix(hash, "'"))]; found != nil {
				txs = append(txs, found.rpc())
			}
		}
		return object{"txs": txs, "total_count": strconv.Itoa(len(txs))}, nil
	}
	return nil, &rpcError{-32601, "Method not found", ""}
}

// abciQuery answers a query of the application. Errors without a code of their own are "unknown request".
func (l *Ledger) abciQuery(path string, data []byte) object {
	response := object{
		"code": 0, "log": "", "info": "", "index": "0", "key": nil, "value": nil, "proofOps": nil,
		"height": strconv.FormatInt(l.height, 10), "codespace": "",
	}
	refuse := func(code uint32, log string) object {
		response["code"], response["codespace"], response["log"], response["height"] = code, cheqd.SpaceSDK, log, "0"
		return response
	}
	query := l.queries()[path]
	if query == nil {
		return refuse(cheqd.SDKUnknownRequest, "unknown query path: unknown request")
	}
	var q asked
	r := comet.NewReader(data)
	for r.Next() {
		// Fields beyond are pages and weights.
		if n := r.Number(); n < 4 && !(n == 2 && strings.HasSuffix(path, "VersionsMetadata") || n == 2 && strings.HasSuffix(path, "CollectionResources")) {
			q[n] = r.Text()
		}
	}
	if r.Err() != nil {
		return refuse(cheqd.SDKInvalidRequest, "error unmarshalling request: invalid request")
	}
	a, fault := query(q)
	switch {
	case fault != nil && fault.space == cheqd.SpaceSDK && fault.code == cheqd.SDKKeyNotFound:
		return refuse(cheqd.SDKKeyNotFound, "rpc error: code = NotFound desc = "+fault.Log())
	case fault != nil:
		return refuse(cheqd.SDKUnknownRequest, fault.Log()+": unknown request")
	}
	response["value"] = base64.StdEncoding.EncodeToString(a.proto)
	return response
}

func (r *record) rpc() object {
	result := object{
		"code": 0, "data": base64.StdEncoding.EncodeToString(r.result.data), "log": "", "info": "", "codespace": "",
		"gas_wanted": strconv.FormatUint(r.result.gasWanted, 10), "gas_used": strconv.FormatUint(r.result.gasUse, 10),
		"events": events(r.result),
	}
	if f := r.result.refusal; f != nil {
		result["code"], result["log"], result["codespace"], result["data"] = f.code, f.Log(), f.space, nil
	}
	return object{
		"hash": r.hash, "height": strconv.FormatInt(r.height, 10), "index": r.index, "tx_result": result,
		"tx": base64.StdEncoding.EncodeToString(r.raw),
	}
}

func (l *Ledger) status() object {
	sum := sha256.Sum256([]byte(l.config.ChainID + strconv.FormatInt(l.height, 10)))
	hash := strings.ToUpper(hex.EncodeToString(sum[:]))
	return object{
		"node_info": object{
			"protocol_version": object{"p2p": "8", "block": "11", "app": "4"}, "id": nodeID, "listen_addr": "tcp://0.0.0.0:26656",
			"network": l.config.ChainID, "version": cometVersion, "channels": "40202122233038606100", "moniker": "ledgersim",
			"other": object{"tx_index": "on", "rpc_address": "tcp://0.0.0.0:26657"},
		},
		"sync_info": object{
			"latest_block_hash": hash, "latest_app_hash": hash, "latest_block_height": strconv.FormatInt(l.height, 10),
			"latest_block_time": l.time.Format(time.RFC3339Nano), "earliest_block_hash": hash, "earliest_app_hash": hash,
			"earliest_block_height": "1", "earliest_block_time": l.time.Format(time.RFC3339Nano), "catching_up": false,
		},
		"validator_info": object{
			"address": hash[:40], "voting_power": "1",
			"pub_key": object{"type": "tendermint/PubKeyEd25519", "value": base64.StdEncoding.EncodeToString(sum[:])},
		},
	}
}
