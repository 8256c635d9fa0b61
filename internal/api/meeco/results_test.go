package meeco

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

func failing(name, code string) []verifier.Check {
	return []verifier.Check{{Name: name, Outcome: verifier.Failed, Code: code, Reason: "why"}}
}

func unchecked(name, code string) []verifier.Check {
	return []verifier.Check{{Name: name, Outcome: verifier.NotChecked, Code: code, Reason: "why"}}
}

func warning(name, code string) []verifier.Check {
	return []verifier.Check{{Name: name, Outcome: verifier.Warning, Code: code, Reason: "why"}}
}

// TestResults: each check is told once, with this wire's code, where Meeco tells it.
func TestResults(t *testing.T) {
	request := func(checks []verifier.Check) result {
		return requestResult(verifier.RequestReport{Checks: checks}, nil).result
	}
	token := func(checks []verifier.Check) result { return idTokenResult(&verifier.TokenReport{Checks: checks}, nil) }
	presentation := func(checks []verifier.Check) result {
		return presentationResult(&verifier.PresentationReport{Checks: checks}, nil).result
	}
	response := func(checks []verifier.Check) result {
		return responseResult(verifier.ResponseReport{Checks: checks}, responseWords{}).result
	}
	presented := func(checks []verifier.Check) result {
		return responseResult(verifier.ResponseReport{VPToken: &verifier.PresentationReport{Checks: checks}}, responseWords{}).result
	}
	for name, c := range map[string]struct {
		of            func([]verifier.Check) result
		checks        []verifier.Check
		errs, warning string
	}{
		"request signature":        {request, failing("signature", "signature-invalid"), notVerified, ""},
		"request client":           {request, unchecked("client", "did-unreachable"), notVerified, ""},
		"request without client":   {request, unchecked("key", "no-client"), "", ""},
		"request expired":          {request, failing("validity", "expired"), "", notVerified},
		"request not found":        {request, unchecked("format", "request-not-found"), requestNotFound, ""},
		"request unreachable":      {request, unchecked("format", "request-unreachable"), requestUnreachable, ""},
		"request definition":       {request, failing("definition", "definition-invalid"), requestInvalid, ""},
		"definition unreachable":   {request, unchecked("definition", "definition-unreachable"), requestInvalid, ""},
		"request endpoint":         {request, failing("endpoint", "endpoint"), requestInvalid, ""},
		"request for nothing":      {request, unchecked("definition", verifier.CodeNoDefinition), "", ""},
		"request key elsewhere":    {request, warning("key", "method-purpose"), "", notVerified},
		"token nonce":              {token, failing("nonce", "nonce-mismatch"), badNonce, ""},
		"token without a nonce":    {token, failing("nonce", "nonce-missing"), badNonce, ""},
		"token nonce not asked":    {token, unchecked("nonce", verifier.CodeNotAsked), "", ""},
		"token thumbprint":         {token, failing("subject", "sub-thumbprint"), badThumbprint, ""},
		"token subject":            {token, failing("subject", "not-self-issued"), notVerified, ""},
		"token audience":           {token, failing("audience", "audience-mismatch"), notVerified, ""},
		"token expired":            {token, failing("validity", "expired"), "", notVerified},
		"token signature":          {token, failing("signature", "no-signature"), notVerified, ""},
		"token key unasked":        {token, unchecked("key", "no-signature"), "", ""},
		"presentation signature":   {presentation, failing("signature", "signature-invalid"), notVerified, ""},
		"presentation nonce":       {presentation, failing("nonce", "nonce-mismatch"), notVerified, ""},
		"presentation audience":    {presentation, failing("audience", "audience-mismatch"), notVerified, ""},
		"presentation expired":     {presentation, failing("validity", "expired"), "", notVerified},
		"presentation binding":     {presentation, warning("binding", "subject-not-holder"), "", notVerified},
		"presentation of nobody":   {presentation, unchecked("binding", verifier.CodeNoSubject), "", ""},
		"presentation constraints": {presentation, failing("constraints", "descriptor-unmet"), "", ""},
		"response constraints":     {presented, failing("constraints", "descriptor-unmet"), responseInvalid, ""},
		"response not asked":       {presented, unchecked("constraints", verifier.CodeNotAsked), "", ""},
		"response missing":         {response, failing("presentation", verifier.CodeMissing), presentationNeeded, ""},
		"response state":           {response, failing("state", "state-mismatch"), responseInvalid, ""},
		"response of two":          {response, warning("holder", "holder-not-subject"), "", responseInvalid},
		"good":                     {response, []verifier.Check{{Name: "state", Outcome: verifier.Passed}}, "", ""},
	} {
		got := c.of(c.checks)
		told := func(remarks []remark, code string) bool {
			if code == "" {
				return remarks != nil && len(remarks) == 0
			}
			return len(remarks) == 1 && remarks[0].Error == code && remarks[0].Message["en"] == "why" &&
				remarks[0].Extra["check"] == c.checks[0].Name && remarks[0].Extra["code"] == c.checks[0].Code
		}
		if !told(got.Errors, c.errs) || !told(got.Warnings, c.warning) {
			t.Errorf("%s: errors %v, warnings %v", name, got.Errors, got.Warnings)
		}
	}
}

// TestResponseWords: what is asked for runs, and what always does.
func TestResponseWords(t *testing.T) {
	for name, c := range map[string]struct {
		options  string
		idToken  []string
		vpToken  []string
		whole    []string
		core     []string // of the presentation
		unlisted string   // pointer of what is refused
	}{
		"nothing asked": {
			options: `{}`, whole: []string{"format", "constraints"},
			idToken: []string{"format", "signature", "expiration", "nonce"}, vpToken: []string{"format", "signature", "expiration", "nonce"},
			core: []string{"validity", "binding", "nonce", "constraints"},
		},
		"little asked": {
			options: `{"checks":["format"],"id_token":{"checks":["format"]},"vp_token":{"checks":["signature"]}}`, whole: []string{"format"},
			idToken: []string{"format", "signature", "expiration"}, vpToken: []string{"format", "signature", "expiration"},
			core: []string{"validity", "binding"},
		},
		"constraints of the presentation": {
			options: `{"checks":["format"],"vp_token":{"checks":["constraints"]}}`, whole: []string{"format"},
			idToken: []string{"format", "signature", "expiration", "nonce"}, vpToken: []string{"format", "signature", "expiration", "constraints"},
			core: []string{"validity", "binding", "constraints"},
		},
		"an unknown word":   {options: `{"checks":["format","mood"]}`, unlisted: "/options/checks/1"},
		"a word of another": {options: `{"request":{"checks":["nonce"]}}`, unlisted: "/options/request/checks/0"},
	} {
		var o responseOptions
		if err := json.Unmarshal([]byte(c.options), &o); err != nil {
			t.Fatal(err)
		}
		words, err := o.words()
		if c.unlisted != "" {
			if e, ok := asError(err); !ok || e.Pointer != c.unlisted {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || !slices.Equal(words.whole, c.whole) || !slices.Equal(words.idToken, c.idToken) || !slices.Equal(words.vpToken, c.vpToken) ||
			!slices.Equal(words.core().VPToken, c.core) {
			t.Errorf("%s: %v %+v %v", name, err, words, words.core().VPToken)
		}
	}
}

const goodVerdict = `{"checks":["format","constraints"],"warnings":[],"errors":[{"error":"x","message":{},"extra_info":{}}],
	"request":{"id":"","checks":[],"warnings":[],"errors":[]},"id_token":{"checks":["nonce"],"warnings":[],"errors":[]},
	"vp_token":{"checks":[],"warnings":[],"errors":[],"credentials":[{"id":"c","checks":["schema"],"warnings":[],"errors":[]}]}}`

// TestVerdict: a verification result can be shown as it came.
func TestVerdict(t *testing.T) {
	if err := checkVerdict(jsontext.Value(goodVerdict), "/r"); err != nil {
		t.Error(err)
	}
	for name, c := range map[string]struct{ from, to, pointer string }{
		"no request":              {`"request"`, `"reqvest"`, "/r/reqvest"},
		"no id":                   {`"id":"",`, ``, "/r/request/id"},
		"no credentials":          {`,"credentials":[{"id":"c","checks":["schema"],"warnings":[],"errors":[]}]`, ``, "/r/vp_token/credentials"},
		"an unknown check":        {`"nonce"`, `"mood"`, "/r/id_token/checks/0"},
		"a check of a credential": {`"schema"`, `"mood"`, "/r/vp_token/credentials/0/checks/0"},
		"a message":               {`"message":{}`, `"message":"x"`, "/r"},
		"another type":            {`"checks":["nonce"]`, `"checks":7`, "/r/id_token/checks"},
	} {
		err := checkVerdict(jsontext.Value(strings.Replace(goodVerdict, c.from, c.to, 1)), "/r")
		if e, ok := asError(err); !ok || e.Kind != vc.Invalid || e.Pointer != c.pointer {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzVerdict: whatever a verifier sends, an error is the caller's, and what is taken is an object.
func FuzzVerdict(f *testing.F) {
	f.Add(goodVerdict)
	f.Add(`{"checks":null}`)
	f.Add(`[{}]`)
	f.Fuzz(func(t *testing.T, text string) {
		err := checkVerdict(jsontext.Value(text), "/r")
		if err == nil {
			if jsontext.Value(text).Kind() != '{' {
				t.Errorf("%q is taken", text)
			}
			return
		}
		if e, ok := errors.AsType[*vc.Error](err); !ok || e.Kind != vc.Invalid || !strings.HasPrefix(e.Pointer, "/r") {
			t.Errorf("%q: %v", text, err)
		}
	})
}

func TestBetween(t *testing.T) {
	request, definition := RequestIn("https://host/meeco"), DefinitionIn("https://host/meeco")
	for url, want := range map[string]string{
		"https://host/meeco/oidc/presentations/requests/a/jwt": "a", "https://host/meeco/oidc/presentations/requests//jwt": "",
		"https://host/meeco/oidc/presentations/requests/a/b/jwt": "", "https://other/meeco/oidc/presentations/requests/a/jwt": "",
		"https://host/meeco/oidc/presentations/requests/a": "", "": "", "https://host/meeco/oidc/presentations/requests/jwt": "",
	} {
		if id, ok := request(url); ok != (want != "") || ok && id != want {
			t.Errorf("%s: %q %v", url, id, ok)
		}
	}
	if id, ok := definition("https://host/meeco/presentation_definitions/d/definition.json"); !ok || id != "d" {
		t.Error(id, ok)
	}
}
