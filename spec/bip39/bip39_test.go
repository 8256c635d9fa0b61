package bip39

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// The published vectors of BIP-39: entropy, words, seed with the passphrase TREZOR, master key of BIP-32. README.md says
// where they are from.
//
//go:embed testdata/vectors.json
var published []byte

func TestList(t *testing.T) {
	sum := sha256.Sum256([]byte(english))
	if hex.EncodeToString(sum[:]) != "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda" {
		t.Error("the list is another")
	}
	if list := strings.Fields(english); len(list) != 2048 || !slices.IsSorted(list) {
		t.Error("the list is not 2048 sorted words")
	}
}

func TestVectors(t *testing.T) {
	var vectors [][4]string
	if err := json.Unmarshal(published, &vectors); err != nil || len(vectors) != 24 {
		t.Fatal(len(vectors), err)
	}
	for _, v := range vectors {
		entropy, err := hex.DecodeString(v[0])
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Words(entropy); err != nil || got != v[1] {
			t.Errorf("%s: %q, %v", v[0], got, err)
		}
		if got, err := Entropy("\n " + strings.ReplaceAll(v[1], " ", "  ") + "\t"); err != nil || !bytes.Equal(got, entropy) {
			t.Errorf("%s: %x, %v", v[1], got, err)
		}
		if got, err := Seed(v[1], "TREZOR"); err != nil || hex.EncodeToString(got) != v[2] {
			t.Errorf("%s: %x, %v", v[1], got, err)
		}
	}
}

func TestRefused(t *testing.T) {
	const good = "legal winner thank year wave sausage worth useful legal winner thank yellow"
	for name, text := range map[string]string{
		"none": "", "eleven": strings.TrimSuffix(good, " yellow"), "another word": strings.Replace(good, "yellow", "yello", 1),
		"a checksum": strings.Replace(good, "yellow", "year", 1), "case": strings.Replace(good, "legal", "Legal", 1),
		"long": strings.Repeat(" ", maxText) + good, "27": strings.Repeat("abandon ", 27), "after the last": strings.Replace(good, "yellow", "zzz", 1),
	} {
		if got, err := Entropy(text); err == nil || got != nil {
			t.Errorf("%s: %x, %v", name, got, err)
		}
		if got, err := Seed(text, ""); err == nil || got != nil {
			t.Errorf("%s: %x, %v", name, got, err)
		}
	}
	if _, err := Seed(good, "é"); err == nil {
		t.Error("a passphrase that needs NFKD is taken")
	}
	for _, size := range []int{0, 15, 17, 33, 36} {
		if _, err := Words(make([]byte, size)); err == nil {
			t.Errorf("%d bytes are taken", size)
		}
	}
}

func TestInverse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		size := rapid.IntRange(4, 8).Draw(t, "words") * 4
		entropy := rapid.SliceOfN(rapid.Byte(), size, size).Draw(t, "entropy")
		words, err := Words(entropy)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Entropy(words); err != nil || !bytes.Equal(got, entropy) {
			t.Fatalf("%x, %v", got, err)
		}
	})
}

func FuzzEntropy(f *testing.F) {
	f.Add("legal winner thank year wave sausage worth useful legal winner thank yellow")
	f.Add("abandon")
	f.Fuzz(func(t *testing.T, text string) {
		entropy, err := Entropy(text)
		if err != nil {
			return
		}
		if words, err := Words(entropy); err != nil || words != strings.Join(strings.Fields(text), " ") {
			t.Fatalf("%q became %q: %v", text, words, err)
		}
	})
}
