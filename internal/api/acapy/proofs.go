package acapy

import (
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/access"
	"github.com/chancery-vc/chancery/internal/agent"
	"github.com/chancery-vc/chancery/internal/holder"
	"github.com/chancery-vc/chancery/internal/vc"
)

func (d *Door) proofs() []line {
	const base = "/present-proof-2.0"
	const records = base + "/records/{pres_ex_id}"
	return []line{
		of(post, base+"/create-request", access.PresentationManage, d.createProofRequest),
		of(post, base+"/send-request", access.PresentationManage, d.sendProofRequest),
		of(post, base+"/send-proposal", access.WalletUse, d.sendProofProposal),
		of(get, base+"/records", access.PresentationRead, d.listProofs),
		of(get, records, access.PresentationRead, d.getProof),
		of(remove, records, access.PresentationManage, d.dropProof),
		of(get, records+"/credentials", access.WalletUse, d.proofCredentials),
		of(post, records+"/send-request", access.PresentationManage, d.askProposed),
		of(post, records+"/send-presentation", access.WalletUse, d.present),
		of(post, records+"/verify-presentation", access.PresentationManage, d.verifyProof),
		of(post, records+"/problem-report", access.WalletUse, d.abandonProof),
	}
}

// proofBody are the terms of a proof.
type proofBody struct {
	Connection          string                    `json:"connection_id"`
	Comment             string                    `json:"comment"`
	Request             map[string]jsontext.Value `json:"presentation_request"`
	Proposal            map[string]jsontext.Value `json:"presentation_proposal"`
	Trace               *bool                     `json:"trace"`
	AutoPresent         *bool                     `json:"auto_present"`
	AutoVerify          *bool                     `json:"auto_verify"`
	AutoRemove          *bool                     `json:"auto_remove"`
	AutoRemoveOnFailure *bool                     `json:"auto_remove_on_failure"`
}

func (c *call) proofTerms() (connection string, terms agent.ProofTerms, err error) {
	var b proofBody
	if err := c.decode(&b); err != nil {
		return "", terms, err
	}
	wish := b.Request
	if wish == nil {
		wish = b.Proposal
	}
	for name, value := range wish {
		if value.Kind() == 'n' {
			delete(wish, name)
		}
	}
	return c.bodyID(nounConnection, b.Connection), agent.ProofTerms{
		Comment: b.Comment, Wish: wish, Trace: b.Trace, AutoPresent: b.AutoPresent, AutoVerify: b.AutoVerify, AutoRemove: b.AutoRemove,
		AutoRemoveOnFailure: b.AutoRemoveOnFailure,
	}, nil
}

// proved answers with a proof.
func (d *Door) proved(v agent.ProofView, err error) (any, error) {
	if err != nil {
		return nil, err
	}
	return proof(v, d.Settings.Preserve), nil
}

func (d *Door) createProofRequest(c *call) (any, error) {
	_, terms, err := c.proofTerms()
	if err != nil {
		return nil, err
	}
	return d.proved(d.Agent.CreateProofRequest(c.ctx(), c.by, terms))
}

func (d *Door) sendProofRequest(c *call) (any, error) {
	connection, terms, err := c.proofTerms()
	if err != nil {
		return nil, err
	}
	return d.proved(d.Agent.SendProofRequest(c.ctx(), c.by, connection, terms))
}

func (d *Door) sendProofProposal(c *call) (any, error) {
	connection, terms, err := c.proofTerms()
	if err != nil {
		return nil, err
	}
	return d.proved(d.Agent.SendProofProposal(c.ctx(), c.by, connection, terms))
}

func (d *Door) askProposed(c *call) (any, error) {
	_, terms, err := c.proofTerms()
	if err != nil {
		return nil, err
	}
	return d.proved(d.Agent.AskProposed(c.ctx(), c.by, c.id(nounProof, "pres_ex_id"), terms))
}

func (d *Door) listProofs(c *call) (any, error) {
	q := vc.ProofQuery{Role: vc.ProofRole(c.text("role")), Thread: c.text("thread_id"), Channel: c.bodyID(nounConnection, c.text("connection_id"))}
	state := c.text("state")
	var keep func(agent.ProofView) bool
	if state != "" {
		if q.States = proofFilter(state); q.States == nil {
			return listed[presExRecord](nil), nil
		}
		keep = func(v agent.ProofView) bool { return proofState(v.Proof) == state }
	}
	views, err := paged(c, func(v agent.ProofView) string { return v.Proof.ID }, keep, func(page vc.Page) ([]agent.ProofView, error) {
		q.Page = page
		return d.Agent.Proofs(c.ctx(), c.scope, q)
	})
	if err != nil {
		return nil, err
	}
	records := make([]presExRecord, len(views))
	for i, v := range views {
		records[i] = proof(v, d.Settings.Preserve)
	}
	return listed(records), nil
}

func (d *Door) getProof(c *call) (any, error) {
	return d.proved(d.Agent.Proof(c.ctx(), c.scope, c.id(nounProof, "pres_ex_id")))
}

func (d *Door) dropProof(c *call) (any, error) {
	return done{}, d.Agent.DropProof(c.ctx(), c.by, c.id(nounProof, "pres_ex_id"))
}

// proofCredentials lists what the wallet has for a request: credentials as they are, each with what it is called here.
func (d *Door) proofCredentials(c *call) (any, error) {
	page := vc.Page{Limit: wholeOf(c.text("limit"), wholeOf(c.text("count"), 10)), Offset: wholeOf(c.text("offset"), wholeOf(c.text("start"), 0))}
	var referents []string
	for name := range strings.SplitSeq(c.text("referent"), ",") {
		if name = strings.TrimSpace(name); name != "" {
			referents = append(referents, name)
		}
	}
	views, err := d.Agent.ProofCredentials(c.ctx(), c.scope, c.id(nounProof, "pres_ex_id"), referents, page)
	if err != nil {
		return nil, err
	}
	all := make([]jsontext.Value, len(views))
	for i, v := range views {
		if all[i], err = withRecordID(v); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// withRecordID is a credential with what it is called in the wallet.
func withRecordID(v holder.HeldView) (jsontext.Value, error) {
	id := recordID(v.Held.Name, v.Held.ID)
	members, ok := objectOf(document(v.Secured))
	if !ok { // a token
		return json.Marshal(map[string]any{"jwt": string(v.Secured), "record_id": id}, json.Deterministic(true))
	}
	quoted, err := jsontext.AppendQuote(nil, id)
	if err != nil {
		return nil, err
	}
	members["record_id"] = quoted
	return json.Marshal(members, json.Deterministic(true))
}

// presentBody says how a request is answered.
type presentBody struct {
	DIF *struct {
		Issuer     string              `json:"issuer_id"`
		Records    map[string][]string `json:"record_ids"`
		Definition jsontext.Value      `json:"presentation_definition"`
		Reveal     jsontext.Value      `json:"reveal_doc"`
	} `json:"dif"`
	Indy                jsontext.Value `json:"indy"`
	AnonCreds           jsontext.Value `json:"anoncreds"`
	AutoRemove          *bool          `json:"auto_remove"`
	AutoRemoveOnFailure *bool          `json:"auto_remove_on_failure"`
}

func (d *Door) present(c *call) (any, error) {
	var in presentBody
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	if in.DIF == nil {
		return nil, unready("No presentation format handler for it: this agent presents dif")
	}
	terms := agent.PresentTerms{
		Issuer: in.DIF.Issuer, Definition: in.DIF.Definition, Reveal: in.DIF.Reveal != nil && string(in.DIF.Reveal) != "{}",
		AutoRemove: in.AutoRemove, AutoRemoveOnFailure: in.AutoRemoveOnFailure,
	}
	for descriptor, names := range in.DIF.Records {
		if terms.Records == nil {
			terms.Records = map[string][]string{}
		}
		for _, name := range names {
			view, err := d.held(c, name)
			if err != nil {
				return nil, err
			}
			terms.Records[descriptor] = append(terms.Records[descriptor], view.Held.ID)
		}
	}
	return d.proved(d.Agent.SendPresentation(c.ctx(), c.by, c.id(nounProof, "pres_ex_id"), terms))
}

func (d *Door) verifyProof(c *call) (any, error) {
	return d.proved(d.Agent.VerifyProof(c.ctx(), c.by, c.id(nounProof, "pres_ex_id")))
}

func (d *Door) abandonProof(c *call) (any, error) {
	why, err := c.description()
	if err != nil {
		return nil, err
	}
	_, err = d.Agent.AbandonProof(c.ctx(), c.by, c.id(nounProof, "pres_ex_id"), why)
	return done{}, err
}
