package vc

import "time"

// LedgerState is how far a transaction on a ledger has come.
type LedgerState string

// The states: requested ones have no payer's signature yet, prepared ones are signed and may have been sent, sent ones wait
// at a node, or without a Hash at a registrar that sends in our place, confirmed ones are on the ledger and what they are for is not true here yet. Included ones did their work; a
// failed one did nothing and never will.
const (
	LedgerRequested LedgerState = "requested"
	LedgerPrepared  LedgerState = "prepared"
	LedgerSent      LedgerState = "sent"
	LedgerConfirmed LedgerState = "confirmed"
	LedgerIncluded  LedgerState = "included"
	LedgerFailed    LedgerState = "failed"
)

// Open says that a transaction has work to do.
func (s LedgerState) Open() bool { return s != LedgerIncluded && s != LedgerFailed }

// LedgerTransaction is one transaction, journaled before it is sent. Ledger and Object say what it changes, and an object has
// one open transaction at most. Intent is what becomes true here once the ledger has it; it, Message and Raw
// go when the transaction ends.
type LedgerTransaction struct {
	ID       string
	Scope    Scope
	Ledger   string // "cheqd:testnet"
	Object   string // a DID, or the DID URL of a resource
	Version  string // the version that it makes
	Purpose  string // who is told of its end
	Message  []byte // signed by the object's keys, as the ledger wants it
	Intent   []byte
	Account  string // who pays: an account, "" until it is prepared, as the next four; or a registrar's URL
	Sequence int64
	Fee      string // what is offered: "39353985521ncheq"
	Ceiling  string // CHEQ that it may cost at most, where that is less than the operator allows; "": no less
	Hash     string
	Raw      []byte // the very bytes that are sent; to a registrar from the beginning
	State    LedgerState
	Attempts int    // how many times it was prepared
	Kind     Kind   // of the failure, as Code and Error
	Code     string // "" where it has not failed
	Error    string
	Revision int

	CreatedAt time.Time
	UpdatedAt time.Time
	LeasedBy  string // the worker that has it
}

// Failure is why a transaction failed; nil where it has not.
func (t LedgerTransaction) Failure() error {
	if t.State != LedgerFailed {
		return nil
	}
	return Errorf(t.Kind, t.Code, "%s", t.Error)
}

// LedgerAccount pays for transactions on a ledger. Its key is the operator's.
type LedgerAccount struct {
	Ledger    string
	Address   string
	Key       Key
	CreatedAt time.Time
}
