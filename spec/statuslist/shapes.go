package statuslist

import (
	"bytes"
	"encoding/json"
	"slices"
)

// texts is one string or an array of strings.
type texts []string

// UnmarshalJSON reads either shape.
func (t *texts) UnmarshalJSON(raw []byte) error {
	if len(raw) > 0 && raw[0] == '"' {
		var one string
		err := json.Unmarshal(raw, &one)
		*t = texts{one}
		return err
	}
	return json.Unmarshal(raw, (*[]string)(t))
}

func (t texts) either(names ...string) string {
	for _, name := range names {
		if slices.Contains(t, name) {
			return name
		}
	}
	return ""
}

// objects gives the items of an array, or the one value that is none.
func objects(raw []byte) (list []json.RawMessage, many bool, err error) {
	raw = bytes.TrimSpace(raw)
	if !json.Valid(raw) {
		return nil, false, malformed("", "not JSON")
	}
	if raw[0] != '[' {
		return []json.RawMessage{raw}, false, nil
	}
	err = json.Unmarshal(raw, &list)
	return list, true, err
}
