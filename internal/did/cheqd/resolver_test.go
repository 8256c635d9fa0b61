package cheqd_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/did"
	ledger "github.com/chancery-vc/chancery/internal/did/cheqd"
	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/cheqd"
	"github.com/chancery-vc/chancery/spec/diddoc"
)

// Ask makes a call with a header.
func (g guarded) Ask(ctx context.Context, method, url string, header http.Header, body []byte) (int, []byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(string(body)))
	if err != nil {
		return 0, nil, err
	}
	request.Header = header
	response, err := g.client.Do(request)
	return response.Status, response.Body, err
}

// through is a method that reads through a resolver.
func through(url string) ledger.Method {
	return ledger.Method{Remote: client(), Networks: map[string]ledger.Network{cheqd.Testnet: {Resolver: url + "/1.0/identifiers/"}}}
}

// resolverRecord is what cheqd's resolver was asked, and answered.
type resolverRecord struct {
	Request struct {
		Path, Accept string
		Body         json.RawMessage
	}
	Status   int
	Response json.RawMessage
}

func recordedResolver(t *testing.T, name string) (r resolverRecord) {
	t.Helper()
	if err := json.Unmarshal(sharedtest.Read(t, "a cheqd did-resolver", "transcripts", "cheqd", "registrar", "registrar-"+name+".json"), &r); err != nil {
		t.Fatal(err)
	}
	return r
}

// TestRecordedResolver reads what cheqd's own resolver answered.
func TestRecordedResolver(t *testing.T) {
	const (
		subject = "did:cheqd:testnet:b4e850cb-6c0b-4a79-a425-a11f48fadd55"
		one     = "42b930fb-36b5-4658-97ab-e3550532e8ea"
		two     = "4863333e-a43a-4405-9b8c-75d815484c05"
	)
	answers := map[string]resolverRecord{}
	for _, name := range []string{"03-resolve", "08-deref-path", "09-deref-query", "11-deref-query-metadata", "14-deref-versiontime", "15-deref-missing", "16-metadata", "17-versions", "23-notfound"} {
		r := recordedResolver(t, name)
		answers[strings.ReplaceAll(r.Request.Accept, `"`, "")+" "+r.Request.Path] = r
	}
	bytesOf := map[string]string{}
	for name, id := range map[string]string{"07-resource-finish": one, "13-updateResource-finish": two} {
		var said struct {
			State struct{ Content string } `json:"didUrlState"`
		}
		if err := json.Unmarshal(recordedResolver(t, name).Response, &said); err != nil {
			t.Fatal(err)
		}
		bytesOf["/1.0/identifiers/"+subject+"/resources/"+id] = said.State.Content
	}
	spoilt := false
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if r.URL.RawQuery != "" { // names in one order
			query := r.URL.Query()
			var parts []string
			for _, name := range []string{"resourceType", "resourceName", "resourceVersionTime", "resourceMetadata"} {
				if query.Get(name) != "" {
					parts = append(parts, name+"="+query.Get(name))
				}
			}
			path += "?" + strings.Join(parts, "&")
		}
		if content, ok := bytesOf[path]; ok && r.Header.Get("Accept") == "*/*" {
			if spoilt {
				content += " "
			}
			_, _ = io.WriteString(w, content)
			return
		}
		for asked, record := range answers {
			accept, place, _ := strings.Cut(asked, " ")
			if strings.HasPrefix(place, "/1.0/identifiers/"+subject+"?resourceName=Permit&resourceType=anonCredsSchema") {
				place = strings.Replace(place, "resourceName=Permit&resourceType=anonCredsSchema", "resourceType=anonCredsSchema&resourceName=Permit", 1)
			}
			if place == path && accept == strings.ReplaceAll(r.Header.Get("Accept"), `"`, "") {
				w.WriteHeader(record.Status)
				_, _ = w.Write(record.Response)
				return
			}
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	t.Cleanup(server.Close)
	m := through(server.URL)
	ctx := t.Context()
	resolution, err := m.Resolve(ctx, subject)
	if err != nil || resolution.Metadata.VersionID != "f8a8e29a-271e-4287-b798-4c0881531556" || resolution.Metadata.Created.IsZero() || resolution.Metadata.Deactivated {
		t.Errorf("%+v, %v", resolution.Metadata, err)
	}
	if document, err := diddoc.Parse(resolution.Document); err != nil || document.ID != subject || len(document.VerificationMethods) != 1 {
		t.Errorf("%s, %v", resolution.Document, err)
	}
	at := time.Date(2026, 11, 22, 0, 14, 50, 0, time.UTC)
	for id, query := range map[string]did.ResourceQuery{
		one + "":  {ID: one},
		one + " ": {Name: "Permit", Type: "anonCredsSchema"},
		two + "":  {Name: "Permit", Type: "anonCredsSchema", Time: at},
	} {
		query.DID = subject
		got, err := m.Resource(ctx, query)
		if err != nil || got.URL != subject+"/resources/"+strings.TrimSpace(id) || got.MediaType != "application/json" || len(got.Data) == 0 || got.Created.IsZero() {
			t.Errorf("%+v: %+v, %v", query, got, err)
		}
	}
	for url, want := range map[string]struct {
		kind int
		has  string
	}{
		subject + "#key-1":            {diddoc.ToDocument, ""},
		subject + "/metadata":         {diddoc.ToMetadata, ""},
		subject + "/versions":         {diddoc.ToContent, `"versions"`},
		subject + "/resources/" + one: {diddoc.ToContent, `"Permit"`},
		subject + "?resourceName=Permit&resourceType=anonCredsSchema&resourceMetadata=true": {diddoc.ToContent, ""},
	} {
		got, err := m.Dereference(ctx, url)
		if err != nil || got.Kind != want.kind || !strings.Contains(string(got.Content), want.has) {
			t.Errorf("%s: %d %s, %v", url, got.Kind, got.Content, err)
		}
	}
	fault := func(what string, err error, kind vc.Kind, code string) {
		t.Helper()
		if e, ok := errors.AsType[*vc.Error](err); !ok || e.Kind != kind || e.Code != code {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err = m.Resolve(ctx, "did:cheqd:testnet:2a55d5f3-b69c-40be-864c-a776bff538b8")
	fault("nobody", err, vc.NotFound, did.CodeNotFound)
	_, err = m.Resource(ctx, did.ResourceQuery{DID: subject, Name: "Nope", Type: "anonCredsSchema"})
	fault("nothing", err, vc.NotFound, did.CodeNotFound)
	spoilt = true
	_, err = m.Resource(ctx, did.ResourceQuery{DID: subject, ID: one})
	fault("other bytes", err, vc.Unavailable, did.CodeInternal)
}

// TestResolversThatLie has resolvers that give another DID, another version, or nothing.
func TestResolversThatLie(t *testing.T) {
	const version = "c4ee34ec-75f5-4b39-bb50-5ac4f86c36b3"
	document := func(id, more string) string {
		return `{"didDocument":{"@context":"https://www.w3.org/ns/did/v1","id":"` + id + `"},"didDocumentMetadata":{` + more + `}}`
	}
	for name, c := range map[string]struct {
		status int
		body   string
		kind   vc.Kind
		code   string
	}{
		"another DID":       {200, document(missing, `"versionId":"`+version+`"`), vc.Invalid, did.CodeInvalidDocument},
		"another version":   {200, document(known, `"versionId":"`+missing[18:]+`"`), vc.Invalid, did.CodeInvalidDocument},
		"no version":        {200, document(known, ""), vc.Invalid, did.CodeInvalidDocument},
		"no document":       {200, `{"didDocument":null,"didDocumentMetadata":{}}`, vc.Unavailable, did.CodeInternal},
		"no result":         {200, `[]`, vc.Unavailable, did.CodeInternal},
		"a page":            {502, `<html>`, vc.Unavailable, did.CodeInternal},
		"no such DID":       {404, `{"didResolutionMetadata":{"error":"notFound"}}`, vc.NotFound, did.CodeNotFound},
		"not found, in 500": {500, `{"didResolutionMetadata":{"error":"notFound"}}`, vc.NotFound, did.CodeNotFound},
		"no DID":            {400, `{"didResolutionMetadata":{"error":"invalidDid"}}`, vc.Invalid, did.CodeInvalid},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = io.WriteString(w, c.body)
		}))
		_, err := through(server.URL).ResolveVersion(t.Context(), known, version)
		if e, ok := errors.AsType[*vc.Error](err); !ok || e.Kind != c.kind || e.Code != c.code {
			t.Errorf("%s: %v", name, err)
		}
		server.Close()
	}
	gone := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusGone)
		_, _ = io.WriteString(w, `{"didDocument":null,"didDocumentMetadata":{"deactivated":true,"versionId":"`+strings.ToUpper(version)+`"}}`)
	}))
	t.Cleanup(gone.Close)
	if got, err := through(gone.URL).ResolveVersion(t.Context(), known, version); err != nil || !got.Metadata.Deactivated || !strings.Contains(string(got.Document), known) {
		t.Errorf("%s, %v", got.Document, err)
	}
	for _, network := range []ledger.Network{
		{Registrar: "https://a.example/1.0/"},
		{REST: "https://a.example", Resolver: "https://a.example"},
		{REST: "https://a.example", Token: "x"},
		{Resolver: "https://me:secret@a.example"},
		{REST: "https://a.example", Registrar: "ftp://a.example"},
	} {
		if fault := (ledger.Method{Networks: map[string]ledger.Network{"testnet": network}}).Check(); fault == nil || strings.Contains(fault.Error(), "secret") {
			t.Errorf("%+v is taken, or told: %v", network, fault)
		}
	}
	read := ledger.Method{Networks: map[string]ledger.Network{"testnet": {Resolver: "https://a.example"}}}
	if _, err := read.Create(t.Context(), did.CreateRequest{Keys: []vc.Key{{}}}); vc.KindOf(err) != vc.Unsupported {
		t.Errorf("made without a registrar: %v", err)
	}
}
