package cheqd

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	"github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"

	"github.com/chancery-vc/chancery/spec/comet"
)

// SignModeDirect is the one way of signing that is written: SIGN_MODE_DIRECT.
const SignModeDirect = 1

const typeSecp256k1 = "/cosmos.crypto.secp256k1.PubKey"

// Any is google.protobuf.Any.
type Any struct {
	TypeURL string
	Value   []byte
}

// Coin is an amount, a decimal number, of a denomination.
type Coin struct {
	Denom  string `json:"denom"`
	Amount string `json:"amount"`
}

// TxBody is what a transaction does. After the block of TimeoutHeight (0: none) the ledger takes it no more.
type TxBody struct {
	Messages      []Any
	Memo          string
	TimeoutHeight uint64
}

// AuthInfo says who signs and pays.
type AuthInfo struct {
	Signers []SignerInfo
	Fee     Fee
}

// SignerInfo is one signer: a compressed secp256k1 key, and the number of transactions that its account sent before.
type SignerInfo struct {
	PublicKey []byte
	Mode      uint64
	Sequence  uint64
}

// Fee is what is offered. cheqd's messages name no signer, so Payer must be set: it is the transaction's signer.
type Fee struct {
	Amount   []Coin
	GasLimit uint64
	Payer    string
	Granter  string
}

// TxRaw is a transaction as it is sent.
type TxRaw struct {
	Body, AuthInfo []byte
	Signatures     [][]byte
}

// Hash names a transaction: SHA-256 in upper-case hexadecimal.
func Hash(tx []byte) string {
	sum := sha256.Sum256(tx)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// SignDoc is what the account's key signs: sha256, ECDSA over secp256k1, r and s of 32 bytes each, s the lower one.
func SignDoc(body, authInfo []byte, chainID string, accountNumber uint64) []byte {
	out := comet.AppendBytes(make([]byte, 0, len(body)+len(authInfo)+64), 1, body)
	out = comet.AppendBytes(out, 2, authInfo)
	out = comet.AppendText(out, 3, chainID)
	return comet.AppendUint(out, 4, accountNumber)
}

// VerifySignDoc checks an account's signature. A signature with the higher s is refused, as the ledger does.
func VerifySignDoc(publicKey, signDoc, signature []byte) bool {
	key, err := secp256k1.ParsePubKey(publicKey)
	if err != nil || len(publicKey) != secp256k1.PubKeyBytesLenCompressed || len(signature) != 64 {
		return false
	}
	var r, s secp256k1.ModNScalar
	if r.SetByteSlice(signature[:32]) || s.SetByteSlice(signature[32:]) || s.IsOverHalfOrder() {
		return false
	}
	sum := sha256.Sum256(signDoc)
	return ecdsa.NewSignature(&r, &s).Verify(sum[:], key)
}

// Encode writes the message.
func (a Any) Encode() []byte {
	return comet.AppendBytes(comet.AppendText(make([]byte, 0, len(a.Value)+64), 1, a.TypeURL), 2, a.Value)
}

// DecodeAny reads an Any. It fails with an *Error (CodeEncoding), as the other readers of messages here do.
func DecodeAny(raw []byte) (a Any, err error) {
	err = read(raw, true, func(r *comet.Reader) (bool, error) {
		switch r.Number() {
		case 1:
			a.TypeURL = r.Text()
		case 2:
			a.Value = r.Bytes()
		default:
			return false, nil
		}
		return true, nil
	})
	return a, err
}

// Pack makes a message the part of a transaction.
func Pack(m Message) Any { return Any{TypeURL: m.TypeURL(), Value: m.Encode()} }

// Encode writes the body.
func (b TxBody) Encode() []byte {
	var out []byte
	for _, m := range b.Messages {
		out = comet.AppendMessage(out, 1, m.Encode())
	}
	return comet.AppendUint(comet.AppendText(out, 2, b.Memo), 3, b.TimeoutHeight)
}

// DecodeTxBody reads a body.
func DecodeTxBody(raw []byte) (b TxBody, err error) {
	err = read(raw, true, func(r *comet.Reader) (bool, error) {
		var err error
		switch r.Number() {
		case 1:
			var m Any
			m, err = DecodeAny(r.Bytes())
			b.Messages = append(b.Messages, m)
		case 2:
			b.Memo = r.Text()
		case 3:
			b.TimeoutHeight = r.Uint()
		default:
			return false, nil
		}
		return true, err
	})
	return b, err
}

// Encode writes the message.
func (a AuthInfo) Encode() []byte {
	var out []byte
	for _, s := range a.Signers {
		out = comet.AppendMessage(out, 1, s.encode())
	}
	return comet.AppendMessage(out, 2, a.Fee.encode())
}

func (s SignerInfo) encode() []byte {
	key := Any{TypeURL: typeSecp256k1, Value: comet.AppendBytes(nil, 1, s.PublicKey)}
	mode := comet.AppendMessage(nil, 1, comet.AppendUint(nil, 1, s.Mode))
	out := comet.AppendMessage(nil, 1, key.Encode())
	return comet.AppendUint(comet.AppendMessage(out, 2, mode), 3, s.Sequence)
}

// Encode writes the message.
func (c Coin) Encode() []byte {
	return comet.AppendText(comet.AppendText(nil, 1, c.Denom), 2, c.Amount)
}

func (f Fee) encode() []byte {
	var out []byte
	for _, c := range f.Amount {
		out = comet.AppendMessage(out, 1, c.Encode())
	}
	out = comet.AppendUint(out, 2, f.GasLimit)
	return comet.AppendText(comet.AppendText(out, 3, f.Payer), 4, f.Granter)
}

// Encode writes the transaction.
func (t TxRaw) Encode() []byte {
	out := comet.AppendBytes(make([]byte, 0, len(t.Body)+len(t.AuthInfo)+96), 1, t.Body)
	out = comet.AppendBytes(out, 2, t.AuthInfo)
	for _, s := range t.Signatures {
		out = comet.AppendMessage(out, 3, s)
	}
	return out
}

// DecodeTxRaw reads a transaction: the one way to write it (ADR 027 of the Cosmos SDK).
func DecodeTxRaw(raw []byte) (t TxRaw, err error) {
	err = read(raw, true, func(r *comet.Reader) (bool, error) {
		switch r.Number() {
		case 1:
			t.Body = r.Bytes()
		case 2:
			t.AuthInfo = r.Bytes()
		case 3:
			t.Signatures = append(t.Signatures, r.Bytes())
		default:
			return false, nil
		}
		return true, nil
	})
	if err == nil && !bytes.Equal(t.Encode(), raw) {
		err = &Error{Code: CodeEncoding, Message: "the transaction is written in another way"}
	}
	return t, err
}
