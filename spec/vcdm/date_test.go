package vcdm

import "testing"

// What is read as a date can be written again, in UTC and as seconds of a JWT.
func TestParseDate(t *testing.T) {
	for text, want := range map[string]bool{
		"2026-01-02T03:04:05Z":           true,
		"2026-01-02T03:04:05.678+14:00":  true,
		"0001-01-01T00:00:01Z":           true,
		"9999-12-31T23:59:59.999Z":       true,
		"0000-01-01T00:00:00Z":           false,
		"0001-01-01T00:00:00Z":           false,
		"0001-01-01T01:00:00+01:00":      false,
		"9999-12-31T23:59:59-00:01":      false,
		"2026-01-02T03:04:05":            false,
		"2026-01-02t03:04:05Z":           false,
		"2026-01-02T03:04:05z":           false,
		"2026-02-30T03:04:05Z":           false,
		"12026-01-02T03:04:05Z":          false,
		"2026-01-02T03:04:05,5Z":         false,
		"2026-01-02 03:04:05Z":           false,
		"-0001-01-02T03:04:05Z":          false,
		"2026-01-02T24:00:00Z":           false,
		"2026-01-02T03:04:05+0100":       false,
		"2026-01-02T03:04:05Z and more":  false,
		"":                               false,
		"2026-01-02T03:04:05.123456789Z": true,
	} {
		date, ok := ParseDate(text)
		if ok != want {
			t.Errorf("%q: %v", text, ok)
		}
		if again, fits := ParseDate(FormatDate(date)); ok && (!fits || !again.Equal(date)) {
			t.Errorf("%q is written as %q", text, FormatDate(date))
		}
	}
}
