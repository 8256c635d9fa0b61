package jsonld

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/spec/ldcontext/known"
)

const (
	credentialsV1 = "https://www.w3.org/2018/credentials/v1"
	credentialsV2 = "https://www.w3.org/ns/credentials/v2"
	examplesV2    = "https://www.w3.org/ns/credentials/examples/v2"
)

// documents is a loader of a test's own contexts, before those that are shipped.
type documents map[string]string

func (d documents) LoadContext(url string) (Context, bool, error) {
	if text, ok := d[url]; ok {
		return Context{Document: []byte(text)}, true, nil
	}
	return Known{}.LoadContext(url)
}

// credential makes a credential of VCDM 2.0 whose contexts after the first and whose subject are given.
func credential(contexts, subject string) string {
	if contexts != "" {
		contexts = "," + contexts
	}
	return `{"@context":["` + credentialsV2 + `"` + contexts + `],"type":["VerifiableCredential"],` +
		`"issuer":"https://issuer.example/1","credentialSubject":` + subject + `}`
}

func TestLies(t *testing.T) {
	name := `{"name1":"https://schema.org/name"}`
	for _, test := range []struct {
		name, document, code, pointer string
	}{
		{"undefined term", credential("", `{"id":"did:example:1","degree":"none"}`), CodeUndefinedTerm, "/credentialSubject/degree"},
		{"undefined term at the top", strings.Replace(credential("", `{"id":"did:example:1"}`), `"issuer"`, `"extra":1,"issuer"`, 1), CodeUndefinedTerm, "/extra"},
		{"undefined term deep in arrays", credential(name, `[{"name1":[{"a~/b":1}]}]`), CodeUndefinedTerm, "/credentialSubject/0/name1/0/a~0~1b"},
		{"undefined term in a list", credential(`{"l":{"@id":"ex:l","@container":"@list"}}`, `{"l":[{"id":"ex:1"},{"no":1}]}`), CodeUndefinedTerm, "/credentialSubject/l/1/no"},
		{"undefined term in @list", credential(`{"l":"ex:l"}`, `{"l":{"@list":[{"no":1}]}}`), CodeUndefinedTerm, "/credentialSubject/l/@list/0/no"},
		{"undefined term in @set", credential(`{"l":"ex:l"}`, `{"l":{"@set":[{"no":1}]}}`), CodeUndefinedTerm, "/credentialSubject/l/@set/0/no"},
		{"undefined term in @reverse", credential(`{"l":"ex:l"}`, `{"id":"ex:1","@reverse":{"no":{"id":"ex:2"}}}`), CodeUndefinedTerm, "/credentialSubject/@reverse/no"},
		{"undefined term in @graph", credential("", `{"id":"ex:1","@graph":[{"no":1}]}`), CodeUndefinedTerm, "/credentialSubject/@graph/0/no"},
		{"undefined term in @included", credential("", `{"id":"ex:1","@included":[{"no":1}]}`), CodeUndefinedTerm, "/credentialSubject/@included/0/no"},
		{"undefined term in @nest", credential(`{"n":"@nest"}`, `{"id":"ex:1","n":{"no":1}}`), CodeUndefinedTerm, "/credentialSubject/n/no"},
		{"unknown keyword", credential("", `{"id":"ex:1","@foo":1}`), CodeUndefinedTerm, "/credentialSubject/@foo"},
		{"a keyword of frames", credential("", `{"id":"ex:1","@default":1}`), CodeUndefinedTerm, "/credentialSubject/@default"},
		{"undefined type", credential("", `{"id":"did:example:1","type":"Person"}`), CodeUndefinedType, "/credentialSubject/type"},
		{"undefined type in an array", strings.Replace(credential("", `{"id":"did:example:1"}`), `["VerifiableCredential"]`, `["VerifiableCredential","X"]`, 1), CodeUndefinedType, "/type/1"},
		{"undefined type made absolute by a base", credential(`{"@base":"https://example.org/"}`, `{"type":"Person"}`), CodeUndefinedType, "/credentialSubject/type"},
		{"undefined datatype", credential(name, `{"name1":{"@value":"x","@type":"date"}}`), CodeUndefinedType, "/credentialSubject/name1/@type"},
		{"type that is null", credential(`{"Person":null}`, `{"type":"Person"}`), CodeUndefinedType, "/credentialSubject/type"},
		{"undefined type as a key", credential(`{"t":{"@id":"ex:t","@container":"@type"}}`, `{"t":{"Person":{"id":"ex:1"}}}`), CodeUndefinedType, "/credentialSubject/t/Person"},
		{"relative id", credential("", `{"id":"someone"}`), CodeRelative, "/credentialSubject/id"},
		{"relative id, a fragment", credential("", `{"id":"#someone"}`), CodeRelative, "/credentialSubject/id"},
		{"empty id", credential("", `{"id":""}`), CodeRelative, "/credentialSubject/id"},
		{"id like a keyword", credential("", `{"id":"@someone"}`), CodeRelative, "/credentialSubject/id"},
		{"relative reference", strings.Replace(credential("", `{"id":"ex:1"}`), "https://issuer.example/1", "me", 1), CodeRelative, "/issuer"},
		{"relative reference by @vocab", credential(`{"@vocab":null,"r":{"@id":"ex:r","@type":"@vocab"}}`, `{"r":"undefined"}`), CodeRelative, "/credentialSubject/r"},
		{"relative id as a key", credential(`{"m":{"@id":"ex:m","@container":"@id"}}`, `{"m":{"one":{"type":"ex:T"}}}`), CodeRelative, "/credentialSubject/m/one"},
		{"relative @vocab", credential(`{"@vocab":"rel#"}`, `{"x":1}`), CodeUndefinedTerm, "/credentialSubject/x"},
		{"empty @vocab", credential(`{"@vocab":""}`, `{"x":1}`), CodeUndefinedTerm, "/credentialSubject/x"},
		{"@vocab with a space", credential(`{"@vocab":"https://example.org/a b#"}`, `{"x":1}`), "", ""},
		{"term out of @vocab's alphabet", credential(`{"@vocab":"https://example.org/"}`, `{"x> <y":1}`), CodeIRI, "/credentialSubject/x> <y"},
		{"@vocab of blank nodes", credential(`{"@vocab":"_:"}`, `{"x":1}`), CodeDropped, "/credentialSubject/x"},
		{"blank node as property", credential(`{"x":"_:x"}`, `{"x":1}`), CodeDropped, "/credentialSubject/x"},
		{"term set to null", credential(`{"x":"ex:x"},{"x":null}`, `{"x":1}`), CodeUndefinedTerm, "/credentialSubject/x"},
		{"null", credential(name, `{"name1":null}`), CodeDropped, "/credentialSubject/name1"},
		{"null in an array", credential(name, `{"name1":["a",null]}`), CodeDropped, "/credentialSubject/name1/1"},
		{"null as @value", credential(name, `{"name1":{"@value":null}}`), CodeDropped, "/credentialSubject/name1"},
		{"a language without a value", credential(name, `{"name1":{"@language":"en"}}`), CodeDropped, "/credentialSubject/name1"},
		{"free value in a graph", credential("", `{"id":"ex:1","@graph":["free"]}`), CodeDropped, "/credentialSubject/@graph/0"},
		{"free reference in a graph", credential("", `{"id":"ex:1","@graph":[{"id":"ex:2"}]}`), CodeDropped, "/credentialSubject/@graph/0"},
		{"free list in a graph", credential("", `{"id":"ex:1","@graph":[{"@list":[1]}]}`), CodeDropped, "/credentialSubject/@graph/0/@list"},
		{"free reference included", credential("", `{"id":"ex:1","@included":[{"id":"ex:2"}]}`), CodeDropped, "/credentialSubject/@included/0"},
		{"index", credential(name, `{"name1":{"@value":"a","@index":"i"}}`), CodeUnsigned, "/credentialSubject/name1/@index"},
		{"index of a map", credential(`{"m":{"@id":"ex:m","@container":"@index"}}`, `{"m":{"one":"a"}}`), CodeUnsigned, "/credentialSubject/m/one"},
		{"a direction of its own", credential(name, `{"name1":{"@value":"a","@direction":"up"}}`), CodeSyntax, "/credentialSubject/name1/@direction"},
		{"language with a space", credential(name, `{"name1":{"@value":"a","@language":"e n"}}`), CodeLanguage, "/credentialSubject/name1/@language"},
		{"language of a map", credential(`{"m":{"@id":"ex:m","@container":"@language"}}`, `{"m":{"e_n":"a"}}`), CodeLanguage, "/credentialSubject/m/e_n"},
		{"IRI with a space", credential("", `{"id":"https://example.org/a b"}`), CodeIRI, "/credentialSubject/id"},
		{"IRI that ends a statement", credential("", `{"id":"ex:a> <ex:b"}`), CodeIRI, "/credentialSubject/id"},
		{"number with too many digits", credential(name, `{"name1":0.30000000000000004}`), CodeNumber, "/credentialSubject/name1"},
		{"integer with too many digits", credential(name, `{"name1":9007199254740993}`), CodeNumber, "/credentialSubject/name1"},
		{"number in @value", credential(name, `{"name1":{"@value":12345678901234567891}}`), CodeNumber, "/credentialSubject/name1/@value"},
		{"number in @json", credential(`{"j":{"@id":"ex:j","@type":"@json"}}`, `{"j":[{"a":9007199254740993}]}`), CodeNumber, "/credentialSubject/j/0/a"},
		{"colliding keywords", credential("", `{"id":"ex:1","@id":"ex:2"}`), CodeSyntax, "/credentialSubject/id"},
		{"value with more", credential(name, `{"name1":{"@value":"a","id":"ex:1"}}`), CodeSyntax, "/credentialSubject/name1"},
		{"member twice", `{"@context":"` + credentialsV2 + `","id":"ex:1","id":"ex:2"}`, CodeMalformed, ""},
		{"no object", `[]`, CodeMalformed, ""},
		{"says nothing", `{}`, CodeDropped, ""},

		{"protected term redefined", credential(`{"name":"https://evil.example/name"}`, `{"id":"ex:1"}`), CodeProtected, "/@context"},
		{"protected term set to null", credential(`{"name":null}`, `{"id":"ex:1"}`), CodeProtected, "/@context"},
		{"protected term without id", credential(`{"name":{"@id":null}}`, `{"id":"ex:1"}`), CodeProtected, "/@context"},
		{"protected term like a keyword", credential(`{"name":"@names"},{"name":"ex:name"}`, `{"id":"ex:1"}`), CodeProtected, "/@context"},
		{"protected type redefined", credential(`{"VerifiableCredential":"ex:Other"}`, `{"id":"ex:1"}`), CodeProtected, "/@context"},
		{"protected context nullified", credential(`null,{"name":"ex:n"}`, `{"id":"ex:1"}`), CodeProtected, "/@context"},
		{"protected alias redefined", credential(`{"id":"ex:id"}`, `{"id":"ex:1"}`), CodeProtected, "/@context"},
		{"protected null defined", credential(`{"@protected":true,"x":null},{"x":"ex:x"}`, `{"x":1}`), CodeProtected, "/@context"},
		{"nested context nullified", credential("", `{"@context":null,"https://schema.org/name":"x"}`), CodeProtected, "/credentialSubject/@context"},
		{"nested context redefines", credential("", `{"@context":{"name":"ex:n"},"name":"x"}`), CodeProtected, "/credentialSubject/@context"},
		{"scoped to a type", credential(`{"T":{"@id":"ex:T","@context":{"name":"ex:n"}}}`, `{"type":"T","name":"x"}`), CodeProtected, "/credentialSubject/type"},
		{"unknown context", credential(`"https://example.org/none"`, `{"id":"ex:1"}`), CodeUnknownContext, "/@context"},
		{"unknown nested context", credential("", `{"@context":"https://example.org/none"}`), CodeUnknownContext, "/credentialSubject/@context"},
		{"unknown imported context", credential(`{"@version":1.1,"@import":"https://example.org/none"}`, `{"id":"ex:1"}`), CodeUnknownContext, "/@context"},
		{"unknown scoped context", credential(`{"x":{"@id":"ex:x","@context":"https://example.org/none"}}`, `{"x":{"id":"ex:2"}}`), CodeUnknownContext, "/credentialSubject/x"},
		{"relative context", credential(`"none"`, `{"id":"ex:1"}`), CodeUnknownContext, "/@context"},
		{"a context that is a number", credential(`5`, `{"id":"ex:1"}`), CodeContext, "/@context"},
		{"@protected that is a text", credential(`{"@protected":"yes"}`, `{"id":"ex:1"}`), CodeContext, "/@context"},
		{"@container that is a number", credential(`{"x":{"@id":"ex:x","@container":5}}`, `{"id":"ex:1"}`), CodeContext, "/@context"},
		{"@nest that is empty", credential(`{"x":{"@id":"ex:x","@nest":""}}`, `{"id":"ex:1"}`), CodeContext, "/@context"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if !json.Valid([]byte(test.document)) {
				t.Fatalf("the test's document is no JSON: %s", test.document)
			}
			p := new(Processor)
			for range 2 {
				_, err := p.ToRDF([]byte(test.document), nil)
				e, ok := errors.AsType[*Error](err)
				if !ok && test.code != "" {
					t.Fatalf("error is %v", err)
				}
				if ok && e.Code != test.code && test.code != "" || ok && test.pointer != "" && e.Pointer != test.pointer {
					t.Errorf("%v; want %s at %s", e, test.code, test.pointer)
				}
			}
		})
	}
}

func TestTruths(t *testing.T) {
	for _, test := range []struct{ name, document, quad string }{
		{"numbers", credential(`{"n":"ex:n"}`, `{"n":[1,0.1,1e21,-5,1.0,123456789012345]}`), `"1.0E-1"^^<` + xsdDouble + `>`},
		{"an integer of 2^53", credential(`{"n":"ex:n"}`, `{"n":9007199254740992}`), `"9007199254740992"^^<` + xsdInteger + `>`},
		{"a map of languages", credential(`{"m":{"@id":"ex:m","@container":"@language"}}`, `{"m":{"de-DE":"a"}}`), `"a"@de-de`},
		{"a list", credential(`{"l":{"@id":"ex:l","@container":"@list"}}`, `{"l":[]}`), `<ex:l> <` + rdf + `nil>`},
		{"@json", credential(`{"j":{"@id":"ex:j","@type":"@json"}}`, `{"j":{"b":null,"a":[1]}}`), `"{\"a\":[1],\"b\":null}"^^<` + rdf + `JSON>`},
		{"undefined terms of a @vocab", credential(`"https://www.w3.org/ns/credentials/undefined-terms/v2"`, `{"x":"y"}`), `<https://www.w3.org/ns/credentials/undefined-term#x> "y"`},
		{"the same protected term again", credential(`"`+credentialsV2+`"`, `{"name":"x"}`), `<https://schema.org/name> "x"`},
		{"a base", credential(`{"@base":"https://example.org/a/"}`, `{"id":"../b"}`), `<https://example.org/b>`},
		{"a property's own context may redefine", credential(`{"x":{"@id":"ex:x","@context":{"name":"ex:n"}}}`, `{"x":{"name":"y"}}`), `<ex:n> "y"`},
		{"and ends with the property", credential(`{"x":{"@id":"ex:x","@context":{"@propagate":false,"name":"ex:n"}}}`, `{"x":{"name":"y"},"name":"z"}`), `<https://schema.org/name> "z"`},
		{"a direction", credential("", `{"name":{"@value":"a","@language":"AR","@direction":"rtl"}}`), `"a"^^<https://www.w3.org/ns/i18n#ar_rtl>`},
		{"a direction by default", credential(`{"@direction":"ltr","x":"ex:x"}`, `{"x":"a"}`), `"a"^^<https://www.w3.org/ns/i18n#_ltr>`},
		{"a @reverse", credential(`{"x":"ex:x"}`, `{"id":"ex:1","@reverse":{"x":{"id":"ex:2"}}}`), `<ex:2> <ex:x> <ex:1>`},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := new(Processor)
			for range 2 {
				quads, err := p.ToRDF([]byte(test.document), nil)
				if err != nil {
					t.Fatal(err)
				}
				if got := canonical(t, quads); !strings.Contains(got, test.quad) {
					t.Errorf("no %s in\n%s", test.quad, got)
				}
			}
		})
	}
}

// Two tenants may have different documents under one URL.
func TestContextsAreKeptByDigest(t *testing.T) {
	p := new(Processor)
	const url = "https://example.org/context"
	document := []byte(credential(`"`+url+`"`, `{"x":"y"}`))
	for range 2 {
		for _, iri := range []string{"ex:one", "ex:two"} {
			quads, err := p.ToRDF(document, documents{url: `{"@context":{"x":"` + iri + `"}}`})
			if err != nil {
				t.Fatal(err)
			}
			if got := canonical(t, quads); !strings.Contains(got, "<"+iri+">") {
				t.Errorf("no %s in\n%s", iri, got)
			}
		}
	}
	// What a document includes is looked at each time.
	for _, iri := range []string{"ex:one", "ex:two"} {
		quads, err := p.ToRDF(document, documents{
			url: `{"@context":"https://example.org/inner"}`, "https://example.org/inner": `{"@context":{"x":"` + iri + `"}}`,
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := canonical(t, quads); !strings.Contains(got, "<"+iri+">") {
			t.Errorf("no %s in\n%s", iri, got)
		}
	}
}

func TestCircles(t *testing.T) {
	p := new(Processor)
	circles := documents{
		"https://example.org/a": `{"@context":["https://example.org/b"]}`,
		"https://example.org/b": `{"@context":{"@version":1.1,"x":{"@id":"ex:x","@context":"https://example.org/a"}}}`,
		"https://example.org/c": `{"@context":["https://example.org/d"]}`,
		"https://example.org/d": `{"@context":["https://example.org/c"]}`,
		"https://example.org/e": `{"@context":"https://example.org/e"}`,
	}
	for _, url := range []string{"c", "d", "e"} {
		_, err := p.ToRDF([]byte(`{"@context":"https://example.org/`+url+`","id":"ex:1"}`), circles)
		if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeContext {
			t.Errorf("%s: %v", url, err)
		}
	}
	if _, err := p.ToRDF([]byte(`{"@context":"https://example.org/a","x":{"x":{"x":"y"}}}`), circles); err != nil {
		t.Errorf("a context that is scoped to itself: %v", err)
	}
}

func TestLimits(t *testing.T) {
	nested := strings.Repeat(`{"@context":{"x":"ex:x"},"x":`, 3000) + `"y"` + strings.Repeat("}", 3000)
	for _, test := range []struct {
		name     string
		limits   Limits
		document string
		code     string
	}{
		{"depth", Limits{}, nested, CodeMalformed},
		{"contexts", Limits{Depth: 10_000}, nested, CodeLimit},
		{"bytes", Limits{Bytes: 100}, `{"@id":"ex:` + strings.Repeat("a", 100) + `"}`, CodeMalformed},
		{"quads", Limits{Quads: 2}, `{"ex:p":[1,2,3]}`, CodeLimit},
		{"bytes of a context", Limits{Bytes: 1000}, `{"@context":"` + credentialsV2 + `","name":"x"}`, CodeLimit},
	} {
		p := &Processor{Limits: test.limits, CacheTerms: -1}
		_, err := p.ToRDF([]byte(test.document), nil)
		if e, ok := errors.AsType[*Error](err); !ok || e.Code != test.code {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

// A hostile context is not worked on for long: many terms, and many nested contexts that each copy them.
func TestWorkIsBounded(t *testing.T) {
	var terms strings.Builder
	for i := range 20_000 {
		terms.WriteString(`"t` + strconv.Itoa(i) + `":"ex:t",`)
	}
	nested := `{"@context":{` + terms.String() + `"x":"ex:x"},"x":[` +
		strings.TrimSuffix(strings.Repeat(`{"@context":{"y":"ex:y"},"y":1},{"@context":{"z":"ex:z"},"z":1},`, 20_000), ",") + `]}`
	if _, err := new(Processor).ToRDF([]byte(nested), nil); err != nil {
		t.Errorf("two different contexts many times: %v", err)
	}
	var many strings.Builder
	for i := range 1000 {
		many.WriteString(`,{"@context":{"y` + strconv.Itoa(i) + `":"ex:y"},"x":1}`)
	}
	nested = `{"@context":{` + terms.String() + `"x":"ex:x"},"x":[1` + many.String() + `]}`
	_, err := new(Processor).ToRDF([]byte(nested), nil)
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeLimit {
		t.Error(err)
	}
}

func TestCacheIsBounded(t *testing.T) {
	p := &Processor{CacheTerms: 1000}
	for i := range 500 {
		local := `{"x` + strings.Repeat("y", i) + `":"ex:x"}`
		if _, err := p.ToRDF([]byte(credential(local, `{"name":"x"}`)), nil); err != nil {
			t.Fatal(err)
		}
	}
	total := 0
	for element := p.cache.order.Front(); element != nil; element = element.Next() {
		total += element.Value.(*kept).state.cost
	}
	if total != p.cache.terms || total > 1000 || len(p.cache.entries) != p.cache.order.Len() {
		t.Errorf("%d terms are kept, %d are counted, in %d entries", total, p.cache.terms, len(p.cache.entries))
	}
}

// Every context that is shipped can be processed, alone and by its scoped contexts.
func TestKnownContexts(t *testing.T) {
	for _, context := range known.All() {
		r := new(Processor).run(nil)
		s, err := r.apply(r.initial(), context.URL, nil, applying{})
		if err != nil {
			t.Errorf("%s: %v", context.URL, err)
			continue
		}
		for name, definition := range s.ctx.TermDefinitions {
			if definition == nil || !definition.HasContext {
				continue
			}
			if _, err := r.scoped(s, s, name, definition, nil, applying{override: true}); err != nil {
				t.Errorf("%s: %v", context.URL, err)
			}
		}
	}
}

type swapped struct{}

func (swapped) LoadContext(url string) (Context, bool, error) {
	context, _, err := Known{}.LoadContext(url)
	context.Document = []byte(`{"@context":{"name":"ex:other"}}`)
	return context, true, err
}

func TestDigests(t *testing.T) {
	p := new(Processor)
	document := []byte(`{"@context":"` + credentialsV2 + `","name":"x"}`)
	_, err := p.ToRDF(document, swapped{})
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeContext || e.Context != credentialsV2 {
		t.Error(err)
	}
}

// chained are documents that name others.
type chained map[string]string

func (c chained) LoadContext(url string) (Context, bool, error) {
	document, found := c[url]
	return Context{Document: []byte(document)}, found, nil
}

// A context that names others is kept under what they say too.
func TestContextsThatNameOthers(t *testing.T) {
	p := new(Processor)
	documents := chained{
		"https://a.example/":  `{"@context":["https://b.example/",{"x":"ex:x"}]}`,
		"https://b.example/":  `{"@context":["c",{"y":"ex:y"}]}`,
		"https://b.example/c": `{"@context":{"name":"ex:before"}}`,
	}
	says := func(want string) {
		t.Helper()
		for range 3 { // anew, and kept
			quads, err := p.ToRDF([]byte(`{"@context":"https://a.example/","@id":"ex:1","name":"n","x":"x","y":"y"}`), documents)
			if err != nil {
				t.Fatal(err)
			}
			if got := canonical(t, quads); !strings.Contains(got, "<"+want+">") {
				t.Errorf("no %s in\n%s", want, got)
			}
		}
	}
	says("ex:before")
	if kept := len(p.cache.entries); kept != 1 {
		t.Errorf("%d states are kept", kept)
	}
	documents["https://b.example/c"] = `{"@context":{"name":"ex:after"}}`
	says("ex:after")
	documents["https://b.example/c"] = `{"@context":{"name":"ex:before"}}`
	says("ex:before")
	documents["https://b.example/c"] = `{"@context":"https://a.example/"}`
	_, err := p.ToRDF([]byte(`{"@context":"https://a.example/","@id":"ex:1","name":"n"}`), documents)
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeContext || e.Context != "https://a.example/" {
		t.Error(err)
	}
	delete(documents, "https://b.example/c")
	_, err = p.ToRDF([]byte(`{"@context":"https://a.example/","@id":"ex:1","name":"n"}`), documents)
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeUnknownContext || e.Context != "https://b.example/c" {
		t.Error(err)
	}
}

// What documents beyond the first count for is the same whether they were read or kept.
func TestKeptContextsCountAlike(t *testing.T) {
	p := new(Processor)
	document := []byte(`{"@context":"https://w3id.org/security/v2","@id":"ex:1","nonce":"n"}`)
	var counted []int
	for range 3 {
		r := p.run(nil)
		if _, err := r.apply(r.initial(), "https://w3id.org/security/v2", nil, applying{}); err != nil {
			t.Fatal(err)
		}
		counted = append(counted, r.applied)
		if _, err := p.ToRDF(document, nil); err != nil {
			t.Fatal(err)
		}
	}
	if counted[0] < 2 || counted[1] != counted[0] || counted[2] != counted[0] {
		t.Error(counted)
	}
}

type broken struct{}

var errBroken = errors.New("no database")

func (broken) LoadContext(string) (Context, bool, error) { return Context{}, false, errBroken }

func TestLoaders(t *testing.T) {
	document := []byte(credential("", `{"id":"ex:1"}`))
	_, err := new(Processor).Expand(document, Loaders{documents{}, broken{}})
	if err != nil {
		t.Error(err)
	}
	_, err = new(Processor).Expand(document, Loaders{broken{}, documents{}})
	if e, ok := errors.AsType[*Error](err); !ok || e.Code != CodeUnavailable || !errors.Is(err, errBroken) {
		t.Error(err)
	}
}
