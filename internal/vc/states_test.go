package vc_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/chancery-vc/chancery/internal/vc"
)

// progress is a noun that moves through states.
type progress[S ~string] struct {
	states []S
	begin  []S
	move   func(from, to S, now time.Time) (state S, revision int, updated time.Time, err error) // of revision 3
	next   func(S) []S
}

// hold wants every state to be reached from one that the noun begins in, all that follows to be a state, and no other move
// than the table's to be made.
func (p progress[S]) hold(t *testing.T) {
	reached := map[S]bool{}
	var visit func(S)
	visit = func(s S) {
		if reached[s] {
			return
		}
		if !slices.Contains(p.states, s) {
			t.Errorf("%s is no state", s)
		}
		reached[s] = true
		for _, next := range p.next(s) {
			visit(next)
		}
	}
	for _, s := range p.begin {
		visit(s)
	}
	if len(reached) != len(p.states) {
		t.Errorf("reached %v of %v", reached, p.states)
	}
	if all := p.next("nonsense"); all != nil {
		t.Errorf("%v follow nonsense", all)
	}
	rapid.Check(t, func(t *rapid.T) {
		state := rapid.SampledFrom(p.states)
		from, to, now := state.Draw(t, "from"), state.Draw(t, "to"), time.Unix(9, 0)
		is, revision, updated, err := p.move(from, to, now)
		if slices.Contains(p.next(from), to) {
			if err != nil || is != to || revision != 4 || !updated.Equal(now) {
				t.Fatalf("%s to %s: %s, revision %d, %v", from, to, is, revision, err)
			}
			return
		}
		if vc.KindOf(err) != vc.Conflict || is != from || revision != 3 || !updated.IsZero() {
			t.Fatalf("%s to %s: %s, revision %d, %v", from, to, is, revision, err)
		}
	})
}

func TestConnectionStates(t *testing.T) {
	all := []vc.ConnectionState{vc.Invited, vc.Asked, vc.Answered, vc.Completed, vc.Broken, vc.Ended}
	progress[vc.ConnectionState]{
		states: all,
		begin:  slices.DeleteFunc(slices.Clone(all), func(s vc.ConnectionState) bool { return !s.Begins() }),
		next:   vc.ConnectionState.Next,
		move: func(from, to vc.ConnectionState, now time.Time) (vc.ConnectionState, int, time.Time, error) {
			c := vc.Connection{State: from, Revision: 3}
			err := c.Move(to, now)
			return c.State, c.Revision, c.UpdatedAt, err
		},
	}.hold(t)
	for _, s := range all {
		if s.Final() != (s == vc.Broken || s == vc.Ended) {
			t.Errorf("%s: final %v", s, s.Final())
		}
	}
}

func TestInvitationStates(t *testing.T) {
	progress[vc.InvitationState]{
		states: []vc.InvitationState{
			vc.InvitationNew, vc.InvitationPreparing, vc.InvitationOpen, vc.InvitationDone, vc.InvitationReused, vc.InvitationNotReused,
		},
		begin: []vc.InvitationState{vc.InvitationNew},
		next:  vc.InvitationState.Next,
		move: func(from, to vc.InvitationState, now time.Time) (vc.InvitationState, int, time.Time, error) {
			i := vc.Invitation{State: from, Revision: 3}
			err := i.Move(to, now)
			return i.State, i.Revision, i.UpdatedAt, err
		},
	}.hold(t)
}

func TestProofStates(t *testing.T) {
	all := []vc.ProofState{vc.ProofProposed, vc.ProofAsked, vc.ProofPresented, vc.ProofDone, vc.ProofFailed}
	progress[vc.ProofState]{
		states: all,
		begin:  slices.DeleteFunc(slices.Clone(all), func(s vc.ProofState) bool { return !s.Begins() }),
		next:   vc.ProofState.Next,
		move: func(from, to vc.ProofState, now time.Time) (vc.ProofState, int, time.Time, error) {
			p := vc.Proof{State: from, Revision: 3}
			err := p.Move(to, now)
			return p.State, p.Revision, p.UpdatedAt, err
		},
	}.hold(t)
	for _, s := range all {
		if s.Final() != (s == vc.ProofDone || s == vc.ProofFailed) {
			t.Errorf("%s: final %v", s, s.Final())
		}
	}
}
