package ledgersim

import (
	"cmp"
	"math/big"
	"strings"

	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/comet"
)

// answer is what a query gives: the members of the REST gateway's JSON, and the protobuf message.
type answer struct {
	json  any
	proto []byte
}

type object = map[string]any

// asked is a query's texts, by the numbers of the message's fields.
type asked [5]string

// queries are what the node answers, by gRPC method.
func (l *Ledger) queries() map[string]func(asked) (answer, *failure) {
	return map[string]func(asked) (answer, *failure){
		"/cheqd.did.v2.Query/DidDoc":                             l.queryDoc,
		"/cheqd.did.v2.Query/DidDocVersion":                      l.queryVersion,
		"/cheqd.did.v2.Query/AllDidDocVersionsMetadata":          l.queryVersions,
		"/cheqd.did.v2.Query/Params":                             l.queryDIDParams,
		"/cheqd.resource.v2.Query/Resource":                      l.queryResource,
		"/cheqd.resource.v2.Query/ResourceMetadata":              metadataOf(l.queryResource),
		"/cheqd.resource.v2.Query/LatestResourceVersion":         l.queryLatest,
		"/cheqd.resource.v2.Query/LatestResourceVersionMetadata": metadataOf(l.queryLatest),
		"/cheqd.resource.v2.Query/CollectionResources":           l.queryResources,
		"/cheqd.resource.v2.Query/Params":                        l.queryResourceParams,
		"/cheqd.oracle.v2.Query/ConvertUSDCtoCHEQ":               l.queryConversion,
		"/cheqd.oracle.v2.Query/Params":                          l.queryOracleParams,
		"/cosmos.auth.v1beta1.Query/Account":                     l.queryAccount,
		"/cosmos.bank.v1beta1.Query/AllBalances":                 l.queryBalances,
		"/cosmos.bank.v1beta1.Query/Balance":                     l.queryBalance,
		"/cosmos.base.tendermint.v1beta1.Service/GetNodeInfo":    l.queryNode,
		"/feemarket.feemarket.v1.Query/GasPrice":                 l.queryGasPrice,
	}
}

func (l *Ledger) queryDoc(q asked) (answer, *failure) {
	did := cheqd.NormalDID(q[1])
	v, ok := l.state.doc(did)
	if !ok {
		return answer{}, notFound(did)
	}
	return answer{object{"value": v}, comet.AppendMessage(nil, 1, v.Encode())}, nil
}

func (l *Ledger) queryVersion(q asked) (answer, *failure) {
	d := l.state.dids[cheqd.NormalDID(q[1])]
	if d != nil {
		if v, ok := d.versions[cheqd.NormalUUID(q[2])]; ok {
			return answer{object{"value": v}, comet.AppendMessage(nil, 1, v.Encode())}, nil
		}
	}
	return answer{}, notFound("diddoc version not found")
}

func (l *Ledger) queryVersions(q asked) (answer, *failure) {
	list := []cheqd.Metadata{}
	var out []byte
	for _, v := range l.state.versions(cheqd.NormalDID(q[1])) {
		list = append(list, v.Metadata)
		out = comet.AppendMessage(out, 1, v.Metadata.Encode())
	}
	return answer{object{"versions": list, "pagination": nil}, out}, nil
}

// burnFactor is half.
const burnFactor = "0.500000000000000000"

func (l *Ledger) queryDIDParams(asked) (answer, *failure) {
	p := l.config.Params
	return answer{object{"params": object{
		"create_did": p.CreateDID, "update_did": p.UpdateDID, "deactivate_did": p.DeactivateDID, "burn_factor": burnFactor,
	}}, p.EncodeDIDParams()}, nil
}

func (l *Ledger) queryResourceParams(asked) (answer, *failure) {
	p := l.config.Params
	return answer{object{"params": object{
		"image": p.Image, "json": p.JSON, "default": p.Default, "burn_factor": burnFactor,
	}}, p.EncodeResourceParams()}, nil
}

// collection is the DID's last part; a DID that is not there is an error.
func (l *Ledger) collection(text string) (string, *failure) {
	id := cheqd.NormalID(text)
	did := cheqd.DID{Namespace: l.config.Namespace, ID: id}.String()
	if l.state.dids[did] == nil {
		return "", didMissing(did)
	}
	return id, nil
}

func (l *Ledger) queryResource(q asked) (answer, *failure) {
	collection, fault := l.collection(q[1])
	if fault != nil {
		return answer{}, fault
	}
	id := cheqd.NormalUUID(q[2])
	r, ok := l.state.stored[collection][id]
	if !ok {
		return answer{}, notFound("resource " + collection + ":" + id)
	}
	return resourceAnswer(r), nil
}

func resourceAnswer(r cheqd.Resource) answer {
	return answer{object{"resource": r}, comet.AppendMessage(nil, 1, r.Encode())}
}

func (l *Ledger) queryLatest(q asked) (answer, *failure) {
	collection, fault := l.collection(q[1])
	if fault != nil {
		return answer{}, fault
	}
	id, ok := l.state.latest[resourceName{collection, q[2], q[3]}]
	if !ok {
		return answer{}, refuse("", 0, "", `collections: not found: key '("`+collection+`", "`+q[2]+`", "`+q[3]+`")' of type string`)
	}
	return resourceAnswer(l.state.stored[collection][id]), nil
}

// metadataOf answers with a resource's metadata alone.
func metadataOf(query func(asked) (answer, *failure)) func(asked) (answer, *failure) {
	return func(q asked) (answer, *failure) {
		a, fault := query(q)
		if fault != nil {
			return a, fault
		}
		m := a.json.(object)["resource"].(cheqd.Resource).Metadata
		return answer{object{"resource": m}, comet.AppendMessage(nil, 1, m.Encode())}, nil
	}
}

func (l *Ledger) queryResources(q asked) (answer, *failure) {
	collection, fault := l.collection(q[1])
	if fault != nil {
		return answer{}, fault
	}
	list := []cheqd.ResourceMetadata{}
	var out []byte
	for _, m := range l.state.resources(collection) {
		list = append(list, m)
		out = comet.AppendMessage(out, 1, m.Encode())
	}
	return answer{object{"resources": list, "pagination": nil}, out}, nil
}

func (l *Ledger) queryConversion(q asked) (answer, *failure) {
	coin, err := cheqd.ParseCoin(q[1])
	switch {
	case err != nil:
		return answer{}, refuse("", 0, "", "invalid amount format: invalid decimal coin expression: "+q[1])
	case q[2] != "wma" && q[2] != "sma" && q[2] != "ema":
		return answer{}, refuse("", 0, "", "invalid MA type: "+q[2])
	case q[2] == "wma" && q[3] != "BALANCED" && q[3] != "OLDEST" && q[3] != "RECENT":
		return answer{}, refuse("", 0, "", "invalid WMA strategy: "+q[3])
	case l.config.Price.IsZero():
		return answer{}, refuse("", 0, "", "missing WMA for strategy: "+q[3])
	case coin.Denom != cheqd.USD:
		return answer{}, refuse("", 0, "", "conversion error: expected denom to be 'usd', got: "+coin.Denom)
	}
	usd, _ := new(big.Int).SetString(coin.Amount, 10) // ParseCoin gives digits
	amount := l.config.Price.Convert(usd)
	if amount.Sign() == 0 {
		return answer{}, refuse("", 0, "", "conversion error: converted amount is zero")
	}
	text := amount.String() + cheqd.Denom
	return answer{object{"amount": text}, comet.AppendText(nil, 1, text)}, nil
}

// queryOracleParams answers with as much as clients look at: that there is an oracle.
func (l *Ledger) queryOracleParams(asked) (answer, *failure) {
	inner := comet.AppendText(comet.AppendUint(nil, 1, 2), 2, "500000000000000000")
	return answer{object{"params": object{"vote_period": "2", "vote_threshold": "0.500000000000000000"}}, comet.AppendMessage(nil, 1, inner)}, nil
}

func (l *Ledger) queryAccount(q asked) (answer, *failure) {
	known := l.state.accounts[q[1]]
	if known == nil {
		return answer{}, sdk(cheqd.SDKKeyNotFound, "key not found", "account %s not found", q[1])
	}
	a := cheqd.Account{Address: q[1], PublicKey: known.publicKey, Number: known.number, Sequence: known.sequence}
	return answer{object{"account": accountJSON(a)}, a.Encode()}, nil
}

func (l *Ledger) queryBalances(q asked) (answer, *failure) {
	list := []cheqd.Coin{}
	var out []byte
	if a := l.state.accounts[q[1]]; a != nil && a.balance.Sign() > 0 {
		c := cheqd.Coin{Denom: cheqd.Denom, Amount: a.balance.String()}
		list, out = append(list, c), comet.AppendMessage(nil, 1, c.Encode())
	}
	total := "0"
	if len(list) > 0 {
		total = "1"
	}
	page := comet.AppendUint(nil, 2, uint64(len(list)))
	return answer{object{"balances": list, "pagination": object{"next_key": nil, "total": total}}, comet.AppendMessage(out, 2, page)}, nil
}

func (l *Ledger) queryBalance(q asked) (answer, *failure) {
	c := cheqd.Coin{Denom: q[2], Amount: "0"}
	if a := l.state.accounts[q[1]]; a != nil && q[2] == cheqd.Denom {
		c.Amount = a.balance.String()
	}
	return answer{object{"balance": c}, comet.AppendMessage(nil, 1, c.Encode())}, nil
}

func (l *Ledger) queryNode(asked) (answer, *failure) {
	version := comet.AppendUint(comet.AppendUint(comet.AppendUint(nil, 1, 8), 2, 11), 3, 4)
	node := comet.AppendMessage(nil, 1, version)
	for i, text := range [...]string{nodeID, "tcp://0.0.0.0:26656", l.config.ChainID, cometVersion, "", "ledgersim"} {
		node = comet.AppendText(node, 2+i, text)
	}
	app := comet.AppendText(nil, 1, "cheqd-node")
	app = comet.AppendText(comet.AppendText(app, 2, "cheqd-noded"), 3, appVersion)
	return answer{object{
		"default_node_info": object{
			"protocol_version": object{"p2p": "8", "block": "11", "app": "4"}, "default_node_id": nodeID,
			"listen_addr": "tcp://0.0.0.0:26656", "network": l.config.ChainID, "version": cometVersion, "channels": "", "moniker": "ledgersim",
			"other": object{"tx_index": "on", "rpc_address": ""},
		},
		"application_version": object{"name": "cheqd-node", "app_name": "cheqd-noded", "version": appVersion},
	}, comet.AppendMessage(comet.AppendMessage(nil, 1, node), 2, app)}, nil
}

// What the node says it is.
const (
	nodeID       = "6c656467657273696d00000000000000000000ff"
	cometVersion = "0.38.19"
	appVersion   = "4.2.0"
)

func (l *Ledger) queryGasPrice(q asked) (answer, *failure) {
	denom := cmp.Or(strings.TrimSpace(q[1]), cheqd.Denom)
	price := comet.AppendText(comet.AppendText(nil, 1, denom), 2, "1000000000000000000")
	return answer{object{"price": cheqd.Coin{Denom: denom, Amount: "1.000000000000000000"}}, comet.AppendMessage(nil, 1, price)}, nil
}
