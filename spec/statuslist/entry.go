package statuslist

import (
	"encoding/json"
	"strconv"
)

// Style is how entries are written into a credential.
type Style struct {
	EntryType   string // BitstringStatusListEntry or StatusList2021Entry
	NumberIndex bool   // statusListIndex as a JSON number, not a string
	Array       bool   // an array even for one entry
}

// Entry is one credential's place in a list, Bitstring Status List 1.0 §2.1.
type Entry struct {
	ID        string // "" is written as <List>#<Index>
	Type      string // as read
	Purpose   string
	Index     int64
	List      string // statusListCredential, a URL
	Size      int    // statusSize in bits; 0 is 1
	Messages  []StatusMessage
	Reference []string
}

// StatusMessage explains one value, Bitstring Status List 1.0 §2.1.
type StatusMessage struct {
	Status  string `json:"status"` // hexadecimal with prefix: "0x1"
	Message string `json:"message"`
}

// written is an entry's JSON in the order people expect.
type written struct {
	ID        string          `json:"id"`
	Type      string          `json:"type"`
	Purpose   string          `json:"statusPurpose"`
	Index     json.RawMessage `json:"statusListIndex"`
	List      string          `json:"statusListCredential"`
	Size      int             `json:"statusSize,omitempty"`
	Messages  []StatusMessage `json:"statusMessage,omitempty"`
	Reference json.RawMessage `json:"statusReference,omitempty"`
}

// WriteEntries gives the value of credentialStatus: an object, or an array of several. Errors are *Error.
func WriteEntries(entries []Entry, style Style) ([]byte, error) {
	all := make([]written, 0, len(entries))
	for _, e := range entries {
		w, err := e.written(style)
		if err != nil {
			return nil, err
		}
		all = append(all, w)
	}
	if len(all) == 0 {
		return nil, malformed("", "there is no entry")
	}
	if len(all) == 1 && !style.Array {
		if out, ok := all[0].write(); ok {
			return out, nil
		}
		return json.Marshal(all[0])
	}
	return json.Marshal(all)
}

func (e Entry) written(style Style) (written, error) {
	if style.EntryType != BitstringEntry && style.EntryType != StatusList2021Entry {
		return written{}, malformed("", "unknown entry type")
	}
	if e.Index < 0 || e.List == "" || e.Purpose == "" {
		return written{}, malformed("", "an entry needs a list, a purpose and an index")
	}
	index := strconv.FormatInt(e.Index, 10)
	w := written{
		ID: e.ID, Type: style.EntryType, Purpose: e.Purpose, List: e.List,
		Index: json.RawMessage(`"` + index + `"`), Messages: e.Messages,
	}
	if style.NumberIndex {
		w.Index = json.RawMessage(index)
	}
	if w.ID == "" {
		w.ID = e.List + "#" + index
	}
	if e.Size <= 1 && len(e.Messages) == 0 && len(e.Reference) == 0 {
		return w, nil
	}
	if style.EntryType == StatusList2021Entry {
		return written{}, malformed("", "StatusList2021 has one bit per entry, and no messages")
	}
	if e.Size > 1 {
		if err := sized(e.Size); err != nil {
			return written{}, err
		}
		w.Size = e.Size
	}
	w.Reference = reference(e.Reference)
	return w, nil
}

func reference(urls []string) json.RawMessage {
	var raw []byte
	switch len(urls) {
	case 0:
		return nil
	case 1:
		raw, _ = json.Marshal(urls[0]) // a string always encodes
	default:
		raw, _ = json.Marshal(urls)
	}
	return raw
}

// ReadEntries reads credentialStatus in any shape that is seen: one object or an array, index as string or number.
// Entries of other types are left out. Errors are *Error with a pointer into credentialStatus.
func ReadEntries(credentialStatus []byte) ([]Entry, error) {
	if entry, ok := usual(credentialStatus); ok {
		return []Entry{entry}, nil
	}
	return readEntries(credentialStatus)
}

func readEntries(credentialStatus []byte) ([]Entry, error) {
	list, many, err := objects(credentialStatus)
	if err != nil {
		return nil, err
	}
	var found []Entry
	for i, raw := range list {
		pointer := ""
		if many {
			pointer = "/" + strconv.Itoa(i)
		}
		var kind struct {
			Type texts `json:"type"`
		}
		if err := json.Unmarshal(raw, &kind); err != nil {
			return nil, malformed(pointer, "an entry must be an object with a type")
		}
		name := kind.Type.either(BitstringEntry, StatusList2021Entry)
		if name == "" {
			continue
		}
		e, err := readEntry(raw, pointer)
		if err != nil {
			return nil, err
		}
		e.Type = name
		found = append(found, e)
	}
	return found, nil
}

func readEntry(raw json.RawMessage, pointer string) (Entry, error) {
	var r struct {
		ID        string          `json:"id"`
		Purpose   string          `json:"statusPurpose"`
		Index     json.RawMessage `json:"statusListIndex"`
		List      string          `json:"statusListCredential"`
		Size      json.RawMessage `json:"statusSize"`
		Messages  []StatusMessage `json:"statusMessage"`
		Reference texts           `json:"statusReference"`
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return Entry{}, malformed(pointer, "a member of the entry has the wrong type")
	}
	e := Entry{ID: r.ID, Purpose: r.Purpose, List: r.List, Size: 1, Messages: r.Messages, Reference: r.Reference}
	var err error
	if e.Index, err = whole(r.Index); err != nil {
		return Entry{}, malformed(pointer+"/statusListIndex", "must be a whole number of at least 0, as string or number")
	}
	if e.List == "" {
		return Entry{}, malformed(pointer+"/statusListCredential", "is missing")
	}
	if e.Purpose == "" {
		return Entry{}, malformed(pointer+"/statusPurpose", "is missing")
	}
	if r.Size != nil {
		size, err := whole(r.Size)
		if err != nil || sized(int(min(size, 9))) != nil {
			return Entry{}, malformed(pointer+"/statusSize", "must be 1, 2, 4 or 8")
		}
		e.Size = int(size)
	}
	return e, nil
}

// whole reads a number of at least 0 that stands as JSON number or string.
func whole(raw json.RawMessage) (int64, error) {
	plain := string(raw)
	if len(plain) >= 2 && plain[0] == '"' {
		plain = plain[1 : len(plain)-1]
	}
	if plain == "" || plain[0] == '+' || plain[0] == '-' {
		return 0, malformed("", "not a number")
	}
	return strconv.ParseInt(plain, 10, 64)
}
