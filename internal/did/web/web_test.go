package web

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/internal/did"
	"github.com/chancery-vc/chancery/internal/did/didtest"
	"github.com/chancery-vc/chancery/internal/httpx"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/diddoc"
	"github.com/chancery-vc/chancery/spec/didweb"
)

// site serves documents by path, over real HTTP.
type site struct {
	mu    sync.Mutex
	files map[string]string
	host  string // host:port
}

func newSite(t *testing.T) *site {
	s := &site{files: map[string]string{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.host = strings.Replace(strings.TrimPrefix(server.URL, "http://"), "127.0.0.1", "localhost", 1)
	return s
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text, ok := s.files[r.URL.Path]
	switch {
	case !ok:
		http.NotFound(w, r)
	case text == "broken":
		w.WriteHeader(http.StatusInternalServerError)
	default:
		w.Header().Set("Content-Type", "application/did+json")
		_, _ = w.Write([]byte(text))
	}
}

func (s *site) put(path, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.files[path] = text
}

func (s *site) did(path string) string {
	return "did:web:" + strings.Replace(s.host, ":", "%3A", 1) + path
}

func (s *site) method() Method {
	return Method{Fetch: httpx.NewClient(httpx.ClientConfig{AllowLoopbackHTTP: true}), LoopbackHTTP: true}
}

func TestLaws(t *testing.T) {
	s := newSite(t)
	didtest.Run(t, didtest.Subject{
		Method:  s.method(),
		Options: map[string]string{"domain": s.host, "path": "tenants/acme"},
		Publish: func(_ string, document []byte) { s.put("/tenants/acme/did.json", string(document)) },
		Missing: s.did(":nothing:here"),
		Broken:  []string{"did:web:example.com:..:x", "did:web:example.com:a%2Fb", "did:web:example.com#key", "did:web:example.com:"},
	})
}

func TestResolve(t *testing.T) {
	s := newSite(t)
	s.put("/.well-known/did.json", `{"id":"`+s.did("")+`"}`)
	s.put("/ld/did.json", `{"@context":"https://www.w3.org/ns/did/v1","id":"`+s.did(":ld")+`"}`)
	s.put("/other/did.json", `{"id":"did:web:example.com"}`)
	s.put("/none/did.json", `{}`)
	s.put("/html/did.json", `<html>`)
	s.put("/broken/did.json", `broken`)
	for path, want := range map[string]struct {
		kind              vc.Kind
		code, contentType string
	}{
		"":        {contentType: "application/did+json"},
		":ld":     {contentType: "application/did+ld+json"},
		":other":  {kind: vc.Invalid, code: did.CodeInvalidDocument},
		":none":   {kind: vc.Invalid, code: did.CodeInvalidDocument},
		":html":   {kind: vc.Invalid, code: did.CodeInvalidDocument},
		":broken": {kind: vc.Unavailable, code: did.CodeInternal},
		":no":     {kind: vc.NotFound, code: did.CodeNotFound},
	} {
		resolution, err := s.method().Resolve(t.Context(), s.did(path))
		if want.code == "" {
			if err != nil || resolution.ContentType != want.contentType {
				t.Errorf("%q: %q, %v", path, resolution.ContentType, err)
			}
			continue
		}
		if e, ok := errors.AsType[*vc.Error](err); !ok || e.Kind != want.kind || e.Code != want.code {
			t.Errorf("%q: %v, want %v %q", path, err, want.kind, want.code)
		}
	}
	for name, try := range map[string]struct {
		method Method
		kind   vc.Kind
		code   string
	}{
		"no network":           {Method{LoopbackHTTP: true}, vc.Unavailable, did.CodeInternal},
		"closed loopback":      {Method{Fetch: httpx.NewClient(httpx.ClientConfig{}), LoopbackHTTP: true}, vc.Unavailable, did.CodeInternal},
		"localhost in earnest": {Method{Fetch: httpx.NewClient(httpx.ClientConfig{AllowLoopbackHTTP: true})}, vc.Invalid, did.CodeInvalid},
	} {
		_, err := try.method.Resolve(t.Context(), s.did(""))
		if e, ok := errors.AsType[*vc.Error](err); !ok || e.Kind != try.kind || e.Code != try.code {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCreate(t *testing.T) {
	key := vc.Key{Algorithm: vc.Ed25519, PublicJWK: []byte(`{"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`)}
	own := Method{Domain: "issuer.example"}
	for name, try := range map[string]struct {
		method       Method
		domain, path string
		did, code    string
	}{
		"domain":           {Method{}, "example.com", "", "did:web:example.com", ""},
		"port":             {Method{LoopbackHTTP: true}, "localhost:8080", "", "did:web:localhost%3A8080", ""},
		"loopback":         {Method{}, "localhost:8080", "", "", "place-invalid"},
		"address":          {Method{LoopbackHTTP: true}, "10.0.0.1", "", "", "place-invalid"},
		"path":             {Method{}, "example.com", "/a/b/", "did:web:example.com:a:b", ""},
		"own domain":       {own, "", "a", "did:web:issuer.example:a", ""},
		"another domain":   {own, "example.com", "", "did:web:example.com", ""},
		"own domain alone": {own, "", "", "", "path-missing"},
		"no domain":        {Method{}, "", "a", "", "domain-missing"},
		"a URL":            {Method{}, "https://example.com", "", "", "place-invalid"},
		"dots":             {Method{}, "example.com", "a/../b", "", "place-invalid"},
		"empty segment":    {Method{}, "example.com", "a//b", "", "place-invalid"},
	} {
		created, err := try.method.Create(t.Context(), did.CreateRequest{Keys: []vc.Key{key}, Options: map[string]string{"domain": try.domain, "path": try.path}})
		if try.code != "" {
			if e, ok := errors.AsType[*vc.Error](err); !ok || e.Kind != vc.Invalid || e.Code != try.code {
				t.Errorf("%s: made %q, %v", name, created.DID, err)
			}
			continue
		}
		if err != nil || created.DID != try.did {
			t.Errorf("%s: made %q, %v", name, created.DID, err)
			continue
		}
		// RFC 8037 appendix A.3: the thumbprint of this key.
		if want := try.did + "#kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"; created.Methods[0] != want {
			t.Errorf("%s: method %q", name, created.Methods[0])
		}
		if document, err := diddoc.Parse(created.Document); err != nil || document.VerificationMethods[0].Type != diddoc.JSONWebKey2020 {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := didweb.URL(created.DID, true); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReservedPaths(t *testing.T) {
	method := Method{Domain: "vc.example"}
	for path, reserved := range map[string]bool{"v1/x": true, "status/a": true, "t/north": true, "registrar": false, "north/v1": false} {
		_, err := method.name("", path)
		if e, ok := errors.AsType[*vc.Error](err); reserved != (ok && e.Code == "path-reserved") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := method.name("other.example", "v1"); err != nil {
		t.Errorf("another domain's paths are its own: %v", err)
	}
}
