package jose

import (
	"bytes"
	"encoding/base64"
	"maps"
	"slices"
	"strings"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// MaxToken is the size in bytes of the largest token that is read, MaxHeader that of its decoded header.
const (
	MaxToken  = 4 << 20
	MaxHeader = 64 << 10
)

// Header is the protected header of a JWS. JWK is the JSON of "jwk", Extra the further members by name, each a JSON
// value. Raw is the header's JSON as it was read; it is not written.
type Header struct {
	Alg, Kid, Typ, Cty string
	JWK                []byte
	Crit               []string
	Raw                []byte
	Extra              map[string][]byte
}

// Compact is a token of three parts, decoded. RawHeader is the header's JSON; Input is what was signed: a part of the
// token itself, not a copy.
type Compact struct {
	Header    Header
	RawHeader []byte
	Payload   []byte
	Signature []byte
	Input     []byte
}

// ParseCompact reads the compact form of RFC 7515 §7.1, strictly. It verifies nothing: see [Compact.Verify]. It fails
// with an *Error: CodeToken, CodeHeader, CodeCritical for any extension by "crit" or "b64" (RFC 7797), CodeAlgorithm for
// no "alg" or "none".
func ParseCompact(token []byte) (Compact, error) {
	if len(token) > MaxToken {
		return Compact{}, &Error{Code: CodeToken, Message: "the token is too large"}
	}
	first := bytes.IndexByte(token, '.')
	last := bytes.LastIndexByte(token, '.')
	if first < 0 || first == last || bytes.IndexByte(token[first+1:last], '.') >= 0 {
		return Compact{}, &Error{Code: CodeToken, Message: "the token has not three parts"}
	}
	c, err := parseParts(token[:first], token[first+1:last])
	if err != nil {
		return Compact{}, err
	}
	if c.Header.Alg == "" || strings.EqualFold(c.Header.Alg, "none") {
		return Compact{}, &Error{Code: CodeAlgorithm, Pointer: "/alg", Message: "a token without an algorithm is not signed"}
	}
	signature, ok := decode(token[last+1:])
	if !ok || len(signature) == 0 {
		return Compact{}, &Error{Code: CodeToken, Message: "the signature is missing or no base64url"}
	}
	c.Signature, c.Input = signature, token[:last:last]
	return c, nil
}

// ParseUnsigned reads a JWT without a signature, "header.payload" or "header.payload.". Any "alg" is let pass, or none:
// such a token says what is yet to be signed, and proves nothing. It fails as [ParseCompact] does.
func ParseUnsigned(token []byte) (Compact, error) {
	if len(token) > MaxToken {
		return Compact{}, &Error{Code: CodeToken, Message: "the token is too large"}
	}
	header, payload, ok := bytes.Cut(token, []byte("."))
	payload = bytes.TrimSuffix(payload, []byte("."))
	if !ok || bytes.IndexByte(payload, '.') >= 0 {
		return Compact{}, &Error{Code: CodeToken, Message: "the token has not two parts"}
	}
	c, err := parseParts(header, payload)
	if err != nil {
		return Compact{}, err
	}
	end := len(header) + 1 + len(payload)
	c.Input = token[:end:end]
	return c, nil
}

func parseParts(header, payload []byte) (Compact, error) {
	if base64.RawURLEncoding.DecodedLen(len(header)) > MaxHeader {
		return Compact{}, &Error{Code: CodeHeader, Message: "the header is too large"}
	}
	raw, ok := decode(header)
	if !ok {
		return Compact{}, &Error{Code: CodeToken, Message: "the header is no base64url"}
	}
	parsed, err := parseHeader(raw)
	if err != nil {
		return Compact{}, err
	}
	body, ok := decode(payload)
	if !ok {
		return Compact{}, &Error{Code: CodeToken, Message: "the payload is no base64url"}
	}
	return Compact{Header: parsed, RawHeader: raw, Payload: body}, nil
}

func parseHeader(raw []byte) (Header, error) {
	members, err := ijson.Members(raw, ijson.Limits{})
	if err != nil {
		return Header{}, fromJSON(CodeHeader, err)
	}
	header := Header{Raw: raw}
	for _, m := range members {
		ok := true
		switch m.Name {
		case "alg":
			header.Alg, ok = ijson.String(m.Value)
		case "kid":
			header.Kid, ok = ijson.String(m.Value)
		case "typ":
			header.Typ, ok = ijson.String(m.Value)
		case "cty":
			header.Cty, ok = ijson.String(m.Value)
		case "jwk":
			header.JWK, ok = m.Value, m.Value[0] == '{'
		case "crit":
			// RFC 7515 §4.1.11: what is critical and not understood is refused; nothing is understood here.
			return Header{}, &Error{Code: CodeCritical, Pointer: "/crit", Message: "no critical extension is supported"}
		case "b64":
			if string(m.Value) != "true" {
				return Header{}, &Error{Code: CodeCritical, Pointer: "/b64", Message: "an unencoded payload is not supported"}
			}
			fallthrough
		default:
			if header.Extra == nil {
				header.Extra = make(map[string][]byte)
			}
			header.Extra[m.Name] = m.Value
		}
		if !ok {
			return Header{}, &Error{Code: CodeHeader, Pointer: "/" + ijson.Token(m.Name), Message: "the member has another form"}
		}
	}
	return header, nil
}

// Verify checks the token's signature. The header's "alg" must be the key's own: the key chooses the algorithm, the
// token does not. It fails as [Verify] does.
func (c Compact) Verify(key PublicKey) error {
	if !key.Accepts(c.Header.Alg) {
		return &Error{Code: CodeAlgorithm, Pointer: "/alg", Message: "the algorithm does not go with the key"}
	}
	return Verify(key, c.Input, c.Signature)
}

// EncodeHeader gives the JSON of a header: alg, typ, cty, kid, jwk, crit, then Extra by name. Members that are empty are
// left out. JWK and the values of Extra are taken as they are; names of Extra that the header has itself are left out.
func EncodeHeader(header Header) []byte {
	out := make([]byte, 1, 256)
	out[0] = '{'
	member := func(name string) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(ijson.AppendString(out, name), ':')
	}
	for _, m := range [...][2]string{{"alg", header.Alg}, {"typ", header.Typ}, {"cty", header.Cty}, {"kid", header.Kid}} {
		if m[1] != "" {
			member(m[0])
			out = ijson.AppendString(out, m[1])
		}
	}
	if len(header.JWK) > 0 {
		member("jwk")
		out = append(out, header.JWK...)
	}
	if len(header.Crit) > 0 {
		member("crit")
		for i, name := range header.Crit {
			out = append(out, "[,"[min(i, 1)])
			out = ijson.AppendString(out, name)
		}
		out = append(out, ']')
	}
	for _, name := range slices.Sorted(maps.Keys(header.Extra)) {
		switch name {
		case "alg", "typ", "cty", "kid", "jwk", "crit":
		default:
			member(name)
			out = append(out, header.Extra[name]...)
		}
	}
	return append(out, '}')
}

// Input is the JWS signing input of a header's JSON and a payload, RFC 7515 §5.1.
func Input(header, payload []byte) []byte {
	encoding := base64.RawURLEncoding
	input := make([]byte, 0, encoding.EncodedLen(len(header))+1+encoding.EncodedLen(len(payload)))
	input = append(encoding.AppendEncode(input, header), '.')
	return encoding.AppendEncode(input, payload)
}

// Join is the compact form: input, a dot, the signature.
func Join(input, signature []byte) []byte {
	token := make([]byte, 0, len(input)+1+base64.RawURLEncoding.EncodedLen(len(signature)))
	token = append(append(token, input...), '.')
	return base64.RawURLEncoding.AppendEncode(token, signature)
}
