// Package soak keeps a server busy for as long as CHANCERY_SOAK says and watches that nothing grows: goroutines, open
// files, memory.
package soak

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/examples"
	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/sdk"
)

// TestSoak issues, reads, verifies and revokes with eight clients. The server's own metrics after a third of the time
// are held against those at the end.
func TestSoak(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv("CHANCERY_SOAK"))
	if err != nil || length <= 0 {
		t.Skip("not run: CHANCERY_SOAK names no duration; `make soak` does")
	}
	url, client, order := start(t)
	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	var acts atomic.Int64
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for ctx.Err() == nil {
				if err := round(ctx, client, order); err != nil && ctx.Err() == nil {
					t.Error(err)
					return
				}
				acts.Add(4)
			}
		})
	}
	sleep(ctx, length/3)
	warm := metrics(t, url)
	clients.Wait()
	worn := metrics(t, url)
	t.Logf("%d acts in %s; warm %v, worn %v", acts.Load(), length, warm, worn)
	for name, slack := range map[string]float64{"go_goroutines": 20, "process_open_fds": 10, "process_resident_memory_bytes": 64 << 20} {
		if worn[name] > warm[name]+slack {
			t.Errorf("%s grew from %.0f to %.0f", name, warm[name], worn[name])
		}
	}
}

func round(ctx context.Context, client *sdk.Client, order sdk.Order) error {
	made, err := client.Issue(ctx, order)
	if err != nil {
		return err
	}
	if _, err := client.GetCredential(ctx, made.ID); err != nil {
		return err
	}
	if _, err := client.Verify(ctx, sdk.Verification{Credential: made.Credential}); err != nil {
		return err
	}
	_, err = client.Revoke(ctx, made.ID, "")
	return err
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// start runs a server with an issuer.
func start(t *testing.T) (url string, client *sdk.Client, order sdk.Order) {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	secret := ""
	server, err := app.Open(ctx, app.Config{
		Data: t.TempDir(), Listen: "127.0.0.1:0",
		Notice: func(text string) { _, secret, _ = strings.Cut(text, "): ") },
	})
	check(t, err)
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		check(t, <-ended)
		check(t, server.Close())
	})
	operator := sdk.New(server.URL, secret)
	organisation, err := operator.CreateOrganisation(ctx, sdk.NewOrganisation{Name: "soak", MayIssue: true, MayVerify: true})
	check(t, err)
	operator.Organisation = organisation.ID
	_, err = operator.CreateDID(ctx, sdk.NewDID{Method: "key"})
	check(t, err)
	var schema, claims json.RawMessage
	var kind sdk.NewType
	for file, into := range map[string]any{"schema": &schema, "type": &kind, "claims": &claims} {
		text, err := examples.Files.ReadFile("university-degree/" + file + ".json")
		check(t, err)
		check(t, json.Unmarshal(text, into))
	}
	made, err := operator.CreateSchema(ctx, sdk.NewSchema{Name: "degree", TypeName: "Degree", Schema: schema})
	check(t, err)
	kind.Schema = sdk.SchemaReference{ID: made.ID, Version: made.Latest}
	created, err := operator.CreateType(ctx, kind)
	check(t, err)
	return server.URL, operator, sdk.Order{Type: created.ID, Claims: claims}
}

// metrics reads the plain numbers among the server's metrics.
func metrics(t *testing.T, url string) map[string]float64 {
	t.Helper()
	response, err := http.Get(url + "/metrics") //nolint:noctx // a test
	check(t, err)
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		t.Fatal(response.Status)
	}
	out := map[string]float64{}
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		name, text, ok := strings.Cut(lines.Text(), " ")
		if value, err := strconv.ParseFloat(text, 64); ok && err == nil {
			switch name {
			case "go_goroutines", "process_open_fds", "process_resident_memory_bytes":
				out[name] = value
			}
		}
	}
	if len(out) != 3 {
		t.Fatalf("found only %v", out)
	}
	return out
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
