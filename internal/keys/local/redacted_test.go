package local

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/keys"
	"github.com/chancery-vc/chancery/internal/keys/keystest"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Nothing that holds a secret prints it, whatever it is in and however it is printed.
func TestNothingPrints(t *testing.T) {
	master := NewMasterKey()
	rows := &table{}
	s := open(t, rows, master, NewMasterKey())
	secrets := [][]byte{master.secret[:]}
	holders := []any{master, &master, s, *s, s.master, &s.master, Config{Master: s.master, Rows: rows}, []MasterKey{master}, map[string]any{"x": master}}
	for _, algorithm := range keystest.Algorithms() {
		key, err := s.Generate(t.Context(), vc.Scope{Tenant: "a"}, algorithm)
		if err != nil {
			t.Fatal(err)
		}
		k, err := s.open(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		data, _ := s.dataKeys.Get("a")
		secrets = append(secrets, k.bytes(), data.secret[:])
		key.Sealed = flip(key.Sealed)
		_, refused := s.Sign(t.Context(), key, nil)
		vault, err := s.Tenant(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		holders = append(holders, k, &k, data, &data, []private{k}, struct{ in private }{k}, struct{ In dataKey }{data}, refused, key,
			vault, struct{ in keys.TenantVault }{vault}, []keys.TenantVault{vault})
	}
	for i, holder := range holders {
		for _, text := range printed(holder) {
			for _, secret := range secrets {
				if shows(text, secret) {
					t.Errorf("holder %d, a %T, prints its secret", i, holder)
				}
			}
		}
	}
	if got := fmt.Sprintf("%v %+v %#v %x %d", master, s, s.master, master, *s); strings.Count(got, redactedText) != 5 {
		t.Errorf("got %q", got)
	}
}

func printed(v any) []string {
	var all []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		all = append(all, fmt.Sprintf(verb, v))
	}
	encoded, _ := json.Marshal(v)
	var lines bytes.Buffer
	slog.New(slog.NewTextHandler(&lines, nil)).Info("x", "key", v)
	slog.New(slog.NewJSONHandler(&lines, nil)).Info("x", "key", v, slog.Group("in", "key", v))
	return append(all, string(encoded), lines.String())
}

// shows looks for eight bytes of a secret in the ways that printers write bytes.
func shows(text string, secret []byte) bool {
	part := secret[:8]
	numbers := strings.Trim(fmt.Sprintf("%v", part), "[]")
	ways := []string{
		string(part), hex.EncodeToString(part), strings.ToUpper(hex.EncodeToString(part)),
		numbers, strings.ReplaceAll(numbers, " ", ","),
		strings.TrimSuffix(strings.TrimPrefix(fmt.Sprintf("%#v", part), "[]byte{"), "}"),
		base64.RawURLEncoding.EncodeToString(secret[:6]), base64.RawStdEncoding.EncodeToString(secret[:6]),
		fmt.Sprintf("% x", part),
	}
	for _, way := range ways {
		if strings.Contains(text, way) {
			return true
		}
	}
	return false
}

func flip(sealed []byte) []byte {
	changed := bytes.Clone(sealed)
	changed[len(changed)-1] ^= 1
	return changed
}
