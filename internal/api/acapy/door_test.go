package acapy

import (
	"strings"
	"testing"
)

// Each of the description's operations, and of the cheqd plugin's, is a line, and each line an operation.
func TestLines(t *testing.T) {
	d := &Door{}
	have, refused := map[string]bool{}, 0
	for _, l := range d.lines() {
		key := l.method + " " + l.pattern
		if _, ok := description().Operations[key]; !ok {
			t.Errorf("%s is not in the description", key)
		}
		if have[key] {
			t.Errorf("%s is there twice", key)
		}
		have[key] = true
		if reason, ok := reasonOf(key); ok {
			refused++
			if strings.TrimSpace(reason) == "" {
				t.Errorf("%s is refused for no reason", key)
			}
		}
	}
	for key := range description().Operations {
		if !have[key] {
			t.Errorf("%s has no line", key)
		}
	}
	if len(have) != 195+5 || refused != 85 {
		t.Errorf("%d lines, of which %d are refused", len(have), refused)
	}
	d.Handler(Prefix, TenantPrefix) // patterns that contradict each other panic
	d.Handler()
}
