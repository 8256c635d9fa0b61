package wire

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"image/png"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

func TestFailure(t *testing.T) {
	schemas := []int{201, 400, 401, 409}
	for what, c := range map[string]struct {
		err      error
		statuses []int
		status   int
		name     string
		code     int
	}{
		"as it is":               {vc.Errorf(vc.Conflict, "schema-in-use", "x"), schemas, 409, "SchemaInUseError", 10409},
		"not found, undescribed": {vc.Errorf(vc.NotFound, "credential-not-found", "x"), []int{200, 400}, 400, "CredentialNotFoundError", 10400},
		"no such place":          {vc.Errorf(vc.NotFound, "tenant-not-found", "x"), []int{200, 400}, 404, "TenantNotFoundError", 10404},
		"denied, as not found":   {vc.Errorf(vc.Denied, "not-this-issuer", "x"), []int{200, 400, 404}, 404, "NotThisIssuerError", 10404},
		"denied, undescribed":    {vc.Errorf(vc.Denied, "no-issuer", "x"), []int{200, 400}, 403, "NoIssuerError", 10403},
		"gone, as not found":     {vc.Errorf(vc.Gone, "offering-expired", "x"), []int{200, 400, 404}, 404, "OfferingExpiredError", 10404},
		"gone, as invalid":       {vc.Errorf(vc.Gone, "code-expired", "x"), []int{200, 400}, 400, "CodeExpiredError", 10400},
		"gone, with no list":     {vc.Errorf(vc.Gone, "flow-expired", "x"), nil, 410, "FlowExpiredError", 10410},
		"too large":              {vc.Errorf(vc.Invalid, "too-large", "x"), schemas, 413, "TooLargeError", 10413},
		"no kind":                {http.ErrBodyNotAllowed, schemas, 500, "InternalServerError", 10001},
		"too many":               {vc.Errorf(vc.Unavailable, "too-many-requests", "x"), schemas, 429, "TooManyRequestsError", 10429},
		"a place it names":       {vc.Errorf(vc.Denied, "address-not-allowed", "x"), schemas, 400, "AddressNotAllowedError", 10400},
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/empe/api/v1/schemas?x=1", nil)
		(&Kernel{}).refuse(w, r, Line{Statuses: c.statuses}, c.err)
		var got Failure
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Fatal(err)
		}
		if w.Code != c.status || got.StatusCode != c.status || got.HTTPCode != c.status || got.Name != c.name || got.Code != c.code ||
			got.Method != "POST" || got.Path != "/empe/api/v1/schemas" || got.Stack != "" {
			t.Errorf("%s: %d %+v", what, w.Code, got)
		}
		if after := w.Header().Get("Retry-After"); (after != "") != (c.status == http.StatusTooManyRequests) {
			t.Errorf("%s: try again after %q", what, after)
		}
	}
}

func TestMessage(t *testing.T) {
	e := vc.Errorf(vc.Invalid, "schema-violation", "the claims do not fit").At("/credential_subject")
	for i := range 10 {
		e.Details = append(e.Details, vc.Finding{Message: "too short", Pointer: "/a" + strconv.Itoa(i)})
	}
	e.Details[0].Warning = true
	e.Details = append([]vc.Finding{{Message: e.Message, Pointer: e.Pointer}}, e.Details...)
	got := message(e)
	if !strings.HasPrefix(got, "the claims do not fit (at /credential_subject); too short (at /a1)") || !strings.HasSuffix(got, "; and more") ||
		strings.Count(got, "too short") != said {
		t.Error(got)
	}
	once := vc.Errorf(vc.Invalid, "undefined-term", `no context defines the term ("x")`).At("/a")
	once.Details = []vc.Finding{
		{Message: "no context defines the term", Pointer: "/a"},
		{Message: "no context defines the term", Pointer: "/b"},
		{Code: "one", Message: "it could not be read"},
		{Code: "two", Message: "it could not be read"},
	}
	if got, want := message(once), `no context defines the term ("x") (at /a); no context defines the term (at /b); it could not be read`; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestStack(t *testing.T) {
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
	(&Kernel{Verbose: true, Refusal: BriefOf}).Fail(w, r, vc.Errorf(vc.Invalid, "x", "y").Because(http.ErrBodyNotAllowed))
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 3 || got["code"] != 10400.0 || got["message"] != "y" || !strings.Contains(got["stack"].(string), http.ErrBodyNotAllowed.Error()) {
		t.Error(got)
	}
}

func TestAnswerCode(t *testing.T) {
	text := []byte(`{"type":"credential_offering","offering_id":"0199"}`)
	for what, c := range map[string]struct{ query, accept, kind string }{
		"nothing asked":  {"", "", "application/json"},
		"any":            {"", "*/*", "application/json"},
		"a browser":      {"", "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8", "image/svg+xml"},
		"png":            {"", "image/png", "image/png"},
		"any picture":    {"", "image/*;q=0.5", "image/png"},
		"the query wins": {"?format=png", "application/json", "image/png"},
		"svg":            {"?format=svg&size=300", "", "image/svg+xml"},
	} {
		w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/"+c.query, nil)
		r.Header.Set("Accept", c.accept)
		if err := AnswerCode(w, r, text); err != nil {
			t.Fatal(what, err)
		}
		if got := w.Header().Get("Content-Type"); got != c.kind {
			t.Errorf("%s: %s", what, got)
		}
		switch c.kind {
		case "application/json":
			if !bytes.Equal(w.Body.Bytes(), text) {
				t.Errorf("%s: %s", what, w.Body)
			}
		case "image/png":
			if img, err := png.Decode(w.Body); err != nil || img.Bounds().Dx() < 200 || img.Bounds().Dx() != img.Bounds().Dy() {
				t.Errorf("%s: %v", what, err)
			}
		default:
			if err := xml.Unmarshal(w.Body.Bytes(), new(struct{ XMLName xml.Name })); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
	}
	for _, query := range []string{"?format=gif", "?size=x", "?size=63", "?size=1025"} {
		err := AnswerCode(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/"+query, nil), text)
		if vc.KindOf(err) != vc.Invalid {
			t.Errorf("%s: %v", query, err)
		}
	}
}

func TestWhole(t *testing.T) {
	for n, ok := range map[float64]bool{1: true, 5: true, 0: false, 6: false, 1.5: false, -1: false, 1e300: false} {
		if got, err := Whole(&n, 1, 5, "/n"); (err == nil) != ok || ok && got != int(n) {
			t.Errorf("%v: %d, %v", n, got, err)
		}
	}
	if n, err := Whole(nil, 1, 5, "/n"); n != 0 || err != nil {
		t.Error(n, err)
	}
}

func TestURL(t *testing.T) {
	k := &Kernel{Public: "https://office.example", Prefix: "/empe"}
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	if got := k.URL(r); got != "https://office.example/empe" || len(k.audiences(r)) != 2 {
		t.Error(got, k.audiences(r))
	}
	r.SetPathValue("tenant", "acme")
	if got := k.audiences(r); len(got) != 1 || got[0] != "https://office.example/t/acme/empe" {
		t.Error(got)
	}
}

func TestQuery(t *testing.T) {
	at := func(query string) *http.Request { return httptest.NewRequest(http.MethodGet, "/?"+query, nil) }
	for query, want := range map[string]vc.Page{
		"": {Limit: 50}, "limit=1&offset=7": {Limit: 1, Offset: 7}, "limit=1000": {Limit: 1000}, "offset=0": {Limit: 50},
	} {
		if page, err := Page(at(query), 50, 1000); err != nil || page != want {
			t.Errorf("%s: %+v, %v", query, page, err)
		}
	}
	for _, query := range []string{"limit=0", "limit=1001", "limit=x", "limit=1.5", "offset=-1", "offset=99999999999"} {
		if _, err := Page(at(query), 50, 1000); vc.KindOf(err) != vc.Invalid || err == nil {
			t.Errorf("%s: %v", query, err)
		}
	}
	if got, err := Time(at("t=2026-11-22T10:00:00%2B01:00"), "t"); err != nil || got.Format(time.RFC3339) != "2026-11-22T09:00:00Z" {
		t.Error(got, err)
	}
	if got, err := Time(at(""), "t"); err != nil || !got.IsZero() {
		t.Error(got, err)
	}
	if _, err := Time(at("t=2026-11-22"), "t"); err == nil {
		t.Error("a date is no date-time")
	}
}

func TestID(t *testing.T) {
	const id = "01a2027e-e829-7a2c-99ca-32707ee16d9d"
	none := vc.Errorf(vc.NotFound, "none", "x")
	for text, want := range map[string]string{
		id: id, strings.ToUpper(id): id, "": "", "x": "", "{" + id + "}": "", "urn:uuid:" + id: "", strings.ReplaceAll(id, "-", ""): "", id[:35] + "\x00": "",
	} {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.SetPathValue("id", text)
		if got, err := ID(r, "id", none); got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", text, got, err)
		}
	}
}
