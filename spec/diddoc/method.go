package diddoc

import (
	"crypto/ecdh"
	"encoding/hex"
	"slices"

	"github.com/mr-tron/base58"

	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/multikey"
)

// The types of verification methods.
const (
	Multikey                          = "Multikey"
	JSONWebKey                        = "JsonWebKey"
	JSONWebKey2020                    = "JsonWebKey2020"
	Ed25519VerificationKey2020        = "Ed25519VerificationKey2020"
	Ed25519VerificationKey2018        = "Ed25519VerificationKey2018"
	EcdsaSecp256k1VerificationKey2019 = "EcdsaSecp256k1VerificationKey2019"
	EcdsaSecp256r1VerificationKey2019 = "EcdsaSecp256r1VerificationKey2019"
	P256Key2021                       = "P256Key2021"
	X25519KeyAgreementKey2020         = "X25519KeyAgreementKey2020"
	X25519KeyAgreementKey2019         = "X25519KeyAgreementKey2019"
)

// material is how a method holds its key.
type material int

const (
	asJWK material = iota + 1
	asMultibase
	asBase58
)

// methodType says what methods of a type hold: the keys of one multicodec code (0: any), written in that form under that
// context. Other forms are read.
type methodType struct {
	code    uint64
	form    material
	context string
}

// typeOf knows the types of verification methods: the W3C security vocabulary, Controlled Identifiers 1.0 §2.2.
func typeOf(name string) (methodType, bool) {
	switch name {
	case Multikey:
		return methodType{0, asMultibase, "https://w3id.org/security/multikey/v1"}, true
	case JSONWebKey:
		return methodType{0, asJWK, "https://w3id.org/security/jwk/v1"}, true
	case JSONWebKey2020:
		return methodType{0, asJWK, "https://w3id.org/security/suites/jws-2020/v1"}, true
	case Ed25519VerificationKey2020:
		return methodType{multikey.CodeEd25519, asMultibase, "https://w3id.org/security/suites/ed25519-2020/v1"}, true
	case Ed25519VerificationKey2018:
		return methodType{multikey.CodeEd25519, asBase58, "https://w3id.org/security/suites/ed25519-2018/v1"}, true
	case EcdsaSecp256k1VerificationKey2019:
		return methodType{multikey.CodeSecp256k1, asBase58, "https://w3id.org/security/suites/secp256k1-2019/v1"}, true
	case EcdsaSecp256r1VerificationKey2019:
		return methodType{multikey.CodeP256, asMultibase, "https://w3id.org/security/suites/ecdsa-2019/v1"}, true
	case P256Key2021:
		return methodType{multikey.CodeP256, asBase58, "https://w3id.org/security/suites/multikey-2021/v1"}, true
	case X25519KeyAgreementKey2020:
		return methodType{multikey.CodeX25519, asMultibase, "https://w3id.org/security/suites/x25519-2020/v1"}, true
	case X25519KeyAgreementKey2019:
		return methodType{multikey.CodeX25519, asBase58, "https://w3id.org/security/suites/x25519-2019/v1"}, true
	}
	return methodType{}, false
}

// VerificationMethod is a public key in a DID document: DID Core §5.2. ID is absolute. Embedded is the one relationship
// that holds it, "" where it stands in verificationMethod. One of the PublicKey members is set.
type VerificationMethod struct {
	ID, Type, Controller string
	Embedded             Relationship
	PublicKeyJWK         []byte
	PublicKeyMultibase   string
	PublicKeyBase58      string
	PublicKeyHex         string
}

// NewMethod gives a method of that type for a key for signatures. It fails with an *Error (CodeKeyType) for a type that
// holds no such key.
func NewMethod(typeName, id, controller string, key jose.PublicKey) (VerificationMethod, error) {
	code, raw, err := multikey.EncodeRaw(key)
	if err != nil {
		return VerificationMethod{}, &Error{Code: CodeKey, Message: "a key of another kind"}
	}
	return newMethod(typeName, id, controller, code, raw, key.JWK())
}

// NewAgreementMethod gives a method of that type for a key for key agreement: X25519, P-256 or P-384. It fails as
// [NewMethod] does.
func NewAgreementMethod(typeName, id, controller string, key *ecdh.PublicKey) (VerificationMethod, error) {
	text, err := multikey.EncodeAgreement(key)
	if err != nil {
		return VerificationMethod{}, &Error{Code: CodeKey, Message: "a key of another kind"}
	}
	code, raw, err := multikey.Split(text)
	if err != nil {
		return VerificationMethod{}, &Error{Code: CodeKey, Message: "a key of another kind"}
	}
	return newMethod(typeName, id, controller, code, raw, jose.AgreementJWK(key))
}

func newMethod(typeName, id, controller string, code uint64, raw, jwk []byte) (VerificationMethod, error) {
	kind, ok := typeOf(typeName)
	if !ok || kind.code != 0 && kind.code != code {
		return VerificationMethod{}, &Error{Code: CodeKeyType, Message: "no such method type for this key"}
	}
	m := VerificationMethod{ID: id, Type: typeName, Controller: controller}
	switch kind.form {
	case asJWK:
		m.PublicKeyJWK = jwk
	case asMultibase:
		m.PublicKeyMultibase = multikey.Join(code, raw)
	case asBase58:
		m.PublicKeyBase58 = base58.Encode(raw)
	}
	return m, nil
}

// PublicKey is the method's key for signatures. It fails with an *Error: CodeKeyType for a type that is not known or has
// no such key, CodeKey for a key that is missing, double or broken.
func (m VerificationMethod) PublicKey() (jose.PublicKey, error) {
	kind, err := m.kind()
	if err != nil {
		return jose.PublicKey{}, err
	}
	var key jose.PublicKey
	if m.PublicKeyJWK != nil {
		key, err = jose.ParseJWK(m.PublicKeyJWK)
	} else {
		var code uint64
		var raw []byte
		if code, raw, err = m.bytes(kind.code); err == nil {
			key, err = multikey.DecodeRaw(code, raw)
		}
	}
	if err != nil {
		return jose.PublicKey{}, &Error{Code: CodeKey, Message: "the key of the verification method cannot be used: " + err.Error()}
	}
	if code, _, err := multikey.EncodeRaw(key); err != nil || kind.code != 0 && kind.code != code {
		return jose.PublicKey{}, &Error{Code: CodeKeyType, Message: "the key does not go with the method's type"}
	}
	return key, nil
}

// AgreementKey is the method's key for key agreement: X25519, P-256 or P-384. It fails as [VerificationMethod.PublicKey]
// does.
func (m VerificationMethod) AgreementKey() (*ecdh.PublicKey, error) {
	kind, err := m.kind()
	if err != nil {
		return nil, err
	}
	var key *ecdh.PublicKey
	if m.PublicKeyJWK != nil {
		key, err = jose.ParseAgreementJWK(m.PublicKeyJWK)
	} else {
		var code uint64
		var raw []byte
		if code, raw, err = m.bytes(kind.code); err == nil {
			key, err = multikey.DecodeAgreement(multikey.Join(code, raw))
		}
	}
	if err != nil {
		return nil, &Error{Code: CodeKey, Message: "the key of the verification method cannot be used: " + err.Error()}
	}
	text, err := multikey.EncodeAgreement(key)
	if err != nil {
		return nil, &Error{Code: CodeKey, Message: "a key of another kind"}
	}
	if code, _, err := multikey.Split(text); err != nil || kind.code != 0 && kind.code != code {
		return nil, &Error{Code: CodeKeyType, Message: "the key does not go with the method's type"}
	}
	return key, nil
}

// kind checks that the method is of a known type and holds its key once: DID Core §5.2.1.
func (m VerificationMethod) kind() (methodType, error) {
	kind, ok := typeOf(m.Type)
	if !ok {
		return methodType{}, &Error{Code: CodeKeyType, Message: "the type of the verification method is not supported"}
	}
	held := []bool{m.PublicKeyJWK != nil, m.PublicKeyMultibase != "", m.PublicKeyBase58 != "", m.PublicKeyHex != ""}
	if first := slices.Index(held, true); first < 0 || slices.Contains(held[first+1:], true) {
		return methodType{}, &Error{Code: CodeKey, Message: "the verification method does not hold one key"}
	}
	if kind.code == 0 && kind.form == asJWK != held[0] || kind.code == 0 && (held[2] || held[3]) {
		return methodType{}, &Error{Code: CodeKey, Message: "the key has not the form that goes with the method's type"}
	}
	return kind, nil
}

// bytes gives the key's bytes and code. Base58 and hexadecimal forms have no prefix: the type says what they are. The
// point of an ECDSA key may be uncompressed there.
func (m VerificationMethod) bytes(code uint64) (uint64, []byte, error) {
	var raw []byte
	var err error
	switch {
	case m.PublicKeyMultibase != "":
		return multikey.Split(m.PublicKeyMultibase)
	case len(m.PublicKeyBase58) > 128 || len(m.PublicKeyHex) > 256:
		return 0, nil, &Error{Code: CodeKey, Message: "the key is too long"}
	case m.PublicKeyBase58 != "":
		raw, err = base58.Decode(m.PublicKeyBase58)
	default:
		raw, err = hex.DecodeString(m.PublicKeyHex)
	}
	if err != nil {
		return 0, nil, &Error{Code: CodeKey, Message: "the key is not in its base"}
	}
	if len(raw) == 65 && raw[0] == 4 {
		raw = append([]byte{2 | raw[64]&1}, raw[1:33]...)
	}
	return code, raw, nil
}
