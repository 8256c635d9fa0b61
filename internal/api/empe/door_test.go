package empe

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/api/empe/wire"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
)

// TestTable: patterns do not contradict each other, operations have names of their own, and whoever changes something is known.
func TestTable(t *testing.T) {
	d := &Door{}
	d.Handler("", Prefix, TenantPrefix)
	names := map[string]bool{}
	for _, line := range d.lines() {
		if names[line.Operation] || line.Operation == "" || len(line.Statuses) == 0 {
			t.Errorf("%s %s: %q %v", line.Method, line.Pattern, line.Operation, line.Statuses)
		}
		names[line.Operation] = true
		login := slices.Contains(patterns(d.logins()), line.Pattern)
		if line.Auth == wire.Anyone && line.Method != http.MethodGet && !login {
			t.Errorf("anyone may %s %s", line.Method, line.Pattern)
		}
		if line.Auth == wire.Secret && len(line.Needs) == 0 && line.Operation != "RotateClientSecret" {
			t.Errorf("%s needs nothing", line.Operation)
		}
	}
}

func patterns(lines []wire.Line) (out []string) {
	for _, line := range lines {
		out = append(out, line.Pattern)
	}
	return out
}

// TestNoRoute: each service refuses in its own words.
func TestNoRoute(t *testing.T) {
	handler := (&Door{}).Handler(Prefix, TenantPrefix)
	for path, members := range map[string]int{
		"/empe/api/v1/nothing": 7, "/t/a/empe/wallet/nothing": 7, "/empe/api/v1/verifier/nothing": 2, "/t/a/empe/api/verifier/x/v1/nothing": 2,
	} {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, nil))
		var got map[string]any
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != http.StatusNotFound || len(got) != members {
			t.Errorf("%s: %d %v %v", path, w.Code, got, err)
		}
	}
}

func TestProof(t *testing.T) {
	state := `"state":"s"`
	for body, want := range map[string]struct{ token, submission, at string }{
		`{"vp_token":"a.b.c",` + state + `}`:                                            {"a.b.c", "", ""},
		`{"vp":{"a":1},` + state + `}`:                                                  {`{"a":1}`, "", ""},
		`{"verifiable_presentation":"{\"a\":1}",` + state + `}`:                         {`{"a":1}`, "", ""},
		`{"verifiablePresentation":"x","presentationSubmission":{"b":2},` + state + `}`: {"x", `{"b":2}`, ""},
		`{"vp_token":"x","presentation_submission":"{\"b\":2}",` + state + `}`:          {"x", `{"b":2}`, ""},
		`{"vp_token":null,"vp":"x","presentation_submission":null,` + state + `}`:       {"x", "", ""},
		`{` + state + `}`:                                      {"", "", "/vp_token"},
		`{"vp_token":"",` + state + `}`:                        {"", "", "/vp_token"},
		`{"vp_token":"x"}`:                                     {"x", "", "/state"},
		`{"vp_token":["x"],` + state + `}`:                     {"", "", "/vp_token"},
		`{"vp":7,` + state + `}`:                               {"", "", "/vp"},
		`{"vp_token":"x","vp":"x",` + state + `}`:              {"", "", "/vp"},
		`{"vp":"x","presentationSubmission":[],` + state + `}`: {"x", "", "/presentationSubmission"},
		`{"vp":"x","presentation_submission":{},"presentationSubmission":{},` + state + `}`: {"", "", "/presentationSubmission"},
	} {
		var p proof
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		r.Header.Set("Content-Type", "application/json")
		if err := wire.Decode(r, wire.SmallBody, &p); err != nil {
			t.Fatal(body, err)
		}
		answer, places, err := p.answer()
		if want.at != "" {
			if e := httpx.Shown(err); e.Kind != vc.Invalid || e.Pointer != want.at {
				t.Errorf("%s: %v", body, err)
			}
			continue
		}
		if err != nil || answer.VPToken != want.token || string(answer.Submission) != want.submission || answer.State != "s" || places["/vpToken"] == "" {
			t.Errorf("%s: %+v, %v", body, answer, err)
		}
	}
}

func TestCredentialOf(t *testing.T) {
	for secured, want := range map[string]string{"": "", `{"a":1}`: `{"a":1}`, "ey.a.b": `"ey.a.b"`} {
		var raw []byte
		if secured != "" {
			raw = []byte(secured)
		}
		got, err := credentialOf("1", raw)
		if err != nil || !slices.Equal(got.VC, jsontext.Value(want)) {
			t.Errorf("%s: %s, %v", secured, got.VC, err)
		}
	}
}

func TestSchemaOrder(t *testing.T) {
	all := []schemaWire{{Type: "B", Name: "x", Version: 1}, {Type: "A", Name: "y", Version: 2}, {Type: "A", Name: "z", Version: 1}}
	for query, want := range map[string]string{
		"": "A1 A2 B1", "sortBy=type&sortOrder=desc": "B1 A2 A1", "sortBy=name": "B1 A2 A1", "sortBy=version&sortOrder=ASC": "A1 B1 A2",
		"sortBy=version&sortOrder=DESC": "A2 B1 A1",
	} {
		order, err := schemaOrder(httptest.NewRequest(http.MethodGet, "/?"+query, nil))
		if err != nil {
			t.Fatal(query, err)
		}
		slices.SortFunc(all, order)
		var got []string
		for _, one := range all {
			got = append(got, one.Type+string(rune('0'+one.Version)))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v", query, got)
		}
	}
	for _, query := range []string{"sortBy=id", "sortOrder=up"} {
		if _, err := schemaOrder(httptest.NewRequest(http.MethodGet, "/?"+query, nil)); vc.KindOf(err) != vc.Invalid {
			t.Errorf("%s: %v", query, err)
		}
	}
}
