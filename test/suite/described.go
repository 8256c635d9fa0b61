package suite

import (
	"encoding/json"
	"os"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
)

// Load reads an OpenAPI document; nil when it is not there. It panics when it is none.
func Load(path string) *openapi3.T {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	doc, err := openapi3.NewLoader().LoadFromData(text)
	if err != nil {
		panic(path + ": " + err.Error())
	}
	return doc
}

// Find gives the operation of a path: the same segments, the most literal pattern. The zero operation is none.
func Find[O Operation](all []O, method, path string) (best O) {
	segments := strings.Split(path, "/")
	fewest := len(segments) + 1
	for _, o := range all {
		its, pattern, _ := strings.Cut(o.Name(), " ")
		n, ok := fitsPattern(strings.Split(pattern, "/"), segments)
		if ok && its == method && n < fewest {
			best, fewest = o, n
		}
	}
	return best
}

func fitsPattern(pattern, segments []string) (wildcards int, ok bool) {
	if len(pattern) != len(segments) {
		return 0, false
	}
	for i, p := range pattern {
		switch {
		case strings.HasPrefix(p, "{") && segments[i] != "":
			wildcards++
		case p != segments[i]:
			return 0, false
		}
	}
	return wildcards, true
}

// Fits says what of a JSON text a schema does not allow; "" when it fits, or when there is no schema to hold it against.
// Formats are checked where the options have a validator.
func Fits(schema *openapi3.SchemaRef, text []byte, options ...openapi3.SchemaValidationOption) string {
	var value any
	if err := json.Unmarshal(text, &value); err != nil {
		return "the body is no JSON: " + err.Error()
	}
	if schema == nil {
		return ""
	}
	options = append([]openapi3.SchemaValidationOption{openapi3.MultiErrors(), openapi3.EnableFormatValidation()}, options...)
	if err := schema.Value.VisitJSON(value, options...); err != nil {
		return strings.Join(strings.Fields(err.Error()), " ")
	}
	return ""
}
