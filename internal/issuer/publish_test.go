package issuer_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/chancery-vc/chancery/internal/format/jwtvc"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/status"
	"github.com/chancery-vc/chancery/internal/store/sql"
	"github.com/chancery-vc/chancery/internal/store/storetest"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/statuslist"
)

// ledger is an anchor that keeps what it is given, until it is down.
type ledger struct {
	kept map[string][]byte
	down error
}

func (l *ledger) Anchor(_ context.Context, list vc.StatusList, credential []byte) error {
	if l.down == nil {
		l.kept[list.ID] = credential
	}
	return l.down
}

// issued is a revocable credential.
func (s *shop) issued() vc.Credential {
	s.Helper()
	order := vc.Order{Type: s.ticket.ID, Claims: []byte(`{"id":"did:example:alice","ticket":"a"}`)}
	got, err := s.Issue(s.Context(), s.by, order, issuer.How{})
	s.must(err)
	return got.Credential
}

func (s *shop) revoke(c vc.Credential) {
	s.Helper()
	_, err := s.ChangeStatus(s.Context(), s.by, c.ID, issuer.Change{Purpose: vc.Revocation, Value: 1})
	s.must(err)
}

// revoked tells what a published list says of a credential.
func (s *shop) revoked(body []byte, c vc.Credential) bool {
	s.Helper()
	read, err := jwtvc.Format{}.Read(s.Context(), body)
	s.must(err)
	list, err := statuslist.ReadList(read.Credential, 1, 1<<20)
	s.must(err)
	value, err := list.Status(statuslist.Entry{Purpose: "revocation", Index: c.Entries[0].Index, List: c.Entries[0].URL})
	s.must(err)
	return value == 1
}

// waits makes the world's status service anew, with a clock that stands and a pause that is counted.
func (s *shop) waits(alone bool) *[]time.Duration {
	var waited []time.Duration
	still := time.Now()
	s.Status = status.New(status.Config{
		Rows: sql.For[status.Rows](s.db), Directory: s.db, Vault: s.Vault, PublicURL: publicURL, Alone: alone,
		Now:   func() time.Time { return still },
		Sleep: func(_ context.Context, d time.Duration) error { waited = append(waited, d); return nil },
	})
	s.Cleanup(s.Status.Close)
	return &waited
}

func TestPublishList(t *testing.T) {
	for name, alone := range map[string]bool{"alone": true, "one of several": false} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t, storetest.Fresh(t))
			waited := s.waits(alone)
			anchored := &ledger{kept: map[string][]byte{}}
			s.Anchors = []issuer.Anchor{anchored}
			c := s.issued()
			list := c.Entries[0].List
			shown := func() []byte {
				t.Helper()
				p, err := s.StatusListCredential(t.Context(), list, "")
				s.must(err)
				return p.Body
			}
			shown()
			s.revoke(c)
			if s.revoked(shown(), c) {
				t.Fatal("the list is made anew within a second: this test shows nothing")
			}
			published, err := s.PublishList(t.Context(), s.by, "", 1)
			s.must(err)
			if !s.revoked(published.Body, c) || string(shown()) != string(published.Body) || string(anchored.kept[list]) != string(published.Body) {
				t.Error("the list does not show the revocation")
			}
			if (len(*waited) == 0) != alone || len(*waited) > 1 || len(*waited) == 1 && (*waited)[0] < time.Second {
				t.Errorf("waited %v", *waited)
			}
			again, err := s.PublishList(t.Context(), s.by, list, 0)
			s.must(err)
			if string(again.Body) != string(published.Body) {
				t.Error("other bytes of the same list")
			}
			whole := s.by
			whole.Scope.Organisation = ""
			if _, err := s.PublishList(t.Context(), whole, list, 0); err != nil {
				t.Error(err)
			}
		})
	}
}

// A ledger that cannot be reached is told of, and the list is published here all the same.
func TestPublishListUnanchored(t *testing.T) {
	s := newShop(t, storetest.Fresh(t))
	s.waits(true)
	down := &ledger{down: errors.New("no route to the ledger")}
	s.Anchors = []issuer.Anchor{down}
	c := s.issued()
	_, err := s.StatusListCredential(t.Context(), c.Entries[0].List, "")
	s.must(err)
	s.revoke(c)
	if _, err := s.PublishList(t.Context(), s.by, c.Entries[0].List, 0); code(err) != "anchor-unavailable" || vc.KindOf(err) != vc.Unavailable {
		t.Error(err)
	}
	p, err := s.StatusListCredential(t.Context(), c.Entries[0].List, "")
	s.must(err)
	if !s.revoked(p.Body, c) {
		t.Error("the list does not show the revocation")
	}
	down.kept, down.down = map[string][]byte{}, nil
	if _, err := s.PublishList(t.Context(), s.by, c.Entries[0].List, 0); err != nil || len(down.kept) != 1 {
		t.Error(err)
	}
}

func TestListsThatAreNotThere(t *testing.T) {
	s := newShop(t, storetest.Fresh(t))
	s.waits(true)
	list := s.issued().Entries[0].List
	another := s.by
	another.Scope = vc.Scope{Tenant: s.by.Scope.Tenant, Organisation: newID()}
	for _, row := range []struct {
		by    vc.Caller
		id    string
		place int
	}{
		{s.by, "", 0},
		{s.by, "", -1},
		{s.by, "", 2},
		{s.by, newID(), 0},
		{s.by, "x", 0},
		{another, "", 1},
		{another, list, 0},
	} {
		if _, err := s.PublishList(t.Context(), row.by, row.id, row.place); code(err) != "status-list-not-found" {
			t.Errorf("%+v: %v", row, err)
		}
	}
}
