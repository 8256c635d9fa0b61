package siop

import (
	"bytes"
	"crypto/ed25519"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
)

// SIOPv2 draft 13 §7.2.3.
const draft13Request = `{
  "client_id": "did:example:EiDri",
  "scope": "openid profile",
  "response_type": "id_token",
  "redirect_uri": "https://client.example.org/cb",
  "client_metadata": {
    "subject_syntax_types_supported": ["did:example"],
    "id_token_signed_response_alg": "ES256"
  },
  "nonce": "n-0S6_WzA2Mj"
}`

// SIOPv2 draft 13 §11.2, and the thumbprint kind of §11 with a key that Chancery knows (RFC 8037 A.3) in place of RSA.
const (
	draft13DID = `{"iss":"did:example:NzbLsXh8uDCcd6MNwXF4W7noWXFZAfHkxZsRGC9Xs","sub":"did:example:NzbLsXh8uDCcd6MNwXF4W7noWXFZAfHkxZsRGC9Xs",
"aud":"https://client.example.org/cb","nonce":"n-0S6_WzA2Mj","exp":1311281970,"iat":1311280970}`
	ed25519JWK        = `{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	ed25519Thumbprint = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"
	draft13Thumbprint = `{"iss":"urn:ietf:params:oauth:jwk-thumbprint:sha-256:` + ed25519Thumbprint + `","sub":"urn:ietf:params:oauth:jwk-thumbprint:sha-256:` + ed25519Thumbprint + `",
"aud":"https://client.example.org/cb","nonce":"n-0S6_WzA2Mj","exp":1311281970,"iat":1311280970,"sub_jwk":` + ed25519JWK + `}`
)

// What Meeco's platform gave its clients to sign in 2023: the members and forms of Meeco/js-sdk,
// packages/sdk/test/test/jwt.test.ts (commit c93151a); headers are {"alg":"EdDSA","kid":"did:…#…","typ":"JWT"}.
const (
	meecoClient  = "did:web:did-web.example.com:4a9b1ea9-cba3-4eba-81a1-de60da1250dd"
	meecoHolder  = "did:key:z6Mkg9pJ4gZVtW3fjNDSaNom8vkGaRfpWj4cNaD6GvvWNG3K"
	meecoRequest = `{"claims":{"vp_token":{"presentation_definition":{"id":"028abc9f-f902-4e51-a4ff-54d0c6009872","input_descriptors":[` +
		`{"id":"c863e96d-3895-41b3-b8e7-a067daf221ce","schema":[{"uri":"https://vc.example/schemas/a2b50f92-caf1-482e-ac96-2d17ce4cc4a0/1.0.0/schema.json"}]}],` +
		`"name":"person verification","purpose":"verify person name and age"}}},` +
		`"client_id":"` + meecoClient + `","iss":"` + meecoClient + `","nonce":"7kto23nig4",` +
		`"redirect_uri":"https://vc.example/oidc/presentations/requests/472f08aa-6110-4bf6-a5fb-b8b0caf125a5/submissions",` +
		`"registration":{"client_name":"an org","client_purpose":"a check","subject_syntax_types_supported":["did:web","did:key"],` +
		`"vp_formats":{"jwt_vc":{"alg":["EdDSA"]},"jwt_vp":{"alg":["EdDSA"]}}},` +
		`"response_mode":"post","response_type":"id_token","scope":"openid"}`
	meecoIDToken = `{"iat":1674001665,"sub":"` + meecoHolder + `","aud":"` + meecoClient + `","iss":"https://self-issued.me/v2/openid-vc","nonce":"7kto23nig4",` +
		`"_vp_token":{"presentation_submission":{"descriptor_map":[{"path":"$","format":"jwt_vp","path_nested":` +
		`{"path":"$.verifiableCredential[0]","format":"jwt_vc","id":"edc10666-c8fc-408f-bc91-e0f7446484bd"},"id":"edc10666-c8fc-408f-bc91-e0f7446484bd"}],` +
		`"definition_id":"028abc9f-f902-4e51-a4ff-54d0c6009872","id":"fe24fe12-16ca-4fd0-bbb1-5156d98c2c1e"}}}`
)

// A request as JWT VC Presentation Profile 0.0.1 verifiers write it, with its dates.
const profileRequest = `{"response_type":"id_token","nonce":"n","client_id":"did:jwk:eyJ9","response_mode":"post","nbf":1669733120,"scope":"openid",` +
	`"claims":{"vp_token":{"presentation_definition":{"id":"1","input_descriptors":[]}},"id_token":{"email":null}},` +
	`"registration":{"client_name":"P","logo_uri":"https://c.example/l.png","tos_uri":"https://c.example/tos"},"state":"c2db",` +
	`"redirect_uri":"https://c.example/response","exp":1672325120,"iat":1669733120,"jti":"4653"}`

func TestDraft13Request(t *testing.T) {
	r, err := ParseRequest([]byte(draft13Request))
	if err != nil {
		t.Fatal(err)
	}
	want := Request{
		ClientID: "did:example:EiDri", Scope: "openid profile", ResponseType: ResponseIDToken, RedirectURI: "https://client.example.org/cb",
		Nonce:  "n-0S6_WzA2Mj",
		Client: &ClientMetadata{SubjectTypes: []string{"did:example"}, Extra: map[string][]byte{"id_token_signed_response_alg": []byte(`"ES256"`)}},
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("%+v", r)
	}
	same(t, EncodeRequest(r), draft13Request)
	if problems := JudgeRequest(r, time.Unix(0, 0), 0); problems != nil || r.Posted() || r.Endpoint() != want.RedirectURI {
		t.Error(problems)
	}
}

func TestMeecoRequest(t *testing.T) {
	r, err := ParseRequest([]byte(meecoRequest))
	if err != nil {
		t.Fatal(err)
	}
	if r.Dialect != Early || r.ResponseType != ResponseBoth || !r.WantsIDToken() || !r.WantsPresentation() || !r.Posted() ||
		r.RedirectURI != "" || !strings.HasSuffix(r.Endpoint(), "/submissions") || r.Client.Name != "an org" || r.Client.Purpose != "a check" ||
		len(r.Client.SubjectTypes) != 2 || !bytes.HasPrefix(r.Definition, []byte(`{"id":"028abc9f`)) || r.Extra != nil {
		t.Errorf("%+v", r)
	}
	same(t, EncodeRequest(r), meecoRequest)
	if problems := JudgeRequest(r, time.Unix(1674001665, 0), 0); problems != nil {
		t.Error(problems)
	}

	r.Dialect = Current
	same(t, EncodeRequest(r), `{"client_id":"`+meecoClient+`","iss":"`+meecoClient+`","nonce":"7kto23nig4","response_uri":"`+r.ResponseURI+`",
		"client_metadata":{"client_name":"an org","client_purpose":"a check","subject_syntax_types_supported":["did:web","did:key"],"vp_formats":`+string(r.Client.VPFormats)+`},
		"response_mode":"direct_post","response_type":"vp_token id_token","scope":"openid","presentation_definition":`+string(r.Definition)+`}`)
}

func TestProfileRequest(t *testing.T) {
	r, err := ParseRequest([]byte(profileRequest))
	if err != nil {
		t.Fatal(err)
	}
	same(t, EncodeRequest(r), profileRequest)
	if string(r.Extra["claims"]) != `{"id_token":{"email":null}}` || r.Client.LogoURI == "" || !r.Expires.Equal(time.Unix(1672325120, 0)) {
		t.Errorf("%+v", r)
	}
}

func TestMeecoIDToken(t *testing.T) {
	token, err := ParseIDToken([]byte(meecoIDToken))
	if err != nil {
		t.Fatal(err)
	}
	same(t, EncodeIDToken(token), meecoIDToken)
	if token.DID() != meecoHolder || token.Issuer != SelfIssuedVC || !bytes.Contains(token.Submission, []byte("definition_id")) || token.Extra != nil {
		t.Errorf("%+v", token)
	}
	r, err := ParseRequest([]byte(meecoRequest))
	if err != nil {
		t.Fatal(err)
	}
	problems := Judge(token, r, time.Unix(1674001670, 0), 0)
	if len(problems) != 1 || problems[0].Code != ProblemMissing || problems[0].Pointer != "/exp" {
		t.Error(problems)
	}
}

func TestDraft13IDToken(t *testing.T) {
	request := Request{ClientID: "https://client.example.org/cb", Nonce: "n-0S6_WzA2Mj"}
	for _, payload := range []string{draft13DID, draft13Thumbprint} {
		token, err := ParseIDToken([]byte(payload))
		if err != nil {
			t.Fatal(err)
		}
		same(t, EncodeIDToken(token), payload)
		if problems := Judge(token, request, time.Unix(1311281000, 0), 0); problems != nil {
			t.Error(problems)
		}
	}
}

func TestKey(t *testing.T) {
	// RFC 9449 §6.1: a key on P-256 and its thumbprint.
	const p256 = `{"kty":"EC","x":"l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs","y":"9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA","crv":"P-256","kid":"1"}`
	const p256Thumbprint = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"
	// RFC 7638 §3.1: an RSA key, whose signatures nothing here verifies.
	const rsa = `{"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw","e":"AQAB"}`
	for _, c := range []struct{ name, sub, jwk, pointer string }{
		{"plain", ed25519Thumbprint, ed25519JWK, ""},
		{"URI", thumbprintURI + ed25519Thumbprint, ed25519JWK, ""},
		{"P-256", thumbprintURI + p256Thumbprint, p256, ""},
		{"another key", thumbprintURI + p256Thumbprint, ed25519JWK, "/sub"},
		{"another hash", SyntaxThumbprint + ":sha-512:" + ed25519Thumbprint, ed25519JWK, "/sub"},
		{"DID", "did:example:1", ed25519JWK, "/sub"},
		{"no key", ed25519Thumbprint, "", "/sub_jwk"},
		{"RSA", "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", rsa, "/sub_jwk"},
		{"private", ed25519Thumbprint, strings.Replace(ed25519JWK, "}", `,"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}`, 1), "/sub_jwk/d"},
	} {
		token := IDToken{Subject: c.sub}
		if c.jwk != "" {
			token.SubjectJWK = []byte(c.jwk)
		}
		key, err := token.Key()
		if fault := (*Error)(nil); c.pointer == "" && (err != nil || key.Key == nil) ||
			c.pointer != "" && (!errors.As(err, &fault) || fault.Pointer != c.pointer || fault.Code != CodeSubject || key.Key != nil) {
			t.Errorf("%s: %v %v", c.name, key, err)
		}
	}
}

func TestTokens(t *testing.T) {
	_, private, err := jose.ParsePrivateJWK([]byte(strings.Replace(ed25519JWK, "}", `,"d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"}`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	sign := func(typ, payload string) []byte {
		input := jose.Input(jose.EncodeHeader(jose.Header{Alg: jose.EdDSA, Typ: typ}), []byte(payload))
		signature, err := jose.Sign(private, jose.EdDSA, input)
		if err != nil {
			t.Fatal(err)
		}
		return jose.Join(input, signature)
	}
	token, signed, err := ReadIDToken(sign(TypeJWT, draft13Thumbprint))
	if err != nil {
		t.Fatal(err)
	}
	key, err := token.Key()
	if err != nil || signed.Verify(key) != nil || !bytes.Equal(key.Key.(ed25519.PublicKey), private.(ed25519.PrivateKey)[32:]) {
		t.Error(err)
	}
	for typ, c := range map[string]struct{ request, token bool }{
		"": {true, true}, "JWT": {true, true}, "jwt": {true, true}, "application/jwt": {true, true},
		TypeRequest: {true, false}, "application/" + TypeRequest: {true, false}, "OAuth-Authz-Req+JWT": {true, false},
		"vc+jwt": {}, "vp+jwt": {}, "openid4vci-proof+jwt": {},
	} {
		if _, _, err := ReadRequest(sign(typ, meecoRequest)); (err == nil) != c.request {
			t.Errorf("request %q: %v", typ, err)
		}
		if _, _, err := ReadIDToken(sign(typ, meecoIDToken)); (err == nil) != c.token {
			t.Errorf("token %q: %v", typ, err)
		}
	}
	unsigned := jose.Input(jose.EncodeHeader(jose.Header{Alg: jose.EdDSA, Typ: TypeRequest}), []byte(meecoRequest))
	r, c, err := ReadUnsignedRequest(unsigned)
	if err != nil || r.Nonce == "" || c.Signature != nil || !bytes.Equal(c.Input, unsigned) {
		t.Error(err)
	}
	if _, _, err := ReadRequest(unsigned); err == nil {
		t.Error("an unsigned request passed")
	}
	unsigned = jose.Input(jose.EncodeHeader(jose.Header{Alg: jose.EdDSA, Typ: TypeJWT}), []byte(meecoIDToken))
	if _, _, err := ReadUnsignedIDToken(append(unsigned, '.')); err != nil {
		t.Error(err)
	}
	if _, _, err := ReadIDToken(append(unsigned, '.')); err == nil {
		t.Error("an unsigned token passed")
	}
}

func same(t *testing.T, got []byte, want string) {
	t.Helper()
	if equal, err := ijson.Equal(got, []byte(want)); err != nil || !equal {
		t.Errorf("%v\n got %s\nwant %s", err, got, want)
	}
}
