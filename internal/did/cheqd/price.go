package cheqd

import (
	"context"
	"errors"
	"math/big"
	"strings"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/cheqd"
)

// slippage is how much more than the price is offered, in basis points, as cheqd's SDK does. The ledger takes what is due.
const slippage = 500

// DefaultCeiling is the most that is offered for a transaction where an operator says nothing: 250 CHEQ.
const DefaultCeiling = 250_000_000_000 // ncheq

// price gives what a message costs by the ledger's parameters and its oracle, now.
func (m Method) price(ctx context.Context, name string, message cheqd.Message) (*big.Int, error) {
	var params cheqd.Params
	query := cheqd.QueryDIDParams()
	parse, decode := cheqd.ParseDIDParams, cheqd.DecodeDIDParams
	if message.TypeURL() == cheqd.TypeCreateResource {
		query, parse, decode = cheqd.QueryResourceParams(), cheqd.ParseResourceParams, cheqd.DecodeResourceParams
	}
	into := func(read func([]byte, *cheqd.Params) error) func([]byte) (struct{}, error) {
		return func(raw []byte) (struct{}, error) { return struct{}{}, read(raw, &params) }
	}
	if _, err := put(ctx, m, name, query, into(parse), into(decode)); err != nil {
		return nil, unreachable(err)
	}
	price := new(big.Int)
	least := cheqd.Minimums(params.Ranges(message))
	if len(least) == 0 {
		return nil, vc.Errorf(vc.Unavailable, "ledger-price", "the ledger does not say what the transaction costs")
	}
	for _, coin := range least {
		amount, err := m.convert(ctx, name, coin)
		if err != nil {
			return nil, err
		}
		if amount.Cmp(price) > 0 {
			price = amount
		}
	}
	return price, nil
}

// convert gives an amount in ncheq.
func (m Method) convert(ctx context.Context, name string, coin cheqd.Coin) (*big.Int, error) {
	amount, err := coin.Int()
	if err != nil {
		return nil, vc.Errorf(vc.Unavailable, "ledger-price", "the ledger's price is no amount").Because(err)
	}
	switch coin.Denom {
	case cheqd.Denom:
		return amount, nil
	case cheqd.USD:
		converted, err := put(ctx, m, name, cheqd.QueryConversion(amount), cheqd.ParseConversion, cheqd.DecodeConversion)
		if err != nil {
			return nil, vc.Errorf(vc.Unavailable, "ledger-price", "the ledger's oracle does not say what CHEQ costs").Because(err)
		}
		amount, err = converted.Int()
		if err != nil || converted.Denom != cheqd.Denom {
			return nil, vc.Errorf(vc.Unavailable, "ledger-price", "the ledger's oracle gave no amount of ncheq").Because(err)
		}
		return amount, nil
	}
	return nil, vc.Errorf(vc.Unavailable, "ledger-price", "the ledger's price is in %s, which is not paid here", coin.Denom)
}

// balance gives what an account has, in ncheq.
func (m Method) balance(ctx context.Context, name, address string) (*big.Int, error) {
	coins, err := put(ctx, m, name, cheqd.QueryBalances(address), cheqd.ParseBalances, cheqd.DecodeBalances)
	if err != nil {
		return nil, unreachable(err)
	}
	total := new(big.Int)
	for _, coin := range coins {
		if amount, err := coin.Int(); err == nil && coin.Denom == cheqd.Denom {
			total.Add(total, amount)
		}
	}
	return total, nil
}

// unreachable is the word of a writer about a node that does not answer. Nothing was sent.
func unreachable(err error) error {
	why := "the ledger's node did not answer as one"
	if e, ok := errors.AsType[*vc.Error](err); ok && e.Kind != vc.Internal {
		why = "the ledger's node could not be asked: " + e.Message
	}
	return vc.Errorf(vc.Unavailable, "ledger-unreachable", "%s; nothing was sent", why).Because(err)
}

// refused is what the ledger's refusal of a transaction comes to, for who asked for it.
func refused(refusal *cheqd.LedgerError) *vc.Error {
	say := func(kind vc.Kind, code, text string) *vc.Error {
		return vc.Errorf(kind, code, "%s (%s %d)", text, refusal.Codespace, refusal.Code).Because(refusal)
	}
	switch refusal.Reason() {
	case cheqd.ReasonExists:
		return say(vc.Conflict, "duplicate", "the ledger has it already")
	case cheqd.ReasonNotFound:
		return say(vc.NotFound, "not-on-ledger", "the ledger does not have what is to be changed")
	case cheqd.ReasonInvalid:
		return say(vc.Invalid, "document-not-on-ledger", "the ledger refuses the document")
	case cheqd.ReasonSignature:
		return say(vc.Conflict, "ledger-signature", "the ledger has other keys for the DID than this server")
	case cheqd.ReasonDeactivated:
		return say(vc.Conflict, "identity-deactivated", "the DID is deactivated on the ledger")
	case cheqd.ReasonFunds:
		return lowFunds().Because(refusal)
	case cheqd.ReasonAccount:
		return say(vc.Unavailable, "fee-account-refused", "the ledger does not know the account that pays, or not its signature")
	case cheqd.ReasonFee:
		return say(vc.Unavailable, "fee-too-low", "the ledger wants more than its oracle said")
	case cheqd.ReasonGas:
		return say(vc.Unavailable, "gas-too-low", "the transaction needs more gas than was offered")
	case cheqd.ReasonTooLarge:
		return say(vc.Invalid, "too-large", "the transaction is larger than the ledger takes")
	}
	return say(vc.Unavailable, "ledger-refused", "the ledger refuses the transaction")
}

func lowFunds() *vc.Error {
	return vc.Errorf(vc.Unavailable, "fee-account-empty", "the account that pays for this ledger has less than the fee")
}

// InCHEQ writes an amount of ncheq for people: "40.5 CHEQ".
func InCHEQ(amount *big.Int) string {
	whole, rest := new(big.Int).QuoRem(amount, big.NewInt(1e9), new(big.Int))
	digits := strings.TrimRight(strings.Repeat("0", 9-len(rest.String()))+rest.String(), "0")
	if digits == "" {
		return whole.String() + " CHEQ"
	}
	return whole.String() + "." + digits + " CHEQ"
}

// ParseCHEQ reads an amount of CHEQ, "40.5", and gives it in ncheq. Invalid "amount".
func ParseCHEQ(text string) (*big.Int, error) {
	whole, fraction, _ := strings.Cut(text, ".")
	digits := whole + fraction
	amount, ok := new(big.Int).SetString(digits+strings.Repeat("0", max(9-len(fraction), 0)), 10)
	if !ok || len(fraction) > 9 || len(digits) > 40 || whole == "" || strings.Trim(digits, "0123456789") != "" {
		return nil, vc.Errorf(vc.Invalid, "amount", "an amount of CHEQ is a decimal number of at most 9 decimals")
	}
	return amount, nil
}
