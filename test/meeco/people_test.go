package meeco

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/sdk"
)

// member is a person that accepted an invitation.
type member struct{ id, key string }

// joins invites somebody into an organisation, or with "" into the tenant, and accepts.
func (w *world) joins(inviter, organisation, email string) member {
	w.t.Helper()
	made := w.raw(inviter, "POST", "/users/invitations", invited(email), within(organisation)...)
	accepted := w.raw("", "POST", "/users/invitations/"+made.text("/invitation/token")+"/accept", nil)
	return member{accepted.text("/invitation/user_id"), accepted.text("/access_key")}
}

func invited(email string) object {
	return object{"invitation": object{"email": email, "given_name": "Ada", "family_name": "Byron", "message": "Come in"}}
}

// within is the header of an organisation, none for "".
func within(organisation string) []string {
	if organisation == "" {
		return nil
	}
	return []string{orgHeader, organisation}
}

// agent makes an application with rights and gives an access token of it.
func (w *world) agent(maker, organisation string, rights ...string) string {
	w.t.Helper()
	r := w.raw(maker, "POST", "/applications", object{"application": object{
		"name": "App", "description": "For a test", "security_rights": rights,
	}}, within(organisation)...)
	return w.token(r.text("/application/client_id"), r.text("/application/client_secret"))
}

func TestApplications(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o, other := w.office("north"), w.office("south")
		sent := object{"name": "Registry", "description": "Issues degrees", "security_rights": []string{"vc:org:issue"}}
		r := w.raw(o.admin, "POST", "/applications", object{"application": sent}, orgHeader, o.org.ID)
		r.allEqual("/application", sent)
		r.equal("/application/client_id", r.at("/application/id"))
		r.holds(r.header().Get("Cache-Control") == "no-store", "an answer with a secret may be kept")
		r.succeeded()
		id := r.text("/application/id")
		token := w.token(r.text("/application/client_id"), r.text("/application/client_secret"))
		who := w.raw(token, "GET", "/whoami", nil)
		who.allEqual("", object{"id": id, "user_type": "application", "given_name": "Registry"})
		who.equal("/administered_orgs/0/id", o.org.ID)
		w.raw(token, "POST", "/applications", object{"application": sent}, orgHeader, o.org.ID).refused(403, "permission_denied")
		w.raw(token, "GET", "/credentials", nil, orgHeader, o.org.ID).equal("/credentials", []any{})
		w.raw(token, "GET", "/credentials", nil, orgHeader, other.org.ID).refused(404, "organisation_not_found")

		// The native API shows what it was granted, and grants no such thing itself.
		w.raw(o.admin, "GET", w.url+"/v1/clients/"+id, nil).equal("/grants/0/role", "vc:org:issue")

		whole := w.raw(o.admin, "POST", "/applications", object{"application": object{"name": "All", "description": ""}}, orgHeader, o.org.ID)
		whole.equal("/application/security_rights/0", "vc:org:manage")
		whole.succeeded()
		tenants := w.raw(o.chief, "POST", "/applications", object{"application": object{"name": "Tenant's", "description": "", "security_rights": []string{"vc:tenant:manage"}}})
		tenants.equal("/application/security_rights", []string{"vc:tenant:manage"})
		tenants.succeeded()

		at := "/application/security_rights"
		for _, c := range []struct {
			key    string
			rights []string
			status int
			code   string
		}{
			{o.admin, []string{"vc:tenant:manage"}, 400, "invalid_grant"},
			{o.admin, []string{"operator"}, 400, "right_unknown"},
			{o.chief, []string{"atom:global:create_tenant"}, 400, "invalid_grant"},
			{o.admin, []string{"vk:org:delegation"}, 400, "invalid_grant"},
			{o.admin, []string{"no right"}, 400, "right_unknown"},
		} {
			body := object{"application": object{"name": "x", "description": "", "security_rights": c.rights}}
			r := w.raw(c.key, "POST", "/applications", body, orgHeader, o.org.ID).refused(c.status, c.code)
			r.holds(strings.HasPrefix(fmt.Sprint(r.at("/errors/0/extra_info/pointer")), at), "points elsewhere")
		}
		w.raw(o.admin, "POST", "/applications", object{"application": object{"name": strings.Repeat("x", 73), "description": ""}}, orgHeader, o.org.ID).
			refusedAt(400, "invalid_name", "/application/name")
		w.raw(o.admin, "POST", "/applications", object{"application": object{"name": "x"}}, orgHeader, o.org.ID).
			refusedAt(400, "missing", "/application/description")
		w.raw(other.admin, "POST", "/applications", object{"application": sent}, orgHeader, o.org.ID).refused(404, "organisation_not_found")
		// Who has only some rights gives only those.
		weak := w.agent(o.admin, o.org.ID, "atom:org:assign_org_sr_to_user", "vc:org:verify")
		w.raw(weak, "POST", "/applications", object{"application": sent}, orgHeader, o.org.ID).refusedAt(403, "grant_exceeds_own", at+"/0")
		made := w.raw(weak, "POST", "/applications", object{"application": object{"name": "Part", "description": ""}}, orgHeader, o.org.ID)
		made.equal("/application/security_rights", []string{"vc:org:verify", "atom:org:view_org", "atom:org:assign_org_sr_to_user"})

		r = w.raw(o.admin, "GET", "/applications?order_by=name&per_page=2", nil, orgHeader, o.org.ID)
		r.equal("/applications/0/name", "All")
		r.equal("/meta/records_count", 4)
		r.equal("/meta/page_count", 2)
		r.succeeded()
		w.raw(o.chief, "GET", "/applications", nil).equal("/meta/records_count", 1) // a tenant's are its own
		w.raw(token, "GET", "/applications", nil, orgHeader, o.org.ID).refused(403, "permission_denied")
		path := "/applications/" + id
		r = w.raw(o.admin, "GET", path, nil, orgHeader, o.org.ID)
		r.allEqual("/application", object{
			"id": id, "name": "Registry", "description": "Issues degrees", "type": "client_credentials", "secret": "", "scopes": "vc:org:issue",
			"redirects": []any{}, "logout_redirects": []any{}, "is_active": true,
		})
		r.succeeded()
		r = w.raw(o.admin, "PUT", path, object{"application": object{"name": "Registrar", "description": ""}}, orgHeader, o.org.ID)
		r.allEqual("/application", object{"id": id, "name": "Registrar", "description": "", "security_rights": []string{"vc:org:issue"}})
		r.succeeded()
		w.raw(o.admin, "PUT", path, object{"application": sent}, orgHeader, o.org.ID).refusedAt(400, "rights_stay", at)
		for _, c := range []struct{ key, org string }{{other.admin, other.org.ID}, {other.chief, ""}, {o.chief, ""}} {
			for _, method := range []string{"GET", "DELETE", "PUT"} {
				var body any
				if method == "PUT" {
					body = object{"application": object{"name": "Mine", "description": ""}}
				}
				w.raw(c.key, method, path, body, within(c.org)...).refused(404, "principal_not_found")
			}
		}
		w.raw(o.admin, "DELETE", path, nil, orgHeader, o.org.ID).succeeded()
		w.raw(token, "GET", "/whoami", nil).refused(401, "credentials_revoked")
		w.raw(o.admin, "GET", path, nil, orgHeader, o.org.ID).refused(404, "principal_not_found")
	})
}

// TestTenancyByTheDoorAlone: from an operator's key to a credential, without another API.
func TestTenancyByTheDoorAlone(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		made := w.raw(w.secret, "POST", "/tenants", object{"name": "Polytechnic"})
		tenant := made.text("/tenant/id")
		invitation := w.raw(w.secret, "POST", "/t/"+tenant+"/meeco/users/invitations", invited("chief@poly.example"))
		invitation.allEqual("/invitation", object{"tenant_id": tenant, "org_id": ""})
		chief := w.raw("", "POST", "/users/invitations/"+invitation.text("/invitation/token")+"/accept", nil).text("/access_key")
		org := w.raw(chief, "POST", "/tenants/"+tenant+"/orgs?add_all_external_security_rights=true", object{"name": "Faculty"})
		org.equal("/org/tenant_name", "Polytechnic")
		org.succeeded()
		admin := w.joins(chief, org.text("/org/id"), "dean@poly.example")
		o := &office{
			w: w, tenant: sdk.Tenant{ID: tenant}, org: sdk.Organisation{ID: org.text("/org/id"), Name: "Faculty"},
			chief: chief, admin: w.agent(admin.key, org.text("/org/id"), "vc:org:manage"), signer: w.key("EdDSA"),
		}
		o.furnish()
		token, _ := o.generate("did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK")
		r := w.sdk(o.admin, "credentialsControllerVerify", object{"credential": object{"signed_credential_jwt": token}}, o.org.ID)
		r.equal("/errors", []any{})
		r.succeeded()
	})
}

func TestInvitations(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o, other := w.office("north"), w.office("south")
		r := w.raw(o.admin, "POST", "/users/invitations", invited("ada@north.example"), orgHeader, o.org.ID)
		r.allEqual("/invitation", object{
			"email": "ada@north.example", "to": "ada@north.example", "given_name": "Ada", "family_name": "Byron", "message": "Come in",
			"status": "pending", "user_id": "", "accepted_at": nil, "tenant_id": o.tenant.ID, "org_id": o.org.ID,
		})
		r.succeeded()
		id, token := r.text("/invitation/id"), r.text("/invitation/token")
		w.raw(o.admin, "POST", "/users/invitations", invited("Ada"), orgHeader, o.org.ID).refusedAt(400, "invalid_email", "/invitation/email")
		w.raw(o.admin, "POST", "/users/invitations", object{}, orgHeader, o.org.ID).refusedAt(400, "missing", "/invitation")
		w.raw(other.admin, "POST", "/users/invitations", invited("a@b.example"), orgHeader, o.org.ID).refused(404, "organisation_not_found")
		w.raw(token, "GET", "/whoami", nil).refused(401, "credentials_invalid") // an invitation is no key

		list := w.raw(o.chief, "GET", "/users/invitations?status=pending", nil)
		list.equal("/invitations/0/id", id)
		list.equal("/invitations/0/token", "")
		list.equal("/meta/records_count", 1)
		list.succeeded()
		w.raw(other.chief, "GET", "/users/invitations", nil).equal("/invitations", []any{})
		w.raw(o.admin, "GET", "/users/invitations?status=archived", nil, orgHeader, o.org.ID).refused(400, "parameter")
		one := w.raw(o.admin, "GET", "/users/invitations/"+id, nil, orgHeader, o.org.ID)
		one.allEqual("/invitation", object{"id": id, "token": "", "email": "ada@north.example", "status": "pending"})
		one.succeeded()
		for _, method := range []string{"GET", "DELETE"} {
			w.raw(other.chief, method, "/users/invitations/"+id, nil).refused(404, "invitation_not_found")
		}
		w.raw(other.chief, "POST", "/users/invitations/"+id+"/resend", nil).refused(404, "invitation_not_found")

		renewed := w.raw(o.admin, "POST", "/users/invitations/"+id+"/resend", nil, orgHeader, o.org.ID)
		renewed.allEqual("/invitation", object{"id": id, "status": "pending"})
		renewed.holds(renewed.text("/invitation/token") != token, "the token is the old one")
		renewed.succeeded()
		accept := func(token string) *reply { return w.raw("", "POST", "/users/invitations/"+token+"/accept", nil) }
		accept(token).refused(404, "invitation_not_found")
		accept("inv_x").refused(404, "invitation_not_found")
		r = accept(renewed.text("/invitation/token"))
		r.allEqual("/invitation", object{"id": id, "status": "accepted", "token": ""})
		r.succeeded()
		accept(renewed.text("/invitation/token")).refused(409, "invitation_accepted")
		key := r.text("/access_key")
		who := w.raw(key, "GET", "/whoami", nil)
		who.allEqual("", object{"id": r.at("/invitation/user_id"), "user_type": "admin", "given_name": "Ada", "family_name": "Byron"})
		who.succeeded()
		w.raw(key, "GET", "/orgs/"+other.org.ID, nil).refused(404, "organisation_not_found")
		w.raw(o.admin, "DELETE", "/users/invitations/"+id, nil, orgHeader, o.org.ID).refused(409, "invitation_accepted")
		w.raw(o.admin, "POST", "/users/invitations/"+id+"/resend", nil, orgHeader, o.org.ID).refused(409, "invitation_accepted")

		r = w.raw(key, "PUT", "/users/me", object{"user": object{"given_name": "Augusta"}})
		r.allEqual("/user", object{"id": who.at("/id"), "email": "ada@north.example", "given_name": "Augusta", "family_name": "Byron", "is_active": true})
		r.succeeded()
		w.raw(key, "PUT", "/users/me", object{"user": object{"given_name": strings.Repeat("x", 73)}}).refusedAt(400, "invalid_name", "/user/given_name")
		w.raw(o.admin, "PUT", "/users/me", object{"user": object{"given_name": "x"}}).refused(403, "not_a_member")
		w.raw(key, "PUT", "/users/me/password", object{}).refused(501, "not_offered")

		late := w.raw(o.chief, "POST", "/users/invitations", invited("bob@north.example"))
		late.equal("/invitation/org_id", "")
		late.succeeded()
		w.clock.Advance(7*24*time.Hour + time.Minute)
		accept(late.text("/invitation/token")).refused(410, "invitation_expired")
		w.raw(o.chief, "GET", "/users/invitations?status=expired", nil).equal("/invitations/0/status", "expired")
		w.raw(o.chief, "DELETE", "/users/invitations/"+late.text("/invitation/id"), nil).succeeded()
		accept(late.text("/invitation/token")).refused(404, "invitation_not_found")
	})
}

// administered is where administrators are: of an organisation, of a tenant.
func TestAdministrators(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o, other := w.office("north"), w.office("south")
		for _, c := range []struct {
			path, org, maker, stranger string
			right                      string
			refusal                    int
			code                       string
		}{
			{"/orgs/" + o.org.ID, o.org.ID, o.admin, other.admin, "vc:org:manage", 404, "organisation_not_found"},
			{"/tenants/" + o.tenant.ID, "", o.chief, other.chief, "vc:tenant:manage", 404, "tenant_not_found"},
			{"/tenants/" + o.tenant.ID, "", o.chief, o.admin, "vc:tenant:manage", 403, "permission_denied"},
		} {
			m := w.joins(c.maker, c.org, "ada@north.example")
			list, one := c.path+"/admins", c.path+"/admins/"+m.id
			r := w.raw(c.maker, "GET", list+"?email=ada", nil)
			r.equal("/admins", []object{{"id": m.id, "email": "ada@north.example", "given_name": "Ada", "family_name": "Byron", "archived": false}})
			r.equal("/meta/records_count", 1)
			r.succeeded()
			w.raw(c.maker, "GET", list, nil).equal("/meta/records_count", 2) // with the API key
			r = w.raw(c.maker, "GET", one, nil)
			r.equal("/admin/id", m.id)
			r.succeeded()
			w.raw(c.maker, "GET", list+"/"+unknown, nil).refused(404, "principal_not_found")
			for _, call := range [][2]string{
				{"GET", list}, {"GET", one}, {"DELETE", one}, {"POST", one + "/archive"}, {"POST", one + "/restore"}, {"POST", one + "/security_rights"},
			} {
				var body any
				if strings.HasSuffix(call[1], "rights") {
					body = object{"security_rights": []string{c.right}}
				}
				w.raw(c.stranger, call[0], call[1], body).refused(c.refusal, c.code)
			}

			r = w.raw(c.maker, "POST", one+"/archive", nil)
			r.equal("", object{})
			r.succeeded()
			w.raw(m.key, "GET", "/whoami", nil).refused(401, "credentials_archived")
			w.raw(c.maker, "GET", list+"?status=archived", nil).equal("/admins/0/id", m.id)
			r = w.raw(c.maker, "POST", one+"/restore", nil)
			r.equal("/admin/archived", false)
			r.succeeded()
			w.raw(m.key, "POST", one+"/archive", nil).refused(409, "own_access")
			w.raw(m.key, "DELETE", one, nil).refused(409, "own_access")

			r = w.raw(c.maker, "POST", one+"/security_rights", object{"security_rights": []string{c.right}})
			r.equal("", object{})
			r.succeeded()
			w.raw(c.maker, "POST", one+"/security_rights", object{"security_rights": []string{"king"}}).refusedAt(400, "right_unknown", "/security_rights")
			mine := w.raw(m.key, "GET", "/security_rights", nil)
			mine.equal("/security_rights/0/security_rights/0", c.right)
			mine.equal("/security_rights/0/scope/tenant_id", o.tenant.ID)
			mine.equal("/tenants", []object{{"id": o.tenant.ID, "name": "Tenant north"}})
			mine.succeeded()

			r = w.raw(c.maker, "DELETE", one, nil)
			r.equal("", object{})
			r.succeeded()
			w.raw(m.key, "GET", "/whoami", nil).refused(401, "credentials_revoked")
			w.raw(c.maker, "GET", one, nil).refused(404, "principal_not_found")
		}
		m := w.joins(o.chief, o.org.ID, "bob@north.example")
		path := "/orgs/" + o.org.ID + "/admins/" + m.id + "/security_rights"
		r := w.raw(o.chief, "GET", path, nil)
		r.equal("/security_rights", []string{
			"vc:org:manage", "atom:org:view_org", "atom:org:list_org_admins", "atom:org:list_org_admin_sr", "atom:org:assign_org_sr_to_user",
		})
		r.succeeded()
		w.raw(other.chief, "GET", path, nil).refused(404, "organisation_not_found")
		// Nobody grants what they do not hold.
		weak := w.agent(o.admin, o.org.ID, "atom:org:assign_org_sr_to_user")
		w.raw(weak, "POST", path, object{"security_rights": []string{"vc:org:issue"}}).refusedAt(403, "grant_exceeds_own", "/security_rights")
	})
}

func TestGlobalAdministrators(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		made := w.raw(w.secret, "POST", w.url+"/v1/api-keys?scope=operator", object{"name": "second", "grants": []object{{"role": "operator"}}})
		second := struct{ ID, Name, Secret string }{made.text("/id"), made.text("/name"), made.text("/secret")}
		r := w.raw(w.secret, "GET", "/global_admins", nil)
		r.equal("/meta/records_count", 2)
		r.holds(slices.Contains([]any{r.at("/admins/0/id"), r.at("/admins/1/id")}, any(second.ID)), "the second is not listed")
		r.succeeded()
		path := "/global_admins/" + second.ID
		r = w.raw(w.secret, "GET", path, nil)
		r.allEqual("/admin", object{"id": second.ID, "given_name": second.Name, "email": nil, "archived": false})
		r.succeeded()
		for _, key := range []string{o.chief, o.admin} {
			for _, call := range [][2]string{
				{"GET", "/global_admins"},
				{"GET", path},
				{"DELETE", path},
				{"POST", path + "/archive"},
				{"POST", path + "/restore"},
				{"POST", path + "/security_rights"},
				{"DELETE", path + "/security_rights/atom:global:create_tenant"},
			} {
				var body any
				if strings.HasSuffix(call[1], "rights") {
					body = object{"security_rights": []string{"atom:global:create_tenant"}}
				}
				w.raw(key, call[0], call[1], body).refused(403, "permission_denied")
			}
		}
		r = w.raw(w.secret, "POST", path+"/security_rights", object{"security_rights": []string{"atom:global:view_all_orgs"}})
		r.equal("", object{})
		r.succeeded()
		w.raw(w.secret, "POST", path+"/security_rights", object{"security_rights": []string{"vc:tenant:manage"}}).refusedAt(400, "right_not_available", "/security_rights")
		w.raw(w.secret, "DELETE", path+"/security_rights/atom:global:view_all_orgs", nil).refused(409, "right_of_role")

		// An auditor of the server becomes one that makes tenants, and is none again.
		made = w.raw(w.secret, "POST", w.url+"/v1/api-keys?scope=operator", object{"name": "auditor", "grants": []object{{"role": "auditor"}}})
		auditor, rights := made.text("/secret"), "/global_admins/"+made.text("/id")+"/security_rights"
		w.raw(auditor, "POST", "/tenants", object{"name": "East"}).refused(403, "permission_denied")
		w.raw(w.secret, "POST", rights, object{"security_rights": []string{"atom:global:create_tenant"}}).equal("", object{})
		w.raw(auditor, "POST", "/tenants", object{"name": "East"}).equal("/tenant/name", "East")
		w.raw(auditor, "POST", rights, object{"security_rights": []string{"atom:global:assign_global_sr_to_user"}}).refused(403, "permission_denied")
		r = w.raw(w.secret, "DELETE", rights+"/atom:global:create_tenant", nil)
		r.equal("", object{})
		r.succeeded()
		w.raw(auditor, "POST", "/tenants", object{"name": "West"}).refused(403, "permission_denied")

		r = w.raw(w.secret, "POST", path+"/archive", nil)
		r.equal("", object{})
		r.succeeded()
		w.raw(second.Secret, "GET", "/whoami", nil).refused(401, "credentials_archived")
		r = w.raw(w.secret, "POST", path+"/restore", nil)
		r.equal("/admin/archived", false)
		r.succeeded()
		me := w.raw(w.secret, "GET", "/whoami", nil).text("/id")
		w.raw(w.secret, "DELETE", "/global_admins/"+me, nil).refused(409, "own_access")
		r = w.raw(w.secret, "DELETE", path, nil)
		r.equal("", object{})
		r.succeeded()
		w.raw(second.Secret, "GET", "/whoami", nil).refused(401, "credentials_revoked")
	})
}

func TestWhoAmI(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o, other := w.office("north"), w.office("south")
		r := w.raw(o.admin, "GET", "/whoami", nil)
		r.allEqual("", object{"user_known_to_atom": true, "user_type": "api_key", "given_name": "administrator", "family_name": nil, "administered_tenants": []any{}})
		r.allEqual("/tenant_in_jwt", object{"tenant_id": o.tenant.ID, "tenant_name": "Tenant north", "tenant_known_to_atom": true, "user_became_tenant_admin_at": nil})
		r.allEqual("/administered_orgs/0", object{"id": o.org.ID, "name": o.org.Name, "tenant_id": o.tenant.ID, "tenant_active": true})
		r.succeeded()
		r = w.raw(o.chief, "GET", "/whoami", nil)
		r.equal("/administered_tenants/0", object{"id": o.tenant.ID, "name": "Tenant north", "logo_url": "", "color": ""})
		r.succeeded()
		r = w.raw(w.secret, "GET", "/whoami", nil)
		r.equal("/tenant_in_jwt", object{"tenant_id": nil, "tenant_name": nil, "tenant_known_to_atom": false, "user_became_tenant_admin_at": nil})
		r.succeeded()
		w.raw("", "GET", "/whoami", nil).refused(401, "credentials_missing")
		w.raw(o.admin, "GET", "/whoami", nil, orgHeader, other.org.ID).refused(404, "organisation_not_found")

		for _, path := range []string{"/my_orgs", "/visible_orgs"} {
			for _, key := range []string{o.admin, o.chief} {
				r = w.raw(key, "GET", path+"?tenant_id="+o.tenant.ID, nil)
				r.holds(len(r.at("/orgs").([]any)) == 1, "there are others")
				r.allEqual("/orgs/0", object{"id": o.org.ID, "name": o.org.Name, "tenant_name": "Tenant north"})
				r.succeeded()
				w.raw(key, "GET", path+"?tenant_id="+other.tenant.ID, nil).refused(404, "tenant_not_found")
			}
			w.raw(w.secret, "GET", path+"?tenant_id="+other.tenant.ID, nil).equal("/orgs/0/id", other.org.ID)
		}
		r = w.raw(o.chief, "GET", "/security_rights", nil)
		r.equal("/security_rights/0/scope", object{"tenant_id": o.tenant.ID, "org_id": nil})
		r.equal("/security_rights/0/security_rights/0", "vc:tenant:manage")
		r.equal("/orgs", []any{})
		r.succeeded()
		w.raw("", "GET", "/security_rights", nil).refused(401, "credentials_missing")

		r = w.raw("", "GET", "/security_rights_registry", nil)
		r.equal("/security_rights/0", object{"security_right": "vc:tenant:manage", "spec": object{
			"active": true, "assigned_by_default": true, "for_org": false, "for_tenant": true, "internal_atom_security_right": false,
			"description": r.at("/security_rights/0/spec/description"),
		}})
		r.succeeded()
		active := len(r.at("/security_rights").([]any))
		r = w.raw("", "GET", "/security_rights_registry?with_inactive=true", nil)
		r.holds(len(r.at("/security_rights").([]any)) == active+1, "one is not active")
		w.raw("", "GET", "/security_rights_registry?with_inactive=1", nil).refused(400, "parameter")
	})
}

func TestNotOffered(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		for _, call := range [][2]string{
			{"GET", "/deployments/wallets/orgs/" + o.org.ID},
			{"POST", "/deployments/wallets/orgs/" + o.org.ID},
			{"GET", "/deployments/wallets/" + unknown},
			{"DELETE", "/deployments/wallets/" + unknown},
			{"PUT", "/users/me/password"},
		} {
			w.raw("", call[0], call[1], nil).refused(401, "credentials_missing")
			w.raw(o.admin, call[0], call[1], nil).refused(501, "not_offered")
		}
	})
}
