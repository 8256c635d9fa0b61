package meeco

import (
	"github.com/chancery-vc/chancery/sdk"
	"github.com/chancery-vc/chancery/test/peers"
)

// office is an organisation that issues and verifies, made through the native API, and who administers it.
type office struct {
	w      *world
	tenant sdk.Tenant
	org    sdk.Organisation
	chief  string         // a key of the tenant's administrator
	admin  string         // a key of the organisation's administrator
	signer peers.MeecoKey // a key of the client's own: Chancery does not hold it
	schema string         // ids, once it is furnished
	kind   string
}

// office makes a tenant with one organisation; slug must be new.
func (w *world) office(slug string) *office {
	w.t.Helper()
	tenant := must(w.native(w.secret).CreateTenant(w.t.Context(), sdk.NewTenant{Slug: slug, Name: "Tenant " + slug}))
	inside := w.native(w.secret)
	inside.Tenant = slug
	chief := must(inside.CreateAPIKey(w.t.Context(), sdk.NewPrincipal{Name: "chief", Grants: []sdk.Grant{{Role: "tenant-admin"}}}))
	return w.organisation(tenant, chief.Secret, "Organisation "+slug)
}

// organisation makes another organisation of a tenant.
func (w *world) organisation(tenant sdk.Tenant, chief, name string) *office {
	w.t.Helper()
	ctx := w.t.Context()
	o := &office{w: w, tenant: tenant, chief: chief, signer: w.key("EdDSA")}
	inside := w.native(w.secret)
	inside.Tenant = tenant.Slug
	o.org = must(inside.CreateOrganisation(ctx, sdk.NewOrganisation{Name: name, MayIssue: true, MayVerify: true}))
	inside.Organisation = o.org.ID
	o.admin = must(inside.CreateAPIKey(ctx, sdk.NewPrincipal{
		Name: "administrator", Grants: []sdk.Grant{{Role: "organisation-admin", Organisation: o.org.ID}},
	})).Secret
	return o
}

// schemaJSON has a claim that a test can plant, and one that can be wrong.
func schemaJSON() object {
	return object{
		"$schema": "https://json-schema.org/draft/2019-09/schema", "description": "A member", "type": "object",
		"properties": object{
			"id": object{"type": "string"}, "name": object{"type": "string"}, "level": object{"type": "integer", "minimum": 1},
		},
		"required": []string{"name"}, "additionalProperties": false,
	}
}

// furnish gives the office a schema and a credential type, through the door.
func (o *office) furnish() *office {
	o.w.t.Helper()
	o.schema = o.w.sdk(o.chief, "schemasControllerCreate", object{"schema": object{
		"name": "Membership", "schema_json": schemaJSON(), "organization_ids": []string{o.org.ID},
	}}).text("/schema/id")
	o.kind = o.w.sdk(o.chief, "credentialTypesControllerCreate", o.org.ID, object{"credential_type": object{
		"name": "Membership", "type": []string{"VerifiableCredential", "MembershipCredential"}, "schema_id": o.schema,
		"style": object{"text_color": "#FFF", "background": "#123456", "image": "https://look.example/card.png"},
	}}).text("/credential_type/id")
	return o
}

// order is the body of a generate or issue that passes: of the office's signer, for a subject.
func (o *office) order(subject string) object {
	return object{
		"credential_type_id": o.kind, "issuer": object{"id": o.signer.DID, "name": o.org.Name},
		"claims": object{"id": subject, "name": "Ada", "level": 3}, "revocable": true,
	}
}

// generate makes a record and signs the token as the client does; the answer is the signed token and the record's id.
func (o *office) generate(subject string) (token, id string) {
	o.w.t.Helper()
	made := o.w.sdk(o.admin, "credentialsControllerGenerate", o.org.ID, object{"credential": o.order(subject)}, "application/json")
	return o.w.sign(made.text("/credential/unsigned_vc_jwt"), o.signer.DID, o.signer), made.text("/credential/id")
}
