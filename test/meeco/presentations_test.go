package meeco

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
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

// wants is the body of a definition that asks for a membership of a level.
func (o *office) wants(purpose string) object {
	return object{"presentation_definition": object{
		"name": "Member check", "purpose": purpose,
		"required_credentials": []object{{
			"name": "Membership", "purpose": "to let you in", "schema_id": o.schema,
			"constraints": object{"limit_disclosure": "preferred", "fields": []object{{
				"path": []string{"$.credentialSubject.name", "$.vc.credentialSubject.name"}, "purpose": "to greet you",
				"filter": object{"type": "string", "pattern": "^A"},
			}}},
		}},
	}}
}

func (o *office) definition(purpose string) string {
	o.w.t.Helper()
	return o.w.sdk(o.admin, "presentationDefinitionsControllerCreate", o.org.ID, o.wants(purpose)).text("/presentation_definition/id")
}

// TestPresentationDefinitions: what is wanted, in the wire's shape and as everyone finds it.
func TestPresentationDefinitions(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north").furnish()
		version := w.sdk(o.admin, "credentialTypesControllerFindOne", o.kind, o.org.ID).text("/credential_type/schema/schema_url")
		asked := o.wants("Entry")["presentation_definition"].(object)
		asked["format"] = object{"vcsd_jwt": object{"alg": []string{"EdDSA"}}}
		constraints := asked["required_credentials"].([]object)[0]["constraints"]

		made := w.sdk(o.admin, "presentationDefinitionsControllerCreate", o.org.ID, object{"presentation_definition": asked})
		id, descriptor := made.text("/presentation_definition/id"), made.text("/presentation_definition/presentation_definition_to_schema/0/id")
		for pointer, want := range map[string]any{
			"name": "Member check", "purpose": "Entry", "organization_id": o.org.ID, "is_archived": false, "archived": false, "archived_at": nil,
			"format": object{"vc+sd-jwt": object{"alg": []string{"EdDSA"}}},
			"presentation_definition_to_schema": []object{{
				"id": descriptor, "schema_id": o.schema, "schema_name": "Membership", "schema_version": "1.0.0", "archived": false, "constraints": constraints,
			}},
		} {
			made.equal("/presentation_definition/"+pointer, want)
		}
		made.seen("/presentation_definition/presentation_definition_to_schema/0/constraints/fields/0/filter/pattern", "^A")
		made.succeeded()
		whole := made.at("/presentation_definition")

		public := w.sdk("", "presentationDefinitionsControllerFindOneJson", id)
		public.equal("", object{"presentation_definition": object{
			"id": id, "name": "Member check", "purpose": "Entry", "input_descriptors": []object{{
				"id": descriptor, "name": "Membership", "purpose": "to let you in", "schema": []object{{"uri": version}},
				"format": object{"vc+sd-jwt": object{"alg": []string{"EdDSA"}}}, "constraints": constraints,
			}},
		}})
		public.holds(public.header().Get("Access-Control-Allow-Origin") == "*", "a wallet in a browser cannot read it")
		public.succeeded()

		w.sdk(o.admin, "presentationDefinitionsControllerFindOne", id, o.org.ID).equalTo("/presentation_definition", whole).succeeded()
		second := o.definition("Exit")
		list := w.sdk(o.admin, "presentationDefinitionsControllerFindAll", o.org.ID, nil, nil, "ASC", "created_at", 1, 2)
		list.equal("/presentation_definitions/0/id", second)
		list.equal("/meta", object{
			"order_by": "created_at", "order": "ASC", "order_from_params": true, "per_page": 1, "per_page_from_params": true,
			"records_count": 2, "page": 2, "page_count": 2,
		})
		list.succeeded()

		archived := w.sdk(o.admin, "presentationDefinitionsControllerArchive", id, o.org.ID)
		archived.equal("/presentation_definition/archived", true)
		archived.equal("/presentation_definition/is_archived", true)
		archived.holds(archived.at("/presentation_definition/archived_at") != nil, "archived when?")
		archived.succeeded()
		active := w.sdk(o.admin, "presentationDefinitionsControllerFindAll", o.org.ID, "active", "member", nil, nil, nil, nil)
		active.equal("/presentation_definitions/0/id", second)
		active.equal("/meta/records_count", 1)
		w.sdk("", "presentationDefinitionsControllerFindOneJson", id).succeeds()
		o.asksFor(id).refusedAt(409, "definition_archived", "/presentation_request/presentation_definition_id")
		restored := w.sdk(o.admin, "presentationDefinitionsControllerRestore", id, o.org.ID)
		restored.equal("/presentation_definition/archived_at", nil)
		restored.equal("/presentation_definition/archived", false)
		restored.succeeded()
	})
}

func TestPresentationDefinitionsRefused(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north").furnish()
		other := w.organisation(o.tenant, o.chief, "Beside")
		id := o.definition("Entry")
		create := func(change func(definition, credential object)) *reply {
			body := o.wants("Entry")
			definition := body["presentation_definition"].(object)
			change(definition, definition["required_credentials"].([]object)[0])
			return w.raw(o.admin, "POST", "/presentation_definitions", body, orgHeader, o.org.ID)
		}
		const at = "/presentation_definition"
		field := func(field object) *reply {
			return create(func(_, credential object) { credential["constraints"] = object{"fields": []object{field}} })
		}
		create(func(d, _ object) { delete(d, "purpose") }).refusedAt(400, "missing", at+"/purpose")
		create(func(d, _ object) { d["name"] = " " }).refusedAt(400, "name_invalid", at+"/name")
		create(func(d, _ object) { d["required_credentials"] = []object{} }).refusedAt(400, "definition_invalid", at+"/required_credentials")
		create(func(d, _ object) { d["format"] = object{"jwt_vc": 1} }).refusedAt(400, "definition_invalid", at+"/format/jwt_vc")
		create(func(d, _ object) { d["frame"] = object{} }).refusedAt(400, "unknown_field", at+"/frame")
		create(func(_, c object) { c["schema_id"] = nowhere }).refusedAt(400, "schema_not_found", at+"/required_credentials/0/schema_id")
		field(object{"path": []string{"$[?(@.x)]"}}).refusedAt(400, "definition_invalid", at+"/required_credentials/0/constraints/fields/0/path/0")
		field(object{"path": []string{"$.x"}, "filter": object{"type": "nothing"}}).
			refusedAt(400, "definition_invalid", at+"/required_credentials/0/constraints/fields/0/filter/type")
		field(object{"path": []string{"$.x"}, "filter": object{"type": "number", "const": 3}}).succeeds() // any value, not text alone
		w.raw(o.admin, "POST", "/presentation_definitions", o.wants("x")).refused(400, "organisation_id_missing")
		w.sdk(o.chief, "schemasControllerArchive", o.schema).succeeds()
		create(func(_, _ object) {}).refusedAt(409, "schema_archived", at+"/required_credentials/0/schema_id")

		w.raw(o.admin, "GET", "/presentation_definitions?status=gone", nil, orgHeader, o.org.ID).refused(400, "parameter")
		w.sdk("", "presentationDefinitionsControllerFindOneJson", nowhere).refused(404, "definition_not_found")
		for _, method := range []string{"FindOne", "Archive", "Restore"} {
			w.sdk(other.admin, "presentationDefinitionsController"+method, id, other.org.ID).refused(404, "definition_not_found")
		}
		w.sdk(other.admin, "presentationDefinitionsControllerFindAll", other.org.ID).equalTo("/presentation_definitions", []any{})
	})
}

// asksFor makes a request whose client is the office's own key.
func (o *office) asksFor(definition string) *reply {
	o.w.t.Helper()
	request := object{
		"name": "Door 7", "description": "the one in the yard", "client_id": o.signer.DID, "client_name": "Acme", "client_purpose": "Entry",
		"state": "s1", "expires_at": date(o.w.clock.now().Add(time.Hour)), "redirect_base_uri": "https://wallet.example", "method": "qrcode",
	}
	if definition != "" {
		request["presentation_definition_id"] = definition
	}
	return o.w.sdk(o.admin, "presentationRequestsControllerCreate", object{"presentation_request": request}, o.org.ID)
}

// request is one that was signed and is hosted.
type hosted struct{ id, uri, nonce, unsigned, signed string }

func (o *office) request(definition string) hosted {
	o.w.t.Helper()
	made := o.asksFor(definition)
	r := hosted{
		id: made.text("/presentation_request/id"), nonce: made.text("/presentation_request/token_properties/nonce"),
		unsigned: made.text("/presentation_request/tokens/unsigned_request_jwt"),
	}
	r.uri, r.signed = o.w.url+prefix+"/oidc/presentations/requests/"+r.id+"/jwt", o.w.sign(r.unsigned, o.signer.DID, o.signer)
	o.w.sdk(o.admin, "presentationRequestsControllerUpdate", r.id, object{"presentation_request": object{"signed_request_jwt": r.signed}}, o.org.ID).succeeds()
	return r
}

// TestPresentationRequests: a request is made, signed by its client as Meeco's SDK signs, hosted, listed, archived.
func TestPresentationRequests(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north").furnish()
		definition := o.definition("Entry")
		made := o.asksFor(definition)
		id, at := made.text("/presentation_request/id"), "/presentation_request/"
		answers := w.url + prefix + "/oidc/presentations/requests/" + id + "/submissions"
		for pointer, want := range map[string]any{
			"organization_id": o.org.ID, "name": "Door 7", "description": "the one in the yard", "redirect_base_uri": "https://wallet.example",
			"method": "qrcode", "status": "pending", "archived": false, "archived_at": nil, "tokens/signed_request_jwt": "",
			"token_properties/client_id": o.signer.DID, "token_properties/client_name": "Acme", "token_properties/client_purpose": "Entry",
			"token_properties/state": "s1", "token_properties/presentation_definition_id": definition, "token_properties/scope": "openid",
			"token_properties/response_mode": "post", "token_properties/redirect_uri": answers, "token_properties/response_type": "id_token",
		} {
			made.equal(at+pointer, want)
		}
		unsigned := made.text(at + "tokens/unsigned_request_jwt")
		header, payload := said(unsigned, 0), said(unsigned, 1)
		made.holds(header["alg"] == "EdDSA" && header["typ"] == "JWT" && header["kid"] == o.signer.Method, "the header is %v", header)
		published := w.sdk("", "presentationDefinitionsControllerFindOneJson", definition)
		claims := must(json.Marshal(payload["claims"]))
		published.holds(string(claims) == string(must(json.Marshal(object{"vp_token": published.at("")}))), "the request asks for %s", claims)
		for name, want := range map[string]any{
			"iss": o.signer.DID, "client_id": o.signer.DID, "redirect_uri": answers, "response_mode": "post", "scope": "openid", "state": "s1", "jti": id,
			"response_type": "id_token", "nonce": made.text(at + "token_properties/nonce"),
		} {
			made.holds(payload[name] == want, "%s is %v, want %v", name, payload[name], want)
		}
		made.succeeded()

		signed := w.sign(unsigned, o.signer.DID, o.signer)
		updated := w.sdk(o.admin, "presentationRequestsControllerUpdate", id, object{"presentation_request": object{"signed_request_jwt": signed}}, o.org.ID)
		updated.equal(at+"tokens", object{"unsigned_request_jwt": unsigned, "signed_request_jwt": signed})
		updated.seen(at+"tokens/signed_request_jwt", signed)
		updated.succeeded()
		jwt := w.sdk("", "presentationRequestsControllerGetOneJWT", id)
		jwt.equal("", signed)
		jwt.seen("", signed)
		jwt.succeeded()
		w.sdk(o.admin, "presentationRequestsControllerFindOne", id, o.org.ID).equalTo("/presentation_request", updated.at("/presentation_request")).succeeded()

		whole := w.sdk(o.admin, "presentationRequestsControllerVerify", object{"presentation_request": object{"signed_request_jwt": signed}})
		whole.equal("", object{"id": id, "checks": []string{"format", "signature", "expiration"}, "warnings": []any{}, "errors": []any{}})
		whole.succeeded()

		second := o.asksFor("").text("/presentation_request/id")
		list := w.sdk(o.admin, "presentationRequestsControllerFindAll", nil, "door", o.org.ID, nil, nil, 1, nil)
		list.equal("/presentation_requests/0/id", second)
		list.equal("/presentation_requests/0/token_properties/presentation_definition_id", "")
		list.equal("/meta/records_count", 2)
		list.equal("/meta/page_count", 2)
		list.succeeded()

		archived := w.sdk(o.admin, "presentationRequestsControllerArchive", second, o.org.ID)
		archived.equal(at+"archived", true)
		archived.succeeded()
		w.sdk(o.admin, "presentationRequestsControllerFindAll", "archived", nil, o.org.ID).equalTo("/presentation_requests/0/id", second)
		restored := w.sdk(o.admin, "presentationRequestsControllerRestore", second, o.org.ID)
		restored.equal(at+"archived_at", nil)
		restored.succeeded()
		ended := w.sdk(o.admin, "presentationRequestsControllerUpdate", second, object{"presentation_request": object{"status": "completed"}}, o.org.ID)
		ended.equal(at+"status", "completed")

		// A tenant asks for itself.
		tenants := w.raw(o.chief, "POST", "/oidc/presentations/requests", object{"presentation_request": object{
			"name": "Tenant's", "client_id": o.signer.DID, "client_name": "Acme", "expires_at": w.clock.now().Add(time.Hour).Format(time.RFC3339), "method": "connection",
		}})
		tenants.equal(at+"organization_id", "")
		tenants.equal(at+"method", "connection")
		tenants.holds(len(tenants.text(at+"token_properties/state")) >= 22, "no state was made")
		w.sdk(o.admin, "presentationRequestsControllerFindOne", tenants.text(at+"id"), o.org.ID).refused(404, "request_not_found")
	})
}

func TestPresentationRequestsRefused(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north").furnish()
		other := w.organisation(o.tenant, o.chief, "Beside")
		theirs := w.sdk(other.admin, "presentationDefinitionsControllerCreate", other.org.ID, object{"presentation_definition": object{
			"name": "Theirs", "purpose": "", "required_credentials": []object{{}},
		}}).text("/presentation_definition/id")
		const at = "/presentation_request"
		create := func(change object) *reply {
			body := object{"name": "n", "client_id": o.signer.DID, "client_name": "", "expires_at": w.clock.now().Add(time.Hour).Format(time.RFC3339), "method": "qrcode"}
			for name, value := range change {
				if body[name] = value; value == nil {
					delete(body, name)
				}
			}
			return w.raw(o.admin, "POST", "/oidc/presentations/requests", object{"presentation_request": body}, orgHeader, o.org.ID)
		}
		create(object{"method": "pigeon"}).refusedAt(400, "method_invalid", at+"/method")
		create(object{"client_id": nil}).refusedAt(400, "missing", at+"/client_id")
		create(object{"client_id": "https://acme.example"}).refusedAt(400, "client_not_a_did", at+"/client_id")
		create(object{"client_id": "did:nothing:x"}).refusedAt(422, "did_method_not_supported", at+"/client_id")
		create(object{"client_id": "did:key:z6Mkx"}).refusedAt(422, "did_not_resolved", at+"/client_id")
		create(object{"expires_at": "2020-01-01T00:00:00Z"}).refusedAt(400, "expiry_past", at+"/expires_at")
		create(object{"expires_at": "soon"}).refusedAt(400, "wrong_type", at+"/expires_at")
		create(object{"redirect_uri": "nowhere"}).refusedAt(400, "redirect_uri", at+"/redirect_uri")
		create(object{"presentation_definition_id": theirs}).refusedAt(400, "definition_not_found", at+"/presentation_definition_id")
		w.raw(o.admin, "GET", "/oidc/presentations/requests?order=up", nil, orgHeader, o.org.ID).refused(400, "parameter")

		r := o.request("")
		again := w.sign(r.unsigned, o.signer.DID, o.signer)
		update := func(id string, change object) *reply {
			return w.sdk(o.admin, "presentationRequestsControllerUpdate", id, object{"presentation_request": change}, o.org.ID)
		}
		fresh := o.asksFor("")
		id, unsigned := fresh.text(at+"/id"), fresh.text(at+"/tokens/unsigned_request_jwt")
		w.sdk("", "presentationRequestsControllerGetOneJWT", id).refused(404, "request_not_signed")
		update(id, object{"signed_request_jwt": unsigned}).refusedAt(400, "signature_missing", at+"/signed_request_jwt")
		update(id, object{"signed_request_jwt": again}).refusedAt(400, "payload_differs", at+"/signed_request_jwt")
		update(id, object{"signed_request_jwt": flipped(w.sign(unsigned, o.signer.DID, o.signer))}).refusedAt(400, "signature_invalid", at+"/signed_request_jwt")
		stranger := w.key("EdDSA")
		update(id, object{"signed_request_jwt": w.sign(unsigned, o.signer.DID, stranger)}).refusedAt(400, "signature_invalid", at+"/signed_request_jwt")
		update(id, object{"signed_request_jwt": w.sign(unsigned, stranger.DID, stranger)}).refusedAt(400, "payload_differs", at+"/signed_request_jwt")
		update(r.id, object{"signed_request_jwt": w.sign(unsigned, o.signer.DID, o.signer)}).refusedAt(409, "request_already_signed", at+"/signed_request_jwt")
		update(r.id, object{"status": "completed"}).succeeds()
		update(r.id, object{"status": "pending"}).refusedAt(409, "request_completed", at+"/status")
		for _, method := range []string{"FindOne", "Archive", "Restore"} {
			w.sdk(other.admin, "presentationRequestsController"+method, id, other.org.ID).refused(404, "request_not_found")
		}

		verify := func(token string) *reply {
			return w.sdk(o.admin, "presentationRequestsControllerVerify", object{"presentation_request": object{"signed_request_jwt": token}})
		}
		verify(flipped(r.signed)).equalTo("/errors/0/error", "failed_to_verify_jwt").equal("/errors/0/extra_info/code", "signature-invalid")
		verify(unsigned).equalTo("/errors/0/extra_info/code", "no-signature")
		verify("garbage").equalTo("/errors/0/extra_info/code", "unknown-format")
		w.sdk("", "presentationRequestsControllerVerify", object{"presentation_request": object{"signed_request_jwt": r.signed}}).refused(401, "credentials_missing")

		w.clock.advance(2 * time.Hour)
		late := verify(r.signed)
		late.equal("/warnings/0/extra_info/code", "expired")
		late.equal("/errors", []any{})
		update(id, object{"signed_request_jwt": w.sign(unsigned, o.signer.DID, o.signer)}).refused(410, "request_expired")
	})
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
			"expires_at": date(w.clock.now().Add(time.Hour)),
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

		w.clock.advance(2 * time.Hour)
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
		w.clock.advance(2 * time.Hour)
		h.submits(fresh.id, late).refused(410, "request_expired")
		w.sdk(o.admin, "presentationRequestsControllerArchive", fresh.id, o.org.ID).succeeds()
		h.submits(fresh.id, late).refused(404, "request_not_found")
	})
}
