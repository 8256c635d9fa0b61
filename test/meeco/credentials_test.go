package meeco

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/test/suite"
)

// holder is a DID of somebody whose key nobody here has.
const holder = "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"

// unpacked are header and payload of a token of two or three parts.
func unpacked(token string) (header, payload []byte, parts int) {
	all := strings.Split(token, ".")
	if len(all) < 2 {
		suite.Fail("no token: " + token)
	}
	return must(base64.RawURLEncoding.DecodeString(all[0])), must(base64.RawURLEncoding.DecodeString(all[1])), len(all)
}

// part is a part of a token, for the same comparisons as an answer.
func (r *reply) part(body []byte) *reply {
	return r.w.reply(&exchange{Method: r.Exchange.Method, Path: r.Exchange.Path, Status: r.Exchange.Status, Body: body})
}

func (o *office) signed(more object) *reply {
	o.w.t.Helper()
	return o.w.raw(o.admin, "POST", "/credentials/generate", object{"credential": merged(o.order(holder), more)}, orgHeader, o.org.ID)
}

// verified is what the SDK is told of a signed credential.
func (o *office) verified(token string, checks ...string) *reply {
	o.w.t.Helper()
	body := object{"credential": object{"signed_credential_jwt": token}}
	if checks != nil {
		body["options"] = object{"checks": checks}
	}
	return o.w.sdk(o.admin, "credentialsControllerVerify", body, o.org.ID)
}

// TestGenerate: the record, the token that the client signs, and the look.
func TestGenerate(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o, began := w.office("north").furnish(), w.clock.Now()
		expires := began.Add(48 * time.Hour).Truncate(time.Second)

		made := w.sdk(o.admin, "credentialsControllerGenerate", o.org.ID, object{"credential": object{
			"credential_type_id": o.kind, "issuer": object{"id": o.signer.DID, "name": "Test issuer"},
			"claims": object{"id": holder, "name": "Ada", "level": 3}, "expires_at": date(expires), "revocable": true,
		}}, "application/jwt")
		id := made.text("/credential/id")
		made.equal("/credential/credential_id", "urn:uuid:"+id)
		made.equal("/credential/metadata", object{"style": object{
			"text-color": "#FFF", "background": "#123456", "image": "https://look.example/card.png",
		}})
		made.seen("/credential/metadata/style/text_color", "#FFF")
		made.seen("/credential/unsigned_vc_jwt", made.text("/credential/unsigned_vc_jwt"))
		header, payload, parts := unpacked(made.text("/credential/unsigned_vc_jwt"))
		made.holds(parts == 2, "the token has %d parts", parts)
		_, fragment, _ := strings.Cut(o.signer.DID, "did:key:")
		made.part(header).equal("", object{"alg": "EdDSA", "typ": "JWT", "kid": o.signer.DID + "#" + fragment})
		token := made.part(payload)
		issued := token.at("/iat").(float64)
		token.holds(issued >= float64(began.Unix()) && issued <= float64(w.clock.Now().Unix()), "iat is %v", issued)
		stamp := time.Unix(int64(issued), 0).UTC().Format(time.RFC3339)
		var entries [2]struct{ URL, Index any }
		for i := range entries {
			entries[i].URL, entries[i].Index = token.at(fmt.Sprintf("/vc/credentialStatus/%d/statusListCredential", i)), token.at(fmt.Sprintf("/vc/credentialStatus/%d/statusListIndex", i))
			_, number := entries[i].Index.(float64)
			token.holds(number, "the index is %v", entries[i].Index)
		}
		entry := func(i int, purpose string) object {
			return object{
				"id": fmt.Sprintf("%s#%.0f", entries[i].URL, entries[i].Index), "type": "StatusList2021Entry", "statusPurpose": purpose,
				"statusListIndex": entries[i].Index, "statusListCredential": entries[i].URL,
			}
		}
		token.equal("", object{
			"iss": o.signer.DID, "sub": holder, "jti": "urn:uuid:" + id, "iat": issued, "nbf": issued, "exp": expires.Unix(),
			"vc": object{
				"@context": []string{"https://www.w3.org/2018/credentials/v1", w.url + "/contexts/" + o.schema + "/1/context.jsonld"},
				"id":       "urn:uuid:" + id, "type": []string{"VerifiableCredential", "MembershipCredential"},
				"issuer":            object{"id": o.signer.DID, "name": "Test issuer"},
				"credentialSubject": object{"id": holder, "name": "Ada", "level": 3},
				"issuanceDate":      stamp, "expirationDate": expires.UTC().Format(time.RFC3339),
				"credentialSchema": object{"id": w.url + "/schemas/" + o.schema + "/1/schema.json", "type": "JsonSchemaValidator2018"},
				"credentialStatus": []object{entry(0, "revocation"), entry(1, "suspension")},
			},
		})
		made.succeeded()

		// The record is there at once, whether the token is ever signed or not.
		read := w.sdk(o.admin, "credentialsControllerFindOne", id, o.org.ID)
		created := read.at("/credential/created_at")
		read.holds(between(created, began, w.clock.Now()), "created_at is not now")
		read.equal("/credential", object{
			"id": id, "credential_id": "urn:uuid:" + id, "organization_id": o.org.ID, "subject": holder, "issuer": o.signer.DID,
			"credential_type_name": "Membership", "credential_type_id": o.kind, "revocable": true, "status": "active", "format": "jwt-vc",
			"issued_at": created, "expires_at": expires.UTC().Format("2006-01-02T15:04:05.000Z"), "created_at": created,
			"updated_at": created, "suspended": false,
		})
		read.succeeded()

		secured := w.sign(made.text("/credential/unsigned_vc_jwt"), o.signer.DID, o.signer)
		report := o.verified(secured)
		report.equal("", object{
			"id": "urn:uuid:" + id, "checks": []string{"format", "signature", "expiration", "schema", "revocation_status"},
			"warnings": []any{}, "errors": []any{},
		})
		report.succeeded()
	})
}

// TestGenerateIsLenient: what may be left out, and the other ways to say the same.
func TestGenerateIsLenient(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north").furnish()
		plain := w.raw(o.admin, "POST", "/credentials/generate", object{"credential": object{
			"credential_type_id": o.kind, "issuer": o.signer.DID, "claims": object{"name": "Ada"}, "expires_at": nil, "type": nil,
		}}, orgHeader, o.org.ID)
		_, payload, _ := unpacked(plain.text("/credential/unsigned_vc_jwt"))
		token := plain.part(payload)
		token.equal("/vc/credentialSubject", object{"name": "Ada"})
		token.equal("/vc/issuer", o.signer.DID)
		for _, pointer := range []string{"/sub", "/exp", "/vc/expirationDate", "/vc/credentialStatus"} {
			token.holds(token.at(pointer) == nil, "%s is there", pointer)
		}
		read := w.sdk(o.admin, "credentialsControllerFindOne", "urn:uuid:"+plain.text("/credential/id"), o.org.ID)
		read.equal("/credential/subject", "")
		read.equal("/credential/expires_at", nil)
		read.equal("/credential/revocable", false)
		secured := w.sign(plain.text("/credential/unsigned_vc_jwt"), o.signer.DID, o.signer)
		o.verified(secured).equal("/warnings", []any{})

		for _, types := range []any{"MembershipCredential", []string{"VerifiableCredential", "MembershipCredential"}} {
			o.signed(object{"type": types}).text("/credential/unsigned_vc_jwt")
		}
		for _, accept := range []string{"application/json", "*/*", "text/html, application/jwt;q=0.9", "application/vc+sd-jwt, application/jwt"} {
			w.raw(o.admin, "POST", "/credentials/generate", object{"credential": o.order(holder)}, orgHeader, o.org.ID, "Accept", accept).
				text("/credential/unsigned_vc_jwt")
		}
		for _, algorithm := range []string{"ES256", "ES256K"} {
			signer := w.key(algorithm)
			made := o.signed(object{"issuer": signer.DID})
			header, _, _ := unpacked(made.text("/credential/unsigned_vc_jwt"))
			made.part(header).equal("/alg", algorithm)
			report := o.verified(w.sign(made.text("/credential/unsigned_vc_jwt"), signer.DID, signer))
			report.equal("/errors", []any{})
			report.equal("/warnings", []any{})
		}
	})
}

// TestCredentialsRefused: each order that is wrong has a refusal of its own, at generate and at issue, and nothing is stored.
func TestCredentialsRefused(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north").furnish()
		native := w.native(o.admin)
		own := must(native.CreateDID(t.Context(), sdk.NewDID{}))
		two := w.organisation(o.tenant, o.chief, "Two")
		const at = "/credential"
		for _, path := range []string{"/credentials/generate", "/credentials/issue"} {
			base := o.order(holder)
			if path == "/credentials/issue" {
				base["issuer"] = own.DID
			}
			order := func(more object) object { return object{"credential": merged(base, more)} }
			refuse := func(body any, status int, code, pointer string) *reply {
				t.Helper()
				return w.raw(o.admin, "POST", path, body, orgHeader, o.org.ID).refusedAt(status, code, pointer)
			}
			refuse(object{}, 400, "missing", at)
			refuse(order(object{"credential_type_id": nil}), 400, "missing", at+"/credential_type_id")
			refuse(order(object{"issuer": nil}), 400, "missing", at+"/issuer")
			refuse(order(object{"issuer": object{"name": "x"}}), 400, "missing", at+"/issuer/id")
			refuse(order(object{"issuer": object{"id": own.DID, "colour": "red"}}), 400, "unknown_field", at+"/issuer/colour")
			refuse(order(object{"issuer": 7}), 400, "wrong_type", at+"/issuer")
			refuse(order(object{"claims": nil}), 400, "missing", at+"/claims")
			refuse(order(object{"claims": []int{1}}), 400, "claims_object", at+"/claims")
			refuse(order(object{"expires_at": "tomorrow"}), 400, "wrong_type", at+"/expires_at")
			refuse(order(object{"type": []int{1}}), 400, "wrong_type", at+"/type/0")
			refuse(order(object{"type": []string{"VerifiableCredential", "KnightCredential"}}), 400, "type_names", at+"/type/1")
			refuse(order(object{"colour": "red"}), 400, "unknown_field", at+"/colour")
			refuse(order(object{"credential_type_id": "nothing"}), 404, "type_not_found", at+"/credential_type_id")
			refuse(order(object{"expires_at": w.clock.Now().Add(-time.Hour)}), 400, "validity_past", at+"/expires_at")
			refuse(order(object{"claims": object{"name": "Ada", "level": 0}}), 400, "schema_violation", at+"/claims/level").
				equal("/errors/0/extra_info/rule", "minimum")
			refuse(order(object{"claims": object{"level": 1}}), 400, "schema_violation", at+"/claims").equal("/errors/0/extra_info/rule", "required")
			refuse(order(object{"claims": object{"name": "Ada", "pin": 1}}), 400, "schema_violation", at+"/claims").
				equal("/errors/0/extra_info/rule", "additionalProperties")
			refuse(order(object{"claims": object{"name": "Ada", "id": "nobody"}}), 400, "subject_id", at+"/claims/id")
			refuse(order(object{"claims": object{"name": "Ada", "id": "did:example:x"}}), 422, "did_method_not_supported", at+"/claims/id")
			refuse(order(object{"claims": object{"name": "Ada", "id": "did:key:z6Mknothing"}}), 422, "did_not_resolved", at+"/claims/id")

			w.raw(o.admin, "POST", path, order(nil)).refused(400, "organisation_id_missing")
			w.raw(o.admin, "POST", path, order(nil), orgHeader, two.org.ID).refused(404, "organisation_not_found")
			w.raw(o.admin, "POST", path, order(nil), orgHeader, o.org.ID, "Accept", "application/vc+sd-jwt").refused(406, "format_not_offered")
			w.raw(o.admin, "POST", path, order(nil), orgHeader, o.org.ID, "Accept", "image/png").refused(406, "format_not_offered")
			w.raw(two.admin, "POST", path, order(nil), orgHeader, two.org.ID).refusedAt(404, "type_not_found", at+"/credential_type_id")

			w.sdk(o.admin, "credentialTypesControllerRemove", o.kind, o.org.ID)
			refuse(order(nil), 409, "type_archived", at+"/credential_type_id")
			w.sdk(o.admin, "credentialTypesControllerRestore", o.kind, o.org.ID)
			w.sdk(o.chief, "schemasControllerArchive", o.schema)
			refuse(order(nil), 409, "schema_archived", at+"/credential_type_id")
			w.sdk(o.chief, "schemasControllerRestore", o.schema)
			o.setUp(false, true)
			w.raw(o.admin, "POST", path, order(nil), orgHeader, o.org.ID).refused(403, "not_an_issuer")
			o.setUp(true, true)
		}
		generate := func(issuer any) *reply { return o.signed(object{"issuer": issuer}) }
		generate("did:example:x").refusedAt(422, "did_method_not_supported", at+"/issuer")
		generate("did:key:z6Mknothing").refusedAt(422, "issuer_not_resolved", at+"/issuer")
		issue := func(issuer any) *reply {
			return w.raw(o.admin, "POST", "/credentials/issue", object{"credential": merged(o.order(holder), object{"issuer": issuer})}, orgHeader, o.org.ID)
		}
		issue(o.signer.DID).refusedAt(404, "identity_not_found", at+"/issuer")
		issue(object{"id": "did:example:x", "name": "X"}).refusedAt(404, "identity_not_found", at+"/issuer")

		w.sdk(o.admin, "credentialsControllerFindAll", o.org.ID).equal("/meta/records_count", 0)
		if dids := must(native.ListDIDs(t.Context(), sdk.ListQuery{})); len(dids.Items) != 1 {
			t.Errorf("%d DIDs", len(dids.Items))
		}
	})
}

// setUp sets what the tenant lets the organisation do.
func (o *office) setUp(issue, verify bool) {
	o.w.t.Helper()
	inside := o.w.native(o.chief)
	must(inside.UpdateOrganisation(o.w.t.Context(), o.org.ID, sdk.OrganisationPatch{MayIssue: &issue, MayVerify: &verify}))
}

// TestIssue: signed here, by a key of ours.
func TestIssue(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north").furnish()
		own := must(w.native(o.admin).CreateDID(t.Context(), sdk.NewDID{}))
		order := merged(o.order(holder), object{"issuer": object{"id": own.DID, "name": "Test issuer"}})
		made := w.raw(o.admin, "POST", "/credentials/issue", object{"credential": order}, orgHeader, o.org.ID)
		id := made.text("/credential/id")
		secured := made.text("/credential/signed_vc_jwt")
		made.equal("/credential", object{
			"id": id, "credential_id": "urn:uuid:" + id, "signed_vc_jwt": secured, "metadata": object{"style": object{
				"text-color": "#FFF", "background": "#123456", "image": "https://look.example/card.png",
			}},
		})
		_, payload, parts := unpacked(secured)
		made.holds(parts == 3, "the token has %d parts", parts)
		token := made.part(payload)
		token.equal("/vc/credentialSubject", object{"id": holder, "name": "Ada", "level": 3})
		token.equal("/vc/issuer", object{"id": own.DID, "name": "Test issuer"})
		token.equal("/iss", own.DID)
		token.equal("/jti", "urn:uuid:"+id)
		made.succeeded()
		o.verified(secured).equal("", object{
			"id": "urn:uuid:" + id, "checks": []string{"format", "signature", "expiration", "schema", "revocation_status"},
			"warnings": []any{}, "errors": []any{},
		})
		w.sdk(o.admin, "credentialsControllerFindOne", id, o.org.ID).equal("/credential/issuer", own.DID)
		made.w.raw(o.admin, "POST", "/credentials/issue", object{"credential": o.order(holder)}, orgHeader, o.org.ID).
			refusedAt(404, "identity_not_found", "/credential/issuer")
	})
}

// TestIssuersOfTheClient: DIDs that the organisation registered and whose keys it keeps. Generate takes them, issue does not;
// their status lists are published for them.
func TestIssuersOfTheClient(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north").furnish()
		for _, method := range []string{"key", "web"} {
			signer := w.key("EdDSA")
			mode := object{"clientSecretMode": true}
			document := object{
				"verificationMethod": []object{verificationMethod("#key-1", signer)},
				"authentication":     []string{"#key-1"}, "assertionMethod": []string{"#key-1"},
			}
			asked := w.sdk(o.admin, "didControllerCreate", method, object{"options": mode, "didDocument": document}, o.org.ID)
			did := asked.text("/didState/did")
			w.sdk(o.admin, "didControllerCreate", method, object{
				"jobId": asked.text("/jobId"), "options": mode, "secret": w.answerTo(asked, signer),
			}, o.org.ID).equal("/didState/state", "finished")

			order := merged(o.order(holder), object{"issuer": did})
			made := w.sdk(o.admin, "credentialsControllerGenerate", o.org.ID, object{"credential": order})
			secured := w.sign(made.text("/credential/unsigned_vc_jwt"), did, signer)
			header, payload, _ := unpacked(secured)
			made.part(header).holds(strings.HasPrefix(made.part(header).text("/kid"), did+"#"), "the header is %s", header)
			report := o.verified(secured)
			report.equal("/errors", []any{})
			report.equal("/warnings", []any{})
			_, said, _ := unpacked(string(w.sdk("", "statusListControllerFindOneJWT", list(payload)).body()))
			publisher := made.part(said).text("/iss")
			made.holds(strings.HasPrefix(publisher, "did:key:") && publisher != did, "the list is of %s", publisher)

			issue := func(issuer string) *reply {
				return w.raw(o.admin, "POST", "/credentials/issue", object{"credential": merged(order, object{"issuer": issuer})}, orgHeader, o.org.ID)
			}
			issue(did).refusedAt(404, "key_elsewhere", "/credential/issuer")
			issue(publisher).refusedAt(404, "identity_not_found", "/credential/issuer")
			o.signed(object{"issuer": publisher}).refusedAt(404, "identity_not_found", "/credential/issuer")

			ending := w.sdk(o.admin, "didControllerDeactivate", method, object{"did": did}, o.org.ID)
			w.sdk(o.admin, "didControllerDeactivate", method, object{
				"did": did, "jobId": ending.text("/jobId"), "secret": w.answerTo(ending, signer),
			}, o.org.ID).equal("/didState/state", "finished")
			o.signed(object{"issuer": did}).refusedAt(409, "identity_deactivated", "/credential/issuer")
		}
		kept := map[string]int{}
		for _, did := range must(w.native(o.admin).ListDIDs(t.Context(), sdk.ListQuery{})).Items {
			kept[did.DID[:8]]++
		}
		if kept["did:key:"] != 2 || kept["did:web:"] != 1 { // the two, and one publisher
			t.Errorf("there are %v", kept)
		}
	})
}

// TestStatus: revoked is final, suspended is not; the list and the verification say so at once.
func TestStatus(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north").furnish()
		two := w.organisation(o.tenant, o.chief, "Two")
		secured, id := o.generate(holder)
		_, payload, _ := unpacked(secured)
		set := func(id, purpose, value string) *reply {
			t.Helper()
			return w.sdk(o.admin, "credentialStatusControllerUpdate", o.org.ID, object{
				"credential_id": id, "credential_status": object{"type": purpose, "status": value},
			})
		}
		state := func(status string, suspended bool) *reply {
			t.Helper()
			r := w.sdk(o.admin, "credentialsControllerFindOne", id, o.org.ID)
			r.equal("/credential/status", status)
			r.equal("/credential/suspended", suspended)
			return r
		}
		warned := func(purpose string) *reply {
			t.Helper()
			r := o.verified(secured)
			r.equal("/errors", []any{})
			r.equal("/warnings/0/error", "credential_status_value_is_revoked")
			r.equal("/warnings/0/extra_info/purpose", purpose)
			return r
		}
		clean := func() {
			t.Helper()
			r := o.verified(secured)
			r.equal("/warnings", []any{})
			r.equal("/errors", []any{})
		}
		created := state("active", false).at("/credential/created_at")

		w.clock.Advance(2 * time.Second)
		set(id, "revocation", "0").succeeded() // never revoked: it is so already
		clean()
		set(id, "suspension", "1").succeeded()
		changed := state("active", true)
		changed.holds(changed.at("/credential/updated_at") != created, "updated_at stays")
		warned("suspension").succeeded()
		set("urn:uuid:"+id, "suspension", "0").succeeded()
		state("active", false)
		clean()

		listID := list(payload)
		before := w.sdk("", "statusListControllerFindOneJWT", listID)
		set("urn:uuid:"+id, "revocation", "1").succeeded()
		state("revoked", false)
		warned("revocation")
		w.clock.Advance(2 * time.Second)
		after := w.sdk("", "statusListControllerFindOneJWT", listID)
		after.holds(string(after.body()) != string(before.body()), "the list is as it was")
		after.seen("", string(after.body()))
		after.equal("", string(plain(w, w.url+"/status/"+listID)))
		_, said, parts := unpacked(string(after.body()))
		after.holds(parts == 3, "the list has %d parts", parts)
		after.part(said).equal("/vc/credentialSubject/statusPurpose", "revocation")
		after.succeeded()
		w.sdk("", "statusListControllerFindOneJWT", "nothing").refused(404, "status_list_not_found")

		set(id, "revocation", "1").succeeded() // again: it is so already
		set(id, "revocation", "0").refused(409, "revocation_final")
		set(id, "suspension", "1").refused(409, "credential_revoked")
		state("revoked", false)
		irrevocable := o.signed(object{"revocable": false}).text("/credential/id")
		set(irrevocable, "revocation", "1").refused(409, "no_status")
		set("nothing", "revocation", "1").refused(404, "credential_not_found")
		w.sdk(two.admin, "credentialStatusControllerUpdate", two.org.ID, object{
			"credential_id": id, "credential_status": object{"type": "revocation", "status": "1"},
		}).refused(404, "credential_not_found")
		raw := func(body object, code, pointer string) {
			t.Helper()
			w.raw(o.admin, "POST", "/credentials/status", body, orgHeader, o.org.ID).refusedAt(400, code, pointer)
		}
		raw(object{"credential_status": object{"type": "revocation", "status": "1"}}, "missing", "/credential_id")
		raw(object{"credential_id": id}, "missing", "/credential_status")
		raw(object{"credential_id": id, "credential_status": object{"status": "1"}}, "missing", "/credential_status/type")
		raw(object{"credential_id": id, "credential_status": object{"type": "revocation"}}, "missing", "/credential_status/status")
		raw(object{"credential_id": id, "credential_status": object{"type": "message", "status": "1"}}, "status_type", "/credential_status/type")
		raw(object{"credential_id": id, "credential_status": object{"type": "revocation", "status": "2"}}, "status_value", "/credential_status/status")
		raw(object{"credential_id": id, "credential_status": object{"type": "revocation", "status": 1}}, "wrong_type", "/credential_status/status")
	})
}

// list is the id of the first status list that a token names.
func list(payload []byte) string {
	var said struct {
		VC struct {
			Status []struct {
				List string `json:"statusListCredential"`
			} `json:"credentialStatus"`
		} `json:"vc"`
	}
	done(json.Unmarshal(payload, &said))
	url := said.VC.Status[0].List
	return url[strings.LastIndex(url, "/")+1:]
}

// plain is what anyone reads at a URL.
func plain(w *world, url string) []byte {
	w.t.Helper()
	r := w.raw("", "GET", url, nil)
	if r.status() != http.StatusOK {
		r.Errorf("cannot be read")
	}
	return r.body()
}

// TestVerify: expiry, schema and status warn, everything else is an error.
func TestVerify(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north").furnish()
		secured, id := o.generate(holder)
		all := []string{"format", "signature", "expiration", "schema", "revocation_status"}
		for _, row := range []struct {
			asked, ran []string
		}{
			{nil, all},
			{[]string{}, all},
			{[]string{"format"}, all[:3]},
			{[]string{"schema"}, all[:4]},
			{[]string{"revocation_status", "signature"}, []string{"format", "signature", "expiration", "revocation_status"}},
			{all, all},
		} {
			r := o.verified(secured, row.asked...)
			r.equal("", object{"id": "urn:uuid:" + id, "checks": row.ran, "warnings": []any{}, "errors": []any{}})
			r.succeeded()
		}
		o.verified(secured, "format", "beauty").refusedAt(400, "unknown_check", "/options/checks/1")

		// Another key, other claims, no signature, no token: errors, and the answer is still a verification's.
		header, payload, _ := unpacked(secured)
		encoded := base64.RawURLEncoding.EncodeToString
		signature := secured[strings.LastIndex(secured, ".")+1:]
		tampered := strings.Replace(string(payload), `"Ada"`, `"Eve"`, 1)
		stranger := w.sign(secured[:strings.LastIndex(secured, ".")], o.signer.DID, w.key("EdDSA"))
		for name, token := range map[string]string{
			"tampered": encoded(header) + "." + encoded([]byte(tampered)) + "." + signature, "of another key": stranger,
			"unsigned": secured[:strings.LastIndex(secured, ".")], "no token": "nonsense", "empty": "",
		} {
			r := o.verified(token)
			r.equal("/errors/0/error", "failed_to_verify_jwt")
			r.equal("/warnings", []any{})
			if len(r.at("/errors").([]any)) != 1 {
				r.Errorf("%s: one fault is told more than once", name)
			}
		}

		// What a client signed that was never generated so: claims that do not fit.
		forged := strings.Replace(strings.Replace(string(payload), `"level":3`, `"level":0`, 1), `"name":"Ada"`, `"name":7`, 1)
		misfit := w.sign(encoded(header)+"."+encoded([]byte(forged)), o.signer.DID, o.signer)
		r := o.verified(misfit)
		r.equal("/errors", []any{})
		for i, want := range map[int]string{0: "minimum", 1: "type"} {
			r.equal(fmt.Sprintf("/warnings/%d/error", i), "invalid_claims_for_selected_schema")
			r.equal(fmt.Sprintf("/warnings/%d/extra_info/rule", i), want)
		}
		o.verified(misfit, "revocation_status").equal("/warnings", []any{})
		for was, rows := range map[string][2]string{
			w.url + "/schemas/" + o.schema + "/1/": {w.url + "/schemas/" + o.schema + "/9/", "credential_schema_not_found"},
			"JsonSchemaValidator2018":              {"Other", "credential_schema_type_not_supported"},
			`"statusPurpose":"revocation"`:         {`"statusPurpose":"suspension"`, "credential_revocation_status_not_found"},
			w.url + "/status/" + list(payload):     {w.url + "/status/019a0000-0000-7000-8000-000000000000", "credential_status_list_not_found"},
			w.url + "/schemas/":                    {"http://127.0.0.1:1/schemas/", "load_credential_schema_via_url_failed"},
		} {
			other := strings.ReplaceAll(string(payload), was, rows[0])
			r := o.verified(w.sign(encoded(header)+"."+encoded([]byte(other)), o.signer.DID, o.signer))
			r.equal("/errors", []any{})
			r.equal("/warnings/0/error", rows[1])
		}

		short := o.signed(object{"expires_at": w.clock.Now().Add(time.Hour)})
		expiring := w.sign(short.text("/credential/unsigned_vc_jwt"), o.signer.DID, o.signer)
		o.verified(expiring).equal("/warnings", []any{})
		w.clock.Advance(2 * time.Hour)
		expired := o.verified(expiring)
		expired.equal("/errors", []any{})
		expired.equal("/warnings/0/error", "failed_to_verify_jwt")
		expired.equal("/warnings/0/extra_info/code", "expired")

		w.raw(o.admin, "POST", "/credentials/verify", object{}).refusedAt(400, "missing", "/credential")
		w.raw(o.admin, "POST", "/credentials/verify", object{"credential": object{}}).refusedAt(400, "missing", "/credential/signed_credential_jwt")
		w.raw("", "POST", "/credentials/verify", object{}).refused(401, "credentials_missing")
		o.setUp(true, false)
		o.verified(secured).refused(403, "not_a_verifier")
	})
}

// TestCredentialLists: an organisation sees its own, a page at a time, and nothing that was only prepared.
func TestCredentialLists(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north").furnish()
		two := w.organisation(o.tenant, o.chief, "Two")
		var ids []string
		for range 3 {
			_, id := o.generate(holder)
			ids = append(ids, id)
		}
		prepared := must(w.native(o.admin).Prepare(t.Context(), sdk.Preparation{
			Order: sdk.Order{Type: o.kind, Issuer: o.signer.DID, Claims: object{"name": "Ada"}},
		}))
		w.sdk(o.admin, "credentialsControllerFindOne", prepared.ID, o.org.ID).refused(404, "credential_not_found")

		list := w.sdk(o.admin, "credentialsControllerFindAll", o.org.ID)
		list.equal("/credentials", []any{credential(o, ids[2]), credential(o, ids[1]), credential(o, ids[0])})
		list.equal("/meta", object{
			"order_by": "created_at", "order": "DESC", "order_from_params": false, "per_page": 10, "per_page_from_params": false,
			"records_count": 3, "page": 1, "page_count": 1,
		})
		list.seen("/credentials/0/credential_id", "urn:uuid:"+ids[2])
		list.succeeded()
		page := w.sdk(o.admin, "credentialsControllerFindAll", o.org.ID, "ASC", "created_at", 2, 2)
		page.equal("/credentials", []any{credential(o, ids[2])})
		page.equal("/meta/page_count", 2)
		w.sdk(two.admin, "credentialsControllerFindAll", two.org.ID).equal("/credentials", []any{})
		w.sdk(two.admin, "credentialsControllerFindOne", ids[0], two.org.ID).refused(404, "credential_not_found")
		w.sdk(two.admin, "credentialsControllerFindAll", o.org.ID).refused(404, "organisation_not_found")
		w.raw(o.admin, "GET", "/credentials", nil).refused(400, "organisation_id_missing")
		w.raw(o.admin, "GET", "/credentials?order_by=name", nil, orgHeader, o.org.ID).refused(400, "parameter")
	})
}

// credential is a credential as it is read by itself.
func credential(o *office, id string) any {
	o.w.t.Helper()
	return o.w.sdk(o.admin, "credentialsControllerFindOne", id, o.org.ID).at("/credential")
}
