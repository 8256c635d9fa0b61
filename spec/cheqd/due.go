package cheqd

import (
	"errors"
	"fmt"
	"math/big"
)

// dec is a number with 18 decimals: LegacyDec of cosmossdk.io/math, rounding and all.
type dec struct{ units *big.Int }

func decOf(n *big.Int) dec { return dec{new(big.Int).Mul(n, one18())} }

func one18() *big.Int { return big.NewInt(1e18) }

func (d dec) mulInt(n *big.Int) dec { return dec{new(big.Int).Mul(d.units, n)} }

// quoInt cuts off.
func (d dec) quoInt(n int64) dec { return dec{new(big.Int).Quo(d.units, big.NewInt(n))} }

func (d dec) mul(by dec) dec { return dec{roundUnits(new(big.Int).Mul(d.units, by.units))} }

func (d dec) quo(by dec) dec {
	n := new(big.Int).Mul(d.units, one18())
	return dec{roundUnits(n.Quo(n.Mul(n, one18()), by.units))}
}

func (d dec) truncate() *big.Int { return new(big.Int).Quo(d.units, one18()) }

// roundUnits takes 18 digits off, halves to the even number.
func roundUnits(n *big.Int) *big.Int {
	quo, rem := new(big.Int).QuoRem(n, one18(), new(big.Int))
	half := rem.Cmp(big.NewInt(5e17))
	if half > 0 || half == 0 && quo.Bit(0) == 1 {
		quo.Add(quo, big.NewInt(1))
	}
	return quo
}

// Due is what the ledger takes of an offer in ncheq: GetFeeForMsg of cheqd-node's ante/tx_msg_filters.go. Without a price
// it is the least that the ranges have in ncheq; the ledger holds the offer to it, and then takes nothing. The error is in
// the ledger's words.
func Due(offer *big.Int, ranges []FeeRange, price Price) (*big.Int, error) {
	if len(ranges) == 0 {
		return nil, errors.New("fee ranges empty")
	}
	for _, r := range ranges {
		if r.fixed() {
			return dueFixed(offer, r, price)
		}
	}
	if price.IsZero() {
		return dueUnpriced(offer, ranges)
	}
	least, most, err := overlap(ranges, price)
	if err != nil {
		return nil, err
	}
	// Millionths of USD.
	paid := toUSD(offer, price)
	if least != nil && paid.Cmp(least) < 0 {
		return nil, fmt.Errorf("fee too low: expected ≥ %s USD, got %s USD", least, paid)
	}
	if most != nil && paid.Cmp(most) > 0 && least != nil {
		paid = least
	}
	for _, r := range ranges {
		if r.Denom == USD {
			return price.Convert(new(big.Int).Mul(paid, big.NewInt(1e12))), nil
		}
	}
	return decOf(paid).quo(dec(price)).mulInt(big.NewInt(1e9)).quoInt(1e6).truncate(), nil
}

func dueFixed(offer *big.Int, r FeeRange, price Price) (*big.Int, error) {
	if r.Denom == Denom {
		if offer.Cmp(r.Min) < 0 {
			return nil, fmt.Errorf("invalid fixed fee: expected at least %s%s, got %s%s", r.Min, Denom, offer, Denom)
		}
		return r.Min, nil
	}
	if price.IsZero() {
		return nil, errors.New("cannot verify cross-denom fixed fee: cheq price not available")
	}
	due := decOf(r.Min).quoInt(1e12).quo(dec(price)).mulInt(big.NewInt(1e9)).quoInt(1e6).truncate()
	if offer.Cmp(due) < 0 {
		return nil, fmt.Errorf("insufficient fee: need at least %s, got %s", due, offer)
	}
	return due, nil
}

func dueUnpriced(offer *big.Int, ranges []FeeRange) (*big.Int, error) {
	for _, r := range ranges {
		least := r.Min
		if least == nil {
			least = r.Max
		}
		if r.Denom != Denom || least == nil {
			continue
		}
		if offer.Cmp(least) < 0 {
			return nil, fmt.Errorf("cheq price unavailable; expected fee ≥ %s%s", least, Denom)
		}
		return least, nil
	}
	return nil, errors.New("cheq price not available and no ncheq fallback fee defined")
}

// overlap is what all ranges allow, in millionths of USD.
func overlap(ranges []FeeRange, price Price) (least, most *big.Int, err error) {
	for _, r := range ranges {
		convert := func(n *big.Int) *big.Int { return toUSD(n, price) }
		if r.Denom == USD {
			convert = func(n *big.Int) *big.Int { return new(big.Int).Quo(n, big.NewInt(1e12)) }
		}
		if r.Min != nil {
			if n := convert(r.Min); least == nil || n.Cmp(least) > 0 {
				least = n
			}
		}
		if r.Max != nil {
			if n := convert(r.Max); most == nil || n.Cmp(most) < 0 {
				most = n
			}
		}
	}
	if least != nil && most != nil && least.Cmp(most) > 0 {
		return nil, nil, errors.New("no valid overlapping USD range")
	}
	return least, most, nil
}

// toUSD gives ncheq in millionths of USD.
func toUSD(n *big.Int, price Price) *big.Int {
	return decOf(n).quoInt(1e9).mul(dec(price)).mulInt(big.NewInt(1e6)).truncate()
}
