package verifier_test

import (
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
	"github.com/chancery-vc/chancery/spec/jose"
)

func TestVerifyToken(t *testing.T) {
	w := newWorld(t)
	ada, eve := newSigner(t, "ada"), newSigner(t, "eve")
	payload := []byte(`{"a":"0"}`)
	good := ada.sign(t, payload, jose.Header{Kid: ada.method, Typ: "JWT"})
	verdict, err := w.verifier.VerifyToken(t.Context(), w.by.Scope, string(good))
	w.must(err)
	if !verdict.Valid || verdict.Error != "" || verdict.DID != ada.did || verdict.Method != ada.method || string(verdict.Payload) != string(payload) ||
		!strings.Contains(string(verdict.Header), `"JWT"`) {
		t.Errorf("%+v", verdict)
	}
	at := strings.LastIndexByte(string(good), '.') + 20
	tampered := []byte(string(good))
	if tampered[at] = 'A'; good[at] == 'A' {
		tampered[at] = 'B'
	}
	for name, c := range map[string]struct{ token, code string }{
		"tampered":         {string(tampered), "signature-invalid"},
		"another's key":    {string(eve.sign(t, payload, jose.Header{Kid: ada.method})), "signature-invalid"},
		"no such method":   {string(ada.sign(t, payload, jose.Header{Kid: ada.did + "#other"})), "method-not-listed"},
		"no such DID":      {string(ada.sign(t, payload, jose.Header{Kid: "did:key:z6Mkother#1"})), "did-invalid"},
		"a method unknown": {string(ada.sign(t, payload, jose.Header{Kid: "did:nope:1#1"})), "did-method-not-supported"},
	} {
		verdict, err := w.verifier.VerifyToken(t.Context(), w.by.Scope, c.token)
		if err != nil || verdict.Valid || verdict.Error != c.code {
			t.Errorf("%s: %+v, %v", name, verdict, err)
		}
	}
	for name, c := range map[string]struct{ token, code string }{
		"nothing":          {"", "token-malformed"},
		"two parts":        {"a.b", "token-malformed"},
		"not signed":       {"eyJhbGciOiJub25lIn0.e30.", "token-malformed"},
		"no kid":           {string(ada.sign(t, payload, jose.Header{})), "token-kid"},
		"a DID alone":      {string(ada.sign(t, payload, jose.Header{Kid: ada.did})), "token-kid"},
		"a key's own name": {string(ada.sign(t, payload, jose.Header{Kid: "key-1"})), "token-kid"},
	} {
		_, err := w.verifier.VerifyToken(t.Context(), w.by.Scope, c.token)
		if e, ok := err.(*vc.Error); !ok || e.Kind != vc.Invalid || e.Code != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	w.config.Callers = setUp{}
	if _, err := verifier.New(w.config).VerifyToken(t.Context(), w.by.Scope, string(good)); vc.KindOf(err) != vc.Denied {
		t.Error(err)
	}
}
