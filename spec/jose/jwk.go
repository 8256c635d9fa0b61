package jose

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"encoding/base64"
	"strings"

	"github.com/decred/dcrd/dcrec/secp256k1/v4"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// maxJWK is the size of the largest JWK that is read: room for a certificate chain that is not looked at.
const maxJWK = 64 << 10

// fields are the members of a JWK that matter; d is nil for a public one.
type fields struct {
	kty, crv, alg, use string
	x, y, d            []byte
	operations         []string // nil: any
}

// ParseJWK reads a public JWK: OKP Ed25519, EC P-256, P-384 or secp256k1. It fails with an *Error (CodeKey) for another
// key, a point off the curve, a JWK with a private member, and one that is for encryption by its use, key_ops or alg.
func ParseJWK(raw []byte) (PublicKey, error) {
	f, err := readJWK(raw, false)
	if err != nil {
		return PublicKey{}, err
	}
	return f.public()
}

// ParsePrivateJWK reads a private JWK. The private key is an ed25519.PrivateKey, *ecdsa.PrivateKey or
// *secp256k1.PrivateKey, and is what [Sign] takes. It fails as [ParseJWK] does, and when the halves do not match.
func ParsePrivateJWK(raw []byte) (PublicKey, crypto.PrivateKey, error) {
	f, err := readJWK(raw, true)
	if err != nil {
		return PublicKey{}, nil, err
	}
	public, err := f.public()
	if err != nil {
		return PublicKey{}, nil, err
	}
	private, err := f.private(public)
	if err != nil {
		return PublicKey{}, nil, err
	}
	if other, err := Public(private); err != nil || !other.Equal(public) {
		return PublicKey{}, nil, &Error{Code: CodeKey, Message: "the private and the public half do not match"}
	}
	return public, private, nil
}

// PrivateJWK writes a private key of [ParsePrivateJWK] as a JWK.
func PrivateJWK(private crypto.PrivateKey) ([]byte, error) {
	public, err := Public(private)
	if err != nil {
		return nil, err
	}
	var d []byte
	switch key := private.(type) {
	case ed25519.PrivateKey:
		d = key.Seed()
	case *ecdsa.PrivateKey:
		if d, err = key.Bytes(); err != nil {
			return nil, &Error{Code: CodeKey, Message: "no private key of the curve"}
		}
	case *secp256k1.PrivateKey:
		d = key.Serialize()
	}
	jwk := bytes.TrimSuffix(public.JWK(), []byte("}"))
	jwk = append(jwk, `,"d":"`...)
	return append(base64.RawURLEncoding.AppendEncode(jwk, d), `"}`...), nil
}

// ParseAgreementJWK reads a public JWK for key agreement: OKP X25519, EC P-256 or P-384. It fails as [ParseJWK] does, for
// one that is for signatures.
func ParseAgreementJWK(raw []byte) (*ecdh.PublicKey, error) {
	f, err := readJWK(raw, false)
	if err != nil {
		return nil, err
	}
	if f.use != "" && f.use != "enc" {
		return nil, &Error{Code: CodeKey, Pointer: "/use", Message: "the key is not for key agreement"}
	}
	var key *ecdh.PublicKey
	switch {
	case f.kty == "OKP" && f.crv == crvX25519 && f.y == nil:
		key, err = ecdh.X25519().NewPublicKey(f.x)
	case f.kty == "EC" && f.crv == crvP256 && len(f.x) == 32 && len(f.y) == 32:
		key, err = ecdh.P256().NewPublicKey(f.point())
	case f.kty == "EC" && f.crv == crvP384 && len(f.x) == 48 && len(f.y) == 48:
		key, err = ecdh.P384().NewPublicKey(f.point())
	default:
		return nil, &Error{Code: CodeKey, Message: "a key of another kind or curve"}
	}
	if err != nil {
		return nil, &Error{Code: CodeKey, Pointer: "/x", Message: "the point is not on the curve"}
	}
	return key, nil
}

// AgreementJWK is the JWK of a key for key agreement, as [PublicKey.JWK] writes it; nil for one of another curve.
func AgreementJWK(key *ecdh.PublicKey) []byte {
	if key == nil {
		return nil
	}
	raw := key.Bytes()
	half := len(raw) / 2
	switch key.Curve() {
	case ecdh.X25519():
		return appendJWK("OKP", crvX25519, raw, nil)
	case ecdh.P256():
		return appendJWK("EC", crvP256, raw[1:half+1], raw[half+1:])
	case ecdh.P384():
		return appendJWK("EC", crvP384, raw[1:half+1], raw[half+1:])
	}
	return nil
}

func readJWK(raw []byte, private bool) (fields, error) {
	members, err := ijson.Members(raw, ijson.Limits{Bytes: maxJWK})
	if err != nil {
		return fields{}, fromJSON(CodeKey, err)
	}
	var f fields
	for _, m := range members {
		ok := true
		switch m.Name {
		case "kty":
			f.kty, ok = ijson.String(m.Value)
		case "crv":
			f.crv, ok = ijson.String(m.Value)
		case "alg":
			f.alg, ok = ijson.String(m.Value)
		case "use":
			f.use, ok = ijson.String(m.Value)
		case "x":
			f.x, ok = binary(m.Value)
		case "y":
			f.y, ok = binary(m.Value)
		case "key_ops":
			f.operations, ok = texts(m.Value)
		case "d":
			if !private {
				return fields{}, &Error{Code: CodeKey, Pointer: "/d", Message: "a private key where a public one is expected"}
			}
			f.d, ok = binary(m.Value)
		case "p", "q", "dp", "dq", "qi", "oth", "k":
			return fields{}, &Error{Code: CodeKey, Pointer: "/" + m.Name, Message: "a private or symmetric key"}
		}
		if !ok {
			return fields{}, &Error{Code: CodeKey, Pointer: "/" + m.Name, Message: "the member has another form"}
		}
	}
	if private && f.d == nil {
		return fields{}, &Error{Code: CodeKey, Pointer: "/d", Message: "the private half is missing"}
	}
	return f, nil
}

// public gives the key for signatures.
func (f fields) public() (PublicKey, error) {
	key, err := f.point25519orEC()
	if err != nil {
		return PublicKey{}, err
	}
	public, err := NewPublicKey(key)
	if err != nil {
		return PublicKey{}, err
	}
	switch {
	case f.alg != "" && !public.Accepts(f.alg):
		return PublicKey{}, &Error{Code: CodeKey, Pointer: "/alg", Message: "the algorithm does not go with the key"}
	case f.use != "" && f.use != "sig":
		return PublicKey{}, &Error{Code: CodeKey, Pointer: "/use", Message: "the key is not for signatures"}
	case f.operations != nil && !strings.Contains(" "+strings.Join(f.operations, " ")+" ", " verify ") &&
		!strings.Contains(" "+strings.Join(f.operations, " ")+" ", " sign "):
		return PublicKey{}, &Error{Code: CodeKey, Pointer: "/key_ops", Message: "the key is not for signatures"}
	}
	return public, nil
}

// point25519orEC gives the key itself. The coordinates have the full length of the field: RFC 7518 §6.2.1.2.
func (f fields) point25519orEC() (crypto.PublicKey, error) {
	var key crypto.PublicKey
	var err error
	switch {
	case f.kty == "OKP" && f.crv == crvEd25519 && f.y == nil:
		return ed25519.PublicKey(f.x), nil
	case f.kty == "EC" && f.crv == crvP256 && len(f.x) == 32 && len(f.y) == 32:
		key, err = ecdsa.ParseUncompressedPublicKey(elliptic.P256(), f.point())
	case f.kty == "EC" && f.crv == crvP384 && len(f.x) == 48 && len(f.y) == 48:
		key, err = ecdsa.ParseUncompressedPublicKey(elliptic.P384(), f.point())
	case f.kty == "EC" && f.crv == crvSecp256k1 && len(f.x) == 32 && len(f.y) == 32:
		key, err = secp256k1.ParsePubKey(f.point())
	default:
		return nil, &Error{Code: CodeKey, Message: "a key of another kind, curve or length"}
	}
	if err != nil {
		return nil, &Error{Code: CodeKey, Pointer: "/x", Message: "the point is not on the curve"}
	}
	return key, nil
}

// point is the uncompressed point of SEC 1 §2.3.3.
func (f fields) point() []byte {
	return append(append([]byte{4}, f.x...), f.y...)
}

func (f fields) private(public PublicKey) (crypto.PrivateKey, error) {
	size := 32
	if public.Algorithm == ES384 {
		size = 48
	}
	fault := &Error{Code: CodeKey, Pointer: "/d", Message: "no private key of the curve"}
	if len(f.d) != size {
		return nil, fault
	}
	switch key := public.Key.(type) {
	case ed25519.PublicKey:
		return ed25519.NewKeyFromSeed(f.d), nil
	case *ecdsa.PublicKey:
		private, err := ecdsa.ParseRawPrivateKey(key.Curve, f.d)
		if err != nil {
			return nil, fault
		}
		return private, nil
	}
	var scalar secp256k1.ModNScalar
	if overflow := scalar.SetByteSlice(f.d); overflow || scalar.IsZero() {
		return nil, fault
	}
	return secp256k1.NewPrivateKey(&scalar), nil
}
