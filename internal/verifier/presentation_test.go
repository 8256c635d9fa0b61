package verifier_test

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/jwtvc"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/vcjwt"
)

const (
	asker = "did:web:verifier.example"
	fresh = "n-0S6_WzA2Mj"
)

// held is a credential of a degree about somebody.
func (w *world) held(issuer signer, about string) document {
	claims := map[string]any{"givenName": "Ingrid", "degree": "MSc"}
	if about != "" {
		claims["id"] = about
	}
	return w.credential(issuer.did).with("credentialSubject", claims)
}

// signed secures a credential as its data model wants.
func (w *world) signed(issuer signer, credential document) []byte {
	w.Helper()
	return issuer.sign(w, credential.bytes(w), jose.Header{Kid: issuer.method})
}

func (w *world) signedOld(issuer signer, credential document) []byte {
	w.Helper()
	payload, err := vcjwt.Encode11(credential.with("@context", []string{"https://www.w3.org/2018/credentials/v1"}).with("validFrom", nil).
		with("validUntil", nil).with("issuanceDate", "2026-01-01T00:00:00Z").bytes(w))
	w.must(err)
	return issuer.sign(w, payload, jose.Header{Kid: issuer.method, Typ: vcjwt.TypeJWT})
}

// material is a presentation of credentials by a holder, for asker.
func (w *world) material(holder signer, model vc.ModelVersion, credentials ...[]byte) format.PresentationMaterial {
	return format.PresentationMaterial{
		Model: model, ID: "urn:uuid:" + newID(), Holder: holder.did, Audience: []string{asker}, Nonce: fresh,
		Method: holder.method, Algorithm: holder.alg, Credentials: credentials, Created: w.now, Expires: w.now.Add(10 * time.Minute),
	}
}

func (w *world) present(by signer, m format.PresentationMaterial) []byte {
	w.Helper()
	made, err := jwtvc.Format{}.PreparePresentation(w.Context(), m)
	w.must(err)
	signature, err := jose.Sign(by.private, by.alg, made.Input())
	w.must(err)
	secured, err := made.Secure(signature)
	w.must(err)
	return secured
}

func (w *world) verifyPresentation(secured []byte, o verifier.PresentationOptions) verifier.PresentationReport {
	w.Helper()
	report, err := w.verifier.VerifyPresentation(w.Context(), w.by.Scope, secured, o)
	w.must(err)
	return report
}

var asked = verifier.PresentationOptions{Audience: []string{"https://verifier.example", asker}, Nonce: fresh}

func names(checks []verifier.Check) []string {
	var out []string
	for _, check := range checks {
		out = append(out, check.Name)
	}
	return out
}

func (w *world) wantCheck(checks []verifier.Check, got, outcome verifier.Outcome, name string, ended verifier.Outcome, code string) verifier.Check {
	w.Helper()
	return w.want(verifier.Report{Outcome: got, Checks: checks}, outcome, name, ended, code)
}

// TestPresented: a presentation of both data models that does all that was asked.
func TestPresented(t *testing.T) {
	w := newWorld(t)
	issuer, holder := newSigner(t, "issuer"), newSigner(t, "holder")
	_, status := w.entries(nil, vc.Revocation)
	for _, model := range []vc.ModelVersion{vc.VCDM11, vc.VCDM20} {
		credentials := [][]byte{
			w.signed(issuer, w.held(issuer, holder.did).with("credentialStatus", status)),
			w.signedOld(issuer, w.held(issuer, holder.did)),
		}
		report := w.verifyPresentation(w.present(holder, w.material(holder, model, credentials...)), asked)
		all := []string{"format", "data-model", "holder", "key", "signature", "validity", "audience", "nonce", "binding", "constraints"}
		if report.Outcome != verifier.Passed || !slices.Equal(names(report.Checks), all) {
			t.Fatalf("%s\n%s", report.Outcome, tree(report.Checks, ""))
		}
		for _, check := range report.Checks {
			if check.Outcome != verifier.Passed && check.Name != "constraints" || check.Reason == "" {
				t.Errorf("%+v", check)
			}
		}
		w.wantCheck(report.Checks, report.Outcome, verifier.Passed, "constraints", verifier.NotChecked, verifier.CodeNotAsked)
		if report.Holder != holder.did || report.Model != model || report.Format != "jwtvc" || report.Nonce != fresh || len(report.Credentials) != 2 ||
			!slices.Equal(report.Audience, []string{asker}) || !strings.HasPrefix(report.ID, "urn:uuid:") || report.Presentation == nil {
			t.Errorf("%+v", report)
		}
		for i, want := range []vc.ModelVersion{vc.VCDM20, vc.VCDM11} {
			if c := report.Credentials[i]; c.Model != want || c.Outcome != verifier.Passed || c.Issuer != issuer.did {
				t.Errorf("%+v\n%s", c, tree(c.Checks, ""))
			}
		}
	}
}

// TestNotAsked: what nobody asked for is not checked, says so, and does not fail.
func TestNotAsked(t *testing.T) {
	w := newWorld(t)
	issuer, holder := newSigner(t, "issuer"), newSigner(t, "holder")
	secured := w.present(holder, w.material(holder, vc.VCDM11, w.signed(issuer, w.held(issuer, holder.did))))
	report := w.verifyPresentation(secured, verifier.PresentationOptions{})
	for _, name := range []string{"audience", "nonce", "constraints"} {
		w.wantCheck(report.Checks, report.Outcome, verifier.Passed, name, verifier.NotChecked, verifier.CodeNotAsked)
	}
	report = w.verifyPresentation(secured, verifier.PresentationOptions{Checks: []string{"nonce"}, CredentialChecks: []string{"status"}})
	if got := names(report.Checks); !slices.Equal(got, []string{"format", "data-model", "holder", "key", "signature", "audience", "nonce"}) {
		t.Error(got)
	}
	if got := names(report.Credentials[0].Checks); !slices.Equal(got, []string{"format", "data-model", "issuer", "key", "signature", "status"}) {
		t.Error(got)
	}
	for _, o := range []verifier.PresentationOptions{{Checks: []string{"mood"}}, {CredentialChecks: []string{"nonce"}}} {
		if _, err := w.verifier.VerifyPresentation(t.Context(), w.by.Scope, secured, o); vc.KindOf(err) != vc.Invalid {
			t.Error(err)
		}
	}
}

func TestSpoiltPresentation(t *testing.T) {
	w := newWorld(t)
	issuer, holder, thief := newSigner(t, "issuer"), newSigner(t, "holder"), newSigner(t, "thief")
	credential := w.signed(issuer, w.held(issuer, holder.did))
	good := func(change func(*format.PresentationMaterial)) []byte {
		m := w.material(holder, vc.VCDM11, credential)
		if change != nil {
			change(&m)
		}
		return w.present(holder, m)
	}
	tampered := func(secured, old, new string) []byte {
		token, err := jose.ParseCompact([]byte(secured))
		w.must(err)
		payload := bytes.Replace(token.Payload, []byte(old), []byte(new), 1)
		if bytes.Equal(payload, token.Payload) {
			t.Fatal("nothing was changed")
		}
		return jose.Join(jose.Input(token.RawHeader, payload), token.Signature)
	}
	unsigned := good(nil)[:bytes.LastIndexByte(good(nil), '.')]
	for name, c := range map[string]struct {
		secured []byte
		outcome verifier.Outcome
		check   string
		ended   verifier.Outcome
		code    string
	}{
		"garbage":             {[]byte("garbage"), verifier.Failed, "format", verifier.Failed, "unknown-format"},
		"a credential":        {credential, verifier.Failed, "format", verifier.Failed, "malformed"},
		"unsigned":            {unsigned, verifier.Failed, "signature", verifier.Failed, "no-signature"},
		"another's audience":  {good(func(m *format.PresentationMaterial) { m.Audience = []string{"did:web:x"} }), verifier.Failed, "audience", verifier.Failed, "audience-mismatch"},
		"for nobody":          {good(func(m *format.PresentationMaterial) { m.Audience = nil }), verifier.Failed, "audience", verifier.Failed, "audience-mismatch"},
		"another's nonce":     {good(func(m *format.PresentationMaterial) { m.Nonce = "x" }), verifier.Failed, "nonce", verifier.Failed, "nonce-mismatch"},
		"no nonce":            {good(func(m *format.PresentationMaterial) { m.Nonce = "" }), verifier.Failed, "nonce", verifier.Failed, "nonce-missing"},
		"nonce put in later":  {tampered(string(good(func(m *format.PresentationMaterial) { m.Nonce = "x" })), `"x"`, `"`+fresh+`"`), verifier.Failed, "signature", verifier.Failed, "signature-invalid"},
		"expired":             {good(func(m *format.PresentationMaterial) { m.Expires = w.now.Add(-time.Hour) }), verifier.Failed, "validity", verifier.Failed, "expired"},
		"early":               {good(func(m *format.PresentationMaterial) { m.Created = w.now.Add(time.Hour) }), verifier.Failed, "validity", verifier.Failed, "not-yet-valid"},
		"signed by a thief":   {w.present(thief, w.material(holder, vc.VCDM11, credential)), verifier.Failed, "signature", verifier.Failed, "signature-invalid"},
		"a thief's own":       {w.present(thief, w.material(thief, vc.VCDM11, credential)), verifier.Passed, "binding", verifier.Warning, "subject-not-holder"},
		"thief's key":         {good(func(m *format.PresentationMaterial) { m.Method = thief.method }), verifier.Failed, "key", verifier.Failed, "holder-mismatch"},
		"no kid":              {good(func(m *format.PresentationMaterial) { m.Method = "" }), verifier.Passed, "key", verifier.Passed, ""},
		"holder not a DID":    {good(func(m *format.PresentationMaterial) { m.Holder = "https://x.example" }), verifier.Failed, "holder", verifier.Failed, "holder-not-a-did"},
		"holder unnamed":      {good(func(m *format.PresentationMaterial) { m.Holder = "" }), verifier.Passed, "holder", verifier.Passed, "holder-unnamed"},
		"nobody":              {good(func(m *format.PresentationMaterial) { m.Holder, m.Method = "", "" }), verifier.Failed, "holder", verifier.Failed, "holder-not-a-did"},
		"unknown method":      {good(func(m *format.PresentationMaterial) { m.Holder = "did:unheard:of" }), verifier.Indeterminate, "signature", verifier.NotChecked, "no-holder"},
		"no credentials":      {good(func(m *format.PresentationMaterial) { m.Credentials = nil }), verifier.Passed, "binding", verifier.NotChecked, verifier.CodeNoCredentials},
		"a bearer credential": {good(func(m *format.PresentationMaterial) { m.Credentials = [][]byte{w.signed(issuer, w.held(issuer, ""))} }), verifier.Passed, "binding", verifier.NotChecked, verifier.CodeNoSubject},
		"too many":            {good(func(m *format.PresentationMaterial) { m.Credentials = slices.Repeat([][]byte{credential}, 65) }), verifier.Failed, "format", verifier.Failed, "too-many"},
	} {
		t.Run(name, func(t *testing.T) {
			w := *w
			w.TB = t
			report := w.verifyPresentation(c.secured, asked)
			w.wantCheck(report.Checks, report.Outcome, c.outcome, c.check, c.ended, c.code)
		})
	}
	report := w.verifyPresentation([]byte("garbage"), asked)
	if len(report.Checks) != 10 {
		t.Error("a check is missing:", tree(report.Checks, ""))
	}
	for _, check := range report.Checks[1:] {
		if check.Outcome != verifier.NotChecked {
			t.Errorf("%s reads %s", check.Name, check.Outcome)
		}
	}
}

// TestSpoiltInside: a presentation is no better than what is in it, and says which it is.
func TestSpoiltInside(t *testing.T) {
	w := newWorld(t)
	issuer, holder := newSigner(t, "issuer"), newSigner(t, "holder")
	entries, status := w.entries(nil, vc.Revocation)
	fine := w.signed(issuer, w.held(issuer, holder.did))
	revoked := w.signed(issuer, w.held(issuer, holder.did).with("credentialStatus", status))
	w.set(entries[0], 1, 1)
	forged := bytes.Clone(fine)
	if forged[len(forged)-8] = 'A'; fine[len(fine)-8] == 'A' { // another letter of the signature, and still base64url
		forged[len(forged)-8] = 'B'
	}
	for name, c := range map[string]struct {
		credential []byte
		outcome    verifier.Outcome
		check      string
		ended      verifier.Outcome
		code       string
	}{
		"revoked": {revoked, verifier.Failed, "status", verifier.Failed, "revoked"},
		"forged":  {forged, verifier.Failed, "signature", verifier.Failed, "signature-invalid"},
		"expired": {w.signed(issuer, w.held(issuer, holder.did).with("validUntil", "2026-11-01T00:00:00Z")), verifier.Failed, "validity", verifier.Failed, "expired"},
		"by an unknown": {
			w.signed(issuer, w.held(issuer, holder.did).with("issuer", "did:unheard:of")),
			verifier.Indeterminate, "issuer", verifier.NotChecked, "did-method-not-supported",
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := *w
			w.TB = t
			report := w.verifyPresentation(w.present(holder, w.material(holder, vc.VCDM20, fine, c.credential)), asked)
			if report.Outcome != c.outcome || len(report.Credentials) != 2 || report.Credentials[0].Outcome != verifier.Passed {
				t.Fatalf("%+v", report)
			}
			w.want(report.Credentials[1], c.outcome, c.check, c.ended, c.code)
		})
	}
}

// TestAssertionKey: a document that lists its key for assertions alone is taken with a warning; one that lists it for
// neither is not. For a credential nothing but assertions will do.
func TestAssertionKey(t *testing.T) {
	w := newWorld(t)
	issuer, holder := newSigner(t, "issuer"), newSigner(t, "holder")
	public, err := jose.Public(holder.private)
	w.must(err)
	document := func(relationship string) string {
		method := `{"id":"` + asker + `#k","type":"JsonWebKey","controller":"` + asker + `","publicKeyJwk":` + string(public.JWK()) + `}`
		return `{"@context":["https://www.w3.org/ns/did/v1"],"id":"` + asker + `","verificationMethod":[` + method + `],"` + relationship + `":["#k"]}`
	}
	me := holder
	me.did, me.method = asker, asker+"#k"
	for _, kid := range []string{me.method, ""} {
		for relationship, want := range map[string]struct {
			ended verifier.Outcome
			code  string
		}{
			"authentication":       {verifier.Passed, ""},
			"assertionMethod":      {verifier.Warning, "method-purpose"},
			"capabilityInvocation": {verifier.Failed, map[bool]string{true: "method-not-listed", false: "method-purpose"}[kid == ""]},
		} {
			w.config.Resolver, w.config.Fates = documents{asker: document(relationship)}, nil
			w.verifier = verifier.New(w.config)
			m := w.material(me, vc.VCDM11)
			m.Method = kid
			outcome := verifier.Passed
			if want.ended == verifier.Failed {
				outcome = verifier.Failed
			}
			report := w.verifyPresentation(w.present(me, m), asked)
			w.wantCheck(report.Checks, report.Outcome, outcome, "key", want.ended, want.code)
		}
	}
	w.config.Resolver = documents{asker: document("authentication")}
	w.verifier = verifier.New(w.config)
	w.want(w.verify(w.signed(me, w.held(me, issuer.did)), verifier.Options{}), verifier.Failed, "key", verifier.Failed, "method-purpose")
}

func FuzzVerifyPresentation(f *testing.F) {
	holder := newSigner(f, "holder")
	f.Add([]byte(`{"iss":"`+holder.did+`","aud":"x","nonce":"n","vp":{"@context":["https://www.w3.org/2018/credentials/v1"],"type":["VerifiablePresentation"],"verifiableCredential":["e.y.J"]}}`),
		[]byte(`{"id":"s","definition_id":"d","descriptor_map":[{"id":"a","format":"jwt_vp","path":"$","path_nested":{"id":"a","format":"jwt_vc","path":"$.vp.verifiableCredential[0]"}}]}`), holder.method)
	f.Add([]byte(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiablePresentation"],"verifiableCredential":[{"type":"EnvelopedVerifiableCredential","id":"data:application/vc+jwt,e.y.J"}]}`),
		[]byte(`{}`), "#")
	definition := []byte(`{"id":"d","input_descriptors":[{"id":"a","constraints":{"fields":[{"path":["$.credentialSubject.degree","$..degree"]}]}}]}`)
	s := verifier.New(verifier.Config{Formats: []format.Format{jwtvc.Format{}}, Resolver: method{}})
	f.Fuzz(func(t *testing.T, payload, submission []byte, kid string) {
		if !jsonString(kid) {
			return
		}
		secured := holder.sign(t, payload, jose.Header{Kid: kid, Typ: "JWT"})
		for _, o := range []verifier.PresentationOptions{{}, {Definition: definition, Submission: submission}, {Definition: definition, Nonce: "n"}} {
			report, err := s.VerifyPresentation(t.Context(), vc.Scope{}, secured, o)
			if err != nil {
				t.Fatal(err)
			}
			if report.Outcome == verifier.Passed && (report.Holder != holder.did || o.Definition != nil) {
				t.Fatal("another's presentation passes, or one without a credential", report)
			}
			if report, err = s.VerifyPresentation(t.Context(), vc.Scope{}, payload, o); err != nil || report.Outcome == verifier.Passed {
				t.Fatal("an unsigned presentation passes", err)
			}
		}
	})
}

func raw(t testing.TB, v any) []byte {
	t.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func headerOf(s signer) jose.Header { return jose.Header{Kid: s.method, Typ: "JWT"} }

// TestPresentedOffline: where DIDs are not resolved nothing about who presents reads as passed.
func TestPresentedOffline(t *testing.T) {
	w := newWorld(t)
	holder := newSigner(t, "holder")
	w.config.Resolver = nil
	w.verifier = verifier.New(w.config)
	report := w.verifyPresentation(w.present(holder, w.material(holder, vc.VCDM20)), asked)
	w.wantCheck(report.Checks, report.Outcome, verifier.Indeterminate, "holder", verifier.NotChecked, "no-resolver")
	w.wantCheck(report.Checks, report.Outcome, verifier.Indeterminate, "signature", verifier.NotChecked, "no-holder")
}

// TestOnlyVerifiersAreShown: an organisation that was not set up as a verifier verifies neither presentations nor ID
// tokens; requests are for anybody who answers.
func TestOnlyVerifiersAreShown(t *testing.T) {
	desk := verifier.New(verifier.Config{Formats: []format.Format{jwtvc.Format{}}, Callers: setUp{MayIssue: true}})
	inside := vc.Scope{Tenant: "t", Organisation: "o"}
	if _, err := desk.VerifyPresentation(t.Context(), inside, nil, verifier.PresentationOptions{}); vc.KindOf(err) != vc.Denied {
		t.Error(err)
	}
	if _, err := desk.VerifyIDToken(t.Context(), inside, nil, verifier.TokenOptions{}); vc.KindOf(err) != vc.Denied {
		t.Error(err)
	}
	if _, err := desk.VerifyRequest(t.Context(), inside, nil, verifier.RequestOptions{}); err != nil {
		t.Error(err)
	}
}
