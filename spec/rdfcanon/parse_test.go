package rdfcanon

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/sharedtest"
)

func iri(value string) Term   { return Term{Kind: IRI, Value: value} }
func blank(label string) Term { return Term{Kind: Blank, Value: label} }
func text(value string) Term  { return Term{Kind: Literal, Value: value} }

func TestParseNQuads(t *testing.T) {
	s, p, o, g := iri("urn:s"), iri("urn:p"), iri("urn:o"), iri("urn:g")
	for document, want := range map[string][]Quad{
		"":                                {},
		" \t\n# a comment\r\n\r\r\n":      {},
		"<urn:s> <urn:p> <urn:o> .":       {{s, p, o, Term{}}},
		"<urn:s><urn:p><urn:o><urn:g>.#x": {{s, p, o, g}},
		"\t<urn:s>\t<urn:p> <urn:o> <urn:g> . \r_:a<urn:p>_:b._:c.":      {{s, p, o, g}, {blank("a"), p, blank("b._:c"), Term{}}},
		"_:a.b <urn:p> _:0-· _:ü.":                                       {{blank("a.b"), p, blank("0-·"), blank("ü")}},
		`_:a <urn:p> "" .`:                                               {{blank("a"), p, text(""), Term{}}},
		`_:a <urn:p> "#\"\\\t\b\n\r\f\'\u20AC\U0001f600é" .`:             {{blank("a"), p, text("#\"\\\t\b\n\r\f'€😀é"), Term{}}},
		`_:a <urn:\u0070> "x"@en-GB-oed <urn:g>.`:                        {{blank("a"), p, Term{Kind: Literal, Value: "x", Language: "en-GB-oed"}, g}},
		`_:a <urn:p> "x"^^<urn:o>.`:                                      {{blank("a"), p, Term{Kind: Literal, Value: "x", Datatype: "urn:o"}, Term{}}},
		`_:a <urn:p> "x" ^^ <http://www.w3.org/2001/XMLSchema#string> .`: {{blank("a"), p, text("x"), Term{}}},
		"_:a <urn:p> \"\u2028\x00\ufffe\" .":                             {{blank("a"), p, text("\u2028\x00\ufffe"), Term{}}},
	} {
		if got, err := ParseNQuads([]byte(document)); err != nil || len(got)+len(want) > 0 && !reflect.DeepEqual(got, want) {
			t.Errorf("%q: got %v %v, want %v", document, got, err, want)
		}
	}
}

func TestParseNQuadsRefuses(t *testing.T) {
	for document, line := range map[string]int{
		"<urn:s>":                               1,
		"\n<urn:s> <urn:p> .":                   2,
		"\r\n\r\n<urn:s> <urn:p> <urn:o>":       3,
		"\r\r<urn:s> <urn:p> <urn:o> . .":       3,
		"<urn:s> <urn:p> <urn:o> . <urn:s>":     1,
		"<urn:s> <urn:p> <urn:o> <urn:g> _:a.":  1,
		"<urn:s> _:p <urn:o> .":                 1,
		"\"s\" <urn:p> <urn:o> .":               1,
		"<urn:s> \"p\" <urn:o> .":               1,
		"<urn:s> <urn:p> <urn:o> \"g\" .":       1,
		"<s> <urn:p> <urn:o> .":                 1, // relative IRIs
		"<urn:s> <:p> <urn:o> .":                1,
		"<urn:s> <1a:p> <urn:o> .":              1,
		"<urn:s> <u_n:p> <urn:o> .":             1,
		"<> <urn:p> <urn:o> .":                  1,
		"<urn: > <urn:p> <urn:o> .":             1, // characters of no IRI, also as escapes
		"<urn:\\u0020> <urn:p> <urn:o> .":       1,
		"<urn:\\u003E> <urn:p> <urn:o> .":       1,
		"<urn:\\n> <urn:p> <urn:o> .":           1,
		"<urn:\\u00zz> <urn:p> <urn:o> .":       1,
		"<urn:\\u00> <urn:p> <urn:o> .":         1,
		"<urn:{x}> <urn:p> <urn:o> .":           1,
		"<urn:s <urn:p> <urn:o> .":              1,
		"<urn:s> <urn:p> <urn:o":                1,
		"_: <urn:p> <urn:o> .":                  1,
		"_:-a <urn:p> <urn:o> .":                1,
		"_:.a <urn:p> <urn:o> .":                1,
		"_:a\u00d7 <urn:p> <urn:o> .":           1,
		"_a <urn:p> <urn:o> .":                  1,
		`_:a <urn:p> "x .`:                      1,
		`_:a <urn:p> "x\" .`:                    1,
		`_:a <urn:p> "x\`:                       1,
		"_:a <urn:p> \"x\ny\" .":                1,
		`_:a <urn:p> "\a" .`:                    1,
		`_:a <urn:p> "\ud800" .`:                1, // a surrogate
		`_:a <urn:p> "\U00110000" .`:            1,
		`_:a <urn:p> "\UFFFFFFFF" .`:            1,
		`_:a <urn:p> "x"@ .`:                    1,
		`_:a <urn:p> "x"@1 .`:                   1,
		`_:a <urn:p> "x"@en- .`:                 1,
		`_:a <urn:p> "x"@en_GB .`:               1,
		`_:a <urn:p> "x"@ar--rtl .`:             1, // RDF 1.2
		`_:a <urn:p> <<( _:a <urn:p> _:b )>> .`: 1,
		`VERSION "1.2"`:                         1,
		`_:a <urn:p> "x"^^y .`:                  1,
		`_:a <urn:p> "x"^^<y> .`:                1,
		`_:a <urn:p> "x"^<urn:y> .`:             1,
		`_:a <urn:p> 'x' .`:                     1,
		"\ufeff":                                1,
		"\n\n# \xff":                            3,
	} {
		_, err := ParseNQuads([]byte(document))
		if refused := (*Error)(nil); !errors.As(err, &refused) || refused.Code != CodeSyntax || refused.Line != line {
			t.Errorf("%q: %v, want a fault in line %d", document, err, line)
		}
	}
}

func TestFormatNQuads(t *testing.T) {
	p := iri("urn:p")
	got, err := FormatNQuads([]Quad{
		{iri("urn:\uffee"), p, text("\x00\x07\b\t\n\v\f\r\x0e\x1f \"'\\\x7f\u0080\ufffd\ufffe\uffff😀"), iri("urn:g")},
		{iri("urn:😀"), p, Term{Kind: Literal, Value: "x", Datatype: xsdString}, Term{}},
		{iri("urn:😀"), p, text("x"), Term{}},
		{blank("b"), p, Term{Kind: Literal, Value: "x", Language: "EN"}, blank("a")},
		{blank("b"), p, Term{Kind: Literal, Value: "x", Language: "en", Datatype: langString}, Term{}},
	})
	const want = "<urn:\uffee> <urn:p> \"\\u0000\\u0007\\b\\t\\n\\u000B\\f\\r\\u000E\\u001F \\\"'\\\\\\u007F\u0080\ufffd\\uFFFE\\uFFFF😀\" <urn:g> .\n" +
		"<urn:😀> <urn:p> \"x\" .\n" +
		"_:b <urn:p> \"x\"@EN _:a .\n" +
		"_:b <urn:p> \"x\"@en .\n"
	if err != nil || string(got) != want {
		t.Errorf("got\n%s%v, want\n%s", got, err, want)
	}
	for _, label := range []string{"", "a b", "a.", ".", "\xff", "ü\xff", "-"} {
		if _, err := FormatNQuads([]Quad{{blank("a"), p, blank(label), Term{}}}); err == nil {
			t.Errorf("label %q was written", label)
		}
	}
}

// What is written is read again as it was.
func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		dataset := rapid.SliceOfN(anyQuad(), 0, 5).Draw(t, "dataset")
		written, err := FormatNQuads(dataset)
		if err != nil {
			t.Fatal(err)
		}
		for _, quad := range dataset {
			one, _ := FormatNQuads([]Quad{quad})
			again, err := ParseNQuads(one)
			if err != nil || len(again) != 1 || again[0] != quad {
				t.Fatalf("%q: %v %v", one, again, err)
			}
			if !strings.Contains(string(written), string(one)) {
				t.Fatalf("%q is missing in %q", one, written)
			}
		}
	})
}

func anyQuad() *rapid.Generator[Quad] {
	name := rapid.Custom(func(t *rapid.T) Term { return iri("u:" + rapid.StringMatching(`[a-z/#?é😀.-]*`).Draw(t, "iri")) })
	node := rapid.OneOf(name, rapid.Custom(func(t *rapid.T) Term {
		return blank(rapid.StringMatching(`[a-zA-Z0-9_:ü]([a-z0-9.·-]*[a-z0-9-])?`).Draw(t, "label"))
	}))
	literal := rapid.Custom(func(t *rapid.T) Term {
		term := text(rapid.String().Draw(t, "text"))
		switch rapid.IntRange(0, 2).Draw(t, "sort") {
		case 1:
			term.Language = rapid.StringMatching(`[a-zA-Z]{1,3}(-[a-zA-Z0-9]{1,3})*`).Draw(t, "language")
		case 2:
			term.Datatype = name.Draw(t, "datatype").Value
		}
		return term
	})
	return rapid.Custom(func(t *rapid.T) Quad {
		return Quad{
			Subject: node.Draw(t, "subject"), Predicate: name.Draw(t, "predicate"),
			Object: rapid.OneOf(node, literal).Draw(t, "object"), Graph: rapid.OneOf(rapid.Just(Term{}), node).Draw(t, "graph"),
		}
	})
}

func FuzzParseNQuads(f *testing.F) {
	f.Add([]byte("_:a <urn:\\u0070> \"x\\n\\U0001F600\"@en-GB _:g . # x\r\n<urn:s><urn:p>\"\"^^<urn:d>."))
	sharedtest.Seeds(f, func(seed []byte) { f.Add(seed) }, source, "vectors", "rdf-canon", "rdfc10")
	f.Fuzz(func(t *testing.T, document []byte) {
		dataset, err := ParseNQuads(document)
		if err != nil {
			return
		}
		written, err := FormatNQuads(dataset)
		if err != nil {
			t.Fatalf("%q was read and cannot be written: %v", document, err)
		}
		again, err := ParseNQuads(written)
		if err != nil {
			t.Fatalf("%q was written and cannot be read: %v", written, err)
		}
		if twice, err := FormatNQuads(again); err != nil || string(twice) != string(written) {
			t.Fatalf("%q became %q (%v)", written, twice, err)
		}
	})
}
