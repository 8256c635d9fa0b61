package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/sdk"
	spec "github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/multikey"
)

// second says whether a body is of a second step.
func second(body []byte) bool { return bytes.Contains(body, []byte(`"jobId"`)) }

// rewritten passes a first step on, and changes what is answered; a second step is passed on as it is.
func rewritten(change func(state map[string]any) map[string]any) func(http.ResponseWriter, *http.Request, []byte, http.Handler) {
	return func(w http.ResponseWriter, r *http.Request, body []byte, next http.Handler) {
		if second(body) {
			next.ServeHTTP(w, r)
			return
		}
		said := httptest.NewRecorder()
		next.ServeHTTP(said, r)
		var answer map[string]any
		done(json.Unmarshal(said.Body.Bytes(), &answer))
		for _, name := range []string{"didState", "didUrlState"} {
			if state, ok := answer[name].(map[string]any); ok {
				answer[name] = change(state)
			}
		}
		w.WriteHeader(said.Code)
		done(json.NewEncoder(w).Encode(answer))
	}
}

// payloads changes every payload that is to be signed.
func payloads(change func([]byte) []byte) func(map[string]any) map[string]any {
	return func(state map[string]any) map[string]any {
		requests, _ := state["signingRequest"].(map[string]any)
		for _, one := range requests {
			request := one.(map[string]any)
			raw := must(base64.StdEncoding.DecodeString(request["serializedPayload"].(string)))
			request["serializedPayload"] = base64.StdEncoding.EncodeToString(change(raw))
		}
		return state
	}
}

// document changes the document that is to be signed.
func document(change func(*spec.DIDDocPayload)) func([]byte) []byte {
	return func(raw []byte) []byte {
		payload := must(spec.DecodeDIDDocPayload(raw))
		change(&payload)
		return payload.Encode()
	}
}

// TestCheqdRegistrarLies has a registrar want something signed that was not asked for, or say nothing that can be used: nothing is
// signed, nothing is left behind, and no second step is made.
func TestCheqdRegistrarLies(t *testing.T) {
	guard(t, func() {
		peer := newRegistrarPeer(t)
		w := start(t, "sqlite", peer.config())
		ctx := t.Context()
		o := w.office("north")
		did := must(o.admin.CreateDID(ctx, sdk.NewDID{Method: "cheqd"}))
		before := len(must(app.LedgerTransactions(ctx, w.config, 100)))
		_, jobs, _ := peer.steps()
		thief := multikey.Join(multikey.CodeEd25519, newSeed(7)[32:])
		answers := func(status int, text string) func(http.ResponseWriter, *http.Request, []byte, http.Handler) {
			return func(w http.ResponseWriter, _ *http.Request, _ []byte, _ http.Handler) {
				w.WriteHeader(status)
				_, _ = io.WriteString(w, text)
			}
		}
		changed := func(change func(*spec.DIDDocPayload)) func(http.ResponseWriter, *http.Request, []byte, http.Handler) {
			return rewritten(payloads(document(change)))
		}
		asked := `{"jobId":"j","didState":{"state":"action","action":"signPayload","signingRequest":`
		for name, c := range map[string]struct {
			front  func(http.ResponseWriter, *http.Request, []byte, http.Handler)
			status int
			code   string
		}{
			"another DID": {changed(func(p *spec.DIDDocPayload) { p.ID = "did:cheqd:testnet:" + uuid.NewString() }), 503, "registrar-payload"},
			"another key": {changed(func(p *spec.DIDDocPayload) { p.VerificationMethod[0].Material = thief }), 503, "registrar-payload"},
			"a further key": {changed(func(p *spec.DIDDocPayload) {
				m := p.VerificationMethod[0]
				m.ID, m.Material = p.ID+"#thief", thief
				p.VerificationMethod = append(p.VerificationMethod, m)
			}), 503, "registrar-payload"},
			"a controller": {changed(func(p *spec.DIDDocPayload) { p.Controller = []string{did.DID} }), 503, "registrar-payload"},
			"a service": {changed(func(p *spec.DIDDocPayload) {
				p.Service = []spec.Service{{ID: p.ID + "#x", Type: "LinkedDomains", Endpoint: []string{"https://evil.example"}}}
			}), 503, "registrar-payload"},
			"another context": {changed(func(p *spec.DIDDocPayload) { p.Context = []string{"https://evil.example/v1"} }), 503, "registrar-payload"},
			"an inline key": {changed(func(p *spec.DIDDocPayload) {
				p.AssertionMethod = append(p.AssertionMethod, spec.InlineMethod(diddoc.VerificationMethod{ID: p.ID + "#x", Type: diddoc.Multikey, Controller: p.ID, PublicKeyMultibase: thief}))
			}), 503, "registrar-payload"},
			"no version":   {changed(func(p *spec.DIDDocPayload) { p.VersionID = "1" }), 503, "registrar-payload"},
			"a field more": {rewritten(payloads(func(raw []byte) []byte { return append(raw, 0x6a, 1, 'x') })), 503, "registrar-payload"},
			"a deactivation": {rewritten(payloads(func([]byte) []byte {
				return spec.DeactivatePayload{ID: did.DID, VersionID: uuid.NewString()}.Encode()
			})), 503, "registrar-payload"},
			"a resource": {rewritten(payloads(func([]byte) []byte {
				return spec.ResourcePayload{Data: []byte("x"), CollectionID: did.DID, ID: uuid.NewString(), Name: "x", Type: "x"}.Encode()
			})), 503, "registrar-payload"},
			"a bank's":         {rewritten(payloads(func([]byte) []byte { return []byte("pay a million") })), 503, "registrar-payload"},
			"no payload":       {rewritten(payloads(func([]byte) []byte { return nil })), 503, "registrar-payload"},
			"two payloads":     {answers(200, asked+`[{"kid":"a","serializedPayload":"AA=="},{"kid":"b","serializedPayload":"AQ=="}]}}`), 503, "registrar-payload"},
			"about another":    {rewritten(func(s map[string]any) map[string]any { s["did"] = did.DID + "x"; return s }), 503, "registrar-payload"},
			"another action":   {rewritten(func(s map[string]any) map[string]any { s["action"] = "decryptPayload"; return s }), 503, "registrar-answer"},
			"finished":         {rewritten(func(s map[string]any) map[string]any { s["state"] = "finished"; return s }), 503, "registrar-answer"},
			"to be waited for": {rewritten(func(s map[string]any) map[string]any { s["state"] = "wait"; return s }), 503, "registrar-answer"},
			"no job":           {answers(200, strings.Replace(asked, `"j"`, "null", 1)+`{}}}`), 503, "registrar-answer"},
			"an error":         {answers(500, `{"jobId":null,"didState":{"state":"failed","reason":"Internal server error"}}`), 503, "registrar-refused"},
			"a page":           {answers(502, "<html>bad gateway</html>"), 503, "registrar-unreachable"},
			"nonsense":         {answers(200, `{"didState":"x"}`), 503, "registrar-unreachable"},
			"a redirect": {func(w http.ResponseWriter, r *http.Request, _ []byte, _ http.Handler) {
				http.Redirect(w, r, peer.url+"/1.0/identifiers/"+did.DID, http.StatusSeeOther)
			}, 503, "registrar-unreachable"},
			"a hang-up":  {func(http.ResponseWriter, *http.Request, []byte, http.Handler) { panic(http.ErrAbortHandler) }, 503, "registrar-unreachable"},
			"no entry":   {answers(403, `{"jobId":null,"didState":{"state":"failed","reason":"Forbidden"}}`), 503, "registrar-refused"},
			"a refusal":  {answers(400, `{"jobId":null,"didState":{"state":"failed","reason":"Invalid payload"}}`), 400, "registrar-refused"},
			"a conflict": {answers(409, `{"jobId":null,"didState":{"state":"failed","reason":"there"}}`), 409, "registrar-refused"},
		} {
			peer.stand(c.front)
			_, err := o.admin.RotateDID(ctx, did.ID, "")
			t.Run(name, func(t *testing.T) { refused(t, err, c.status, c.code) })
		}
		// A version that is there already would look as if the change were.
		there := must(w.app.Ledger.Method.Resolve(ctx, did.DID)).Metadata.VersionID
		peer.stand(changed(func(p *spec.DIDDocPayload) { p.VersionID = there }))
		_, err := o.admin.RotateDID(ctx, did.ID, "")
		refused(t, err, 503, "registrar-payload")
		peer.stand(nil)

		if _, now, _ := peer.steps(); now != jobs {
			t.Errorf("%d second steps", now-jobs)
		}
		if all := must(app.LedgerTransactions(ctx, w.config, 100)); len(all) != before {
			t.Errorf("journaled: %+v", all)
		}
		if now := must(o.admin.GetDID(ctx, did.ID)); len(now.Keys) != 1 {
			t.Errorf("half changed: %+v", now)
		}
		// Requests may be a list, and name a key by its fragment.
		peer.stand(rewritten(func(state map[string]any) map[string]any {
			one := state["signingRequest"].(map[string]any)["signingRequest0"].(map[string]any)
			_, fragment, _ := strings.Cut(one["kid"].(string), "#")
			one["kid"], state["signingRequest"] = "#"+fragment, []any{one}
			return state
		}))
		must(o.admin.CreateDID(ctx, sdk.NewDID{Method: "cheqd", Algorithm: "P-256"}))
		// A registrar that asks for nothing in particular is given what it was to ask for.
		peer.stand(rewritten(func(state map[string]any) map[string]any { state["signingRequest"] = map[string]any{}; return state }))
		must(o.admin.CreateDID(ctx, sdk.NewDID{Method: "cheqd"}))
		peer.stand(nil)
		must(o.admin.RotateDID(ctx, did.ID, ""))
	})
}
