package holder_test

import (
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/vc"
)

func keyRequest() identity.CreateRequest { return identity.CreateRequest{Method: "key"} }

const words = "special sign fit simple patrol salute grocery chicken wheat radar tonight ceiling"

func TestGenerate(t *testing.T) {
	w := newWorld(t)
	out, err := w.desk.Generate(t.Context(), w.by, []string{"web", "empe", "key", "empe-testnet", "jwk"})
	must(t, err)
	for i, prefix := range []string{"did:web:wallet.example:wallets:", "did:empe:", "did:key:", "did:empe:testnet:", "did:jwk:"} {
		if one := out.Identities[i]; !strings.HasPrefix(one.DID, prefix) || one.Use != vc.UseHolding {
			t.Errorf("made %+v", one)
		}
	}
	first, second := out.Identities[1], out.Identities[3]
	if first.Keys[0].Key.ID != second.Keys[0].Key.ID || strings.TrimPrefix(first.DID, "did:empe:") != strings.TrimPrefix(second.DID, "did:empe:testnet:") {
		t.Errorf("not of one key: %s %s", first.DID, second.DID)
	}
	if len(strings.Fields(out.Mnemonic)) != 24 {
		t.Error("no 24 words")
	}
	again, err := w.desk.Generate(t.Context(), w.by, []string{"key"})
	if err != nil || again.Mnemonic != "" {
		t.Errorf("a mnemonic of nothing: %v", err)
	}
	all, err := w.desk.Identities(t.Context(), w.by.Scope)
	if err != nil || len(all) != 6 || all[0].ID != again.Identities[0].ID {
		t.Errorf("%d identities, %v", len(all), err)
	}
	if all, err = w.desk.Identities(t.Context(), w.far.Scope); err != nil || len(all) != 0 {
		t.Errorf("another wallet has %d, %v", len(all), err)
	}
	// The words lead to the same DIDs in another wallet, once they are in none.
	_, err = w.desk.Import(t.Context(), w.far, []string{"empe"}, out.Mnemonic)
	w.fails(err, vc.Conflict, "duplicate")
	if _, text := w.acts(); strings.Contains(text, out.Mnemonic) {
		t.Error("the journal has the words")
	}
	for name, c := range map[string]struct {
		methods []string
		code    string
	}{
		"none": {nil, "methods-missing"}, "unknown": {[]string{"key", "paper"}, "method-unknown"}, "twice": {[]string{"key", "key"}, "method-repeated"},
	} {
		_, err := w.desk.Generate(t.Context(), w.by, c.methods)
		if w.fails(err, vc.Invalid, c.code); t.Failed() {
			t.Log(name)
		}
	}
}

func TestImport(t *testing.T) {
	w := newWorld(t)
	out, err := w.desk.Import(t.Context(), w.by, []string{"empe-testnet"}, words)
	must(t, err)
	if out[0].DID != "did:empe:testnet:39673e4babf99fea1906245c7cd852f1241b9313" || out[0].Use != vc.UseHolding {
		t.Errorf("imported %+v", out[0])
	}
	_, err = w.desk.Import(t.Context(), w.by, []string{"empe-testnet"}, words)
	w.fails(err, vc.Conflict, "duplicate")
	more, err := w.desk.Import(t.Context(), w.by, []string{"empe-testnet", "empe", "key"}, "  Special  SIGN fit simple patrol salute grocery chicken wheat radar tonight ceiling ")
	must(t, err)
	if more[0].ID != out[0].ID || more[1].DID != "did:empe:39673e4babf99fea1906245c7cd852f1241b9313" || more[2].Keys[0].Key.ID != out[0].Keys[0].Key.ID {
		t.Errorf("imported %+v", more)
	}
	for _, bad := range []string{"", "special", strings.Repeat("special ", 12), words + " ceiling", strings.Replace(words, "radar", "chancery", 1)} {
		_, err := w.desk.Import(t.Context(), w.by, []string{"empe"}, bad)
		w.fails(err, vc.Invalid, "mnemonic-invalid")
		if bad != "" && strings.Contains(err.Error(), strings.Fields(bad)[0]) {
			t.Errorf("the error has the words: %v", err)
		}
	}
}
