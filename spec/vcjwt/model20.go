package vcjwt

import (
	"slices"

	"github.com/chancery-vc/chancery/spec/vcdm"
)

// Encode20 gives the payload for a VCDM 2.0 credential: the credential itself, with iat, nbf and exp where claims has
// them; those are the signature's dates, not the credential's (VC-JOSE-COSE §3.1.3). Errors are *Error or *vcdm.Error.
func Encode20(credential []byte, claims Claims) ([]byte, error) {
	all, err := vcdm.Members(credential)
	if err != nil {
		return nil, err
	}
	if vcdm.VersionOf(all) != vcdm.V20 {
		return nil, &Error{"/@context", "the credential is not of VCDM 2.0", cites20}
	}
	return encode20(credential, all, claims)
}

// encode20 writes a document, whose members are all, with the token's claims.
func encode20(document []byte, all []vcdm.Member, claims Claims) ([]byte, error) {
	for _, m := range all {
		if isClaim(m.Name) || m.Name == "vc" || m.Name == "vp" {
			return nil, &Error{"/" + m.Name, "the name is a claim of the token", cites20}
		}
	}
	out := append(make([]byte, 0, len(document)+200), '{')
	for _, m := range all {
		out = vcdm.AppendMember(out, m.Name, m.Value)
	}
	return append(claims.appendTo(out), '}'), nil
}

// decode20: iss, sub and jti must agree with the credential. nbf and exp are the signature's own dates and may
// differ from the credential's, but must leave a time at which both are valid.
func decode20(payload []byte, all []vcdm.Member) ([]byte, Claims, error) {
	document, claims, err := unclaimed(payload, all)
	if err != nil {
		return nil, Claims{}, err
	}
	// No claim is a context, so the payload's version is the document's.
	if vcdm.VersionOf(all) != vcdm.V20 {
		return nil, Claims{}, &Error{"/@context", "the payload is not a VCDM 2.0 credential", cites20}
	}
	if claims.Issuer == "" && claims.Subject == "" && claims.ID == "" && claims.Expires.IsZero() && claims.NotBefore.IsZero() {
		return document, claims, nil // nothing that the credential says too
	}
	c, err := vcdm.Parse(document)
	if err != nil {
		return nil, Claims{}, err
	}
	switch {
	case claims.Issuer != "" && claims.Issuer != c.Issuer.ID:
		return nil, Claims{}, &Error{"/iss", "disagrees with /issuer", cites20}
	case claims.Subject != "" && !slices.Contains(c.SubjectIDs(), claims.Subject):
		return nil, Claims{}, &Error{"/sub", "disagrees with /credentialSubject/id", cites20}
	case claims.ID != "" && claims.ID != c.ID:
		return nil, Claims{}, &Error{"/jti", "disagrees with /id", cites20}
	case !claims.Expires.IsZero() && !c.ValidFrom.IsZero() && second(claims.Expires) <= second(c.ValidFrom):
		return nil, Claims{}, &Error{"/exp", "lies before /validFrom", cites20}
	case !claims.NotBefore.IsZero() && !c.ValidUntil.IsZero() && second(claims.NotBefore) > second(c.ValidUntil):
		return nil, Claims{}, &Error{"/nbf", "lies after /validUntil", cites20}
	}
	return document, claims, nil
}

// unclaimed takes the token's own claims out of a payload. Without any the payload stays byte for byte.
func unclaimed(payload []byte, all []vcdm.Member) ([]byte, Claims, error) {
	claims, err := readClaims(all)
	if err != nil {
		return nil, Claims{}, err
	}
	rest := make([]vcdm.Member, 0, len(all))
	for _, m := range all {
		if m.Name == "vc" || m.Name == "vp" {
			return nil, Claims{}, &Error{"/" + m.Name, "must not be present", cites20}
		}
		if !isClaim(m.Name) {
			rest = append(rest, m)
		}
	}
	if len(rest) == len(all) {
		return slices.Clone(payload), claims, nil
	}
	return vcdm.Join(rest), claims, nil
}
