package acapy

import (
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/vc"
)

// presExSlim is a proof as webhooks tell it.
type presExSlim struct {
	ConnectionID string   `json:"connection_id,omitzero"`
	PresExID     string   `json:"pres_ex_id"`
	ThreadID     string   `json:"thread_id,omitzero"`
	Role         string   `json:"role"`
	Initiator    string   `json:"initiator"`
	State        string   `json:"state"`
	AutoPresent  *bool    `json:"auto_present,omitzero"`
	AutoVerify   *bool    `json:"auto_verify,omitzero"`
	Trace        *bool    `json:"trace,omitzero"`
	Verified     string   `json:"verified,omitzero"`
	VerifiedMsgs []string `json:"verified_msgs,omitzero"`
	ErrorMsg     string   `json:"error_msg,omitzero"`
	CreatedAt    stamp    `json:"created_at"`
	UpdatedAt    stamp    `json:"updated_at"`
}

// presExRecord is the whole of it.
type presExRecord struct {
	presExSlim
	AutoRemove          *bool                                `json:"auto_remove,omitzero"`
	AutoRemoveOnFailure *bool                                `json:"auto_remove_on_failure,omitzero"`
	PresProposal        jsontext.Value                       `json:"pres_proposal,omitzero"`
	PresRequest         jsontext.Value                       `json:"pres_request,omitzero"`
	Pres                jsontext.Value                       `json:"pres,omitzero"`
	ByFormat            map[string]map[string]jsontext.Value `json:"by_format"`
}

// proofStates are a proof's states, as the verifier and as the prover.
var proofStates = map[vc.ProofState][2]string{
	vc.ProofProposed:  {"proposal-received", "proposal-sent"},
	vc.ProofAsked:     {"request-sent", "request-received"},
	vc.ProofPresented: {"presentation-received", "presentation-sent"},
	vc.ProofDone:      {"done", "done"},
	vc.ProofFailed:    {"abandoned", "abandoned"},
}

// proofFilter gives the states of ours that a state of ACA-Py's may be.
func proofFilter(text string) []vc.ProofState {
	var states []vc.ProofState
	for state, names := range proofStates {
		if slices.Contains(names[:], text) {
			states = append(states, state)
		}
	}
	return states
}

func proofState(p vc.Proof) string {
	names := proofStates[p.State]
	if p.Role == vc.RoleProver {
		return names[1]
	}
	return names[0]
}

func proofSlim(v agent.ProofView, gone bool) presExSlim {
	p := v.Proof
	record := presExSlim{
		ConnectionID: channel(p.Channel), PresExID: wireID(p.ID), ThreadID: p.Thread, Role: string(p.Role), Initiator: v.Flags.Initiator,
		State: proofState(p), AutoPresent: v.Flags.AutoPresent, AutoVerify: or(v.Flags.AutoVerify, false), Trace: or(v.Flags.Trace, false),
		ErrorMsg: p.Error, CreatedAt: stamp(p.CreatedAt), UpdatedAt: stamp(p.UpdatedAt),
	}
	if p.Role == vc.RoleVerifier {
		record.AutoPresent = or(record.AutoPresent, false)
	}
	if p.Verified != nil {
		record.Verified = strconv.FormatBool(*p.Verified)
		for _, f := range v.Findings {
			record.VerifiedMsgs = append(record.VerifiedMsgs, f.Code+": "+f.Message)
		}
	}
	if gone {
		record.State = deleted
	}
	return record
}

func proof(v agent.ProofView, preserve bool) presExRecord {
	record := presExRecord{
		presExSlim: proofSlim(v, false), AutoRemove: or(v.Flags.AutoRemove, !preserve), AutoRemoveOnFailure: v.Flags.AutoRemoveOnFailure,
		PresProposal: v.Proposal, PresRequest: v.Request, Pres: v.Presentation, ByFormat: v.Formats,
	}
	if v.Proof.Role == vc.RoleVerifier || v.Proof.State == vc.ProofAsked { // a prover's presentation says anew whether
		record.AutoRemoveOnFailure = or(record.AutoRemoveOnFailure, false)
	}
	if record.ByFormat == nil {
		record.ByFormat = map[string]map[string]jsontext.Value{}
	}
	return record
}
