package empe

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/test/peers"
)

// TestBadInput has the faults of requests that clients make: each its own refusal, and nothing is stored.
func TestBadInput(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o, far := w.office("acme"), w.office("far")
		neighbour := w.organisation(o.tenant, "Neighbour")
		o.schema("Ticket")
		far.schema("Ticket")
		o.post("/api/v1/schemas", object{"name": "Loose", "type": "Loose"}, o.secret).succeeds()
		o.offer(nil) // the version is in use
		holder := w.holder("EdDSA", "key")
		token, elsewhere := bearer(o.login(holder).Token), bearer(far.login(holder).Token)
		reader := secret(must(w.native(o.admin).CreateClient(t.Context(), sdk.NewPrincipal{Name: "r", Grants: []sdk.Grant{{Role: "auditor"}}})).Secret)
		used := o.get("/api/v1/schemas?type=Ticket", nobody).text("/0/id")
		good := object{"type": "Ticket", "credential_subject": object{"ticket": "A"}}
		ticket := object{"credential_type": "Ticket", "credential_subject": object{"ticket": "A"}}
		with := func(body object, name string, value any) object { return mergedInto(any(body), name, value) }
		subject := func(schema any) object {
			return object{"name": "X", "type": "X", "credentialSubject": schema}
		}
		property := func(name string, schema object) object {
			return subject(object{"type": "object", "properties": object{name: schema}})
		}
		login := func(state, nonce string) object { return object{"state": state, "nonce": nonce} }
		foreignToken := token[1][:len(token[1])-40] + tampered(token[1])[len(token[1])-40:]

		for _, c := range []struct {
			what, method, path string
			body               any
			by                 caller
			status             int
			name               string
		}{
			{"no secret", "POST", "/schemas", subject(nil), nobody, 401, "CredentialsMissingError"},
			{"a wrong secret", "POST", "/schemas", subject(nil), secret("x"), 401, "CredentialsInvalidError"},
			{"another tenant's secret", "POST", "/schemas", subject(nil), far.secret, 404, "TenantNotFoundError"},
			{"another organisation's secret", "POST", "/schemas", subject(nil), neighbour.secret, 403, "NotThisIssuerError"},
			{"a secret that may not, schemas", "POST", "/schemas", subject(nil), reader, 403, "PermissionDeniedError"},
			{"a secret that may not, delete", "DELETE", "/schemas/" + used, nil, reader, 403, "PermissionDeniedError"},
			{"a secret that may not, offerings", "POST", "/offerings", ticket, reader, 403, "PermissionDeniedError"},
			{"a secret of a neighbour, list", "GET", "/offerings", nil, neighbour.secret, 403, "NotThisIssuerError"},
			{"no secret, offerings", "POST", "/offerings", ticket, nobody, 401, "CredentialsMissingError"},
			{"the secret twice", "POST", "/schemas", subject(nil), o.secret.also(o.secret...), 400, "HeaderTwiceError"},

			{"no bearer", "POST", "/credentials", good, nobody, 401, "CredentialsMissingError"},
			{"a holder mints", "POST", "/credentials", good, token, 403, "PermissionDeniedError"},
			{"another tenant's access token", "POST", "/credentials", good, bearer(far.token), 404, "TenantNotFoundError"},
			{"a tampered token", "GET", "/credentials/" + unknown, nil, bearer(foreignToken), 401, "CredentialsInvalidError"},
			{"another issuer's holder", "GET", "/credentials/" + unknown, nil, elsewhere, 401, "CredentialsInvalidError"},
			{"an access token at a claim", "POST", "/offerings/" + unknown + "/claim", nil, bearer(o.token), 403, "HolderNeededError"},
			{"not a UUID", "GET", "/credentials/x", nil, token, 400, "CredentialIdError"},
			{"claim of no UUID", "POST", "/offerings/x/claim", nil, token, 404, "OfferingNotFoundError"},
			{"offering of no UUID", "GET", "/offerings/x", nil, nobody, 404, "OfferingNotFoundError"},

			{"type with a hyphen", "POST", "/credentials", with(good, "type", "Ti-cket"), bearer(o.token), 400, "TypeNameInvalidError"},
			{"type empty", "POST", "/credentials", with(good, "type", ""), bearer(o.token), 400, "MissingError"},
			{"type unknown", "POST", "/credentials", with(good, "type", "None"), bearer(o.token), 400, "TypeNotFoundError"},
			{"no subject", "POST", "/credentials", object{"type": "Ticket"}, bearer(o.token), 400, "MissingError"},
			{"null subject", "POST", "/credentials", with(good, "credential_subject", nil), bearer(o.token), 400, "MissingError"},
			{"subject a list", "POST", "/credentials", with(good, "credential_subject", []any{}), bearer(o.token), 400, "WrongTypeError"},
			{"claims that do not fit", "POST", "/credentials", with(good, "credential_subject", object{"ticket": 7}), bearer(o.token), 400, "SchemaViolationError"},
			{"a claim too many", "POST", "/credentials", with(good, "credential_subject", object{"ticket": "A", "x": 1}), bearer(o.token), 400, "SchemaViolationError"},
			{"a claim without a term", "POST", "/credentials", object{"type": "Loose", "credential_subject": object{"ticket": "A"}}, bearer(o.token), 400, "UndefinedTermError"},
			{"unknown member", "POST", "/credentials", with(good, "extra", 1), bearer(o.token), 400, "UnknownFieldError"},
			{"not JSON", "POST", "/credentials", `{"type":`, bearer(o.token), 400, "NotJsonError"},
			{"no body", "POST", "/credentials", "", bearer(o.token), 400, "NotJsonError"},
			{"a member twice", "POST", "/credentials", `{"type":"Ticket","type":"Ticket","credential_subject":{"ticket":"A"}}`, bearer(o.token), 400, "DuplicateNameError"},
			{"another media type", "POST", "/credentials", "x", bearer(o.token).also("Content-Type", "text/plain"), 415, "MediaTypeError"},
			{"too much", "POST", "/credentials", with(good, "credential_subject", object{"ticket": strings.Repeat("A", 1<<20)}), bearer(o.token), 413, "TooLargeError"},

			{"schema: type with a hyphen", "POST", "/schemas", object{"name": "X", "type": "a-b"}, o.secret, 400, "TypeNameInvalidError"},
			{"schema: type a URL", "POST", "/schemas", object{"name": "X", "type": "https://schema.org/X"}, o.secret, 400, "TypeNameInvalidError"},
			{"schema: type begins with a digit", "POST", "/schemas", object{"name": "X", "type": "1X"}, o.secret, 400, "TypeNameInvalidError"},
			{"schema: type of 65", "POST", "/schemas", object{"name": "X", "type": strings.Repeat("x", 65)}, o.secret, 400, "TypeNameInvalidError"},
			{"schema: the data model's type", "POST", "/schemas", object{"name": "X", "type": "VerifiableCredential"}, o.secret, 400, "TypeNameInvalidError"},
			{"schema: no name", "POST", "/schemas", object{"type": "X"}, o.secret, 400, "MissingError"},
			{"schema: unknown member", "POST", "/schemas", with(subject(nil), "x", 1), o.secret, 400, "UnknownFieldError"},
			{"schema: version of a half", "POST", "/schemas", with(subject(nil), "version", 1.5), o.secret, 400, "WrongTypeError"},
			{"schema: version that is not next", "POST", "/schemas", object{"name": "X", "type": "Ticket", "version": 7}, o.secret, 409, "SchemaExistsError"},
			{"schema: of a list", "POST", "/schemas", subject(object{"type": "array"}), o.secret, 400, "SchemaNotSupportedError"},
			{"schema: a wrapped credential", "POST", "/schemas", property("credentialSubject", object{"type": "object"}), o.secret, 400, "SchemaNotSupportedError"},
			{"schema: an id that is a number", "POST", "/schemas", property("id", object{"type": "number"}), o.secret, 400, "SchemaNotSupportedError"},
			{"schema: a reference elsewhere", "POST", "/schemas", property("x", object{"$ref": "https://far.example/x"}), o.secret, 400, "SchemaNotSupportedError"},
			{"schema: $id", "POST", "/schemas", subject(object{"type": "object", "$id": "https://far.example/x"}), o.secret, 400, "SchemaNotSupportedError"},
			{"schema: $metadata", "POST", "/schemas", subject(object{"type": "object", "$metadata": object{}}), o.secret, 400, "SchemaNotSupportedError"},
			{"schema: too much", "POST", "/schemas", property("x", object{"description": strings.Repeat("x", 1<<20)}), o.secret, 413, "TooLargeError"},
			{"schema: in use", "DELETE", "/schemas/" + used, nil, o.secret, 409, "SchemaInUseError"},

			{"offering: limit 0", "POST", "/offerings", with(ticket, "redemption_limit", 0), o.secret, 400, "WrongTypeError"},
			{"offering: limit of a half", "POST", "/offerings", with(ticket, "redemption_limit", 1.5), o.secret, 400, "WrongTypeError"},
			{"offering: limit below", "POST", "/offerings", with(ticket, "redemption_limit", -1), o.secret, 400, "WrongTypeError"},
			{"offering: limit a text", "POST", "/offerings", with(ticket, "redemption_limit", "1"), o.secret, 400, "WrongTypeError"},
			{"offering: over already", "POST", "/offerings", with(ticket, "expires_at", "2020-01-01T00:00:00.000Z"), o.secret, 400, "ExpiryPastError"},
			{"offering: no date", "POST", "/offerings", with(ticket, "expires_at", "tomorrow"), o.secret, 400, "WrongTypeError"},
			{"offering: recipient no DID", "POST", "/offerings", with(ticket, "recipient", "Ada"), o.secret, 400, "RecipientNotADidError"},
			{"offering: recipient empty", "POST", "/offerings", with(ticket, "recipient", ""), o.secret, 400, "RecipientNotADidError"},
			{"offering: claims that do not fit", "POST", "/offerings", with(ticket, "credential_subject", object{}), o.secret, 400, "SchemaViolationError"},
			{"offering: unknown member", "POST", "/offerings", with(ticket, "x", 1), o.secret, 400, "UnknownFieldError"},

			{"login: state of 31", "POST", "/authorizations", login(strings.Repeat("s", 31), chosen("n")), nobody, 400, "StateInvalidError"},
			{"login: state of 65", "POST", "/authorizations", login(strings.Repeat("s", 65), chosen("n")), nobody, 400, "StateInvalidError"},
			{"login: nonce of 31", "POST", "/authorizations", login(chosen("s"), strings.Repeat("n", 31)), nobody, 400, "NonceInvalidError"},
			{"login: nonce of 65", "POST", "/authorizations", login(chosen("s"), strings.Repeat("n", 65)), nobody, 400, "NonceInvalidError"},
			{"login: a space", "POST", "/authorizations", login(chosen("s"), chosen("n n")), nobody, 400, "NonceInvalidError"},
			{"login: no nonce", "POST", "/authorizations", object{"state": chosen("s")}, nobody, 400, "MissingError"},
			{"login: unknown member", "POST", "/authorizations", with(login(chosen("s"), chosen("n")), "x", 1), nobody, 400, "UnknownFieldError"},
			{"login: no definition", "POST", "/authorizations", with(login(chosen("s"), chosen("n")), "presentation_definition", 7), nobody, 400, "DefinitionInvalidError"},
			{"code: malformed", "POST", "/tokens", object{"authorization_code": strings.Repeat("!", 40)}, nobody, 400, "CodeMalformedError"},
			{"code: none", "POST", "/tokens", object{}, nobody, 400, "MissingError"},
			{"code: unknown", "POST", "/tokens", object{"authorization_code": chosen("x")}, nobody, 404, "CodeNotFoundError"},
			{"code: unknown member", "POST", "/tokens", object{"authorization_code": chosen("x"), "x": 1}, nobody, 400, "UnknownFieldError"},
			{"overlap", "POST", "/client-secret/rotate", object{"overlap": -1}, o.secret, 400, "WrongTypeError"},
			{"another method", "PUT", "/credentials", good, bearer(o.token), 405, "MethodNotAllowedError"},
			{"no route", "GET", "/nothing", nil, nobody, 404, "NoRouteError"},
		} {
			before := w.counts()
			w.send(c.method, o.at+"/api/v1"+c.path, c.body, c.by).refused(c.status, c.name)
			w.unchanged(before, c.what)
		}
	})
}

// TestBadPresentations: what does not prove a DID, and that it leaves nothing behind.
func TestBadPresentations(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o, far := w.office("acme"), w.office("far")
		holder, other := w.holder("EdDSA", "key"), w.holder("EdDSA", "key")
		chain, another := w.holder("ES256K", "empe"), w.holder("ES256K", "empe")
		id, nonce := o.authorize("").text("/id"), chosen("nonce")
		path := "/api/v1/authorizations/" + id + "/validate"
		fine := peers.EmpePresent{Key: holder, Nonce: nonce, Audience: o.url()}
		change := func(change func(p *peers.EmpePresent)) string {
			p := fine
			change(&p)
			return w.present(p)
		}
		good := w.present(fine)
		definition := object{"presentation_definition": ticketDefinition(), "state": chosen("asked"), "nonce": chosen("asked")}
		asked := o.post("/api/v1/authorizations", definition, nobody).equal("/presentation_definition", ticketDefinition()).succeeded().text("/id")
		for what, c := range map[string]struct {
			vp     any
			status int
			name   string
		}{
			"signed by another DID's key": {change(func(p *peers.EmpePresent) { p.Holder = other.DID }), 400, "PresentationInvalidError"},
			"another nonce":               {change(func(p *peers.EmpePresent) { p.Nonce = chosen("x") }), 400, "PresentationInvalidError"},
			"no nonce":                    {change(func(p *peers.EmpePresent) { p.Nonce = "" }), 400, "PresentationInvalidError"},
			"no audience":                 {change(func(p *peers.EmpePresent) { p.Audience = nil }), 400, "PresentationInvalidError"},
			"another audience":            {change(func(p *peers.EmpePresent) { p.Audience = far.url() }), 400, "PresentationInvalidError"},
			"over":                        {change(func(p *peers.EmpePresent) { p.Claims = object{"exp": time.Now().Unix() - 600} }), 400, "PresentationInvalidError"},
			"a did:empe that is another key's": {change(func(p *peers.EmpePresent) {
				p.Key = chain
				p.Holder, p.Header = another.DID, object{"kid": another.Method}
			}), 400, "PresentationInvalidError"},
			"tampered": {tampered(good), 400, "PresentationInvalidError"},
			"unsigned": {object{
				"@context": []string{"https://www.w3.org/2018/credentials/v1"}, "type": []string{"VerifiablePresentation"}, "holder": holder.DID,
			}, 400, "PresentationInvalidError"},
			"a number": {7, 400, "WrongTypeError"},
			"nothing":  {nil, 400, "MissingError"},
		} {
			before := w.counts()
			o.post(path, object{"vp_token": c.vp, "state": chosen("state")}, nobody).refused(c.status, c.name)
			w.unchanged(before, what)
		}
		before := w.counts()
		for what, body := range map[string]object{
			"MemberTwiceError":   {"vp_token": good, "vp": good, "state": chosen("state")},
			"UnknownFieldError":  {"vp_token": good, "state": chosen("state"), "x": 1},
			"StateMismatchError": {"vp_token": good, "state": chosen("x")},
			"NonceMismatchError": {"vp_token": good, "state": chosen("state"), "nonce": chosen("x")},
			"MissingError":       {"vp_token": good},
		} {
			o.post(path, body, nobody).refused(400, what)
		}
		// What is asked for has to be in it, and be the holder's.
		unmet := "/api/v1/authorizations/" + asked + "/validate"
		present := func(credentials ...any) string {
			return w.present(peers.EmpePresent{Key: holder, Nonce: chosen("asked"), Audience: o.url(), Credentials: credentials})
		}
		submission := object{"id": "s", "definition_id": "ticket", "descriptor_map": []object{{
			"id": "ticket", "format": "jwt_vp", "path": "$", "path_nested": object{"id": "ticket", "format": "jwt_vc", "path": "$.vp.verifiableCredential[0]"},
		}}}
		issuer := w.holder("ES256", "key")
		for _, vp := range []string{present(), present(w.ticket(issuer, other.DID, object{"ticket": "A-1"})), present(w.ticket(issuer, holder.DID, object{"ticket": "B-1"}))} {
			if r := o.post(unmet, object{"vp_token": vp, "presentation_submission": submission, "state": chosen("asked")}, nobody); r.status() != 400 {
				r.errorf("the definition is not met")
			}
		}
		w.unchanged(before, "members")
		o.post(unmet, object{"vp_token": present(w.ticket(issuer, holder.DID, object{"ticket": "A-1"})), "presentationSubmission": submission, "state": chosen("asked")}, nobody).
			equal("/holder_did", holder.DID).succeeded()
	})
}

// TestNoStack: without --dev no refusal tells its causes; with it all do.
func TestNoStack(t *testing.T) {
	guard(t, func() {
		w := start(t, "sqlite", app.Config{})
		r := w.send("GET", "/empe/api/v1/nothing", nil, nobody).refused(http.StatusNotFound, "NoRouteError")
		r.holds(r.at("/stack") != nil, "with --dev there are causes")
		w.config.Dev, w.config.Data = false, t.TempDir()
		w = w.run()
		w.send("GET", "/empe/api/v1/nothing", nil, nobody).refused(http.StatusNotFound, "NoRouteError").absent("/stack")
		w.send("GET", "/empe/api/v1/verifier/nothing", nil, nobody).refused(http.StatusNotFound, "").absent("/stack")
	})
}
