package acapy

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
	"github.com/chancery-vc/chancery/spec/didcomm"
)

// credExSlim is an exchange of credentials as webhooks tell it.
type credExSlim struct {
	ConnectionID   string `json:"connection_id,omitzero"`
	CredExID       string `json:"cred_ex_id"`
	ThreadID       string `json:"thread_id,omitzero"`
	ParentThreadID string `json:"parent_thread_id,omitzero"`
	Role           string `json:"role"`
	Initiator      string `json:"initiator"`
	State          string `json:"state"`
	AutoOffer      *bool  `json:"auto_offer,omitzero"`
	AutoIssue      *bool  `json:"auto_issue,omitzero"`
	AutoRemove     *bool  `json:"auto_remove,omitzero"`
	Trace          *bool  `json:"trace,omitzero"`
	ErrorMsg       string `json:"error_msg,omitzero"`
	CreatedAt      stamp  `json:"created_at"`
	UpdatedAt      stamp  `json:"updated_at"`
}

// credExRecord is the whole of it.
type credExRecord struct {
	credExSlim
	AutoRemoveOnFailure *bool                                `json:"auto_remove_on_failure,omitzero"`
	CredProposal        jsontext.Value                       `json:"cred_proposal,omitzero"`
	CredOffer           jsontext.Value                       `json:"cred_offer,omitzero"`
	CredRequest         jsontext.Value                       `json:"cred_request,omitzero"`
	CredIssue           jsontext.Value                       `json:"cred_issue,omitzero"`
	CredPreview         *didcomm.CredentialPreview           `json:"cred_preview,omitzero"`
	ByFormat            map[string]map[string]jsontext.Value `json:"by_format"`
}

// credExDetail is an exchange with the records of its formats. The four are null where there is none, as ACA-Py writes them.
type credExDetail struct {
	CredExRecord credExRecord   `json:"cred_ex_record"`
	LDProof      *ldProofRecord `json:"ld_proof"`
	Indy         *struct{}      `json:"indy"`
	AnonCreds    *struct{}      `json:"anoncreds"`
	VCDI         *struct{}      `json:"vc_di"`
}

// ldProofRecord is what the holder's end keeps of the format.
type ldProofRecord struct {
	CredExLDProofID string `json:"cred_ex_ld_proof_id"`
	CredExID        string `json:"cred_ex_id"`
	CredIDStored    string `json:"cred_id_stored,omitzero"`
	CreatedAt       stamp  `json:"created_at"`
	UpdatedAt       stamp  `json:"updated_at"`
}

// exchangeStates are an exchange's states, as the issuer and as the holder.
var exchangeStates = map[vc.ExchangeState][2]string{
	vc.Proposed:  {"proposal-received", "proposal-sent"},
	vc.Offered:   {"offer-sent", "offer-received"},
	vc.Requested: {"request-received", "request-sent"},
	vc.Deferred:  {"request-received", "request-sent"},
	vc.Signing:   {"request-received", "request-sent"},
	vc.Delivered: {"credential-issued", "credential-received"},
	vc.Accepted:  {"done", "done"},
	vc.Declined:  {"abandoned", "abandoned"},
	vc.Failed:    {"abandoned", "abandoned"},
	vc.Expired:   {"abandoned", "abandoned"},
}

const revokedState = "credential-revoked"

// exchangeFilter gives the states of ours that a state of ACA-Py's may be.
func exchangeFilter(text string) []vc.ExchangeState {
	if text == revokedState {
		return []vc.ExchangeState{vc.Delivered, vc.Accepted}
	}
	var states []vc.ExchangeState
	for state, names := range exchangeStates {
		if slices.Contains(names[:], text) {
			states = append(states, state)
		}
	}
	slices.Sort(states)
	return states
}

func exchangeState(v agent.ExchangeView) string {
	switch names := exchangeStates[v.Exchange.State]; {
	case v.Flags.Revoked && v.Exchange.Role == vc.RoleIssuer:
		return revokedState
	case v.Exchange.Role == vc.RoleHolder:
		return names[1]
	default:
		return names[0]
	}
}

// exchangeSlim is what webhooks tell. preserve is what auto_remove is not, where nobody said.
func exchangeSlim(v agent.ExchangeView, preserve, gone bool) credExSlim {
	x := v.Exchange
	record := credExSlim{
		ConnectionID: channel(x.Channel), CredExID: wireID(x.ID), ThreadID: x.Thread, ParentThreadID: v.Flags.Parent,
		Role: string(x.Role), Initiator: v.Flags.Initiator, State: exchangeState(v), AutoOffer: or(v.Flags.AutoOffer, false),
		AutoIssue: v.Flags.AutoIssue, AutoRemove: or(v.Flags.AutoRemove, !preserve), Trace: v.Flags.Trace, ErrorMsg: x.Error,
		CreatedAt: stamp(x.CreatedAt), UpdatedAt: stamp(x.UpdatedAt),
	}
	if x.Role == vc.RoleHolder {
		record.AutoIssue, record.Trace = or(record.AutoIssue, false), or(record.Trace, false)
	}
	if gone {
		record.State = deleted
	}
	return record
}

func exchange(v agent.ExchangeView, preserve bool) credExRecord {
	record := credExRecord{
		credExSlim: exchangeSlim(v, preserve, false), AutoRemoveOnFailure: v.Flags.AutoRemoveOnFailure, CredProposal: v.Proposal,
		CredOffer: v.Offer, CredRequest: v.Request, CredIssue: v.Issue, CredPreview: v.Preview, ByFormat: v.Formats,
	}
	if v.Exchange.Role == vc.RoleIssuer || v.Exchange.State == vc.Offered { // a holder's request says anew whether
		record.AutoRemoveOnFailure = or(record.AutoRemoveOnFailure, false)
	}
	if record.ByFormat == nil {
		record.ByFormat = map[string]map[string]jsontext.Value{}
	}
	return record
}

func exchangeDetail(v agent.ExchangeView, preserve bool) credExDetail {
	detail := credExDetail{CredExRecord: exchange(v, preserve)}
	if v.Flags.Detail != "" {
		detail.LDProof = ldProof(v)
	}
	return detail
}

func ldProof(v agent.ExchangeView) *ldProofRecord {
	record := &ldProofRecord{
		CredExLDProofID: wireID(v.Flags.Detail), CredExID: wireID(v.Exchange.ID), CredIDStored: v.HeldName,
		CreatedAt: stamp(v.Flags.DetailAt), UpdatedAt: stamp(v.Flags.DetailUpdated),
	}
	if record.CredIDStored == "" || record.CredIDStored == v.Exchange.Held { // it has no name
		record.CredIDStored = recordID("", v.Exchange.Held)
	}
	return record
}

// channel is the connection of an exchange; "" where it has none.
func channel(text string) string {
	if strings.Contains(text, "/") {
		return ""
	}
	return wireID(text)
}

// or is a flag, or what it is where nobody said.
func or(flag *bool, otherwise bool) *bool {
	if flag != nil {
		return flag
	}
	return &otherwise
}
