package siop

import "github.com/chancery-vc/chancery/spec/ijson"

// modePost is what ModeDirectPost was called in earlier drafts.
const modePost = "post"

// EncodeRequest gives the payload of a request object in its dialect, with the members that are not zero. Raw members are
// taken as they are; names of Extra that a request has itself are left out.
func EncodeRequest(r Request) []byte {
	early := r.Dialect == Early
	responseType, responseMode := r.ResponseType, r.ResponseMode
	asked := early && r.WantsPresentation()
	if asked && r.WantsIDToken() {
		responseType = ResponseIDToken
	}
	if early && responseMode == ModeDirectPost {
		responseMode = modePost
	}
	var w writer
	w.text("response_type", responseType)
	w.text("response_mode", responseMode)
	w.text("client_id", r.ClientID)
	switch {
	case !r.Posted():
		w.text("redirect_uri", r.RedirectURI)
		w.text("response_uri", r.ResponseURI)
	case early || !r.WantsPresentation():
		w.text("redirect_uri", r.Endpoint()) // SIOPv2 §9.2
	default:
		w.text("response_uri", r.Endpoint()) // OpenID4VP draft 20 §6.2
	}
	w.text("scope", r.Scope)
	w.text("nonce", r.Nonce)
	w.text("state", r.State)
	w.text("id_token_type", r.IDTokenType)
	w.text("iss", r.Issuer)
	w.audience(r.Audience)
	w.date("iat", r.IssuedAt)
	w.date("nbf", r.NotBefore)
	w.date("exp", r.Expires)
	own := []string{
		"client_id", "response_type", "response_mode", "response_uri", "redirect_uri", "scope", "nonce", "state",
		"id_token_type", "iss", "aud", "iat", "nbf", "exp", "client_metadata", "registration", "client_metadata_uri",
		"registration_uri", "presentation_definition", "presentation_definition_uri",
	}
	if early {
		w.raw("registration", r.Client.encode())
		w.text("registration_uri", r.ClientURI)
	} else {
		w.raw("client_metadata", r.Client.encode())
		w.text("client_metadata_uri", r.ClientURI)
	}
	var definition writer
	definition.raw("presentation_definition", r.Definition)
	definition.text("presentation_definition_uri", r.DefinitionURI)
	if asked {
		w.raw("claims", merge("vp_token", definition.close(), r.Extra["claims"]))
		own = append(own, "claims")
	} else {
		w.raw("presentation_definition", r.Definition)
		w.text("presentation_definition_uri", r.DefinitionURI)
	}
	w.extra(r.Extra, own...)
	return w.close()
}

func (c *ClientMetadata) encode() []byte {
	if c == nil {
		return nil
	}
	var w writer
	w.text("client_name", c.Name)
	w.text("client_purpose", c.Purpose)
	w.text("logo_uri", c.LogoURI)
	w.texts("subject_syntax_types_supported", c.SubjectTypes)
	w.raw("vp_formats", c.VPFormats)
	w.extra(c.Extra, "client_name", "client_purpose", "logo_uri", "subject_syntax_types_supported", "vp_formats")
	return w.close()
}

// EncodeIDToken gives the payload of an ID token, with the members that are not zero. Raw members are taken as they are;
// names of Extra that a token has itself are left out.
func EncodeIDToken(t IDToken) []byte {
	var w writer
	w.text("iss", t.Issuer)
	w.text("sub", t.Subject)
	w.audience(t.Audience)
	w.text("nonce", t.Nonce)
	w.text("state", t.State)
	w.date("iat", t.IssuedAt)
	w.date("nbf", t.NotBefore)
	w.date("exp", t.Expires)
	w.raw("sub_jwk", t.SubjectJWK)
	own := []string{"iss", "sub", "aud", "nonce", "state", "iat", "nbf", "exp", "sub_jwk", "presentation_submission"}
	if t.Submission != nil {
		w.raw("_vp_token", merge("presentation_submission", t.Submission, t.Extra["_vp_token"]))
		own = append(own, "_vp_token")
	}
	w.extra(t.Extra, own...)
	return w.close()
}

// merge is what split took apart.
func merge(name string, value, rest []byte) []byte {
	var w writer
	w.raw(name, value)
	if members, err := ijson.Members(rest, ijson.Limits{}); err == nil {
		for _, m := range members {
			if m.Name != name {
				w.raw(m.Name, m.Value)
			}
		}
	}
	return w.close()
}
