package vc

import "time"

// Letter is a DIDComm message on its way: out to a peer, in where it could not be handled at once, or relayed for a peer whose
// mediator we are. Body is sealed and goes when the letter is sent.
type Letter struct {
	ID         string // orders the letters of a channel
	Scope      Scope
	Way        Way
	Connection string // "" of an exchange without one
	Invitation string // then whose service it is for
	Thread     string
	Type       string // of the message, without prefix: "issue-credential/2.0/offer-credential"; "" where it is relayed
	Message    string // @id; of a relayed one its own
	State      LetterState
	Subject    string // "exchange/<id>", "proof/<id>", "connection/<id>", …: what fails with it
	Failure    string // of the last attempt: a code
	Attempts   int
	Size       int // of the plain body, bytes
	BodyKey    []byte
	Body       []byte // sealed
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Way is where a letter goes.
type Way string

// The ways.
const (
	WayOut   Way = "out"
	WayIn    Way = "in"
	WayRelay Way = "relay"
)

// LetterState is how far a letter is.
type LetterState string

// The states of a letter.
const (
	LetterWaiting LetterState = "waiting" // a job sends or handles it
	LetterHeld    LetterState = "held"    // until the peer comes for it
	LetterSent    LetterState = "sent"    // without body; swept after a day
	LetterDead    LetterState = "dead"
)

// LetterCount says how many letters there are, since when, and how large they are.
type LetterCount struct {
	Count  int
	Oldest time.Time // zero: there is none
	Bytes  int64
}

// Receipt says that a message came, so that it is handled once. Digest is keyed: of sender, our key and @id.
type Receipt struct {
	Scope  Scope
	Digest []byte
	At     time.Time
}

// Notice is what a subscriber is told beside an [Entry]: the record as it was then, sealed. Its id is the entry's.
type Notice struct {
	ID        string
	Scope     Scope
	Topic     string // the agent's word: "connection", "exchange", "proof", …
	Subject   string // id of the record
	BodyKey   []byte
	Body      []byte
	CreatedAt time.Time
}
