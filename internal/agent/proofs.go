package agent

import (
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
)

// ProofTerms are what a proof is to be about, and how it is to go on by itself.
type ProofTerms struct {
	Comment             string
	Wish                map[string]jsontext.Value // by format: "dif": {presentation_definition, options?}; a proposal's is a list of descriptors
	WillConfirm         *bool
	Trace               *bool
	AutoPresent         *bool
	AutoVerify          *bool
	AutoRemove          *bool
	AutoRemoveOnFailure *bool
}

// PresentTerms are how a request for a presentation is answered. With none, the wallet chooses.
type PresentTerms struct {
	Issuer              string              // DID that signs
	Records             map[string][]string // descriptor id -> ids of held credentials
	Definition          []byte              // instead of the request's; nil: the request's
	Reveal              bool                // a reveal_doc was given: Invalid "reveal-not-offered"
	AutoRemove          *bool
	AutoRemoveOnFailure *bool
}

// ProofView is a proof with all that was said in it.
type ProofView struct {
	Proof        vc.Proof                             `json:"proof"`
	Flags        ProofFlags                           `json:"flags"`
	Proposal     jsontext.Value                       `json:"proposal,omitempty"`
	Request      jsontext.Value                       `json:"request,omitempty"`
	Presentation jsontext.Value                       `json:"presentation,omitempty"`
	Formats      map[string]map[string]jsontext.Value `json:"formats,omitempty"`  // "pres_request" -> "dif" -> decoded content
	Findings     []vc.Finding                         `json:"findings,omitempty"` // why it is not verified: check, and its code
	Deleted      bool                                 `json:"deleted,omitempty"`  // the record is gone
}

// ProofFlags are what a proof keeps in clear beside its row.
type ProofFlags struct {
	Initiator           string `json:"initiator"` // "self", "external"
	AutoPresent         *bool  `json:"autoPresent,omitempty"`
	AutoVerify          *bool  `json:"autoVerify,omitempty"`
	AutoRemove          *bool  `json:"autoRemove,omitempty"`
	AutoRemoveOnFailure *bool  `json:"autoRemoveOnFailure,omitempty"`
	Trace               *bool  `json:"trace,omitempty"`
	Parent              string `json:"parent,omitempty"`
	Invitation          string `json:"invitation,omitempty"`
}
