package meeco

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/test/peers"
)

const nowhere = "0199aaaa-aaaa-7aaa-8aaa-aaaaaaaaaaaa" // an id of nothing

// said is a part of a token, decoded; the payload is its second.
func said(token string, part int) (out object) {
	raw := must(base64.RawURLEncoding.DecodeString(strings.Split(token, ".")[part]))
	done(json.Unmarshal(raw, &out))
	return out
}

// flipped is a token with another signature.
func flipped(token string) string {
	at := strings.LastIndexByte(token, '.') + 5
	other := "A"
	if token[at] == 'A' {
		other = "B"
	}
	return token[:at] + other + token[at+1:]
}

// equalTo is equal, and gives the reply again.
func (r *reply) equalTo(pointer string, want any) *reply {
	r.w.t.Helper()
	r.equal(pointer, want)
	return r
}

// holding is a holder with a membership, who answers requests.
type holding struct {
	*office
	key        peers.MeecoKey
	credential string
}

func (o *office) holding() *holding {
	o.w.t.Helper()
	h := &holding{office: o, key: o.w.key("EdDSA")}
	h.credential, _ = o.generate(h.key.DID)
	return h
}

// presents makes a presentation as a wallet with Meeco's SDK does.
func (h *holding) presents(audience, nonce string) string {
	h.w.t.Helper()
	made := h.w.sdk(h.admin, "presentationsControllerGenerate", object{"presentation": object{
		"issuer": h.key.DID, "audience": audience, "nonce": nonce, "credentials": []string{h.credential},
	}}, h.org.ID)
	return h.w.sign(made.text("/presentation/unsigned_vp_jwt"), h.key.DID, h.key)
}

// answers makes the tokens that answer a request.
func (h *holding) answers(r hosted, vp string) object {
	h.w.t.Helper()
	body := object{"request_uri": r.uri, "issuer": h.key.DID}
	if vp != "" {
		body["vp_token"] = vp
	}
	made := h.w.sdk(h.admin, "presentationRequestTokensControllerCreate", body)
	out := object{"id_token": h.w.sign(made.text("/unsigned_id_token"), h.key.DID, h.key), "state": made.text("/state")}
	if vp != "" {
		out["vp_token"] = vp
	}
	return out
}

func (h *holding) verifies(uri string, answer object) *reply {
	h.w.t.Helper()
	body := object{"request_uri": uri}
	for name, value := range answer {
		body[name] = value
	}
	return h.w.sdk(h.admin, "presentationRequestResponseControllerVerify", object{"presentation_request_response": body}, h.org.ID)
}

func (h *holding) submits(id string, answer object) *reply {
	h.w.t.Helper()
	return h.w.sdk("", "presentationRequestSubmissionsControllerSubmit", id, answer)
}

// TestPresentation: from a definition to a verified submission, as the page of Meeco's guide goes.
func TestPresentation(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north").furnish()
		r, h := o.request(o.definition("Entry")), o.holding()

		made := w.sdk(o.admin, "presentationsControllerGenerate", object{"presentation": object{
			"issuer": h.key.DID, "audience": o.signer.DID, "nonce": r.nonce, "credentials": []string{h.credential},
			"expires_at": date(w.clock.Now().Add(time.Hour)),
		}}, o.org.ID)
		unsigned := made.text("/presentation/unsigned_vp_jwt")
		payload := made.part(must(json.Marshal(said(unsigned, 1))))
		for name, want := range map[string]any{
			"/iss": h.key.DID, "/aud": o.signer.DID, "/nonce": r.nonce, "/vp/verifiableCredential": []string{h.credential},
			"/vp/type": []string{"VerifiablePresentation"}, "/vp/@context": []string{"https://www.w3.org/2018/credentials/v1"},
		} {
			payload.equal(name, want)
		}
		made.equal("/presentation", object{"unsigned_vp_jwt": unsigned})
		made.holds(strings.Count(unsigned, ".") == 1, "it is signed")
		made.succeeded()
		vp := w.sign(unsigned, h.key.DID, h.key)

		checked := w.sdk(o.admin, "presentationsControllerVerify", o.org.ID, object{"presentation": object{"signed_presentation_jwt": vp}})
		credential := object{
			"id": said(h.credential, 1)["vc"].(object)["id"], "warnings": []any{}, "errors": []any{},
			"checks": []string{"format", "signature", "expiration", "schema", "revocation_status"},
		}
		checked.equal("", object{"checks": []string{"format", "signature", "expiration"}, "warnings": []any{}, "errors": []any{}, "credentials": []object{credential}})
		checked.succeeded()

		token := w.sdk(o.admin, "presentationRequestTokensControllerCreate", object{"request_uri": r.uri, "vp_token": vp, "issuer": h.key.DID})
		token.equal("/state", "s1")
		token.equal("/vp_token", vp)
		idPayload := token.part(must(json.Marshal(said(token.text("/unsigned_id_token"), 1))))
		for name, want := range map[string]any{"/iss": h.key.DID, "/sub": h.key.DID, "/aud": o.signer.DID, "/nonce": r.nonce} {
			idPayload.equal(name, want)
		}
		idPayload.holds(idPayload.at("/_vp_token/presentation_submission/descriptor_map/0") != nil, "it does not say what the presentation answers")
		token.succeeded()
		answer := object{"id_token": w.sign(token.text("/unsigned_id_token"), h.key.DID, h.key), "vp_token": vp, "state": "s1"}

		verified := h.verifies(r.uri, answer)
		verified.equal("", object{
			"checks": []string{"format", "constraints"}, "warnings": []any{}, "errors": []any{},
			"request":  object{"id": r.id, "checks": []string{"format", "signature", "expiration"}, "warnings": []any{}, "errors": []any{}},
			"id_token": object{"checks": []string{"format", "signature", "expiration", "nonce"}, "warnings": []any{}, "errors": []any{}},
			"vp_token": object{
				"checks": []string{"format", "signature", "expiration", "nonce"}, "warnings": []any{}, "errors": []any{}, "credentials": []object{credential},
			},
		})
		verified.seen("/request/id", r.id)
		verified.succeeded()

		submitted := h.submits(r.id, answer)
		id := submitted.text("/submission/id")
		for name, want := range map[string]any{
			"presentation_request_id": r.id, "vp_token": vp, "id_token": answer["id_token"], "state": "s1", "status": "pending",
			"verification_result": nil, "last_verified_at": nil,
		} {
			submitted.equal("/submission/"+name, want)
		}
		submitted.succeeded()
		list := w.sdk(o.admin, "presentationRequestSubmissionsControllerFindAll", r.id, o.org.ID)
		list.equal("/submissions", []any{submitted.at("/submission")})
		list.succeeded()

		var verdict any
		verified.into("", &verdict)
		judged := w.sdk(o.admin, "presentationRequestSubmissionsControllerUpdate", r.id, id, o.org.ID,
			object{"submission": object{"status": "verified", "verification_result": verdict}})
		judged.equal("/submission/status", "verified")
		judged.equal("/submission/verification_result", verdict)
		judged.holds(judged.at("/submission/last_verified_at") != nil, "verified when?")
		judged.succeeded()
		w.sdk(o.admin, "presentationRequestsControllerUpdate", r.id, object{"presentation_request": object{"status": "completed"}}, o.org.ID).
			equalTo("/presentation_request/status", "completed")

		w.sdk(o.admin, "presentationRequestSubmissionsControllerRemove", r.id, id, o.org.ID).succeeded()
		w.sdk(o.admin, "presentationRequestSubmissionsControllerFindAll", r.id, o.org.ID).equal("/submissions", []any{})
	})
}

// TestThirdParty: what did-jwt-vc presents is accepted here; spoilt it is not.
func TestThirdParty(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north").furnish()
		r := o.request(o.definition("Entry"))
		order := o.order("")
		order["claims"] = object{"name": "Ada"} // whoever holds it
		credential := w.sign(w.sdk(o.admin, "credentialsControllerGenerate", o.org.ID, object{"credential": order}, "application/json").
			text("/credential/unsigned_vc_jwt"), o.signer.DID, o.signer)
		for _, algorithm := range []string{"EdDSA", "ES256", "ES256K"} {
			present := func(audience, nonce string) string {
				var signed peers.Signed
				w.node().Call("didjwtvc.present", peers.Sign{Alg: algorithm, Options: object{"domain": audience, "challenge": nonce}, Payload: object{
					"@context": []string{"https://www.w3.org/2018/credentials/v1"}, "type": []string{"VerifiablePresentation"}, "verifiableCredential": []string{credential},
				}}, &signed)
				return signed.Token
			}
			verify := func(token string) *reply {
				return w.sdk(o.admin, "presentationsControllerVerify", o.org.ID, object{"presentation": object{"signed_presentation_jwt": token}})
			}
			answer := func(token string) *reply {
				return w.sdk(o.admin, "presentationRequestResponseControllerVerify", object{"presentation_request_response": object{
					"request_uri": r.uri, "vp_token": token,
				}}, o.org.ID)
			}
			good := present(o.signer.DID, r.nonce)
			verify(good).equalTo("/errors", []any{}).equalTo("/warnings", []any{}).equal("/credentials/0/errors", []any{})
			whole := answer(good)
			for _, part := range []string{"", "/vp_token", "/request", "/id_token"} {
				whole.equal(part+"/errors", []any{})
				whole.equal(part+"/warnings", []any{})
			}
			whole.equal("/id_token/checks", []any{}) // none was sent
			for code, token := range map[string]string{
				"signature-invalid": flipped(good), "no-signature": good[:strings.LastIndexByte(good, '.')], "unknown-format": "garbage",
			} {
				spoilt := verify(token)
				spoilt.equal("/errors/0/error", "failed_to_verify_jwt")
				spoilt.equal("/errors/0/extra_info/code", code)
			}
			for code, token := range map[string]string{
				"signature-invalid": flipped(good), "audience-mismatch": present("did:web:elsewhere.example", r.nonce),
				"nonce-mismatch": present(o.signer.DID, "another"),
			} {
				spoilt := answer(token)
				spoilt.equal("/vp_token/errors/0/error", "failed_to_verify_jwt")
				spoilt.equal("/vp_token/errors/0/extra_info/code", code)
			}
		}
	})
}
