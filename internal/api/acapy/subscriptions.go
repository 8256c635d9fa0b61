package acapy

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"sync"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/notify"
	"github.com/chancery-vc/chancery/internal/vc"
)

// Subscriptions remembers the offices whose webhooks were looked at by this process. The zero value is ready; doors of one server
// share one.
type Subscriptions struct {
	mu   sync.Mutex
	seen map[vc.Scope]bool
	one  sync.Mutex // at a time: two that make what is missing would make it twice
}

// first says whether an office is looked at for the first time.
func (s *Subscriptions) first(scope vc.Scope) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen[scope] || len(s.seen) > 100_000 {
		return false
	}
	if s.seen == nil {
		s.seen = map[vc.Scope]bool{}
	}
	s.seen[scope] = true
	return true
}

func (s *Subscriptions) forget(scope vc.Scope) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.seen, scope)
}

func (d *Door) hooks() *Subscriptions {
	if d.Subscriptions != nil {
		return d.Subscriptions
	}
	return &d.own
}

// dispatchOf is where a wallet's topics go.
func dispatchOf(s vc.AgentSettings) string {
	if s.Dispatch == "" {
		return agent.DispatchDefault
	}
	return s.Dispatch
}

// receivers are the URLs that are told of an office: its own, else the server's; both; or the server's alone. One that is no wallet
// is the base's.
func (d *Door) receivers(s vc.AgentSettings) []string {
	var urls []string
	dispatch := dispatchOf(s)
	if s.Wallet != "" && dispatch != agent.DispatchBase {
		urls = append(urls, s.Webhooks...)
	}
	if len(urls) == 0 || dispatch == agent.DispatchBoth {
		urls = append(urls, d.Settings.Webhooks...)
	}
	slices.Sort(urls)
	return slices.Compact(urls)
}

// hookPrefix begins the names of webhooks that this door keeps.
const hookPrefix = "acapy "

func hookName(url string) string {
	sum := sha256.Sum256([]byte(url))
	return hookPrefix + hex.EncodeToString(sum[:8])
}

// callable refuses URLs that are not called.
func (d *Door) callable(urls []string) error {
	for _, url := range urls {
		target, _, _ := strings.Cut(url, "#")
		if err := d.Notify.Sender.Check(target); err != nil {
			return unready("Webhook URL " + target + " is not called: " + message(asError(err)))
		}
	}
	return nil
}

// subscribe makes the webhooks of an office those that its settings name: what is missing is made, what is too many goes.
func (d *Door) subscribe(ctx context.Context, scope vc.Scope, s vc.AgentSettings) error {
	d.hooks().one.Lock()
	defer d.hooks().one.Unlock()
	by := vc.Caller{Scope: scope, Principal: "system", Door: Name}
	there, err := d.Notify.Webhooks(ctx, by, vc.ListQuery{Exact: true, Search: hookPrefix, Page: vc.Page{Limit: slice, Ascending: true}})
	if err != nil {
		return err
	}
	wanted := map[string]string{}
	for _, url := range d.receivers(s) {
		wanted[hookName(url)] = url
	}
	for _, hook := range there {
		if hook.Form != Name || !strings.HasPrefix(hook.Name, hookPrefix) {
			continue
		}
		if _, ok := wanted[hook.Name]; ok {
			delete(wanted, hook.Name) // a second one of the name goes
			continue
		}
		if err := d.Notify.Delete(ctx, by, hook.ID); err != nil && vc.KindOf(err) != vc.NotFound {
			return err
		}
	}
	for _, name := range sortedKeys(wanted) {
		url, key, keyed := strings.Cut(wanted[name], "#")
		n := notify.New{Name: name, Form: Name, URL: strings.TrimRight(url, "/"), Events: events()}
		if keyed {
			n.Headers = map[string]string{"X-Api-Key": key}
		}
		if _, _, err := d.Notify.Create(ctx, by, n); err != nil {
			return err
		}
	}
	return nil
}

// settle looks at an office's webhooks once in the life of this process, before its first act is carried out.
func (d *Door) settle(ctx context.Context, scope vc.Scope) error {
	if !d.hooks().first(scope) {
		return nil
	}
	s, err := d.Agent.Settings(ctx, scope)
	if err == nil {
		err = d.subscribe(ctx, scope, s)
	}
	if err != nil {
		d.hooks().forget(scope)
	}
	return err
}

// Reconcile makes the webhooks of the base and of all wallets those that their settings name. One that cannot be made does not keep
// the others from theirs.
func (d *Door) Reconcile(ctx context.Context) error {
	var failed error
	look := func(scope vc.Scope) {
		d.hooks().forget(scope)
		if err := d.settle(ctx, scope); err != nil {
			failed = err
		}
	}
	if scope, err := d.base(ctx); err == nil {
		look(scope)
	} else if vc.KindOf(err) == vc.Internal || vc.KindOf(err) == vc.Unavailable {
		failed = err
	}
	err := d.eachWallet(ctx, func(w access.Wallet) { look(w.Scope()) })
	if err != nil {
		failed = err
	}
	return failed
}

// eachWallet goes through all wallets of the server.
func (d *Door) eachWallet(ctx context.Context, do func(access.Wallet)) error {
	by := access.Actor{Principal: vc.Principal{ID: "system", Grants: []vc.Grant{{Role: vc.Operator}}}, Door: Name}
	page := vc.Page{Limit: slice, Ascending: true}
	for {
		wallets, err := d.Access.Wallets(ctx, by, page, "")
		if err != nil {
			return err
		}
		for _, w := range wallets {
			do(w)
		}
		if len(wallets) < slice {
			return nil
		}
		page.After = wallets[len(wallets)-1].Settings.ID
	}
}
