package agent

import (
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/chancery-vc/chancery/internal/vc"
)

// TopicProof is the topic that is told of proofs, by a [ProofView], without its messages unless the office wants whole webhooks.
const TopicProof = "proof"

// proof is a proof with its flags and what its body says.
type proof struct {
	vc.Proof
	flags ProofFlags
	said  proofSaid
}

// proofSaid is what a proof keeps sealed: whole messages, and what its verification found.
type proofSaid struct {
	Proposal     jsontext.Value `json:"proposal,omitempty"`
	Request      jsontext.Value `json:"request,omitempty"`
	Presentation jsontext.Value `json:"presentation,omitempty"`
	Findings     []vc.Finding   `json:"findings,omitempty"`
	Why          string         `json:"why,omitempty"` // the row's error in full
}

const proofLabel = "proof v1 "

func (t *Turn) openedProof(row vc.Proof) (*proof, error) {
	p := &proof{Proof: row}
	if len(row.Pocket) > 0 {
		if err := json.Unmarshal(row.Pocket, &p.flags); err != nil {
			return nil, err
		}
	}
	err := unseal(t.Vault, proofLabel+row.ID, row.BodyKey, row.Body, &p.said)
	p.BodyKey, p.Body, p.Pocket = nil, nil, nil
	p.Error = inFull(row.Error, p.said.Why)
	return p, err
}

// foundProof opens what was found, unless it is of another door.
func (t *Turn) foundProof(row vc.Proof, err error) (*proof, error) {
	if err == nil && row.Door != Door {
		err = vc.Errorf(vc.NotFound, "proof-not-found", "there is no such proof")
	}
	if err != nil {
		return nil, missing(err, "proof")
	}
	return t.openedProof(row)
}

// proof gives a proof between peers; NotFound "proof-not-found".
func (t *Turn) proof(id string) (*proof, error) { return t.foundProof(t.Rows.Proof(id)) }

// proofForUpdate is proof, and keeps others off.
func (t *Turn) proofForUpdate(id string) (*proof, error) {
	return t.foundProof(t.Rows.ProofForUpdate(id))
}

// sealedProof is the row of a proof.
func (t *Turn) sealedProof(p *proof) (row vc.Proof, err error) {
	row = p.Proof
	row.Error, p.said.Why = inShort(p.Error), p.Error
	if row.Pocket, err = json.Marshal(p.flags); err != nil {
		return row, err
	}
	row.BodyKey, row.Body, err = seal(t.Vault, proofLabel+row.ID, p.said)
	return row, err
}

// insertProof writes a new proof; it gives it id, scope and times.
func (t *Turn) insertProof(p *proof) error {
	if p.ID == "" {
		p.ID = newID()
	}
	p.Scope, p.Door, p.CreatedAt, p.UpdatedAt, p.Revision = t.By.Scope, Door, t.Now, t.Now, 1
	row, err := t.sealedProof(p)
	if err != nil {
		return err
	}
	return t.Rows.InsertProof(row)
}

// putProof writes a proof that was moved or touched once since it was read.
func (t *Turn) putProof(p *proof) error {
	row, err := t.sealedProof(p)
	if err != nil {
		return err
	}
	return t.Rows.UpdateProof(row)
}

// outline is what is shown of a proof without what was said in it.
func (p *proof) outline() ProofView {
	v := ProofView{Proof: p.Proof, Flags: p.flags, Findings: p.said.Findings}
	v.Proof.BodyKey, v.Proof.Body, v.Proof.Pocket = nil, nil, nil
	return v
}

// view is what is shown of a proof.
func (p *proof) view() ProofView {
	v := p.outline()
	v.Proposal, v.Request, v.Presentation = p.said.Proposal, p.said.Request, p.said.Presentation
	v.Formats = map[string]map[string]jsontext.Value{}
	for _, of := range [...]struct {
		name    string
		message jsontext.Value
		format  string
	}{
		{"pres_proposal", v.Proposal, difProposed}, {"pres_request", v.Request, difAsked}, {"pres", v.Presentation, difPresented},
	} {
		if of.message == nil {
			continue
		}
		if content, err := difSaid(of.message, of.format); err == nil {
			v.Formats[of.name] = map[string]jsontext.Value{difName: content}
		}
	}
	return v
}
