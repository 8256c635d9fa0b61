package empe

import (
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/sdk"
)

// TestWalletDIDs: DIDs that are made, and come back from their mnemonic.
func TestWalletDIDs(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.organisation(w.tenant("people"), "Wallets")
		by := bearer(o.token)
		made := o.post("/wallet/did/generate", object{"methods": []string{"empe", "empe-testnet", "key", "web", "jwk"}}, by)
		main := made.text("/dids/0/did")
		words := made.text("/mnemonic")
		made.equal("/dids/0/method", "empe").equal("/dids/0/document/id", main).equal("/dids/1/method", "empe-testnet").
			equal("/dids/1/did", strings.Replace(main, "did:empe:", "did:empe:testnet:", 1)).
			holds(len(strings.Fields(words)) == 24, "the mnemonic has not 24 words").holds(made.header().Get("Cache-Control") == "no-store", "it may be kept").succeeded()
		if strings.Contains(w.logs.String(), words) {
			t.Error("the mnemonic is in the log")
		}
		o.post("/wallet/did/generate", object{"methods": []string{"ion"}}, by).refused(400, "MethodUnknownError")
		o.post("/wallet/did/generate", object{"methods": []string{}}, by).refused(400, "MethodsMissingError")

		list := o.get("/wallet/did", by)
		list.holds(len(list.at("").([]any)) == 5, "there are not five").succeeded()
		o.get("/wallet/did", nobody).refused(401, "CredentialsMissingError")
		o.get("/wallet/did/"+main, by).equal("/document/id", main).succeeded()
		host := strings.Replace(strings.TrimPrefix(w.url, "http://"), ":", "%253A", 1)
		o.get("/wallet/did/did:web:"+host+":nobody", by).refused(404, "DidNotFoundError")
		o.get("/wallet/did/nonsense", by).refused(400, "DidInvalidError")
		o.get("/wallet/did/did:empe:"+strings.Repeat("0", 40), by).refused(503, "DidNotResolvedError") // no node is configured

		other := start(t, "sqlite", app.Config{}).organisation(sdk.Tenant{Slug: "default"}, "Wallets") // another server
		back := other.post("/wallet/did/import", object{"methods": []string{"empe"}, "mnemonics": strings.Fields(words)}, bearer(other.token))
		back.equal("/dids/0/did", main).absent("/mnemonic").succeeded()
		other.post("/wallet/did/import", object{"methods": []string{"empe"}, "mnemonics": words}, bearer(other.token)).refused(409, "DuplicateError")
		other.post("/wallet/did/import", object{"methods": []string{"empe"}, "mnemonics": words + " zoo"}, bearer(other.token)).refused(400, "MnemonicInvalidError")
		o.get("/wallet/health/liveness", nobody).equal("/status", "ok").succeeded()
		o.get("/wallet/health/readiness", nobody).equal("/status", "ok").succeeded()
		for _, at := range []string{"/wallet/health/liveness", "/wallet/health/readiness"} {
			o.post(at, nil, nobody).refusedFor("GET", 405, "MethodNotAllowedError")
		}
		// A DID of a wallet issues nothing.
		o.schema("Ticket")
		o.post("/api/v1/credentials", object{"type": "Ticket", "credential_subject": object{"ticket": "x"}}, by).refused(400, "NoIdentityError")
	})
}

// TestWallet: a wallet that holds, looks again, deletes.
func TestWallet(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o, people := w.office("acme"), w.organisation(w.tenant("people"), "Wallets")
		by := bearer(people.token)
		o.schema("Ticket")
		did := people.post("/wallet/did/generate", object{"methods": []string{"empe-testnet"}}, by).text("/dids/0/did")
		mine := o.post("/api/v1/credentials", object{"type": "Ticket", "credential_subject": object{"id": did, "ticket": "A-1"}}, bearer(o.token)).at("/vc")
		foreign := o.post("/api/v1/credentials", object{"type": "Ticket", "credential_subject": object{"id": "did:example:she", "ticket": "A-2"}}, bearer(o.token)).at("/vc")

		held := people.post("/wallet/credentials", object{"credential": mine}, by)
		id := held.text("/id")
		held.equal("/credential", mine).equal("/issuer", o.did).equal("/network", "testnet").equal("/status", "valid").equal("/version", "1").
			equal("/type", []string{"Ticket"}).succeeded()
		people.post("/wallet/credentials", object{"credential": mine}, by).refused(409, "HeldAlreadyError")
		people.post("/wallet/credentials", object{"credential": foreign}, by).refused(400, "ForeignSubjectError")
		other := people.post("/wallet/credentials", object{"credential": foreign, "allowForeignSubject": true}, by).text("/id")
		forged := mergedInto(mine, "credentialSubject", object{"id": did, "ticket": "Z-1"})
		people.post("/wallet/credentials", object{"credential": forged}, by).refused(400, "CredentialRefusedError")

		people.get("/wallet/credentials", by).equal("/0/id", other).equal("/1/id", id).absent("/2").succeeded()
		people.get("/wallet/credentials", nobody).refused(401, "CredentialsMissingError")
		for query, n := range map[string]int{
			"network=testnet": 2, "network=mainnet": 0, "type=Ticket": 2, "type=Pass": 0, "status=valid": 2, "status=revoked": 0,
			"version=1": 2, "version=2": 0, "issuedAt=" + w.clock.Now().UTC().Format(time.DateOnly): 2, "issuedAt=2020-01-01": 0, "limit=1": 1, "offset=2": 0,
		} {
			r := people.get("/wallet/credentials?"+query, by)
			if got := len(r.at("").([]any)); got != n {
				r.errorf("%s gives %d, want %d", query, got, n)
			}
		}
		for _, query := range []string{"status=x", "issuedAt=x", "limit=0"} {
			people.get("/wallet/credentials?"+query, by).refused(400, "ParameterError")
		}

		people.get("/wallet/credentials/"+id, by).equal("", held.at("")).succeeded()
		people.get("/wallet/credentials/"+unknown, by).refused(404, "HeldNotFoundError")
		credential := strings.TrimPrefix(held.text("/credential/id"), "urn:uuid:")
		o.post("/api/v1/credentials/"+credential+"/revoke", nil, o.secret).succeeds()
		o.post("/api/v1/blockchain/revocations/1", nil, o.secret).succeeds()
		people.get("/wallet/credentials/"+id, by).equal("/status", "valid") // as last seen
		people.get("/wallet/credentials/"+id+"?refresh=true", by).equal("/status", "revoked")
		people.get("/wallet/credentials?status=revoked", by).equal("/0/id", id).absent("/1")

		people.remove("/wallet/credentials/"+other, by).succeeded()
		people.remove("/wallet/credentials/"+other, by).refused(404, "HeldNotFoundError")
		people.remove("/wallet/credentials", by).succeeded()
		people.remove("/wallet/credentials", nobody).refused(401, "CredentialsMissingError")
		people.get("/wallet/credentials", by).equal("", []any{})
	})
}

func mergedInto(value any, name string, member any) object {
	out := object{}
	for k, v := range value.(object) {
		out[k] = v
	}
	out[name] = member
	return out
}

// TestFlows: what a flow refuses, and how it ends.
func TestFlows(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o, people := w.office("acme"), w.organisation(w.tenant("people"), "Wallets")
		by := bearer(people.token)
		o.schema("Ticket")
		offering := o.offer(object{"redemption_limit": 1})
		begin := func(scanned any) *reply { return people.post("/wallet/flows", object{"qrContent": scanned}, by) }
		begin(offering.text("/offering_full_url")).refused(400, "NoDidError")
		did := people.post("/wallet/did/generate", object{"methods": []string{"empe-testnet"}}, by).text("/dids/0/did")
		for _, scanned := range []any{"nonsense", object{"type": "else"}, 7} {
			if r := begin(scanned); r.status() != 400 {
				r.errorf("%v was understood", scanned)
			}
		}
		begin("http://127.0.0.1:1/x").refused(503, "PeerUnavailableError")
		people.post("/wallet/flows", object{"qrContent": offering.text("/offering_full_url"), "did": "did:example:x"}, by).refused(400, "DidNotHeldError")

		claim := object{"type": "claim"}
		first, second := begin(offering.text("/offering_full_url")), begin(object{
			"type": "credential_offering", "offering_id": offering.text("/id"), "offering_full_url": offering.text("/offering_full_url"), "credential_issuer": o.url(),
		})
		one, two := "/wallet/flows/"+first.equal("/did", did).text("/processId"), "/wallet/flows/"+second.text("/processId")
		people.get(one, by).equal("/status", "initialized").equal("/data/credentialSubject", object{"ticket": "A-17", "seat": 4}).succeeded()
		people.get("/wallet/flows/"+unknown, by).refused(404, "FlowNotFoundError")
		people.post(one+"/confirm", object{"type": "presentation"}, by).refused(400, "FlowKindError")
		people.post(one+"/confirm", claim, by).equal("/status", "confirmed").equal("/credential/credential/credentialSubject/id", did).succeeded()
		people.post(one+"/confirm", claim, by).refused(409, "FlowConfirmedError")
		people.get(one, by).equal("/status", "confirmed").absent("/data")
		people.post(two+"/confirm", claim, by).refused(400, "ClaimRefusedError") // it is used up
		people.get(two, by).equal("/status", "failed")
		people.post("/wallet/flows/"+unknown+"/confirm", claim, by).refused(404, "FlowNotFoundError")

		late := begin(o.offer(nil).text("/offering_full_url")).text("/processId")
		w.clock.Advance(10*time.Minute + time.Second)
		by = bearer(w.token(people.at, people.client.ID, people.client.Secret))
		people.post("/wallet/flows/"+late+"/confirm", claim, by).refused(410, "FlowExpiredError")
		people.get("/wallet/flows/"+late, by).equal("/status", "expired")

		reader := must(w.native(people.admin).CreateAPIKey(t.Context(), sdk.NewPrincipal{Name: "r", Grants: []sdk.Grant{{Role: "auditor"}}})).Secret
		people.get("/wallet/did", bearer(reader)).refused(403, "PermissionDeniedError")
		holding := must(w.native(people.admin).CreateAPIKey(t.Context(), sdk.NewPrincipal{Name: "h", Grants: []sdk.Grant{{Role: "holder"}}})).Secret
		people.get("/wallet/did", bearer(holding)).equal("/0/did", did)
	})
}
