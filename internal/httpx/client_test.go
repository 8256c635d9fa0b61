package httpx

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/x509"
	"encoding/binary"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/vc"
)

// wantError fails unless err is a vc.Error with that code.
func wantError(t *testing.T, err error, kind vc.Kind, code string) {
	t.Helper()
	e, ok := errors.AsType[*vc.Error](err)
	if !ok || e.Kind != kind || e.Code != code {
		t.Fatalf("got %v, want %v %q", err, kind, code)
	}
}

func TestGuardAddresses(t *testing.T) {
	closed := newGuard(ClientConfig{})
	open := newGuard(ClientConfig{AllowNet: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("fd00::/8")}})
	for address, reached := range map[string][2]bool{
		"8.8.8.8":                {true, true},
		"2606:4700:4700::1111":   {true, true},
		"::ffff:8.8.8.8":         {true, true},
		"0.0.0.0":                {},
		"10.1.2.3":               {false, true},
		"::ffff:10.1.2.3":        {false, true},
		"10.2.2.3":               {},
		"100.64.0.1":             {},
		"100.100.100.200":        {},
		"127.0.0.1":              {},
		"::ffff:127.0.0.1":       {},
		"168.63.129.16":          {},
		"169.254.169.254":        {},
		"::ffff:169.254.169.254": {},
		"172.16.0.1":             {},
		"192.0.0.192":            {},
		"192.168.1.1":            {},
		"198.18.0.1":             {},
		"224.0.0.1":              {},
		"240.0.0.1":              {},
		"255.255.255.255":        {},
		"::":                     {},
		"::1":                    {},
		"::127.0.0.1":            {},
		"64:ff9b::7f00:1":        {},
		"64:ff9b:1::7f00:1":      {},
		"2001::1":                {},
		"2002:7f00:1::":          {},
		"2001:db8::1":            {},
		"fd00:ec2::254":          {false, true},
		"fe80::1%eth0":           {},
		"fec0::1":                {},
		"ff02::1":                {},
	} {
		for i, g := range []guard{closed, open} {
			err := g.address("host.example", netip.MustParseAddr(address))
			if (err == nil) != reached[i] {
				t.Errorf("%s, guard %d: %v", address, i, err)
			}
			if err != nil {
				wantError(t, err, vc.Denied, "address-not-allowed")
			}
		}
	}
}

func TestGuardURLs(t *testing.T) {
	for text, want := range map[string][2]bool{ // without and with AllowLoopbackHTTP
		"https://example.com/x":          {true, true},
		"http://example.com/x":           {},
		"http://localhost:8080/":         {false, true},
		"http://a.localhost/":            {false, true},
		"http://127.0.0.1/":              {false, true},
		"http://[::1]:9/":                {false, true},
		"http://localhost.example.com/":  {},
		"http://127.0.0.1.nip.io/":       {},
		"http://169.254.169.254/latest/": {},
		"https://169.254.169.254/latest": {},
		"https://10.0.0.1:8443/":         {},
		"https://[::ffff:10.0.0.1]/":     {},
		"https://[fe80::1%25eth0]/":      {},
		"https://100.64.0.1/":            {},
		"https://0.0.0.0/":               {},
		"https://127.0.0.1/":             {false, true},
		"https://[::1]/":                 {false, true},
		"https://8.8.8.8/":               {true, true},
		"https://[2606:4700::1111]/":     {true, true},
		"https://user:pw@example.com/":   {},
		"ftp://example.com/":             {},
		"file:///etc/passwd":             {},
		"https:///x":                     {},
		"https:example.com":              {},
		"gopher://localhost/":            {},
	} {
		for i, loopback := range []bool{false, true} {
			at, err := url.Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			err = newGuard(ClientConfig{AllowLoopbackHTTP: loopback}).url(at)
			if (err == nil) != want[i] {
				t.Errorf("%s, loopback %v: %v", text, loopback, err)
			}
		}
	}
}

func TestClientGet(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/ok":
			w.Header().Set("Content-Type", "application/did+json")
			_, _ = w.Write([]byte(r.Header.Get("Accept") + "|" + r.UserAgent() + "|" + r.Header.Get("Cookie")))
		case "/missing":
			http.NotFound(w, r)
		case "/gone":
			w.WriteHeader(http.StatusGone)
		default:
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = w.Write([]byte("the inside of another server"))
		}
	}))
	defer server.Close()
	client := NewClient(ClientConfig{AllowLoopbackHTTP: true, UserAgent: "test"})
	body, contentType, err := client.Get(t.Context(), server.URL+"/ok", "application/json")
	if err != nil || string(body) != "application/json|test|" || contentType != "application/did+json" {
		t.Fatalf("%q %q %v", body, contentType, err)
	}
	_, _, err = client.Get(t.Context(), server.URL+"/missing?token=secret", "")
	wantError(t, err, vc.NotFound, "url-not-found")
	if strings.Contains(err.Error(), "secret") {
		t.Error("the query is in the error")
	}
	_, _, err = client.Get(t.Context(), server.URL+"/gone", "")
	wantError(t, err, vc.NotFound, "url-not-found")
	_, _, err = client.Get(t.Context(), server.URL+"/broken", "")
	wantError(t, err, vc.Unavailable, "fetch-status")
	if strings.Contains(err.Error(), "inside") {
		t.Error("the body is in the error")
	}
	_, _, err = client.Get(t.Context(), "http://[::1", "")
	wantError(t, err, vc.Denied, "url-not-allowed")
	_, _, err = NewClient(ClientConfig{}).Get(t.Context(), server.URL+"/ok", "")
	wantError(t, err, vc.Denied, "url-not-allowed")
	_, _, err = NewClient(ClientConfig{}).Get(t.Context(), strings.Replace(server.URL, "http:", "https:", 1), "")
	wantError(t, err, vc.Denied, "address-not-allowed")
}

func TestClientMappedAddress(t *testing.T) {
	for _, place := range []string{
		"https://[::ffff:127.0.0.1]/", "https://[::ffff:a9fe:a9fe]/", "https://[64:ff9b::7f00:1]/", "https://0.0.0.0/",
		"https://2130706433/", "https://localhost/",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		_, _, err := NewClient(ClientConfig{}).Get(ctx, place, "")
		cancel()
		if err == nil {
			t.Errorf("%s was fetched", place)
		}
		if place == "https://2130706433/" && vc.KindOf(err) == vc.Unavailable {
			continue // a resolver may say that there is no such name
		}
		wantError(t, err, vc.Denied, "address-not-allowed")
	}
}

func TestClientRedirects(t *testing.T) {
	var target string
	mux := http.NewServeMux()
	mux.HandleFunc("/to", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, target, http.StatusFound) })
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("/once", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/end", http.StatusFound) })
	mux.HandleFunc("/end", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte("end")) })
	plain := httptest.NewServer(mux)
	defer plain.Close()
	secure := httptest.NewTLSServer(mux)
	defer secure.Close()
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	client := NewClient(ClientConfig{AllowLoopbackHTTP: true, RootCAs: roots})

	for place, code := range map[string]string{
		"https://169.254.169.254/latest/meta-data": "address-not-allowed",
		"https://10.0.0.1/":                        "address-not-allowed",
		"https://[::ffff:10.0.0.1]/":               "address-not-allowed",
		"http://169.254.169.254/":                  "url-not-allowed",
		"file:///etc/passwd":                       "url-not-allowed",
		"https://user@example.com/":                "url-not-allowed",
	} {
		target = place
		_, _, err := client.Get(t.Context(), plain.URL+"/to", "")
		wantError(t, err, vc.Denied, code)
	}
	target = plain.URL + "/end"
	_, _, err := client.Get(t.Context(), secure.URL+"/to", "")
	wantError(t, err, vc.Denied, "url-not-allowed")
	_, _, err = client.Get(t.Context(), plain.URL+"/loop", "")
	wantError(t, err, vc.Unavailable, "fetch-failed")
	body, _, err := client.Get(t.Context(), secure.URL+"/once", "")
	if err != nil || string(body) != "end" {
		t.Errorf("%q %v", body, err)
	}
	_, _, err = NewClient(ClientConfig{AllowLoopbackHTTP: true, MaxRedirects: -1}).Get(t.Context(), plain.URL+"/once", "")
	wantError(t, err, vc.Unavailable, "fetch-failed")

	request, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, plain.URL+"/once", strings.NewReader("x"))
	response, err := client.Do(request)
	if err != nil || response.Status != http.StatusFound {
		t.Errorf("a POST was redirected: %v %v", response.Status, err)
	}
}

func TestClientLimits(t *testing.T) {
	var bomb bytes.Buffer
	zip := gzip.NewWriter(&bomb)
	_, _ = zip.Write(make([]byte, 1<<20))
	_ = zip.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("/large", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 5000)) })
	mux.HandleFunc("/stream", func(w http.ResponseWriter, _ *http.Request) {
		for range 100 {
			_, _ = w.Write(make([]byte, 100))
			w.(http.Flusher).Flush()
		}
	})
	mux.HandleFunc("/bomb", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = w.Write(bomb.Bytes())
	})
	mux.HandleFunc("/header", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Long", strings.Repeat("x", 100<<10))
	})
	mux.HandleFunc("/slow", func(w http.ResponseWriter, r *http.Request) {
		for r.Context().Err() == nil {
			_, _ = w.Write([]byte("x"))
			w.(http.Flusher).Flush()
			time.Sleep(20 * time.Millisecond)
		}
	})
	mux.HandleFunc("/exact", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 4096)) })
	server := httptest.NewServer(mux)
	defer server.Close()
	client := NewClient(ClientConfig{AllowLoopbackHTTP: true, MaxBody: 4096, Timeout: 300 * time.Millisecond})
	for path, code := range map[string]string{
		"/large": "fetch-too-large", "/stream": "fetch-too-large", "/bomb": "fetch-too-large",
		"/header": "fetch-failed", "/slow": "fetch-timeout",
	} {
		_, _, err := client.Get(t.Context(), server.URL+path, "")
		wantError(t, err, vc.Unavailable, code)
	}
	if body, _, err := client.Get(t.Context(), server.URL+"/exact", ""); err != nil || len(body) != 4096 {
		t.Errorf("%d bytes, %v", len(body), err)
	}
	_, _, err := client.Get(t.Context(), "http://127.0.0.1:1/", "")
	wantError(t, err, vc.Unavailable, "fetch-failed")
}

// A name that the outside says is the inside is not dialled, whatever it was before.
func TestClientNameToLoopback(t *testing.T) {
	client := NewClient(ClientConfig{AllowLoopbackHTTP: true})
	client.guard.resolver = &net.Resolver{PreferGo: true, Dial: nameServer(t, [4]byte{127, 0, 0, 1})}
	client.http.Transport = client.guard.transport(nil)
	_, _, err := client.Get(t.Context(), "https://inside.example.com/", "")
	wantError(t, err, vc.Denied, "address-not-allowed")
}

// nameServer answers every question for an A record with that address.
func nameServer(t *testing.T, address [4]byte) func(context.Context, string, string) (net.Conn, error) {
	var config net.ListenConfig
	socket, err := config.ListenPacket(t.Context(), "udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	go func() {
		buffer := make([]byte, 1500)
		for {
			n, from, err := socket.ReadFrom(buffer)
			if err != nil {
				return
			}
			end := 12 + bytes.IndexByte(buffer[12:n], 0) + 5 // header, name, type and class
			answer := append([]byte(nil), buffer[:end]...)
			answers := uint16(0)
			if binary.BigEndian.Uint16(answer[end-4:]) == 1 {
				answers = 1
				answer = append(answer, 0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4)
				answer = append(answer, address[:]...)
			}
			binary.BigEndian.PutUint16(answer[2:], 0x8180)
			binary.BigEndian.PutUint16(answer[6:], answers)
			clear(answer[8:12])
			_, _ = socket.WriteTo(answer, from)
		}
	}()
	return func(ctx context.Context, _, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, "udp4", socket.LocalAddr().String())
	}
}

// Send wants the status alone: a body without end neither fails nor holds it.
func TestClientSend(t *testing.T) {
	ended := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/away" {
			http.Redirect(w, r, "/", http.StatusTemporaryRedirect)
			return
		}
		defer close(ended)
		w.Header().Set("X-Told", "yes")
		w.WriteHeader(http.StatusAccepted)
		for {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				return
			}
		}
	}))
	defer server.Close()
	client := NewClient(ClientConfig{AllowLoopbackHTTP: true, MaxRedirects: -1})
	send := func(path string) (Response, error) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL+path, strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		return client.Send(request)
	}
	got, err := send("/")
	if err != nil || got.Status != http.StatusAccepted || got.Header.Get("X-Told") != "yes" || got.Body != nil {
		t.Errorf("%+v %v", got, err)
	}
	<-ended
	if got, err = send("/away"); err != nil || got.Status != http.StatusTemporaryRedirect {
		t.Errorf("%+v %v", got, err)
	}
	_, err = NewClient(ClientConfig{}).Send(httptest.NewRequest(http.MethodPost, server.URL, nil))
	wantError(t, err, vc.Denied, "url-not-allowed")
	wantError(t, client.Check("http://10.0.0.1/"), vc.Denied, "url-not-allowed")
	wantError(t, client.Check("https://user@x.example/"), vc.Denied, "url-not-allowed")
	wantError(t, client.Check("::"), vc.Denied, "url-not-allowed")
	if err := client.Check(server.URL); err != nil {
		t.Error(err)
	}
}
