package vc_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/vc"
)

var exchangeStates = []vc.ExchangeState{
	vc.Proposed, vc.Offered, vc.Requested, vc.Signing, vc.Deferred, vc.Delivered, vc.Accepted, vc.Declined, vc.Failed, vc.Expired,
}

// Every state can be reached from one that an exchange begins in, and none but the table's own follows any.
func TestExchangeStates(t *testing.T) {
	reached := map[vc.ExchangeState]bool{}
	var visit func(vc.ExchangeState)
	visit = func(s vc.ExchangeState) {
		if reached[s] {
			return
		}
		reached[s] = true
		for _, next := range s.Next() {
			visit(next)
		}
	}
	for _, s := range exchangeStates {
		if s.Begins() {
			visit(s)
		}
		if s.Final() != (len(s.Next()) == 0) {
			t.Errorf("%s: final and followed", s)
		}
	}
	if len(reached) != len(exchangeStates) {
		t.Errorf("reached %v of %v", reached, exchangeStates)
	}
}

func TestExchangeMoves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		state := rapid.SampledFrom(exchangeStates)
		e := vc.Exchange{State: state.Draw(t, "from"), Revision: 3}
		before, to, now := e, state.Draw(t, "to"), time.Unix(9, 0)
		err := e.Move(to, now)
		if slices.Contains(before.State.Next(), to) {
			if err != nil || e.State != to || e.Revision != 4 || !e.UpdatedAt.Equal(now) {
				t.Fatalf("%s to %s: %+v, %v", before.State, to, e, err)
			}
			return
		}
		if vc.KindOf(err) != vc.Conflict || e.State != before.State || e.Revision != before.Revision {
			t.Fatalf("%s to %s: %+v, %v", before.State, to, e, err)
		}
	})
}
