package verifier_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/format"
	"github.com/chancery-vc/chancery/internal/format/jwtvc"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/jose"
	"github.com/chancery-vc/chancery/spec/siop"
)

var askedToken = verifier.TokenOptions{Audience: []string{"https://verifier.example", asker}, Nonce: fresh, State: "s"}

func (w *world) idToken(by signer) siop.IDToken {
	return siop.IDToken{
		Issuer: by.did, Subject: by.did, Audience: []string{asker}, Nonce: fresh, IssuedAt: w.now, Expires: w.now.Add(time.Minute),
		Submission: []byte(`{"id":"s"}`),
	}
}

func (w *world) signToken(by signer, token siop.IDToken) []byte {
	w.Helper()
	return by.sign(w, siop.EncodeIDToken(token), headerOf(by))
}

// thumbprinted is a token of somebody who has a key and no DID.
func (w *world) thumbprinted(by signer) siop.IDToken {
	w.Helper()
	public, err := jose.Public(by.private)
	w.must(err)
	token := w.idToken(by)
	token.Subject, token.SubjectJWK = public.Thumbprint(), public.JWK()
	token.Issuer = token.Subject
	return token
}

func TestIDToken(t *testing.T) {
	w := newWorld(t)
	holder := newSigner(t, "holder")
	for name, token := range map[string]siop.IDToken{"a DID": w.idToken(holder), "a thumbprint": w.thumbprinted(holder)} {
		report, err := w.verifier.VerifyIDToken(t.Context(), w.by.Scope, w.signToken(holder, token), askedToken)
		w.must(err)
		all := []string{"format", "subject", "key", "signature", "validity", "audience", "nonce"}
		if report.Outcome != verifier.Passed || !slices.Equal(names(report.Checks), all) {
			t.Errorf("%s: %s\n%s", name, report.Outcome, tree(report.Checks, ""))
		}
		for _, check := range report.Checks {
			if check.Outcome != verifier.Passed || check.Reason == "" || check.Cites == "" {
				t.Errorf("%s: %+v", name, check)
			}
		}
		if report.Subject != token.Subject || string(report.Submission) != `{"id":"s"}` || report.Token.Nonce != fresh || report.Payload == nil {
			t.Errorf("%+v", report)
		}
	}
	report, err := w.verifier.VerifyIDToken(t.Context(), w.by.Scope, w.signToken(holder, w.idToken(holder)), verifier.TokenOptions{Checks: []string{"nonce"}})
	w.must(err)
	w.wantCheck(report.Checks, report.Outcome, verifier.Passed, "nonce", verifier.NotChecked, verifier.CodeNotAsked)
	w.wantCheck(report.Checks, report.Outcome, verifier.Passed, "audience", verifier.NotChecked, verifier.CodeNotAsked)
	if _, there := report.Find("validity"); there {
		t.Error("validity was checked though it was not wanted")
	}
	if _, err := w.verifier.VerifyIDToken(t.Context(), w.by.Scope, nil, verifier.TokenOptions{Checks: []string{"mood"}}); vc.KindOf(err) != vc.Invalid {
		t.Error(err)
	}
}

func TestSpoiltIDToken(t *testing.T) {
	w := newWorld(t)
	holder, thief := newSigner(t, "holder"), newSigner(t, "thief")
	good := func(change func(*siop.IDToken)) []byte {
		token := w.idToken(holder)
		if change != nil {
			change(&token)
		}
		return w.signToken(holder, token)
	}
	printed := func(by signer, change func(*siop.IDToken)) []byte {
		token := w.thumbprinted(holder)
		if change != nil {
			change(&token)
		}
		return w.signToken(by, token)
	}
	plain := good(nil)
	unsigned := plain[:bytes.LastIndexByte(plain, '.')]
	never := time.Time{}
	thiefKey, err := jose.Public(thief.private)
	w.must(err)
	for name, c := range map[string]struct {
		token   []byte
		outcome verifier.Outcome
		check   string
		ended   verifier.Outcome
		code    string
	}{
		"garbage":            {[]byte("garbage"), verifier.Failed, "format", verifier.Failed, "unknown-format"},
		"no subject":         {good(func(i *siop.IDToken) { i.Subject = "" }), verifier.Failed, "format", verifier.Failed, "invalid-claim"},
		"a credential":       {w.signed(holder, w.held(holder, "")), verifier.Failed, "format", verifier.Failed, "invalid-type"},
		"unsigned":           {unsigned, verifier.Failed, "signature", verifier.Failed, "no-signature"},
		"another's nonce":    {good(func(i *siop.IDToken) { i.Nonce = "x" }), verifier.Failed, "nonce", verifier.Failed, "nonce-mismatch"},
		"no nonce":           {good(func(i *siop.IDToken) { i.Nonce = "" }), verifier.Failed, "nonce", verifier.Failed, "nonce-missing"},
		"another's state":    {good(func(i *siop.IDToken) { i.State = "x" }), verifier.Failed, "nonce", verifier.Failed, "state-mismatch"},
		"the state":          {good(func(i *siop.IDToken) { i.State = "s" }), verifier.Passed, "nonce", verifier.Passed, ""},
		"another's audience": {good(func(i *siop.IDToken) { i.Audience = []string{"x"} }), verifier.Failed, "audience", verifier.Failed, "audience-mismatch"},
		"expired":            {good(func(i *siop.IDToken) { i.Expires = w.now.Add(-time.Hour) }), verifier.Failed, "validity", verifier.Failed, "expired"},
		"early":              {good(func(i *siop.IDToken) { i.IssuedAt = w.now.Add(time.Hour) }), verifier.Failed, "validity", verifier.Failed, "not-yet-valid"},
		"without an end":     {good(func(i *siop.IDToken) { i.Expires = never }), verifier.Passed, "validity", verifier.Passed, ""},
		"old, without an end": {
			good(func(i *siop.IDToken) { i.Expires, i.IssuedAt = never, w.now.Add(-time.Hour) }), verifier.Failed, "validity", verifier.Failed, "expired",
		},
		"without any date":     {good(func(i *siop.IDToken) { i.Expires, i.IssuedAt = never, never }), verifier.Failed, "validity", verifier.Failed, "missing-claim"},
		"signed by a thief":    {w.signToken(thief, w.idToken(holder)), verifier.Failed, "key", verifier.Failed, "subject-mismatch"},
		"a thief in disguise":  {thief.sign(t, siop.EncodeIDToken(w.idToken(holder)), headerOf(holder)), verifier.Failed, "signature", verifier.Failed, "signature-invalid"},
		"issued by another":    {good(func(i *siop.IDToken) { i.Issuer = thief.did }), verifier.Failed, "subject", verifier.Failed, "not-self-issued"},
		"self-issued":          {good(func(i *siop.IDToken) { i.Issuer = siop.SelfIssuedVC }), verifier.Passed, "subject", verifier.Passed, ""},
		"an unknown method":    {good(func(i *siop.IDToken) { i.Issuer, i.Subject = "did:unheard:of", "did:unheard:of" }), verifier.Indeterminate, "signature", verifier.NotChecked, "no-subject"},
		"another thumbprint":   {printed(holder, func(i *siop.IDToken) { i.SubjectJWK = thiefKey.JWK() }), verifier.Failed, "subject", verifier.Failed, "sub-thumbprint"},
		"a thumbprint, forged": {printed(thief, nil), verifier.Failed, "signature", verifier.Failed, "signature-invalid"},
		"no key":               {printed(holder, func(i *siop.IDToken) { i.SubjectJWK = nil }), verifier.Failed, "subject", verifier.Failed, "sub-thumbprint"},
	} {
		t.Run(name, func(t *testing.T) {
			w := *w
			w.TB = t
			report, err := w.verifier.VerifyIDToken(t.Context(), w.by.Scope, c.token, askedToken)
			w.must(err)
			w.wantCheck(report.Checks, report.Outcome, c.outcome, c.check, c.ended, c.code)
			if len(report.Checks) != 7 {
				t.Error("a check is missing", names(report.Checks))
			}
		})
	}
	o := askedToken
	o.SubjectTypes = []string{"did:web"}
	report, err := w.verifier.VerifyIDToken(t.Context(), w.by.Scope, plain, o)
	w.must(err)
	w.wantCheck(report.Checks, report.Outcome, verifier.Failed, "subject", verifier.Failed, "subject-syntax")
	o = askedToken
	o.At, o.MaxAge = w.now.Add(2*time.Hour), 3*time.Hour
	report, err = w.verifier.VerifyIDToken(t.Context(), w.by.Scope, good(func(i *siop.IDToken) { i.Expires = never }), o)
	w.must(err)
	w.wantCheck(report.Checks, report.Outcome, verifier.Passed, "validity", verifier.Passed, "")
}

func FuzzVerifyIDToken(f *testing.F) {
	holder := newSigner(f, "holder")
	f.Add([]byte(`{"iss":"`+holder.did+`","sub":"`+holder.did+`","aud":"x","nonce":"n","iat":1,"exp":9999999999}`), holder.method)
	f.Add([]byte(`{"iss":"x","sub":"x","sub_jwk":{"kty":"OKP"},"_vp_token":{"presentation_submission":{}}}`), "#")
	s := verifier.New(verifier.Config{Formats: []format.Format{jwtvc.Format{}}, Resolver: method{}})
	f.Fuzz(func(t *testing.T, payload []byte, kid string) {
		if !jsonString(kid) {
			return
		}
		token := holder.sign(t, payload, jose.Header{Kid: kid, Typ: "JWT"})
		report, err := s.VerifyIDToken(t.Context(), vc.Scope{}, token, verifier.TokenOptions{})
		if err != nil {
			t.Fatal(err)
		}
		thumbprint := bytes.Contains(payload, []byte("sub_jwk"))
		if report.Outcome == verifier.Passed && report.Subject != holder.did && !thumbprint {
			t.Fatal("another's token passes")
		}
		if _, err := s.VerifyRequest(t.Context(), vc.Scope{}, token, verifier.RequestOptions{}); err != nil {
			t.Fatal(err)
		}
	})
}
