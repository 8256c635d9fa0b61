package ledgersim_test

import (
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/did/cheqd/ledgersim"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/comet"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

const (
	did     = "did:cheqd:testnet:3ccde6ba-6ba5-56f2-9f4f-8825561a9860"
	other   = "did:cheqd:testnet:0cf4bf28-dc34-41da-aa41-124ffb453121"
	uuid    = "c4ee34ec-75f5-4b39-bb50-5ac4f86c36b"
	undefed = cheqd.SpaceUndefined
)

func version(n string) string { return uuid + n }

// newDID is a document with key 1 as #key-1, signed by it.
func newDID(id string) cheqd.CreateDIDDoc {
	m := cheqd.CreateDIDDoc{Payload: cheqd.DIDDocPayload{
		DIDDoc: cheqd.DIDDoc{
			ID: id, Controller: []string{id}, VerificationMethod: []cheqd.VerificationMethod{edMethod(id, "key-1", edKey(1))},
			Authentication: []string{id + "#key-1"},
		},
		VersionID: version("0"),
	}}
	m.Signatures = []cheqd.SignInfo{edSign(edKey(1), id+"#key-1", m)}
	return m
}

func resource(id string) cheqd.CreateResource {
	m := cheqd.CreateResource{Payload: cheqd.ResourcePayload{
		Data: []byte(`{"a":1}`), CollectionID: strings.TrimPrefix(did, "did:cheqd:testnet:"), ID: id, Name: "n", Type: "T",
	}}
	m.Signatures = []cheqd.SignInfo{edSign(edKey(1), did+"#key-1", m)}
	return m
}

func deactivation(id string) cheqd.DeactivateDIDDoc {
	m := cheqd.DeactivateDIDDoc{Payload: cheqd.DeactivatePayload{ID: id, VersionID: version("9")}}
	m.Signatures = []cheqd.SignInfo{edSign(edKey(1), id+"#key-1", m)}
	return m
}

// TestRefusedDocuments has what the ledger refuses of DIDs, each with its code.
func TestRefusedDocuments(t *testing.T) {
	w, _ := world(t, ledgersim.Config{Price: price(t)})
	changed := func(change func(*cheqd.CreateDIDDoc)) cheqd.CreateDIDDoc {
		m := newDID(did)
		change(&m)
		m.Signatures = []cheqd.SignInfo{edSign(edKey(1), did+"#key-1", m)}
		return m
	}
	w.refused("cheqd", 1205, "invalid curve algorithm secp256k1", changed(func(m *cheqd.CreateDIDDoc) {
		m.Payload.VerificationMethod[0].Type, m.Payload.VerificationMethod[0].Material = "JsonWebKey2020", `{"kty":"EC","crv":"secp256k1","x":"AA","y":"AA"}`
	}))
	w.refused("cheqd", 1205, "must be a valid value", changed(func(m *cheqd.CreateDIDDoc) { m.Payload.VerificationMethod[0].Type = "Multikey" }))
	w.refused("cheqd", 1205, "unsupported jwk type", changed(func(m *cheqd.CreateDIDDoc) {
		m.Payload.VerificationMethod[0].Type, m.Payload.VerificationMethod[0].Material = "JsonWebKey2020", `{"kty":"OKP","crv":"X25519","x":"AA"}`
	}))
	if w.sequence != 0 {
		t.Error("a document that is refused at sight uses up a sequence")
	}
	mainnet := newDID("did:cheqd:mainnet:3ccde6ba-6ba5-56f2-9f4f-8825561a9860")
	w.refused("cheqd", 1206, "did namespace must be one of: testnet", mainnet)
	unsigned := newDID(did)
	unsigned.Signatures = nil
	w.refused("cheqd", 1101, "signer: "+did, unsigned)
	wrong := newDID(did)
	wrong.Signatures = []cheqd.SignInfo{edSign(edKey(7), did+"#key-1", wrong)}
	w.refused("cheqd", 1100, "failed to execute message; message index: 0: method id: "+did+"#key-1: invalid signature detected", wrong)
	nobody := newDID(did)
	nobody.Signatures = []cheqd.SignInfo{edSign(edKey(1), did+"#key-7", nobody)}
	w.refused("cheqd", 1202, "verification method not found", nobody)
	w.refused("cheqd", 1201, other, changed(func(m *cheqd.CreateDIDDoc) { m.Payload.Controller = []string{other} }))
	w.refused("cheqd", 1201, did, deactivation(did))
	w.refused("sdk", 38, did+": not found", resource(version("1")))

	w.must(newDID(did))
	w.refused("cheqd", 1200, did+": DID Doc exists", newDID(did))
	again := cheqd.UpdateDIDDoc{Payload: newDID(did).Payload}
	again.Signatures = []cheqd.SignInfo{edSign(edKey(1), did+"#key-1", again)}
	w.refused("cheqd", 1500, "diddoc version already exists", again)
	w.must(resource(version("1")))
	w.refused("resource", 2200, "Resource exists", resource(version("1")))
	long := resource(version("2"))
	long.Payload.Name = strings.Repeat("n", 65)
	w.refused("cheqd", 1206, "resourceName: the length must be between 1 and 64", long)
	w.must(deactivation(did))
	w.refused("cheqd", 1207, "already deactivated", deactivation(did))
	w.refused("cheqd", 1207, "already deactivated", resource(version("3")))
	again.Payload.VersionID = version("5")
	again.Signatures = []cheqd.SignInfo{edSign(edKey(1), did+"#key-1", again)}
	w.refused("cheqd", 1207, "already deactivated", again)
	for _, v := range []string{"0", "9"} {
		_, body := w.request("GET", cheqd.QueryDIDDocVersion(did, version(v)).REST, nil)
		if got, err := cheqd.ParseDIDDoc(body); err != nil || !got.Metadata.Deactivated {
			t.Errorf("version %s is not deactivated: %s", v, body)
		}
	}
}

// TestSigners has who must sign: every controller and every method's controller, and both documents of an update.
func TestSigners(t *testing.T) {
	w, _ := world(t, ledgersim.Config{Price: price(t)})
	w.must(newDID(other))
	m := newDID(did)
	m.Payload.VerificationMethod[0].Controller = other
	m.Signatures = []cheqd.SignInfo{edSign(edKey(1), did+"#key-1", m)}
	w.refused("cheqd", 1101, "signer: "+other, m)
	m.Signatures = append(m.Signatures, edSign(edKey(1), other+"#key-1", m))
	w.must(m)

	// The only key goes: the old and the new one sign.
	u := cheqd.UpdateDIDDoc{Payload: newDID(other).Payload}
	u.Payload.VersionID = version("1")
	u.Payload.VerificationMethod = []cheqd.VerificationMethod{edMethod(other, "key-2", edKey(2))}
	u.Payload.Authentication = []string{other + "#key-2"}
	before, after := edSign(edKey(1), other+"#key-1", u), edSign(edKey(2), other+"#key-2", u)
	u.Signatures = []cheqd.SignInfo{before}
	w.refused("cheqd", 1100, "at least one valid signature by "+other+" (new version)", u)
	u.Signatures = []cheqd.SignInfo{after}
	w.refused("cheqd", 1100, "at least one valid signature by "+other+" (old version)", u)
	u.Signatures = []cheqd.SignInfo{before, after}
	w.must(u)

	// A key of the ledger's third type, and inline ones that it would not take otherwise.
	third := cheqd.UpdateDIDDoc{Payload: u.Payload}
	third.Payload.VersionID = strings.ToUpper(version("2"))
	third.Payload.AssertionMethod = []string{cheqd.InlineMethod(diddoc.VerificationMethod{
		ID: other + "#k1", Type: "Multikey", Controller: other, PublicKeyMultibase: "zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
	})}
	third.Signatures = []cheqd.SignInfo{edSign(edKey(2), other+"#key-2", third)}
	w.must(third)
	value, err := w.abci(cheqd.QueryDIDDoc(other))
	if err != nil {
		t.Fatal(err)
	}
	got, err := cheqd.DecodeDIDDoc(value)
	if err != nil || got.Metadata.VersionID != version("2") || got.Metadata.PrevVersionID != version("1") {
		t.Errorf("%+v, %v", got.Metadata, err)
	}
	if _, err := got.Doc.Document(); err != nil {
		t.Error(err)
	}
}

// TestEnvelope has what the Cosmos SDK refuses.
func TestEnvelope(t *testing.T) {
	w, c := world(t, ledgersim.Config{Price: price(t), MaxTx: 8 << 10})
	with := func(change func(), check func()) {
		kept := *w
		change()
		check()
		w.payer, w.gas, w.fee, w.memo, w.timeout, w.number, w.key = kept.payer, kept.gas, kept.fee, kept.memo, kept.timeout, kept.number, kept.key
	}
	m := newDID(did)
	with(func() { w.payer = "" }, func() { w.refused("sdk", 4, "wrong number of signers; expected 0, got 1", m) })
	with(func() { w.number = 7 }, func() { w.refused("sdk", 4, "please verify account number (1) and chain-id (cheqd-local-1)", m) })
	with(func() { w.gas = 0 }, func() { w.refused("sdk", 41, "must provide positive gas", m) })
	with(func() { w.gas = 100 }, func() { w.refused("sdk", 11, "out of gas in location: txSize", m) })
	with(func() { w.memo = strings.Repeat("m", 257) }, func() { w.refused("sdk", 12, "memo too large", m) })
	with(func() { w.payer = cheqd.Address("cheqd", make([]byte, 33)) }, func() { w.refused("sdk", 8, "does not match signer address", m) })
	with(func() { w.payer = cheqd.Address("cheqd", []byte{1}) }, func() { w.refused("sdk", 9, "does not exist", m) })
	with(func() { w.timeout = 1; w.ledger.Commit() }, func() { w.refused("sdk", 30, "tx timeout height", m) })
	w.refused("sdk", 18, "must contain at least one message")
	if refusal := w.send([]byte("no transaction")).Refusal; refusal == nil || refusal.Code != 2 {
		t.Errorf("%v", refusal)
	}
	big := resource(version("1"))
	big.Payload.Data = make([]byte, 9<<10)
	if refusal := w.send(w.tx(big)).Refusal; refusal == nil || refusal.Reason() != cheqd.ReasonTooLarge {
		t.Errorf("%v", refusal)
	}
	c.pass(time.Second)
	with(func() { w.gas = 60_000 }, func() { w.refused("sdk", 11, "out of gas in location: WriteFlat", m) })
	if before := w.balance(); before.String() != "100000000000000" {
		t.Errorf("something was taken: %s", before)
	}
	tx := w.tx(m)
	if refusal := w.send(tx).Refusal; refusal != nil {
		t.Fatal(refusal)
	}
	if refusal := w.send(tx).Refusal; refusal == nil || refusal.Reason() != cheqd.ReasonPending {
		t.Errorf("%v", refusal)
	}
	if found := w.found(cheqd.Hash(tx)); found.Refusal != nil || found.GasUsed < 90_000 || found.GasUsed > 169_000 {
		t.Errorf("%+v", found)
	}
	// 40 CHEQ of the 100 that were offered: 2 USD at 0.05.
	if got := w.balance().String(); got != "99960000000000" {
		t.Errorf("balance %s", got)
	}
}

// TestFees has fees too low, and what they do to the sequence until the next block.
func TestFees(t *testing.T) {
	w, c := world(t, ledgersim.Config{Price: price(t), BlockTime: 6 * time.Second})
	w.fee = "39999999999"
	w.refused(undefed, 1, "insufficient fee: need at least 40000000000, got 39999999999", newDID(did))
	w.fee = "42000000000"
	w.refused("sdk", 32, "account sequence mismatch, expected 1, got 0", newDID(did))
	w.sequence = 1
	sent := w.send(w.tx(newDID(did)))
	if sent.Refusal != nil {
		t.Fatal(sent.Refusal)
	}
	if _, body := w.request("GET", cheqd.TxPath(sent.Hash), nil); !strings.Contains(string(body), "tx not found") {
		t.Errorf("%s", body)
	}
	c.pass(6 * time.Second)
	if found := w.found(sent.Hash); found.Refusal == nil || found.Refusal.Reason() != cheqd.ReasonSequence {
		t.Errorf("%+v", found)
	}
	w.sequence = 0
	sent = w.send(w.tx(newDID(did)))
	second := newDID(other)
	w.sequence = 1
	next := w.send(w.tx(second))
	if sent.Refusal != nil || next.Refusal != nil {
		t.Fatal(sent.Refusal, next.Refusal)
	}
	height := w.ledger.Height()
	c.pass(20 * time.Second)
	if got := w.ledger.Height(); got != height+3 {
		t.Errorf("height %d after %d", got, height)
	}
	for _, hash := range []string{sent.Hash, next.Hash} {
		if found := w.found(hash); found.Refusal != nil || found.Height != height+1 {
			t.Errorf("%+v", found)
		}
	}
	w.fee = ""
	w.sequence = 2
	w.refused(undefed, 111222, "panic", deactivation(did))
}

func TestPoverty(t *testing.T) {
	poor, _ := world(t, ledgersim.Config{Price: price(t)})
	poor.ledger = ledgersim.New(ledgersim.Config{Price: price(t), Accounts: []ledgersim.Account{{Address: poor.address, Balance: "1000"}}})
	poor.number = 0
	poor.refused("sdk", 5, "insufficient funds", newDID(did))
}

// TestRPC asks the node's RPC as clients do.
func TestRPC(t *testing.T) {
	w, _ := world(t, ledgersim.Config{Price: price(t)})
	w.must(newDID(did))
	url, err := cheqd.QueryDIDDoc(did).ABCI.URL("http://ledger.example")
	if err != nil {
		t.Fatal(err)
	}
	_, body := w.request("GET", url, nil)
	answer, err := comet.ReadAnswer(body)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := cheqd.DecodeDIDDoc(answer.Value); err != nil || got.Doc.ID != did {
		t.Errorf("%+v, %v", got, err)
	}
	for _, q := range []cheqd.Query{
		cheqd.QueryDIDDoc(other), cheqd.QueryDIDDocVersion(did, version("7")), cheqd.QueryAccount("cheqd1x"),
		cheqd.QueryResource("x", "y"), cheqd.QueryLatestResource(strings.TrimPrefix(did, "did:cheqd:testnet:"), "n", "T"),
	} {
		_, err := w.abci(q)
		refusal, ok := err.(*cheqd.LedgerError) //nolint:errorlint // abci gives no other
		if !ok || refusal.Reason() != cheqd.ReasonNotFound {
			t.Errorf("%s over the RPC: %v", q.REST, err)
		}
		_, body := w.request("GET", q.REST, nil)
		refusal, ok = cheqd.ParseRESTError(body).(*cheqd.LedgerError) //nolint:errorlint // as above
		if !ok || refusal.Reason() != cheqd.ReasonNotFound {
			t.Errorf("%s over REST: %s", q.REST, body)
		}
	}
	value, err := w.abci(cheqd.QueryChainID())
	if err != nil {
		t.Fatal(err)
	}
	if id, err := cheqd.DecodeChainID(value); err != nil || id != chainID {
		t.Errorf("%s, %v", id, err)
	}
	value, err = w.abci(cheqd.QueryVersions(other))
	if versions, decodeErr := cheqd.DecodeVersions(value); err != nil || decodeErr != nil || len(versions) != 0 {
		t.Errorf("%v, %v", versions, err)
	}
	value, err = w.abci(cheqd.QueryConversion(big.NewInt(2e18)))
	if coin, decodeErr := cheqd.DecodeConversion(value); err != nil || decodeErr != nil || coin.Amount != "40000000000" {
		t.Errorf("%v, %v", coin, err)
	}
	tx := w.tx(deactivation(did))
	_, body = w.request("POST", "/", cheqd.BroadcastRPC(tx).JSON(1))
	result, err := comet.ReadResult(body)
	if err != nil {
		t.Fatal(err)
	}
	sent, err := cheqd.ParseBroadcastResult(result)
	if err != nil || sent.Refusal != nil || sent.Hash != cheqd.Hash(tx) {
		t.Errorf("%+v, %v", sent, err)
	}
	_, body = w.request("POST", "/", cheqd.TxRPC(sent.Hash).JSON(2))
	if result, err = comet.ReadResult(body); err != nil {
		t.Fatal(err)
	}
	if found, err := cheqd.ParseTxResult(result); err != nil || found.Refusal != nil || found.Height == 0 {
		t.Errorf("%+v, %v", found, err)
	}
	if _, err := comet.ReadResult(func() []byte { _, b := w.request("POST", "/", cheqd.TxRPC(strings.Repeat("00", 32)).JSON(3)); return b }()); err == nil {
		t.Error("a transaction that was never sent is found")
	}
	if status, _ := w.request("GET", "/nowhere", nil); status != 501 {
		t.Errorf("status %d", status)
	}
}
