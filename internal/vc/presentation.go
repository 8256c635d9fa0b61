package vc

import "time"

// PresentationDefinition says which credentials a verifier wants, DIF Presentation Exchange 2 §5. Document is the
// definition as published, JSON. It never changes but for its name and its archiving.
type PresentationDefinition struct {
	ID         string
	Scope      Scope
	Name       string
	Purpose    string
	Wanted     []WantedCredential // what Document was composed from; nil when it was given whole
	Query      []byte             // a query that Document was composed from, JSON; nil: it was not
	Domains    []string           // origins, one of which the issuer must be linked to; nil: any issuer
	Format     []byte             // the format object, JSON; nil: any
	Document   []byte
	CreatedAt  time.Time
	UpdatedAt  time.Time
	ArchivedAt time.Time
}

// WantedCredential is an input descriptor in the making: a credential of a schema of ours, with constraints.
type WantedCredential struct {
	ID            string // of the input descriptor
	Name          string
	Purpose       string
	Schema        string // id of a schema; "": any
	SchemaVersion int
	Constraints   []byte // JSON, DIF Presentation Exchange 2 §5.1; nil: none
}

// PresentationState is how far a presentation request has come.
type PresentationState string

// The states of a presentation request.
const (
	RequestPending   PresentationState = "pending"
	RequestCompleted PresentationState = "completed"
)

// PresentationRequest asks a holder for a presentation. Definition is the document as it was when the request was
// made. Unsigned is the request object to sign (header.payload), Signed what its client made of it, which anyone may
// fetch. Audience lists what the aud of an answer may be. Once: the first submission completes it. Pocket is the
// door's own, JSON, without claims.
type PresentationRequest struct {
	ID           string
	Scope        Scope
	Door         string
	Name         string
	DefinitionID string // "" where the definition was given whole, or there is none
	Definition   []byte // nil: no credential is asked for, only who answers
	Client       string // who asks: a DID, or a client id of the door's protocol
	Audience     []string
	Nonce        string // 128 random bits, base64url, or the asker's own; unique
	State        string
	ByState      bool // it is also found by State
	Once         bool
	Login        bool     // asks who is there, for a token; no submission is kept
	Domains      []string // of its definition
	Push         string   // URL that is told the result; "": nobody is
	Attempts     int      // failed ones of a login
	Unsigned     []byte
	Signed       []byte
	Status       PresentationState
	Pocket       []byte
	Revision     int
	ExpiresAt    time.Time
	CreatedAt    time.Time
	UpdatedAt    time.Time
	ArchivedAt   time.Time
}

// SubmissionState is what became of a submission.
type SubmissionState string

// The states of a submission.
const (
	SubmissionPending  SubmissionState = "pending"
	SubmissionVerified SubmissionState = "verified"
	SubmissionFailed   SubmissionState = "failed"
)

// Submission is one answer to a presentation request. What it says (Body) is sealed like a credential's and goes when
// it is deleted. Digest, a keyed one, keeps the same answer from being counted twice.
type Submission struct {
	ID         string
	Scope      Scope // of its request
	Request    string
	Status     SubmissionState
	Digest     []byte // of the tokens; unique in a request
	BodyKey    []byte
	Body       []byte // sealed
	CreatedAt  time.Time
	UpdatedAt  time.Time
	VerifiedAt time.Time // zero: not yet
}
