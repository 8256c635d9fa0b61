package cheqd

import (
	"context"
	"math/big"
	"strings"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/jose"
)

// prepare puts the payer's envelope around a transaction's message: fee, sequence, signature, and with them the bytes that are
// sent. It sends nothing; every error means that nothing was.
func (w *Writer) prepare(ctx context.Context, tx *vc.LedgerTransaction) error {
	name := strings.TrimPrefix(tx.Ledger, ledgerPrefix)
	message, err := messageOf(*tx)
	if err != nil {
		return err
	}
	payer, err := w.payer(ctx, tx.Ledger)
	if err != nil {
		return err
	}
	account, err := put(ctx, w.Method, name, cheqd.QueryAccount(payer.Address), cheqd.ParseAccount, cheqd.DecodeAccount)
	if isReason(err, cheqd.ReasonNotFound) {
		return lowFunds().Because(err)
	}
	if err != nil {
		return unreachable(err)
	}
	chain, err := put(ctx, w.Method, name, cheqd.QueryChainID(), cheqd.ParseChainID, cheqd.DecodeChainID)
	if err != nil {
		return unreachable(err)
	}
	offer, err := w.offer(ctx, name, payer.Address, message, tx.Ceiling)
	if err != nil {
		return err
	}
	fee := cheqd.Fee{
		Amount: []cheqd.Coin{{Denom: cheqd.Denom, Amount: offer.String()}}, Payer: payer.Address,
		GasLimit: cheqd.GasLimit(message, w.versions(ctx, name, message)),
	}
	raw, err := w.envelope(ctx, payer, tx.Message, fee, account, chain)
	if err != nil {
		return err
	}
	tx.Account, tx.Sequence, tx.Fee = payer.Address, int64(account.Sequence), offer.String()+cheqd.Denom //nolint:gosec // counts transactions
	tx.Raw, tx.Hash, tx.State = raw, cheqd.Hash(raw), vc.LedgerPrepared
	tx.Attempts++
	return nil
}

// offer is what is offered for a message: its price and some more, at most the ceiling, the transaction's own where that is
// less. The payer has the price.
func (w *Writer) offer(ctx context.Context, name, address string, message cheqd.Message, less string) (*big.Int, error) {
	price, err := w.Method.price(ctx, name, message)
	if err != nil {
		return nil, err
	}
	ceiling, who := w.ceiling(name), "this server"
	if less != "" {
		own, err := ParseCHEQ(less)
		if err != nil {
			return nil, err
		}
		if own.Cmp(ceiling) < 0 {
			ceiling, who = own, "its credential type"
		}
	}
	if price.Cmp(ceiling) > 0 {
		return nil, vc.Errorf(vc.Conflict, "fee-above-ceiling", "the ledger asks for %s, and %s pays at most %s", InCHEQ(price), who, InCHEQ(ceiling))
	}
	has, err := w.Method.balance(ctx, name, address)
	if err != nil {
		return nil, err
	}
	if has.Cmp(price) < 0 {
		return nil, lowFunds()
	}
	offer := cheqd.WithSlippage(price, slippage)
	if offer.Cmp(ceiling) > 0 {
		offer = ceiling
	}
	return offer, nil
}

func (w *Writer) ceiling(name string) *big.Int {
	if ceiling := w.Ceilings[name]; ceiling != nil {
		return ceiling
	}
	return big.NewInt(DefaultCeiling)
}

// versions counts those of a DID that is to be deactivated, for its gas. That it cannot be counted costs nothing yet.
func (w *Writer) versions(ctx context.Context, name string, message cheqd.Message) int {
	m, ok := message.(cheqd.DeactivateDIDDoc)
	if !ok {
		return 0
	}
	versions, err := put(ctx, w.Method, name, cheqd.QueryVersions(m.Payload.ID), cheqd.ParseVersions, cheqd.DecodeVersions)
	if err != nil {
		return 0
	}
	return len(versions)
}

// envelope signs: the payer's key signs where it is, and what it signed is checked before it counts.
func (w *Writer) envelope(ctx context.Context, payer vc.LedgerAccount, message []byte, fee cheqd.Fee, account cheqd.Account, chain string) ([]byte, error) {
	public, err := compressed(payer.Key)
	if err != nil {
		return nil, err
	}
	packed, err := cheqd.DecodeAny(message)
	if err != nil {
		return nil, vc.Errorf(vc.Internal, "transaction-broken", "the journaled message cannot be read").Because(err)
	}
	tx := cheqd.TxRaw{
		Body: cheqd.TxBody{Messages: []cheqd.Any{packed}}.Encode(),
		AuthInfo: cheqd.AuthInfo{
			Signers: []cheqd.SignerInfo{{PublicKey: public, Mode: cheqd.SignModeDirect, Sequence: account.Sequence}}, Fee: fee,
		}.Encode(),
	}
	signDoc := cheqd.SignDoc(tx.Body, tx.AuthInfo, chain, account.Number)
	signer, ok := w.Keys[payer.Key.Store]
	if !ok {
		return nil, vc.Errorf(vc.Unavailable, "key-store-unknown", "the key store of the account that pays is not there")
	}
	signature, err := signer.Sign(ctx, payer.Key, signDoc)
	if err != nil {
		return nil, err
	}
	lowerS(signature)
	if !cheqd.VerifySignDoc(public, signDoc, signature) {
		return nil, vc.Errorf(vc.Internal, "signing-failed", "the account's key gave a signature that is not its own")
	}
	tx.Signatures = [][]byte{signature}
	return tx.Encode(), nil
}

// lowerS makes the s of an ECDSA signature the lower of the two that verify: the ledger takes no other.
func lowerS(signature []byte) {
	if len(signature) != 64 {
		return
	}
	var s secp256k1.ModNScalar
	if !s.SetByteSlice(signature[32:]) && s.IsOverHalfOrder() {
		s.Negate()
		s.PutBytesUnchecked(signature[32:])
	}
}

// compressed gives a key of an account as its point.
func compressed(key vc.Key) ([]byte, error) {
	public, err := jose.ParseJWK(key.PublicJWK)
	if err == nil {
		if point, ok := public.Key.(*secp256k1.PublicKey); ok {
			return point.SerializeCompressed(), nil
		}
	}
	return nil, vc.Errorf(vc.Invalid, "key-not-supported", "the key of an account of cheqd is on secp256k1").Because(err)
}

// messageOf reads the message of a transaction.
func messageOf(tx vc.LedgerTransaction) (cheqd.Message, error) {
	packed, err := cheqd.DecodeAny(tx.Message)
	if err == nil {
		var message cheqd.Message
		if message, err = cheqd.DecodeMessage(packed); err == nil {
			return message, nil
		}
	}
	return nil, vc.Errorf(vc.Internal, "transaction-broken", "the journaled message cannot be read").Because(err)
}
