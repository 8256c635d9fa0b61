package meeco

import (
	"encoding/json"
	"testing"
	"time"
)

// asksFor makes a request whose client is the office's own key.
func (o *office) asksFor(definition string) *reply {
	o.w.t.Helper()
	request := object{
		"name": "Door 7", "description": "the one in the yard", "client_id": o.signer.DID, "client_name": "Acme", "client_purpose": "Entry",
		"state": "s1", "expires_at": date(o.w.clock.Now().Add(time.Hour)), "redirect_base_uri": "https://wallet.example", "method": "qrcode",
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
		w.clock.Advance(time.Second)
		w.sdk(o.admin, "presentationRequestsControllerArchive", id, o.org.ID).succeeds()
		w.sdk(o.admin, "presentationRequestsControllerRestore", id, o.org.ID).succeeds()
		for order, ids := range map[string][2]string{"DESC": {id, second}, "ASC": {second, id}} { // the first was changed last
			changed := w.sdk(o.admin, "presentationRequestsControllerFindAll", nil, nil, o.org.ID, order, "updated_at", nil, nil)
			changed.equal("/presentation_requests/0/id", ids[0])
			changed.equal("/presentation_requests/1/id", ids[1])
			changed.equal("/meta/order_by", "updated_at")
		}

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
			"name": "Tenant's", "client_id": o.signer.DID, "client_name": "Acme", "expires_at": w.clock.Now().Add(time.Hour).Format(time.RFC3339), "method": "connection",
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
			body := object{"name": "n", "client_id": o.signer.DID, "client_name": "", "expires_at": w.clock.Now().Add(time.Hour).Format(time.RFC3339), "method": "qrcode"}
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

		w.clock.Advance(2 * time.Hour)
		late := verify(r.signed)
		late.equal("/warnings/0/extra_info/code", "expired")
		late.equal("/errors", []any{})
		update(id, object{"signed_request_jwt": w.sign(unsigned, o.signer.DID, o.signer)}).refused(410, "request_expired")
	})
}
