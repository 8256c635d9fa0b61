package meeco

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

func merged(base object, more object) object {
	out := object{}
	for name, value := range base {
		out[name] = value
	}
	for name, value := range more {
		out[name] = value
	}
	return out
}

func newSchema(name string, with ...string) object {
	if with == nil {
		with = []string{}
	}
	return object{"schema": object{"name": name, "schema_json": schemaJSON(), "organization_ids": with}}
}

// between says whether a date-time on the wire is of the test's time.
func between(value any, from, to time.Time) bool {
	text, _ := value.(string)
	at, err := time.Parse(time.RFC3339, text)
	return err == nil && !at.Before(from.Truncate(time.Millisecond)) && !at.After(to)
}

// TestSchemas: what went in comes out, at each of the seven operations.
func TestSchemas(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o, began := w.office("north"), w.clock.Now()
		two := w.organisation(o.tenant, o.chief, "Two")

		sent := newSchema("Membership", o.org.ID)
		made := w.sdk(o.chief, "schemasControllerCreate", sent)
		id := made.text("/schema/id")
		made.equal("/schema/name", "Membership")
		made.equal("/schema/version", "1.0.0")
		made.equal("/schema/organization_ids", []string{o.org.ID})
		made.equal("/schema/archived", false)
		made.equal("/schema/archived_at", nil)
		made.holds(between(made.at("/schema/created_at"), began, w.clock.Now()), "created_at is not now")
		document := merged(schemaJSON(), object{"$id": w.url + "/schemas/" + id + "/1/claims.json"})
		document["properties"] = merged(document["properties"].(object), object{"id": object{"type": "string"}})
		made.equal("/schema/schema_json", document)
		made.seen("/schema/id", id)
		made.succeeded()

		read := w.sdk(o.admin, "schemasControllerFindOne", id, o.org.ID)
		read.equal("/schema", made.at("/schema"))
		read.succeeded()
		w.sdk(two.admin, "schemasControllerFindOne", id, two.org.ID).refused(404, "schema_not_found")

		changed := w.sdk(o.chief, "schemasControllerUpdate", id, object{"schema": object{
			"name": "Members", "organization_ids": []string{o.org.ID, two.org.ID},
		}})
		changed.equal("/schema/name", "Members")
		changed.equal("/schema/organization_ids", []string{o.org.ID, two.org.ID})
		changed.equal("/schema/schema_json", document)
		changed.succeeded()
		seen := w.sdk(two.admin, "schemasControllerFindOne", id, two.org.ID) // an organisation learns of no other
		seen.equal("/schema/organization_ids", []string{two.org.ID})
		w.sdk(o.admin, "schemasControllerUpdate", id, object{"schema": object{"name": "Mine", "organization_ids": []string{}}}).
			refused(403, "permission_denied")
		w.sdk(o.chief, "schemasControllerUpdate", id, object{"schema": object{"name": "Mine", "organization_ids": []string{"nobody"}}}).
			refusedAt(400, "shared_with_invalid", "/schema/organization_ids/0")
		w.sdk(o.chief, "schemasControllerFindOne", id).equal("/schema/name", "Members")

		published := w.sdk("", "schemasControllerFindOneJSONScheme", id, "1.0.0")
		published.equal("", object{
			"id": id, "type": "https://w3c-ccg.github.io/vc-json-schemas/schema/2.0/schema.json", "version": "1.0.0",
			"name": "Members", "author": o.tenant.ID, "authored": made.at("/schema/created_at"), "schema": document,
		})
		published.holds(published.header().Get("Access-Control-Allow-Origin") == "*", "scripts may not read it")
		published.succeeded()
		for _, version := range []string{"1", "1.0"} {
			w.raw("", "GET", "/schemas/"+id+"/"+version+"/schema.json", nil).equal("/id", id)
		}
		for _, version := range []string{"2.0.0", "0", "1.1", "01", "1.", "x"} {
			w.raw("", "GET", "/schemas/"+id+"/"+version+"/schema.json", nil).refused(404, "schema_not_found")
		}

		archived := w.sdk(o.chief, "schemasControllerArchive", id)
		archived.equal("/schema/archived", true)
		archived.holds(between(archived.at("/schema/archived_at"), began, w.clock.Now()), "archived_at is not now")
		archived.succeeded()
		w.sdk(o.admin, "schemasControllerArchive", id).refused(403, "permission_denied")
		w.sdk("", "schemasControllerFindOneJSONScheme", id, "1").equal("/id", id) // what was published stays
		restored := w.sdk(o.chief, "schemasControllerRestore", id)
		restored.equal("/schema/archived", false)
		restored.equal("/schema/archived_at", nil)
		restored.succeeded()
		w.sdk(o.admin, "schemasControllerRestore", id).refused(403, "permission_denied")
	})
}

// TestSchemaLists: pages, orders, filters, and what a scope sees.
func TestSchemaLists(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		two := w.organisation(o.tenant, o.chief, "Two")
		ids := map[string]string{}
		for _, name := range []string{"Beech", "ash", "Cedar", "Pine"} {
			with := []string{o.org.ID}
			if name == "Pine" {
				with = []string{two.org.ID}
			}
			ids[name] = w.sdk(o.chief, "schemasControllerCreate", newSchema(name, with...)).text("/schema/id")
		}
		w.sdk(o.chief, "schemasControllerArchive", ids["Cedar"])

		list := w.sdk(o.admin, "schemasControllerFindAll", nil, nil, o.org.ID)
		list.equal("/meta", object{
			"order_by": "created_at", "order": "DESC", "order_from_params": false, "per_page": 10, "per_page_from_params": false,
			"records_count": 3, "page": 1, "page_count": 1,
		})
		list.seen("/meta/records_count", 3)
		names(list, "/schemas", "Cedar", "ash", "Beech")
		list.equal("/schemas/2", w.sdk(o.admin, "schemasControllerFindOne", ids["Beech"], o.org.ID).at("/schema"))
		list.succeeded()
		names(w.sdk(o.chief, "schemasControllerFindAll"), "/schemas", "Pine", "Cedar", "ash", "Beech")
		names(w.sdk(o.chief, "schemasControllerFindAll", "active", nil, o.org.ID), "/schemas", "ash", "Beech")
		names(w.sdk(o.chief, "schemasControllerFindAll", "archived"), "/schemas", "Cedar")
		names(w.sdk(o.chief, "schemasControllerFindAll", "all", "E"), "/schemas", "Pine", "Cedar", "Beech")
		page := w.sdk(o.chief, "schemasControllerFindAll", nil, nil, nil, "ASC", "name", 3, 2)
		names(page, "/schemas", "Pine")
		page.equal("/meta", object{
			"order_by": "name", "order": "ASC", "order_from_params": true, "per_page": 3, "per_page_from_params": true,
			"records_count": 4, "page": 2, "page_count": 2,
		})
		names(w.sdk(o.chief, "schemasControllerFindAll", nil, nil, nil, "DESC", "name", 3), "/schemas", "Pine", "Cedar", "Beech")
		names(w.sdk(o.chief, "schemasControllerFindAll", nil, nil, nil, nil, nil, 3, 9), "/schemas")

		for _, query := range []string{"order=up", "order_by=age", "per_page=0", "per_page=101", "page=0", "page=x", "status=gone"} {
			w.raw(o.chief, "GET", "/schemas?"+query, nil).refused(400, "parameter")
		}
		w.raw("nobody", "GET", "/schemas", nil).refused(401, "credentials_invalid")
	})
}

// names compares the names of a list's items.
func names(r *reply, pointer string, want ...string) {
	r.w.t.Helper()
	var items []struct {
		Name string `json:"name"`
	}
	r.into(pointer, &items)
	var got []string
	for _, item := range items {
		got = append(got, item.Name)
	}
	r.holds(strings.Join(got, ",") == strings.Join(want, ","), "named are %q, want %q", got, want)
}

// TestSchemasRefused: what is no schema is told apart, with its place, and nothing is stored.
func TestSchemasRefused(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		with := func(more object) object {
			body := newSchema("Membership", o.org.ID)
			schema := body["schema"].(object)
			schema["schema_json"] = merged(schemaJSON(), more)
			return body
		}
		without := func(name string) object {
			document := schemaJSON()
			delete(document, name)
			return object{"schema": object{"name": "x", "schema_json": document, "organization_ids": []string{}}}
		}
		const at = "/schema/schema_json"
		for _, row := range []struct {
			body          any
			code, pointer string
		}{
			{object{}, "missing", "/schema"},
			{object{"schema": object{"schema_json": schemaJSON(), "organization_ids": []string{}}}, "missing", "/schema/name"},
			{object{"schema": object{"name": "x", "organization_ids": []string{}}}, "missing", at},
			{object{"schema": object{"name": "x", "schema_json": nil, "organization_ids": []string{}}}, "missing", at},
			{object{"schema": object{"name": "x", "schema_json": schemaJSON()}}, "missing", "/schema/organization_ids"},
			{object{"schema": object{"name": "", "schema_json": schemaJSON(), "organization_ids": []string{}}}, "name_invalid", "/schema/name"},
			{object{"schema": object{"name": "x", "colour": "red"}}, "unknown_field", "/schema/colour"},
			{newSchema("x", "nobody"), "shared_with_invalid", "/schema/organization_ids/0"},
			{object{"schema": object{"name": "x", "schema_json": []int{1}, "organization_ids": []string{}}}, "schema_not_supported", at},
			{without("$schema"), "schema_not_supported", at + "/$schema"},
			{without("description"), "schema_not_supported", at + "/description"},
			{without("required"), "schema_not_supported", at + "/required"},
			{with(object{"$schema": "http://json-schema.org/draft-04/schema#"}), "schema_not_supported", at + "/$schema"},
			{with(object{"type": "array"}), "schema_not_supported", at + "/type"},
			{with(object{"additionalProperties": true}), "schema_not_supported", at + "/additionalProperties"},
			{with(object{"properties": object{"a": object{"pattern": "(?=x)"}}}), "schema_not_supported", at + "/properties/a/pattern"},
			{with(object{"properties": object{"a": object{"$ref": "https://x.example/s"}}}), "schema_not_supported", at + "/properties/a/$ref"},
		} {
			w.raw(o.chief, "POST", "/schemas", row.body).refusedAt(400, row.code, row.pointer)
		}
		w.sdk(o.admin, "schemasControllerCreate", newSchema("Mine", o.org.ID)).refused(403, "permission_denied")
		w.sdk(o.chief, "schemasControllerFindAll").equal("/meta/records_count", 0)

		// What is ours to give is taken away, draft-07 and 2020-12 are read as well, and a name may be of any script.
		for _, dialect := range []string{"http://json-schema.org/draft-07/schema#", "https://json-schema.org/draft/2020-12/schema"} {
			body := with(object{"$schema": dialect, "$id": "https://mine.example/s", "name": "Inner"})
			body["schema"].(object)["name"] = "会員証"
			made := w.sdk(o.chief, "schemasControllerCreate", body)
			made.equal("/schema/name", "会員証")
			made.equal("/schema/schema_json/$schema", dialect)
			made.equal("/schema/schema_json/$id", w.url+"/schemas/"+made.text("/schema/id")+"/1/claims.json")
			made.holds(made.at("/schema/schema_json/name") == nil, "the name is in the schema")
			made.succeeded()
		}
	})
}

func newType(schema string, more object) object {
	return object{"credential_type": merged(object{
		"name": "Membership", "type": []string{"VerifiableCredential", "MembershipCredential"}, "schema_id": schema,
		"style": object{"text-color": "#FFF", "background": "linear-gradient(135deg, #9900EF, #ffffff 200%)", "image": "https://look.example/card.png"},
	}, more)}
}

// TestCredentialTypes: what went in comes out, at each of the six operations.
func TestCredentialTypes(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o, began := w.office("north"), w.clock.Now()
		two := w.organisation(o.tenant, o.chief, "Two")
		schema := w.sdk(o.chief, "schemasControllerCreate", newSchema("Membership", o.org.ID)).text("/schema/id")

		made := w.sdk(o.chief, "credentialTypesControllerCreate", o.org.ID, object{"credential_type": object{
			"name": "Membership", "type": []string{"VerifiableCredential", "MembershipCredential"}, "schema_id": schema,
			"style":           object{"text_color": "#FFF", "background": "linear-gradient(135deg, #9900EF, #ffffff 200%)", "image": "https://look.example/card.png"},
			"external_issuer": object{"url": "https://issuer.example", "enabled": true, "meeco_connections_supported": true},
		}})
		id := made.text("/credential_type/id")
		made.equal("/credential_type", object{
			"id": id, "name": "Membership", "type": []string{"VerifiableCredential", "MembershipCredential"}, "organization_id": o.org.ID,
			"schema": object{
				"id": schema, "schema_url": w.url + "/schemas/" + schema + "/1/schema.json", "name": "Membership", "archived": false, "version": "1.0.0",
			},
			"style":           object{"text-color": "#FFF", "background": "linear-gradient(135deg, #9900EF, #ffffff 200%)", "image": "https://look.example/card.png"},
			"external_issuer": object{"url": "https://issuer.example", "enabled": true, "meeco_connections_supported": true},
			"created_at":      made.at("/credential_type/created_at"), "archived": false, "archived_at": nil,
		})
		made.holds(between(made.at("/credential_type/created_at"), began, w.clock.Now()), "created_at is not now")
		made.seen("/credential_type/style/text_color", "#FFF")
		made.seen("/credential_type/external_issuer/url", "https://issuer.example")
		made.succeeded()

		plain := w.raw(o.chief, "POST", "/credential_types", object{"credential_type": object{
			"name": "Plain", "schema_id": schema, "style": object{"text-color": "", "background": "#000"},
		}}, orgHeader, o.org.ID)
		plain.equal("/credential_type/type", []string{"VerifiableCredential", "Membership"}) // the schema's own name
		plain.equal("/credential_type/external_issuer", object{"url": "", "enabled": false, "meeco_connections_supported": false})
		plain.equal("/credential_type/style", object{"text-color": "", "background": "#000", "image": ""})
		plain.succeeded()

		read := w.sdk(o.admin, "credentialTypesControllerFindOne", id, o.org.ID)
		read.equal("", json.RawMessage(made.body()))
		read.succeeded()
		w.sdk(two.admin, "credentialTypesControllerFindOne", id, two.org.ID).refused(404, "type_not_found")
		w.sdk(o.admin, "credentialTypesControllerFindOne", id, two.org.ID).refused(404, "organisation_not_found")

		changed := w.sdk(o.admin, "credentialTypesControllerUpdate", id, o.org.ID, object{"credential_type": object{
			"name": "Members", "style": object{"text_color": "#000", "background": "#FFF"},
		}})
		changed.equal("/credential_type/name", "Members")
		changed.equal("/credential_type/style", object{"text-color": "#000", "background": "#FFF", "image": ""})
		changed.equal("/credential_type/type", []string{"VerifiableCredential", "MembershipCredential"})
		changed.equal("/credential_type/external_issuer/url", "https://issuer.example")
		changed.succeeded()
		again := w.sdk(o.admin, "credentialTypesControllerUpdate", id, o.org.ID, object{"credential_type": object{
			"name": "Members", "type": []string{"FellowCredential"}, "style": object{"text_color": "#000", "background": "#FFF"},
			"external_issuer": object{"url": "https://other.example", "enabled": false, "meeco_connections_supported": false},
		}})
		again.equal("/credential_type/type", []string{"VerifiableCredential", "FellowCredential"})
		again.equal("/credential_type/external_issuer", object{"url": "https://other.example", "enabled": false, "meeco_connections_supported": false})
		w.sdk(two.admin, "credentialTypesControllerUpdate", id, two.org.ID, object{"credential_type": object{
			"name": "Mine", "style": object{"text_color": "#000", "background": "#FFF"},
		}}).refused(404, "type_not_found")

		archived := w.sdk(o.admin, "credentialTypesControllerRemove", id, o.org.ID)
		archived.equal("/credential_type/archived", true)
		archived.holds(between(archived.at("/credential_type/archived_at"), began, w.clock.Now()), "archived_at is not now")
		archived.succeeded()
		w.sdk(two.admin, "credentialTypesControllerRemove", id, two.org.ID).refused(404, "type_not_found")
		restored := w.sdk(o.admin, "credentialTypesControllerRestore", id, o.org.ID)
		restored.equal("/credential_type/archived", false)
		restored.equal("/credential_type/archived_at", nil)
		restored.succeeded()
		w.sdk(two.admin, "credentialTypesControllerRestore", id, two.org.ID).refused(404, "type_not_found")

		// A schema that is archived shows so in its types; one that is no longer shared shows its id alone.
		w.sdk(o.chief, "schemasControllerArchive", schema)
		w.sdk(o.admin, "credentialTypesControllerFindOne", id, o.org.ID).equal("/credential_type/schema/archived", true)
		w.sdk(o.chief, "schemasControllerUpdate", schema, object{"schema": object{"name": "Membership", "organization_ids": []string{}}})
		w.sdk(o.admin, "credentialTypesControllerFindOne", id, o.org.ID).equal("/credential_type/schema",
			object{"id": schema, "schema_url": "", "name": "", "archived": false, "version": "1.0.0"})
	})
}

// TestTypeLists: pages, orders and filters of credential types, and whose they are.
func TestTypeLists(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		two := w.organisation(o.tenant, o.chief, "Two")
		schema := w.sdk(o.chief, "schemasControllerCreate", newSchema("Membership", o.org.ID, two.org.ID)).text("/schema/id")
		for _, name := range []string{"Beech", "ash", "Cedar"} {
			made := w.raw(o.chief, "POST", "/credential_types", newType(schema, object{
				"name": name, "external_issuer": object{"url": "https://issuer.example", "enabled": name == "ash"},
			}), orgHeader, o.org.ID)
			if name == "Cedar" {
				w.sdk(o.admin, "credentialTypesControllerRemove", made.text("/credential_type/id"), o.org.ID)
			}
		}
		w.raw(o.chief, "POST", "/credential_types", newType(schema, object{"name": "Pine"}), orgHeader, two.org.ID).equal("/credential_type/organization_id", two.org.ID)

		organisation := func(o *office, name string) object {
			return object{"id": o.org.ID, "name": name, "logo_url": "", "tenant_id": o.tenant.ID}
		}
		list := w.sdk(o.admin, "credentialTypesControllerFindAll", nil, nil, nil, o.org.ID)
		names(list, "/credential_types", "Cedar", "ash", "Beech")
		list.equal("/organizations", []object{organisation(o, "Organisation north")})
		list.equal("/meta/records_count", 3)
		list.succeeded()
		all := w.sdk(o.chief, "credentialTypesControllerFindAll")
		names(all, "/credential_types", "Pine", "Cedar", "ash", "Beech")
		all.equal("/organizations", []object{organisation(two, "Two"), organisation(o, "Organisation north")})
		names(w.sdk(o.chief, "credentialTypesControllerFindAll", "true"), "/credential_types", "ash")
		names(w.sdk(o.chief, "credentialTypesControllerFindAll", "false", "active"), "/credential_types", "Pine", "Beech")
		names(w.sdk(o.chief, "credentialTypesControllerFindAll", nil, "archived"), "/credential_types", "Cedar")
		names(w.sdk(o.chief, "credentialTypesControllerFindAll", nil, nil, "AS"), "/credential_types", "ash")
		names(w.sdk(o.chief, "credentialTypesControllerFindAll", nil, nil, nil, o.org.ID, "ASC", "name", 2, 1), "/credential_types", "ash", "Beech")
		w.raw(o.chief, "GET", "/credential_types?external_issuer_enabled=perhaps", nil).refused(400, "parameter")
		w.raw(o.chief, "GET", "/credential_types?order_by=updated_at", nil).refused(400, "parameter")
	})
}

// TestTypesRefused: what is no type is told apart, with its place, and nothing is stored.
func TestTypesRefused(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north")
		two := w.organisation(o.tenant, o.chief, "Two")
		schema := w.sdk(o.chief, "schemasControllerCreate", newSchema("Membership", o.org.ID)).text("/schema/id")
		const at = "/credential_type"
		for _, row := range []struct {
			body          any
			status        int
			code, pointer string
		}{
			{object{}, 400, "missing", at},
			{newType(schema, object{"name": nil}), 400, "missing", at + "/name"},
			{newType(schema, object{"schema_id": nil}), 400, "missing", at + "/schema_id"},
			{newType(schema, object{"style": nil}), 400, "missing", at + "/style"},
			{newType(schema, object{"style": object{"background": "#FFF"}}), 400, "missing", at + "/style/text-color"},
			{newType(schema, object{"style": object{"text-color": "#FFF"}}), 400, "missing", at + "/style/background"},
			{newType(schema, object{"style": object{"text-color": "#FFF", "background": "#FFF", "image": "javascript:x"}}), 400, "look_invalid", at + "/style/image"},
			{newType(schema, object{"name": ""}), 400, "name_invalid", at + "/name"},
			{newType(schema, object{"type": []string{"VerifiableCredential", "Good", "not good"}}), 400, "type_name_invalid", at + "/type/2"},
			{newType(schema, object{"type": []string{"Good", "StatusList2021Credential"}}), 400, "type_name_invalid", at + "/type/1"},
			{newType(schema, object{"external_issuer": object{"enabled": true}}), 400, "external_invalid", at + "/external_issuer/url"},
			{newType("019a0000-0000-7000-8000-000000000000", nil), 400, "schema_not_found", at + "/schema_id"},
			{newType("nothing", nil), 400, "schema_not_found", at + "/schema_id"},
		} {
			w.raw(o.chief, "POST", "/credential_types", row.body, orgHeader, o.org.ID).refusedAt(row.status, row.code, row.pointer)
		}
		w.raw(o.chief, "POST", "/credential_types", newType(schema, nil), orgHeader, two.org.ID).refusedAt(400, "schema_not_found", at+"/schema_id")
		w.raw(o.chief, "POST", "/credential_types", newType(schema, nil)).refused(400, "organisation_id_missing")
		w.raw(o.admin, "POST", "/credential_types", newType(schema, nil), orgHeader, o.org.ID).refused(403, "permission_denied")
		w.sdk(o.chief, "schemasControllerArchive", schema)
		w.raw(o.chief, "POST", "/credential_types", newType(schema, nil), orgHeader, o.org.ID).refusedAt(http.StatusConflict, "schema_archived", at+"/schema_id")
		w.sdk(o.chief, "credentialTypesControllerFindAll").equal("/meta/records_count", 0)
	})
}
