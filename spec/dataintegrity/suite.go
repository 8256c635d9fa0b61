package dataintegrity

import (
	"slices"

	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/jose"
)

// The cryptosuites (Data Integrity 1.0 §3.1) and, below, the proof types that came before them.
const (
	EdDSARDFC2022 = "eddsa-rdfc-2022"
	EdDSAJCS2022  = "eddsa-jcs-2022"
	ECDSARDFC2019 = "ecdsa-rdfc-2019"
	ECDSAJCS2019  = "ecdsa-jcs-2019"

	Ed25519Signature2018        = "Ed25519Signature2018"
	Ed25519Signature2020        = "Ed25519Signature2020"
	JSONWebSignature2020        = "JsonWebSignature2020"
	EcdsaSecp256k1Signature2019 = "EcdsaSecp256k1Signature2019"
	EcdsaSecp256r1Signature2019 = "EcdsaSecp256r1Signature2019"
)

// schnorr2019 is refused by its name: no public specification says what its bytes are.
const schnorr2019 = "SchnorrSecp256k1Signature2019"

// TypeDataIntegrityProof is the proof type of all cryptosuites.
const TypeDataIntegrityProof = "DataIntegrityProof"

// Suite is a way to make and check proofs. The zero Suite is none.
type Suite struct {
	Name   string // the cryptosuite, or the proof type of a predecessor
	Legacy bool   // a predecessor of Data Integrity 1.0, superseded
	// Algorithms are the JOSE names of the signature algorithms: a key has one of them.
	Algorithms []string
	// Methods are the types of verification methods that others take with the suite, the one to prefer first. The key
	// material decides whether a signature is good, so a verifier need not insist on them; an issuer should.
	Methods []string
	// Contexts define the terms of the suite's proofs, the one to add first: see [Suite.WithContext].
	Contexts []string
	JCS      bool   // the canonical form is that of RFC 8785, not RDFC-1.0
	Cites    string // the section that verifying follows

	// The members the signature is read from. It is written as proofValue where that is one of them.
	jws, proofValue bool
}

// The contexts that define terms of proofs.
const (
	contextCredentials1   = "https://www.w3.org/2018/credentials/v1"
	contextCredentials2   = "https://www.w3.org/ns/credentials/v2"
	contextDataIntegrity1 = "https://w3id.org/security/data-integrity/v1"
	contextDataIntegrity2 = "https://w3id.org/security/data-integrity/v2"
	contextSecurity2      = "https://w3id.org/security/v2"
	contextSuites         = "https://w3id.org/security/suites/"
)

// Suites gives every suite, the predecessors last.
func Suites() []Suite {
	suites := make([]Suite, 0, 9)
	for _, name := range [...]string{
		EdDSARDFC2022, EdDSAJCS2022, ECDSARDFC2019, ECDSAJCS2019,
		Ed25519Signature2018, Ed25519Signature2020, JSONWebSignature2020, EcdsaSecp256k1Signature2019, EcdsaSecp256r1Signature2019,
	} {
		suite, _ := SuiteOf(name)
		suites = append(suites, suite)
	}
	return suites
}

// SuiteOf gives the suite of a cryptosuite's or a predecessor's name. It fails with an *Error: CodeRefused for a suite that
// is known and not offered, CodeSuite for others.
func SuiteOf(name string) (Suite, error) {
	switch name {
	case EdDSARDFC2022, EdDSAJCS2022, ECDSARDFC2019, ECDSAJCS2019:
		return cryptosuite(name), nil
	case Ed25519Signature2018, Ed25519Signature2020, JSONWebSignature2020, EcdsaSecp256k1Signature2019, EcdsaSecp256r1Signature2019:
		return predecessor(name), nil
	case schnorr2019:
		return Suite{}, &Error{Code: CodeRefused, Message: schnorr2019 + " has no public specification of its bytes"}
	}
	return Suite{}, &Error{Code: CodeSuite, Message: "no such cryptosuite or proof type"}
}

// cryptosuite: DI-EdDSA 1.0 §3, DI-ECDSA 1.0 §3.
func cryptosuite(name string) Suite {
	suite := Suite{
		Name:       name,
		Algorithms: []string{jose.ES256, jose.ES384},
		Methods:    []string{diddoc.Multikey, diddoc.JSONWebKey, diddoc.JSONWebKey2020, diddoc.EcdsaSecp256r1VerificationKey2019},
		Contexts:   []string{contextDataIntegrity2, contextDataIntegrity1, contextCredentials2},
		JCS:        name == EdDSAJCS2022 || name == ECDSAJCS2019,
		proofValue: true,
	}
	section := " §3.2.2"
	if suite.JCS {
		section = " §3.3.2"
	}
	suite.Cites = "DI-ECDSA 1.0" + section
	if name == EdDSARDFC2022 || name == EdDSAJCS2022 {
		suite.Cites = "DI-EdDSA 1.0" + section
		suite.Algorithms = []string{jose.EdDSA}
		suite.Methods = []string{diddoc.Multikey, diddoc.JSONWebKey, diddoc.JSONWebKey2020, diddoc.Ed25519VerificationKey2020}
	}
	return suite
}

// predecessor: reports of the W3C Credentials Community Group, Ed25519Signature2020 also in DI-EdDSA 1.0 appendix A.
func predecessor(name string) Suite {
	suite := Suite{Name: name, Legacy: true}
	switch name {
	case Ed25519Signature2018:
		suite.Cites = "lds-ed25519-2018"
		suite.jws = true
		suite.Algorithms = []string{jose.EdDSA}
		suite.Methods = []string{diddoc.Ed25519VerificationKey2018}
		suite.Contexts = []string{contextSuites + "ed25519-2018/v1", contextCredentials1, contextSecurity2}
	case Ed25519Signature2020:
		suite.Cites = "DI-EdDSA 1.0 appendix A"
		suite.proofValue = true
		suite.Algorithms = []string{jose.EdDSA}
		suite.Methods = []string{diddoc.Ed25519VerificationKey2020, diddoc.Multikey}
		suite.Contexts = []string{contextSuites + "ed25519-2020/v1"}
	case JSONWebSignature2020: // RSA keys, which it has too, are not offered
		suite.Cites = "lds-jws2020 §3"
		suite.jws = true
		suite.Algorithms = []string{jose.EdDSA, jose.ES256, jose.ES384, jose.ES256K}
		suite.Methods = []string{diddoc.JSONWebKey2020, diddoc.JSONWebKey}
		suite.Contexts = []string{contextSuites + "jws-2020/v1"}
	case EcdsaSecp256k1Signature2019:
		suite.Cites = "lds-ecdsa-secp256k1-2019"
		suite.jws = true
		suite.Algorithms = []string{jose.ES256K}
		suite.Methods = []string{diddoc.EcdsaSecp256k1VerificationKey2019, diddoc.JSONWebKey2020, diddoc.JSONWebKey} // the last: did:empe
		suite.Contexts = []string{contextSuites + "secp256k1-2019/v1", contextCredentials1, contextSecurity2}
	case EcdsaSecp256r1Signature2019:
		// The report of 2022-07-24 (§2.2.1) has proofValue, and ACA-Py writes it; others write jws.
		suite.Cites = "CG-FINAL-di-ecdsa-2019 §2.2.1"
		suite.proofValue, suite.jws = true, true
		suite.Algorithms = []string{jose.ES256}
		suite.Methods = []string{diddoc.EcdsaSecp256r1VerificationKey2019, diddoc.Multikey}
		suite.Contexts = []string{contextSuites + "ecdsa-2019/v1", contextCredentials1, contextSecurity2}
	}
	return suite
}

// Type is the proof type of the suite's proofs.
func (s Suite) Type() string {
	if s.Legacy {
		return s.Name
	}
	return TypeDataIntegrityProof
}

// Takes says whether methods of that type are ones others take with the suite.
func (s Suite) Takes(methodType string) bool { return slices.Contains(s.Methods, methodType) }

// Signs says whether a key with that JOSE algorithm can sign with the suite.
func (s Suite) Signs(algorithm string) bool { return slices.Contains(s.Algorithms, algorithm) }
