package empe

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/sdk"
)

// TestDoorAlone: on a listener of its own the door's paths are the page's, its token endpoint is with it, and nothing else is there.
func TestDoorAlone(t *testing.T) {
	guard(t, func() {
		listener := must(net.Listen("tcp", "127.0.0.1:0"))
		address := listener.Addr().String()
		done(listener.Close())
		w := start(t, "sqlite", app.Config{Doors: map[string]string{"empe": address}})
		o := w.organisation(sdk.Tenant{Slug: "default"}, "Issuer")
		must(w.native(o.admin).CreateDID(t.Context(), sdk.NewDID{Method: "empe", Algorithm: "secp256k1"}))
		o.schema("Ticket")
		w.url = "http://" + address
		o.client.Secret = w.token("", o.client.ID, o.client.Secret)
		for path, want := range map[string]int{
			"/.well-known/openid-credential-issuer": 200, "/api/v1/schemas": 200, "/api/v1/offerings": 200, "/wallet/health/liveness": 200,
			"/api/v1/verifier/vp-queries": 401, "/wallet/did": 401, "/v1/whoami": 404, "/empe/api/v1/schemas": 404, "/meeco/version": 404,
		} {
			res := must(w.client.Get(w.url + path))
			_ = res.Body.Close()
			if res.StatusCode != want {
				t.Errorf("%s answers %d, want %d", path, res.StatusCode, want)
			}
		}
		status, body, err := w.attempt(http.MethodPost, "/api/v1/credentials", object{"type": "Ticket", "credential_subject": object{"ticket": "A"}}, bearer(o.client.Secret))
		if err != nil || status != http.StatusCreated || !strings.Contains(string(body), "EcdsaSecp256k1Signature2019") {
			t.Errorf("a credential: %d %s %v", status, body, err)
		}
	})
}

// TestArchived: an issuer that is archived answers nobody, and comes back.
func TestArchived(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("acme")
		o.schema("Ticket")
		offering := o.offer(nil).text("/id")
		holder := bearer(o.login(w.holder("EdDSA", "key")).Token)
		native := w.native(w.operator)
		must(native.ArchiveTenant(t.Context(), o.tenant.ID))
		o.get("/api/v1/offerings/"+offering, nobody).refused(404, "TenantNotFoundError")
		o.get("/.well-known/openid-credential-issuer", nobody).refused(404, "TenantNotFoundError")
		for _, r := range []*reply{
			o.post("/api/v1/offerings/"+offering+"/claim", nil, holder), o.get("/api/v1/offerings", o.secret), o.get("/wallet/did", bearer(o.admin)),
		} {
			if r.status() < 400 {
				r.errorf("it answers")
			}
		}
		must(native.RestoreTenant(t.Context(), o.tenant.ID))
		o.post("/api/v1/offerings/"+offering+"/claim", nil, holder).equal("/vc/credentialSubject/ticket", "A-17")
	})
}

// TestIdempotency: an order that is sent again is answered again, and not carried out.
func TestIdempotency(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("acme")
		o.schema("Ticket")
		body := object{"type": "Ticket", "credential_subject": object{"ticket": "A-1"}}
		by := bearer(o.token).also("Idempotency-Key", "once")
		first := o.post("/api/v1/credentials", body, by).succeeds()
		o.post("/api/v1/credentials", body, by).equal("", first.at("")).succeeded()
		o.post("/api/v1/credentials", mergedInto(any(body), "credential_subject", object{"ticket": "A-2"}), by).refused(400, "IdempotencyKeyReusedError")
		offer := object{"credential_type": "Ticket", "credential_subject": object{"ticket": "A-1"}}
		with := o.secret.also("Idempotency-Key", "once")
		offered := o.post("/api/v1/offerings", offer, with).succeeds()
		o.post("/api/v1/offerings", offer, with).equal("/id", offered.text("/id")).succeeded()
		o.get("/api/v1/offerings", o.secret).absent("/1")
	})
}
