package vc

import "time"

// Entry is one row of the journal: an act, with the two faces it shows. Its audit face (actor, action, object,
// detail) is chained and has no claim and nothing that leads to a holder; its event face adds Subject, the id of
// what happened to whom, and Data for subscribers.
//
// Position and Hash are given after commit by one publisher, per tenant and without gaps.
type Entry struct {
	ID        string
	Scope     Scope
	At        time.Time
	Action    string // "credential.issued", "type.archived", …
	Principal string
	Door      string
	Request   string
	Object    string // kind and id of what was acted on: "type/0199…"; never a credential
	Detail    string // short, for the audit: "kid=…", never claims
	Event     bool   // shown to subscribers
	Subject   string // event face only: credential id, exchange id, …
	Data      []byte // event face only: JSON
	Position  int64
	Hash      []byte
}

// AuditHead is the end of a tenant's audit chain, authenticated by a key derived from the master key.
type AuditHead struct {
	Tenant   string
	Position int64
	Hash     []byte
	MAC      []byte
	Key      string // id of the master key
}

// Job is work that must be done after a commit, at least once. Its Kind names the worker, Payload is JSON.
type Job struct {
	ID       string
	Scope    Scope
	Kind     string
	Key      string // jobs of one key run one after the other; "": no order
	Payload  []byte
	RunAt    time.Time
	Attempts int
	LeasedBy string
	LeasedTo time.Time
	Error    string // of the last attempt
	Dead     bool
}

// Idempotency is the answer that was given under an idempotency key: which credentials were made, and what the
// door needs beside them to say it again.
type Idempotency struct {
	Digest      []byte // SHA-256 of scope, principal, operation and key
	Scope       Scope
	Body        []byte   // keyed digest of the request in canonical form (RFC 8785)
	Credentials []string // in the order of the request; "" where an item failed
	Pocket      []byte   // the door's own, no claims
	CreatedAt   time.Time
	ExpiresAt   time.Time
}
