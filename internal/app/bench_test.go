package app_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/chancery-vc/chancery/examples"
	"github.com/chancery-vc/chancery/internal/app"
	"github.com/chancery-vc/chancery/sdk"
)

// bench is a running server with an issuer, without the network's cost.
type bench struct {
	handler http.Handler
	token   string
	kind    string
	client  *sdk.Client
}

func newBench(b *testing.B) *bench {
	b.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	secret := ""
	server, err := app.Open(ctx, app.Config{
		Data: b.TempDir(), Listen: "127.0.0.1:0", Dev: true,
		Notice: func(text string) { _, secret, _ = strings.Cut(text, ": ") },
	})
	if err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	b.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			b.Error(err)
		}
		_ = server.Close()
	})
	operator := sdk.New(server.URL, secret)
	organisation := must(operator.CreateOrganisation(ctx, sdk.NewOrganisation{Name: "bench", MayIssue: true, MayVerify: true}))(b)
	operator.Organisation = organisation.ID
	key := must(operator.CreateAPIKey(ctx, sdk.NewPrincipal{
		Name:   "bench",
		Grants: []sdk.Grant{{Role: "organisation-admin", Organisation: organisation.ID}},
	}))(b)
	out := &bench{handler: server.Handler(), token: key.Secret, client: sdk.New(server.URL, key.Secret)}
	must(out.client.CreateDID(ctx, sdk.NewDID{Method: "key", Name: "Bench"}))(b)
	var schema json.RawMessage
	var kind sdk.NewType
	read(b, "schema", &schema)
	read(b, "type", &kind)
	made := must(out.client.CreateSchema(ctx, sdk.NewSchema{Name: "degree", TypeName: "Degree", Schema: schema}))(b)
	kind.Schema, kind.Purposes = sdk.SchemaReference{ID: made.ID, Version: made.Latest}, []string{"revocation"}
	out.kind = must(out.client.CreateType(ctx, kind))(b).ID
	return out
}

func read(b *testing.B, file string, into any) {
	b.Helper()
	text, err := examples.Files.ReadFile("university-degree/" + file + ".json")
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		b.Fatal(err)
	}
}

func must[T any](value T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func (x *bench) order(b *testing.B) []byte {
	return must(json.Marshal(map[string]any{"type": x.kind, "claims": map[string]any{
		"id":        "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK",
		"givenName": "Ingrid", "familyName": "Sørensen", "studentNumber": "20184471",
		"degree": map[string]any{"type": "MasterDegree", "name": "Master of Science", "conferredOn": "2026-07-17"},
	}}))(b)
}

func (x *bench) post(b *testing.B, path string, body []byte, key string) []byte {
	request := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+x.token)
	if key != "" {
		request.Header.Set("Idempotency-Key", key)
	}
	answer := httptest.NewRecorder()
	x.handler.ServeHTTP(answer, request)
	if answer.Code/100 != 2 {
		b.Errorf("%d: %s", answer.Code, answer.Body)
	}
	return answer.Body.Bytes()
}

func BenchmarkIssue(b *testing.B) {
	x := newBench(b)
	body := x.order(b)
	var n atomic.Int64
	b.SetParallelism(32)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			x.post(b, "/v1/credentials", body, fmt.Sprint("key-", n.Add(1)))
		}
	})
}

func BenchmarkBatch(b *testing.B) {
	x := newBench(b)
	orders := make([]json.RawMessage, 500)
	for i := range orders {
		orders[i] = x.order(b)
	}
	body := must(json.Marshal(map[string]any{"orders": orders}))(b)
	b.ReportAllocs()
	b.ResetTimer()
	for b.Loop() {
		x.post(b, "/v1/credentials/batch", body, "")
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(orders)), "ns/credential")
}

func BenchmarkVerify(b *testing.B) {
	x := newBench(b)
	var made struct{ Credential string }
	if err := json.Unmarshal(x.post(b, "/v1/credentials", x.order(b), ""), &made); err != nil {
		b.Fatal(err)
	}
	body := must(json.Marshal(map[string]string{"credential": made.Credential}))(b)
	b.SetParallelism(8)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			x.post(b, "/v1/credentials/verify", body, "")
		}
	})
}

func BenchmarkGet(b *testing.B) {
	x := newBench(b)
	var made struct{ ID string }
	if err := json.Unmarshal(x.post(b, "/v1/credentials", x.order(b), ""), &made); err != nil {
		b.Fatal(err)
	}
	b.SetParallelism(8)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			request := httptest.NewRequest(http.MethodGet, "/v1/credentials/"+made.ID, nil)
			request.Header.Set("Authorization", "Bearer "+x.token)
			answer := httptest.NewRecorder()
			x.handler.ServeHTTP(answer, request)
			if answer.Code != http.StatusOK {
				b.Fatal(answer.Body)
			}
		}
	})
}

// BenchmarkIssueAlone is one client: every credential has a commit to itself.
func BenchmarkIssueAlone(b *testing.B) {
	x := newBench(b)
	body := x.order(b)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		n++
		x.post(b, "/v1/credentials", body, fmt.Sprint("key-", n))
	}
}
