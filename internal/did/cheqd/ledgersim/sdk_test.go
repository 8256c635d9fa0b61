package ledgersim_test

import (
	"encoding/hex"
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/did/cheqd/ledgersim"
	"github.com/chancery-vc/chancery/spec/bip32"
	"github.com/chancery-vc/chancery/spec/bip39"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/test/peers"
)

// The mnemonic of BIP 39's first vector.
const mnemonic = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"

// TestSDK has @cheqd/sdk, unchanged, do a DID's whole life on the simulator, and read what was written without it.
func TestSDK(t *testing.T) {
	peer := peers.Start(t)
	w, _ := world(t, ledgersim.Config{Price: price(t)})
	address := derived(t)
	var theirs struct {
		Address string `json:"address"`
	}
	peer.Call("cheqd.address", peers.Cheqd{Payer: mnemonic}, &theirs)
	if theirs.Address != address {
		t.Fatalf("address %s, theirs %s", address, theirs.Address)
	}
	w.ledger.Fund(ledgersim.Account{Address: address, Balance: "1000000000000"})
	server := httptest.NewServer(w.ledger)
	t.Cleanup(server.Close)

	seed := func(n byte) string { return hex.EncodeToString(edKey(n).Seed()) }
	args := peers.Cheqd{RPC: server.URL, Payer: mnemonic, VersionID: version("0"), Document: document(t, newDID(did).Payload.DIDDoc)}
	send := func(op string, keys ...peers.CheqdKey) peers.CheqdTx {
		t.Helper()
		args.Keys = keys
		var tx peers.CheqdTx
		peer.Call(op, args, &tx)
		return tx
	}
	first := peers.CheqdKey{ID: did + "#key-1", Seed: seed(1)}
	if tx := send("cheqd.create", first); tx.Code != 0 || tx.Height == 0 {
		t.Fatalf("%+v", tx)
	}
	if tx := send("cheqd.create", first); tx.Code != cheqd.DIDExists || !strings.Contains(tx.Log, "DID Doc exists") {
		t.Errorf("%+v", tx)
	}
	// 2 USD at 0.05, once: what fails costs nothing.
	if got := balanceOf(t, w, address); got != "960000000000" {
		t.Errorf("balance %s", got)
	}

	// A second key comes, with a service and a secp256k1 key inline.
	doc := newDID(did).Payload.DIDDoc
	doc.VerificationMethod = append(doc.VerificationMethod, edMethod(did, "key-2", edKey(2)))
	doc.Authentication = append(doc.Authentication, did+"#key-2")
	doc.AssertionMethod = []string{did + "#key-1"}
	doc.Service = []cheqd.Service{{ID: did + "#s", Type: "LinkedDomains", Endpoint: []string{"https://issuer.example"}}}
	args.VersionID, args.Document = version("1"), document(t, doc)
	if tx := send("cheqd.update", first, peers.CheqdKey{ID: did + "#key-2", Seed: seed(2)}); tx.Code != 0 {
		t.Fatalf("%+v", tx)
	}
	value, err := w.abci(cheqd.QueryDIDDoc(did))
	if err != nil {
		t.Fatal(err)
	}
	got, err := cheqd.DecodeDIDDoc(value)
	if err != nil || len(got.Doc.VerificationMethod) != 2 || got.Metadata.PrevVersionID != version("0") {
		t.Errorf("%+v, %v", got, err)
	}
	sdkResources(t, peer, w, args, first)

	args.VersionID = version("9")
	if tx := send("cheqd.deactivate", first, peers.CheqdKey{ID: did + "#key-2", Seed: seed(2)}); tx.Code != 0 {
		t.Fatalf("%+v", tx)
	}
	var resolved struct {
		Document json.RawMessage `json:"didDocument"`
		Metadata struct {
			Deactivated bool   `json:"deactivated"`
			VersionID   string `json:"versionId"`
		} `json:"didDocumentMetadata"`
	}
	peer.Call("cheqd.document", peers.Cheqd{RPC: server.URL, Payer: mnemonic, DID: did}, &resolved)
	if !resolved.Metadata.Deactivated || resolved.Metadata.VersionID != version("9") {
		t.Errorf("%+v", resolved.Metadata)
	}
	if again, err := diddoc.Parse(resolved.Document); err != nil || len(again.VerificationMethods) != 2 {
		t.Errorf("%s: %v", resolved.Document, err)
	}
	sdkReadsOurs(t, peer, w, server.URL)
}

// sdkResources stores a resource twice, and reads it.
func sdkResources(t *testing.T, peer *peers.Peer, w *wallet, args peers.Cheqd, keys ...peers.CheqdKey) {
	t.Helper()
	collection := strings.TrimPrefix(did, "did:cheqd:testnet:")
	args.Keys = keys
	for _, n := range []string{"1", "2"} {
		var tx peers.CheqdTx
		args.Resource = &peers.CheqdResource{
			Data: []byte(`{"version":` + n + `}`), CollectionID: collection, ID: version(n), Name: "schema", Version: n, Type: "JSONSchema2020",
			AlsoKnownAs: []any{},
		}
		peer.Call("cheqd.resource", args, &tx)
		if tx.Code != 0 {
			t.Fatalf("%+v", tx)
		}
	}
	value, err := w.abci(cheqd.QueryLatestResource(collection, "schema", "JSONSchema2020"))
	if err != nil {
		t.Fatal(err)
	}
	if r, err := cheqd.DecodeResource(value); err != nil || string(r.Data) != `{"version":2}` || r.Metadata.PrevVersionID != version("1") {
		t.Errorf("%+v, %v", r, err)
	}
	var list struct {
		Resources []struct {
			ID   string `json:"id"`
			Next string `json:"nextVersionId"`
		} `json:"resources"`
	}
	peer.Call("cheqd.collection", peers.Cheqd{RPC: args.RPC, Payer: args.Payer, Collection: collection}, &list)
	if len(list.Resources) != 2 || list.Resources[0].Next != version("2") {
		t.Errorf("%+v", list)
	}
}

// sdkReadsOurs has the SDK read a document that was written without it.
func sdkReadsOurs(t *testing.T, peer *peers.Peer, w *wallet, url string) {
	t.Helper()
	m := newDID(other)
	m.Payload.AssertionMethod = []string{cheqd.InlineMethod(diddoc.VerificationMethod{
		ID: other + "#k1", Type: diddoc.Multikey, Controller: other, PublicKeyMultibase: "zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
	})}
	m.Signatures = []cheqd.SignInfo{edSign(edKey(1), other+"#key-1", m)}
	w.must(m)
	var resolved struct {
		Document json.RawMessage `json:"didDocument"`
	}
	peer.Call("cheqd.version", peers.Cheqd{RPC: url, Payer: mnemonic, DID: other, VersionID: version("0")}, &resolved)
	doc, err := diddoc.Parse(resolved.Document)
	if err != nil || !doc.Has(diddoc.AssertionMethod, "#k1") {
		t.Errorf("%s: %v", resolved.Document, err)
	}
}

func document(t *testing.T, d cheqd.DIDDoc) json.RawMessage {
	t.Helper()
	raw, err := d.Document()
	if err != nil {
		t.Fatal(err)
	}
	// The SDK wants lists where DID Core lets one stand alone.
	var members map[string]any
	if err := json.Unmarshal(raw, &members); err != nil {
		t.Fatal(err)
	}
	members["controller"] = d.Controller
	if raw, err = json.Marshal(members); err != nil {
		t.Fatal(err)
	}
	return raw
}

func balanceOf(t *testing.T, w *wallet, address string) string {
	t.Helper()
	value, err := w.abci(cheqd.QueryBalances(address))
	if err != nil {
		t.Fatal(err)
	}
	coins, err := cheqd.DecodeBalances(value)
	if err != nil || len(coins) != 1 {
		t.Fatal(coins, err)
	}
	return coins[0].Amount
}

// derived is the mnemonic's account, derived here.
func derived(t *testing.T) string {
	t.Helper()
	seed, err := bip39.Seed(mnemonic, "")
	if err != nil {
		t.Fatal(err)
	}
	master, err := bip32.Master(seed)
	if err != nil {
		t.Fatal(err)
	}
	key, err := master.Derive(bip32.CosmosPath)
	if err != nil {
		t.Fatal(err)
	}
	return cheqd.Address(cheqd.AddressPrefix, key.Private().PubKey().SerializeCompressed())
}
