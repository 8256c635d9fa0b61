package jsonld

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/chancery-vc/chancery/internal/sharedtest"
	"github.com/chancery-vc/chancery/spec/rdfcanon"
)

// FuzzToRDF: no panic gets out, nothing that went in is refused by the writer of N-Quads, what is kept changes nothing, and
// what is read strictly says the same when it is read as everybody does.
func FuzzToRDF(f *testing.F) {
	sharedtest.Seeds(f, func(data []byte) { f.Add(data) }, "github w3c/json-ld-api at 92f07705",
		"vectors", "json-ld-api", "tests", "toRdf")
	f.Add([]byte(credential(`{"@protected":5}`, `{"id":"ex:1"}`)))
	f.Add([]byte(credential(`{"x":{"@id":"ex:x","@nest":""}}`, `{"x":[{"@list":[[1]]}]}`)))
	shared := new(Processor)
	f.Fuzz(func(t *testing.T, document []byte) {
		quads, err := shared.ToRDF(document, nil)
		again, errAgain := new(Processor).ToRDF(document, nil)
		if (err == nil) != (errAgain == nil) {
			t.Fatalf("with contexts that are kept: %v, without: %v", err, errAgain)
		}
		if err != nil {
			e, ok := errors.AsType[*Error](err)
			if !ok || e.Code == CodeInternal {
				t.Fatalf("%v %v", err, errors.Unwrap(err))
			}
			return
		}
		first, second := text(t, quads), text(t, again)
		if first != second {
			t.Fatalf("with contexts that are kept\n%swithout\n%s", first, second)
		}
		r := new(Processor).run(nil)
		r.strict = false
		value, err := r.decode(document)
		if err != nil {
			t.Fatal(err)
		}
		loose, err := r.toRDF(value)
		if err != nil {
			t.Fatalf("refused only where nobody is strict: %v", err)
		}
		if third := text(t, loose); third != first {
			t.Fatalf("strictly\n%sloosely\n%s", first, third)
		}
	})
}

// text is the canonical form, or the plain one where that is too much work.
func text(t *testing.T, quads []rdfcanon.Quad) string {
	if _, err := rdfcanon.FormatNQuads(quads); err != nil {
		t.Fatalf("what was read cannot be written: %v", err)
	}
	result, err := rdfcanon.Canonicalize(context.Background(), quads, rdfcanon.Options{})
	if err != nil {
		return ""
	}
	return string(result.NQuads)
}

// FuzzContext: a document of a hostile publisher.
func FuzzContext(f *testing.F) {
	sharedtest.Values(f, func(value any) {
		if object, ok := value.(map[string]any); ok && object["@context"] != nil {
			raw, err := json.Marshal(map[string]any{"@context": object["@context"]})
			if err == nil {
				f.Add(raw)
			}
		}
	}, "github w3c/json-ld-api at 92f07705", "vectors", "json-ld-api", "tests", "expand")
	f.Fuzz(func(t *testing.T, document []byte) {
		loader := documents{"https://example.org/c": string(document)}
		for _, doc := range []string{
			`{"@context":"https://example.org/c","@id":"ex:1","@type":"T","term":{"a":"b"},"list":[{"@id":"ex:2"}]}`,
			`{"@context":["` + credentialsV2 + `","https://example.org/c"],"type":"VerifiableCredential","credentialSubject":{"id":"ex:1"}}`,
		} {
			_, err := new(Processor).ToRDF([]byte(doc), loader)
			if e, ok := errors.AsType[*Error](err); err != nil && (!ok || e.Code == CodeInternal) {
				t.Fatalf("%v %v", err, errors.Unwrap(err))
			}
		}
	})
}
