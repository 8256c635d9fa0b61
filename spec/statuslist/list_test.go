package statuslist

import (
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/spec/vcdm"
)

func params(t testing.TB, dialect Dialect) ListParams {
	b, err := New(MinLength, 1)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Set(7, 1); err != nil {
		t.Fatal(err)
	}
	return ListParams{
		Dialect: dialect, ID: "https://a.example/status/1", Issuer: "did:example:i", Purpose: Suspension,
		ValidFrom: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), ValidUntil: time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC),
		TTL: 5 * time.Minute, Bits: b,
	}
}

func TestListCredential(t *testing.T) {
	for dialect, version := range map[Dialect]vcdm.Version{BitstringStatusList: vcdm.V20, StatusList2021: vcdm.V11} {
		raw, err := ListCredential(params(t, dialect))
		if err != nil {
			t.Fatal(err)
		}
		c, err := vcdm.Parse(raw)
		if err != nil || c.Version != version || vcdm.Validate(c) != nil {
			t.Fatal(err, c.Version, vcdm.Validate(c))
		}
		list, err := ReadList(raw, 1, enough)
		if err != nil {
			t.Fatal(err)
		}
		if list.Dialect != dialect || list.Issuer != "did:example:i" || list.Purposes[0] != Suspension || list.ValidUntil.IsZero() {
			t.Errorf("%+v", list)
		}
		if dialect == BitstringStatusList && list.TTL != 5*time.Minute {
			t.Error(list.TTL)
		}
		for index, want := range map[int64]uint8{6: 0, 7: 1, 8: 0} {
			if got, err := list.Status(Entry{Purpose: Suspension, Index: index}); got != want || err != nil {
				t.Error(index, got, err)
			}
		}
		if _, err := list.Status(Entry{Purpose: Revocation}); err == nil || err.(*Error).Code != CodeVerification {
			t.Error(err)
		}
		if _, err := list.Status(Entry{Purpose: Suspension, Index: MinLength}); err == nil || err.(*Error).Code != CodeRange {
			t.Error(err)
		}
		if _, err := list.Status(Entry{Purpose: Suspension, Size: 2}); err == nil {
			t.Error("another size")
		}
	}
}

func TestSeveralBits(t *testing.T) {
	p := params(t, BitstringStatusList)
	p.Purpose, p.Purposes, p.Messages = "", []string{Message, Refresh}, []StatusMessage{{"0x0", "a"}, {"0x1", "b"}, {"0x2", "c"}, {"0x3", "d"}}
	p.Bits, _ = New(MinLength, 2)
	_ = p.Bits.Set(3, 2)
	raw, err := ListCredential(p)
	if err != nil {
		t.Fatal(err)
	}
	list, err := ReadList(raw, 0, enough)
	if err != nil || len(list.Messages) != 4 {
		t.Fatal(err)
	}
	if got, err := list.Status(Entry{Purpose: Refresh, Index: 3, Size: 2}); got != 2 || err != nil {
		t.Error(got, err)
	}
	p.Dialect = StatusList2021
	if _, err := ListCredential(p); err == nil {
		t.Error("StatusList2021 with two bits")
	}
}

func TestReadListRefuses(t *testing.T) {
	raw, err := ListCredential(params(t, BitstringStatusList))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ old, new, pointer string }{
		{`"BitstringStatusListCredential"`, `"X"`, "/type"},
		{`"type":"BitstringStatusList"`, `"type":"StatusList2021"`, "/credentialSubject/type"},
		{`"statusPurpose":"suspension",`, ``, "/credentialSubject/statusPurpose"},
		{`"ttl":300000`, `"ttl":-1`, "/credentialSubject/ttl"},
		{`"ttl":300000`, `"ttl":9223372036854775807`, "/credentialSubject/ttl"},
		{`"encodedList":"u`, `"encodedList":"u!`, "/credentialSubject/encodedList"},
		{`"encodedList":`, `"list":`, "/credentialSubject/encodedList"},
	} {
		_, err := ReadList([]byte(strings.Replace(string(raw), row.old, row.new, 1)), 1, enough)
		if problem, ok := err.(*Error); !ok || problem.Pointer != row.pointer {
			t.Error(row.new, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	encoded, _ := params(f, BitstringStatusList).Bits.Encode(BitstringStatusList)
	f.Add(encoded, 1)
	f.Add("eNrbuRgAAhcBXQ", 2)
	f.Fuzz(func(t *testing.T, encoded string, size int) {
		b, err := Decode(encoded, size, enough)
		if err != nil {
			return
		}
		if _, err := b.Get(b.Len() - 1); err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzReadList(f *testing.F) {
	for _, dialect := range []Dialect{BitstringStatusList, StatusList2021} {
		raw, _ := ListCredential(params(f, dialect))
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if list, err := ReadList(raw, 0, enough); err == nil && (list.Bits == nil || len(list.Purposes) == 0) {
			t.Fatal("half a list")
		}
	})
}

func FuzzReadEntries(f *testing.F) {
	f.Add([]byte(`[{"type":"BitstringStatusListEntry","statusPurpose":"p","statusListIndex":"1","statusListCredential":"u:x"}]`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		sameEntries(t, raw)
		found, err := ReadEntries(raw)
		if err != nil || len(found) == 0 {
			return
		}
		for i := range found {
			found[i].Type = BitstringEntry
		}
		out, err := WriteEntries(found, Style{EntryType: BitstringEntry})
		if err != nil {
			t.Fatal(err)
		}
		if again, err := ReadEntries(out); err != nil || len(again) != len(found) {
			t.Fatal(err, string(out))
		}
	})
}

func BenchmarkEncodeList(b *testing.B) {
	p := params(b, BitstringStatusList)
	for i := range int64(MinLength / 20) {
		_ = p.Bits.Set(i*19%MinLength, 1)
	}
	for b.Loop() {
		if _, err := ListCredential(p); err != nil {
			b.Fatal(err)
		}
	}
}
