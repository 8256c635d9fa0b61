package cheqd_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/spec/cheqd"
)

// transcripts says where the recordings come from.
const transcripts = "a cheqd node 4.2.0 and @cheqd/sdk 5.5.0"

type vectors struct {
	Address    string          `json:"address"`
	Pub        string          `json:"pub"`
	Doc        json.RawMessage `json:"doc"`
	VersionID  string          `json:"versionId"`
	Payload    string          `json:"payload"`
	TxRaw      string          `json:"txRaw"`
	Deactivate string          `json:"deactivate"`
	Resource   string          `json:"resource"`
}

func readVectors(t testing.TB) vectors {
	t.Helper()
	var v vectors
	if err := json.Unmarshal(sharedtest.Read(t, transcripts, "transcripts", "cheqd", "vectors.json"), &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	raw, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// TestVectors holds every byte to what @cheqd/sdk and cosmjs write.
func TestVectors(t *testing.T) {
	v := readVectors(t)
	publicKey := unhex(t, v.Pub)
	if got := cheqd.Address(cheqd.AddressPrefix, publicKey); got != v.Address {
		t.Errorf("address %s, want %s", got, v.Address)
	}
	if err := cheqd.CheckAddress(cheqd.AddressPrefix, v.Address); err != nil {
		t.Error(err)
	}
	doc, err := cheqd.FromDocument(v.Doc)
	if err != nil {
		t.Fatal(err)
	}
	payload := cheqd.DIDDocPayload{DIDDoc: doc, VersionID: v.VersionID}
	same(t, "payload", payload.Encode(), unhex(t, v.Payload))
	same(t, "deactivation", cheqd.DeactivatePayload{ID: doc.ID, VersionID: v.VersionID}.Encode(), unhex(t, v.Deactivate))
	id, err := cheqd.ParseDID(doc.ID)
	if err != nil {
		t.Fatal(err)
	}
	same(t, "resource", cheqd.ResourcePayload{
		Data: []byte(`{"a":1}`), CollectionID: id.ID, ID: v.VersionID, Name: "n", Version: "1", Type: "JSONSchema2020",
		AlsoKnownAs: []cheqd.AlternativeURI{{URI: "https://a.example", Description: "d"}},
	}.Encode(), unhex(t, v.Resource))

	// The transaction was made for account 2 of the chain cheqd-local-1, with a signature of sevens by the DID's key.
	message := cheqd.CreateDIDDoc{Payload: payload, Signatures: []cheqd.SignInfo{{
		VerificationMethodID: doc.ID + "#key-1", Signature: bytes.Repeat([]byte{7}, 64),
	}}}
	tx, err := cheqd.DecodeTxRaw(unhex(t, v.TxRaw))
	if err != nil {
		t.Fatal(err)
	}
	same(t, "body", cheqd.TxBody{Messages: []cheqd.Any{cheqd.Pack(message)}}.Encode(), tx.Body)
	same(t, "auth info", cheqd.AuthInfo{
		Signers: []cheqd.SignerInfo{{PublicKey: publicKey, Mode: cheqd.SignModeDirect, Sequence: 9}},
		Fee:     cheqd.Fee{Amount: []cheqd.Coin{{Denom: cheqd.Denom, Amount: "50000000000"}}, GasLimit: 400000, Payer: v.Address},
	}.Encode(), tx.AuthInfo)
	signDoc := cheqd.SignDoc(tx.Body, tx.AuthInfo, "cheqd-local-1", 2)
	if !cheqd.VerifySignDoc(publicKey, signDoc, tx.Signatures[0]) {
		t.Error("the account's signature is refused")
	}
	spoilt := bytes.Clone(tx.Signatures[0])
	spoilt[20] ^= 4
	if cheqd.VerifySignDoc(publicKey, signDoc, spoilt) || cheqd.VerifySignDoc(publicKey, highS(tx.Signatures[0]), tx.Signatures[0]) {
		t.Error("another signature is taken")
	}
	if cheqd.VerifySignDoc(publicKey, signDoc, highS(tx.Signatures[0])) {
		t.Error("the signature with the higher s is taken")
	}
	body, err := cheqd.DecodeTxBody(tx.Body)
	if err != nil {
		t.Fatal(err)
	}
	back, err := cheqd.DecodeMessage(body.Messages[0])
	if diff := cmp.Diff(cheqd.Message(message), back); err != nil || diff != "" {
		t.Error(err, diff)
	}
	// The document comes back as it was, but for its order and what the ledger adds.
	again, err := doc.Document()
	if err != nil {
		t.Fatal(err)
	}
	if second, err := cheqd.FromDocument(again); err != nil || len(second.Context) != 4 {
		t.Errorf("contexts %v, %v", second.Context, err)
	} else if diff := cmp.Diff(doc.VerificationMethod, second.VerificationMethod); diff != "" {
		t.Error(diff)
	}
}

// highS is the other signature of the same point: the group's order less s.
func highS(signature []byte) []byte {
	order, _ := new(big.Int).SetString("fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141", 16)
	s := order.Sub(order, new(big.Int).SetBytes(signature[32:]))
	return append(bytes.Clone(signature[:32]), s.FillBytes(make([]byte, 32))...)
}

func same(t *testing.T, what string, got, want []byte) {
	t.Helper()
	if !bytes.Equal(got, want) {
		t.Errorf("%s:\n got %x\nwant %x", what, got, want)
	}
}

type registrarRecord struct {
	Request struct {
		Body struct {
			DIDDocument json.RawMessage `json:"didDocument"`
			Secret      struct {
				Response map[string]struct {
					Kid       string `json:"kid"`
					Signature []byte `json:"signature"`
				} `json:"signingResponse"`
			} `json:"secret"`
		} `json:"body"`
	} `json:"request"`
	Response struct {
		State struct {
			Request map[string]struct {
				Payload []byte `json:"serializedPayload"`
			} `json:"signingRequest"`
		} `json:"didState"`
		URLState struct {
			Request map[string]struct {
				Payload []byte `json:"serializedPayload"`
			} `json:"signingRequest"`
		} `json:"didUrlState"`
	} `json:"response"`
}

func readRegistrar(t *testing.T, name string) (r registrarRecord) {
	t.Helper()
	raw := sharedtest.Read(t, transcripts, "transcripts", "cheqd", "registrar", name)
	if err := json.Unmarshal(raw, &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRegistrarPayloads reads what cheqd's registrar asked to be signed, writes the same from the same document, and
// verifies the signatures that the ledger then took.
func TestRegistrarPayloads(t *testing.T) {
	document := readRegistrar(t, "registrar-01-create-action.json").Request.Body.DIDDocument
	for _, test := range []struct{ action, finish, kind string }{
		{"registrar-01-create-action.json", "registrar-02-create-finish.json", "create"},
		{"registrar-04-update-action.json", "registrar-05-update-finish.json", "update"},
		{"registrar-06-resource-action.json", "registrar-07-resource-finish.json", "resource"},
		{"registrar-12-updateResource-action.json", "registrar-13-updateResource-finish.json", "resource"},
		{"registrar-29-deactivate-action.json", "registrar-30-deactivate-finish.json", "deactivate"},
	} {
		t.Run(test.action, func(t *testing.T) {
			action, finish := readRegistrar(t, test.action), readRegistrar(t, test.finish)
			payload := append(action.Response.State.Request["signingRequest0"].Payload, action.Response.URLState.Request["signingRequest0"].Payload...)
			switch test.kind {
			case "create", "update":
				raw := action.Request.Body.DIDDocument
				var list []json.RawMessage
				if json.Unmarshal(raw, &list) == nil {
					raw = list[0]
				}
				doc, err := cheqd.FromDocument(raw)
				if err != nil {
					t.Fatal(err)
				}
				read, err := cheqd.DecodeDIDDocPayload(payload)
				if err != nil {
					t.Fatal(err)
				}
				same(t, "payload", cheqd.DIDDocPayload{DIDDoc: doc, VersionID: read.VersionID}.Encode(), payload)
			case "resource":
				read, err := cheqd.DecodeResourcePayload(payload)
				if err != nil || read.Name != "Permit" {
					t.Errorf("%+v, %v", read, err)
				}
			case "deactivate":
				if _, err := cheqd.DecodeDeactivatePayload(payload); err != nil {
					t.Error(err)
				}
			}
			first, err := cheqd.FromDocument(document)
			if err != nil {
				t.Fatal(err)
			}
			signed := finish.Request.Body.Secret.Response["signingRequest0"]
			if err := first.VerificationMethod[0].Verify(payload, signed.Signature); err != nil {
				t.Error(err)
			}
			if first.VerificationMethod[0].Verify(append(payload, 0), signed.Signature) == nil {
				t.Error("another payload is taken")
			}
		})
	}
}
