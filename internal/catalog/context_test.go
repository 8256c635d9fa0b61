package catalog_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/jsonld"
	"github.com/chancery-vc/chancery/spec/ldcontext/known"
)

func TestContextsOfAScope(t *testing.T) {
	h := open(t)
	ctx := t.Context()
	const shipped = "https://www.w3.org/ns/credentials/v2"
	found, err := h.Context(ctx, h.alpha.Scope, shipped)
	if err != nil || found.Source != "embedded" || len(found.Digest) != sha256.Size {
		t.Fatal(found.Source, err)
	}
	again, err := h.ImportContext(ctx, h.tenant, shipped, found.Document, found.Digest)
	if err != nil || again.Source != "embedded" {
		t.Error("what is shipped was imported", again.Source, err)
	}
	other := []byte(`{"@context":{"term":"https://vocab.example/#term"}}`)
	digest := sha256.Sum256(other)
	_, err = h.ImportContext(ctx, h.tenant, shipped, other, digest[:])
	wantCode(t, err, vc.Conflict, "context-exists", "")

	const url = "https://vocab.example/v1"
	if _, err := h.ImportContext(ctx, h.tenant, url, other, digest[:]); err != nil {
		t.Fatal(describe(err))
	}
	version := h.schema(t, h.alpha)
	derived, err := h.Version(ctx, h.alpha.Scope, version.ID, 1)
	if err != nil {
		t.Fatal(describe(err))
	}
	_, err = h.ImportContext(ctx, h.alpha, derived.ContextURL, other, digest[:])
	wantCode(t, err, vc.Conflict, "context-exists", "/url")
	if again, err = h.ImportContext(ctx, h.alpha, derived.ContextURL, derived.Context, derived.ContextDigest); err != nil || again.Source != "derived" {
		t.Error("what is derived was imported", again.Source, err)
	}
	loader := h.ContextLoader(ctx, h.alpha.Scope)
	for range 2 {
		for url, want := range map[string][]byte{shipped: found.Document, url: other, derived.ContextURL: derived.Context} {
			context, ok, err := loader.LoadContext(url)
			if err != nil || !ok || !bytes.Equal(context.Document, want) || context.Digest != sha256.Sum256(want) {
				t.Error(url, ok, err)
			}
		}
	}
	if _, ok, err := h.ContextLoader(ctx, h.other.Scope).LoadContext(url); ok || err != nil {
		t.Error("another tenant has the imported context", ok, err)
	}

	var processor jsonld.Processor
	document := []byte(`{"@context":["` + shipped + `","` + url + `","` + derived.ContextURL + `"],"type":"` + derived.TypeName + `","term":"x"}`)
	if _, err := processor.ToRDF(document, loader); err != nil {
		t.Error(err)
	}
	_, err = processor.ToRDF(document, h.ContextLoader(ctx, h.other.Scope))
	if e, ok := errors.AsType[*jsonld.Error](err); !ok || e.Code != jsonld.CodeUnknownContext || e.Context != url {
		t.Error(err)
	}
}

// A context stands under its URL for ever, so one that nobody can read is not let in.
func TestContextThatCannotBeRead(t *testing.T) {
	h := open(t)
	const url = "https://vocab.example/read"
	for name, c := range map[string]struct {
		document string
		code     string
	}{
		"a number for a term":    {`{"@context":{"a":5}}`, "context-invalid"},
		"a term that it has not": {`{"@context":{"a":"nothing"}}`, "context-invalid"},
		"itself":                 {`{"@context":["` + url + `"]}`, "context-invalid"},
		"a keyword for another":  {`{"@context":{"@type":"@id"}}`, "context-invalid"},
		"one that may come":      {`{"@context":["https://later.example/c",{"a":"https://vocab.example/#a"}]}`, ""},
		"imports what may come":  {`{"@context":{"@import":"https://later.example/c"}}`, ""},
		"terms of the model":     {`{"@context":{"a":"name"}}`, ""},
		"one that is shipped":    {`{"@context":["https://www.w3.org/ns/did/v1",{"a":"https://vocab.example/#a"}]}`, ""},
	} {
		document := []byte(c.document)
		digest := sha256.Sum256(document)
		_, err := h.ImportContext(t.Context(), h.alpha, url+"/"+name, document, digest[:])
		if name == "itself" {
			_, err = h.ImportContext(t.Context(), h.alpha, url, document, digest[:])
		}
		if e, ok := errors.AsType[*vc.Error](err); ok != (c.code != "") || ok && e.Code != c.code {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, shipped := range known.All() { // and what the world uses is
		if _, err := h.ImportContext(t.Context(), h.alpha, shipped.URL+"/again", shipped.Document, shipped.Digest[:]); err != nil {
			t.Errorf("%s: %v", shipped.URL, err)
		}
	}
}
