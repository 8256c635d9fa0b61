package agent

import (
	"context"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/issuer"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// Terms are what an exchange of credentials is to be about, and how it is to go on by itself.
type Terms struct {
	Comment     string
	Preview     *didcomm.CredentialPreview
	Filter      map[string]jsontext.Value // by format: "ld_proof", …
	Replacement string                    // replacement_id, RFC 0453
	HolderDID   string                    // of a free request: the subject's
	Method      string                    // verification method that signs
	Trace       *bool

	AutoOffer           *bool
	AutoIssue           *bool
	AutoRemove          *bool
	AutoRemoveOnFailure *bool
}

// RequestTerms are how an offer is answered.
type RequestTerms struct {
	HolderDID           string
	Comment             string
	AutoRemove          *bool
	AutoRemoveOnFailure *bool
}

// ExchangeView is an exchange of credentials with all that was said in it. Messages are as they were sent.
type ExchangeView struct {
	Exchange vc.Exchange                          `json:"exchange"`
	Flags    ExchangeFlags                        `json:"flags"`
	Proposal jsontext.Value                       `json:"proposal,omitempty"`
	Offer    jsontext.Value                       `json:"offer,omitempty"`
	Request  jsontext.Value                       `json:"request,omitempty"`
	Issue    jsontext.Value                       `json:"issue,omitempty"`
	Preview  *didcomm.CredentialPreview           `json:"preview,omitempty"`
	Formats  map[string]map[string]jsontext.Value `json:"formats,omitempty"` // "cred_offer" -> "ld_proof" -> decoded content
	HeldName string                               `json:"held,omitempty"`    // as the holder calls what was stored; "": nothing, it has its id alone
	Deleted  bool                                 `json:"deleted,omitempty"` // the record is gone
}

// ExchangeFlags are what an exchange keeps in clear beside its row.
type ExchangeFlags struct {
	Initiator           string    `json:"initiator"` // "self", "external"
	AutoOffer           *bool     `json:"autoOffer,omitempty"`
	AutoIssue           *bool     `json:"autoIssue,omitempty"`
	AutoRemove          *bool     `json:"autoRemove,omitempty"`
	AutoRemoveOnFailure *bool     `json:"autoRemoveOnFailure,omitempty"`
	Trace               *bool     `json:"trace,omitempty"`
	Parent              string    `json:"parent,omitempty"` // parent thread
	Invitation          string    `json:"invitation,omitempty"`
	Replacement         string    `json:"replacement,omitempty"`
	Revoked             bool      `json:"revoked,omitempty"`
	Detail              string    `json:"detail,omitempty"` // id of the format's own record
	DetailAt            time.Time `json:"detailAt,omitzero"`
	DetailUpdated       time.Time `json:"detailUpdated,omitzero"`
}

// Revocation says what is revoked, by its exchange or by its place, and who is told.
type Revocation struct {
	Exchange   string // id
	List       string // id of a status list, with Index, from 0, instead of Exchange
	Index      int64
	Notify     bool
	Version    string // of the notification: "v1_0", "v2_0"
	Comment    string
	Connection string // "": the exchange's
	Thread     string // "": the exchange's
}

// Revoked is the place that was revoked, and the exchange it came by.
type Revoked struct {
	Exchange  ExchangeView
	Entry     vc.StatusEntry
	State     string // "issued", "revoked"
	CreatedAt time.Time
	UpdatedAt time.Time
}

// CredentialFormat is what issue-credential knows of one format of attachments; a format is a file, and a line where the desk is
// made.
type CredentialFormat interface {
	Name() string           // as the API calls it: "ld_proof"
	Attachments() [4]string // format of proposal, offer, request and issue: "aries/ld-proof-vc-detail@v1.0"
	Propose(wish []byte) ([]byte, error)
	Offer(ctx context.Context, d *Desk, by vc.Caller, wish []byte, method string, s vc.AgentSettings) (offered []byte, kept issuer.WholeOffer, err error)
	Request(ctx context.Context, d *Desk, by vc.Caller, offered []byte, holder string) ([]byte, error)
	Sign(ctx context.Context, d *Desk, by vc.Caller, kept *issuer.WholeOffer, offered, requested []byte, exchange string) (attachment []byte, signed *issuer.Signed, err error)
	Take(ctx context.Context, d *Desk, by vc.Caller, requested, issued []byte, exchange, name string) (*holder.Taken, error)
}
