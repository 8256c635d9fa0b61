package ledgersim

import (
	"bytes"
	"math/big"

	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/comet"
)

// transaction is a transaction, taken apart.
type transaction struct {
	raw      cheqd.TxRaw
	size     int
	body     cheqd.TxBody
	auth     cheqd.AuthInfo
	messages []cheqd.Message
}

func decode(raw []byte) (*transaction, *failure) {
	tx := &transaction{size: len(raw)}
	var err error
	if tx.raw, err = cheqd.DecodeTxRaw(raw); err == nil {
		if tx.body, err = cheqd.DecodeTxBody(tx.raw.Body); err == nil {
			tx.auth, err = cheqd.DecodeAuthInfo(tx.raw.AuthInfo)
		}
	}
	for _, packed := range tx.body.Messages {
		if err != nil {
			break
		}
		var m cheqd.Message
		m, err = cheqd.DecodeMessage(packed)
		tx.messages = append(tx.messages, m)
	}
	if err != nil {
		return nil, sdk(cheqd.SDKTxDecode, "tx parse error", "%v", err)
	}
	return tx, nil
}

// broadcast is broadcast_tx_sync: the transaction is checked, and waits for a block. The text is what a full or picky
// mempool says instead.
func (l *Ledger) broadcast(raw []byte) (r result, hash, refusal string) {
	hash = cheqd.Hash(raw)
	switch {
	case len(raw) > l.config.MaxTx:
		return r, hash, "Tx too large"
	case l.seen[hash]:
		return r, hash, "tx already exists in cache"
	}
	r = l.check(raw)
	if r.refusal == nil {
		l.seen[hash] = true
		l.mempool = append(l.mempool, pending{bytes.Clone(raw), hash})
	}
	if l.config.BlockTime <= 0 {
		l.block(l.config.Now().UTC())
	}
	return r, hash, ""
}

// check is CheckTx: everything but the messages. The sequence is counted before the fees are looked at, so a transaction
// that offers too little holds up its account until the next block.
func (l *Ledger) check(raw []byte) (r result) {
	tx, fault := decode(raw)
	if fault != nil {
		r.refusal = fault
		return r
	}
	payer := tx.auth.Fee.Payer
	sequence, ok := l.checked[payer]
	if a := l.state.accounts[payer]; !ok && a != nil {
		sequence = a.sequence
	}
	r.gasWanted, r.gasUse = tx.auth.Fee.GasLimit, 2000+10*uint64(tx.size) //nolint:gosec // not negative
	if r.refusal = l.ante(tx, sequence, r.gasUse); r.refusal != nil {
		return r
	}
	l.checked[payer] = sequence + 1
	r.payer = payer
	r.fee, r.refusal = l.collect(tx)
	l.state.revert()
	return r
}

// deliver runs a transaction in a block. What fails after the account was checked uses up the sequence, and costs nothing.
func (l *Ledger) deliver(raw []byte) (r result) {
	tx, fault := decode(raw)
	if fault != nil {
		r.refusal = fault
		return r
	}
	from := l.state.accounts[tx.auth.Fee.Payer]
	var sequence uint64
	if from != nil {
		sequence = from.sequence
	}
	r.gasWanted, r.payer = tx.auth.Fee.GasLimit, tx.auth.Fee.Payer
	r.gasUse = l.gas(tx)
	if r.refusal = l.ante(tx, sequence, 2000+10*uint64(tx.size)); r.refusal != nil { //nolint:gosec // not negative
		return r
	}
	from.sequence++
	from.publicKey = tx.auth.Signers[0].PublicKey
	defer l.state.revert()
	var answers []byte
	for i, m := range tx.messages {
		answer, fault := l.run(m)
		if fault == nil && r.gasUse > r.gasWanted {
			fault = sdk(cheqd.SDKOutOfGas, "out of gas", "out of gas in location: WriteFlat; gasWanted: %d, gasUsed: %d", r.gasWanted, r.gasUse)
			r.refusal = fault
			return r
		}
		if fault != nil {
			failed := *fault
			failed.detail = "failed to execute message; message index: " + big.NewInt(int64(i)).String() + ": " + fault.Log()
			failed.desc = ""
			r.refusal = &failed
			return r
		}
		answers = comet.AppendMessage(answers, 2, cheqd.Any{TypeURL: m.TypeURL() + "Response", Value: answer}.Encode())
	}
	if r.fee, r.refusal = l.collect(tx); r.refusal == nil {
		r.data = answers
		l.state.keep()
	}
	return r
}

// ante is what the node's AnteHandler refuses, in its order: app/ante.go.
func (l *Ledger) ante(tx *transaction, sequence, size uint64) *failure {
	if len(tx.messages) == 0 {
		return sdk(cheqd.SDKInvalidRequest, "invalid request", "must contain at least one message")
	}
	for _, m := range tx.messages {
		if fault := basic(m); fault != nil {
			return fault
		}
	}
	fee := tx.auth.Fee
	signers := 1
	if fee.Payer == "" {
		signers = 0
	}
	switch height := uint64(l.height); { //nolint:gosec // not negative
	case len(tx.raw.Signatures) == 0:
		return sdk(cheqd.SDKNoSignatures, "no signatures supplied", "")
	case len(tx.raw.Signatures) != signers || len(tx.auth.Signers) != signers:
		return sdk(cheqd.SDKUnauthorized, "unauthorized", "wrong number of signers; expected %d, got %d", signers, len(tx.raw.Signatures))
	case cheqd.CheckAddress(cheqd.AddressPrefix, fee.Payer) != nil:
		return sdk(7, "invalid address", "decoding bech32 failed")
	case tx.body.TimeoutHeight != 0 && height > tx.body.TimeoutHeight:
		return sdk(cheqd.SDKTimeoutHeight, "tx timeout height", "block height: %d, timeout height: %d", height, tx.body.TimeoutHeight)
	case len(tx.body.Memo) > 256:
		return sdk(cheqd.SDKMemoTooLarge, "memo too large", "maximum number of characters is 256 but received %d characters", len(tx.body.Memo))
	case fee.GasLimit == 0:
		return sdk(cheqd.SDKInvalidGas, "invalid gas limit", "must provide positive gas")
	case size > fee.GasLimit:
		return sdk(cheqd.SDKOutOfGas, "out of gas", "out of gas in location: txSize; gasWanted: %d, gasUsed: %d", fee.GasLimit, size)
	}
	return l.signed(tx, sequence)
}

// basic is what is checked of a message before anything else: of resources, nothing.
func basic(m cheqd.Message) *failure {
	if m.TypeURL() == cheqd.TypeCreateResource {
		return nil
	}
	return fromCheck(m.Check())
}

// signed checks the account, its sequence, and its signature.
func (l *Ledger) signed(tx *transaction, sequence uint64) *failure {
	payer, signer := tx.auth.Fee.Payer, tx.auth.Signers[0]
	a := l.state.accounts[payer]
	switch {
	case a == nil:
		return sdk(cheqd.SDKUnknownAddress, "unknown address", "account %s does not exist", payer)
	case cheqd.Address(cheqd.AddressPrefix, signer.PublicKey) != payer:
		return sdk(8, "invalid pubkey", "pubKey does not match signer address %s with signer index: 0", payer)
	case signer.Sequence != sequence:
		return sdk(cheqd.SDKSequence, "incorrect account sequence", "account sequence mismatch, expected %d, got %d", sequence, signer.Sequence)
	}
	signDoc := cheqd.SignDoc(tx.raw.Body, tx.raw.AuthInfo, l.config.ChainID, a.number)
	if signer.Mode != cheqd.SignModeDirect || !cheqd.VerifySignDoc(signer.PublicKey, signDoc, tx.raw.Signatures[0]) {
		return sdk(cheqd.SDKUnauthorized, "unauthorized",
			"signature verification failed; please verify account number (%d) and chain-id (%s): (unable to verify single signer signature)", a.number, l.config.ChainID)
	}
	return nil
}

// collect takes what is due of what is offered: post/tax.go. Without a price nothing is taken, but the offer must reach the
// least.
func (l *Ledger) collect(tx *transaction) (*big.Int, *failure) {
	fee := tx.auth.Fee
	if len(fee.Amount) == 0 {
		return nil, refuse(cheqd.SpaceUndefined, 111222, "panic", "recovered: runtime error: index out of range [0] with length 0")
	}
	offer := new(big.Int)
	for _, c := range fee.Amount {
		n, err := c.Int()
		if err != nil || c.Denom != cheqd.Denom || len(fee.Amount) > 1 {
			return nil, sdk(cheqd.SDKInvalidCoins, "invalid coins", "invalid denom: %s%s", c.Amount, c.Denom)
		}
		offer = n
	}
	total := new(big.Int)
	for _, m := range tx.messages {
		due, err := cheqd.Due(offer, l.config.Params.Ranges(m), l.config.Price)
		if err != nil {
			return nil, plain(err.Error())
		}
		total.Add(total, due)
	}
	if l.config.Price.IsZero() {
		return nil, nil
	}
	from := l.state.accounts[fee.Payer]
	if from.balance.Cmp(total) < 0 {
		return nil, sdk(cheqd.SDKInsufficientFunds, "insufficient funds",
			"failed to deduct fees from %s: spendable balance %sncheq is smaller than %sncheq: insufficient funds", fee.Payer, from.balance, total)
	}
	l.state.pay(from, total)
	return total, nil
}

// gas is a model of what transactions used on a node.
func (l *Ledger) gas(tx *transaction) uint64 {
	used := 40 * uint64(tx.size) //nolint:gosec // not negative
	for _, m := range tx.messages {
		switch m := m.(type) {
		case cheqd.CreateDIDDoc:
			used += 70_000
		case cheqd.UpdateDIDDoc:
			used += 110_000
		case cheqd.DeactivateDIDDoc:
			used += 200_000 + 25_000*uint64(len(l.state.versions(cheqd.NormalDID(m.Payload.ID))))
		case cheqd.CreateResource:
			used += 70_000
		}
	}
	return used
}

// simulate is what the node says a transaction uses: less than it does, because fees are left out.
func (l *Ledger) simulate(raw []byte) (uint64, *failure) {
	tx, fault := decode(raw)
	if fault != nil {
		return 0, fault
	}
	for _, m := range tx.messages {
		if fault := basic(m); fault != nil {
			return 0, fault
		}
		_, fault := l.run(m)
		l.state.revert()
		if fault != nil {
			return 0, fault
		}
	}
	return l.gas(tx) * 3 / 5, nil
}
