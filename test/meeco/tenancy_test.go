package meeco

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// profile is all that can be told of a tenant or an organisation; marked tells two apart.
func profile(mark string) object {
	return object{
		"legal_name": "Legal " + mark, "trading_name": "Trading " + mark, "company_number": "1" + mark, "lei_number": "2" + mark,
		"business_address": "3 Street, " + mark, "color": "#" + mark, "logo_url": "https://logo.example/" + mark + ".png",
		"status_in_tenant": "signed " + mark, "authorised_officer_first_name": "First " + mark,
		"authorised_officer_last_name": "Last " + mark, "authorised_officer_email": mark + "@office.example",
	}
}

// allEqual compares each member of want below a pointer.
func (r *reply) allEqual(pointer string, want object) {
	r.w.t.Helper()
	for name, value := range want {
		r.equal(pointer+"/"+name, value)
	}
}

func TestTenants(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		sent := merged(profile("a"), object{"name": "Süd & Co"})
		r := w.raw(w.secret, "POST", "/tenants", sent)
		r.allEqual("/tenant", sent)
		r.equal("/tenant/archived", false)
		r.holds(len(r.at("/tenant/security_rights").([]any)) == 10, "the default rights are ten")
		r.succeeded()
		id := r.text("/tenant/id")
		again := w.raw(w.secret, "POST", "/tenants?with_external_security_rights=false", object{"name": "Süd & Co", "color": nil})
		again.equal("/tenant/color", nil)
		again.holds(again.text("/tenant/id") != id, "two of one name are two")
		again.holds(!strings.Contains(fmt.Sprint(again.at("/tenant/security_rights")), "vc:tenant:manage"), "rights that are not about administration")
		again.succeeded()
		w.raw(o.chief, "POST", "/tenants", sent).refused(403, "permission_denied")
		w.raw("", "POST", "/tenants", sent).refused(401, "credentials_missing")
		w.raw(w.secret, "POST", "/tenants", merged(sent, object{"id": unknown})).refusedAt(422, "id_is_given_by_server", "/id")
		w.raw(w.secret, "POST", "/tenants", profile("a")).refusedAt(400, "missing", "/name")
		w.raw(w.secret, "POST", "/tenants", object{"name": "x", "logo_url": "javascript:alert(1)"}).refusedAt(400, "invalid_profile", "/logo_url")
		w.raw(w.secret, "POST", "/tenants", object{"name": "x", "slug": "y"}).refused(400, "unknown_field")
		w.raw(w.secret, "POST", "/tenants?with_external_security_rights=maybe", sent).refused(400, "parameter")

		r = w.raw(w.secret, "GET", "/tenants?per_page=1&filter_by="+url.QueryEscape("süd"), nil)
		r.allEqual("/meta", object{"records_count": 2, "page": 1, "page_count": 2, "per_page": 1, "per_page_from_params": true, "order": "ASC", "order_by": "name"})
		r.equal("/next_page_after", "2")
		first := r.text("/tenants/0/id")
		r.succeeded()
		r = w.raw(w.secret, "GET", "/tenants?per_page=1&next_page_after=2&filter_by="+url.QueryEscape("süd"), nil)
		r.holds(r.text("/tenants/0/id") != first, "the next page is the same")
		r.equal("/next_page_after", nil)
		r.succeeded()
		w.raw(o.chief, "GET", "/tenants", nil).refused(403, "permission_denied")
		w.raw(w.secret, "GET", "/tenants?status=gone", nil).refused(400, "parameter")

		r = w.raw(o.chief, "GET", "/tenants/"+o.tenant.ID, nil)
		r.allEqual("/tenant", object{"id": o.tenant.ID, "name": "Tenant north", "legal_name": nil, "archived": false})
		r.succeeded()
		w.raw(o.chief, "GET", "/tenants/"+id, nil).refused(404, "tenant_not_found")
		w.raw(o.chief, "GET", "/tenants/"+unknown, nil).refused(404, "tenant_not_found")
		w.raw(o.admin, "GET", "/tenants/"+o.tenant.ID, nil).refused(403, "permission_denied")
		w.raw(w.secret, "GET", "/t/north/meeco/tenants/"+id, nil).refused(404, "tenant_not_found")

		r = w.raw(o.chief, "PUT", "/tenants/"+o.tenant.ID, merged(profile("b"), object{"name": "Nord"}))
		r.allEqual("/tenant", merged(profile("b"), object{"name": "Nord", "id": o.tenant.ID}))
		r.succeeded()
		r = w.raw(o.chief, "PUT", "/tenants/"+o.tenant.ID, object{"name": "Nord", "color": ""})
		r.allEqual("/tenant", merged(profile("b"), object{"color": nil}))
		r.succeeded()
		w.raw(o.admin, "PUT", "/tenants/"+o.tenant.ID, object{"name": "Mine"}).refused(403, "permission_denied")
		w.raw(o.chief, "PUT", "/tenants/"+id, object{"name": "Mine"}).refused(404, "tenant_not_found")
		w.raw(o.chief, "PUT", "/tenants/"+o.tenant.ID, object{}).refusedAt(400, "missing", "/name")

		r = w.raw("", "GET", "/tenants/"+o.tenant.ID+"/logo", nil)
		r.holds(r.status() == 302 && r.header().Get("Location") == "https://logo.example/b.png", "leads to %s", r.header().Get("Location"))
		r.succeeded()
		w.raw("", "GET", "/tenants/"+again.text("/tenant/id")+"/logo", nil).refused(404, "logo_not_found")
		w.raw("", "GET", "/tenants/"+unknown+"/logo", nil).refused(404, "logo_not_found")
	})
}

// An archived tenant's people are refused at once, those of a closed one for good.
func TestTenantsEnd(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		path := "/tenants/" + o.tenant.ID
		for _, act := range []string{"/archive", "/restore"} {
			w.raw(o.chief, "POST", path+act, nil).refused(403, "permission_denied")
			w.raw(w.secret, "POST", "/tenants/"+unknown+act, nil).refused(404, "tenant_not_found")
		}
		r := w.raw(w.secret, "POST", path+"/archive", nil)
		r.allEqual("/tenant", object{"id": o.tenant.ID, "archived": true})
		r.succeeded()
		w.raw(o.chief, "GET", "/whoami", nil).refused(403, "tenant_archived")
		w.raw(o.admin, "GET", "/whoami", nil).refused(403, "tenant_archived")
		w.raw(w.secret, "POST", path+"/orgs", object{"name": "late"}).refused(403, "tenant_archived")
		r = w.raw(w.secret, "GET", "/tenants?status=archived", nil)
		r.equal("/tenants/0/id", o.tenant.ID)
		r.equal("/meta/records_count", 1)
		r.succeeded()
		r = w.raw(w.secret, "POST", path+"/restore", nil)
		r.equal("/tenant/archived", false)
		r.succeeded()
		w.raw(o.chief, "GET", path, nil).equal("/tenant/archived", false)

		w.raw(o.chief, "DELETE", path, nil).refused(403, "permission_denied")
		whole := w.raw(w.secret, "GET", "/tenants?filter_by=default", nil)
		w.raw(w.secret, "DELETE", "/tenants/"+whole.text("/tenants/0/id"), nil).refused(409, "default_tenant")
		w.raw(w.secret, "POST", "/tenants/"+whole.text("/tenants/0/id")+"/archive", nil).refused(409, "default_tenant")
		r = w.raw(w.secret, "DELETE", path, nil)
		r.equal("", object{})
		r.succeeded()
		for _, key := range []string{o.chief, o.admin} {
			w.raw(key, "GET", "/whoami", nil).refused(401, "credentials_revoked")
		}
		w.raw(w.secret, "POST", path+"/restore", nil).equal("/tenant/archived", false)
		w.raw(o.chief, "GET", "/whoami", nil).refused(401, "credentials_revoked")
	})
}

func TestRightsOfTenants(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		path := "/tenants/" + o.tenant.ID + "/security_rights"
		member := w.joins(o.chief, "", "chief@north.example")
		w.raw(o.chief, "DELETE", path+"/vc:tenant:manage", nil).refused(403, "permission_denied")
		w.raw(w.secret, "DELETE", path+"/vc:tenant:rule", nil).refused(400, "right_unknown")
		w.sdk(member.key, "schemasControllerFindAll").equal("/schemas", []any{})
		r := w.raw(w.secret, "DELETE", path+"/vc:tenant:manage,atom:tenant:view_tenant", nil)
		r.equal("", object{})
		r.succeeded()
		w.raw(member.key, "POST", "/schemas", object{"schema": object{}}).refused(403, "permission_denied") // at once, for all of it
		w.raw(w.secret, "POST", "/tenants/"+o.tenant.ID+"/admins/"+member.id+"/security_rights", object{"security_rights": []string{"vc:tenant:manage"}}).
			refusedAt(400, "right_not_available", "/security_rights")
		w.raw(o.chief, "POST", path, object{"security_rights": []string{"vc:tenant:manage"}}).refused(403, "permission_denied")
		w.raw(w.secret, "POST", path, object{"security_rights": []string{"vc:org:manage"}}).refusedAt(400, "right_not_available", "/security_rights")
		w.raw(w.secret, "POST", path, object{}).refusedAt(400, "missing", "/security_rights")
		r = w.raw(w.secret, "POST", path, object{"security_rights": []string{"vc:tenant:manage"}})
		r.equal("/tenant/id", o.tenant.ID)
		r.equal("/tenant/security_rights/0", "vc:tenant:manage")
		r.holds(len(r.at("/tenant/security_rights").([]any)) == 9, "one of ten is still taken")
		r.succeeded()
		w.raw(member.key, "POST", "/schemas", object{"schema": object{}}).refused(403, "permission_denied") // what was taken is granted anew
	})
}

func TestOrganisations(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o, other := w.office("north"), w.office("south")
		path := "/tenants/" + o.tenant.ID + "/orgs"
		sent := merged(profile("a"), object{"name": "Faculty", "company_url": "https://faculty.example"})
		r := w.raw(o.chief, "POST", path+"?no_first_user=true", sent)
		r.allEqual("/org", sent)
		r.allEqual("/org", object{"tenant_id": o.tenant.ID, "tenant_name": "Tenant north", "archived": false})
		r.holds(!strings.Contains(fmt.Sprint(r.at("/org/security_rights")), "vc:org"), "it is neither issuer nor verifier")
		r.succeeded()
		r = w.raw(w.secret, "POST", path+"?add_all_external_security_rights=true", object{"name": "School"})
		r.equal("/org/security_rights/0", "vc:org:manage")
		r.equal("/org/tenant_id", o.tenant.ID)
		r.succeeded()
		school := r.text("/org/id")
		w.raw(o.admin, "POST", path, sent).refused(403, "permission_denied")
		w.raw(other.chief, "POST", path, sent).refused(404, "tenant_not_found")
		w.raw(o.chief, "POST", path, object{"name": ""}).refusedAt(400, "invalid_name", "/name")
		w.raw(o.chief, "POST", path, object{"name": "x", "company_url": "ftp://x"}).refusedAt(400, "invalid_profile", "/company_url")

		r = w.raw(o.chief, "GET", path+"?order=desc&per_page=2", nil)
		r.equal("/orgs/0/name", "School")
		r.equal("/orgs/1/name", "Organisation north")
		r.equal("/meta/records_count", 3)
		r.equal("/next_page_after", "2")
		r.succeeded()
		w.raw(o.admin, "GET", path, nil).refused(403, "permission_denied") // it sees itself alone
		w.raw(other.chief, "GET", path, nil).refused(404, "tenant_not_found")

		r = w.raw(o.admin, "GET", "/orgs/"+o.org.ID, nil)
		r.allEqual("/org", object{"id": o.org.ID, "name": "Organisation north", "tenant_id": o.tenant.ID, "tenant_name": "Tenant north", "company_url": nil})
		r.succeeded()
		w.raw(w.secret, "GET", "/orgs/"+o.org.ID, nil).equal("/org/id", o.org.ID) // an operator reaches every tenant
		w.raw(w.secret, "GET", "/t/south/meeco/orgs/"+o.org.ID, nil).refused(404, "organisation_not_found")
		for _, key := range []string{other.chief, other.admin} {
			w.raw(key, "GET", "/orgs/"+o.org.ID, nil).refused(404, "organisation_not_found")
			w.raw(key, "PUT", "/orgs/"+o.org.ID, object{"name": "Mine"}).refused(404, "organisation_not_found")
			w.raw(key, "DELETE", "/orgs/"+o.org.ID, nil).refused(404, "organisation_not_found")
		}
		w.raw(o.admin, "GET", "/orgs/"+school, nil).refused(404, "organisation_not_found")

		r = w.raw(o.chief, "PUT", "/orgs/"+o.org.ID, merged(profile("c"), object{"name": "Nord", "company_url": "https://nord.example"}))
		r.allEqual("/org", merged(profile("c"), object{"name": "Nord", "company_url": "https://nord.example", "id": o.org.ID}))
		r.equal("/org/security_rights/0", "vc:org:manage")
		r.succeeded()
		w.raw(o.admin, "PUT", "/orgs/"+o.org.ID, object{"name": "Mine"}).refused(403, "permission_denied")
		w.raw(o.chief, "PUT", "/orgs/"+o.org.ID, object{"name": "x", "tenant_id": other.tenant.ID}).refused(400, "unknown_field")

		r = w.raw("", "GET", "/orgs/"+o.org.ID+"/logo", nil)
		r.holds(r.header().Get("Location") == "https://logo.example/c.png", "leads to %s", r.header().Get("Location"))
		r.succeeded()
		w.raw("", "GET", "/orgs/"+school+"/logo", nil).refused(404, "logo_not_found")
	})
}

func TestOrganisationsEnd(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		path := "/orgs/" + o.org.ID
		for _, act := range []string{"/archive", "/restore"} {
			w.raw(o.admin, "POST", path+act, nil).refused(403, "permission_denied")
			w.raw(o.chief, "POST", "/orgs/"+unknown+act, nil).refused(404, "organisation_not_found")
		}
		r := w.raw(o.chief, "POST", path+"/archive", nil)
		r.allEqual("/org", object{"id": o.org.ID, "archived": true})
		r.succeeded()
		w.raw(o.admin, "GET", "/whoami", nil).refused(403, "organisation_archived")
		w.raw(o.chief, "POST", "/applications", object{"application": object{"name": "x", "description": ""}}, orgHeader, o.org.ID).
			refused(403, "organisation_archived")
		mine := w.raw(o.chief, "GET", "/my_orgs", nil)
		mine.equal("/orgs", []any{})
		mine.equal("/archived_orgs/0/id", o.org.ID)
		mine.succeeded()
		w.raw(o.chief, "GET", "/visible_orgs", nil).equal("/orgs", []any{})
		w.raw(o.chief, "GET", "/whoami", nil).equal("/administered_archived_orgs/0/id", o.org.ID)
		r = w.raw(o.chief, "POST", path+"/restore", nil)
		r.equal("/org/archived", false)
		r.succeeded()
		w.raw(o.admin, "GET", path, nil).equal("/org/archived", false)

		w.raw(o.admin, "DELETE", path, nil).refused(403, "permission_denied")
		r = w.raw(o.chief, "DELETE", path, nil)
		r.equal("", object{})
		r.succeeded()
		w.raw(o.admin, "GET", "/whoami", nil).refused(401, "credentials_revoked")
		w.raw(o.chief, "GET", path, nil).equal("/org/archived", true)
	})
}

func TestRightsOfOrganisations(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o, other := w.office("north"), w.office("south")
		path := "/orgs/" + o.org.ID + "/security_rights"
		app := w.agent(o.admin, o.org.ID, "vc:org:verify")
		w.raw(o.admin, "DELETE", path+"/vc:org:manage", nil).refused(403, "permission_denied")
		w.raw(other.chief, "DELETE", path+"/vc:org:manage", nil).refused(404, "organisation_not_found")
		verify := func() *reply {
			return w.raw(app, "POST", "/credentials/verify", object{"credential": object{"signed_credential_jwt": "x.y.z"}, "options": object{"checks": []string{"format"}}}, orgHeader, o.org.ID)
		}
		verify().holds(verify().status() == 200, "a verifier verifies")
		r := w.raw(o.chief, "DELETE", path+"/vc:org:verify", nil)
		r.equal("", object{})
		r.succeeded()
		verify().refused(403, "permission_denied") // the application has lost it at once
		r = w.raw(o.admin, "GET", "/orgs/"+o.org.ID, nil)
		r.equal("/org/security_rights/0", "vc:org:issue")
		w.raw(o.admin, "POST", path, object{"security_rights": []string{"vc:org:verify"}}).refused(403, "permission_denied") // what it may is its tenant's to say
		w.raw(o.chief, "POST", path, object{"security_rights": []string{"vk:org:delegation"}}).refusedAt(400, "right_not_available", "/security_rights")
		w.raw(o.chief, "POST", path, object{"security_rights": []string{"tenant-admin"}}).refusedAt(400, "right_unknown", "/security_rights")
		r = w.raw(o.chief, "POST", path, object{"security_rights": []string{"vc:org:verify"}})
		r.equal("/org/security_rights/0", "vc:org:manage")
		r.equal("/org/id", o.org.ID)
		r.succeeded()
		verify().refused(403, "permission_denied") // and does not get it back by itself
	})
}
