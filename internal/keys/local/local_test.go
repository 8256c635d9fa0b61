package local

import (
	"bytes"
	"context"
	"encoding/base64"
	"sync"
	"testing"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/keys/keystest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/jose"
)

// table is a table of data keys. The store's own is proven by its tests; this package knows no store.
type table struct {
	mu   sync.Mutex
	rows map[string]vc.DataKey
	lose func() // called before a row is put: another server is faster
}

func (d *table) DataKey(_ context.Context, tenant string) ([]byte, string, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	row, ok := d.rows[tenant]
	if !ok {
		return nil, "", vc.Errorf(vc.NotFound, "not-found", "no data key")
	}
	return row.Sealed, row.MasterKey, nil
}

func (d *table) PutDataKey(_ context.Context, tenant string, sealed []byte, master string) ([]byte, string, error) {
	if d.lose != nil {
		d.lose()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if row, ok := d.rows[tenant]; ok {
		return row.Sealed, row.MasterKey, nil
	}
	if d.rows == nil {
		d.rows = map[string]vc.DataKey{}
	}
	d.rows[tenant] = vc.DataKey{Tenant: tenant, MasterKey: master, Sealed: sealed}
	return sealed, master, nil
}

func (d *table) DataKeys(context.Context) ([]vc.DataKey, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	var all []vc.DataKey
	for _, row := range d.rows {
		all = append(all, row)
	}
	return all, nil
}

func (d *table) ReplaceDataKey(_ context.Context, tenant string, old, sealed []byte, master string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !bytes.Equal(d.rows[tenant].Sealed, old) {
		return vc.Errorf(vc.Conflict, "stale", "another data key is there")
	}
	d.rows[tenant] = vc.DataKey{Tenant: tenant, MasterKey: master, Sealed: sealed}
	return nil
}

func open(t testing.TB, rows DataKeys, current MasterKey, previous ...MasterKey) *Store {
	t.Helper()
	s, err := New(Config{Master: MasterKeys{Current: current, Previous: previous}, Rows: rows})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestLaws(t *testing.T) {
	keystest.Run(t, func(t *testing.T) keys.Store { return open(t, &table{}, NewMasterKey()) })
	keystest.RunVault(t, func(t *testing.T) keys.Vault { return open(t, &table{}, NewMasterKey()) })
	t.Run("agreement", func(t *testing.T) {
		keystest.RunAgreement(t, func(t *testing.T) keys.Store { return open(t, &table{}, NewMasterKey()) })
	})
	t.Run("tenants", func(t *testing.T) {
		keystest.RunTenants(t, func(t *testing.T) keys.Vault { return open(t, &table{}, NewMasterKey()) })
	})
}

// Another server of the same master key and database signs with the same keys; a small cache changes nothing.
func TestTwoServers(t *testing.T) {
	rows, master := &table{}, NewMasterKey()
	first := open(t, rows, master)
	second, err := New(Config{Master: MasterKeys{Current: master}, Rows: rows, Cache: 1})
	if err != nil {
		t.Fatal(err)
	}
	for _, algorithm := range keystest.Algorithms() {
		for _, tenant := range []string{"a", "b"} {
			key, err := first.Generate(t.Context(), vc.Scope{Tenant: tenant}, algorithm)
			if err != nil {
				t.Fatal(err)
			}
			one, _ := first.Sign(t.Context(), key, []byte("x"))
			two, err := second.Sign(t.Context(), key, []byte("x"))
			if err != nil || !bytes.Equal(one, two) {
				t.Errorf("%s: %v", algorithm, err)
			}
		}
	}
}

// Where two servers make a tenant's data key at once, both end with the one that was kept.
func TestFirstDataKeyWins(t *testing.T) {
	master := NewMasterKey()
	rows := &table{}
	winner := open(t, rows, master)
	var kept vc.Key
	late := &table{}
	late.lose = func() {
		kept, _ = winner.Generate(t.Context(), vc.Scope{Tenant: "a"}, vc.Ed25519)
		late.mu.Lock()
		late.rows = rows.rows
		late.mu.Unlock()
	}
	loser := open(t, late, master)
	key, err := loser.Generate(t.Context(), vc.Scope{Tenant: "a"}, vc.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := winner.Sign(t.Context(), key, nil); err != nil {
		t.Error(err)
	}
	if _, err := loser.Sign(t.Context(), kept, nil); err != nil {
		t.Error(err)
	}
}

// Rotation: old and new together, each step with another server still at the step before.
func TestRotation(t *testing.T) {
	rows, before, after := &table{}, NewMasterKey(), NewMasterKey()
	old := open(t, rows, before)
	var made []vc.Key
	for _, tenant := range []string{"", "a", "b"} {
		key, err := old.Generate(t.Context(), vc.Scope{Tenant: tenant}, vc.P256)
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, key)
	}
	sealed, _ := old.Seal(t.Context(), "a", []byte("salt"), "label", []byte("plain"))
	prepared, current := open(t, rows, before, after), open(t, rows, after, before)
	fresh, err := current.Generate(t.Context(), vc.Scope{Tenant: "c"}, vc.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := prepared.Sign(t.Context(), fresh, nil); err != nil {
		t.Errorf("a prepared server does not open what a rotated one made: %v", err)
	}
	if n, err := current.Rewrap(t.Context()); n != 3 || err != nil {
		t.Fatalf("%d rewrapped, %v", n, err)
	}
	if n, err := current.Rewrap(t.Context()); n != 0 || err != nil {
		t.Fatalf("%d rewrapped again, %v", n, err)
	}
	for _, s := range []*Store{old, prepared, current, open(t, rows, before, after), open(t, rows, after)} {
		for _, key := range made {
			if _, err := s.Sign(t.Context(), key, nil); err != nil {
				t.Error(err)
			}
		}
		if plain, err := s.Open(t.Context(), "a", []byte("salt"), "label", sealed); string(plain) != "plain" {
			t.Error(err)
		}
	}
	if _, err := open(t, rows, before).Sign(t.Context(), made[1], nil); vc.KindOf(err) != vc.Internal || err == nil {
		t.Errorf("the old master key alone still opens: %v", err)
	}
}

// A data key that was moved to another tenant does not open.
func TestMovedDataKey(t *testing.T) {
	rows, master := &table{}, NewMasterKey()
	s := open(t, rows, master)
	for _, tenant := range []string{"a", "b"} {
		if _, err := s.Generate(t.Context(), vc.Scope{Tenant: tenant}, vc.Ed25519); err != nil {
			t.Fatal(err)
		}
	}
	rows.rows["a"], rows.rows["b"] = rows.rows["b"], rows.rows["a"]
	if _, err := open(t, rows, master).Generate(t.Context(), vc.Scope{Tenant: "a"}, vc.Ed25519); err == nil {
		t.Error("a data key of another tenant was taken")
	}
}

func TestNewRefuses(t *testing.T) {
	if _, err := New(Config{Rows: &table{}}); err == nil {
		t.Error("no master key")
	}
	if _, err := New(Config{Master: MasterKeys{Current: NewMasterKey()}}); err == nil {
		t.Error("no rows")
	}
}

// RFC 8037 appendix A.1 and A.4: an imported key signs as the one it was.
func TestImport(t *testing.T) {
	const private = `{"kty":"OKP","crv":"Ed25519","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`
	const input = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"
	const want = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
	s := open(t, &table{}, NewMasterKey())
	key, err := s.Import(t.Context(), vc.Scope{Tenant: "a"}, []byte(private))
	if err != nil {
		t.Fatal(err)
	}
	signature, err := s.Sign(t.Context(), key, []byte(input))
	if got := base64.RawURLEncoding.EncodeToString(signature); err != nil || got != want {
		t.Errorf("%s, %v", got, err)
	}
	if key.Algorithm != vc.Ed25519 || bytes.Contains(key.PublicJWK, []byte(`"d"`)) {
		t.Errorf("%s %s", key.Algorithm, key.PublicJWK)
	}
	for _, wrong := range []string{
		"", "{}", "null", `{"kty":"RSA"}`, `{"kty":"oct","k":"AAAA"}`,
		`{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
		`{"kty":"OKP","crv":"Ed25519","d":"AAGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}`,
	} {
		_, err := s.Import(t.Context(), vc.Scope{Tenant: "a"}, []byte(wrong))
		if vc.KindOf(err) != vc.Invalid {
			t.Errorf("%s: %v", wrong, err)
		}
	}
}

// Sealed bytes of every length and kind of key come back as they were.
func TestPrivateBytes(t *testing.T) {
	for _, algorithm := range keystest.Algorithms() {
		k, err := generate(algorithm)
		if err != nil {
			t.Fatal(err)
		}
		back, err := parsePrivate(algorithm, k.bytes())
		if err != nil {
			t.Fatal(err)
		}
		one, _ := jose.Public(k.key())
		two, _ := jose.Public(back.key())
		if !one.Equal(two) || !bytes.Equal(k.bytes(), back.bytes()) {
			t.Errorf("%s: another key came back", algorithm)
		}
		for _, raw := range [][]byte{nil, {1}, make([]byte, len(k.bytes())+1)} {
			if _, err := parsePrivate(algorithm, raw); err == nil {
				t.Errorf("%s: %d bytes were taken", algorithm, len(raw))
			}
		}
	}
	if _, err := parsePrivate("RSA", nil); err == nil {
		t.Error("a key of no algorithm was taken")
	}
}

func BenchmarkSign(b *testing.B) {
	s := open(b, &table{}, NewMasterKey())
	for _, algorithm := range keystest.Algorithms() {
		key, _ := s.Generate(b.Context(), vc.Scope{Tenant: "a"}, algorithm)
		b.Run(string(algorithm), func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Sign(b.Context(), key, []byte("input")); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
