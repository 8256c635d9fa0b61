package keystest

import (
	"bytes"
	"testing"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/vc"
)

// RunVault proves a vault; each call of open gives a fresh one.
func RunVault(t *testing.T, open func(t *testing.T) keys.Vault) {
	t.Run("seal", func(t *testing.T) { sealed(t, open(t), open(t)) })
	t.Run("mac", func(t *testing.T) { digests(t, open(t), open(t)) })
}

// sealed: what is sealed opens at its place and nowhere else, and shows nothing.
func sealed(t *testing.T, v, elsewhere keys.Vault) {
	plain, salt := []byte("Ada Lovelace, born 1815"), []byte("salt of one body")
	first := seal(t, v, salt, plain)
	if bytes.Contains(first, plain[:8]) || bytes.Equal(first, seal(t, v, salt, plain)) {
		t.Error("sealed bytes show what they hold")
	}
	if got, err := v.Open(t.Context(), "tenant-1", salt, "body/1", first); err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("opened %q, %v", got, err)
	}
	if got, err := v.Open(t.Context(), "tenant-1", salt, "body/1", seal(t, v, salt, nil)); err != nil || len(got) != 0 {
		t.Errorf("of nothing: %q, %v", got, err)
	}
	for name, try := range map[string]struct {
		vault  keys.Vault
		tenant string
		salt   []byte
		label  string
		bytes  []byte
	}{
		"another vault":  {elsewhere, "tenant-1", salt, "body/1", first},
		"another tenant": {v, "tenant-2", salt, "body/1", first},
		"no salt":        {v, "tenant-1", nil, "body/1", first},
		"another salt":   {v, "tenant-1", []byte("salt of one bodz"), "body/1", first},
		"another label":  {v, "tenant-1", salt, "body/2", first},
		"changed":        {v, "tenant-1", salt, "body/1", flip(first, len(first)-1)},
		"cut":            {v, "tenant-1", salt, "body/1", first[:8]},
		"nothing":        {v, "tenant-1", salt, "body/1", nil},
	} {
		got, err := try.vault.Open(t.Context(), try.tenant, try.salt, try.label, try.bytes)
		if got != nil || err == nil || vc.KindOf(err) != vc.Internal {
			t.Errorf("%s: opened %q, %v", name, got, err)
		}
	}
}

// digests: equal for equal data, and for nothing else.
func digests(t *testing.T, v, elsewhere keys.Vault) {
	seen := map[string]string{}
	for name, try := range map[string]struct {
		vault             keys.Vault
		tenant, use, data string
	}{
		"first":           {v, "tenant-1", "subject", "did:example:1"},
		"another data":    {v, "tenant-1", "subject", "did:example:2"},
		"no data":         {v, "tenant-1", "subject", ""},
		"another use":     {v, "tenant-1", "recipient", "did:example:1"},
		"another tenant":  {v, "tenant-2", "subject", "did:example:1"},
		"another vault":   {elsewhere, "tenant-1", "subject", "did:example:1"},
		"use and data":    {v, "tenant-1", "subjectdid", ":example:1"},
		"operator's data": {v, "", "subject", "did:example:1"},
	} {
		got, err := try.vault.MAC(t.Context(), try.tenant, try.use, []byte(try.data))
		if err != nil || len(got) != 32 {
			t.Fatalf("%s: %x, %v", name, got, err)
		}
		again, _ := try.vault.MAC(t.Context(), try.tenant, try.use, []byte(try.data))
		if !bytes.Equal(got, again) {
			t.Errorf("%s: another digest each time", name)
		}
		if other, ok := seen[string(got)]; ok {
			t.Errorf("%s and %s have one digest", name, other)
		}
		seen[string(got)] = name
	}
}

func seal(t *testing.T, v keys.Vault, salt, plain []byte) []byte {
	t.Helper()
	got, err := v.Seal(t.Context(), "tenant-1", salt, "body/1", plain)
	if err != nil {
		t.Fatal(err)
	}
	return got
}
