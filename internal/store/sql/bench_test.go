package sql_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/status"
	"github.com/chancery-vc/chancery/internal/store/pgtest"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
)

func BenchmarkIssueSQLite(b *testing.B) {
	benchIssue(b, storetest.Open(b, filepath.Join(b.TempDir(), "bench.db")))
}

func BenchmarkIssuePostgres(b *testing.B) { benchIssue(b, storetest.Open(b, pgtest.New(b))) }

// benchIssue is the transaction of one issuance, from 64 callers at once: a credential of 1.4 kB with one status
// entry, its journal entry and its answer under an idempotency key.
func benchIssue(b *testing.B, db *sql.DB) {
	ctx := context.Background()
	scope := vc.Scope{Tenant: uuid.NewString(), Organisation: uuid.NewString()}
	list := vc.StatusList{ID: uuid.NewString(), Purpose: vc.Revocation, Length: 1 << 40, URL: "https://issuer.example/status/" + uuid.NewString()}
	lists := sql.For[status.Rows](db)
	if err := lists.Update(ctx, scope, func(r status.Rows) error { return r.InsertStatusList(list) }); err != nil {
		b.Fatal(err)
	}
	rows := sql.For[issuer.Rows](db)
	typeID, schemaID, identity, principal := uuid.NewString(), uuid.NewString(), uuid.NewString(), uuid.NewString()
	body := []byte(strings.Repeat("x", 1400))
	var next atomic.Int64
	issue := func() {
		n := next.Add(1)
		id := uuid.Must(uuid.NewV7()).String()
		now := time.Now()
		mac, dig := make([]byte, 32), make([]byte, 32)
		u := uuid.New()
		copy(mac, u[:])
		copy(dig, id)
		key := make([]byte, 32)
		u = uuid.New()
		copy(key, u[:])
		c := vc.Credential{
			ID: id, Issuance: id, Type: typeID, TypeName: "UniversityDegreeCredential", Schema: schemaID, SchemaVersion: 1,
			Variant: "jwt", Format: "jwtvc", Model: vc.VCDM20, Identity: identity,
			Issuer: "did:web:issuer.example:university", Method: "did:web:issuer.example:university#key-1", Algorithm: "EdDSA",
			Door: "native", Principal: principal, State: vc.Issued, Standing: vc.Active,
			Entries:    []vc.StatusEntry{{List: list.ID, URL: list.URL, Index: (n*7919)%131071 + n/131071*131071, Purpose: vc.Revocation, Size: 1}},
			SubjectMAC: mac, Digest: dig, ValidFrom: now, IssuedAt: now, BodyKey: key[:16], Body: body, CreatedAt: now,
		}
		if err := rows.Update(ctx, scope, func(r issuer.Rows) error {
			if err := r.InsertCredential(c); err != nil {
				return err
			}
			if err := r.Append(vc.Entry{
				ID: id, At: now, Action: "credential.issued", Principal: principal, Door: "native", Request: id,
				Object: "type/" + typeID, Detail: "kid=key-1", Event: true, Subject: id, Data: []byte(`{"type":"x"}`),
			}); err != nil {
				return err
			}
			return r.InsertIdempotency(vc.Idempotency{
				Digest: key, Body: dig, Credentials: []string{id}, CreatedAt: now, ExpiresAt: now.Add(24 * time.Hour),
			})
		}); err != nil {
			b.Error(err)
		}
	}
	b.ReportAllocs()
	b.ResetTimer()
	before, begun := cpu(), time.Now()
	const callers = 64
	var wg sync.WaitGroup
	var left atomic.Int64
	left.Store(int64(b.N))
	lat := make([]time.Duration, b.N)
	for range callers {
		wg.Go(func() {
			for {
				n := left.Add(-1)
				if n < 0 {
					return
				}
				t := time.Now()
				issue()
				lat[n] = time.Since(t)
			}
		})
	}
	wg.Wait()
	b.ReportMetric(float64(cpu()-before)/1e3/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(b.N)/time.Since(begun).Seconds(), "issues/s")
	slices.Sort(lat)
	b.ReportMetric(float64(lat[len(lat)*99/100].Microseconds())/1e3, "p99-ms")
}

func cpu() time.Duration {
	var r syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &r)
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
