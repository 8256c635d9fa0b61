package jose

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/sha512"
	"math/big"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"
	k1 "github.com/decred/dcrd/dcrec/secp256k1/v4/ecdsa"
)

// Verify checks a signature in its JOSE form over input, with the one algorithm of the key. It fails with an *Error:
// CodeAlgorithm for a key that names an algorithm not its own, else CodeSignature. What a header says about "alg" plays
// no part: see [Compact.Verify].
func Verify(key PublicKey, input, signature []byte) error {
	if key.Algorithm == "" || key.Algorithm != algorithmOf(key.Key) {
		return &Error{Code: CodeAlgorithm, Message: "the algorithm does not go with the key"}
	}
	good := false
	switch k := key.Key.(type) {
	case ed25519.PublicKey:
		good = len(k) == ed25519.PublicKeySize && len(signature) == ed25519.SignatureSize && ed25519.Verify(k, input, signature)
	case *ecdsa.PublicKey:
		// RFC 7518 §3.4: each half has the length of the field. Both halves of s are let pass, as JOSE has them.
		half := (k.Curve.Params().BitSize + 7) / 8
		good = len(signature) == 2*half &&
			ecdsa.Verify(k, digest(key.Algorithm, input), new(big.Int).SetBytes(signature[:half]), new(big.Int).SetBytes(signature[half:]))
	case *secp256k1.PublicKey:
		var r, s secp256k1.ModNScalar
		good = len(signature) == 64 && !r.SetByteSlice(signature[:32]) && !s.SetByteSlice(signature[32:]) &&
			k1.NewSignature(&r, &s).Verify(digest(ES256K, input), k)
	}
	if !good {
		return &Error{Code: CodeSignature, Message: "the signature is not by the key over this input"}
	}
	return nil
}

// digest hashes as the algorithm says: RFC 7518 §3.4, RFC 8812 §3.2.
func digest(alg string, input []byte) []byte {
	if alg == ES384 {
		sum := sha512.Sum384(input)
		return sum[:]
	}
	sum := sha256.Sum256(input)
	return sum[:]
}

// Sign gives the JOSE form of a signature: the 64 bytes of EdDSA, r‖s of ECDSA; of ES256K with the lower s. Equal keys
// and inputs give equal signatures (RFC 6979). It fails with an *Error: CodeAlgorithm where alg is not the key's.
func Sign(private crypto.PrivateKey, alg string, input []byte) ([]byte, error) {
	own := algorithmOfPrivate(private)
	if own == "" {
		return nil, &Error{Code: CodeKey, Message: "a key of another kind or curve"}
	}
	if !(PublicKey{Algorithm: own}).Accepts(alg) {
		return nil, &Error{Code: CodeAlgorithm, Message: "the algorithm does not go with the key"}
	}
	switch key := private.(type) {
	case ed25519.PrivateKey:
		return ed25519.Sign(key, input), nil
	case *ecdsa.PrivateKey:
		hash := crypto.SHA256
		if own == ES384 {
			hash = crypto.SHA384
		}
		// Without randomness crypto/ecdsa signs as RFC 6979 says.
		der, err := key.Sign(nil, digest(own, input), hash)
		if err != nil {
			return nil, &Error{Code: CodeKey, Message: "the key cannot sign"}
		}
		return fromDER(der, (key.Curve.Params().BitSize+7)/8)
	case *secp256k1.PrivateKey:
		signature := k1.Sign(key, digest(ES256K, input))
		r, s := signature.R(), signature.S()
		out := make([]byte, 64)
		r.PutBytesUnchecked(out[:32])
		s.PutBytesUnchecked(out[32:])
		return out, nil
	}
	return nil, &Error{Code: CodeKey, Message: "a key of another kind"}
}

// fromDER turns the ASN.1 form of an ECDSA signature, SEQUENCE of two INTEGERs, into r‖s with halves of that size. All
// lengths of P-256 and P-384 are short forms.
func fromDER(der []byte, half int) ([]byte, error) {
	fault := &Error{Code: CodeSignature, Message: "no ECDSA signature"}
	if len(der) < 2 || der[0] != 0x30 || der[1] >= 0x80 || int(der[1]) != len(der)-2 {
		return nil, fault
	}
	der = der[2:]
	out := make([]byte, 2*half)
	for end := half; end <= 2*half; end += half {
		if len(der) < 2 || der[0] != 0x02 || der[1] >= 0x80 || int(der[1]) > len(der)-2 {
			return nil, fault
		}
		integer := der[2 : 2+int(der[1])]
		der = der[2+len(integer):]
		for len(integer) > 0 && integer[0] == 0 {
			integer = integer[1:]
		}
		if len(integer) > half {
			return nil, fault
		}
		copy(out[end-len(integer):end], integer)
	}
	if len(der) != 0 {
		return nil, fault
	}
	return out, nil
}

// algorithmOfPrivate is the one algorithm of a private key, "" for a key of another kind.
func algorithmOfPrivate(private crypto.PrivateKey) string {
	switch k := private.(type) {
	case ed25519.PrivateKey:
		if len(k) == ed25519.PrivateKeySize {
			return EdDSA
		}
	case *ecdsa.PrivateKey:
		if k != nil {
			return algorithmOf(&k.PublicKey)
		}
	case *secp256k1.PrivateKey:
		if k != nil {
			return ES256K
		}
	}
	return ""
}

// Public is the public half of a private key of [ParsePrivateJWK]. It fails with an *Error (CodeKey) for another key.
func Public(private crypto.PrivateKey) (PublicKey, error) {
	public := PublicKey{Algorithm: algorithmOfPrivate(private)}
	if public.Algorithm == "" {
		return PublicKey{}, &Error{Code: CodeKey, Message: "a key of another kind or curve"}
	}
	switch k := private.(type) {
	case ed25519.PrivateKey:
		public.Key = k.Public()
	case *ecdsa.PrivateKey:
		public.Key = &k.PublicKey
	case *secp256k1.PrivateKey:
		public.Key = k.PubKey()
	}
	return public, nil
}
