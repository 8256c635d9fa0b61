package empe

import (
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/sdk"
)

// TestMetadata: what the issuer says of itself follows from what it has.
func TestMetadata(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("acme")
		schema := o.schema("Ticket")
		said := o.get("/.well-known/openid-credential-issuer", nobody)
		said.equal("/credential_issuer", o.url()).equal("/authorization_servers", []string{o.url()}).
			equal("/display", []object{{"name": o.org.Name, "locale": "en"}}).equal("/token_endpoint", o.url()+"/api/v1/tokens").
			equal("/schema_endpoint", o.url()+"/api/v1/schemas").equal("/authorize_endpoint", o.url()+"/api/v1/authorizations").
			equal("/offering_endpoint", o.url()+"/api/v1/offerings").
			equal("/credential_configurations_supported/Ticket/format", "ldp_vc").
			equal("/credential_configurations_supported/Ticket/credential_definition/type", []string{"VerifiableCredential", "Ticket"}).
			equal("/credential_configurations_supported/Ticket/schemaUri", schema.text("/schemaUri")).
			equal("/credential_configurations_supported/Ticket/version", 1).
			equal("/credential_configurations_supported/Ticket/credential_signing_alg_values_supported", []string{"ES256K"}).
			equal("/proof_types_supported/jwt/proof_signing_alg_values_supported", []string{"ES256K", "EdDSA", "ES256"}).succeeded()
		w.send("GET", "/t/nowhere/empe/.well-known/openid-credential-issuer", nil, nobody).refused(404, "TenantNotFoundError")
	})
}

// TestDefaultTenant: the bare prefix is the default tenant's, and its two names are one issuer.
func TestDefaultTenant(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.organisation(sdk.Tenant{Slug: "default"}, "Issuer")
		must(w.native(o.admin).CreateDID(t.Context(), sdk.NewDID{Method: "empe", Algorithm: "secp256k1"}))
		o.schema("Ticket")
		o.get("/.well-known/openid-credential-issuer", nobody).equal("/credential_issuer", w.url+"/empe")
		holder := w.holder("EdDSA", "key")
		offering := o.offer(object{"recipient": holder.DID}).text("/id")
		token := o.login(holder).Token
		w.send("POST", "/t/default/empe/api/v1/offerings/"+offering+"/claim", nil, bearer(token)).equal("/vc/credentialSubject/id", holder.DID)
	})
}

// TestBlockchain: the issuer's address, lists published by number and id, and no DID written to a ledger.
func TestBlockchain(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("acme")
		o.get("/api/v1/blockchain/address", nobody).equal("/address", "0x"+o.did[strings.LastIndex(o.did, ":")+1:]).succeeded()
		bare := w.organisation(w.tenant("bare"), "Bare")
		bare.get("/api/v1/blockchain/address", nobody).refused(404, "NoAddressError")
		must(w.native(bare.admin).CreateDID(t.Context(), sdk.NewDID{Method: "key", Algorithm: "Ed25519"}))
		bare.get("/api/v1/blockchain/address", nobody).refused(404, "NoAddressError")

		o.schema("Ticket")
		made := o.credential()
		list := made.text("/vc/credentialStatus/0/statusListCredential")
		o.post("/api/v1/credentials/"+made.text("/id")+"/revoke", nil, o.secret).succeeds()
		o.post("/api/v1/blockchain/revocations/1", nil, o.secret).succeeded()
		o.post("/api/v1/blockchain/revocations/"+list[strings.LastIndex(list, "/")+1:], nil, o.secret).succeeded()
		for _, id := range []string{"0", "99", unknown, "nonsense", "1.0"} {
			o.post("/api/v1/blockchain/revocations/"+id, nil, o.secret).refused(404, "StatusListNotFoundError")
		}
		o.post("/api/v1/blockchain/revocations/1", nil, nobody).refused(401, "CredentialsMissingError")
		o.post("/api/v1/blockchain/revocations/1", nil, secret(w.organisation(o.tenant, "Another").client.Secret)).refused(403, "NotThisIssuerError")
		o.post("/api/v1/blockchain/did", nil, o.secret).refused(501, "NotOfferedError")
	})
}

// TestRotation: the old secret is good for the overlap, one old secret at a time, everywhere where it is asked for.
func TestRotation(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("acme")
		try := func(s caller) int { return o.get("/api/v1/offerings", s).status() }
		first := o.secret
		made := o.post("/api/v1/client-secret/rotate", object{"overlap": 600}, first)
		second := secret(made.text("/client_secret"))
		made.holds(made.header().Get("Cache-Control") == "no-store", "it may be kept on the way").holds(len(made.text("/previous_expires_at")) == 24, "no end").succeeded()
		if a, b := try(first), try(second); a != 200 || b != 200 {
			t.Errorf("in the overlap: %d and %d", a, b)
		}
		w.token(o.at, o.client.ID, o.client.Secret)
		w.token(o.at, o.client.ID, second[1])
		w.clock.Advance(601 * time.Second)
		if a, b := try(first), try(second); a != 401 || b != 200 {
			t.Errorf("after the overlap: %d and %d", a, b)
		}
		third := secret(o.post("/api/v1/client-secret/rotate", nil, second).text("/client_secret"))
		fourth := secret(o.post("/api/v1/client-secret/rotate", nil, third).text("/client_secret"))
		if a, b, c := try(second), try(third), try(fourth); a != 401 || b != 200 || c != 200 {
			t.Errorf("rotated twice: %d, %d and %d", a, b, c)
		}
		at := o.post("/api/v1/client-secret/rotate", object{"overlap": 0}, fourth)
		fifth := secret(at.equal("/previous_expires_at", nil).text("/client_secret"))
		if a, b, c := try(third), try(fourth), try(fifth); a != 401 || b != 401 || c != 200 {
			t.Errorf("without an overlap: %d, %d and %d", a, b, c)
		}
		for _, overlap := range []any{-1, 1.5, 2592001, "600"} {
			o.post("/api/v1/client-secret/rotate", object{"overlap": overlap}, fifth).refused(400, "WrongTypeError")
		}
		o.post("/api/v1/client-secret/rotate", nil, fourth).refused(401, "CredentialsInvalidError")
		done(w.native(o.admin).RevokeClient(t.Context(), o.client.ID))
		if got := try(fifth); got != 401 {
			t.Errorf("revoked: %d", got)
		}
	})
}
