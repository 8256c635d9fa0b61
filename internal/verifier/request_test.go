package verifier_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/siop"
)

func (w *world) request(by signer) siop.Request {
	return siop.Request{
		ClientID: by.did, Issuer: by.did, ResponseType: siop.ResponseBoth, ResponseMode: siop.ModeDirectPost,
		ResponseURI: "https://verifier.example/answers", Scope: "openid", Nonce: fresh, State: "s",
		IssuedAt: w.now, Expires: w.now.Add(time.Hour), Definition: wanting("MSc"),
	}
}

func (w *world) signRequest(by signer, r siop.Request) []byte {
	w.Helper()
	return by.sign(w, siop.EncodeRequest(r), headerOf(by))
}

func TestRequest(t *testing.T) {
	w := newWorld(t)
	there := newElsewhere(t)
	there.files["/definition"] = append([]byte(`{"presentation_definition":`), append(wanting("MSc"), '}')...)
	there.files["/none"] = []byte(`{}`)
	client, thief := newSigner(t, "client"), newSigner(t, "thief")
	good := func(change func(*siop.Request)) []byte {
		r := w.request(client)
		if change != nil {
			change(&r)
		}
		return w.signRequest(client, r)
	}
	at := func(path string) []byte {
		return good(func(r *siop.Request) { r.Definition, r.DefinitionURI = nil, there.URL+path })
	}
	plain := good(nil)
	unsigned := plain[:bytes.LastIndexByte(plain, '.')]
	for name, c := range map[string]struct {
		token   []byte
		outcome verifier.Outcome
		check   string
		ended   verifier.Outcome
		code    string
	}{
		"good":                   {plain, verifier.Passed, "signature", verifier.Passed, ""},
		"early dialect":          {good(func(r *siop.Request) { r.Dialect = siop.Early }), verifier.Passed, "definition", verifier.Passed, ""},
		"by its address":         {at("/definition"), verifier.Passed, "definition", verifier.Passed, ""},
		"no definition there":    {at("/none"), verifier.Failed, "definition", verifier.Failed, "definition-invalid"},
		"nothing there":          {at("/missing"), verifier.Indeterminate, "definition", verifier.NotChecked, "definition-not-found"},
		"who you are alone":      {good(func(r *siop.Request) { r.Definition, r.ResponseType = nil, siop.ResponseIDToken }), verifier.Passed, "definition", verifier.NotChecked, verifier.CodeNoDefinition},
		"nothing is named":       {good(func(r *siop.Request) { r.Definition = nil }), verifier.Failed, "definition", verifier.Failed, "definition-missing"},
		"a query":                {good(func(r *siop.Request) { r.Definition, r.Extra = nil, map[string][]byte{"dcql_query": []byte(`{}`)} }), verifier.Indeterminate, "definition", verifier.NotChecked, "query-not-supported"},
		"a broken definition":    {good(func(r *siop.Request) { r.Definition = []byte(`{"id":1}`) }), verifier.Failed, "definition", verifier.Failed, "definition-invalid"},
		"garbage":                {[]byte("garbage"), verifier.Failed, "format", verifier.Failed, "unknown-format"},
		"no nonce":               {good(func(r *siop.Request) { r.Nonce = "" }), verifier.Failed, "format", verifier.Failed, "invalid-claim"},
		"unsigned":               {unsigned, verifier.Failed, "signature", verifier.Failed, "no-signature"},
		"expired":                {good(func(r *siop.Request) { r.Expires = w.now.Add(-time.Hour) }), verifier.Failed, "validity", verifier.Failed, "expired"},
		"early":                  {good(func(r *siop.Request) { r.NotBefore = w.now.Add(time.Hour) }), verifier.Failed, "validity", verifier.Failed, "not-yet-valid"},
		"nowhere to answer":      {good(func(r *siop.Request) { r.ResponseURI = "" }), verifier.Failed, "endpoint", verifier.Failed, "endpoint"},
		"in another's name":      {w.signRequest(thief, w.request(client)), verifier.Failed, "key", verifier.Failed, "client-mismatch"},
		"in disguise":            {thief.sign(t, siop.EncodeRequest(w.request(client)), headerOf(client)), verifier.Failed, "signature", verifier.Failed, "signature-invalid"},
		"issued by another":      {good(func(r *siop.Request) { r.Issuer = thief.did }), verifier.Failed, "client", verifier.Failed, "issuer-mismatch"},
		"a client without a DID": {good(func(r *siop.Request) { r.ClientID, r.Issuer = "https://verifier.example", "" }), verifier.Indeterminate, "client", verifier.NotChecked, "client-not-a-did"},
	} {
		t.Run(name, func(t *testing.T) {
			w := *w
			w.TB = t
			report, err := w.verifier.VerifyRequest(t.Context(), w.by.Scope, c.token, verifier.RequestOptions{})
			w.must(err)
			w.wantCheck(report.Checks, report.Outcome, c.outcome, c.check, c.ended, c.code)
			if len(report.Checks) != 7 || c.outcome == verifier.Passed && (report.Client != client.did || report.Request.Nonce != fresh) {
				t.Errorf("%+v", report)
			}
			if c.check == "definition" && (report.Definition != nil) != (c.ended == verifier.Passed) {
				t.Errorf("definition %s", report.Definition)
			}
		})
	}
	report, err := w.verifier.VerifyRequest(t.Context(), w.by.Scope, at("/x"), verifier.RequestOptions{
		Definition: func(context.Context, string) ([]byte, error) { return nil, vc.Errorf(vc.NotFound, "x", "x") },
	})
	w.must(err)
	w.wantCheck(report.Checks, report.Outcome, verifier.Indeterminate, "definition", verifier.NotChecked, "definition-not-found")
	if _, err := w.verifier.VerifyRequest(t.Context(), w.by.Scope, nil, verifier.RequestOptions{Checks: []string{"mood"}}); vc.KindOf(err) != vc.Invalid {
		t.Error(err)
	}
}
