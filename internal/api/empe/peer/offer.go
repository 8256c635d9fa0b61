package peer

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/ijson"
)

// claiming is what a claim needs of an offering and of its issuer's metadata.
type claiming struct {
	Issuer    string `json:"issuer"`
	Offering  string `json:"offering"` // id
	Authorize string `json:"authorize"`
	Token     string `json:"token"`
	Offerings string `json:"offerings"`
}

// offer reads an offering and the metadata of its issuer.
func (p Protocol) offer(ctx context.Context, found scan) (holder.Scanned, error) {
	body := found.body
	if body == nil {
		var err error
		if body, err = p.get(ctx, found.url); err != nil {
			return holder.Scanned{}, err
		}
	}
	out, c, err := parseOffer(body)
	if err != nil {
		return holder.Scanned{}, err
	}
	switch {
	case found.id != "" && found.id != c.Offering, found.issuer != "" && found.issuer != c.Issuer:
		return holder.Scanned{}, vc.Errorf(vc.Invalid, "offer-mismatch", "the offering is not the one that the code names")
	case !sameOrigin(c.Issuer, found.url):
		return holder.Scanned{}, vc.Errorf(vc.Invalid, "offer-mismatch", "the offering is of another origin than its issuer")
	}
	metadata, err := p.get(ctx, strings.TrimSuffix(c.Issuer, "/")+"/.well-known/openid-credential-issuer")
	if err != nil {
		return holder.Scanned{}, err
	}
	if err := parseMetadata(metadata, &c); err != nil {
		return holder.Scanned{}, err
	}
	out.State, err = json.Marshal(c)
	return out, err
}

// parseOffer reads an offering.
func parseOffer(body []byte) (out holder.Scanned, c claiming, err error) {
	m, err := object(body)
	if err != nil {
		return out, c, vc.Errorf(vc.Invalid, "offer-malformed", "the offering is no JSON object").Because(err)
	}
	if c.Offering, err = m.needed("id"); err == nil && !plainID(c.Offering) {
		err = wrongMember("id")
	}
	if err == nil {
		c.Issuer, err = m.url("credential_issuer")
	}
	out = holder.Scanned{Kind: holder.KindClaim, Peer: c.Issuer, Audience: c.Issuer, Methods: []string{"empe"}}
	if err == nil {
		out.Recipient, err = m.text("recipient")
	}
	if err == nil {
		out.Claims, err = m.object("credential_subject")
	}
	if err == nil {
		out.Type, err = onlyType(m.get("credential_configuration_ids"))
	}
	return out, c, err
}

// onlyType gives the one type that is offered: an offering of several would be several credentials.
func onlyType(raw []byte) (string, error) {
	all, ok := ijson.Elements(raw)
	if ok && len(all) == 1 {
		if name, ok := ijson.String(all[0]); ok && name != "" && len(name) <= maxText {
			return name, nil
		}
	}
	return "", wrongMember("credential_configuration_ids")
}

// parseMetadata takes the endpoints that a claim needs, all of them the issuer's own.
func parseMetadata(body []byte, c *claiming) error {
	m, err := object(body)
	if err != nil {
		return vc.Errorf(vc.Invalid, "offer-malformed", "the issuer's metadata are no JSON object").Because(err)
	}
	issuer, err := m.url("credential_issuer")
	if err != nil {
		return err
	}
	if issuer != c.Issuer { // OpenID4VCI §12.2.3
		return vc.Errorf(vc.Invalid, "offer-mismatch", "the metadata are of another issuer")
	}
	for name, into := range map[string]*string{"authorize_endpoint": &c.Authorize, "token_endpoint": &c.Token, "offering_endpoint": &c.Offerings} {
		if *into, err = m.url(name); err != nil {
			return err
		}
		if !sameOrigin(*into, c.Issuer) || strings.Contains(*into, "?") {
			return vc.Errorf(vc.Invalid, "offer-mismatch", "the issuer's %s is not its own", name)
		}
	}
	return nil
}

// Claim implements [holder.Protocol]: it proves the DID to the issuer, and claims with the token that it gets. Errors: Invalid
// "peer-refused", codeMalformed, "claim-waits" where the issuer has not issued yet, "presentation-asked" where it wants
// credentials to be shown, which nobody has agreed to; those of the client and of prove.
func (p Protocol) Claim(ctx context.Context, offer holder.Scanned, _ string, prove holder.Prover) ([]byte, error) {
	var c claiming
	if err := json.Unmarshal(offer.State, &c); err != nil {
		return nil, err
	}
	token, err := p.login(ctx, c, prove)
	if err != nil {
		return nil, err
	}
	body, err := p.post(ctx, below(c.Offerings, c.Offering, "claim"), "", token, nil, http.StatusOK, http.StatusCreated)
	if err != nil {
		return nil, err
	}
	return parseClaimed(body)
}

// parseClaimed takes the credential out of the answer to a claim.
func parseClaimed(body []byte) ([]byte, error) {
	m, err := object(body)
	if err != nil {
		return nil, vc.Errorf(vc.Invalid, codeMalformed, "the answer to the claim is no JSON object").Because(err)
	}
	switch credential := m.get("vc"); {
	case credential == nil:
		return nil, vc.Errorf(vc.Invalid, "claim-waits", "the issuer has taken the claim and not issued yet")
	case credential[0] == '{':
		return append([]byte(nil), credential...), nil
	default:
		token, ok := ijson.String(credential)
		if !ok || token == "" {
			return nil, wrongMember("vc")
		}
		return []byte(token), nil
	}
}

// login proves the wallet's DID and gives the holder's access token.
func (p Protocol) login(ctx context.Context, c claiming, prove holder.Prover) (string, error) {
	state, nonce := unguessable(), unguessable()
	body, err := json.Marshal(map[string]string{"state": state, "nonce": nonce})
	if err != nil {
		return "", err
	}
	if body, err = p.post(ctx, c.Authorize, "application/json", "", body, http.StatusCreated, http.StatusOK); err != nil {
		return "", err
	}
	id, err := parseAuthorization(body, state, nonce)
	if err != nil {
		return "", err
	}
	made, err := prove(ctx, c.Issuer, nonce)
	if err != nil {
		return "", err
	}
	validation := struct {
		Token jsontext.Value `json:"vp_token"`
		State string         `json:"state"`
		Nonce string         `json:"nonce"`
	}{jsonOf(made), state, nonce}
	if body, err = json.Marshal(validation); err != nil {
		return "", err
	}
	if body, err = p.post(ctx, below(c.Authorize, id, "validate"), "application/json", "", body, http.StatusOK, http.StatusCreated); err != nil {
		return "", err
	}
	code, err := parseCode(body)
	if err != nil {
		return "", err
	}
	if body, err = json.Marshal(map[string]string{"authorization_code": code}); err != nil {
		return "", err
	}
	if body, err = p.post(ctx, c.Token, "application/json", "", body, http.StatusCreated, http.StatusOK); err != nil {
		return "", err
	}
	return parseToken(body)
}

// parseAuthorization takes the id of an authorization that is for what was sent.
func parseAuthorization(body []byte, state, nonce string) (string, error) {
	m, err := object(body)
	if err != nil {
		return "", vc.Errorf(vc.Invalid, codeMalformed, "the authorization is no JSON object").Because(err)
	}
	id, err := m.needed("id")
	if err != nil || !plainID(id) {
		return "", wrongMember("id")
	}
	for name, sent := range map[string]string{"state": state, "nonce": nonce} {
		if m.has(name) {
			if got, err := m.text(name); err != nil || got != sent {
				return "", wrongMember(name)
			}
		}
	}
	definition, err := m.object("presentation_definition")
	if err != nil || definition == nil {
		return id, err
	}
	if asked, err := object(definition); err == nil {
		if all, ok := ijson.Elements(asked.get("input_descriptors")); ok && len(all) == 0 || !asked.has("input_descriptors") {
			return id, nil
		}
	}
	return "", vc.Errorf(vc.Invalid, "presentation-asked", "the issuer wants credentials to be shown before it gives one")
}

func parseCode(body []byte) (string, error) {
	m, err := object(body)
	if err != nil {
		return "", vc.Errorf(vc.Invalid, codeMalformed, "the validated authorization is no JSON object").Because(err)
	}
	return m.needed("code")
}

// parseToken takes a bearer token, RFC 6750 §2.1.
func parseToken(body []byte) (string, error) {
	m, err := object(body)
	if err != nil {
		return "", vc.Errorf(vc.Invalid, codeMalformed, "the token response is no JSON object").Because(err)
	}
	kind, err := m.text("token_type")
	if err != nil || kind != "" && !strings.EqualFold(kind, "Bearer") {
		return "", wrongMember("token_type")
	}
	raw := m.get("access_token")
	token, ok := ijson.String(raw)
	if !ok || token == "" || len(token) > 8192 || strings.Trim(token, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/=") != "" {
		return "", wrongMember("access_token")
	}
	return token, nil
}

// jsonOf is a presentation as it stands in a JSON body: an object, or a JWT as a string.
func jsonOf(made holder.Presented) jsontext.Value {
	if len(made.Presentation) > 0 && made.Presentation[0] == '{' {
		return jsontext.Value(made.Presentation)
	}
	return jsontext.Value(ijson.AppendString(nil, string(made.Presentation)))
}

// below is a URL with further segments.
func below(base string, segments ...string) string {
	for i, segment := range segments {
		segments[i] = url.PathEscape(segment)
	}
	return strings.TrimSuffix(base, "/") + "/" + strings.Join(segments, "/")
}

// plainID says whether an id of the other end's can stand in a path without meaning anything else there.
func plainID(id string) bool {
	return id != "" && id != "." && id != ".." && len(id) <= 128 &&
		strings.Trim(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~") == ""
}

// unguessable gives 43 characters, of the 32 to 64 that a state or nonce has.
func unguessable() string {
	raw := make([]byte, 32)
	rand.Read(raw) // never fails, and ends the program if it could
	return base64.RawURLEncoding.EncodeToString(raw)
}
