package statuslist

import (
	"encoding/json"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// The usual way and the long way read the same.
func sameEntries(t *testing.T, raw []byte) {
	t.Helper()
	quick, ok := usual(raw)
	if !ok {
		return
	}
	if long, err := readEntries(raw); err != nil || !reflect.DeepEqual(long, []Entry{quick}) {
		t.Fatalf("%s: %+v, but %+v (%v)", raw, quick, long, err)
	}
}

func TestUsualEntries(t *testing.T) {
	for _, raw := range []string{
		`{"id":"u:x#1","type":"BitstringStatusListEntry","statusPurpose":"p","statusListIndex":"1","statusListCredential":"u:x","more":{}}`,
		` {"type":"StatusList2021Entry","statusPurpose":"p","statusListIndex":1,"statusListCredential":"u:x"} `,
		`{"type":"StatusList2021Entry","statusPurpose":"p","statusListIndex":"1","STATUSLISTINDEX":"2","statusListCredential":"u:x"}`,
		`{"type":["StatusList2021Entry"],"statusPurpose":"p","statusListIndex":"1","statusListCredential":"u:x"}`,
		`{"type":"StatusList2021Entry","statusPurpose":"p","statusListIndex":"1","statusListCredential":"u:x","\u017ftatusSize":2}`,
		`{"type":"StatusList2021Entry","statusPurpose":"p","statusListIndex":"\u0031","statusListCredential":"u:x"}`,
		`{"type":"StatusList2021Entry","statusPurpose":"p","statusListIndex":null,"statusListCredential":"u:x","id":null}`,
	} {
		sameEntries(t, []byte(raw))
	}
	if _, ok := usual([]byte(`{"type":"BitstringStatusListEntry","statusPurpose":"p","statusListIndex":"1","statusListCredential":"u:x"}`)); !ok {
		t.Error("the usual entry takes the long way")
	}
}

func TestUsualWriting(t *testing.T) {
	texts := rapid.StringMatching(`([a-z:/#<>&"\\é\x{2028}\x7f]|\PC){0,6}`)
	rapid.Check(t, func(t *rapid.T) {
		w := written{ID: texts.Draw(t, "id"), Type: BitstringEntry, Purpose: texts.Draw(t, "purpose"), Index: json.RawMessage(`"7"`), List: texts.Draw(t, "list")}
		want, err := json.Marshal(w)
		if got, ok := w.write(); err != nil || ok && string(got) != string(want) {
			t.Fatalf("%s, want %s (%v)", got, want, err)
		}
	})
}

func BenchmarkEntries(b *testing.B) {
	e := []Entry{{Purpose: "revocation", Index: 4711, List: "https://issuer.example/status/0192f0c1-8f2f-7cc3-98c4-dc0c0c07398f"}}
	raw, _ := WriteEntries(e, Style{EntryType: BitstringEntry})
	b.Run("write", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = WriteEntries(e, Style{EntryType: BitstringEntry})
		}
	})
	b.Run("read", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = ReadEntries(raw)
		}
	})
	b.Run("read the long way", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = readEntries(raw)
		}
	})
}
