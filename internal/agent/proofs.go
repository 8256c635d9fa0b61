package agent

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/holder"
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
	Formats      map[string]map[string]jsontext.Value `json:"formats,omitempty"` // "pres_request" -> "dif" -> decoded content
	Findings     []vc.Finding                         `json:"findings,omitempty"`
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

// CreateProofRequest makes a request that is told to nobody yet: it is attached to an invitation.
func (d *Desk) CreateProofRequest(ctx context.Context, by vc.Caller, terms ProofTerms) (ProofView, error) {
	return ProofView{}, errNotBuilt()
}

// SendProofRequest asks a peer for a presentation.
func (d *Desk) SendProofRequest(ctx context.Context, by vc.Caller, connection string, terms ProofTerms) (ProofView, error) {
	return ProofView{}, errNotBuilt()
}

// SendProofProposal tells a verifier what could be presented.
func (d *Desk) SendProofProposal(ctx context.Context, by vc.Caller, connection string, terms ProofTerms) (ProofView, error) {
	return ProofView{}, errNotBuilt()
}

// AskProposed answers a proposal by a request, with its own terms or others.
func (d *Desk) AskProposed(ctx context.Context, by vc.Caller, id string, terms ProofTerms) (ProofView, error) {
	return ProofView{}, errNotBuilt()
}

// ProofCredentials lists what the wallet has for a request, for the descriptors named or all.
func (d *Desk) ProofCredentials(ctx context.Context, scope vc.Scope, id string, referents []string, page vc.Page) ([]holder.HeldView, error) {
	return nil, errNotBuilt()
}

// SendPresentation answers a request.
func (d *Desk) SendPresentation(ctx context.Context, by vc.Caller, id string, terms PresentTerms) (ProofView, error) {
	return ProofView{}, errNotBuilt()
}

// VerifyProof verifies what was presented.
func (d *Desk) VerifyProof(ctx context.Context, by vc.Caller, id string) (ProofView, error) {
	return ProofView{}, errNotBuilt()
}

// AbandonProof ends a proof and tells the peer why.
func (d *Desk) AbandonProof(ctx context.Context, by vc.Caller, id, description string) (ProofView, error) {
	return ProofView{}, errNotBuilt()
}

// Proof gives a proof; NotFound "proof-not-found".
func (d *Desk) Proof(ctx context.Context, scope vc.Scope, id string) (ProofView, error) {
	return ProofView{}, errNotBuilt()
}

// Proofs lists the proofs of the scope. The query's door is set here.
func (d *Desk) Proofs(ctx context.Context, scope vc.Scope, query vc.ProofQuery) ([]ProofView, error) {
	return nil, errNotBuilt()
}

// DropProof deletes the record of a proof.
func (d *Desk) DropProof(ctx context.Context, by vc.Caller, id string) error { return errNotBuilt() }
