package api

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/chancery-vc/chancery/internal/api/vcapi"
	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/sdk"
)

const v2 = "https://www.w3.org/ns/credentials/v2"

// counter is an office with an instance, and VCALM's description to hold its answers against.
type counter struct {
	*office
	t    *testing.T
	base string
	doc  map[string]*openapi3.SchemaRef
}

func (w *world) counter(t *testing.T, n sdk.NewInstance) *counter {
	t.Helper()
	c := &counter{office: w.office("bureau"), t: t, doc: vcalm(t)}
	c.instance(n)
	return c
}

// instance makes another instance, and it the one that is called.
func (c *counter) instance(n sdk.NewInstance) sdk.Instance {
	c.t.Helper()
	if n.Slug == "" {
		n.Slug = "issuer"
	}
	if n.Identity == "" {
		n.Identity = c.did.ID
	}
	made, err := c.admin.CreateInstance(c.t.Context(), n)
	if err != nil {
		c.t.Fatal(err)
	}
	c.base = "/t/bureau/vc-api/" + n.Slug
	return made
}

// vcalm reads the components of VCALM's description.
func vcalm(t *testing.T) map[string]*openapi3.SchemaRef {
	t.Helper()
	out := map[string]*openapi3.SchemaRef{}
	for schema, place := range map[string][2]string{
		"VerifyCredential":   {"VerifyCredentialResult", "VerificationResult"},
		"VerifyPresentation": {"VerifyPresentationResult", "VerificationResult"},
		"Issued":             {"VerifiableCredentialResponse", "VerifiableCredentialResponse"},
		"ProblemDetails":     {"ProblemDetails", "ProblemDetails"},
	} {
		loader := openapi3.NewLoader()
		loader.IsExternalRefsAllowed = true
		doc, err := loader.LoadFromFile(sharedtest.Path(t, "github.com/w3c/vcalm at 24d8fc076b4c6912a479b3bf571484e498709dd5",
			"vectors", "vcalm-oas", "components", place[0]+".yml"))
		if err != nil {
			t.Fatal(err)
		}
		out[schema] = doc.Components.Schemas[place[1]]
	}
	return out
}

// post is one call, with what it must answer. A schema is one of VCALM's.
func (c *counter) post(path string, body any, status int, schema string) map[string]any {
	c.t.Helper()
	return c.as(c.key.Secret, http.MethodPost, path, body, status, schema)
}

func (c *counter) as(token, method, path string, body any, status int, schema string) map[string]any {
	c.t.Helper()
	got := c.w.call(method, c.base+path, token, body)
	if got.status != status {
		c.t.Errorf("%s %s: %d %s, want %d", method, path, got.status, got.body, status)
	}
	var out map[string]any
	if err := json.Unmarshal(got.body, &out); err != nil {
		c.t.Fatalf("%s %s: %d %s", method, path, got.status, got.body)
	}
	if got.status >= 400 && schema == "" {
		schema = "ProblemDetails"
		if _, ok := out["title"].(string); !ok {
			c.t.Errorf("%s %s: no problem: %s", method, path, got.body)
		}
	}
	if ref := c.doc[schema]; ref != nil {
		if err := ref.Value.VisitJSON(any(out)); err != nil {
			c.t.Errorf("%s %s: not as described: %v\n%s", method, path, err, got.body)
		}
	}
	return out
}

func plainCredential() object {
	return object{"@context": []any{v2}, "type": []any{"VerifiableCredential"}, "credentialSubject": object{"id": "did:example:s"}}
}

func TestVCAPI(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		for name, n := range map[string]sdk.NewInstance{
			"jwtvc": {Format: "jwtvc"}, "eddsa-rdfc-2022": {Format: "ldp", Suite: "eddsa-rdfc-2022"},
		} {
			t.Run(name, func(t *testing.T) {
				w := w
				if name != "jwtvc" {
					w = start(t, w.engine, w.config)
				}
				n.Purposes = []string{"revocation", "suspension"}
				c := w.counter(t, n)
				c.lives(n.Format)
				c.presents()
				c.presentsMore(n.Format)
				c.refuses()
			})
		}
	})
}

// lives goes through a credential's life.
func (c *counter) lives(format string) {
	t := c.t
	issued := c.post("/credentials/issue", object{"credential": plainCredential(), "options": object{}}, 201, "Issued")
	secured := issued["verifiableCredential"].(map[string]any)
	if format == "jwtvc" != (secured["type"] == "EnvelopedVerifiableCredential") {
		t.Errorf("issued %v", secured)
	}
	verify := func(status int, options object) map[string]any {
		t.Helper()
		return c.post("/credentials/verify", object{"verifiableCredential": secured, "options": options}, status, "VerifyCredential")
	}
	good := verify(200, object{"returnCredential": true})
	results := good["results"].(map[string]any)
	if good["verified"] != true || good["credential"] == nil || len(results["proof"].([]any)) != 1 || len(results["credentialStatus"].([]any)) != 2 {
		t.Errorf("verified %v", good)
	}
	if short := verify(200, object{"returnResults": false, "returnProblemDetails": false}); short["results"] != nil || short["credential"] != nil {
		t.Errorf("short %v", short)
	}
	entry := results["credentialStatus"].([]any)[0].(map[string]any)["input"].(map[string]any)
	records := must(c.admin.ListCredentials(t.Context(), sdk.CredentialQuery{}))
	id := "urn:uuid:" + records.Items[0].ID
	path := "/credentials/" + url.PathEscape(id)
	if got := c.as(c.key.Secret, http.MethodGet, path, nil, 200, "Issued"); !same(got, issued) {
		t.Errorf("got %v, issued %v", got, issued)
	}
	change := func(value bool) object {
		return object{"credentialId": id, "credentialStatus": object{
			"type": entry["type"], "statusPurpose": "suspension",
		}, "status": value}
	}
	c.post("/credentials/status", change(true), 200, "")
	if bad := verify(400, object{}); bad["verified"] != false || len(bad["problemDetails"].([]any)) != 1 {
		t.Errorf("suspended %v", bad)
	}
	verify(200, object{"checks": []string{"proof"}})
	verify(400, object{"checks": []string{"proof", "credentialStatus"}})
	verify(400, object{"checks": []string{}})
	c.post("/credentials/status", change(false), 200, "")
	verify(200, object{})
	other := change(true)
	other["credentialStatus"].(object)["statusListIndex"] = "987654321"
	c.post("/credentials/status", other, 400, "")

	got := c.w.call(http.MethodDelete, c.base+path, c.key.Secret, nil)
	if got.status != 202 {
		t.Errorf("deleted: %d %s", got.status, got.body)
	}
	c.as(c.key.Secret, http.MethodGet, path, nil, 410, "")
	c.as(c.key.Secret, http.MethodDelete, path, nil, 410, "")
	c.as(c.key.Secret, http.MethodGet, "/credentials/nothing", nil, 404, "")
	c.post("/credentials/derive", object{"verifiableCredential": secured}, 501, "")
}

func same(a, b any) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

// presents proves presentations and verifies them.
func (c *counter) presents() {
	t := c.t
	secured := c.post("/credentials/issue", object{"credential": plainCredential()}, 201, "Issued")["verifiableCredential"]
	presentation := object{"@context": []any{v2}, "type": []any{"VerifiablePresentation"}, "verifiableCredential": []any{secured}}
	asked := object{"challenge": "c-1", "domain": "shop.example"}
	proven := c.post("/presentations/prove", object{"presentation": presentation, "options": asked}, 201, "")["verifiablePresentation"]
	verify := func(status int, options object) map[string]any {
		t.Helper()
		return c.post("/presentations/verify", object{"verifiablePresentation": proven, "options": options}, status, "VerifyPresentation")
	}
	good := verify(200, merged(asked, "returnPresentation", true))
	parts := good["results"].(map[string]any)
	if good["verified"] != true || good["verifiablePresentation"] == nil || len(parts["credentials"].([]any)) != 1 ||
		parts["presentation"].(map[string]any)["challenge"].(map[string]any)["verified"] != true {
		t.Errorf("verified %v", good)
	}
	verify(400, object{"challenge": "c-2", "domain": "shop.example"})
	verify(400, object{"challenge": "c-1", "domain": "elsewhere.example"})
	c.post("/presentations/verify", object{"verifiablePresentation": presentation}, 400, "VerifyPresentation")
	c.post("/presentations/verify", object{"presentation": presentation}, 200, "VerifyPresentation")
	c.post("/presentations/verify", object{"presentation": merged(presentation, "verifiableCredential", []any{merged(plainCredential(), "issuer", c.did.DID)})}, 400, "VerifyPresentation")
	for name, bad := range map[string]object{
		"an unsigned credential": merged(presentation, "verifiableCredential", []any{merged(plainCredential(), "issuer", c.did.DID)}),
		"another holder":         merged(presentation, "holder", "did:example:other"),
		"a claim of its own":     merged(presentation, "credentialSubject", object{"a": 1}),
		"a credential's type":    merged(presentation, "type", []any{"VerifiablePresentation", "VerifiableCredential"}),
		"a credential":           merged(plainCredential(), "issuer", c.did.DID),
		"a proof":                merged(presentation, "proof", object{"type": "DataIntegrityProof"}),
	} {
		if got := c.w.call(http.MethodPost, c.base+"/presentations/prove", c.key.Secret, object{"presentation": bad}); got.status != 400 {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

// presentsMore keeps the types and contexts of a presentation, where they make it nothing else.
func (c *counter) presentsMore(format string) {
	t := c.t
	const submission, aliases = "https://identity.foundation/presentation-exchange/submission/v1", "https://bureau.example/aliases"
	must(c.root.ImportContext(t.Context(), sdk.NewContext{URL: aliases, Document: []byte(
		`{"@context":{"Badge":"https://www.w3.org/2018/credentials#VerifiableCredential","Slip":"https://bureau.example/Slip"}}`)}))
	presentation := object{
		"@context": []any{v2, submission, aliases}, "type": []any{"VerifiablePresentation", "PresentationSubmission", "Slip"},
		"id": "urn:uuid:0199a3c0-0000-7000-8000-000000000001", "holder": c.did.DID,
		"verifiableCredential": []any{c.post("/credentials/issue", object{"credential": plainCredential()}, 201, "Issued")["verifiableCredential"]},
	}
	proven := c.post("/presentations/prove", object{"presentation": presentation}, 201, "")
	said := proven["verifiablePresentation"].(map[string]any)
	if format == "ldp" {
		for _, name := range []string{"type", "id", "holder"} {
			if !same(said[name], presentation[name]) {
				t.Errorf("%s: %v", name, said[name])
			}
		}
		if contexts := said["@context"].([]any); len(contexts) < 3 || !same(contexts[:3], presentation["@context"]) {
			t.Errorf("contexts %v", contexts)
		}
	} else if payload := claimsOf(t, said["id"].(string)); !same(payload["type"], presentation["type"]) || !same(payload["@context"], presentation["@context"]) {
		t.Errorf("signed %v", payload)
	}
	c.post("/presentations/verify", proven, 200, "VerifyPresentation")
	for name, bad := range map[string]struct {
		body    object
		pointer string
	}{
		"a type that nothing defines": {merged(presentation, "type", []any{"VerifiablePresentation", "Nothing"}), "/presentation/type"},
		"a context that is not known": {merged(presentation, "@context", []any{v2, "https://nobody.example/c"}), "/presentation/@context"},
		"a context of its own":        {merged(presentation, "@context", []any{v2, object{"a": "ex:a"}}), "/presentation/@context/1"},
		"a credential's type":         {merged(presentation, "type", []any{"VerifiablePresentation", "VerifiableCredential"}), "/presentation/type"},
		"one by another name":         {merged(presentation, "type", []any{"VerifiablePresentation", "Badge"}), "/presentation/type"},
		"a status list":               {merged(presentation, "type", []any{"VerifiablePresentation", "BitstringStatusListCredential"}), "/presentation/type"},
		"a member that is not known":  {merged(presentation, "presentation_submission", object{}), "/presentation/presentation_submission"},
	} {
		got := c.post("/presentations/prove", object{"presentation": bad.body}, 400, "")
		if pointer, _ := got["pointer"].(string); !strings.HasPrefix(pointer, bad.pointer) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// claimsOf reads the payload of a JWT, in an envelope or not.
func claimsOf(t *testing.T, token string) map[string]any {
	t.Helper()
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		t.Fatalf("%q is no JWT", token)
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	if err := json.Unmarshal(payload, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// refuses is what must not be.
func (c *counter) refuses() {
	for name, r := range map[string]struct {
		path   string
		body   any
		status int
	}{
		"no credential":           {"/credentials/issue", object{}, 400},
		"a text":                  {"/credentials/issue", object{"credential": "x"}, 400},
		"an unknown option":       {"/credentials/issue", object{"credential": plainCredential(), "options": object{"x": 1}}, 400},
		"pointers":                {"/credentials/issue", object{"credential": plainCredential(), "options": object{"mandatoryPointers": []string{"/issuer"}}}, 400},
		"another suite":           {"/credentials/issue", object{"credential": plainCredential(), "options": object{"cryptosuite": "bbs-2023"}}, 400},
		"another issuer":          {"/credentials/issue", object{"credential": merged(plainCredential(), "issuer", "did:example:x")}, 400},
		"a status list":           {"/credentials/issue", object{"credential": merged(plainCredential(), "type", []any{"VerifiableCredential", "BitstringStatusListCredential"})}, 400},
		"an unknown context":      {"/credentials/issue", object{"credential": merged(plainCredential(), "@context", []any{v2, "https://nobody.example/c"})}, 400},
		"a status":                {"/credentials/issue", object{"credential": merged(plainCredential(), "credentialStatus", object{"type": "X"})}, 400},
		"nothing to verify":       {"/credentials/verify", object{}, 400},
		"an unknown check":        {"/credentials/verify", object{"verifiableCredential": "x", "options": object{"checks": []string{"x"}}}, 400},
		"no presentation":         {"/presentations/prove", object{}, 400},
		"nothing presented":       {"/presentations/verify", object{}, 400},
		"a status of nothing":     {"/credentials/status", object{"credentialId": "x", "credentialStatus": object{"type": "BitstringStatusListEntry", "statusPurpose": "revocation"}, "status": true}, 404},
		"a status without value":  {"/credentials/status", object{"credentialId": "x", "credentialStatus": object{"type": "B", "statusPurpose": "revocation"}}, 400},
		"another media type":      {"/credentials/derive", "x", 501},
		"a route that is not one": {"/credentials", object{}, 404},
	} {
		c.t.Run(name, func(t *testing.T) {
			c := *c
			c.t = t
			c.post(r.path, r.body, r.status, "")
		})
	}
	garbage := c.post("/credentials/verify", object{"verifiableCredential": "garbage"}, 400, "VerifyCredential")
	if garbage["verified"] != false || len(garbage["problemDetails"].([]any)) == 0 {
		c.t.Errorf("garbage %v", garbage)
	}
	for _, text := range []string{`{"type":["VerifiableCredential"]}`, " \n{}"} { // an object is no text
		refused := c.post("/credentials/verify", object{"verifiableCredential": text}, 400, "")
		if kind, _ := refused["type"].(string); !strings.HasSuffix(kind, "#PARSING_ERROR") || refused["pointer"] != "/verifiableCredential" {
			c.t.Errorf("%q: %v", text, refused)
		}
		c.post("/presentations/verify", object{"verifiablePresentation": text}, 400, "")
	}
	envelope := object{"type": "EnvelopedVerifiableCredential", "id": "data:application/vc+jwt,x.y.z"}
	c.post("/credentials/verify", object{"verifiableCredential": envelope}, 400, "VerifyCredential")
}

// TestVCAPIAccess: who may use an instance, and who finds it.
func TestVCAPIAccess(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		c := w.counter(t, sdk.NewInstance{})
		body := object{"credential": plainCredential()}
		c.as("", http.MethodPost, "/credentials/issue", body, 401, "")
		weak := must(c.root.CreateAPIKey(t.Context(), sdk.NewPrincipal{Name: "weak", Grants: []sdk.Grant{{Role: "verifier", Organisation: c.org.ID}}}))
		c.as(weak.Secret, http.MethodPost, "/credentials/issue", body, 403, "")
		c.as(weak.Secret, http.MethodPost, "/presentations/prove", object{}, 403, "")
		client := must(c.root.CreateClient(t.Context(), sdk.NewPrincipal{Name: "client", Grants: []sdk.Grant{{Role: "issuer", Organisation: c.org.ID}}}))
		token := w.call("POST", "/oauth2/token", "", url.Values{
			"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {client.Secret},
		}.Encode(), "Content-Type", "application/x-www-form-urlencoded")
		var bearer struct {
			Token string `json:"access_token"`
		}
		if !decoded(token.body, &bearer) {
			t.Fatalf("%s", token.body)
		}
		c.as(bearer.Token, http.MethodPost, "/credentials/issue", body, 201, "Issued")

		closed := c.instance(sdk.NewInstance{Slug: "closed"})
		must(c.admin.ArchiveInstance(t.Context(), closed.ID))
		c.post("/credentials/issue", body, 404, "")

		c.instance(sdk.NewInstance{Slug: "open", Open: true, Lenient: true})
		made := c.as("", http.MethodPost, "/credentials/issue", body, 201, "Issued")
		c.as("", http.MethodPost, "/credentials/verify", made, 200, "VerifyCredential")
		c.as("wrong", http.MethodPost, "/credentials/issue", body, 401, "")
		if bad := c.as("", http.MethodPost, "/credentials/verify", object{"verifiableCredential": "x.y.z"}, 200, "VerifyCredential"); bad["verified"] != false {
			t.Errorf("%v", bad)
		}
		eventually(t, "the audit tells of anyone", func() bool {
			return strings.Contains(string(w.call("GET", "/v1/audit", c.key.Secret, nil).body), `"anyone"`)
		})
		must(c.admin.CreateInstance(t.Context(), sdk.NewInstance{Slug: "verifier"}))
		c.base = "/t/bureau/vc-api/verifier"
		c.post("/credentials/issue", body, 501, "")
		c.post("/presentations/prove", object{}, 501, "")
		c.post("/credentials/verify", made, 200, "VerifyCredential")
	})
}

// TestWholeCredentialsForbidden: what a tenant forbids, no door of it issues; credentials of its types it issues as before.
func TestWholeCredentialsForbidden(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		c := w.counter(t, sdk.NewInstance{})
		made := c.post("/credentials/issue", object{"credential": plainCredential()}, 201, "Issued")
		tenant := must(c.root.UpdateTenant(t.Context(), "bureau", sdk.TenantPatch{ForbidsWholeCredentials: new(true)}))
		if !tenant.ForbidsWholeCredentials || tenant.Name == "" {
			t.Errorf("%+v", tenant)
		}
		refused := c.post("/credentials/issue", object{"credential": plainCredential()}, 403, "")
		if kind, _ := refused["type"].(string); !strings.HasSuffix(kind, "whole-credentials-forbidden") {
			t.Errorf("%v", refused)
		}
		c.instance(sdk.NewInstance{Slug: "open", Open: true})
		c.as("", http.MethodPost, "/credentials/issue", object{"credential": plainCredential()}, 403, "")
		c.post("/credentials/verify", made, 200, "VerifyCredential")
		must(c.admin.Issue(t.Context(), c.order()))
		must(c.root.UpdateTenant(t.Context(), "bureau", sdk.TenantPatch{ForbidsWholeCredentials: new(false)}))
		c.post("/credentials/issue", object{"credential": plainCredential()}, 201, "Issued")
	})
}

// TestIsolationOfVCAPI: an instance of another is not there, whoever asks and whatever for.
func TestIsolationOfVCAPI(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture("north")
		base := "/" + f.instance.Slug
		issued := w.call("POST", vcapi.Prefix+base+"/credentials/issue", f.key.Secret, object{"credential": merged(plainCredential(), "name", planted)})
		if issued.status != 201 {
			t.Fatalf("%d %s", issued.status, issued.body)
		}
		everyone := w.strangers(f)
		id := must(f.admin.ListCredentials(t.Context(), sdk.CredentialQuery{})).Items[0].ID
		for _, route := range (&vcapi.Door{}).Routes() {
			path := strings.Replace(strings.Replace(route.Pattern, "/{instance}", base, 1), "{id}", id, 1)
			var body any
			if route.Method == http.MethodPost {
				body = object{"credential": plainCredential(), "verifiableCredential": "x.y.z", "credentialId": id, "presentation": object{}}
			}
			for _, s := range everyone {
				prefix := strings.Replace(s.prefix, "/v1", vcapi.Prefix, 1)
				got := w.call(route.Method, prefix+path, s.token, body, s.header...)
				if got.status != 401 && got.status != 403 && got.status != 404 {
					t.Errorf("%s for %s: %d %s", route.Operation, s.name, got.status, got.body)
				}
				w.silent(t, f, s, route.Operation, got)
				none := w.call(route.Method, prefix+strings.Replace(path, base, "/nobody", 1), s.token, body, s.header...)
				if none.status != got.status || none.problem().Detail != got.problem().Detail {
					t.Errorf("%s for %s: %d %s; of no instance: %d %s", route.Operation, s.name, got.status, got.body, none.status, none.body)
				}
			}
			other := strings.Replace(path, f.instance.Slug, f.spareInstance.Slug, 1)
			if strings.Contains(path, id) {
				if got := w.call(route.Method, vcapi.Prefix+other, f.key.Secret, body); got.status != 404 {
					t.Errorf("%s through another instance: %d %s", route.Operation, got.status, got.body)
				}
			}
		}
		if got := w.call("GET", vcapi.Prefix+base+"/credentials/"+id, f.key.Secret, nil); got.status != 200 {
			t.Errorf("%d %s", got.status, got.body)
		}
	})
}
