package meeco

import (
	"testing"
)

// wants is the body of a definition that asks for a membership of a level.
func (o *office) wants(purpose string) object {
	return object{"presentation_definition": object{
		"name": "Member check", "purpose": purpose,
		"required_credentials": []object{{
			"name": "Membership", "purpose": "to let you in", "schema_id": o.schema,
			"constraints": object{"limit_disclosure": "preferred", "fields": []object{{
				"path": []string{"$.credentialSubject.name", "$.vc.credentialSubject.name"}, "purpose": "to greet you",
				"filter": object{"type": "string", "pattern": "^A"},
			}}},
		}},
	}}
}

func (o *office) definition(purpose string) string {
	o.w.t.Helper()
	return o.w.sdk(o.admin, "presentationDefinitionsControllerCreate", o.org.ID, o.wants(purpose)).text("/presentation_definition/id")
}

// TestPresentationDefinitions: what is wanted, in the wire's shape and as everyone finds it.
func TestPresentationDefinitions(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north").furnish()
		version := w.sdk(o.admin, "credentialTypesControllerFindOne", o.kind, o.org.ID).text("/credential_type/schema/schema_url")
		asked := o.wants("Entry")["presentation_definition"].(object)
		asked["format"] = object{"vcsd_jwt": object{"alg": []string{"EdDSA"}}}
		constraints := asked["required_credentials"].([]object)[0]["constraints"]

		made := w.sdk(o.admin, "presentationDefinitionsControllerCreate", o.org.ID, object{"presentation_definition": asked})
		id, descriptor := made.text("/presentation_definition/id"), made.text("/presentation_definition/presentation_definition_to_schema/0/id")
		for pointer, want := range map[string]any{
			"name": "Member check", "purpose": "Entry", "organization_id": o.org.ID, "is_archived": false, "archived": false, "archived_at": nil,
			"format": object{"vc+sd-jwt": object{"alg": []string{"EdDSA"}}},
			"presentation_definition_to_schema": []object{{
				"id": descriptor, "schema_id": o.schema, "schema_name": "Membership", "schema_version": "1.0.0", "archived": false, "constraints": constraints,
			}},
		} {
			made.equal("/presentation_definition/"+pointer, want)
		}
		made.seen("/presentation_definition/presentation_definition_to_schema/0/constraints/fields/0/filter/pattern", "^A")
		made.succeeded()
		whole := made.at("/presentation_definition")

		public := w.sdk("", "presentationDefinitionsControllerFindOneJson", id)
		public.equal("", object{"presentation_definition": object{
			"id": id, "name": "Member check", "purpose": "Entry", "input_descriptors": []object{{
				"id": descriptor, "name": "Membership", "purpose": "to let you in", "schema": []object{{"uri": version}},
				"format": object{"vc+sd-jwt": object{"alg": []string{"EdDSA"}}}, "constraints": constraints,
			}},
		}})
		public.holds(public.header().Get("Access-Control-Allow-Origin") == "*", "a wallet in a browser cannot read it")
		public.succeeded()

		w.sdk(o.admin, "presentationDefinitionsControllerFindOne", id, o.org.ID).equalTo("/presentation_definition", whole).succeeded()
		second := o.definition("Exit")
		list := w.sdk(o.admin, "presentationDefinitionsControllerFindAll", o.org.ID, nil, nil, "ASC", "created_at", 1, 2)
		list.equal("/presentation_definitions/0/id", second)
		list.equal("/meta", object{
			"order_by": "created_at", "order": "ASC", "order_from_params": true, "per_page": 1, "per_page_from_params": true,
			"records_count": 2, "page": 2, "page_count": 2,
		})
		list.succeeded()

		archived := w.sdk(o.admin, "presentationDefinitionsControllerArchive", id, o.org.ID)
		archived.equal("/presentation_definition/archived", true)
		archived.equal("/presentation_definition/is_archived", true)
		archived.holds(archived.at("/presentation_definition/archived_at") != nil, "archived when?")
		archived.succeeded()
		active := w.sdk(o.admin, "presentationDefinitionsControllerFindAll", o.org.ID, "active", "member", nil, nil, nil, nil)
		active.equal("/presentation_definitions/0/id", second)
		active.equal("/meta/records_count", 1)
		w.sdk("", "presentationDefinitionsControllerFindOneJson", id).succeeds()
		o.asksFor(id).refusedAt(409, "definition_archived", "/presentation_request/presentation_definition_id")
		restored := w.sdk(o.admin, "presentationDefinitionsControllerRestore", id, o.org.ID)
		restored.equal("/presentation_definition/archived_at", nil)
		restored.equal("/presentation_definition/archived", false)
		restored.succeeded()
	})
}

func TestPresentationDefinitionsRefused(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		o := w.office("north").furnish()
		other := w.organisation(o.tenant, o.chief, "Beside")
		id := o.definition("Entry")
		create := func(change func(definition, credential object)) *reply {
			body := o.wants("Entry")
			definition := body["presentation_definition"].(object)
			change(definition, definition["required_credentials"].([]object)[0])
			return w.raw(o.admin, "POST", "/presentation_definitions", body, orgHeader, o.org.ID)
		}
		const at = "/presentation_definition"
		field := func(field object) *reply {
			return create(func(_, credential object) { credential["constraints"] = object{"fields": []object{field}} })
		}
		create(func(d, _ object) { delete(d, "purpose") }).refusedAt(400, "missing", at+"/purpose")
		create(func(d, _ object) { d["name"] = " " }).refusedAt(400, "name_invalid", at+"/name")
		create(func(d, _ object) { d["required_credentials"] = []object{} }).refusedAt(400, "definition_invalid", at+"/required_credentials")
		create(func(d, _ object) { d["format"] = object{"jwt_vc": 1} }).refusedAt(400, "definition_invalid", at+"/format/jwt_vc")
		create(func(d, _ object) { d["frame"] = object{} }).refusedAt(400, "unknown_field", at+"/frame")
		create(func(_, c object) { c["schema_id"] = nowhere }).refusedAt(400, "schema_not_found", at+"/required_credentials/0/schema_id")
		field(object{"path": []string{"$[?(@.x)]"}}).refusedAt(400, "definition_invalid", at+"/required_credentials/0/constraints/fields/0/path/0")
		field(object{"path": []string{"$.x"}, "filter": object{"type": "nothing"}}).
			refusedAt(400, "definition_invalid", at+"/required_credentials/0/constraints/fields/0/filter/type")
		field(object{"path": []string{"$.x"}, "filter": object{"type": "number", "const": 3}}).succeeds() // any value, not text alone
		w.raw(o.admin, "POST", "/presentation_definitions", o.wants("x")).refused(400, "organisation_id_missing")
		w.sdk(o.chief, "schemasControllerArchive", o.schema).succeeds()
		create(func(_, _ object) {}).refusedAt(409, "schema_archived", at+"/required_credentials/0/schema_id")

		w.raw(o.admin, "GET", "/presentation_definitions?status=gone", nil, orgHeader, o.org.ID).refused(400, "parameter")
		w.sdk("", "presentationDefinitionsControllerFindOneJson", nowhere).refused(404, "definition_not_found")
		for _, method := range []string{"FindOne", "Archive", "Restore"} {
			w.sdk(other.admin, "presentationDefinitionsController"+method, id, other.org.ID).refused(404, "definition_not_found")
		}
		w.sdk(other.admin, "presentationDefinitionsControllerFindAll", other.org.ID).equalTo("/presentation_definitions", []any{})
	})
}
