package holder_test

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/did/key"
	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/jwtvc"
	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didkey"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/siop"
)

const (
	asker = "did:web:verifier.example"
	fresh = "n-0S6_WzA2Mj"
	old   = `"@context":["https://www.w3.org/2018/credentials/v1"],"issuanceDate":"2026-01-01T00:00:00Z",`
	newer = `"@context":["https://www.w3.org/ns/credentials/v2"],`
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// keyed resolves did:key and nothing else.
type keyed struct{ key.Method }

func (k keyed) Resolve(ctx context.Context, _ vc.Scope, did string) (diddoc.Resolution, bool, error) {
	if !strings.HasPrefix(did, "did:key:") {
		return diddoc.Resolution{}, false, vc.Errorf(vc.Unsupported, "methodNotSupported", "not here")
	}
	resolution, err := k.Method.Resolve(ctx, did)
	return resolution, false, err
}

// verifying is the same for a verifier.
type verifying struct{ keyed }

func (v verifying) Resolve(ctx context.Context, scope vc.Scope, did string) (diddoc.Resolution, error) {
	resolution, _, err := v.keyed.Resolve(ctx, scope, did)
	return resolution, err
}

// published is what others publish, by URL.
type published map[string]string

func (p published) Get(_ context.Context, url, _ string) ([]byte, string, error) {
	body, ok := p[url]
	if !ok {
		return nil, "", vc.Errorf(vc.Unavailable, "unreachable", "nothing there")
	}
	return []byte(body), "", nil
}

type person struct {
	private     crypto.PrivateKey
	did, method string
}

func newPerson(t testing.TB, seed string) person {
	sum := sha256.Sum256([]byte(seed))
	p := person{private: ed25519.NewKeyFromSeed(sum[:])}
	public, err := jose.Public(p.private)
	must(t, err)
	p.did, p.method, err = didkey.Encode(public)
	must(t, err)
	return p
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (p person) sign(t testing.TB, input []byte) []byte {
	t.Helper()
	signature, err := jose.Sign(p.private, jose.EdDSA, input)
	must(t, err)
	return jose.Join(input, signature)
}

// credential is a signed degree.
func (p person) credential(t testing.TB, model vc.ModelVersion, about, degree string) []byte {
	t.Helper()
	begin := newer
	if model == vc.VCDM11 {
		begin = old
	}
	made, err := jwtvc.Format{}.Prepare(t.Context(), format.Material{
		Credential: []byte(`{` + begin + `"type":["VerifiableCredential"],"issuer":"` + p.did + `","credentialSubject":{"id":"` + about + `","degree":"` + degree + `"}}`),
		Model:      model, Method: p.method, Algorithm: jose.EdDSA,
	})
	must(t, err)
	return p.sign(t, made.Input())
}

func newDesk() *holder.Desk {
	return &holder.Desk{Identity: keyed{}, Formats: []format.Format{jwtvc.Format{}}, Now: func() time.Time { return now }}
}

func newVerifier() *verifier.Service {
	return verifier.New(verifier.Config{Formats: []format.Format{jwtvc.Format{}}, Resolver: verifying{}, Now: func() time.Time { return now }})
}

// TestPrepared: what is prepared, once signed, is what a verifier asked for.
func TestPrepared(t *testing.T) {
	issuer, ada := newPerson(t, "issuer"), newPerson(t, "ada")
	oldOne, newOne := issuer.credential(t, vc.VCDM11, ada.did, "BSc"), issuer.credential(t, vc.VCDM20, ada.did, "MSc")
	for name, c := range map[string]struct {
		credentials [][]byte
		model       vc.ModelVersion
		typ         string
	}{
		"newer": {[][]byte{newOne, newOne}, vc.VCDM20, "vp+jwt"},
		"mixed": {[][]byte{newOne, oldOne}, vc.VCDM11, "JWT"},
		"none":  {nil, vc.VCDM11, "JWT"},
	} {
		t.Run(name, func(t *testing.T) {
			made, err := newDesk().PreparePresentation(t.Context(), vc.Scope{}, holder.Presentation{
				Holder: ada.did, Audience: asker, Nonce: fresh, Credentials: c.credentials, ExpiresAt: now.Add(time.Hour),
			})
			must(t, err)
			token, err := jose.ParseUnsigned(made.Document)
			must(t, err)
			if token.Header.Kid != ada.method || token.Header.Alg != "EdDSA" || token.Header.Typ != c.typ || !bytes.Equal(made.Document, made.Input) {
				t.Errorf("%+v", token.Header)
			}
			report, err := newVerifier().VerifyPresentation(t.Context(), vc.Scope{}, ada.sign(t, made.Input), verifier.PresentationOptions{
				Audience: []string{asker}, Nonce: fresh,
			})
			must(t, err)
			if report.Outcome != verifier.Passed || report.Model != c.model || report.Holder != ada.did || len(report.Credentials) != len(c.credentials) ||
				!strings.HasPrefix(report.ID, "urn:uuid:") {
				t.Errorf("%+v", report)
			}
		})
	}
}

func TestNotPrepared(t *testing.T) {
	issuer, ada := newPerson(t, "issuer"), newPerson(t, "ada")
	good := issuer.credential(t, vc.VCDM20, ada.did, "MSc")
	unsigned := good[:bytes.LastIndexByte(good, '.')]
	for name, c := range map[string]struct {
		order         holder.Presentation
		kind          vc.Kind
		code, pointer string
	}{
		"no holder":      {holder.Presentation{}, vc.Invalid, "holder-not-a-did", "/holder"},
		"not a DID":      {holder.Presentation{Holder: "ada"}, vc.Invalid, "holder-not-a-did", "/holder"},
		"unknown method": {holder.Presentation{Holder: "did:unheard:of"}, vc.Unsupported, "did-method-not-supported", "/holder"},
		"no such key":    {holder.Presentation{Holder: "did:key:zzz"}, vc.Invalid, "did-not-resolved", "/holder"},
		"garbage":        {holder.Presentation{Holder: ada.did, Credentials: [][]byte{good, []byte("x")}}, vc.Invalid, "credential-malformed", "/credentials/1"},
		"broken":         {holder.Presentation{Holder: ada.did, Credentials: [][]byte{[]byte("eyJ9.eyJ9.AA")}}, vc.Invalid, "credential-malformed", "/credentials/0"},
		"unsigned":       {holder.Presentation{Holder: ada.did, Credentials: [][]byte{unsigned}}, vc.Invalid, "credential-unsigned", "/credentials/0"},
		"too many":       {holder.Presentation{Holder: ada.did, Credentials: make([][]byte, 65)}, vc.Invalid, "too-many-credentials", "/credentials"},
		"in the past":    {holder.Presentation{Holder: ada.did, ExpiresAt: now}, vc.Invalid, "expiry-past", "/expiresAt"},
	} {
		t.Run(name, func(t *testing.T) {
			made, err := newDesk().PreparePresentation(t.Context(), vc.Scope{}, c.order)
			wantError(t, err, c.kind, c.code, c.pointer)
			if made.Document != nil {
				t.Error("something was made")
			}
		})
	}
}

func wantError(t *testing.T, err error, kind vc.Kind, code, pointer string) {
	t.Helper()
	e, ok := errors.AsType[*vc.Error](err)
	if !ok || e.Kind != kind || e.Code != code || e.Pointer != pointer {
		t.Errorf("got %#v, want %s %s at %s", err, kind, code, pointer)
	}
}

const wanting = `{"id":"d","input_descriptors":[{"id":"master","constraints":{"fields":[{"path":["$.credentialSubject.degree"],"filter":{"const":"MSc"}}]}}]}`

func request(change func(*siop.Request)) siop.Request {
	r := siop.Request{
		ClientID: asker, ResponseType: siop.ResponseBoth, ResponseMode: siop.ModeDirectPost, ResponseURI: "https://verifier.example/answers",
		Nonce: fresh, State: "s", Definition: []byte(wanting), Expires: now.Add(5 * time.Minute),
	}
	if change != nil {
		change(&r)
	}
	return r
}

func unsignedRequest(change func(*siop.Request)) []byte {
	return jose.Input(jose.EncodeHeader(jose.Header{Alg: "EdDSA", Typ: "JWT"}), siop.EncodeRequest(request(change)))
}

// presentation is one of Ada's degrees, signed; the one that is wanted is the second.
func presentation(t *testing.T, model vc.ModelVersion) (ada person, token string) {
	t.Helper()
	issuer, ada := newPerson(t, "issuer"), newPerson(t, "ada")
	made, err := newDesk().PreparePresentation(t.Context(), vc.Scope{}, holder.Presentation{
		Holder: ada.did, Audience: asker, Nonce: fresh,
		Credentials: [][]byte{issuer.credential(t, model, ada.did, "BSc"), issuer.credential(t, model, ada.did, "MSc")},
	})
	must(t, err)
	return ada, string(ada.sign(t, made.Input))
}

// TestAnswer: request, presentation and ID token fit, in both data models and dialects, however the definition comes.
func TestAnswer(t *testing.T) {
	desk := newDesk()
	desk.Fetcher = published{"https://verifier.example/d": wanting, "https://verifier.example/r": string(unsignedRequest(nil))}
	byAddress := func(r *siop.Request) { r.Definition, r.DefinitionURI = nil, "https://verifier.example/d" }
	for name, order := range map[string]holder.IDTokenOrder{
		"whole":              {Request: unsignedRequest(nil)},
		"early":              {Request: unsignedRequest(func(r *siop.Request) { r.Dialect = siop.Early })},
		"definition fetched": {Request: unsignedRequest(byAddress)},
		"definition given":   {Request: unsignedRequest(func(r *siop.Request) { byAddress(r); r.DefinitionURI += "elsewhere" }), Definition: []byte(wanting)},
		"request fetched":    {RequestURI: "https://verifier.example/r"},
		"request in place":   {RequestURI: string(unsignedRequest(nil)) + "."},
	} {
		for _, model := range []vc.ModelVersion{vc.VCDM11, vc.VCDM20} {
			t.Run(name+" "+string(model), func(t *testing.T) {
				ada, vpToken := presentation(t, model)
				order.Issuer, order.VPToken = ada.did, vpToken
				made, err := desk.PrepareIDToken(t.Context(), vc.Scope{}, order)
				must(t, err)
				if made.State != "s" || made.VPToken != vpToken || bytes.Count(made.Unsigned, []byte{'.'}) != 1 {
					t.Errorf("%+v", made)
				}
				accepted(t, ada, made)
			})
		}
	}
}

func accepted(t *testing.T, ada person, made holder.IDTokenPrepared) {
	t.Helper()
	v := newVerifier()
	token, err := v.VerifyIDToken(t.Context(), vc.Scope{}, ada.sign(t, made.Unsigned), verifier.TokenOptions{Audience: []string{asker}, Nonce: fresh})
	must(t, err)
	if token.Outcome != verifier.Passed || token.Subject != ada.did || token.Token.Issuer != ada.did || !bytes.Equal(token.Submission, made.Submission) ||
		!token.Token.Expires.Equal(now.Add(5*time.Minute)) || !token.Token.IssuedAt.Equal(now) {
		t.Errorf("%+v", token)
	}
	report, err := v.VerifyPresentation(t.Context(), vc.Scope{}, []byte(made.VPToken), verifier.PresentationOptions{
		Audience: []string{asker}, Nonce: fresh, Definition: []byte(wanting), Submission: token.Submission,
	})
	must(t, err)
	if report.Outcome != verifier.Passed || len(report.Matches) != 1 || report.Matches[0] != (verifier.Match{Descriptor: "master", Credential: 1}) {
		t.Errorf("%s %+v", report.Outcome, report.Matches)
	}
}

func TestAnswerBare(t *testing.T) {
	made, err := newDesk().PrepareIDToken(t.Context(), vc.Scope{}, holder.IDTokenOrder{Request: unsignedRequest(func(r *siop.Request) {
		r.ResponseType, r.Definition, r.Expires = siop.ResponseIDToken, nil, time.Time{}
	})})
	must(t, err)
	token, err := jose.ParseUnsigned(made.Unsigned)
	must(t, err)
	var claims map[string]any
	must(t, json.Unmarshal(token.Payload, &claims))
	if _, there := claims["sub"]; there || claims["iss"] != siop.SelfIssued || claims["aud"] != asker || claims["nonce"] != fresh ||
		claims["exp"].(float64)-claims["iat"].(float64) != 600 || made.Submission != nil || token.Header.Kid != "" {
		t.Errorf("%s %+v", token.Payload, token.Header)
	}
}

func TestNotAnswered(t *testing.T) {
	ada, vpToken := presentation(t, vc.VCDM11)
	elsewhere := func(r *siop.Request) { r.Definition, r.DefinitionURI = nil, "https://verifier.example/d" }
	for name, c := range map[string]struct {
		order         holder.IDTokenOrder
		kind          vc.Kind
		code, pointer string
	}{
		"no request":     {holder.IDTokenOrder{}, vc.Unavailable, "request-unreachable", ""},
		"garbage":        {holder.IDTokenOrder{Request: []byte("x")}, vc.Invalid, "request-malformed", "/request"},
		"no request JWT": {holder.IDTokenOrder{Request: []byte(vpToken)}, vc.Invalid, "request-malformed", "/request"},
		"another issuer": {holder.IDTokenOrder{Request: unsignedRequest(func(r *siop.Request) { r.Issuer = "x" })}, vc.Invalid, "request-malformed", "/request"},
		"expired":        {holder.IDTokenOrder{Request: unsignedRequest(func(r *siop.Request) { r.Expires = now.Add(-1) })}, vc.Gone, "request-expired", "/request"},
		"early": {
			holder.IDTokenOrder{Request: unsignedRequest(func(r *siop.Request) { r.NotBefore = now.Add(time.Hour) })},
			vc.Invalid, "request-not-yet-valid", "/request",
		},
		"not a DID":           {holder.IDTokenOrder{Request: unsignedRequest(nil), Issuer: "ada"}, vc.Invalid, "holder-not-a-did", "/issuer"},
		"no presentation":     {holder.IDTokenOrder{Request: unsignedRequest(nil), VPToken: "x"}, vc.Invalid, "presentation-malformed", "/vpToken"},
		"definition is far":   {holder.IDTokenOrder{Request: unsignedRequest(elsewhere), VPToken: vpToken}, vc.Unavailable, "definition-unreachable", ""},
		"definition is none":  {holder.IDTokenOrder{Request: unsignedRequest(elsewhere), VPToken: vpToken, Definition: []byte(`{}`)}, vc.Invalid, "definition-invalid", ""},
		"not what was wanted": {holder.IDTokenOrder{Request: unsignedRequest(func(r *siop.Request) { r.Definition = bytes.Replace(r.Definition, []byte("MSc"), []byte("PhD"), 1) }), VPToken: vpToken, Issuer: ada.did}, vc.Invalid, "descriptor-unmet", "/vpToken"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := newDesk().PrepareIDToken(t.Context(), vc.Scope{}, c.order)
			wantError(t, err, c.kind, c.code, c.pointer)
		})
	}
}

// TestNothingIsMinted: whatever is asked for, what comes back is not signed.
func TestNothingIsMinted(t *testing.T) {
	ada, vpToken := presentation(t, vc.VCDM20)
	made, err := newDesk().PreparePresentation(t.Context(), vc.Scope{}, holder.Presentation{Holder: ada.did, Nonce: `","vc":{}}`})
	must(t, err)
	answer, err := newDesk().PrepareIDToken(t.Context(), vc.Scope{}, holder.IDTokenOrder{
		Request: unsignedRequest(func(r *siop.Request) {
			r.Nonce, r.Definition = `","vc":{}}`, nil
			r.ResponseType = siop.ResponseIDToken
		}), VPToken: vpToken, Issuer: ada.did,
	})
	must(t, err)
	for _, token := range [][]byte{made.Document, made.Input, answer.Unsigned} {
		if _, err := jose.ParseCompact(token); err == nil {
			t.Errorf("signed: %s", token)
		}
		parsed, err := jose.ParseUnsigned(token)
		must(t, err)
		var claims map[string]any
		must(t, json.Unmarshal(parsed.Payload, &claims))
		if _, there := claims["vc"]; there {
			t.Errorf("a credential: %s", parsed.Payload)
		}
	}
}
