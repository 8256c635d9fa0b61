package api

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/api/native"
	"github.com/chancery-vc/chancery/internal/httpx"
)

// sent is a claim value that no refusal may repeat.
const sent = "Zuse-Konrad-1910"

// broken are bodies that no writing route takes. code "" is any.
func broken() []struct {
	name, body, code string
	status           int
} {
	type row = struct {
		name, body, code string
		status           int
	}
	deep := strings.Repeat(`{"a":`, 100) + "1" + strings.Repeat("}", 100)
	return []row{
		{"no JSON", "name=" + sent, "not-json", 400},
		{"half JSON", `{"name":"` + sent, "not-json", 400},
		{"two values", `{} {}`, "not-json", 400},
		{"empty", " ", "not-json", 400},
		{"null", "null", "", 400},
		{"an array", "[]", "wrong-type", 400},
		{"a string", `"` + sent + `"`, "wrong-type", 400},
		{"a number", "1", "wrong-type", 400},
		{"unknown member", `{"` + "surprise" + `":"` + sent + `"}`, "unknown-field", 400},
		{"name twice", `{"name":"` + sent + `","name":"` + sent + `"}`, "duplicate-name", 400},
		{"too deep", `{"name":` + deep + `}`, "too-deep", 400},
		{"deeper than any stack", strings.Repeat("[", 60000), "", 400},
		{"huge number", `{"name":1e400}`, "", 400},
		{"beyond 2^53", `{"name":1152921504606846977}`, "", 400},
		{"not UTF-8", "{\"name\":\"\xff\xfe" + sent + "\"}", "not-json", 400},
		{"half a surrogate", `{"name":"\ud800` + sent + `"}`, "not-json", 400},
		{"a byte order mark", "\uFEFF{}", "not-json", 400},
		{"a zero byte", "{\"name\":\"\x00\"}", "not-json", 400},
	}
}

// refusal checks what every refusal has, and what none may.
func refusal(t *testing.T, what string, got answer, status int, code string) {
	t.Helper()
	p := got.problem()
	switch {
	case got.status != status && (status != 0 || got.status/100 != 4):
		t.Errorf("%s: %d %s, want %d", what, got.status, shortened(got.body), status)
	case got.header.Get("Content-Type") != "application/problem+json":
		t.Errorf("%s: %s", what, got.header.Get("Content-Type"))
	case !strings.HasPrefix(p.Type, "/problems/") || p.Title == "" || p.Status != got.status:
		t.Errorf("%s: %s", what, got.body)
	case p.RequestID == "" || p.RequestID != got.header.Get("X-Request-Id"):
		t.Errorf("%s: request id %q, header %q", what, p.RequestID, got.header.Get("X-Request-Id"))
	case code != "" && p.Code() != code:
		t.Errorf("%s: %s, want %s", what, got.body, code)
	}
	for _, word := range []string{sent, planted, "goroutine", ".go:", "panic", "SQL", "sqlite", "pgx", "chk_"} {
		if strings.Contains(string(got.body), word) {
			t.Errorf("%s: the answer tells %q: %s", what, word, got.body)
		}
	}
}

// census is all that an office can see, to tell whether something was stored.
func (f *fixture) census() string {
	var out strings.Builder
	for _, list := range []string{"organisations", "api-keys", "clients", "schemas", "contexts", "types", "keys", "dids", "credentials"} {
		got := f.w.call("GET", "/v1/"+list+"?limit=1000", f.key.Secret, nil)
		fmt.Fprintf(&out, "%s %d %s\n", list, got.status, got.body)
	}
	tenants := f.w.call("GET", "/v1/tenants?limit=1000", f.w.secret, nil)
	fmt.Fprintf(&out, "%s\n", tenants.body)
	return out.String()
}

// difference shows where two texts part.
func difference(a, b string) string {
	i := 0
	for i < len(a) && i < len(b) && a[i] == b[i] {
		i++
	}
	from := max(0, i-200)
	return fmt.Sprintf("%.600s\ninstead of\n%.600s", b[from:], a[from:])
}

// TestZeroBytes puts a zero byte into each text of each request: PostgreSQL has no place for it.
func TestZeroBytes(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture("north")
		for _, route := range nativeRoutes() {
			e, _ := f.example(route.Operation)
			path, header := "/t/north/v1"+e.path, f.header(e)
			if strings.Contains(route.Pattern, "{id}") {
				for _, odd := range []string{"a%00b", "%ff%fe"} {
					with := "/t/north/v1" + strings.Replace(strings.Replace(route.Pattern, "{version}", "1", 1), "{id}", odd, 1)
					refusal(t, route.Operation+" of "+odd, w.call(route.Method, with, w.secret, e.body, header...), 0, "")
				}
			}
			if route.Method == http.MethodGet {
				for _, query := range []string{"cursor=a%00b", "search=a%00b", "search=%ff", "type=%00", "url=%00", "scope=%00"} {
					if got := w.call("GET", path+"?"+query, w.secret, nil, header...); got.status/100 == 5 {
						t.Errorf("%s with %s: %d %s", route.Operation, query, got.status, got.body)
					}
				}
			}
			for name, value := range flat(e.body) {
				got := w.call(route.Method, path, w.secret, value, header...)
				if got.status/100 == 5 {
					t.Errorf("%s with a zero byte in %s: %d %s", route.Operation, name, got.status, got.body)
				}
			}
		}
		if got := w.call("GET", "/v1/whoami", f.key.Secret, nil, native.OrganisationHeader, "a\tb"); got.status/100 == 5 {
			t.Errorf("an odd header: %d", got.status)
		}
	})
}

// flat gives, for each member of a body that is text or could be, the body with a zero byte there.
func flat(body any) map[string]object {
	out := map[string]object{}
	members, _ := body.(object)
	for name, value := range members {
		switch v := value.(type) {
		case string:
			out[name] = merged(members, name, v+"\x00")
		case []string:
			out[name] = merged(members, name, append(append([]string{}, v...), "a\x00b"))
		}
	}
	if len(members) > 0 {
		for _, name := range []string{"name", "reason", "issuance", "issuerName", "recipient", "keyId", "variant", "slug"} {
			if _, there := out[name]; !there {
				out[name] = merged(members, name, "a\x00b")
			}
		}
		out["options"] = merged(members, "options", object{"path": "a\x00b"})
		out["look"] = merged(members, "look", object{"textColor": "a\x00b"})
		out["evidence"] = merged(members, "evidence", object{"a": "\x00"})
		out["purposes"] = merged(members, "contexts", []string{"https://a.example/\x00"})
	}
	return out
}

// header is what the operator needs to act in the office where the route is about it.
func (f *fixture) header(e example) []string {
	if strings.HasPrefix(e.path, "/tenants") || strings.HasPrefix(e.path, "/organisations") {
		return nil
	}
	return []string{native.OrganisationHeader, f.org.ID}
}

// TestBadBodies sends each writing route what is no request at all.
func TestBadBodies(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture("north")
		before := f.census()
		for _, route := range nativeRoutes() {
			e, ok := f.example(route.Operation)
			if !ok || e.body == nil || route.Method == http.MethodGet {
				continue
			}
			w.badBodies(t, f, route, e)
		}
		if after := f.census(); after != before {
			t.Errorf("something was stored: %s", difference(before, after))
		}
		if text := w.logs.String(); strings.Contains(text, sent) || strings.Contains(text, `"level":"ERROR"`) {
			t.Errorf("the log tells a claim or an error: %s", text)
		}
	})
}

func (w *world) badBodies(t *testing.T, f *fixture, route httpx.Route, e example) {
	t.Helper()
	path, header := "/t/north/v1"+e.path, f.header(e)
	for _, b := range broken() {
		got := w.call(route.Method, path, w.secret, b.body, header...)
		refusal(t, route.Operation+", "+b.name, got, b.status, b.code)
	}
	unknown := w.call(route.Method, path, w.secret, `{"surprise":1}`, header...)
	if p := unknown.problem(); p.Pointer != "/surprise" {
		t.Errorf("%s: an unknown member is at %q", route.Operation, p.Pointer)
	}
	for _, media := range []string{"text/plain", "application/x-www-form-urlencoded", "application/json; charset=latin1", "multipart/form-data", "", "garbage;;"} {
		got := w.call(route.Method, path, w.secret, e.body, append([]string{"Content-Type", media}, header...)...)
		refusal(t, route.Operation+" as "+media, got, 415, "media-type")
	}
	if route.Operation == "getDid" {
		return
	}
	limit := 64 << 10
	switch route.Operation {
	case "createSchema", "addSchemaVersion", "createType", "updateType", "issueCredential", "prepareCredential", "completeCredential", "verifyCredential":
		limit = 1 << 20
	case "importContext":
		limit = 2 << 20
	case "issueBatch":
		limit = 16 << 20
	}
	large := `{"name":"` + strings.Repeat("x", limit) + `"}`
	refusal(t, route.Operation+", too large", w.call(route.Method, path, w.secret, large, header...), 413, "too-large")
}

// TestWrongTypes gives each member of each body a value of each wrong type.
func TestWrongTypes(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture("north")
		before := f.census()
		for _, route := range nativeRoutes() {
			e, _ := f.example(route.Operation)
			body, ok := e.body.(object)
			if !ok || route.Method == http.MethodGet {
				continue
			}
			path, header := "/t/north/v1"+e.path, f.header(e)
			for name, right := range body {
				for _, wrong := range []any{nil, 1.5, true, sent, []any{}, []any{1}, object{}, object{"a": object{"b": sent}}} {
					if sameKind(right, wrong) || free(route.Operation, name) && wrong != nil {
						continue
					}
					if none, ok := wrong.([]any); ok && len(none) == 0 && name == "events" { // of a webhook: all of them
						continue
					}
					got := w.call(route.Method, path, w.secret, merged(body, name, wrong), header...)
					what := fmt.Sprintf("%s with %s %v", route.Operation, name, wrong)
					refusal(t, what, got, 400, "")
					if p := got.problem(); !strings.HasPrefix(p.Pointer, "/"+name) {
						t.Errorf("%s: pointer %q", what, p.Pointer)
					}
				}
			}
		}
		if after := f.census(); after != before {
			t.Errorf("something was stored: %s", difference(before, after))
		}
	})
}

// free tells of members that hold any JSON: a wrong one is the desk's to judge.
func free(operation, name string) bool {
	return name == "credential" && operation == "verifyCredential" || name == "evidence" || name == "schema" && strings.Contains(operation, "Schema")
}

func sameKind(a, b any) bool {
	kind := func(v any) string {
		switch v.(type) {
		case nil:
			return "null"
		case string:
			return "string"
		case bool:
			return "bool"
		case []any, []string:
			return "array"
		case object, map[string]string:
			return "object"
		}
		return "number"
	}
	return kind(a) == kind(b) && kind(a) != "array"
}

// TestBadValues sends what has the right shape and makes no sense.
func TestBadValues(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture("north")
		before := f.census()
		order := func(name string, value any) object { return merged(f.orderBody(), name, value) }
		claims := func(c object) object { return order("claims", c) }
		for _, c := range []struct {
			name, method, path string
			body               any
			status             int
			code, pointer      string
		}{
			{"unknown DID method", "POST", "/dids", object{"method": "example"}, 422, "method-not-supported", "/method"},
			{"unknown algorithm", "POST", "/dids", object{"algorithm": "RSA"}, 0, "", ""},
			{"unknown key algorithm", "POST", "/keys", object{"algorithm": "P-521"}, 0, "", ""},
			{"a key that is nobody's", "POST", "/dids", object{"keyId": "019a0000-0000-7000-8000-000000000000"}, 404, "key-not-found", "/keyId"},
			{"a key and an algorithm", "POST", "/dids", object{"keyId": "x", "algorithm": "P-256"}, 400, "key-ambiguous", "/keyId"},
			{"two keys of a did:key", "POST", "/dids", object{"algorithms": []string{"Ed25519", "P-256"}}, 400, "one-key", "/algorithms"},
			{"unknown option", "POST", "/dids", object{"method": "web", "options": object{"port": "1"}}, 400, "", ""},
			{"a DID of another place", "POST", "/dids", object{"method": "web", "options": object{"domain": "a b", "path": "x"}}, 400, "", "/options"},
			{"a path that climbs", "POST", "/dids", object{"method": "web", "options": object{"path": "../../etc"}}, 400, "", "/options"},
			{"unknown type", "POST", "/credentials", order("type", "019a0000-0000-7000-8000-000000000000"), 404, "type-not-found", "/type"},
			{"malformed type", "POST", "/credentials", order("type", "' OR 1=1 --"), 404, "type-not-found", "/type"},
			{"unknown variant", "POST", "/credentials", order("variant", "paper"), 400, "no-variant", "/variant"},
			{"issuer elsewhere", "POST", "/credentials", order("issuer", "did:example:issuer"), 404, "", "/issuer"},
			{"issuer of an unknown method", "POST", "/credentials/prepare", order("issuer", "did:example:issuer"), 400, "did-method-not-supported", "/issuer"},
			{"issuer that is no DID", "POST", "/credentials", order("issuer", "https://a.example"), 0, "", "/issuer"},
			{"a method of nobody's", "POST", "/credentials", order("method", "#x"), 404, "key-not-found", "/method"},
			{"an issuance of control characters", "POST", "/credentials", order("issuance", "a\x00b"), 400, "issuance", "/issuance"},
			{"a dry batch", "POST", "/credentials/batch?dry_run=true", object{"orders": []any{f.orderBody()}}, 400, "unknown-parameter", ""},
			{"a dry preparation", "POST", "/credentials/prepare?dry_run=true", f.orderBody(), 400, "unknown-parameter", ""},
			{"claims that do not fit", "POST", "/credentials", claims(object{"name": "x", "level": 0}), 400, "schema-violation", "/claims/level"},
			{"claims with more", "POST", "/credentials", claims(object{"name": "x", "pin": sent}), 400, "schema-violation", ""},
			{"claims of the wrong type", "POST", "/credentials", claims(object{"name": object{"first": sent}}), 400, "schema-violation", "/claims/name"},
			{"claims without what is needed", "POST", "/credentials", claims(object{"level": 2}), 400, "schema-violation", ""},
			{"a subject that is no URI", "POST", "/credentials", claims(object{"id": sent, "name": "x"}), 400, "subject-id", "/claims/id"},
			{"a recipient that is no DID", "POST", "/credentials", order("recipient", "https://a.example"), 400, "subject-id", "/recipient"},
			{"dates in the wrong order", "POST", "/credentials", merged(order("validFrom", "2030-01-01T00:00:00Z"), "validUntil", "2029-01-01T00:00:00Z"), 400, "validity-order", "/validUntil"},
			{"an end in the past", "POST", "/credentials", merged(order("validFrom", "2001-01-01T00:00:00Z"), "validUntil", "2002-01-01T00:00:00Z"), 400, "validity-past", "/validUntil"},
			{"no date", "POST", "/credentials", order("validFrom", "yesterday"), 400, "wrong-type", "/validFrom"},
			{"a date without end", "POST", "/credentials", order("validUntil", "99999-01-01T00:00:00Z"), 400, "", "/validUntil"},
			{"replaces nothing", "POST", "/credentials", order("replaces", "x"), 400, "replaces", "/replaces"},
			{"a mode of its own", "POST", "/credentials/prepare", order("mode", "sent"), 400, "mode", "/mode"},
			{"a negative life", "POST", "/credentials/prepare", order("expiresInSeconds", -1), 400, "expiry", "/expiresInSeconds"},
			{"a life too long", "POST", "/credentials/prepare", order("expiresInSeconds", 1<<50), 400, "expiry", "/expiresInSeconds"},
			{"no orders", "POST", "/credentials/batch", object{"orders": []any{}}, 400, "batch-size", "/orders"},
			{"no evidence", "POST", "/credentials/" + f.draft.ID + "/complete", object{}, 400, "evidence", ""},
			{"both evidences", "POST", "/credentials/" + f.draft.ID + "/complete", object{"signature": "AA", "credential": "x"}, 400, "evidence", ""},
			{"no base64url", "POST", "/credentials/" + f.draft.ID + "/complete", object{"signature": "a+b="}, 400, "signature", "/signature"},
			{"evidence that is no JWT", "POST", "/credentials/" + f.draft.ID + "/complete", object{"credential": sent}, 400, "", "/credential"},
			{"an unknown purpose", "POST", "/credentials/" + f.made.ID + "/status", object{"purpose": "blame", "value": 1}, 409, "no-status", ""},
			{"a value too large", "POST", "/credentials/" + f.made.ID + "/status", object{"purpose": "revocation", "value": 1 << 40}, 400, "status-value", "/value"},
			{"a reason too long", "POST", "/credentials/" + f.made.ID + "/status", object{"purpose": "suspension", "value": 1, "reason": strings.Repeat("ä", 1001)}, 400, "reason-too-long", "/reason"},
			{"a reason too long to revoke", "POST", "/credentials/" + f.made.ID + "/revoke", object{"reason": strings.Repeat("r", 1001)}, 400, "reason-too-long", "/reason"},
			{"a dry run that does not say so", "POST", "/credentials?dry_run", f.orderBody(), 400, "parameter", ""},
			{"a dry run that says nothing", "POST", "/credentials?dry_run=", f.orderBody(), 400, "parameter", ""},
			{"a name of control characters", "POST", "/schemas", object{"name": "x\x00y", "schema": object{}}, 400, "name-invalid", "/name"},
			{"a type of control characters", "POST", "/types", merged(f.typeBody(), "name", "x\x00y"), 400, "name-invalid", "/name"},
			{"a schema of every credential", "POST", "/schemas", object{"name": "x", "typeName": "VerifiableCredential", "schema": object{}}, 400, "type-name-invalid", "/typeName"},
			{"a schema that is true", "POST", "/schemas", object{"name": "x", "schema": true}, 400, "document-malformed", "/schema"},
			{"a schema that refers away", "POST", "/schemas", object{"name": "x", "schema": object{"type": "object", "properties": object{"a": object{"$ref": "https://a.example/s.json"}}}}, 400, "", "/schema"},
			{"a pattern that is none", "POST", "/schemas", object{"name": "x", "schema": object{"type": "object", "properties": object{"a": object{"type": "string", "pattern": "(("}}}}, 400, "", "/schema"},
			{"a schema that is none", "POST", "/schemas", object{"name": "x", "schema": object{"type": 7}}, 400, "", "/schema"},
			{"a context without a URL", "POST", "/contexts", object{"url": "x", "document": object{"@context": object{}}}, 400, "url-invalid", "/url"},
			{"a context that is none", "POST", "/contexts", object{"url": "https://a.example/c", "document": object{}}, 400, "document-malformed", "/document"},
			{"a wrong digest", "POST", "/contexts", object{"url": "https://a.example/c", "document": object{"@context": object{}}, "digest": "AAAA"}, 400, "digest-mismatch", "/digest"},
			{"an old type of nothing", "POST", "/types", object{"name": "x", "types": []any{}, "schema": object{"id": f.schema.ID}}, 400, "", "/types"},
			{"a variant of no format", "POST", "/types", merged(f.typeBody(), "variants", []any{object{"name": "a", "format": "paper", "model": "2.0"}}), 0, "", "/variants"},
			{"a variant of no model", "POST", "/types", merged(f.typeBody(), "variants", []any{object{"name": "a", "format": "jwtvc", "model": "3.0"}}), 0, "", "/variants"},
			{"an unknown purpose of a type", "POST", "/types", merged(f.typeBody(), "purposes", []any{"blame"}), 0, "", "/purposes"},
			{"a negative validity", "POST", "/types", merged(f.typeBody(), "validity", object{"maxSeconds": -1}), 400, "validity", "/validity/maxSeconds"},
			{"an unknown role", "POST", "/api-keys", object{"name": "x", "grants": []any{object{"role": "king", "organisation": f.org.ID}}}, 0, "", "/grants"},
			{"a right of another door", "POST", "/api-keys", object{"name": "x", "grants": []any{object{"role": "vc:org:manage", "organisation": f.org.ID}}}, 0, "", "/grants"},
			{"more than one has", "POST", "/api-keys", object{"name": "x", "grants": []any{object{"role": "operator"}}}, 0, "", ""},
			{"a limit of nothing", "GET", "/credentials?limit=0", nil, 400, "parameter", ""},
			{"a limit too large", "GET", "/credentials?limit=100000", nil, 400, "parameter", ""},
			{"a limit in words", "GET", "/schemas?limit=many", nil, 400, "parameter", ""},
			{"an unknown parameter", "GET", "/credentials?colour=red", nil, 400, "unknown-parameter", ""},
			{"a parameter twice", "GET", "/credentials?limit=1&limit=2", nil, 400, "duplicate-parameter", ""},
			{"a query that is none", "GET", "/credentials?limit=%zz", nil, 400, "query", ""},
			{"an unknown status", "GET", "/credentials?status=lost", nil, 400, "parameter", ""},
			{"a date that is none", "GET", "/credentials?from=yesterday", nil, 400, "parameter", ""},
			{"a negative position", "GET", "/events?after=-1", nil, 400, "parameter", ""},
			{"a position beyond", "GET", "/audit?after=9223372036854775808", nil, 400, "parameter", ""},
			{"an id of zero bytes", "GET", "/credentials/a%00b", nil, 404, "", ""},
			{"an id of odd bytes", "GET", "/credentials/%ff%fe", nil, 404, "", ""},
			{"an id that climbs", "GET", "/credentials/..%2f..%2fetc", nil, 404, "", ""},
			{"an id too long", "GET", "/credentials/" + strings.Repeat("a", 5000), nil, 404, "", ""},
			{"a DID that is none", "GET", "/dids/did:", nil, 404, "", ""},
			{"version zero", "GET", "/schemas/" + f.schema.ID + "/versions/0", nil, 404, "", ""},
			{"version in words", "GET", "/schemas/" + f.schema.ID + "/versions/first", nil, 404, "", ""},
			{"version beyond", "GET", "/schemas/" + f.schema.ID + "/versions/99999999999999999999", nil, 404, "", ""},
		} {
			got := w.call(c.method, "/v1"+c.path, f.key.Secret, c.body)
			refusal(t, c.name, got, c.status, c.code)
			if p := got.problem(); !strings.HasPrefix(p.Pointer, c.pointer) {
				t.Errorf("%s: pointer %q, want %s", c.name, p.Pointer, c.pointer)
			}
		}
		w.badHeaders(t, f)
		if after := f.census(); after != before {
			t.Errorf("something was stored: %s", difference(before, after))
		}
	})
}

func (w *world) badHeaders(t *testing.T, f *fixture) {
	t.Helper()
	for _, c := range []struct {
		name   string
		header []string
		status int
	}{
		{"a key too long", []string{"Idempotency-Key", strings.Repeat("k", 256)}, 400},
		{"no scheme", []string{"Authorization", f.key.Secret}, 401},
		{"another scheme", []string{"Authorization", "Basic " + f.key.Secret}, 401},
		{"an empty token", []string{"Authorization", "Bearer "}, 401},
		{"a token of odd bytes", []string{"Authorization", "Bearer \xff\xfe"}, 401},
		{"a JWT of nobody", []string{"Authorization", "Bearer eyJhbGciOiJub25lIn0.e30."}, 401},
		{"a long token", []string{"Authorization", "Bearer " + strings.Repeat("a", 20000)}, 401},
		{"an organisation that is none", []string{native.OrganisationHeader, "x' OR '1'='1"}, 404},
	} {
		got := w.call("POST", "/v1/credentials", f.key.Secret, f.orderBody(), c.header...)
		refusal(t, c.name, got, c.status, "")
	}
	for _, c := range []struct {
		method, path string
		status       int
	}{{"GET", "/v1/nothing", 404}, {"PUT", "/v1/credentials", 405}, {"DELETE", "/v1/whoami", 405}, {"GET", "/v1", 404}, {"GET", "/t/nowhere/v1/whoami", 404}} {
		got := w.call(c.method, c.path, f.key.Secret, nil)
		refusal(t, c.method+" "+c.path, got, c.status, "")
	}
	bad := w.call("GET", "/v1/events", f.key.Secret, nil, "Accept", "text/event-stream", "Last-Event-ID", "soon")
	refusal(t, "Last-Event-ID", bad, 400, "parameter")
}

// TestBadCredentials gives the verifier what is none: a report or a refusal, never a fault.
func TestBadCredentials(t *testing.T) {
	engines(t, func(t *testing.T, w *world) {
		f := w.fixture("north")
		parts := strings.Split(f.made.Credential, ".")
		for _, bad := range []any{
			"", "x", "..", "a.b.c", "eyJ.eyJ.x", parts[0] + "." + parts[1] + ".", parts[0] + "." + parts[1], parts[0] + ".." + parts[2],
			"eyJhbGciOiJub25lIn0." + parts[1] + ".", strings.Repeat("a.", 1000),
			object{},
			object{"@context": 1},
			[]any{},
			1, true, nil,
			f.made.Credential + "A", strings.Repeat("A", 200000), "\u0000",
		} {
			got := w.call("POST", "/v1/credentials/verify", f.key.Secret, object{"credential": bad})
			var report struct{ Outcome string }
			if got.status == 200 && decoded(got.body, &report) && (report.Outcome == "failed" || report.Outcome == "indeterminate") {
				continue
			}
			if got.status != 400 {
				t.Errorf("%.40v: %d %s", bad, got.status, shortened(got.body))
			}
		}
	})
}
