package meeco

import (
	"strings"

	"github.com/chancery-vc/chancery/sdk"
)

// settled makes a tenant, an organisation that issues and verifies, and their administrators, through the door alone: the
// operator founds, and those who are invited accept.
func (w *world) settled() *office {
	w.t.Helper()
	tenant := w.raw(w.secret, "POST", "/tenants", object{"name": "Acme", "legal_name": "Acme Holding Ltd"})
	tenant.equal("/tenant/name", "Acme")
	tenant.equal("/tenant/legal_name", "Acme Holding Ltd")
	o := &office{w: w, tenant: sdk.Tenant{ID: tenant.text("/tenant/id"), Slug: "acme", Name: "Acme"}}
	org := w.raw(w.secret, "POST", "/tenants/"+o.tenant.ID+"/orgs?add_all_external_security_rights=true", object{"name": "Acme Members"})
	org.equal("/org/tenant_id", o.tenant.ID)
	org.equal("/org/name", "Acme Members")
	org.succeeded()
	o.org = sdk.Organisation{ID: org.text("/org/id"), Name: "Acme Members"}
	o.chief = w.joined("/t/acme/meeco", "", "chief@acme.example")
	o.admin = w.joined("/t/acme/meeco", o.org.ID, "members@acme.example")
	who := w.raw(o.admin, "GET", "/whoami", nil)
	who.equal("/tenant_in_jwt/tenant_id", o.tenant.ID)
	who.equal("/administered_orgs/0/id", o.org.ID)
	who.succeeded()
	return o
}

// joined invites somebody, by the operator, and accepts as they do; it gives their key.
func (w *world) joined(at, organisation, email string) string {
	w.t.Helper()
	var header []string
	if organisation != "" {
		header = []string{orgHeader, organisation}
	}
	invited := w.raw(w.secret, "POST", at+"/users/invitations", object{"invitation": object{
		"email": email, "given_name": "Ada", "family_name": "Lovelace",
	}}, header...)
	invited.equal("/invitation/email", email)
	invited.equal("/invitation/status", "pending")
	invited.succeeded()
	accepted := w.raw("", "POST", "/users/invitations/"+invited.text("/invitation/token")+"/accept", nil)
	accepted.equal("/invitation/status", "accepted")
	accepted.succeeded()
	return accepted.text("/access_key")
}

// application makes one of the organisation's, with client credentials, and gives an access token of it.
func (w *world) application(o *office) string {
	w.t.Helper()
	made := w.raw(o.admin, "POST", "/applications", object{"application": object{
		"name": "Counter", "description": "At the entrance", "security_rights": []string{"vc:org:manage"},
	}}, orgHeader, o.org.ID)
	made.equal("/application/security_rights", []string{"vc:org:manage"})
	made.succeeded()
	token := w.token(made.text("/application/client_id"), made.text("/application/client_secret"))
	who := w.raw(token, "GET", "/whoami", nil)
	who.holds(strings.HasPrefix(who.text("/user_type"), "application"), "it is no application")
	return token
}
