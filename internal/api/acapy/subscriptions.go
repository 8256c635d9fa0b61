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

// receivers are told of an office: its own, else the server's; both; or the server's alone. One that is no wallet is the base's.
func (d *Door) receivers(ctx context.Context, scope vc.Scope, s vc.AgentSettings) ([]agent.Receiver, error) {
	own, dispatch := s, dispatchOf(s)
	if own.Scope = scope; s.Wallet == "" || dispatch == agent.DispatchBase {
		own.Webhooks = nil
	}
	var base []string
	if len(own.Webhooks) == 0 || dispatch == agent.DispatchBoth {
		base = d.Settings.Webhooks
	}
	return d.Agent.Receivers(ctx, own, base)
}

// hookPrefix begins the names of webhooks that this door keeps.
const hookPrefix = "acapy "

// hookNameBefore is what a webhook was called before names were keyed digests.
func hookNameBefore(r agent.Receiver) string {
	url := r.URL
	if r.Key != "" {
		url += "#" + r.Key
	}
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
	receivers, err := d.receivers(ctx, scope, s)
	if err != nil {
		return err
	}
	wanted, before := map[string]agent.Receiver{}, map[string]string{}
	for _, r := range receivers {
		name := hookPrefix + r.Name
		wanted[name], before[hookNameBefore(r)] = r, name
	}
	for _, hook := range there {
		if hook.Form != Name || !strings.HasPrefix(hook.Name, hookPrefix) {
			continue
		}
		name, renamed := before[hook.Name]
		if _, ok := wanted[name]; renamed && ok {
			if _, err := d.Notify.Update(ctx, by, hook.ID, notify.Change{Name: &name}); err != nil {
				return err
			}
			hook.Name = name
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
		r := wanted[name]
		n := notify.New{Name: name, Form: Name, URL: strings.TrimRight(r.URL, "/"), Events: events()}
		if r.Key != "" {
			n.Headers = map[string]string{"X-Api-Key": r.Key}
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
	err := d.eachWallet(ctx, func(w access.Wallet) {
		if err := d.sealed(ctx, w); err != nil {
			failed = err
		}
		look(w.Scope())
	})
	if err != nil {
		failed = err
	}
	return failed
}

// sealed seals the keys of a wallet that was made before they were.
func (d *Door) sealed(ctx context.Context, w access.Wallet) error {
	if !slices.ContainsFunc(w.Settings.Webhooks, func(url string) bool { return strings.Contains(url, "#") }) {
		return nil
	}
	by := vc.Caller{Scope: w.Scope(), Principal: "system", Door: Name}
	_, err := d.Agent.ChangeSettings(ctx, by, func(*vc.AgentSettings) error { return nil })
	return err
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
