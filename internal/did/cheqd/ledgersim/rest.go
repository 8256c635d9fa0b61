package ledgersim

import (
	"encoding/base64"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/spec/cheqd"
)

// routes are those of the REST gateway (the google.api.http options of the protos), and the RPC of the node.
func (l *Ledger) routes() {
	queries := l.queries()
	for path, method := range map[string]string{
		"/cheqd/did/v2/{1}":                                 "/cheqd.did.v2.Query/DidDoc",
		"/cheqd/did/v2/{1}/version/{2}":                     "/cheqd.did.v2.Query/DidDocVersion",
		"/cheqd/did/v2/{1}/versions":                        "/cheqd.did.v2.Query/AllDidDocVersionsMetadata",
		"/cheqd/did/v2/module/params":                       "/cheqd.did.v2.Query/Params",
		"/cheqd/resource/v2/{1}/resources/{2}":              "/cheqd.resource.v2.Query/Resource",
		"/cheqd/resource/v2/{1}/resources/{2}/metadata":     "/cheqd.resource.v2.Query/ResourceMetadata",
		"/cheqd/resource/v2/{1}/resources/{2}/{3}":          "/cheqd.resource.v2.Query/LatestResourceVersion",
		"/cheqd/resource/v2/{1}/resources/{2}/{3}/metadata": "/cheqd.resource.v2.Query/LatestResourceVersionMetadata",
		"/cheqd/resource/v2/{1}/metadata":                   "/cheqd.resource.v2.Query/CollectionResources",
		"/cheqd/resource/v2/module/params":                  "/cheqd.resource.v2.Query/Params",
		"/cheqd/oracle/v2/convert_usdc_to_cheq":             "/cheqd.oracle.v2.Query/ConvertUSDCtoCHEQ",
		"/cheqd/oracle/v2/params":                           "/cheqd.oracle.v2.Query/Params",
		"/cosmos/auth/v1beta1/accounts/{1}":                 "/cosmos.auth.v1beta1.Query/Account",
		"/cosmos/bank/v1beta1/balances/{1}":                 "/cosmos.bank.v1beta1.Query/AllBalances",
		"/cosmos/base/tendermint/v1beta1/node_info":         "/cosmos.base.tendermint.v1beta1.Service/GetNodeInfo",
		"/feemarket/v1/gas_price/{1}":                       "/feemarket.feemarket.v1.Query/GasPrice",
	} {
		l.mux.HandleFunc("GET "+pattern(path), l.get(queries[method]))
	}
	l.mux.HandleFunc("GET "+cheqd.TxPath("{hash}"), l.getTx)
	l.mux.HandleFunc("POST "+cheqd.BroadcastPath, l.postTx)
	l.mux.HandleFunc("POST /cosmos/tx/v1beta1/simulate", l.postSimulate)
	l.mux.HandleFunc("POST /{$}", l.rpcPost)
	for _, method := range []string{"abci_query", "status", "health", "tx", "tx_search", "broadcast_tx_sync"} {
		l.mux.HandleFunc("GET /"+method, l.rpcGet(method))
	}
	l.mux.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) {
		writeError(w, http.StatusNotImplemented, 12, "Not Implemented")
	})
}

// pattern gives the wildcards names that http.ServeMux takes.
func pattern(path string) string {
	out := []byte(path)
	for i := len(out) - 2; i > 0; i-- {
		if out[i] == '{' {
			out = append(out[:i+1], append([]byte("field"), out[i+1:]...)...)
		}
	}
	return string(out)
}

func (l *Ledger) get(query func(asked) (answer, *failure)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var q asked
		for i := 1; i < len(q); i++ {
			q[i] = r.PathValue("field" + strconv.Itoa(i))
		}
		for i, name := range []string{"amount", "ma_type", "wma_strategy"} {
			if value := r.URL.Query().Get(name); value != "" {
				q[1+i] = value
			}
		}
		l.mu.Lock()
		a, fault := query(q)
		l.mu.Unlock()
		if fault != nil {
			status, code, message := gateway(fault)
			writeError(w, status, code, message)
			return
		}
		write(w, http.StatusOK, a.json)
	}
}

// gateway is what the REST gateway makes of an error: everything that has no gRPC code of its own is 500 and code 2.
func gateway(f *failure) (status, code int, message string) {
	switch {
	case f.space == "":
		return http.StatusInternalServerError, 2, f.Log()
	case f.space == cheqd.SpaceSDK && f.code == cheqd.SDKKeyNotFound:
		return http.StatusNotFound, 5, "rpc error: code = NotFound desc = " + f.Log()
	}
	return http.StatusInternalServerError, 2, f.status()
}

func write(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.MarshalWrite(w, value, json.Deterministic(true)) // the client has gone
}

func writeError(w http.ResponseWriter, status, code int, message string) {
	write(w, status, object{"code": code, "message": message, "details": []any{}})
}

func accountJSON(a cheqd.Account) object {
	var key any
	if a.PublicKey != nil {
		key = object{"@type": "/cosmos.crypto.secp256k1.PubKey", "key": base64.StdEncoding.EncodeToString(a.PublicKey)}
	}
	return object{
		"@type": "/cosmos.auth.v1beta1.BaseAccount", "address": a.Address, "pub_key": key,
		"account_number": strconv.FormatUint(a.Number, 10), "sequence": strconv.FormatUint(a.Sequence, 10),
	}
}

type txRequest struct {
	Tx   []byte `json:"tx_bytes"`
	Mode string `json:"mode"`
}

func (l *Ledger) readTx(w http.ResponseWriter, r *http.Request) (txRequest, bool) {
	var request txRequest
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(l.config.MaxTx)*2))
	if err == nil {
		err = json.Unmarshal(body, &request)
	}
	if err != nil {
		writeError(w, http.StatusBadRequest, 3, "the body is no request")
		return request, false
	}
	return request, true
}

func (l *Ledger) postTx(w http.ResponseWriter, r *http.Request) {
	request, ok := l.readTx(w, r)
	if !ok {
		return
	}
	if request.Mode != "BROADCAST_MODE_SYNC" {
		writeError(w, http.StatusBadRequest, 3, "unsupported return type "+request.Mode+"; supported types: sync, async")
		return
	}
	l.mu.Lock()
	result, hash, refusal := l.broadcast(request.Tx)
	l.mu.Unlock()
	switch refusal {
	case "":
	case "Tx too large":
		result.refusal = sdk(cheqd.SDKTxTooLarge, "", "")
	default:
		result.refusal = sdk(cheqd.SDKInMempool, "", "")
	}
	response := txResponse(result, hash)
	response["height"], response["gas_wanted"], response["gas_used"] = "0", "0", "0"
	write(w, http.StatusOK, object{"tx_response": response})
}

func txResponse(r result, hash string) object {
	response := object{
		"height": "0", "txhash": hash, "codespace": "", "code": 0, "data": "", "raw_log": "", "logs": []any{}, "info": "",
		"gas_wanted": strconv.FormatUint(r.gasWanted, 10), "gas_used": strconv.FormatUint(r.gasUse, 10),
		"tx": nil, "timestamp": "", "events": events(r),
	}
	if r.refusal != nil {
		response["codespace"], response["code"], response["raw_log"] = r.refusal.space, r.refusal.code, r.refusal.Log()
	}
	return response
}

// events are what the fees did; the node has more.
func events(r result) []any {
	if r.fee == nil || r.refusal != nil {
		return []any{}
	}
	return []any{object{"type": "tx", "attributes": []any{
		object{"key": "fee", "value": r.fee.String() + cheqd.Denom, "index": true},
		object{"key": "fee_payer", "value": r.payer, "index": true},
	}}}
}

func (l *Ledger) getTx(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	found := l.txs[r.PathValue("hash")]
	l.mu.Unlock()
	if found == nil {
		writeError(w, http.StatusNotFound, 5, "tx not found: "+r.PathValue("hash"))
		return
	}
	response := txResponse(found.result, found.hash)
	response["height"] = strconv.FormatInt(found.height, 10)
	response["timestamp"] = found.time.Format(time.RFC3339)
	write(w, http.StatusOK, object{"tx": nil, "tx_response": response})
}

func (l *Ledger) postSimulate(w http.ResponseWriter, r *http.Request) {
	request, ok := l.readTx(w, r)
	if !ok {
		return
	}
	l.mu.Lock()
	used, fault := l.simulate(request.Tx)
	l.mu.Unlock()
	if fault != nil {
		writeError(w, http.StatusInternalServerError, 2, fault.Log()+" [simulate]")
		return
	}
	write(w, http.StatusOK, object{"gas_info": object{"gas_wanted": "0", "gas_used": strconv.FormatUint(used, 10)}, "result": nil})
}
