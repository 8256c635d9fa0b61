package access_test

import (
	"encoding/base64"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
)

func TestWallet(t *testing.T) {
	w := newWorld(t)
	s, there := w.server(), w.server()
	by := w.operator(s)
	yes := true
	made, token, err := s.CreateWallet(w.ctx, by, access.NewWallet{Name: "Tenant One!", Settings: vc.AgentSettings{
		Label: "One", AutoIssue: &yes, Webhooks: []string{"https://one.example/hooks#key"}, Dispatch: "both", Extra: []byte(`{"a":1}`),
	}})
	check(t, err)
	if made.Tenant.Slug != "tenant-one" || made.Tenant.Name != "Tenant One!" || !made.Organisation.MayIssue || !made.Organisation.MayVerify {
		t.Errorf("%+v", made)
	}
	for _, where := range []*access.Service{s, there} {
		for _, ref := range []string{made.Tenant.ID, "tenant-one"} {
			got, err := where.Wallet(w.ctx, by, ref)
			check(t, err)
			if got.Settings.Wallet != "Tenant One!" || got.Settings.Label != "One" || got.Settings.AutoIssue == nil || !*got.Settings.AutoIssue ||
				got.Settings.Scope != made.Scope() || got.Organisation.ID != made.Organisation.ID || string(got.Settings.Extra) != `{"a":1}` {
				t.Errorf("%+v", got)
			}
		}
		p, err := where.OpenWallet(w.ctx, token)
		check(t, err)
		if p.Kind != vc.Wallet || p.ID != made.Settings.ID || p.Scope != made.Scope() || p.Secret != nil {
			t.Errorf("%+v", p)
		}
		check(t, access.Authorize(p, access.CredentialIssue, made.Scope()))
		check(t, access.Authorize(p, access.TenantManage, vc.Scope{Tenant: made.Tenant.ID}))
		fails(t, access.Authorize(p, access.TenantRead, vc.Scope{}), vc.Denied, "permission-denied")
		scope, _, _, err := where.Office(w.ctx, p, "", access.Any)
		check(t, err)
		if scope != made.Scope() {
			t.Errorf("office %v", scope)
		}
		_, _, _, err = where.Office(w.ctx, p, vc.DefaultTenant, access.Any)
		fails(t, err, vc.NotFound, "tenant-not-found")
	}
	_, _, err = s.CreateWallet(w.ctx, by, access.NewWallet{Name: "Tenant One!"})
	fails(t, err, vc.Conflict, "wallet-name-taken")
	if list, err := s.Tenants(w.ctx, by, vc.ListQuery{}); err != nil || len(list) != 2 {
		t.Errorf("%d tenants, %v", len(list), err)
	}

	// Another name, the same slug; and none, none.
	like, _, err := s.CreateWallet(w.ctx, by, access.NewWallet{Name: "tenant one"})
	check(t, err)
	if !strings.HasPrefix(like.Tenant.Slug, "tenant-one-") {
		t.Errorf("slug %q", like.Tenant.Slug)
	}
	for _, name := range []string{"", "日本", "default", "---", strings.Repeat("x ", 90)} {
		one, token, err := s.CreateWallet(w.ctx, by, access.NewWallet{Name: name})
		check(t, err)
		if name == "" && one.Settings.Wallet != one.Tenant.ID {
			t.Errorf("%+v", one.Settings)
		}
		if _, err := there.OpenWallet(w.ctx, token); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	_, _, err = s.CreateWallet(w.ctx, by, access.NewWallet{Name: "a\nb"})
	fails(t, err, vc.Invalid, "invalid-name")
}

func TestWalletRights(t *testing.T) {
	w := newWorld(t)
	s := w.server()
	by := w.operator(s)
	one, token, err := s.CreateWallet(w.ctx, by, access.NewWallet{Name: "one"})
	check(t, err)
	two, _, err := s.CreateWallet(w.ctx, by, access.NewWallet{Name: "two"})
	check(t, err)
	opened, err := s.OpenWallet(w.ctx, token)
	check(t, err)
	inside := access.Actor{Principal: opened, Door: "acapy"}
	_, key := w.apiKey(s, by, vc.Scope{Tenant: one.Tenant.ID}, vc.TenantAdmin)
	admin := w.actor(s, key)

	names := func(by access.Actor, name string) string {
		t.Helper()
		list, err := s.Wallets(w.ctx, by, vc.Page{Ascending: true}, name)
		check(t, err)
		var all []string
		for _, one := range list {
			all = append(all, one.Settings.Wallet)
		}
		return strings.Join(all, " ")
	}
	for _, try := range []struct {
		by         access.Actor
		name, want string
	}{
		{by, "", "one two"},
		{by, "two", "two"},
		{by, "three", ""},
		{admin, "", "one"},
		{admin, "one", "one"},
		{admin, "two", ""},
		{inside, "", "one"},
	} {
		if got := names(try.by, try.name); got != try.want {
			t.Errorf("%q of %s: %q", try.name, try.by.Name, got)
		}
	}
	_, _, err = s.CreateWallet(w.ctx, admin, access.NewWallet{Name: "three"})
	fails(t, err, vc.Denied, "permission-denied")
	_, err = s.Wallet(w.ctx, admin, two.Tenant.ID)
	fails(t, err, vc.NotFound, "wallet-not-found")
	_, err = s.WalletToken(w.ctx, admin, two.Tenant.ID)
	fails(t, err, vc.NotFound, "wallet-not-found")
	fails(t, s.RemoveWallet(w.ctx, admin, one.Tenant.ID), vc.Denied, "permission-denied")
	_, err = s.Wallet(w.ctx, by, vc.DefaultTenant)
	fails(t, err, vc.NotFound, "wallet-not-found")
	_, readerKey := w.apiKey(s, by, vc.Scope{Tenant: one.Tenant.ID}, vc.Auditor)
	_, err = s.WalletToken(w.ctx, w.actor(s, readerKey), one.Tenant.ID)
	fails(t, err, vc.Denied, "permission-denied")
	if _, err = s.WalletToken(w.ctx, admin, one.Tenant.ID); err != nil {
		t.Error(err)
	}
}

// The newest token of a wallet is the one that is valid.
func TestWalletToken(t *testing.T) {
	w := newWorld(t)
	s, there := w.server(), w.server()
	by := w.operator(s)
	made, first, err := s.CreateWallet(w.ctx, by, access.NewWallet{Name: "one"})
	check(t, err)
	again, err := s.WalletToken(w.ctx, by, made.Tenant.ID)
	check(t, err)
	if again != first {
		t.Error("another token in the same second")
	}
	if _, err := there.OpenWallet(w.ctx, first); err != nil {
		t.Fatal(err)
	}
	entries := w.entries()
	w.pass(700 * time.Millisecond)
	w.pass(300 * time.Millisecond)
	second, err := s.WalletToken(w.ctx, by, made.Tenant.ID)
	check(t, err)
	if second == first || w.entries() != entries+1 {
		t.Error("the same token a second later, or it is not in the journal")
	}
	_, err = s.OpenWallet(w.ctx, first)
	fails(t, err, vc.Unauthenticated, access.CodeOutdated)
	if _, err := s.OpenWallet(w.ctx, second); err != nil {
		t.Error(err)
	}
	w.pass(time.Second) // as stale as another server may be
	_, err = there.OpenWallet(w.ctx, first)
	fails(t, err, vc.Unauthenticated, access.CodeOutdated)
	if _, err := there.OpenWallet(w.ctx, second); err != nil {
		t.Error(err)
	}
	w.pass(-time.Hour) // a server whose clock is behind brings no old token back
	late, err := there.WalletToken(w.ctx, by, made.Tenant.ID)
	check(t, err)
	if late != second {
		t.Error("an older token than the newest")
	}
	parts := strings.Split(second, ".")
	header, _ := base64.RawURLEncoding.DecodeString(parts[0])
	claims, _ := base64.RawURLEncoding.DecodeString(parts[1])
	id := made.Tenant.ID[:14] + "4" + made.Tenant.ID[15:]
	if string(header) != `{"alg":"HS256","typ":"JWT"}` || string(claims) != `{"wallet_id":"`+id+`","iat":1772366401}` {
		t.Errorf("%s %s", header, claims)
	}
}

func TestWalletTokenRefused(t *testing.T) {
	w := newWorld(t)
	s := w.server()
	by := w.operator(s)
	made, token, err := s.CreateWallet(w.ctx, by, access.NewWallet{Name: "one"})
	check(t, err)
	_, other, err := s.CreateWallet(w.ctx, by, access.NewWallet{Name: "two"})
	check(t, err)
	parts, others := strings.Split(token, "."), strings.Split(other, ".")
	letter := "A"
	if parts[2][20] == 'A' {
		letter = "B"
	}
	encode := base64.RawURLEncoding.EncodeToString
	wire := made.Tenant.ID[:14] + "4" + made.Tenant.ID[15:]
	for name, text := range map[string]string{
		"empty":            "",
		"no signature":     parts[0] + "." + parts[1],
		"empty signature":  parts[0] + "." + parts[1] + ".",
		"signature":        parts[0] + "." + parts[1] + "." + parts[2][:20] + letter + parts[2][21:],
		"another wallet's": parts[0] + "." + others[1] + "." + parts[2],
		"no algorithm":     encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + parts[1] + ".",
		"longer":           token + ".x",
		"padded":           token + "=",
		"no wallet":        parts[0] + "." + encode([]byte(`{"iat":1}`)) + "." + parts[2],
		"an id of ours":    parts[0] + "." + encode([]byte(`{"wallet_id":"`+made.Tenant.ID+`","iat":1772366400}`)) + "." + parts[2],
		"another time":     parts[0] + "." + encode([]byte(`{"wallet_id":"`+wire+`","iat":1772366399}`)) + "." + parts[2],
		"nobody's wallet":  parts[0] + "." + encode([]byte(`{"wallet_id":"019a0000-0000-4000-8000-000000000000","iat":1772366400}`)) + "." + parts[2],
		"large":            parts[0] + "." + strings.Repeat("A", 9000) + "." + parts[2],
		"no base64":        parts[0] + ".!." + parts[2],
		"an API key":       "chy_0123",
	} {
		_, err := s.OpenWallet(w.ctx, text)
		if vc.KindOf(err) != vc.Unauthenticated {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Authenticate(w.ctx, "Bearer "+token); vc.KindOf(err) != vc.Unauthenticated {
		t.Errorf("a wallet's token is an access token: %v", err)
	}
	// The base tenant is no wallet, whatever somebody signs for it.
	base, err := s.Tenant(w.ctx, by, vc.DefaultTenant)
	check(t, err)
	claims := `{"wallet_id":"` + base.ID[:14] + "4" + base.ID[15:] + `","iat":1772366400}`
	input := parts[0] + "." + encode([]byte(claims))
	mac, err := w.keys.MAC(w.ctx, base.ID, "acapy-token", []byte(input))
	check(t, err)
	_, err = s.OpenWallet(w.ctx, input+"."+encode(mac))
	fails(t, err, vc.Unauthenticated, access.CodeInvalid)
}

func TestRemoveWallet(t *testing.T) {
	w := newWorld(t)
	s, there := w.server(), w.server()
	by := w.operator(s)
	made, token, err := s.CreateWallet(w.ctx, by, access.NewWallet{Name: "one"})
	check(t, err)
	if _, err := there.OpenWallet(w.ctx, token); err != nil {
		t.Fatal(err)
	}
	check(t, s.RemoveWallet(w.ctx, by, made.Tenant.ID))
	_, err = s.OpenWallet(w.ctx, token)
	fails(t, err, vc.Unauthenticated, access.CodeInvalid)
	w.pass(time.Second)
	_, err = there.OpenWallet(w.ctx, token)
	fails(t, err, vc.Unauthenticated, access.CodeInvalid)
	fails(t, s.RemoveWallet(w.ctx, by, made.Tenant.ID), vc.NotFound, "wallet-not-found")
	if list, err := s.Wallets(w.ctx, by, vc.Page{}, ""); err != nil || len(list) != 0 {
		t.Errorf("%d wallets, %v", len(list), err)
	}
	again, fresh, err := s.CreateWallet(w.ctx, by, access.NewWallet{Name: "one"})
	check(t, err)
	if again.Tenant.ID == made.Tenant.ID || fresh == token {
		t.Error("the wallet came back")
	}

	// A server that died between closing the tenant and freeing the name leaves a name that can be taken.
	check(t, s.CloseTenant(w.ctx, by, again.Tenant.ID))
	_, err = s.OpenWallet(w.ctx, fresh)
	fails(t, err, vc.Unauthenticated, access.CodeInvalid)
	if list, err := s.Wallets(w.ctx, by, vc.Page{}, "one"); err != nil || len(list) != 0 {
		t.Errorf("%d wallets, %v", len(list), err)
	}
	last, _, err := s.CreateWallet(w.ctx, by, access.NewWallet{Name: "one"})
	check(t, err)

	// What is closed takes no place in a page.
	shut, _, err := s.CreateWallet(w.ctx, by, access.NewWallet{Name: "two"})
	check(t, err)
	check(t, s.CloseTenant(w.ctx, by, shut.Tenant.ID))
	if list, err := s.Wallets(w.ctx, by, vc.Page{Limit: 1}, ""); err != nil || len(list) != 1 || list[0].Tenant.ID != last.Tenant.ID {
		t.Errorf("%d wallets, %v", len(list), err)
	}
}

// Of many who make a wallet of one name at once, one does, and nothing of the others is left; of many who ask for its token, and
// change its settings meanwhile, all have one that is valid.
func TestWalletRace(t *testing.T) {
	for engine, dsn := range map[string]func() string{
		"sqlite": func() string { return storetest.Fresh(t) }, "postgres": func() string { return storetest.FreshPostgres(t) },
	} {
		t.Run(engine, func(t *testing.T) {
			w := newWorldOn(t, dsn())
			s, there := w.server(), w.server()
			by := w.operator(s)
			made, won := make(chan access.Wallet, 20), 0
			together(20, func(n int) {
				wallet, _, err := []*access.Service{s, there}[n%2].CreateWallet(w.ctx, by, access.NewWallet{Name: "one"})
				switch {
				case err == nil:
					made <- wallet
				case vc.KindOf(err) != vc.Conflict:
					t.Error(err)
				}
			})
			close(made)
			var wallet access.Wallet
			for wallet = range made {
				won++
			}
			list, err := s.Tenants(w.ctx, by, vc.ListQuery{})
			if err != nil || won != 1 || len(list) != 2 {
				t.Fatalf("%d won, %d tenants, %v", won, len(list), err)
			}
			w.pass(time.Minute)
			tokens := make([]string, 20)
			together(len(tokens), func(n int) {
				var err error
				if tokens[n], err = []*access.Service{s, there}[n%2].WalletToken(w.ctx, by, wallet.Tenant.ID); err != nil {
					t.Error(err)
				}
			})
			w.pass(time.Second)
			for _, token := range tokens {
				if token != tokens[0] {
					t.Error("two tokens of one second")
				}
				if _, err := there.OpenWallet(w.ctx, token); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// together does something n times at once.
func together(n int, do func(int)) {
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { do(i) })
	}
	all.Wait()
}
