package statuslist

import (
	"encoding/json"
	"strings"

	"github.com/chancery-vc/chancery/spec/ijson"
)

// usual reads the one object of strings that nearly every credential has, without reflection. It is not ok for any other
// shape and for every fault: then the long way reads it.
func usual(raw []byte) (e Entry, ok bool) {
	members, err := ijson.Members(raw, ijson.Limits{})
	if err != nil {
		return Entry{}, false
	}
	e.Size = 1
	var index json.RawMessage
	for _, m := range members {
		ok := true
		switch m.Name {
		case "id":
			e.ID, ok = ijson.String(m.Value)
		case "type":
			e.Type, ok = ijson.String(m.Value)
		case "statusPurpose":
			e.Purpose, ok = ijson.String(m.Value)
		case "statusListCredential":
			e.List, ok = ijson.String(m.Value)
		case "statusListIndex":
			index = m.Value
		default:
			ok = !isRead(m.Name)
		}
		if !ok {
			return Entry{}, false
		}
	}
	if e.Type != BitstringEntry && e.Type != StatusList2021Entry {
		return Entry{}, false
	}
	e.Index, err = whole(index)
	return e, err == nil && e.List != "" && e.Purpose != ""
}

// isRead says whether encoding/json would take a name for a member that is read: it does not look at case.
func isRead(name string) bool {
	for _, known := range [...]string{
		"id", "type", "statusPurpose", "statusListIndex", "statusListCredential", "statusSize",
		"statusMessage", "statusReference",
	} {
		if strings.EqualFold(name, known) {
			return true
		}
	}
	return false
}

// write is the usual entry as encoding/json writes it; not ok where it has more members or needs escapes.
func (w written) write() ([]byte, bool) {
	if w.Size != 0 || len(w.Messages) > 0 || len(w.Reference) > 0 {
		return nil, false
	}
	out := make([]byte, 0, len(w.ID)+len(w.Type)+len(w.Purpose)+len(w.Index)+len(w.List)+128)
	for i, m := range [...][2]string{
		{`{"id":"`, w.ID},
		{`","type":"`, w.Type},
		{`","statusPurpose":"`, w.Purpose},
		{`","statusListIndex":`, string(w.Index)},
		{`,"statusListCredential":"`, w.List},
	} {
		if i != 3 && !plain(m[1]) {
			return nil, false
		}
		out = append(append(out, m[0]...), m[1]...)
	}
	return append(out, `"}`...), true
}

// plain says whether encoding/json writes text as it is.
func plain(text string) bool {
	for i := range len(text) {
		switch c := text[i]; {
		case c < ' ', c >= 0x7f, c == '"', c == '\\', c == '<', c == '>', c == '&':
			return false
		}
	}
	return true
}
