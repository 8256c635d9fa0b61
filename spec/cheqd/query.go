package cheqd

import (
	"math/big"
	"net/url"

	"github.com/chancery-vc/chancery/spec/comet"
)

// Query is a question to the ledger in both of its forms: the path of its REST gateway, and an ABCI query. Each has a
// Parse function for the JSON of the one and a Decode function for the value of the other. What is missing is an error of
// [ReasonNotFound]; only QueryVersions answers with none.
type Query struct {
	REST string
	ABCI comet.Query
}

func query(rest, method string, texts ...string) Query {
	var data []byte
	for i, text := range texts {
		data = comet.AppendText(data, 1+i, text)
	}
	return Query{REST: rest, ABCI: comet.Query{Path: method, Data: data}}
}

const (
	didPath      = "/cheqd/did/v2/"
	resourcePath = "/cheqd/resource/v2/"
)

// QueryDIDDoc asks for the newest version of a document: [ParseDIDDoc].
func QueryDIDDoc(did string) Query {
	return query(didPath+url.PathEscape(did), "/cheqd.did.v2.Query/DidDoc", did)
}

// QueryDIDDocVersion asks for one version: [ParseDIDDoc].
func QueryDIDDocVersion(did, version string) Query {
	return query(didPath+url.PathEscape(did)+"/version/"+url.PathEscape(version), "/cheqd.did.v2.Query/DidDocVersion", did, version)
}

// QueryVersions asks for the metadata of all versions, in no order: [ParseVersions].
func QueryVersions(did string) Query {
	return query(didPath+url.PathEscape(did)+"/versions", "/cheqd.did.v2.Query/AllDidDocVersionsMetadata", did)
}

// QueryDIDParams asks for the prices of DIDs: [ParseDIDParams].
func QueryDIDParams() Query { return query(didPath+"module/params", "/cheqd.did.v2.Query/Params") }

// QueryResource asks for a resource: [ParseResource].
func QueryResource(collection, id string) Query {
	return query(resourcePath+url.PathEscape(collection)+"/resources/"+url.PathEscape(id), "/cheqd.resource.v2.Query/Resource", collection, id)
}

// QueryResourceMetadata asks what a resource is: [ParseResourceMetadata].
func QueryResourceMetadata(collection, id string) Query {
	return query(resourcePath+url.PathEscape(collection)+"/resources/"+url.PathEscape(id)+"/metadata",
		"/cheqd.resource.v2.Query/ResourceMetadata", collection, id)
}

// QueryLatestResource asks for the newest version of a name and type: [ParseResource].
func QueryLatestResource(collection, name, typeName string) Query {
	return query(latestPath(collection, name, typeName), "/cheqd.resource.v2.Query/LatestResourceVersion", collection, name, typeName)
}

// QueryLatestResourceMetadata asks what the newest version of a name and type is: [ParseResourceMetadata].
func QueryLatestResourceMetadata(collection, name, typeName string) Query {
	return query(latestPath(collection, name, typeName)+"/metadata", "/cheqd.resource.v2.Query/LatestResourceVersionMetadata",
		collection, name, typeName)
}

func latestPath(collection, name, typeName string) string {
	return resourcePath + url.PathEscape(collection) + "/resources/" + url.PathEscape(name) + "/" + url.PathEscape(typeName)
}

// QueryResources asks what all resources of a DID are, in no order: [ParseResources].
func QueryResources(collection string) Query {
	return query(resourcePath+url.PathEscape(collection)+"/metadata", "/cheqd.resource.v2.Query/CollectionResources", collection)
}

// QueryResourceParams asks for the prices of resources: [ParseResourceParams].
func QueryResourceParams() Query {
	return query(resourcePath+"module/params", "/cheqd.resource.v2.Query/Params")
}

// QueryConversion asks the oracle what an amount of usd (1e18 to the USD) is in ncheq: [ParseConversion].
func QueryConversion(usd *big.Int) Query {
	amount := usd.String() + USD
	return query("/cheqd/oracle/v2/convert_usdc_to_cheq?amount="+amount+"&ma_type=wma&wma_strategy=BALANCED",
		"/cheqd.oracle.v2.Query/ConvertUSDCtoCHEQ", amount, "wma", "BALANCED")
}

// QueryAccount asks for an account's number and sequence: [ParseAccount].
func QueryAccount(address string) Query {
	return query("/cosmos/auth/v1beta1/accounts/"+url.PathEscape(address), "/cosmos.auth.v1beta1.Query/Account", address)
}

// QueryBalances asks what an account has: [ParseBalances].
func QueryBalances(address string) Query {
	return query("/cosmos/bank/v1beta1/balances/"+url.PathEscape(address), "/cosmos.bank.v1beta1.Query/AllBalances", address)
}

// QueryChainID asks which chain this is: [ParseChainID].
func QueryChainID() Query {
	return query("/cosmos/base/tendermint/v1beta1/node_info", "/cosmos.base.tendermint.v1beta1.Service/GetNodeInfo")
}
