package peer_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/internal/verifier"
)

// TestClaim claims an offering, whichever way its code holds it.
func TestClaim(t *testing.T) {
	w := newWorld(t)
	code := text(t, w.code())
	for name, scanned := range map[string]string{
		"object": code, "string": text(t, code), "URL of the offering": w.url("/api/v1/offering/one"), "URL of the code": w.url("/qr"),
		"without a type": strings.Replace(code, `"type":"credential_offering"`, `"more":1`, 1), "spaced": " \n" + code + "\n",
		"URL as a string": text(t, w.url("/api/v1/offering/one")),
	} {
		t.Run(name, func(t *testing.T) {
			w.quiet()
			flow, err := w.desk.Begin(t.Context(), w.by, []byte(scanned), "")
			must(t, err)
			if flow.Kind != holder.KindClaim || flow.DID != w.ada.DID || flow.Scanned.Type != "Ticket" || flow.Scanned.Peer != w.url("") || string(flow.Scanned.Claims) != `{"seat":"12A"}` {
				t.Errorf("begun %+v", flow.Scanned)
			}
			done, err := w.desk.ConfirmClaim(t.Context(), w.by, flow.ID)
			must(t, err)
			if done.State != holder.FlowConfirmed || done.Held.Subjects[0] != w.ada.DID || w.holder != w.ada.DID || w.trouble != nil {
				t.Errorf("%s: %v", done.State, w.trouble)
			}
			if calls := w.calls[len(w.calls)-4:]; !slices.Equal(calls, []string{
				"POST /empe/api/v1/authorizations", "POST /empe/api/v1/authorizations/auth-1/validate", "POST /empe/api/v1/tokens", "POST /empe/api/v1/offerings/one/claim",
			}) {
				t.Errorf("%q", calls)
			}
		})
	}
}

// TestPresentation answers a request, whichever way its code names it.
func TestPresentation(t *testing.T) {
	w := newWorld(t)
	made, err := w.desk.Hold(t.Context(), w.by, holder.NewHeld{Secured: w.credential(w.ada.DID)})
	must(t, err)
	at := w.url("/api/v1/verifier/request/r1")
	for name, scanned := range map[string]string{
		"object": `{"type":"authorization_request","request_uri":"` + at + `"}`, "URL": at, "without a type": `{"request_uri":"` + at + `"}`,
		"URL of a wallet": "openid4vp://?client_id=x&request_uri=" + at,
	} {
		t.Run(name, func(t *testing.T) {
			w.quiet()
			w.answers = nil
			flow, err := w.desk.Begin(t.Context(), w.by, []byte(scanned), "")
			must(t, err)
			if flow.Kind != holder.KindPresentation || len(flow.Candidates) != 1 || flow.Scanned.Peer != w.url("/api/v1/verifier/response/r1") {
				t.Errorf("begun %+v", flow.Scanned)
			}
			done, err := w.desk.ConfirmPresentation(t.Context(), w.by, flow.ID, made.Held.ID)
			must(t, err)
			if done.Redirect != "https://shop.example/done?response_code=1" || done.State != holder.FlowConfirmed {
				t.Errorf("%s %s %v", done.State, done.Redirect, w.trouble)
			}
			report, err := w.judge.VerifyPresentation(t.Context(), vc.Scope{Tenant: w.by.Scope.Tenant}, []byte(w.answers[0]["vp"]), verifier.PresentationOptions{
				Nonce: "nonce-of-the-verifier-0123456789", Audience: []string{w.url("/api/v1/verifier/response/r1")},
				Definition: []byte(asked), Submission: []byte(w.answers[0]["submission"]),
			})
			must(t, err)
			if report.Outcome != verifier.Passed || report.Holder != w.ada.DID {
				t.Errorf("%s %+v", report.Outcome, report.Checks)
			}
		})
	}
	for name, c := range map[string]struct {
		status      int
		contentType string
		body        string
	}{
		"nothing": {200, "", ""}, "no content": {204, "", ""}, "a page": {200, "text/html", "<p>"}, "not JSON": {200, "application/json", "x"},
		"nowhere": {200, "application/json", `{}`}, "somewhere odd": {200, "application/json", `{"redirect_uri":"javascript:alert(1)"}`},
	} {
		w.says("/api/v1/verifier/response/r1", c.status, c.contentType, c.body)
		flow, err := w.desk.Begin(t.Context(), w.by, []byte(at), "")
		must(t, err)
		if done, err := w.desk.ConfirmPresentation(t.Context(), w.by, flow.ID, made.Held.ID); err != nil || done.State != holder.FlowConfirmed || done.Redirect != "" {
			t.Errorf("%s: %q %v", name, done.Redirect, err)
		}
	}
	for status, code := range map[int]string{302: "presentation-refused", 400: "presentation-refused", 404: "presentation-refused", 429: "peer-unavailable", 500: "peer-unavailable"} {
		w.says("/api/v1/verifier/response/r1", status, "application/json", `{"message":"a secret of the other end"}`)
		flow, err := w.desk.Begin(t.Context(), w.by, []byte(at), "")
		must(t, err)
		kind := vc.Invalid
		if code == "peer-unavailable" {
			kind = vc.Unavailable
		}
		_, err = w.desk.ConfirmPresentation(t.Context(), w.by, flow.ID, made.Held.ID)
		w.fails(err, kind, code)
	}
}

// with is an object with members changed; nil removes one.
func with(o object, changes object) object {
	o = maps.Clone(o)
	for name, value := range changes {
		if o[name] = value; value == nil {
			delete(o, name)
		}
	}
	return o
}

// TestRead: what is not what it says is refused before anything begins.
func TestRead(t *testing.T) {
	w := newWorld(t)
	code := w.code()
	other := newThere(w)
	offering, metadata, request := "/api/v1/offering/one", "/.well-known/openid-credential-issuer", "/api/v1/verifier/request/r1"
	for name, c := range map[string]struct {
		scanned any    // nil: the offering's code
		path    string // that answers otherwise
		said    any
		code    string
	}{
		"nothing of ours":         {object{"type": "invitation"}, "", nil, "scan-not-understood"},
		"a word":                  {"hello", "", nil, "scan-not-understood"},
		"a number":                {7, "", nil, "scan-not-understood"},
		"a number in its place":   {with(code, object{"offering_full_url": 7}), "", nil, "scan-malformed"},
		"a file":                  {with(code, object{"offering_full_url": "file:///etc/passwd"}), "", nil, "scan-malformed"},
		"a user":                  {with(code, object{"offering_full_url": "https://a@b.example/"}), "", nil, "scan-malformed"},
		"a private network":       {with(code, object{"offering_full_url": "https://10.0.0.1/", "credential_issuer": "https://10.0.0.1"}), "", nil, "address-not-allowed"},
		"plain HTTP":              {object{"request_uri": "http://verifier.example/"}, "", nil, "url-not-allowed"},
		"a long URL":              {object{"request_uri": w.url("/") + strings.Repeat("x", 3000)}, "", nil, "scan-malformed"},
		"of another offering":     {with(code, object{"offering_id": "two"}), "", nil, "offer-mismatch"},
		"of another issuer":       {with(code, object{"credential_issuer": other.url("")}), "", nil, "offer-mismatch"},
		"an issuer elsewhere":     {w.url(offering), offering, with(w.offer(), object{"credential_issuer": other.url("")}), "offer-mismatch"},
		"two types":               {nil, offering, with(w.offer(), object{"credential_configuration_ids": []string{"A", "B"}}), "answer-malformed"},
		"no type":                 {nil, offering, with(w.offer(), object{"credential_configuration_ids": nil}), "answer-malformed"},
		"an id that is a path":    {nil, offering, with(w.offer(), object{"id": "../x"}), "answer-malformed"},
		"claims that are none":    {nil, offering, with(w.offer(), object{"credential_subject": []int{1}}), "answer-malformed"},
		"an offering of text":     {nil, offering, "x", "offer-malformed"},
		"metadata of another":     {nil, metadata, with(w.described(), object{"credential_issuer": w.url("/x")}), "offer-mismatch"},
		"an endpoint elsewhere":   {nil, metadata, with(w.described(), object{"token_endpoint": other.url("/api/v1/tokens")}), "offer-mismatch"},
		"no endpoint":             {nil, metadata, with(w.described(), object{"authorize_endpoint": nil}), "answer-malformed"},
		"an endpoint with a part": {nil, metadata, with(w.described(), object{"offering_endpoint": w.url("/x?y=")}), "offer-mismatch"},
		"neither":                 {w.url(offering), offering, object{"id": "one"}, "scan-not-understood"},
		"an answer by fragment":   {w.url(request), request, with(w.asking(), object{"response_mode": "fragment"}), "request-malformed"},
		"an ID token":             {w.url(request), request, with(w.asking(), object{"response_type": "id_token"}), "request-malformed"},
		"another client":          {w.url(request), request, with(w.asking(), object{"client_id": "https://bank.example"}), "request-malformed"},
		"a client by DID":         {w.url(request), request, with(w.asking(), object{"client_id": w.issuer.DID, "client_id_scheme": "did"}), "request-malformed"},
		"no nonce":                {object{"request_uri": w.url(request)}, request, with(w.asking(), object{"nonce": nil}), "request-malformed"},
		"a definition elsewhere":  {w.url(request), request, with(w.asking(), object{"presentation_definition": nil, "presentation_definition_uri": "https://x.example"}), "request-malformed"},
		"a definition that is no": {w.url(request), request, with(w.asking(), object{"presentation_definition": object{}}), "definition-invalid"},
	} {
		t.Run(name, func(t *testing.T) {
			w.quiet()
			scanned := text(t, code)
			if c.scanned != nil {
				scanned = text(t, c.scanned)
			}
			if c.path != "" {
				w.says(c.path, 200, "application/json", text(t, c.said))
			}
			_, err := w.desk.Begin(t.Context(), w.by, []byte(scanned), "")
			kind := vc.Invalid
			if strings.HasSuffix(c.code, "-not-allowed") {
				kind = vc.Denied
			}
			w.fails(err, kind, c.code)
		})
	}
	if calls := other.calls; calls != nil {
		t.Errorf("somebody else was asked: %q", calls)
	}
	for name, c := range map[string]struct {
		status      int
		contentType string
		body        string
		kind        vc.Kind
		code        string
	}{
		"gone":            {410, "application/json", `{}`, vc.NotFound, "scan-nothing-there"},
		"not there":       {404, "application/json", `{}`, vc.NotFound, "scan-nothing-there"},
		"a redirect":      {302, "application/json", `{}`, vc.Invalid, "peer-refused"},
		"not acceptable":  {406, "application/json", `{}`, vc.Invalid, "peer-refused"},
		"out of order":    {503, "application/json", `{}`, vc.Unavailable, "peer-unavailable"},
		"a page":          {200, "text/html", `{}`, vc.Invalid, "answer-malformed"},
		"a JWT":           {200, "application/oauth-authz-req+jwt", `eyJ`, vc.Invalid, "answer-malformed"},
		"large":           {200, "application/json", `"` + strings.Repeat("x", 300<<10) + `"`, vc.Invalid, "answer-too-large"},
		"huge":            {200, "application/json", `"` + strings.Repeat("x", 2<<20) + `"`, vc.Unavailable, "peer-unavailable"},
		"a name twice":    {200, "application/json", `{"id":"one","id":"two"}`, vc.Invalid, "offer-malformed"},
		"nested too deep": {200, "application/json", strings.Repeat("[", 100), vc.Invalid, "offer-malformed"},
	} {
		t.Run(name, func(t *testing.T) {
			w.quiet()
			w.says(offering, c.status, c.contentType, c.body)
			_, err := w.desk.Begin(t.Context(), w.by, []byte(text(t, code)), "")
			w.fails(err, c.kind, c.code)
		})
	}
}

// TestClaimRefused: an issuer that does not do as it should gets no further.
func TestClaimRefused(t *testing.T) {
	w := newWorld(t)
	authorize, validate, token, claim := "/api/v1/authorizations", "/api/v1/authorizations/auth-1/validate", "/api/v1/tokens", "/api/v1/offerings/one/claim"
	asks := object{"id": "auth-1", "presentation_definition": object{"id": "x", "input_descriptors": []any{object{"id": "passport"}}}}
	for name, c := range map[string]struct {
		path   string
		status int
		said   any
		code   string
		last   string // path of the last call
	}{
		"no authorization":       {authorize, 400, object{"message": "a secret of the other end"}, "claim-refused", authorize},
		"another's nonce":        {authorize, 201, object{"id": "auth-1", "nonce": "of-a-login-somewhere-else-0123456789"}, "claim-refused", authorize},
		"an id that is a path":   {authorize, 201, object{"id": "x/y"}, "claim-refused", authorize},
		"credentials are wanted": {authorize, 201, asks, "claim-refused", authorize},
		"no code":                {validate, 200, object{"id": "auth-1"}, "claim-refused", validate},
		"refused":                {validate, 400, object{}, "claim-refused", validate},
		"no token":               {token, 201, object{}, "claim-refused", token},
		"another kind of token":  {token, 201, object{"access_token": "x", "token_type": "DPoP"}, "claim-refused", token},
		"a token of two lines":   {token, 201, object{"access_token": "x\r\nX-Y: z", "token_type": "Bearer"}, "claim-refused", token},
		"used up":                {claim, 404, object{}, "claim-refused", claim},
		"held":                   {claim, 200, object{"id": "x"}, "claim-refused", claim},
		"a number":               {claim, 200, object{"id": "x", "vc": 7}, "claim-refused", claim},
		"no credential":          {claim, 200, object{"id": "x", "vc": object{}}, "credential-malformed", claim},
		"too slow":               {claim, 503, object{}, "peer-unavailable", claim},
	} {
		t.Run(name, func(t *testing.T) {
			w.quiet()
			w.says(c.path, c.status, "application/json", text(t, c.said))
			flow, err := w.desk.Begin(t.Context(), w.by, []byte(text(t, w.code())), "")
			must(t, err)
			_, err = w.desk.ConfirmClaim(t.Context(), w.by, flow.ID)
			kind := vc.Invalid
			if c.code == "peer-unavailable" {
				kind = vc.Unavailable
			}
			w.fails(err, kind, c.code)
			if last := w.calls[len(w.calls)-1]; last != "POST /empe"+c.last {
				t.Errorf("the last call was %s", last)
			}
			if got, err := w.desk.Flow(t.Context(), w.by.Scope, flow.ID); err != nil || got.State != holder.FlowFailed || got.Error != c.code {
				t.Errorf("%s %s %v", got.State, got.Error, err)
			}
		})
	}
}
