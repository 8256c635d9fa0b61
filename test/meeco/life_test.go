package meeco

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/test/peers"
)

// claimsOf reads the payload of a token of two or three parts.
func claimsOf(token string) (claims object) {
	parts := strings.Split(token, ".")
	done(json.Unmarshal(must(base64.RawURLEncoding.DecodeString(parts[1])), &claims))
	return claims
}

// verified gives the codes of warnings and errors of a verification.
func verified(r *reply, at string) (warnings, errors []string) {
	r.w.t.Helper()
	codes := func(name string) []string {
		var list []struct{ Error string }
		r.into(at+name, &list)
		out := []string{}
		for _, one := range list {
			out = append(out, one.Error)
		}
		return out
	}
	return codes("/warnings"), codes("/errors")
}

// TestLife is the story of an organisation that moves here: from an empty server to a submission that is verified. Its
// keys are its own, as with Meeco: Chancery signs nothing but status lists for it.
func TestLife(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.settled()
		subject, issuer := w.key("EdDSA"), w.registered(o, w.key("EdDSA"))
		o.signer = issuer

		// A schema and a type, by the tenant; a record and a token, by an application of the organisation.
		made := w.sdk(o.chief, "schemasControllerCreate", object{"schema": object{
			"name": "Membership", "schema_json": schemaJSON(), "organization_ids": []string{o.org.ID},
		}})
		o.schema = made.text("/schema/id")
		o.kind = w.sdk(o.chief, "credentialTypesControllerCreate", o.org.ID, object{"credential_type": object{
			"name": "Membership", "type": []string{"VerifiableCredential", "MembershipCredential"}, "schema_id": o.schema,
			"style": object{"text_color": "#FFF", "background": "#123456", "image": "https://look.example/card.png"},
		}}).text("/credential_type/id")
		app := w.application(o)
		token, id := w.issued(o, app, subject.DID)

		// Whoever gets it verifies it; once it is revoked, verifying warns.
		check := func(want ...string) {
			t.Helper()
			r := w.sdk(app, "credentialsControllerVerify", object{"credential": object{"signed_credential_jwt": token}}, o.org.ID)
			warnings, errors := verified(r, "")
			r.holds(strings.Join(warnings, " ") == strings.Join(want, " ") && len(errors) == 0, "warnings %v, errors %v, want %v", warnings, errors, want)
			r.succeeded()
		}
		check()
		status := func(kind, value string) *reply {
			return w.sdk(app, "credentialStatusControllerUpdate", o.org.ID, object{
				"credential_id": id, "credential_status": object{"type": kind, "status": value},
			})
		}
		status("suspension", "1").succeeded()
		w.sdk(app, "credentialsControllerFindOne", id, o.org.ID).equal("/credential/suspended", true)
		w.clock.Advance(2 * time.Second) // a status list is made anew at most once a second
		check("credential_status_value_is_revoked")
		status("suspension", "0").succeeded()
		w.clock.Advance(2 * time.Second)
		check()
		w.presented(o, app, token, subject)

		status("revocation", "1").succeeded()
		read := w.sdk(app, "credentialsControllerFindOne", id, o.org.ID)
		read.equal("/credential/status", "revoked")
		read.succeeded()
		w.clock.Advance(2 * time.Second)
		check("credential_status_value_is_revoked")
		status("revocation", "0").refused(409, "revocation_final")
	})
}

// registered makes a DID of the organisation's own key, in client secret mode.
func (w *world) registered(o *office, key peers.MeecoKey) peers.MeecoKey {
	w.t.Helper()
	body := object{"options": object{"clientSecretMode": true}, "didDocument": object{"verificationMethod": []object{verificationMethod("#temp", key)}}}
	asked := w.sdk(o.admin, "didControllerCreate", "key", body, o.org.ID)
	done := w.sdk(o.admin, "didControllerCreate", "key", object{"jobId": asked.text("/jobId"), "secret": w.answerTo(asked, key)}, o.org.ID)
	done.equal("/didState/did", key.DID)
	return key
}

// issued generates a record, signs its token in the client, and sees that it is listed.
func (w *world) issued(o *office, app, subject string) (token, id string) {
	w.t.Helper()
	made := w.sdk(app, "credentialsControllerGenerate", o.org.ID, object{"credential": o.order(subject)}, "application/json")
	id = made.text("/credential/id")
	made.equal("/credential/credential_id", "urn:uuid:"+id)
	made.equal("/credential/metadata/style", object{"text-color": "#FFF", "background": "#123456", "image": "https://look.example/card.png"})
	made.seen("/credential/metadata/style/text_color", "#FFF")
	unsigned := made.text("/credential/unsigned_vc_jwt")
	made.holds(strings.Count(unsigned, ".") == 1, "the token has not two parts")
	claims := claimsOf(unsigned)
	made.holds(claims["iss"] == o.signer.DID && claims["sub"] == subject && claims["jti"] == "urn:uuid:"+id, "the claims are %v", claims)
	credential, _ := claims["vc"].(object)
	subjectClaims, _ := credential["credentialSubject"].(object)
	made.holds(subjectClaims["name"] == "Ada" && subjectClaims["level"] == 3.0, "the claims are %v", subjectClaims)
	made.succeeded()
	token = w.sign(unsigned, o.signer.DID, o.signer)
	listed := w.sdk(app, "credentialsControllerFindAll", o.org.ID)
	listed.equal("/credentials/0/id", id)
	listed.equal("/credentials/0/status", "active")
	listed.equal("/credentials/0/subject", subject)
	listed.equal("/credentials/0/issuer", o.signer.DID)
	listed.equal("/meta/records_count", 1)
	listed.succeeded()
	return token, id
}

// presented asks for the credential, answers as its holder's wallet, and judges the answer.
func (w *world) presented(o *office, app, token string, holder peers.MeecoKey) {
	w.t.Helper()
	definition := w.sdk(app, "presentationDefinitionsControllerCreate", o.org.ID, object{"presentation_definition": object{
		"name": "Member check", "purpose": "Entry", "required_credentials": []object{{
			"name": "Membership", "purpose": "Level", "schema_id": o.schema, "constraints": object{"fields": []object{{
				"path": []string{"$.credentialSubject.level", "$.vc.credentialSubject.level"}, "purpose": "Level",
				"filter": object{"type": "integer", "minimum": 1},
			}}},
		}},
	}}).text("/presentation_definition/id")
	asked := w.sdk(app, "presentationRequestsControllerCreate", object{"presentation_request": object{
		"name": "Door 7", "client_id": o.signer.DID, "client_name": o.org.Name, "client_purpose": "Entry", "state": "s1",
		"expires_at": date(w.clock.Now().Add(time.Hour)), "redirect_base_uri": "https://wallet.example", "method": "qrcode",
		"presentation_definition_id": definition,
	}}, o.org.ID)
	asked.equal("/presentation_request/status", "pending")
	asked.equal("/presentation_request/token_properties/state", "s1")
	asked.succeeded()
	id, nonce := asked.text("/presentation_request/id"), asked.text("/presentation_request/token_properties/nonce")
	request := w.sign(asked.text("/presentation_request/tokens/unsigned_request_jwt"), o.signer.DID, o.signer)
	w.sdk(app, "presentationRequestsControllerUpdate", id, object{"presentation_request": object{"signed_request_jwt": request}}, o.org.ID).
		equal("/presentation_request/tokens/signed_request_jwt", request)

	// The wallet gets the request, makes a presentation and an ID token with Chancery's help, and signs them itself.
	hosted := w.sdk("", "presentationRequestsControllerGetOneJWT", id)
	hosted.equal("", request)
	hosted.seen("", request)
	hosted.succeeded()
	audience := asked.text("/presentation_request/token_properties/client_id")
	unsigned := w.sdk(app, "presentationsControllerGenerate", object{"presentation": object{
		"issuer": holder.DID, "audience": audience, "nonce": nonce, "credentials": []string{token},
	}}, o.org.ID)
	vp := w.sign(unsigned.text("/presentation/unsigned_vp_jwt"), holder.DID, holder)
	uri := w.url + prefix + "/oidc/presentations/requests/" + id + "/jwt"
	drafted := w.sdk(app, "presentationRequestTokensControllerCreate", object{"request_uri": uri, "vp_token": vp, "issuer": holder.DID})
	drafted.equal("/state", "s1")
	idToken := w.sign(drafted.text("/unsigned_id_token"), holder.DID, holder)
	submitted := w.sdk("", "presentationRequestSubmissionsControllerSubmit", id, object{"id_token": idToken, "vp_token": vp, "state": "s1"})
	submitted.equal("/submission/status", "pending")
	submitted.equal("/submission/vp_token", vp)
	submitted.succeeded()

	// The verifier looks at what came, has it verified, and says what it makes of it.
	came := w.sdk(app, "presentationRequestSubmissionsControllerFindAll", id, o.org.ID)
	came.equal("/submissions/0/id_token", idToken)
	judged := w.sdk(app, "presentationRequestResponseControllerVerify", object{"presentation_request_response": object{
		"request_uri": uri, "id_token": idToken, "vp_token": vp, "state": "s1",
	}}, o.org.ID)
	for _, part := range []string{"", "/request", "/id_token", "/vp_token", "/vp_token/credentials/0"} {
		warnings, errors := verified(judged, part)
		judged.holds(len(warnings)+len(errors) == 0, "%s: warnings %v, errors %v", part, warnings, errors)
	}
	judged.succeeded()
	result := w.sdk(app, "presentationRequestSubmissionsControllerUpdate", id, came.text("/submissions/0/id"), o.org.ID, object{"submission": object{
		"status": "verified", "verification_result": judged.at(""),
	}})
	result.equal("/submission/status", "verified")
	result.equal("/submission/verification_result", judged.at(""))
	result.succeeded()
	w.sdk("", "presentationRequestSubmissionsControllerSubmit", id, object{"id_token": idToken, "vp_token": vp, "state": "s1"}).
		refused(409, "submission_duplicate")
}
