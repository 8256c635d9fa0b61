package ijson

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/gowebpki/jcs"
	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/sharedtest"
)

const jcsSource = "github.com/cyberphone/json-canonicalization 19d51d7fe467d4706a3ff08adf8a748f29fc21e0"

func TestCheck(t *testing.T) {
	good := []string{
		`{}`, `[]`, `null`, ` true `, "\t\"a\"\n", `0`, `-0`, `-1.5e-3`, `{"a":{"a":1},"b":[{"a":1}]}`, `0.1`, `1E30`,
		`9007199254740992`, `-9007199254740992`, `333333333.33333329`, `5e-324`, `1.7976931348623157e308`, `0e999`, `0.0e-999`,
		`"\ud83d\ude02"`, `"\u0000"`, `"` + "\U0001F602" + `"`, `1.000000000000000000000`, `2e-3`, `4.50`,
		`0.1000000000000000055511151231257827021181583404541015625`, "\"\x7f\"", `"\/"`, `"\uFDCF\ufdf0"`,
	}
	for _, text := range good {
		if err := Check([]byte(text), Limits{}); err != nil {
			t.Errorf("%s: %v", text, err)
		}
	}
	bad := []struct{ text, code, pointer string }{
		{``, CodeSyntax, ""},
		{` `, CodeSyntax, ""},
		{`{`, CodeSyntax, ""},
		{`[1,]`, CodeSyntax, "/1"},
		{`{"a":1,}`, CodeSyntax, ""},
		{`{"a" 1}`, CodeSyntax, "/a"},
		{`{"a":}`, CodeSyntax, "/a"},
		{`[01]`, CodeSyntax, "/0"},
		{`+1`, CodeSyntax, ""},
		{`1.`, CodeSyntax, ""},
		{`.5`, CodeSyntax, ""},
		{`1e`, CodeSyntax, ""},
		{`-`, CodeSyntax, ""},
		{`NaN`, CodeSyntax, ""},
		{`tru`, CodeSyntax, ""},
		{`'a'`, CodeSyntax, ""},
		{"\xef\xbb\xbf{}", CodeSyntax, ""},
		{`{"a":1}//`, CodeTrailing, ""},
		{`{} {}`, CodeTrailing, ""},
		{`1 2`, CodeTrailing, ""},
		{"{\"a\":\"\xff\"}", CodeText, "/a"},
		{"[\"\xed\xa0\x80\"]", CodeText, "/0"},
		{"\"\xc0\x80\"", CodeText, ""},
		{`["\ud800"]`, CodeText, "/0"},
		{`["\udc00\ud800"]`, CodeText, "/0"},
		{`["\ud800\u0041"]`, CodeText, "/0"},
		{`["\ud800x"]`, CodeText, "/0"},
		{`{"x":{"\ud800":1}}`, CodeText, "/x"},
		{`"\uffff"`, CodeText, ""},
		{"\"\ufdd0\"", CodeText, ""},
		{`"\ud83f\udffe"`, CodeText, ""},
		{`"\u12g4"`, CodeSyntax, ""},
		{`"\x"`, CodeSyntax, ""},
		{"\"\n\"", CodeSyntax, ""},
		{`"`, CodeSyntax, ""},
		{`"\`, CodeSyntax, ""},
		{`"\u12`, CodeSyntax, ""},
		{`{"a":1,"a":1}`, CodeDuplicate, "/a"},
		{`{"a":1,"\u0061":2}`, CodeDuplicate, "/a"},
		{`[{"x":{"a/b~":1,"a/b~":2}}]`, CodeDuplicate, "/0/x/a~1b~0"},
		{`{"é":1,"\u00e9":1}`, CodeDuplicate, "/é"},
		{`9007199254740993`, CodeNumber, ""},
		{`[-9007199254740993]`, CodeNumber, "/0"},
		{`99999999999999999999999`, CodeNumber, ""},
		{`{"n":1e400}`, CodeNumber, "/n"},
		{`1e-400`, CodeNumber, ""},
		{`9007199254740993.0`, CodeNumber, ""},
		{`3.14159265358979323846`, CodeNumber, ""},
		{`1.` + strings.Repeat("1", 2000), CodeNumber, ""},
		{strings.Repeat("[", 65) + strings.Repeat("]", 65), CodeDepth, strings.Repeat("/0", 64)},
		{strings.Repeat(`{"a":`, 65) + "1" + strings.Repeat("}", 65), CodeDepth, strings.Repeat("/a", 64)},
	}
	for _, c := range bad {
		var fault *Error
		if err := Check([]byte(c.text), Limits{}); !errors.As(err, &fault) || fault.Code != c.code || fault.Pointer != c.pointer {
			t.Errorf("%.60q: got %v, want %s at %q", c.text, err, c.code, c.pointer)
		}
	}
	if err := Check([]byte(`[[1]]`), Limits{Depth: 1}); err == nil {
		t.Error("depth 2 passed a limit of 1")
	}
	if err := Check([]byte(`[[1]]`), Limits{Depth: 2, Bytes: 5}); err != nil {
		t.Error(err)
	}
	var fault *Error
	if err := Check([]byte(`[[1]]`), Limits{Bytes: 4}); !errors.As(err, &fault) || fault.Code != CodeSize {
		t.Errorf("size: %v", err)
	}
}

func TestManyMembers(t *testing.T) {
	var text strings.Builder
	for i := range 100 {
		text.WriteString(`,"m` + strconv.Itoa(i) + `":{"m":1}`)
	}
	if err := Check([]byte("{"+text.String()[1:]+"}"), Limits{}); err != nil {
		t.Error(err)
	}
	for _, twice := range []string{"m0", "m15", "m16", "m17", "m99"} {
		var fault *Error
		err := Check([]byte("{"+text.String()[1:]+`,"`+twice+`":0}`), Limits{})
		if !errors.As(err, &fault) || fault.Code != CodeDuplicate || fault.Pointer != "/"+twice {
			t.Errorf("%s: %v", twice, err)
		}
	}
}

// Names of many open objects, some with escapes, are still told apart and found again.
func TestNestedMembers(t *testing.T) {
	nest := func(innermost string) []byte {
		text := innermost
		for level := range 8 {
			object := `{"\u0078` + strconv.Itoa(level) + `":0`
			for i := range 9 {
				object += `,"m` + strconv.Itoa(i) + `":1`
			}
			text = object + `,"in":` + text + `}`
		}
		return []byte(text)
	}
	if err := Check(nest(`{"\u0061":1,"b":2,"m0":3,"x0":4}`), Limits{}); err != nil {
		t.Error(err)
	}
	for _, twice := range []string{`{"\u0061":1,"b":2,"a":3}`, `{"b":1,"a":2,"\u0061":3}`, `{"\u0061":1,"\u0061":3}`, `{"a":1,"a":3}`} {
		var fault *Error
		if err := Check(nest(twice), Limits{}); !errors.As(err, &fault) || fault.Code != CodeDuplicate || fault.Pointer != strings.Repeat("/in", 8)+"/a" {
			t.Errorf("%s: %v", twice, err)
		}
	}
}

func TestCanonicalVectors(t *testing.T) {
	inputs, err := os.ReadDir(sharedtest.Path(t, jcsSource, "vectors", "jcs", "input"))
	if err != nil {
		t.Fatal(err)
	}
	for _, input := range inputs {
		name := input.Name()
		got, err := Canonical(sharedtest.Read(t, jcsSource, "vectors", "jcs", "input", name))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if want := sharedtest.Read(t, jcsSource, "vectors", "jcs", "output", name); !bytes.Equal(got, want) {
			t.Errorf("%s: got %s, want %s", name, got, want)
		}
		file := strings.TrimSuffix(name, filepath.Ext(name)) + ".txt"
		text := strings.Join(strings.Fields(string(sharedtest.Read(t, jcsSource, "vectors", "jcs", "outhex", file))), "")
		if want, err := hex.DecodeString(text); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: got %x, want %x (%v)", file, got, want, err)
		}
	}
}

// RFC 8785 appendix B and §3.2.2.
func TestCanonicalScalars(t *testing.T) {
	for input, want := range map[string]string{
		` "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/" `: `"€$\u000f\nA'B\"\\\\\"/"`, `-0`: `0`, `1e21`: `1e+21`, `1E20`: `100000000000000000000`,
		`0.000001`: `0.000001`, `1e-7`: `1e-7`, ` null`: `null`, `{"b":1 , "a":[ ]}`: `{"a":[],"b":1}`,
	} {
		got, err := Canonical([]byte(input))
		if err != nil || string(got) != want {
			t.Errorf("%s: got %s (%v), want %s", input, got, err, want)
		}
	}
	if same, err := Equal([]byte(`{"a":1.0,"b":"\u0041"}`), []byte(`{"b":"A","a":1}`)); err != nil || !same {
		t.Error(same, err)
	}
	if same, err := Equal([]byte(`[1,2]`), []byte(`[2,1]`)); err != nil || same {
		t.Error(same, err)
	}
	if _, err := Equal([]byte(`{}`), []byte(`{"a":1,"a":1}`)); err == nil {
		t.Error("a duplicate passed")
	}
}

func TestMembers(t *testing.T) {
	members, err := Members([]byte(` { "z" : [1, 2] , "\u0061":"x" } `), Limits{})
	if err != nil || len(members) != 2 || members[0].Name != "z" || string(members[0].Value) != "[1, 2]" ||
		members[1].Name != "a" || string(members[1].Value) != `"x"` {
		t.Errorf("%v %v", members, err)
	}
	for _, text := range []string{`[]`, `1`, `{`, ``, `{}x`} {
		if _, err := Members([]byte(text), Limits{}); err == nil {
			t.Errorf("%q passed", text)
		}
	}
}

func TestString(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`(\PC|\n|"|\\|/|\x01|\t){0,20}`).Draw(t, "text")
		quoted := AppendString(nil, text)
		if got, ok := String(quoted); !ok || got != text {
			t.Fatalf("%q %v from %s", got, ok, quoted)
		}
		escaped, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := String(escaped); !ok || got != text {
			t.Fatalf("%q %v from %s", got, ok, escaped)
		}
		if canonical, err := Canonical(escaped); err != nil || !bytes.Equal(canonical, quoted) {
			t.Fatalf("%s %v, want %s", canonical, err, quoted)
		}
	})
	if _, ok := String([]byte(`1`)); ok {
		t.Error("a number is no string")
	}
}

// FuzzCheck holds the scanner against jsontext, which is as strict but for numbers and noncharacters.
func FuzzCheck(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.5e3,"\ud83d\ude02",null,true,false]}`, `{"a":1,"a":2}`, `[1e400]`, "\"\xff\"", `[[]]]`, `"\ud800"`, `[1e020]`} {
		f.Add([]byte(seed))
	}
	sharedtest.Seeds(f, func(seed []byte) { f.Add(seed) }, jcsSource, "vectors", "jcs", "input")
	f.Fuzz(func(t *testing.T, raw []byte) {
		err := Check(raw, Limits{})
		strict := jsontext.Value(raw).IsValid()
		if err == nil && !strict {
			t.Fatalf("%q passed", raw)
		}
		var fault *Error
		if err != nil && strict && (!errors.As(err, &fault) || fault.Code != CodeNumber && fault.Code != CodeText && fault.Code != CodeDepth) {
			t.Fatalf("%q refused: %v", raw, err)
		}
		if err != nil {
			return
		}
		canonical, err := Canonical(raw)
		if err != nil {
			t.Fatalf("%q: %v", raw, err)
		}
		// 1e20 is written out (RFC 8785 §3.2.2.3), and as an integer beyond 2^53 it is then refused.
		again, err := Canonical(canonical)
		if errors.As(err, &fault) && fault.Code == CodeNumber {
			again, err = jcs.Transform(canonical)
		}
		if err != nil || !bytes.Equal(canonical, again) {
			t.Fatalf("%q is not stable: %q %v", canonical, again, err)
		}
	})
}

// The oracle is github.com/gowebpki/jcs, which is another reading of RFC 8785.
func checkOracle(t interface{ Fatalf(string, ...any) }, raw []byte) {
	got, err := Canonical(raw)
	if (err == nil) != (Check(raw, Limits{}) == nil) {
		t.Fatalf("%q: %v, and Check says another thing", raw, err)
	}
	if err != nil {
		return
	}
	if want, err := jcs.Transform(raw); err != nil || !bytes.Equal(got, want) {
		t.Fatalf("%q: got %q, want %q (%v)", raw, got, want, err)
	}
}

// The oracle of Decode is encoding/json.
func checkDecoded(t interface{ Fatalf(string, ...any) }, raw []byte) {
	got, err := Decode(raw, Limits{})
	if (err == nil) != (Check(raw, Limits{}) == nil) {
		t.Fatalf("%q: %v, and Check says another thing", raw, err)
	}
	if err != nil {
		return
	}
	strict := json.NewDecoder(bytes.NewReader(raw))
	strict.UseNumber()
	var want any
	if err := strict.Decode(&want); err != nil || !reflect.DeepEqual(got, want) {
		t.Fatalf("%q: got %v, want %v (%v)", raw, got, want, err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2.50e3,"\ud83d\ude02\"",null,true,false,{}],"\u0062":-0}`, `{"a":1,"a":2}`, ` [ ] `, `"x"`, `nul`, `{"a":"\ud800"}`} {
		f.Add([]byte(seed))
	}
	sharedtest.Seeds(f, func(seed []byte) { f.Add(seed) }, jcsSource, "vectors", "jcs", "input")
	f.Fuzz(func(t *testing.T, raw []byte) { checkDecoded(t, raw) })
}

func FuzzCanonical(f *testing.F) {
	for _, seed := range []string{
		`{"b":[1.50,-0,1e21,1E-7,123456789012345680000,0.000001,5e-324],"a":"\u20ac\u000F\/","":{}}`, `{"\ud83d\ude02":1,"\ufb33":2,"\u00e9":3,"1":4,"\r":5}`,
		"{\"\ue000\":1,\"\U00010000\":2,\"\ue000a\":3,\"\uefff\":4}", ` [ true , false , null , "x" , { "b" : { } , "a" : [ ] } ] `, `"\u0000\b"`, `-1e-9`, `01`, `{"a":1,"\u0061":1}`,
	} {
		f.Add([]byte(seed))
	}
	sharedtest.Seeds(f, func(seed []byte) { f.Add(seed) }, jcsSource, "vectors", "jcs", "input")
	f.Fuzz(func(t *testing.T, raw []byte) { checkOracle(t, raw) })
}

func TestCanonicalOracle(t *testing.T) {
	value := rapid.Deferred(func() *rapid.Generator[string] { return jsonText(3) })
	rapid.Check(t, func(t *rapid.T) {
		text := []byte(value.Draw(t, "text"))
		checkOracle(t, text)
		checkDecoded(t, text)
	})
	rapid.Check(t, func(t *rapid.T) {
		for _, format := range []byte("efg") {
			checkOracle(t, strconv.AppendFloat(nil, rapid.Float64().Draw(t, "number"), format, rapid.IntRange(-1, 17).Draw(t, "precision"), 64))
		}
	})
}

func jsonText(depth int) *rapid.Generator[string] {
	quoted := rapid.Custom(func(t *rapid.T) string {
		text := rapid.StringMatching("([a-c\U00010000\ue000\uffe0é\"/\x01\t]|\\PC){0,4}").Draw(t, "string")
		if rapid.Bool().Draw(t, "plain") {
			return string(AppendString(nil, text))
		}
		escaped, _ := json.Marshal(text)
		return string(escaped)
	})
	number := rapid.Custom(func(t *rapid.T) string {
		return strconv.FormatFloat(rapid.Float64().Draw(t, "number"), "efg"[rapid.IntRange(0, 2).Draw(t, "form")], -1, 64)
	})
	leaf := rapid.OneOf(quoted, number, rapid.SampledFrom([]string{"true", "false", "null", "0", "-0", "-12", "1e3"}))
	if depth == 0 {
		return leaf
	}
	return rapid.Custom(func(t *rapid.T) string {
		space := rapid.SampledFrom([]string{"", " ", "\n\t"}).Draw(t, "space")
		inner := rapid.SliceOfN(jsonText(depth-1), 0, 5).Draw(t, "inner")
		switch rapid.IntRange(0, 2).Draw(t, "kind") {
		case 0:
			return leaf.Draw(t, "leaf")
		case 1:
			return space + "[" + strings.Join(inner, space+",") + "]"
		}
		for i := range inner {
			inner[i] = quoted.Draw(t, "name") + space + ":" + inner[i]
		}
		return "{" + space + strings.Join(inner, ","+space) + "}" + space
	})
}

func TestCompareNames(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching("([a\U00010000\U0001F602\U0010FFF0\ue000\ud7ff\uffe0é]|\\PC){0,4}")
		a, b := name.Draw(t, "a"), name.Draw(t, "b")
		want := slices.Compare(utf16.Encode([]rune(a)), utf16.Encode([]rune(b)))
		if got := compareNames([]byte(a), []byte(b)); (got < 0) != (want < 0) || (got > 0) != (want > 0) {
			t.Fatalf("%q %q: %d, want %d", a, b, got, want)
		}
	})
}

func benchmarkText() []byte {
	var text strings.Builder
	text.WriteString(`{"@context":["https://www.w3.org/ns/credentials/v2"],"type":["VerifiableCredential"],"credentialSubject":[`)
	for i := range 40 {
		if i > 0 {
			text.WriteByte(',')
		}
		text.WriteString(`{"id":"did:example:` + strconv.Itoa(i) + `","name":"Zoë \"Z\" O'Neill","age":` + strconv.Itoa(i) + `,"score":12.5,"member":true,"since":"2026-01-01T00:00:00Z"}`)
	}
	text.WriteString(`]}`)
	return []byte(text.String())
}

func BenchmarkCheck(b *testing.B) {
	raw := benchmarkText()
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if err := Check(raw, Limits{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/(float64(len(raw))/1024), "ns/KB")
}

func BenchmarkCanonical(b *testing.B) {
	raw := benchmarkText()
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Canonical(raw); err != nil {
			b.Fatal(err)
		}
	}
}
