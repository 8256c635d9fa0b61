package jose

import (
	"crypto/ed25519"
	"math/big"
	"slices"
)

// fieldPrime is 2^255 - 19.
func fieldPrime() *big.Int {
	p := new(big.Int).Lsh(big.NewInt(1), 255)
	return p.Sub(p, big.NewInt(19))
}

// edwardsY is the y of an encoded point: RFC 8032 §5.1.3, little-endian without the sign of x.
func edwardsY(encoded []byte) *big.Int {
	big255 := slices.Clone(encoded)
	slices.Reverse(big255)
	big255[0] &= 0x7f
	return new(big.Int).SetBytes(big255)
}

// checkEd25519 refuses what is no point of the curve (RFC 8032 §5.1.3) and the points of small order, for which one
// signature fits every message.
func checkEd25519(key ed25519.PublicKey) error {
	if len(key) != ed25519.PublicKeySize {
		return &Error{Code: CodeKey, Message: "an Ed25519 key has 32 bytes"}
	}
	p, one, y := fieldPrime(), big.NewInt(1), edwardsY(key)
	if y.Cmp(p) >= 0 {
		return &Error{Code: CodeKey, Message: "the point is not on the curve"}
	}
	// x² = u/v with u = y²-1, v = dy²+1; u/v is a square where uv is one.
	square := new(big.Int).Mul(y, y)
	u := new(big.Int).Sub(square, one)
	d, _ := new(big.Int).SetString("52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3", 16)
	v := d.Mul(d, square)
	v.Add(v, one)
	if big.Jacobi(u.Mul(u, v).Mod(u, p), p) < 0 {
		return &Error{Code: CodeKey, Message: "the point is not on the curve"}
	}
	if smallOrder(y, p) {
		return &Error{Code: CodeKey, Message: "a weak Ed25519 key"}
	}
	return nil
}

// smallOrder says whether the point with that y has an order that divides 8: y is 1, -1, 0, or one of ±y₈ of order 8.
func smallOrder(y, p *big.Int) bool {
	if y.Sign() == 0 || y.Cmp(big.NewInt(1)) == 0 {
		return true
	}
	negative := new(big.Int).Sub(p, y)
	if negative.Cmp(big.NewInt(1)) == 0 {
		return true
	}
	eighth, _ := new(big.Int).SetString("05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826", 16)
	return y.Cmp(eighth) == 0 || negative.Cmp(eighth) == 0
}
