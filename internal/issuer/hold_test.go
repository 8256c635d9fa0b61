package issuer_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
)

// waiting is an order of a type that holds.
func (s *shop) waiting(life time.Duration) issuer.Received {
	s.Helper()
	order := vc.Order{Type: s.newType(vc.CredentialType{Hold: true}).ID, Claims: []byte(`{"id":"did:example:alice","ticket":"a"}`)}
	got, err := s.Order(s.Context(), s.by, order, issuer.How{Life: life})
	s.must(err)
	if got.Exchange.State != vc.Requested || !got.Exchange.Hold || got.Result.Secured != nil || got.Result.Credential.ID == "" ||
		got.Result.Credential.ID != got.Exchange.Credential {
		s.Errorf("%+v", got)
	}
	return got
}

func TestOrderThatWaits(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := newShop(t, dsn)
		got := s.waiting(0)
		id := got.Result.Credential.ID
		if _, err := s.Get(t.Context(), s.by.Scope, id); code(err) != "credential-not-found" {
			t.Error(err)
		}
		approver := s.by
		approver.Principal = newID()
		results := make([]issuer.Received, 8)
		var all sync.WaitGroup
		for i := range results {
			all.Go(func() {
				var err error
				if results[i], err = s.Approve(t.Context(), approver, id); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		fresh := 0
		for _, r := range results {
			if r.Result.Credential.ID != id || r.Exchange.State != vc.Delivered || string(r.Result.Secured) != string(results[0].Result.Secured) || r.Result.Secured == nil {
				t.Errorf("%+v", r)
			}
			if !r.Result.Replayed {
				fresh++
			}
		}
		if fresh != 1 {
			t.Errorf("issued %d times", fresh)
		}
		if subject(t, results[0].Result.Secured)["ticket"] != "a" || said(t, results[0].Result.Secured)["id"] != "urn:uuid:"+id {
			t.Errorf("%s", results[0].Result.Secured)
		}
		view, err := s.Shown(t.Context(), s.by.Scope, issuer.Viewer{Principal: s.by.Principal}, id)
		if err != nil || view.Secured == nil || view.Credential.Door != s.by.Door {
			t.Errorf("%+v %v", view, err)
		}
		if _, err := s.Shown(t.Context(), s.by.Scope, issuer.Viewer{Principal: approver.Principal}, id); code(err) != "credential-not-found" {
			t.Error(err)
		}
		if _, err := s.Decline(t.Context(), s.by, id); code(err) != "exchange-state" {
			t.Error(err)
		}
		s.view(func(rows issuer.Rows) error {
			x, err := rows.Exchange(got.Exchange.ID)
			if x.Body != nil || x.BodyKey != nil || x.Revision != 2 {
				t.Errorf("%+v", x)
			}
			return err
		})
	})
}

// An order of a type that does not hold is issued, and nothing waits for an approval then.
func TestOrderAtOnce(t *testing.T) {
	s := newShop(t, storetest.Fresh(t))
	id := newID()
	order := vc.Order{ID: id, Type: s.ticket.ID, Claims: []byte(`{"id":"did:example:alice","ticket":"a"}`)}
	how := issuer.How{Key: "k", Operation: "order", Request: []byte(`{}`)}
	got, err := s.Order(t.Context(), s.by, order, how)
	s.must(err)
	if got.Exchange.ID != "" || got.Result.Credential.ID != id || said(t, got.Result.Secured)["id"] != "urn:uuid:"+id {
		t.Errorf("%+v", got)
	}
	again, err := s.Order(t.Context(), s.by, order, how)
	if err != nil || !again.Result.Replayed || string(again.Result.Secured) != string(got.Result.Secured) {
		t.Errorf("%+v %v", again, err)
	}
	if _, err := s.Order(t.Context(), s.by, order, issuer.How{}); vc.KindOf(err) != vc.Conflict {
		t.Errorf("an id was used twice: %v", err)
	}
	order.ID = "7"
	if _, err := s.Order(t.Context(), s.by, order, issuer.How{}); code(err) != "id-not-a-uuid" {
		t.Error(err)
	}
	for name, err := range map[string]error{
		"approve": second(s.Approve(t.Context(), s.by, id)), "decline": second(s.Decline(t.Context(), s.by, id)),
	} {
		if code(err) != "exchange-state" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, err := range map[string]error{
		"approve": second(s.Approve(t.Context(), s.by, newID())), "decline": second(s.Decline(t.Context(), s.by, newID())),
	} {
		if code(err) != "credential-not-found" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := s.Exchange(t.Context(), s.by.Scope, newID()); code(err) != "exchange-not-found" {
		t.Error(err)
	}
}

func second[T any](_ T, err error) error { return err }

// What would be refused does not wait; what waits is remembered under its key, and is what it became when asked again.
func TestOrderThatWaitsOncePerKey(t *testing.T) {
	s := newShop(t, storetest.Fresh(t))
	kind := s.newType(vc.CredentialType{Hold: true}).ID
	if _, err := s.Order(t.Context(), s.by, vc.Order{Type: kind, Claims: []byte(`{"id":"did:example:alice"}`)}, issuer.How{}); code(err) != "schema-violation" {
		t.Error(err)
	}
	order := vc.Order{Type: kind, Claims: []byte(`{"id":"did:example:alice","ticket":"a"}`)}
	how := issuer.How{Key: "k", Operation: "order", Request: []byte(`{}`)}
	first, err := s.Order(t.Context(), s.by, order, how)
	s.must(err)
	again, err := s.Order(t.Context(), s.by, order, how)
	if err != nil || again.Exchange.ID != first.Exchange.ID || again.Result.Secured != nil || !again.Result.Replayed {
		t.Errorf("%+v %v", again, err)
	}
	_, err = s.Approve(t.Context(), s.by, first.Exchange.Credential)
	s.must(err)
	again, err = s.Order(t.Context(), s.by, order, how)
	if err != nil || again.Result.Secured == nil || again.Exchange.State != vc.Delivered {
		t.Errorf("%+v %v", again, err)
	}
}

func TestShownWhileItWaits(t *testing.T) {
	s := newShop(t, storetest.Fresh(t))
	id := s.waiting(0).Result.Credential.ID
	for _, row := range []struct {
		who  issuer.Viewer
		want string
	}{
		{issuer.Viewer{DID: alice}, ""},
		{issuer.Viewer{Principal: s.by.Principal}, ""},
		{issuer.Viewer{DID: bob}, "credential-not-found"},
		{issuer.Viewer{Principal: newID()}, "credential-not-found"},
		{issuer.Viewer{}, "credential-not-found"},
	} {
		view, err := s.Shown(t.Context(), s.by.Scope, row.who, id)
		if code(err) != row.want || err == nil && (view.Secured != nil || view.Credential.State != "" || view.Credential.ID != id) {
			t.Errorf("%+v: %+v %v", row.who, view, err)
		}
	}
	if _, err := s.Shown(t.Context(), vc.Scope{Tenant: newID()}, issuer.Viewer{DID: alice}, id); code(err) != "credential-not-found" {
		t.Error(err)
	}
}

func TestDecline(t *testing.T) {
	s := newShop(t, storetest.Fresh(t))
	got := s.waiting(time.Hour)
	id := got.Result.Credential.ID
	for range 2 {
		x, err := s.Decline(t.Context(), s.by, id)
		if err != nil || x.State != vc.Declined || x.Body != nil {
			t.Errorf("%+v %v", x, err)
		}
	}
	if _, err := s.Approve(t.Context(), s.by, id); code(err) != "exchange-state" {
		t.Error(err)
	}
	if _, err := s.Shown(t.Context(), s.by.Scope, issuer.Viewer{DID: alice}, id); code(err) != "credential-not-found" {
		t.Error(err)
	}
	s.clock.Store(int64(2 * time.Hour))
	for _, job := range s.due(issuer.JobExpire) { // too late
		s.must(s.ExpireExchange(t.Context(), job))
	}
	if x, err := s.Exchange(t.Context(), s.by.Scope, got.Exchange.ID); err != nil || x.State != vc.Declined {
		t.Errorf("%+v %v", x, err)
	}
}

// Approval and refusal at once: one of them counts.
func TestApproveAndDeclineAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, dsn string) {
		s := newShop(t, dsn)
		for range 5 {
			got := s.waiting(0)
			var approved, declined error
			var both sync.WaitGroup
			both.Go(func() { _, approved = s.Approve(t.Context(), s.by, got.Exchange.Credential) })
			both.Go(func() { _, declined = s.Decline(t.Context(), s.by, got.Exchange.Credential) })
			both.Wait()
			_, err := s.Get(t.Context(), s.by.Scope, got.Exchange.Credential)
			if (approved == nil) == (declined == nil) || (approved == nil) != (err == nil) {
				t.Errorf("approved %v, declined %v, the credential %v", approved, declined, err)
			}
		}
	})
}

func TestExpireExchange(t *testing.T) {
	s := newShop(t, storetest.Fresh(t))
	got, issued := s.waiting(time.Hour), s.waiting(time.Hour)
	_, err := s.Approve(t.Context(), s.by, issued.Exchange.Credential)
	s.must(err)
	if jobs := s.due(issuer.JobExpire); len(jobs) != 0 {
		t.Errorf("due at once: %+v", jobs)
	}
	s.must(s.ExpireExchange(t.Context(), vc.Job{Scope: s.by.Scope, Payload: []byte(`{"id":"` + got.Exchange.ID + `"}`)})) // too early
	if x, err := s.Exchange(t.Context(), s.by.Scope, got.Exchange.ID); err != nil || x.State != vc.Requested {
		t.Errorf("%+v %v", x, err)
	}
	s.clock.Store(int64(time.Hour))
	if _, err := s.Approve(t.Context(), s.by, got.Exchange.Credential); code(err) != "exchange-state" {
		t.Error(err)
	}
	if x, err := s.Exchange(t.Context(), s.by.Scope, got.Exchange.ID); err != nil || x.State != vc.Expired || x.Body == nil {
		t.Errorf("%+v %v", x, err)
	}
	jobs := s.due(issuer.JobExpire)
	if len(jobs) != 2 {
		t.Errorf("%d jobs", len(jobs))
	}
	scrubbed := 0
	s.Scrub = func(context.Context) error { scrubbed++; return nil }
	for range 2 {
		for _, job := range jobs {
			s.must(s.ExpireExchange(t.Context(), job))
		}
	}
	if scrubbed != 2 { // what was ordered by the one that nobody approved is gone from the files as well
		t.Errorf("scrubbed %d times", scrubbed)
	}
	s.view(func(rows issuer.Rows) error {
		x, err := rows.Exchange(got.Exchange.ID)
		if x.State != vc.Expired || x.Body != nil || x.Revision != 2 {
			t.Errorf("%+v", x)
		}
		return err
	})
	if x, err := s.Exchange(t.Context(), s.by.Scope, issued.Exchange.ID); err != nil || x.State != vc.Delivered {
		t.Errorf("%+v %v", x, err)
	}
}

// A claim of a type that holds counts at once, and is issued when it is approved, to who claimed.
func TestClaimThatWaits(t *testing.T) {
	s := newShop(t, storetest.Fresh(t))
	id := s.offer(issuer.NewOffering{Type: s.newType(vc.CredentialType{Hold: true}).ID, Limit: 1}).Offering.ID
	by := s.holder()
	got, err := s.Claim(t.Context(), by, id, alice, issuer.How{})
	s.must(err)
	if got.Exchange.State != vc.Requested || got.Result.Secured != nil {
		t.Errorf("%+v", got)
	}
	s.wantCounts(id, 1, 1, 1, 0)
	if _, err := s.Claim(t.Context(), s.holder(), id, bob, issuer.How{}); code(err) != "offering-exhausted" {
		t.Error(err)
	}
	views, err := s.Offerings(t.Context(), s.by.Scope, vc.OfferingQuery{}, true)
	s.must(err)
	if r := views[0].Redemptions; len(r) != 1 || r[0].Holder != alice || r[0].Secured != nil {
		t.Errorf("%+v", views)
	}
	if _, err := s.Shown(t.Context(), s.by.Scope, issuer.Viewer{DID: alice}, got.Exchange.Credential); err != nil {
		t.Error(err)
	}
	s.must(s.WithdrawOffering(t.Context(), s.by, id)) // what waits has its own words
	done, err := s.Approve(t.Context(), s.by, got.Exchange.Credential)
	s.must(err)
	if subject(t, done.Result.Secured)["id"] != alice || done.Result.Credential.Principal != by.Principal || done.Result.Credential.Door != "empe" {
		t.Errorf("%+v", done)
	}
	s.wantCounts(id, 1, 1, 1, 1)
}
