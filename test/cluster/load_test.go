package cluster

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/sdk"
)

// Some of the credentials are issued one by one, the others in batches among them; every other one is revoked.
const (
	singles   = 6_000
	batches   = 140
	batchSize = 100
	total     = singles + batches*batchSize
	every     = (singles + batches) / batches // unit of work is a batch
)

// load is the clients of both servers at work, and what they were told.
type load struct {
	*cluster
	t    testing.TB
	next atomic.Int64 // unit of work

	mu      sync.Mutex
	made    map[string]sdk.Credential // by id, without the secured credential
	revoked map[string]bool
	spent   map[string]time.Duration // by kind of request, the sum over all clients
}

// run does all the work and tells the rates.
func (l *load) run() {
	l.made, l.revoked, l.spent = map[string]sdk.Credential{}, map[string]bool{}, map[string]time.Duration{}
	began := time.Now()
	var work sync.WaitGroup
	for i := range clients * len(l.servers) {
		here := i % len(l.servers)
		work.Go(func() {
			for {
				n := int(l.next.Add(1)) - 1
				if n >= singles+batches || l.t.Failed() {
					return
				}
				l.unit(n, here)
			}
		})
	}
	work.Wait()
	took := time.Since(began)
	l.t.Logf("%d credentials (%d singly, the others in batches of %d) and %d revocations in %s: %.0f a second; mean latency: single %s, batch %s, revocation %s",
		len(l.made), singles, batchSize, len(l.revoked), took.Round(time.Millisecond), float64(len(l.made)+len(l.revoked))/took.Seconds(),
		l.mean("single", singles), l.mean("batch", batches), l.mean("revocation", total/2))
}

func (l *load) mean(what string, n int) time.Duration {
	return (l.spent[what] / time.Duration(n)).Round(10 * time.Microsecond)
}

// unit issues one or a batch on a server, and revokes every other one on the other server.
func (l *load) unit(n, here int) {
	var made []sdk.Credential
	if n%every == 0 && n/every < batches {
		made = l.batch(fmt.Sprint("batch-", n), here)
	} else {
		l.timed("single", func(ctx context.Context) error {
			one, err := l.issuer[here].Issue(ctx, l.order(fmt.Sprint("single-", n)))
			made = []sdk.Credential{one}
			return err
		})
	}
	for i, credential := range made {
		revoke := (n+i)%2 == 0
		if revoke {
			l.timed("revocation", func(ctx context.Context) error {
				_, err := l.issuer[1-here].Revoke(ctx, credential.ID, "load")
				return err
			})
		}
		credential.Credential = ""
		l.mu.Lock()
		l.made[credential.ID] = credential
		if revoke {
			l.revoked[credential.ID] = true
		}
		l.mu.Unlock()
	}
}

func (l *load) batch(number string, here int) (made []sdk.Credential) {
	b := sdk.Batch{Atomic: true, IdempotencyKey: number}
	for i := range batchSize {
		b.Orders = append(b.Orders, l.order(fmt.Sprint(number, "-", i)))
	}
	l.timed("batch", func(ctx context.Context) error {
		items, err := l.issuer[here].IssueBatch(ctx, b)
		for _, item := range items {
			if item.Credential == nil {
				return item.Problem
			}
			made = append(made, *item.Credential)
		}
		return err
	})
	return made
}

// timed does a request once: two servers under load are no reason for one to fail.
func (l *load) timed(what string, fn func(context.Context) error) {
	began := time.Now()
	err := fn(l.t.Context())
	took := time.Since(began)
	if err != nil {
		l.t.Errorf("%s after %s: %v", what, took, err)
	}
	l.mu.Lock()
	l.spent[what] += took
	l.mu.Unlock()
}
