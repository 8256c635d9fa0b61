package meeco

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"
)

// TestResponsesRefused: a tampered answer, one to another request, for another, and an expired one.
func TestResponsesRefused(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north").furnish()
		definition := o.definition("Entry")
		r, another, bare, h := o.request(definition), o.request(definition), o.request(""), o.holding()
		good := h.answers(r, h.presents(o.signer.DID, r.nonce))
		with := func(name string, value any) object {
			out := object{}
			for k, v := range good {
				out[k] = v
			}
			out[name] = value
			return out
		}
		told := func(got *reply, part, code, why string) {
			t.Helper()
			got.equal(part+"/errors/0/error", code)
			got.equal(part+"/errors/0/extra_info/code", why)
		}
		told(h.verifies(r.uri, with("id_token", flipped(good["id_token"].(string)))), "/id_token", "failed_to_verify_jwt", "signature-invalid")
		told(h.verifies(r.uri, with("vp_token", flipped(good["vp_token"].(string)))), "/vp_token", "failed_to_verify_jwt", "signature-invalid")
		told(h.verifies(another.uri, good), "/id_token", "invalid_jwt_nonce", "nonce-mismatch") // a replay
		told(h.verifies(another.uri, good), "/vp_token", "failed_to_verify_jwt", "nonce-mismatch")
		told(h.verifies(r.uri, with("vp_token", h.presents(h.key.DID, r.nonce))), "/vp_token", "failed_to_verify_jwt", "audience-mismatch")
		told(h.verifies(r.uri, with("state", "s2")), "", "failed_to_validate_presentation_response", "state-mismatch")
		told(h.verifies(r.uri, h.answers(bare, "")), "", "vp_token_is_missing_for_presentation_request", "vp-token-missing")
		told(h.verifies(w.url+prefix+"/oidc/presentations/requests/"+nowhere+"/jwt", good), "/request", "presentation_request_not_found", "request-not-found")
		told(h.verifies("http://192.0.2.1/jwt", good), "/request", "load_presentation_request_via_url_failed", "request-unreachable")
		told(h.verifies(flipped(r.signed), good), "/request", "failed_to_verify_jwt", "signature-invalid")
		someone := *h
		order := o.order(h.key.DID)
		order["claims"] = object{"id": h.key.DID, "name": "Bob"}
		someone.credential = w.sign(w.sdk(o.admin, "credentialsControllerGenerate", o.org.ID, object{"credential": order}, "application/json").
			text("/credential/unsigned_vc_jwt"), o.signer.DID, o.signer)
		told(h.verifies(r.uri, with("vp_token", someone.presents(o.signer.DID, r.nonce))), "", "failed_to_validate_presentation_response", "descriptor-unmet")
		h.verifies("nowhere", good).refusedAt(400, "request_malformed", "/presentation_request_response/request_uri")
		w.raw(o.admin, "POST", "/oidc/presentations/response/verify", object{
			"presentation_request_response": object{"request_uri": r.uri}, "options": object{"id_token": object{"checks": []string{"mood"}}},
		}, orgHeader, o.org.ID).refusedAt(400, "unknown_check", "/options/id_token/checks/0")

		token := func(request string, more object) *reply {
			body := object{"request_uri": request, "issuer": h.key.DID}
			for name, value := range more {
				body[name] = value
			}
			return w.sdk(o.admin, "presentationRequestTokensControllerCreate", body)
		}
		token(w.url+prefix+"/oidc/presentations/requests/"+nowhere+"/jwt", nil).refused(404, "request_not_found")
		for _, far := range []string{"http://192.0.2.1/jwt", "http://127.0.0.1:1/jwt", "openid://?request_uri=http://169.254.169.254/"} { // it is not we who do not answer
			token(far, nil).refused(422, "request_unreachable")
		}
		token(r.uri, object{"issuer": "nobody"}).refusedAt(400, "holder_not_a_did", "/issuer")
		token(r.uri, object{"vp_token": "garbage"}).refusedAt(400, "presentation_malformed", "/vp_token")
		generate := func(change object) *reply {
			body := object{"issuer": h.key.DID, "audience": o.signer.DID, "credentials": []string{h.credential}}
			for name, value := range change {
				body[name] = value
			}
			return w.raw(o.admin, "POST", "/presentations/generate", object{"presentation": body}, orgHeader, o.org.ID)
		}
		generate(object{"issuer": "nobody"}).refusedAt(400, "holder_not_a_did", "/presentation/issuer")
		generate(object{"credentials": []string{"garbage"}}).refusedAt(400, "credential_malformed", "/presentation/credentials/0")
		generate(object{"credentials": []string{h.credential[:strings.LastIndexByte(h.credential, '.')]}}).refusedAt(400, "credential_unsigned", "/presentation/credentials/0")
		generate(object{"expires_at": "2020-01-01T00:00:00Z"}).refusedAt(400, "expiry_past", "/presentation/expires_at")
		w.raw(o.admin, "POST", "/presentations/verify", object{"presentation": object{"signed_presentation_jwt": "x"}}).refused(400, "organisation_id_missing")

		w.clock.Advance(2 * time.Hour)
		late := h.verifies(r.uri, good)
		late.equal("/request/warnings/0/error", "failed_to_verify_jwt")
		late.equal("/request/warnings/0/extra_info/code", "expired")
		late.equal("/id_token/warnings/0/extra_info/code", "expired")
		token(r.uri, nil).refusedAt(410, "request_expired", "/request_uri")
	})
}

// TestSubmissionsRefused: a replayed nonce, the same answer again, a foreign audience, an expired request, and a
// submission that is not what its verifier says.
func TestSubmissionsRefused(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north").furnish()
		other := w.organisation(o.tenant, o.chief, "Beside")
		definition := o.definition("Entry")
		r, another, h := o.request(definition), o.request(definition), o.holding()
		good := h.answers(r, h.presents(o.signer.DID, r.nonce))
		with := func(name string, value any) object {
			out := object{}
			for k, v := range good {
				out[k] = v
			}
			out[name] = value
			return out
		}
		foreign := *h
		foreign.office = &office{w: w, org: o.org, admin: o.admin, signer: h.key}
		elsewhere := foreign.request("")
		h.submits(r.id, h.answers(elsewhere, "")).refusedAt(400, "nonce_mismatch", "/id_token")
		payload := said(good["id_token"].(string), 1)
		payload["aud"] = "did:web:elsewhere.example"
		header := strings.Split(good["id_token"].(string), ".")[0]
		foreignToken := w.sign(header+"."+base64.RawURLEncoding.EncodeToString(must(json.Marshal(payload))), h.key.DID, h.key)
		h.submits(r.id, with("id_token", foreignToken)).refusedAt(400, "audience_mismatch", "/id_token")
		h.submits(another.id, good).refusedAt(400, "nonce_mismatch", "/id_token")
		h.submits(r.id, with("id_token", "garbage")).refusedAt(400, "token_malformed", "/id_token")
		h.submits(r.id, with("state", "s2")).refusedAt(400, "state_mismatch", "/state")
		h.submits(nowhere, good).refused(404, "request_not_found")
		w.sdk(o.admin, "presentationRequestSubmissionsControllerFindAll", r.id, o.org.ID).equal("/submissions", []any{})

		id := h.submits(r.id, good).text("/submission/id")
		h.submits(r.id, good).refused(409, "submission_duplicate")
		form := url.Values{"id_token": {good["id_token"].(string)}, "vp_token": {good["vp_token"].(string)}, "state": {"s1"}, "more": {"x"}}
		post := func(id string) *reply { // as other wallets do
			return w.raw("", "POST", "/oidc/presentations/requests/"+id+"/submissions", form.Encode(), "Content-Type", "application/x-www-form-urlencoded")
		}
		post(r.id).refused(409, "submission_duplicate")
		form["state"] = []string{"s1", "s1"}
		post(r.id).refusedAt(400, "parameter_twice", "/state")

		verdict := object{"checks": []string{"format"}, "warnings": []any{}, "errors": []any{}}
		verdict["request"] = object{"id": r.id, "checks": []string{}, "warnings": []any{}, "errors": []any{}}
		verdict["id_token"] = object{"checks": []string{}, "warnings": []any{}, "errors": []any{}}
		verdict["vp_token"] = object{"checks": []string{}, "warnings": []any{}, "errors": []any{}, "credentials": []any{}}
		judge := func(request, id, status string, verdict any) *reply {
			return w.raw(o.admin, "PATCH", "/oidc/presentations/requests/"+request+"/submissions/"+id,
				object{"submission": object{"status": status, "verification_result": verdict}}, orgHeader, o.org.ID)
		}
		judge(r.id, id, "fine", verdict).refusedAt(400, "status_invalid", "/submission/status")
		judge(r.id, id, "verified", object{"checks": []string{}}).refused(400, "missing")
		judge(r.id, nowhere, "verified", verdict).refused(404, "submission_not_found")
		judge(another.id, id, "verified", verdict).refused(404, "submission_not_found")
		judge(r.id, id, "verified", verdict).equal("/submission/status", "verified")
		judge(r.id, id, "pending", verdict).refusedAt(409, "submission_final", "/submission/status")
		tampered := h.answers(another, h.presents(o.signer.DID, another.nonce))
		tampered["vp_token"] = flipped(tampered["vp_token"].(string))
		spoilt := h.submits(another.id, tampered).text("/submission/id")
		refused := judge(another.id, spoilt, "verified", verdict)
		refused.equal("/errors/1/error", "signature_invalid")
		refused.refused(409, "submission_not_verified")
		failed := judge(another.id, spoilt, "verification_failed", verdict)
		failed.equal("/submission/status", "verification_failed")
		for name, value := range h.answers(another, h.presents(o.signer.DID, another.nonce)) {
			form[name] = []string{value.(string)}
		}
		formed := post(another.id)
		formed.equal("/submission/vp_token", form.Get("vp_token"))
		formed.equal("/submission/status", "pending")

		w.sdk(other.admin, "presentationRequestSubmissionsControllerFindAll", r.id, other.org.ID).refused(404, "request_not_found")
		w.sdk(other.admin, "presentationRequestSubmissionsControllerRemove", r.id, id, other.org.ID).refused(404, "request_not_found")
		w.sdk(o.admin, "presentationRequestSubmissionsControllerRemove", r.id, nowhere, o.org.ID).refused(404, "submission_not_found")
		w.raw(o.admin, "GET", "/oidc/presentations/requests/"+r.id+"/submissions", nil).refused(400, "organisation_id_missing")

		fresh := o.request(definition)
		late := h.answers(fresh, h.presents(o.signer.DID, fresh.nonce))
		w.clock.Advance(2 * time.Hour)
		h.submits(fresh.id, late).refused(410, "request_expired")
		w.sdk(o.admin, "presentationRequestsControllerArchive", fresh.id, o.org.ID).succeeds()
		h.submits(fresh.id, late).refused(404, "request_not_found")
	})
}
