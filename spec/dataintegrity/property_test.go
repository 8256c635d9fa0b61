package dataintegrity

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/spec/ijson"
	"github.com/chancery-vc/chancery/spec/jose"
)

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// Whatever the claims are, what was signed verifies, and not when one byte of any value, in the document or in the proof,
// is another.
func TestAnyByte(t *testing.T) {
	keys := testKeys(t)
	canonical := rdfc()
	suites := Suites()
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.SampledFrom(suites).Draw(t, "suite")
		algorithm := rapid.SampledFrom(s.Algorithms).Draw(t, "algorithm")
		word := rapid.StringMatching(`[a-zA-Zé ]{1,12}`)
		claims := rapid.SliceOfN(word, 1, 6).Draw(t, "claims")
		members := ""
		for i, claim := range claims {
			members += `,"https://example.org/claim#` + string(rune('a'+i)) + `":` + string(ijson.AppendString(nil, claim))
		}
		document := strings.Replace(plain, `"id":"did:example:subject"`, `"id":"did:example:subject"`+members, 1)
		options := Options{
			Suite: s, Algorithm: algorithm, Method: "did:example:issuer#key", Purpose: "assertionMethod",
			Created: time.Unix(rapid.Int64Range(0, 4_000_000_000).Draw(t, "created"), 0), Challenge: rapid.StringMatching(`[a-z]{0,8}`).Draw(t, "challenge"),
			Domain: rapid.SliceOfNDistinct(word, 0, 2, rapid.ID).Draw(t, "domain"),
		}
		prepared, err := Prepare(t.Context(), []byte(document), options, canonical)
		if err != nil {
			t.Fatal(err)
		}
		signature, err := jose.Sign(keys[algorithm], algorithm, prepared.Input)
		if err != nil {
			t.Fatal(err)
		}
		secured, err := prepared.Secure(signature)
		if err != nil {
			t.Fatal(err)
		}
		public, err := jose.Public(keys[algorithm])
		if err != nil {
			t.Fatal(err)
		}
		verify := func(secured []byte) error {
			proofs, err := Read(secured)
			if err != nil {
				return err
			}
			return proofs[0].Verify(t.Context(), public, canonical)
		}
		if err := verify(secured); err != nil {
			t.Fatalf("%v: %s", err, secured)
		}
		// Every letter and digit after the contexts is part of a name or a value. The names of contexts are not signed by
		// suites over RDF, what they say is.
		from := bytes.Index(secured, []byte(`"type"`))
		at := rapid.SampledFrom(letters(secured, from)).Draw(t, "at")
		changed := bytes.Clone(secured)
		changed[at] = rapid.SampledFrom([]byte("aQ7")).Filter(func(b byte) bool { return b != secured[at] }).Draw(t, "byte")
		if verify(changed) == nil {
			t.Fatalf("not found at %d: %s", at, changed)
		}
	})
}

func letters(text []byte, from int) []int {
	var all []int
	for i := from; i < len(text); i++ {
		if c := text[i] | 0x20; c >= 'a' && c <= 'z' || text[i] >= '0' && text[i] <= '9' {
			all = append(all, i)
		}
	}
	return all
}

// Proofs of several suites stand beside one another; each verifies alone, and a chain's proof with those it names.
func TestMixedSet(t *testing.T) {
	keys := testKeys(t)
	document := plain
	var previous []string
	for _, s := range Suites() {
		id := "urn:proof:" + strings.ToLower(s.Name)
		if s.Legacy {
			previous = nil // no context of a predecessor knows previousProof
		}
		document = string(secure(t, document, Options{
			Suite: s, Algorithm: s.Algorithms[0], Method: "did:example:issuer#key", Purpose: "assertionMethod", Created: time.Unix(1, 0), ID: id, Previous: previous,
		}))
		previous = append(previous, id)
	}
	proofs, err := Read([]byte(document))
	if err != nil || len(proofs) != len(Suites()) {
		t.Fatal(err)
	}
	for _, p := range proofs {
		public, err := jose.Public(keys[p.Algorithm])
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Verify(t.Context(), public, rdfc()); err != nil {
			t.Errorf("%s: %v", p.Suite.Name, err)
		}
		if same, err := ijson.Equal(p.Document, []byte(plain)); err != nil || !same {
			t.Errorf("%s: %s", p.Suite.Name, p.Document)
		}
	}
}
