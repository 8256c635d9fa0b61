package app_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/app"
)

// serve runs a server until the test ends and gives its admin key.
func serve(t *testing.T, config app.Config) (server *app.App, secret string) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	config.Notice = func(text string) { _, secret, _ = strings.Cut(text, "): ") }
	server, err := app.Open(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if err := server.Close(); err != nil {
			t.Error(err)
		}
	})
	return server, secret
}

func get(t *testing.T, client *http.Client, url, token string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// TestDoorAlone: a door on a listener of its own answers at the root.
func TestDoorAlone(t *testing.T) {
	server, secret := serve(t, app.Config{
		Data: t.TempDir(), Listen: "127.0.0.1:0",
		Doors: map[string]string{"native": "127.0.0.1:0", "metrics": "127.0.0.1:0"},
	})
	native := "http://" + server.DoorAddr("native").String()
	for url, want := range map[string]int{
		server.URL + "/v1/whoami":           http.StatusOK,
		server.URL + "/t/default/v1/whoami": http.StatusOK,
		server.URL + "/whoami":              http.StatusNotFound,
		native + "/whoami":                  http.StatusOK,
		native + "/v1/whoami":               http.StatusNotFound,
		native + "/healthz":                 http.StatusOK,
	} {
		if status, body := get(t, http.DefaultClient, url, secret); status != want {
			t.Errorf("%s: %d %s", url, status, body)
		}
	}
	if status, body := get(t, http.DefaultClient, "http://"+server.DoorAddr("metrics").String()+"/metrics", ""); status != http.StatusOK ||
		!strings.Contains(body, "chancery_http_requests_total") {
		t.Errorf("metrics: %d", status)
	}
}

func TestUnknownDoor(t *testing.T) {
	_, err := app.Open(t.Context(), app.Config{Data: t.TempDir(), Listen: "127.0.0.1:0", Doors: map[string]string{"nobody": "127.0.0.1:0"}})
	if err == nil || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("got %v", err)
	}
}

func TestTLS(t *testing.T) {
	cert, key, pool := certificate(t)
	server, secret := serve(t, app.Config{Data: t.TempDir(), Listen: "127.0.0.1:0", TLSCert: cert, TLSKey: key})
	if !strings.HasPrefix(server.URL, "https://localhost:") {
		t.Errorf("the server calls itself %s", server.URL)
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}}}
	if status, body := get(t, client, server.URL+"/v1/whoami", secret); status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
}

// TestConnectionsInTheLog: who does not speak TLS is in the log as everything else is, and without an address.
func TestConnectionsInTheLog(t *testing.T) {
	cert, key, _ := certificate(t)
	var text bytes.Buffer
	caller := "never called"
	t.Cleanup(func() { // after the server has ended: nobody writes any more
		if !strings.Contains(text.String(), `level=DEBUG msg="TLS handshake" error="client sent an HTTP request to an HTTPS server"`) || strings.Contains(text.String(), caller) {
			t.Errorf("called from %s, the log has %s", caller, text.String())
		}
	})
	server, _ := serve(t, app.Config{
		Data: t.TempDir(), Listen: "127.0.0.1:0", TLSCert: cert, TLSKey: key,
		Log: slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	conn, err := net.Dial("tcp", server.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	caller = conn.LocalAddr().String()
	if _, err := io.WriteString(conn, "GET / HTTP/1.0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(conn); err != nil {
		t.Fatal(err)
	}
}

// certificate makes one for localhost that signs itself.
func certificate(t *testing.T) (cert, key string, pool *x509.CertPool) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &private.PublicKey, private)
	if err != nil {
		t.Fatal(err)
	}
	encoded, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	cert, key = filepath.Join(folder, "cert.pem"), filepath.Join(folder, "key.pem")
	chain := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	for path, content := range map[string][]byte{cert: chain, key: pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: encoded})} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pool = x509.NewCertPool()
	pool.AppendCertsFromPEM(chain)
	return cert, key, pool
}
