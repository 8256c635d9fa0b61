package jsonld

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// maxInteger bounds the integers that are written without an exponent: JSON-LD 1.1 API §8.2.2 step 11.
const maxInteger = 1e21

// integral says whether a number is an integer for JSON-LD, whatever its digits look like.
func integral(number float64) bool {
	return number == math.Trunc(number) && math.Abs(number) < maxInteger
}

// lexical writes a number for RDF: §8.2.2 steps 10 and 11. double says that its datatype is xsd:double.
func lexical(number float64, double bool) string {
	if !double && integral(number) {
		if number == 0 {
			return "0"
		}
		return strconv.FormatFloat(number, 'f', 0, 64)
	}
	// The canonical form of xsd:double, of fifteen digits after the point.
	mantissa, exponent, _ := strings.Cut(strconv.FormatFloat(number, 'E', 15, 64), "E")
	mantissa = strings.TrimRight(mantissa, "0")
	if strings.HasSuffix(mantissa, ".") {
		mantissa += "0"
	}
	sign := ""
	if exponent[0] == '-' {
		sign = "-"
	}
	exponent = strings.TrimLeft(exponent[1:], "0")
	if exponent == "" {
		exponent = "0"
		sign = ""
	}
	return mantissa + "E" + sign + exponent
}

// exact refuses a number that its lexical form does not say to the last digit: two such numbers would have one signature.
func (r *run) exact(value any, where *place) error {
	number, ok := value.(json.Number)
	if !ok || !r.strict {
		return nil
	}
	float, err := number.Float64()
	if err != nil || !same(number.String(), lexical(float, false)) {
		return fail(CodeNumber, where, "the number has more digits than RDF keeps of it; write it as a string")
	}
	return nil
}

// exactAll is exact for a value of @json, whose numbers RFC 8785 writes.
func (r *run) exactAll(value any, where *place) error {
	if !r.strict {
		return nil
	}
	switch value := value.(type) {
	case json.Number:
		float, err := value.Float64()
		if err != nil || !same(value.String(), strconv.FormatFloat(float, 'e', -1, 64)) {
			return fail(CodeNumber, where, "the number has more digits than an IEEE double; write it as a string")
		}
	case []any:
		for i, item := range value {
			if err := r.exactAll(item, where.element(i)); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, name := range sorted(value) {
			if err := r.exactAll(value[name], where.member(name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// same says whether two numerals are the same number.
func same(a, b string) bool {
	digitsA, exponentA := decimal(a)
	digitsB, exponentB := decimal(b)
	return digitsA == digitsB && exponentA == exponentB
}

// decimal gives a numeral as 0.DIGITS times ten to the exponent, the digits with their sign and without zeros at their
// ends.
func decimal(text string) (digits string, exponent int) {
	text, negative := strings.CutPrefix(text, "-")
	if at := strings.IndexAny(text, "eE"); at >= 0 {
		value, err := strconv.Atoi(text[at+1:])
		if err != nil {
			return text, 0 // an exponent of many digits: the same as itself alone
		}
		text, exponent = text[:at], value
	}
	whole, fraction, _ := strings.Cut(text, ".")
	exponent += len(whole)
	digits = whole + fraction
	trimmed := strings.TrimLeft(digits, "0")
	exponent -= len(digits) - len(trimmed)
	digits = strings.TrimRight(trimmed, "0")
	if digits == "" {
		return "", 0
	}
	if negative {
		digits = "-" + digits
	}
	return digits, exponent
}

// canonicalJSON is the lexical form of rdf:JSON: RFC 8785, as JSON-LD 1.1 §10.2 wants.
func canonicalJSON(value any) (string, error) {
	raw, err := json.Marshal(value)
	if err != nil {
		return "", err
	}
	out, err := ijson.Canonical(raw)
	return string(out), err
}
