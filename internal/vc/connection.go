package vc

import (
	"slices"
	"time"
)

// ConnectionRole says which end of a connection is ours.
type ConnectionRole string

// The roles of a connection.
const (
	RoleInviter ConnectionRole = "inviter"
	RoleInvitee ConnectionRole = "invitee" // also who asks by a public DID, without an invitation
)

// ConnectionState is how far a connection has come.
type ConnectionState string

// The states of a connection.
const (
	Invited   ConnectionState = "invited"   // the invitation was sent or received
	Asked     ConnectionState = "requested" // the request was sent or received
	Answered  ConnectionState = "responded" // the response was sent or received
	Completed ConnectionState = "completed"
	Broken    ConnectionState = "failed"
	Ended     ConnectionState = "ended" // hung up by either end
)

// Next gives the states that may follow, none after a final one:
//
//	invited -> requested -> responded -> completed -> ended; failed from each before completed
//
// The end that receives the response completes by it.
func (s ConnectionState) Next() []ConnectionState {
	switch s {
	case Invited:
		return []ConnectionState{Asked, Broken}
	case Asked:
		return []ConnectionState{Answered, Completed, Broken}
	case Answered:
		return []ConnectionState{Completed, Broken}
	case Completed:
		return []ConnectionState{Ended}
	}
	return nil
}

// Begins tells whether a connection may begin in the state: one by a public DID begins asked, a static one completed.
func (s ConnectionState) Begins() bool { return s == Invited || s == Asked || s == Completed }

// Final tells whether nothing follows.
func (s ConnectionState) Final() bool { return len(s.Next()) == 0 }

// InvitationMode is how often an invitation may be taken.
type InvitationMode string

// The modes.
const (
	ModeOnce   InvitationMode = "once"
	ModeMulti  InvitationMode = "multi"
	ModeStatic InvitationMode = "static"
)

// Connection is a peer that we know, or are getting to know. Body, sealed, holds what tells who the peer is: labels, DIDs, its
// document. What a connection is found by is here as keyed digests.
type Connection struct {
	ID             string
	Scope          Scope
	Role           ConnectionRole
	State          ConnectionState
	Mode           InvitationMode
	Protocol       string // "didexchange/1.1", "didexchange/1.0", "connections/1.0"; "" while that is open
	Thread         string // of the handshake: the request's id. Unique with Role in a scope where set
	Invitation     string // id of the [Invitation]; "" once that is gone
	InvitationID   string // @id of its message
	InvitationKey  string // base58 verkey that was invited with; "" by a public DID
	Mine           string // our DID as others are told it: short of did:peer:4, unqualified of DID Exchange 1.0
	Auto           bool   // goes on without asking
	Mediation      string // id of the [Mediation] that our endpoint is behind; ""
	Inbound        string // id of the connection that brought it; ""
	AliasMAC       []byte
	TheirMAC       []byte // of their DID, short where it has two forms
	TheirPublicMAC []byte // of the public DID that they were found by
	Error          string // why it failed: ours to say, no word of the peer's
	BodyKey        []byte
	Body           []byte // sealed
	Revision       int
	CreatedAt      time.Time
	UpdatedAt      time.Time
}

// Move puts a connection into its next state. Conflict "connection-state" where none such follows.
func (c *Connection) Move(to ConnectionState, now time.Time) error {
	if !slices.Contains(c.State.Next(), to) {
		return Errorf(Conflict, "connection-state", "a connection that is %s cannot become %s", c.State, to)
	}
	c.State = to
	c.Touch(now)
	return nil
}

// Touch marks a connection as changed.
func (c *Connection) Touch(now time.Time) {
	c.UpdatedAt = now
	c.Revision++
}

// InvitationState is how far an out-of-band invitation is.
type InvitationState string

// The states of an invitation.
const (
	InvitationNew       InvitationState = "initial"
	InvitationPreparing InvitationState = "prepare-response"
	InvitationOpen      InvitationState = "await-response"
	InvitationDone      InvitationState = "done"
	InvitationReused    InvitationState = "reuse-accepted"
	InvitationNotReused InvitationState = "reuse-not-accepted"
)

// Next gives the states that may follow:
//
//	initial -> prepare-response | await-response -> reuse-accepted | reuse-not-accepted -> done
func (s InvitationState) Next() []InvitationState {
	switch s {
	case InvitationNew:
		return []InvitationState{InvitationOpen, InvitationPreparing, InvitationDone}
	case InvitationPreparing, InvitationReused:
		return []InvitationState{InvitationDone}
	case InvitationOpen:
		return []InvitationState{InvitationDone, InvitationReused, InvitationNotReused}
	case InvitationNotReused:
		return []InvitationState{InvitationOpen, InvitationPreparing, InvitationDone}
	}
	return nil
}

// Invitation is an out-of-band invitation, RFC 0434, that we made or took, while it is open. Its message is sealed: it may carry
// requests with claims.
type Invitation struct {
	ID         string
	Scope      Scope
	Sender     bool   // we made it
	MessageID  string // @id; unique with Sender in a scope
	State      InvitationState
	Multi      bool
	Connection string // it led to, or stands for
	Subject    string // of its attachment: "exchange/<id>", "proof/<id>"; ""
	Thread     string // of its attachment
	Key        string // our recipient key, base58; "" by a public DID
	BodyKey    []byte
	Body       []byte // sealed: message, their service, metadata, alias, label
	Revision   int
	CreatedAt  time.Time
	UpdatedAt  time.Time
	ExpiresAt  time.Time // zero: never
}

// Move puts an invitation into its next state. Conflict "invitation-state" where none such follows.
func (i *Invitation) Move(to InvitationState, now time.Time) error {
	if !slices.Contains(i.State.Next(), to) {
		return Errorf(Conflict, "invitation-state", "an invitation that is %s cannot become %s", i.State, to)
	}
	i.State = to
	i.Touch(now)
	return nil
}

// Touch marks an invitation as changed.
func (i *Invitation) Touch(now time.Time) {
	i.UpdatedAt = now
	i.Revision++
}

// Recipient is an Ed25519 key of ours that peers encrypt to. A retired one still opens, until then, and is told to nobody.
type Recipient struct {
	Verkey    string // base58; unique in the server
	Scope     Scope
	Owner     string // "connection/<id>", "invitation/<id>", "mediation/<id>", "identity/<id>"
	Key       Key
	RetiredAt time.Time // zero: not
	CreatedAt time.Time
}
