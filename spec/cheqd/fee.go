package cheqd

import (
	"fmt"
	"math/big"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/chancery-vc/chancery/spec/comet"
)

// FeeRange is what an operation costs in one denomination, ncheq or usd: at least Min, at most Max (nil: not said).
// Equal ones are a fixed price.
type FeeRange struct {
	Denom    string
	Min, Max *big.Int
}

// Params are the prices of the ledger's operations; they change by vote, so they are asked for.
type Params struct {
	CreateDID, UpdateDID, DeactivateDID []FeeRange
	Image, JSON, Default                []FeeRange // of resources, by media type
}

// Ranges are the prices of a message.
func (p Params) Ranges(m Message) []FeeRange {
	switch m := m.(type) {
	case CreateDIDDoc:
		return p.CreateDID
	case UpdateDIDDoc:
		return p.UpdateDID
	case DeactivateDIDDoc:
		return p.DeactivateDID
	case CreateResource:
		switch media := MediaType(m.Payload.Data); {
		case strings.HasPrefix(media, "image/"):
			return p.Image
		case strings.HasPrefix(media, "application/json"):
			return p.JSON
		}
		return p.Default
	}
	return nil
}

// GasLimit is what to offer for a message: simulation leaves out what the fees themselves cost. versions is how many
// versions the DID has; a deactivation rewrites each.
func GasLimit(m Message, versions int) uint64 {
	switch m := m.(type) {
	case DeactivateDIDDoc:
		return 360_000 + 60_000*uint64(max(versions-2, 0)) //nolint:gosec // not negative
	case CreateResource:
		return 1_000_000 + 45*uint64(len(m.Payload.Data))
	}
	return 360_000 + 45*uint64(max(len(m.Encode())-2048, 0)) //nolint:gosec // not negative
}

// Minimums are the amounts of which an offer must reach each, once those in usd are converted: the fixed price where there
// is one, or the least of every range.
func Minimums(ranges []FeeRange) []Coin {
	var coins []Coin
	for _, r := range ranges {
		if r.fixed() {
			return []Coin{{r.Denom, r.Min.String()}}
		}
		if r.Min != nil {
			coins = append(coins, Coin{r.Denom, r.Min.String()})
		}
	}
	return coins
}

// WithSlippage is an amount and so many basis points (1/10,000) of it, rounded down: the price of a coin moves between the
// asking and the block. The ledger takes what is due, not what is offered.
func WithSlippage(amount *big.Int, basisPoints int64) *big.Int {
	more := new(big.Int).Mul(amount, big.NewInt(basisPoints))
	return more.Add(amount, more.Quo(more, big.NewInt(10_000)))
}

func (r FeeRange) fixed() bool { return r.Min != nil && r.Max != nil && r.Min.Cmp(r.Max) == 0 }

// ParseCoin reads "37176123267ncheq". It fails with an *Error (CodeFee).
func ParseCoin(text string) (Coin, error) {
	digits := strings.TrimLeft(text, "0123456789")
	c := Coin{Denom: digits, Amount: text[:len(text)-len(digits)]}
	if _, err := c.Int(); err != nil || len(c.Denom) < 3 || len(c.Denom) > 128 || strings.ContainsFunc(c.Denom, func(r rune) bool {
		return !letterOrDigit(r) && !strings.ContainsRune("/:._-", r)
	}) {
		return Coin{}, &Error{Code: CodeFee, Message: "no amount with its denomination"}
	}
	return c, nil
}

// Int is the amount. It fails with an *Error (CodeFee).
func (c Coin) Int() (*big.Int, error) { return parseInt(c.Amount) }

// parseInt reads a number of at most 256 bits that is not negative, as the ledger does.
func parseInt(text string) (*big.Int, error) {
	n, ok := new(big.Int).SetString(text, 10)
	if !ok || len(text) > 78 || text[0] < '0' || text[0] > '9' || n.BitLen() > 256 {
		return nil, &Error{Code: CodeFee, Message: "no amount"}
	}
	return n, nil
}

// Price is what one CHEQ costs in USD, in units of 1e-18.
type Price struct{ units *big.Int }

// ParsePrice reads a decimal number of at most 18 decimals, more than 0. It fails with an *Error (CodeFee).
func ParsePrice(text string) (Price, error) {
	whole, fraction, _ := strings.Cut(text, ".")
	if len(fraction) > 18 {
		return Price{}, &Error{Code: CodeFee, Message: "a price has at most 18 decimals"}
	}
	n, err := parseInt(whole + fraction + strings.Repeat("0", 18-len(fraction)))
	if err != nil || n.Sign() == 0 {
		return Price{}, &Error{Code: CodeFee, Message: "no price"}
	}
	return Price{n}, nil
}

// IsZero says that there is no price.
func (p Price) IsZero() bool { return p.units == nil }

// Convert gives an amount of usd in ncheq as the ledger's oracle does: x/oracle/keeper/convert.go.
func (p Price) Convert(usd *big.Int) *big.Int {
	amount := dec{usd} // usd/1e18, with 18 decimals
	return amount.quo(dec(p)).mulInt(big.NewInt(1e9)).truncate()
}

// MarshalJSON writes the range as the ledger's REST gateway does.
func (r FeeRange) MarshalJSON() ([]byte, error) {
	text := func(n *big.Int) string {
		if n == nil {
			return "null"
		}
		return `"` + n.String() + `"`
	}
	return fmt.Appendf(nil, `{"denom":%q,"min_amount":%s,"max_amount":%s}`, r.Denom, text(r.Min), text(r.Max)), nil
}

// UnmarshalJSON reads the range as the ledger's REST gateway writes it.
func (r *FeeRange) UnmarshalJSON(raw []byte) error {
	var wire struct {
		Denom string  `json:"denom"`
		Min   *string `json:"min_amount"`
		Max   *string `json:"max_amount"`
	}
	if err := json.Unmarshal(raw, &wire); err != nil {
		return err
	}
	return r.set(wire.Denom, wire.Min, wire.Max)
}

func (r *FeeRange) set(denom string, least, most *string) (err error) {
	r.Denom, r.Min, r.Max = denom, nil, nil
	if least != nil {
		if r.Min, err = parseInt(*least); err != nil {
			return err
		}
	}
	if most != nil {
		r.Max, err = parseInt(*most)
	}
	return err
}

func (r FeeRange) encode() []byte {
	out := comet.AppendText(nil, 1, r.Denom)
	for i, n := range [...]*big.Int{r.Min, r.Max} {
		if n != nil {
			out = comet.AppendMessage(out, 2+i, []byte(n.String()))
		}
	}
	return out
}

func decodeFeeRange(raw []byte) (r FeeRange, err error) {
	var denom string
	var amounts [2]*string
	err = read(raw, false, func(r *comet.Reader) (bool, error) {
		switch n := r.Number(); n {
		case 1:
			denom = r.Text()
		case 2, 3:
			text := r.Text()
			amounts[n-2] = &text
		}
		return true, nil
	})
	if err == nil {
		err = r.set(denom, amounts[0], amounts[1])
	}
	return r, err
}
