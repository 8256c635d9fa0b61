package meeco

import (
	"net/http"
	"strings"
	"time"

	"github.com/chancery-vc/chancery/internal/api/meeco"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/test/peers"
)

// planted are texts that are in what the fixture holds, and that nobody else may be shown.
const (
	planted   = "Grace-Hopper-1906"
	plantedIn = "planted-"
)

// unknown is an id that nobody has.
const unknown = "019a0000-0000-7000-8000-000000000000"

// fixture is an office with one of everything that a route can be asked for.
type fixture struct {
	*office
	credential, token, list         string
	definition, request, submission string
	application, invitation         string
	orgAdmin, tenantAdmin, operator string // ids of principals
	web                             string // a DID whose keys are here
	wallet                          peers.MeecoKey
}

// fixture makes it, below the tenant acme.
func (w *world) fixture() *fixture {
	w.t.Helper()
	f := &fixture{office: w.settled().furnish(), wallet: w.key("EdDSA")}
	f.signer = w.key("EdDSA")
	f.web = w.sdk(f.admin, "didControllerCreate", "web", object{}, f.org.ID).text("/didState/did")
	made := w.sdk(f.admin, "credentialsControllerGenerate", f.org.ID, f.orderBody(), "application/json")
	f.credential = made.text("/credential/id")
	f.token = w.sign(made.text("/credential/unsigned_vc_jwt"), f.signer.DID, f.signer)
	read := w.reply(&exchange{Body: must(jsonOf(claimsOf(f.token)))})
	list := read.text("/vc/credentialStatus/0/statusListCredential")
	f.list = list[strings.LastIndex(list, "/")+1:]
	f.definition = w.sdk(f.admin, "presentationDefinitionsControllerCreate", f.org.ID, f.definitionBody()).text("/presentation_definition/id")
	asked := w.sdk(f.admin, "presentationRequestsControllerCreate", f.requestBody(), f.org.ID)
	f.request = asked.text("/presentation_request/id")
	signed := w.sign(asked.text("/presentation_request/tokens/unsigned_request_jwt"), f.signer.DID, f.signer)
	w.sdk(f.admin, "presentationRequestsControllerUpdate", f.request, object{"presentation_request": object{"signed_request_jwt": signed}}, f.org.ID).succeeds()
	f.submission = w.sdk("", "presentationRequestSubmissionsControllerSubmit", f.request, f.answer()).text("/submission/id")
	f.application = w.raw(f.admin, "POST", "/applications", f.body("POST /applications"), orgHeader, f.org.ID).text("/application/id")
	f.invitation = w.raw(f.admin, "POST", "/users/invitations", f.body("POST /users/invitations"), orgHeader, f.org.ID).text("/invitation/id")
	f.orgAdmin = w.raw(f.admin, "GET", "/whoami", nil).text("/id")
	f.tenantAdmin = w.raw(f.chief, "GET", "/whoami", nil).text("/id")
	f.operator = w.raw(w.secret, "GET", "/whoami", nil).text("/id")
	return f
}

func (f *fixture) orderBody() object {
	return object{"credential": merged(f.order(f.wallet.DID), object{"claims": object{"id": f.wallet.DID, "name": planted, "level": 3}})}
}

func (f *fixture) definitionBody() object {
	return object{"presentation_definition": object{
		"name": plantedIn + "definition", "purpose": "Entry",
		"required_credentials": []object{{"name": "Membership", "purpose": "Entry", "schema_id": f.schema}},
	}}
}

func (f *fixture) requestBody() object {
	return object{"presentation_request": object{
		"name": plantedIn + "request", "client_id": f.signer.DID, "client_name": f.org.Name, "method": "qrcode",
		"expires_at": date(f.w.clock.Now().Add(time.Hour)), "presentation_definition_id": f.definition,
	}}
}

// answer is what the fixture's wallet submits to its request.
func (f *fixture) answer() object {
	w := f.w
	uri := w.url + prefix + "/oidc/presentations/requests/" + f.request + "/jwt"
	claims := claimsOf(string(w.raw("", "GET", uri, nil).body()))
	unsigned := w.sdk(f.admin, "presentationsControllerGenerate", object{"presentation": object{
		"issuer": f.wallet.DID, "audience": claims["client_id"], "nonce": claims["nonce"], "credentials": []string{f.token},
	}}, f.org.ID)
	vp := w.sign(unsigned.text("/presentation/unsigned_vp_jwt"), f.wallet.DID, f.wallet)
	drafted := w.sdk(f.admin, "presentationRequestTokensControllerCreate", object{"request_uri": uri, "vp_token": vp, "issuer": f.wallet.DID})
	id := w.sign(drafted.text("/unsigned_id_token"), f.wallet.DID, f.wallet)
	return object{"id_token": id, "vp_token": vp, "state": claims["state"]}
}

// path fills a route's pattern with the fixture's ids, or with one that nobody has.
func (f *fixture) path(route httpx.Route, id string) string {
	first := func(mine string) string {
		if id != "" {
			return id
		}
		return mine
	}
	at := map[string]string{
		"/schemas/": f.schema, "/credential_types/": f.kind, "/credentials/": f.credential, "/status_list/": f.list,
		"/presentation_definitions/": f.definition, "/oidc/presentations/requests/": f.request, "/global_admins/": f.operator,
		"/applications/": f.application, "/users/invitations/": f.invitation, "/deployments/wallets/": unknown,
	}
	path := route.Pattern
	for start, mine := range at {
		if strings.HasPrefix(path, start+"{id}") {
			path = strings.Replace(path, "{id}", first(mine), 1)
		}
	}
	did := f.web
	if id != "" {
		did = "did:web:nobody.example"
	}
	path = strings.NewReplacer(
		"{tenant_id}", first(f.tenant.ID), "{org_id}", first(f.org.ID), "{org_admin_id}", first(f.orgAdmin),
		"{tenant_admin_id}", first(f.tenantAdmin), "{submission_id}", first(f.submission), "{version}", "1.0.0",
		"{security_rights}", "vc:org:manage", "{token}", "inv_none", "{identifier}", did,
	).Replace(path)
	if strings.Contains(path, "{") {
		f.w.t.Errorf("%s %s: the walk does not know its ids", route.Method, route.Pattern)
	}
	if strings.HasPrefix(path, "/did/") && route.Method == http.MethodPost {
		path += "?method=web"
	}
	return path
}

// bodiless are the operations that change something and are sent nothing.
func bodiless(name string) bool {
	return strings.HasPrefix(name, "DELETE ") || strings.HasSuffix(name, "/archive") || strings.HasSuffix(name, "/restore") ||
		strings.HasSuffix(name, "/resend") || strings.HasSuffix(name, "/accept") || strings.Contains(name, "/deployments/") ||
		name == "PUT /users/me/password"
}

// body is one that the operation takes; a route that the walk does not know fails it.
func (f *fixture) body(name string) any {
	if strings.HasPrefix(name, "GET ") || bodiless(name) {
		return nil
	}
	if body, ok := f.bodies()[name]; ok {
		return body
	}
	f.w.t.Errorf("%s: the walk does not know its body", name)
	return nil
}

func (f *fixture) bodies() map[string]any {
	rights := object{"security_rights": []string{"vc:org:manage"}}
	uri := f.w.url + prefix + "/oidc/presentations/requests/" + f.request + "/jwt"
	none := object{"checks": []any{}, "warnings": []any{}, "errors": []any{}}
	return map[string]any{
		"POST /schemas":     object{"schema": object{"name": "Made", "schema_json": schemaJSON(), "organization_ids": []string{}}},
		"PUT /schemas/{id}": object{"schema": object{"name": "Taken", "organization_ids": []string{}}},
		"POST /credential_types": object{"credential_type": object{
			"name": "Made", "type": []string{"MembershipCredential"}, "schema_id": f.schema, "style": object{"text-color": "#FFF", "background": "#000", "image": ""},
		}},
		"PUT /credential_types/{id}": object{"credential_type": object{"name": "Taken", "style": object{"text-color": "#FFF", "background": "#000", "image": ""}}},
		"POST /credentials/generate": f.orderBody(), "POST /credentials/issue": f.orderBody(),
		"POST /credentials/status":                           object{"credential_id": f.credential, "credential_status": object{"type": "revocation", "status": "1"}},
		"POST /credentials/verify":                           object{"credential": object{"signed_credential_jwt": f.token}},
		"POST /presentation_definitions":                     f.definitionBody(),
		"POST /oidc/presentations/requests":                  object{"presentation_request": merged(f.requestBody()["presentation_request"].(object), object{"expires_at": "2090-01-01T00:00:00Z"})},
		"POST /oidc/presentations/requests/verify":           object{"presentation_request": object{"signed_request_jwt": f.token}},
		"PATCH /oidc/presentations/requests/{id}":            object{"presentation_request": object{"status": "completed"}},
		"POST /oidc/presentations/requests/{id}/submissions": object{"id_token": f.token, "state": "s"},
		"POST /oidc/presentations/response/verify":           object{"presentation_request_response": object{"request_uri": uri, "id_token": f.token}},
		"POST /oidc/presentations/token":                     object{"request_uri": uri, "issuer": f.wallet.DID},
		"POST /presentations/generate":                       object{"presentation": object{"issuer": f.wallet.DID, "audience": "a", "credentials": []string{f.token}}},
		"POST /presentations/verify":                         object{"presentation": object{"signed_presentation_jwt": f.token}},
		"PATCH /oidc/presentations/requests/{id}/submissions/{submission_id}": object{"submission": object{
			"status": "verification_failed", "verification_result": merged(none, object{
				"request": merged(none, object{"id": "r"}), "id_token": none, "vp_token": merged(none, object{"credentials": []any{}}),
			}),
		}},
		"POST /did/create":     object{"didDocument": object{}},
		"POST /did/update":     object{"did": f.web, "didDocumentOperation": []string{"setDidDocument"}, "didDocument": object{}},
		"POST /did/deactivate": object{"did": f.web},

		"POST /tenants": object{"name": "Made"}, "PUT /tenants/{tenant_id}": object{"name": "Taken"},
		"POST /tenants/{tenant_id}/orgs": object{"name": "Made"}, "PUT /orgs/{org_id}": object{"name": "Taken"},
		"POST /tenants/{tenant_id}/security_rights":                          object{"security_rights": []string{"vc:tenant:manage"}},
		"POST /orgs/{org_id}/security_rights":                                rights,
		"POST /orgs/{org_id}/admins/{org_admin_id}/security_rights":          rights,
		"POST /tenants/{tenant_id}/admins/{tenant_admin_id}/security_rights": object{"security_rights": []string{"vc:tenant:manage"}},
		"POST /global_admins/{id}/security_rights":                           object{"security_rights": []string{"atom:global:view_all_tenants"}},
		"POST /applications":                                                 object{"application": object{"name": plantedIn + "application", "description": "Made", "security_rights": []string{"vc:org:manage"}}},
		"PUT /applications/{id}":                                             object{"application": object{"name": "Taken", "description": "Made"}},
		"POST /users/invitations": object{"invitation": object{
			"email": plantedIn + "guest@acme.example", "given_name": "Alan", "family_name": "Turing", "message": "",
		}},
		"PUT /users/me": object{"user": object{"given_name": "Grace", "family_name": "Hopper"}},
	}
}

// secrets are texts of the fixture that no answer to a stranger holds.
func (f *fixture) secrets() []string {
	return []string{
		planted, plantedIn, f.schema, f.kind, f.credential, f.definition, f.request, f.submission, f.application, f.invitation,
		f.orgAdmin, f.tenantAdmin, f.wallet.DID, "chief@acme.example",
	}
}

func routes() []httpx.Route { return (&meeco.Door{}).Routes() }

// stranger is somebody who has business of their own on the server, and none here.
type stranger struct {
	name, at, token string
	header          []string
	office          *office
	same            bool // of the same tenant
}

// strangers are a neighbouring organisation of the tenant, and an organisation and the administrator of another
// tenant, each also trying the fixture's tenant and organisation by name.
func (f *fixture) strangers() []stranger {
	w := f.w
	tenant := sdk.Tenant{ID: f.tenant.ID, Slug: f.tenant.Slug}
	neighbour := w.organisation(tenant, f.chief, "Neighbour").furnish()
	far := w.office("far").furnish()
	near, off, mine := []string{orgHeader, neighbour.org.ID}, []string{orgHeader, far.org.ID}, []string{orgHeader, f.org.ID}
	return []stranger{
		{"neighbour", "", neighbour.admin, near, neighbour, true},
		{"neighbour naming the organisation", "", neighbour.admin, mine, neighbour, true},
		{"far", "", far.admin, off, far, false},
		{"far naming the tenant", "/t/acme/meeco", far.admin, off, far, false},
		{"far naming the organisation", "", far.admin, mine, far, false},
		{"chief of far", "", far.chief, nil, far, false},
		{"chief of far in its organisation", "", far.chief, off, far, false},
		{"chief of far naming the organisation", "", far.chief, mine, far, false},
		{"nobody", "", "", nil, nil, false},
		{"a forged key", "", f.admin[:len(f.admin)-4] + "AAAA", mine, nil, false},
	}
}
