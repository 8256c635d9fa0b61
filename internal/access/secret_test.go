package access

import (
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// What is compared is compared whole, whether there is anything to compare with or not.
func TestProves(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	zero := make([]byte, 32)
	for name, c := range map[string]struct {
		secret            string
		p                 vc.Principal
		current, previous bool
	}{
		"current":          {"a", vc.Principal{Secret: digestOf("a")}, true, false},
		"another":          {"b", vc.Principal{Secret: digestOf("a")}, false, false},
		"none":             {"", vc.Principal{}, false, false},
		"no digest":        {"a", vc.Principal{Secret: []byte("a"), Previous: digestOf("a")[:31], PreviousUntil: now.Add(1)}, false, false},
		"zeroes":           {"a", vc.Principal{Secret: zero, Previous: zero, PreviousUntil: now.Add(1)}, false, false},
		"previous":         {"b", vc.Principal{Secret: digestOf("a"), Previous: digestOf("b"), PreviousUntil: now.Add(1)}, false, true},
		"both":             {"a", vc.Principal{Secret: digestOf("a"), Previous: digestOf("b"), PreviousUntil: now.Add(1)}, true, false},
		"previous, ended":  {"b", vc.Principal{Secret: digestOf("a"), Previous: digestOf("b"), PreviousUntil: now}, false, false},
		"previous, undone": {"b", vc.Principal{Secret: digestOf("a"), Previous: digestOf("b")}, false, false},
	} {
		if current, previous := proves(c.secret, c.p, now); current != c.current || previous != c.previous {
			t.Errorf("%s: %t %t", name, current, previous)
		}
	}
}
