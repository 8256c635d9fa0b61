package issuer_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/catalog"
	"github.com/chancery-vc/chancery/internal/identity"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/store"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
)

func TestClaimOpenOffering(t *testing.T) {
	s := newShop(t, storetest.Fresh(t))
	made := s.offer(issuer.NewOffering{})
	if o := made.Offering; o.Targeted || o.Limit != 0 || len(o.State) != 43 || o.SchemaVersion != 1 || o.TypeName != "Ticket" {
		t.Errorf("%+v", o)
	}
	got, err := s.Claim(t.Context(), s.holder(), made.Offering.ID, alice, issuer.How{})
	s.must(err)
	if got.Exchange.State != vc.Delivered || got.Exchange.Offering != made.Offering.ID || got.Result.Credential.Exchange != got.Exchange.ID {
		t.Errorf("%+v", got.Exchange)
	}
	if claims := subject(t, got.Result.Secured); claims["id"] != alice || claims["ticket"] != "seat 7" {
		t.Errorf("%v", claims)
	}
	s.wantCounts(made.Offering.ID, 1, 1, 1, 1)
	views, err := s.Offerings(t.Context(), s.by.Scope, vc.OfferingQuery{}, true)
	s.must(err)
	if len(views) != 1 || len(views[0].Redemptions) != 1 || views[0].Redemptions[0].Holder != alice ||
		string(views[0].Redemptions[0].Secured) != string(got.Result.Secured) || string(views[0].Claims) != `{"ticket":"seat 7"}` {
		t.Errorf("%+v", views)
	}
	views, err = s.Offerings(t.Context(), s.by.Scope, vc.OfferingQuery{}, false)
	s.must(err)
	if len(views) != 1 || views[0].Claims != nil || views[0].Redemptions != nil {
		t.Errorf("%+v", views)
	}
	stored, err := s.Exchange(t.Context(), s.by.Scope, got.Exchange.ID)
	if err != nil || stored.State != vc.Delivered || stored.Body != nil {
		t.Errorf("%+v %v", stored, err)
	}
}

// Claims about another than the holder keep their subject: the holder is who receives them.
func TestClaimForAnotherSubject(t *testing.T) {
	s := newShop(t, storetest.Fresh(t))
	made := s.offer(issuer.NewOffering{Recipient: alice, Claims: []byte(`{"id":"did:example:child","ticket":"a"}`)})
	got, err := s.Claim(t.Context(), s.holder(), made.Offering.ID, alice, issuer.How{})
	s.must(err)
	if subject(t, got.Result.Secured)["id"] != "did:example:child" {
		t.Error(subject(t, got.Result.Secured))
	}
	for did, want := range map[string]string{alice: "", "did:example:child": "", bob: "credential-not-found"} {
		if _, err := s.Shown(t.Context(), s.by.Scope, issuer.Viewer{DID: did}, got.Result.Credential.ID); code(err) != want {
			t.Errorf("%s: %v", did, err)
		}
	}
}

// The limit holds, exactly, however many claim at once.
func TestClaimLimitAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := newShop(t, dsn)
		const limit, holders = 7, 100
		id := s.offer(issuer.NewOffering{Limit: limit}).Offering.ID
		var got, refused atomic.Int64
		var all sync.WaitGroup
		for i := range holders {
			all.Go(func() {
				_, err := s.Claim(t.Context(), s.holder(), id, fmt.Sprintf("did:example:holder-%d", i), issuer.How{})
				switch code(err) {
				case "":
					got.Add(1)
				case "offering-exhausted":
					refused.Add(1)
				default:
					t.Errorf("%v", err)
				}
			})
		}
		all.Wait()
		if got.Load() != limit || refused.Load() != holders-limit {
			t.Errorf("%d claimed, %d refused", got.Load(), refused.Load())
		}
		s.wantCounts(id, limit, limit, limit, limit)
	})
}

// One key claims once: whoever asks again, at once or later, has the same credential, though the offering is used up.
func TestClaimOncePerKey(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := newShop(t, dsn)
		for name, hold := range map[string]bool{"at once": false, "held": true} {
			t.Run(name, func(t *testing.T) {
				id := s.offer(issuer.NewOffering{Recipient: alice, Type: s.newType(vc.CredentialType{Hold: hold}).ID}).Offering.ID
				by := s.holder()
				var all sync.WaitGroup
				results := make([]issuer.Received, 8)
				for i := range results {
					all.Go(func() {
						var err error
						if results[i], err = s.Claim(t.Context(), by, id, alice, issuer.How{Key: "claim", Operation: "claim"}); err != nil {
							t.Error(err)
						}
					})
				}
				all.Wait()
				for _, r := range results {
					if r.Result.Credential.ID != results[0].Result.Credential.ID || r.Exchange.ID != results[0].Exchange.ID ||
						string(r.Result.Secured) != string(results[0].Result.Secured) || (r.Result.Secured == nil) != hold {
						t.Errorf("%+v", r)
					}
				}
				if redeemed, redemptions, exchanges, _ := s.counts(id); redeemed != 1 || redemptions != 1 || exchanges != 1 {
					t.Errorf("%d redeemed, %d redemptions, %d exchanges", redeemed, redemptions, exchanges)
				}
			})
		}
	})
}

// failing is a store whose transactions fail at the credential, after all that comes before it.
type failing struct{ store.Store[issuer.Rows] }

type failingRows struct{ issuer.Rows }

func (f failing) Update(ctx context.Context, scope vc.Scope, fn func(issuer.Rows) error) error {
	return f.Store.Update(ctx, scope, func(rows issuer.Rows) error { return fn(failingRows{rows}) })
}

func (failingRows) InsertCredential(vc.Credential) error {
	return vc.Errorf(vc.Unavailable, "disk-full", "no space")
}

// What fails in the middle leaves nothing, and the same key claims later.
func TestClaimThatFailsInTheMiddle(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := newShop(t, dsn)
		id := s.offer(issuer.NewOffering{Limit: 1}).Offering.ID
		good := s.Rows
		s.Rows = failing{good}
		by, how := s.holder(), issuer.How{Key: "k", Operation: "claim"}
		if _, err := s.Claim(t.Context(), by, id, alice, how); code(err) != "disk-full" {
			t.Fatal(err)
		}
		s.wantCounts(id, 0, 0, 0, 0)
		s.Rows = good
		got, err := s.Claim(t.Context(), by, id, alice, how)
		s.must(err)
		if got.Result.Replayed || got.Result.Secured == nil {
			t.Errorf("%+v", got)
		}
		s.wantCounts(id, 1, 1, 1, 1)
	})
}

// What was offered is of the version of the schema that the type had then, wherever the type went since.
func TestClaimOfAnOlderVersion(t *testing.T) {
	s := newShop(t, storetest.Fresh(t))
	old := s.offer(issuer.NewOffering{}).Offering
	_, err := s.Catalog.AddVersion(t.Context(), s.by, s.schema.ID, ticketSchema("place"))
	s.must(err)
	moved := s.ticket
	moved.SchemaVersion = 2
	_, err = s.Catalog.UpdateType(t.Context(), s.by, moved)
	s.must(err)
	fresh := s.offer(issuer.NewOffering{Claims: []byte(`{"place":"seat 8"}`)}).Offering
	for _, row := range []struct {
		offering vc.Offering
		version  int
		claim    string
	}{{old, 1, "ticket"}, {fresh, 2, "place"}, {old, 1, "ticket"}} {
		got, err := s.Claim(t.Context(), s.holder(), row.offering.ID, alice, issuer.How{})
		s.must(err)
		schema, _ := said(t, got.Result.Secured)["credentialSchema"].(map[string]any)
		url, _ := schema["id"].(string)
		if got.Result.Credential.SchemaVersion != row.version || got.Exchange.SchemaVersion != row.version ||
			subject(t, got.Result.Secured)[row.claim] == nil || !strings.Contains(url, fmt.Sprintf("/%d/", row.version)) {
			t.Errorf("version %d: %+v, schema %s", row.version, got.Result.Credential, url)
		}
	}
}

// An erasure takes what the credential said, and its targeted offering with it; its claim is gone for its key too.
func TestEraseClaimed(t *testing.T) {
	s := newShop(t, storetest.Fresh(t))
	id := s.offer(issuer.NewOffering{Recipient: alice, Limit: 2}).Offering.ID
	open := s.offer(issuer.NewOffering{}).Offering.ID
	by, how := s.holder(), issuer.How{Key: "k", Operation: "claim"}
	got, err := s.Claim(t.Context(), by, id, alice, how)
	s.must(err)
	_, err = s.Claim(t.Context(), s.holder(), open, alice, issuer.How{})
	s.must(err)
	_, err = s.Erase(t.Context(), s.by, got.Result.Credential.ID)
	s.must(err)
	if _, err := s.Claim(t.Context(), by, id, alice, how); code(err) != "credential-erased" {
		t.Error(err)
	}
	if _, err := s.PublicOffering(t.Context(), s.by.Scope, id); code(err) != "offering-not-found" {
		t.Error(err)
	}
	for _, who := range []issuer.Viewer{{DID: alice}, {Principal: by.Principal}} {
		if _, err := s.Shown(t.Context(), s.by.Scope, who, got.Result.Credential.ID); code(err) != "credential-not-found" {
			t.Error(err)
		}
	}
	views, err := s.Offerings(t.Context(), s.by.Scope, vc.OfferingQuery{}, true)
	s.must(err)
	for _, v := range views {
		kept := v.Offering.ID == open
		if (v.Redemptions[0].Holder == alice) != kept || (v.Redemptions[0].Secured != nil) != kept || (v.Claims != nil) != kept || v.Recipient != "" {
			t.Errorf("%+v", v)
		}
	}
}

// Another identity may issue than the offering names.
func TestClaimOfAnIssuer(t *testing.T) {
	s := newShop(t, storetest.Fresh(t))
	second, err := s.identity.Create(t.Context(), s.by, identity.CreateRequest{})
	s.must(err)
	all := s.identities()
	made, err := s.CreateOffering(t.Context(), s.by, issuer.NewOffering{Type: s.ticket.ID, Issuer: all[0].ID, Claims: []byte(`{"ticket":"a"}`)}, issuer.How{})
	s.must(err)
	for want, how := range map[string]issuer.How{all[0].DID: {}, second.DID: {Issuer: second.DID}} {
		got, err := s.Claim(t.Context(), s.holder(), made.Offering.ID, alice, how)
		s.must(err)
		if got.Result.Credential.Issuer != want {
			t.Errorf("%s issued", got.Result.Credential.Issuer)
		}
	}
}

// What a type's claims are erased after delivery, a claim's are too: the jobs say when.
func TestClaimedIsErasedInTime(t *testing.T) {
	s := newShop(t, storetest.Fresh(t))
	id := s.offer(issuer.NewOffering{Type: s.newType(vc.CredentialType{EraseDelivered: true}).ID}).Offering.ID
	got, err := s.Claim(t.Context(), s.holder(), id, alice, issuer.How{})
	s.must(err)
	if jobs := s.due(issuer.JobErase); len(jobs) != 0 {
		t.Errorf("due at once: %+v", jobs)
	}
	s.clock.Store(int64(25 * time.Hour))
	for _, job := range s.due(issuer.JobErase) {
		s.must(s.EraseJob(t.Context(), job))
	}
	view, err := s.Get(t.Context(), s.by.Scope, got.Result.Credential.ID)
	if err != nil || view.Credential.ErasedAt.IsZero() {
		t.Errorf("%+v %v", view, err)
	}
}

// Each way in which an offering is not to be had has a name of its own, and to whom it is not for it tells nothing more.
func TestClaimsThatAreRefused(t *testing.T) {
	s := newShop(t, storetest.Fresh(t))
	claim := func(id, who string) string {
		_, err := s.Claim(t.Context(), s.holder(), id, who, issuer.How{})
		if err != nil && vc.KindOf(err) != vc.NotFound {
			t.Errorf("%v", err)
		}
		return code(err)
	}
	targeted := s.offer(issuer.NewOffering{Recipient: alice, ExpiresAt: time.Now().Add(time.Hour)}).Offering.ID
	withdrawn := s.offer(issuer.NewOffering{}).Offering.ID
	s.must(s.WithdrawOffering(t.Context(), s.by, withdrawn))
	s.must(s.WithdrawOffering(t.Context(), s.by, withdrawn))
	over := s.offer(issuer.NewOffering{ExpiresAt: time.Now().Add(time.Minute)}).Offering.ID
	s.clock.Store(int64(2 * time.Minute))
	for _, row := range []struct{ id, who, want string }{
		{newID(), alice, "offering-not-found"},
		{"nothing", alice, "offering-not-found"},
		{withdrawn, alice, "offering-not-found"},
		{over, alice, "offering-expired"},
		{targeted, bob, "offering-for-another"},
		{targeted, alice, ""},
		{targeted, alice, "offering-exhausted"},
		{targeted, bob, "offering-for-another"},
	} {
		if got := claim(row.id, row.who); got != row.want {
			t.Errorf("%s: %q, want %q", row.id, got, row.want)
		}
	}
	s.wantCounts(targeted, 1, 1, 1, 1)
	if _, err := s.Claim(t.Context(), s.holder(), targeted, "alice", issuer.How{}); code(err) != "holder-not-a-did" {
		t.Error(err)
	}
	elsewhere := s.holder()
	elsewhere.Scope.Organisation = newID()
	if _, err := s.Claim(t.Context(), elsewhere, targeted, alice, issuer.How{}); err == nil {
		t.Error("claimed in another organisation")
	}
}

// Who claims again costs no status index and no signature: a holder is anybody.
func TestClaimAgainTakesNothing(t *testing.T) {
	s := newShop(t, storetest.Fresh(t))
	id := s.offer(issuer.NewOffering{}).Offering.ID
	by := s.holder()
	steps := map[string]int{}
	s.Step = func(name string) { steps[name]++ }
	how := issuer.How{Key: "claim", Operation: "claim"}
	first, err := s.Claim(t.Context(), by, id, alice, how)
	s.must(err)
	for range 5 {
		again, err := s.Claim(t.Context(), by, id, alice, how)
		s.must(err)
		if !again.Result.Replayed || string(again.Result.Secured) != string(first.Result.Secured) || again.Exchange.ID != first.Exchange.ID {
			t.Errorf("%+v", again)
		}
	}
	if steps[issuer.StepLeased] != 1 || steps[issuer.StepSigned] != 1 {
		t.Errorf("%v", steps)
	}
}

// What was offered or ordered under one schema is not issued under another, though that has a version of the same number.
func TestPromisedSchema(t *testing.T) {
	s := newShop(t, storetest.Fresh(t))
	waits := s.waiting(0)
	kind, err := s.Catalog.Type(t.Context(), s.by.Scope, waits.Exchange.Type)
	s.must(err)
	offer := s.offer(issuer.NewOffering{Type: kind.ID}).Offering.ID
	other, _, err := s.Catalog.CreateSchema(t.Context(), s.by, catalog.NewSchema{Name: "Ticket", TypeName: "Ticket", Document: ticketSchema("ticket")})
	s.must(err)
	kind.Schema, kind.SchemaVersion = other.ID, 0
	_, err = s.Catalog.UpdateType(t.Context(), s.by, kind)
	s.must(err)
	if _, err := s.Approve(t.Context(), s.by, waits.Result.Credential.ID); code(err) != "schema-changed" {
		t.Error(err)
	}
	if _, err := s.Claim(t.Context(), s.holder(), offer, alice, issuer.How{}); code(err) != "schema-changed" {
		t.Error(err)
	}
	s.wantCounts(offer, 0, 0, 0, 0)
}
