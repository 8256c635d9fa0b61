package statuslist

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

const enough = 1 << 20

func TestBitsAreMostSignificantFirst(t *testing.T) {
	for size, want := range map[int]byte{1: 0b0100_0000, 2: 0b0001_0000, 4: 0b0000_0001, 8: 0} {
		b, err := New(MinLength, size)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Set(1, 1); err != nil || b.bits[0] != want {
			t.Errorf("size %d: %08b %v", size, b.bits[0], err)
		}
	}
}

func TestBitstringLikeASlice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.SampledFrom([]int{1, 2, 4, 8}).Draw(t, "size")
		b, err := New(MinLength, size)
		if err != nil {
			t.Fatal(err)
		}
		model := map[int64]uint8{}
		for range rapid.IntRange(1, 50).Draw(t, "writes") {
			index := rapid.Int64Range(0, MinLength-1).Draw(t, "index")
			value := uint8(rapid.IntRange(0, 1<<size-1).Draw(t, "value"))
			model[index] = value
			if err := b.Set(index, value); err != nil {
				t.Fatal(err)
			}
		}
		dialect := rapid.SampledFrom([]Dialect{BitstringStatusList, StatusList2021}).Draw(t, "dialect")
		encoded, err := b.Encode(dialect)
		if err != nil {
			t.Fatal(err)
		}
		again, err := Decode(encoded, size, enough)
		if err != nil || again.Len() != MinLength || !bytes.Equal(again.bits, b.bits) {
			t.Fatal("decoding", err)
		}
		for index, value := range model {
			if got, err := again.Get(index); got != value || err != nil {
				t.Fatal(index, got, value, err)
			}
		}
	})
}

func TestBitstringRefuses(t *testing.T) {
	for _, length := range []int64{-1, 0, 1<<40 + 1} {
		if _, err := New(length, 1); err == nil {
			t.Error(length)
		}
	}
	if _, err := New(MinLength, 3); err == nil {
		t.Error("size 3")
	}
	b, _ := New(MinLength, 2)
	for _, index := range []int64{-1, MinLength, 1 << 62} {
		if _, err := b.Get(index); err == nil || err.(*Error).Code != CodeRange {
			t.Error(index, err)
		}
		if err := b.Set(index, 1); err == nil {
			t.Error(index)
		}
	}
	if err := b.Set(0, 4); err == nil {
		t.Error("a value of three bits")
	}
}

func zipped(size int) []byte {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(make([]byte, size))
	_ = w.Close()
	return packed.Bytes()
}

func TestDecode(t *testing.T) {
	packed := zipped(MinLength / 8)
	for _, encoded := range []string{
		"u" + base64.RawURLEncoding.EncodeToString(packed), base64.RawURLEncoding.EncodeToString(packed),
		base64.URLEncoding.EncodeToString(packed), base64.StdEncoding.EncodeToString(packed),
		"u" + base64.StdEncoding.EncodeToString(packed),
	} {
		if _, err := Decode(encoded, 1, MinLength/8); err != nil {
			t.Error(encoded, err)
		}
	}
	for name, row := range map[string]struct {
		encoded, code string
		size          int
	}{
		"short":      {base64.URLEncoding.EncodeToString(zipped(MinLength/8 - 1)), CodeLength, 1},
		"short at 2": {base64.URLEncoding.EncodeToString(packed), CodeLength, 2},
		"bomb":       {base64.URLEncoding.EncodeToString(zipped(enough + 1)), CodeRange, 1},
		"not zip":    {"uAAAA", CodeMalformed, 1},
		"cut":        {base64.URLEncoding.EncodeToString(packed[:len(packed)-9]), CodeMalformed, 1},
		"not base64": {"u!!", CodeMalformed, 1},
		"empty":      {"", CodeMalformed, 1},
		"bad size":   {"u", CodeRange, 3},
	} {
		if _, err := Decode(row.encoded, row.size, enough); err == nil || err.(*Error).Code != row.code {
			t.Error(name, err)
		}
	}
}

// A Token Status List (ZLIB, least significant bit first) is another specification and must not pass as ours.
func TestTokenStatusListIsAnother(t *testing.T) {
	if _, err := Decode("eNrbuRgAAhcBXQ", 1, enough); err == nil {
		t.Error("a ZLIB list passes")
	}
}

func TestEntries(t *testing.T) {
	e := Entry{Purpose: Revocation, Index: 187, List: "https://a.example/status_list/1"}
	for _, row := range []struct {
		style Style
		want  string
	}{
		{Style{EntryType: StatusList2021Entry, NumberIndex: true}, `{"id":"https://a.example/status_list/1#187",` +
			`"type":"StatusList2021Entry","statusPurpose":"revocation","statusListIndex":187,` +
			`"statusListCredential":"https://a.example/status_list/1"}`},
		{Style{EntryType: BitstringEntry, Array: true}, `[{"id":"https://a.example/status_list/1#187",` +
			`"type":"BitstringStatusListEntry","statusPurpose":"revocation","statusListIndex":"187",` +
			`"statusListCredential":"https://a.example/status_list/1"}]`},
	} {
		out, err := WriteEntries([]Entry{e}, row.style)
		if err != nil || string(out) != row.want {
			t.Errorf("%v\n%s\n%s", err, out, row.want)
		}
		read, err := ReadEntries(out)
		if err != nil || len(read) != 1 || read[0].Index != 187 || read[0].Type != row.style.EntryType || read[0].Size != 1 {
			t.Error(read, err)
		}
	}
	message := Entry{
		ID: "urn:x", Purpose: Message, Index: 0, List: "https://a.example/2", Size: 2,
		Messages:  []StatusMessage{{"0x0", "pending"}, {"0x1", "done"}, {"0x2", "a"}, {"0x3", "b"}},
		Reference: []string{"https://r.example"},
	}
	out, err := WriteEntries([]Entry{e, message}, Style{EntryType: BitstringEntry})
	if err != nil {
		t.Fatal(err)
	}
	read, err := ReadEntries(out)
	if err != nil || len(read) != 2 || read[1].Size != 2 || read[1].Messages[1].Message != "done" || read[1].Reference[0] != "https://r.example" {
		t.Error(read, err)
	}
	if _, err := WriteEntries([]Entry{message}, Style{EntryType: StatusList2021Entry}); err == nil {
		t.Error("StatusList2021 with messages")
	}
	if _, err := WriteEntries(nil, Style{EntryType: BitstringEntry}); err == nil {
		t.Error("no entries")
	}
}

func TestReadEntriesRefuses(t *testing.T) {
	const sound = `{"type":"BitstringStatusListEntry","statusPurpose":"p","statusListIndex":"1","statusListCredential":"u:x"}`
	for _, row := range []struct{ old, new, pointer string }{
		{`"1"`, `-1`, "/0/statusListIndex"},
		{`"1"`, `1.5`, "/0/statusListIndex"},
		{`"1"`, `"+1"`, "/0/statusListIndex"},
		{`"1"`, `null`, "/0/statusListIndex"},
		{`"1"`, `"99999999999999999999"`, "/0/statusListIndex"},
		{`"u:x"`, `""`, "/0/statusListCredential"},
		{`"p"`, `""`, "/0/statusPurpose"},
		{`"p"`, `5`, "/0"},
		{`"u:x"`, `"u:x","statusSize":3`, "/0/statusSize"},
		{`"u:x"`, `"u:x","statusSize":100`, "/0/statusSize"},
	} {
		_, err := ReadEntries([]byte("[" + strings.Replace(sound, row.old, row.new, 1) + "]"))
		if problem, ok := err.(*Error); !ok || problem.Pointer != row.pointer {
			t.Error(row.new, err)
		}
	}
	for _, raw := range []string{``, `[`, `5`, `[5]`, `{"type":7}`} {
		if _, err := ReadEntries([]byte(raw)); err == nil {
			t.Error(raw)
		}
	}
	if found, err := ReadEntries([]byte(`{"type":"Other"}`)); err != nil || len(found) != 0 {
		t.Error(found, err)
	}
	if !json.Valid([]byte(sound)) {
		t.Error(sound)
	}
}
