package native

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/api"
)

// described is as much of an OpenAPI document as these tests look at.
type described struct {
	Paths map[string]map[string]struct {
		OperationID string `json:"operationId"`
		Permission  string `json:"x-permission"`
		Parameters  []struct {
			Ref  string `json:"$ref"`
			Name string `json:"name"`
		} `json:"parameters"`
	} `json:"paths"`
	Components struct {
		Schemas map[string]struct {
			Properties           map[string]json.RawMessage `json:"properties"`
			Required             []string                   `json:"required"`
			AdditionalProperties *bool                      `json:"additionalProperties"`
		} `json:"schemas"`
	} `json:"components"`
}

func description(t *testing.T) described {
	t.Helper()
	var d described
	if err := json.Unmarshal(api.Native, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// TestTableIsDescription: every route is described, every described operation is routed, under the same name and
// permission.
func TestTableIsDescription(t *testing.T) {
	want := map[string]string{}
	for path, methods := range description(t).Paths {
		if path == "/openapi.json" {
			continue // at the root, beside the prefixes
		}
		for method, op := range methods {
			want[strings.ToUpper(method)+" "+path] = op.OperationID + " " + op.Permission
		}
	}
	got := map[string]string{}
	names := map[string]bool{}
	for _, route := range (&Door{}).Routes() {
		got[route.Method+" "+Prefix+route.Pattern] = route.Operation + " " + route.Permission
		if names[route.Operation] {
			t.Errorf("operation %s twice", route.Operation)
		}
		names[route.Operation] = true
	}
	for key, op := range want {
		if got[key] != op {
			t.Errorf("%s: described as %q, routed as %q", key, op, got[key])
		}
	}
	for key := range got {
		if _, ok := want[key]; !ok {
			t.Errorf("%s is routed and not described", key)
		}
	}
}

// TestShapesAreSchemas: a wire shape has exactly the members its schema has; a request's schema is closed; what a
// response's schema requires is always written.
func TestShapesAreSchemas(t *testing.T) {
	schemas := description(t).Components.Schemas
	requests := map[string]any{
		"NewTenant": newTenant{}, "TenantPatch": tenantPatch{}, "NewOrganisation": newOrganisation{},
		"OrganisationPatch": organisationPatch{}, "NewPrincipal": newPrincipal{}, "NewGrant": newGrant{}, "NewKey": newKey{},
		"Rotation": newKey{}, "SecretRotation": secretRotation{}, "NewDidKey": newIdentityKey{}, "NewDid": newIdentity{}, "KeyStateChange": keyState{}, "NewSchema": newSchema{},
		"NewSchemaVersion": newVersion{}, "SchemaPatch": schemaPatch{}, "NewContext": newContext{}, "NewType": typeBody{},
		"TypeReplacement": typeReplacement{}, "SchemaReference": schemaRef{}, "Validity": validity{}, "Look": look{},
		"StatusMessage": statusMessage{}, "ExternalIssuer": externalIssuer{}, "Variant": variant{}, "Publishing": publishing{},
		"StatusDialect": statusDialect{}, "Order": orderWire{}, "Preparation": preparation{}, "Batch": batch{},
		"StatusChange": statusChange{}, "Reason": reason{}, "NewInstance": instanceBody{}, "InstanceReplacement": instanceReplacement{},
		"Verification": verification{}, "NewWebhook": newWebhook{}, "WebhookPatch": webhookPatch{}, "WebhookRotation": webhookRotation{},
		"WebhookReplay": webhookReplay{},
	}
	responses := map[string]any{
		"Problem": problem{}, "Finding": finding{}, "Tenant": tenantWire{}, "Organisation": organisationWire{},
		"ApiKey": principalWire{}, "Client": principalWire{}, "Grant": grant{}, "Key": keyWire{}, "Did": identityWire{},
		"DidKey": identityKeyWire{}, "Schema": schemaWire{}, "SchemaVersion": schemaVersionWire{}, "Context": contextWire{},
		"Type": typeWire{}, "Credential": credentialWire{}, "StatusEntry": statusEntry{}, "Preview": preview{},
		"BatchItem": batchItem{}, "BatchResult": batchResult{}, "Report": report{}, "Check": check{}, "Event": eventWire{},
		"EventList": numbered[eventWire]{}, "AuditEntry": auditWire{}, "AuditList": numbered[auditWire]{},
		"AuditHead": headWire{}, "Whoami": whoamiWire{}, "Instance": instanceWire{}, "Webhook": webhookWire{},
		"Delivery": deliveryWire{}, "WebhookReplayed": replayWire{}, "WebhookTrial": trialWire{},
		"Connection": connectionWire{}, "Letter": letterWire{}, "Publication": publicationWire{},
	}
	seen := map[string]bool{"Evidence": true} // two shapes in one
	for _, group := range []map[string]any{requests, responses} {
		for name, shape := range group {
			seen[name] = true
			schema, ok := schemas[name]
			if !ok {
				t.Errorf("%s is not described", name)
				continue
			}
			always, members := fields(reflect.TypeOf(shape))
			slices.Sort(members)
			var want []string
			for property := range schema.Properties {
				want = append(want, property)
			}
			slices.Sort(want)
			if !slices.Equal(members, want) {
				t.Errorf("%s: shape has %v, schema %v", name, members, want)
			}
			if _, request := requests[name]; request {
				if schema.AdditionalProperties == nil || *schema.AdditionalProperties {
					t.Errorf("%s: a request's schema is closed", name)
				}
				continue
			}
			for _, property := range schema.Required {
				if !slices.Contains(always, property) {
					t.Errorf("%s.%s is required and may be left out", name, property)
				}
			}
		}
	}
	for name := range schemas {
		if !seen[name] && !strings.HasSuffix(name, "List") {
			t.Errorf("schema %s has no shape", name)
		}
	}
}

// fields gives the JSON members of a struct, and those that are always written.
func fields(t reflect.Type) (always, all []string) {
	for field := range t.Fields() {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && name == "" {
			inner, members := fields(field.Type)
			always, all = append(always, inner...), append(all, members...)
			continue
		}
		all = append(all, name)
		if !strings.Contains(options, "omit") {
			always = append(always, name)
		}
	}
	return always, all
}

// TestRoutesSayWhoMay: no route of this door is for everyone.
func TestRoutesSayWhoMay(t *testing.T) {
	for _, route := range (&Door{}).Routes() {
		if route.Permission == "" && route.Operation != "whoami" {
			t.Errorf("%s needs no permission", route.Operation)
		}
	}
}
