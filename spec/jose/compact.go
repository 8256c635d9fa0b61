package jose

// MaxToken is the size in bytes of the largest token that is read.
const MaxToken = 1 << 20

// Header is the protected header of a JWS. JWK is the JSON of "jwk". Raw is the header as it was, JSON; on encoding
// Extra are further members, by name, each a JSON value.
type Header struct {
	Alg, Kid, Typ, Cty string
	JWK                []byte
	Crit               []string
	Raw                []byte
	Extra              map[string][]byte
}

// Compact is a token of three parts, decoded. Input is what was signed; RawHeader the header's JSON.
type Compact struct {
	Header    Header
	RawHeader []byte
	Payload   []byte
	Signature []byte
	Input     []byte
}

// ParseCompact reads the compact form of RFC 7515 §7.1, strictly. It verifies nothing. It fails with an *Error.
func ParseCompact(token []byte) (Compact, error) { return Compact{}, nil }

// ParseUnsigned reads a JWT without a signature, "header.payload" or "header.payload.". Any "alg" is let pass: it is for
// tokens that are yet to be signed. It fails with an *Error.
func ParseUnsigned(token []byte) (Compact, error) { return Compact{}, nil }

// EncodeHeader gives the JSON of a header: alg, typ, cty, kid, jwk, crit, then Extra by name. Raw is not looked at.
func EncodeHeader(header Header) []byte { return nil }

// Input is the JWS signing input of a header's JSON and a payload, RFC 7515 §5.1.
func Input(header, payload []byte) []byte { return nil }

// Join is the compact form: input, a dot, the signature.
func Join(input, signature []byte) []byte { return nil }
