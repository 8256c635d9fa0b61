package holder_test

import (
	"encoding/json"
	"testing"

	"github.com/chancery-vc/chancery/internal/sharedtest"
)

const peerSource = "recorded exchanges with github.com/openwallet-foundation/acapy 1.6.1rc0"

// recorded gives the credentials and presentations that ACA-Py made, each once, and the definitions that it asked by.
func recorded(t *testing.T) (credentials, presentations, definitions [][]byte) {
	t.Helper()
	seen := map[string]bool{}
	once := func(into *[][]byte, value map[string]any) {
		delete(value, "record_id") // added by its REST answers
		raw, err := json.Marshal(value)
		must(t, err)
		if !seen[string(raw)] {
			seen[string(raw)], *into = true, append(*into, raw)
		}
	}
	for _, file := range []string{"rest-didex1.0.json", "rest-didex1.1.json", "rest-multitenant-oob.json"} {
		var value any
		must(t, json.Unmarshal(sharedtest.Read(t, peerSource, "transcripts", "acapy", file), &value))
		walk(value, func(object map[string]any) {
			switch {
			case object["proof"] != nil && object["verifiableCredential"] != nil:
				once(&presentations, object)
			case object["proof"] != nil && object["credentialSubject"] != nil:
				once(&credentials, object)
			case object["input_descriptors"] != nil:
				once(&definitions, object)
			}
		})
	}
	return credentials, presentations, definitions
}

func walk(value any, visit func(map[string]any)) {
	switch value := value.(type) {
	case []any:
		for _, inner := range value {
			walk(inner, visit)
		}
	case map[string]any:
		for _, inner := range value {
			walk(inner, visit)
		}
		visit(value)
	}
}
