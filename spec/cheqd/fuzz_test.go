package cheqd_test

import (
	"bytes"
	"testing"

	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/spec/cheqd"
)

// FuzzTx reads transactions: what is read is written as it was, or refused.
func FuzzTx(f *testing.F) {
	v := readVectors(f)
	f.Add(unhex(f, v.TxRaw))
	f.Fuzz(func(t *testing.T, raw []byte) {
		tx, err := cheqd.DecodeTxRaw(raw)
		if err != nil {
			return
		}
		if !bytes.Equal(tx.Encode(), raw) {
			t.Error("another transaction is written")
		}
		body, err := cheqd.DecodeTxBody(tx.Body)
		if err != nil {
			return
		}
		_, _ = cheqd.DecodeAuthInfo(tx.AuthInfo)
		for _, m := range body.Messages {
			message, err := cheqd.DecodeMessage(m)
			if err != nil {
				continue
			}
			_, _ = message.Check(), message.Check(cheqd.Testnet)
			again, err := cheqd.DecodeMessage(cheqd.Pack(message))
			if err != nil || !bytes.Equal(again.Encode(), message.Encode()) {
				t.Error("another message is written", err)
			}
		}
	})
}

// FuzzPayloads reads what others ask to be signed.
func FuzzPayloads(f *testing.F) {
	v := readVectors(f)
	for _, text := range []string{v.Payload, v.Deactivate, v.Resource} {
		f.Add(unhex(f, text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if p, err := cheqd.DecodeDIDDocPayload(raw); err == nil {
			if !bytes.Equal(p.Encode(), raw) {
				t.Error("another payload is signed")
			}
			if p.Check() == nil {
				_, _ = p.Document()
			}
		}
		if p, err := cheqd.DecodeResourcePayload(raw); err == nil && !bytes.Equal(p.Encode(), raw) {
			t.Error("another payload is signed")
		}
		_, _ = cheqd.DecodeDeactivatePayload(raw)
	})
}

// FuzzAnswers reads what nodes answer, in both forms.
func FuzzAnswers(f *testing.F) {
	sharedtest.Seeds(f, func(raw []byte) { f.Add(raw) }, transcripts, "transcripts", "cheqd")
	f.Fuzz(func(_ *testing.T, raw []byte) {
		var p cheqd.Params
		_, _ = cheqd.ParseDIDDoc(raw)
		_, _ = cheqd.ParseVersions(raw)
		_, _ = cheqd.ParseResource(raw)
		_, _ = cheqd.ParseResourceMetadata(raw)
		_, _ = cheqd.ParseResources(raw)
		_, _ = cheqd.ParseAccount(raw)
		_, _ = cheqd.ParseBalances(raw)
		_, _ = cheqd.ParseChainID(raw)
		_, _ = cheqd.ParseConversion(raw)
		_, _ = cheqd.ParseTxResponse(raw)
		_, _ = cheqd.ParseTxResult(raw)
		_, _ = cheqd.ParseBroadcastResult(raw)
		_, _, _ = cheqd.ParseDIDParams(raw, &p), cheqd.ParseResourceParams(raw, &p), cheqd.ParseRESTError(raw)
		_, _ = cheqd.DecodeDIDDoc(raw)
		_, _ = cheqd.DecodeVersions(raw)
		_, _ = cheqd.DecodeResource(raw)
		_, _ = cheqd.DecodeResources(raw)
		_, _ = cheqd.DecodeResourceMetadata(raw)
		_, _ = cheqd.DecodeAccount(raw)
		_, _ = cheqd.DecodeBalances(raw)
		_, _ = cheqd.DecodeChainID(raw)
		_, _ = cheqd.DecodeConversion(raw)
		_, _ = cheqd.DecodeDIDParams(raw, &p), cheqd.DecodeResourceParams(raw, &p)
	})
}

// FuzzFromDocument holds a document that the ledger takes to be read back.
func FuzzFromDocument(f *testing.F) {
	f.Add([]byte(readVectors(f).Doc))
	f.Fuzz(func(t *testing.T, raw []byte) {
		doc, err := cheqd.FromDocument(raw)
		if err != nil {
			return
		}
		out, err := doc.Document()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cheqd.FromDocument(out); err != nil {
			t.Error(err)
		}
	})
}

// FuzzURL reads DID URLs and addresses.
func FuzzURL(f *testing.F) {
	f.Add(subject + "?resourceName=a&resourceType=b")
	f.Add(subject + "/resources/97c32e75-dd73-4047-91b0-5e4c136e11c6/metadata")
	f.Add("cheqd1rnr5jrt4exl0samwj0yegv99jeskl0hsxmcz96")
	f.Fuzz(func(t *testing.T, text string) {
		if u, err := cheqd.ParseURL(text); err == nil {
			if _, err := cheqd.ParseDID(u.DID.String()); err != nil {
				t.Error(err)
			}
		}
		_ = cheqd.CheckAddress(cheqd.AddressPrefix, text)
		_ = cheqd.NormalURL(text)
		_, _ = cheqd.ParsePrice(text)
		_, _ = cheqd.ParseCoin(text)
		_, _ = cheqd.ParseInlineMethod(text)
	})
}
