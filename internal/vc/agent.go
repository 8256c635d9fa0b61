package vc

import "time"

// MediationState is how far a mediation is: Aries RFC 0211.
type MediationState string

// The states of a mediation.
const (
	MediationAsked   MediationState = "request"
	MediationGranted MediationState = "granted"
	MediationDenied  MediationState = "denied"
)

// Mediation is a mediator of ours, or a peer whose mediator we are.
type Mediation struct {
	ID         string
	Scope      Scope
	Server     bool // we mediate
	Connection string
	State      MediationState
	Endpoint   string
	Routing    []string // verkeys, base58
	Revision   int
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// MediatedKey is a key of a keylist: of a client of ours, or ours at a mediator.
type MediatedKey struct {
	Mediation string
	Scope     Scope
	Verkey    string // base58
	State     MediatedKeyState
	CreatedAt time.Time
}

// MediatedKeyState says whether a mediator has confirmed a key.
type MediatedKeyState string

// The states of a key.
const (
	KeySent      MediatedKeyState = "sent"
	KeyConfirmed MediatedKeyState = "confirmed"
)

// AgentSettings say how the agent of an organisation behaves. A nil flag leaves it to the server's configuration.
type AgentSettings struct {
	ID       string
	Scope    Scope
	Wallet   string // name among the wallets; unique in the server where set
	Label    string
	ImageURL string

	AutoAcceptInvites  *bool
	AutoAcceptRequests *bool
	AutoOffer          *bool // answer proposals of credentials
	AutoRequest        *bool // answer offers
	AutoIssue          *bool // answer requests
	AutoStore          *bool
	AutoAsk            *bool // answer proposals of proofs
	AutoPresent        *bool
	AutoVerify         *bool
	AutoPing           *bool // ping whom we connected to
	Preserve           *bool // keep the records of what has ended
	PublicInvites      *bool
	OpenMediation      *bool // grant whoever asks
	WholeWebhooks      *bool // topics with the whole record

	CredentialStatus string   // type of status entry of offers that ask for none; "": none
	PublicDID        string   // identity id
	Mediation        string   // id of the mediator to use where none is named
	Webhooks         []string // URLs
	HookKeys         []byte   // sealed: with what each is called
	HookSalt         []byte
	Dispatch         string    // "default", "both", "base"
	Extra            []byte    // settings as they were given, JSON, without secrets
	TokenAt          time.Time // when the valid wallet token was made; zero: none was
	Revision         int
	CreatedAt        time.Time
	UpdatedAt        time.Time
}
