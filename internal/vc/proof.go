package vc

import (
	"slices"
	"time"
)

// ProofRole says which end of a [Proof] is ours.
type ProofRole string

// The roles of a proof.
const (
	RoleVerifier ProofRole = "verifier"
	RoleProver   ProofRole = "prover"
)

// ProofState is how far a proof has come.
type ProofState string

// The states of a proof.
const (
	ProofProposed  ProofState = "proposed"
	ProofAsked     ProofState = "requested"
	ProofPresented ProofState = "presented" // sent; or received and not verified
	ProofDone      ProofState = "done"
	ProofFailed    ProofState = "failed"
)

// Next gives the states that may follow, none after a final one:
//
//	proposed ⇄ requested -> presented -> done; failed from each
func (s ProofState) Next() []ProofState {
	switch s {
	case ProofProposed:
		return []ProofState{ProofAsked, ProofFailed}
	case ProofAsked:
		return []ProofState{ProofProposed, ProofPresented, ProofFailed}
	case ProofPresented:
		return []ProofState{ProofDone, ProofFailed}
	}
	return nil
}

// Begins tells whether a proof may begin in the state.
func (s ProofState) Begins() bool { return s == ProofProposed || s == ProofAsked }

// Final tells whether nothing follows.
func (s ProofState) Final() bool { return len(s.Next()) == 0 }

// Proof is a presentation on its way between two peers, present-proof 2.0 (RFC 0454), seen from one of its ends.
type Proof struct {
	ID        string
	Scope     Scope
	Role      ProofRole
	Door      string // that opened it
	Channel   string // connection id; "" where there is none
	Thread    string // unique with role, door and channel in a scope; "": none
	ByPeer    bool   // the other end began it
	State     ProofState
	Verified  *bool  // nil: not verified yet
	Error     string // why it failed: a code and its text
	Pocket    []byte // its flags, JSON, without claims
	BodyKey   []byte
	Body      []byte // sealed: the messages, what was found
	Revision  int
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Move puts a proof into its next state. Conflict "proof-state" where none such follows.
func (p *Proof) Move(to ProofState, now time.Time) error {
	if !slices.Contains(p.State.Next(), to) {
		return Errorf(Conflict, "proof-state", "a proof that is %s cannot become %s", p.State, to)
	}
	p.State = to
	p.Touch(now)
	return nil
}

// Touch marks a proof as changed.
func (p *Proof) Touch(now time.Time) {
	p.UpdatedAt = now
	p.Revision++
}
