package vc

import (
	"slices"
	"time"
)

// Offering asks holders to come for a credential: a type and claims, for one recipient or for whoever comes, so many times,
// until then. What it says (Body) is sealed. Redeemed counts its redemptions and never exceeds Limit.
type Offering struct {
	ID            string // UUIDv7: who knows it may read the offering
	Scope         Scope
	Type          string // credential type id
	TypeName      string
	Schema        string
	SchemaVersion int // of the type when it was made: what is claimed is of this version
	Door          string
	Principal     string
	State         string // issuer_state, OpenID4VCI §4.1.1: unguessable
	Targeted      bool   // for one recipient
	RecipientMAC  []byte // keyed digest of the recipient's DID; nil: whoever comes
	Limit         int    // 0: none
	Redeemed      int
	ExpiresAt     time.Time // zero: never
	WithdrawnAt   time.Time // zero: not
	BodyKey       []byte
	Body          []byte // sealed: claims, recipient
	Pocket        []byte // its door's own, JSON, without claims
	CreatedAt     time.Time
}

// Redemption is one claim of an offering, and the exchange that it led to. Who claimed is said by the credential, so that it goes
// with its erasure.
type Redemption struct {
	ID         string
	Scope      Scope // of its offering
	Offering   string
	Exchange   string
	Credential string
	HolderMAC  []byte
	At         time.Time
}

// ExchangeRole says which end of an exchange is ours.
type ExchangeRole string

// The roles of an exchange.
const (
	RoleIssuer ExchangeRole = "issuer"
	RoleHolder ExchangeRole = "holder"
)

// ExchangeState is how far an exchange has come.
type ExchangeState string

// The states of an exchange.
const (
	Proposed  ExchangeState = "proposed"
	Offered   ExchangeState = "offered"
	Requested ExchangeState = "requested" // here it waits where its type holds
	Signing   ExchangeState = "signing"   // a key elsewhere was asked
	Deferred  ExchangeState = "deferred"  // the holder was told to come again
	Delivered ExchangeState = "issued"
	Accepted  ExchangeState = "accepted"
	Declined  ExchangeState = "declined"
	Failed    ExchangeState = "failed"
	Expired   ExchangeState = "expired"
)

// Next gives the states that may follow, none after a final one:
//
//	proposed ⇄ offered -> requested -> signing -> issued -> accepted; aside deferred, declined, failed, expired
//
// Where the key is here, nothing is between requested and issued: a signature is made before the transaction that tells of it.
func (s ExchangeState) Next() []ExchangeState {
	switch s {
	case Proposed:
		return []ExchangeState{Offered, Declined, Failed, Expired}
	case Offered:
		return []ExchangeState{Proposed, Requested, Declined, Failed, Expired}
	case Requested:
		return []ExchangeState{Signing, Delivered, Deferred, Declined, Failed, Expired}
	case Deferred:
		return []ExchangeState{Signing, Delivered, Declined, Failed, Expired}
	case Signing:
		return []ExchangeState{Delivered, Failed, Expired}
	case Delivered:
		return []ExchangeState{Accepted, Declined, Failed}
	}
	return nil
}

// Begins tells whether an exchange may begin in the state.
func (s ExchangeState) Begins() bool { return s == Proposed || s == Offered || s == Requested }

// Final tells whether nothing follows.
func (s ExchangeState) Final() bool { return len(s.Next()) == 0 }

// Exchange is one issuance on its way, seen from one of its ends. Body holds what it says, sealed: the order, what was offered
// and asked for, who the other end is.
type Exchange struct {
	ID            string
	Scope         Scope
	Role          ExchangeRole
	Door          string // that opened it
	Channel       string // connection id, or URL of the other end; "" where the door has none
	Thread        string // the protocol's own id, unique with role, door and channel in a scope; "": none
	ByPeer        bool   // the other end began it
	Offering      string // id; "": none
	Type          string // credential type id
	TypeName      string
	Schema        string
	SchemaVersion int
	Credential    string // id that the credential has, or will have
	Held          string // id of the [HeldCredential] it ended in
	PeerMAC       []byte // keyed digest of the other end's DID
	State         ExchangeState
	Hold          bool   // waits in Requested for an explicit issue
	Error         string // why it failed: a code
	Pocket        []byte // its door's own, JSON, without claims
	BodyKey       []byte
	Body          []byte // sealed
	Revision      int
	CreatedAt     time.Time
	UpdatedAt     time.Time
	ExpiresAt     time.Time // zero: never
}

// Move puts an exchange into its next state. Conflict "exchange-state" where none such follows.
func (e *Exchange) Move(to ExchangeState, now time.Time) error {
	if !slices.Contains(e.State.Next(), to) {
		return Errorf(Conflict, "exchange-state", "an exchange that is %s cannot become %s", e.State, to)
	}
	e.State = to
	e.Touch(now)
	return nil
}

// Touch marks an exchange as changed.
func (e *Exchange) Touch(now time.Time) {
	e.UpdatedAt = now
	e.Revision++
}
