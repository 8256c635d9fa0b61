package crash

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/sdk"
)

const (
	clients   = 16
	batchSize = 10
)

// office is a tenant with an issuer, as the clients see it.
type office struct {
	tenant *sdk.Client // the operator, inside the tenant
	issuer *sdk.Client
	did    string
	kind   string
}

// setUp makes tenant, organisation, DID, schema and type.
func setUp(t testing.TB, url, admin string) office {
	t.Helper()
	ctx := t.Context()
	operator := sdk.New(url, admin)
	tenant, err := operator.CreateTenant(ctx, sdk.NewTenant{Slug: "north", Name: "North"})
	check(t, err)
	inside := *operator
	inside.Tenant = tenant.Slug
	organisation, err := inside.CreateOrganisation(ctx, sdk.NewOrganisation{Name: "University", MayIssue: true, MayVerify: true})
	check(t, err)
	acting := inside
	acting.Organisation = organisation.ID
	key, err := acting.CreateAPIKey(ctx, sdk.NewPrincipal{
		Name: "registrar", Grants: []sdk.Grant{{Role: "organisation-admin", Organisation: organisation.ID}},
	})
	check(t, err)
	o := office{tenant: &inside, issuer: sdk.New(url, key.Secret)}
	o.issuer.Attempts = 1
	o.issuer.HTTP = &http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	did, err := o.issuer.CreateDID(ctx, sdk.NewDID{Method: "key", Algorithm: "Ed25519"})
	check(t, err)
	o.did = did.DID
	o.kind = o.newType(t, "Degree")
	return o
}

// newType makes a schema and a type whose credentials can be revoked and suspended.
func (o office) newType(t testing.TB, name string) string {
	t.Helper()
	schema, err := o.issuer.CreateSchema(t.Context(), sdk.NewSchema{Name: name, TypeName: name, Schema: map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
		"properties": map[string]any{"id": map[string]any{"type": "string"}, "number": map[string]any{"type": "string"}},
		"required":   []string{"number"}, "additionalProperties": false,
	}})
	check(t, err)
	kind, err := o.issuer.CreateType(t.Context(), sdk.NewType{
		Name: name, Types: []string{name}, Schema: sdk.SchemaReference{ID: schema.ID}, Purposes: []string{"revocation", "suspension"},
	})
	check(t, err)
	return kind.ID
}

func (o office) order(key string) sdk.Order {
	return sdk.Order{
		Type: o.kind, Issuer: o.did, IdempotencyKey: key,
		Claims: map[string]any{"id": "did:example:" + key, "number": key},
	}
}

func (o office) batch(key string) sdk.Batch {
	b := sdk.Batch{Atomic: true, IdempotencyKey: key}
	for i := range batchSize {
		b.Orders = append(b.Orders, o.order(fmt.Sprintf("%s-%d", key, i)))
	}
	return b
}

// answer is what a key was answered: ids and credentials, in the order of the orders.
type answer struct {
	batch   bool
	ids     []string
	secured []string
}

// load is the clients at work, and what they were told.
type load struct {
	office
	t    testing.TB
	stop atomic.Bool
	done sync.WaitGroup

	mu      sync.Mutex
	answers map[string]answer
	revoked map[string]bool // credential ids
	again   int             // requests that had to be sent again
}

func (l *load) begin() {
	l.answers, l.revoked = map[string]answer{}, map[string]bool{}
	for n := range clients {
		l.done.Go(func() {
			for i := 0; !l.stop.Load(); i++ {
				l.work(fmt.Sprintf("c%d-%d", n, i), n == 0)
			}
		})
	}
}

// work does one piece of a client's work: issue, sometimes ask again, sometimes revoke.
func (l *load) work(key string, batch bool) {
	made, ok := l.issue(key, batch)
	if !ok {
		return
	}
	l.mu.Lock()
	l.answers[key] = made
	l.mu.Unlock()
	if rand.IntN(4) == 0 {
		l.repeat(key, made)
	}
	if rand.IntN(3) == 0 {
		revoked, ok := persist(l, func(ctx context.Context) (sdk.Credential, error) { return l.issuer.Revoke(ctx, made.ids[0], "crash") })
		if !ok {
			return
		}
		if revoked.Status != "revoked" {
			l.t.Errorf("%s: %s after its revocation", key, revoked.Status)
		}
		l.mu.Lock()
		l.revoked[made.ids[0]] = true
		l.mu.Unlock()
	}
}

// repeat sends a key again and holds the answer against the one before.
func (l *load) repeat(key string, before answer) {
	now, ok := l.issue(key, before.batch)
	if !ok {
		return
	}
	if fmt.Sprint(now.ids) != fmt.Sprint(before.ids) || fmt.Sprint(now.secured) != fmt.Sprint(before.secured) {
		l.t.Errorf("%s: first %v, then %v (or other bytes)", key, before.ids, now.ids)
	}
}

func (l *load) issue(key string, batch bool) (answer, bool) {
	if !batch {
		made, ok := persist(l, func(ctx context.Context) (sdk.Credential, error) { return l.issuer.Issue(ctx, l.order(key)) })
		return answer{ids: []string{made.ID}, secured: []string{made.Credential}}, ok
	}
	out := answer{batch: true}
	items, ok := persist(l, func(ctx context.Context) ([]sdk.BatchItem, error) { return l.issuer.IssueBatch(ctx, l.batch(key)) })
	for _, item := range items {
		if item.Credential == nil {
			l.t.Errorf("%s: %v", key, item.Problem)
			return out, false
		}
		out.ids, out.secured = append(out.ids, item.Credential.ID), append(out.secured, item.Credential.Credential)
	}
	return out, ok && len(out.ids) == batchSize
}

// persist sends a request until it is answered. A server that is away or just comes back is no answer.
func persist[T any](l *load, send func(context.Context) (T, error)) (T, bool) {
	for end := time.Now().Add(time.Minute); ; {
		out, err := send(context.Background())
		if err == nil {
			return out, true
		}
		problem, refused := errors.AsType[*sdk.Problem](err)
		if refused && problem.Status != http.StatusServiceUnavailable || time.Now().After(end) {
			l.t.Error(err)
			return out, false
		}
		l.mu.Lock()
		l.again++
		l.mu.Unlock()
		time.Sleep(10 * time.Millisecond)
	}
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
