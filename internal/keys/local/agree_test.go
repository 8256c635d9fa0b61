package local

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/chancery-vc/chancery/internal/vc"
)

// A secret that is agreed on again is the same, whatever was done with what was given, and a row that does not open agrees on none.
func TestAgreeAgain(t *testing.T) {
	s, err := New(Config{Master: MasterKeys{Current: NewMasterKey()}, Rows: &table{rows: map[string]vc.DataKey{}}})
	if err != nil {
		t.Fatal(err)
	}
	key, err := s.Generate(t.Context(), vc.Scope{Tenant: "t"}, vc.Ed25519)
	if err != nil {
		t.Fatal(err)
	}
	peer := bytes.Repeat([]byte{9}, 32)
	var first []byte
	for range 4 {
		secret, err := s.Agree(t.Context(), key, peer)
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = bytes.Clone(secret)
		}
		if !bytes.Equal(secret, first) {
			t.Error("another secret")
		}
		clear(secret)
	}
	moved := key
	moved.Scope.Tenant = "u"
	if _, err := s.Agree(t.Context(), moved, peer); err == nil {
		t.Error("a row of another tenant agrees")
	}
	if shown := fmt.Sprintf("%+v %#v", s.agreed.Values(), s.agreed.Values()); bytes.Contains([]byte(shown), first) {
		t.Error(shown)
	}
}
