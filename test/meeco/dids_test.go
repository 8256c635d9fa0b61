package meeco

import (
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/test/peers"
)

// verificationMethod is a client's key as it goes into a document.
func verificationMethod(id string, key peers.MeecoKey) object {
	return object{"id": id, "type": "JsonWebKey2020", "publicKeyJwk": key.JWK}
}

const signing = "/didState/signingRequest/signingRequestNym"

// answerTo is the secret that answers a signPayload.
func (w *world) answerTo(asked *reply, key peers.MeecoKey) object {
	return object{"signingResponse": object{"signingRequestNym": object{"signature": w.prove(asked.text(signing+"/serializedPayload"), key)}}}
}

// TestDIDKeyOfClient: a did:key in client secret mode, through both of its actions.
func TestDIDKeyOfClient(t *testing.T) {
	for _, algorithm := range []string{"EdDSA", "ES256", "ES256K"} {
		t.Run(algorithm, func(t *testing.T) {
			engines(t, func(t *testing.T, w *world) { didKeyOfClient(w, algorithm) })
		})
	}
}

func didKeyOfClient(w *world, algorithm string) {
	o := w.office("north")
	key := w.key(algorithm)
	curve := key.JWK["crv"]
	mode := object{"clientSecretMode": true, "keyType": curve}
	first := w.sdk(o.admin, "didControllerCreate", "key", object{"options": mode, "secret": object{}, "didDocument": object{}}, o.org.ID)
	first.equal("/didState", object{
		"state": "action", "action": "getVerificationMethod",
		"verificationMethodTemplate": []object{{
			"id": "#temp", "type": "JsonWebKey2020", "purpose": []string{"authentication"}, "publicKeyJwk": object{"kty": key.JWK["kty"], "crv": curve},
		}},
	})
	first.equal("/didRegistrationMetadata/method", "key")
	first.seen("/didState/verificationMethodTemplate/0/id", "#temp")
	first.succeeded()

	document := object{"verificationMethod": []object{verificationMethod("#temp", key)}, "authentication": []string{"#temp"}}
	asked := w.sdk(o.admin, "didControllerCreate", "key", object{"options": mode, "secret": object{}, "didDocument": document}, o.org.ID)
	asked.equal("/didState/state", "action")
	asked.equal("/didState/action", "signPayload")
	asked.equal("/didState/did", key.DID)
	asked.equal(signing+"/kid", key.Method)
	asked.equal(signing+"/alg", algorithm)
	asked.equal(signing+"/payload/operation/type", "create")
	asked.seen(signing+"/payload/identifier", key.DID) // the SDK lets the request through
	asked.succeeded()

	job := asked.text("/jobId")
	again := object{"jobId": job, "options": mode, "secret": w.answerTo(asked, w.key(algorithm))}
	w.sdk(o.admin, "didControllerCreate", "key", again, o.org.ID).
		refusedAt(400, "signature_invalid", "/secret/signingResponse/signingRequestNym/signature")
	w.sdk(o.admin, "didControllerResolve", key.DID, "application/did+json").succeeds() // any did:key resolves
	again["secret"] = w.answerTo(asked, key)
	done := w.sdk(o.admin, "didControllerCreate", "key", again, o.org.ID)
	done.equal("/jobId", job)
	done.equal("/didState/state", "finished")
	done.equal("/didState/did", key.DID)
	done.equal("/didState/secret/verificationMethod/0/id", key.Method)
	done.equal("/didState/didDocument/id", key.DID)
	done.succeeded()
	w.sdk(o.admin, "didControllerCreate", "key", again, o.org.ID).refusedAt(404, "job_not_found", "/jobId")
	w.sdk(o.admin, "didControllerCreate", "key", object{"options": mode, "didDocument": document}, o.org.ID).refused(409, "did_registered")

	w.sdk(o.admin, "didControllerUpdate", "key", object{"did": key.DID, "didDocumentOperation": []string{"setDidDocument"}, "didDocument": document}, o.org.ID).
		refused(422, "cannot_update")
	ending := w.sdk(o.admin, "didControllerDeactivate", "key", object{"did": key.DID}, o.org.ID)
	ending.equal("/didState/action", "signPayload")
	ending.equal(signing+"/payload/operation", object{"type": "deactivate", "dest": key.DID, "raw": ""})
	ended := w.sdk(o.admin, "didControllerDeactivate", "key", object{"did": key.DID, "jobId": ending.text("/jobId"), "secret": w.answerTo(ending, key)}, o.org.ID)
	ended.equal("/didState", object{"state": "finished", "did": key.DID})
	ended.succeeded()
	w.sdk(o.admin, "didControllerResolve", key.DID).refused(404, "did_deactivated")
}

// TestDIDWebOfClient: a did:web below this server whose every change its own key signs.
func TestDIDWebOfClient(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		key := w.key("EdDSA")
		mode := object{"clientSecretMode": true}
		template := w.sdk(o.admin, "didControllerCreate", "web", object{"options": mode}, o.org.ID)
		template.equal("/didState/verificationMethodTemplate/0/id", "#key-1")
		document := object{
			"id": "did:web:nowhere.example", "verificationMethod": []object{verificationMethod("did:web:nowhere.example#key-1", key)},
			"authentication": []string{"did:web:nowhere.example#key-1"}, "assertionMethod": []string{"#key-1"},
		}
		asked := w.sdk(o.admin, "didControllerCreate", "web", object{"options": mode, "didDocument": document}, o.org.ID)
		did := asked.text("/didState/did")
		asked.holds(strings.HasPrefix(did, "did:web:127.0.0.1%3A"), "the DID is %s", did)
		done := w.sdk(o.admin, "didControllerCreate", "web", object{"jobId": asked.text("/jobId"), "options": mode, "secret": w.answerTo(asked, key)}, o.org.ID)
		done.equal("/didState/didDocument/id", did)
		done.equal("/didState/didDocument/verificationMethod/0/id", did+"#key-1")
		done.equal("/didState/didDocument/verificationMethod/0/publicKeyJwk", key.JWK)
		done.equal("/didState/didDocument/authentication", []string{did + "#key-1"})
		done.equal("/didState/secret/verificationMethod", []object{{"id": did + "#key-1", "controller": did, "purpose": []string{"authentication", "assertionMethod"}}})
		done.succeeded()

		service := object{"id": "#hub", "type": "Hub", "serviceEndpoint": "https://hub.example"}
		next := object{"verificationMethod": document["verificationMethod"], "authentication": []string{"#key-1"}, "service": []object{service}}
		update := object{"did": did, "didDocumentOperation": []string{"setDidDocument"}, "didDocument": next, "options": mode}
		asked = w.sdk(o.admin, "didControllerUpdate", "web", update, o.org.ID)
		asked.equal(signing+"/payload/operation/type", "update")
		done = w.sdk(o.admin, "didControllerUpdate", "web", object{
			"did": did, "didDocumentOperation": []string{}, "jobId": asked.text("/jobId"), "secret": w.answerTo(asked, key),
		}, o.org.ID)
		done.equal("/didState/didDocument/service", []object{{"id": did + "#hub", "type": "Hub", "serviceEndpoint": "https://hub.example"}})
		done.succeeded()
		w.sdk(o.admin, "didControllerUpdate", "web", object{"did": did, "didDocumentOperation": []string{"addToDidDocument"}, "didDocument": next}, o.org.ID).
			refusedAt(422, "document_operation_not_offered", "/didDocumentOperation")

		found := w.sdk(o.admin, "didControllerResolve", did)
		found.equal("/didDocument", done.at("/didState/didDocument"))
		found.equal("/didDocumentMetadata/versionId", "2")
		found.equal("/didResolutionMetadata/did", object{"didString": did, "method": "web", "methodSpecificId": strings.TrimPrefix(did, "did:web:")})
		found.succeeded()
		alone := w.sdk(o.admin, "didControllerResolve", did, "application/did+ld+json")
		alone.equal("", done.at("/didState/didDocument"))
		alone.succeeded()
		w.sdk(o.admin, "didControllerResolve", did, "application/did+cbor").refused(406, "representation_not_supported")

		// The document is what the world gets from the DID's own place.
		path := strings.ReplaceAll(strings.TrimPrefix(did, "did:web:"), ":", "/")
		_, path, _ = strings.Cut(path, "/")
		w.raw("", "GET", w.url+"/"+path+"/did.json", nil).equal("", done.at("/didState/didDocument"))

		asked = w.sdk(o.admin, "didControllerDeactivate", "web", object{"did": did}, o.org.ID)
		w.sdk(o.admin, "didControllerDeactivate", "web", object{"did": did, "jobId": asked.text("/jobId"), "secret": w.answerTo(asked, w.key("EdDSA"))}, o.org.ID).
			refused(400, "signature_invalid")
		w.sdk(o.admin, "didControllerDeactivate", "web", object{"did": did, "jobId": asked.text("/jobId"), "secret": w.answerTo(asked, key)}, o.org.ID).
			equal("/didState/state", "finished")
		w.sdk(o.admin, "didControllerResolve", did).refused(404, "did_deactivated")
		w.sdk(o.admin, "didControllerUpdate", "web", update, o.org.ID).refused(409, "identity_deactivated")
	})
}

// TestDIDManaged: keys that Chancery holds, and a did:web in managed mode that brings its own.
func TestDIDManaged(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		held := w.sdk(o.admin, "didControllerCreate", "key", object{"options": object{"keyType": "p-256"}, "secret": object{}, "didDocument": object{}}, o.org.ID)
		held.equal("/didState/state", "finished")
		held.equal("/didState/didDocument/id", held.text("/didState/did"))
		held.holds(strings.HasPrefix(held.text("/didState/did"), "did:key:zDn"), "the key is no P-256")
		held.holds(!strings.Contains(string(held.body()), `"d":`), "a private key is shown")
		held.succeeded()

		service := object{"id": "#hub", "type": "Hub", "serviceEndpoint": "https://hub.example"}
		web := w.sdk(o.admin, "didControllerCreate", "web", object{"didDocument": object{"service": []object{service}}}, o.org.ID)
		did := web.text("/didState/did")
		web.equal("/didState/didDocument/service/0/id", did+"#hub")
		web.succeeded()
		update := w.sdk(o.admin, "didControllerUpdate", "web", object{"did": did, "didDocumentOperation": []string{"setDidDocument"}, "didDocument": object{}}, o.org.ID)
		update.equal("/didState/didDocument/verificationMethod", web.at("/didState/didDocument/verificationMethod"))
		update.holds(update.at("/didState/didDocument/service") == nil, "the service stayed")
		update.succeeded()
		mine := object{"verificationMethod": []object{verificationMethod("#mine", w.key("EdDSA"))}}
		w.sdk(o.admin, "didControllerUpdate", "web", object{"did": did, "didDocumentOperation": []string{"setDidDocument"}, "didDocument": mine}, o.org.ID).
			refused(422, "document_change_not_offered")

		key := w.key("EdDSA")
		brought := w.sdk(o.admin, "didControllerCreate", "web", object{"didDocument": object{"verificationMethod": []object{verificationMethod("key-1", key)}}}, o.org.ID)
		brought.equal("/didState/state", "finished")
		brought.equal("/didState/didDocument/authentication/0", brought.text("/didState/did")+"#key-1")
		brought.equal("/didState/didDocument/verificationMethod/0/publicKeyJwk", key.JWK)
		brought.succeeded()
		w.issuesElsewhere(o.furnish(), brought.text("/didState/did"), key)
		ended := w.sdk(o.admin, "didControllerDeactivate", "web", object{"did": brought.text("/didState/did")}, o.org.ID)
		ended.equal("/didState/state", "finished")
		ended.succeeded()

		listed := w.sdk(o.admin, "didOwnerControllerList", o.org.ID, 2, 1)
		listed.equal("/data/0/did", brought.text("/didState/did"))
		listed.equal("/data/0/lastOperation", "delete")
		listed.equal("/data/0/ownerId", o.org.ID)
		listed.equal("/data/1/did", did)
		listed.equal("/data/1/lastOperation", "update")
		listed.equal("/meta", object{
			"itemsPerPage": 2, "totalItems": 3, "currentPage": 1, "totalPages": 2, "sortBy": []object{{"createdAt": "DESC"}}, "searchBy": []string{}, "search": "",
		})
		listed.equal("/links/next", w.url+"/meeco/did-owner?page=2&limit=2")
		listed.seen("/data/0/did", brought.text("/didState/did"))
		listed.succeeded()
		second := w.sdk(o.admin, "didOwnerControllerList", o.org.ID, 2, 2)
		second.equal("/data/0/did", held.text("/didState/did"))
		second.equal("/data/0/lastOperation", "create")
		second.holds(second.at("/data/1") == nil, "there is more")
		w.sdk(o.admin, "didOwnerControllerList", o.org.ID, 0, 1).refused(400, "parameter")
		w.sdk("", "didOwnerControllerList", o.org.ID).refused(401, "credentials_missing")
	})
}

// issuesElsewhere has a DID of ours sign where its key is, and not here.
func (w *world) issuesElsewhere(o *office, did string, key peers.MeecoKey) {
	w.t.Helper()
	order := object{"credential": merged(o.order(holder), object{"issuer": did})}
	w.raw(o.admin, "POST", "/credentials/issue", order, orgHeader, o.org.ID).refused(404, "key_elsewhere")
	unsigned := w.sdk(o.admin, "credentialsControllerGenerate", o.org.ID, order, "application/json").text("/credential/unsigned_vc_jwt")
	o.verified(w.sign(unsigned, did, key)).equal("/errors", []any{})
	o.verified(w.sign(unsigned, did, w.key("EdDSA"))).equal("/errors/0/error", "failed_to_verify_jwt")
}

// TestDIDRefusals: what no DID can be made of.
func TestDIDRefusals(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		create := func(method any, body object) *reply {
			return w.sdk(o.admin, "didControllerCreate", method, body, o.org.ID)
		}
		create("indy", object{}).refused(422, "method_not_supported")
		create("key", object{"options": object{"network": "main"}}).refusedAt(422, "network_not_offered", "/options/network")
		create("key", object{"options": object{"keyType": "RSA"}}).refusedAt(422, "key_type_not_offered", "/options/keyType")
		create("key", object{"didDocument": object{"service": []object{{"id": "#a", "type": "T", "serviceEndpoint": "https://a.example"}}}}).
			refusedAt(400, "document_not_offered", "/didDocument/service")
		secret := w.key("EdDSA")
		create("web", object{"didDocument": object{"verificationMethod": []object{{"id": "#a", "type": "JsonWebKey2020", "publicKeyJwk": secret.PrivateJWK}}}}).
			refusedAt(400, "key_not_supported", "/didDocument/verificationMethod/0")
		create("web", object{"secret": object{"seed": "x"}}).refusedAt(400, "unknown_field", "/secret/seed")
		w.raw(o.admin, "POST", "/did/create", object{}).refused(400, "parameter")
		w.raw(o.admin, "POST", "/did/update?method=web", object{"didDocumentOperation": []string{"setDidDocument"}}).refusedAt(400, "missing", "/did")
		w.raw(o.admin, "POST", "/did/deactivate?method=web", object{}).refusedAt(400, "missing", "/did")
		w.sdk(o.admin, "didControllerDeactivate", "web", object{"did": "did:web:nowhere.example"}, o.org.ID).refused(404, "identity_not_found")
		w.sdk(o.admin, "didControllerResolve", "did:example:1").refused(422, "did_method_not_supported")
		w.sdk(o.admin, "didControllerResolve", "did:key:zNone").refused(400, "did_invalid")
		w.sdk(o.admin, "didControllerResolve", "did:web:127.0.0.1%3A1:nobody").refused(422, "did_not_resolved")
		own := strings.ReplaceAll(strings.TrimPrefix(w.url, "http://"), ":", "%3A")
		w.sdk(o.admin, "didControllerResolve", "did:web:"+own+":nobody").refused(404, "did_not_found")
	})
}
