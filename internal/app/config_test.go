package app_test

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/internal/vc"
)

// TestPublicURL: what stands in every credential is refused unless it is written as everybody else writes it.
func TestPublicURL(t *testing.T) {
	for url, want := range map[string]string{
		"ftp://vc.example.org":            "an http(s) URL",
		"vc.example.org":                  "an http(s) URL",
		"https:///a":                      "with a host",
		"https://:8443":                   "with a host",
		"https://vc.example.org?a=b":      "without query",
		"https://vc.example.org#a":        "without query and fragment",
		"https://root:hunter2@vc.example": "no password",
		"https://root@vc.example":         "no user",
		"https://m\u00fcnchen.example":    "xn--",
		"HTTPS://vc.example.org":          `write "https://vc.example.org"`,
		"https://VC.example.org/a":        `write "https://vc.example.org/a"`,
		"https://vc.example.org/a b":      `write "https://vc.example.org/a%20b"`,
		"https://vc.example.org/../a":     `write "https://vc.example.org/a"`,
		"https://vc.example.org//":        `write "https://vc.example.org"`,
		"http://vc.example.org":           "plain http only on loopback",
	} {
		server, err := app.Open(t.Context(), app.Config{Data: filepath.Join(t.TempDir(), "data"), Listen: "127.0.0.1:0", PublicURL: url})
		if err == nil {
			_ = server.Close()
			t.Errorf("%s is taken", url)
			continue
		}
		if vc.KindOf(err) != vc.Invalid || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v, want %s", url, err, want)
		}
	}
	for url, want := range map[string]string{
		"https://vc.example.org":          "https://vc.example.org",
		"https://vc.example.org/":         "https://vc.example.org",
		"https://vc.example.org:8443/a/b": "https://vc.example.org:8443/a/b",
		"https://xn--mnchen-3ya.example":  "https://xn--mnchen-3ya.example",
		"http://[::1]:8080":               "http://[::1]:8080",
		"http://localhost:8080/a%20b/":    "http://localhost:8080/a%20b",
	} {
		server, err := app.Open(t.Context(), app.Config{Data: filepath.Join(t.TempDir(), "data"), Listen: "127.0.0.1:0", PublicURL: url})
		if err != nil {
			t.Errorf("%s: %v", url, err)
			continue
		}
		if server.URL != want {
			t.Errorf("%s is published as %s", url, server.URL)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	}
}
