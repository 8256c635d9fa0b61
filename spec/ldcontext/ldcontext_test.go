package ldcontext

import (
	"encoding/json"
	"strings"
	"testing"
)

const home = "https://issuer.example/schemas/degree/1"

func derive(t *testing.T, schema string) map[string]any {
	t.Helper()
	raw, err := Derive("UniversityDegreeCredential", []byte(schema), home)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if again, _ := Derive("UniversityDegreeCredential", []byte(schema), home); string(again) != string(raw) {
			t.Fatalf("other bytes for the same schema:\n%s\n%s", raw, again)
		}
	}
	var document struct {
		Context map[string]any `json:"@context"`
	}
	if err := json.Unmarshal(raw, &document); err != nil {
		t.Fatal(err)
	}
	return document.Context
}

func TestDerive(t *testing.T) {
	raw, err := Derive("UniversityDegreeCredential", []byte(`{"type":"object","properties":{
		"id":{"type":"string"},"type":{"const":"Graduate"},"name":{"type":"string"},"issuer":{"type":"string"},
		"awarded":{"type":"string","format":"date"},"at":{"type":"string","format":"date-time"},
		"degree":{"type":"object","properties":{"type":{"enum":["BachelorDegree","MasterDegree"]},"name":{"type":"string"}}},
		"grüße":{"type":"string"},"x:y":{},"a/b":{},"@graph":{},"iss":{}}}`), home)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"@context":{"@version":1.1,` +
		`"Graduate":{"@id":"https://issuer.example/schemas/degree/1#Graduate"},` +
		`"UniversityDegreeCredential":{"@id":"https://issuer.example/schemas/degree/1#UniversityDegreeCredential"},` +
		`"at":{"@id":"https://issuer.example/schemas/degree/1#at","@type":"http://www.w3.org/2001/XMLSchema#dateTime"},` +
		`"awarded":{"@id":"https://issuer.example/schemas/degree/1#awarded","@type":"http://www.w3.org/2001/XMLSchema#date"},` +
		`"degree":{"@id":"https://issuer.example/schemas/degree/1#degree","@context":{` +
		`"BachelorDegree":{"@id":"https://issuer.example/schemas/degree/1#degree/BachelorDegree"},` +
		`"MasterDegree":{"@id":"https://issuer.example/schemas/degree/1#degree/MasterDegree"},` +
		`"name":{"@id":"https://issuer.example/schemas/degree/1#degree/name"}}},` +
		`"grüße":{"@id":"https://issuer.example/schemas/degree/1#gr%C3%BC%C3%9Fe"},` +
		`"id":"@id","issuer":{"@id":"https://issuer.example/schemas/degree/1#issuer"},` +
		`"name":"https://schema.org/name","type":"@type"}}`
	if string(raw) != want {
		t.Errorf("got\n%s\nwant\n%s", raw, want)
	}
	if strings.Contains(string(raw), "@vocab") || strings.Contains(string(raw), "@protected") {
		t.Error("neither @vocab nor @protected")
	}
}

// protected20 are the terms that https://www.w3.org/ns/credentials/v2 protects in its outermost context, with the
// definitions of those that are simple.
var protected20 = map[string]string{
	"id": `"@id"`, "type": `"@type"`, "name": `"https://schema.org/name"`, "description": `"https://schema.org/description"`,
	"mediaType":            `{"@id":"https://schema.org/encodingFormat"}`,
	"digestSRI":            `{"@id":"https://www.w3.org/2018/credentials#digestSRI","@type":"https://www.w3.org/2018/credentials#sriString"}`,
	"digestMultibase":      `{"@id":"https://w3id.org/security#digestMultibase","@type":"https://w3id.org/security#multibase"}`,
	"VerifiableCredential": "", "VerifiablePresentation": "", "EnvelopedVerifiableCredential": "", "EnvelopedVerifiablePresentation": "",
	"JsonSchema": "", "JsonSchemaCredential": "", "BitstringStatusList": "", "BitstringStatusListCredential": "",
	"BitstringStatusListEntry": "", "DataIntegrityProof": "", "...": "", "_sd": "", "_sd_alg": "", "aud": "", "cnf": "", "exp": "",
	"iat": "", "iss": "", "jku": "", "kid": "", "nbf": "", "sub": "", "x5u": "",
}

// A claim may have any name: the derived context repeats a protected definition or leaves it alone.
func TestProtectedTermsAreKept(t *testing.T) {
	properties := map[string]any{"proof": true}
	for name := range protected20 {
		properties[name] = map[string]any{"type": "string", "enum": []string{name}}
	}
	schema, _ := json.Marshal(map[string]any{"properties": properties})
	context := derive(t, string(schema))
	for name, want := range protected20 {
		got, there := context[name]
		text, _ := json.Marshal(got)
		if there != (want != "") || there && string(text) != want {
			t.Errorf("%s: %s, want %s", name, text, want)
		}
	}
	if _, there := context["proof"]; there {
		t.Error("proof is protected by the 1.1 context")
	}
	for name := range protected20 {
		if name == "id" {
			continue // a fine name for a type it is not, but nothing to test beyond the rest
		}
		if _, err := Derive(name, []byte(`{}`), home); err == nil {
			t.Error("a type named", name)
		}
	}
}

func TestSchemasThatLeanOnOthers(t *testing.T) {
	context := derive(t, `{"allOf":[{"$ref":"#/$defs/base"},{"properties":{"own":{}}}],"if":{"properties":{"cond":{}}},
		"dependentSchemas":{"own":{"properties":{"dep":{}}}},"anyOf":[{"$ref":"#anchored"},{"$ref":"https://elsewhere.example"}],
		"properties":{"list":{"type":"array","items":{"$ref":"#/$defs/item"}},"tree":{"$ref":"#/$defs/node"}},
		"$defs":{"base":{"properties":{"inherited":{}}},"item":{"properties":{"deep":{"properties":{"deeper":{}}}}},
		"anchor":{"$anchor":"anchored","properties":{"byAnchor":{}}},
		"node":{"properties":{"value":{},"children":{"type":"array","items":{"$ref":"#/$defs/node"}}}}}}`)
	for _, name := range []string{"own", "cond", "dep", "inherited", "byAnchor", "list", "tree"} {
		if context[name] == nil {
			t.Error(name, "has no term")
		}
	}
	inner := func(of map[string]any, name string) map[string]any {
		t.Helper()
		found, _ := of[name].(map[string]any)["@context"].(map[string]any)
		return found
	}
	if inner(inner(context, "list"), "deep")["deeper"] == nil {
		t.Error(context["list"])
	}
	tree := inner(context, "tree")
	if tree["value"] == nil || tree["children"] == nil || inner(tree, "children") != nil {
		t.Error(tree)
	}
}

func TestWholeCredentialSchema(t *testing.T) {
	context := derive(t, `{"properties":{"issuer":{},"credentialSubject":{"properties":{"degree":{}}}}}`)
	if context["degree"] == nil || context["credentialSubject"] != nil || context["issuer"] != nil {
		t.Error(context)
	}
}

func TestRefuses(t *testing.T) {
	for _, row := range [][3]string{
		{"", `{}`, home},
		{"a:b", `{}`, home},
		{"VerifiableCredential", `{}`, home},
		{"name", `{}`, home},
		{"@type", `{}`, home},
		{"X", `{`, home},
		{"X", `{}`, "relative"},
		{"X", `{}`, home + "#frag"},
		{"X", `{}`, home + "#"},
		{"X", `{"properties":{"X":{}}}`, home},
	} {
		if out, err := Derive(row[0], []byte(row[1]), row[2]); err == nil {
			t.Error(row, string(out))
		}
	}
	// Each level doubles what the one above unfolds to.
	var wide strings.Builder
	wide.WriteString(`{"$ref":"#/$defs/0","$defs":{`)
	for i := range 30 {
		next := string(rune('0'+(i+1)/10)) + string(rune('0'+(i+1)%10))
		name := string(rune('0'+i/10)) + string(rune('0'+i%10))
		if i == 0 {
			name = "0"
		}
		wide.WriteString(`"` + name + `":{"properties":{"a":{"$ref":"#/$defs/` + next + `"},"b":{"$ref":"#/$defs/` + next + `"}}},`)
	}
	wide.WriteString(`"30":{}}}`)
	if _, err := Derive("X", []byte(wide.String()), home); err == nil {
		t.Error("a schema that unfolds without end")
	}
	deep := strings.Repeat(`{"properties":{"a":`, 40) + `{}` + strings.Repeat(`}}`, 40)
	if _, err := Derive("X", []byte(deep), home); err == nil {
		t.Error("a deep schema")
	}
}

func FuzzDerive(f *testing.F) {
	f.Add([]byte(`{"properties":{"a":{"$ref":"#"},"type":{"const":"T"}},"$defs":{"x":{"$anchor":"y"}}}`))
	f.Fuzz(func(t *testing.T, schema []byte) {
		out, err := Derive("X", schema, home)
		if err == nil && !json.Valid(out) {
			t.Fatal(string(out))
		}
	})
}
