package pex

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// store is the example of JSONPath Syntax Definition.
const store = `{"store":{"book":[{"category":"reference","author":"Nigel Rees","price":8.95},
	{"category":"fiction","author":"Evelyn Waugh","price":12.99},
	{"category":"fiction","author":"Herman Melville","isbn":"0-553-21311-3","price":8.99},
	{"category":"fiction","author":"J. R. R. Tolkien","isbn":"0-395-19395-8","price":22.99}],
	"bicycle":{"color":"red","price":19.95}},"odd ] name":1,"it's":2,"@context":"c","":0}`

func TestPath(t *testing.T) {
	for path, want := range map[string]string{
		"$.store.book[0].author":           `["Nigel Rees"]`,
		"$.store.book[*].author":           `["Nigel Rees","Evelyn Waugh","Herman Melville","J. R. R. Tolkien"]`,
		"$..author":                        `["Nigel Rees","Evelyn Waugh","Herman Melville","J. R. R. Tolkien"]`,
		"$..['author']":                    `["Nigel Rees","Evelyn Waugh","Herman Melville","J. R. R. Tolkien"]`,
		"$.store..price":                   `[19.95,8.95,12.99,8.99,22.99]`,
		"$..book[2].author":                `["Herman Melville"]`,
		"$..book[-1].author":               `["J. R. R. Tolkien"]`,
		"$..book[0,1].price":               `[8.95,12.99]`,
		"$..book[ 1 , 0, 1,-4 ].price":     `[12.99,8.95]`,
		"$.store.bicycle['price','color']": `[19.95,"red"]`,
		"$.store.bicycle.*":                `["red",19.95]`,
		`$["store"]['bicycle']["color"]`:   `["red"]`,
		`$['odd ] name']`:                  `[1]`,
		`$['it\'s']`:                       `[2]`,
		`$["it's"]`:                        `[2]`,
		`$['']`:                            `[0]`,
		"$.@context":                       `["c"]`,
		"$.store.book[4]":                  `[]`,
		"$.store.book[-5]":                 `[]`,
		"$.store.book.author":              `[]`,
		"$.store[0]":                       `[]`,
		"$.missing":                        `[]`,
		"$.store.bicycle.color.x":          `[]`,
	} {
		p, err := ParsePath(path)
		if err != nil {
			t.Error(err)
			continue
		}
		value := decoded(t, store)
		all := []any{}
		w := walk{left: maxVisits, found: func(one any, _ string) bool {
			all = append(all, one)
			return true
		}}
		w.visit(value, p.steps, "")
		got, _ := json.Marshal(all)
		if string(got) != want {
			t.Errorf("%s: %s", path, got)
		}
		first, ok := p.First(value)
		if ok != (len(all) > 0) || ok && fmt.Sprint(first) != fmt.Sprint(all[0]) {
			t.Errorf("%s: first %v", path, first)
		}
	}
}

func TestPathRefused(t *testing.T) {
	for _, path := range []string{
		"", "store", "@.a", " $", "$ ", "$store", "$.", "$..", "$.a.", "$.a b", "$.0", "$.-a", "$['a]", "$['a'", "$[a]", "$[]",
		"$[0:1]", "$[:]", "$[?(@.a)]", "$[?@.a]", "$[(@.length-1)]", "$.a.length()", "$[01]", "$[-0]", "$[+1]", "$[1.0]", "$[0,]",
		"$[,0]", "$[99999999999]", "$['\\u0061']", "$...a", "$.[0]", "$.['a']", "$.a\xff", "$[*,0]", "$^", "$~",
	} {
		fault := &Error{}
		if _, err := ParsePath(path); !errors.As(err, &fault) || fault.Code != CodeInvalid {
			t.Errorf("%q: %v", path, err)
		}
	}
	if _, ok := (Path{}).First("x"); ok {
		t.Error("the zero path selects")
	}
}

// Descents that multiply end at their bound, and say so instead of missing.
func TestPathBounded(t *testing.T) {
	deep := strings.Repeat(`{"a":`, 60) + `1` + strings.Repeat(`}`, 60)
	raw := field(`"path":["$` + strings.Repeat("..a", 20) + `.b"]`)
	d, err := Parse([]byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	r := d.Match([]Input{{Claims: []byte(deep)}})
	if missed := r.Descriptors[0].Missed; len(missed) != 1 || missed[0].Code != ReasonClaims {
		t.Errorf("%+v", missed)
	}
}

// Many filters, each dear, end at their bound.
func TestFiltersBounded(t *testing.T) {
	filter := `{"$ref":"#/$defs/a0","$defs":{`
	for i := range 10 {
		filter += fmt.Sprintf(`"a%d":{"allOf":[{"$ref":"#/$defs/a%d"},{"$ref":"#/$defs/a%d"}]},`, i, i+1, i+1)
	}
	filter += `"a10":{"not":{"const":1}}}}`
	paths := strings.TrimSuffix(strings.Repeat(`"$.a",`, MaxPaths), ",")
	raw := `{"id":"x","input_descriptors":[`
	for i := range MaxDescriptors {
		raw += fmt.Sprintf(`{"id":"%d","constraints":{"fields":[{"path":[%s],"filter":%s}]}},`, i, paths, filter)
	}
	d, err := Parse([]byte(strings.TrimSuffix(raw, ",") + "]}"))
	if err != nil {
		t.Fatal(err)
	}
	r := d.Match([]Input{{Claims: []byte(`{"a":1}`)}})
	last := r.Descriptors[MaxDescriptors-1].Missed
	if first := r.Descriptors[0].Missed; len(first) != 1 || first[0].Code != ReasonFilter || len(last) != 1 || last[0].Code != ReasonClaims {
		t.Errorf("%+v %+v", first, last)
	}
}

// So do many short filters whose patterns are long programs, on long texts.
func TestPatternsBounded(t *testing.T) {
	field := `{"path":["$.a"],"optional":true,"filter":{"type":"string","pattern":"^x{900}"}}`
	fields := strings.TrimSuffix(strings.Repeat(field+",", MaxFields), ",")
	d, err := Parse([]byte(`{"id":"d","input_descriptors":[{"id":"x","constraints":{"fields":[` + fields + `]}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for length, want := range map[int]int{1000: 0, 2000: 0, 1_000_000: 1} {
		missed := d.Match([]Input{{Claims: []byte(`{"a":"` + strings.Repeat("x", length) + `"}`)}}).Descriptors[0].Missed
		if len(missed) != want || want > 0 && missed[0].Code != ReasonClaims {
			t.Errorf("%d: %+v", length, missed)
		}
	}
}

func decoded(t testing.TB, raw string) any {
	t.Helper()
	var value any
	if err := json.Unmarshal([]byte(raw), &value); err != nil {
		t.Fatal(err)
	}
	return value
}
