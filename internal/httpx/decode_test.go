package httpx

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
)

type shape struct {
	Name  string    `json:"name"`
	Count int8      `json:"count"`
	List  []string  `json:"list"`
	At    time.Time `json:"at"`
	Inner struct {
		Yes *bool `json:"yes"`
	} `json:"inner"`
	Claims jsontext.Value    `json:"claims"`
	Map    map[string]string `json:"map"`
}

func post(body, contentType string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", contentType)
	return r
}

func TestDecodeJSONRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		body, contentType, code, pointer string
		kind                             vc.Kind
	}{
		"media type":       {`{}`, "text/plain", CodeMediaType, "", vc.Unsupported},
		"no media type":    {`{}`, "", CodeMediaType, "", vc.Unsupported},
		"charset":          {`{}`, "application/json; charset=latin1", CodeMediaType, "", vc.Unsupported},
		"empty":            {``, "", CodeNotJSON, "", vc.Invalid},
		"not JSON":         {`{"name":`, "", CodeNotJSON, "/name", vc.Invalid},
		"text":             {`hello`, "", CodeNotJSON, "", vc.Invalid},
		"trailing":         {`{} {}`, "", CodeNotJSON, "", vc.Invalid},
		"not UTF-8":        {"{\"name\":\"\xff\"}", "", CodeNotJSON, "/name", vc.Invalid},
		"duplicate":        {`{"inner":{"yes":true,"yes":false}}`, "", CodeDuplicate, "/inner/yes", vc.Invalid},
		"duplicate in raw": {`{"claims":{"a/b":1,"a/b":2}}`, "", CodeDuplicate, "/claims/a~1b", vc.Invalid},
		"unknown":          {`{"nome":"x"}`, "", CodeUnknown, "/nome", vc.Invalid},
		"unknown case":     {`{"Name":"x"}`, "", CodeUnknown, "/Name", vc.Invalid},
		"unknown inner":    {`{"inner":{"a~b":1}}`, "", CodeUnknown, "/inner/a~0b", vc.Invalid},
		"wrong type":       {`{"name":1}`, "", CodeWrongType, "/name", vc.Invalid},
		"wrong item":       {`{"list":["a",2]}`, "", CodeWrongType, "/list/1", vc.Invalid},
		"wrong shape":      {`[]`, "", CodeWrongType, "", vc.Invalid},
		"null":             {`null`, "", CodeWrongType, "", vc.Invalid},
		"null member":      {`{"name":null}`, "", CodeWrongType, "/name", vc.Invalid},
		"null inside":      {`{"inner":{"yes":null}}`, "", CodeWrongType, "/inner/yes", vc.Invalid},
		"null raw":         {`{"claims":null}`, "", CodeWrongType, "/claims", vc.Invalid},
		"null in map":      {`{"map":{"a":null}}`, "", CodeWrongType, "/map/a", vc.Invalid},
		"fraction":         {`{"count":1.5}`, "", CodeWrongType, "/count", vc.Invalid},
		"range":            {`{"count":300}`, "", CodeNumberRange, "/count", vc.Invalid},
		"huge number":      {`{"claims":{"n":1e400}}`, "", CodeNumberRange, "/claims/n", vc.Invalid},
		"time":             {`{"at":"tomorrow"}`, "", CodeWrongType, "/at", vc.Invalid},
		"deep":             {strings.Repeat("[", 70) + strings.Repeat("]", 70), "", CodeTooDeep, strings.Repeat("/0", MaxDepth), vc.Invalid},
		"too large":        {`{"name":"` + strings.Repeat("x", 2000) + `"}`, "", CodeTooLarge, "", vc.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			contentType := c.contentType
			if c.code != CodeMediaType {
				contentType = "application/json; charset=UTF-8"
			}
			var into shape
			err := DecodeJSON(post(c.body, contentType), 1024, &into)
			e, ok := errors.AsType[*vc.Error](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			if e.Code != c.code || e.Pointer != c.pointer || e.Kind != c.kind {
				t.Errorf("got %v %q at %q (%s), want %v %q at %q", e.Kind, e.Code, e.Pointer, e.Message, c.kind, c.code, c.pointer)
			}
		})
	}
}

func TestDecodeJSONAccepts(t *testing.T) {
	var into shape
	body := `{"name":"é","count":-1,"list":[],"at":"2026-11-22T10:00:00Z","inner":{"yes":true},"claims":{"x":[null,{"y":1}]}}`
	if err := DecodeJSON(post(body, "application/json"), 1024, &into); err != nil {
		t.Fatal(err)
	}
	if into.Name != "é" || into.Count != -1 || !*into.Inner.Yes || string(into.Claims) != `{"x":[null,{"y":1}]}` {
		t.Errorf("got %+v", into)
	}
}

func TestDecodeJSONWithoutLength(t *testing.T) {
	r := post(`{"name":"`+strings.Repeat("x", 2000)+`"}`, "application/json")
	r.ContentLength = -1
	if err := DecodeJSON(r, 1024, &shape{}); vc.KindOf(err) != vc.Invalid {
		t.Errorf("got %v", err)
	}
	r = post(`{"name":"x"}`, "application/json")
	r.ContentLength = -1
	if err := DecodeJSON(r, 1024, &shape{}); err != nil {
		t.Error(err)
	}
}

// FuzzDecodeJSON: whatever comes in, an error is one of ours and tells a kind that is the caller's fault.
func FuzzDecodeJSON(f *testing.F) {
	for _, seed := range []string{`{}`, `{"name":1}`, `{"a":{"a":1,"a":2}}`, `[[[[`, "\xff", `{"claims":{"x":1e999}}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		err := DecodeJSON(post(body, "application/json"), 1<<16, &shape{})
		if err == nil {
			return
		}
		if e, ok := errors.AsType[*vc.Error](err); !ok || e.Kind != vc.Invalid || e.Code == "" {
			t.Errorf("%q: %v", body, err)
		}
	})
}

// Who sends null is told so, where no type can be named.
func TestNullIsNamed(t *testing.T) {
	var into struct {
		Claims jsontext.Value `json:"claims"`
	}
	for _, body := range []string{`{"claims":null}`, `null`} {
		if err := UnmarshalJSON([]byte(body), &into); err == nil || !strings.Contains(err.Error(), "expected a value, and not null") {
			t.Errorf("%s: %v", body, err)
		}
	}
}
