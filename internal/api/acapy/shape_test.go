package acapy

import (
	"bytes"
	"flag"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/sharedtest"
)

var update = flag.Bool("update", false, "write shapes.json anew")

// schemaWire is a schema of the description.
type schemaWire struct {
	Ref        string                `json:"$ref"`
	AllOf      []schemaWire          `json:"allOf"`
	Type       string                `json:"type"`
	Properties map[string]schemaWire `json:"properties"`
	Additional jsontext.Value        `json:"additionalProperties"`
	Items      *schemaWire           `json:"items"`
	Enum       []string              `json:"enum"`
	Pattern    string                `json:"pattern"`
	Required   []string              `json:"required"`
	Nullable   bool                  `json:"nullable"`
	Least      *float64              `json:"minimum"`
	Most       *float64              `json:"maximum"`
}

type operationWire struct {
	Parameters []struct {
		Name     string     `json:"name"`
		In       string     `json:"in"`
		Required bool       `json:"required"`
		Schema   schemaWire `json:"schema"`
	} `json:"parameters"`
	Responses map[string]jsontext.Value `json:"responses"`
	Body      *struct {
		Content map[string]struct {
			Schema schemaWire `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
}

// TestShapes makes shapes.json from the description.
func TestShapes(t *testing.T) {
	var doc struct {
		Paths      map[string]map[string]operationWire `json:"paths"`
		Components struct {
			Schemas map[string]schemaWire `json:"schemas"`
		} `json:"components"`
	}
	if err := json.Unmarshal(sharedtest.Read(t, acapySource, "apis", "acapy-1.6.1rc0.openapi.json"), &doc); err != nil {
		t.Fatal(err)
	}
	p := page{Operations: map[string]operation{}, Schemas: map[string]*shape{}}
	for path, methods := range doc.Paths {
		for method, o := range methods {
			op := operation{Query: map[string]*shape{}, Path: map[string]*shape{}}
			if _, ok := o.Responses["201"]; ok {
				op.Status = 201
			}
			for _, param := range o.Parameters {
				s := shapeOf(param.Schema)
				if param.Name == registry {
					s.Pattern = ""
				}
				s.Required = param.Required
				s.Pattern = strings.ReplaceAll(s.Pattern, `\\`, `\`) // escaped twice
				if param.In == "path" {
					op.Path[param.Name] = s
				} else {
					op.Query[param.Name] = s
				}
			}
			if o.Body != nil {
				for _, content := range o.Body.Content {
					op.Body = named(content.Schema.Ref)
				}
			}
			key := strings.ToUpper(method) + " " + path
			p.Operations[key] = op
			if op.Body != "" && !unoffered(key) {
				p.need(doc.Components.Schemas, op.Body)
			}
		}
	}
	made, err := json.Marshal(p, json.Deterministic(true), jsontext.WithIndent(" "))
	if err != nil {
		t.Fatal(err)
	}
	made = append(made, '\n')
	if *update {
		if err := os.WriteFile("shapes.json", made, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if !bytes.Equal(made, shapesJSON) {
		t.Error("shapes.json is not what the description says: go test -run TestShapes -update")
	}
	if len(p.Operations) != 195 {
		t.Errorf("%d operations", len(p.Operations))
	}
}

const (
	indyDID = `^(did:(sov|indy):)?[` + base58Letters + `]{21,22}$`
	anyDID  = indyDID + `|^did:([a-zA-Z0-9_]+)(:[a-zA-Z0-9_.%-]+)?:([a-zA-Z0-9_.%-]+(:[a-zA-Z0-9_.%-]+)*)((;[a-zA-Z0-9_.:%-]+=[a-zA-Z0-9_.:%-]*)*)(\/[^#?]*)?([?][^#]*)?(\#.*)?$$`
)

// registry names a list here, and not what Indy's ids look like.
const registry = "rev_reg_id"

func unoffered(key string) bool {
	_, ok := reasonOf(key)
	return ok
}

func named(ref string) string { return ref[strings.LastIndexByte(ref, '/')+1:] }

func (p *page) need(schemas map[string]schemaWire, name string) {
	if p.Schemas[name] != nil {
		return
	}
	s := shapeOf(schemas[name])
	p.Schemas[name] = s
	walk(s, func(inner *shape) {
		if inner.Ref != "" {
			p.need(schemas, inner.Ref)
		}
	})
}

func shapeOf(w schemaWire) *shape {
	if w.Pattern == indyDID {
		w.Pattern = anyDID // there are no others here
	}
	s := &shape{Nullable: w.Nullable, Enum: w.Enum, Pattern: w.Pattern, Least: bound(w.Least), Most: bound(w.Most)}
	switch {
	case w.Ref != "":
		s.Ref = named(w.Ref)
		return s
	case len(w.AllOf) == 1 && w.AllOf[0].Ref != "":
		s.Ref = named(w.AllOf[0].Ref)
		return s
	case w.Type == "object" && len(w.Properties) == 0 && len(w.Additional) == 0:
		return s // any: ACA-Py's own fields that are a text or an object are described so
	}
	s.Kind = w.Type
	for _, name := range slices.Sorted(maps.Keys(w.Properties)) {
		if s.Fields == nil {
			s.Fields = map[string]*shape{}
		}
		s.Fields[name] = shapeOf(w.Properties[name])
		if name == registry {
			s.Fields[name].Pattern = ""
		}
		if name == "types" && s.Fields[name].Items != nil {
			s.Fields[name].Items.Pattern = "" // an endpoint's, which the IRIs of types do not fit
		}
		s.Fields[name].Required = slices.Contains(w.Required, name)
	}
	if w.Items != nil {
		s.Items = shapeOf(*w.Items)
	}
	if w.Additional.Kind() == '{' {
		var values schemaWire
		if json.Unmarshal(w.Additional, &values) == nil {
			s.Values = shapeOf(values)
		}
	}
	return s
}

// bound leaves out what no number here reaches.
func bound(n *float64) *int {
	if n == nil || *n > 1<<31 || *n < 0 {
		return nil
	}
	whole := int(*n)
	return &whole
}

func TestPatterns(t *testing.T) {
	patterns() // compiles them all
	for pattern := range patterns() {
		if mismatch(pattern, "x") == "String does not match expected pattern." && pattern != `^(.+$)` && !strings.HasPrefix(pattern, "^("+"[") &&
			!strings.HasPrefix(pattern, "^["+base58Letters) && pattern != `[a-z0-9:\[\]_\.@?\(\)]` {
			t.Errorf("%s has no words", pattern)
		}
		regexp.MustCompile(pattern)
	}
}

// The texts are those of the captures.
func TestFaults(t *testing.T) {
	for _, c := range []struct{ schema, body, want string }{
		{"V20CredOfferRequest", `{"connection_id":"x"}`, `{'filter': ['Missing data for required field.']}`},
		{"V20CredOfferRequest", `{"connection_id":"x","filter":{}}`, `{'filter': {'_schema': ['V20CredFilterSchema requires indy, ld_proof, vc_di or all']}}`},
		{"InvitationCreateRequest", `{"handshake_protocols":["bogus"]}`, `{'handshake_protocols': {0: ['Invalid value.']}}`},
		{"InvitationCreateRequest", `{"handshake_protocols":["https://didcomm.org/didexchange/1.1"],"alias":"a","more":1}`, ``},
		{"InvitationCreateRequest", `{"use_public_did":"maybe","alias":1}`, `{'alias': ['Not a valid string.'], 'use_public_did': ['Not a valid boolean.']}`},
		{"InvitationCreateRequest", `[]`, `{'_schema': ['Invalid input type.']}`},
		{"DIDCreate", `{"options":{"key_type":"rsa"}}`, `{'options': {'key_type': ['Must be one of: ed25519, bls12381g2, p256.']}}`},
		{"CreateWalletRequest", `{"wallet_name":null}`, `{'wallet_name': ['Field may not be null.']}`},
		{"CreateWalletRequest", `{"extra_settings":{"ACAPY_AUTO_RESPOND_CREDENTIAL_REQUEST":true}}`, ``},
		{"CreateWalletRequest", `{"wallet_name":"it's"}`, ``},
		{
			"V20PresSendRequestRequest", `{"connection_id":"x","presentation_request":{"dif":{"presentation_definition":{"input_descriptors":[]},"options":{"challenge":"it's"}}}}`,
			`{'presentation_request': {'dif': {'options': {'challenge': ["Value it's is not UUID4 (8-4-4-4-12 hex digits with digit#13=4)"]}}}}`,
		},
	} {
		got := ""
		if f := description().checkBody(c.schema, jsontext.Value(c.body)); f != nil {
			got = f.String()
		}
		if got != c.want {
			t.Errorf("%s %s\n  %s\n  %s", c.schema, c.body, got, c.want)
		}
	}
	if description().Schemas["V20CredOfferRequest"] == nil {
		t.Error("no schemas")
	}
}

// What was recorded is taken, or refused in the words that were recorded.
func TestRecordedRequests(t *testing.T) {
	for _, name := range []string{"rest-didex1.0.json", "rest-didex1.1.json", "rest-multitenant-oob.json"} {
		var calls []struct {
			Request  string         `json:"request"`
			Body     jsontext.Value `json:"body"`
			Status   int            `json:"status"`
			Response jsontext.Value `json:"response"`
		}
		if err := json.Unmarshal(sharedtest.Read(t, acapySource, "transcripts", "acapy", name), &calls); err != nil {
			t.Fatal(err)
		}
		mux := http.NewServeMux()
		for key := range description().Operations {
			mux.HandleFunc(key, func(http.ResponseWriter, *http.Request) {})
		}
		for i, one := range calls {
			method, target, _ := strings.Cut(one.Request, " ")
			r := httptest.NewRequest(method, target, bytes.NewReader(one.Body))
			if one.Body.Kind() == 'n' {
				r = httptest.NewRequest(method, target, nil)
			}
			_, pattern := mux.Handler(r)
			var got error
			route := http.NewServeMux()
			route.HandleFunc(pattern, func(_ http.ResponseWriter, r *http.Request) {
				c := &call{Request: r, line: new(line), query: r.URL.Query()}
				got = c.read(description().Operations[pattern])
			})
			route.ServeHTTP(httptest.NewRecorder(), r)
			want := ""
			if one.Status == http.StatusUnprocessableEntity {
				want = strings.TrimPrefix(unquoted(one.Response), "422: ")
			}
			if text := reasonIn(got); text != want {
				t.Errorf("%s %d %s:\n  %s\n  %s", name, i, one.Request, text, want)
			}
		}
	}
}

func TestPython(t *testing.T) {
	for text, want := range map[string]string{
		"a": `'a'`, "it's": `"it's"`, `"`: `'"'`, `'"`: `'\'"'`, "a\\b": `'a\\b'`, "\n\x01ü\u2028": `'\n\x01ü\u2028'`,
	} {
		var b strings.Builder
		pyString(&b, text)
		if b.String() != want {
			t.Errorf("%q: %s, not %s", text, b.String(), want)
		}
	}
}

func reasonIn(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func FuzzShapes(f *testing.F) {
	f.Add("V20CredOfferRequest", []byte(`{"connection_id":"x","filter":{"ld_proof":{"credential":{},"options":{}}}}`))
	f.Fuzz(func(t *testing.T, schema string, body []byte) {
		if !jsontext.Value(body).IsValid() {
			return
		}
		if f := description().checkBody(schema, jsontext.Value(body)); f != nil && f.String() == "{}" {
			t.Error("faults that say nothing")
		}
	})
}

func FuzzWireID(f *testing.F) {
	f.Add("01a2027e-e829-7a2c-99ca-32707ee16d9d")
	f.Fuzz(func(t *testing.T, text string) {
		if id, ok := parseID(text); ok && wireID(id) != strings.ToLower(text) {
			t.Errorf("%q is %q", text, id)
		}
	})
}

const acapySource = "https://github.com/openwallet-foundation/acapy/tree/1.6.1rc0"
