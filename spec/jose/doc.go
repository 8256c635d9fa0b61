// Package jose is what Chancery needs of JOSE for signatures: keys (RFC 7517, 7518, 7638, 8037, 8812) and the compact
// form of JWS (RFC 7515).
//
//	token ── ParseCompact ──> Header, Payload, Input, Signature ── Verify(key) ──> nil
//	Header ── EncodeHeader ─┐
//	payload ────────────────┴─ Input ── Sign(private) ── Join ──> token
//
// A key names its one algorithm, so that a token can never choose another.
package jose
