package local

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMasterKeyText(t *testing.T) {
	k := NewMasterKey()
	text := k.Reveal()
	if !strings.HasPrefix(text, "chancery-master-key:v1:") || len(text) != len(MasterPrefix)+43 {
		t.Errorf("a text of %d bytes", len(text))
	}
	for _, again := range []string{text, text + "\n", "  " + text + "\r\n"} {
		back, err := ParseMasterKey(again)
		if err != nil || back.ID() != k.ID() {
			t.Errorf("not read back: %v", err)
		}
	}
	secret := strings.TrimPrefix(text, MasterPrefix)
	for name, wrong := range map[string]string{
		"empty": "", "no prefix": secret, "another version": "chancery-master-key:v2:" + secret, "prefix alone": MasterPrefix,
		"short": text[:len(text)-1], "long": text + "A", "padded": text + "=", "not base64url": MasterPrefix + "+" + secret[1:],
		"zero": MasterPrefix + strings.Repeat("A", 43), "two": text + text, "space": MasterPrefix + " " + secret,
	} {
		if _, err := ParseMasterKey(wrong); err == nil || strings.Contains(err.Error(), secret[:20]) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The id, the check value and the MAC keys are fixed for a key for ever: databases and audit heads hold them.
func TestMasterKeyFixed(t *testing.T) {
	k, err := ParseMasterKey(MasterPrefix + "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
	if err != nil {
		t.Fatal(err)
	}
	if got := k.ID(); got != "e0dfac7ee6cc81e6" {
		t.Errorf("id %s", got)
	}
	if got := hex.EncodeToString(k.CheckValue()); got != "1cc0e31f3ece3a2315f0ee9cfda9a1c7c31ee2bce057b574089ccdb5fa338b31" {
		t.Errorf("check value %s", got)
	}
	if got := hex.EncodeToString(k.MACKey("audit")); got != "06dd6b16fe2ddd99a14e39fb7ac1088a69112ff3bfdcbcdd25439b49b7f6bb53" {
		t.Errorf("MAC key %s", got)
	}
}

func TestMasterKeys(t *testing.T) {
	one, two, three := NewMasterKey(), NewMasterKey(), NewMasterKey()
	m := MasterKeys{Current: one, Previous: []MasterKey{two}}
	if !m.Matches(one.CheckValue()) || !m.Matches(two.CheckValue()) || m.Matches(three.CheckValue()) || m.Matches(nil) {
		t.Error("check values")
	}
	if !one.Matches(m.CheckValue()) || two.Matches(m.CheckValue()) || (MasterKey{}).Matches(nil) {
		t.Error("the current check value")
	}
	id, key := m.MACKey("audit")
	if id != one.ID() || len(key) != 32 || bytes.Equal(key, one.MACKey("other")) {
		t.Error("the current MAC key")
	}
	if again, ok := m.MACKeyOf(id, "audit"); !ok || !bytes.Equal(again, key) {
		t.Error("the current MAC key by id")
	}
	if old, ok := m.MACKeyOf(two.ID(), "audit"); !ok || !bytes.Equal(old, two.MACKey("audit")) || bytes.Equal(old, key) {
		t.Error("the previous MAC key")
	}
	for _, unknown := range []string{three.ID(), ""} {
		if got, ok := m.MACKeyOf(unknown, "audit"); ok || got != nil {
			t.Error("a MAC key of no master key")
		}
	}
	var none MasterKeys
	if id, key := none.MACKey("audit"); id != "" || key != nil || none.CheckValue() != nil || none.Matches(nil) {
		t.Error("no master key")
	}
}

func TestJoinedIsInjective(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		parts := rapid.SliceOfN(rapid.StringOfN(rapid.RuneFrom([]rune("\x00\x01ab")), 0, 4, -1), 1, 4)
		a, b := parts.Draw(t, "a"), parts.Draw(t, "b")
		same := len(a) == len(b) && strings.Join(a, "|") == strings.Join(b, "|")
		if bytes.Equal(joined(a...), joined(b...)) != same {
			t.Fatalf("%q and %q", a, b)
		}
	})
}

func FuzzParseMasterKey(f *testing.F) {
	f.Add(MasterPrefix + "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		k, err := ParseMasterKey(text)
		if err == nil && k.Reveal() != strings.TrimSpace(text) {
			t.Fatal("not what was read")
		}
	})
}
