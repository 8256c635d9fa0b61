package keystest

import (
	"bytes"
	"testing"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/vc"
)

// RunTenants proves a vault as [keys.Tenants]; one that is none is passed over. Each call of open gives a fresh vault.
func RunTenants(t *testing.T, open func(t *testing.T) keys.Vault) {
	v := open(t)
	if _, ok := v.(keys.Tenants); !ok {
		t.Skip("the vault hands out nothing for a tenant")
	}
	one, two, elsewhere := tenant(t, v, "tenant-1"), tenant(t, v, "tenant-2"), tenant(t, open(t), "tenant-1")
	plain, salt := []byte("Ada Lovelace, born 1815"), []byte("salt of one body")

	t.Run("opens what the vault sealed", func(t *testing.T) {
		if got, err := one.Open(salt, "body/1", seal(t, v, salt, plain)); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("opened %q, %v", got, err)
		}
	})
	sealed := one.Seal(salt, "body/1", plain)
	t.Run("seals what the vault opens", func(t *testing.T) {
		if bytes.Contains(sealed, plain[:8]) || bytes.Equal(sealed, one.Seal(salt, "body/1", plain)) {
			t.Error("sealed bytes show what they hold")
		}
		if got, err := v.Open(t.Context(), "tenant-1", salt, "body/1", sealed); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("opened %q, %v", got, err)
		}
		if got, err := tenant(t, v, "tenant-1").Open(salt, "body/1", sealed); err != nil || !bytes.Equal(got, plain) {
			t.Errorf("opened by another of the tenant %q, %v", got, err)
		}
	})
	t.Run("opens nothing else", func(t *testing.T) {
		for name, try := range map[string]struct {
			by          keys.TenantVault
			salt, label string
			bytes       []byte
		}{
			"another tenant": {two, string(salt), "body/1", sealed},
			"another vault":  {elsewhere, string(salt), "body/1", sealed},
			"another salt":   {one, "another", "body/1", sealed},
			"no salt":        {one, "", "body/1", sealed},
			"another label":  {one, string(salt), "body/2", sealed},
			"changed":        {one, string(salt), "body/1", flip(sealed, len(sealed)-1)},
			"nothing":        {one, string(salt), "body/1", nil},
		} {
			if got, err := try.by.Open([]byte(try.salt), try.label, try.bytes); got != nil || err == nil || vc.KindOf(err) != vc.Internal {
				t.Errorf("%s: opened %q, %v", name, got, err)
			}
		}
	})
	t.Run("mac", func(t *testing.T) {
		want, err := v.MAC(t.Context(), "tenant-1", "receipt", plain)
		if err != nil || !bytes.Equal(one.MAC("receipt", plain), want) {
			t.Errorf("another digest than the vault's: %v", err)
		}
		if bytes.Equal(two.MAC("receipt", plain), want) || bytes.Equal(elsewhere.MAC("receipt", plain), want) || bytes.Equal(one.MAC("subject", plain), want) {
			t.Error("one digest for two tenants, vaults or uses")
		}
	})
}

func tenant(t *testing.T, v keys.Vault, name string) keys.TenantVault {
	t.Helper()
	got, err := v.(keys.Tenants).Tenant(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	return got
}
