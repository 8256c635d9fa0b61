package dataintegrity

import (
	"encoding/base64"
	"strings"

	"github.com/mr-tron/base58"

	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
)

// Bounds on what is decoded: base58 takes the square of its length. The longest proofValue here has 133 characters.
const (
	maxProofValue = 160
	maxJWS        = 1024
)

// signatureSize is the length of a signature of a JOSE algorithm: RFC 8032 §5.1.6, RFC 7518 §3.4.
func signatureSize(algorithm string) int {
	if algorithm == jose.ES384 {
		return 96
	}
	return 64
}

// decodeProofValue reads base58btc with its multibase prefix: DI-EdDSA 1.0 §3, DI-ECDSA 1.0 §3.
func decodeProofValue(text string) ([]byte, bool) {
	digits, ok := strings.CutPrefix(text, "z")
	if !ok || digits == "" || len(text) > maxProofValue {
		return nil, false
	}
	raw, err := base58.Decode(digits)
	return raw, err == nil
}

// detached is a JWS without its payload, "header..signature": RFC 7797 and RFC 7515 appendix F. header is as it stands, so
// that the signing input is what the signer had.
type detached struct {
	header    string
	algorithm string
	signature []byte
}

// detachedHeader is the one header such a JWS has: lds-jws2020 §3.3 names its three members, and others insist on them.
func detachedHeader(algorithm string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"` + algorithm + `","b64":false,"crit":["b64"]}`))
}

// parseDetached reads a JWS without its payload. Its header has alg, b64 and crit, and nothing else.
func parseDetached(text string) (detached, bool) {
	header, rest, ok := strings.Cut(text, ".")
	tail, empty := strings.CutPrefix(rest, ".")
	if !ok || !empty || len(text) > maxJWS || strings.ContainsAny(text, "\r\n") {
		return detached{}, false
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(header)
	if err != nil {
		return detached{}, false
	}
	signature, err := base64.RawURLEncoding.Strict().DecodeString(tail)
	if err != nil {
		return detached{}, false
	}
	members, err := ijson.Members(raw, ijson.Limits{})
	if err != nil || len(members) != 3 {
		return detached{}, false
	}
	d := detached{header: header, signature: signature}
	for _, m := range members {
		switch m.Name {
		case "alg":
			d.algorithm, ok = ijson.String(m.Value)
		case "b64":
			ok = string(m.Value) == "false"
		case "crit":
			names, isList := texts(m.Value)
			ok = isList && len(names) == 1 && names[0] == "b64"
		default:
			ok = false
		}
		if !ok {
			return detached{}, false
		}
	}
	return d, true
}

// texts reads a list of strings.
func texts(value []byte) ([]string, bool) {
	elements, ok := ijson.Elements(value)
	if !ok {
		return nil, false
	}
	all := make([]string, len(elements))
	for i, element := range elements {
		if all[i], ok = ijson.String(element); !ok {
			return nil, false
		}
	}
	return all, true
}

// readValue reads the signature from the one member that has it.
func (p *Proof) readValue(members []ijson.Member) *Error {
	found := false
	for _, m := range members {
		if m.Name != "proofValue" && m.Name != "jws" {
			continue
		}
		fault := &Error{Code: CodeValue, Pointer: p.Pointer + "/" + m.Name, Message: "no signature of this suite"}
		text, ok := ijson.String(m.Value)
		if !ok || found {
			return fault
		}
		if m.Name == "jws" {
			jws, ok := parseDetached(text)
			if !ok || !p.Suite.jws || !p.Suite.Signs(jws.algorithm) {
				return fault
			}
			p.signature, p.header, p.Algorithm = jws.signature, jws.header, jws.algorithm
		} else {
			if p.signature, ok = decodeProofValue(text); !ok || !p.Suite.proofValue {
				return fault
			}
			for _, algorithm := range p.Suite.Algorithms {
				if len(p.signature) == signatureSize(algorithm) {
					p.Algorithm = algorithm
				}
			}
		}
		if p.Algorithm == "" || len(p.signature) != signatureSize(p.Algorithm) {
			return fault
		}
		found = true
	}
	if !found {
		return &Error{Code: CodeValue, Pointer: p.Pointer, Message: "the proof has no signature"}
	}
	return nil
}
