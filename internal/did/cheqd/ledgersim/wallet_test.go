package ledgersim_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	k1 "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"

	"github.com/chancery-vc/chancery/internal/did/cheqd/ledgersim"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/comet"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/multikey"
)

const chainID = "cheqd-local-1"

// wallet is an account with its key, and the ledger that it is on. It signs as a client does.
type wallet struct {
	t        *testing.T
	ledger   *ledgersim.Ledger
	key      *secp256k1.PrivateKey
	address  string
	number   uint64
	sequence uint64
	fee      string // ncheq
	gas      uint64
	payer    string
	memo     string
	timeout  uint64
}

type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }

// world is a ledger with an account of number 1, and its clock.
func world(t *testing.T, config ledgersim.Config) (*wallet, *clock) {
	t.Helper()
	c := &clock{time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)}
	seed := sha256.Sum256([]byte(t.Name()))
	w := &wallet{t: t, key: secp256k1.PrivKeyFromBytes(seed[:]), number: 1, fee: "100000000000", gas: 400_000}
	w.address = cheqd.Address(cheqd.AddressPrefix, w.key.PubKey().SerializeCompressed())
	w.payer = w.address
	config.Now = c.now
	config.Accounts = append([]ledgersim.Account{
		{Address: cheqd.Address(cheqd.AddressPrefix, make([]byte, 33)), Balance: "1"}, {Address: w.address, Balance: "100000000000000"},
	}, config.Accounts...)
	w.ledger = ledgersim.New(config)
	return w, c
}

func price(t *testing.T) cheqd.Price {
	t.Helper()
	p, err := cheqd.ParsePrice("0.05")
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// tx signs a transaction.
func (w *wallet) tx(messages ...cheqd.Message) []byte {
	var packed []cheqd.Any
	for _, m := range messages {
		packed = append(packed, cheqd.Pack(m))
	}
	fee := cheqd.Fee{GasLimit: w.gas, Payer: w.payer}
	if w.fee != "" {
		fee.Amount = []cheqd.Coin{{Denom: cheqd.Denom, Amount: w.fee}}
	}
	raw := cheqd.TxRaw{
		Body: cheqd.TxBody{Messages: packed, Memo: w.memo, TimeoutHeight: w.timeout}.Encode(),
		AuthInfo: cheqd.AuthInfo{
			Signers: []cheqd.SignerInfo{{PublicKey: w.key.PubKey().SerializeCompressed(), Mode: cheqd.SignModeDirect, Sequence: w.sequence}},
			Fee:     fee,
		}.Encode(),
	}
	sum := sha256.Sum256(cheqd.SignDoc(raw.Body, raw.AuthInfo, chainID, w.number))
	// The first byte of a compact signature says how to recover the key.
	raw.Signatures = [][]byte{k1.SignCompact(w.key, sum[:], true)[1:]}
	return raw.Encode()
}

// do sends a transaction over REST and gives what became of it in its block; what the mempool refuses is the result too.
func (w *wallet) do(messages ...cheqd.Message) *cheqd.LedgerError {
	w.t.Helper()
	sent := w.send(w.tx(messages...))
	if sent.Refusal != nil {
		return sent.Refusal
	}
	w.sequence++
	return w.found(sent.Hash).Refusal
}

func (w *wallet) send(tx []byte) cheqd.TxResult {
	w.t.Helper()
	status, body := w.request(http.MethodPost, cheqd.BroadcastPath, cheqd.BroadcastBody(tx))
	result, err := cheqd.ParseTxResponse(body)
	if err != nil || status != http.StatusOK {
		w.t.Fatalf("%d %s: %v", status, body, err)
	}
	return result
}

func (w *wallet) found(hash string) cheqd.TxResult {
	w.t.Helper()
	_, body := w.request(http.MethodGet, cheqd.TxPath(hash), nil)
	result, err := cheqd.ParseTxResponse(body)
	if err != nil || result.Height == 0 {
		w.t.Fatalf("%s: %v", body, err)
	}
	return result
}

func (w *wallet) request(method, path string, body []byte) (int, []byte) {
	w.t.Helper()
	recorder := httptest.NewRecorder()
	w.ledger.ServeHTTP(recorder, httptest.NewRequest(method, path, bytes.NewReader(body)))
	answer, err := io.ReadAll(recorder.Result().Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return recorder.Code, answer
}

// must wants no refusal.
func (w *wallet) must(messages ...cheqd.Message) {
	w.t.Helper()
	if refusal := w.do(messages...); refusal != nil {
		w.t.Fatal(refusal)
	}
}

// refused wants a code.
func (w *wallet) refused(space string, code uint32, text string, messages ...cheqd.Message) {
	w.t.Helper()
	refusal := w.do(messages...)
	if refusal == nil || refusal.Codespace != space || refusal.Code != code || !bytes.Contains([]byte(refusal.Log), []byte(text)) {
		w.t.Errorf("want %s %d %q, got %v", space, code, text, refusal)
	}
}

// abci asks over the RPC.
func (w *wallet) abci(q cheqd.Query) ([]byte, error) {
	w.t.Helper()
	_, body := w.request(http.MethodPost, "/", q.ABCI.Request().JSON(1))
	answer, err := comet.ReadAnswer(body)
	var failure *comet.Failure
	if errors.As(err, &failure) {
		return nil, cheqd.FromFailure(failure)
	}
	if err != nil {
		w.t.Fatalf("%s: %v", body, err)
	}
	return answer.Value, nil
}

func (w *wallet) balance() *big.Int {
	w.t.Helper()
	_, body := w.request(http.MethodGet, cheqd.QueryBalances(w.address).REST, nil)
	coins, err := cheqd.ParseBalances(body)
	if err != nil || len(coins) != 1 {
		w.t.Fatalf("%s: %v", body, err)
	}
	n, err := coins[0].Int()
	if err != nil {
		w.t.Fatal(err)
	}
	return n
}

// edKey and ecKey are keys of a DID, by the number that they are made of.
func edKey(n byte) ed25519.PrivateKey { return ed25519.NewKeyFromSeed(bytes.Repeat([]byte{n}, 32)) }

func edMethod(did, name string, key ed25519.PrivateKey) cheqd.VerificationMethod {
	return cheqd.VerificationMethod{
		ID: did + "#" + name, Type: diddoc.Ed25519VerificationKey2020, Controller: did,
		Material: multikey.Join(multikey.CodeEd25519, key[32:]),
	}
}

func ecKey(t *testing.T, n byte) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{n}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func ecMethod(t *testing.T, did, name string, key *ecdsa.PrivateKey) cheqd.VerificationMethod {
	t.Helper()
	point, err := key.PublicKey.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	text := base64.RawURLEncoding.EncodeToString
	return cheqd.VerificationMethod{
		ID: did + "#" + name, Type: diddoc.JSONWebKey2020, Controller: did,
		Material: `{"crv":"P-256","kty":"EC","x":"` + text(point[1:33]) + `","y":"` + text(point[33:]) + `"}`,
	}
}

func edSign(key ed25519.PrivateKey, id string, m cheqd.Message) cheqd.SignInfo {
	return cheqd.SignInfo{VerificationMethodID: id, Signature: ed25519.Sign(key, m.SignBytes())}
}

func ecSign(t *testing.T, key *ecdsa.PrivateKey, id string, m cheqd.Message) cheqd.SignInfo {
	t.Helper()
	sum := sha256.Sum256(m.SignBytes())
	signature, err := ecdsa.SignASN1(nil, key, sum[:])
	if err != nil {
		t.Fatal(err)
	}
	return cheqd.SignInfo{VerificationMethodID: id, Signature: signature}
}
