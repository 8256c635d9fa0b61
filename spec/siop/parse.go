package siop

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/vcjwt"
)

// MaxPayload is the size in bytes of the largest payload that is read.
const MaxPayload = 1 << 20

// ParseRequest reads the payload of a request object, in either dialect. It fails with an *Error: CodePayload; CodeClaim
// where client_id, nonce (SIOPv2 §9) or response_type is missing or a claim has another form; CodeConflict.
//
// What is old becomes new: mode "post" ModeDirectPost, a posted answer's redirect_uri ResponseURI, "registration" Client,
// "claims.vp_token" Definition and ResponseBoth.
func ParseRequest(payload []byte) (Request, error) {
	members, claims, err := open(payload)
	if err != nil {
		return Request{}, err
	}
	r := Request{
		Issuer: claims.Issuer, Audience: claims.Audience, Nonce: claims.Nonce,
		IssuedAt: claims.IssuedAt, NotBefore: claims.NotBefore, Expires: claims.Expires,
	}
	asked := false
	for _, m := range members {
		if m.Name == "claims" {
			asked, err = r.claims(m)
		} else {
			err = r.member(m)
		}
		if err != nil {
			return Request{}, err
		}
	}
	if err := r.settle(asked); err != nil {
		return Request{}, err
	}
	return r, nil
}

// member reads one claim that ReadClaims has not.
func (r *Request) member(m ijson.Member) error {
	switch m.Name {
	case "iss", "aud", "iat", "nbf", "exp", "nonce":
		return nil
	case "client_id":
		return text(m, &r.ClientID)
	case "response_type":
		return text(m, &r.ResponseType)
	case "response_mode":
		return text(m, &r.ResponseMode)
	case "response_uri":
		return text(m, &r.ResponseURI)
	case "redirect_uri":
		return text(m, &r.RedirectURI)
	case "scope":
		return text(m, &r.Scope)
	case "state":
		return text(m, &r.State)
	case "id_token_type":
		return text(m, &r.IDTokenType)
	case "presentation_definition":
		return object(m, "", &r.Definition)
	case "presentation_definition_uri":
		return text(m, &r.DefinitionURI)
	case "client_metadata_uri":
		return text(m, &r.ClientURI)
	case "registration_uri":
		err := text(m, &r.ClientURI)
		if r.ClientURI != "" {
			r.Dialect = Early
		}
		return err
	case "client_metadata":
		return r.client(m)
	case "registration":
		r.Dialect = Early
		return r.client(m)
	}
	keep(&r.Extra, m.Name, m.Value)
	return nil
}

// claims reads "claims.vp_token", in which early drafts asked for presentations (OpenID4VP draft 8 §4), and says whether
// it is there.
func (r *Request) claims(m ijson.Member) (bool, error) {
	asked, rest, err := split(m, "vp_token")
	if err != nil {
		return false, err
	}
	if rest != nil {
		keep(&r.Extra, m.Name, rest)
	}
	if asked == nil {
		return false, nil
	}
	r.Dialect = Early
	members, err := ijson.Members(asked, ijson.Limits{})
	if err != nil {
		return false, form("/claims/vp_token", "OpenID4VP draft 8 §4")
	}
	for _, inner := range members {
		switch inner.Name {
		case "presentation_definition":
			err = object(inner, "/claims/vp_token", &r.Definition)
		case "presentation_definition_uri":
			err = text(inner, &r.DefinitionURI)
		}
		if err != nil {
			return false, err
		}
	}
	return true, nil
}

// settle brings what was read into one form, and refuses what has none. Presentations that claims asked for came
// with the ID token, without a response type of their own.
func (r *Request) settle(asked bool) error {
	types := strings.Fields(r.ResponseType)
	if asked && len(types) > 0 {
		types = append(types, ResponseVPToken)
	}
	slices.Sort(types)
	switch strings.Join(slices.Compact(types), " ") {
	case "id_token":
		r.ResponseType = ResponseIDToken
	case "vp_token":
		r.ResponseType = ResponseVPToken
	case "id_token vp_token":
		r.ResponseType = ResponseBoth
	default:
		return form("/response_type", "SIOPv2 §9")
	}
	if r.ResponseMode == modePost {
		r.ResponseMode = ModeDirectPost
	}
	if r.Posted() && r.RedirectURI != "" {
		if r.ResponseURI != "" && r.ResponseURI != r.RedirectURI {
			return &Error{CodeConflict, "/redirect_uri", "a posted answer has one place to go", "OpenID4VP draft 20 §6.2"}
		}
		r.ResponseURI, r.RedirectURI = r.RedirectURI, ""
	}
	switch {
	case r.ClientID == "":
		return &Error{CodeClaim, "/client_id", "the claim is missing", "RFC 9101 §4"}
	case r.Nonce == "":
		return &Error{CodeClaim, "/nonce", "the claim is missing", "SIOPv2 §9"}
	case r.Client != nil && r.ClientURI != "":
		return &Error{CodeConflict, "/client_metadata_uri", "the metadata is there already", "SIOPv2 §9"}
	case r.Definition != nil && r.DefinitionURI != "":
		return &Error{CodeConflict, "/presentation_definition_uri", "the definition is there already", "OpenID4VP draft 20 §5"}
	}
	return nil
}

func (r *Request) client(m ijson.Member) error {
	if r.Client != nil {
		return &Error{CodeConflict, pointer("", m.Name), "the metadata is there already", "SIOPv2 §9"}
	}
	members, err := ijson.Members(m.Value, ijson.Limits{})
	if err != nil {
		return form(pointer("", m.Name), "SIOPv2 §7.3")
	}
	c := &ClientMetadata{}
	for _, inner := range members {
		switch inner.Name {
		case "client_name":
			err = text(inner, &c.Name)
		case "client_purpose":
			err = text(inner, &c.Purpose)
		case "logo_uri":
			err = text(inner, &c.LogoURI)
		case "subject_syntax_types_supported":
			c.SubjectTypes, err = texts(inner)
		case "vp_formats":
			err = object(inner, "", &c.VPFormats)
		default:
			keep(&c.Extra, inner.Name, inner.Value)
		}
		if err != nil {
			return form(pointer("", m.Name)+pointer("", inner.Name), "SIOPv2 §7.5")
		}
	}
	r.Client = c
	return nil
}

// open reads the members of a payload and its registered claims.
func open(payload []byte) ([]ijson.Member, vcjwt.Claims, error) {
	members, err := ijson.Members(payload, ijson.Limits{Bytes: MaxPayload})
	if err != nil {
		fault := &Error{CodePayload, "", "no I-JSON object", "RFC 7519 §7.2"}
		if inner := (*ijson.Error)(nil); errors.As(err, &inner) {
			fault.Pointer, fault.Message = inner.Pointer, inner.Code+": "+inner.Message
		}
		return nil, vcjwt.Claims{}, fault
	}
	claims, err := vcjwt.ReadClaims(payload)
	if err != nil {
		fault := &Error{CodeClaim, "", "a registered claim has another form", "RFC 7519 §4.1"}
		if inner := (*vcjwt.Error)(nil); errors.As(err, &inner) {
			fault.Pointer = inner.Pointer
		}
		return nil, vcjwt.Claims{}, fault
	}
	for name, date := range map[string]time.Time{"/iat": claims.IssuedAt, "/nbf": claims.NotBefore, "/exp": claims.Expires} {
		// RFC 7519 §2 counts from 1970; before it there was no token.
		if !date.IsZero() && date.Unix() < 0 {
			return nil, vcjwt.Claims{}, form(name, "RFC 7519 §2")
		}
	}
	return members, claims, nil
}
