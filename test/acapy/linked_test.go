package acapy

import (
	"maps"
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// with is an object with one member more, or another value of it.
func with(o object, name string, value any) object {
	out := maps.Clone(o)
	out[name] = value
	return out
}

// TestDIDs: the public DID, its endpoint and its keys.
func TestDIDs(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		a, other := w.wallet("acme"), w.wallet("other")
		web, theirs := a.webDID("acme"), did(other.Controller)
		query := "?did=" + url.QueryEscape(web)
		a.get("/wallet/did/public").equal("/result", nil)
		a.post("/wallet/did/public"+query, nil).equal("/result/did", web).equal("/result/posture", "public").succeeded()
		a.get("/wallet/did/public").equal("/result/did", web).succeeded()
		a.post("/wallet/did/public?did="+theirs, nil).refused(http.StatusNotFound, "Unknown DID: "+theirs+".")

		const endpoint = "https://agent.example/in"
		a.get("/wallet/get-did-endpoint" + query).absent("/endpoint")
		a.post("/wallet/set-did-endpoint", object{"did": web, "endpoint": endpoint}).equal("", object{}).succeeded()
		a.get("/wallet/get-did-endpoint"+query).equal("/did", web).equal("/endpoint", endpoint).succeeded()
		other.post("/wallet/set-did-endpoint", object{"did": web, "endpoint": endpoint}).refused(http.StatusNotFound, "Unknown DID: "+web+".")
		other.get("/wallet/get-did-endpoint"+query).refused(http.StatusNotFound, "Unknown DID: "+web+".")

		written := a.get("/resolver/resolve/" + url.PathEscape(web)).Text("/did_document/service/0/recipientKeys/0")
		before := a.get("/wallet/did" + query).Text("/results/0/verkey")
		a.send(http.MethodPatch, "/wallet/did/local/rotate-keypair"+query, nil).equal("", object{}).succeeded()
		after := a.get("/wallet/did" + query)
		after.holds(after.Text("/results/0/verkey") != before, "the key is the one it was")
		// Peers find the endpoint in the document, with the key that is good now.
		found := a.get("/resolver/resolve/" + url.PathEscape(web))
		found.equal("/did_document/service/0/serviceEndpoint", endpoint).equal("/did_document/service/0/type", "did-communication").
			equal("/did_document/service/0/recipientKeys/0", found.At("/did_document/authentication/0")).absent("/did_document/service/1")
		found.holds(found.Text("/did_document/authentication/0") != written, "the key in the document is the one it was")
		a.post("/wallet/set-did-endpoint", object{"did": web}).equal("", object{})
		a.get("/resolver/resolve/" + url.PathEscape(web)).absent("/did_document/service/0")
		key := did(a.Controller)
		a.send(http.MethodPatch, "/wallet/did/local/rotate-keypair?did="+key, nil).refused(http.StatusBadRequest, "DID "+key+" does not support key rotation")
		other.send(http.MethodPatch, "/wallet/did/local/rotate-keypair"+query, nil).refused(http.StatusNotFound, "Unknown DID: "+web+".")
	})
}

// TestLinkedData: the VC API proves and verifies presentations, and adds Data Integrity proofs to credentials.
func TestLinkedData(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		issuer, holder := w.wallet("issuer"), w.wallet("holder")
		from, by := did(issuer.Controller), did(holder.Controller)
		credential := resident(from)
		issued := issuer.post("/vc/credentials/issue", object{"credential": credential, "options": ed2018}).succeeds().At("/verifiableCredential")
		presentation := object{
			"@context": []string{"https://www.w3.org/2018/credentials/v1"}, "type": []string{"VerifiablePresentation"}, "holder": by,
			"verifiableCredential": []any{issued},
		}
		asked := object{"challenge": "c", "proofType": "Ed25519Signature2018"}
		made := holder.post("/vc/presentations/prove", object{"presentation": presentation, "options": asked})
		proven, _ := made.At("/verifiablePresentation").(object)
		made.equal("/verifiablePresentation/holder", by).equal("/verifiablePresentation/proof/challenge", "c").
			equal("/verifiablePresentation/proof/proofPurpose", "authentication").succeeded()
		holder.post("/vc/presentations/prove", object{"presentation": with(presentation, "name", "x"), "options": asked}).refused(http.StatusBadRequest, "a presentation is signed without name")
		issuer.post("/vc/presentations/prove", object{"presentation": presentation, "options": asked}).refused(http.StatusBadRequest, "Unknown DID: "+by)

		verify := func(presentation any, challenge string) *reply {
			return issuer.post("/vc/presentations/verify", object{"verifiablePresentation": presentation, "options": object{"challenge": challenge}})
		}
		verify(proven, "c").equal("/verified", true).equal("/presentation_result/verified", true).equal("/credential_results/0/verified", true).succeeded()
		verify(proven, "d").equal("/verified", false)
		verify(with(proven, "holder", from), "c").equal("/verified", false)
		verify("x", "c").refused(http.StatusUnprocessableEntity, "…")

		options := object{
			"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022", "proofPurpose": "assertionMethod",
			"verificationMethod": from + "#" + strings.TrimPrefix(from, "did:key:"),
		}
		added := issuer.post("/vc/di/add-proof", object{"document": credential, "options": options})
		secured, _ := added.At("/securedDocument").(object)
		added.equal("/securedDocument/proof/cryptosuite", "eddsa-jcs-2022").equal("/securedDocument/issuer", from).succeeded()
		holder.post("/vc/di/verify", object{"securedDocument": secured}).equal("/verificationResult/verified", true).succeeded()
		holder.post("/vc/di/verify", object{"securedDocument": with(secured, "issuanceDate", "2021-01-01T12:00:00Z")}).
			status(http.StatusBadRequest).equal("/verificationResult/verified", false)
		holder.post("/vc/di/add-proof", object{"document": credential, "options": options}).refused(http.StatusBadRequest, "Unknown DID: "+from)
		issuer.post("/vc/di/add-proof", object{"document": object{"a": 1}, "options": options}).
			refused(http.StatusBadRequest, "only credentials get a proof here: presentations by /vc/presentations/prove")
		issuer.post("/vc/di/add-proof", object{"document": proven, "options": options}).refused(http.StatusBadRequest, "…")
	})
}

// TestOther: what is of AnonCreds by its path, and works all the same; and a credential of AnonCreds, of which there are none.
func TestOther(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		issuer, holder := w.wallet("issuer"), w.wallet("holder")
		p := connect(t, issuer.Controller, holder.Controller, "1.1")
		x := p.issue(resident(did(p.issuer)), object{"proofType": "Ed25519Signature2018", "credentialStatus": object{"type": "StatusList2021Entry"}})
		const revoke = "/anoncreds/revocation/revoke"
		holder.post(revoke, object{"cred_ex_id": x.holder}).refused(http.StatusBadRequest, "…")
		issuer.post(revoke, object{"cred_ex_id": x.issuer, "publish": true}).equal("", object{}).succeeded()
		issuer.get("/revocation/credential-record?cred_ex_id="+x.issuer).equal("/result/state", "revoked").succeeded()
		holder.get("/credential/credential-"+x.holder).refused(http.StatusNotFound, "Credential credential-"+x.holder+" not found in wallet holder.")
		holder.remove("/credential/credential-"+x.holder).refused(http.StatusNotFound, "Credential credential-"+x.holder+" not found in wallet holder.")
		holder.get("/credential/w3c/credential-"+x.holder).equal("/record_id", "credential-"+x.holder)
	})
}
