package vcjwt

import "github.com/chancery-vc/chancery/spec/vcdm"

// EncodePresentation gives the payload for a presentation in its version: iss, jti, the given claims and vp (VCDM 1.1
// §6.3.1), or the presentation itself with the given claims (VC-JOSE-COSE §3.1.2). Errors are *Error or *vcdm.Error.
func EncodePresentation(presentation []byte, claims Claims) ([]byte, error) {
	p, err := vcdm.ParsePresentation(presentation)
	if err != nil {
		return nil, err
	}
	switch p.Version {
	case vcdm.V20:
		all, err := vcdm.Members(presentation)
		if err != nil {
			return nil, err
		}
		return encode20(presentation, all, claims)
	case vcdm.V11:
		out := append(make([]byte, 0, len(presentation)+400), '{')
		out = appendText(out, "iss", p.Holder.ID)
		out = appendText(out, "jti", p.ID)
		out = claims.appendTo(out)
		return append(vcdm.AppendMember(out, "vp", presentation), '}'), nil
	}
	return nil, &Error{"/@context", "the presentation has no base context", cites11}
}

// DecodePresentation rebuilds a presentation from a payload of either kind. Errors are *Error or *vcdm.Error.
func DecodePresentation(payload []byte) (presentation []byte, claims Claims, version vcdm.Version, err error) {
	all, err := vcdm.Members(payload)
	if err != nil {
		return nil, Claims{}, "", err
	}
	if _, old := vcdm.Lookup(all, "vp"); old {
		presentation, claims, err = presentation11(all)
		return presentation, claims, vcdm.V11, err
	}
	presentation, claims, err = presentation20(payload, all)
	return presentation, claims, vcdm.V20, err
}

func presentation11(all []vcdm.Member) ([]byte, Claims, error) {
	claims, err := readClaims(all)
	if err != nil {
		return nil, Claims{}, err
	}
	inner, err := claimed(all, "vp")
	if err != nil {
		return nil, Claims{}, err
	}
	d := &document{root: "/vp", members: inner}
	d.party("holder", "/iss", claims.Issuer)
	d.text("id", "/jti", claims.ID)
	if d.err != nil {
		return nil, Claims{}, d.err
	}
	return vcdm.Join(d.members), claims, nil
}

func presentation20(payload []byte, all []vcdm.Member) ([]byte, Claims, error) {
	document, claims, err := unclaimed(payload, all)
	if err != nil {
		return nil, Claims{}, err
	}
	p, err := vcdm.ParsePresentation(document)
	if err != nil {
		return nil, Claims{}, err
	}
	switch {
	case p.Version != vcdm.V20:
		return nil, Claims{}, &Error{"/@context", "the payload is not a VCDM 2.0 presentation", cites20}
	case claims.Issuer != "" && p.Holder.ID != "" && claims.Issuer != p.Holder.ID:
		return nil, Claims{}, &Error{"/iss", "disagrees with /holder", cites20}
	case claims.ID != "" && p.ID != "" && claims.ID != p.ID:
		return nil, Claims{}, &Error{"/jti", "disagrees with /id", cites20}
	}
	return document, claims, nil
}
